//! Answering in a conversation: through the gate, on the channel of the conversation or another; with ready-made words; and
//! who else has it open just now.

use crate::{Ports, steps, ways};
use axum::{
    extract::{Path, Request},
    http::StatusCode,
};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_contract::{
    Channel, Sought,
    gate::Verdict,
    outbound::{Handed, Message},
};
use zhike_kernel::{Error, Result, error::FieldError};
use zhike_store::{Ctx, Query as _, Record, Tx, binds, read};
use zhike_web::{
    Answer, Json as Body, Visit,
    answer::{go_saying, html as page_html, json as answer},
    files::along::{self, Along},
    records, ui,
};

/// The longest answer.
const MOST: usize = 50_000;
/// Seconds for which somebody who had it open counts as there.
const THERE: i64 = 40;

pub(crate) const ASKS: &str = r#"{"type":"object","required":["body","version"],"properties":{"body":{"type":"string"},"subject":{"type":"string"},
"channel":{"enum":["email","phone","sms","chat","fax","letter","visit","portal"]},"version":{"type":"integer"},
"files":{"type":"array","items":{"type":"integer"},"maxItems":10},"contact":{"type":"boolean"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"message":{"type":"integer"},"verdict":{"enum":["allowed","later","elsewhere","withheld"]}}}"#;

/// An answer, as programs send it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    body: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    /// The version of the conversation that was read.
    version: Option<i64>,
    /// Files that lie on records: they go along.
    #[serde(default)]
    files: Vec<i64>,
    /// A stranger who is answered becomes a contact.
    #[serde(default)]
    contact: bool,
}

/// The subject of an answer.
fn again(subject: &str) -> String {
    let known = ["re:", "re：", "回复:", "回复：", "答复:", "答复："];
    let low = subject.to_lowercase();
    if known.iter().any(|k| low.starts_with(k)) {
        subject.to_owned()
    } else {
        format!("Re: {subject}")
    }
}

/// The words of a message: there, and not without end.
pub(crate) fn words(body: &str) -> Result<&str> {
    let body = body.trim();
    if body.is_empty() {
        return Err(Error::field("body", "error-required"));
    }
    if body.chars().count() > MOST {
        return Err(Error::fields(vec![FieldError {
            field: "body".into(),
            code: "error-too-long",
            args: vec![("most", MOST.into())],
        }]));
    }
    Ok(body)
}

/// A channel by its word.
pub(crate) fn channel(word: Option<&str>) -> Result<Option<Channel>> {
    word.map(|w| Channel::of(w).ok_or_else(|| Error::field("channel", "error-not-a-choice")))
        .transpose()
}

/// Hands a message to the gate with what goes along and whose words it carries.
pub(crate) async fn send(ctx: &Ctx, tx: &Tx, ports: &Ports, message: &Message, files: &[Along]) -> Result<Handed> {
    if !files.is_empty() && message.ask.channel != Channel::Email {
        return Err(Error::field("file", "error-along-mail"));
    }
    let handed = ports.outbound.send(ctx, tx, message).await?;
    along::put(tx, "message", handed.message, files).await?;
    if let Some(user) = ctx.actor.user {
        let sql = "INSERT INTO inbox_author (message_id, user_id) VALUES ($1, $2) ON CONFLICT (message_id) DO NOTHING";
        tx.exec(sql, binds![handed.message, user]).await?;
    }
    Ok(handed)
}

/// Whoever wrote becomes a contact: as they sign, else what stands before the @.
async fn contact(ctx: &Ctx, tx: &Tx, ports: &Ports, talk: &Record) -> Result<i64> {
    let address = talk.text("address").to_owned();
    if address.is_empty() {
        return Err(Error::refused("error-inbox-no-party"));
    }
    let sql = "SELECT COALESCE(sender, '') FROM inbox_interaction WHERE conversation_id = $1 AND direction = 'in' ORDER BY at, id LIMIT 1";
    let signed = tx
        .one(sql, binds![talk.id])
        .await?
        .map(|r| r.text(0))
        .transpose()?
        .unwrap_or_default();
    let name = match signed.trim() {
        "" => address.split('@').next().unwrap_or(&address).to_owned(),
        given => given.to_owned(),
    };
    let mail = talk.text("channel") == "email";
    let who = Sought {
        name,
        email: if mail { address.clone() } else { String::new() },
        phone: if mail { String::new() } else { address },
    };
    ports.parties.known(ctx, tx, &who, "inbox").await
}

