//! Which months must be written again: those in which changed records stand now, and those in which the facts still
//! have them.

use crate::manifest::Manifest;
use crate::session::{MEMORY, session};
use crate::table::Table;
use datafusion::arrow::array::{Array, Int32Array, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use zhike_kernel::{Error, Result};
use zhike_store::{Query, Row, binds};

/// A transaction takes its instant when it begins and may commit later than one that began after it: so far back is
/// looked again.
const OVERLAP: i64 = 15 * 60 * 1_000_000;
/// And so many events.
const EVENTS: i64 = 20_000;

/// The day as the facts keep it.
pub(crate) fn day_number(day: &str) -> Option<i32> {
    let day: Date = day.parse().ok()?;
    let days = (day - date(1970, 1, 1)).get_days();
    Some(days)
}

/// The day of a number of [`day_number`].
pub(crate) fn day_of(number: i32) -> Option<Date> {
    date(1970, 1, 1).checked_add(i64::from(number).days()).ok()
}

/// The month of a day, `2026-11`.
pub(crate) fn month_of(day: &str) -> Option<String> {
    day.get(0..7).map(str::to_owned)
}

/// Records of a table that changed since the manifest was written: ids as they are in the table's key column.
pub(crate) async fn changed(q: &dyn Query, table: Table, seen: &Manifest) -> Result<BTreeSet<i64>> {
    let since = seen.seen_until - OVERLAP;
    let (last, low) = (seen.last_event, seen.last_event - EVENTS);
    let own = |sql: &'static str| (sql, binds![since]);
    let log = |sql: &'static str| (sql, binds![last, low, since]);
    let asked = match table {
        Table::OrderLine => vec![
            own("SELECT id FROM order_order WHERE updated_at > $1"),
            log("SELECT record_id FROM event WHERE (id > $1 OR (id > $2 AND at > $3)) AND record_type = 'order'"),
            log(
                "SELECT l.order_id FROM event e JOIN order_line l ON l.id = e.record_id \
                 WHERE (e.id > $1 OR (e.id > $2 AND e.at > $3)) AND e.record_type = 'order_line'",
            ),
        ],
        Table::PaymentDelay => vec![
            own("SELECT id FROM billing_invoice WHERE updated_at > $1"),
            own("SELECT invoice_id FROM billing_allocation WHERE updated_at > $1"),
            own(
                "SELECT a.invoice_id FROM billing_payment p JOIN billing_allocation a ON a.payment_id = p.id WHERE p.updated_at > $1",
            ),
            log("SELECT record_id FROM event WHERE (id > $1 OR (id > $2 AND at > $3)) AND record_type = 'invoice'"),
        ],
        Table::ServiceUse => vec![
            own("SELECT id FROM insight_service_use WHERE updated_at > $1"),
            log("SELECT record_id FROM event WHERE (id > $1 OR (id > $2 AND at > $3)) AND record_type = 'service_use'"),
        ],
    };
    let mut ids = BTreeSet::new();
    for (sql, binds) in asked {
        for row in q.all(sql, binds).await? {
            ids.insert(row.int(0)?);
        }
    }
    Ok(ids)
}

/// The months in which these records stand in the database now.
pub(crate) async fn months_now(q: &dyn Query, table: Table, ids: &BTreeSet<i64>) -> Result<BTreeSet<String>> {
    let (from, day) = match table {
        Table::OrderLine => ("order_order", "ordered_on"),
        Table::PaymentDelay => ("billing_invoice", "due_on"),
        Table::ServiceUse => ("insight_service_use", "used_on"),
    };
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let mut months = BTreeSet::new();
    for chunk in ids.chunks(1_000) {
        let sql = format!(
            "SELECT DISTINCT {day} FROM {from} WHERE {day} IS NOT NULL AND id IN ({})",
            chunk.join(",")
        );
        for row in q.all(&sql, vec![]).await? {
            months.extend(month_of(&row.text(0)?));
        }
    }
    Ok(months)
}

/// The months in which the facts have these records.
pub(crate) async fn months_before(
    data: &Path,
    table: Table,
    ids: &BTreeSet<i64>,
    seen: &Manifest,
) -> Result<BTreeSet<String>> {
    let mut months = BTreeSet::new();
    if ids.is_empty() || seen.files(table.name()).is_empty() {
        return Ok(months);
    }
    let ctx = session(data, MEMORY, seen).await?;
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    let column = Int64Array::from(ids.iter().copied().collect::<Vec<_>>());
    let batch = RecordBatch::try_new(schema, vec![Arc::new(column)]).map_err(Error::broken)?;
    ctx.register_batch("changed", batch).map_err(Error::broken)?;
    let sql = format!(
        "SELECT DISTINCT {} FROM {} WHERE {} IN (SELECT id FROM changed)",
        table.day(),
        table.name(),
        table.key()
    );
    let found = ctx.sql(&sql).await.map_err(Error::broken)?;
    for batch in found.collect().await.map_err(Error::broken)? {
        let days = batch.column(0).as_any().downcast_ref::<Int32Array>();
        let days = days.ok_or_else(|| Error::broken("days have another type"))?;
        for i in 0..days.len() {
            months.extend(day_of(days.value(i)).and_then(|d| month_of(&d.to_string())));
        }
    }
    Ok(months)
}

/// All months that have rows, by leaps over the index of days.
pub(crate) async fn months_all(q: &dyn Query, table: Table) -> Result<BTreeSet<String>> {
    let sql = match table {
        Table::OrderLine => "SELECT MIN(ordered_on) FROM order_order WHERE ordered_on > $1",
        Table::PaymentDelay => "SELECT MIN(due_on) FROM billing_invoice WHERE due_on > $1",
        Table::ServiceUse => "SELECT MIN(used_on) FROM insight_service_use WHERE used_on > $1",
    };
    let mut months = BTreeSet::new();
    let mut after = String::new();
    loop {
        let row = q.one(sql, binds![after.as_str()]).await?;
        let first = row.as_ref().map(|r: &Row| r.opt_text(0)).transpose()?.flatten();
        let Some(month) = first.as_deref().and_then(month_of) else {
            return Ok(months);
        };
        // Later than any day of the month.
        after = format!("{month}-99");
        months.insert(month);
    }
}
