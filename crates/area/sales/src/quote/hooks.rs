//! What happens when a quote or a line is written.

use super::{rules, totals};
use async_trait::async_trait;
use jiff::ToSpan;
use std::sync::Arc;
use zhike_contract::{Approvals, Orders, Pricing};
use zhike_kernel::{Date, Error, Result, Value, Values, line};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved, write};

/// Days a quote holds unless somebody says otherwise.
const DAYS: i64 = 30;
/// What may change while the customer or the approvers look at it: nothing that was agreed on.
const FREE: [&str; 6] = ["owner_id", "deal_id", "note", "status", "order_id", "previous_id"];

/// What another cost and list price follow from.
const PRICED: [&str; 4] = ["product_id", "quantity", "unit", "options"];

pub(crate) struct QuoteHooks(pub Arc<dyn Approvals>);
pub(crate) struct LineHooks(pub Arc<dyn Approvals>, pub Arc<dyn Pricing>, pub Arc<dyn Orders>);

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn empty(values: &Values, name: &str) -> bool {
    values.get(name).is_none_or(Value::is_empty)
}
#[async_trait]
impl Hooks for QuoteHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        match old {
            None => begin(tx, ctx, new).await?,
            Some(old) => change(tx, old, new).await?,
        }
        let day = |name: &str| text(new, name).parse::<Date>().ok();
        if matches!((day("quoted_on"), day("valid_until_on")), (Some(a), Some(b)) if b < a) {
            return Err(Error::field("valid_until_on", "error-quote-valid"));
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows.iter().filter(|r| r.old.is_some()) {
            self.0.touched(ctx, tx, "quote", row.id).await?;
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        match record.text("status") {
            "approval" => self.0.withdraw(ctx, tx, "quote", record.id).await,
            "accepted" if record.int("order_id").is_none() => Err(Error::refused("error-quote-accepted")),
            _ => Ok(()),
        }
    }
}

async fn begin(tx: &Tx, ctx: &Ctx, new: &mut Values) -> Result<()> {
    if empty(new, "quoted_on") {
        new.insert("quoted_on".into(), ctx.today().into());
    }
    if empty(new, "valid_until_on")
        && let Ok(day) = text(new, "quoted_on").parse::<Date>()
    {
        new.insert(
            "valid_until_on".into(),
            day.checked_add(DAYS.days()).unwrap_or(day).into(),
        );
    }
    if ctx.door.by_hand() && empty(new, "owner_id") {
        new.insert("owner_id".into(), ctx.actor.user.into());
    }
    if empty(new, "currency") {
        let party = match int(new, "party_id").filter(|_| ctx.door.by_hand()) {
            Some(party) => read::find(ctx, tx, ctx.registry().get("party")?, party).await?,
            None => None,
        };
        let own = party.map(|p| p.text("currency").to_owned()).filter(|c| !c.is_empty());
        new.insert(
            "currency".into(),
            own.unwrap_or_else(|| ctx.house.currency.code().to_owned()).into(),
        );
    }
    if empty(new, "language") {
        let foreign = text(new, "currency") != "CNY";
        new.insert("language".into(), if foreign { "en" } else { "zh" }.into());
    }
    if empty(new, "revision") {
        new.insert("revision".into(), 1.into());
    }
    for sum in ["net", "tax", "total"] {
        new.insert(sum.into(), 0.into());
    }
    Ok(())
}

async fn change(tx: &Tx, old: &Record, new: &mut Values) -> Result<()> {
    let moved = |name: &str| new.get(name) != Some(old.get(name));
    let status = old.text("status");
    let agreed = new.keys().any(|name| !FREE.contains(&name.as_str()) && moved(name));
    if agreed && !rules::open(status) {
        return Err(Error::refused("error-quote-locked"));
    }
    if moved("currency") {
        let sql = "SELECT count(*) FROM sales_quote_line WHERE quote_id = $1 AND archived_at IS NULL";
        if tx.number(sql, binds![old.id]).await? > 0 {
            return Err(Error::refused("error-quote-has-lines"));
        }
    }
    if agreed && rules::bound(status) && !moved("status") {
        new.insert("status".into(), "draft".into());
    }
    Ok(())
}

#[async_trait]
impl Hooks for LineHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_some_and(|o| new.get("quote_id") != Some(o.get("quote_id"))) {
            return Err(Error::field("quote_id", "error-quote-line-moved"));
        }
        if ctx.door.by_hand() {
            totals::price(self.1.as_ref(), self.2.as_ref(), tx, ctx, old, new).await?;
        }
        let (Some(quantity), Some(unit_price)) = (int(new, "quantity"), int(new, "unit_price")) else {
            return Ok(());
        };
        if quantity < 0 {
            return Err(Error::field("quantity", "error-quote-negative"));
        }
        let sums = line::line(&line::Line {
            quantity,
            unit_price,
            discount: int(new, "discount").unwrap_or(0),
            tax_rate: int(new, "tax_rate").unwrap_or(0),
            unit_cost: None,
        })
        .map_err(|e| Error::fields(vec![e]))?;
        new.insert("net".into(), sums.net.into());
        new.insert("tax".into(), sums.tax.into());
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let of = |row: &Saved| int(&row.new, "quote_id").or_else(|| row.old.as_ref().and_then(|o| o.int("quote_id")));
        let mut quotes: Vec<i64> = rows.iter().filter_map(of).collect();
        quotes.sort_unstable();
        quotes.dedup();
        for quote in quotes {
            totals::lock(tx, quote).await?;
            let lines: Vec<i64> = rows
                .iter()
                .filter(|r| of(r) == Some(quote) && (r.old.is_none() || PRICED.iter().any(|f| r.new.contains_key(*f))))
                .map(|r| r.id)
                .collect();
            totals::from_products(self.1.as_ref(), tx, ctx, quote, &lines).await?;
            written(self.0.as_ref(), tx, ctx, quote).await?;
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        let quote = record.int("quote_id").unwrap_or(0);
        totals::lock(tx, quote).await?;
        written(self.0.as_ref(), tx, ctx, quote).await
    }
}

/// A line was written: refused where the quote is fixed; sums anew; an approval of what it was before is void.
async fn written(approvals: &dyn Approvals, tx: &Tx, ctx: &Ctx, quote: i64) -> Result<()> {
    let row = tx
        .one("SELECT status, version FROM sales_quote WHERE id = $1", binds![quote])
        .await?
        .ok_or_else(|| Error::field("quote_id", "error-not-a-record"))?;
    let (status, version) = (row.text(0)?, row.int(1)?);
    if ctx.door.by_hand() && !rules::open(&status) {
        return Err(Error::refused("error-quote-locked"));
    }
    totals::recompute(tx, quote).await?;
    if approvals.touched(ctx, tx, "quote", quote).await? || !rules::bound(&status) {
        return Ok(());
    }
    // Approved without anybody having been asked: it begins anew all the same.
    let house = Ctx::system(&ctx.house, ctx.door);
    let back = Values::from([("status".to_owned(), "draft".into())]);
    write::update(&house, tx, house.registry().get("quote")?, quote, version, back).await?;
    Ok(())
}
