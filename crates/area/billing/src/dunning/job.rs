//! Looks every night which notices are due.

use super::propose;
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::Ctx;

pub(crate) struct DunningJob(pub super::Sending);

#[async_trait]
impl Job for DunningJob {
    fn name(&self) -> &'static str {
        "billing.dunning"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, _run: &Run) -> Result<Outcome> {
        propose::run(ctx, self.0.outbound.as_ref()).await?;
        Ok(Outcome::Done)
    }
}
