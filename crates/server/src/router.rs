//! All routes behind the layers that every request passes: size and time limits, compression, the visit.

use crate::house::Open;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use std::sync::Arc;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};
use zhike_web::{App, assets, visit};

/// The router of an open house, and what is left of it.
pub fn router(open: Open) -> (Router, Arc<App>, zhike_jobs::Worker) {
    let Open {
        app, worker, routes, ..
    } = open;
    let worth = SizeAbove::new(1_024)
        .and(NotForContentType::const_new("font/woff2"))
        .and(NotForContentType::IMAGES);
    let router = routes
        .into_router()
        .fallback(zhike_web::answer::missing)
        .merge(assets::routes())
        .layer(from_fn_with_state(app.clone(), visit::enter))
        .layer(
            CompressionLayer::new()
                .br(true)
                .gzip(true)
                .quality(CompressionLevel::Fastest)
                .compress_when(worth),
        )
        .layer(DefaultBodyLimit::max(512 * 1024 * 1024))
        .with_state(app.clone());
    (router, app, worker)
}
