//! Who wants to be told what: made, changed, given a new secret, removed; and the messages to them.

use super::sign;
use crate::feed;
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result, Stamp};
use zhike_outward::Outward;
use zhike_store::{Ctx, Event, Query, Tx, binds};

/// A subscription.
#[derive(Clone)]
pub(super) struct Subscription {
    pub id: i64,
    pub version: i64,
    pub name: String,
    pub url: String,
    pub kinds: String,
    pub secret: String,
    pub active: bool,
    pub cursor: i64,
    pub created_at: Stamp,
}

const COLUMNS: &str = "id, version, name, url, kinds, secret, active, cursor, created_at";

fn read(r: &zhike_store::Row) -> Result<Subscription> {
    Ok(Subscription {
        id: r.int(0)?,
        version: r.int(1)?,
        name: r.text(2)?,
        url: r.text(3)?,
        kinds: r.text(4)?,
        secret: r.text(5)?,
        active: r.bool(6)?,
        cursor: r.int(7)?,
        created_at: Stamp(r.int(8)?),
    })
}

/// All that stand.
pub(super) async fn all(q: &dyn Query) -> Result<Vec<Subscription>> {
    let sql = format!("SELECT {COLUMNS} FROM connect_subscription WHERE removed_at IS NULL ORDER BY id LIMIT 100");
    q.all(&sql, binds![]).await?.iter().map(read).collect()
}

/// One.
pub(super) async fn need(q: &dyn Query, id: i64) -> Result<Subscription> {
    let sql = format!("SELECT {COLUMNS} FROM connect_subscription WHERE id = $1 AND removed_at IS NULL");
    let found = q.one(&sql, binds![id]).await?;
    read(&found.ok_or_else(Error::missing)?)
}

/// What may be said of it; the secret may not.
pub(super) fn told(s: &Subscription, counts: (i64, i64)) -> Any {
    json!({"id": s.id, "version": s.version, "name": s.name, "url": s.url, "kinds": s.kinds.split(' ').filter(|k| !k.is_empty()).collect::<Vec<_>>(),
        "active": s.active, "created_at": s.created_at.rfc3339(), "waiting": counts.0, "dead": counts.1})
}

/// How many messages wait, and how many were given up.
pub(super) async fn counts(q: &dyn Query, id: i64) -> Result<(i64, i64)> {
    let sql = "SELECT count(*) FROM connect_message WHERE subscription_id = $1 AND state = $2";
    Ok((
        q.number(sql, binds![id, "waiting"]).await?,
        q.number(sql, binds![id, "dead"]).await?,
    ))
}

/// What is sent to make or change one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    pub name: String,
    pub url: String,
    #[serde(default)]
    pub kinds: Vec<String>,
    #[serde(default = "yes")]
    pub active: bool,
    pub version: Option<i64>,
}

fn yes() -> bool {
    true
}

/// Name, address, kinds.
fn judge(ctx: &Ctx, outward: &Outward, ask: &Ask) -> Result<(String, String, String)> {
    let name = ask.name.trim();
    if name.is_empty() {
        return Err(Error::field("name", "error-required"));
    }
    if name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::field("name", "error-inbound-key"));
    }
    outward.judge(&ask.url).map_err(|e| Error::field("url", e.code))?;
    let kinds = ask.kinds.join(" ");
    let kinds: Vec<&str> = kinds.split([',', ' ', '\n', '\r']).filter(|k| !k.is_empty()).collect();
    let kinds = kinds.join(" ");
    if kinds.len() > 2_000 {
        return Err(Error::field("kinds", "error-event-kind"));
    }
    feed::known(ctx, &kinds)?;
    Ok((name.to_owned(), ask.url.trim().to_owned(), kinds))
}

