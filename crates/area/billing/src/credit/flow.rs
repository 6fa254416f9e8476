//! Writing a credit note or a write-off from an invoice, and cancelling one.

use crate::balance;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Currency, Error, Result, Value, Values, number};
use zhike_store::{Query as _, Record, binds, read, write};
use zhike_web::{
    Form, Json, Visit,
    answer::{Answer, go_saying, json as json_answer},
    ui,
};

/// The button on an invoice of which something is open: a form with all of it filled in.
pub(crate) fn offer(visit: &Visit, invoice: &Record, ty: &'static str) -> Markup {
    let open = invoice.int("open").unwrap_or(0);
    if open <= 0 || invoice.text("status") == "void" || invoice.archived_at.is_some() {
        return html! {};
    }
    let c = Currency::parse(invoice.text("currency")).unwrap_or(visit.house.currency);
    let (path, key, icon) = match ty {
        "credit_note" => ("/credit-notes", "credit_note-make", "file-invoice"),
        _ => ("/write-offs", "write_off-make", "eraser"),
    };
    let href = format!(
        "{path}/new?invoice_id={}&currency={}&amount={}",
        invoice.id,
        c.code(),
        number::write_scaled(open, c.decimals())
    );
    html! { (ui::btn(visit.loc.t(key)).icon(icon).ghost().href(href)) }
}

/// How a document is cancelled, or that it was.
pub(crate) fn card(visit: &Visit, record: &Record, ty: &'static str) -> Markup {
    let loc = &visit.loc;
    if record.text("status") == "cancelled" {
        let words = loc.tv(
            "credit-was-cancelled",
            &[
                ("day", record.text("cancelled_on").into()),
                ("why", record.text("cancel_reason").into()),
            ],
        );
        return ui::callout(ui::Tone::Quiet, words);
    }
    if !visit.may(&format!("{ty}.edit")) {
        return html! {};
    }
    let path = match ty {
        "credit_note" => "/credit-notes",
        _ => "/write-offs",
    };
    let why = ui::Field::new("why", loc.t("credit-cancel-why")).required(true);
    let form = html! {
        form.stack method="post" action={ (path) "/" (record.id) "/cancel" } {
            (ui::hidden("csrf", &visit.csrf))
            (ui::hidden("version", &record.version.to_string()))
            (why.text(""))
            div.btn-row.end { (ui::btn(loc.t("credit-cancel")).danger().small().submit()) }
        }
    };
    html! { (ui::card(loc.t("credit-cancel")).note(loc.t("credit-cancel-note")).body(form)) }
}

/// What was credited and written off an invoice.
pub(crate) async fn list(visit: &Visit, invoice: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = Currency::parse(invoice.text("currency")).unwrap_or(visit.house.currency);
    let sql = "SELECT CAST(0 AS BIGINT) AS small, id, number, issued_on, amount, reason, status FROM billing_credit_note \
               WHERE invoice_id = $1 AND archived_at IS NULL UNION ALL \
               SELECT CAST(1 AS BIGINT), id, number, issued_on, amount, reason, status FROM billing_write_off \
               WHERE invoice_id = $2 AND archived_at IS NULL ORDER BY 4, 1, 2 LIMIT 200";
    let rows = visit.db().all(sql, binds![invoice.id, invoice.id]).await?;
    if rows.is_empty() {
        return Ok(html! {});
    }
    let mut lines = vec![];
    for r in &rows {
        let (ty, path) = match r.int(0)? {
            0 => ("credit_note", "/credit-notes"),
            _ => ("write_off", "/write-offs"),
        };
        let status = r.text(6)?;
        lines.push(html! { tr {
            td { (loc.t(&format!("{ty}-one"))) " " a.link.num href={ (path) "/" (r.int(1)?) } { (r.text(2)?) } }
            td.num { (r.text(3)?) }
            td { (loc.t(&format!("{ty}-reason-{}", r.text(5)?))) }
            td { (loc.t(&format!("{ty}-status-{status}"))) }
            td.r { (ui::money_full(loc, r.int(4)?, c)) }
        } });
    }
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("account-document")) }
                th scope="col" { (loc.t("credit_note-issued_on")) }
                th scope="col" { (loc.t("credit_note-reason")) }
                th scope="col" { (loc.t("credit_note-status")) }
                th.r scope="col" { (loc.t("credit_note-amount")) }
            } }
            tbody { @for l in &lines { (l) } }
        }
    };
    Ok(html! { (ui::card(loc.t("invoice-credits")).flush(table)) })
}

async fn cancel(visit: &Visit, ty: &str, id: &str, version: i64, why: &str) -> Result<i64> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let why: String = why.trim().chars().take(500).collect();
    if why.is_empty() {
        return Err(Error::field("why", "error-required"));
    }
    let ctx = &visit.ctx;
    ctx.require(&format!("{ty}.edit"))?;
    let ty = visit.registry().get(ty)?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    balance::lock(&tx, &[record.int("invoice_id").unwrap_or(0)], &[]).await?;
    if record.text("status") == "cancelled" {
        return Err(Error::refused("error-credit-cancelled"));
    }
    let changes = Values::from([
        ("status".to_owned(), Value::from("cancelled")),
        ("cancelled_on".to_owned(), ctx.today().into()),
        ("cancel_reason".to_owned(), why.into()),
    ]);
    write::update_from(ctx, &tx, &ty, record, version, changes).await?;
    tx.commit().await?;
    Ok(id)
}

/// `POST /credit-notes/{id}/cancel`, `POST /write-offs/{id}/cancel`.
pub(crate) async fn cancel_page(ty: &'static str, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = cancel(&visit, ty, &id, f.need_int("version")?, f.get("why").unwrap_or("")).await?;
    let to = visit.registry().get(ty)?.url(id);
    go_saying(&visit, &to, &visit.loc.t("credit-cancelled"), None)
}

/// What a program sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    why: String,
    version: Option<i64>,
}

/// `POST /api/v1/credit-notes/{id}/cancel`, `POST /api/v1/write-offs/{id}/cancel`.
pub(crate) async fn cancel_api(ty: &'static str, visit: Visit, Path(id): Path<String>, Json(ask): Json<Ask>) -> Answer {
    let id = cancel(&visit, ty, &id, crate::said(ask.version)?, &ask.why).await?;
    let record = read::need(&visit.ctx, visit.db(), visit.registry().get(ty)?, id).await?;
    json_answer(
        StatusCode::OK,
        &json!({"id": id, "version": record.version, "status": record.text("status")}),
    )
}
