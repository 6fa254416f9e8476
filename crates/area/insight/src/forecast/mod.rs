//! The sales forecast: a statistical baseline with its accuracy, the weighted pipeline and what salespeople commit to side by
//! side; the demand plan of what is kept in stock; and what a change of demand does to stock and capacity.

pub mod api;
pub mod commit;
mod compute;
mod gather;
pub mod page;
mod page_parts;
pub mod plan;
pub mod read;
pub mod ripple;
pub mod ripple_page;

pub use compute::{AHEAD, HORIZON, ORIGINS, Report};
pub use gather::DIMS;

use crate::kept::{self, Kept};
use crate::tables::Batch;
use crate::{refresh, result};
use async_trait::async_trait;
use compute::Row;
use std::sync::Arc;
use zhike_contract::{Pipeline, Supplies};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Migration, Query, Tx, binds};

/// Name of the job.
pub const NAME: &str = "insight.forecast";
/// Kind of its runs.
pub const KIND: &str = "forecast";

/// What the forecast asks of other areas.
#[derive(Clone)]
pub struct Asks {
    /// Open deals.
    pub pipeline: Arc<dyn Pipeline>,
    /// Stock and capacity.
    pub supplies: Arc<dyn Supplies>,
}

/// One row for each series; lists of numbers are texts. Commitments are only added, the latest version counts. The
/// pipeline of a month is kept as it stood when the month was first computed.
pub const STEP: Migration = Migration {
    name: "insight_0006",
    up: &[
        "CREATE TABLE insight_forecast (dim TEXT NOT NULL, series_key TEXT NOT NULL, first_month BIGINT NOT NULL, history TEXT NOT NULL, \
         so_far BIGINT NOT NULL, method TEXT NOT NULL, base TEXT NOT NULL, width BIGINT, past TEXT NOT NULL, wape BIGINT, naive_wape BIGINT, \
         mase BIGINT, bias BIGINT, plan TEXT, plan_width BIGINT, plan_wape BIGINT, year_sales BIGINT NOT NULL, run_id BIGINT NOT NULL, \
         PRIMARY KEY (dim, series_key))",
        "CREATE INDEX insight_forecast_sales ON insight_forecast (dim, year_sales, series_key)",
        "CREATE TABLE insight_commit (id {pk}, owner_id BIGINT NOT NULL, month TEXT NOT NULL, version BIGINT NOT NULL, amount BIGINT NOT NULL, \
         note TEXT, made_at BIGINT NOT NULL, user_id BIGINT)",
        "CREATE UNIQUE INDEX insight_commit_version ON insight_commit (owner_id, month, version)",
        "CREATE INDEX insight_commit_month ON insight_commit (month, owner_id, version)",
        "CREATE TABLE insight_pipeline_kept (month TEXT NOT NULL, owner_id BIGINT NOT NULL, weighted BIGINT NOT NULL, kept_on TEXT NOT NULL, \
         PRIMARY KEY (month, owner_id))",
    ],
};

/// The job.
pub struct Forecast(pub Asks);

#[async_trait]
impl Job for Forecast {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        kept::beating(ctx, run, refresh(ctx, &self.0)).await
    }
}

/// The latest report.
pub async fn latest(q: &dyn Query) -> Result<Option<Kept<Report>>> {
    kept::latest(q, KIND).await
}

/// The name of a month: `2026-11`.
pub fn month_name(month: i64) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// Its number; the reverse.
pub fn month_of(name: &str) -> Option<i64> {
    let (year, month) = name.split_once('-')?;
    let (year, month) = (year.parse::<i64>().ok()?, month.parse::<i64>().ok()?);
    ((1970..9999).contains(&year) && (1..=12).contains(&month) && name.len() == 7).then(|| year * 12 + month - 1)
}

async fn refresh(ctx: &Ctx, asks: &Asks) -> Result<()> {
    if result::latest(ctx.db()).await?.is_none() {
        return Ok(());
    }
    let Some(found) = gather::gather(ctx, &asks.supplies).await? else {
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
    let pipeline = asks.pipeline.weighted(ctx).await?;
    let tx = ctx.begin().await?;
    replace(&tx, run, &rows).await?;
    let this = crate::period::month_number(ctx.today());
    let mut owners = std::collections::BTreeMap::<i64, i64>::new();
    for w in pipeline.iter().filter(|w| w.month == month_name(this)) {
        *owners.entry(w.owner.unwrap_or(0)).or_default() += w.weighted;
    }
    for (owner, weighted) in owners {
        let sql = "INSERT INTO insight_pipeline_kept (month, owner_id, weighted, kept_on) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (month, owner_id) DO NOTHING";
        tx.exec(sql, binds![month_name(this), owner, weighted, ctx.today().to_string()])
            .await?;
    }
    kept::done(ctx, &tx, run, &facts, &report).await?;
    tx.commit().await
}

const COLUMNS: [&str; 18] = [
    "dim",
    "series_key",
    "first_month",
    "history",
    "so_far",
    "method",
    "base",
    "width",
    "past",
    "wape",
    "naive_wape",
    "mase",
    "bias",
    "plan",
    "plan_width",
    "plan_wape",
    "year_sales",
    "run_id",
];

fn list(values: &[i64]) -> String {
    let words: Vec<String> = values.iter().map(i64::to_string).collect();
    words.join(",")
}

async fn replace(tx: &Tx, run: i64, rows: &[Row]) -> Result<()> {
    tx.exec("DELETE FROM insight_forecast", binds![]).await?;
    let mut batch = Batch::new("insight_forecast", &COLUMNS);
    for r in rows {
        let past: Vec<String> = r.past.iter().map(|(m, v)| format!("{m}:{v}")).collect();
        let [wape, naive, mase, bias] = r.figures;
        let pieces = r.pieces.as_ref();
        batch.push(binds![
            r.dim,
            r.key.as_str(),
            r.first,
            list(&r.history),
            r.so_far,
            r.method,
            list(&r.base),
            r.width,
            past.join(","),
            wape,
            naive,
            mase,
            bias,
            pieces.map(|p| list(&p.plan)),
            pieces.and_then(|p| p.width),
            pieces.and_then(|p| p.wape),
            r.year,
            run
        ]);
        if batch.full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await
}

#[cfg(test)]
mod tests {
    use super::{month_name, month_of};

    #[test]
    fn months_have_names() {
        assert_eq!(month_name(2026 * 12 + 10), "2026-11");
        assert_eq!(month_of("2026-11"), Some(2026 * 12 + 10));
        assert_eq!([month_of("2026-13"), month_of("2026-1"), month_of("x")], [None; 3]);
    }
}
