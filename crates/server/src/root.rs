//! The few addresses that belong to no area: the front door, health, licences.

use axum::http::StatusCode;
use maud::html;
use zhike_store::{Query as _, binds};
use zhike_web::{Answer, PUBLIC, Routes, Visit, answer, assets, ui};

/// Their routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", PUBLIC, front)
        .get("/health", PUBLIC, health)
        .get("/about/licences", PUBLIC, licences)
        .get("/problems/{code}", PUBLIC, problem)
}

/// To the first page of the navigation that the user may see, or to the sign-in.
async fn front(visit: Visit) -> Answer {
    if !visit.signed_in() {
        return answer::see_other("/sign-in");
    }
    let order = |section: &str| {
        ["", "sales", "service", "money", "insight", "house"]
            .iter()
            .position(|s| *s == section)
            .unwrap_or(usize::MAX)
    };
    let first = visit
        .app
        .nav
        .iter()
        .filter(|n| visit.may(n.permission))
        .min_by_key(|n| (order(n.section), n.order));
    answer::see_other(first.map_or("/me", |n| n.path))
}

/// Fit for a load balancer: the database answers.
async fn health(visit: Visit) -> Answer {
    visit.db().number("SELECT 1 + $1", binds![0_i64]).await?;
    answer::json(StatusCode::OK, &serde_json::json!({"status": "ok"}))
}

async fn licences(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let title = loc.t("licences-title");
    answer::html(ui::bare(
        loc,
        &title,
        &visit.uri,
        html! { h1 { (title) } pre.licences { (assets::licences()) } },
    ))
}

/// What a problem's `type` points to: its sentence.
async fn problem(visit: Visit, axum::extract::Path(code): axum::extract::Path<String>) -> Answer {
    let loc = &visit.loc;
    if !code.starts_with("error-") || !loc.has(&code) {
        return Err(zhike_kernel::Error::missing().into());
    }
    let title = loc.t("problem-title");
    answer::html(ui::bare(
        loc,
        &title,
        &visit.uri,
        html! { h1 { (title) } p { (loc.t(&code)) } p.mut { (code) } },
    ))
}
