//! People's own calls, mails and visits ask the same gate: what for, by which way, and whether it was agreed.

use crate::{gate, load::Loaded, strip, tab, wish, words};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use zhike_contract::{
    Channel, Gate, Permit,
    gate::{Answer as Said, Ask, Class, Verdict},
};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Event, Record, sight::CONTACT};
use zhike_web::{
    Answer, Fields, Form, Json, Query, Screen, Visit,
    answer::{html_with, json},
    ui,
};

/// Who may contact customers by hand.
pub(crate) const ASK: &str = "preference.edit";

fn ask_of(party: i64, f: &Fields, now: Stamp) -> Result<Ask> {
    Ok(Ask {
        party,
        class: Class::of(f.get("class").unwrap_or("service"))
            .ok_or_else(|| Error::field("class", "error-not-a-choice"))?,
        topic: f.filled("topic").unwrap_or("").to_owned(),
        channel: Channel::of(f.get("channel").unwrap_or("phone"))
            .ok_or_else(|| Error::field("channel", "error-not-a-choice"))?,
        address: None,
        at: now,
        may_change: true,
        may_wait: true,
        agreed: f.get("agreed").is_some(),
    })
}

/// Asks, stores, counts; what was said, and the permit if one goes ahead.
async fn pass(visit: &Visit, record: &Record, ask: &Ask, why: Option<&str>) -> Result<(Said, Option<Permit>)> {
    visit.require(ASK)?;
    let tx = visit.ctx.begin().await?;
    let (said, permit) = gate::Port.pass(&visit.ctx, &tx, ask, why).await?;
    if permit.is_some() {
        let event = Event {
            kind: "party.contacted.v1".into(),
            record_type: "party",
            record: record.id,
            party: Some(record.id),
            note: Some(format!("{} · {}", ask.channel.word(), ask.class.word())),
            ..Event::default()
        };
        tx.emit(visit.registry().listeners(), event).await?;
    }
    tx.commit().await?;
    Ok((said, permit))
}

fn draw(visit: &Visit, record: &Record, topics: &[wish::Topic], f: &Fields, answer: Option<Markup>) -> Markup {
    let loc = &visit.loc;
    let classes = Class::ALL.map(|c| ui::Choice::new(c.word(), loc.t(&format!("class-{}", c.word()))));
    let ways = [
        Channel::Phone,
        Channel::Email,
        Channel::Sms,
        Channel::Chat,
        Channel::Visit,
        Channel::Fax,
        Channel::Letter,
    ];
    let ways = ways.map(|c| ui::Choice::new(c.word(), loc.t(&format!("channel-{}", c.word()))));
    let topics: Vec<ui::Choice> = topics
        .iter()
        .map(|t| ui::Choice::new(t.code.clone(), t.title(visit.latin)))
        .collect();
    let form = html! {
        form.stack method="post" action={ "/party/" (record.id) "/contact" } {
            (ui::hidden("csrf", &visit.csrf))
            div.row.wrap style="gap:8px 14px" {
                div style="flex:1 1 180px" { (ui::Field::new("channel", loc.t("contact-channel")).select(&ways, f.get("channel").unwrap_or("phone"), None)) }
                div style="flex:1 1 180px" { (ui::Field::new("class", loc.t("contact-class")).select(&classes, f.get("class").unwrap_or("service"), None)) }
                div style="flex:1 1 180px" { (ui::Field::new("topic", loc.t("simulate-topic")).select(&topics, f.get("topic").unwrap_or(""), Some("—"))) }
            }
            (ui::Field::new("agreed", loc.t("contact-agreed")).checkbox(f.get("agreed").is_some()))
            (ui::Field::new("why", loc.t("contact-why")).hint(loc.t("contact-why-hint")).text(f.get("why").unwrap_or("")))
            (ui::submit_row(loc, Some(&format!("/parties/{}", record.id)), &loc.t("contact-go")))
        }
    };
    let name = records_title(visit, record);
    Screen::new(
        visit,
        loc.tv("contact-title", &[("name", name.clone().into())]),
        "party",
    )
    .crumb(name, format!("/parties/{}", record.id))
    .markup(ui::page_body(html! {
        @if let Some(answer) = answer { (answer) }
        (ui::card(String::new()).body(form))
    }))
}

