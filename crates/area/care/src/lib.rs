//! How near the house stands to each customer: the level of the relationship, what each level does for customers, and whether it
//! pays.

mod batch;
mod level;
mod policy;
mod programme;
mod words;

use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_store::{EventKind, event::Wake};
use zhike_web::{Area, NavItem, Place, Routes, Tab};

pub use level::compute::refresh;
pub use level::settings::{NAME as SETTINGS, Settings};
pub use policy::job::run as follow_ups;
pub use programme::{compute::refresh as propose, gain::refresh as compare, list::enrol_all};

/// The area's door. Follow-ups become tasks of the area `work`.
pub fn area(tasks: Arc<dyn Tasks>) -> Area {
    Area {
        name: "care",
        types: vec![
            level::types::level(),
            policy::types::rule(),
            programme::types::enrolment(),
        ],
        extensions: vec![level::types::extension(), programme::types::extension()],
        migrations: vec![level::types::STEP, policy::types::STEP, programme::types::STEP],
        routes: routes().and(programme_routes()),
        tabs: vec![
            Tab::new("party", "care", Place::Rail, 27, "care.view", |visit, record| {
                Box::pin(level::pieces::beside(visit, record))
            }),
            Tab::new("party", "programme", Place::Rail, 28, "care.view", |visit, record| {
                Box::pin(programme::pieces::beside(visit, record))
            }),
            Tab::new("task", "care", Place::Head, 20, "care.view", |visit, record| {
                Box::pin(policy::pieces::about(visit, record))
            }),
        ],
        nav: vec![
            nav("care", "heart-handshake", "/care", 20),
            nav("programme", "user-check", "/care/programme", 21),
        ],
        jobs: vec![
            Arc::new(level::compute::Levels),
            Arc::new(policy::job::FollowUps(tasks)),
            Arc::new(programme::compute::Programme),
        ],
        listeners: vec![
            ("value.refreshed.v1", level::compute::NAME, Wake::OnceAfter(0)),
            (level::settings::CHANGED, level::compute::NAME, Wake::OnceAfter(0)),
            ("value.refreshed.v1", programme::compute::NAME, Wake::OnceAfter(0)),
            (
                programme::settings::CHANGED,
                programme::compute::NAME,
                Wake::OnceAfter(0),
            ),
            // Who is decided about by people uses the budget, or leaves it.
            ("enrolment.created.v1", programme::compute::NAME, Wake::OnceAfter(10)),
            ("enrolment.changed.v1", programme::compute::NAME, Wake::OnceAfter(10)),
            ("enrolment.archived.v1", programme::compute::NAME, Wake::OnceAfter(10)),
            ("enrolment.restored.v1", programme::compute::NAME, Wake::OnceAfter(10)),
        ],
        events: vec![
            event(level::settings::CHANGED, "the levels are recommended anew"),
            event(programme::settings::CHANGED, "the customers are proposed anew"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/care.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/care.ftl")),
            ("en", include_str!("../i18n/en/programme.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/programme.ftl")),
        ],
        ..Area::default()
    }
}

fn nav(key: &'static str, icon: &'static str, path: &'static str, order: i32) -> NavItem {
    NavItem {
        key,
        icon,
        path,
        section: "insight",
        permission: "care.view",
        order,
    }
}

fn event(name: &str, reason: &'static str) -> EventKind {
    EventKind {
        name: name.to_owned(),
        reason,
    }
}

fn programme_routes() -> Routes {
    use programme::{api, list, page};
    let (see, edit, enrol) = ("care.view", "care.edit", "enrolment.create");
    Routes::new()
        .get("/care/programme", see, page::show)
        .post("/care/programme/settings", edit, page::save)
        .post("/care/programme/measured", edit, page::take_measured)
        .get("/care/programme/customers", see, list::show)
        .post("/care/programme/customers/{id}", enrol, list::decide)
        .post("/care/programme/enrol", enrol, list::enrol_proposed)
        .get("/api/v1/care/programme", see, api::summary)
        .get("/api/v1/care/programme/customers", see, api::customers)
        .get("/api/v1/care/programme/customers/{id}", see, api::customer)
        .post("/api/v1/care/programme/enrol", enrol, api::enrol)
        .put("/api/v1/care/programme/settings", edit, api::put)
        .post("/api/v1/care/programme/measured", edit, api::measured)
}

fn routes() -> Routes {
    use level::{api, list, page};
    let (see, edit, set) = ("care.view", "care.edit", "care_level.create");
    Routes::new()
        .get("/care", see, page::show)
        .post("/care/settings", edit, page::save)
        .post("/care/follow-ups", edit, page::look)
        .get("/care/customers", see, list::show)
        .post("/care/customers/{id}/level", set, list::set)
        .post("/care/customers/accept", set, list::accept)
        .get("/api/v1/care", see, api::summary)
        .get("/api/v1/care/customers", see, api::customers)
        .get("/api/v1/care/customers/{id}", see, api::customer)
        .post("/api/v1/care/accept", set, api::accept)
        .put("/api/v1/care/settings", edit, api::put)
        .post("/api/v1/care/follow-ups", edit, api::look)
}
