//! Work: tasks that people give one another or that other areas ask for, with a day, an answer and a result.

mod api;
mod hooks;
mod mine;
mod month;
mod pieces;
mod port;
mod rules;
mod schema;
mod step;

use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_web::{Area, NavItem, Routes};

/// Tasks, for areas that ask for them.
pub fn port() -> Arc<dyn Tasks> {
    Arc::new(port::Port)
}

/// The area's door.
pub fn area() -> Area {
    Area {
        name: "work",
        types: vec![schema::task()],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .get("/tasks/mine", "task.view", mine::page)
            .get("/tasks/calendar", "task.view", month::page)
            .post("/tasks/{id}/step", "task.edit", api::from_page)
            .get("/api/v1/tasks/mine", "task.view", api::mine)
            .post("/api/v1/tasks/{id}/step", "task.edit", api::by_program),
        tabs: pieces::tabs(),
        nav: vec![NavItem {
            key: "task",
            icon: "checkbox",
            path: "/tasks/mine",
            section: "",
            permission: "task.view",
            order: 20,
        }],
        texts: vec![
            ("en", include_str!("../i18n/en/work.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/work.ftl")),
        ],
        ..Area::default()
    }
}