async fn hand_over(ctx: &Ctx, ports: &Ports, id: i64, sent: &Sent, files: &[Along]) -> Result<Handed> {
    ctx.require("conversation.edit")?;
    let body = words(&sent.body)?;
    let version = sent.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let named = channel(sent.channel.as_deref())?;
    let ty = ctx.registry().get("conversation")?.clone();
    let seen = read::need(ctx, ctx.db(), &ty, id).await?;
    let way = match (named, seen.int("party_id")) {
        (Some(channel), _) => channel,
        (None, Some(party)) => ways::pick(ctx, ports, &seen, party).await?.channel,
        (None, None) => ways::usual(&ways::ready(ctx, ports).await?, seen.text("channel")),
    };
    let tx = ctx.begin().await?;
    let mut talk = read::need(ctx, &tx, &ty, id).await?;
    // Somebody answered, or the customer wrote again: read that first.
    if talk.version != version {
        return Err(Error::stale());
    }
    let party = match talk.int("party_id") {
        Some(party) => party,
        None if sent.contact => {
            let party = contact(ctx, &tx, ports, &talk).await?;
            steps::belongs(ctx, &tx, &ty, talk, party).await?;
            // Nobody owns the new contact yet: its conversation is still in the hands of whoever answers.
            talk = read::need(&Ctx::system(&ctx.house, ctx.door), &tx, &ty, id).await?;
            party
        }
        None => return Err(Error::refused("error-inbox-no-party")),
    };
    let subject = sent.subject.as_deref().map(str::trim).filter(|s| !s.is_empty());
    let message = Message {
        ask: ways::ask(&talk, party, way, ctx.now()),
        subject: subject.map_or_else(|| again(talk.text("subject")), str::to_owned),
        body: body.to_owned(),
        record: Some(("conversation", id)),
        key: None,
    };
    let handed = send(ctx, &tx, ports, &message, files).await?;
    if handed.verdict != Verdict::Withheld {
        // Whoever answers has it.
        let mut new = zhike_kernel::Values::new();
        if talk.int("assignee_id").is_none() {
            new.insert("assignee_id".into(), ctx.actor.user.into());
        }
        new.insert("state".into(), "waiting".into());
        new.insert("unanswered_since".into(), zhike_kernel::Value::Null);
        let version = talk.version;
        zhike_store::write::update_from(ctx, &tx, &ty, talk, version, new).await?;
    }
    tx.commit().await?;
    Ok(handed)
}

/// What whoever sent it is told; a message that may not go at all is a refusal.
pub(crate) fn told(visit: &Visit, verdict: Verdict) -> Result<String> {
    match verdict {
        Verdict::Allowed => Ok(visit.loc.t("inbox-said-sent")),
        Verdict::Later(at) | Verdict::Elsewhere(_, at) => {
            Ok(visit.loc.tv("inbox-said-later", &[("at", visit.loc.stamp(at).into())]))
        }
        Verdict::Withheld => Err(Error::refused("error-inbox-withheld")),
    }
}

/// `POST /conversations/{id}/reply`.
pub(crate) async fn page(ports: Ports, visit: Visit, Path(id): Path<String>, request: Request) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let (f, files) = along::with_form(&visit, request).await?;
    let sent = Sent {
        body: f.get("body").unwrap_or("").to_owned(),
        subject: None,
        channel: f.filled("channel").map(str::to_owned),
        version: f.int("version"),
        files: vec![],
        contact: f.get("contact").is_some(),
    };
    let handed = hand_over(&visit.ctx, &ports, id, &sent, &files).await?;
    visit.app.nudge.notify_one();
    let said = told(&visit, handed.verdict)?;
    go_saying(&visit, &format!("/conversations/{id}"), &said, None)
}

/// `POST /api/v1/conversations/{id}/reply`.
pub(crate) async fn api(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(sent): Body<Sent>) -> Answer {
    let files = along::chosen(&visit, &sent.files).await?;
    let handed = hand_over(&visit.ctx, &ports, id, &sent, &files).await?;
    visit.app.nudge.notify_one();
    answer(
        StatusCode::OK,
        &json!({"message": handed.message, "verdict": handed.verdict.word()}),
    )
}

