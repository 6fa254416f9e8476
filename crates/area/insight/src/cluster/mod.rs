//! Groups of customers who are alike, found from what they did; named by what sets them apart, kept as segments.

pub mod api;
mod compute;
mod indicators;
pub mod page;
mod read;
mod report;
mod settings;
mod words;

pub use indicators::{INDICATORS, WITHIN};
pub use report::Report;
pub use settings::CHANGED;
pub use words::card;

use crate::kept::{self, Kept};
use crate::tables::Batch;
use crate::{life, refresh, result};
use async_trait::async_trait;
use compute::Asked;
use report::Row;
use std::collections::HashMap;
use std::sync::Arc;
use zhike_contract::Segments;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result};
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Extension, Field, FieldKind, Migration, Query, Tx, binds};
use zhike_web::{Form, Json, Routes, Visit};

/// Name of the job.
pub const NAME: &str = "insight.clusters";
/// Kind of its runs.
pub const KIND: &str = "clusters";

/// One row for each customer grouped.
pub const STEP: Migration = Migration {
    name: "insight_cluster_0001",
    up: &[
        "CREATE TABLE insight_cluster (party_id BIGINT PRIMARY KEY, cluster BIGINT NOT NULL, away BIGINT NOT NULL, run_id BIGINT NOT NULL)",
        "CREATE INDEX insight_cluster_cluster ON insight_cluster (cluster, party_id)",
    ],
};

/// The column on every party.
pub fn extension() -> Extension {
    Extension {
        of: "party",
        table: "insight_cluster",
        key: "party_id",
        fields: vec![Field::new("cluster", FieldKind::Int).computed()],
    }
}

/// The job.
pub struct Grouping;

#[async_trait]
impl Job for Grouping {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        kept::beating(ctx, run, refresh(ctx)).await
    }
}

/// Its routes.
pub fn routes(segments: &Arc<dyn Segments>) -> Routes {
    use axum::extract::Path;
    let (see, edit, make) = ("value.view", "value.edit", "segment.create");
    let (page, program) = (segments.clone(), segments.clone());
    Routes::new()
        .get("/value/clusters", see, page::show)
        .post("/value/clusters/number", edit, page::choose)
        .post(
            "/value/clusters/{number}/segment",
            make,
            move |visit: Visit, Path(number): Path<i64>, Form(form): Form| {
                let segments = page.clone();
                async move { page::keep(visit, number, form, segments.as_ref()).await }
            },
        )
        .get("/api/v1/value/clusters", see, api::summary)
        .put("/api/v1/value/clusters/number", edit, api::choose)
        .get("/api/v1/value/clusters/customers", see, api::customers)
        .post(
            "/api/v1/value/clusters/{number}/segment",
            make,
            move |visit: Visit, Path(number): Path<i64>, Json(body): Json<api::Wanted>| {
                let segments = program.clone();
                async move { api::keep(visit, number, body, segments.as_ref()).await }
            },
        )
}

/// The latest report.
pub async fn latest(q: &dyn Query) -> Result<Option<Kept<Report>>> {
    kept::latest(q, KIND).await
}

async fn gather(ctx: &Ctx) -> Result<Option<Asked>> {
    let Some(found) = life::gather(ctx).await? else {
        return Ok(None);
    };
    let from = found.to.checked_sub(jiff::Span::new().days(364)).unwrap_or(found.from);
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let mut breadth = HashMap::new();
    lake.breadth(&life::whole(ctx, from, found.to), |party, many| {
        breadth.insert(party, many);
    })
    .await?;
    let last = latest(ctx.db()).await?;
    let before = last.map_or_else(Vec::new, |kept| {
        let r = kept.report;
        let natural =
            |z: &[f64]| -> Vec<f64> { z.iter().zip(&r.scales).map(|(z, s)| s.mean + z * s.deviation).collect() };
        r.groups.iter().map(|g| (g.number, natural(&g.centre))).collect()
    });
    Ok(Some(Asked {
        found,
        breadth,
        k: settings::chosen(ctx.db()).await?,
        before,
    }))
}

async fn refresh(ctx: &Ctx) -> Result<()> {
    if result::latest(ctx.db()).await?.is_none() {
        return Ok(());
    }
    let Some(asked) = gather(ctx).await? else {
        return Ok(());
    };
    let run = refresh::begin(ctx, KIND).await?;
    let facts = asked.found.facts.clone();
    let (report, rows) = match tokio::task::spawn_blocking(move || compute::compute(&asked)).await {
        Ok(done) => done,
        Err(e) => {
            refresh::failed(ctx, run, &e.to_string()).await?;
            return Err(Error::broken(e));
        }
    };
    let tx = ctx.begin().await?;
    replace(&tx, run, &rows).await?;
    kept::done(ctx, &tx, run, &facts, &report).await?;
    tx.commit().await?;
    ctx.db().maintain("ANALYZE insight_cluster").await
}

async fn replace(tx: &Tx, run: i64, rows: &[Row]) -> Result<()> {
    tx.exec("DELETE FROM insight_cluster", binds![]).await?;
    let mut batch = Batch::new("insight_cluster", &["party_id", "cluster", "away", "run_id"]);
    for r in rows {
        batch.push(binds![r.party, r.group, r.away, run]);
        if batch.full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await
}
