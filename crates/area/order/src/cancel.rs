//! Cancelling: a confirmed order with a reason, and of one that has left in part the rest of it.

use crate::{amend, lines::need, shipment, totals};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Door, Error, Result, Value, Values, money::mul_div};
use zhike_store::{Ctx, Record, read, write};
use zhike_web::{
    Form, Json, Visit,
    answer::{Answer, go, json as answer},
    ui,
};

/// The button on a confirmed order, which asks for the reason: to cancel it, or what of it has not left.
pub(crate) fn button(visit: &Visit, order: &Record) -> Markup {
    let loc = &visit.loc;
    let some_left = !order.text("delivery").is_empty();
    let (path, key) = match some_left {
        true => ("cancel-rest", "order-cancel-rest"),
        false => ("status", "order-to-cancelled"),
    };
    let body = html! {
        form.stack method="post" action={ "/orders/" (order.id) "/" (path) } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("to", "cancelled"))
            (ui::hidden("version", &order.version.to_string()))
            @if some_left { p.mut { (loc.t("order-cancel-rest-note")) } }
            (ui::Field::new("reason", loc.t("order-cancel_reason")).required(true).text(""))
            div.btn-row.end { (ui::btn(loc.t(key)).danger().submit()) }
        }
    };
    html! {
        (ui::btn(loc.t(key)).icon("ban").ghost().wide_only().opens("cancel-order"))
        (ui::dialog("cancel-order", &loc.t(key), body))
    }
}

async fn rest(visit: &Visit, id: &str, version: i64, reason: &str) -> Result<i64> {
    let ctx = &visit.ctx;
    ctx.require("order.edit")?;
    let reason: String = reason.trim().chars().take(500).collect();
    if reason.is_empty() {
        return Err(Error::field("reason", "error-order-cancel-reason"));
    }
    let order = need(visit, id).await?;
    let tx = ctx.begin().await?;
    totals::lock(&tx, &[order.id]).await?;
    let order = read::need(ctx, &tx, visit.registry().get("order")?, order.id).await?;
    if order.version != version {
        return Err(Error::stale());
    }
    let before = shipment::progress::of(&tx, order.id).await?;
    if order.text("status") != "confirmed" || before.iter().all(|l| l.left == 0) {
        return Err(Error::refused("error-order-no-rest"));
    }
    shipment::drop_drafts(ctx, &tx, order.id).await?;
    amend::begin(&tx, ctx, order.id).await?;
    // Prices stay as they were agreed on: fewer pieces do not make them dearer.
    let quiet = Ctx::system(&ctx.house, Door::Job);
    let ty = visit.registry().get("order_line")?.clone();
    for line in before.iter().filter(|l| l.left < l.quantity) {
        let record = read::need(&quiet, &tx, &ty, line.id).await?;
        let version = record.version;
        if line.left == 0 {
            write::archive(&quiet, &tx, &ty, line.id, version, true).await?;
            continue;
        }
        let discount = mul_div(record.int("discount").unwrap_or(0), line.left, line.quantity).unwrap_or(0);
        let mut changes = Values::from([("quantity".to_owned(), Value::from(line.left))]);
        if discount != 0 {
            changes.insert("discount".to_owned(), discount.into());
        }
        write::update_from(&quiet, &tx, &ty, record, version, changes).await?;
    }
    let head = Values::from([("cancel_reason".to_owned(), Value::from(reason.as_str()))]);
    // What is kept for the rest is let go, the order follows, and what is to be invoiced is counted anew.
    write::update(ctx, &tx, visit.registry().get("order")?, order.id, version, head).await?;
    shipment::follow(ctx, &tx, order.id, false).await?;
    amend::keep(&tx, ctx, order.id).await?;
    amend::say(&tx, order.id, &reason).await?;
    tx.commit().await?;
    Ok(order.id)
}

/// `POST /orders/{id}/cancel-rest`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = rest(&visit, &id, f.need_int("version")?, f.get("reason").unwrap_or("")).await?;
    go(&visit, &format!("/orders/{id}/shipments"))
}

/// What programs send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    version: i64,
    reason: String,
}

/// `POST /api/v1/orders/{id}/cancel-rest`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>, Json(ask): Json<Ask>) -> Answer {
    let id = rest(&visit, &id, ask.version, &ask.reason).await?;
    let order = crate::flow::fresh(&visit, id).await?;
    answer(
        StatusCode::OK,
        &json!({"id": id, "version": order.version, "status": order.text("status")}),
    )
}
