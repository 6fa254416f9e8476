//! Sums of quotes and what lines take from their product: price, list price, cost.

use super::rules;
use zhike_contract::{LineAsk, Orders, PriceAsk, Pricing};
use zhike_kernel::{Currency, Date, Error, Result, Value, Values, line::MILLI, money::mul_div};
use zhike_store::{Ctx, Query, Record, Tx, binds};

/// Makes two writers of one quote wait for each other on PostgreSQL, so that the sums that follow see all lines.
pub(crate) async fn lock(tx: &Tx, quote: i64) -> Result<()> {
    tx.exec(
        "UPDATE sales_quote SET updated_at = $1 WHERE id = $2",
        binds![tx.at.0, quote],
    )
    .await
    .map(|_| ())
}

/// What a quote says about the price of its lines.
struct Head {
    party: Option<i64>,
    currency: Currency,
    on: Date,
}

async fn head(q: &dyn Query, ctx: &Ctx, quote: i64) -> Result<Head> {
    let sql = "SELECT party_id, currency, quoted_on FROM sales_quote WHERE id = $1";
    let row = q.one(sql, binds![quote]).await?;
    let row = row.ok_or_else(|| Error::field("quote_id", "error-not-a-record"))?;
    Ok(Head {
        party: row.opt_int(0)?,
        currency: Currency::parse(&row.text(1)?).unwrap_or(ctx.house.currency),
        on: row.text(2)?.parse().unwrap_or(ctx.today()),
    })
}

/// Price, discount and tax of a line that a person left out: the catalogue's for this customer.
pub(crate) async fn price(
    pricing: &dyn Pricing,
    orders: &dyn Orders,
    q: &dyn Query,
    ctx: &Ctx,
    old: Option<&Record>,
    new: &mut Values,
) -> Result<()> {
    let int = |v: &Values, n: &str| v.get(n).and_then(Value::int);
    let text = |v: &Values, n: &str| v.get(n).and_then(Value::text).unwrap_or("").trim().to_owned();
    let moved = old.is_none_or(|o| new.get("product_id").unwrap_or(&Value::Null) != o.get("product_id"));
    let Some(product) = int(new, "product_id") else {
        return usual_tax(orders, q, moved, new).await;
    };
    if int(new, "unit_price").is_some() && (int(new, "tax_rate").is_some() || !moved) {
        return Ok(());
    }
    let head = head(q, ctx, int(new, "quote_id").unwrap_or(0)).await?;
    let ask = PriceAsk {
        party: head.party,
        product,
        quantity: int(new, "quantity").unwrap_or(MILLI),
        unit: text(new, "unit"),
        options: text(new, "options"),
        on: head.on,
        channel: String::new(),
        currency: head.currency,
    };
    let quote = pricing.quote(ctx, q, &ask).await?;
    if int(new, "unit_price").is_none() {
        new.insert("unit_price".to_owned(), quote.unit_price.into());
        if int(new, "discount").is_none() && quote.discount != 0 {
            new.insert("discount".to_owned(), quote.discount.into());
        }
    }
    if int(new, "tax_rate").is_none() && moved {
        new.insert("tax_rate".to_owned(), quote.tax_rate.into());
    }
    usual_tax(orders, q, moved, new).await
}

/// Neither said nor known of the product: the company's rate.
async fn usual_tax(orders: &dyn Orders, q: &dyn Query, moved: bool, new: &mut Values) -> Result<()> {
    if moved && new.get("tax_rate").is_none_or(Value::is_empty) {
        new.insert("tax_rate".to_owned(), orders.tax_rate(q).await?.into());
    }
    Ok(())
}

/// Lines are in the currency of their quote and may be ordered as they stand; what they cost us and what the list says
/// for anybody is kept with them.
pub(crate) async fn from_products(pricing: &dyn Pricing, tx: &Tx, ctx: &Ctx, quote: i64, lines: &[i64]) -> Result<()> {
    let head = head(tx, ctx, quote).await?;
    for id in lines {
        let sql = "SELECT product_id, quantity, unit, options FROM sales_quote_line WHERE id = $1";
        let row = tx.one(sql, binds![*id]).await?.ok_or_else(Error::missing)?;
        let (mut cost, mut list) = (None, None);
        if let Some(product) = row.opt_int(0)? {
            let quantity = row.int(1)?;
            let (unit, options) = (
                row.opt_text(2)?.unwrap_or_default(),
                row.opt_text(3)?.unwrap_or_default(),
            );
            let ask = LineAsk {
                product,
                quantity,
                unit: unit.clone(),
                options: options.clone(),
                on: head.on,
            };
            let fact = pricing.check(ctx, tx, &[ask]).await?.into_iter().next();
            cost = fact.filter(|f| f.currency == head.currency).and_then(|f| f.unit_cost);
            let ask = PriceAsk {
                party: None,
                product,
                quantity,
                unit,
                options,
                on: head.on,
                channel: String::new(),
                currency: head.currency,
            };
            list = pricing.quote(ctx, tx, &ask).await?.unit_price;
        }
        tx.exec(
            "UPDATE sales_quote_line SET currency = $1, unit_cost = $2, list_price = $3 WHERE id = $4",
            binds![head.currency.code(), cost, list, *id],
        )
        .await?;
    }
    Ok(())
}

/// The sums of a quote are those of its lines; its discount is measured against the list prices, its margin against
/// the costs. They are not an edit: the version stays.
pub(crate) async fn recompute(tx: &Tx, quote: i64) -> Result<()> {
    let sql = "SELECT quantity, unit_price, net, tax, unit_cost, list_price FROM sales_quote_line WHERE quote_id = $1 AND archived_at IS NULL";
    let (mut net, mut tax, mut list, mut cost) = (0_i64, 0_i64, 0_i64, Some(0_i64));
    let too_large = || zhike_kernel::Error::field("quantity", "error-too-large");
    let add = |a: i64, b: i64| a.checked_add(b).ok_or_else(too_large);
    for row in tx.all(sql, binds![quote]).await? {
        let (quantity, price) = (row.int(0)?, row.int(1)?);
        net = add(net, row.int(2)?)?;
        tax = add(tax, row.int(3)?)?;
        let listed = row.opt_int(5)?.unwrap_or(price);
        list = add(list, mul_div(quantity, listed, MILLI).ok_or_else(too_large)?)?;
        let own = row.opt_int(4)?.and_then(|c| mul_div(quantity, c, MILLI));
        cost = cost.zip(own).and_then(|(a, b)| a.checked_add(b));
    }
    tx.exec(
        "UPDATE sales_quote SET net = $1, tax = $2, total = $3, cost = $4, list_net = $5, discount_rate = $6, margin_rate = $7 WHERE id = $8",
        binds![net, tax, add(net, tax)?, cost, list, rules::discount(list, net), rules::margin(net, cost), quote],
    )
    .await
    .map(|_| ())
}
