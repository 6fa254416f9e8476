//! Approvals: flows with conditions and levels, requests with a frozen copy of what is asked, the inbox, deputies.

mod act;
mod api;
mod editor;
mod hooks;
mod inbox;
mod job;
mod kept;
mod levels;
mod page;
mod people;
mod port;
mod rules;
mod schema;

pub use port::Subjects;

use axum::extract::Path;
use std::sync::Arc;
use zhike_contract::Approvals;
use zhike_web::{Area, Form, Json, NavItem, Place, Routes, Tab, Visit};

/// The port, for the areas whose records are approved.
pub fn port(subjects: &Subjects) -> Arc<dyn Approvals> {
    Arc::new(port::Port(subjects.clone()))
}

/// The area's door.
pub fn area(subjects: &Subjects) -> Area {
    Area {
        name: "approval",
        types: schema::types(subjects),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: pages(subjects).and(flows(subjects)).and(programs(subjects)),
        tabs: tabs(subjects),
        nav: vec![
            NavItem {
                key: "approval",
                icon: "clipboard-check",
                path: "/approvals",
                section: "",
                permission: "approval.view",
                order: 30,
            },
            NavItem {
                key: "approval_flow",
                icon: "checks",
                path: "/approval-flows",
                section: "house",
                permission: "approval_flow.edit",
                order: 35,
            },
        ],
        jobs: vec![Arc::new(job::Remind(subjects.clone()))],
        events: schema::events(),
        texts: vec![
            ("en", include_str!("../i18n/en/approval.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/approval.ftl")),
        ],
        ..Area::default()
    }
}

type One = Path<String>;

fn pages(subjects: &Subjects) -> Routes {
    let (a, b) = (subjects.clone(), subjects.clone());
    Routes::new()
        .get("/approvals", "approval.view", inbox::page)
        .get("/approvals/{id}", "approval.view", move |v: Visit, p: One| {
            page::page(v, p, a.clone())
        })
        .post(
            "/approvals/{id}/tasks/{task}",
            "approval.own",
            move |v: Visit, p: Path<(String, String)>, f: Form| page::sign(v, p, b.clone(), f),
        )
        .post("/approvals/deputy", "approval.own", inbox::deputy)
        .post("/approvals/deputy/{id}/end", "approval.own", inbox::no_deputy)
}

fn flows(subjects: &Subjects) -> Routes {
    let s = || subjects.clone();
    let (a, b, c, d, e, g) = (s(), s(), s(), s(), s(), s());
    Routes::new()
        .get("/approval-flows", "approval_flow.view", move |v: Visit| {
            editor::list(v, a.clone())
        })
        .get("/approval-flows/new", "approval_flow.create", move |v: Visit| {
            editor::new(v, b.clone())
        })
        .get("/approval-flows/{id}", "approval_flow.view", move |v: Visit, p: One| {
            editor::edit(v, p, c.clone())
        })
        .post("/approval-flows", "approval_flow.create", move |v: Visit, f: Form| {
            editor::create(v, d.clone(), f)
        })
        .post(
            "/approval-flows/{id}",
            "approval_flow.edit",
            move |v: Visit, p: One, f: Form| editor::change(v, p, e.clone(), f),
        )
        .post(
            "/approval-flows/{id}/levels",
            "approval_flow.edit",
            move |v: Visit, p: One, f: Form| levels::add_level(v, p, g.clone(), f),
        )
        .post(
            "/approval-flows/{id}/levels/{level}/remove",
            "approval_flow.edit",
            levels::remove_level,
        )
}

fn programs(subjects: &Subjects) -> Routes {
    let (a, b) = (subjects.clone(), subjects.clone());
    Routes::new()
        .get("/api/v1/approvals", "approval.view", api::list)
        .get("/api/v1/approvals/deputies", "approval.view", api::deputies)
        .post("/api/v1/approvals/deputies", "approval.own", api::deputy)
        .delete("/api/v1/approvals/deputies/{id}", "approval.own", api::no_deputy)
        .get(
            "/api/v1/approvals/{id}",
            "approval.view",
            move |v: Visit, p: Path<i64>| api::one(v, p, a.clone()),
        )
        .post(
            "/api/v1/approvals/{id}/tasks/{task}",
            "approval.own",
            move |v: Visit, p: Path<(i64, i64)>, s: Json<api::Sign>| api::sign(v, p, b.clone(), s),
        )
}

fn tabs(subjects: &Subjects) -> Vec<Tab> {
    subjects
        .all()
        .map(|of| {
            let subject = of.subject();
            Tab::new(
                subject,
                "approval",
                Place::Rail,
                10,
                "approval.view",
                move |visit, record| Box::pin(page::panel(visit, record, subject)),
            )
        })
        .collect()
}
