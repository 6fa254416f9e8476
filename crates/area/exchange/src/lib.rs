//! The area `exchange`: bringing files in. `source` opens them, `mapping` says what goes where, `plan` fits the one to the
//! other, `run` brings the rows in, `record` remembers how far it is, `undo` takes it back, `sweep` clears away what was
//! never started; page, API, command line and
//! demo use the same engine.

pub mod guess;
pub mod job;
mod kept;
pub mod mapping;
pub mod plan;
pub mod record;
pub mod run;
pub mod source;
pub mod sweep;
pub mod undo;

mod api;
mod page;

use std::sync::Arc;
use zhike_web::{Area, NavItem};

pub use mapping::Mapping;
pub use run::{Progress, Report, import_file, resume};

/// The area's door.
pub fn area() -> Area {
    Area {
        name: "exchange",
        migrations: record::MIGRATIONS.to_vec(),
        routes: page::routes().and(api::routes()),
        nav: vec![NavItem {
            key: "import",
            icon: "upload",
            path: "/imports",
            section: "house",
            permission: "import.view",
            order: 10,
        }],
        jobs: vec![
            Arc::new(job::ImportJob),
            Arc::new(job::UndoJob),
            Arc::new(sweep::SweepJob),
        ],
        events: sweep::events(),
        texts: vec![
            ("en", include_str!("../i18n/en/exchange.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/exchange.ftl")),
        ],
        ..Area::default()
    }
}
