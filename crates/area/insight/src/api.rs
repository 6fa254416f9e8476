//! The same figures for programs.

use crate::assume::{self, NAMES};
use crate::measure::propose::propose;
use crate::model::{self, Body};
use crate::pages::lists::pair_of;
use crate::pages::model::keep;
use crate::read::{self, Part};
use crate::{job, period, quality, result};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use zhike_contract::Funnel;
use zhike_kernel::Error;
use zhike_web::{Answer, Json, Query, Visit, answer};

const MOST: i64 = 500;

/// `GET /api/v1/value/summary`.
pub async fn summary(visit: Visit) -> Answer {
    let run = result::latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let seen = read::seen(&visit.ctx, &run).await?;
    let all = visit.actor.owners().is_none();
    let o = &run.outcome;
    let mut body = json!({
        "run": run.id, "from_on": run.from.to_string(), "to_on": run.to.to_string(), "facts_version": run.facts,
        "finished_at": run.finished.rfc3339(), "currency": visit.house.currency.code(), "model_version": o.model,
        "whale": seen.whale, "profit": seen.totals.parts.profit(), "assumed_ppm": seen.totals.assumed_ppm(),
        "hidden_customers": seen.hidden, "foreign_lines": o.foreign,
    });
    let open = visit.may("cost.view") && visit.may("model.view");
    if let Some(map) = body.as_object_mut() {
        if open {
            map.insert("totals".into(), json!(seen.totals));
            map.insert("assumptions".into(), json!(o.assumptions));
        } else {
            map.insert("hidden".into(), json!(["totals", "assumptions", "reconciliation"]));
        }
    }
    if all
        && open
        && let Some(map) = body.as_object_mut()
    {
        let books = json!({ "ledger": o.ledger, "customers": o.customers, "unallocated": o.unallocated, "difference": o.difference() });
        map.insert("reconciliation".into(), books);
    }
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/value/customers`.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let run = result::latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let limit = limit(q.int("limit"));
    let part = Part::parse(q.get("part"));
    let lines = read::customers(&visit.ctx, &run, part, q.int("after").unwrap_or(0), limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|l| l.rank);
    let items: Vec<_> = lines
        .iter()
        .map(|l| {
            let mut item = json!({
                "party_id": l.party, "name": l.name, "rank": l.rank, "tier": l.tier, "grade": l.grade, "manual_grade": l.manual,
                "score": l.score,
                "profit": l.profit, "orders": l.orders, "last_order_on": l.last.map(|d| d.to_string()), "rhythm_days": l.rhythm,
                "contributions": l.reasons,
            });
            if let Some(map) = item.as_object_mut() {
                if visit.may("cost.view") {
                    map.insert("components".into(), json!(l.parts));
                    map.insert("assumed_cost".into(), json!(l.assumed_cost));
                    map.insert("assumed_revenue".into(), json!(l.assumed_revenue));
                    map.insert("proposal".into(), json!(propose(part, &l.parts)));
                } else {
                    map.insert("hidden".into(), json!(["components", "assumed_cost", "assumed_revenue", "proposal"]));
                }
            }
            item
        })
        .collect();
    answer::json(StatusCode::OK, &json!({ "items": items, "next": next }))
}

/// `GET /api/v1/value/products`.
pub async fn products(visit: Visit, Query(q): Query) -> Answer {
    let limit = limit(q.int("limit"));
    let lines = read::products(
        &visit.ctx,
        q.get("order") == Some("worst"),
        pair_of(q.get("after")),
        limit,
    )
    .await?;
    let next = lines
        .last()
        .filter(|_| lines.len() == limit)
        .map(|l| format!("{}~{}", l.profit, l.product));
    let items: Vec<_> = lines
        .iter()
        .map(|l| {
            json!({
                "product_id": l.product, "name": l.name, "sku": l.sku, "net_revenue": l.net, "cost": l.cost, "assumed_cost": l.assumed,
                "delivery": l.delivery, "profit": l.profit, "quantity": l.quantity, "customers": l.customers,
            })
        })
        .collect();
    answer::json(StatusCode::OK, &json!({ "items": items, "next": next }))
}

fn limit(asked: Option<i64>) -> usize {
    usize::try_from(asked.unwrap_or(50).clamp(1, MOST)).unwrap_or(50)
}

/// Body of `POST /api/v1/value/refresh`.
#[derive(Deserialize)]
pub struct Refresh {
    /// Which period, if another one.
    period: Option<String>,
}

/// `POST /api/v1/value/refresh`.
pub async fn refresh(visit: Visit, Json(body): Json<Refresh>) -> Answer {
    let tx = visit.ctx.begin().await?;
    if let Some(word) = &body.period {
        if !period::CHOICES.contains(&word.as_str()) {
            return Err(Error::field("period", "error-not-a-choice").into());
        }
        period::choose(&tx, word).await?;
    }
    job::ask(&tx).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::json(StatusCode::ACCEPTED, &json!({ "asked": true }))
}

/// `GET /api/v1/value/assumptions`.
pub async fn assumptions(visit: Visit) -> Answer {
    let now = assume::load(visit.db(), visit.house.currency).await?;
    let names: Vec<&str> = NAMES.iter().map(|n| n.0).collect();
    answer::json(
        StatusCode::OK,
        &json!({ "currency": visit.house.currency.code(), "names": names, "values": now }),
    )
}

/// `PUT /api/v1/value/assumptions`: the values that change, minor units or parts per million.
pub async fn put_assumptions(visit: Visit, Json(body): Json<BTreeMap<String, i64>>) -> Answer {
    let tx = visit.ctx.begin().await?;
    let new: Vec<(String, i64)> = body.into_iter().collect();
    if assume::save(&visit.ctx, &tx, &new).await? {
        job::ask(&tx).await?;
    }
    tx.commit().await?;
    visit.app.nudge.notify_one();
    assumptions(visit).await
}

/// `GET /api/v1/value/model`.
pub async fn get_model(visit: Visit) -> Answer {
    let now = model::active(visit.db()).await?;
    answer::json(
        StatusCode::OK,
        &json!({ "version": now.version, "note": now.note, "model": now.body }),
    )
}

/// Body of `PUT /api/v1/value/model`.
#[derive(Deserialize)]
pub struct NewModel {
    /// The version on which the change was made.
    version: i64,
    /// The model.
    model: Body,
    /// Why.
    note: Option<String>,
}

/// `PUT /api/v1/value/model`.
pub async fn put_model(visit: Visit, Json(body): Json<NewModel>) -> Answer {
    keep(&visit, body.version, &body.model, body.note.as_deref()).await?;
    get_model(visit).await
}

/// `GET /api/v1/value/agreement`.
pub async fn agreement(visit: Visit) -> Answer {
    let found = read::agreement(&visit.ctx).await?;
    answer::json(StatusCode::OK, &found.json())
}

/// `GET /api/v1/proof`.
pub async fn proof(visit: Visit, funnel: &dyn Funnel) -> Answer {
    let f = funnel.summary(&visit.ctx, crate::pages::proof::DAYS).await?;
    let report = quality::report(&visit.ctx).await?;
    let run = result::latest(visit.db()).await?;
    let whale = match &run {
        Some(run) => Some(read::seen(&visit.ctx, run).await?.whale),
        None => None,
    };
    let stages: Vec<_> = f
        .stages
        .iter()
        .map(|s| json!({ "name": s.name, "entered": s.entered, "passed": s.passed, "median_days": s.median_days }))
        .collect();
    let checks: Vec<_> = report.checks.iter().map(|c| &c.check).collect();
    let agreement = read::agreement(&visit.ctx).await?;
    answer::json(
        StatusCode::OK,
        &json!({
            "funnel": {
                "from_on": f.from_on.to_string(), "to_on": f.to_on.to_string(), "deals": f.deals, "won": f.won, "lost": f.lost,
                "win_rate": f.win_rate, "median_days": f.median_days, "stages": stages,
            },
            "whale": whale, "agreement": agreement.json(), "checks": checks, "verdicts": report.verdicts,
        }),
    )
}
