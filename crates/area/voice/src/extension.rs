//! Whose telephone an extension is: told by each user on a page of their own, or by whoever keeps the users.

use crate::{told, whose};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, Query as _, Record, binds};
use zhike_web::{
    Answer, Form, Json as Body, Screen, Visit,
    answer::{go_saying, json as answer},
    ui,
};

pub(crate) const ASKS: &str = r#"{"type":"object","required":["extension","was"],"properties":{"extension":{"type":"string"},"was":{"type":"string"}}}"#;
pub(crate) const TELLS: &str =
    r#"{"type":"object","properties":{"user_id":{"type":"integer"},"extension":{"type":"string"}}}"#;

/// An extension as it is sent, with the one that was read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    extension: String,
    was: Option<String>,
}

/// Keeps it; empty for none.
async fn keep(ctx: &Ctx, user: i64, sent: &Sent) -> Result<String> {
    let new = told::extension(&sent.extension, "extension")?;
    let was = sent
        .was
        .as_deref()
        .ok_or_else(|| Error::field("was", "error-required"))?;
    let tx = ctx.begin().await?;
    let there = tx
        .number(
            "SELECT count(*) FROM identity_user WHERE id = $1 AND archived_at IS NULL",
            binds![user],
        )
        .await?;
    if there == 0 {
        return Err(Error::missing());
    }
    let old = whose::extension(&tx, user).await?.unwrap_or_default();
    if old != was.trim() {
        return Err(Error::stale());
    }
    if old == new {
        return Ok(new);
    }
    if let Some(other) = whose::user(&tx, &new).await?
        && other != user
    {
        return Err(Error::field("extension", "error-call-extension-taken"));
    }
    tx.exec("DELETE FROM voice_extension WHERE user_id = $1", binds![user])
        .await?;
    if !new.is_empty() {
        tx.exec(
            "INSERT INTO voice_extension (user_id, extension) VALUES ($1, $2)",
            binds![user, new.as_str()],
        )
        .await?;
    }
    let event = Event {
        kind: "user.extension_changed.v1".into(),
        record_type: "user",
        record: user,
        note: Some(format!("{old} → {new}")),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(new)
}

fn me(visit: &Visit) -> Result<i64> {
    visit.actor.user.ok_or_else(Error::unknown)
}

fn form(visit: &Visit, to: &str, now: &str) -> Markup {
    let loc = &visit.loc;
    html! {
        form.stack data-stay method="post" action=(to) {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("was", now))
            (ui::Field::new("extension", loc.t("extension-field")).hint(loc.t("extension-hint")).attr("autocomplete", "off").text(now))
            div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) }
        }
    }
}

/// `GET /me/telephone`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let now = whose::extension(visit.db(), me(&visit)?).await?.unwrap_or_default();
    let body = html! {
        (ui::card(loc.t("extension-title")).body(html! { p.sm.mut { (loc.t("extension-text")) } (form(&visit, "/me/telephone", &now)) }))
    };
    Screen::new(&visit, loc.t("extension-title"), "me")
        .crumb(loc.t("me-title"), "/me")
        .show(ui::page_body(body))
}

/// `POST /me/telephone`.
pub(crate) async fn save(visit: Visit, Form(f): Form) -> Answer {
    let sent = Sent {
        extension: f.get("extension").unwrap_or("").to_owned(),
        was: f.get("was").map(str::to_owned),
    };
    keep(&visit.ctx, me(&visit)?, &sent).await?;
    go_saying(&visit, "/me/telephone", &visit.loc.t("extension-kept"), None)
}

/// `GET /api/v1/me/extension`.
pub(crate) async fn api_get(visit: Visit) -> Answer {
    let user = me(&visit)?;
    let now = whose::extension(visit.db(), user).await?.unwrap_or_default();
    answer(StatusCode::OK, &json!({"user_id": user, "extension": now}))
}

/// `PUT /api/v1/me/extension`.
pub(crate) async fn api_put(visit: Visit, Body(sent): Body<Sent>) -> Answer {
    let user = me(&visit)?;
    let now = keep(&visit.ctx, user, &sent).await?;
    answer(StatusCode::OK, &json!({"user_id": user, "extension": now}))
}

/// `POST /users/{id}/extension`.
pub(crate) async fn of_user(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let sent = Sent {
        extension: f.get("extension").unwrap_or("").to_owned(),
        was: f.get("was").map(str::to_owned),
    };
    keep(&visit.ctx, id, &sent).await?;
    go_saying(&visit, &format!("/users/{id}"), &visit.loc.t("extension-kept"), None)
}

/// `PUT /api/v1/users/{id}/extension`.
pub(crate) async fn api_of_user(visit: Visit, Path(id): Path<i64>, Body(sent): Body<Sent>) -> Answer {
    let now = keep(&visit.ctx, id, &sent).await?;
    answer(StatusCode::OK, &json!({"user_id": id, "extension": now}))
}

/// Beside a user's record.
pub(crate) async fn piece(visit: &Visit, user: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let now = whose::extension(visit.db(), user.id).await?.unwrap_or_default();
    let body = if visit.may("user.edit") && user.archived_at.is_none() {
        form(visit, &format!("/users/{}/extension", user.id), &now)
    } else {
        html! { p { @if now.is_empty() { "—" } @else { (now) } } }
    };
    Ok(html! { (ui::card(loc.t("extension-title")).body(body)) })
}
