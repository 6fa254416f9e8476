//! The price of a line and whether it may be ordered so, as the catalogue tells it.

use std::{collections::HashMap, sync::Arc};
use zhike_contract::{LineAsk, LineFact, PriceAsk, Pricing, Quote};
use zhike_kernel::{Currency, Date, Error, Result, Value, Values, money::mul_div};
use zhike_store::{Ctx, Query, Record, Tx, binds, registry::Saved};

/// What changes a price that nobody wrote by hand.
const MOVES: [&str; 4] = ["product_id", "quantity", "unit", "options"];

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text(values: &Values, name: &str) -> String {
    values.get(name).and_then(Value::text).unwrap_or("").trim().to_owned()
}

/// What an order says about the price of its lines.
pub(crate) struct Terms {
    party: Option<i64>,
    currency: Currency,
    channel: String,
    on: Date,
    kind: String,
}

/// The terms of an order.
pub(crate) async fn terms(q: &dyn Query, ctx: &Ctx, order: i64) -> Result<Option<Terms>> {
    let sql = "SELECT party_id, currency, channel, ordered_on, kind FROM order_order WHERE id = $1";
    let Some(row) = q.one(sql, binds![order]).await? else {
        return Ok(None);
    };
    Ok(Some(Terms {
        party: row.opt_int(0)?,
        currency: Currency::parse(&row.text(1)?).unwrap_or(ctx.house.currency),
        channel: row.opt_text(2)?.unwrap_or_default(),
        on: row.text(3)?.parse().unwrap_or(ctx.today()),
        kind: row.text(4)?,
    }))
}

/// The catalogue's price for a line of an order.
pub(crate) async fn quote(
    pricing: &Arc<dyn Pricing>,
    q: &dyn Query,
    ctx: &Ctx,
    terms: &Terms,
    line: &Values,
) -> Result<Option<Quote>> {
    let Some(product) = int(line, "product_id") else {
        return Ok(None);
    };
    let ask = PriceAsk {
        party: terms.party,
        product,
        quantity: int(line, "quantity").unwrap_or(1_000),
        unit: text(line, "unit"),
        options: text(line, "options"),
        on: terms.on,
        channel: terms.channel.clone(),
        currency: terms.currency,
    };
    pricing.quote(ctx, q, &ask).await.map(Some)
}

/// Empty words are no words; the base quantity is the quantity until the unit is known.
pub(crate) fn tidy(new: &mut Values) {
    for name in ["unit", "options"] {
        if new.contains_key(name) && text(new, name).is_empty() {
            new.insert(name.to_owned(), Value::Null);
        }
    }
    if text(new, "unit").is_empty() {
        let quantity = new.get("quantity").cloned().unwrap_or_default();
        new.insert("base_quantity".to_owned(), quantity);
    }
}

/// Fills in price, discount and tax of a line that a person or a program writes, keeps the reasons, and marks a price
/// that is not the catalogue's.
pub(crate) async fn price(
    pricing: &Arc<dyn Pricing>,
    tx: &Tx,
    ctx: &Ctx,
    old: Option<&Record>,
    new: &mut Values,
) -> Result<()> {
    let moved = |new: &Values, f: &str| old.is_none_or(|o| new.get(f).unwrap_or(&Value::Null) != o.get(f));
    let empty = |new: &Values, f: &str| new.get(f).is_none_or(Value::is_empty);
    let asked = MOVES.iter().any(|f| moved(new, f)) || moved(new, "unit_price") || moved(new, "discount");
    if !asked || int(new, "product_id").is_none() {
        if int(new, "product_id").is_none() {
            new.insert("price_reasons".to_owned(), Value::Null);
            new.insert("manual_price".to_owned(), Value::Null);
            new.insert("list_price".to_owned(), Value::Null);
        }
        return Ok(());
    }
    let Some(terms) = terms(tx, ctx, int(new, "order_id").unwrap_or(0)).await? else {
        // The complaint about the order follows.
        return Ok(());
    };
    if terms.kind == "return" && !empty(new, "unit_price") {
        return Ok(());
    }
    let Some(quote) = quote(pricing, tx, ctx, &terms, new).await? else {
        return Ok(());
    };
    let by_catalogue = old.is_none_or(|o| o.get("manual_price").truth() == Some(false));
    let told = !empty(new, "unit_price") && moved(new, "unit_price");
    if empty(new, "unit_price") || (!told && by_catalogue) {
        if let Some(price) = quote.unit_price {
            new.insert("unit_price".to_owned(), price.into());
        }
        let kept = if old.is_some() {
            moved(new, "discount") && !empty(new, "discount")
        } else {
            !empty(new, "discount")
        };
        if !kept {
            let discount = Some(quote.discount).filter(|d| *d != 0);
            new.insert("discount".to_owned(), discount.into());
        }
    }
    if empty(new, "tax_rate") && moved(new, "product_id") {
        new.insert("tax_rate".to_owned(), quote.tax_rate.into());
    }
    let same = int(new, "unit_price") == quote.unit_price && int(new, "discount").unwrap_or(0) == quote.discount;
    let reasons = serde_json::to_string(&quote.reasons).map_err(Error::broken)?;
    new.insert("manual_price".to_owned(), (!same).into());
    new.insert("list_price".to_owned(), quote.unit_price.into());
    new.insert("price_reasons".to_owned(), reasons.into());
    Ok(())
}

