//! A letter that nobody asked for yet: to a customer, about a record if there is one, with files. It goes through the gate like
//! every other message; once it has left it stands in a conversation, and the answer comes back to it.

use crate::{Ports, reply, ways};
use axum::{extract::Request, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::{Handed, Message},
};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Record, RecordType, read};
use zhike_web::{
    Answer, Fields, Json as Body, Query, Screen, Visit,
    answer::{go_saying, json as answer},
    files::along::{self, Along},
    records, ui,
};

pub(crate) const ASKS: &str = r#"{"type":"object","required":["party","subject","body"],"properties":{"party":{"type":"integer"},"subject":{"type":"string"},"body":{"type":"string"},
"channel":{"enum":["email","sms","chat","fax"]},"class":{"enum":["law","safety","contract","service","promotion"]},"files":{"type":"array","items":{"type":"integer"},"maxItems":10},
"record_type":{"type":"string"},"record_id":{"type":"integer"}}}"#;

/// A letter, as page and programs send it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    party: Option<i64>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    files: Vec<i64>,
    #[serde(default)]
    record_type: Option<String>,
    #[serde(default)]
    record_id: Option<i64>,
}

/// The record that a letter is about, if the writer sees it and it is this customer's.
async fn about(ctx: &Ctx, sent: &Sent, party: i64) -> Result<Option<(&'static str, i64)>> {
    let (Some(name), Some(id)) = (&sent.record_type, sent.record_id) else {
        return Ok(None);
    };
    let none = || Error::field("record_id", "error-not-a-record");
    let ty = ctx.registry().get(name).map_err(|_| none())?.clone();
    ctx.require(&ty.permission("view"))?;
    let record = read::find(ctx, ctx.db(), &ty, id).await?.ok_or_else(none)?;
    match ty.party {
        Some(field) if field != "id" && record.int(field) == Some(party) => Ok(Some((ty.name, id))),
        _ => Err(none()),
    }
}

async fn hand_over(ctx: &Ctx, ports: &Ports, sent: &Sent, files: &[Along]) -> Result<Handed> {
    ctx.require("conversation.edit")?;
    let party = sent.party.ok_or_else(|| Error::field("party", "error-required"))?;
    let ty = ctx.registry().get("party")?.clone();
    read::find(ctx, ctx.db(), &ty, party)
        .await?
        .filter(|p| p.archived_at.is_none())
        .ok_or_else(|| Error::field("party", "error-not-a-record"))?;
    let subject = sent.subject.trim();
    if subject.is_empty() {
        return Err(Error::field("subject", "error-required"));
    }
    let body = reply::words(&sent.body)?;
    let class = match sent.class.as_deref() {
        Some(word) => Class::of(word).ok_or_else(|| Error::field("class", "error-not-a-choice"))?,
        None => Class::Service,
    };
    let channel = reply::channel(sent.channel.as_deref())?.unwrap_or(Channel::Email);
    let message = Message {
        ask: Ask {
            party,
            class,
            topic: String::new(),
            channel,
            address: None,
            at: ctx.now(),
            may_change: false,
            may_wait: true,
            agreed: false,
        },
        subject: subject.to_owned(),
        body: body.to_owned(),
        record: about(ctx, sent, party).await?,
        key: None,
    };
    let tx = ctx.begin().await?;
    let handed = reply::send(ctx, &tx, ports, &message, files).await?;
    tx.commit().await?;
    Ok(handed)
}

/// The party of the address, if the visitor sees it.
async fn to(visit: &Visit, id: Option<i64>) -> Result<Option<(std::sync::Arc<RecordType>, Record)>> {
    let ty = visit.registry().get("party")?.clone();
    let Some(id) = id else { return Ok(None) };
    let found = read::find(&visit.ctx, visit.db(), &ty, id).await?;
    Ok(found.map(|p| (ty, p)))
}

