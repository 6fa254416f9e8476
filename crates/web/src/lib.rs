//! The web room: shell, components, tables, forms, session, answers. It knows no area; it draws what the registry declares.

pub mod answer;
pub mod api;
pub mod area;
pub mod assets;
pub mod embed;
pub mod files;
pub mod gate;
pub mod input;
pub mod kept;
pub mod line_form;
pub mod locale;
pub mod password;
pub mod portal;
pub mod records;
pub mod routes;
pub mod screen;
pub mod seal;
pub mod site;
pub mod takes;
pub mod ui;
pub mod visit;

pub use answer::{Answer, Failure};
pub use area::{Area, NavItem, Place, Tab};
pub use input::{Fields, Form, Json, Query};
pub use locale::{Catalog, Lang, Locale};
pub use routes::{GUEST, PUBLIC, Routes, SIGNED_IN};
pub use screen::Screen;
pub use takes::Takes;
pub use visit::{App, Visit};

/// Runs slow work that waits for no one (hashing, compressing) on a thread of its own.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> zhike_kernel::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(zhike_kernel::Error::broken)
}

/// The web room's own texts.
pub fn texts() -> Vec<(Lang, &'static str)> {
    vec![
        (Lang::En, include_str!("../i18n/en/web.ftl")),
        (Lang::En, include_str!("../i18n/en/records.ftl")),
        (Lang::En, include_str!("../i18n/en/errors.ftl")),
        (Lang::En, include_str!("../i18n/en/api.ftl")),
        (Lang::En, include_str!("../i18n/en/gate.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/web.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/records.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/errors.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/api.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/gate.ftl")),
    ]
}
