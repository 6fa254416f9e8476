//! What hangs on a deal: its products, the people who decide, what a stage wants before a deal may leave it, and the
//! calendar of closings.

pub(crate) mod calendar;
pub(crate) mod criteria;
mod hooks;
mod lines;
mod model;
mod parts;
mod people;

pub(crate) use hooks::{leaves, lines_rule};
pub(crate) use model::{STANCES, STEP, types};
pub(crate) use parts::Parts;

use zhike_web::{Place, Routes, Tab};

/// Pages.
pub(crate) fn routes() -> Routes {
    lines::routes().and(people::routes()).and(calendar::routes())
}

/// Pieces of a deal's page.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("deal", "lines", Place::Tab, 10, "deal.view", |v, r| {
            Box::pin(lines::tab(v, r))
        }),
        Tab::new("deal", "people", Place::Tab, 15, "deal.view", |v, r| {
            Box::pin(people::tab(v, r))
        }),
    ]
}
