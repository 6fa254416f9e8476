//! Service: cases on their way through processes that the house defines, and the complaint loop that only the customer ends.

mod beyond;
mod case;
mod deliveries;
mod entry;
mod experience;
mod form;
pub mod guess;
mod hours;
mod portal;
mod process;
mod report;
pub mod sample;
mod schema;
mod schema_more;
mod setup;
mod setup_page;
mod types;
mod worth;

use std::sync::Arc;
use zhike_contract::{Complaints, Gate, Outbound, Parties, Tasks};
use zhike_store::{EventKind, event::Wake};
use zhike_web::{Area, NavItem, Place, Routes, Tab};

/// What this area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// Somebody is told that something is late.
    pub tasks: Arc<dyn Tasks>,
    /// Messages to customers; without it people tell them, and the page says so.
    pub outbound: Option<Arc<dyn Outbound>>,
    /// What the customer wishes; people who told somebody say so to it.
    pub gate: Arc<dyn Gate>,
    /// Who writes to us, known or new.
    pub parties: Arc<dyn Parties>,
}

/// Tasks for the area of orders: late deliveries become cases, all else stays a task.
pub fn deliveries(tasks: Arc<dyn Tasks>) -> Arc<dyn Tasks> {
    Arc::new(deliveries::Deliveries(tasks))
}

/// Complaints, for areas to which they come.
pub fn complaints(parties: Arc<dyn Parties>) -> Arc<dyn Complaints> {
    Arc::new(case::port::Port(parties))
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let mut types = vec![types::case(ports)];
    types.extend(setup::types());
    types.extend(beyond::types());
    types.push(experience::record_type());
    Area {
        name: "service",
        types,
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .and(portal::routes())
            .and(case::pages::routes(ports))
            .and(case::api::routes(ports))
            .and(case::public::routes(ports))
            .and(process::page::routes())
            .and(process::api::routes())
            .and(setup_page::routes())
            .and(report::routes())
            .and(worth::routes())
            .and(entry::routes())
            .and(experience::routes())
            .and(form::routes(ports))
            .and(case::sale::routes(ports))
            .and(beyond::incident::routes(ports))
            .and(beyond::improvement::routes(ports))
            .and(beyond::article::routes()),
        tabs: [
            portal::tabs(),
            case::pieces::tabs(ports),
            process::page::tabs(),
            vec![Tab::new(
                "process",
                "worth",
                Place::Tab,
                30,
                "case.view",
                |visit, record| Box::pin(worth::tab(visit, record)),
            )],
            beyond::incident::tabs(),
            beyond::improvement::tabs(),
            experience::tabs(),
        ]
        .concat(),
        nav: nav(),
        jobs: vec![
            Arc::new(case::clock::Clock(ports.clone())),
            Arc::new(case::undelivered::Undelivered(ports.clone())),
            Arc::new(case::incoming::Incoming(ports.clone())),
            Arc::new(experience::Finder),
        ],
        listeners: vec![
            (case::undelivered::EVENTS[0], case::undelivered::NAME, Wake::EachEvent),
            (case::undelivered::EVENTS[1], case::undelivered::NAME, Wake::EachEvent),
            (case::incoming::EVENT, case::incoming::NAME, Wake::EachEvent),
        ],
        events: events(),
        texts: vec![
            ("en", include_str!("../i18n/en/service.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/service.ftl")),
            ("en", include_str!("../i18n/en/letters.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/letters.ftl")),
            ("en", include_str!("../i18n/en/worth.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/worth.ftl")),
            ("en", include_str!("../i18n/en/experience.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/experience.ftl")),
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
            "service_report",
            "chart-bar",
            "/service/report",
            "service",
            "case.view",
            20,
        ),
        item(
            "process_value",
            "scale",
            "/service/process-value",
            "service",
            "case.view",
            22,
        ),
        item(
            "incident",
            "alert-triangle",
            "/incidents",
            "service",
            "incident.view",
            30,
        ),
        item(
            "improvement",
            "bulb",
            "/improvements",
            "service",
            "improvement.view",
            40,
        ),
        item(
            "experience_report",
            "mood-sad",
            "/bad-experiences/report",
            "service",
            "bad_experience.view",
            25,
        ),
        item("article", "file-text", "/articles", "service", "article.view", 50),
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
const CASE_EVENTS: [&str; 27] = [
    "sale_tied",
    "sale_untied",
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
    "not_told",
    "improvement",
    "received",
];

fn events() -> Vec<EventKind> {
    let mut all: Vec<EventKind> = CASE_EVENTS
        .iter()
        .map(|what| EventKind {
            name: format!("case.{what}.v1"),
            reason: "read on the timeline and by the report",
        })
        .collect();
    for (name, reason) in [
        ("service.settings_changed.v1", "read in the audit"),
        (worth::DECIDED, "read in the history of the process"),
        ("incident.told.v1", "read on the timeline"),
        ("incident.compensated.v1", "read on the timeline"),
        ("improvement.told.v1", "read on the timeline"),
        ("article.used.v1", "read in the history of the article"),
    ] {
        all.push(EventKind {
            name: name.into(),
            reason,
        });
    }
    all
}
