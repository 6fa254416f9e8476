//! Setting service up: working hours, the address for customers, what an hour costs; and the way to all that is set up beside.

use crate::hours::{self, Settings};
use axum::http::StatusCode;
use maud::html;
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Stamp, number};
use zhike_web::{
    Answer, Fields, Form, Json as Body, Query, Routes, Screen, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Field},
};

/// What is set up on pages of its own.
const PAGES: [(&str, &str); 5] = [
    ("process", "/processes"),
    ("case_cause", "/case-causes"),
    ("remedy", "/remedies"),
    ("remedy_limit", "/remedy-limits"),
    ("holiday", "/holidays"),
];

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/service/setup", "service.view", |visit: Visit| Box::pin(show(visit)))
        .post("/service/setup", "service.edit", |visit: Visit, Form(f): Form| {
            Box::pin(save(visit, f))
        })
        .get("/api/v1/service/settings", "service.view", |visit: Visit| {
            Box::pin(tell(visit))
        })
        .put(
            "/api/v1/service/settings",
            "service.edit",
            |visit: Visit, Body(s): Body<Sent>| Box::pin(put(visit, s)),
        )
        .described(ASKS, ASKS)
        .get(
            "/api/v1/service/time",
            "service.view",
            |visit: Visit, Query(q): Query| Box::pin(time(visit, q)),
        )
}

const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"hours":{"type":"array","items":{"type":"string"},"minItems":7,"maxItems":7},
"address":{"type":"string"},"rate":{"type":"string"},"form":{"type":"boolean"}}}"#;

/// What programs send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    hours: Option<[String; 7]>,
    address: Option<String>,
    rate: Option<String>,
    form: Option<bool>,
}

async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let s = hours::settings(visit.db()).await?;
    let c = visit.house.currency;
    let may = visit.may("service.edit");
    let body = html! {
        (ui::card(loc.t("service-parts")).body(html! { div.btn-row.wrap { @for (name, path) in PAGES {
            (ui::btn(loc.t(&format!("{name}-many"))).href(path))
        } } }))
        (ui::card(loc.t("service-hours")).body(html! { form.stack data-stay method="post" action="/service/setup" {
            (ui::hidden("version", &s.version.to_string()))
            p.sm.mut { (loc.t("service-hours-text")) }
            div.form-grid { @for (i, h) in s.hours.iter().enumerate() {
                (Field::new(format!("hours{}", i + 1), loc.t(&format!("service-day-{}", i + 1))).attr("placeholder", "09:00-12:00, 13:00-18:00").text(h))
            } }
            div.form-grid {
                (Field::new("address", loc.t("service-address")).hint(loc.t("service-address-hint")).attr("placeholder", "https://crm.example.com").text(&s.address))
                (Field::new("rate", loc.t("service-rate")).money(&number::write_scaled(s.rate, c.decimals()), c.sign()))
                (Field::new("form", loc.t("service-form")).hint(loc.t("service-form-hint")).switch(s.form))
            }
            @if may { div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) } }
        } }))
    };
    Screen::new(&visit, loc.t("nav-service_setup"), "service_setup").show(ui::page_body(body))
}

async fn save(visit: Visit, f: Fields) -> Answer {
    let text = |name: &str| f.get(name).unwrap_or("").to_owned();
    let new = Settings {
        hours: std::array::from_fn(|i| text(&format!("hours{}", i + 1))),
        address: text("address"),
        rate: match f.filled("rate") {
            Some(t) => crate::case::pages::amount(t, "rate", visit.house.currency)?,
            None => 0,
        },
        form: f.get("form").is_some(),
        version: f.need_int("version")?,
    };
    keep(&visit, &new).await?;
    go_saying(&visit, "/service/setup", &visit.loc.t("service-kept"), None)
}

async fn keep(visit: &Visit, new: &Settings) -> zhike_kernel::Result<()> {
    visit.require("service.edit")?;
    let tx = visit.ctx.begin().await?;
    hours::keep(&tx, new).await?;
    let event = zhike_store::Event {
        kind: "service.settings_changed.v1".into(),
        record_type: "process",
        ..zhike_store::Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

async fn tell(visit: Visit) -> Answer {
    let s = hours::settings(visit.db()).await?;
    let rate = number::write_scaled(s.rate, visit.house.currency.decimals());
    answer(
        StatusCode::OK,
        &json!({"version": s.version, "hours": s.hours, "address": s.address, "rate": rate, "form": s.form}),
    )
}

async fn put(visit: Visit, sent: Sent) -> Answer {
    let old = hours::settings(visit.db()).await?;
    let rate = match &sent.rate {
        Some(t) => crate::case::pages::amount(t, "rate", visit.house.currency)?,
        None => old.rate,
    };
    let new = Settings {
        hours: sent.hours.unwrap_or(old.hours),
        address: sent.address.unwrap_or(old.address),
        rate,
        form: sent.form.unwrap_or(old.form),
        version: sent.version.ok_or_else(|| Error::field("version", "error-required"))?,
    };
    keep(&visit, &new).await?;
    tell(visit).await
}

/// Business time between two moments, or so many business minutes after one.
async fn time(visit: Visit, q: Fields) -> Answer {
    let moment = |name: &str| -> zhike_kernel::Result<Option<Stamp>> {
        q.filled(name)
            .map(|t| {
                let at: jiff::Timestamp = t.parse().map_err(|_| Error::field(name, "error-not-a-moment"))?;
                Ok(Stamp(at.as_microsecond()))
            })
            .transpose()
    };
    let from = moment("from")?.unwrap_or(visit.now());
    let calendar = hours::calendar(&visit.ctx, visit.db()).await?;
    let minutes = q.int("minutes").unwrap_or(0);
    if minutes.abs() > 1_000_000 {
        return Err(Error::field("minutes", "error-too-large").into());
    }
    let until = match moment("until")? {
        Some(until) => until,
        None => calendar.add(from, minutes),
    };
    // A span that asks for centuries is no question about working hours.
    if (until.0 - from.0).abs() > 10 * 366 * 86_400 * 1_000_000 {
        return Err(Error::field("until", "error-too-large").into());
    }
    answer(
        StatusCode::OK,
        &json!({"from": from.rfc3339(), "until": until.rfc3339(), "minutes": calendar.between(from, until), "open": calendar.is_open(from)}),
    )
}
