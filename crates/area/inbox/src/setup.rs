//! Passwords of a mailbox, and fetching at once: by page and by program.

use crate::{fetch, mailbox};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, read};
use zhike_web::{
    Answer, Form, Json as Body, Visit,
    answer::{go_saying, json as answer},
};

pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"imap":{"type":"string"},"smtp":{"type":"string"},"version":{"type":"integer"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"kept":{"type":"boolean"}}}"#;

/// Passwords, as programs send them; an absent one stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    #[serde(default)]
    imap: String,
    #[serde(default)]
    smtp: String,
    version: Option<i64>,
}

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

async fn keep(ctx: &Ctx, id: i64, sent: &Sent) -> Result<()> {
    ctx.require("mailbox.edit")?;
    let version = sent.version.ok_or_else(|| Error::field("version", "error-required"))?;
    for (field, word) in [("imap", &sent.imap), ("smtp", &sent.smtp)] {
        if word.len() > 500 || word.chars().any(char::is_control) {
            return Err(Error::field(field, "error-mail-password"));
        }
    }
    let ty = ctx.registry().get("mailbox")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    mailbox::set_secrets(&tx, id, &sent.imap, &sent.smtp).await?;
    // That it changed is told; what it is stands nowhere else.
    let event = Event {
        kind: "mailbox.password_changed.v1".into(),
        record_type: "mailbox",
        record: id,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

/// `POST /mailboxes/{id}/secrets`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    let sent = Sent {
        imap: f.get("imap").unwrap_or("").to_owned(),
        smtp: f.get("smtp").unwrap_or("").to_owned(),
        version: f.int("version"),
    };
    keep(&visit.ctx, id, &sent).await?;
    go_saying(
        &visit,
        &format!("/mailboxes/{id}"),
        &visit.loc.t("mailbox-secrets-kept"),
        None,
    )
}

/// `PUT /api/v1/mailboxes/{id}/secrets`.
pub(crate) async fn api(visit: Visit, Path(id): Path<i64>, Body(sent): Body<Sent>) -> Answer {
    keep(&visit.ctx, id, &sent).await?;
    answer(StatusCode::OK, &json!({"id": id, "kept": true}))
}

async fn fetch_now(visit: &Visit, id: i64) -> Result<Result<usize, zhike_mail::Trouble>> {
    let ctx = &visit.ctx;
    ctx.require("mailbox.edit")?;
    let ty = ctx.registry().get("mailbox")?.clone();
    let record = read::need(ctx, ctx.db(), &ty, id).await?;
    let mailbox = mailbox::of(ctx, ctx.db(), &record).await?;
    let server = mailbox
        .server
        .clone()
        .ok_or_else(|| Error::field("imap_host", "error-required"))?;
    let system = Ctx::system(&ctx.house, zhike_kernel::Door::Job);
    fetch::look(&system, &mailbox, &server).await
}

/// `POST /mailboxes/{id}/fetch`.
pub(crate) async fn fetch_page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    let loc = &visit.loc;
    let said = match fetch_now(&visit, id).await? {
        Ok(n) => loc.tv("mailbox-fetched", &[("n", n.into())]),
        Err(t) => format!(
            "{} {}",
            loc.t(&format!("mail-trouble-{}", t.word())),
            loc.t(&format!("mail-mend-{}", t.word()))
        ),
    };
    go_saying(&visit, &format!("/mailboxes/{id}"), &said, None)
}

/// `POST /api/v1/mailboxes/{id}/fetch`.
pub(crate) async fn fetch_api(visit: Visit, Path(id): Path<i64>) -> Answer {
    let body = match fetch_now(&visit, id).await? {
        Ok(n) => json!({"id": id, "new": n, "trouble": null}),
        Err(t) => json!({"id": id, "new": 0, "trouble": t.word(), "words": t.to_string()}),
    };
    answer(StatusCode::OK, &body)
}
