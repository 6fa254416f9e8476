//! The REST API every record type has from its declaration alone, what all types share (search, undo, the registry, the
//! reader's own rights), and its OpenAPI description.

mod bulk;
mod list;
mod meta;
pub mod once;
mod one;
mod openapi;
mod schema;
mod sent;
pub(crate) mod shape;
mod undo;
pub mod value;

pub use once::{Begun, Once, Reply, begin};
pub use one::whole;
pub use sent::{Sent, etag, if_match, problem};

use crate::{
    input::Query,
    routes::{PUBLIC, Routes, SIGNED_IN},
    visit::Visit,
};
use axum::extract::Path;
use std::sync::Arc;
use zhike_kernel::{Error, Reach, Result};
use zhike_store::{Ctx, RecordType};

/// Where the API begins.
pub const BASE: &str = "/api/v1";

/// The API of one record type.
pub fn routes(ty: &RecordType) -> Routes {
    let name = ty.name;
    let at = |rest: &str| format!("{BASE}{}{rest}", ty.path);
    let (view, create, edit, archive) = (
        ty.permission("view"),
        ty.permission("create"),
        ty.permission("edit"),
        ty.permission("archive"),
    );
    Routes::new()
        .get(&at(""), &view, move |visit: Visit, Query(q): Query| {
            Box::pin(list::list(visit, name, q))
        })
        .post(&at(""), &create, move |visit: Visit, sent: Sent| {
            Box::pin(one::create(visit, name, sent))
        })
        .get(
            &at("/export"),
            &ty.permission("export"),
            move |visit: Visit, Query(q): Query| Box::pin(list::export(visit, name, q)),
        )
        .post(&at("/bulk"), &edit, move |visit: Visit, sent: Sent| {
            Box::pin(bulk::run(visit, name, sent))
        })
        .get(
            &at("/{id}"),
            &view,
            move |visit: Visit, Path(id): Path<String>, sent: Sent| Box::pin(one::show(visit, name, id, sent)),
        )
        .patch(
            &at("/{id}"),
            &edit,
            move |visit: Visit, Path(id): Path<String>, sent: Sent| Box::pin(one::change(visit, name, id, sent)),
        )
        .delete(
            &at("/{id}"),
            &archive,
            move |visit: Visit, Path(id): Path<String>, sent: Sent| Box::pin(one::archive(visit, name, id, sent)),
        )
        .post(
            &at("/{id}/restore"),
            &archive,
            move |visit: Visit, Path(id): Path<String>, sent: Sent| Box::pin(one::restore(visit, name, id, sent)),
        )
        .get(
            &at("/{id}/events"),
            &view,
            move |visit: Visit, Path(id): Path<String>, Query(q): Query| Box::pin(one::events(visit, name, id, q)),
        )
}

/// What all types share. Each address asks for the right on the types concerned.
pub fn shared() -> Routes {
    let at = |rest: &str| format!("{BASE}{rest}");
    Routes::new()
        .get(&at("/openapi.json"), PUBLIC, openapi::show)
        .get(&at("/types"), SIGNED_IN, meta::types)
        .get(&at("/me"), SIGNED_IN, meta::me)
        .get(&at("/search"), SIGNED_IN, |visit: Visit, Query(q): Query| {
            Box::pin(meta::search(visit, q))
        })
        .post(
            &at("/undo/event/{id}"),
            SIGNED_IN,
            |visit: Visit, Path(id): Path<String>, sent: Sent| Box::pin(undo::event(visit, id, sent)),
        )
        .post(
            &at("/undo/batch/{id}"),
            SIGNED_IN,
            |visit: Visit, Path(id): Path<String>, sent: Sent| Box::pin(undo::batch(visit, id, sent)),
        )
}

/// The declaration with the columns that other areas added, as the asker may see it.
fn of(visit: &Visit, name: &str) -> Result<Arc<RecordType>> {
    Ok(visit.registry().get(name)?.seen_by(&visit.actor))
}

/// An id out of an address; what is none is simply not there.
fn id_of(text: &str) -> Result<i64> {
    text.parse().ok().filter(|id| *id > 0).ok_or_else(Error::missing)
}

/// Who has just written a record is answered with it, even if it went out of sight by that (another owner).
fn seeing_all(ctx: &Ctx) -> Ctx {
    let mut actor = (*ctx.actor).clone();
    actor.reach = Reach::All;
    Ctx {
        actor: Arc::new(actor),
        ..ctx.clone()
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod flow;
