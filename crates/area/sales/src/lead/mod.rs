//! Leads: who might buy, from the first word to the customer. Forms bring them in, rules hand them out, indicators give
//! them points; they are qualified, rejected with a reason, or converted into customer, contact and deal.

mod actions;
pub(crate) use actions::reasons;
mod api;
mod assign;
mod convert;
mod convert_page;
mod form;
mod form_page;
mod guard;
mod hooks;
mod model;
mod pages;
mod report;
mod rescore;
mod rule_page;
pub(crate) mod schema;
mod score;

pub(crate) use assign::members;
pub(crate) use hooks::last_position;
pub(crate) use model::{condition as condition_field, types};
pub(crate) use rescore::{Rescore, listeners};
pub(crate) use rule_page::{condition_routes, condition_tab, in_words};

use std::sync::Arc;
use zhike_contract::Parties;
use zhike_store::EventKind;
use zhike_web::{NavItem, Routes, Tab};

/// Pages and API.
pub(crate) fn routes(parties: &Arc<dyn Parties>) -> Routes {
    form_page::routes()
        .and(actions::routes())
        .and(convert_page::routes(parties))
        .and(report::routes())
        .and(rule_page::routes())
        .and(api::routes(parties))
}

/// Pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    let mut all = pages::tabs();
    all.extend(rule_page::tabs());
    all
}

/// Entries of the navigation.
pub(crate) fn nav() -> Vec<NavItem> {
    vec![
        NavItem {
            key: "lead",
            icon: "target",
            path: "/leads?view=open",
            section: "sales",
            permission: "lead.view",
            order: 12,
        },
        NavItem {
            key: "lead_setup",
            icon: "adjustments",
            path: "/leads/setup",
            section: "house",
            permission: "lead_rule.view",
            order: 25,
        },
    ]
}

/// Events beyond those of the record types.
pub(crate) fn events() -> Vec<EventKind> {
    let read = "read on the timeline and in the audit";
    [
        "lead.assigned.v1",
        "lead.submitted.v1",
        "lead.converted.v1",
        "lead.conversion_undone.v1",
        "lead.contact_viewed.v1",
    ]
    .into_iter()
    .map(|name| EventKind {
        name: name.to_owned(),
        reason: read,
    })
    .collect()
}
