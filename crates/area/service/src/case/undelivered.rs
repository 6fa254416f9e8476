//! A message that was handed to the gate and never arrived: the customer was not told, so their silence means nothing.

use super::desk::Desk;
use crate::{Ports, process::Act};
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Query, binds, event};

/// Events after which a message will not arrive any more.
pub(crate) const EVENTS: [&str; 3] = ["message.withheld.v1", "message.refused.v1", "message.failed.v1"];
pub(crate) const NAME: &str = "service.undelivered";

pub(crate) struct Undelivered(pub Ports);

#[async_trait]
impl Job for Undelivered {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let Some(id) = run.payload.get("event").and_then(serde_json::Value::as_i64) else {
            return Ok(Outcome::Done);
        };
        let Some(told) = event::find(ctx.db(), id).await?.filter(|e| e.record_type == "message") else {
            return Ok(Outcome::Done);
        };
        let tx = ctx.begin().await?;
        let sql = "SELECT case_id FROM service_round WHERE message_id = $1 AND verdict IS NULL AND ended_at IS NULL";
        let case = tx.number(sql, binds![told.record]).await?;
        let gone = "SELECT count(*) FROM service_case WHERE id = $1 AND archived_at IS NULL AND status = 'told'";
        if case == 0 || tx.number(gone, binds![case]).await? == 0 {
            return Ok(Outcome::Done);
        }
        Desk::inside(ctx, &tx, &self.0, case).await?.not_told().await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

impl Desk<'_> {
    /// Back to telling the customer.
    async fn not_told(&mut self) -> Result<()> {
        let Some(tell) = self.def.steps.iter().position(|s| s.act == Act::Tell) else {
            return Ok(());
        };
        if let Some(running) = self.running.take() {
            running.end(self.tx, "dropped", None, None).await?;
        }
        let sql = "UPDATE service_round SET told_at = NULL, answer_by = NULL, warn_at = NULL WHERE case_id = $1 AND number = $2";
        self.tx.exec(sql, binds![self.case.id, self.round()]).await?;
        let changes = Values::from([
            ("told_at".to_owned(), Value::Null),
            ("status".to_owned(), "working".into()),
        ]);
        self.set("not_told", changes, None).await?;
        self.begin(tell).await
    }
}
