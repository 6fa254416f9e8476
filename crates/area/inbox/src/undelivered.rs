//! An answer that will not arrive: refused by the other side, withheld at its moment, taken back. It is our turn again.

use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, event, read, write};

/// Events after which a message does not arrive any more.
pub(crate) const EVENTS: [&str; 4] = [
    "message.withheld.v1",
    "message.refused.v1",
    "message.recalled.v1",
    "message.failed.v1",
];
pub(crate) const NAME: &str = "inbox.undelivered";

pub(crate) struct Undelivered;

#[async_trait]
impl Job for Undelivered {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = run.payload.get("event").and_then(serde_json::Value::as_i64);
        let Some(told) = event::find(ctx.db(), id.unwrap_or(0)).await? else {
            return Ok(Outcome::Done);
        };
        let ty = ctx.registry().get("message")?.clone();
        let message = read::find(ctx, ctx.db(), &ty, told.record).await?;
        let talk = message
            .filter(|m| m.text("record_type") == "conversation")
            .and_then(|m| m.int("record_id"));
        let tx = ctx.begin().await?;
        if told.kind == "message.failed.v1" {
            lost(ctx, &tx, told.record, told.note.as_deref().unwrap_or("")).await?;
        }
        if let Some(talk) = talk {
            our_turn(ctx, &tx, talk).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// It left and did not arrive: told on the contact.
async fn lost(ctx: &Ctx, tx: &Tx, message: i64, why: &str) -> Result<()> {
    let sql =
        "SELECT id FROM inbox_interaction WHERE message_id = $1 AND direction = 'out' AND state <> 'bounced' LIMIT 1";
    let Some(row) = tx.one(sql, binds![message]).await? else {
        return Ok(());
    };
    let ty = ctx.registry().get("interaction")?.clone();
    let sent = read::need(ctx, tx, &ty, row.int(0)?).await?;
    let version = sent.version;
    let changes = Values::from([
        ("state".to_owned(), Value::from("bounced")),
        ("trouble".to_owned(), crate::schema::text(why)),
    ]);
    write::update_from(ctx, tx, &ty, sent, version, changes)
        .await
        .map(|_| ())
}

/// The conversation is open again, and the customer waits from now on; one that is open or over stays as it is.
pub(crate) async fn our_turn(ctx: &Ctx, tx: &Tx, talk: i64) -> Result<()> {
    let ty = ctx.registry().get("conversation")?.clone();
    let Some(talk) = read::find(ctx, tx, &ty, talk).await? else {
        return Ok(());
    };
    if talk.text("state") != "waiting" {
        return Ok(());
    }
    let version = talk.version;
    let again = Values::from([
        ("state".to_owned(), Value::from("open")),
        ("unanswered_since".to_owned(), tx.at.into()),
    ]);
    write::update_from(ctx, tx, &ty, talk, version, again).await.map(|_| ())
}
