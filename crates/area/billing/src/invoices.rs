//! Making an invoice void, and the order in which invoices are made.

use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Record, Tx, binds, read, write};
use zhike_web::{
    Form, Json, Visit,
    answer::{Answer, go, json as json_answer},
    ui,
};

/// One maker of invoices after the other: what is invoiced is counted after those before are done.
pub(crate) async fn queue(tx: &Tx) -> Result<()> {
    series(tx, "invoice", "I-").await
}

/// One after the other, also on PostgreSQL: whoever takes numbers of a series waits here for the one before.
pub(crate) async fn series(tx: &Tx, name: &str, prefix: &str) -> Result<()> {
    // The very first finds no series to wait for.
    tx.exec(
        "INSERT INTO numbering (series, prefix, width, next) VALUES ($1,$2,6,1) ON CONFLICT (series) DO NOTHING",
        binds![name, prefix],
    )
    .await?;
    tx.exec("UPDATE numbering SET next = next WHERE series = $1", binds![name])
        .await
        .map(|_| ())
}

/// The button on an invoice that nothing was paid on.
pub(crate) fn void_action(visit: &Visit, invoice: &Record) -> Markup {
    let free = invoice.text("status") == "open" && invoice.int("paid") == Some(0) && invoice.archived_at.is_none();
    html! {
        @if free {
            form.row data-stay method="post" action={ "/invoices/" (invoice.id) "/void" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::hidden("version", &invoice.version.to_string()))
                (ui::btn(visit.loc.t("invoice-void")).icon("ban").ghost().submit())
            }
        }
    }
}

async fn make_void(visit: &Visit, id: &str, version: i64) -> Result<i64> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("invoice")?.clone();
    let ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    crate::balance::lock(&tx, &[id], &[]).await?;
    let invoice = read::need(ctx, &tx, &ty, id).await?;
    if invoice.text("status") == "void" {
        return Err(Error::refused("error-invoice-void"));
    }
    let changes = Values::from([("status".to_owned(), Value::from("void"))]);
    ctx.require("invoice.edit")?;
    write::update_from(ctx, &tx, &ty, invoice, version, changes).await?;
    tx.commit().await?;
    Ok(id)
}

/// `POST /invoices/{id}/void`.
pub(crate) async fn void(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = make_void(&visit, &id, f.need_int("version")?).await?;
    go(&visit, &format!("/invoices/{id}"))
}

/// Which version is made void.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    version: Option<i64>,
}

/// `POST /api/v1/invoices/{id}/void`.
pub(crate) async fn api_void(visit: Visit, Path(id): Path<String>, Json(ask): Json<Ask>) -> Answer {
    let id = make_void(&visit, &id, crate::said(ask.version)?).await?;
    let invoice = read::need(&visit.ctx, visit.db(), visit.registry().get("invoice")?, id).await?;
    json_answer(
        StatusCode::OK,
        &json!({"id": id, "version": invoice.version, "status": invoice.text("status")}),
    )
}
