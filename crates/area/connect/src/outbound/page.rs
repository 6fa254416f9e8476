//! Webhooks on pages: who is told what, the messages, those that were given up and can be sent again.

use super::subscription::{self, Ask, Message, Subscription};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use zhike_kernel::{Error, Kind, Result};
use zhike_outward::Outward;
use zhike_web::{
    Fields, Form, Screen, Visit,
    answer::{Answer, go_saying},
    ui,
};

/// Messages shown.
const MESSAGES: i64 = 60;

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

/// The card on the page of connections.
pub(crate) async fn card(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let mut rows = vec![];
    for s in subscription::all(visit.db()).await? {
        let counts = subscription::counts(visit.db(), s.id).await?;
        rows.push((s, counts));
    }
    let new = html! { @if visit.may("system.edit") { (ui::btn(loc.t("webhook-new")).icon("plus").small().href("/connections/webhooks/new")) } };
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("webhook-name")) }
                th scope="col" { (loc.t("webhook-url")) }
                th scope="col" { (loc.t("webhook-kinds")) }
                th scope="col" { (loc.t("connect-state")) }
                th.r scope="col" { (loc.t("webhook-waiting")) }
                th.r scope="col" { (loc.t("webhook-dead")) }
            } }
            tbody { @for (s, (waiting, dead)) in &rows { tr {
                td { a.link href={ "/connections/webhooks/" (s.id) } { (s.name) } }
                td { span.sm { (s.url) } }
                td { span.sm { @if s.kinds.is_empty() { (loc.t("webhook-all-kinds")) } @else { (s.kinds) } } }
                td { (state(visit, s)) }
                td.r.num { (waiting) }
                td.r.num { @if *dead > 0 { (ui::badge(ui::Hue::Red, &dead.to_string())) } @else { "0" } }
            } } }
        }
    };
    let card = ui::card(loc.t("webhook-many")).note(loc.t("webhook-note")).actions(new);
    Ok(if rows.is_empty() {
        html! { (card.body(html! { p.mut { (loc.t("webhook-none")) } })) }
    } else {
        html! { (card.flush(table)) }
    })
}

fn state(visit: &Visit, s: &Subscription) -> Markup {
    let (hue, key) = if s.active {
        (ui::Hue::Green, "webhook-on")
    } else {
        (ui::Hue::Grey, "webhook-off")
    };
    ui::badge(hue, &visit.loc.t(key))
}

fn form(visit: &Visit, to: &str, ask: &Ask, problem: Option<&Error>) -> Markup {
    let loc = &visit.loc;
    let error = |name: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == name));
        found.map(|f| loc.field_error(f))
    };
    html! {
        form.stack method="post" action=(to) {
            (ui::hidden("csrf", &visit.csrf))
            @if let Some(v) = ask.version { (ui::hidden("version", &v.to_string())) }
            @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            div.form-grid {
                (ui::Field::new("name", loc.t("webhook-name")).required(true).error(error("name")).text(&ask.name))
                (ui::Field::new("url", loc.t("webhook-url")).required(true).hint(loc.t("webhook-url-hint")).error(error("url")).text(&ask.url))
                (ui::Field::new("kinds", loc.t("webhook-kinds")).hint(loc.t("webhook-kinds-hint")).error(error("kinds")).textarea(&ask.kinds.join("\n"), 4))
            }
            (ui::Field::new("active", loc.t("webhook-active")).switch(ask.active))
            (ui::submit_row(loc, Some("/connections"), &loc.t("web-save")))
        }
    }
}

fn asked(f: &Fields) -> Ask {
    Ask {
        name: f.get("name").unwrap_or("").to_owned(),
        url: f.get("url").unwrap_or("").to_owned(),
        kinds: f
            .get("kinds")
            .unwrap_or("")
            .split(['\n', '\r', ',', ' '])
            .filter(|k| !k.is_empty())
            .map(str::to_owned)
            .collect(),
        active: f.get("active").is_some(),
        version: f.int("version"),
    }
}

