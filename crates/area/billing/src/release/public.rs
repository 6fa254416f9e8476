//! The customer's page of downloads: the files, or why they are not there yet.

use super::{KIND, goods};
use crate::online::{link, tell};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
};
use maud::{Markup, html};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query as _, Record, binds, read};
use zhike_web::{
    Query, Visit,
    answer::{Answer, html_with},
    files, ui,
};

async fn open(visit: &Visit, token: &str) -> Result<(link::Link, Record)> {
    let found = link::need(&visit.ctx, &visit.app.secret, KIND, token, &visit.peer).await?;
    let house = Ctx::system(&visit.house, visit.door);
    let invoice = read::find(&house, house.db(), house.registry().get("invoice")?, found.invoice).await?;
    let invoice = invoice.filter(|i| i.archived_at.is_none()).ok_or_else(Error::missing)?;
    Ok((found, invoice))
}

/// Why nothing is handed out.
enum No {
    Revoked,
    Expired,
    Void,
    Unpaid(String),
}

async fn no(visit: &Visit, house: &Ctx, l: &link::Link, invoice: &Record) -> Result<Option<No>> {
    if l.revoked {
        return Ok(Some(No::Revoked));
    }
    if !l.good(visit.now()) {
        return Ok(Some(No::Expired));
    }
    if invoice.text("status") == "void" {
        return Ok(Some(No::Void));
    }
    let missing = goods::missing(house, invoice).await?;
    Ok(missing.map(|(amount, c)| No::Unpaid(visit.loc.money_full(amount, c))))
}

/// `GET /get/{token}`.
pub(super) async fn page(visit: Visit, Path(token): Path<String>, Query(q): Query) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "look").await?;
    let (l, invoice) = open(&visit, &token).await?;
    let visit = visit.speaking(&q, None);
    let loc = &visit.loc;
    let house = Ctx::system(&visit.house, visit.door);
    let why = no(&visit, &house, &l, &invoice).await?;
    if !visit.signed_in() && l.good(visit.now()) {
        let tx = house.begin().await?;
        link::seen(&tx, &l).await?;
        tx.commit().await?;
    }
    let body = match &why {
        Some(No::Revoked) => ui::callout(ui::Tone::Warn, loc.t("download-revoked")),
        Some(No::Expired) => ui::callout(ui::Tone::Warn, loc.t("download-expired")),
        Some(No::Void) => ui::callout(ui::Tone::Warn, loc.t("pay-state-void")),
        Some(No::Unpaid(amount)) => {
            let now = visit.now();
            let pay = link::of_invoice(visit.db(), "pay", invoice.id)
                .await?
                .into_iter()
                .find(|l| l.good(now));
            html! {
                (ui::callout(ui::Tone::Info, loc.tv("download-unpaid", &[("amount", amount.as_str().into())])))
                @if let Some(pay) = pay { div.btn-row { (ui::btn(loc.t("download-pay")).icon("credit-card").primary().href(pay.address(&visit.app.secret))) } }
            }
        }
        None => list(&visit, &house, &token, &invoice).await?,
    };
    let main = html! {
        div.stack.l.public {
            b { (visit.app.company) }
            h1 { (loc.t("download-title")) " " span.mut.num { (invoice.text("number")) } }
            (body)
        }
    };
    html_with(
        StatusCode::OK,
        ui::bare(loc, &loc.t("download-title"), &visit.uri, main),
    )
}

async fn list(visit: &Visit, house: &Ctx, token: &str, invoice: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = goods::of(house, invoice).await?;
    Ok(html! {
        @if all.is_empty() { (ui::callout(ui::Tone::Warn, loc.t("download-none"))) }
        @for g in &all {
            section.card { div.card-b style="padding-top:14px" { div.stack {
                h2 { (if loc.is_zh() || g.name_latin.is_empty() { &g.name } else { &g.name_latin }) }
                @for f in &g.files {
                    div.row {
                        span.ell { (f.name) } span.sp {}
                        span.xs.mut.num { (loc.tv("download-size", &[("kb", loc.int((f.size + 1023) / 1024).into())])) }
                        (ui::btn(loc.t("download-fetch")).icon("download").small().href(format!("/get/{token}/{}", f.id)))
                    }
                }
            } } }
        }
    })
}

/// `GET /get/{token}/{file}`: each time is noted.
pub(super) async fn file(visit: Visit, Path((token, id)): Path<(String, i64)>, headers: HeaderMap) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "file").await?;
    let (l, invoice) = open(&visit, &token).await?;
    let house = Ctx::system(&visit.house, visit.door);
    if no(&visit, &house, &l, &invoice).await?.is_some() {
        return Err(Error::refused("error-download-closed").into());
    }
    let all = goods::of(&house, &invoice).await?;
    let one = all.iter().flat_map(|g| &g.files).find(|f| f.id == id);
    let one = one.ok_or_else(Error::missing)?;
    let answer = files::hand_out(&visit, one, &headers).await?;
    // A part of a file (a video that is being watched) is not another download.
    if !visit.signed_in() && answer.status() == StatusCode::OK {
        let tx = house.begin().await?;
        let sql = "SELECT count(*) FROM billing_download WHERE link_id = $1 AND attachment_id = $2";
        let first = tx.number(sql, binds![l.id, one.id]).await? == 0;
        let sql = "INSERT INTO billing_download (link_id, attachment_id, name, peer, at) VALUES ($1,$2,$3,$4,$5)";
        tx.exec(
            sql,
            binds![l.id, one.id, one.name.as_str(), visit.peer.as_str(), tx.at.0],
        )
        .await?;
        if first {
            tell(&house, &tx, &invoice, "invoice.file_fetched.v1", &one.name).await?;
        }
        tx.commit().await?;
    }
    Ok(answer)
}
