//! The same for programs: each step, the rounds, and what a customer would see.

use super::{
    desk::Desk,
    grant, kept, link, promise,
    promise::Wish,
    solve::Solution,
    tell::{self, Telling},
};
use crate::Ports;
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, read};
use zhike_web::{Answer, Json as Body, Routes, Visit, answer::json as answer, files::along};

/// A remedy, and how much.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remedy {
    remedy_id: i64,
    amount: Option<String>,
}

/// What is sent; each deed reads what it needs.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    user: Option<i64>,
    fields: Map<String, Json>,
    note: Option<String>,
    cause_id: Option<i64>,
    factor: Option<String>,
    responsible: Option<String>,
    responsible_party_id: Option<i64>,
    responsible_user_id: Option<i64>,
    solution: Option<String>,
    remedies: Vec<Remedy>,
    done: bool,
    approve: Option<bool>,
    channel: Option<String>,
    by_hand: bool,
    words: Option<String>,
    from: Option<String>,
    until: Option<String>,
    contact: Option<String>,
    minutes: Option<i64>,
    improvement_id: Option<i64>,
    name: Option<String>,
    /// Files that lie on records: they go along when the customer is told.
    files: Vec<i64>,
}

const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"user":{"type":"integer"},"fields":{"type":"object"},"note":{"type":"string"},
"cause_id":{"type":"integer"},"factor":{"type":"string"},"responsible":{"type":"string"},"responsible_party_id":{"type":"integer"},"responsible_user_id":{"type":"integer"},
"solution":{"type":"string"},"remedies":{"type":"array","items":{"type":"object","properties":{"remedy_id":{"type":"integer"},"amount":{"type":"string"}}}},"done":{"type":"boolean"},
"approve":{"type":"boolean"},"channel":{"type":"string"},"by_hand":{"type":"boolean"},"words":{"type":"string"},"from":{"type":"string","format":"date-time"},"until":{"type":"string","format":"date-time"},
"contact":{"type":"string"},"minutes":{"type":"integer"},"improvement_id":{"type":"integer"},"name":{"type":"string"},"files":{"type":"array","items":{"type":"integer"},"maxItems":10}}}"#;
const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"version":{"type":"integer"},"status":{"type":"string"},"step":{"type":["string","null"]},"round":{"type":"integer"},
"handler_id":{"type":["integer","null"]},"due_at":{"type":["string","null"]},"told":{"type":["boolean","null"]}}}"#;

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let one = ports.clone();
    let act = move |visit: Visit, Path((id, what)): Path<(i64, String)>, Body(s): Body<Sent>| {
        let ports = one.clone();
        Box::pin(async move { act(ports, visit, id, what, s).await })
    };
    Routes::new()
        .post("/api/v1/cases/{id}/act/{what}", "case.edit", act)
        .described(ASKS, TELLS)
        .get(
            "/api/v1/cases/{id}/rounds",
            "case.view",
            |visit: Visit, Path(id): Path<i64>| Box::pin(rounds(visit, id)),
        )
        .post(
            "/api/v1/cases/{id}/link",
            "case.edit",
            |visit: Visit, Path(id): Path<i64>| Box::pin(make_link(visit, id)),
        )
}

fn moment(text: Option<&str>, field: &str) -> Result<Stamp> {
    let text = text.ok_or_else(|| Error::field(field, "error-required"))?;
    let at: jiff::Timestamp = text.parse().map_err(|_| Error::field(field, "error-not-a-moment"))?;
    Ok(Stamp(at.as_microsecond()))
}

fn solution(ctx: &Ctx, s: &Sent) -> Result<Solution> {
    let c = ctx.house.currency;
    let remedies = s
        .remedies
        .iter()
        .map(|r| {
            let amount = r
                .amount
                .as_deref()
                .map(|t| super::pages::amount(t, "remedies", c))
                .transpose()?;
            Ok((r.remedy_id, amount))
        })
        .collect::<Result<_>>()?;
    Ok(Solution {
        cause: s.cause_id,
        factor: s.factor.clone().unwrap_or_default(),
        responsible: s.responsible.clone().unwrap_or_default(),
        party: s.responsible_party_id,
        user: s.responsible_user_id,
        text: s.solution.clone().unwrap_or_default(),
        remedies,
        done: s.done,
    })
}

