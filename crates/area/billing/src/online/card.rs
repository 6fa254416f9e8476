//! The payment link on an invoice: made, copied, taken back; and what came of it.

use super::{
    link::{self, Link},
    post,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use zhike_kernel::{Currency, Error, Result, Stamp};
use zhike_store::{Ctx, Query, Record, binds, read};
use zhike_web::{
    Visit,
    answer::{Answer, go_saying, json as json_answer},
    ui,
};

/// The payment link of an invoice was taken back.
const REVOKED: &str = "invoice.link_revoked.v1";

/// A session as the card shows it.
struct Shown {
    state: String,
    amount: i64,
    currency: String,
    at: Stamp,
    error: Option<(String, String)>,
    payment: Option<i64>,
}

async fn sessions(q: &dyn Query, invoice: i64) -> Result<Vec<Shown>> {
    let sql = "SELECT state, amount, currency, created_at, error, payment_id FROM billing_pay_session WHERE invoice_id = $1 \
               ORDER BY id DESC LIMIT 10";
    let rows = q.all(sql, binds![invoice]).await?;
    rows.iter()
        .map(|r| {
            let error = r.opt_text(4)?;
            Ok(Shown {
                state: r.text(0)?,
                amount: r.int(1)?,
                currency: r.text(2)?,
                at: Stamp(r.int(3)?),
                error: error.and_then(|e| e.split_once('|').map(|(a, b)| (a.to_owned(), b.to_owned()))),
                payment: r.opt_int(5)?,
            })
        })
        .collect()
}

/// The error of a session in words.
fn words(visit: &Visit, (code, why): &(String, String)) -> String {
    visit.loc.tv(
        code,
        &[
            ("why", why.as_str().into()),
            ("status", "".into()),
            ("seconds", i64::try_from(zhike_outward::SECONDS).unwrap_or(0).into()),
        ],
    )
}

fn payable(invoice: &Record) -> bool {
    invoice.text("status") == "open" && invoice.int("open").unwrap_or(0) > 0 && invoice.archived_at.is_none()
}

/// The card on an invoice.
pub(crate) async fn card(visit: &Visit, invoice: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = link::of_invoice(visit.db(), "pay", invoice.id).await?;
    let done = sessions(visit.db(), invoice.id).await?;
    let may = visit.may("invoice.edit");
    if all.is_empty() && (!may || !payable(invoice)) {
        return Ok(html! {});
    }
    let now = visit.now();
    let live = all.iter().find(|l| l.good(now));
    let form = |what: &str, button: ui::Btn| {
        html! { form method="post" action={ "/invoices/" (invoice.id) "/pay-link" (what) } style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (button) } }
    };
    let body = html! {
        div.stack {
            @match live {
                Some(l) => {
                    @let address = l.address(&visit.app.secret);
                    div.row {
                        a.link.ell data-pay-link href=(address) target="_blank" rel="noopener" { (loc.t("pay-link-open")) }
                        span.sp {}
                        (ui::icon_btn("copy", loc.t("pay-link-copy")).small().attr("data-copy", &address))
                    }
                    p.xs.dim { (loc.tv("pay-link-note", &[("day", loc.date_iso(loc.day_of(l.ends_at)).into())])) }
                    p.sm.mut { @match l.opened_at {
                        Some(at) => (loc.tv("pay-link-opened", &[("at", loc.stamp(at).into()), ("n", l.opens.into())])),
                        None => (loc.t("pay-link-unopened")),
                    } }
                    @if may { (form("/revoke", ui::btn(loc.t("pay-link-revoke")).icon("ban").small().danger().submit())) }
                },
                None if may && payable(invoice) => {
                    p.sm.mut { (loc.t(if all.is_empty() { "pay-link-none" } else { "pay-link-ended" })) }
                    (form("", ui::btn(loc.t("pay-link-make")).icon("link").small().submit()))
                },
                None => p.sm.mut { (loc.t("pay-link-ended")) },
            }
            @for s in &done {
                @let c = Currency::parse(&s.currency).unwrap_or(visit.house.currency);
                div {
                    div.row {
                        span.sm { (loc.t(&format!("pay-session-{}", s.state))) } span.sp {}
                        @if let Some(payment) = s.payment { a.link.sm href={ "/payments/" (payment) "/allocation" } { (ui::money_full(loc, s.amount, c)) } }
                        @else { (ui::money_full(loc, s.amount, c)) }
                    }
                    p.xs.dim { (loc.stamp(s.at)) }
                    @if let Some(e) = s.error.as_ref().filter(|_| s.state != "paid") { p.xs.bad { (words(visit, e)) } }
                }
            }
        }
    };
    Ok(maud::Render::render(&ui::card(loc.t("pay-link-title")).body(body)))
}

