//! What other areas ask of the stock.

use crate::{ledger, promise, promise::Supply, settle, share};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};
use zhike_contract::{Demand, Held, Levels, Need, Promise, Stock, Supplied, Supplies};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Ctx, Query, Tx, binds, ids, write};

pub(crate) struct Port;

#[async_trait]
impl Stock for Port {
    async fn settle(&self, ctx: &Ctx, tx: &Tx, demand: &Demand) -> Result<()> {
        settle::settle(ctx, tx, demand).await
    }

    async fn held(&self, q: &dyn Query, order: i64) -> Result<Vec<Held>> {
        let sql = "SELECT n.line_id, i.mode, n.reserved FROM stock_need n JOIN stock_item i ON i.product_id = n.product_id \
                   AND i.archived_at IS NULL WHERE n.order_id = $1 ORDER BY n.line_id";
        let one = |r: &zhike_store::Row| {
            Ok(Held {
                line: r.int(0)?,
                stocked: r.text(1)? == "stocked",
                reserved: r.int(2)?,
            })
        };
        q.all(sql, binds![order]).await?.iter().map(one).collect()
    }

    async fn promise(&self, ctx: &Ctx, q: &dyn Query, needs: &[Need]) -> Result<Promise> {
        let products: Vec<i64> = needs.iter().map(|n| n.product).collect();
        let lines: Vec<i64> = needs.iter().map(|n| n.line).collect();
        let mut supplies = supplies(q, &products).await?;
        let mut own = HashMap::new();
        for chunk in lines.chunks(500) {
            let sql = format!(
                "SELECT line_id, product_id, reserved, waiting FROM stock_need WHERE {}",
                q.dialect().among("line_id", "$1")
            );
            for row in q.all(&sql, vec![ids(chunk)]).await? {
                own.insert(row.int(0)?, row.int(2)?);
                // What these lines wait for themselves is not before them.
                if let Some(supply) = supplies.get_mut(&row.int(1)?) {
                    supply.waiting -= row.int(3)?;
                }
            }
        }
        Ok(promise::promise(ctx.today(), needs, &own, &supplies))
    }
}

#[async_trait]
impl Levels for Port {
    async fn count(
        &self,
        ctx: &Ctx,
        tx: &Tx,
        product: i64,
        warehouse: i64,
        counted: i64,
        reference: &str,
    ) -> Result<i64> {
        // The product's row is kept until the end: nobody moves it between counting and correcting.
        if !ledger::items(tx, &[product], true).await?.contains_key(&product) {
            let name = ledger::name(tx, ctx, "product", product).await?;
            return Err(Error::refused("error-stock-not-kept").with("product", name));
        }
        let levels = ledger::levels(tx, &[product])
            .await?
            .remove(&product)
            .unwrap_or_default();
        let there = levels
            .iter()
            .find(|l| l.warehouse == warehouse)
            .map_or(0, |l| l.on_hand);
        let difference = counted
            .checked_sub(there)
            .ok_or_else(|| Error::field("quantity", "error-too-large"))?;
        if difference != 0 {
            let reference: String = reference.chars().take(400).collect();
            let row = Values::from([
                ("product_id".to_owned(), product.into()),
                ("warehouse_id".to_owned(), warehouse.into()),
                ("kind".to_owned(), "correction".into()),
                ("quantity".to_owned(), difference.into()),
                ("reference".to_owned(), reference.into()),
            ]);
            write::create(ctx, tx, ctx.registry().get("stock_move")?, row).await?;
        }
        Ok(difference)
    }
}

#[async_trait]
impl Supplies for Port {
    async fn of(&self, q: &dyn Query, products: &[i64]) -> Result<BTreeMap<i64, Supplied>> {
        let mut all = BTreeMap::new();
        for chunk in products.chunks(500) {
            for (product, s) in supplies(q, chunk).await? {
                let supplied = Supplied {
                    stocked: s.stocked,
                    free: s.free,
                    waiting: s.waiting,
                    incoming: s.incoming,
                    lead_days: s.lead_days,
                    capacity: s.capacity,
                };
                all.insert(product, supplied);
            }
        }
        Ok(all)
    }
}

/// What is known of products. Each question is answered by an index on the product: how many orders there are does not
/// matter.
pub(crate) async fn supplies(q: &dyn Query, products: &[i64]) -> Result<BTreeMap<i64, Supply>> {
    let items = ledger::items(q, products, false).await?;
    let kept: Vec<i64> = items.keys().copied().collect();
    let levels = ledger::levels(q, &kept).await?;
    let mut out: BTreeMap<i64, Supply> = BTreeMap::new();
    for (product, item) in items {
        let supply = Supply {
            stocked: item.stocked,
            free: levels.get(&product).map_or(0, |l| share::free(l)),
            waiting: item.waiting,
            incoming: vec![],
            lead_days: item.lead_days,
            capacity: item.capacity,
            allow_negative: item.allow_negative,
        };
        out.insert(product, supply);
    }
    for chunk in kept.chunks(500) {
        let sql = format!(
            "SELECT product_id, due_on, open FROM stock_incoming WHERE open > 0 AND archived_at IS NULL AND {} ORDER BY due_on, id",
            q.dialect().among("product_id", "$1")
        );
        for row in q.all(&sql, vec![ids(chunk)]).await? {
            if let (Some(supply), Ok(day)) = (out.get_mut(&row.int(0)?), row.text(1)?.parse()) {
                supply.incoming.push((day, row.int(2)?));
            }
        }
    }
    Ok(out)
}
