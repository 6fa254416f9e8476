//! Selling: pipelines with stages, deals that move through them, the board, the funnel and the weighted forecast.

mod api;
mod ask;
mod board;
mod card;
mod cohort;
mod deal;
mod editor;
mod figures;
mod hooks;
mod lead;
mod moving;
mod page;
mod pool;
mod port;
mod record;
mod rules;
mod schema;
mod stages;
mod types;
mod view;

use std::sync::Arc;
use zhike_contract::{Funnel, Parties};
use zhike_web::{Area, NavItem};

/// The funnel in a few figures, for areas that ask.
pub fn funnel_port() -> Arc<dyn Funnel> {
    Arc::new(port::Port)
}

/// The area; it asks about parties whom it does not know itself.
pub fn area(parties: Arc<dyn Parties>) -> Area {
    let mut types = types::all();
    types.extend(lead::types(&parties));
    types.extend(pool::types());
    types.extend(deal::types());
    let mut migrations = schema::MIGRATIONS.to_vec();
    migrations.push(lead::schema::STEP);
    migrations.push(deal::STEP);
    let mut tabs = record::tabs();
    tabs.extend(lead::tabs());
    tabs.extend(pool::tabs());
    tabs.extend(deal::tabs());
    let mut events = lead::events();
    events.extend(pool::events());
    let mut nav = lead::nav();
    nav.push(pool::nav());
    nav.extend(deals_nav());
    Area {
        name: "sales",
        types,
        extensions: vec![pool::extension()],
        migrations,
        routes: board::routes()
            .and(page::routes())
            .and(record::routes())
            .and(editor::routes())
            .and(api::routes())
            .and(lead::routes(&parties))
            .and(pool::routes())
            .and(deal::routes()),
        tabs,
        nav,
        events,
        jobs: vec![Arc::new(lead::Rescore), Arc::new(pool::Reconcile)],
        listeners: lead::listeners(),
        texts: vec![
            ("en", include_str!("../i18n/en/sales.ftl")),
            ("en", include_str!("../i18n/en/lead.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/sales.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/lead.ftl")),
        ],
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
