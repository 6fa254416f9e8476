//! Segments: customers who fit a condition, live or as they were on a day. A live one is its condition, a frozen one a table of
//! members; either is one predicate of the database, whoever asks and however many there are.

mod api;
mod flow;
mod page;
pub(crate) mod types;

use axum::extract::Path;
use std::sync::Arc;
use zhike_store::read;
use zhike_web::{Form, Json, Place, Query, Routes, Tab, Visit, area::Set, records::ask::Reader};

/// Its pages and API beyond those of every record type.
pub(crate) fn routes() -> Routes {
    let (see, edit) = ("segment.view", "segment.edit");
    Routes::new()
        .post(
            "/segments/{id}/set-condition",
            edit,
            |visit: Visit, Path(id): Path<i64>, Query(q): Query, Form(f): Form| {
                Box::pin(page::set_condition(visit, id, q, f))
            },
        )
        .post(
            "/segments/{id}/freeze",
            edit,
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(page::freeze(visit, id, f)),
        )
        .post(
            "/segments/{id}/copy",
            "segment.create",
            |visit: Visit, Path(id): Path<i64>| Box::pin(page::copy(visit, id)),
        )
        .get(
            "/api/v1/segments/{id}/members",
            see,
            |visit: Visit, Path(id): Path<i64>, Query(q): Query| Box::pin(api::members(visit, id, q)),
        )
        .put(
            "/api/v1/segments/{id}/condition",
            edit,
            |visit: Visit, Path(id): Path<i64>, Json(body): Json<serde_json::Value>| {
                Box::pin(api::condition(visit, id, body))
            },
        )
        .post(
            "/api/v1/segments/{id}/freeze",
            edit,
            |visit: Visit, Path(id): Path<i64>, Json(body): Json<serde_json::Value>| {
                Box::pin(api::freeze(visit, id, body))
            },
        )
        .post(
            "/api/v1/segments/{id}/copy",
            "segment.create",
            |visit: Visit, Path(id): Path<i64>| Box::pin(api::copy(visit, id)),
        )
}

/// Its pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("segment", "members", Place::Tab, -10, "party.view", |visit, record| {
            Box::pin(page::members(visit, record))
        }),
        Tab::new("segment", "do", Place::Action, 10, "segment.view", |visit, record| {
            Box::pin(async move { Ok(page::actions(visit, record)) })
        }),
    ]
}

/// Freezes a segment as it stands.
pub(crate) async fn freeze(ctx: &zhike_store::Ctx, id: i64) -> zhike_kernel::Result<u64> {
    let ty = ctx.registry().get("segment")?.clone();
    let record = read::need(ctx, ctx.db(), &ty, id).await?;
    flow::freeze(ctx, id, record.version).await
}

/// Keeps segments that others find.
pub(crate) struct Keeper;

#[async_trait::async_trait]
impl zhike_contract::Segments for Keeper {
    async fn keep(&self, ctx: &zhike_store::Ctx, new: &zhike_contract::NewSegment) -> zhike_kernel::Result<i64> {
        flow::keep(ctx, new).await
    }
}

/// The list of customers may be narrowed to a segment.
pub(crate) fn set() -> Set {
    Set {
        of: "party",
        key: "segment",
        find: Arc::new(|visit, id| {
            Box::pin(async move {
                let ty = visit.registry().get("segment")?.clone();
                if !visit.may("segment.view") {
                    return Ok(None);
                }
                let Some(record) = read::find(&visit.ctx, visit.db(), &ty, id).await? else {
                    return Ok(None);
                };
                let filter = flow::filter(&visit.ctx, &record, &Reader::of(&visit.ctx))?;
                Ok(Some((
                    zhike_web::records::show::title(visit, &ty, record.id, &record.values),
                    filter,
                )))
            })
        }),
    }
}
