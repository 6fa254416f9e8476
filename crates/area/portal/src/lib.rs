//! The portal: customers, partners and suppliers sign in, see what is theirs, write to us and say how they want to be
//! reached. What they see of orders, invoices, quotes, cases and wishes are pieces that those areas put there.

mod account;
mod carry;
mod enter;
mod home;
mod hooks;
mod letter;
mod messages;
mod schema;
mod staff;

pub use account::give_password;
use std::sync::Arc;
use zhike_contract::{Carrier, Guests, Interactions, Outbound};
use zhike_store::House;
use zhike_web::{Area, NavItem, Routes};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// Sending through the gate.
    pub outbound: Arc<dyn Outbound>,
    /// What was said.
    pub interactions: Arc<dyn Interactions>,
}

/// Who is signed in to the portal.
pub fn guests(house: Arc<House>) -> Arc<dyn Guests> {
    Arc::new(account::Port(house))
}

/// The carrier of the portal, for the outbound queue.
pub fn carriers(ports: &Ports) -> Vec<Arc<dyn Carrier>> {
    vec![Arc::new(carry::Shelf {
        interactions: ports.interactions.clone(),
        outbound: ports.outbound.clone(),
    })]
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    Area {
        name: "portal",
        types: vec![schema::account(ports.outbound.clone())],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .and(enter::routes(&ports.outbound))
            .and(home::routes(&ports.interactions))
            .and(messages::routes(&ports.interactions))
            .and(staff::routes(&ports.outbound)),
        tabs: staff::tabs(),
        nav: vec![NavItem {
            key: "portal_account",
            icon: "user-circle",
            path: "/portal-accounts",
            section: "service",
            permission: "portal_account.view",
            order: 90,
        }],
        events: schema::events(),
        texts: vec![
            ("en", include_str!("../i18n/en/portal.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/portal.ftl")),
        ],
        ..Area::default()
    }
}
