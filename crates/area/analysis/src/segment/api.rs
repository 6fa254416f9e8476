//! Segments for programs.

use super::flow;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{List, Record, list, read};
use zhike_web::{Answer, Fields, Visit, answer, records::condition::Condition};

/// A segment that the caller may see.
async fn need(visit: &Visit, id: i64) -> Result<Record> {
    let ty = visit.registry().get("segment")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await
}

fn version(body: &Json) -> Result<i64> {
    let version = body.get("version").and_then(Json::as_i64);
    version.ok_or_else(|| Error::field("version", "error-required"))
}

/// `GET /api/v1/segments/{id}/members?cursor=&limit=`.
pub(super) async fn members(visit: Visit, id: i64, q: Fields) -> Answer {
    visit.require("party.view")?;
    let segment = need(&visit, id).await?;
    let party = flow::party(&visit.ctx)?;
    let limit = q.int("limit").unwrap_or(50).clamp(1, 500);
    let asked = List {
        limit: usize::try_from(limit).unwrap_or(50),
        cursor: q.filled("cursor").map(str::to_owned),
        ..flow::list(&visit.ctx, &segment)?
    };
    let page = list::page(&visit.ctx, visit.db(), &party, &asked).await?;
    let items: Vec<Json> = page
        .lines
        .iter()
        .map(|line| {
            let mut out = json!({ "id": line.id });
            if let Some(map) = out.as_object_mut() {
                let values: &Values = &line.values;
                map.extend(values.iter().map(|(k, v)| (k.clone(), v.json())));
            }
            out
        })
        .collect();
    let count = flow::count(&visit.ctx, &segment).await?;
    let body = json!({
        "kind": segment.text("kind"), "frozen_on": segment.get("frozen_on").json(), "count": count, "items": items, "next": page.next,
    });
    answer::json(StatusCode::OK, &body)
}

/// `PUT /api/v1/segments/{id}/condition`.
pub(super) async fn condition(visit: Visit, id: i64, body: Json) -> Answer {
    let given = Condition::from_json(&body).ok_or_else(|| Error::field("condition", "error-condition"))?;
    given.check(&visit, flow::party(&visit.ctx)?.as_ref())?;
    let new = flow::change(&visit.ctx, id, version(&body)?, |_, _| Ok(given)).await?;
    answer::json(StatusCode::OK, &json!({ "id": id, "version": new }))
}

/// `POST /api/v1/segments/{id}/freeze`.
pub(super) async fn freeze(visit: Visit, id: i64, body: Json) -> Answer {
    let many = flow::freeze(&visit.ctx, id, version(&body)?).await?;
    answer::json(StatusCode::OK, &json!({ "id": id, "members": many }))
}

/// `POST /api/v1/segments/{id}/copy`.
pub(super) async fn copy(visit: Visit, id: i64) -> Answer {
    let new = flow::copy(&visit.ctx, id).await?;
    answer::json(StatusCode::CREATED, &json!({ "id": new }))
}
