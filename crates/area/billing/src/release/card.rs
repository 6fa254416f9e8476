//! The card on an invoice: the link for downloads, how often and when what was fetched, taking it back.

use super::{KIND, goods};
use crate::online::{
    end,
    link::{self, Link},
    tell,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Query, Record, binds, read};
use zhike_web::{
    Visit,
    answer::{Answer, go_saying, json as json_answer},
    ui,
};

/// The downloads of an invoice were closed.
const CLOSED: &str = "invoice.downloads_closed.v1";

/// What was fetched: name, how often, when last.
async fn fetched(q: &dyn Query, invoice: i64) -> Result<Vec<(String, i64, Stamp)>> {
    let sql = "SELECT d.name, count(*), MAX(d.at) FROM billing_download d JOIN billing_link l ON l.id = d.link_id \
               WHERE l.invoice_id = $1 GROUP BY d.attachment_id, d.name ORDER BY MAX(d.at) DESC LIMIT 20";
    let rows = q.all(sql, binds![invoice]).await?;
    rows.iter()
        .map(|r| Ok((r.text(0)?, r.int(1)?, Stamp(r.int(2)?))))
        .collect()
}

/// The card.
pub(super) async fn card(visit: &Visit, invoice: &Record) -> Result<Markup> {
    let house = Ctx::system(&visit.house, visit.door);
    let all = link::of_invoice(visit.db(), KIND, invoice.id).await?;
    if all.is_empty() && (invoice.int("order_id").is_none() || goods::of(&house, invoice).await?.is_empty()) {
        return Ok(html! {});
    }
    let loc = &visit.loc;
    let may = visit.may("invoice.edit");
    let now = visit.now();
    let live = all.iter().find(|l| l.good(now));
    let ready = goods::missing(&house, invoice).await?.is_none();
    let done = fetched(visit.db(), invoice.id).await?;
    let form = |what: &str, button: ui::Btn| {
        html! { form method="post" action={ "/invoices/" (invoice.id) "/downloads" (what) } style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (button) } }
    };
    let body = html! {
        div.stack {
            p.sm.mut { (loc.t(if ready { "download-ready" } else { "download-waits" })) }
            @match live {
                Some(l) => {
                    @let address = l.address(&visit.app.secret);
                    div.row {
                        a.link.ell data-download-link href=(address) target="_blank" rel="noopener" { (loc.t("pay-link-open")) }
                        span.sp {}
                        (ui::icon_btn("copy", loc.t("pay-link-copy")).small().attr("data-copy", &address))
                    }
                    p.xs.dim { (loc.tv("pay-link-note", &[("day", loc.date_iso(loc.day_of(l.ends_at)).into())])) }
                    @if may { (form("/revoke", ui::btn(loc.t("pay-link-revoke")).icon("ban").small().danger().submit())) }
                },
                None if may => (form("", ui::btn(loc.t("download-make")).icon("link").small().submit())),
                None => p.sm.mut { (loc.t("pay-link-ended")) },
            }
            @for (name, n, at) in &done {
                div { span.sm { (name) } p.xs.dim { (loc.tv("download-count", &[("n", (*n).into()), ("at", loc.stamp(*at).into())])) } }
            }
        }
    };
    Ok(maud::Render::render(&ui::card(loc.t("download-title")).body(body)))
}

async fn make_in(visit: &Visit, id: &str) -> Result<Link> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ctx = &visit.ctx;
    ctx.require("invoice.edit")?;
    let house = Ctx::system(&visit.house, visit.door);
    let seen = read::need(ctx, ctx.db(), ctx.registry().get("invoice")?, id).await?;
    if seen.text("status") == "void" || seen.archived_at.is_some() || goods::of(&house, &seen).await?.is_empty() {
        return Err(Error::refused("error-download-nothing"));
    }
    let tx = ctx.begin().await?;
    crate::balance::lock(&tx, &[id], &[]).await?;
    let now = tx.at;
    if let Some(l) = link::of_invoice(&tx, KIND, id).await?.into_iter().find(|l| l.good(now)) {
        return Ok(l);
    }
    let made = link::make(&tx, KIND, id).await?;
    tell(ctx, &tx, &seen, "invoice.downloads_opened.v1", "").await?;
    tx.commit().await?;
    Ok(made)
}

/// `POST /invoices/{id}/downloads`.
pub(super) async fn make(visit: Visit, Path(id): Path<String>) -> Answer {
    let l = make_in(&visit, &id).await?;
    go_saying(
        &visit,
        &format!("/invoices/{}", l.invoice),
        &visit.loc.t("download-made"),
        None,
    )
}

/// `POST /invoices/{id}/downloads/revoke`.
pub(super) async fn revoke(visit: Visit, Path(id): Path<String>) -> Answer {
    let (id, _) = end(&visit, &id, KIND, CLOSED).await?;
    go_saying(
        &visit,
        &format!("/invoices/{id}"),
        &visit.loc.t("pay-link-revoked"),
        None,
    )
}

/// `GET /api/v1/invoices/{id}/downloads`.
pub(super) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let invoice = read::need(&visit.ctx, visit.db(), visit.registry().get("invoice")?, id).await?;
    let house = Ctx::system(&visit.house, visit.door);
    let now = visit.now();
    let may = visit.may("invoice.edit");
    let links: Vec<Any> = link::of_invoice(visit.db(), KIND, invoice.id)
        .await?
        .iter()
        .map(|l| {
            json!({"id": l.id, "url": may.then(|| l.address(&visit.app.secret)), "good": l.good(now), "opens": l.opens,
                "made_at": l.made_at.rfc3339(), "ends_at": l.ends_at.rfc3339()})
        })
        .collect();
    let done: Vec<Any> = fetched(visit.db(), invoice.id)
        .await?
        .into_iter()
        .map(|(name, n, at)| json!({"file": name, "count": n, "last_at": at.rfc3339()}))
        .collect();
    let ready = goods::missing(&house, &invoice).await?.is_none();
    json_answer(
        StatusCode::OK,
        &json!({"links": links, "downloads": done, "released": ready}),
    )
}

/// `POST /api/v1/invoices/{id}/downloads`.
pub(super) async fn api_make(visit: Visit, Path(id): Path<String>) -> Answer {
    let l = make_in(&visit, &id).await?;
    let body = json!({"id": l.id, "url": l.address(&visit.app.secret), "ends_at": l.ends_at.rfc3339()});
    json_answer(StatusCode::CREATED, &body)
}

/// `POST /api/v1/invoices/{id}/downloads/revoke`.
pub(super) async fn api_revoke(visit: Visit, Path(id): Path<String>) -> Answer {
    let (_, n) = end(&visit, &id, KIND, CLOSED).await?;
    json_answer(StatusCode::OK, &json!({ "revoked": n }))
}
