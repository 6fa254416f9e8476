//! The API of pools beyond what every record type has.

use super::{flow, history, pages, reconcile, teams};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use zhike_store::{list, read};
use zhike_web::{Answer, Fields, Query, Routes, Visit, answer};

/// The routes.
pub(crate) fn routes() -> Routes {
    let mut all = Routes::new()
        .get(
            "/api/v1/pools/{id}/records",
            "pool.view",
            |visit: Visit, Path(id): Path<i64>, Query(q): Query| Box::pin(inside(visit, id, q)),
        )
        .post(
            "/api/v1/pools/{id}/claim",
            "pool.claim",
            |visit: Visit, Path(id): Path<i64>, zhike_web::Json(body): zhike_web::Json<Target>| {
                Box::pin(async move {
                    flow::claim(&visit.ctx, id, body.record).await?;
                    answer::json(
                        StatusCode::OK,
                        &json!({"record": body.record, "owner_id": visit.actor.user}),
                    )
                })
            },
        )
        .post(
            "/api/v1/pools/{id}/assign",
            "pool.assign",
            |visit: Visit, Path(id): Path<i64>, zhike_web::Json(body): zhike_web::Json<Assign>| {
                Box::pin(async move {
                    flow::assign(&visit.ctx, id, body.record, body.user_id).await?;
                    answer::json(
                        StatusCode::OK,
                        &json!({"record": body.record, "owner_id": body.user_id}),
                    )
                })
            },
        )
        .put(
            "/api/v1/pools/{id}/teams/{team_id}",
            "pool.edit",
            |visit: Visit, Path((id, team)): Path<(i64, i64)>| Box::pin(team_of(visit, id, team, true)),
        )
        .delete(
            "/api/v1/pools/{id}/teams/{team_id}",
            "pool.edit",
            |visit: Visit, Path((id, team)): Path<(i64, i64)>| Box::pin(team_of(visit, id, team, false)),
        )
        .get(
            "/api/v1/pool-rules/{id}/preview",
            "pool_rule.view",
            |visit: Visit, Path(id): Path<i64>| Box::pin(preview(visit, id)),
        );
    for (what, path) in [("party", "parties"), ("lead", "leads")] {
        all = all
            .post(
                &format!("/api/v1/{path}/{{id}}/release"),
                "pool.claim",
                move |visit: Visit, Path(id): Path<i64>, zhike_web::Json(body): zhike_web::Json<Release>| {
                    Box::pin(async move {
                        flow::release(&visit.ctx, what, id, body.pool, body.note).await?;
                        answer::json(StatusCode::OK, &json!({"id": id, "owner_id": null}))
                    })
                },
            )
            .get(
                &format!("/api/v1/{path}/{{id}}/owners"),
                "pool.view",
                move |visit: Visit, Path(id): Path<i64>| Box::pin(owners(visit, what, id)),
            );
    }
    all
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    record: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assign {
    record: i64,
    user_id: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    pool: Option<i64>,
    note: Option<String>,
}

async fn inside(visit: Visit, id: i64, q: Fields) -> Answer {
    let pool = flow::find(&visit.ctx, visit.db(), id).await?;
    let (ty, page) = pages::page(&visit, &pool, q.filled("cursor").map(str::to_owned)).await?;
    let data: Vec<Json> = page
        .lines
        .iter()
        .map(|l| {
            let mut row: serde_json::Map<String, Json> = l.values.iter().map(|(k, v)| (k.clone(), v.json())).collect();
            if let Some(at) = l.values.get("last_contact_at").and_then(zhike_kernel::Value::int) {
                row.insert("last_contact_at".into(), zhike_kernel::Stamp(at).rfc3339().into());
            }
            row.insert("id".into(), l.id.into());
            row.into()
        })
        .collect();
    answer::json(
        StatusCode::OK,
        &json!({"type": ty.name, "data": data, "next": page.next, "previous": page.previous}),
    )
}

async fn team_of(visit: Visit, id: i64, team: i64, there: bool) -> Answer {
    teams::set_team(&visit, id, team, there).await?;
    answer::json(StatusCode::OK, &json!({"pool": id, "team_id": team, "there": there}))
}

async fn preview(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("pool_rule")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let Some(rule) = reconcile::rules(&visit.ctx, visit.db(), Some(id))
        .await?
        .into_iter()
        .next()
    else {
        return answer::json(StatusCode::OK, &json!({"count": 0, "ids": []}));
    };
    let of = visit.registry().get(rule.pool.subject)?.clone();
    let ask = reconcile::about(&of, &rule, 200);
    let count = list::count(&visit.ctx, visit.db(), &of, &ask, 1_000_000).await?;
    let ids: Vec<i64> = list::page(&visit.ctx, visit.db(), &of, &ask)
        .await?
        .lines
        .iter()
        .map(|l| l.id)
        .collect();
    answer::json(StatusCode::OK, &json!({"type": of.name, "count": count, "ids": ids}))
}

async fn owners(visit: Visit, what: &'static str, id: i64) -> Answer {
    let ty = visit.registry().get(what)?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let items: Vec<Json> = history::history(visit.db(), what, id)
        .await?
        .iter()
        .map(|p| json!({"at": p.at.rfc3339(), "from": p.from, "to": p.to, "why": p.why, "by": p.actor, "note": p.note}))
        .collect();
    answer::json(StatusCode::OK, &json!({"items": items}))
}
