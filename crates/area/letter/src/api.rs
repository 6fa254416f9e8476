//! Letters for programs: everything that the pages do.

use crate::{Ports, code, flow, paper};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use zhike_contract::Channel;
use zhike_kernel::{Error, Result};
use zhike_web::{Answer, Json as Body, Routes, Visit, answer::json as answer};

const WAITING: &str = r#"{"type":"object","properties":{"waiting":{"type":"integer"},"since":{"type":["string","null"],"format":"date-time"},
"later":{"type":"integer"}}}"#;
const NOTHING: &str = r#"{"type":"object"}"#;
const MADE: &str = r#"{"type":"object","properties":{"id":{"type":["integer","null"]}}}"#;
const SEEN: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"}}}"#;
const ENDED: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"state":{"type":"string"},"letters":{"type":"integer"}}}"#;
const CAME_BACK: &str =
    r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"why":{"type":"string"}}}"#;
const SAID: &str = r#"{"type":"object","required":["version","text"],"properties":{"version":{"type":"integer"},"text":{"type":"string"},
"channel":{"enum":["email","phone","sms","chat","fax","letter","visit","portal"]}}}"#;
const NOTED: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"interaction":{"type":"integer"}}}"#;

/// Which version was seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    version: Option<i64>,
    #[serde(default)]
    why: String,
}

/// An answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    version: Option<i64>,
    text: String,
    #[serde(default)]
    channel: Option<String>,
}

fn version(given: Option<i64>) -> Result<i64> {
    given.ok_or_else(|| Error::field("version", "error-required"))
}

/// The way an answer came by: a letter, unless it is said.
pub(crate) fn channel(word: Option<&str>) -> Result<Channel> {
    match word.filter(|w| !w.is_empty()) {
        None => Ok(Channel::Letter),
        Some(word) => Channel::of(word).ok_or_else(|| Error::field("channel", "error-not-a-choice")),
    }
}

pub(crate) fn routes(routes: Routes, ports: &Ports) -> Routes {
    let p = || ports.clone();
    let (a, b, c, d, e, f) = (p(), p(), p(), p(), p(), p());
    routes
        .get("/api/v1/letter-queue", "letter.view", waiting)
        .described(NOTHING, WAITING)
        .post("/api/v1/letter-queue/batch", flow::PRINT, move |v| make(a.clone(), v))
        .described(NOTHING, MADE)
        .post("/api/v1/letter-batches/{id}/posted", flow::PRINT, move |v, p, x| {
            posted(b.clone(), v, p, x)
        })
        .described(SEEN, ENDED)
        .post("/api/v1/letter-batches/{id}/emptied", flow::PRINT, move |v, p, x| {
            emptied(c.clone(), v, p, x)
        })
        .described(SEEN, ENDED)
        .get("/api/v1/letter-batches/{id}/pdf", flow::PRINT, paper::batch)
        .get("/api/v1/letter-batches/{id}/labels", flow::PRINT, paper::labels)
        .get("/api/v1/letters/{id}/pdf", flow::ANSWER, paper::one)
        .post("/api/v1/letters/{id}/taken-out", flow::PRINT, move |v, p, x| {
            taken_out(d.clone(), v, p, x)
        })
        .described(SEEN, ENDED)
        .post("/api/v1/letters/{id}/returned", flow::ANSWER, move |v, p, x| {
            returned(e.clone(), v, p, x)
        })
        .described(CAME_BACK, ENDED)
        .get("/api/v1/letter-codes/{code}", "letter.view", by_code)
        .post("/api/v1/letters/{id}/answer", flow::ANSWER, move |v, p, x| {
            said(f.clone(), v, p, x)
        })
        .described(SAID, NOTED)
}

async fn waiting(visit: Visit) -> Answer {
    let (waiting, since, later) = flow::waiting(&visit.ctx).await?;
    let since = since.map(|s| s.rfc3339());
    answer(
        StatusCode::OK,
        &json!({"waiting": waiting, "since": since, "later": later}),
    )
}

async fn make(ports: Ports, visit: Visit) -> Answer {
    let id = flow::make(&visit.ctx, &ports).await?;
    let status = if id.is_some() {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    answer(status, &json!({"id": id}))
}

async fn posted(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(s): Body<Seen>) -> Answer {
    let n = flow::posted(&visit.ctx, &ports, id, version(s.version)?).await?;
    answer(StatusCode::OK, &json!({"id": id, "state": "posted", "letters": n}))
}

async fn emptied(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(s): Body<Seen>) -> Answer {
    let n = flow::emptied(&visit.ctx, &ports, id, version(s.version)?).await?;
    answer(StatusCode::OK, &json!({"id": id, "state": "emptied", "letters": n}))
}

async fn taken_out(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(s): Body<Seen>) -> Answer {
    flow::taken_out(&visit.ctx, &ports, id, version(s.version)?).await?;
    answer(StatusCode::OK, &json!({"id": id, "state": "back"}))
}

async fn returned(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(s): Body<Seen>) -> Answer {
    flow::returned(&visit.ctx, &ports, id, version(s.version)?, &s.why).await?;
    answer(StatusCode::OK, &json!({"id": id, "state": "returned"}))
}

async fn by_code(visit: Visit, Path(typed): Path<String>) -> Answer {
    let l = flow::by_code(&visit.ctx, &typed).await?;
    answer(
        StatusCode::OK,
        &json!({"id": l.id, "version": l.version, "code": code::shown(l.text("code")), "party_id": l.int("party_id"),
        "subject": l.text("subject"), "state": l.text("state"), "posted_on": l.date("posted_on").map(|d| d.to_string())}),
    )
}

async fn said(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(s): Body<Said>) -> Answer {
    let way = channel(s.channel.as_deref())?;
    let contact = flow::answered(&visit.ctx, &ports, id, version(s.version)?, (way, &s.text)).await?;
    answer(StatusCode::CREATED, &json!({"id": id, "interaction": contact}))
}
