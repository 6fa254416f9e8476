//! The ledger: every movement is one row that stays, and the stock is their sum. Levels per place and totals per product
//! are kept beside it, in the same transaction.

use std::collections::{BTreeMap, BTreeSet};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Tx, binds, ids, read, write};

/// A movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub product: i64,
    pub warehouse: i64,
    pub kind: &'static str,
    /// What comes is above zero, what goes below; so with what is reserved and released.
    pub quantity: i64,
    pub order: Option<i64>,
    pub line: Option<i64>,
}

/// What a movement does to stock on hand and to what is reserved.
pub(crate) fn effect(kind: &str, quantity: i64) -> (i64, i64) {
    match kind {
        "reservation" | "release" => (0, quantity),
        _ => (quantity, 0),
    }
}

/// A product whose stock is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub product: i64,
    pub stocked: bool,
    pub allow_negative: bool,
    pub lead_days: Option<i64>,
    pub capacity: Option<i64>,
    pub waiting: i64,
}

/// Those of the products whose stock is kept. With `keep`, their rows are kept from other writers until the transaction
/// ends, always in the same order: whoever comes second waits and then sees what the first one left.
pub(crate) async fn items(q: &dyn Query, products: &[i64], keep: bool) -> Result<BTreeMap<i64, Item>> {
    let mut sorted = products.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut out = BTreeMap::new();
    for chunk in sorted.chunks(500) {
        let sql = format!(
            "SELECT product_id, mode, allow_negative, lead_days, capacity, waiting FROM stock_item \
             WHERE archived_at IS NULL AND {} ORDER BY product_id{}",
            q.dialect().among("product_id", "$1"),
            if keep { q.dialect().for_update() } else { "" }
        );
        for row in q.all(&sql, vec![ids(chunk)]).await? {
            let product = row.int(0)?;
            let item = Item {
                product,
                stocked: row.text(1)? == "stocked",
                allow_negative: row.bool(2)?,
                lead_days: row.opt_int(3)?,
                capacity: row.opt_int(4)?,
                waiting: row.int(5)?,
            };
            out.insert(product, item);
        }
    }
    Ok(out)
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub warehouse: i64,
    pub on_hand: i64,
    pub reserved: i64,
}

/// What lies where, in the order in which places are emptied.
pub(crate) async fn levels(q: &dyn Query, products: &[i64]) -> Result<BTreeMap<i64, Vec<Level>>> {
    let mut out: BTreeMap<i64, Vec<Level>> = BTreeMap::new();
    for chunk in products.chunks(500) {
        let sql = format!(
            "SELECT l.product_id, l.warehouse_id, l.on_hand, l.reserved FROM stock_level l \
             JOIN stock_warehouse w ON w.id = l.warehouse_id WHERE {} ORDER BY w.position IS NULL, w.position, w.id",
            q.dialect().among("l.product_id", "$1")
        );
        for row in q.all(&sql, vec![ids(chunk)]).await? {
            let level = Level {
                warehouse: row.int(1)?,
                on_hand: row.int(2)?,
                reserved: row.int(3)?,
            };
            out.entry(row.int(0)?).or_default().push(level);
        }
    }
    Ok(out)
}

/// Writes movements that an order causes; the sums follow with [`apply`].
pub(crate) async fn book(tx: &Tx, ctx: &Ctx, moves: &[Move]) -> Result<()> {
    let today = ctx.today().to_string();
    for chunk in moves.chunks(500) {
        let mut sql = String::from(
            "INSERT INTO stock_move (version, created_at, updated_at, product_id, warehouse_id, kind, quantity, moved_on, order_id, line_id) VALUES ",
        );
        let mut values = vec![];
        for (i, m) in chunk.iter().enumerate() {
            write::group(&mut sql, i, 10);
            values.extend(binds![
                1_i64,
                tx.at.0,
                tx.at.0,
                m.product,
                m.warehouse,
                m.kind,
                m.quantity,
                today.as_str(),
                m.order,
                m.line
            ]);
        }
        tx.exec(&sql, values).await?;
    }
    apply(
        tx,
        ctx,
        moves
            .iter()
            .map(|m| (m.product, m.warehouse, effect(m.kind, m.quantity))),
    )
    .await
}

