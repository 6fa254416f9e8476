//! Which facts come before an outcome: leaving, a complaint, a purchase. Searched on earlier days, corrected for the number of facts,
//! and asked again on later days that had no part in the search.

pub mod api;
mod compute;
mod facts;
pub mod page;
mod report;

pub use facts::{FACTS, PLAY, WINDOW};
pub use report::Report;

use crate::kept::{self, Kept};
use crate::{life, refresh, result};
use async_trait::async_trait;
use compute::Read;
use std::collections::HashMap;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Date, Error, Result};
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Query, binds};
use zhike_web::Routes;

/// Name of the job.
pub const NAME: &str = "insight.signs";
/// Kind of its runs.
pub const KIND: &str = "signs";

/// The job.
pub struct Search;

#[async_trait]
impl Job for Search {
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
pub fn routes() -> Routes {
    let see = "value.view";
    Routes::new()
        .get("/value/signs", see, page::show)
        .get("/api/v1/value/signs", see, api::summary)
}

/// The latest report.
pub async fn latest(q: &dyn Query) -> Result<Option<Kept<Report>>> {
    kept::latest(q, KIND).await
}

/// Rows read at once.
const CHUNK: i64 = 50_000;

async fn gather(ctx: &Ctx) -> Result<Option<Read>> {
    let Some(found) = life::gather(ctx).await? else {
        return Ok(None);
    };
    let mut read = Read {
        beside: HashMap::new(),
        found,
    };
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let period = life::whole(ctx, read.found.from, read.found.to);
    lake.first_of_each(&period, |party, day| {
        let firsts = &mut read.beside.entry(party).or_default().firsts;
        if firsts.last() != Some(&day) {
            firsts.push(day);
        }
    })
    .await?;
    // Late is what came, or what was sent without a word of its coming, after the day on which it was required.
    let late = format!(
        "SELECT id, party_id, COALESCE(delivered_on, shipped_on) FROM order_order \
         WHERE id > $1 AND kind = 'sale' AND archived_at IS NULL AND required_on IS NOT NULL \
         AND COALESCE(delivered_on, shipped_on) > required_on ORDER BY id LIMIT {CHUNK}"
    );
    each(ctx, &late, |party, day| {
        read.beside.entry(party).or_default().late.push(day)
    })
    .await?;
    let lost = format!(
        "SELECT d.id, d.party_id, d.closed_on FROM sales_deal d JOIN sales_stage s ON s.id = d.stage_id \
         WHERE d.id > $1 AND s.kind = 'lost' AND d.archived_at IS NULL AND d.party_id IS NOT NULL AND d.closed_on IS NOT NULL \
         ORDER BY d.id LIMIT {CHUNK}"
    );
    each(ctx, &lost, |party, day| {
        read.beside.entry(party).or_default().lost.push(day)
    })
    .await?;
    Ok(Some(read))
}

/// Rows of (id, customer, day), in pieces.
async fn each(ctx: &Ctx, sql: &str, mut take: impl FnMut(i64, i64)) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let rows = ctx.db().all(sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.int(0)?;
        for row in &rows {
            if let Ok(day) = row.text(2)?.parse::<Date>() {
                take(row.int(1)?, life::number(day));
            }
        }
    }
}

async fn refresh(ctx: &Ctx) -> Result<()> {
    if result::latest(ctx.db()).await?.is_none() {
        return Ok(());
    }
    let Some(read) = gather(ctx).await? else {
        return Ok(());
    };
    let run = refresh::begin(ctx, KIND).await?;
    let facts = read.found.facts.clone();
    let report = match tokio::task::spawn_blocking(move || compute::compute(&read)).await {
        Ok(done) => done,
        Err(e) => {
            refresh::failed(ctx, run, &e.to_string()).await?;
            return Err(Error::broken(e));
        }
    };
    let tx = ctx.begin().await?;
    kept::done(ctx, &tx, run, &facts, &report).await?;
    tx.commit().await
}
