//! Contracts: term and renewal, plan of payments, approval, versions; the daily look at the calendar.

pub(crate) mod approve;
mod flow;
mod hooks;
pub(crate) mod job;
mod plan;
pub(crate) mod port;
mod rules;
pub(crate) mod schema;

use crate::quote::Ports;
use axum::extract::Path;
use zhike_kernel::{Filter, Result};
use zhike_store::Record;
use zhike_web::{Form, Json, NavItem, Place, Routes, Tab, Visit, records, ui};

/// Contracts shown.
const MOST: usize = 20;

/// Entry of the navigation.
pub(crate) fn nav() -> Vec<NavItem> {
    vec![NavItem {
        key: "contract",
        icon: "license",
        path: "/contracts",
        section: "sales",
        permission: "contract.view",
        order: 26,
    }]
}

/// Pages and API.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let post = ports.clone();
    let mut all = Routes::new()
        .post("/contracts/{id}/instalment", "contract.edit", plan::add)
        .post("/contracts/{id}/instalment/split", "contract.edit", plan::split)
        .post(
            "/contracts/{id}/instalment/{line}/remove",
            "contract.edit",
            plan::remove,
        )
        .post("/api/v1/contracts/{id}/split", "contract.edit", plan::split_api)
        .post(
            "/contracts/{id}/do/{what}",
            "contract.edit",
            move |v: Visit, p: Path<(String, String)>, f: Form| flow::post(v, p, post.clone(), f),
        );
    for (what, path) in [
        ("submit", "/api/v1/contracts/{id}/submit"),
        ("withdraw", "/api/v1/contracts/{id}/withdraw"),
        ("activate", "/api/v1/contracts/{id}/activate"),
        ("terminate", "/api/v1/contracts/{id}/terminate"),
        ("revise", "/api/v1/contracts/{id}/revise"),
    ] {
        let ports = ports.clone();
        all = all.post(
            path,
            "contract.edit",
            move |v: Visit, p: Path<String>, s: Json<flow::Step>| flow::api(v, p, what, ports.clone(), s),
        );
    }
    all
}

/// Pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("contract", "plan", Place::Tab, 10, "contract.view", |visit, c| {
            Box::pin(plan::tab(visit, c))
        }),
        Tab::new("contract", "files", Place::Tab, 20, "contract.view", |visit, c| {
            Box::pin(zhike_web::files::tab(visit, "contract", c))
        }),
        Tab::new("contract", "calendar", Place::Head, 10, "contract.view", |visit, c| {
            Box::pin(flow::head(visit, c))
        }),
        Tab::new("contract", "flow", Place::Action, 10, "contract.edit", |visit, c| {
            Box::pin(flow::actions(visit, c))
        }),
        Tab::new("party", "contracts", Place::Tab, 29, "contract.view", |visit, party| {
            Box::pin(of_party(visit, party))
        }),
    ]
}

async fn of_party(visit: &Visit, party: &Record) -> Result<maud::Markup> {
    let loc = &visit.loc;
    let columns = ["name", "status", "starts_on", "ends_on", "value"];
    let list = records::related(visit, "contract", Filter::is("party_id", party.id), &columns, MOST).await?;
    let new = maud::html! {
        @if visit.may("contract.create") { (ui::btn(loc.t("contract-new")).icon("plus").small().href(format!("/contracts/new?party_id={}", party.id))) }
    };
    Ok(maud::Render::render(
        &ui::card(loc.t("contract-many")).actions(new).flush(list),
    ))
}
