//! Webhooks over the API.

use super::subscription::{self, Ask};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result, Stamp};
use zhike_outward::Outward;
use zhike_web::{
    Json, Visit,
    answer::{Answer, json as json_answer},
};

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

async fn show(visit: &Visit, id: i64) -> Result<Any> {
    let s = subscription::need(visit.db(), id).await?;
    Ok(subscription::told(&s, subscription::counts(visit.db(), id).await?))
}

/// `GET /api/v1/webhooks`.
pub(super) async fn list(visit: Visit) -> Answer {
    let mut out = vec![];
    for s in subscription::all(visit.db()).await? {
        out.push(subscription::told(&s, subscription::counts(visit.db(), s.id).await?));
    }
    json_answer(StatusCode::OK, &json!({ "webhooks": out }))
}

/// `POST /api/v1/webhooks`. The secret is in this answer and in no other.
pub(super) async fn create(outward: Outward, visit: Visit, Json(ask): Json<Ask>) -> Answer {
    let (id, secret) = subscription::create(&visit.ctx, &outward, &ask).await?;
    visit.app.nudge.notify_one();
    let mut out = show(&visit, id).await?;
    out["secret"] = secret.into();
    json_answer(StatusCode::CREATED, &out)
}

/// `GET /api/v1/webhooks/{id}`.
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    json_answer(StatusCode::OK, &show(&visit, id_of(&id)?).await?)
}

/// `PUT /api/v1/webhooks/{id}`.
pub(super) async fn change(outward: Outward, visit: Visit, Path(id): Path<String>, Json(ask): Json<Ask>) -> Answer {
    let id = id_of(&id)?;
    subscription::change(&visit.ctx, &outward, id, &ask).await?;
    json_answer(StatusCode::OK, &show(&visit, id).await?)
}

/// `DELETE /api/v1/webhooks/{id}`.
pub(super) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    subscription::remove(&visit.ctx, id).await?;
    json_answer(StatusCode::OK, &json!({"id": id, "removed": true}))
}

/// `POST /api/v1/webhooks/{id}/secret`.
pub(super) async fn secret(visit: Visit, Path(id): Path<String>) -> Answer {
    let secret = subscription::renew(&visit.ctx, id_of(&id)?).await?;
    json_answer(StatusCode::OK, &json!({ "secret": secret }))
}

/// `GET /api/v1/webhooks/{id}/messages`.
pub(super) async fn messages(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    subscription::need(visit.db(), id).await?;
    let all: Vec<Any> = subscription::messages(visit.db(), id, 200)
        .await?
        .iter()
        .map(|m| {
            json!({"id": m.id, "event_id": m.event, "type": m.kind, "state": m.state, "tries": m.tries, "due_at": m.due_at.rfc3339(),
                "status": m.status, "error": m.error, "created_at": m.created_at.rfc3339(), "done_at": m.done_at.map(Stamp::rfc3339)})
        })
        .collect();
    json_answer(StatusCode::OK, &json!({ "messages": all }))
}

/// Which messages are sent again; none named: all that were given up.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Again {
    #[serde(default)]
    ids: Vec<i64>,
}

/// `POST /api/v1/webhooks/{id}/again`.
pub(super) async fn again(visit: Visit, Path(id): Path<String>, Json(ask): Json<Again>) -> Answer {
    let n = subscription::again(&visit.ctx, id_of(&id)?, &ask.ids).await?;
    visit.app.nudge.notify_one();
    json_answer(StatusCode::OK, &json!({ "waiting": n }))
}
