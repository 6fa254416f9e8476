//! Carrying out a run: the facts brought up to date, every step counted, the result kept.

use super::store::{self, Run, Sight};
use crate::chain::make::Wrong;
use crate::chain::plan::find;
use crate::chain::{Col, Maker, Step};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use zhike_kernel::{Actor, Door, Error, Result};
use zhike_lake::bench::Sheet;
use zhike_store::{Ctx, binds};

/// Rows of a result that are kept.
pub(crate) const KEPT: usize = 100_000;
/// A run may take so long.
const LONGEST: Duration = Duration::from_secs(1_800);

/// What came out.
pub(crate) struct Made {
    pub cols: Vec<Col>,
    pub counts: Vec<u64>,
    pub facts: String,
    pub sight: Sight,
    pub rows: u64,
    pub cut: bool,
}

/// The order of a result: that of its last sorting, if what came after it kept the rows; else that of its columns.
pub(crate) async fn ordered(
    maker: &Maker<'_>,
    steps: &[Step],
    cols: &[Col],
    sheet: Sheet,
    most: usize,
) -> Result<Sheet> {
    let same_rows = |s: &&Step| {
        matches!(
            s,
            Step::Filter { .. } | Step::Derive { .. } | Step::Join { .. } | Step::Chart { .. }
        )
    };
    let last = steps.iter().rev().find(|s| !same_rows(s));
    let mut keys = vec![];
    if let Some(Step::Sort { by, .. }) = last {
        for name in by {
            let (name, down) = name.strip_prefix('-').map_or((name.as_str(), false), |n| (n, true));
            keys.push((find(cols, name)?.0, down));
        }
    }
    sheet.sort(maker.bench(), &keys, Some(most)).await
}

/// Carries out the steps of a run for an actor.
pub(crate) async fn carry_out(ctx: &Ctx, run: &Run, done: &AtomicI64) -> Result<Made, Wrong> {
    let limited = tokio::time::timeout(LONGEST, Box::pin(steps(ctx, run, done))).await;
    limited.unwrap_or_else(|_| {
        let at = usize::try_from(done.load(Ordering::Relaxed)).unwrap_or(0);
        let error = Error::refused("error-analysis-slow");
        Err(Wrong { at, error })
    })
}

async fn steps(ctx: &Ctx, run: &Run, done: &AtomicI64) -> Result<Made, Wrong> {
    let wrong = |at: usize| move |error: Error| Wrong { at, error };
    let house = Ctx::system(&ctx.house, Door::Job);
    zhike_lake::refresh(&house, &mut |_, _| {}).await.map_err(wrong(0))?;
    let maker = Box::pin(Maker::open(ctx)).await.map_err(wrong(0))?;
    let planned = Box::pin(maker.plan(&run.steps)).await;
    if let Some(found) = planned.wrong {
        return Err(found);
    }
    let mut sheet = None;
    let mut counts = vec![];
    for at in 0..run.steps.len() {
        let made = Box::pin(maker.make(&run.steps, at, &planned, sheet.take()))
            .await
            .map_err(wrong(at))?;
        counts.push(made.count().await.map_err(wrong(at))?);
        sheet = Some(made);
        done.store(i64::try_from(at + 1).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
    let last = run.steps.len().saturating_sub(1);
    let (Some(sheet), Some(cols)) = (sheet, planned.cols.last()) else {
        return Err(wrong(0)(Error::invalid("error-analysis-empty")));
    };
    let sheet = ordered(&maker, &run.steps, cols, sheet, KEPT + 1)
        .await
        .map_err(wrong(last))?;
    let names: Vec<String> = cols.iter().map(|c| c.name.clone()).collect();
    let (rows, cut) = sheet.keep(&run.file(ctx), &names, KEPT).await.map_err(wrong(last))?;
    Ok(Made {
        cols: cols.clone(),
        counts,
        facts: maker.version().to_owned(),
        sight: Sight {
            owners: ctx.actor.owners(),
            may: maker.asked(),
        },
        rows,
        cut,
    })
}

/// The actor's context for a run.
pub(crate) fn acting(ctx: &Ctx, actor: &Arc<Actor>, only: Vec<String>) -> Ctx {
    let mut actor = Actor::clone(actor);
    actor.only = only;
    Ctx {
        actor: Arc::new(actor),
        door: Door::Job,
        ..ctx.clone()
    }
}

/// Writes down what came out of it. A run that was called off meanwhile stays so.
pub(crate) async fn end(ctx: &Ctx, run: &Run, outcome: Result<Made, Wrong>) -> Result<()> {
    let tx = ctx.begin().await?;
    let now = tx.at.0;
    match &outcome {
        Ok(made) => {
            tx.exec(
                "UPDATE analysis_run SET state = 'done', finished_at = $1, sight = $2, columns = $3, counts = $4, facts_version = $5, \
                 row_count = $6, cut = $7, done = $8 WHERE id = $9 AND state = 'running'",
                binds![
                    now,
                    json(&made.sight),
                    json(&made.cols),
                    json(&made.counts),
                    made.facts.as_str(),
                    i64::try_from(made.rows).unwrap_or(i64::MAX),
                    made.cut,
                    i64::try_from(run.steps.len()).unwrap_or(0),
                    run.id
                ],
            )
            .await?;
        }
        Err(wrong) => {
            tx.exec(
                "UPDATE analysis_run SET state = 'failed', finished_at = $1, wrong = $2, wrong_at = $3 WHERE id = $4 AND state = 'running'",
                binds![now, store::kept(&wrong.error), i64::try_from(wrong.at).unwrap_or(0), run.id],
            )
            .await?;
        }
    }
    let event = zhike_store::Event {
        kind: super::job::ENDED.to_owned(),
        record_type: "analysis",
        record: run.analysis,
        note: Some(match &outcome {
            Ok(made) => made.rows.to_string(),
            Err(wrong) => wrong.error.code.to_owned(),
        }),
        ..zhike_store::Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    if run.planned {
        super::post::ask(&tx, run).await?;
    }
    tx.commit().await
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
