//! Alarms for programs.

use super::{outcome, read, settings};
use crate::lifetime::store;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use zhike_web::{Answer, Json, Visit, answer};

/// `GET /api/v1/value/alarms`.
pub async fn summary(visit: Visit) -> Answer {
    let precision = read::precision(&visit.ctx).await?;
    let settings = settings::load(visit.db(), visit.house.currency).await?;
    let past = store::latest(visit.db()).await?.and_then(|r| r.report.past);
    let body = json!({ "so_far": precision.api(&visit), "tried_on_the_past": past, "settings": settings, "currency": visit.house.currency.code() });
    answer::json(StatusCode::OK, &body)
}

/// `PUT /api/v1/value/alarms/settings`.
pub async fn put(visit: Visit, Json(new): Json<settings::Settings>) -> Answer {
    let tx = visit.ctx.begin().await?;
    settings::save(&visit.ctx, &tx, &new).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    summary(visit).await
}

/// An outcome as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    to: String,
    version: i64,
    note: Option<String>,
}

/// `POST /api/v1/alarms/{id}/outcome`.
pub async fn judge(visit: Visit, Path(id): Path<i64>, Json(said): Json<Said>) -> Answer {
    let done = outcome::note(&visit.ctx, id, said.version, &said.to, said.note.as_deref()).await?;
    answer::json(StatusCode::OK, &json!({ "id": id, "version": done.version }))
}