fn box_(visit: &Visit, text: &str) -> Markup {
    let field = ui::Field::new("body", visit.loc.t("inbox-words"))
        .id("reply-body")
        .required(true);
    html! { div #reply-box { (field.textarea(text, 8)) } }
}

/// The form below a conversation.
pub(crate) async fn form(ports: &Ports, visit: &Visit, talk: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if !visit.may("conversation.edit") || talk.archived_at.is_some() {
        return Ok(html! {});
    }
    let stranger = talk.int("party_id").is_none();
    if stranger && talk.text("address").is_empty() {
        return Ok(html! { (ui::callout(ui::Tone::Warn, loc.t("inbox-needs-party"))) });
    }
    let sql = "SELECT id, name FROM inbox_canned WHERE archived_at IS NULL ORDER BY name LIMIT 200";
    let canned: Vec<ui::Choice> = visit
        .db()
        .all(sql, vec![])
        .await?
        .iter()
        .map(|r| Ok(ui::Choice::new(r.int(0)?.to_string(), r.text(1)?)))
        .collect::<Result<_>>()?;
    Ok(html! {
        (ui::card(loc.t("inbox-answer")).body(html! {
            form.stack data-stay method="post" enctype="multipart/form-data" action={ "/conversations/" (talk.id) "/reply" } {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &talk.version.to_string()))
                @if !canned.is_empty() {
                    div hx-get={ "/conversations/" (talk.id) "/canned" } hx-trigger="change" hx-include="closest form" hx-target="#reply-box" hx-swap="outerHTML" {
                        (ui::Field::new("canned", loc.t("canned_answer-one")).select(&canned, "", Some("—")))
                    }
                }
                (ways::choose(ports, visit, talk).await?)
                (box_(visit, ""))
                (along::field(visit, "reply-file"))
                @if stranger {
                    p.sm.mut { (loc.tv("inbox-contact-text", &[("address", talk.text("address").to_owned().into())])) }
                    div.btn-row { (ui::btn(loc.t("inbox-contact-send")).primary().icon("user-plus").submit().attr("name", "contact").attr("value", "1")) }
                } @else {
                    div.btn-row { (ui::btn(loc.t("inbox-send")).primary().icon("send").submit()) }
                }
            }
        }))
    })
}

/// `GET /conversations/{id}/canned`: the words of a ready-made answer, with what is known put in, after what stands there.
pub(crate) async fn canned(visit: Visit, Path(id): Path<String>, zhike_web::Query(q): zhike_web::Query) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("conversation")?.clone();
    let talk = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let sql =
        "SELECT COALESCE(text_zh,''), COALESCE(text_en,'') FROM inbox_canned WHERE id = $1 AND archived_at IS NULL";
    let row = visit.db().one(sql, binds![q.int("canned").unwrap_or(0)]).await?;
    let mut text = match &row {
        Some(row) => {
            let (zh, en) = (row.text(0)?, row.text(1)?);
            // In the language the customer wrote in.
            let chinese = talk
                .text("subject")
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            match (chinese, zh.is_empty(), en.is_empty()) {
                (true, false, _) | (false, false, true) => zh,
                _ => en,
            }
        }
        None => String::new(),
    };
    let names = records::names(&visit, &ty, &[&talk.values]).await?;
    let name = ty
        .field("party_id")
        .map_or_else(String::new, |f| records::plain(&visit, &ty, f, &talk.values, &names));
    text = text.replace("{name}", &name).replace("{number}", talk.text("number"));
    let before = q.get("body").unwrap_or("").trim_end();
    let whole = if before.is_empty() {
        text
    } else {
        format!("{before}\n\n{text}")
    };
    page_html(box_(&visit, &whole))
}

/// `GET /conversations/{id}/looking`: says that I have it open, and tells who else has.
pub(crate) async fn looking(visit: Visit, Path(id): Path<String>, zhike_web::Query(q): zhike_web::Query) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("conversation")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let me = visit.actor.user.ok_or_else(Error::unknown)?;
    let writes = q.filled("body").is_some();
    let tx = visit.ctx.begin().await?;
    // Who left long ago is of no interest to anybody.
    let sql = "DELETE FROM inbox_looking WHERE at < $1";
    tx.exec(sql, binds![tx.at.plus_seconds(-THERE).0]).await?;
    let sql = "INSERT INTO inbox_looking (conversation_id, user_id, writes, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (conversation_id, user_id) DO UPDATE SET writes = excluded.writes, at = excluded.at";
    tx.exec(sql, binds![id, me, writes, tx.at.0]).await?;
    tx.commit().await?;
    page_html(others(&visit, id).await?)
}

/// Who else has it open.
pub(crate) async fn others(visit: &Visit, id: i64) -> Result<Markup> {
    let me = visit.actor.user.unwrap_or(0);
    let since = visit.now().plus_seconds(-THERE).0;
    let sql = "SELECT user_id, writes FROM inbox_looking WHERE conversation_id = $1 AND user_id <> $2 AND at > $3 ORDER BY user_id LIMIT 5";
    let rows = visit.db().all(sql, binds![id, me, since]).await?;
    let users = visit.app.identity.users().await?;
    let mut there = vec![];
    for row in &rows {
        let user = row.int(0)?;
        let name = users.iter().find(|u| u.id == user).map_or("", |u| u.title(visit.latin));
        let key = if row.bool(1)? { "inbox-writes" } else { "inbox-looks" };
        there.push(visit.loc.tv(key, &[("name", name.to_owned().into())]));
    }
    Ok(html! {
        div #looking hx-get={ "/conversations/" (id) "/looking" } hx-trigger="every 15s" hx-include="#reply-body" hx-swap="outerHTML" aria-live="polite" {
            @for words in &there { (ui::callout(ui::Tone::Warn, words)) }
        }
    })
}
