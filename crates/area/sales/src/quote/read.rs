//! A quote and its lines, for the eyes of the actor.

use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Ctx, Query, Record, binds, read};
use zhike_web::Visit;

/// The quote behind an id of an address.
pub(crate) async fn need(visit: &Visit, id: &str) -> Result<Record> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    read::need(&visit.ctx, visit.db(), visit.registry().get("quote")?, id).await
}

/// Its lines, in their order.
pub(crate) async fn lines(ctx: &Ctx, q: &dyn Query, quote: i64) -> Result<Vec<Record>> {
    let sql = "SELECT id FROM sales_quote_line WHERE quote_id = $1 AND archived_at IS NULL ORDER BY position IS NULL, position, id";
    let ids: Vec<i64> = q
        .all(sql, binds![quote])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect::<Result<_>>()?;
    let ty = ctx.registry().get("quote_line")?;
    let mut found = vec![];
    for chunk in ids.chunks(500) {
        found.extend(read::find_many(ctx, q, ty, chunk).await?);
    }
    found.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    Ok(found)
}

/// What only some may see.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inside {
    pub cost: Option<i64>,
    pub discount_rate: Option<i64>,
    pub margin_rate: Option<i64>,
}

/// Cost, discount and margin of a quote. Who shows them asks for `cost.view` first.
pub(crate) async fn inside(q: &dyn Query, quote: i64) -> Result<Inside> {
    let sql = "SELECT cost, discount_rate, margin_rate FROM sales_quote WHERE id = $1";
    let row = q.one(sql, binds![quote]).await?.ok_or_else(Error::missing)?;
    Ok(Inside {
        cost: row.opt_int(0)?,
        discount_rate: row.opt_int(1)?,
        margin_rate: row.opt_int(2)?,
    })
}

/// The currency of a record.
pub(crate) fn currency(ctx: &Ctx, record: &Record) -> Currency {
    Currency::parse(record.text("currency")).unwrap_or(ctx.house.currency)
}
