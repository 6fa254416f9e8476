//! Orders and returns: their lines, sums, states and days.

mod amend;
mod api;
mod approve;
mod cancel;
mod credit;
mod deliver;
mod flow;
mod hooks;
mod line_form;
mod lines;
mod others;
mod port;
mod portal;
mod priced;
mod returns;
mod rules;
mod schema;
mod settings;
mod shipment;
mod spoken;
mod totals;
mod veto;

use std::sync::Arc;
use zhike_contract::{Approvable, Approvals, Billing, Orders, Pricing, Stock, Tasks};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Place, Routes, Tab};

/// Makes orders, for areas where they are agreed on.
pub fn port() -> Arc<dyn Orders> {
    Arc::new(port::Port)
}

/// What of this area is approved.
pub fn approvable() -> Arc<dyn Approvable> {
    Arc::new(approve::Subjects)
}

/// What other areas do for orders.
#[derive(Clone)]
pub struct Ports {
    /// Prices and what may be ordered.
    pub pricing: Arc<dyn Pricing>,
    /// What lies ready.
    pub stock: Arc<dyn Stock>,
    /// Who sees to a late delivery.
    pub tasks: Arc<dyn Tasks>,
    /// What customers owe.
    pub billing: Arc<dyn Billing>,
    /// Who must agree.
    pub approvals: Arc<dyn Approvals>,
}

/// The area's door.
pub fn area(ports: Ports) -> Area {
    let approvals = ports.approvals.clone();
    let mut types = schema::types(&ports);
    for ty in &mut types {
        let of = match ty.name {
            "order" => approve::Of::Order,
            "order_line" => approve::Of::Line,
            _ => continue,
        };
        ty.hooks = Arc::new(approve::Guarded {
            of,
            inner: ty.hooks.clone(),
            approvals: approvals.clone(),
        });
    }
    let asks = approvals.clone();
    let ask = Tab::new(
        "order",
        "approve",
        Place::Action,
        5,
        "order.edit",
        move |visit, order| {
            let approvals = asks.clone();
            Box::pin(async move { approve::button(visit, &approvals, order).await })
        },
    );
    let (late, credit) = (shipment::Late(ports.tasks.clone()), ports.billing.clone());
    let Ports { pricing, stock, .. } = ports;
    Area {
        name: "order",
        types,
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(&pricing, &stock)
            .and(shipment::routes(&stock))
            .and(approve::routes(&approvals))
            .and(amend::routes())
            .and(
                Routes::new().get("/orders/{id}/credit-check", "credit.view", move |visit, id| {
                    credit::part(credit.clone(), visit, id)
                }),
            ),
        tabs: [tabs(), shipment::tabs(&stock), amend::tabs(), vec![ask, portal::tab()]].concat(),
        nav: vec![
            NavItem {
                key: "order",
                icon: "file-invoice",
                path: "/orders",
                section: "sales",
                permission: "order.view",
                order: 30,
            },
            NavItem {
                key: "shipment",
                icon: "truck-delivery",
                path: "/shipments",
                section: "sales",
                permission: "shipment.view",
                order: 31,
            },
            NavItem {
                key: "order-settings",
                icon: "adjustments",
                path: "/settings/orders",
                section: "house",
                permission: "order.settings",
                order: 40,
            },
        ],
        events: [
            vec![EventKind {
                name: settings::CHANGED.into(),
                reason: "read in the audit",
            }],
            shipment::events(),
            [credit::OVERRIDDEN, amend::EXPLAINED]
                .map(|name| EventKind {
                    name: name.into(),
                    reason: "read on the timeline and in the audit",
                })
                .to_vec(),
        ]
        .concat(),
        jobs: vec![Arc::new(late)],
        vetoes: vec![
            ("party", Arc::new(veto::OfParty)),
            ("product", Arc::new(veto::OfProduct)),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/order.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/order.ftl")),
            ("en", include_str!("../i18n/en/amend.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/amend.ftl")),
            ("en", include_str!("../i18n/en/shipment.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/shipment.ftl")),
            ("en", include_str!("../i18n/en/approve.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/approve.ftl")),
        ],
        ..Area::default()
    }
}

fn routes(pricing: &Arc<dyn Pricing>, stock: &Arc<dyn Stock>) -> Routes {
    let sums = pricing.clone();
    let (shown, told, asked) = (stock.clone(), stock.clone(), stock.clone());
    Routes::new()
        .get("/orders/{id}/line-form", "order.edit", line_form::show_form)
        .post("/orders/{id}/line", "order.edit", line_form::add)
        .post("/orders/{id}/line/{line}", "order.edit", line_form::change)
        .post("/orders/{id}/line/{line}/remove", "order.edit", line_form::remove)
        .post("/orders/{id}/line-sum", "order.edit", move |visit, id, q, f| {
            let pricing = sums.clone();
            async move { line_form::sum(&pricing, visit, id, q, f).await }
        })
        .post("/orders/{id}/status", "order.edit", flow::status)
        .post("/orders/{id}/cancel-rest", "order.edit", cancel::page)
        .post("/api/v1/orders/{id}/cancel-rest", "order.edit", cancel::api)
        .post("/orders/{id}/return", "order.create", flow::take_back)
        .post("/api/v1/orders/{id}/status", "order.edit", move |visit, id, body| {
            api::status(asked.clone(), visit, id, body)
        })
        .get("/settings/orders", "order.settings", settings::show)
        .post("/settings/orders", "order.settings", settings::post)
        .get("/api/v1/order-settings", "order.view", settings::api_show)
        .put("/api/v1/order-settings", "order.settings", settings::api_put)
        .post("/api/v1/orders/{id}/return", "order.create", api::take_back)
        .get("/orders/{id}/deliverability", "order.view", move |visit, id| {
            deliver::part(shown.clone(), visit, id)
        })
        .post("/api/v1/orders/{id}/deliverability", "order.view", move |visit, id| {
            deliver::tell(told.clone(), visit, id)
        })
}

fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("order", "lines", Place::Tab, 10, "order.view", |visit, order| {
            Box::pin(lines::tab(visit, order))
        }),
        Tab::new("order", "status", Place::Action, 10, "order.edit", |visit, order| {
            Box::pin(flow::actions(visit, order))
        }),
        Tab::new("party", "orders", Place::Tab, 30, "order.view", |visit, party| {
            Box::pin(others::of_party(visit, party))
        }),
        Tab::new("product", "buyers", Place::Tab, 20, "order.view", |visit, product| {
            Box::pin(others::buyers(visit, product))
        }),
    ]
}
