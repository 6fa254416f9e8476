//! The API beyond what every record type has: moving a deal, the numbers of the funnel, the stages of a pipeline.

use crate::{
    ask::Ask,
    cohort::{self, Cohort},
    moving, stages,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::Error;
use zhike_store::read;
use zhike_value::funnel::Funnel;
use zhike_web::{Answer, Fields, Json, Query, Routes, Visit, answer};

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .post(
            "/api/v1/deals/{id}/move",
            "deal.edit",
            |visit: Visit, Path(id): Path<i64>, Json(body): Json<Move>| Box::pin(shift(visit, id, body)),
        )
        .get("/api/v1/funnel", "funnel.view", |visit: Visit, Query(q): Query| {
            Box::pin(numbers(visit, q))
        })
        .get(
            "/api/v1/pipelines/{id}/stages",
            "pipeline.view",
            |visit: Visit, Path(id): Path<i64>| Box::pin(list(visit, id)),
        )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    stage: i64,
    version: i64,
    before: Option<i64>,
    after: Option<i64>,
    lost_reason: Option<String>,
    reason_id: Option<i64>,
    rival_id: Option<i64>,
    competitor: Option<String>,
    closed_on: Option<String>,
}

async fn shift(visit: Visit, id: i64, body: Move) -> Answer {
    let ask = moving::Ask {
        stage: body.stage,
        before: body.before,
        after: body.after,
        version: body.version,
        reason: body.reason_id.map(|id| id.to_string()).or(body.lost_reason),
        rival: body.rival_id,
        competitor: body.competitor,
        closed_on: body.closed_on,
    };
    let done = moving::run(&visit.ctx, id, &ask).await?;
    answer::json(
        StatusCode::OK,
        &json!({"id": id, "version": done.version, "from": done.from, "stage": done.to}),
    )
}

fn overall(f: &Funnel) -> serde_json::Value {
    json!({
        "deals": f.deals, "open": f.open, "won": f.won, "lost": f.lost, "reopened": f.reopened,
        "open_value": f.open_value, "won_value": f.won_value, "win_rate": f.win_rate,
        "average_won_value": f.average_won_value, "average_cycle_days": f.average_cycle_days,
        "median_cycle_days": f.median_cycle_days, "velocity": f.velocity,
    })
}

async fn numbers(visit: Visit, q: Fields) -> Answer {
    let ask = Ask::read(&visit.ctx, &q)
        .await?
        .ok_or_else(|| Error::refused("error-no-pipeline"))?;
    let cohort = Cohort::read(&visit.ctx, &ask).await?;
    let funnel = cohort.funnel();
    let stages: Vec<_> = cohort
        .open
        .iter()
        .zip(&funnel.stages)
        .map(|(stage, n)| {
            let mut row = json!(n);
            if let Some(map) = row.as_object_mut() {
                map.insert("id".into(), stage.id.into());
                map.insert("name".into(), stage.name.as_str().into());
                map.insert("name_latin".into(), json!(stage.latin));
                map.insert("probability".into(), stage.probability.into());
            }
            row
        })
        .collect();
    let owners: Vec<_> = cohort
        .by_owner()
        .iter()
        .map(|(owner, f)| json!({"owner": (*owner > 0).then_some(*owner), "numbers": overall(f)}))
        .collect();
    let forecast: Vec<_> = cohort::forecast(&visit.ctx, &ask)
        .await?
        .iter()
        .map(|m| {
            json!({
                "month": (!m.month.is_empty()).then_some(&m.month), "deals": m.deals,
                "amount": m.amount.json(), "weighted": m.weighted.json(),
            })
        })
        .collect();
    answer::json(
        StatusCode::OK,
        &json!({
            "pipeline": ask.pipeline, "from": ask.from.to_string(), "to": ask.to.to_string(), "as_of": visit.today().to_string(),
            "currency": visit.house.currency.code(), "other_currencies": cohort.foreign(),
            "overall": overall(&funnel), "stages": stages, "owners": owners, "forecast": forecast,
        }),
    )
}

async fn list(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("pipeline")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let items: Vec<_> = stages::of_pipeline(visit.db(), id)
        .await?
        .iter()
        .filter(|s| !s.archived)
        .map(|s| {
            json!({
                "id": s.id, "version": s.version, "name": s.name, "name_latin": s.latin, "position": s.position,
                "probability": s.probability, "kind": s.kind.name(),
            })
        })
        .collect();
    answer::json(StatusCode::OK, &json!({"items": items}))
}
