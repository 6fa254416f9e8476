//! From state to state, and back: the buttons of an order, and the return made of it.

use crate::{lines::need, returns, rules};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Record, read, write};
use zhike_web::{
    Fields, Form, Visit,
    answer::{Answer, go, go_saying},
    ui,
};

/// The buttons in the bar: the states that may follow, and the return.
pub(crate) async fn actions(visit: &Visit, order: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let status = order.text("status");
    if order.archived_at.is_some() || !visit.may("order.edit") {
        return Ok(html! {});
    }
    let step = |to: &str| {
        let button = ui::btn(loc.t(&format!("order-to-{to}"))).submit();
        // The way forward, for the keys.
        let forward = rules::next(status).iter().find(|s| **s != "cancelled");
        let button = if forward == Some(&to) {
            button.flag("data-step").attr("title", "Ctrl/⌘ ⇧ ↵")
        } else {
            button
        };
        let button = match to {
            "confirmed" => button.icon("check"),
            "shipped" => button.icon("truck-delivery"),
            "delivered" => button.icon("checks"),
            _ => button.icon("ban").ghost().wide_only(),
        };
        html! {
            form.row data-stay method="post" action={ "/orders/" (order.id) "/status" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::hidden("to", to))
                (ui::hidden("version", &order.version.to_string()))
                (button)
            }
        }
    };
    let some_left = matches!(status, "shipped" | "delivered") || order.text("delivery") == "partly_shipped";
    let back = order.text("kind") == "sale" && some_left && visit.may("order.create");
    Ok(html! {
        @for to in rules::next(status) {
            @if *to == "cancelled" && status == "confirmed" { (crate::cancel::button(visit, order)) } @else { (step(to)) }
        }
        @if back {
            form.row data-stay method="post" action={ "/orders/" (order.id) "/return" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::btn(loc.t("order-return")).icon("arrow-back-up").ghost().submit())
            }
        }
    })
}

/// What leads to a state on a day, with the complaints of the hook if it cannot be.
pub(crate) fn steps(visit: &Visit, to: &str, on: Option<&str>) -> Result<Values> {
    let Some(word) = rules::STATUSES.iter().find(|s| **s == to) else {
        return Err(Error::field("to", "error-not-a-choice"));
    };
    let mut changes = Values::from([("status".to_owned(), Value::from(*word))]);
    let day = match on.map(str::trim).filter(|o| !o.is_empty()) {
        Some(text) => Some(zhike_store::field::parse_date(text).ok_or_else(|| Error::field("on", "error-not-a-date"))?),
        None => None,
    };
    let field = match *word {
        "shipped" => Some("shipped_on"),
        "delivered" => Some("delivered_on"),
        _ => None,
    };
    if let Some(field) = field {
        changes.insert(field.to_owned(), day.unwrap_or_else(|| visit.today()).into());
    }
    Ok(changes)
}

/// How an order comes into another state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How<'a> {
    /// On which day.
    pub on: Option<&'a str>,
    /// With what there is; the rest follows.
    pub partial: Option<bool>,
    /// Why it is cancelled, or confirmed beyond the customer's credit.
    pub reason: Option<&'a str>,
}

/// Brings an order into another state; the new version.
pub(crate) async fn advance(visit: &Visit, id: i64, to: &str, version: i64, how: How<'_>) -> Result<i64> {
    let ty = visit.registry().get("order")?.clone();
    let mut changes = steps(visit, to, how.on)?;
    if let Some(partial) = how.partial {
        changes.insert("partial".to_owned(), partial.into());
    }
    let reason = how.reason.map(str::trim).filter(|r| !r.is_empty());
    let field = match to {
        "confirmed" => Some("credit_reason"),
        "cancelled" => Some("cancel_reason"),
        _ => None,
    };
    if let (Some(field), Some(reason)) = (field, reason) {
        let reason: String = reason.chars().take(500).collect();
        changes.insert(field.to_owned(), reason.into());
    }
    let tx = visit.ctx.begin().await?;
    let version = write::update(&visit.ctx, &tx, &ty, id, version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

/// `POST /orders/{id}/status`.
pub(crate) async fn status(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let order = need(&visit, &id).await?;
    let how = How {
        on: f.filled("on"),
        partial: f.filled("partial").map(|p| p == "1"),
        reason: f.filled("reason"),
    };
    match advance(&visit, order.id, f.get("to").unwrap_or(""), f.need_int("version")?, how).await {
        // The proposal of what can leave when stands below the lines.
        Err(e)
            if matches!(
                e.code,
                "error-stock-short" | "error-credit-limit" | "error-credit-overdue"
            ) && !visit.fragment =>
        {
            go_saying(
                &visit,
                &format!("/orders/{}/lines", order.id),
                &visit.loc.error(&e),
                None,
            )
        }
        Err(e) => Err(e.into()),
        Ok(_) => go(&visit, &back_to(&f, order.id)),
    }
}

fn back_to(f: &Fields, id: i64) -> String {
    match f.filled("tab") {
        Some("lines") => format!("/orders/{id}/lines"),
        _ => format!("/orders/{id}"),
    }
}

/// `POST /orders/{id}/return`.
pub(crate) async fn take_back(visit: Visit, Path(id): Path<String>) -> Answer {
    let order = need(&visit, &id).await?;
    let new = returns::make(&visit, &order).await?;
    go(&visit, &format!("/orders/{new}/lines"))
}

/// The order behind an id, as the API shows it after a change.
pub(crate) async fn fresh(visit: &Visit, id: i64) -> Result<Record> {
    read::need(&visit.ctx, visit.db(), visit.registry().get("order")?, id).await
}
