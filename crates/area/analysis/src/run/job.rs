//! Runs in the background: asked for, planned, called off.

use super::store::{self, Run};
use super::work;
use crate::schedule;
use async_trait::async_trait;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use zhike_contract::Actors;
use zhike_jobs::{Job, Outcome};
use zhike_kernel::{Door, Error, Result};
use zhike_store::{Ctx, Event, Query, Record, Tx, binds, read};

/// Name of the job.
pub(crate) const NAME: &str = "analysis.run";
/// Kinds of events.
pub(crate) const ASKED: &str = "analysis.run_asked.v1";
pub(crate) const ENDED: &str = "analysis.run_ended.v1";
pub(crate) const CALLED_OFF: &str = "analysis.run_called_off.v1";

async fn tell(ctx: &Ctx, tx: &Tx, kind: &str, analysis: i64) -> Result<()> {
    let event = Event {
        kind: kind.to_owned(),
        record_type: "analysis",
        record: analysis,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// An analysis that the actor may see.
pub(crate) async fn need(ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Record> {
    let ty = ctx.registry().get("analysis")?.clone();
    read::need(ctx, q, &ty, id).await
}

/// Asks for a run with the actor's own rights; its id. One that waits or runs for the same user is enough.
pub(crate) async fn ask(ctx: &Ctx, id: i64) -> Result<i64> {
    let tx = ctx.begin().await?;
    let analysis = need(ctx, &tx, id).await?;
    if analysis.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let user = ctx.actor.user.ok_or_else(Error::unknown)?;
    let waiting = "SELECT id FROM analysis_run WHERE analysis_id = $1 AND user_id = $2 AND state IN ('waiting', 'running') AND steps = $3";
    let steps = analysis.text("steps");
    if let Some(row) = tx.one(waiting, binds![id, user, steps]).await? {
        return row.int(0);
    }
    if crate::chain::step::read(steps).is_empty() {
        return Err(Error::invalid("error-analysis-empty"));
    }
    let run = store::begin(&tx, id, user, steps, false).await?;
    zhike_jobs::push(
        &tx,
        NAME,
        None,
        &json!({ "analysis": id, "run": run, "only": ctx.actor.only }),
    )
    .await?;
    tell(ctx, &tx, ASKED, id).await?;
    tx.commit().await?;
    Ok(run)
}

/// Asks for a run of every analysis for its owner; how many.
pub(crate) async fn ask_all(ctx: &Ctx) -> Result<usize> {
    let tx = ctx.begin().await?;
    let sql =
        "SELECT id, owner_id, steps FROM analysis_analysis WHERE archived_at IS NULL AND steps <> '[]' ORDER BY id";
    let rows = tx.all(sql, vec![]).await?;
    for row in &rows {
        let id = row.int(0)?;
        let run = store::begin(&tx, id, row.int(1)?, &row.text(2)?, false).await?;
        zhike_jobs::push(&tx, NAME, None, &json!({ "analysis": id, "run": run })).await?;
        tell(ctx, &tx, ASKED, id).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

/// Calls a run off: by who asked for it or who owns the analysis.
pub(crate) async fn call_off(ctx: &Ctx, id: i64, run: i64) -> Result<()> {
    let tx = ctx.begin().await?;
    let analysis = need(ctx, &tx, id).await?;
    let found = store::find(&tx, id, run).await?;
    if Some(found.user) != ctx.actor.user && !crate::owned::may_change(ctx, &analysis) {
        return Err(Error::refused("error-owned"));
    }
    let sql = "UPDATE analysis_run SET state = 'cancelled', finished_at = $1 WHERE id = $2 AND state IN ('waiting', 'running')";
    if tx.exec(sql, binds![tx.at.0, run]).await? == 0 {
        return Err(Error::refused("error-analysis-over"));
    }
    tell(ctx, &tx, CALLED_OFF, id).await?;
    tx.commit().await
}

/// Puts the next planned run into the queue, if there is a plan.
pub(crate) async fn plan(ctx: &Ctx, tx: &Tx, analysis: &Record) -> Result<()> {
    let Some(plan) = schedule::of(analysis) else {
        return Ok(());
    };
    let Some(due) = plan.next(ctx.now(), &ctx.house.zone) else {
        return Ok(());
    };
    let key = format!("{NAME}:{}:{}:{}", analysis.id, plan.word(), due.0);
    zhike_jobs::push_at(
        tx,
        NAME,
        &key,
        &json!({ "analysis": analysis.id, "plan": plan.word() }),
        due,
    )
    .await
}

/// The job.
pub(crate) struct Runs(pub Arc<dyn Actors>);

#[async_trait]
impl Job for Runs {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, ctx: &Ctx, job: &zhike_jobs::Run) -> Result<Outcome> {
        let int = |name: &str| job.payload.get(name).and_then(serde_json::Value::as_i64);
        let Some(analysis) = int("analysis") else {
            return Ok(Outcome::GiveUp("no analysis".into()));
        };
        let wanted = match int("run") {
            Some(run) => Some(run),
            None => self.planned(ctx, job, analysis).await?,
        };
        let Some(run) = wanted else { return Ok(Outcome::Done) };
        let run = store::find(ctx.db(), analysis, run).await?;
        if !run.goes_on() {
            return Ok(Outcome::Done);
        }
        let Some(actor) = self.0.of(ctx, run.user).await? else {
            let wrong = crate::chain::make::Wrong {
                at: 0,
                error: Error::forbidden("analysis.view"),
            };
            start(ctx, &run).await?;
            work::end(ctx, &run, Err(wrong)).await?;
            return Ok(Outcome::Done);
        };
        let only = job
            .payload
            .get("only")
            .and_then(|o| serde_json::from_value(o.clone()).ok());
        self.carry_out(ctx, &work::acting(ctx, &actor, only.unwrap_or_default()), job, &run)
            .await
    }
}

async fn start(ctx: &Ctx, run: &Run) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql =
        "UPDATE analysis_run SET state = 'running', started_at = $1 WHERE id = $2 AND state IN ('waiting', 'running')";
    tx.exec(sql, binds![tx.at.0, run.id]).await?;
    tx.commit().await
}

impl Runs {
    /// A planned run whose plan still holds; the next one is queued first, so that what fails now comes again.
    async fn planned(&self, ctx: &Ctx, job: &zhike_jobs::Run, id: i64) -> Result<Option<i64>> {
        let ty = ctx.registry().get("analysis")?.clone();
        let tx = ctx.begin().await?;
        let Some(analysis) = read::find(ctx, &tx, &ty, id).await? else {
            return Ok(None);
        };
        let word = job.payload.get("plan").and_then(serde_json::Value::as_str);
        if schedule::of(&analysis).map(|p| p.word()).as_deref() != word {
            return Ok(None);
        }
        plan(ctx, &tx, &analysis).await?;
        // A try that broke off left its run waiting.
        let left =
            "SELECT id FROM analysis_run WHERE analysis_id = $1 AND planned = $2 AND state IN ('waiting', 'running')";
        if let Some(row) = tx.one(left, binds![id, true]).await? {
            tx.commit().await?;
            return row.int(0).map(Some);
        }
        let owner = analysis.int("owner_id").unwrap_or(0);
        let run = store::begin(&tx, id, owner, analysis.text("steps"), true).await?;
        tx.commit().await?;
        Ok(Some(run))
    }

    async fn carry_out(&self, ctx: &Ctx, acting: &Ctx, job: &zhike_jobs::Run, run: &Run) -> Result<Outcome> {
        start(ctx, run).await?;
        let done = AtomicI64::new(0);
        let total = i64::try_from(run.steps.len()).unwrap_or(0);
        let watch = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let steps = done.load(Ordering::Relaxed);
                if let Err(e) = job.beat(ctx, steps, total).await {
                    tracing::debug!(error = %e, "no beat");
                }
                match noted(ctx, run, steps).await {
                    // Called off: what is under way is dropped with this.
                    Ok(false) => return,
                    Ok(true) => {}
                    Err(e) => tracing::debug!(error = %e, "no progress"),
                }
            }
        };
        tokio::select! {
            outcome = Box::pin(work::carry_out(acting, run, &done)) => {
                if let Err(wrong) = &outcome {
                    tracing::info!(analysis = run.analysis, run = run.id, step = wrong.at, error = %wrong.error, "an analysis failed");
                }
                work::end(&Ctx { door: Door::Job, ..ctx.clone() }, run, outcome).await?;
            }
            () = Box::pin(watch) => {}
        }
        Ok(Outcome::Done)
    }
}

/// Notes how far it is; false when it was called off.
async fn noted(ctx: &Ctx, run: &Run, steps: i64) -> Result<bool> {
    let tx = ctx.begin().await?;
    let sql = "UPDATE analysis_run SET done = $1 WHERE id = $2 AND state = 'running'";
    let there = tx.exec(sql, binds![steps, run.id]).await? == 1;
    tx.commit().await?;
    Ok(there)
}
