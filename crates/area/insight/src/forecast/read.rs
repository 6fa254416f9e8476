//! What pages and the API read of the forecast. Whoever does not see every customer sees the sales of the people whose records are
//! within sight, and of nobody else: sums of the house would tell what is hidden.

use super::{AHEAD, Asks, Report, commit, month_name};
use crate::kept::Kept;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Row, binds};

/// A series with its forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Dimension.
    pub dim: String,
    /// Key.
    pub key: String,
    /// Its name as the reader prefers it; empty for what has no key.
    pub name: String,
    /// Month of the first value of the history.
    pub first_month: String,
    /// Sales of whole months.
    pub history: Vec<i64>,
    /// Sales of the month that is not over.
    pub so_far: i64,
    /// Method.
    pub method: String,
    /// Forecast, from the month that is not over.
    pub base: Vec<i64>,
    /// Four in five errors were smaller.
    pub width: Option<i64>,
    /// What would have been said of the last months.
    pub past: BTreeMap<String, i64>,
    /// Sum of absolute errors / sales, parts per million.
    pub wape: Option<i64>,
    /// The same of last year's values.
    pub naive_wape: Option<i64>,
    /// Error / mean error of last year's values within the history.
    pub mase: Option<i64>,
    /// (forecast − came) / came.
    pub bias: Option<i64>,
    /// Quantities, thousandths a month, of a product with a plan.
    pub plan: Option<Vec<i64>>,
    /// Four in five errors were smaller.
    pub plan_width: Option<i64>,
    /// WAPE of quantities.
    pub plan_wape: Option<i64>,
    /// Sales of the last twelve whole months.
    pub year: i64,
    /// Weighted pipeline by month of the forecast.
    pub pipeline: Vec<i64>,
    /// Commitments by month of the forecast; `None` where nobody committed.
    pub commits: Vec<Option<i64>>,
    #[serde(skip)]
    first: i64,
}

impl Series {
    /// Sales of a month, if it is whole.
    pub fn sold(&self, month: i64) -> Option<i64> {
        let at = usize::try_from(month - self.first).ok()?;
        self.history.get(at).copied()
    }
}

fn numbers(text: &str) -> Vec<i64> {
    text.split(',').filter_map(|v| v.parse().ok()).collect()
}

fn series(row: &Row) -> Result<Series> {
    let past = row.text(8)?;
    let past = past.split(',').filter_map(|p| {
        let (month, value) = p.split_once(':')?;
        Some((month_name(month.parse().ok()?), value.parse().ok()?))
    });
    let first = row.int(2)?;
    Ok(Series {
        dim: row.text(0)?,
        key: row.text(1)?,
        name: String::new(),
        first_month: month_name(first),
        history: numbers(&row.text(3)?),
        so_far: row.int(4)?,
        method: row.text(5)?,
        base: numbers(&row.text(6)?),
        width: row.opt_int(7)?,
        past: past.collect(),
        wape: row.opt_int(9)?,
        naive_wape: row.opt_int(10)?,
        mase: row.opt_int(11)?,
        bias: row.opt_int(12)?,
        plan: row.opt_text(13)?.map(|p| numbers(&p)),
        plan_width: row.opt_int(14)?,
        plan_wape: row.opt_int(15)?,
        year: row.int(16)?,
        pipeline: vec![0; AHEAD],
        commits: vec![None; AHEAD],
        first,
    })
}

const SELECT: &str = "SELECT f.dim, f.series_key, f.first_month, f.history, f.so_far, f.method, f.base, f.width, f.past, f.wape, f.naive_wape, \
     f.mase, f.bias, f.plan, f.plan_width, f.plan_wape, f.year_sales FROM insight_forecast f";

/// Does the reader see sums of the house?
pub fn whole(ctx: &Ctx) -> bool {
    ctx.actor.owners().is_none()
}

