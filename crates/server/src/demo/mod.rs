//! Filling a fresh house for a demonstration: sample data of a known truth, or a real data set through the importer.

mod journey;
mod lead_setup;
mod leads;
mod load;
mod sample;
mod sample_analysis;
mod sample_calls;
mod sample_care;
mod sample_claims;
mod sample_facts;
mod sample_gate;
mod sample_letters;
mod sample_lost;
mod sample_measures;
mod sample_money;
mod sample_offers;
mod sample_portal;
mod sample_quotes;
mod sample_rivals;
mod sample_service;
mod sample_ship;
mod sample_shop;
mod sample_stock;
mod sample_talks;
mod sample_trade;
mod sample_value;
mod sample_work;

use anyhow::{Result, bail};
use zhike_kernel::Door;
use zhike_store::{Ctx, Query, binds, setting};

/// Password of everybody in a demonstration. It is printed at the start and shown nowhere else.
pub const PASSWORD: &str = "zhi-ke-demo-2026";
pub use sample_portal::GUEST;

/// Tells how far a step is: what it does, done, of how many.
pub type Progress<'a> = &'a mut (dyn FnMut(&str, usize, usize) + Send);

/// A data set by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSet {
    /// A made-up manufacturer.
    Sample,
    /// A real retailer's members and purchases.
    CompleteJourney,
}

impl DataSet {
    /// Reads the name.
    pub fn parse(name: &str) -> Result<DataSet> {
        match name {
            "sample" => Ok(DataSet::Sample),
            "complete_journey" => Ok(DataSet::CompleteJourney),
            other => bail!("there is no data set \"{other}\"; there are sample and complete_journey"),
        }
    }
}

/// Is the house empty, so that it may be filled?
pub async fn is_empty(ctx: &Ctx) -> Result<bool> {
    Ok(ctx
        .db()
        .number(
            "SELECT count(*) FROM (SELECT 1 FROM party_party LIMIT $1) p",
            binds![1_i64],
        )
        .await?
        == 0
        && setting::get(ctx.db(), "demo").await?.is_none())
}

/// What is decided once the value of the customers is known.
pub async fn decide(ctx: &Ctx, set: DataSet) -> Result<()> {
    match set {
        DataSet::Sample => {
            sample_measures::fill(ctx).await?;
            sample_care::fill(ctx).await
        }
        _ => Ok(()),
    }
}

/// Was the filling ended? A killed one leaves a house that is neither empty nor full.
pub async fn is_complete(ctx: &Ctx) -> Result<bool> {
    Ok(setting::get(ctx.db(), "demo").await?.is_some())
}

/// Fills the house.
pub async fn fill(ctx: &Ctx, set: DataSet, progress: Progress<'_>) -> Result<()> {
    let ctx = Ctx {
        door: Door::Import,
        ..ctx.clone()
    };
    match set {
        DataSet::Sample => {
            sample::fill(&ctx, progress).await?;
            sample_value::fill(&ctx, progress).await?;
            sample_service::fill(&ctx, progress).await?;
            sample_portal::fill(&ctx, progress).await?;
            sample_analysis::fill(&ctx, progress).await?;
        }
        DataSet::CompleteJourney => journey::fill(&ctx, progress).await?,
    }
    let tx = ctx.begin().await?;
    setting::set(
        &tx,
        "demo",
        if set == DataSet::Sample {
            "sample"
        } else {
            "complete_journey"
        },
    )
    .await?;
    let (company, notice) = match set {
        DataSet::Sample => ("澄江仪表 Chengjiang Instruments", "notice-sample"),
        DataSet::CompleteJourney => ("The Complete Journey", "notice-complete-journey"),
    };
    setting::set(&tx, "company", company).await?;
    setting::set(&tx, "notice", notice).await?;
    if set == DataSet::Sample {
        setting::set(&tx, "order.tax_rate", &zhike_sample::TAX_PPM.to_string()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The sign-ins of a demonstration: login and role.
pub async fn sign_ins(ctx: &Ctx) -> Result<Vec<(String, String, String)>> {
    let rows = ctx
        .db()
        .all(
            "SELECT login, role, name FROM identity_user WHERE active AND archived_at IS NULL ORDER BY id LIMIT $1",
            binds![50_i64],
        )
        .await?;
    let mut seen: Vec<(String, String, String)> = vec![];
    for row in rows {
        let line = (row.text(0)?, row.text(1)?, row.text(2)?);
        if !seen.iter().any(|s| s.1 == line.1) {
            seen.push(line);
        }
    }
    Ok(seen)
}
