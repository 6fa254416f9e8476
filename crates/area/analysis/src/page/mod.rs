//! Pages of a saved analysis: its steps, its results, its versions, what is done about it.

mod actions;
mod cells;
mod chips;
pub(crate) mod edit;
pub(crate) mod editor;
mod export;
mod forms;
mod paper;
pub(crate) mod result;
pub(crate) mod versions;
mod words;

pub(crate) use cells::{Names, chart, json_rows, named, table, total};
pub(crate) use export::send;

use axum::extract::Path;
use zhike_web::{Form, Place, Query, Routes, Tab, Visit};

/// Its pages beyond those of every record type.
pub(crate) fn routes() -> Routes {
    let (see, edit) = ("analysis.view", "analysis.edit");
    Routes::new()
        .get("/analyses/{id}/counted", see, |visit: Visit, Path(id): Path<i64>| {
            Box::pin(editor::counted(visit, id))
        })
        .post(
            "/analyses/{id}/set-steps",
            edit,
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(edit::post(visit, id, f)),
        )
        .post("/analyses/{id}/run", see, |visit: Visit, Path(id): Path<i64>| {
            Box::pin(result::ask(visit, id))
        })
        .post(
            "/analyses/{id}/runs/{run}/call-off",
            see,
            |visit: Visit, Path((id, run)): Path<(i64, i64)>| Box::pin(result::call_off(visit, id, run)),
        )
        .get(
            "/analyses/{id}/runs/{run}/progress",
            see,
            |visit: Visit, Path((id, run)): Path<(i64, i64)>| Box::pin(result::progress(visit, id, run)),
        )
        .get(
            "/analyses/{id}/runs/{run}/export",
            "analysis.export",
            |visit: Visit, Path((id, run)): Path<(i64, i64)>, Query(q): Query| {
                Box::pin(export::send(visit, id, run, q))
            },
        )
        .post(
            "/analyses/{id}/copy",
            "analysis.create",
            |visit: Visit, Path(id): Path<i64>| Box::pin(edit::copy(visit, id)),
        )
}

/// Its pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    let see = "analysis.view";
    vec![
        Tab::new("analysis", "steps", Place::Tab, -20, see, |visit, record| {
            Box::pin(editor::tab(visit, record))
        }),
        Tab::new("analysis", "result", Place::Tab, -10, see, |visit, record| {
            Box::pin(result::tab(visit, record))
        }),
        Tab::new("analysis", "versions", Place::Tab, 20, see, |visit, record| {
            Box::pin(versions::tab(visit, record))
        }),
        Tab::new("analysis", "actions", Place::Tab, 30, "task.view", |visit, record| {
            Box::pin(actions::tab(visit, record))
        }),
        Tab::new("analysis", "do", Place::Action, 10, see, |visit, record| {
            Box::pin(async move { Ok(result::buttons(visit, record)) })
        }),
        Tab::new("analysis", "plan", Place::Rail, 10, see, |visit, record| {
            Box::pin(result::beside(visit, record))
        }),
    ]
}
