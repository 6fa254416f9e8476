//! What holds for all orders of the company: the tax rate of a line whose product names none.

use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Kind, Result, Value};
use zhike_store::{Event, Field, FieldKind, Query, setting};
use zhike_web::{
    Form, Json, Screen, Visit,
    answer::{Answer, go_saying, html_with, json as json_answer, status},
    ui,
};

/// Name of the setting; parts per million.
const TAX: &str = "order.tax_rate";
/// Kind of the event that a change leaves behind.
pub(crate) const CHANGED: &str = "order.settings_changed.v1";

/// The company's usual tax rate, if it named one.
pub(crate) async fn tax_rate(q: &dyn Query) -> Result<Option<i64>> {
    Ok(setting::get(q, TAX).await?.and_then(|text| text.parse().ok()))
}

fn field() -> Field {
    Field::new("tax_rate", FieldKind::Rate)
}

async fn save(visit: &Visit, text: &str) -> Result<()> {
    visit.require("order.settings")?;
    let value = field()
        .parse(text, visit.house.currency)
        .map_err(|e| Error::fields(vec![e]))?;
    if value.int().is_some_and(|rate| !(0..=1_000_000).contains(&rate)) {
        return Err(Error::field("tax_rate", "error-order-rate"));
    }
    let tx = visit.ctx.begin().await?;
    let old = tax_rate(&tx).await?;
    if old == value.int() {
        return Ok(());
    }
    let kept = value.int().map(|i| i.to_string()).unwrap_or_default();
    setting::set(&tx, TAX, &kept).await?;
    let words = |rate: Option<i64>| field().write(&rate.map_or(Value::Null, Value::Int), visit.house.currency);
    let event = Event {
        kind: CHANGED.into(),
        record_type: "order",
        note: Some(format!("tax_rate: {} → {}", words(old), words(value.int()))),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

fn draw(visit: &Visit, text: &str, error: Option<&Error>) -> Markup {
    let loc = &visit.loc;
    let wrong = error.and_then(|e| e.fields.first()).map(|f| loc.field_error(f));
    let body = html! {
        form.stack.l method="post" action="/settings/orders" novalidate {
            (ui::hidden("csrf", &visit.csrf))
            (ui::Field::new("tax_rate", loc.t("order-settings-tax")).hint(loc.t("order-settings-tax-hint")).error(wrong).number(text))
            (ui::submit_row(loc, None, &loc.t("web-save")))
        }
    };
    Screen::new(visit, loc.t("nav-order-settings"), "order-settings")
        .markup(html! { div.page { (ui::card(String::new()).body(body)) } })
}

/// `GET /settings/orders`.
pub(crate) async fn show(visit: Visit) -> Answer {
    let rate = tax_rate(visit.db()).await?;
    let text = field().write(&rate.map_or(Value::Null, Value::Int), visit.house.currency);
    zhike_web::answer::html(draw(&visit, &text, None))
}

/// `POST /settings/orders`.
pub(crate) async fn post(visit: Visit, Form(f): Form) -> Answer {
    let text = f.get("tax_rate").unwrap_or("");
    match save(&visit, text).await {
        Ok(()) => go_saying(&visit, "/settings/orders", &visit.loc.t("records-said-saved"), None),
        Err(e) if e.kind == Kind::Invalid => html_with(status(e.kind), draw(&visit, text, Some(&e))),
        Err(e) => Err(e.into()),
    }
}

/// `GET /api/v1/order-settings`.
pub(crate) async fn api_show(visit: Visit) -> Answer {
    let rate = tax_rate(visit.db()).await?;
    let text = rate.map(|r| field().write(&Value::Int(r), visit.house.currency));
    json_answer(StatusCode::OK, &json!({ "tax_rate": text }))
}

/// Body of `PUT /api/v1/order-settings`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// In percent, as a decimal; nothing takes it away.
    tax_rate: Option<String>,
}

/// `PUT /api/v1/order-settings`.
pub(crate) async fn api_put(visit: Visit, Json(body): Json<Settings>) -> Answer {
    save(&visit, body.tax_rate.as_deref().unwrap_or("")).await?;
    api_show(visit).await
}
