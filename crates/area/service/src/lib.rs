//! Service: cases on their way through processes that the house defines, and the complaint loop that only the customer ends.

mod case;
mod hours;
mod process;
mod schema;
mod setup;
mod setup_page;
mod types;

use std::sync::Arc;
use zhike_contract::{Outbound, Tasks};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Routes};

/// What this area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// Somebody is told that something is late.
    pub tasks: Arc<dyn Tasks>,
    /// Messages to customers; without it people tell them, and the page says so.
    pub outbound: Option<Arc<dyn Outbound>>,
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let mut types = vec![types::case(ports)];
    types.extend(setup::types());
    Area {
        name: "service",
        types,
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .and(case::pages::routes(ports))
            .and(case::api::routes(ports))
            .and(case::public::routes(ports))
            .and(process::page::routes())
            .and(process::api::routes())
            .and(setup_page::routes()),
        tabs: [case::pieces::tabs(ports), process::page::tabs()].concat(),
        nav: nav(),
        jobs: vec![Arc::new(case::clock::Clock(ports.clone()))],
        events: events(),
        texts: vec![
            ("en", include_str!("../i18n/en/service.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/service.ftl")),
            ("en", include_str!("../i18n/en/letters.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/letters.ftl")),
        ],
        ..Area::default()
    }
}

fn nav() -> Vec<NavItem> {
    let item = |key, icon, path, section, permission, order| NavItem {
        key,
        icon,
        path,
        section,
        permission,
        order,
    };
    vec![
        item("case", "message-report", "/cases?view=open", "service", "case.view", 10),
        item(
            "service_setup",
            "hierarchy-3",
            "/service/setup",
            "house",
            "service.view",
            45,
        ),
    ]
}

/// What may happen to a case beside being written.
const CASE_EVENTS: [&str; 22] = [
    "step",
    "assigned",
    "drafted",
    "solved",
    "worked",
    "grant_asked",
    "grant_approved",
    "grant_refused",
    "withheld",
    "told",
    "verdict",
    "reopened",
    "closed",
    "promised",
    "answered",
    "promise_kept",
    "promise_broken",
    "promise_near",
    "overdue",
    "escalated",
    "acknowledged",
    "reminded",
];

fn events() -> Vec<EventKind> {
    let mut all: Vec<EventKind> = CASE_EVENTS
        .iter()
        .map(|what| EventKind {
            name: format!("case.{what}.v1"),
            reason: "read on the timeline and by the report",
        })
        .collect();
    all.push(EventKind {
        name: "service.settings_changed.v1".into(),
        reason: "read in the audit",
    });
    all
}
