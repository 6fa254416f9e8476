//! Selling: pipelines with stages, deals that move through them, the board, the funnel and the weighted forecast.

mod api;
mod ask;
mod board;
mod card;
mod cohort;
mod editor;
mod figures;
mod hooks;
mod moving;
mod page;
mod port;
mod record;
mod rules;
mod schema;
mod stages;
mod types;
mod view;

use std::sync::Arc;
use zhike_contract::Funnel;
use zhike_web::{Area, NavItem};

/// The funnel in a few figures, for areas that ask.
pub fn funnel_port() -> Arc<dyn Funnel> {
    Arc::new(port::Port)
}

/// The area.
pub fn area() -> Area {
    Area {
        name: "sales",
        types: types::all(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: board::routes()
            .and(page::routes())
            .and(record::routes())
            .and(editor::routes())
            .and(api::routes()),
        tabs: record::tabs(),
        nav: vec![
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
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/sales.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/sales.ftl")),
        ],
        ..Area::default()
    }
}
