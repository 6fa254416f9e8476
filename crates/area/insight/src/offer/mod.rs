//! The next product of each customer, and what customers hold: computed after each value analysis and every night from who
//! bought what, held against what the customer stated, put before whoever works on the customer, and counted when it is ordered.

pub mod api;
mod compute;
mod gather;
pub mod page;
mod page_parts;
pub mod pieces;
pub mod read;
pub mod report;
pub mod shown;
mod taste;
mod types;

pub use compute::{HOLDING, PLACES as TESTED};
pub use types::{STEP, extension, suggestion};

use crate::kept;
use crate::tables::Batch;
use crate::{refresh, result};
use async_trait::async_trait;
use report::{Report, Row};
use std::sync::Arc;
use zhike_contract::Leanings;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Tx, binds};

/// Name of the job.
pub const NAME: &str = "insight.offers";
/// Kind of its runs.
pub const KIND: &str = "offers";

/// The job.
pub struct Offers(pub Arc<dyn Leanings>);

#[async_trait]
impl Job for Offers {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        kept::beating(ctx, run, async {
            shown::judge(ctx).await?;
            refresh(ctx, &self.0).await
        })
        .await
    }
}

/// The latest report.
pub async fn latest(q: &dyn Query) -> Result<Option<kept::Kept<Report>>> {
    kept::latest(q, KIND).await
}

/// Computes the next products anew. What customers stated and what is sold may have changed without an order, so nothing
/// is taken as done.
async fn refresh(ctx: &Ctx, said: &Arc<dyn Leanings>) -> Result<()> {
    if result::latest(ctx.db()).await?.is_none() {
        return Ok(());
    }
    let Some(found) = gather::gather(ctx, said).await? else {
        return Ok(());
    };
    let run = refresh::begin(ctx, KIND).await?;
    let facts = found.facts.clone();
    let computed = tokio::task::spawn_blocking(move || compute::compute(&found)).await;
    let (report, rows) = match computed {
        Ok(Some(done)) => done,
        Ok(None) => return refresh::failed(ctx, run, "no spans").await,
        Err(e) => {
            refresh::failed(ctx, run, &e.to_string()).await?;
            return Err(Error::broken(e));
        }
    };
    let tx = ctx.begin().await?;
    replace(&tx, run, &rows).await?;
    kept::done(ctx, &tx, run, &facts, &report).await?;
    tx.commit().await?;
    ctx.db().maintain("ANALYZE insight_holding").await
}

async fn replace(tx: &Tx, run: i64, rows: &[Row]) -> Result<()> {
    tx.exec("DELETE FROM insight_holding", binds![]).await?;
    let columns = [
        "party_id",
        "products_held",
        "categories_held",
        "next_product_id",
        "offers",
        "run_id",
    ];
    let mut batch = Batch::new("insight_holding", &columns);
    for r in rows {
        let offers = serde_json::to_string(&r.offers).map_err(Error::broken)?;
        batch.push(binds![r.party, r.products, r.categories, r.next, offers, run]);
        if batch.full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await
}