pub(super) async fn note(ctx: &Ctx, tx: &Tx, kind: &str, id: i64, words: &str) -> Result<()> {
    let event = Event {
        kind: kind.into(),
        record_type: "webhook",
        record: id,
        note: Some(words.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

async fn wake(tx: &Tx) -> Result<()> {
    let key = format!("{}:next", super::dispatch::NAME);
    zhike_jobs::push(tx, super::dispatch::NAME, Some(&key), &json!({})).await?;
    Ok(())
}

/// Makes one; it is told what happens from now on. Its id and its secret, shown this once.
pub(super) async fn create(ctx: &Ctx, outward: &Outward, ask: &Ask) -> Result<(i64, String)> {
    ctx.require("system.edit")?;
    let (name, url, kinds) = judge(ctx, outward, ask)?;
    let secret = sign::secret();
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO connect_subscription (version, name, url, kinds, secret, active, cursor, made_by, created_at) \
               VALUES (1,$1,$2,$3,$4,$5,(SELECT COALESCE(MAX(id), 0) FROM event),$6,$7) RETURNING id";
    let row = binds![name.as_str(), url, kinds, secret.as_str(), ask.active, tx.user, tx.at.0];
    let id = tx.insert(sql, row).await?;
    note(ctx, &tx, "webhook.created.v1", id, &name).await?;
    wake(&tx).await?;
    tx.commit().await?;
    Ok((id, secret))
}

/// Changes one that stands at a version. Switched on again, it goes on where it stood.
pub(super) async fn change(ctx: &Ctx, outward: &Outward, id: i64, ask: &Ask) -> Result<()> {
    ctx.require("system.edit")?;
    let (name, url, kinds) = judge(ctx, outward, ask)?;
    let version = ask.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let tx = ctx.begin().await?;
    need(&tx, id).await?;
    let sql = "UPDATE connect_subscription SET version = version + 1, name = $1, url = $2, kinds = $3, active = $4 \
               WHERE id = $5 AND version = $6 AND removed_at IS NULL";
    if tx
        .exec(sql, binds![name.as_str(), url, kinds, ask.active, id, version])
        .await?
        != 1
    {
        return Err(Error::stale());
    }
    note(ctx, &tx, "webhook.changed.v1", id, &name).await?;
    wake(&tx).await?;
    tx.commit().await
}

/// Another secret; the old one no longer counts.
pub(super) async fn renew(ctx: &Ctx, id: i64) -> Result<String> {
    ctx.require("system.edit")?;
    let secret = sign::secret();
    let tx = ctx.begin().await?;
    let s = need(&tx, id).await?;
    let sql = "UPDATE connect_subscription SET version = version + 1, secret = $1 WHERE id = $2";
    tx.exec(sql, binds![secret.as_str(), id]).await?;
    note(ctx, &tx, "webhook.changed.v1", id, &s.name).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Takes one away; what waits for it is not sent any more.
pub(super) async fn remove(ctx: &Ctx, id: i64) -> Result<()> {
    ctx.require("system.edit")?;
    let tx = ctx.begin().await?;
    let s = need(&tx, id).await?;
    let sql = "UPDATE connect_subscription SET removed_at = $1, active = FALSE, secret = '' WHERE id = $2";
    tx.exec(sql, binds![tx.at.0, id]).await?;
    tx.exec(
        "DELETE FROM connect_message WHERE subscription_id = $1 AND state <> 'sent'",
        binds![id],
    )
    .await?;
    note(ctx, &tx, "webhook.removed.v1", id, &s.name).await?;
    tx.commit().await
}

/// Messages that were given up are sent again: those named, or all.
pub(super) async fn again(ctx: &Ctx, id: i64, messages: &[i64]) -> Result<i64> {
    ctx.require("system.edit")?;
    let tx = ctx.begin().await?;
    let s = need(&tx, id).await?;
    let some = if messages.is_empty() {
        String::new()
    } else {
        format!(" AND {}", tx.dialect().among("id", "$3"))
    };
    let sql = format!(
        "UPDATE connect_message SET state = 'waiting', tries = 0, due_at = $1 WHERE subscription_id = $2 AND state = 'dead'{some}"
    );
    let mut row = binds![tx.at.0, id];
    if !messages.is_empty() {
        row.push(zhike_store::ids(messages));
    }
    let n = i64::try_from(tx.exec(&sql, row).await?).unwrap_or(0);
    if n == 0 {
        return Err(Error::refused("error-webhook-none-dead"));
    }
    note(ctx, &tx, "webhook.sent_again.v1", id, &format!("{} {n}", s.name)).await?;
    wake(&tx).await?;
    tx.commit().await?;
    Ok(n)
}

/// A message to a subscriber.
pub(super) struct Message {
    pub id: i64,
    pub event: i64,
    pub kind: String,
    pub state: String,
    pub tries: i64,
    pub due_at: Stamp,
    pub status: Option<i64>,
    pub error: Option<String>,
    pub created_at: Stamp,
    pub done_at: Option<Stamp>,
}

/// Messages, those that were given up first, then the newest.
pub(super) async fn messages(q: &dyn Query, id: i64, limit: i64) -> Result<Vec<Message>> {
    let sql = "SELECT id, event_id, kind, state, tries, due_at, status, error, created_at, done_at FROM connect_message \
               WHERE subscription_id = $1 ORDER BY CASE WHEN state = 'dead' THEN 0 ELSE 1 END, id DESC LIMIT $2";
    let rows = q.all(sql, binds![id, limit]).await?;
    rows.iter()
        .map(|r| {
            Ok(Message {
                id: r.int(0)?,
                event: r.int(1)?,
                kind: r.text(2)?,
                state: r.text(3)?,
                tries: r.int(4)?,
                due_at: Stamp(r.int(5)?),
                status: r.opt_int(6)?,
                error: r.opt_text(7)?,
                created_at: Stamp(r.int(8)?),
                done_at: r.opt_int(9)?.map(Stamp),
            })
        })
        .collect()
}
