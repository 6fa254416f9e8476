//! A message as it came: kept before anything is done with it, found again when it comes a second time.

use super::{apply, item::moment};
use crate::Ports;
use serde_json::{Value as Any, json};
use std::collections::HashMap;
use zhike_kernel::{Arg, Error, Result, Stamp};
use zhike_store::{Ctx, Event, Query, binds};
use zhike_web::Locale;

/// Items of a message.
const ITEMS: usize = 500;

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub id: i64,
    pub user: i64,
    pub sender: String,
    pub kind: String,
    pub message: String,
    pub sent_at: Stamp,
    pub body: String,
    pub received_at: Stamp,
    pub finished: bool,
    pub applied: i64,
    pub unchanged: i64,
    pub refused: i64,
    pub replays: i64,
}

impl Message {
    /// `received` (not finished), `done`, `partly`, `refused`.
    pub(super) fn state(&self) -> &'static str {
        match (self.finished, self.refused, self.applied + self.unchanged) {
            (false, ..) => "received",
            (_, 0, _) => "done",
            (_, _, 0) => "refused",
            _ => "partly",
        }
    }
    /// Its items.
    pub(super) fn items(&self) -> Vec<Any> {
        let body: Any = serde_json::from_str(&self.body).unwrap_or(Any::Null);
        body.get("items").and_then(Any::as_array).cloned().unwrap_or_default()
    }
}

/// What became of one item.
pub(super) struct Result1 {
    pub position: i64,
    pub key: String,
    pub outcome: String,
    pub code: Option<String>,
    pub field: Option<String>,
    pub args: Option<String>,
    pub record: Option<(String, i64)>,
}

impl Result1 {
    /// In words, if there is anything to say.
    pub(super) fn words(&self, loc: &Locale) -> Option<String> {
        let code = self.code.as_deref()?;
        let map: HashMap<String, Any> = self
            .args
            .as_deref()
            .and_then(|t| serde_json::from_str(t).ok())
            .unwrap_or_default();
        let args: Vec<(&str, Arg)> = map
            .iter()
            .filter_map(|(k, v)| {
                let v = match v {
                    Any::String(s) => Arg::Text(s.clone()),
                    Any::Number(n) => Arg::Int(n.as_i64()?),
                    _ => return None,
                };
                Some((k.as_str(), v))
            })
            .collect();
        Some(loc.tv(code, &args))
    }
}

const COLUMNS: &str =
    "id, user_id, sender, kind, message, sent_at, body, received_at, done_at, applied, unchanged, refused, replays";

fn read(r: &zhike_store::Row) -> Result<Message> {
    Ok(Message {
        id: r.int(0)?,
        user: r.int(1)?,
        sender: r.text(2)?,
        kind: r.text(3)?,
        message: r.text(4)?,
        sent_at: Stamp(r.int(5)?),
        body: r.text(6)?,
        received_at: Stamp(r.int(7)?),
        finished: r.opt_int(8)?.is_some(),
        applied: r.int(9)?,
        unchanged: r.int(10)?,
        refused: r.int(11)?,
        replays: r.int(12)?,
    })
}

/// Messages, newest first: one's own, or everybody's for whoever sees the whole.
pub(super) async fn list(ctx: &Ctx, refused: bool, before: Option<i64>, limit: i64) -> Result<Vec<Message>> {
    let all = i64::from(ctx.actor.may("system.view"));
    let only = if refused { " AND refused > 0" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM connect_inbound WHERE id < $1 AND ($2 = 1 OR user_id = $3){only} ORDER BY id DESC LIMIT $4"
    );
    let me = ctx.actor.user.unwrap_or(0);
    let rows = ctx
        .db()
        .all(&sql, binds![before.unwrap_or(i64::MAX), all, me, limit])
        .await?;
    rows.iter().map(read).collect()
}

/// One message that the actor may see.
pub(super) async fn need(ctx: &Ctx, id: i64) -> Result<Message> {
    let sql = format!("SELECT {COLUMNS} FROM connect_inbound WHERE id = $1");
    let found = ctx.db().one(&sql, binds![id]).await?.as_ref().map(read).transpose()?;
    found
        .filter(|m| ctx.actor.may("system.view") || ctx.actor.user == Some(m.user))
        .ok_or_else(Error::missing)
}

/// What became of its items.
pub(super) async fn results(ctx: &Ctx, message: i64) -> Result<Vec<Result1>> {
    let sql = "SELECT position, item_key, outcome, code, field, args, record_type, record_id FROM connect_item \
               WHERE inbound_id = $1 ORDER BY position";
    let rows = ctx.db().all(sql, binds![message]).await?;
    rows.iter()
        .map(|r| {
            Ok(Result1 {
                position: r.int(0)?,
                key: r.text(1)?,
                outcome: r.text(2)?,
                code: r.opt_text(3)?,
                field: r.opt_text(4)?,
                args: r.opt_text(5)?,
                record: r.opt_text(6)?.zip(r.opt_int(7)?),
            })
        })
        .collect()
}

