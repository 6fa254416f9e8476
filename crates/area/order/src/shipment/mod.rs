//! Shipments: what leaves of a confirmed order, in how many parts, with whom, and whether it arrived. A draft or picked
//! shipment only speaks for its goods; what was shipped has left the stock. An order follows its shipments.

mod api;
mod carrier;
mod flow;
mod hooks;
mod late;
mod pages;
pub(crate) mod progress;
mod report;
mod rules;
mod schema;

pub(crate) use flow::{deliver_all, drop_drafts, follow, ship_rest, something_is_here};
pub(crate) use late::{Late, events, tell_failed};
pub(crate) use report::{TABLE as REPORTS, heard};
pub(crate) use rules::DELIVERIES;
pub(crate) use schema::{TABLES, types};

use std::sync::Arc;
use zhike_contract::Stock;
use zhike_web::{Place, Routes, Tab};

pub(crate) fn routes(stock: &Arc<dyn Stock>) -> Routes {
    let (a, b) = (stock.clone(), stock.clone());
    Routes::new()
        .post("/orders/{id}/ship", "shipment.create", move |visit, id| {
            pages::propose(a.clone(), visit, id)
        })
        .post("/shipments/{id}/quantities", "shipment.edit", pages::quantities)
        .post("/shipments/{id}/status", "shipment.edit", pages::status)
        .post(
            "/api/v1/orders/{id}/shipments",
            "shipment.create",
            move |visit, id, body| api::propose(b.clone(), visit, id, body),
        )
        .get("/api/v1/orders/{id}/progress", "order.view", api::progress)
        .post("/api/v1/shipments/{id}/status", "shipment.edit", api::status)
        .post("/api/v1/shipment-events", "shipment_event.report", report::post)
        .described(report::ASKS, report::TELLS)
}

pub(crate) fn tabs(stock: &Arc<dyn Stock>) -> Vec<Tab> {
    let stock = stock.clone();
    vec![
        Tab::new("order", "shipments", Place::Tab, 20, "shipment.view", |visit, order| {
            Box::pin(pages::of_order(visit, order))
        }),
        Tab::new("order", "delivery", Place::Mark, 10, "order.view", |visit, order| {
            Box::pin(async move { Ok(pages::mark(visit, order)) })
        }),
        Tab::new(
            "shipment",
            "goods",
            Place::Tab,
            10,
            "shipment.view",
            move |visit, shipment| {
                let stock = stock.clone();
                Box::pin(async move { pages::goods(&stock, visit, shipment).await })
            },
        ),
        Tab::new(
            "shipment",
            "status",
            Place::Action,
            10,
            "shipment.edit",
            |visit, shipment| Box::pin(async move { Ok(pages::actions(visit, shipment)) }),
        ),
    ]
}
