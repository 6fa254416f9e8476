//! Shipments for programs, beyond what every type has.

use super::{flow, progress};
use crate::{deliver::words, lines};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use std::sync::Arc;
use zhike_contract::Stock;
use zhike_kernel::{Error, Result};
use zhike_store::read;
use zhike_web::{
    Json, Visit,
    answer::{Answer, json as answer},
    api,
};

async fn show(visit: &Visit, code: StatusCode, id: i64) -> Answer {
    let ty = visit.registry().get("shipment")?;
    let record = read::need(&visit.ctx, visit.db(), ty, id).await?;
    answer(code, &api::whole(&visit.ctx, visit.db(), ty, &record).await?)
}

/// A line that is to leave.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    line_id: i64,
    quantity: String,
}

/// What is to leave; everything that can leave now, when nothing is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    lines: Option<Vec<Part>>,
}

/// `POST /api/v1/orders/{id}/shipments`.
pub(crate) async fn propose(
    stock: Arc<dyn Stock>,
    visit: Visit,
    Path(id): Path<String>,
    Json(ask): Json<Ask>,
) -> Answer {
    let order = lines::need(&visit, &id).await?;
    let ty = visit.registry().get("shipment_line")?.clone();
    let field = ty.need("quantity")?;
    let goods = match ask.lines {
        None => None,
        Some(parts) => {
            let one = |p: &Part| -> Result<(i64, i64)> {
                let value = field
                    .parse(&p.quantity, visit.house.currency)
                    .map_err(|e| Error::fields(vec![e]))?;
                Ok((p.line_id, value.int().unwrap_or(0)))
            };
            Some(parts.iter().map(one).collect::<Result<Vec<_>>>()?)
        }
    };
    let id = flow::propose(&visit, stock.as_ref(), &order, goods).await?;
    show(&visit, StatusCode::CREATED, id).await
}

/// `GET /api/v1/orders/{id}/progress`.
pub(crate) async fn progress(visit: Visit, Path(id): Path<String>) -> Answer {
    let order = lines::need(&visit, &id).await?;
    let lines = progress::of(visit.db(), order.id).await?;
    let rows: Vec<Any> = lines
        .iter()
        .map(|l| {
            json!({"line_id": l.id, "product_id": l.product, "unit": l.unit, "ordered": words(l.quantity), "planned": words(l.planned),
                "shipped": words(l.left), "delivered": words(l.delivered), "returning": words(l.returning), "returned": words(l.returned)})
        })
        .collect();
    let delivery = Some(order.text("delivery")).filter(|d| !d.is_empty());
    answer(
        StatusCode::OK,
        &json!({"order_id": order.id, "delivery": delivery, "lines": rows}),
    )
}

/// To which state, from which version, and what belongs to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    to: String,
    version: i64,
    on: Option<String>,
    carrier: Option<String>,
    tracking: Option<String>,
    reason: Option<String>,
}

/// `POST /api/v1/shipments/{id}/status`.
pub(crate) async fn status(visit: Visit, Path(id): Path<String>, Json(step): Json<Step>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    read::need(&visit.ctx, visit.db(), visit.registry().get("shipment")?, id).await?;
    let how = flow::How {
        on: step.on.as_deref(),
        carrier: step.carrier.as_deref(),
        tracking: step.tracking.as_deref(),
        reason: step.reason.as_deref(),
    };
    flow::advance(&visit, id, &step.to, step.version, how).await?;
    show(&visit, StatusCode::OK, id).await
}
