//! The background work: running an import that was begun on a page or over the API, and taking one back.

use crate::{record, run::Runner, undo};
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Ctx, Tx};

/// Name of the job that imports.
pub const IMPORT: &str = "exchange.import";
/// Name of the job that takes back.
pub const UNDO: &str = "exchange.undo";

/// Puts an import into the queue.
pub async fn push_import(tx: &Tx, id: i64) -> Result<()> {
    let payload = serde_json::json!({ "import": id });
    zhike_jobs::push(tx, IMPORT, Some(&format!("{IMPORT}:{id}")), &payload).await?;
    Ok(())
}

/// Puts an undo into the queue; it acts as whoever asks for it.
pub async fn push_undo(ctx: &Ctx, tx: &Tx, id: i64) -> Result<()> {
    let payload = serde_json::json!({ "import": id, "actor": record::write_actor(&ctx.actor) });
    zhike_jobs::push(tx, UNDO, Some(&format!("{UNDO}:{id}")), &payload).await?;
    Ok(())
}

fn import_of(run: &Run) -> Result<i64> {
    run.payload
        .get("import")
        .and_then(serde_json::Value::as_i64)
        .ok_or_else(|| Error::broken("a job without its import"))
}

/// Runs imports.
pub struct ImportJob;

#[async_trait]
impl Job for ImportJob {
    fn name(&self) -> &'static str {
        IMPORT
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = import_of(run)?;
        let Some(import) = record::find(ctx.db(), id).await? else {
            return Ok(Outcome::Done);
        };
        // One that failed for good comes here again only when an administrator lets its job be tried again.
        if !matches!(import.state.as_str(), "ready" | "running" | "failed") {
            return Ok(Outcome::Done);
        }
        match work(ctx, run, id, &import.actor).await {
            Ok(()) => {
                forget_file(ctx, &import).await;
                Ok(Outcome::Done)
            }
            Err(e) if e.code == "error-stale" => Ok(Outcome::Done),
            // A broken connection may heal: the import stays `running` and goes on with the next try.
            Err(e) if e.kind == Kind::Broken && run.tries < 4 => Err(e),
            Err(e) => {
                record::fail(ctx, id, &e).await?;
                Ok(Outcome::GiveUp(e.code.to_owned()))
            }
        }
    }
}

/// What was uploaded is not needed once it is in; a trial's file is.
async fn forget_file(ctx: &Ctx, import: &record::Import) {
    if !import.dry_run && import.dir.starts_with("imports/") {
        let _ = tokio::fs::remove_dir_all(ctx.house.data.join(&import.dir)).await;
    }
}

async fn work(ctx: &Ctx, run: &Run, id: i64, actor: &str) -> Result<()> {
    let mut runner = Runner::load(&record::acting(ctx, actor)?, id).await?;
    let mut told = ctx.now();
    run.beat(ctx, 0, 0).await?;
    while Box::pin(runner.step()).await? {
        if ctx.now() >= told.plus_seconds(5) {
            told = ctx.now();
            let p = runner.progress();
            run.beat(ctx, p.done, p.total).await?;
        }
    }
    let p = runner.progress();
    run.beat(ctx, p.done, p.total).await
}

/// Takes imports back.
pub struct UndoJob;

#[async_trait]
impl Job for UndoJob {
    fn name(&self) -> &'static str {
        UNDO
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = import_of(run)?;
        let actor = run
            .payload
            .get("actor")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("");
        let acting = record::acting(ctx, actor)?;
        let Some(import) = record::find(ctx.db(), id).await? else {
            return Ok(Outcome::Done);
        };
        let total = undo::total(ctx, &import).await?;
        while let Some(now) = undo::step(&acting, id).await? {
            run.beat(ctx, now.undone + now.kept, total).await?;
        }
        Ok(Outcome::Done)
    }
}
