//! Invoices of orders: by what was ordered or by what was shipped, in as many parts as there are; the lines of an invoice
//! keep which part of which line it asks for.

mod back;
mod credit;
mod due;
mod figures;
mod list;
mod make;
mod port;
mod returned;
mod schema;
mod settings;

pub(crate) use figures::{has_lines, settle};
pub(crate) use list::{Due, due_orders};
pub(crate) use make::{make, own_tabs};
pub(crate) use port::port;
pub(crate) use schema::{TABLES, line_type};
pub(crate) use settings::{CHANGED, nav};

use std::sync::Arc;
use zhike_contract::Orders;
use zhike_web::Routes;

pub(crate) fn routes(orders: &Arc<dyn Orders>) -> Routes {
    let (a, b) = (orders.clone(), orders.clone());
    Routes::new()
        .post("/orders/{id}/invoice", "invoice.create", move |visit, id| {
            make::from_order(a.clone(), visit, id)
        })
        .post("/api/v1/orders/{id}/invoice", "invoice.create", move |visit, id| {
            make::api_from_order(b.clone(), visit, id)
        })
        .post("/orders/{id}/credit", "credit_note.create", returned::page)
        .post("/api/v1/orders/{id}/credit", "credit_note.create", returned::api)
        .get("/settings/invoicing", "system.view", settings::show)
        .post("/settings/invoicing", "system.edit", settings::post)
        .get("/api/v1/invoicing-settings", "invoice.view", settings::api_show)
        .put("/api/v1/invoicing-settings", "system.edit", settings::api_put)
}
