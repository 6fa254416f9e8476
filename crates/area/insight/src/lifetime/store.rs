//! The table of lifetime values and the run that made it.

use super::report::{Report, Row};
use crate::tables::Batch;
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Query, Tx, binds};

const COLUMNS: [&str; 19] = [
    "party_id",
    "first_order_on",
    "bought_on",
    "x",
    "t_x",
    "t",
    "spent",
    "p_alive",
    "expected",
    "residual",
    "amount",
    "margin",
    "npv",
    "npv_low",
    "npv_high",
    "contribution",
    "limit_days",
    "quarters",
    "run_id",
];

/// A finished run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Id.
    pub id: i64,
    /// When it ended.
    pub finished: Stamp,
    /// How long it took, microseconds.
    pub took: i64,
    /// Version of the facts.
    pub facts: String,
    /// Version of the program.
    pub code: String,
    /// What it found.
    pub report: Report,
}

/// Puts the new values in the place of the old ones.
pub(super) async fn replace(tx: &Tx, run: i64, rows: &[Row]) -> Result<()> {
    tx.exec("DELETE FROM insight_lifetime", binds![]).await?;
    let mut batch = Batch::new("insight_lifetime", &COLUMNS);
    for r in rows {
        batch.push(binds![
            r.party,
            r.first.to_string(),
            r.last.to_string(),
            r.x,
            r.t_x,
            r.t,
            r.spent,
            r.p_alive,
            r.expected,
            r.residual,
            r.amount,
            r.margin,
            r.npv,
            r.low,
            r.high,
            r.contribution,
            r.limit,
            r.quarters,
            run
        ]);
        if batch.full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await
}

/// The latest finished run.
pub async fn latest(q: &dyn Query) -> Result<Option<Run>> {
    let sql = "SELECT id, finished_at, finished_at - started_at, facts_version, code_version, result FROM insight_run \
               WHERE kind = 'lifetime' AND state = 'done' ORDER BY id DESC LIMIT 1";
    let Some(row) = q.one(sql, binds![]).await? else {
        return Ok(None);
    };
    Ok(Some(Run {
        id: row.int(0)?,
        finished: Stamp(row.int(1)?),
        took: row.int(2)?,
        facts: row.opt_text(3)?.unwrap_or_default(),
        code: row.text(4)?,
        // What an older version wrote and this one cannot read is computed anew by the next run.
        report: match serde_json::from_str(&row.text(5)?) {
            Ok(report) => report,
            Err(_) => return Ok(None),
        },
    }))
}

/// What a run is told of its end.
pub(super) async fn done(tx: &Tx, run: i64, facts: &str, report: &Report, now: Stamp) -> Result<()> {
    let day = |d: Date| d.to_string();
    let params = serde_json::json!({ "discount": report.discount, "certainty": report.certainty });
    tx.exec(
        "UPDATE insight_run SET state = 'done', from_on = $1, to_on = $2, params = $3, facts_version = $4, result = $5, \
         finished_at = $6 WHERE id = $7",
        binds![
            day(report.from),
            day(report.to),
            params.to_string(),
            facts,
            serde_json::to_string(report).map_err(Error::broken)?,
            now.0,
            run
        ],
    )
    .await
    .map(|_| ())
}
