//! What can leave now, from state to state, and how an order follows.

use super::{progress, rules};
use crate::totals;
use std::collections::HashMap;
use zhike_contract::Stock;
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};
use zhike_web::Visit;

/// Goods of a shipment: line of the order and quantity.
pub(crate) type Goods = Vec<(i64, i64)>;

/// What of an order can leave now: what is kept for its lines; of lines whose stock nobody counts, all that is open.
pub(crate) async fn ready(stock: &dyn Stock, q: &dyn Query, order: i64) -> Result<Goods> {
    let held: HashMap<i64, i64> = stock
        .held(q, order)
        .await?
        .into_iter()
        .filter(|h| h.stocked)
        .map(|h| (h.line, h.reserved))
        .collect();
    let lines = progress::of(q, order).await?;
    Ok(lines
        .iter()
        .map(|l| {
            let quantity = match held.get(&l.id) {
                Some(kept) => {
                    let spoken = rules::in_base(l.planned, l.quantity, l.base);
                    rules::ready(l.open(), l.quantity, l.base, kept - spoken)
                }
                None => l.open().max(0),
            };
            (l.id, quantity)
        })
        .filter(|(_, quantity)| *quantity > 0)
        .collect())
}

/// Puts goods into a shipment.
pub(crate) async fn put(ctx: &Ctx, tx: &Tx, shipment: i64, goods: &Goods) -> Result<()> {
    if goods.is_empty() {
        return Err(Error::refused("error-shipment-nothing"));
    }
    let rows = goods
        .iter()
        .map(|(line, quantity)| {
            Values::from([
                ("shipment_id".to_owned(), shipment.into()),
                ("line_id".to_owned(), (*line).into()),
                ("quantity".to_owned(), (*quantity).into()),
            ])
        })
        .collect();
    write::insert_many(ctx, tx, ctx.registry().get("shipment_line")?, rows, None)
        .await
        .map(|_| ())
}

/// A draft with these goods, or with what can leave now; its id.
pub(crate) async fn propose(visit: &Visit, stock: &dyn Stock, order: &Record, goods: Option<Goods>) -> Result<i64> {
    let ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    // Two clicks at once wait for each other here.
    totals::lock(&tx, &[order.id]).await?;
    let goods = match goods {
        Some(goods) => goods,
        None => ready(stock, &tx, order.id).await?,
    };
    let head = Values::from([("order_id".to_owned(), order.id.into())]);
    let id = write::create(ctx, &tx, ctx.registry().get("shipment")?, head).await?;
    put(ctx, &tx, id, &goods).await?;
    tx.commit().await?;
    Ok(id)
}

/// How a shipment comes into another state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How<'a> {
    pub on: Option<&'a str>,
    pub carrier: Option<&'a str>,
    pub tracking: Option<&'a str>,
    pub reason: Option<&'a str>,
}

/// Brings a shipment into another state; the new version.
pub(crate) async fn advance(visit: &Visit, id: i64, to: &str, version: i64, how: How<'_>) -> Result<i64> {
    let word = rules::STATUSES.iter().find(|s| **s == to);
    let word = *word.ok_or_else(|| Error::field("to", "error-not-a-choice"))?;
    let mut changes = Values::from([("status".to_owned(), Value::from(word))]);
    let on = match how.on.map(str::trim).filter(|o| !o.is_empty()) {
        Some(text) => Some(zhike_store::field::parse_date(text).ok_or_else(|| Error::field("on", "error-not-a-date"))?),
        None => None,
    };
    let field = match word {
        "shipped" => Some("shipped_on"),
        "delivered" => Some("delivered_on"),
        _ => None,
    };
    if let (Some(field), Some(on)) = (field, on) {
        changes.insert(field.to_owned(), on.into());
    }
    for (name, text) in [
        ("carrier", how.carrier),
        ("tracking", how.tracking),
        ("reason", how.reason),
    ] {
        if let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) {
            let text: String = text.chars().take(200).collect();
            changes.insert(name.to_owned(), text.into());
        }
    }
    let tx = visit.ctx.begin().await?;
    let ty = visit.registry().get("shipment")?.clone();
    let version = write::update(&visit.ctx, &tx, &ty, id, version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

/// Keeps how far an order is beside it. That is not an edit: the version stays.
pub(crate) async fn mark(tx: &Tx, order: i64) -> Result<()> {
    let delivery = progress::delivery(tx, order).await?;
    let sql = "UPDATE order_order SET delivery = $1, updated_at = $2 WHERE id = $3";
    tx.exec(sql, binds![delivery, tx.at.0, order]).await.map(|_| ())
}

/// An order follows its shipments: shipped when all has left, delivered when all has arrived. With `back`, goods came
/// into the house again, so an order that was shipped is open again.
pub(crate) async fn follow(ctx: &Ctx, tx: &Tx, order: i64, back: bool) -> Result<()> {
    totals::lock(tx, &[order]).await?;
    mark(tx, order).await?;
    let house = Ctx::system(&ctx.house, ctx.door);
    let ty = ctx.registry().get("order")?.clone();
    // At most two steps: everything left and arrived at once.
    for _ in 0..2 {
        let record = read::need(&house, tx, &ty, order).await?;
        let lines = progress::of(tx, order).await?;
        let all = |part: fn(&progress::Line) -> i64| !lines.is_empty() && lines.iter().all(|l| part(l) >= l.quantity);
        let (left, arrived) = (all(|l| l.left), all(|l| l.delivered));
        let last = |field: &str| {
            format!(
                "SELECT MAX({field}) FROM order_shipment WHERE order_id = $1 AND status <> 'cancelled' AND archived_at IS NULL"
            )
        };
        let (to, field, day) = match record.text("status") {
            "confirmed" if left => ("shipped", "shipped_on", Some(last("shipped_on"))),
            "shipped" if arrived => ("delivered", "delivered_on", Some(last("delivered_on"))),
            "shipped" if back && !left => ("confirmed", "shipped_on", None),
            _ => return Ok(()),
        };
        let day = match day {
            Some(sql) => tx
                .one(&sql, binds![order])
                .await?
                .map(|r| r.opt_text(0))
                .transpose()?
                .flatten(),
            None => None,
        };
        let version = record.version;
        let changes = Values::from([("status".to_owned(), to.into()), (field.to_owned(), day.into())]);
        write::update_from(&house, tx, &ty, record, version, changes).await?;
    }
    Ok(())
}

/// Is anything of the order still in the house?
pub(crate) async fn something_is_here(q: &dyn Query, order: i64) -> Result<bool> {
    Ok(progress::of(q, order).await?.iter().any(|l| l.left < l.quantity))
}

async fn ids(q: &dyn Query, order: i64, statuses: &str) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT id FROM order_shipment WHERE order_id = $1 AND archived_at IS NULL AND status IN ({statuses}) ORDER BY id"
    );
    q.all(&sql, binds![order]).await?.iter().map(|r| r.int(0)).collect()
}