async fn make_in(visit: &Visit, id: &str) -> Result<Link> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    make_for(&visit.ctx, id).await
}

/// The link of an invoice, a new one if none is good.
pub(crate) async fn make_for(ctx: &Ctx, id: i64) -> Result<Link> {
    ctx.require("invoice.edit")?;
    let tx = ctx.begin().await?;
    crate::balance::lock(&tx, &[id], &[]).await?;
    let invoice = read::need(ctx, &tx, ctx.registry().get("invoice")?, id).await?;
    if !payable(&invoice) {
        return Err(Error::refused("error-pay-link-closed"));
    }
    // One link at a time: the one that is good stays.
    let now = tx.at;
    if let Some(l) = link::of_invoice(&tx, "pay", id)
        .await?
        .into_iter()
        .find(|l| l.good(now))
    {
        return Ok(l);
    }
    let made = link::make(&tx, "pay", id).await?;
    post::tell(ctx, &tx, &invoice, "invoice.link_made.v1", "").await?;
    tx.commit().await?;
    Ok(made)
}

/// Ends the links of a kind to an invoice; the invoice and how many there were.
pub(crate) async fn end(visit: &Visit, id: &str, kind: &str, event: &str) -> Result<(i64, u64)> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ctx = &visit.ctx;
    ctx.require("invoice.edit")?;
    let tx = ctx.begin().await?;
    let invoice = read::need(ctx, &tx, ctx.registry().get("invoice")?, id).await?;
    let n = link::revoke(&tx, kind, id).await?;
    if n == 0 {
        return Err(Error::refused("error-pay-link-none"));
    }
    post::tell(ctx, &tx, &invoice, event, "").await?;
    tx.commit().await?;
    Ok((id, n))
}

/// `POST /invoices/{id}/pay-link`.
pub(crate) async fn make(visit: Visit, Path(id): Path<String>) -> Answer {
    let l = make_in(&visit, &id).await?;
    go_saying(
        &visit,
        &format!("/invoices/{}", l.invoice),
        &visit.loc.t("pay-link-made"),
        None,
    )
}

/// `POST /invoices/{id}/pay-link/revoke`.
pub(crate) async fn revoke(visit: Visit, Path(id): Path<String>) -> Answer {
    let (id, _) = end(&visit, &id, "pay", REVOKED).await?;
    go_saying(
        &visit,
        &format!("/invoices/{id}"),
        &visit.loc.t("pay-link-revoked"),
        None,
    )
}

fn told(visit: &Visit, l: &Link) -> Any {
    json!({"id": l.id, "url": l.address(&visit.app.secret), "made_at": l.made_at.rfc3339(), "ends_at": l.ends_at.rfc3339(),
        "good": l.good(visit.now()), "opens": l.opens, "opened_at": l.opened_at.map(Stamp::rfc3339)})
}

/// `GET /api/v1/invoices/{id}/pay-links`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let invoice = read::need(&visit.ctx, visit.db(), visit.registry().get("invoice")?, id).await?;
    let links: Vec<Any> = link::of_invoice(visit.db(), "pay", invoice.id)
        .await?
        .iter()
        .map(|l| {
            let mut one = told(&visit, l);
            // Who may not make a link does not get one either.
            if !visit.may("invoice.edit") {
                one["url"] = Any::Null;
            }
            one
        })
        .collect();
    let sessions: Vec<Any> = sessions(visit.db(), invoice.id)
        .await?
        .iter()
        .map(|s| {
            let c = Currency::parse(&s.currency).unwrap_or(visit.house.currency);
            json!({"state": s.state, "amount": zhike_kernel::number::write_scaled(s.amount, c.decimals()), "currency": s.currency,
                "created_at": s.at.rfc3339(), "payment_id": s.payment, "error": s.error.as_ref().map(|e| words(&visit, e))})
        })
        .collect();
    json_answer(StatusCode::OK, &json!({"links": links, "sessions": sessions}))
}

/// `POST /api/v1/invoices/{id}/pay-links`.
pub(crate) async fn api_make(visit: Visit, Path(id): Path<String>) -> Answer {
    let l = make_in(&visit, &id).await?;
    json_answer(StatusCode::CREATED, &told(&visit, &l))
}

/// `POST /api/v1/invoices/{id}/pay-links/revoke`.
pub(crate) async fn api_revoke(visit: Visit, Path(id): Path<String>) -> Answer {
    let (_, n) = end(&visit, &id, "pay", REVOKED).await?;
    json_answer(StatusCode::OK, &json!({ "revoked": n }))
}
