//! Orders for programs, beyond what every type has: from state to state, and back.

use crate::{deliver, flow, lines, returns};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::Map;
use std::sync::Arc;
use zhike_contract::Stock;
use zhike_web::{
    Json, Visit,
    answer::{Answer, json, status_of},
    api,
};

/// To which state, on which day, from which version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    to: String,
    version: i64,
    on: Option<String>,
    /// Confirm with what there is; the rest follows.
    partial: Option<bool>,
    /// Why it is cancelled, or confirmed beyond the customer's credit.
    reason: Option<String>,
}

async fn show(visit: &Visit, code: StatusCode, id: i64) -> Answer {
    let order = flow::fresh(visit, id).await?;
    let ty = visit.registry().get("order")?;
    json(code, &api::whole(&visit.ctx, visit.db(), ty, &order).await?)
}

/// `POST /api/v1/orders/{id}/status`. Who finds too little in the house is told when it can leave, and in which parts.
pub(crate) async fn status(
    stock: Arc<dyn Stock>,
    visit: Visit,
    Path(id): Path<String>,
    Json(step): Json<Step>,
) -> Answer {
    let order = lines::need(&visit, &id).await?;
    let how = flow::How {
        on: step.on.as_deref(),
        partial: step.partial,
        reason: step.reason.as_deref(),
    };
    match flow::advance(&visit, order.id, &step.to, step.version, how).await {
        Ok(_) => show(&visit, StatusCode::OK, order.id).await,
        Err(e) if e.code == "error-stock-short" => {
            let mut more = Map::new();
            more.insert("proposal".into(), deliver::proposal(&stock, &visit, &order).await?);
            Ok(api::problem(&visit, status_of(&e), &e, more))
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /api/v1/orders/{id}/return`.
pub(crate) async fn take_back(visit: Visit, Path(id): Path<String>) -> Answer {
    let order = lines::need(&visit, &id).await?;
    let new = returns::make(&visit, &order).await?;
    show(&visit, StatusCode::CREATED, new).await
}
