//! Calls as programs tell of them: `POST /api/v1/call-events`, one or many.

use crate::{
    Ports,
    recording::{self, Kept},
    take,
    told::{self, Sent, Told},
};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Tx};
use zhike_web::{Answer, Json, Visit, answer::json as answer};

/// So many events come in one message.
const MOST: usize = 200;

/// One event, or `events` with a list of such.
pub(crate) const ASKS: &str = r##"{"type":"object","properties":{"call":{"type":"string"},"event":{"enum":["ring","answer","end","recording"]},
"switch":{"type":"string"},"at":{"type":"string","format":"date-time"},"direction":{"enum":["in","out"]},"number":{"type":"string"},"line":{"type":"string"},
"extension":{"type":"string"},"result":{"enum":["answered","missed","busy","failed","voicemail"]},"cost":{"type":"string"},"audio":{"type":"string","description":"a WAV file, base64"},
"events":{"type":"array","minItems":1,"maxItems":200,"items":{"type":"object","required":["call","event"]}}}}"##;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"events":{"type":"array","items":{"type":"object","properties":{"call":{"type":"string"},"event":{"type":"string"},
"id":{"type":"integer"},"repeated":{"type":"boolean"}}}}}}"#;

/// The events of a message: one, or a list.
pub(crate) fn events(body: Any) -> Result<Vec<Sent>> {
    let list = match body {
        Any::Object(mut map) if map.contains_key("events") => match map.remove("events") {
            Some(Any::Array(list)) if map.is_empty() => list,
            _ => return Err(Error::field("events", "error-call-events")),
        },
        one @ Any::Object(_) => vec![one],
        _ => return Err(Error::invalid("error-call-events")),
    };
    if list.is_empty() || list.len() > MOST {
        return Err(Error::field("events", "error-call-events"));
    }
    list.into_iter()
        .map(|one| {
            serde_json::from_value(one).map_err(|e| {
                // The parser puts names between backticks.
                let text = e.to_string();
                let name = text.split('`').nth(1).unwrap_or("events").to_owned();
                let code = if text.starts_with("missing") {
                    "error-required"
                } else {
                    "error-call-field"
                };
                Error::field(&name, code)
            })
        })
        .collect()
}

/// An event that was read: a word about a call, or its recording, whose bytes are kept already.
pub(crate) enum Read {
    Told(Told),
    Sound(Kept),
}

/// Switchboard, its name for the call, and what is told.
pub(crate) type Item = (String, String, Read);

/// Reads them all, before any transaction.
pub(crate) async fn prepare(ctx: &Ctx, switch: Option<&str>, all: &[Sent]) -> Result<Vec<Item>> {
    let mut read = vec![];
    for (i, one) in all.iter().enumerate() {
        let done = item(ctx, switch, one).await;
        read.push(done.map_err(|e| if all.len() > 1 { e.at_row(i) } else { e })?);
    }
    Ok(read)
}

async fn item(ctx: &Ctx, switch: Option<&str>, one: &Sent) -> Result<Item> {
    let key = told::name(&one.call, "call")?;
    let name = match (switch, one.switch.as_deref()) {
        (Some(own), None) => own.to_owned(),
        // Who signs as one switchboard does not speak for another.
        (Some(_), Some(_)) => return Err(Error::field("switch", "error-call-field")),
        (None, Some(given)) if !given.trim().is_empty() => format!("api:{}", told::name(given, "switch")?),
        (None, _) => "api".to_owned(),
    };
    if one.event != "recording" {
        if one.audio.is_some() {
            return Err(Error::field("audio", "error-call-field"));
        }
        return Ok((name, key, Read::Told(one.read(ctx.now(), ctx.house.currency)?)));
    }
    let audio = one
        .audio
        .as_deref()
        .ok_or_else(|| Error::field("audio", "error-required"))?;
    let bytes = BASE64
        .decode(audio.trim())
        .map_err(|_| Error::field("audio", "error-recording-no-wav"))?;
    Ok((name, key, Read::Sound(recording::store(ctx, bytes).await?)))
}

/// Takes them all in; the caller commits, so that it is all or none.
pub(crate) async fn apply(ctx: &Ctx, tx: &Tx, ports: &Ports, all: &[Item]) -> Result<Any> {
    // Always in one order, so that two messages about the same calls do not wait for each other.
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|i| all.get(*i).map(|r| (r.0.clone(), r.1.clone())));
    let mut out = vec![Any::Null; all.len()];
    for i in order {
        let (Some((switch, key, read)), Some(slot)) = (all.get(i), out.get_mut(i)) else {
            continue;
        };
        *slot = match read {
            Read::Told(told) => {
                let taken = take::one(ctx, tx, ports, switch, key, told).await?;
                json!({"call": key, "event": told.kind.word(), "id": taken.call, "repeated": taken.repeated})
            }
            Read::Sound(kept) => {
                let (id, repeated) = recording::enter(ctx, tx, (switch, key), kept).await?;
                json!({"call": key, "event": "recording", "recording": id, "repeated": repeated})
            }
        };
    }
    Ok(json!({"events": out}))
}

/// `POST /api/v1/call-events`.
pub(crate) async fn post(ports: Ports, visit: Visit, Json(body): Json<Any>) -> Answer {
    let all = events(body)?;
    let read = prepare(&visit.ctx, None, &all).await?;
    let tx = visit.ctx.begin().await?;
    let said = apply(&visit.ctx, &tx, &ports, &read).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer(StatusCode::OK, &said)
}