fn line_ask(product: i64, on: Date, get: impl Fn(&str) -> Value) -> LineAsk {
    let text = |name: &str| get(name).text().unwrap_or("").trim().to_owned();
    LineAsk {
        product,
        quantity: get("quantity").int().unwrap_or(0),
        unit: text("unit"),
        options: text("options"),
        on,
    }
}

/// Refuses lines that may not be ordered so.
pub(crate) async fn check_lines(
    pricing: &Arc<dyn Pricing>,
    tx: &Tx,
    ctx: &Ctx,
    lines: &[Values],
) -> Result<Vec<LineFact>> {
    let asks: Vec<LineAsk> = lines
        .iter()
        .filter_map(|l| {
            Some(line_ask(int(l, "product_id")?, ctx.today(), |f| {
                l.get(f).cloned().unwrap_or_default()
            }))
        })
        .collect();
    pricing.check(ctx, tx, &asks).await
}

/// All lines of an order.
pub(crate) async fn check_order(pricing: &Arc<dyn Pricing>, tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    let sql = "SELECT product_id, quantity, unit, options FROM order_line WHERE order_id = $1 AND archived_at IS NULL AND product_id IS NOT NULL";
    let mut asks = vec![];
    for row in tx.all(sql, binds![order]).await? {
        asks.push(LineAsk {
            product: row.int(0)?,
            quantity: row.int(1)?,
            unit: row.opt_text(2)?.unwrap_or_default(),
            options: row.opt_text(3)?.unwrap_or_default(),
            on: ctx.today(),
        });
    }
    pricing.check(ctx, tx, &asks).await.map(|_| ())
}

/// Every door's last step for lines that are new or changed: the catalogue's judgement, the base quantity, and the cost
/// of the day where the line names none (what is known of the product beats an assumed margin).
pub(crate) async fn settle(pricing: &Arc<dyn Pricing>, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
    let value = |row: &Saved, f: &str| {
        let old = || row.old.as_ref().map(|o| o.get(f).clone());
        row.new.get(f).cloned().or_else(old).unwrap_or_default()
    };
    let moved: Vec<&Saved> = rows
        .iter()
        .filter(|r| r.old.is_none() || MOVES.iter().any(|f| r.new.contains_key(*f)))
        .filter(|r| value(r, "product_id").int().is_some())
        .collect();
    let mut ids: Vec<i64> = moved.iter().map(|r| r.id).collect();
    ids.sort_unstable();
    let heads = heads(tx, &ids).await?;
    let lines: Vec<(&Saved, LineAsk)> = moved
        .into_iter()
        .filter_map(|r| {
            let on = heads.get(&r.id).and_then(|h| h.1).unwrap_or(ctx.today());
            Some((r, line_ask(value(r, "product_id").int()?, on, |f| value(r, f))))
        })
        .collect();
    let asks: Vec<LineAsk> = lines.iter().map(|l| l.1.clone()).collect();
    let facts = pricing.check(ctx, tx, &asks).await?;
    let (mut base, mut costs) = (vec![], vec![]);
    for ((row, ask), fact) in lines.iter().zip(facts) {
        if fact.factor != 1_000 || !ask.unit.is_empty() {
            let all = mul_div(ask.quantity, fact.factor, 1_000);
            base.push((row.id, all.ok_or_else(|| Error::field("quantity", "error-too-large"))?));
        }
        let same = heads.get(&row.id).is_some_and(|h| h.0 == fact.currency.code());
        if let Some(cost) = fact.unit_cost.filter(|_| same && value(row, "unit_cost").is_empty())
            && let Some(all) = mul_div(ask.quantity, cost, 1_000)
        {
            costs.push((row.id, cost, all));
        }
    }
    for chunk in base.chunks(500) {
        let rows: Vec<String> = chunk.iter().map(|(id, b)| format!("({id},{b})")).collect();
        let sql = format!(
            "UPDATE order_line SET base_quantity = v.column2 FROM (VALUES {}) AS v WHERE order_line.id = v.column1",
            rows.join(",")
        );
        tx.exec(&sql, vec![]).await?;
    }
    for chunk in costs.chunks(500) {
        let rows: Vec<String> = chunk.iter().map(|(id, c, all)| format!("({id},{c},{all})")).collect();
        let sql = format!(
            "UPDATE order_line SET unit_cost = v.column2, cost = v.column3 FROM (VALUES {}) AS v WHERE order_line.id = v.column1",
            rows.join(",")
        );
        tx.exec(&sql, vec![]).await?;
    }
    Ok(())
}

/// Currency of lines, and the day they were ordered on.
async fn heads(tx: &Tx, lines: &[i64]) -> Result<HashMap<i64, (String, Option<Date>)>> {
    let mut out = HashMap::with_capacity(lines.len());
    for chunk in lines.chunks(500) {
        let list: Vec<String> = chunk.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT l.id, l.currency, o.ordered_on FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE l.id IN ({})",
            list.join(",")
        );
        for row in tx.all(&sql, vec![]).await? {
            out.insert(
                row.int(0)?,
                (row.opt_text(1)?.unwrap_or_default(), row.text(2)?.parse().ok()),
            );
        }
    }
    Ok(out)
}
