//! Lifetime value: what each customer will still bring, by a model of repeat buying chosen by what it foresaw.
//!
//! The job follows each value analysis and runs every night, because silence grows without orders. It reads the facts once,
//! computes in the threads for long work, and replaces its own table in one transaction; the tables of the analysis are
//! only read.

mod compute;
mod gather;
pub mod read;
pub mod report;
pub mod retention;
pub mod store;
pub mod what_if;

pub use compute::Terms;

use crate::alarm::settings;
use crate::{assume, refresh, result};
use async_trait::async_trait;
use report::Report;
use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, Extension, Field, FieldKind, Query, binds};

/// The event of new lifetime values.
pub const COMPUTED: &str = "value.lifetime_computed.v1";
/// Name of the job.
pub const NAME: &str = "insight.lifetime";
/// Days after an alarm should have rung within which it is still news.
pub const FRESH: i64 = 90;

/// The columns that it adds to every party.
pub fn extension() -> Extension {
    let money = FieldKind::Money { currency: None };
    Extension {
        of: "party",
        table: "insight_lifetime",
        key: "party_id",
        fields: vec![
            Field::new("npv", money).computed().needs("profit.view"),
            Field::new("p_alive", FieldKind::Rate).computed(),
            Field::new("expected", FieldKind::Quantity).computed(),
            Field::new("first_order_on", FieldKind::Date).computed(),
        ],
    }
}

/// The job.
pub struct Lifetime(pub Arc<dyn Tasks>);

#[async_trait]
impl Job for Lifetime {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        run.beat(ctx, 0, 3).await?;
        let work = Box::pin(refresh(ctx));
        let beats = async {
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(20)).await;
                if let Err(e) = run.beat(ctx, 1, 3).await {
                    tracing::debug!(error = %e, "no beat");
                }
            }
        };
        tokio::select! {
            result = work => result?,
            () = Box::pin(beats) => return Ok(Outcome::Done),
        };
        run.beat(ctx, 2, 3).await?;
        crate::alarm::find::run(ctx, &self.0).await?;
        Ok(Outcome::Done)
    }
}

/// Is it due or running?
pub async fn running(q: &dyn Query, now: i64) -> Result<bool> {
    let sql =
        "SELECT count(*) FROM job WHERE name = $1 AND (state = 'running' OR (state = 'waiting' AND due_at <= $2))";
    Ok(q.number(sql, binds![NAME, now]).await? > 0)
}

/// The terms of the house.
async fn terms(ctx: &Ctx) -> Result<Terms> {
    Ok(Terms {
        discount: assume::load(ctx.db(), ctx.house.currency).await?.discount,
        certainty: settings::load(ctx.db(), ctx.house.currency).await?.certainty,
        decimals: ctx.house.currency.decimals(),
    })
}

/// Computes the lifetime values anew, unless nothing changed since the last time.
pub async fn refresh(ctx: &Ctx) -> Result<()> {
    let terms = terms(ctx).await?;
    let Some(value) = result::latest(ctx.db()).await? else {
        return Ok(());
    };
    let Some(found) = gather::gather(ctx).await? else {
        return Ok(());
    };
    if let Some(last) = store::latest(ctx.db()).await?
        && last.facts == found.facts
        && last.code == env!("CARGO_PKG_VERSION")
        && last.report.value_run == value.id
        && last.report.is_of(found.to, &terms)
    {
        return Ok(());
    }
    let run = refresh::begin(ctx, "lifetime").await?;
    let facts = found.facts.clone();
    let computed = tokio::task::spawn_blocking(move || compute::compute(&found, terms)).await;
    let (report, rows) = match computed {
        Ok(computed) => computed,
        Err(e) => {
            refresh::failed(ctx, run, &e.to_string()).await?;
            return Err(Error::broken(e));
        }
    };
    let report = Report {
        value_run: value.id,
        ..report
    };
    let tx = ctx.begin().await?;
    store::replace(&tx, run, &rows).await?;
    store::done(&tx, run, &facts, &report, ctx.now()).await?;
    let event = Event {
        kind: COMPUTED.to_owned(),
        record_type: "value",
        record: run,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    ctx.db().maintain("ANALYZE insight_lifetime").await
}
