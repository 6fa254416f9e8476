//! What the house sees of it: whose accounts a customer has, the invitation, sending it again.

use crate::{account, letter};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::json;
use std::sync::Arc;
use zhike_contract::Outbound;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query as _, Record, binds, read};
use zhike_web::{
    Answer, Form, Json, Place, Routes, Tab, Visit,
    answer::{go_saying, json as answer},
    site,
    ui::{self, Hue, Tone},
};

const EDIT: &str = "portal_account.edit";
const VIEW: &str = "portal_account.view";
pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"}}}"#;
pub(crate) const TELLS: &str =
    r#"{"type":"object","properties":{"id":{"type":"integer"},"sent":{"type":"boolean"},"path":{"type":"string"}}}"#;

pub(crate) fn routes(outbound: &Arc<dyn Outbound>) -> Routes {
    let (page_out, api_out) = (outbound.clone(), outbound.clone());
    Routes::new()
        .post("/portal-accounts/{id}/invite", EDIT, move |v, p, f| {
            page(page_out.clone(), v, p, f)
        })
        .post("/api/v1/portal-accounts/{id}/invite", EDIT, move |v, p, b| {
            api(api_out.clone(), v, p, b)
        })
        .described(ASKS, TELLS)
}

pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("portal_account", "state", Place::Rail, 10, VIEW, |v, r| {
            Box::pin(state(v, r))
        }),
        Tab::new("portal_account", "invite", Place::Action, 10, EDIT, |v, r| {
            Box::pin(async move { Ok(again(v, r)) })
        }),
        Tab::new("party", "portal", Place::Rail, 70, VIEW, |v, r| {
            Box::pin(of_party(v, r))
        }),
    ]
}

/// Sends the invitation again; the one before is good no more.
async fn invite(ctx: &Ctx, outbound: &dyn Outbound, id: i64, version: i64) -> Result<(bool, account::Ticket)> {
    ctx.require(EDIT)?;
    let ty = ctx.registry().get("portal_account")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    if record.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let sent = letter::invite(ctx, &tx, outbound, id).await?;
    let ticket = account::invitation(&tx, id, tx.at).await?.ok_or_else(Error::missing)?;
    tx.commit().await?;
    Ok((sent, ticket))
}

async fn page(outbound: Arc<dyn Outbound>, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let (sent, _) = invite(&visit.ctx, outbound.as_ref(), id, f.need_int("version")?).await?;
    visit.app.nudge.notify_one();
    let said = visit.loc.t(if sent {
        "portal-invited"
    } else {
        "portal-invited-unsent"
    });
    go_saying(&visit, &format!("/portal-accounts/{id}"), &said, None)
}

async fn api(
    outbound: Arc<dyn Outbound>,
    visit: Visit,
    Path(id): Path<i64>,
    Json(body): Json<serde_json::Value>,
) -> Answer {
    let version = body["version"]
        .as_i64()
        .ok_or_else(|| Error::field("version", "error-required"))?;
    let (sent, ticket) = invite(&visit.ctx, outbound.as_ref(), id, version).await?;
    visit.app.nudge.notify_one();
    let path = ticket.path(&visit.app.secret);
    answer(StatusCode::OK, &json!({"id": id, "sent": sent, "path": path}))
}

fn again(visit: &Visit, record: &Record) -> Markup {
    if record.archived_at.is_some() {
        return html! {};
    }
    html! {
        form.row data-stay method="post" action={ "/portal-accounts/" (record.id) "/invite" } style="margin:0" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &record.version.to_string()))
            (ui::btn(visit.loc.t("portal-invite-again")).icon("send").submit())
        }
    }
}

/// How it stands: the invitation with its address, or the last time they were here.
async fn state(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let q = visit.db();
    let base = site::address(q).await?;
    let invitation = account::invitation(q, record.id, visit.now()).await?;
    let sessions = q
        .number(
            "SELECT count(*) FROM portal_session WHERE account_id = $1 AND ends_at > $2",
            binds![record.id, visit.now().0],
        )
        .await?;
    Ok(html! { (ui::card(loc.t("portal-access")).body(html! {
        div.stack {
            @if base.is_empty() { (ui::callout(Tone::Warn, loc.t("portal-no-address"))) }
            @if let Some(ticket) = invitation.filter(|_| visit.may(EDIT)) {
                p.sm { (loc.tv("portal-invited-on", &[("at", loc.stamp(ticket.made_at).into())])) }
                @let path = ticket.path(&visit.app.secret);
                div.row { (ui::btn(loc.t("portal-copy")).small().icon("copy").attr("data-copy", if base.is_empty() { path } else { format!("{base}{path}") })) }
            }
            p.sm.mut { (loc.tv("portal-sessions", &[("n", sessions.into())])) }
        }
    })) })
}

/// The accounts of a customer.
async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, name, email, state, seen_at FROM portal_account WHERE party_id = $1 AND archived_at IS NULL ORDER BY id LIMIT 20";
    let rows = visit.db().all(sql, binds![party.id]).await?;
    let mut lines = vec![];
    for r in &rows {
        lines.push((r.int(0)?, r.text(1)?, r.text(2)?, r.text(3)? == "active"));
    }
    let add = format!("/portal-accounts/new?party_id={}", party.id);
    let actions = html! {
        @if visit.may("portal_account.create") && party.archived_at.is_none() { (ui::btn(loc.t("portal-invite")).small().ghost().href(add)) }
    };
    Ok(
        html! { (ui::card(loc.t("portal_account-many")).actions(actions).body(html! {
            @if lines.is_empty() { p.sm.mut { (loc.t("portal-nobody")) } }
            @for (id, name, email, active) in &lines {
                div.row.wrap {
                    a.link href={ "/portal-accounts/" (id) } { (name) } span.sm.mut { (email) } span.sp {}
                    @if *active { (ui::badge(Hue::Green, &loc.t("portal_account-state-active"))) } @else { (ui::badge(Hue::Grey, &loc.t("portal_account-state-invited"))) }
                }
            }
        })) },
    )
}
