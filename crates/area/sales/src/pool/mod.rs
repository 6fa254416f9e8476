//! Public pools: customers and leads that nobody owns, claimed under limits, given back, and taken back by rules. Every
//! change of hands is kept with its reason.

mod api;
mod flow;
mod history;
mod limits;
mod model;
mod pages;
mod reconcile;
mod record;
mod teams;

pub(crate) use model::{extension, types};
pub(crate) use reconcile::Reconcile;

use zhike_store::EventKind;
use zhike_web::{NavItem, Routes, Tab};

/// Pages and API.
pub(crate) fn routes() -> Routes {
    pages::routes().and(api::routes())
}

/// Pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    pages::tabs()
}

/// Entry of the navigation.
pub(crate) fn nav() -> NavItem {
    NavItem {
        key: "pool",
        icon: "inbox",
        path: "/pools",
        section: "sales",
        permission: "pool.view",
        order: 14,
    }
}

/// Events.
pub(crate) fn events() -> Vec<EventKind> {
    ["claimed", "released", "assigned", "warned", "recycled", "unwarned"]
        .into_iter()
        .map(|what| EventKind {
            name: format!("pool.{what}.v1"),
            reason: "read on the timeline and in the audit; the history of owners has its own table",
        })
        .collect()
}
