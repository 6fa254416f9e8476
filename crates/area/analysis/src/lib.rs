//! What people ask of the house's figures and keep: analyses as chains of steps, dashboards of them, and segments of customers.

mod chain;
mod dashboard;
mod owned;
mod page;
mod run;
mod saved;
mod schedule;
mod segment;

use std::sync::Arc;
use zhike_contract::{Actors, Mailer};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem};

/// The area's door; what is done for somebody who is away is done with the rights that `actors` tells, and told them by `mailer`.
pub fn area(actors: Arc<dyn Actors>, mailer: Arc<dyn Mailer>) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    let read = "read in the record's history: the rows of the run are written with it";
    Area {
        name: "analysis",
        types: vec![
            segment::types::segment(),
            saved::types::analysis(),
            dashboard::types::dashboard(),
        ],
        migrations: vec![
            segment::types::STEP,
            saved::types::STEP,
            dashboard::types::STEP,
            saved::types::MAIL,
        ],
        routes: segment::routes()
            .and(page::routes())
            .and(saved::api::routes())
            .and(dashboard::routes()),
        tabs: [segment::tabs(), page::tabs(), dashboard::tabs()].concat(),
        nav: vec![
            nav("analysis", "chart-bar", "/analyses", 16),
            nav("dashboard", "gauge", "/dashboards", 17),
            nav("segment", "users-group", "/segments", 18),
        ],
        jobs: vec![Arc::new(run::job::Runs(actors)), Arc::new(run::post::Post(mailer))],
        relations: vec![("party", segment::types::membership())],
        sets: vec![segment::set()],
        events: vec![
            event(run::job::ASKED, "its job is queued in the same transaction"),
            event(run::job::ENDED, read),
            event(run::job::CALLED_OFF, read),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/analysis.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/analysis.ftl")),
            ("en", include_str!("../i18n/en/letters.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/letters.ftl")),
            ("en", include_str!("../i18n/en/dashboard.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/dashboard.ftl")),
            ("en", include_str!("../i18n/en/segment.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/segment.ftl")),
        ],
        ..Area::default()
    }
}

/// Asks for a run of every analysis for its owner: for demonstrations, whose facts come after their records.
pub async fn run_all(ctx: &zhike_store::Ctx) -> zhike_kernel::Result<usize> {
    run::job::ask_all(ctx).await
}

/// The port to segments.
pub fn segments() -> Arc<dyn zhike_contract::Segments> {
    Arc::new(segment::Keeper)
}

/// Freezes a segment; how many members it has.
pub async fn freeze(ctx: &zhike_store::Ctx, segment: i64) -> zhike_kernel::Result<u64> {
    segment::freeze(ctx, segment).await
}

fn nav(key: &'static str, icon: &'static str, path: &'static str, order: i32) -> NavItem {
    NavItem {
        key,
        icon,
        path,
        section: "insight",
        permission: "analysis.view",
        order,
    }
}
