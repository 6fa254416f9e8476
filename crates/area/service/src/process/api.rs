//! Processes for programs: read, written as a whole, published.

use super::{Definition, edit};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Values};
use zhike_store::{read, write};
use zhike_web::{Answer, Json as Body, Routes, Visit, answer::json as answer, records::condition::Condition};

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    definition: Option<Definition>,
    condition: Option<Json>,
}

const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"definition":{"type":"object"},"condition":{"type":"object"}}}"#;
const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"version":{"type":"integer"},"published":{"type":["integer","null"]},"changed":{"type":"boolean"},
"definition":{"type":"object"},"condition":{"type":"object"},"running":{"type":"array","items":{"type":"object"}}}}"#;

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(
            "/api/v1/processes/{id}/definition",
            "process.view",
            |visit: Visit, Path(id): Path<i64>| Box::pin(show(visit, id)),
        )
        .put(
            "/api/v1/processes/{id}/definition",
            "process.edit",
            |visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>| Box::pin(put(visit, id, s)),
        )
        .described(ASKS, TELLS)
        .post(
            "/api/v1/processes/{id}/publish",
            "process.edit",
            |visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>| Box::pin(publish(visit, id, s)),
        )
        .described(ASKS, TELLS)
}

async fn show(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("process")?.clone();
    let record = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let running: Vec<Json> = edit::running(&visit, id)
        .await?
        .iter()
        .map(|(version, n)| json!({"version": version, "cases": n}))
        .collect();
    let body = json!({
        "id": id, "version": record.version, "published": record.int("published"), "changed": record.get("changed").truth().unwrap_or(false),
        "definition": Definition::read(record.text("draft"))?, "condition": Condition::read(record.text("condition")).json(), "running": running,
    });
    answer(StatusCode::OK, &body)
}

async fn put(visit: Visit, id: i64, s: Sent) -> Answer {
    let version = s.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let tx = visit.ctx.begin().await?;
    let mut draft = edit::draft(&visit.ctx, &tx, id, version).await?;
    if let Some(def) = s.definition {
        draft.def = def;
        edit::keep(&visit.ctx, &tx, draft).await?;
    }
    if let Some(condition) = s.condition {
        let given = Condition::from_json(&condition).ok_or_else(|| Error::field("condition", "error-condition"))?;
        given.check(&visit, visit.registry().get("case")?)?;
        let ty = visit.registry().get("process")?.clone();
        let now = read::need(&visit.ctx, &tx, &ty, id).await?;
        let at = now.version;
        let changes = Values::from([("condition".to_owned(), given.write().into())]);
        write::update_from(&visit.ctx, &tx, &ty, now, at, changes).await?;
    }
    tx.commit().await?;
    show(visit, id).await
}

async fn publish(visit: Visit, id: i64, s: Sent) -> Answer {
    let version = s.version.ok_or_else(|| Error::field("version", "error-required"))?;
    edit::publish(&visit, id, version).await?;
    show(visit, id).await
}
