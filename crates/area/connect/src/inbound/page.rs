//! Messages on pages: the list with what was refused, one message with its results, trying it again.

use super::message::{self, Message};
use crate::{Ports, outbound};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result};
use zhike_web::{
    Query, Screen, Visit,
    answer::{Answer, go_saying},
    ui,
};

/// Messages shown.
const MESSAGES: i64 = 50;

fn hue(state: &str) -> ui::Hue {
    match state {
        "done" | "applied" => ui::Hue::Green,
        "refused" => ui::Hue::Red,
        "partly" | "received" => ui::Hue::Amber,
        _ => ui::Hue::Grey,
    }
}

/// `GET /connections`.
pub(super) async fn list(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let refused = q.filled("refused").is_some();
    let all = message::list(&visit.ctx, refused, q.int("before"), MESSAGES).await?;
    let tabs = html! {
        div.btn-row.wrap {
            (ui::btn(loc.t("connect-inbound-all")).small().href("/connections"))
            (ui::btn(loc.t("connect-inbound-refused")).small().href("/connections?refused=1"))
        }
    };
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("connect-when")) }
                th scope="col" { (loc.t("connect-kind")) }
                th scope="col" { (loc.t("connect-message")) }
                th scope="col" { (loc.t("connect-sender")) }
                th scope="col" { (loc.t("connect-state")) }
                th.r scope="col" { (loc.t("connect-applied")) }
                th.r scope="col" { (loc.t("connect-unchanged")) }
                th.r scope="col" { (loc.t("connect-refused")) }
            } }
            tbody data-rows { @for m in &all { tr {
                td.num { (loc.stamp(m.received_at)) }
                td { (loc.t(&format!("connect-kind-{}", m.kind))) }
                td { a.link href={ "/connections/inbound/" (m.id) } { (m.message) } }
                td { (m.sender) }
                td { (ui::badge(hue(m.state()), &loc.t(&format!("connect-state-{}", m.state())))) }
                td.r.num { (m.applied) }
                td.r.num { (m.unchanged) }
                td.r.num { (m.refused) }
            } } }
        }
    };
    let next = all
        .last()
        .filter(|_| i64::try_from(all.len()) == Ok(MESSAGES))
        .map(|m| m.id);
    let body = html! {
        (outbound::card(&visit).await?)
        @if all.is_empty() && !refused {
            (ui::empty("inbox", &loc.t("connect-inbound-none"), &loc.t("connect-inbound-none-text"), html! {}))
        } @else {
            (ui::card(loc.t("connect-inbound")).note(loc.t("connect-inbound-note")).actions(tabs).flush(html! {
                @if all.is_empty() { p.mut style="padding:14px 18px" { (loc.t("connect-inbound-no-refused")) } } @else { (table) }
            }))
        }
        @if let Some(id) = next {
            div.btn-row { (ui::btn(loc.t("connect-older")).href(format!("/connections?before={id}{}", if refused { "&refused=1" } else { "" }))) }
        }
    };
    Screen::new(&visit, loc.t("nav-connect"), "connect").show(ui::page_body(body))
}

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

/// `GET /connections/inbound/{id}`.
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let loc = &visit.loc;
    let m = message::need(&visit.ctx, id_of(&id)?).await?;
    let again = html! {
        @if visit.may("system.edit") && (m.refused > 0 || !m.finished) {
            form method="post" action={ "/connections/inbound/" (m.id) "/replay" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::btn(loc.t("connect-replay")).icon("refresh").primary().submit())
            }
        }
    };
    let pretty = serde_json::from_str::<serde_json::Value>(&m.body)
        .and_then(|v| serde_json::to_string_pretty(&v))
        .unwrap_or_default();
    let body = html! {
        (ui::kpis(&[
            ui::Kpi::new(loc.t("connect-applied"), loc.int(m.applied)),
            ui::Kpi::new(loc.t("connect-unchanged"), loc.int(m.unchanged)),
            ui::Kpi::new(loc.t("connect-refused"), loc.int(m.refused)),
        ]))
        (ui::card(loc.t("connect-items")).note(loc.tv("connect-received", &[("at", loc.stamp(m.received_at).into()), ("n", m.replays.into())])).flush(items(&visit, &m).await?))
        (ui::card(loc.t("connect-body")).body(html! { pre.sm.scroll { (pretty) } }))
    };
    Screen::new(&visit, m.message.clone(), "connect")
        .crumb(loc.t("nav-connect"), "/connections")
        .actions(again)
        .show(ui::page_body(body))
}

async fn items(visit: &Visit, m: &Message) -> Result<Markup> {
    let loc = &visit.loc;
    let all = message::results(&visit.ctx, m.id).await?;
    Ok(html! {
        table.tbl.plain {
            thead { tr {
                th.r scope="col" { "#" }
                th scope="col" { (loc.t("connect-key")) }
                th scope="col" { (loc.t("connect-outcome")) }
                th scope="col" { (loc.t("connect-why")) }
            } }
            tbody data-rows { @for r in &all { tr {
                td.r.num { (r.position + 1) }
                td {
                    @match r.record.as_ref().and_then(|(ty, id)| visit.registry().get(ty).ok().map(|t| t.url(*id))) {
                        Some(url) => a.link href=(url) { (r.key) },
                        None => (r.key),
                    }
                }
                td { (ui::badge(hue(&r.outcome), &loc.t(&format!("connect-outcome-{}", r.outcome)))) }
                td {
                    @if let Some(field) = &r.field { code { (field) } " " }
                    (r.words(loc).unwrap_or_default())
                }
            } } }
        }
    })
}

/// `POST /connections/inbound/{id}/replay`.
pub(super) async fn replay(ports: Ports, visit: Visit, Path(id): Path<String>) -> Answer {
    let m = message::replay(&visit.ctx, &ports, id_of(&id)?).await?;
    let words = visit.loc.tv("connect-replayed", &[("n", m.refused.into())]);
    go_saying(&visit, &format!("/connections/inbound/{}", m.id), &words, None)
}