/// The series of a dimension, those with the most sales first, with pipeline and commitments beside the baseline.
pub async fn of(ctx: &Ctx, asks: &Asks, run: &Kept<Report>, dim: &str, limit: usize) -> Result<Vec<Series>> {
    if dim != "salesperson" && !whole(ctx) {
        return Ok(vec![]);
    }
    let mut sql = format!("{SELECT} WHERE f.dim = $1");
    if let Some(owners) = ctx.actor.owners() {
        let keys: Vec<String> = owners.iter().map(|o| format!("'{o}'")).collect();
        let none = ["''".to_owned()];
        sql.push_str(&format!(
            " AND f.series_key IN ({})",
            if keys.is_empty() {
                none.join(",")
            } else {
                keys.join(",")
            }
        ));
    }
    sql.push_str(&format!(" ORDER BY f.year_sales DESC, f.series_key LIMIT {limit}"));
    let mut all: Vec<Series> = ctx
        .db()
        .all(&sql, binds![dim])
        .await?
        .iter()
        .map(series)
        .collect::<Result<_>>()?;
    name(ctx, dim, &mut all).await?;
    beside(ctx, asks, run, dim, &mut all).await?;
    Ok(all)
}

async fn name(ctx: &Ctx, dim: &str, all: &mut [Series]) -> Result<()> {
    let table = match dim {
        "category" => "catalog_category",
        "product" => "catalog_product",
        "salesperson" => "identity_user",
        _ => {
            for s in all.iter_mut() {
                s.name.clone_from(&s.key);
            }
            return Ok(());
        }
    };
    let ids: Vec<i64> = all.iter().filter_map(|s| s.key.parse().ok()).collect();
    let sql = format!(
        "SELECT n.id, {} FROM {table} n WHERE {}",
        ctx.name_of("n"),
        ctx.db().dialect().among("n.id", "$1")
    );
    let mut names: HashMap<String, String> = HashMap::new();
    for row in ctx.db().all(&sql, vec![zhike_store::ids(&ids)]).await? {
        names.insert(row.int(0)?.to_string(), row.text(1)?);
    }
    for s in all {
        s.name = names.remove(&s.key).unwrap_or_default();
    }
    Ok(())
}

/// Pipeline and commitments.
async fn beside(ctx: &Ctx, asks: &Asks, run: &Kept<Report>, dim: &str, all: &mut [Series]) -> Result<()> {
    let open = run.report.open;
    let months: Vec<String> = (0..AHEAD)
        .map(|m| month_name(open + i64::try_from(m).unwrap_or(0)))
        .collect();
    let mut categories: HashMap<i64, i64> = HashMap::new();
    if dim == "category" {
        let sql = "SELECT id, category_id FROM catalog_product WHERE category_id IS NOT NULL";
        for row in ctx.db().all(sql, binds![]).await? {
            categories.insert(row.int(0)?, row.int(1)?);
        }
    }
    let mut sums: HashMap<(String, usize), i64> = HashMap::new();
    let word = |id: Option<i64>| id.map_or_else(String::new, |i| i.to_string());
    for w in asks.pipeline.weighted(ctx).await? {
        let Some(at) = months.iter().position(|m| *m == w.month) else {
            continue;
        };
        let key = match dim {
            "category" => word(w.product.and_then(|p| categories.get(&p)).copied()),
            "region" => w.region,
            "salesperson" => word(w.owner),
            "product" => word(w.product),
            _ => String::new(),
        };
        *sums.entry((key, at)).or_default() += w.weighted;
    }
    let commits = commit::current(ctx, open, open + i64::try_from(AHEAD).unwrap_or(0)).await?;
    for s in all {
        for (at, month) in months.iter().enumerate() {
            if let Some(slot) = s.pipeline.get_mut(at) {
                *slot = sums.get(&(s.key.clone(), at)).copied().unwrap_or(0);
            }
            let own = commits.values().filter(|c| c.month == *month);
            let said: Vec<i64> = match (dim, s.key.parse::<i64>()) {
                ("salesperson", Ok(owner)) => own.filter(|c| c.owner_id == owner).map(|c| c.amount).collect(),
                ("total", _) => own.map(|c| c.amount).collect(),
                _ => vec![],
            };
            if let Some(slot) = s.commits.get_mut(at).filter(|_| !said.is_empty()) {
                *slot = Some(said.iter().sum());
            }
        }
    }
    Ok(())
}

