//! From sales by month to forecasts: pure, in the threads for long work.

use super::gather::{Gathered, Months};
use crate::model::{float, whole};
use serde::{Deserialize, Serialize};
use zhike_kernel::Date;
use zhike_value::forecast::contest::{Method, Outlook, Plan, outlook};

/// Months of the forecast.
pub const AHEAD: usize = 6;
/// Months foreseen from each origin of the test.
pub const HORIZON: usize = 3;
/// Origins of the test.
pub const ORIGINS: usize = 6;
const PLAN: Plan = Plan {
    season: 12,
    horizon: HORIZON,
    origins: ORIGINS,
    // A method must have been right all year round, as far as the history allows.
    chosen_by: 12,
    ahead: AHEAD,
};

/// The stored result of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Last day of the facts.
    pub to: Date,
    /// The first month of the forecast, since the year 0.
    pub open: i64,
    /// Months with sales.
    pub months: i64,
    /// Products left out because they are made to order.
    pub to_order: usize,
    /// Products whose stock nobody keeps: they have a forecast of sales, but no plan.
    pub unkept: usize,
    /// Products with a plan.
    pub planned: usize,
}

/// A forecast of quantities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// Thousandths a month.
    pub plan: Vec<i64>,
    /// Four in five errors were smaller.
    pub width: Option<i64>,
    /// WAPE, parts per million.
    pub wape: Option<i64>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Dimension.
    pub dim: &'static str,
    /// Key.
    pub key: String,
    /// Month of the first value of the history.
    pub first: i64,
    /// Sales of whole months.
    pub history: Vec<i64>,
    /// Sales of the month that is not over.
    pub so_far: i64,
    /// Method.
    pub method: &'static str,
    /// Forecast.
    pub base: Vec<i64>,
    /// Four in five errors were smaller.
    pub width: Option<i64>,
    /// What would have been said of each of the last months, known until the one before.
    pub past: Vec<(i64, i64)>,
    /// WAPE, that of last year's values, MASE, bias: parts per million.
    pub figures: [Option<i64>; 4],
    /// Quantities, of a product with a plan.
    pub pieces: Option<Pieces>,
    /// Sales of the last twelve whole months.
    pub year: i64,
}

/// Whole months from the first one with sales, and what came since.
fn series(months: &Months, open: i64, quantity: bool) -> Option<(i64, Vec<i64>, i64)> {
    let value = |v: &(i64, i64)| if quantity { v.1 } else { v.0 };
    let first = *months.iter().find(|(m, v)| **m < open && value(v) != 0)?.0;
    let list = (first..open).map(|m| months.get(&m).map_or(0, value)).collect();
    let since = months.range(open..).map(|(_, v)| value(v)).sum();
    Some((first, list, since))
}

fn ppm(share: Option<f64>) -> Option<i64> {
    share.map(|s| whole(s * 1e6))
}

fn foresee(list: &[i64], methods: &[Method]) -> Option<Outlook> {
    let floats: Vec<f64> = list.iter().map(|v| float(*v)).collect();
    outlook(&floats, &PLAN, methods)
}

/// Computes everything; products made to order are left out.
pub fn compute(found: &Gathered) -> (Report, Vec<Row>) {
    let mut report = Report {
        to: found.to,
        open: found.open,
        months: found.open - found.first,
        to_order: 0,
        unkept: 0,
        planned: 0,
    };
    let mut rows = vec![];
    for ((dim, key), months) in &found.sales {
        let product: Option<i64> = if *dim == "product" { key.parse().ok() } else { None };
        let supply = product.and_then(|p| found.supplies.get(&p));
        if supply.is_some_and(|s| !s.stocked) {
            report.to_order += 1;
            continue;
        }
        let methods: &[Method] = if *dim == "product" {
            &Method::PIECES
        } else {
            &Method::SUMS
        };
        let Some((first, history, so_far)) = series(months, found.open, false) else {
            continue;
        };
        let Some(o) = foresee(&history, methods) else { continue };
        let pieces = supply.and_then(|_| {
            let (_, list, _) = series(months, found.open, true)?;
            let o = foresee(&list, &Method::PIECES)?;
            Some(Pieces {
                plan: o.forecast.iter().map(|v| whole(*v)).collect(),
                width: o.width.map(whole),
                wape: ppm(o.wape),
            })
        });
        report.planned += usize::from(pieces.is_some());
        report.unkept += usize::from(product.is_some() && supply.is_none());
        let past = o.past.iter().filter_map(|p| {
            let month = first + i64::try_from(p.known).ok()?;
            Some((month, whole(*p.forecast.first()?)))
        });
        rows.push(Row {
            dim,
            key: key.clone(),
            first,
            so_far,
            method: o.method.name(),
            base: o.forecast.iter().map(|v| whole(*v)).collect(),
            width: o.width.map(whole),
            past: past.collect(),
            figures: [ppm(o.wape), ppm(o.naive_wape), ppm(o.mase), ppm(o.bias)],
            pieces,
            year: history.iter().rev().take(12).sum(),
            history,
        });
    }
    rows.sort_by(|a, b| (a.dim, &a.key).cmp(&(b.dim, &b.key)));
    (report, rows)
}
