//! Parties: every person and organisation once, with roles, relations, groups, duplicates and their merging.

mod api;
mod duplicates;
mod hooks;
mod merge;
mod model;
pub mod name;
mod pieces;
mod port;
mod schema;
#[cfg(test)]
mod tests;
mod veto;

use std::sync::Arc;
use zhike_contract::Parties;
use zhike_store::EventKind;
use zhike_web::{Area, area::NavItem};

/// The area's door.
pub fn area() -> Area {
    let read = "read on the timeline and in the audit";
    let event = |name: &str, reason| EventKind {
        name: name.to_owned(),
        reason,
    };
    Area {
        name: "party",
        types: vec![model::party(), model::relation()],
        migrations: schema::migrations(),
        routes: merge::pages::routes().and(pieces::routes()).and(api::routes()),
        tabs: pieces::tabs(),
        nav: vec![
            NavItem {
                key: "party",
                icon: "building-store",
                path: "/parties?view=customers",
                section: "sales",
                permission: "party.view",
                order: 10,
            },
            NavItem {
                key: "duplicates",
                icon: "copy",
                path: "/parties/duplicates",
                section: "sales",
                permission: "party.edit",
                order: 90,
            },
        ],
        events: vec![
            event(
                "party.merged.v1",
                "derived figures of both parties are counted again by their areas",
            ),
            event("party.merged_away.v1", read),
            event(
                "party.merge_undone.v1",
                "derived figures of both parties are counted again by their areas",
            ),
            event("party.contact_viewed.v1", read),
        ],
        vetoes: vec![("user", Arc::new(veto::OfUser))],
        texts: vec![
            ("en", include_str!("../i18n/en/party.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/party.ftl")),
        ],
        ..Area::default()
    }
}

/// What other areas may ask about parties.
pub fn port() -> Arc<dyn Parties> {
    Arc::new(port::Port)
}
