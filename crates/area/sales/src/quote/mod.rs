//! Quotes: lines, versions, approval, the sheet, the customer's link, the order made of it.

mod api;
pub(crate) mod approve;
mod diff;
mod flow;
mod hooks;
mod letterhead;
mod line_form;
mod lines;
mod link;
mod pieces;
mod portal;
mod public;
pub(crate) mod read;
mod rules;
pub(crate) mod schema;
mod sheet;
mod totals;

pub(crate) use flow::{Ports, tell};

use axum::extract::Path;
use zhike_store::EventKind;
use zhike_web::{Form, Json, NavItem, PUBLIC, Place, Routes, Tab, Visit};

/// Entries of the navigation.
pub(crate) fn nav() -> Vec<NavItem> {
    vec![
        NavItem {
            key: "quote",
            icon: "file-text",
            path: "/quotes",
            section: "sales",
            permission: "quote.view",
            order: 24,
        },
        NavItem {
            key: "letterhead",
            icon: "printer",
            path: "/letterhead",
            section: "house",
            permission: "letterhead.edit",
            order: 40,
        },
    ]
}

/// Events of quotes and of the letterhead.
pub(crate) fn events() -> Vec<EventKind> {
    let mut all = schema::events();
    all.push(EventKind {
        name: "letterhead.changed.v1".into(),
        reason: "read in the audit",
    });
    all
}

/// Pages and API.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let (post, sums) = (ports.clone(), ports.clone());
    let mut all = Routes::new()
        .get("/quotes/{id}/line-form", "quote.edit", line_form::show_form)
        .post("/quotes/{id}/line", "quote.edit", line_form::add)
        .post("/quotes/{id}/line/{line}", "quote.edit", line_form::change)
        .post("/quotes/{id}/line/{line}/remove", "quote.edit", line_form::remove)
        .post("/quotes/{id}/line-sum", "quote.edit", move |visit, id, q, f| {
            let ports = sums.clone();
            async move { line_form::sum(&ports, visit, id, q, f).await }
        })
        .get("/quotes/{id}/pdf", "quote.view", sheet::pdf)
        .get("/quotes/{id}/diff", "quote.view", diff::page)
        .get("/api/v1/quotes/{id}/pdf", "quote.view", sheet::pdf)
        .get("/api/v1/quotes/{id}/diff", "quote.view", diff::api)
        .get("/api/v1/quotes/{id}/links", "quote.view", api::links)
        .get("/letterhead", "letterhead.edit", letterhead::page)
        .post("/letterhead", "letterhead.edit", letterhead::save)
        .get("/api/v1/letterhead", "letterhead.edit", api::letterhead_now)
        .put("/api/v1/letterhead", "letterhead.edit", api::letterhead_set)
        .get("/q/{token}", PUBLIC, public::page)
        .get("/q/{token}/pdf", PUBLIC, public::pdf)
        .post("/q/{token}/answer", PUBLIC, public::answer)
        .post(
            "/quotes/{id}/do/{what}",
            "quote.edit",
            move |v: Visit, p: Path<(String, String)>, f: Form| flow::post(v, p, post.clone(), f),
        );
    for (what, path) in [
        ("submit", "/api/v1/quotes/{id}/submit"),
        ("withdraw", "/api/v1/quotes/{id}/withdraw"),
        ("send", "/api/v1/quotes/{id}/send"),
        ("recall", "/api/v1/quotes/{id}/recall"),
        ("revise", "/api/v1/quotes/{id}/revise"),
        ("order", "/api/v1/quotes/{id}/order"),
    ] {
        let ports = ports.clone();
        all = all.post(
            path,
            "quote.edit",
            move |v: Visit, p: Path<String>, s: Json<api::Step>| api::step(v, p, what, ports.clone(), s),
        );
    }
    all
}

/// Pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        portal::tab(),
        Tab::new("quote", "lines", Place::Tab, 10, "quote.view", |visit, quote| {
            Box::pin(lines::tab(visit, quote))
        }),
        Tab::new("quote", "files", Place::Tab, 60, "quote.view", |visit, quote| {
            Box::pin(zhike_web::files::tab(visit, "quote", quote))
        }),
        Tab::new("quote", "state", Place::Head, 10, "quote.view", |visit, quote| {
            Box::pin(pieces::head(visit, quote))
        }),
        Tab::new("quote", "links", Place::Rail, 20, "quote.view", |visit, quote| {
            Box::pin(pieces::links(visit, quote))
        }),
        Tab::new("quote", "versions", Place::Rail, 30, "quote.view", |visit, quote| {
            Box::pin(pieces::version_card(visit, quote))
        }),
        Tab::new("quote", "flow", Place::Action, 10, "quote.view", |visit, quote| {
            Box::pin(flow::actions(visit, quote))
        }),
        Tab::new("deal", "quotes", Place::Tab, 25, "quote.view", |visit, deal| {
            Box::pin(pieces::of(visit, "deal_id", deal))
        }),
        Tab::new("party", "quotes", Place::Tab, 28, "quote.view", |visit, party| {
            Box::pin(pieces::of(visit, "party_id", party))
        }),
    ]
}
