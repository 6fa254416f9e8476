//! Sums of orders and what lines take from their order and product, for many at once.

use crate::rules;
use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::{Query, Tx, binds, ids};

/// What the lines must know of their order.
pub(crate) struct Head {
    pub kind: String,
    pub status: String,
    pub returns: Option<i64>,
    pub total: i64,
}

/// Marks the orders as changed. On PostgreSQL this also makes two writers of one order wait for each other, so that the
/// sums that follow see all lines.
pub(crate) async fn lock(tx: &Tx, orders: &[i64]) -> Result<()> {
    for chunk in orders.chunks(500) {
        let sql = format!(
            "UPDATE order_order SET updated_at = $1 WHERE {}",
            tx.dialect().among("id", "$2")
        );
        tx.exec(&sql, binds![tx.at.0, ids(chunk)]).await?;
    }
    Ok(())
}

/// Kind and state of orders.
pub(crate) async fn heads(tx: &Tx, orders: &[i64]) -> Result<HashMap<i64, Head>> {
    let mut out = HashMap::with_capacity(orders.len());
    for chunk in orders.chunks(500) {
        let sql = format!(
            "SELECT id, kind, status, returns_id, total FROM order_order WHERE {}",
            tx.dialect().among("id", "$1")
        );
        for row in tx.all(&sql, vec![ids(chunk)]).await? {
            let head = Head {
                kind: row.text(1)?,
                status: row.text(2)?,
                returns: row.opt_int(3)?,
                total: row.int(4)?,
            };
            out.insert(row.int(0)?, head);
        }
    }
    Ok(out)
}

/// Lines are in the currency of their order.
pub(crate) async fn currency(tx: &Tx, lines: &[i64]) -> Result<()> {
    for chunk in lines.chunks(500) {
        let sql = format!(
            "UPDATE order_line SET currency = (SELECT o.currency FROM order_order o WHERE o.id = order_line.order_id) WHERE {}",
            tx.dialect().among("id", "$1")
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
    }
    Ok(())
}

/// The totals of orders are the exact sums of their lines. They are not an edit: the version stays.
pub(crate) async fn recompute(tx: &Tx, orders: &[i64]) -> Result<()> {
    for chunk in orders.chunks(500) {
        let sum = |what: &str| format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)");
        let sql = format!(
            "UPDATE order_order SET (net, tax, total, cost) = (SELECT {}, {}, {}, {} FROM order_line l \
             WHERE l.order_id = order_order.id AND l.archived_at IS NULL) WHERE {}",
            sum("l.net"),
            sum("l.tax"),
            sum("l.net + l.tax"),
            sum("l.cost"),
            tx.dialect().among("id", "$1")
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
    }
    Ok(())
}

/// May lines of an order in this state still be written?
pub(crate) fn is_open(status: &str) -> bool {
    rules::open_for_lines(status)
}
