//! After two parties became one (or two again), what each owes is summed anew.

use crate::balance;
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, event};

/// Name of the job.
pub(crate) const RECOUNT: &str = "billing.recount";

pub(crate) struct Recount;

#[async_trait]
impl Job for Recount {
    fn name(&self) -> &'static str {
        RECOUNT
    }

    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let Some(id) = run.payload.get("event").and_then(serde_json::Value::as_i64) else {
            return Ok(Outcome::GiveUp("the job names no event".into()));
        };
        let tx = ctx.begin().await?;
        let Some(event) = event::find(&tx, id).await? else {
            return Ok(Outcome::GiveUp("the event is not there".into()));
        };
        balance::parties(&tx, &[event.record], ctx.house.currency.code()).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}
