//! The page from which telephones are set up: switchboards, recordings, the hotline and its greeting.

use crate::{
    hotline::STATE,
    media, recording,
    settings::{Settings, keep, settings, sound},
    switchboard,
    wav::{self, Format},
};
use axum::{
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::html;
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, number};
use zhike_web::{
    Answer, Form, Json as Body, Screen, Visit,
    answer::{go_saying, json as answer},
    files,
    ui::{self, Field},
};

fn amount(text: &str, visit: &Visit) -> Result<i64> {
    number::parse_scaled(text.trim(), visit.house.currency.decimals(), false)
        .map_err(|_| Error::field("rate", "error-not-a-number"))
}

/// `GET /settings/telephone`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let s = settings(visit.db()).await?;
    let c = visit.house.currency;
    let days = s.keep_days.map_or_else(String::new, |d| d.to_string());
    let may = visit.may("switchboard.edit");
    let state = switchboard::state(visit.db(), STATE).await?;
    let own = if s.greeting.is_some() {
        "hotline-greeting-own"
    } else {
        "hotline-greeting-tones"
    };
    let body = html! {
        (ui::card(loc.t("voice-parts")).body(html! { div.btn-row.wrap {
            (ui::btn(loc.t("switchboard-many")).icon("phone").href("/switchboards"))
            (ui::btn(loc.t("extension-title")).icon("user").href("/me/telephone"))
        } }))
        form.stack data-stay method="post" action="/settings/telephone" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &s.version.to_string()))
            (ui::card(loc.t("voice-settings")).body(html! { div.form-grid {
                (Field::new("keep_days", loc.t("voice-keep")).hint(loc.t("voice-keep-hint")).number(&days))
                (Field::new("rate", loc.t("voice-rate")).hint(loc.t("voice-rate-hint")).money(&number::write_scaled(s.rate, c.decimals()), c.sign()))
            } }))
            (ui::card(loc.t("hotline-title")).body(html! {
                p.sm.mut { (loc.t("hotline-text")) }
                @if let Some(state) = state.filter(|_| s.hotline) {
                    @if state.trouble.is_empty() { p { (ui::badge(ui::Hue::Green, &loc.t("hotline-listens"))) } }
                    @else { (ui::callout(ui::Tone::Bad, html! { b { (loc.t("hotline-trouble")) } " " (loc.t("hotline-mend")) " " span.mono { (state.words) } })) }
                }
                div.form-grid {
                    (Field::new("hotline", loc.t("hotline-on")).switch(s.hotline))
                    (Field::new("bind", loc.t("hotline-bind")).hint(loc.t("hotline-bind-hint")).text(&s.bind))
                    (Field::new("peers", loc.t("hotline-peers")).hint(loc.t("hotline-peers-hint")).text(&s.peers))
                    (Field::new("calls", loc.t("hotline-calls")).number(&s.calls.to_string()))
                    (Field::new("seconds", loc.t("hotline-seconds")).number(&s.seconds.to_string()))
                }
            }))
            @if may { div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) } }
        }
        (ui::card(loc.t("hotline-greeting")).body(html! { div.stack {
            p { (loc.t(own)) }
            audio controls preload="none" src="/settings/telephone/greeting.wav" {}
            @if may {
                (ui::upload(loc, "/settings/telephone/greeting", &visit.csrf,
                    &Field::new("file", loc.t("hotline-greeting-file")).hint(loc.t("hotline-greeting-hint")), ".wav,audio/wav", html! {}))
            }
        } }))
    };
    Screen::new(&visit, loc.t("nav-telephone"), "telephone").show(ui::page_body(body))
}

fn whole(f: &zhike_web::Fields, name: &str) -> Result<i64> {
    f.get(name)
        .unwrap_or("")
        .trim()
        .parse()
        .map_err(|_| Error::field(name, "error-not-a-number"))
}

/// `POST /settings/telephone`.
pub(crate) async fn save(visit: Visit, Form(f): Form) -> Answer {
    let old = settings(visit.db()).await?;
    let new = Settings {
        keep_days: f.filled("keep_days").map(|_| whole(&f, "keep_days")).transpose()?,
        rate: f.filled("rate").map_or(Ok(0), |t| amount(t, &visit))?,
        hotline: f.get("hotline").is_some(),
        bind: f.get("bind").unwrap_or("").trim().to_owned(),
        peers: f.get("peers").unwrap_or("").trim().to_owned(),
        calls: whole(&f, "calls")?,
        seconds: whole(&f, "seconds")?,
        greeting: old.greeting,
        version: f.need_int("version")?,
    };
    keep(&visit.ctx, &new).await?;
    go_saying(&visit, "/settings/telephone", &visit.loc.t("voice-kept"), None)
}

pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"keep_days":{"type":["integer","null"]},"rate":{"type":"string"},
"hotline":{"type":"boolean"},"bind":{"type":"string"},"peers":{"type":"string"},"calls":{"type":"integer"},"seconds":{"type":"integer"}}}"#;

/// What programs send; what is absent stays, but for `keep_days`, whose absence means for ever.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    version: Option<i64>,
    keep_days: Option<i64>,
    #[serde(default)]
    rate: Option<String>,
    #[serde(default)]
    hotline: Option<bool>,
    #[serde(default)]
    bind: Option<String>,
    #[serde(default)]
    peers: Option<String>,
    #[serde(default)]
    calls: Option<i64>,
    #[serde(default)]
    seconds: Option<i64>,
}

/// `GET /api/v1/voice/settings`.
pub(crate) async fn api_get(visit: Visit) -> Answer {
    let s = settings(visit.db()).await?;
    let rate = number::write_scaled(s.rate, visit.house.currency.decimals());
    let state = switchboard::state(visit.db(), STATE).await?;
    answer(
        StatusCode::OK,
        &json!({"version": s.version, "keep_days": s.keep_days, "rate": rate, "hotline": s.hotline, "bind": s.bind, "peers": s.peers,
            "calls": s.calls, "seconds": s.seconds, "greeting": s.greeting.is_some(), "state": state.map(|s| s.state)}),
    )
}

/// `PUT /api/v1/voice/settings`.
pub(crate) async fn api_put(visit: Visit, Body(sent): Body<Sent>) -> Answer {
    let old = settings(visit.db()).await?;
    let new = Settings {
        keep_days: sent.keep_days,
        rate: sent.rate.as_deref().map_or(Ok(old.rate), |t| amount(t, &visit))?,
        hotline: sent.hotline.unwrap_or(old.hotline),
        bind: sent.bind.unwrap_or(old.bind),
        peers: sent.peers.unwrap_or(old.peers),
        calls: sent.calls.unwrap_or(old.calls),
        seconds: sent.seconds.unwrap_or(old.seconds),
        greeting: old.greeting,
        version: sent.version.ok_or_else(|| Error::field("version", "error-required"))?,
    };
    keep(&visit.ctx, &new).await?;
    api_get(visit).await
}

/// Keeps a greeting that was sent.
async fn keep_greeting(visit: &Visit, bytes: &[u8]) -> Result<()> {
    visit.require("switchboard.edit")?;
    sound(bytes)?;
    let hash = files::keep(&visit.house.data, bytes).await?;
    let old = settings(visit.db()).await?;
    keep(
        &visit.ctx,
        &Settings {
            greeting: Some(hash),
            ..old
        },
    )
    .await
}

/// `POST /settings/telephone/greeting`.
pub(crate) async fn greeting(visit: Visit, request: Request) -> Answer {
    let bad = |_| Error::invalid("error-request");
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::invalid("error-request"))?;
    let mut bytes = None;
    while let Some(field) = form.next_field().await.map_err(bad)? {
        if field.name() == Some("file") {
            bytes = Some(field.bytes().await.map_err(bad)?);
        }
    }
    let bytes = bytes
        .filter(|b| !b.is_empty())
        .ok_or_else(|| Error::field("file", "error-required"))?;
    keep_greeting(&visit, &bytes).await?;
    go_saying(&visit, "/settings/telephone", &visit.loc.t("voice-kept"), None)
}

/// `PUT /api/v1/voice/greeting`: a WAV file as it is.
pub(crate) async fn api_greeting(visit: Visit, request: Request) -> Answer {
    keep_greeting(&visit, &recording::body(request).await?).await?;
    answer(StatusCode::OK, &json!({"greeting": true}))
}

/// `GET /settings/telephone/greeting.wav`: what callers hear.
pub(crate) async fn hear(visit: Visit) -> Answer {
    let s = settings(visit.db()).await?;
    let own = match &s.greeting {
        Some(hash) => files::contents(&visit.house.data, hash).await.ok(),
        None => None,
    };
    let bytes = own.unwrap_or_else(|| wav::write(Format::Ulaw, &[media::chime(), media::beep()].concat()));
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "audio/wav")], bytes).into_response())
}
