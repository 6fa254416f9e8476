//! How orders are invoiced, and how long a customer may be overdue and still buy.

use super::figures::{BY, by_shipment};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Event, Query, setting};
use zhike_web::{
    Form, Json, NavItem, Screen, Visit,
    answer::{Answer, go_saying, html as answer_html, html_with, json as json_answer, status},
    ui,
};

/// Name of the setting: days; empty when nobody looks.
const DAYS: &str = "billing.overdue_days";
/// Kind of the event that a change leaves behind.
pub(crate) const CHANGED: &str = "billing.settings_changed.v1";

pub(crate) fn nav() -> NavItem {
    NavItem {
        key: "invoicing-settings",
        icon: "adjustments",
        path: "/settings/invoicing",
        section: "house",
        permission: "system.view",
        order: 41,
    }
}

/// More days overdue than these, and nothing is confirmed.
pub(crate) async fn overdue_days(q: &dyn Query) -> Result<Option<i64>> {
    Ok(setting::get(q, DAYS).await?.and_then(|t| t.parse().ok()))
}

fn word(by_shipment: bool) -> &'static str {
    if by_shipment { "shipment" } else { "order" }
}

async fn save(visit: &Visit, by: &str, days: &str) -> Result<()> {
    visit.require("system.edit")?;
    if !matches!(by, "order" | "shipment") {
        return Err(Error::field("invoice_by", "error-not-a-choice"));
    }
    let days = days.trim();
    if !days.is_empty() && !days.parse::<i64>().is_ok_and(|d| (0..=3_650).contains(&d)) {
        return Err(Error::field("overdue_days", "error-overdue-days"));
    }
    let tx = visit.ctx.begin().await?;
    let old = (
        word(by_shipment(&tx).await?),
        overdue_days(&tx).await?.map(|d| d.to_string()).unwrap_or_default(),
    );
    if old == (by, days.to_owned()) {
        return Ok(());
    }
    setting::set(&tx, BY, by).await?;
    setting::set(&tx, DAYS, days).await?;
    let event = Event {
        kind: CHANGED.into(),
        record_type: "setting",
        note: Some(format!(
            "invoice_by: {} → {by}, overdue_days: {} → {days}",
            old.0, old.1
        )),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

fn draw(visit: &Visit, by: &str, days: &str, error: Option<&Error>) -> Markup {
    let loc = &visit.loc;
    let wrong = |name: &str| {
        let found = error.and_then(|e| e.fields.iter().find(|f| f.field == name));
        found.map(|f| loc.field_error(f))
    };
    let choices = ["order", "shipment"].map(|w| ui::Choice::new(w, loc.t(&format!("invoicing-by-{w}"))));
    let body = html! {
        form.stack.l method="post" action="/settings/invoicing" novalidate {
            (ui::hidden("csrf", &visit.csrf))
            (ui::Field::new("invoice_by", loc.t("invoicing-by")).hint(loc.t("invoicing-by-hint")).error(wrong("invoice_by")).segmented(&choices, by))
            (ui::Field::new("overdue_days", loc.t("invoicing-days")).hint(loc.t("invoicing-days-hint")).error(wrong("overdue_days")).number(days))
            @if visit.may("system.edit") { (ui::submit_row(loc, None, &loc.t("web-save"))) }
        }
    };
    Screen::new(visit, loc.t("nav-invoicing-settings"), "invoicing-settings")
        .markup(html! { div.page { (ui::card(String::new()).body(body)) } })
}

/// `GET /settings/invoicing`.
pub(crate) async fn show(visit: Visit) -> Answer {
    let by = word(by_shipment(visit.db()).await?);
    let days = overdue_days(visit.db())
        .await?
        .map(|d| d.to_string())
        .unwrap_or_default();
    answer_html(draw(&visit, by, &days, None))
}

/// `POST /settings/invoicing`.
pub(crate) async fn post(visit: Visit, Form(f): Form) -> Answer {
    let (by, days) = (f.get("invoice_by").unwrap_or(""), f.get("overdue_days").unwrap_or(""));
    match save(&visit, by, days).await {
        Ok(()) => go_saying(&visit, "/settings/invoicing", &visit.loc.t("records-said-saved"), None),
        Err(e) if e.kind == Kind::Invalid => html_with(status(e.kind), draw(&visit, by, days, Some(&e))),
        Err(e) => Err(e.into()),
    }
}

/// `GET /api/v1/invoicing-settings`.
pub(crate) async fn api_show(visit: Visit) -> Answer {
    let by = word(by_shipment(visit.db()).await?);
    let days = overdue_days(visit.db()).await?;
    json_answer(StatusCode::OK, &json!({"invoice_by": by, "overdue_days": days}))
}

/// Body of `PUT /api/v1/invoicing-settings`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    invoice_by: String,
    overdue_days: Option<i64>,
}

/// `PUT /api/v1/invoicing-settings`.
pub(crate) async fn api_put(visit: Visit, Json(body): Json<Settings>) -> Answer {
    let days = body.overdue_days.map(|d| d.to_string()).unwrap_or_default();
    save(&visit, &body.invoice_by, &days).await?;
    api_show(visit).await
}
