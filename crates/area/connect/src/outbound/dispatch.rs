//! The job behind webhooks: takes what happened since the last look, writes a message for each subscriber who wants it,
//! and sends what is due. A message is written before it is sent; a call stands in no transaction.

use super::{
    sign,
    subscription::{self, Subscription},
};
use crate::feed;
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::json;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_outward::Outward;
use zhike_store::{Ctx, Query, binds, write::group};

/// Name of the job.
pub(super) const NAME: &str = "connect.webhooks";
/// Seconds between two looks.
const PAUSE: i64 = 5;
/// Events taken in one look, and messages sent to one subscriber.
const EVENTS: i64 = 500;
const SENDS: i64 = 20;
/// Seconds after which no further message is sent to a slow subscriber in this look: the job must keep its lease.
const SLOW: i64 = 40;
/// Subscribers called at the same time.
const ABREAST: usize = 8;
/// Seconds before each further try; after the last the message is put aside.
const BACK_OFF: [i64; 7] = [30, 120, 600, 1_800, 7_200, 21_600, 43_200];
/// Messages that arrived are kept so long.
const KEPT_DAYS: i64 = 30;

/// The job.
pub(crate) struct Dispatch {
    /// How it calls.
    pub outward: Outward,
}

#[async_trait]
impl Job for Dispatch {
    fn name(&self) -> &'static str {
        NAME
    }
    /// Should the row be lost, the night brings it back.
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        // One row goes on for ever; whatever wakes it besides ends here.
        let sql = "SELECT count(*) FROM job WHERE name = $1 AND id < $2 AND state IN ('waiting', 'running') AND unique_key IS NULL";
        if ctx.db().number(sql, binds![NAME, run.id]).await? > 0 {
            return Ok(Outcome::Done);
        }
        sweep(ctx).await?;
        let all = subscription::all(ctx.db()).await?;
        let active: Vec<Subscription> = all.into_iter().filter(|s| s.active).collect();
        if active.is_empty() {
            return Ok(Outcome::Done);
        }
        for s in &active {
            take(ctx, s).await?;
        }
        for some in active.chunks(ABREAST) {
            run.beat(ctx, 0, 0).await?;
            for done in join_all(some.iter().map(|s| send(ctx, &self.outward, s))).await {
                done?;
            }
        }
        Ok(Outcome::Again { after: PAUSE })
    }
}

/// Writes the messages of what happened since the subscriber's mark, and moves the mark with them.
async fn take(ctx: &Ctx, s: &Subscription) -> Result<()> {
    let events = feed::settled(ctx, s.cursor, EVENTS).await?;
    let Some(last) = events.last().map(|e| e.id) else {
        return Ok(());
    };
    let tx = ctx.begin().await?;
    // Whoever else takes for the same subscriber finds the mark moved.
    let sql = "UPDATE connect_subscription SET cursor = $1 WHERE id = $2 AND cursor = $3";
    if tx.exec(sql, binds![last, s.id, s.cursor]).await? != 1 {
        return Ok(());
    }
    // What is told of webhooks themselves would go round for ever.
    let wanted: Vec<_> = events
        .iter()
        .filter(|e| feed::fits(&s.kinds, &e.kind) && !e.kind.starts_with("webhook."))
        .collect();
    for chunk in wanted.chunks(100) {
        let mut sql = String::from(
            "INSERT INTO connect_message (subscription_id, event_id, kind, body, state, tries, due_at, created_at) VALUES ",
        );
        let mut values = vec![];
        for (i, e) in chunk.iter().enumerate() {
            group(&mut sql, i, 8);
            let body = json!({"type": e.kind, "timestamp": e.at.rfc3339(), "data": feed::told(ctx, e)}).to_string();
            values.extend(binds![
                s.id,
                e.id,
                e.kind.as_str(),
                body,
                "waiting",
                0_i64,
                tx.at.0,
                tx.at.0
            ]);
        }
        sql.push_str(" ON CONFLICT (subscription_id, event_id) DO NOTHING");
        tx.exec(&sql, values).await?;
    }
    tx.commit().await
}

/// Sends what is due to one subscriber; the first that fails ends it for this time.
async fn send(ctx: &Ctx, outward: &Outward, s: &Subscription) -> Result<()> {
    let sql = "SELECT id, body, tries FROM connect_message WHERE subscription_id = $1 AND state = 'waiting' AND due_at <= $2 \
               ORDER BY due_at, id LIMIT $3";
    let until = ctx.now().plus_seconds(SLOW);
    for row in ctx.db().all(sql, binds![s.id, ctx.now().0, SENDS]).await? {
        if ctx.now() > until {
            break;
        }
        let (id, body, tries) = (row.int(0)?, row.text(1)?, row.int(2)?);
        let name = format!("msg_{id}");
        let seconds = ctx.now().0 / 1_000_000;
        let (at, signature) = (seconds.to_string(), sign::sign(&s.secret, &name, seconds, &body));
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", name.as_str()),
            ("webhook-timestamp", at.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        let (status, error) = match outward.post(&s.url, &headers, body.into_bytes()).await {
            Ok(reply) if reply.good() => (Some(i64::from(reply.status)), None),
            Ok(reply) => (Some(i64::from(reply.status)), Some("webhook-answer")),
            Err(e) => (None, Some(e.code)),
        };
        end(ctx, id, tries, status, error).await?;
        if status == Some(410) {
            gone(ctx, s).await?;
        }
        if error.is_some() {
            break;
        }
    }
    Ok(())
}

async fn end(ctx: &Ctx, id: i64, tries: i64, status: Option<i64>, error: Option<&str>) -> Result<()> {
    let tx = ctx.begin().await?;
    let wait = usize::try_from(tries).ok().and_then(|n| BACK_OFF.get(n));
    let (state, due) = match (error, wait) {
        (None, _) => ("sent", tx.at),
        (Some(_), Some(seconds)) => ("waiting", tx.at.plus_seconds(*seconds)),
        (Some(_), None) => ("dead", tx.at),
    };
    let done = (state != "waiting").then_some(tx.at.0);
    let sql = "UPDATE connect_message SET state = $1, tries = $2, due_at = $3, status = $4, error = $5, done_at = $6 WHERE id = $7";
    tx.exec(
        sql,
        binds![state, tries + 1, due.0, status, error.map(str::to_owned), done, id],
    )
    .await?;
    tx.commit().await
}

/// The receiver says that it is no more: it is switched off, and its page says so.
async fn gone(ctx: &Ctx, s: &Subscription) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "UPDATE connect_subscription SET active = FALSE, version = version + 1 WHERE id = $1";
    tx.exec(sql, binds![s.id]).await?;
    subscription::note(ctx, &tx, "webhook.changed.v1", s.id, &s.name).await?;
    tx.commit().await
}

async fn sweep(ctx: &Ctx) -> Result<()> {
    let before = ctx.now().plus_seconds(-KEPT_DAYS * 86_400).0;
    let sql = "SELECT count(*) FROM connect_message WHERE state = 'sent' AND done_at < $1";
    if ctx.db().number(sql, binds![before]).await? == 0 {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    tx.exec(
        "DELETE FROM connect_message WHERE state = 'sent' AND done_at < $1",
        binds![before],
    )
    .await?;
    tx.commit().await
}