fn text(body: &Any, name: &str, most: usize) -> Result<Option<String>> {
    match body.get(name) {
        None | Some(Any::Null) => Ok(None),
        Some(Any::String(s)) if s.trim().is_empty() => Ok(None),
        Some(Any::String(s)) if s.trim().chars().count() <= most && !s.chars().any(char::is_control) => {
            Ok(Some(s.trim().to_owned()))
        }
        Some(_) => Err(Error::field(name, "error-inbound-key")),
    }
}

/// Takes a message in. The message, and whether it was here before.
pub(super) async fn take(ctx: &Ctx, ports: &Ports, kind: &str, body: &Any) -> Result<(Message, bool)> {
    let map = body.as_object().ok_or_else(|| Error::invalid("error-inbound-body"))?;
    if let Some(name) = map
        .keys()
        .find(|k| !matches!(k.as_str(), "sender" | "message_id" | "sent_at" | "items"))
    {
        return Err(Error::field(name, "error-inbound-field"));
    }
    let message = text(body, "message_id", 200)?.ok_or_else(|| Error::field("message_id", "error-required"))?;
    let sender = text(body, "sender", 100)?.unwrap_or_default();
    let sent = text(body, "sent_at", 60)?.ok_or_else(|| Error::field("sent_at", "error-required"))?;
    let sent_at = moment(&sent).ok_or_else(|| Error::field("sent_at", "error-not-a-moment"))?;
    // A word from the future would close the way for all that follow.
    if sent_at > ctx.now().plus_seconds(3_600) {
        return Err(Error::field("sent_at", "error-inbound-future"));
    }
    let items = body.get("items").and_then(Any::as_array);
    let items = items.ok_or_else(|| Error::field("items", "error-required"))?;
    if items.is_empty() || items.len() > ITEMS {
        return Err(Error::field("items", "error-inbound-items"));
    }
    let user = ctx.actor.user.unwrap_or(0);
    let written = body.to_string();
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO connect_inbound (user_id, sender, kind, message, sent_at, body, received_at, applied, unchanged, refused, replays) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,0,0,0,0) ON CONFLICT (user_id, sender, kind, message) DO NOTHING RETURNING id";
    let row = binds![
        user,
        sender.as_str(),
        kind,
        message.as_str(),
        sent_at.0,
        written.as_str(),
        tx.at.0
    ];
    let new = tx.one(sql, row).await?.map(|r| r.int(0)).transpose()?;
    if let Some(id) = new {
        note(
            ctx,
            &tx,
            "inbound.received.v1",
            id,
            &format!("{kind} {sender} {message}"),
        )
        .await?;
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM connect_inbound WHERE user_id = $1 AND sender = $2 AND kind = $3 AND message = $4"
    );
    let kept = tx.one(&sql, binds![user, sender, kind, message]).await?;
    tx.commit().await?;
    let kept = read(&kept.ok_or_else(Error::missing)?)?;
    if new.is_none() {
        if kept.body != written {
            return Err(Error::refused("error-inbound-differs"));
        }
        if kept.finished {
            return Ok((kept, true));
        }
    }
    apply::run(ctx, ports, &kept, items).await?;
    Ok((need(ctx, kept.id).await?, new.is_none()))
}

/// Tries the refused items of a message again.
pub(super) async fn replay(ctx: &Ctx, ports: &Ports, id: i64) -> Result<Message> {
    let message = need(ctx, id).await?;
    if message.finished && message.refused == 0 {
        return Err(Error::refused("error-inbound-nothing"));
    }
    let tx = ctx.begin().await?;
    let sql = "UPDATE connect_inbound SET replays = replays + 1 WHERE id = $1";
    tx.exec(sql, binds![id]).await?;
    note(ctx, &tx, "inbound.replayed.v1", id, &message.message).await?;
    tx.commit().await?;
    apply::run(ctx, ports, &message, &message.items()).await?;
    need(ctx, id).await
}

async fn note(ctx: &Ctx, tx: &zhike_store::Tx, kind: &str, id: i64, words: &str) -> Result<()> {
    let event = Event {
        kind: kind.into(),
        record_type: "inbound",
        record: id,
        note: Some(words.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// A message as programs see it.
pub(super) fn told(m: &Message, repeated: bool) -> Any {
    json!({"id": m.id, "kind": m.kind, "sender": m.sender, "message_id": m.message, "sent_at": m.sent_at.rfc3339(),
        "received_at": m.received_at.rfc3339(), "state": m.state(), "applied": m.applied, "unchanged": m.unchanged,
        "refused": m.refused, "replays": m.replays, "repeated": repeated})
}