fn show_form(visit: &Visit, title: &str, to: &str, ask: &Ask, problem: Option<&Error>) -> Answer {
    let mut answer = Screen::new(visit, title, "connect")
        .crumb(visit.loc.t("nav-connect"), "/connections")
        .show(ui::page_body(
            html! { (ui::card(title).body(form(visit, to, ask, problem))) },
        ))?;
    if problem.is_some() {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

/// `GET /connections/webhooks/new`.
pub(super) async fn fresh(visit: Visit) -> Answer {
    let ask = Ask {
        active: true,
        ..Ask::default()
    };
    show_form(&visit, &visit.loc.t("webhook-new"), "/connections/webhooks", &ask, None)
}

/// `POST /connections/webhooks`.
pub(super) async fn create(outward: Outward, visit: Visit, Form(f): Form) -> Answer {
    let ask = asked(&f);
    match subscription::create(&visit.ctx, &outward, &ask).await {
        Ok((id, secret)) => {
            visit.app.nudge.notify_one();
            page(&visit, id, Some(&secret)).await
        }
        Err(e) if e.kind == Kind::Invalid => show_form(
            &visit,
            &visit.loc.t("webhook-new"),
            "/connections/webhooks",
            &ask,
            Some(&e),
        ),
        Err(e) => Err(e.into()),
    }
}

/// `GET /connections/webhooks/{id}`.
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    page(&visit, id_of(&id)?, None).await
}

async fn page(visit: &Visit, id: i64, secret: Option<&str>) -> Answer {
    let loc = &visit.loc;
    let s = subscription::need(visit.db(), id).await?;
    let (waiting, dead) = subscription::counts(visit.db(), id).await?;
    let all = subscription::messages(visit.db(), id, MESSAGES).await?;
    let base = format!("/connections/webhooks/{id}");
    let may = visit.may("system.edit");
    let ask = Ask {
        name: s.name.clone(),
        url: s.url.clone(),
        kinds: s
            .kinds
            .split(' ')
            .filter(|k| !k.is_empty())
            .map(str::to_owned)
            .collect(),
        active: s.active,
        version: Some(s.version),
    };
    let post = |what: &str, button: ui::Btn| {
        html! { form method="post" action={ (base) "/" (what) } style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (button) } }
    };
    let again = html! { @if may && dead > 0 { (post("again", ui::btn(loc.t("webhook-again-all")).icon("refresh").small().primary().submit())) } };
    let body = html! {
        @if let Some(secret) = secret {
            (ui::callout(ui::Tone::Warn, html! { p { (loc.t("webhook-secret-once")) } p { code.secret { (secret) } } }))
        }
        @if !s.active { (ui::callout(ui::Tone::Warn, loc.t("webhook-is-off"))) }
        @if dead > 0 { (ui::callout(ui::Tone::Bad, loc.tv("webhook-dead-said", &[("n", dead.into())]))) }
        (ui::kpis(&[
            ui::Kpi::new(loc.t("webhook-waiting"), loc.int(waiting)),
            ui::Kpi::new(loc.t("webhook-dead"), loc.int(dead)),
        ]))
        @if all.is_empty() {
            (ui::empty("send", &loc.t("webhook-no-message"), &loc.t("webhook-no-message-text"), html! {}))
        } @else {
            (ui::card(loc.t("webhook-messages")).actions(again).flush(table(visit, &base, &all, may)))
        }
        @if may {
            (ui::card(loc.t("webhook-settings")).body(form(visit, &base, &ask, None)))
            (ui::card(loc.t("webhook-secret")).note(loc.t("webhook-secret-note")).body(html! {
                div.btn-row.wrap {
                    (post("secret", ui::btn(loc.t("webhook-secret-new")).icon("key").submit()))
                    (post("remove", ui::btn(loc.t("webhook-remove")).icon("trash").danger().submit()))
                }
            }))
        }
    };
    Screen::new(visit, s.name.clone(), "connect")
        .crumb(loc.t("nav-connect"), "/connections")
        .show(ui::page_body(body))
}

fn table(visit: &Visit, base: &str, all: &[Message], may: bool) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("connect-when")) }
                th scope="col" { (loc.t("webhook-event")) }
                th scope="col" { (loc.t("connect-state")) }
                th.r scope="col" { (loc.t("webhook-tries")) }
                th scope="col" { (loc.t("connect-why")) }
                th scope="col" { span.vh { (loc.t("webhook-again")) } }
            } }
            tbody data-rows { @for m in all { tr {
                td.num { (loc.stamp(m.created_at)) }
                td { code { (m.kind) } " " span.dim.num { (m.event) } }
                td { (ui::badge(match m.state.as_str() { "sent" => ui::Hue::Green, "dead" => ui::Hue::Red, _ => ui::Hue::Amber }, &loc.t(&format!("webhook-state-{}", m.state)))) }
                td.r.num { (m.tries) }
                td.sm {
                    @if let Some(code) = &m.error {
                        (loc.tv(code, &[("status", m.status.unwrap_or(0).into()), ("seconds", i64::try_from(zhike_outward::SECONDS).unwrap_or(0).into())]))
                        @if m.state == "waiting" { " " (loc.tv("webhook-next", &[("at", loc.stamp(m.due_at).into())])) }
                    }
                }
                td.r { @if may && m.state == "dead" {
                    form method="post" action={ (base) "/again" } style="margin:0" {
                        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("id", &m.id.to_string()))
                        (ui::btn(loc.t("webhook-again")).small().submit())
                    }
                } }
            } } }
        }
    }
}

/// `POST /connections/webhooks/{id}`.
pub(super) async fn change(outward: Outward, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    let ask = asked(&f);
    let base = format!("/connections/webhooks/{id}");
    match subscription::change(&visit.ctx, &outward, id, &ask).await {
        Ok(()) => go_saying(&visit, &base, &visit.loc.t("webhook-saved"), None),
        Err(e) if e.kind == Kind::Invalid => show_form(&visit, &ask.name, &base, &ask, Some(&e)),
        Err(e) => Err(e.into()),
    }
}

/// `POST /connections/webhooks/{id}/secret`.
pub(super) async fn secret(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    let secret = subscription::renew(&visit.ctx, id).await?;
    page(&visit, id, Some(&secret)).await
}

/// `POST /connections/webhooks/{id}/remove`.
pub(super) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    subscription::remove(&visit.ctx, id_of(&id)?).await?;
    go_saying(&visit, "/connections", &visit.loc.t("webhook-removed"), None)
}

/// `POST /connections/webhooks/{id}/again`, with one message as `id`, or all that were given up.
pub(super) async fn again(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    let some: Vec<i64> = f.int("id").into_iter().collect();
    let n = subscription::again(&visit.ctx, id, &some).await?;
    visit.app.nudge.notify_one();
    let words = visit.loc.tv("webhook-sent-again", &[("n", n.into())]);
    go_saying(&visit, &format!("/connections/webhooks/{id}"), &words, None)
}
