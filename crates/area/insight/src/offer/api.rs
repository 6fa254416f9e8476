//! The next products for programs.

use super::{latest, read, shown};
use crate::pages::lists::pair_of;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use zhike_contract::Leanings;
use zhike_kernel::Error;
use zhike_web::{Answer, Json, Query, Visit, answer};

const MOST: i64 = 500;

/// `GET /api/v1/value/offers`.
pub async fn summary(visit: Visit) -> Answer {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let r = &run.report;
    let ctx = &visit.ctx;
    let places: Vec<_> = shown::taken_up(ctx).await?;
    let mut body = json!({
        "run": run.id, "finished_at": run.finished.rfc3339(), "facts_version": run.facts, "code_version": run.code,
        "from_on": r.from.to_string(), "to_on": r.to.to_string(), "customers": r.customers, "products": r.products,
        "way": r.way, "chosen_on": r.chosen, "tested_on": r.tested, "places": super::TESTED,
        "offered": r.offered, "want_no_offers": r.closed,
        "rules": r.rules.iter().map(|x| json!({ "product_id": x.0, "with_product_id": x.1, "orders": x.2, "confidence": x.3, "lift": x.4 })).collect::<Vec<_>>(),
        "taken_up": { "within_days": shown::WITHIN,
            "by_place": places.iter().map(|(place, t)| json!({ "place": place, "figures": t })).collect::<Vec<_>>() },
    });
    if let (Some(map), true) = (body.as_object_mut(), visit.may("profit.view")) {
        map.insert("by_products".into(), json!(read::by_held(ctx, false).await?));
        map.insert("by_categories".into(), json!(read::by_held(ctx, true).await?));
        if visit.actor.owners().is_none() {
            map.insert(
                "profit_of_five_and_more".into(),
                json!({ "products": r.lifts[0], "categories": r.lifts[1] }),
            );
        }
    }
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/value/offers/customers`: those who buy most first.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, MOST)).unwrap_or(50);
    let lines = read::customers(&visit.ctx, pair_of(q.get("after")), limit).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() == limit)
        .map(|l| format!("{}~{}", l.revenue, l.party_id));
    answer::json(StatusCode::OK, &json!({ "items": lines, "next": next }))
}

/// `GET /api/v1/value/offers/customers/{id}`: what to offer now, with reasons.
pub async fn customer(visit: Visit, Path(id): Path<i64>, said: Arc<dyn Leanings>) -> Answer {
    let ready = read::ready(&visit.ctx, &said, id).await?.ok_or_else(Error::missing)?;
    answer::json(StatusCode::OK, &json!(ready))
}

/// `POST /api/v1/value/offers/customers/{id}/shown`: a program put the first ones before somebody; they are counted.
pub async fn was_shown(visit: Visit, Path(id): Path<i64>, said: Arc<dyn Leanings>) -> Answer {
    let ready = read::ready(&visit.ctx, &said, id).await?.ok_or_else(Error::missing)?;
    if ready.closed {
        return Err(Error::refused("error-suggestion-closed").into());
    }
    shown::note(&visit.ctx, id, &ready, "program").await?;
    let ready = read::ready(&visit.ctx, &said, id).await?.ok_or_else(Error::missing)?;
    answer::json(StatusCode::OK, &json!(ready))
}

/// A refusal as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    version: i64,
    note: Option<String>,
}

/// `POST /api/v1/suggestions/{id}/declined`.
pub async fn decline(visit: Visit, Path(id): Path<i64>, Json(said): Json<Refused>) -> Answer {
    let version = shown::decline(&visit.ctx, id, said.version, said.note.as_deref()).await?;
    answer::json(StatusCode::OK, &json!({ "id": id, "version": version }))
}