pub(crate) fn records_title(visit: &Visit, record: &Record) -> String {
    match visit.registry().get("party") {
        Ok(ty) => zhike_web::records::show::title(visit, ty, record.id, &record.values),
        Err(_) => String::new(),
    }
}

/// `GET /party/{id}/contact`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let topics = wish::topics(visit.db()).await?;
    html_with(StatusCode::OK, draw(&visit, &record, &topics, &q, None))
}

/// `POST /party/{id}/contact`.
pub(crate) async fn post(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let topics = wish::topics(visit.db()).await?;
    let ask = ask_of(record.id, &f, visit.now())?;
    let (said, permit) = pass(&visit, &record, &ask, f.filled("why")).await?;
    let loaded = Loaded::read(&visit.ctx, visit.db(), &[record.id], visit.now(), &[]).await?;
    let known = loaded.of(record.id).ok_or_else(Error::missing)?;
    let loc = &visit.loc;
    let whys: Vec<String> = said
        .reasons
        .iter()
        .map(|r| words::sentence(&visit, &topics, r))
        .collect();
    let list = html! { ul.plain-list.stack.s { @for w in &whys { li.sm { (w) } } } };
    let (code, answer) = match &permit {
        Some(permit) => {
            let shown = if visit.may(CONTACT) {
                reach(permit)
            } else {
                html! { (crate::address::masked(permit.channel(), permit.address())) }
            };
            (
                StatusCode::OK,
                ui::callout(
                    ui::Tone::Good,
                    html! { b { (loc.t("contact-yes")) } " " (shown) p.sm { (loc.t("contact-counted")) } (list) },
                ),
            )
        }
        None => {
            let (title, instead) = match said.verdict {
                Verdict::Later(at) => (
                    "contact-no",
                    Some(loc.tv(
                        "contact-at",
                        &[("at", strip::moment(&visit, &loaded, known, at).into())],
                    )),
                ),
                Verdict::Elsewhere(c, at) => {
                    let channel = loc.t(&format!("channel-{}", c.word()));
                    let when = match at > ask.at {
                        true => loc.tv(
                            "contact-at",
                            &[("at", strip::moment(&visit, &loaded, known, at).into())],
                        ),
                        false => String::new(),
                    };
                    (
                        "contact-no-never",
                        Some(format!("{} {channel} {when}", loc.t("contact-instead"))),
                    )
                }
                _ => ("contact-no-never", None),
            };
            // Held by the customer's wish: no error, but a fact about the customer.
            let body = html! {
                div.empty {
                    div.art style="background:var(--jade-soft);color:var(--jade-text)" { (ui::icon("user-heart")) }
                    h2 { (loc.t(title)) }
                    @if let Some(instead) = instead { p { b { (instead) } } }
                    (list)
                }
            };
            (StatusCode::CONFLICT, body)
        }
    };
    html_with(code, draw(&visit, &record, &topics, &f, Some(answer)))
}

/// The address as something to press.
fn reach(permit: &Permit) -> Markup {
    let address = permit.address();
    match permit.channel() {
        Channel::Email => html! { a.link href={ "mailto:" (address) } { (address) } },
        Channel::Phone | Channel::Sms => {
            let dialled: String = address.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            html! { a.num.link href={ "tel:" (dialled) } { (address) } }
        }
        _ => html! { (address) },
    }
}

/// The question as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    channel: String,
    class: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    agreed: bool,
    why: Option<String>,
}

/// `POST /api/v1/parties/{id}/contact`: 200 with the address, or 409 with the reasons.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>, Json(s): Json<Sent>) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let mut pairs = vec![
        ("channel".to_owned(), s.channel),
        ("class".to_owned(), s.class),
        ("topic".to_owned(), s.topic),
    ];
    if s.agreed {
        pairs.push(("agreed".into(), "1".into()));
    }
    let ask = ask_of(record.id, &Fields(pairs), visit.now())?;
    let (said, permit) = pass(&visit, &record, &ask, s.why.as_deref()).await?;
    let mut body = crate::api::told(&visit, &said, ask.channel, ask.at);
    if let Some(permit) = &permit {
        body["decision"] = permit.decision().into();
    }
    let code = if permit.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    json(code, &body)
}
