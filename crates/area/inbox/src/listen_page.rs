//! The settings of letters that are delivered to us directly, by page and by program.

use crate::listen::{OPEN, Settings, keep, settings, trouble};
use axum::http::StatusCode;
use maud::html;
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::Error;
use zhike_web::{
    Answer, Form, Json as Body, Screen, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Field},
};

/// `GET /settings/mail`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let s = settings(visit.db()).await?;
    let words = trouble(visit.db()).await?.filter(|_| s.on);
    let body = html! {
        form.stack data-stay method="post" action="/settings/mail" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &s.version.to_string()))
            (ui::card(loc.t("mail-listener")).body(html! { div.stack {
                p.sm.mut { (loc.t("mail-listener-text")) }
                @if let Some(words) = words.as_deref().and_then(|w| w.strip_prefix(OPEN)) {
                    (ui::callout(ui::Tone::Warn, html! { b { (loc.t("mail-listener-in-the-open")) } " " (loc.t("mail-listener-keys-mend")) " " span.mono { (words) } }))
                } @else if let Some(words) = &words {
                    (ui::callout(ui::Tone::Bad, html! { b { (loc.t("mail-listener-trouble")) } " " (loc.t("mail-listener-mend")) " " span.mono { (words) } }))
                } @else if s.on {
                    p { (ui::badge(ui::Hue::Green, &loc.t("mail-listener-listens"))) }
                }
                @if s.on && s.peers.trim() == "*" { (ui::callout(ui::Tone::Warn, loc.t("mail-listener-open"))) }
                div.form-grid {
                    (Field::new("on", loc.t("mail-listener-on")).switch(s.on))
                    (Field::new("bind", loc.t("mail-listener-bind")).hint(loc.t("mail-listener-bind-hint")).text(&s.bind))
                    (Field::new("peers", loc.t("mail-listener-peers")).hint(loc.t("mail-listener-peers-hint")).text(&s.peers))
                    (Field::new("host", loc.t("mail-listener-host")).hint(loc.t("mail-listener-host-hint")).text(&s.host))
                    (Field::new("certificate", loc.t("mail-listener-certificate")).hint(loc.t("mail-listener-certificate-hint")).text(&s.certificate))
                    (Field::new("key", loc.t("mail-listener-key")).hint(loc.t("mail-listener-key-hint")).text(&s.key))
                }
            } }))
            div.btn-row { (ui::btn(loc.t("web-cancel")).href("/mailboxes")) (ui::btn(loc.t("web-save")).primary().submit()) }
        }
    };
    Screen::new(&visit, loc.t("mail-listener"), "mailbox")
        .crumb(loc.t("nav-mailbox"), "/mailboxes")
        .show(ui::page_body(body))
}

/// `POST /settings/mail`.
pub(crate) async fn save(visit: Visit, Form(f): Form) -> Answer {
    let word = |name: &str| f.get(name).unwrap_or("").trim().to_owned();
    let new = Settings {
        on: f.get("on").is_some(),
        bind: word("bind"),
        peers: word("peers"),
        host: word("host"),
        certificate: word("certificate"),
        key: word("key"),
        version: f.need_int("version")?,
    };
    keep(&visit.ctx, &new).await?;
    go_saying(&visit, "/settings/mail", &visit.loc.t("mail-listener-kept"), None)
}

pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"on":{"type":"boolean"},"bind":{"type":"string"},"peers":{"type":"string"},"host":{"type":"string"},"certificate":{"type":"string"},"key":{"type":"string"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"version":{"type":"integer"},"on":{"type":"boolean"},"bind":{"type":"string"},"peers":{"type":"string"},"host":{"type":"string"},"certificate":{"type":"string"},"key":{"type":"string"},"trouble":{"type":["string","null"]}}}"#;

/// What programs send; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    version: Option<i64>,
    on: Option<bool>,
    bind: Option<String>,
    peers: Option<String>,
    host: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

/// `GET /api/v1/mail-listener`.
pub(crate) async fn api_get(visit: Visit) -> Answer {
    let s = settings(visit.db()).await?;
    let words = trouble(visit.db()).await?.filter(|_| s.on);
    let body = json!({"version": s.version, "on": s.on, "bind": s.bind, "peers": s.peers, "host": s.host,
        "certificate": s.certificate, "key": s.key, "trouble": words});
    answer(StatusCode::OK, &body)
}

/// `PUT /api/v1/mail-listener`.
pub(crate) async fn api_put(visit: Visit, Body(sent): Body<Sent>) -> Answer {
    let old = settings(visit.db()).await?;
    let new = Settings {
        on: sent.on.unwrap_or(old.on),
        bind: sent.bind.unwrap_or(old.bind),
        peers: sent.peers.unwrap_or(old.peers),
        host: sent.host.unwrap_or(old.host),
        certificate: sent.certificate.unwrap_or(old.certificate),
        key: sent.key.unwrap_or(old.key),
        version: sent.version.ok_or_else(|| Error::field("version", "error-required"))?,
    };
    keep(&visit.ctx, &new).await?;
    api_get(visit).await
}
