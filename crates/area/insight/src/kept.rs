//! Runs of the models that follow the value analysis: what each left behind.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use zhike_jobs::{Outcome, Run as Work};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Event, Query, Tx, binds};

/// The event of a model computed anew.
pub const COMPUTED: &str = "value.model_computed.v1";

/// A finished run with its report.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    /// Id.
    pub id: i64,
    /// When it ended.
    pub finished: Stamp,
    /// Version of the facts.
    pub facts: String,
    /// Version of the program.
    pub code: String,
    /// What it found.
    pub report: T,
}

/// The latest finished run of a kind. What an older version wrote and this one cannot read is computed anew.
pub async fn latest<T: DeserializeOwned>(q: &dyn Query, kind: &str) -> Result<Option<Kept<T>>> {
    let sql = "SELECT id, finished_at, facts_version, code_version, result FROM insight_run \
               WHERE kind = $1 AND state = 'done' ORDER BY id DESC LIMIT 1";
    let Some(row) = q.one(sql, binds![kind]).await? else {
        return Ok(None);
    };
    let Ok(report) = serde_json::from_str(&row.text(4)?) else {
        return Ok(None);
    };
    Ok(Some(Kept {
        id: row.int(0)?,
        finished: Stamp(row.int(1)?),
        facts: row.opt_text(2)?.unwrap_or_default(),
        code: row.text(3)?,
        report,
    }))
}

/// Ends a run in the transaction that replaces its tables.
pub async fn done(ctx: &Ctx, tx: &Tx, run: i64, facts: &str, report: &impl Serialize) -> Result<()> {
    tx.exec(
        "UPDATE insight_run SET state = 'done', facts_version = $1, result = $2, finished_at = $3 WHERE id = $4",
        binds![
            facts,
            serde_json::to_string(report).map_err(Error::broken)?,
            ctx.now().0,
            run
        ],
    )
    .await?;
    let event = Event {
        kind: COMPUTED.to_owned(),
        record_type: "value",
        record: run,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Does the work of a job and tells meanwhile that it is alive.
pub async fn beating(ctx: &Ctx, run: &Work, work: impl Future<Output = Result<()>> + Send) -> Result<Outcome> {
    run.beat(ctx, 0, 2).await?;
    let beats = async {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(20)).await;
            if let Err(e) = run.beat(ctx, 1, 2).await {
                tracing::debug!(error = %e, "no beat");
            }
        }
    };
    tokio::select! {
        result = Box::pin(work) => result.map(|()| Outcome::Done),
        () = Box::pin(beats) => Ok(Outcome::Done),
    }
}

/// Is a job due or running?
pub async fn running(q: &dyn Query, job: &str, now: i64) -> Result<bool> {
    let sql =
        "SELECT count(*) FROM job WHERE name = $1 AND (state = 'running' OR (state = 'waiting' AND due_at <= $2))";
    Ok(q.number(sql, binds![job, now]).await? > 0)
}
