//! Nothing waits for ever unseen: what waits longer than the house allows, what found no time at all, and what nobody knows of,
//! becomes a task for an administrator.

use crate::load::manners;
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{NewTask, Tasks};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

/// The job.
pub(crate) struct Watch(pub Arc<dyn Tasks>);

/// A message that is held by the customer's own wish may wait so many times longer than one that could go.
const PATIENCE: i64 = 10;

#[async_trait]
impl Job for Watch {
    fn name(&self) -> &'static str {
        "consent.watch"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, _run: &Run) -> Result<Outcome> {
        look(ctx, self.0.as_ref()).await?;
        Ok(Outcome::Done)
    }
}

/// Looks once; how many tasks were opened.
pub(crate) async fn look(ctx: &Ctx, tasks: &dyn Tasks) -> Result<i64> {
    let limit = manners(ctx.db()).await?.alarm_days.max(1);
    let ago = |days: i64| ctx.now().plus_seconds(-days * 86_400).0;
    // One task for each channel and state, about the oldest: a thousand that wait for the same carrier are one trouble.
    let which = "warned_at IS NULL AND ((status IN ('waiting', 'going') AND created_at < $1) OR (status = 'held' AND created_at < $2) \
                 OR status = 'unsure' OR (status = 'withheld' AND reason = 'gate-no-time') OR (status = 'refused' AND class <> 'promotion'))";
    let sql = format!(
        "SELECT status, COALESCE(via, channel), MIN(id), count(*) FROM consent_message WHERE {which} \
         GROUP BY status, COALESCE(via, channel) ORDER BY 3"
    );
    let rows = ctx.db().all(&sql, binds![ago(limit), ago(limit * PATIENCE)]).await?;
    let mut opened = 0;
    for r in rows {
        let (status, channel, id, count) = (r.text(0)?, r.text(1)?, r.int(2)?, r.int(3)?);
        let tx = ctx.begin().await?;
        let Some(m) = tx
            .one("SELECT number, party_id FROM consent_message WHERE id = $1", binds![id])
            .await?
        else {
            continue;
        };
        let number = m.text(0)?;
        let more = if count > 1 {
            format!(" +{}", count - 1)
        } else {
            String::new()
        };
        let admin = tx
            .one(
                "SELECT id FROM identity_user WHERE role = 'administrator' AND active AND archived_at IS NULL ORDER BY id LIMIT 1",
                vec![],
            )
            .await?;
        let task = NewTask {
            title: format!("{number}{more}"),
            kind: "message",
            party: Some(m.int(1)?),
            record: Some(("message", id)),
            assignee: admin.map(|a| a.int(0)).transpose()?,
            due: Some(ctx.today()),
            note: None,
            key: Some(format!("consent.watch:{status}:{channel}:{id}")),
        };
        tasks.open(ctx, &tx, &task).await?;
        let sql = format!(
            "UPDATE consent_message SET warned_at = $3 WHERE {which} AND status = $4 AND COALESCE(via, channel) = $5"
        );
        tx.exec(
            &sql,
            binds![ago(limit), ago(limit * PATIENCE), tx.at.0, status, channel],
        )
        .await?;
        tx.commit().await?;
        opened += 1;
    }
    Ok(opened)
}
