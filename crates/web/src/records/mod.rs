//! The pages every record type has from its declaration alone: list, record, form, inline edit, bulk edit, saved views,
//! export; and those shared by all types: lookup, palette, undo.

pub mod ask;
mod bar;
mod bulk;
mod cell;
mod cond;
pub mod condition;
pub mod diff;
pub mod export;
mod form;
pub mod history;
mod inputs;
mod list;
mod lookup;
mod meant;
mod page;
mod palette;
pub(crate) mod personal;
pub mod show;
mod stale;
mod undo;
mod views;

pub use meant::chosen;
pub use page::facts;
pub use show::{Names, cell, names, plain, related, table};
pub use views::{View, choices};

use crate::{
    input::{Form, Query},
    routes::{Routes, SIGNED_IN},
    visit::Visit,
};
use axum::extract::Path;
use std::sync::Arc;
use zhike_kernel::{Error, Result};
use zhike_store::{EventKind, RecordType};

/// Kind of the event that an export leaves behind.
pub const EXPORTED: &str = "export.made.v1";

/// Events written here, for the registry.
pub fn events() -> Vec<EventKind> {
    let mut all = vec![EventKind {
        name: EXPORTED.into(),
        reason: "read in the audit",
    }];
    all.extend(views::KINDS.map(|name| EventKind {
        name: name.into(),
        reason: "read in the audit",
    }));
    all.extend(crate::files::events());
    all
}

/// The pages of one record type.
pub fn routes(ty: &RecordType) -> Routes {
    let name = ty.name;
    let at = |rest: &str| format!("{}{rest}", ty.path);
    let (view, create, edit, archive) = (
        ty.permission("view"),
        ty.permission("create"),
        ty.permission("edit"),
        ty.permission("archive"),
    );
    Routes::new()
        .get(&at(""), &view, move |visit: Visit, Query(q): Query| {
            Box::pin(list::show(visit, name, q))
        })
        .get(
            &at("/filter/{field}"),
            &view,
            move |visit: Visit, Path(field): Path<String>, Query(q): Query| bar::filter_form(visit, name, field, q),
        )
        .get(
            &at("/export"),
            &ty.permission("export"),
            move |visit: Visit, Query(q): Query| Box::pin(export::start(visit, name, q)),
        )
        .post(&at("/views"), "view.own", move |visit: Visit, Form(f): Form| {
            views::create(visit, name, f)
        })
        .post(
            &at("/views/{id}"),
            "view.own",
            move |visit: Visit, Path(id): Path<String>, Form(f): Form| views::change(visit, name, id, f),
        )
        .post(
            &at("/views/{id}/delete"),
            "view.own",
            move |visit: Visit, Path(id): Path<String>, Form(f): Form| views::delete(visit, name, id, f),
        )
        .get(&at("/new"), &create, move |visit: Visit, Query(q): Query| {
            Box::pin(form::fresh(visit, name, q))
        })
        .post(&at(""), &create, move |visit: Visit, Form(f): Form| {
            Box::pin(form::create(visit, name, f))
        })
        .get(
            &at("/bulk/{field}"),
            &edit,
            move |visit: Visit, Path(field): Path<String>, Query(q): Query| bulk::form(visit, name, field, q),
        )
        .post(&at("/bulk"), &edit, move |visit: Visit, Form(f): Form| {
            Box::pin(bulk::run(visit, name, f))
        })
        .get(&at("/{id}"), &view, move |visit: Visit, Path(id): Path<String>| {
            Box::pin(page::show(visit, name, id, String::new()))
        })
        .post(
            &at("/{id}"),
            &edit,
            move |visit: Visit, Path(id): Path<String>, Form(f): Form| Box::pin(form::update(visit, name, id, f)),
        )
        .get(&at("/{id}/edit"), &edit, move |visit: Visit, Path(id): Path<String>| {
            Box::pin(form::edit(visit, name, id))
        })
        .post(
            &at("/{id}/archive"),
            &archive,
            move |visit: Visit, Path(id): Path<String>, Form(f): Form| page::archive(visit, name, id, f, true),
        )
        .post(
            &at("/{id}/restore"),
            &archive,
            move |visit: Visit, Path(id): Path<String>, Form(f): Form| page::archive(visit, name, id, f, false),
        )
        .get(
            &at("/{id}/cell/{field}"),
            &view,
            move |visit: Visit, Path((id, field)): Path<(String, String)>, Query(q): Query| {
                cell::editor(visit, name, id, field, q)
            },
        )
        .post(
            &at("/{id}/cell/{field}"),
            &edit,
            move |visit: Visit, Path((id, field)): Path<(String, String)>, Form(f): Form| {
                Box::pin(cell::save(visit, name, id, field, f))
            },
        )
        .get(
            &at("/{id}/{tab}"),
            &view,
            move |visit: Visit, Path((id, tab)): Path<(String, String)>| Box::pin(page::show(visit, name, id, tab)),
        )
}

/// Lookup, search and undo: one address for all types. Each asks for the right on the type concerned.
pub fn shared() -> Routes {
    crate::files::routes()
        .get(
            "/lookup/{type}",
            SIGNED_IN,
            |visit: Visit, Path(ty): Path<String>, Query(q): Query| lookup::options(visit, ty, q),
        )
        .get("/search", SIGNED_IN, |visit: Visit, Query(q): Query| {
            palette::search(visit, q)
        })
        .post("/undo/event/{id}", SIGNED_IN, |visit: Visit, Path(id): Path<String>| {
            undo::event(visit, id)
        })
        .post("/undo/batch/{id}", SIGNED_IN, |visit: Visit, Path(id): Path<String>| {
            undo::batch(visit, id)
        })
}

/// The declaration with the columns that other areas added, as the visitor may see it.
pub(crate) fn of(visit: &Visit, name: &str) -> Result<Arc<RecordType>> {
    Ok(visit.registry().get(name)?.seen_by(&visit.actor))
}

/// An id out of an address; what is none is simply not there.
pub(crate) fn id_of(text: &str) -> Result<i64> {
    text.parse().ok().filter(|id| *id > 0).ok_or_else(Error::missing)
}

/// The name of one record of a type within a sentence: `customer`, `客户`.
pub(crate) fn one(visit: &Visit, ty: &RecordType) -> String {
    let word = visit.loc.t(&format!("{}-one", ty.name));
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(a), Some(b)) if b.is_lowercase() => a.to_lowercase().chain([b]).chain(chars).collect(),
        _ => word,
    }
}

#[cfg(test)]
mod tests;