pub(crate) async fn set(ctx: &Ctx, tx: &Tx, id: i64, changes: Values) -> Result<()> {
    let house = Ctx::system(&ctx.house, ctx.door);
    let ty = ctx.registry().get("shipment")?.clone();
    let record = read::need(&house, tx, &ty, id).await?;
    let version = record.version;
    write::update_from(&house, tx, &ty, record, version, changes)
        .await
        .map(|_| ())
}

/// An order was marked as shipped: what is drafted leaves as it is, the rest in one shipment.
pub(crate) async fn ship_rest(ctx: &Ctx, tx: &Tx, order: i64, on: Date) -> Result<()> {
    let open: Goods = progress::before(tx, order)
        .await?
        .iter()
        .filter(|l| l.open() > 0)
        .map(|l| (l.id, l.open()))
        .collect();
    let mut all = ids(tx, order, "'draft','picked'").await?;
    if !open.is_empty() {
        let head = Values::from([("order_id".to_owned(), order.into())]);
        let new = write::insert_many(ctx, tx, ctx.registry().get("shipment")?, vec![head], None).await?;
        for id in &new {
            put(ctx, tx, *id, &open).await?;
        }
        all.extend(new);
    }
    for id in all {
        let changes = Values::from([
            ("status".to_owned(), "shipped".into()),
            ("shipped_on".to_owned(), on.into()),
        ]);
        set(ctx, tx, id, changes).await?;
    }
    Ok(())
}

/// An order was marked as delivered: so is everything of it that is on its way.
pub(crate) async fn deliver_all(ctx: &Ctx, tx: &Tx, order: i64, on: Date) -> Result<()> {
    for id in ids(tx, order, "'shipped','in_transit','failed'").await? {
        let changes = Values::from([
            ("status".to_owned(), "delivered".into()),
            ("delivered_on".to_owned(), on.into()),
        ]);
        set(ctx, tx, id, changes).await?;
    }
    Ok(())
}

/// An order was cancelled: so is what was drafted.
pub(crate) async fn drop_drafts(ctx: &Ctx, tx: &Tx, order: i64) -> Result<()> {
    for id in ids(tx, order, "'draft','picked'").await? {
        let changes = Values::from([("status".to_owned(), "cancelled".into())]);
        set(ctx, tx, id, changes).await?;
    }
    Ok(())
}

/// What the clerk wants to send instead: quantities by line of the order, with the version of what stood there.
pub(crate) async fn amend(visit: &Visit, shipment: &Record, wanted: &[(i64, Option<i64>, i64)]) -> Result<()> {
    let ctx = &visit.ctx;
    ctx.require("shipment.edit")?;
    let ty = ctx.registry().get("shipment_line")?.clone();
    let tx = ctx.begin().await?;
    totals::lock(&tx, &[shipment.int("order_id").unwrap_or(0)]).await?;
    let sql = "SELECT line_id, id, quantity FROM order_shipment_line WHERE shipment_id = $1 AND archived_at IS NULL";
    let mut there = HashMap::new();
    for row in tx.all(sql, binds![shipment.id]).await? {
        there.insert(row.int(0)?, (row.int(1)?, row.int(2)?));
    }
    // What is lowered first makes room for what is raised.
    let mut wanted = wanted.to_vec();
    wanted.sort_by_key(|w| w.2 - there.get(&w.0).map_or(0, |t| t.1));
    for (line, version, quantity) in wanted {
        match (there.get(&line), version) {
            (Some((id, _)), Some(version)) if quantity > 0 => {
                let changes = Values::from([("quantity".to_owned(), quantity.into())]);
                write::update(ctx, &tx, &ty, *id, version, changes).await?;
            }
            (Some((id, _)), Some(version)) => {
                let record = read::need(ctx, &tx, &ty, *id).await?;
                if record.version != version {
                    return Err(Error::stale());
                }
                let house = Ctx::system(&ctx.house, ctx.door);
                write::archive(&house, &tx, &ty, *id, version, true).await?;
            }
            (None, None) if quantity > 0 => put(ctx, &tx, shipment.id, &vec![(line, quantity)]).await?,
            (None, None) => {}
            _ => return Err(Error::stale()),
        }
    }
    tx.commit().await
}
