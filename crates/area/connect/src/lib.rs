//! Connections with a company's own systems: messages that come in (stock levels, shipments, invoices, payments), a feed of what
//! happened, and webhooks that carry it out. A company's own system is no customer: this is no contact.

mod feed;
mod inbound;
mod outbound;
mod schema;

use std::sync::Arc;
use zhike_contract::{Books, Levels, Orders};
use zhike_outward::Outward;
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Routes};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// The stock's ledger.
    pub levels: Arc<dyn Levels>,
    /// Goods on their way.
    pub orders: Arc<dyn Orders>,
    /// Payments to invoices.
    pub books: Arc<dyn Books>,
    /// Calls to other servers.
    pub outward: Outward,
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    Area {
        name: "connect",
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .get("/api/v1/events", "event.view", feed::api)
            .and(inbound::routes(ports))
            .and(outbound::routes(ports)),
        nav: vec![NavItem {
            key: "connect",
            icon: "arrows-left-right",
            path: "/connections",
            section: "house",
            permission: "system.view",
            order: 44,
        }],
        jobs: vec![Arc::new(outbound::Dispatch {
            outward: ports.outward.clone(),
        })],
        events: vec![
            event(
                "inbound.received.v1",
                "read in the audit; each record changed has an event of its own",
            ),
            event("inbound.replayed.v1", "read in the audit"),
            event("webhook.created.v1", "read in the audit"),
            event("webhook.changed.v1", "read in the audit"),
            event("webhook.removed.v1", "read in the audit"),
            event("webhook.sent_again.v1", "read in the audit"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/connect.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/connect.ftl")),
        ],
        ..Area::default()
    }
}