/// `GET /inbox/new?party=&record_type=&record_id=`.
pub(crate) async fn page(ports: Ports, visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let party = to(&visit, q.int("party")).await?;
    let name = party
        .as_ref()
        .map(|(ty, p)| records::show::title(&visit, ty, p.id, &p.values))
        .unwrap_or_default();
    let id = party.as_ref().map(|(_, p)| p.id.to_string()).unwrap_or_default();
    let back = match &party {
        Some((ty, p)) => ty.url(p.id),
        None => "/inbox".to_owned(),
    };
    let form = html! {
        form.stack data-stay method="post" enctype="multipart/form-data" action="/inbox/new" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::hidden("record_type", q.get("record_type").unwrap_or("")))
            (ui::hidden("record_id", q.get("record_id").unwrap_or("")))
            (ui::Field::new("party", loc.t("conversation-party_id")).required(true).combobox(loc, "/lookup/party", &id, &name))
            div.g2 { (ways_field(&ports, &visit).await?) (classes(&visit)) }
            (ui::Field::new("subject", loc.t("interaction-subject")).required(true).text(""))
            (ui::Field::new("body", loc.t("inbox-words")).required(true).textarea("", 10))
            (along::field(&visit, "letter-file"))
            (ui::submit_row(loc, Some(&back), &loc.t("inbox-send")))
        }
    };
    Screen::new(&visit, loc.t("inbox-write"), "inbox")
        .crumb(loc.t("nav-inbox"), "/inbox")
        .show(ui::page_body(html! { (ui::card(String::new()).body(form)) }))
}

async fn ways_field(ports: &Ports, visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let mut ready = ways::ready(&visit.ctx, ports).await?;
    ready.retain(|c| *c != Channel::Portal);
    if ready.is_empty() {
        ready.push(Channel::Email);
    }
    let all: Vec<ui::Choice> = ready
        .iter()
        .map(|c| ui::Choice::new(c.word(), loc.t(&format!("channel-{}", c.word()))))
        .collect();
    Ok(ui::Field::new("channel", loc.t("inbox-way")).select(&all, Channel::Email.word(), None))
}

fn classes(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let all = Class::ALL.map(|c| ui::Choice::new(c.word(), loc.t(&format!("class-{}", c.word()))));
    ui::Field::new("class", loc.t("inbox-right"))
        .hint(loc.t("inbox-right-hint"))
        .select(&all, Class::Service.word(), None)
}

fn of(f: &Fields) -> Sent {
    Sent {
        party: f.int("party"),
        subject: f.get("subject").unwrap_or("").to_owned(),
        body: f.get("body").unwrap_or("").to_owned(),
        channel: f.filled("channel").map(str::to_owned),
        class: f.filled("class").map(str::to_owned),
        files: vec![],
        record_type: f.filled("record_type").map(str::to_owned),
        record_id: f.int("record_id"),
    }
}

/// `POST /inbox/new`.
pub(crate) async fn save(ports: Ports, visit: Visit, request: Request) -> Answer {
    let (f, files) = along::with_form(&visit, request).await?;
    let sent = of(&f);
    let handed = hand_over(&visit.ctx, &ports, &sent, &files).await?;
    visit.app.nudge.notify_one();
    let said = reply::told(&visit, handed.verdict)?;
    let to = match visit.may("message.view") {
        true => format!("/messages/{}", handed.message),
        false => format!("/parties/{}/contacts", sent.party.unwrap_or(0)),
    };
    go_saying(&visit, &to, &said, None)
}

/// `POST /api/v1/inbox/letters`.
pub(crate) async fn api(ports: Ports, visit: Visit, Body(sent): Body<Sent>) -> Answer {
    let files = along::chosen(&visit, &sent.files).await?;
    let handed = hand_over(&visit.ctx, &ports, &sent, &files).await?;
    visit.app.nudge.notify_one();
    answer(
        StatusCode::CREATED,
        &json!({"message": handed.message, "verdict": handed.verdict.word()}),
    )
}
