//! The levels for programs.

use super::{list, read, settings};
use crate::policy::{job, types as policy};
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value as Json_, json};
use zhike_kernel::Error;
use zhike_store::read as store_read;
use zhike_web::{Answer, Json, Query, Visit, answer};

/// What costs and margins are is not for every role.
fn seen(visit: &Visit, mut of: Json_) -> Json_ {
    if !visit.may("cost.view")
        && let Some(map) = of.as_object_mut()
    {
        map.retain(|name, _| !matches!(name.as_str(), "margin" | "service"));
    }
    of
}

/// `GET /api/v1/care`.
pub async fn summary(visit: Visit) -> Answer {
    let found = read::summary(&visit.ctx).await?;
    let set = settings::load(visit.db(), visit.house.currency).await?;
    let rules = policy::all(visit.db()).await?;
    let levels: Vec<Json_> = found.levels.iter().map(|l| seen(&visit, json!(l))).collect();
    let body = json!({
        "levels": levels, "unset": found.unset, "differs": found.differs, "customers_by_margin_and_number": found.fields,
        "settings": set, "rules": rules, "days": read::LATELY, "currency": visit.house.currency.code(),
    });
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/care/customers?part=&level=&advised=&after=&limit=`.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let asked = read::Asked::read(&q);
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, 500)).unwrap_or(50);
    let mut lines = read::customers(&visit.ctx, &asked, list::pair_of(q.get("after")), limit + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines
        .last()
        .filter(|_| more)
        .map(|l| format!("{}~{}", l.margin, l.party_id));
    let items: Vec<Json_> = lines.iter().map(|l| seen(&visit, json!(l))).collect();
    let body = json!({ "items": items, "next": next, "currency": visit.house.currency.code() });
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/care/customers/{id}`.
pub async fn customer(visit: Visit, Path(id): Path<i64>) -> Answer {
    let ty = visit.registry().get("party")?.clone();
    store_read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let line = read::one(visit.db(), id).await?.ok_or_else(Error::missing)?;
    answer::json(StatusCode::OK, &seen(&visit, json!(line)))
}

/// Which recommendations to take over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    advised: Option<String>,
}

/// `POST /api/v1/care/accept`.
pub async fn accept(visit: Visit, Json(body): Json<Taken>) -> Answer {
    let many = list::take_over(&visit.ctx, body.advised.as_deref()).await?;
    answer::json(StatusCode::OK, &json!({ "set": many }))
}

/// `PUT /api/v1/care/settings`.
pub async fn put(visit: Visit, Json(new): Json<settings::Settings>) -> Answer {
    settings::keep(&visit.ctx, &new).await?;
    visit.app.nudge.notify_one();
    let kept = settings::load(visit.db(), visit.house.currency).await?;
    answer::json(StatusCode::OK, &json!(kept))
}

/// `POST /api/v1/care/follow-ups`.
pub async fn look(visit: Visit) -> Answer {
    let job = job::ask(&visit.ctx).await?;
    visit.app.nudge.notify_one();
    answer::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}