/// A month that is over: what was said of it, and what came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Past {
    /// `2026-11`.
    pub month: String,
    /// What came.
    pub came: i64,
    /// The baseline, with what was known before the month.
    pub base: Option<i64>,
    /// Commitments as they stood when it began.
    pub commit: Option<i64>,
    /// The weighted pipeline as it was kept in its first days.
    pub pipeline: Option<i64>,
}

/// The last months of a reader: of the whole house, or of the people within sight together.
pub async fn past(ctx: &Ctx, run: &Kept<Report>, people: &[Series], total: Option<&Series>) -> Result<Vec<Past>> {
    let open = run.report.open;
    let from = open - i64::try_from(super::ORIGINS).unwrap_or(6);
    let commits = commit::beforehand(ctx, from, open - 1).await?;
    let mut kept: HashMap<String, i64> = HashMap::new();
    let sql = "SELECT month, owner_id, weighted FROM insight_pipeline_kept WHERE month >= $1 AND month < $2";
    for row in ctx.db().all(sql, binds![month_name(from), month_name(open)]).await? {
        let owner = row.int(1)?;
        if ctx.actor.owners().is_none_or(|o| o.contains(&owner)) {
            *kept.entry(row.text(0)?).or_default() += row.int(2)?;
        }
    }
    let of: Vec<&Series> = total.map_or_else(|| people.iter().collect(), |t| vec![t]);
    Ok((from..open)
        .map(|m| {
            let month = month_name(m);
            let bases: Vec<i64> = of.iter().filter_map(|s| s.past.get(&month)).copied().collect();
            let said: Vec<i64> = commits.iter().filter(|c| c.0.1 == month).map(|c| *c.1).collect();
            Past {
                came: of.iter().filter_map(|s| s.sold(m)).sum(),
                base: (!bases.is_empty() && bases.len() == of.len()).then(|| bases.iter().sum()),
                commit: (!said.is_empty()).then(|| said.iter().sum()),
                pipeline: kept.get(&month).copied(),
                month,
            }
        })
        .collect())
}

/// Sum of absolute errors / sales over the months for which there is something, parts per million, and how many.
pub fn wape(past: &[Past], said: impl Fn(&Past) -> Option<i64>) -> (Option<i64>, usize) {
    let pairs: Vec<(i64, i64)> = past.iter().filter_map(|p| Some((said(p)?, p.came))).collect();
    let off: i64 = pairs.iter().map(|(s, c)| (s - c).abs()).sum();
    let came: i64 = pairs.iter().map(|(_, c)| c.abs()).sum();
    let share = (came > 0)
        .then(|| zhike_kernel::money::mul_div(off, 1_000_000, came))
        .flatten();
    (share, pairs.len())
}

/// The products with a plan, those with the most sales first.
pub async fn planned(ctx: &Ctx) -> Result<Vec<(Series, String)>> {
    if !whole(ctx) {
        return Err(Error::refused("error-forecast-house"));
    }
    let sql = format!(
        "SELECT x.*, p.sku, {} FROM ({SELECT} WHERE f.dim = 'product' AND f.plan IS NOT NULL) x \
         JOIN catalog_product p ON CAST(p.id AS TEXT) = x.series_key ORDER BY x.year_sales DESC, x.series_key",
        ctx.name_of("p")
    );
    let rows = ctx.db().all(&sql, binds![]).await?;
    rows.iter()
        .map(|r| {
            let mut s = series(r)?;
            s.name = r.text(18)?;
            Ok((s, r.text(17)?))
        })
        .collect()
}