async fn act(ports: Ports, visit: Visit, id: i64, what: String, s: Sent) -> Answer {
    let ctx = &visit.ctx;
    let version = s.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let files = along::chosen(&visit, &s.files).await?;
    let tx = ctx.begin().await?;
    let mut desk = Desk::open(ctx, &tx, &ports, id, version).await?;
    let mut told = None;
    match what.as_str() {
        "assign" => {
            desk.assign(s.user.ok_or_else(|| Error::field("user", "error-required"))?)
                .await?
        }
        "complete" => {
            let given = |key: &str| match s.fields.get(key) {
                None | Some(Json::Null) => None,
                Some(Json::String(t)) => Some(t.clone()),
                Some(other) => Some(other.to_string()),
            };
            desk.complete(&given, s.note).await?;
        }
        "solution" => {
            let asked = solution(ctx, &s)?;
            desk.solve(asked).await?;
        }
        "grant" => {
            let yes = s.approve.ok_or_else(|| Error::field("approve", "error-required"))?;
            grant::decide(&mut desk, yes, s.note).await?;
        }
        "tell" => {
            let how = Telling {
                channel: tell::channel(s.channel.as_deref().unwrap_or(""))?,
                by_hand: s.by_hand,
                note: s.note,
                files,
            };
            told = Some(desk.tell_customer(how).await?);
        }
        "unsatisfied" => desk.heard_unsatisfied(s.words.unwrap_or_default()).await?,
        "promise" => {
            let wish = Wish {
                from: moment(s.from.as_deref(), "from")?,
                until: moment(s.until.as_deref(), "until")?,
                channel: tell::channel(s.channel.as_deref().unwrap_or(""))?,
                contact: s.contact.unwrap_or_default(),
                note: s.note,
            };
            desk.promise(wish, false).await?;
        }
        "improve" => desk.improve(s.improvement_id, s.name.as_deref()).await?,
        "answered" => desk.promise_met(s.note).await?,
        "time" => {
            let minutes = s.minutes.ok_or_else(|| Error::field("minutes", "error-required"))?;
            desk.worked(minutes, s.note).await?;
        }
        _ => return Err(Error::missing().into()),
    }
    let c = &desk.case;
    let body = json!({
        "id": id, "version": c.version, "status": c.text("status"), "step": c.get("step").json(), "round": c.int("round"),
        "handler_id": c.int("handler_id"), "due_at": c.int("due_at").map(|d| Stamp(d).rfc3339()), "told": told,
    });
    tx.commit().await?;
    answer(StatusCode::OK, &body)
}

/// The rounds with their steps, remedies, promises.
async fn rounds(visit: Visit, id: i64) -> Answer {
    let db = visit.db();
    let ty = visit.registry().get("case")?.clone();
    read::need(&visit.ctx, db, &ty, id).await?;
    let (steps, granted) = (kept::steps(db, id).await?, kept::granted(db, id).await?);
    let at = |s: Option<Stamp>| s.map(Stamp::rfc3339);
    let rounds: Vec<Json> = kept::rounds(db, id)
        .await?
        .iter()
        .map(|r| {
            let steps: Vec<Json> = steps.iter().filter(|b| b.round == r.number).map(|b| {
                json!({"step": b.step, "act": b.act.word(), "name": b.name, "name_en": b.name_latin, "user_id": b.user, "started_at": b.started_at.rfc3339(),
                    "due_at": at(b.due_at), "ended_at": at(b.ended_at), "ended_by": b.ended_by, "outcome": b.outcome, "note": b.note, "alarmed_at": at(b.alarmed_at),
                    "fields": serde_json::from_str::<Json>(&b.body).unwrap_or(Json::Null)})
            }).collect();
            let remedies: Vec<Json> = granted.iter().filter(|g| g.round == r.number).map(|g| {
                json!({"remedy_id": g.remedy, "name": g.name, "amount": g.amount, "state": g.state})
            }).collect();
            json!({"number": r.number, "started_at": at(r.started_at), "ended_at": at(r.ended_at), "solution": r.solution, "cause_id": r.cause, "factor": r.factor,
                "responsible": r.responsible, "solved_at": at(r.solved_at), "solved_by": r.solved_by, "told_at": at(r.told_at), "channel": r.channel,
                "answer_by": at(r.answer_by), "warned_at": at(r.warned_at), "verdict": r.verdict, "stars": r.stars, "words": r.words,
                "verdict_at": at(r.verdict_at), "steps": steps, "remedies": remedies, "told_by": r.told_by, "message": r.message})
        })
        .collect();
    let promises: Vec<Json> = promise::of_case(db, id)
        .await?
        .iter()
        .map(|p| {
            json!({"round": p.round, "from": p.from.rfc3339(), "until": p.until.rfc3339(), "channel": p.channel, "contact": p.contact, "note": p.note,
                "by_customer": p.by_customer, "made_at": p.made_at.rfc3339(), "state": p.state, "ended_at": at(p.ended_at)})
        })
        .collect();
    let requests: Vec<Json> = kept::requests(db, id)
        .await?
        .iter()
        .map(|r| {
            json!({"id": r.id, "round": r.round, "total": r.total, "beyond": r.beyond, "per_case": r.per_case, "per_month": r.per_month, "asked_by": r.asked_by,
                "asked_at": r.asked_at.rfc3339(), "state": r.state, "decided_by": r.decided_by, "note": r.note})
        })
        .collect();
    answer(
        StatusCode::OK,
        &json!({"data": rounds, "promises": promises, "requests": requests}),
    )
}

/// The customer's way in.
async fn make_link(visit: Visit, id: i64) -> Answer {
    let tx = visit.ctx.begin().await?;
    let ty = visit.registry().get("case")?.clone();
    read::need(&visit.ctx, &tx, &ty, id).await?;
    let link = link::of_case(&tx, id).await?;
    tx.commit().await?;
    answer(StatusCode::OK, &json!({"path": link::path(&visit.app.secret, &link)}))
}
