//! Consent: what customers wish, what they agreed to, the one gate that asks both, and the queue of messages behind it.

mod address;
mod api;
mod carriers;
mod gate;
mod hooks;
mod link;
mod load;
mod outbound;
mod release;
mod rules;
mod schema;
mod types;

pub use carriers::Carriers;

use std::sync::Arc;
use zhike_contract::{Gate, Outbound};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Routes};

/// The gate, for areas that ask it.
pub fn gate() -> Arc<dyn Gate> {
    Arc::new(gate::Port)
}

/// The queue of messages, for areas that have something to say.
pub fn outbound() -> Arc<dyn Outbound> {
    Arc::new(outbound::Port)
}

fn events() -> Vec<EventKind> {
    let read = "read on the timeline and on the message's page";
    ["gone", "withheld", "refused", "recalled", "unsure"]
        .map(|what| EventKind {
            name: format!("message.{what}.v1"),
            reason: read,
        })
        .to_vec()
}

/// The area's door.
pub fn area(carriers: &Carriers) -> Area {
    let nav = |key, icon, path, section, permission, order| NavItem {
        key,
        icon,
        path,
        section,
        permission,
        order,
    };
    Area {
        name: "consent",
        types: types::types(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .post("/api/v1/gate/ask", "gate.view", api::ask)
            .described(api::ASK, api::ANSWER),
        jobs: vec![Arc::new(release::Release(carriers.clone()))],
        nav: vec![
            nav("message", "send", "/messages?view=held", "sales", "message.view", 82),
            nav("consent", "user-check", "/consents", "sales", "consent.view", 84),
            nav("opt_out", "message-off", "/opt-outs", "sales", "opt_out.view", 86),
            nav("topic", "tag", "/topics", "house", "topic.view", 44),
        ],
        events: events(),
        texts: vec![
            ("en", include_str!("../i18n/en/consent.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/consent.ftl")),
        ],
        ..Area::default()
    }
}
