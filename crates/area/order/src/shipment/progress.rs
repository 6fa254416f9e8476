//! How far each line of an order is: ordered, spoken for, left, delivered, returned. Counted from shipments and returns.
//! What was shipped before there were shipments, or elsewhere, has left as a whole: its order says so.

use super::rules;
use std::collections::BTreeMap;
use zhike_kernel::Result;
use zhike_store::{Query, binds};

/// A line and how far it is; quantities in the line's unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub id: i64,
    pub product: Option<i64>,
    pub description: String,
    pub unit: String,
    pub quantity: i64,
    /// The quantity in base units.
    pub base: i64,
    /// Amounts of the whole line.
    pub net: i64,
    pub tax: i64,
    /// In shipments that have not left.
    pub planned: i64,
    pub left: i64,
    pub delivered: i64,
    /// On returns, also those that are still on their way.
    pub returning: i64,
    /// Back in the house.
    pub returned: i64,
}

impl Line {
    /// What no shipment speaks for yet.
    pub(crate) fn open(&self) -> i64 {
        self.quantity - self.left - self.planned
    }
    /// What may still come back.
    pub(crate) fn returnable(&self) -> i64 {
        self.left - self.returning
    }
    /// What has left, in base units.
    pub(crate) fn base_left(&self) -> i64 {
        if self.left <= 0 {
            return 0;
        }
        rules::in_base(self.left, self.quantity, self.base)
    }
}

/// The lines of a sale, in their order.
pub(crate) async fn of(q: &dyn Query, order: i64) -> Result<Vec<Line>> {
    count(q, order, true).await
}

/// As [`of`], while the order is being marked as shipped: its state says nothing yet, only its shipments do.
pub(crate) async fn before(q: &dyn Query, order: i64) -> Result<Vec<Line>> {
    count(q, order, false).await
}

async fn count(q: &dyn Query, order: i64, told: bool) -> Result<Vec<Line>> {
    let sql = "SELECT l.id, l.product_id, l.description, l.unit, l.quantity, COALESCE(l.base_quantity, l.quantity), o.status, l.net, l.tax \
               FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE l.order_id = $1 AND l.archived_at IS NULL \
               ORDER BY l.position IS NULL, l.position, l.id";
    let mut status = String::new();
    let mut lines = vec![];
    for row in q.all(sql, binds![order]).await? {
        lines.push(Line {
            id: row.int(0)?,
            product: row.opt_int(1)?,
            description: row.opt_text(2)?.unwrap_or_default(),
            unit: row.opt_text(3)?.unwrap_or_default(),
            quantity: row.int(4)?,
            base: row.int(5)?,
            net: row.int(7)?,
            tax: row.int(8)?,
            ..Line::default()
        });
        status = row.text(6)?;
    }
    let shipments = "SELECT count(*) FROM order_shipment WHERE order_id = $1";
    if told && q.number(shipments, binds![order]).await? == 0 {
        for l in &mut lines {
            if matches!(status.as_str(), "shipped" | "delivered") {
                l.left = l.quantity;
            }
            if status == "delivered" {
                l.delivered = l.quantity;
            }
        }
    }
    let sql = "SELECT l.line_id, s.status, CAST(SUM(l.quantity) AS BIGINT) FROM order_shipment_line l JOIN order_shipment s ON s.id = l.shipment_id \
               WHERE s.order_id = $1 AND s.status <> 'cancelled' AND s.archived_at IS NULL AND l.archived_at IS NULL GROUP BY l.line_id, s.status";
    for row in q.all(sql, binds![order]).await? {
        let (id, status, quantity) = (row.int(0)?, row.text(1)?, row.int(2)?);
        if let Some(l) = lines.iter_mut().find(|l| l.id == id) {
            if rules::has_left(&status) {
                l.left += quantity;
            } else {
                l.planned += quantity;
            }
            if status == "delivered" {
                l.delivered += quantity;
            }
        }
    }
    returns(q, order, &mut lines).await?;
    Ok(lines)
}

/// What came back, or will. Lines of returns that do not say whose they are belong to the first lines of the same product.
async fn returns(q: &dyn Query, order: i64, lines: &mut [Line]) -> Result<()> {
    let sql = "SELECT l.returns_line_id, l.product_id, l.description, l.quantity, o.status FROM order_line l JOIN order_order o ON o.id = l.order_id \
               WHERE o.returns_id = $1 AND o.kind = 'return' AND o.status <> 'cancelled' AND o.archived_at IS NULL AND l.archived_at IS NULL ORDER BY l.id";
    let mut loose = vec![];
    for row in q.all(sql, binds![order]).await? {
        let (quantity, back) = (row.int(3)?.saturating_abs(), row.text(4)? == "delivered");
        match row.opt_int(0)? {
            Some(line) => {
                if let Some(l) = lines.iter_mut().find(|l| l.id == line) {
                    l.returning += quantity;
                    l.returned += if back { quantity } else { 0 };
                }
            }
            None => loose.push((row.opt_int(1)?, row.opt_text(2)?.unwrap_or_default(), quantity, back)),
        }
    }
    for (product, words, quantity, back) in loose {
        let mut rest = quantity;
        let same = |l: &&mut Line| l.product == product && (product.is_some() || l.description == words);
        for l in lines.iter_mut().filter(same) {
            let part = rest.min(l.quantity - l.returning).max(0);
            l.returning += part;
            l.returned += if back { part } else { 0 };
            rest -= part;
        }
    }
    Ok(())
}

/// How far orders are, as a mark on each.
pub(crate) async fn delivery(q: &dyn Query, order: i64) -> Result<Option<&'static str>> {
    let lines = of(q, order).await?;
    let sql = "SELECT count(*) FROM order_shipment WHERE order_id = $1 AND status = 'failed' AND archived_at IS NULL";
    let failed = q.number(sql, binds![order]).await? > 0;
    let figures: Vec<(i64, i64, i64)> = lines.iter().map(|l| (l.quantity, l.left, l.delivered)).collect();
    Ok(rules::delivery(&figures, failed))
}

/// The lines by their ids.
pub(crate) fn by_id(lines: &[Line]) -> BTreeMap<i64, &Line> {
    lines.iter().map(|l| (l.id, l)).collect()
}
