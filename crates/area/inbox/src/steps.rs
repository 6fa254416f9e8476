//! What is done with a conversation: taken, given, put off, closed, opened again, tied to its customer.

use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Record, RecordType, Tx, binds, event, read, write};
use zhike_web::{
    Answer, Form, Json as Body, Visit,
    answer::{go_saying, json as answer},
    ui,
};

/// A step, as page and programs send it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    /// `claim`, `assign`, `snooze`, `wake`, `close`, `reopen` or `party`.
    to: String,
    /// The version that was read.
    version: Option<i64>,
    /// To whom, for `assign`.
    #[serde(default)]
    assignee: Option<i64>,
    /// For how many hours, for `snooze`.
    #[serde(default)]
    hours: Option<i64>,
    /// Whose it is, for `party`.
    #[serde(default)]
    party: Option<i64>,
}

pub(crate) const ASKS: &str = r#"{"type":"object","required":["to","version"],"properties":{"to":{"enum":["claim","assign","snooze","wake","close","reopen","party"]},
"version":{"type":"integer"},"assignee":{"type":"integer"},"hours":{"type":"integer"},"party":{"type":"integer"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"version":{"type":"integer"},"undo":{"type":["string","null"]}}}"#;

/// The icon of a step: on a phone it stands alone.
pub(crate) fn icon(to: &str) -> &'static str {
    match to {
        "claim" => "user-check",
        "assign" => "user-plus",
        "snooze" => "clock",
        "wake" => "alarm",
        "close" => "check",
        _ => "arrow-back-up",
    }
}

/// The form of a step that needs no words.
pub(crate) fn quick(visit: &Visit, id: i64, version: i64, to: &str) -> Markup {
    html! {
        form data-stay method="post" action={ "/conversations/" (id) "/step" } style="margin:0" {
            (ui::hidden("to", to)) (ui::hidden("version", &version.to_string()))
            (ui::btn(visit.loc.t(&format!("inbox-step-{to}"))).icon(icon(to)).small().submit())
        }
    }
}

/// Somebody who can sign in.
async fn user_there(visit: &Visit, user: i64) -> Result<()> {
    let users = visit.app.identity.users().await?;
    if users.iter().any(|u| u.id == user && u.active) {
        return Ok(());
    }
    Err(Error::field("assignee", "error-not-a-record"))
}

async fn changes(visit: &Visit, ask: &Ask) -> Result<Values> {
    let ctx = &visit.ctx;
    let mut new = Values::new();
    let mut put = |name: &str, value: Value| new.insert(name.to_owned(), value);
    match ask.to.as_str() {
        "claim" => {
            put("assignee_id", ctx.actor.user.into());
        }
        "assign" => {
            let to = ask.assignee.ok_or_else(|| Error::field("assignee", "error-required"))?;
            user_there(visit, to).await?;
            put("assignee_id", to.into());
        }
        "snooze" => {
            let hours = ask.hours.ok_or_else(|| Error::field("hours", "error-required"))?;
            if !(1..=24 * 365).contains(&hours) {
                return Err(Error::field("hours", "error-inbox-hours"));
            }
            put("snoozed_until", ctx.now().plus_seconds(hours * 3_600).into());
        }
        "wake" => {
            put("snoozed_until", Value::Null);
        }
        "close" => {
            put("state", "closed".into());
            put("unanswered_since", Value::Null);
            put("snoozed_until", Value::Null);
        }
        "reopen" => {
            put("state", "open".into());
        }
        "party" => {
            let party = ask.party.ok_or_else(|| Error::field("party", "error-required"))?;
            let ty = ctx.registry().get("party")?.clone();
            read::find(ctx, ctx.db(), &ty, party)
                .await?
                .ok_or_else(|| Error::field("party", "error-not-a-record"))?;
            put("party_id", party.into());
        }
        _ => return Err(Error::field("to", "error-not-a-choice")),
    }
    Ok(new)
}

/// Whose conversation it is: what was said in it belongs to the customer too. The new version.
pub(crate) async fn belongs(ctx: &Ctx, tx: &Tx, ty: &RecordType, talk: Record, party: i64) -> Result<i64> {
    let whose = || Values::from([("party_id".to_owned(), Value::from(party))]);
    let (id, version) = (talk.id, talk.version);
    let version = write::update_from(ctx, tx, ty, talk, version, whose()).await?;
    let contacts = ctx.registry().get("interaction")?.clone();
    let sql =
        "SELECT id FROM inbox_interaction WHERE conversation_id = $1 AND party_id IS NULL AND archived_at IS NULL";
    let rows = tx.all(sql, binds![id]).await?;
    let ids = rows.iter().map(|r| r.int(0)).collect::<Result<Vec<_>>>()?;
    let system = Ctx::system(&ctx.house, ctx.door);
    for one in read::find_many(&system, tx, &contacts, &ids).await? {
        let version = one.version;
        write::update_from(ctx, tx, &contacts, one, version, whose()).await?;
    }
    Ok(version)
}

/// Takes the step; the new version and the address that undoes it.
async fn take(visit: &Visit, id: i64, ask: &Ask) -> Result<(i64, Option<String>)> {
    let ctx = &visit.ctx;
    ctx.require("conversation.edit")?;
    let version = ask.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let new = changes(visit, ask).await?;
    let ty = ctx.registry().get("conversation")?.clone();
    let tx = ctx.begin().await?;
    let talk = read::need(ctx, &tx, &ty, id).await?;
    if talk.version != version {
        return Err(Error::stale());
    }
    if ask.to == "claim" && talk.int("assignee_id").is_some_and(|a| Some(a) != ctx.actor.user) {
        return Err(Error::refused("error-inbox-taken"));
    }
    let version = match ask.party.filter(|_| ask.to == "party") {
        Some(party) => belongs(ctx, &tx, &ty, talk, party).await?,
        None => write::update_from(ctx, &tx, &ty, talk, version, new).await?,
    };
    let undo = event::of_record(&tx, "conversation", id, 3)
        .await?
        .into_iter()
        .find(|e| e.kind == "conversation.changed.v1")
        .map(|e| format!("/undo/event/{}", e.id));
    tx.commit().await?;
    Ok((version, undo))
}

/// `POST /conversations/{id}/step`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ask = Ask {
        to: f.get("to").unwrap_or("").to_owned(),
        version: f.int("version"),
        assignee: f.int("assignee"),
        hours: f.int("hours"),
        party: f.int("party"),
    };
    let (_, undo) = take(&visit, id, &ask).await?;
    let said = visit.loc.t(&format!("inbox-said-{}", ask.to));
    go_saying(&visit, &format!("/conversations/{id}"), &said, undo.as_deref())
}

/// `POST /api/v1/conversations/{id}/step`.
pub(crate) async fn api(visit: Visit, Path(id): Path<i64>, Body(ask): Body<Ask>) -> Answer {
    let (version, undo) = take(&visit, id, &ask).await?;
    answer(StatusCode::OK, &json!({"id": id, "version": version, "undo": undo}))
}
