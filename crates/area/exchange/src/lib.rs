//! The area `exchange`: bringing files in. `source` opens them, `mapping` says what goes where, `plan` fits the one to the
//! other, `run` brings the rows in, `record` remembers how far it is, `undo` takes it back, `sweep` clears away what was
//! never started; page, API, command line and
//! demo use the same engine.

pub mod folder;
pub mod guess;
pub mod ignored;
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

pub use folder::Folder;
pub use mapping::Mapping;
pub use run::{Progress, Report, import_file, resume};

/// The area's door, with the folders of the configuration.
pub fn area(folders: Vec<Folder>) -> Area {
    let folders = Arc::new(folders);
    Area {
        name: "exchange",
        migrations: record::MIGRATIONS.to_vec(),
        routes: page::routes().and(api::routes()).and(folder::routes(&folders)),
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
            Arc::new(folder::DropJob { folders }),
        ],
        events: [sweep::events(), folder::events()].concat(),
        texts: vec![
            ("en", include_str!("../i18n/en/exchange.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/exchange.ftl")),
        ],
        ..Area::default()
    }
}
