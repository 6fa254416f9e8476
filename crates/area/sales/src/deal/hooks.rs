//! What holds for lines and people of a deal, and what a stage wants before a deal leaves it.

use super::criteria::{self, Beside};
use crate::stages::{self, Kind, Stage};
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values, money::mul_div};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved};

/// Rules of a line.
pub(crate) struct LineHooks;
/// Rules of a person.
pub(crate) struct PersonHooks;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}

#[async_trait]
impl Hooks for LineHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        let deal = int(new, "deal_id").ok_or_else(|| Error::field("deal_id", "error-required"))?;
        let row = tx
            .one("SELECT currency FROM sales_deal WHERE id = $1", binds![deal])
            .await?
            .ok_or_else(|| Error::field("deal_id", "error-not-a-record"))?;
        new.insert("currency".into(), row.opt_text(0)?.into());
        if int(new, "position").is_none() {
            let sql = "SELECT COALESCE(max(position), 0) FROM sales_deal_line WHERE deal_id = $1";
            new.insert("position".into(), (tx.number(sql, binds![deal]).await? + 1).into());
        }
        if int(new, "unit_price").is_none() {
            let price = list_price(ctx, tx, new).await?;
            new.insert("unit_price".into(), price.into());
        }
        let (quantity, price) = (int(new, "quantity").unwrap_or(0), int(new, "unit_price").unwrap_or(0));
        if quantity <= 0 {
            return Err(Error::field("quantity", "error-deal-line-quantity"));
        }
        if price < 0 {
            return Err(Error::field("unit_price", "error-deal-amount"));
        }
        let amount = mul_div(quantity, price, 1_000).ok_or_else(|| Error::field("quantity", "error-too-large"))?;
        new.insert("amount".into(), amount.into());
        Ok(())
    }

    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let mut deals: Vec<i64> = vec![];
        for row in rows {
            deals.extend(int(&row.new, "deal_id"));
            deals.extend(row.old.as_ref().and_then(|o| o.int("deal_id")));
        }
        deals.sort_unstable();
        deals.dedup();
        for deal in deals {
            recount(tx, deal).await?;
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        match record.int("deal_id") {
            Some(deal) => recount(tx, deal).await,
            None => Ok(()),
        }
    }
}

/// The price of the catalogue, if it is in the same currency.
async fn list_price(ctx: &Ctx, tx: &Tx, line: &Values) -> Result<i64> {
    let Some(product) = int(line, "product_id") else {
        return Ok(0);
    };
    let ty = ctx.registry().get("product")?.clone();
    let all = Ctx::system(&ctx.house, ctx.door);
    let found = read::find(&all, tx, &ty, product).await?;
    Ok(found
        .filter(|p| p.text("currency") == line.get("currency").and_then(Value::text).unwrap_or(""))
        .and_then(|p| p.int("price"))
        .unwrap_or(0))
}

/// The amount of a deal with lines is their sum: a derived figure, the deal's version stays.
async fn recount(tx: &Tx, deal: i64) -> Result<()> {
    tx.exec(
        "UPDATE sales_deal SET amount = (SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM sales_deal_line l \
         WHERE l.deal_id = sales_deal.id AND l.archived_at IS NULL), updated_at = $2 WHERE id = $1",
        binds![deal, tx.at.0],
    )
    .await
    .map(|_| ())
}

#[async_trait]
impl Hooks for PersonHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let twice = tx
            .number(
                "SELECT count(*) FROM sales_deal_person WHERE deal_id = $1 AND party_id = $2 AND id <> $3 AND archived_at IS NULL",
                binds![int(new, "deal_id"), int(new, "party_id"), old.map_or(0, |o| o.id)],
            )
            .await?;
        if twice > 0 {
            return Err(Error::field("party_id", "error-deal-person-twice"));
        }
        Ok(())
    }
}

/// The amount of a deal with lines is not typed.
pub(crate) async fn lines_rule(tx: &Tx, old: &Record, new: &Values) -> Result<()> {
    if int(new, "amount") == old.int("amount") {
        return Ok(());
    }
    let sql = "SELECT COALESCE(SUM(amount), 0) FROM sales_deal_line WHERE deal_id = $1 AND archived_at IS NULL HAVING count(*) > 0";
    let sql = sql.replace("COALESCE(SUM(amount), 0)", "CAST(COALESCE(SUM(amount), 0) AS BIGINT)");
    match tx.one(&sql, binds![old.id]).await? {
        Some(row) if Some(row.int(0)?) != int(new, "amount") => Err(Error::field("amount", "error-deal-amount-lines")),
        _ => Ok(()),
    }
}

/// Refuses to leave a stage, and those that are jumped over, while something is missing that they ask for.
pub(crate) async fn leaves(tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &Values, to: &Stage) -> Result<()> {
    let all = stages::of_pipeline(tx, to.pipeline).await?;
    // A new deal comes from before the first stage.
    let from = match old {
        Some(old) => all.iter().find(|s| Some(s.id) == old.int("stage_id")),
        None => None,
    };
    if old.is_some() && from.is_none_or(|f| f.kind != Kind::Open) {
        return Ok(());
    }
    let first = from.map_or(i64::MIN, |f| f.position);
    if to.kind == Kind::Lost || (to.kind == Kind::Open && to.position <= first) {
        return Ok(());
    }
    let left: Vec<&Stage> = all
        .iter()
        .filter(|s| s.kind == Kind::Open && !s.needs.is_empty() && s.position >= first)
        .filter(|s| to.kind == Kind::Won || s.position < to.position)
        .filter(|s| !s.archived || from.is_some_and(|f| f.id == s.id))
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    let count = async |table: &str| -> Result<bool> {
        let sql = format!("SELECT count(*) FROM {table} WHERE deal_id = $1 AND archived_at IS NULL");
        Ok(tx.number(&sql, binds![old.map_or(0, |o| o.id)]).await? > 0)
    };
    let beside = Beside {
        lines: count("sales_deal_line").await?,
        people: count("sales_deal_person").await?,
        rivals: count("sales_deal_rival").await?,
    };
    let mut wrong = vec![];
    for stage in left {
        let latin = stage.latin.as_deref().filter(|_| ctx.latin);
        for e in criteria::missing(&stage.needs, new, beside, latin.unwrap_or(&stage.name)) {
            if !wrong.iter().any(|w: &zhike_kernel::FieldError| w.code == e.code) {
                wrong.push(e);
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(wrong))
    }
}
