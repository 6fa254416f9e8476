//! What happens when warehouses, kept products, movements and expected goods are written.

use crate::{ledger, waiting};
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved};

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

pub(crate) struct WarehouseHooks;

#[async_trait]
impl Hooks for WarehouseHooks {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        let sql = "SELECT count(*) FROM stock_level WHERE warehouse_id = $1 AND (on_hand <> 0 OR reserved <> 0)";
        if tx.number(sql, binds![record.id]).await? > 0 {
            return Err(Error::refused("error-warehouse-full"));
        }
        Ok(())
    }
}

pub(crate) struct ItemHooks;

#[async_trait]
impl Hooks for ItemHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        match old {
            None => {
                for name in ["on_hand", "reserved", "free", "waiting"] {
                    new.insert(name.to_owned(), 0_i64.into());
                }
                if let Some(product) = int(new, "product_id") {
                    let sql = "SELECT count(*) FROM stock_item WHERE product_id = $1 AND archived_at IS NULL";
                    if tx.number(sql, binds![product]).await? > 0 {
                        return Err(Error::field("product_id", "error-stock-kept"));
                    }
                }
            }
            Some(old) => {
                if new.get("product_id") != Some(old.get("product_id")) {
                    return Err(Error::field("product_id", "error-stock-product"));
                }
                let used = ["on_hand", "reserved", "waiting"]
                    .iter()
                    .any(|f| old.int(f).unwrap_or(0) != 0);
                if used && new.get("mode") != Some(old.get("mode")) {
                    return Err(Error::field("mode", "error-stock-mode"));
                }
            }
        }
        for name in ["lead_days", "capacity"] {
            if int(new, name).is_some_and(|v| v < 0 || (name == "lead_days" && v > 3_650)) {
                return Err(Error::field(name, "error-stock-range"));
            }
        }
        Ok(())
    }

    /// A product whose stock is kept again starts with what its places hold.
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let products: Vec<i64> = rows
            .iter()
            .filter(|r| r.old.is_none())
            .filter_map(|r| int(&r.new, "product_id"))
            .collect();
        ledger::total(tx, &products).await
    }

    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        let used = ["on_hand", "reserved", "waiting"]
            .iter()
            .any(|f| record.int(f).unwrap_or(0) != 0);
        if used {
            return Err(Error::refused("error-stock-used"));
        }
        Ok(())
    }
}

pub(crate) struct MoveHooks;

#[async_trait]
impl Hooks for MoveHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_some() {
            return Err(Error::refused("error-stock-ledger"));
        }
        let quantity = int(new, "quantity").unwrap_or(0);
        match text(new, "kind") {
            "receipt" if quantity <= 0 => return Err(Error::field("quantity", "error-stock-receipt")),
            "correction" if quantity == 0 => return Err(Error::field("quantity", "error-stock-zero")),
            "receipt" | "correction" => {}
            _ => return Err(Error::field("kind", "error-stock-kind")),
        }
        if new.get("moved_on").is_none_or(Value::is_empty) {
            new.insert("moved_on".to_owned(), ctx.today().into());
        }
        if text(new, "moved_on") > ctx.today().to_string().as_str() {
            return Err(Error::field("moved_on", "error-stock-future"));
        }
        Ok(())
    }

    /// What came in goes first to the orders that wait for it.
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let one = |r: &Saved| {
            Some((
                int(&r.new, "product_id")?,
                int(&r.new, "warehouse_id")?,
                text(&r.new, "kind").to_owned(),
                int(&r.new, "quantity")?,
                int(&r.new, "incoming_id"),
            ))
        };
        let moves: Vec<_> = rows.iter().filter_map(one).collect();
        let products: Vec<i64> = moves.iter().map(|m| m.0).collect();
        let kept = ledger::items(tx, &products, true).await?;
        if let Some((product, ..)) = moves.iter().find(|m| !kept.contains_key(&m.0)) {
            let name = ledger::name(tx, ctx, "product", *product).await?;
            return Err(Error::refused("error-stock-not-kept").with("product", name));
        }
        for (product, warehouse, kind, quantity, incoming) in &moves {
            if let Some(incoming) = incoming {
                received(tx, *incoming, *product, *warehouse, kind, *quantity).await?;
            }
        }
        let effects = moves.iter().map(|m| (m.0, m.1, ledger::effect(&m.2, m.3)));
        ledger::apply(tx, ctx, effects).await?;
        waiting::serve(tx, ctx, &kept.into_values().collect::<Vec<_>>()).await
    }

    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, _record: &Record) -> Result<()> {
        Err(Error::refused("error-stock-ledger"))
    }

    /// An import that is undone takes its movements out again.
    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        let (Some(product), Some(warehouse)) = (record.int("product_id"), record.int("warehouse_id")) else {
            return Ok(());
        };
        let sign = if away { -1 } else { 1 };
        let (on_hand, reserved) = ledger::effect(record.text("kind"), record.int("quantity").unwrap_or(0));
        ledger::items(tx, &[product], true).await?;
        if let Some(incoming) = record.int("incoming_id") {
            let quantity = sign * record.int("quantity").unwrap_or(0);
            receive(tx, incoming, quantity).await?;
        }
        let effect = (product, warehouse, (sign * on_hand, sign * reserved));
        ledger::apply(tx, ctx, std::iter::once(effect)).await
    }
}

async fn received(tx: &Tx, incoming: i64, product: i64, warehouse: i64, kind: &str, quantity: i64) -> Result<()> {
    let sql = "SELECT product_id, warehouse_id FROM stock_incoming WHERE id = $1 AND archived_at IS NULL";
    let fits = match tx.one(sql, binds![incoming]).await? {
        Some(row) => row.int(0)? == product && row.int(1)? == warehouse && kind == "receipt",
        None => false,
    };
    if !fits {
        return Err(Error::field("incoming_id", "error-stock-incoming"));
    }
    receive(tx, incoming, quantity).await
}

async fn receive(tx: &Tx, incoming: i64, quantity: i64) -> Result<()> {
    let sql = "UPDATE stock_incoming SET received = received + $1, \
               open = CASE WHEN quantity > received + $2 THEN quantity - received - $3 ELSE 0 END, updated_at = $4 WHERE id = $5";
    tx.exec(sql, binds![quantity, quantity, quantity, tx.at.0, incoming])
        .await?;
    Ok(())
}

pub(crate) struct IncomingHooks;

#[async_trait]
impl Hooks for IncomingHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if int(new, "quantity").is_some_and(|q| q <= 0) {
            return Err(Error::field("quantity", "error-stock-receipt"));
        }
        let received = old.and_then(|o| o.int("received")).unwrap_or(0);
        if let Some(old) = old
            && received != 0
            && ["product_id", "warehouse_id"]
                .iter()
                .any(|f| new.get(*f) != Some(old.get(f)))
        {
            return Err(Error::refused("error-stock-arrived"));
        }
        if old.is_none()
            && let Some(product) = int(new, "product_id")
            && !ledger::items(tx, &[product], false).await?.contains_key(&product)
        {
            let name = ledger::name(tx, ctx, "product", product).await?;
            return Err(Error::refused("error-stock-not-kept").with("product", name));
        }
        let open = int(new, "quantity").unwrap_or(0).saturating_sub(received).max(0);
        new.insert("received".to_owned(), received.into());
        new.insert("open".to_owned(), open.into());
        Ok(())
    }
}
