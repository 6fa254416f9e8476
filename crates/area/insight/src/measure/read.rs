//! What is decided, done and has come of it, by means.

use crate::read::scope;
use serde::Serialize;
use std::collections::HashMap;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, binds};

/// Measures of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// Keep, convert or let go.
    pub decision: String,
    /// By which means.
    pub action: String,
    /// Not done yet.
    pub planned: i64,
    /// Of these, too late.
    pub late: i64,
    /// Done.
    pub done: i64,
    /// Of these, with a result.
    pub measured: i64,
    /// Profit of these before, minor units.
    pub before: i64,
    /// Their change of profit together, minor units.
    pub change: i64,
    /// How the profit of all other customers moved over the same days, on average, parts per million.
    pub others: Option<i64>,
}

/// The measures about the customers that may be seen.
pub async fn groups(ctx: &Ctx) -> Result<Vec<Group>> {
    let sum = |when: &str, what: &str| format!("CAST(SUM(CASE WHEN {when} THEN {what} ELSE 0 END) AS BIGINT)");
    let sql = format!(
        "SELECT m.decision, m.action, {}, {}, {}, {}, {}, {}, {}, {} FROM insight_measure m JOIN party_party t ON t.id = m.party_id \
         WHERE m.archived_at IS NULL AND {} GROUP BY m.decision, m.action ORDER BY m.decision, m.action",
        sum("m.status = 'planned'", "1"),
        sum("m.status = 'planned' AND m.due_on < $1", "1"),
        sum("m.status = 'done'", "1"),
        sum("m.change IS NOT NULL", "1"),
        sum("m.change IS NOT NULL", "m.profit_before"),
        sum("m.change IS NOT NULL", "m.change"),
        sum("m.others IS NOT NULL", "m.others"),
        sum("m.others IS NOT NULL", "1"),
        scope(ctx, "t")?
    );
    let mut out = vec![];
    for row in ctx.db().all(&sql, binds![ctx.today().to_string()]).await? {
        out.push(Group {
            decision: row.text(0)?,
            action: row.text(1)?,
            planned: row.int(2)?,
            late: row.int(3)?,
            done: row.int(4)?,
            measured: row.int(5)?,
            before: row.int(6)?,
            change: row.int(7)?,
            others: row.int(8)?.checked_div(row.int(9)?),
        });
    }
    Ok(out)
}

/// A measure in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Its id.
    pub id: i64,
    /// Keep, convert or let go.
    pub decision: String,
    /// By which means.
    pub action: String,
    /// Where it stands.
    pub status: String,
    /// By when.
    pub due: Option<Date>,
}

/// The newest measure of each of these customers that was not dropped.
pub async fn newest(q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Brief>> {
    let sql = format!(
        "SELECT party_id, id, decision, action, status, due_on FROM insight_measure \
         WHERE {} AND archived_at IS NULL AND status <> 'dropped' ORDER BY id",
        q.dialect().among("party_id", "$1")
    );
    let mut out = HashMap::new();
    for row in q.all(&sql, vec![zhike_store::ids(parties)]).await? {
        let brief = Brief {
            id: row.int(1)?,
            decision: row.text(2)?,
            action: row.text(3)?,
            status: row.text(4)?,
            due: row.text(5)?.parse().ok(),
        };
        out.insert(row.int(0)?, brief);
    }
    Ok(out)
}
