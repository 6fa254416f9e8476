//! What holds when a shipment or one of its lines is written.

use super::{flow, progress, rules};
use crate::{Ports, deliver, totals};
use async_trait::async_trait;
use zhike_kernel::{Date, Error, Result, Value, Values, unit};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved};

pub(crate) struct ShipmentHooks(pub(crate) Ports);

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn day(values: &Values, name: &str) -> Option<Date> {
    text(values, name).parse().ok()
}
/// What a shipment must know of its order.
struct Head {
    party: Option<i64>,
    sends: bool,
    ordered: Option<Date>,
    promised: Option<String>,
}

async fn head(tx: &Tx, order: i64) -> Result<Head> {
    let sql = "SELECT party_id, kind, status, archived_at, ordered_on, COALESCE(promised_on, required_on) FROM order_order WHERE id = $1";
    let row = tx.one(sql, binds![order]).await?;
    let row = row.ok_or_else(|| Error::field("order_id", "error-not-a-record"))?;
    Ok(Head {
        party: row.opt_int(0)?,
        sends: row.text(1)? == "sale"
            && matches!(row.text(2)?.as_str(), "confirmed" | "shipped" | "delivered")
            && row.opt_int(3)?.is_none(),
        ordered: row.text(4)?.parse().ok(),
        promised: row.opt_text(5)?,
    })
}

/// Why a shipment in this state goes nowhere else.
fn refusal(status: &str) -> &'static str {
    match status {
        "draft" => "error-shipment-after-draft",
        "picked" => "error-shipment-after-picked",
        "shipped" => "error-shipment-after-shipped",
        "in_transit" => "error-shipment-after-in_transit",
        "failed" => "error-shipment-after-failed",
        "delivered" => "error-shipment-after-delivered",
        _ => "error-shipment-after-cancelled",
    }
}

#[async_trait]
impl Hooks for ShipmentHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let Some(order) = int(new, "order_id") else {
            // The complaint that it is missing follows.
            return Ok(());
        };
        for name in ["carrier", "tracking"] {
            let words = text(new, name).trim().to_owned();
            new.insert(name.to_owned(), Some(words).filter(|w| !w.is_empty()).into());
        }
        let head = head(tx, order).await?;
        match old {
            None => {
                if ctx.door.by_hand() && !head.sends {
                    return Err(Error::field("order_id", "error-shipment-order"));
                }
                new.insert("party_id".to_owned(), head.party.into());
                if ctx.door.by_hand() || text(new, "status").is_empty() {
                    new.insert("status".to_owned(), "draft".into());
                }
                if text(new, "promised_on").is_empty() {
                    new.insert("promised_on".to_owned(), head.promised.clone().into());
                }
            }
            Some(old) => {
                if new.get("order_id") != Some(old.get("order_id")) {
                    return Err(Error::field("order_id", "error-shipment-moved"));
                }
                change(tx, ctx, old, new).await?;
            }
        }
        days(ctx, &head, new)
    }

    /// What a person or program did not say is what can leave now.
    async fn whole(&self, tx: &Tx, ctx: &Ctx, id: i64) -> Result<()> {
        if ctx.door.by_hand() && lines_of(tx, id).await? == 0 {
            let order = tx
                .number("SELECT order_id FROM order_shipment WHERE id = $1", binds![id])
                .await?;
            let goods = flow::ready(self.0.stock.as_ref(), tx, order).await?;
            flow::put(ctx, tx, id, &goods).await?;
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows {
            let Some(old) = &row.old else { continue };
            let Some(to) = row.new.get("status").and_then(Value::text) else {
                continue;
            };
            let order = old.int("order_id").unwrap_or(0);
            let back = rules::has_left(old.text("status")) && !rules::has_left(to);
            if back && progress::of(tx, order).await?.iter().any(|l| l.returning > l.left) {
                return Err(Error::refused("error-shipment-returned"));
            }
            // First the order: what it asks of the stock follows from how far it is.
            flow::follow(ctx, tx, order, back).await?;
            if ctx.door.by_hand() && rules::has_left(old.text("status")) != rules::has_left(to) {
                deliver::settle(&self.0.stock, tx, ctx, &[order]).await?;
            }
            if ctx.door.by_hand() {
                self.0.billing.order_moved(ctx, tx, order).await?;
            }
            if ctx.door.by_hand() && to == "failed" {
                super::tell_failed(self.0.tasks.as_ref(), tx, ctx, old, text(&row.new, "reason")).await?;
            }
        }
        Ok(())
    }

    async fn archiving(&self, _tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        if ctx.door.by_hand() && record.text("status") != "cancelled" {
            return Err(Error::refused("error-shipment-kept"));
        }
        Ok(())
    }
}

async fn lines_of(tx: &Tx, shipment: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM order_shipment_line WHERE shipment_id = $1 AND archived_at IS NULL";
    tx.number(sql, binds![shipment]).await
}

