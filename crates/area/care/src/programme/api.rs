//! The programme for programs.

use super::{gain, list, page, read, settings};
use crate::level::list::pair_of;
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
        map.retain(|name, _| !matches!(name.as_str(), "margin" | "growth" | "benefit" | "net" | "would"));
    }
    of
}

/// `GET /api/v1/care/programme`.
pub async fn summary(visit: Visit) -> Answer {
    let tiers = read::tiers(&visit.ctx).await?;
    let tiers: Vec<Json_> = tiers.iter().map(|t| seen(&visit, json!(t))).collect();
    let mut body = json!({ "tiers": tiers, "currency": visit.house.currency.code() });
    if visit.may("cost.view")
        && let Some(map) = body.as_object_mut()
    {
        let set = settings::load(visit.db(), visit.house.currency).await?;
        map.insert("settings".into(), json!(set));
        // What came of all customers is not told to who sees only some.
        if visit.actor.owners().is_none() {
            let made = gain::latest(visit.db()).await?;
            map.insert("made_at".into(), json!(made.as_ref().map(|m| m.0.rfc3339())));
            map.insert("gain".into(), json!(made.as_ref().map(|m| &m.1)));
            map.insert("sum".into(), json!(made.as_ref().and_then(|m| m.1.sum())));
        }
    }
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/care/programme/customers?part=&after=&limit=`.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let part = read::part(q.get("part"));
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, 500)).unwrap_or(50);
    let mut lines = read::customers(&visit.ctx, part, pair_of(q.get("after")), limit + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines
        .last()
        .filter(|_| more)
        .map(|l| format!("{}~{}", l.net, l.party_id));
    let items: Vec<Json_> = lines.iter().map(|l| seen(&visit, json!(l))).collect();
    let body = json!({ "items": items, "next": next, "currency": visit.house.currency.code() });
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/care/programme/customers/{id}`.
pub async fn customer(visit: Visit, Path(id): Path<i64>) -> Answer {
    let ty = visit.registry().get("party")?.clone();
    store_read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let line = read::one(visit.db(), id).await?.ok_or_else(Error::missing)?;
    answer::json(StatusCode::OK, &seen(&visit, json!(line)))
}

/// `POST /api/v1/care/programme/enrol`.
pub async fn enrol(visit: Visit) -> Answer {
    let many = list::enrol_all(&visit.ctx).await?;
    answer::json(StatusCode::OK, &json!({ "enrolled": many }))
}

/// `PUT /api/v1/care/programme/settings`.
pub async fn put(visit: Visit, Json(new): Json<settings::Settings>) -> Answer {
    settings::keep(&visit.ctx, &new).await?;
    visit.app.nudge.notify_one();
    let kept = settings::load(visit.db(), visit.house.currency).await?;
    answer::json(StatusCode::OK, &json!(kept))
}

/// Which settings were read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    version: i64,
}

/// `POST /api/v1/care/programme/measured`.
pub async fn measured(visit: Visit, Json(body): Json<Taken>) -> Answer {
    let kept = page::take(&visit, body.version).await?;
    answer::json(StatusCode::OK, &json!(kept))
}
