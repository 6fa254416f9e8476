//! Visits to our own sites, of people who agreed to it: the script on the site asks first and keeps quiet until it hears yes;
//! who takes the yes back is forgotten with everything they looked at.

mod forget;
mod said;
mod schema;
mod tab;
mod take;

pub(crate) use forget::{WITHDRAWN, Withdrawn, old};
pub(crate) use said::known;
pub(crate) use schema::{TABLE, web_visitor};
pub(crate) use tab::tabs;
pub(crate) use take::{first, look, mark};

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use zhike_web::{Answer, Json, PUBLIC, Query, Routes, Visit};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/embed/visits.js", PUBLIC, script)
        .get(
            "/embed/visits/{token}",
            PUBLIC,
            |visit: Visit, Path(t): Path<String>, Query(q): Query| Box::pin(take::words(visit, t, q)),
        )
        .post(
            "/api/v1/web-visits/{token}",
            PUBLIC,
            |visit: Visit, Path(t): Path<String>, head: HeaderMap, Json(said): Json<take::Said>| {
                Box::pin(heard(visit, t, head, said))
            },
        )
        .get(
            "/api/v1/parties/{id}/web-visits",
            "party.view",
            |visit: Visit, Path(id): Path<i64>, Query(q): Query| Box::pin(tab::api(visit, id, q)),
        )
        .delete(
            "/api/v1/parties/{id}/web-visits",
            "consent.edit",
            |visit: Visit, Path(id): Path<i64>| Box::pin(tab::api_forget(visit, id)),
        )
        .post(
            "/parties/{id}/web-visits/forget",
            "consent.edit",
            |visit: Visit, Path(id): Path<i64>| Box::pin(tab::page_forget(visit, id)),
        )
}

/// `POST /api/v1/web-visits/{token}`.
async fn heard(visit: Visit, token: String, head: HeaderMap, said: take::Said) -> Answer {
    take::take(&visit, &token, &head, said).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /embed/visits.js`: the same for everybody, so any site may load it.
async fn script() -> Answer {
    let head = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((head, include_str!("../visits.js")).into_response())
}
