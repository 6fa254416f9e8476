//! Notices over the API.

use super::{
    paper, propose,
    review::{self, Notice},
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result, number};
use zhike_web::{
    Json, Query, Visit,
    answer::{Answer, json as json_answer},
};

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

fn told(n: &Notice) -> Any {
    let money = |v: i64| number::write_scaled(v, n.currency.decimals());
    json!({"id": n.id, "version": n.version, "number": n.number, "party_id": n.party, "level": n.level, "made_on": n.made_on,
        "state": n.state, "reason": n.reason, "currency": n.currency.code(), "asked": money(n.asked), "open": money(n.open),
        "fee": money(n.fee), "invoices": n.invoices, "message_id": n.message})
}

/// `GET /api/v1/dunning/notices?state=`.
pub(super) async fn list(visit: Visit, Query(q): Query) -> Answer {
    let state = q.filled("state").unwrap_or("proposed");
    if !matches!(state, "proposed" | "held" | "dropped") {
        return Err(Error::field("state", "error-not-a-choice").into());
    }
    let all: Vec<Any> = review::list(&visit.ctx, state).await?.iter().map(told).collect();
    json_answer(StatusCode::OK, &json!({ "notices": all }))
}

/// `GET /api/v1/dunning/notices/{id}`.
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let n = review::need(&visit.ctx, visit.db(), id_of(&id)?).await?;
    let money = |v: i64| number::write_scaled(v, n.currency.decimals());
    let lines: Vec<Any> = review::lines(&visit.ctx, visit.db(), n.id)
        .await?
        .iter()
        .map(|l| {
            json!({"invoice_id": l.invoice, "number": l.number, "issued_on": l.issued_on, "due_on": l.due_on, "days_late": l.days,
                "level": l.level, "amount": money(l.amount), "open": money(l.open)})
        })
        .collect();
    let mut out = told(&n);
    out["lines"] = lines.into();
    json_answer(StatusCode::OK, &out)
}

/// What is sent with a decision.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    version: Option<i64>,
    reason: Option<String>,
}

/// `POST /api/v1/dunning/notices/{id}/keep`.
pub(super) async fn keep(
    sending: super::Sending,
    visit: Visit,
    Path(id): Path<String>,
    Json(ask): Json<Ask>,
) -> Answer {
    let decision = review::Decision {
        version: crate::said(ask.version)?,
        to: "held",
        reason: ask.reason.as_deref(),
        letter: Some(paper::message(&visit, &sending, &id).await?),
    };
    let n = review::decide(&visit.ctx, &sending, id_of(&id)?, decision).await?;
    visit.app.nudge.notify_one();
    json_answer(StatusCode::OK, &told(&n))
}

/// `POST /api/v1/dunning/notices/{id}/drop`.
pub(super) async fn put_aside(
    sending: super::Sending,
    visit: Visit,
    Path(id): Path<String>,
    Json(ask): Json<Ask>,
) -> Answer {
    let decision = review::Decision {
        version: crate::said(ask.version)?,
        to: "dropped",
        reason: ask.reason.as_deref(),
        letter: None,
    };
    let n = review::decide(&visit.ctx, &sending, id_of(&id)?, decision).await?;
    json_answer(StatusCode::OK, &told(&n))
}

/// `POST /api/v1/dunning/run`.
pub(super) async fn run(sending: super::Sending, visit: Visit) -> Answer {
    visit.require(super::EDIT)?;
    let n = propose::run(&visit.ctx, sending.outbound.as_ref()).await?;
    json_answer(StatusCode::OK, &json!({ "proposed": n }))
}