/// Adds movements to levels and totals, and refuses stock below zero where the product does not allow it.
pub(crate) async fn apply(tx: &Tx, ctx: &Ctx, moves: impl Iterator<Item = (i64, i64, (i64, i64))>) -> Result<()> {
    let mut sums: BTreeMap<(i64, i64), (i64, i64)> = BTreeMap::new();
    for (product, warehouse, (on_hand, reserved)) in moves {
        let sum = sums.entry((product, warehouse)).or_default();
        sum.0 = sum.0.checked_add(on_hand).ok_or_else(too_large)?;
        sum.1 = sum.1.checked_add(reserved).ok_or_else(too_large)?;
    }
    let products: Vec<i64> = sums
        .keys()
        .map(|k| k.0)
        .collect::<BTreeSet<i64>>()
        .into_iter()
        .collect();
    let sums: Vec<((i64, i64), (i64, i64))> = sums.into_iter().collect();
    for chunk in sums.chunks(500) {
        let mut sql = String::from("INSERT INTO stock_level (product_id, warehouse_id, on_hand, reserved) VALUES ");
        let mut values = vec![];
        for (i, ((product, warehouse), (on_hand, reserved))) in chunk.iter().enumerate() {
            write::group(&mut sql, i, 4);
            values.extend(binds![*product, *warehouse, *on_hand, *reserved]);
        }
        sql.push_str(
            " ON CONFLICT (product_id, warehouse_id) DO UPDATE SET on_hand = stock_level.on_hand + excluded.on_hand, \
             reserved = stock_level.reserved + excluded.reserved",
        );
        tx.exec(&sql, values).await?;
    }
    total(tx, &products).await?;
    above_zero(tx, ctx, &products).await
}

fn too_large() -> Error {
    Error::field("quantity", "error-too-large")
}

/// The totals of products are the sums of their places. They are not an edit: the version stays.
pub(crate) async fn total(tx: &Tx, products: &[i64]) -> Result<()> {
    let sum = |what: &str| {
        format!(
            "(SELECT CAST(COALESCE(SUM({what}), 0) AS BIGINT) FROM stock_level l WHERE l.product_id = stock_item.product_id)"
        )
    };
    for chunk in products.chunks(500) {
        let sql = format!(
            "UPDATE stock_item SET on_hand = {}, reserved = {}, free = {}, updated_at = $1 WHERE archived_at IS NULL AND {}",
            sum("l.on_hand"),
            sum("l.reserved"),
            sum("l.on_hand - l.reserved"),
            tx.dialect().among("product_id", "$2")
        );
        tx.exec(&sql, binds![tx.at.0, ids(chunk)]).await?;
    }
    Ok(())
}

async fn above_zero(tx: &Tx, ctx: &Ctx, products: &[i64]) -> Result<()> {
    for chunk in products.chunks(500) {
        let sql = format!(
            "SELECT l.product_id, l.warehouse_id, l.on_hand FROM stock_level l JOIN stock_item i ON i.product_id = l.product_id \
             AND i.archived_at IS NULL WHERE (l.on_hand < 0 OR l.reserved < 0) AND (i.allow_negative IS NULL OR NOT i.allow_negative) \
             AND {} ORDER BY l.product_id, l.warehouse_id LIMIT 1",
            tx.dialect().among("l.product_id", "$1")
        );
        if let Some(row) = tx.one(&sql, vec![ids(chunk)]).await? {
            let (product, place) = (row.int(0)?, row.int(1)?);
            return Err(Error::refused("error-stock-negative")
                .with("product", name(tx, ctx, "product", product).await?)
                .with("place", name(tx, ctx, "warehouse", place).await?)
                .with("left", words(row.int(2)?)));
        }
    }
    Ok(())
}

/// A record's name, for a sentence.
pub(crate) async fn name(q: &dyn Query, ctx: &Ctx, ty: &str, id: i64) -> Result<String> {
    let mut names = read::titles(q, ctx.registry(), ty, &[id], ctx.latin).await?;
    Ok(names.remove(&id).unwrap_or_default())
}

/// A quantity without needless zeros, for a sentence.
pub(crate) fn words(quantity: i64) -> String {
    let text = zhike_kernel::number::write_scaled(quantity, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
