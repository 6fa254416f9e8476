//! Messages over the API.

use super::{
    message::{self, Message},
    whole,
};
use crate::Ports;
use axum::{extract::Path, http::StatusCode};
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result};
use zhike_store::Ctx;
use zhike_web::{
    Json, Query, Visit,
    answer::{Answer, json as json_answer},
};

/// The asker with all rights of the user behind the token.
fn acting(visit: &Visit) -> Ctx {
    let mut ctx = visit.ctx.clone();
    ctx.actor = whole(&visit.ctx);
    ctx
}

async fn with_items(visit: &Visit, ctx: &Ctx, m: &Message, repeated: bool) -> Result<Any> {
    let mut out = message::told(m, repeated);
    let items: Vec<Any> = message::results(ctx, m.id)
        .await?
        .iter()
        .map(|r| {
            json!({"position": r.position, "key": r.key, "outcome": r.outcome, "code": r.code, "field": r.field,
                "detail": r.words(&visit.loc), "record_type": r.record.as_ref().map(|x| &x.0), "record_id": r.record.as_ref().map(|x| x.1)})
        })
        .collect();
    out["items"] = items.into();
    Ok(out)
}

/// `POST /api/v1/inbound/{kind}`.
pub(super) async fn take(ports: Ports, kind: &'static str, visit: Visit, Json(body): Json<Any>) -> Answer {
    let ctx = acting(&visit);
    let (m, repeated) = message::take(&ctx, &ports, kind, &body).await?;
    json_answer(StatusCode::OK, &with_items(&visit, &ctx, &m, repeated).await?)
}

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

/// `GET /api/v1/inbound?refused=1&before=`.
pub(super) async fn list(visit: Visit, Query(q): Query) -> Answer {
    let ctx = acting(&visit);
    let all = message::list(&ctx, q.filled("refused").is_some(), q.int("before"), 50).await?;
    let next = all.last().filter(|_| all.len() == 50).map(|m| m.id);
    let messages: Vec<Any> = all.iter().map(|m| message::told(m, false)).collect();
    json_answer(StatusCode::OK, &json!({"messages": messages, "next": next}))
}

/// `GET /api/v1/inbound/{id}`: with the results and the message as it came.
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let ctx = acting(&visit);
    let m = message::need(&ctx, id_of(&id)?).await?;
    let mut out = with_items(&visit, &ctx, &m, false).await?;
    out["body"] = serde_json::from_str(&m.body).unwrap_or(Any::Null);
    json_answer(StatusCode::OK, &out)
}

/// `POST /api/v1/inbound/{id}/replay`.
pub(super) async fn replay(ports: Ports, visit: Visit, Path(id): Path<String>) -> Answer {
    let ctx = acting(&visit);
    let m = message::replay(&ctx, &ports, id_of(&id)?).await?;
    json_answer(StatusCode::OK, &with_items(&visit, &ctx, &m, false).await?)
}
