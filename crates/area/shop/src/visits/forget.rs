//! Forgetting: when the visitor takes the yes back on the site, when the customer's consent is withdrawn, when a person does it
//! on the customer's word, and what is old by itself.

use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds, event, read, write};

/// Name of the job.
pub(crate) const WITHDRAWN: &str = "shop.visits_withdrawn";
/// Days that a visit is kept.
pub(crate) const KEPT: i64 = 400;

/// These visitors are known no more, and nothing that they looked at. That they had agreed stays in the log.
pub(crate) async fn visitors(ctx: &Ctx, tx: &Tx, ids: &[i64]) -> Result<()> {
    let ty = ctx.registry().get("web_visitor")?.clone();
    for id in ids {
        tx.exec("DELETE FROM shop_visit WHERE visitor_id = $1", binds![*id])
            .await?;
        let visitor = read::need(ctx, tx, &ty, *id).await?;
        write::archive(ctx, tx, &ty, *id, visitor.version, true).await?;
        // Not even the digest stays: who comes again is somebody new.
        let sql = "UPDATE shop_visitor SET mark = $1 WHERE id = $2";
        tx.exec(sql, binds![format!("forgotten:{id}"), *id]).await?;
    }
    Ok(())
}

/// The visitors that a customer is known to be.
pub(crate) async fn of_party(q: &dyn Query, party: i64) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM shop_visitor WHERE party_id = $1 AND archived_at IS NULL ORDER BY id";
    q.all(sql, binds![party]).await?.iter().map(|r| r.int(0)).collect()
}

/// What is old goes.
pub(crate) async fn old(ctx: &Ctx) -> Result<()> {
    let tx = ctx.begin().await?;
    let since = tx.at.plus_seconds(-KEPT * 86_400).0;
    tx.exec("DELETE FROM shop_visit WHERE at < $1", binds![since]).await?;
    tx.commit().await
}

/// A consent changed: was it the one to visits, and is it withdrawn?
pub(crate) struct Withdrawn;

#[async_trait]
impl Job for Withdrawn {
    fn name(&self) -> &'static str {
        WITHDRAWN
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = run
            .payload
            .get("event")
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0);
        let tx = ctx.begin().await?;
        let Some(event) = event::find(&tx, id).await? else {
            return Ok(Outcome::GiveUp("the event is not there".into()));
        };
        let sql = "SELECT party_id FROM consent_consent WHERE id = $1 AND purpose = 'web_visits' AND (withdrawn_on IS NOT NULL OR archived_at IS NOT NULL)";
        let Some(row) = tx.one(sql, binds![event.record]).await? else {
            return Ok(Outcome::Done);
        };
        let ids = of_party(&tx, row.int(0)?).await?;
        visitors(ctx, &tx, &ids).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}
