//! Writing and reading the tables of the analysis.

use crate::model::{grade, letter, whole};
use crate::refresh::Computed;
use jiff::Span;
use std::collections::HashMap;
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Bind, Query, Tx, binds, write};
use zhike_value::rating::Grade;
use zhike_value::whale::Tier;

/// Reasons kept for each customer.
const REASONS: usize = 5;
/// Rows a statement.
const ROWS: usize = 500;

const CUSTOMER: [&str; 26] = [
    "party_id",
    "tier",
    "grade",
    "manual_grade",
    "score",
    "rank",
    "revenue",
    "discount",
    "returns",
    "product_cost",
    "assumed_cost",
    "assumed_revenue",
    "delivery",
    "service",
    "credit",
    "profit",
    "orders",
    "lines",
    "last_order_on",
    "rhythm_days",
    "silent_on",
    "growth",
    "delay",
    "contributions",
    "months",
    "run_id",
];
const PRODUCT: [&str; 13] = [
    "product_id",
    "revenue",
    "discount",
    "returns",
    "cost",
    "assumed",
    "assumed_revenue",
    "delivery",
    "profit",
    "quantity",
    "lines",
    "customers",
    "run_id",
];

/// Word of a tier.
pub fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Gold => "gold",
        Tier::Regular => "regular",
        Tier::Low => "low",
    }
}

/// The automatic grades of the last analysis, by party.
pub async fn grades(q: &dyn Query) -> Result<HashMap<i64, Grade>> {
    let mut all = HashMap::new();
    let mut after = 0_i64;
    loop {
        let sql = "SELECT party_id, grade FROM insight_customer WHERE grade IS NOT NULL AND party_id > $1 ORDER BY party_id LIMIT 50000";
        let rows = q.all(sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.int(0)?;
        for row in &rows {
            if let Some(g) = grade(&row.text(1)?) {
                all.insert(row.int(0)?, g);
            }
        }
    }
}

/// The latest rating by hand of each party.
async fn manual(tx: &Tx) -> Result<HashMap<i64, String>> {
    let mut all = HashMap::new();
    let sql = "SELECT party_id, grade FROM insight_rating WHERE archived_at IS NULL ORDER BY rated_on, id";
    for row in tx.all(sql, binds![]).await? {
        all.insert(row.int(0)?, row.text(1)?);
    }
    Ok(all)
}

/// Takes the old analysis away and puts the new one in its place. `told` hears per cent.
pub(crate) async fn replace(tx: &Tx, run: i64, new: &Computed, mut told: impl FnMut(u32)) -> Result<()> {
    let mut manual = manual(tx).await?;
    tx.exec("DELETE FROM insight_customer", binds![]).await?;
    tx.exec("DELETE FROM insight_product", binds![]).await?;
    let total = new.customers.len().max(1);
    let mut batch = Batch::new("insight_customer", &CUSTOMER);
    for (at, c) in new.customers.iter().enumerate() {
        let parts = &c.parts;
        batch.push(binds![
            c.party,
            new.tiers.get(at).map(|t| tier(*t).to_owned()),
            new.rating.grades.get(at).map(|g| letter(*g).to_owned()),
            manual.remove(&c.party),
            new.rating.scores.get(at).map(|s| whole(s * 100.0)),
            new.ranks.get(at).copied(),
            parts.revenue,
            parts.discount,
            parts.returns,
            parts.product_cost,
            c.assumed_cost,
            c.assumed_revenue,
            parts.delivery,
            parts.service,
            parts.credit,
            parts.profit(),
            c.orders,
            c.lines,
            c.last.map(|d| d.to_string()),
            c.rhythm,
            silent_on(c.last, c.rhythm).map(|d| d.to_string()),
            c.growth,
            c.delay,
            reasons(new, at),
            months(&c.months),
            run,
        ]);
        if batch.full() {
            batch.write(tx).await?;
            told(u32::try_from(100 * at / total).unwrap_or(100));
        }
    }
    batch.write(tx).await?;
    let mut rated = Batch::new("insight_customer", &["party_id", "manual_grade"]);
    for (party, grade) in manual {
        rated.push(binds![party, grade]);
        if rated.full() {
            rated.write(tx).await?;
        }
    }
    rated.write(tx).await?;
    let mut batch = Batch::new("insight_product", &PRODUCT);
    for p in &new.products {
        batch.push(binds![
            p.product,
            p.parts.revenue,
            p.parts.discount,
            p.parts.returns,
            p.parts.product_cost,
            p.assumed_cost,
            p.assumed_revenue,
            p.parts.delivery,
            p.parts.profit(),
            p.quantity,
            p.lines,
            p.customers,
            run,
        ]);
        if batch.full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await
}

/// From this day on a customer counts as silent: twice the usual interval after the last order.
fn silent_on(last: Option<Date>, rhythm: Option<i64>) -> Option<Date> {
    let days = rhythm.filter(|r| *r > 0)?.checked_mul(2)?;
    last?.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// Numbers separated by commas; nothing where nothing was sold.
fn months(net: &[i64]) -> Option<String> {
    let words: Vec<String> = net.iter().map(i64::to_string).collect();
    net.iter().any(|n| *n != 0).then(|| words.join(","))
}

/// The strongest reasons as `[["profit", 12.3, false], …]`: points against the average customer, and whether the value was unknown.
fn reasons(new: &Computed, at: usize) -> String {
    use std::fmt::Write;
    let mut out = String::from("[");
    for (i, r) in new.rating.reasons(at, REASONS).into_iter().enumerate() {
        let key = new.keys.get(r.indicator).map_or("", String::as_str);
        let comma = if i > 0 { "," } else { "" };
        let _ = write!(out, "{comma}[\"{key}\",{:.1},{}]", r.points, r.unknown);
    }
    out.push(']');
    out
}

/// Reads them back: key, points, unknown.
pub fn read_reasons(text: &str) -> Vec<(String, f64, bool)> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Rows on their way into a table.
pub(crate) struct Batch {
    head: String,
    width: usize,
    rows: usize,
    binds: Vec<Bind>,
}

impl Batch {
    pub(crate) fn new(table: &str, columns: &[&str]) -> Batch {
        Batch {
            head: format!("INSERT INTO {table} ({}) VALUES ", columns.join(", ")),
            width: columns.len(),
            rows: 0,
            binds: vec![],
        }
    }
    pub(crate) fn push(&mut self, row: Vec<Bind>) {
        self.rows += 1;
        self.binds.extend(row);
    }
    pub(crate) fn full(&self) -> bool {
        self.rows >= ROWS
    }
    pub(crate) async fn write(&mut self, tx: &Tx) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut sql = self.head.clone();
        for i in 0..self.rows {
            write::group(&mut sql, i, self.width);
        }
        let written = tx.exec(&sql, std::mem::take(&mut self.binds)).await?;
        if usize::try_from(written).ok() != Some(self.rows) {
            return Err(Error::broken("rows were lost on their way into a table"));
        }
        self.rows = 0;
        Ok(())
    }
}
