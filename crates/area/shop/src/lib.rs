//! Web and shop: shops tell of customers, products and orders by signed messages, each taken once.

mod apply;
mod doc;
mod fit;
mod hear;
mod kinds;
mod link;
mod message;
mod page;
mod schema;
mod setup;

use std::sync::Arc;
use zhike_contract::{Billing, Books, Orders};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, PUBLIC, Routes};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// Making orders.
    pub orders: Arc<dyn Orders>,
    /// Invoices and refunds.
    pub billing: Arc<dyn Billing>,
    /// Payments to invoices.
    pub books: Arc<dyn Books>,
}

fn routes() -> Routes {
    Routes::new()
        .post("/api/v1/shop-hooks/{key}", PUBLIC, |v, p, r| {
            Box::pin(hear::post(v, p, r))
        })
        .post("/shops/{id}/secret", setup::EDIT, setup::page)
        .put("/api/v1/shops/{id}/secret", setup::EDIT, setup::api)
        .described(setup::ASKS, setup::TELLS)
        .get("/shops/{id}/message-list", "shop.view", page::part)
        .post("/shops/{id}/messages/{message}/again", setup::EDIT, page::again)
        .get("/api/v1/shops/{id}/messages", "shop.view", page::api_list)
        .described("{}", page::TELLS)
        .post(
            "/api/v1/shops/{id}/messages/{message}/again",
            setup::EDIT,
            page::api_again,
        )
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    Area {
        name: "shop",
        types: vec![schema::shop()],
        extensions: vec![schema::state()],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(),
        tabs: page::tabs(),
        nav: vec![NavItem {
            key: "shop",
            icon: "shopping-cart",
            path: "/shops",
            section: "house",
            permission: setup::EDIT,
            order: 46,
        }],
        jobs: vec![Arc::new(apply::Apply(ports.clone())), Arc::new(message::Sweep)],
        events: vec![
            event("shop.secret_changed.v1", "read in the audit"),
            event("shop.message_again.v1", "read in the audit"),
            event("shop.refund_noted.v1", "read on the timeline"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/shop.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/shop.ftl")),
        ],
        ..Area::default()
    }
}
