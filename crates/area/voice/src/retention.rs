//! Recordings are kept for so many days and no longer: a job deletes them in the night, and each deletion leaves an event.

use crate::{recording, settings};
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

/// The job.
pub(crate) struct Retention;

/// So many at a time; the rest in the next run.
const AT_ONCE: i64 = 500;

#[async_trait]
impl Job for Retention {
    fn name(&self) -> &'static str {
        "voice.retention"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        // What could not be deleted from the disk last time.
        let sql = "SELECT id, hash FROM voice_recording WHERE removed_at IS NOT NULL AND NOT gone ORDER BY id LIMIT $1";
        for row in ctx.db().all(sql, binds![AT_ONCE]).await? {
            recording::forget(ctx, row.int(0)?, &row.text(1)?).await?;
        }
        let Some(days) = settings::settings(ctx.db()).await?.keep_days else {
            return Ok(Outcome::Done);
        };
        let before = ctx.now().plus_seconds(-days * 86_400).0;
        let sql = "SELECT id, call_id, hash FROM voice_recording WHERE removed_at IS NULL AND at < $1 ORDER BY at, id LIMIT $2";
        let rows = ctx.db().all(sql, binds![before, AT_ONCE]).await?;
        let full = i64::try_from(rows.len()).unwrap_or(0) == AT_ONCE;
        for (i, row) in (0_i64..).zip(&rows) {
            recording::remove(ctx, (row.int(0)?, row.opt_int(1)?, &row.text(2)?), "time").await?;
            if i % 50 == 49 {
                run.beat(ctx, i, AT_ONCE).await?;
            }
        }
        Ok(if full {
            Outcome::Again { after: 1 }
        } else {
            Outcome::Done
        })
    }
}