async fn change(tx: &Tx, ctx: &Ctx, old: &Record, new: &mut Values) -> Result<()> {
    let (from, to) = (old.text("status"), text(new, "status").to_owned());
    if from == to {
        return Ok(());
    }
    if ctx.door.by_hand() && !rules::next(from).contains(&to.as_str()) {
        return Err(Error::refused(refusal(from)));
    }
    let leaves = rules::has_left(&to) && !rules::has_left(from);
    if leaves && lines_of(tx, old.id).await? == 0 {
        return Err(Error::refused("error-shipment-empty"));
    }
    if leaves && text(new, "shipped_on").is_empty() {
        new.insert("shipped_on".to_owned(), ctx.today().into());
    }
    if to == "delivered" && text(new, "delivered_on").is_empty() {
        new.insert("delivered_on".to_owned(), ctx.today().into());
    }
    Ok(())
}

fn days(ctx: &Ctx, head: &Head, new: &Values) -> Result<()> {
    let (shipped, delivered) = (day(new, "shipped_on"), day(new, "delivered_on"));
    let wrong = |field, code| Err(Error::field(field, code));
    if ctx.door.by_hand() && shipped.is_some_and(|d| d > ctx.today()) {
        return wrong("shipped_on", "error-order-future");
    }
    if ctx.door.by_hand() && delivered.is_some_and(|d| d > ctx.today()) {
        return wrong("delivered_on", "error-order-future");
    }
    if matches!((shipped, head.ordered), (Some(s), Some(o)) if s < o) {
        return wrong("shipped_on", "error-order-before-ordered");
    }
    if matches!((delivered, shipped), (Some(d), Some(s)) if d < s) {
        return wrong("delivered_on", "error-order-before-shipped");
    }
    Ok(())
}

pub(crate) struct LineHooks;

#[async_trait]
impl Hooks for LineHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if int(new, "quantity").is_some_and(|q| q <= 0) {
            return Err(Error::field("quantity", "error-shipment-quantity"));
        }
        if let Some(old) = old {
            for name in ["shipment_id", "line_id"] {
                if new.get(name) != Some(old.get(name)) {
                    return Err(Error::field(name, "error-shipment-moved"));
                }
            }
        }
        Ok(())
    }

    /// No line sends more than was ordered, whatever else was sent of it.
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let of = |r: &Saved, f: &str| int(&r.new, f).or_else(|| r.old.as_ref().and_then(|o| o.int(f)));
        let mut shipments: Vec<i64> = rows.iter().filter_map(|r| of(r, "shipment_id")).collect();
        shipments.sort_unstable();
        shipments.dedup();
        for shipment in shipments {
            let sql = "SELECT order_id, status FROM order_shipment WHERE id = $1";
            let Some(row) = tx.one(sql, binds![shipment]).await? else {
                return Err(Error::field("shipment_id", "error-not-a-record"));
            };
            let order = row.int(0)?;
            if ctx.door.by_hand() && !rules::is_open(&row.text(1)?) {
                return Err(Error::refused("error-shipment-left"));
            }
            totals::lock(tx, &[order]).await?;
            let lines = progress::of(tx, order).await?;
            let known = progress::by_id(&lines);
            let own = rows
                .iter()
                .enumerate()
                .filter(|(_, r)| of(r, "shipment_id") == Some(shipment));
            for (i, row) in own {
                let Some(line) = of(row, "line_id").and_then(|id| known.get(&id)) else {
                    return Err(Error::field("line_id", "error-shipment-line").at_row(i));
                };
                let quantity = of(row, "quantity").unwrap_or(0);
                if ctx.door.by_hand() && quantity % 1_000 != 0 {
                    let unit = match line.unit.is_empty() {
                        true => base_unit(tx, line.product).await?,
                        false => line.unit.clone(),
                    };
                    unit::whole(&unit, quantity).map_err(|e| e.at_row(i))?;
                }
                if line.open() < 0 {
                    let mine = of(row, "quantity").unwrap_or(0);
                    return Err(too_much(mine + line.open()).at_row(i));
                }
            }
            let sql = "UPDATE order_shipment_line SET product_id = (SELECT l.product_id FROM order_line l WHERE l.id = order_shipment_line.line_id) \
                       WHERE shipment_id = $1";
            tx.exec(sql, binds![shipment]).await?;
            if !ctx.door.by_hand() {
                flow::mark(tx, order).await?;
            }
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        let sql = "SELECT status FROM order_shipment WHERE id = $1";
        let row = tx.one(sql, binds![record.int("shipment_id")]).await?;
        let open = row.map(|r| r.text(0)).transpose()?.is_some_and(|s| rules::is_open(&s));
        if ctx.door.by_hand() && !open {
            return Err(Error::refused("error-shipment-left"));
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        let sql = "SELECT order_id FROM order_shipment WHERE id = $1";
        let Some(row) = tx.one(sql, binds![record.int("shipment_id")]).await? else {
            return Ok(());
        };
        if !away && progress::of(tx, row.int(0)?).await?.iter().any(|l| l.open() < 0) {
            return Err(Error::refused("error-shipment-full"));
        }
        Ok(())
    }
}

/// The unit of a line that names none.
async fn base_unit(tx: &Tx, product: Option<i64>) -> Result<String> {
    let row = tx
        .one("SELECT unit FROM catalog_product WHERE id = $1", binds![product])
        .await?;
    Ok(row.map(|r| r.opt_text(0)).transpose()?.flatten().unwrap_or_default())
}

fn too_much(most: i64) -> Error {
    let mut e = Error::field("quantity", "error-shipment-more");
    for field in &mut e.fields {
        field.args.push(("most", crate::deliver::words(most.max(0)).into()));
    }
    e
}
