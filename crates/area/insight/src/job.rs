//! The analysis as a job: after orders, invoices, payments or service changed, or when somebody asks.

use crate::refresh::{self, STEPS};
use async_trait::async_trait;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::event::Wake;
use zhike_store::{Ctx, Query, Tx, binds};

/// Name of the job.
pub const NAME: &str = "insight.refresh";
/// Seconds after the first change.
const AFTER: i64 = 600;
/// What it listens to.
const HEARS: [&str; 17] = [
    "order.created.v1",
    "order.changed.v1",
    "order.archived.v1",
    "order.restored.v1",
    "order_line.created.v1",
    "order_line.changed.v1",
    "order_line.archived.v1",
    "invoice.created.v1",
    "invoice.changed.v1",
    "invoice.archived.v1",
    "payment.created.v1",
    "payment.changed.v1",
    "payment.archived.v1",
    "service_use.created.v1",
    "service_use.changed.v1",
    "service_use.archived.v1",
    "service_use.restored.v1",
];

/// The listeners of this area.
pub fn listeners() -> Vec<(&'static str, &'static str, Wake)> {
    let changes = HEARS.into_iter().map(|kind| (kind, NAME, Wake::OnceAfter(AFTER)));
    // Lifetime values stand on the new margins.
    changes
        .chain([
            (refresh::REFRESHED, crate::lifetime::NAME, Wake::OnceAfter(0)),
            (refresh::REFRESHED, crate::measure::result::NAME, Wake::OnceAfter(0)),
            // What customers are worth by what they hold stands on the lifetime values.
            (crate::lifetime::COMPUTED, crate::offer::NAME, Wake::OnceAfter(0)),
            (refresh::REFRESHED, crate::forecast::NAME, Wake::OnceAfter(0)),
            (refresh::REFRESHED, crate::cluster::NAME, Wake::OnceAfter(0)),
            (refresh::REFRESHED, crate::sign::NAME, Wake::OnceAfter(0)),
            // What a risk puts at stake stands on them, too.
            (crate::lifetime::COMPUTED, crate::churn::NAME, Wake::OnceAfter(0)),
        ])
        .collect()
}

/// Asks for an analysis now: a job that waits for its time is called at once.
pub async fn ask(tx: &Tx) -> Result<()> {
    let called = tx
        .exec(
            "UPDATE job SET due_at = $1 WHERE name = $2 AND state = 'waiting'",
            binds![tx.at.0, NAME],
        )
        .await?;
    if called == 0 {
        zhike_jobs::push(tx, NAME, Some("insight.refresh:asked"), &serde_json::json!({})).await?;
    }
    Ok(())
}

/// How far the analysis is, if one is due or running: per cent.
pub async fn progress(q: &dyn Query, now: i64) -> Result<Option<i64>> {
    let sql = "SELECT progress, total FROM job WHERE name = $1 AND (state = 'running' OR (state = 'waiting' AND due_at <= $2)) \
               ORDER BY state, id LIMIT 1";
    let Some(row) = q.one(sql, binds![NAME, now]).await? else {
        return Ok(None);
    };
    Ok(Some(row.int(0)?.saturating_mul(100) / row.int(1)?.max(1)))
}

/// The job.
pub struct Refresh;

#[async_trait]
impl Job for Refresh {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let done = AtomicU32::new(0);
        let mut told = |steps: u32, _: u32, _: &str| done.store(steps, Ordering::Relaxed);
        let beats = async {
            loop {
                tokio::time::sleep(Duration::from_secs(3)).await;
                let steps = i64::from(done.load(Ordering::Relaxed));
                // While the tables are being written the writer is taken and this waits; that is no reason to stop.
                if let Err(e) = run.beat(ctx, steps, i64::from(STEPS)).await {
                    tracing::debug!(error = %e, "no beat");
                }
            }
        };
        tokio::select! {
            result = Box::pin(refresh::refresh(ctx, &mut told)) => result.map(|_| Outcome::Done),
            () = Box::pin(beats) => Ok(Outcome::Done),
        }
    }
}
