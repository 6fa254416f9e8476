//! Clears away what was uploaded and never brought in: after a week the file goes, and the log says so.

use crate::job::IMPORT;
use async_trait::async_trait;
use std::path::Path;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Event, EventKind, Query, binds};

/// Name of the job.
pub const SWEEP: &str = "exchange.sweep";
/// Days after which an upload that was not started goes.
pub const DAYS: i64 = 7;
/// The event of it.
const REMOVED: &str = "import.upload_removed.v1";

/// The events of this area.
pub fn events() -> Vec<EventKind> {
    vec![EventKind {
        name: REMOVED.into(),
        reason: "read in the audit",
    }]
}

/// Clears away, every night.
pub struct SweepJob;

#[async_trait]
impl Job for SweepJob {
    fn name(&self) -> &'static str {
        SWEEP
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let before = ctx.now().plus_seconds(-DAYS * 86_400);
        never_started(ctx, run, before).await?;
        nobodys(ctx, before).await?;
        Ok(Outcome::Done)
    }
}

async fn tell(ctx: &Ctx, tx: &zhike_store::Tx, import: i64, file: &str) -> Result<()> {
    let event = Event {
        kind: REMOVED.into(),
        record_type: "import",
        record: import,
        note: Some(file.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Uploads that wait for somebody to match their columns. One whose job is in the queue was started and only waits.
async fn never_started(ctx: &Ctx, run: &Run, before: Stamp) -> Result<()> {
    let rows = ctx
        .db()
        .all(
            "SELECT id, dir, file_name FROM exchange_import WHERE state = 'ready' AND created_at < $1 AND dir LIKE 'imports/%' ORDER BY id",
            binds![before.0],
        )
        .await?;
    let total = i64::try_from(rows.len()).unwrap_or(0);
    for (done, row) in (0_i64..).zip(&rows) {
        let (id, dir, file) = (row.int(0)?, row.text(1)?, row.text(2)?);
        let tx = ctx.begin().await?;
        let gone = tx
            .exec(
                "DELETE FROM exchange_import WHERE id = $1 AND state = 'ready' AND NOT EXISTS \
                 (SELECT 1 FROM job WHERE name = $2 AND payload = $3 AND state IN ('waiting','running','failed'))",
                binds![id, IMPORT, serde_json::json!({ "import": id }).to_string()],
            )
            .await?;
        if gone == 1 {
            tell(ctx, &tx, id, &file).await?;
            tx.commit().await?;
            remove(&ctx.house.data.join(&dir)).await?;
        } else {
            // The beat below needs the one writer.
            tx.rollback().await?;
        }
        if done % 50 == 0 {
            run.beat(ctx, done, total).await?;
        }
    }
    Ok(())
}

/// Folders that no import knows: the server died between taking the file in and noting it, or while clearing away.
async fn nobodys(ctx: &Ctx, before: Stamp) -> Result<()> {
    let Ok(mut folders) = tokio::fs::read_dir(ctx.house.data.join("imports")).await else {
        return Ok(());
    };
    while let Some(entry) = folders.next_entry().await.map_err(Error::broken)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        // The name begins with the instant of the upload.
        let at = name.split('-').next().and_then(|n| n.parse().ok()).map(Stamp);
        if at.is_none_or(|at| at >= before) {
            continue;
        }
        let dir = format!("imports/{name}");
        let known = "SELECT 1 FROM exchange_import WHERE dir = $1";
        if ctx.db().one(known, binds![dir.as_str()]).await?.is_some() {
            continue;
        }
        let tx = ctx.begin().await?;
        tell(ctx, &tx, 0, &dir).await?;
        tx.commit().await?;
        remove(&entry.path()).await?;
    }
    Ok(())
}

async fn remove(folder: &Path) -> Result<()> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::broken(e)),
        _ => Ok(()),
    }
}
