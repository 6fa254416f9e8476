//! Dashboards: tiles that show the last results of saved analyses, each to whom its result is open.

mod page;
pub(crate) mod types;

use crate::owned;
use axum::{extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Record, binds, read, write};
use zhike_web::{Answer, Form, Json as Body, Place, Routes, Tab, Visit, answer};

/// Tiles of one dashboard at most.
const MOST: usize = 24;
/// How a tile shows its analysis.
pub(crate) const SHOWS: [&str; 3] = ["chart", "table", "number"];

/// A tile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tile {
    pub analysis: i64,
    #[serde(default = "usual")]
    pub show: String,
    /// As broad as the page.
    #[serde(default)]
    pub wide: bool,
}

fn usual() -> String {
    "chart".into()
}

/// The tiles of a dashboard.
pub(crate) fn tiles(dashboard: &Record) -> Vec<Tile> {
    serde_json::from_str(dashboard.text("tiles")).unwrap_or_default()
}

/// Keeps other tiles; the new version and the event, for undo. Each new tile shows an analysis that the actor may see.
pub(crate) async fn keep(
    ctx: &Ctx,
    id: i64,
    version: i64,
    change: impl FnOnce(Vec<Tile>) -> Result<Vec<Tile>> + Send,
) -> Result<(i64, i64)> {
    let ty = ctx.registry().get("dashboard")?.clone();
    let analyses = ctx.registry().get("analysis")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    owned::need(ctx, &record)?;
    if record.version != version {
        return Err(Error::stale());
    }
    let before = tiles(&record);
    let after = change(before.clone())?;
    if after.len() > MOST {
        return Err(Error::invalid("error-dashboard-tiles").with("most", MOST));
    }
    for tile in &after {
        if !SHOWS.contains(&tile.show.as_str()) {
            return Err(Error::field("show", "error-not-a-choice"));
        }
        let known = before.iter().any(|b| b.analysis == tile.analysis);
        if !known && read::find(ctx, &tx, &analyses, tile.analysis).await?.is_none() {
            return Err(Error::field("analysis", "error-not-a-record"));
        }
    }
    let text = serde_json::to_string(&after).map_err(Error::broken)?;
    let changes = Values::from([("tiles".to_owned(), Value::Text(text))]);
    let version = write::update(ctx, &tx, &ty, id, version, changes).await?;
    let sql = "SELECT COALESCE(MAX(id), 0) FROM event WHERE record_type = 'dashboard' AND record_id = $1 AND kind = 'dashboard.changed.v1'";
    let event = tx.number(sql, binds![id]).await?;
    tx.commit().await?;
    Ok((version, event))
}

/// Its pages and API beyond those of every record type.
pub(crate) fn routes() -> Routes {
    let (see, edit) = ("dashboard.view", "dashboard.edit");
    Routes::new()
        .post(
            "/dashboards/{id}/set-tiles",
            edit,
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(page::post(visit, id, f)),
        )
        .post("/dashboards/{id}/run", see, |visit: Visit, Path(id): Path<i64>| {
            Box::pin(page::run(visit, id))
        })
        .get(
            "/api/v1/dashboards/{id}/tiles",
            see,
            |visit: Visit, Path(id): Path<i64>| Box::pin(get(visit, id)),
        )
        .put(
            "/api/v1/dashboards/{id}/tiles",
            edit,
            |visit: Visit, Path(id): Path<i64>, Body(body): Body<Json>| Box::pin(put(visit, id, body)),
        )
}

/// Its pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new(
            "dashboard",
            "tiles",
            Place::Tab,
            -10,
            "analysis.view",
            |visit, record| Box::pin(page::tab(visit, record)),
        ),
        Tab::new(
            "dashboard",
            "run",
            Place::Action,
            10,
            "analysis.view",
            |visit, record| Box::pin(async move { Ok(page::actions(visit, record)) }),
        ),
    ]
}

/// `GET /api/v1/dashboards/{id}/tiles`.
async fn get(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("dashboard")?.clone();
    let record = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let mut out = vec![];
    for tile in tiles(&record) {
        let run = crate::run::store::latest(&visit.ctx, tile.analysis, None).await?;
        out.push(json!({ "analysis": tile.analysis, "show": tile.show, "wide": tile.wide, "run": run.map(|r| r.id) }));
    }
    answer::json(
        StatusCode::OK,
        &json!({ "id": id, "version": record.version, "tiles": out }),
    )
}

/// `PUT /api/v1/dashboards/{id}/tiles`: `{version, tiles: [{analysis, show, wide}]}`.
async fn put(visit: Visit, id: i64, body: Json) -> Answer {
    let version = body.get("version").and_then(Json::as_i64);
    let version = version.ok_or_else(|| Error::field("version", "error-required"))?;
    let given: Vec<Tile> = serde_json::from_value(body.get("tiles").cloned().unwrap_or_default())
        .map_err(|_| Error::field("tiles", "error-required"))?;
    let (version, _) = keep(&visit.ctx, id, version, |_| Ok(given)).await?;
    answer::json(StatusCode::OK, &json!({ "id": id, "version": version }))
}
