//! The risk that a customer stops buying, learnt from what customers did before others stopped; with reasons for each customer.

pub mod api;
mod compute;
mod features;
mod learn;
pub mod page;
mod pieces;
pub mod read;
mod report;

pub use compute::{AHEAD, LEAST, SPAN};
pub use features::{COLUMNS, PLAY};
pub use pieces::{badge, card, reasons as said};
pub use report::Report;

use crate::kept::{self, Kept};
use crate::tables::Batch;
use crate::{life, refresh, result};
use async_trait::async_trait;
use report::Row;
use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Extension, Field, FieldKind, Migration, Query, Tx, binds};

/// Name of the job.
pub const NAME: &str = "insight.churn";
/// Kind of its runs.
pub const KIND: &str = "churn";

/// One row for each customer in play; `risk` in parts per million, reasons as `[[column, effect, value], …]` in thousandths.
pub const STEP: Migration = Migration {
    name: "insight_churn_0001",
    up: &[
        "CREATE TABLE insight_churn (party_id BIGINT PRIMARY KEY, churn_risk BIGINT NOT NULL, bought_on TEXT NOT NULL, \
         reasons TEXT NOT NULL, run_id BIGINT NOT NULL)",
        "CREATE INDEX insight_churn_risk ON insight_churn (churn_risk, party_id)",
    ],
};

/// The column on every party.
pub fn extension() -> Extension {
    Extension {
        of: "party",
        table: "insight_churn",
        key: "party_id",
        fields: vec![Field::new("churn_risk", FieldKind::Rate).computed()],
    }
}

/// The job; high risks ring as alarms.
pub struct Churn(pub Arc<dyn Tasks>);

#[async_trait]
impl Job for Churn {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        kept::beating(ctx, run, async {
            refresh(ctx).await?;
            crate::alarm::find::run_risks(ctx, &self.0).await
        })
        .await
    }
}

/// Its routes.
pub fn routes() -> zhike_web::Routes {
    let see = "value.view";
    zhike_web::Routes::new()
        .get("/value/churn", see, page::show)
        .get("/api/v1/value/churn", see, api::summary)
        .get("/api/v1/value/churn/customers", see, api::customers)
        .get("/api/v1/value/churn/customers/{id}", see, api::customer)
}

/// The latest report.
pub async fn latest(q: &dyn Query) -> Result<Option<Kept<Report>>> {
    kept::latest(q, KIND).await
}

async fn refresh(ctx: &Ctx) -> Result<()> {
    if result::latest(ctx.db()).await?.is_none() {
        return Ok(());
    }
    let Some(found) = life::gather(ctx).await? else {
        return Ok(());
    };
    let run = refresh::begin(ctx, KIND).await?;
    let facts = found.facts.clone();
    let (report, rows) = match tokio::task::spawn_blocking(move || compute::compute(&found)).await {
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
    ctx.db().maintain("ANALYZE insight_churn").await
}

async fn replace(tx: &Tx, run: i64, rows: &[Row]) -> Result<()> {
    tx.exec("DELETE FROM insight_churn", binds![]).await?;
    let mut batch = Batch::new(
        "insight_churn",
        &["party_id", "churn_risk", "bought_on", "reasons", "run_id"],
    );
    for r in rows {
        let reasons = serde_json::to_string(&r.reasons).map_err(Error::broken)?;
        batch.push(binds![r.party, r.risk, r.bought.to_string(), reasons, run]);
        if batch.full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await
}
