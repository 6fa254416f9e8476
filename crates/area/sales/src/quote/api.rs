//! Quotes for programs, beyond what every type has.

use super::{
    flow::{self, Ports},
    letterhead, link,
    read::need,
    sheet,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result};
use zhike_paper::Letterhead;
use zhike_store::read;
use zhike_web::{
    Json as Body, Visit,
    answer::{Answer, json as answer},
    api::value,
};

/// From which version, with which words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    version: i64,
    note: Option<String>,
}

async fn shown(visit: &Visit, ty: &str, id: i64) -> Result<Json> {
    let ty = visit.registry().get(ty)?;
    let record = read::need(&visit.ctx, visit.db(), ty, id).await?;
    Ok(Json::Object(value::record(&visit.ctx, ty, &record)))
}

/// `POST /api/v1/quotes/{id}/submit` and so on.
pub(crate) async fn step(
    visit: Visit,
    Path(id): Path<String>,
    what: &'static str,
    ports: Ports,
    Body(s): Body<Step>,
) -> Answer {
    let quote = need(&visit, &id).await?;
    let mut code = StatusCode::OK;
    let (mut ty, mut which) = ("quote", quote.id);
    match what {
        "submit" => flow::submit(&visit, &ports, &quote, s.version, s.note.as_deref()).await?,
        "withdraw" => flow::withdraw(&visit, &ports, &quote, s.version).await?,
        "recall" => flow::recall(&visit, &quote, s.version).await?,
        "revise" => {
            code = StatusCode::CREATED;
            which = flow::revise(&visit, &quote, s.version).await?;
        }
        "order" => {
            code = if quote.int("order_id").is_some() {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            (ty, which) = ("order", flow::order(&visit, &ports, &quote).await?);
        }
        "send" => {
            let link = flow::send(&visit, &quote, s.version).await?;
            let all = link::of_quote(visit.db(), quote.id).await?;
            let made = all.iter().find(|l| l.id == link).ok_or_else(Error::missing)?;
            let mut out = shown(&visit, "quote", quote.id).await?;
            if let Some(map) = out.as_object_mut() {
                map.insert("link".into(), link::address(&visit.app.secret, made).into());
            }
            return answer(StatusCode::OK, &out);
        }
        _ => return Err(Error::missing().into()),
    }
    answer(code, &shown(&visit, ty, which).await?)
}

/// `GET /api/v1/quotes/{id}/links`: what the customer did with them.
pub(crate) async fn links(visit: Visit, Path(id): Path<String>) -> Answer {
    let quote = need(&visit, &id).await?;
    let items: Vec<Json> = link::of_quote(visit.db(), quote.id)
        .await?
        .iter()
        .map(|l| {
            json!({
                "id": l.id, "made_at": l.made_at.rfc3339(), "revoked": l.revoked, "opens": l.opens, "opened_at": l.opened_at.map(|a| a.rfc3339()),
                "answer": l.answer, "answered_at": l.answered_at.map(|a| a.rfc3339()), "name": l.name, "reason": l.reason, "address": l.peer,
            })
        })
        .collect();
    answer(StatusCode::OK, &json!({"items": items}))
}

/// `GET /api/v1/letterhead`.
pub(crate) async fn letterhead_now(visit: Visit) -> Answer {
    let head = sheet::letterhead(visit.db(), &visit.app.company).await?;
    answer(StatusCode::OK, &serde_json::to_value(head).map_err(Error::broken)?)
}

/// `PUT /api/v1/letterhead`.
pub(crate) async fn letterhead_set(visit: Visit, Body(head): Body<Letterhead>) -> Answer {
    letterhead::keep(&visit, &head).await?;
    answer(StatusCode::OK, &serde_json::to_value(head).map_err(Error::broken)?)
}
