//! Web and shop: shops tell of customers, products, orders and carts by signed messages, each taken once; strangers write to the
//! house by message boxes on other sites.

mod apply;
mod box_page;
mod box_post;
mod boxes;
mod cart_page;
mod carts;
mod doc;
mod fit;
mod hear;
mod kinds;
mod link;
mod message;
mod page;
pub mod sample;
mod schema;
mod setup;
mod visits;

use std::sync::Arc;
use zhike_contract::{Billing, Books, Gate, Interactions, Orders, Outbound, Tasks};
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
    /// What strangers write.
    pub interactions: Arc<dyn Interactions>,
    /// Who sees to a cart that was left behind.
    pub tasks: Arc<dyn Tasks>,
    /// Offers, through the gate.
    pub outbound: Arc<dyn Outbound>,
    /// The customer's language.
    pub gate: Arc<dyn Gate>,
}

fn routes(ports: &Ports) -> Routes {
    let (page_ports, api_ports) = (ports.clone(), ports.clone());
    Routes::new()
        .post("/api/v1/shop-hooks/{key}", PUBLIC, |v, p, r| {
            Box::pin(hear::post(v, p, r))
        })
        .files(&["application/json"])
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
        .post("/carts/{id}/write", "cart.edit", move |v, p, f| {
            Box::pin(cart_page::page(page_ports.clone(), v, p, f))
        })
        .post("/api/v1/carts/{id}/write", "cart.edit", move |v, p, b| {
            Box::pin(cart_page::api(api_ports.clone(), v, p, b))
        })
        .described(cart_page::ASKS, cart_page::TELLS)
        .and(box_page::routes(ports))
        .and(visits::routes())
}

fn nav(
    key: &'static str,
    icon: &'static str,
    path: &'static str,
    section: &'static str,
    permission: &'static str,
    order: i32,
) -> NavItem {
    NavItem {
        key,
        icon,
        path,
        section,
        permission,
        order,
    }
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    Area {
        name: "shop",
        types: vec![
            schema::shop(),
            carts::cart(),
            boxes::message_box(),
            visits::web_visitor(),
        ],
        extensions: vec![schema::state()],
        migrations: [schema::MIGRATIONS, &[boxes::TABLE, carts::TABLE, visits::TABLE]].concat(),
        routes: routes(ports),
        tabs: [page::tabs(), cart_page::tabs(ports), box_page::tabs(), visits::tabs()].concat(),
        nav: vec![
            nav("cart", "shopping-cart", "/carts?view=left", "sales", "cart.view", 33),
            nav("shop", "building-store", "/shops", "house", setup::EDIT, 46),
            nav(
                "message_box",
                "message",
                "/message-boxes",
                "house",
                "message_box.edit",
                47,
            ),
        ],
        jobs: vec![
            Arc::new(apply::Apply(ports.clone())),
            Arc::new(message::Sweep),
            Arc::new(carts::Left(ports.clone())),
            Arc::new(visits::Withdrawn),
        ],
        listeners: ["consent.changed.v1", "consent.archived.v1"]
            .map(|kind| (kind, visits::WITHDRAWN, zhike_store::event::Wake::EachEvent))
            .to_vec(),
        events: vec![
            event("shop.secret_changed.v1", "read in the audit"),
            event("shop.message_again.v1", "read in the audit"),
            event("shop.refund_noted.v1", "read on the timeline"),
            event("message_box.posted.v1", "the contact has an event of its own"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/shop.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/shop.ftl")),
            ("en", include_str!("../i18n/en/cart.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/cart.ftl")),
            ("en", include_str!("../i18n/en/box.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/box.ftl")),
            ("en", include_str!("../i18n/en/visits.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/visits.ftl")),
        ],
        ..Area::default()
    }
}
