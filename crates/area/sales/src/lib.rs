//! Selling: pipelines with stages, deals that move through them, the board, the funnel and the weighted forecast.

mod api;
mod ask;
mod board;
mod card;
mod cohort;
mod contract;
mod deal;
mod editor;
mod figures;
mod hooks;
mod lead;
mod lost;
mod moving;
mod page;
mod pool;
mod port;
mod quote;
mod record;
mod rival;
mod rules;
mod schema;
mod stages;
mod types;
mod veto;
mod view;

use std::sync::Arc;
use zhike_contract::{Approvable, Approvals, Funnel, Orders, Parties, Pipeline, Plans, Pricing, Tasks};
use zhike_store::event::Wake;
use zhike_web::{Area, NavItem};

/// What other areas do for this one.
pub struct Ports {
    /// Tells of parties whom it does not know itself.
    pub parties: Arc<dyn Parties>,
    /// Approves quotes and contracts.
    pub approvals: Arc<dyn Approvals>,
    /// Makes orders of quotes.
    pub orders: Arc<dyn Orders>,
    /// Tells prices and what may be ordered.
    pub pricing: Arc<dyn Pricing>,
    /// Opens tasks.
    pub tasks: Arc<dyn Tasks>,
}

/// What of this area is approved.
pub fn approvable() -> Vec<Arc<dyn Approvable>> {
    vec![Arc::new(quote::approve::Quotes), Arc::new(contract::approve::Contracts)]
}

/// Payments that contracts foresee, for areas that write invoices.
pub fn plans_port() -> Arc<dyn Plans> {
    Arc::new(contract::port::Port)
}

/// What open deals may bring, for the forecast.
pub fn pipeline_port() -> Arc<dyn Pipeline> {
    Arc::new(port::Port)
}

/// The funnel in a few figures, for areas that ask.
pub fn funnel_port() -> Arc<dyn Funnel> {
    Arc::new(port::Port)
}

/// The area.
pub fn area(ports: Ports) -> Area {
    let Ports {
        parties,
        approvals,
        orders,
        pricing,
        tasks,
    } = ports;
    let ports = quote::Ports {
        approvals,
        orders,
        pricing,
    };
    let mut types = types::all();
    types.extend(lead::types(&parties));
    types.extend(pool::types());
    types.extend(deal::types());
    types.extend(rival::schema::types());
    types.push(lost::schema::loss());
    types.extend(quote::schema::types(&ports));
    types.extend(contract::schema::types(&ports.approvals));
    let mut migrations = schema::MIGRATIONS.to_vec();
    migrations.push(lead::schema::STEP);
    migrations.push(deal::STEP);
    migrations.extend_from_slice(quote::schema::MIGRATIONS);
    migrations.extend_from_slice(contract::schema::MIGRATIONS);
    migrations.push(rival::schema::STEP);
    migrations.push(lost::schema::STEP);
    let mut tabs = record::tabs();
    tabs.extend(lead::tabs());
    tabs.extend(pool::tabs());
    tabs.extend(deal::tabs());
    tabs.extend(rival::tabs());
    tabs.extend(lost::tabs());
    tabs.extend(quote::tabs());
    tabs.extend(contract::tabs());
    let mut events = lead::events();
    events.extend(pool::events());
    events.extend(quote::events());
    events.extend(lost::schema::events());
    events.extend(contract::schema::events());
    let mut nav = lead::nav();
    nav.push(pool::nav());
    nav.extend(deals_nav());
    nav.push(rival::nav());
    nav.push(lost::nav());
    nav.extend(quote::nav());
    nav.extend(contract::nav());
    let mut extensions = quote::schema::extensions();
    extensions.push(pool::extension());
    let mut listeners = lead::listeners();
    listeners.push(("value.refreshed.v1", lost::NAME, Wake::OnceAfter(30)));
    Area {
        name: "sales",
        types,
        extensions,
        migrations,
        routes: board::routes()
            .and(page::routes())
            .and(record::routes())
            .and(editor::routes())
            .and(api::routes())
            .and(lead::routes(&parties))
            .and(pool::routes())
            .and(deal::routes())
            .and(rival::routes())
            .and(lost::routes(&tasks))
            .and(quote::routes(&ports))
            .and(contract::routes(&ports)),
        vetoes: vec![("user", Arc::new(veto::OfUser))],
        tabs,
        nav,
        events,
        jobs: vec![
            Arc::new(lead::Rescore),
            Arc::new(pool::Reconcile),
            Arc::new(contract::job::Calendar),
            Arc::new(lost::Losses),
        ],
        listeners,
        texts: vec![
            ("en", include_str!("../i18n/en/sales.ftl")),
            ("en", include_str!("../i18n/en/lead.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/sales.ftl")),
            ("en", include_str!("../i18n/en/quote.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/quote.ftl")),
            ("en", include_str!("../i18n/en/contract.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/contract.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/lead.ftl")),
            ("en", include_str!("../i18n/en/rival.ftl")),
            ("en", include_str!("../i18n/en/lost.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/lost.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/rival.ftl")),
        ],
        ..Area::default()
    }
}

fn deals_nav() -> [NavItem; 2] {
    [
        NavItem {
            key: "deal",
            icon: "chart-funnel",
            path: "/deals/board",
            section: "sales",
            permission: "deal.view",
            order: 20,
        },
        NavItem {
            key: "pipeline",
            icon: "filter",
            path: "/pipelines",
            section: "house",
            permission: "pipeline.edit",
            order: 30,
        },
    ]
}
