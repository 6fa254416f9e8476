//! Simple forecasts that every clever one must beat, and how forecasts are judged.
//!
//! Seasonal naive (as last year), with growth, drift, Holt–Winters with damped trend, and for demand with many zeros
//! Croston (1972) in Syntetos and Boylan's correction (2005) and TSB (Teunter, Syntetos, Babai 2011). Judged by WAPE, bias
//! and MASE (Hyndman and Koehler 2006), over rolling origins.

use serde::{Deserialize, Serialize};

pub mod contest;
mod smooth;
pub use smooth::{Smoothing, holt_winters};

/// As in the season before: `season` values are repeated. `None` when there is no whole season.
#[must_use]
pub fn seasonal_naive(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let last = history.len().checked_sub(season).filter(|_| season > 0)?;
    Some((0..horizon).map(|h| history[last + h % season]).collect())
}

/// As in the season before, times the growth of the last season over the one before it, once for each season ahead.
/// `None` with less than two seasons or when the earlier one adds up to zero or less.
#[must_use]
pub fn seasonal_growth(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let naive = seasonal_naive(history, season, horizon)?;
    let before = history.len().checked_sub(2 * season)?;
    let sum = |from: usize| history[from..from + season].iter().sum::<f64>();
    let (earlier, later) = (sum(before), sum(before + season));
    if earlier <= 0.0 {
        return None;
    }
    let growth = later / earlier;
    Some(
        naive
            .iter()
            .enumerate()
            .map(|(h, v)| v * growth.powi((h / season) as i32 + 1))
            .collect(),
    )
}

/// The straight line through the first and the last value. `None` with less than two.
#[must_use]
pub fn drift(history: &[f64], horizon: usize) -> Option<Vec<f64>> {
    let (first, last) = (history.first()?, history.last()?);
    let steps = history.len().checked_sub(1).filter(|n| *n > 0)? as f64;
    let slope = (last - first) / steps;
    Some((1..=horizon).map(|h| last + slope * h as f64).collect())
}

/// Demand per period by Croston's method with the correction of Syntetos and Boylan, `α` for size and gap. `None`
/// without any demand.
#[must_use]
pub fn croston(history: &[f64], alpha: f64) -> Option<f64> {
    let (mut size, mut gap, mut since) = (None::<f64>, 1.0, 1.0);
    for value in history {
        if *value > 0.0 {
            size = Some(match size {
                Some(before) => {
                    gap += alpha * (since - gap);
                    before + alpha * (value - before)
                }
                None => {
                    gap = since;
                    *value
                }
            });
            since = 1.0;
        } else {
            since += 1.0;
        }
    }
    size.map(|size| (1.0 - alpha / 2.0) * size / gap)
}

/// Demand per period by TSB: the chance of demand is updated in every period, so that it falls when demand stops. `None`
/// without any demand.
#[must_use]
pub fn tsb(history: &[f64], alpha: f64, beta: f64) -> Option<f64> {
    let demands = history.iter().filter(|v| **v > 0.0).count();
    let mut size = *history.iter().find(|v| **v > 0.0)?;
    let mut chance = demands as f64 / history.len() as f64;
    for value in history {
        if *value > 0.0 {
            size += alpha * (value - size);
            chance += beta * (1.0 - chance);
        } else {
            chance -= beta * chance;
        }
    }
    Some(size * chance)
}

/// How a forecast did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Mean absolute error.
    pub mean_error: f64,
    /// Sum of absolute errors / sum of actual values; `None` when that is zero.
    pub wape: Option<f64>,
    /// Mean of forecast − actual.
    pub bias: f64,
    /// Mean absolute error / that of the seasonal naive forecast within the history; `None` when the latter is zero.
    pub mase: Option<f64>,
}

/// Judges a forecast made from `history`. `None` when nothing is to be judged or the lengths differ.
#[must_use]
pub fn accuracy(history: &[f64], season: usize, actual: &[f64], forecast: &[f64]) -> Option<Accuracy> {
    if actual.is_empty() || actual.len() != forecast.len() {
        return None;
    }
    let n = actual.len() as f64;
    let off: f64 = actual.iter().zip(forecast).map(|(a, f)| (f - a).abs()).sum();
    let whole: f64 = actual.iter().map(|a| a.abs()).sum();
    let naive: Vec<f64> = (season..history.len())
        .map(|i| (history[i] - history[i - season]).abs())
        .collect();
    let scale = naive.iter().sum::<f64>() / naive.len() as f64;
    Some(Accuracy {
        mean_error: off / n,
        wape: (whole > 0.0).then(|| off / whole),
        bias: actual.iter().zip(forecast).map(|(a, f)| f - a).sum::<f64>() / n,
        mase: (scale > 0.0).then(|| off / n / scale),
    })
}

/// Judges a method from several origins: it forecasts `horizon` values from each of the last `origins` beginnings that
/// leave so many to compare, never seeing what comes after. The figures are means over the origins; an origin at which the method
/// gives nothing is left out. `None` when there is none.
#[must_use]
pub fn rolling(
    series: &[f64],
    season: usize,
    horizon: usize,
    origins: usize,
    method: impl Fn(&[f64], usize) -> Option<Vec<f64>>,
) -> Option<Accuracy> {
    let last = series.len().checked_sub(horizon)?;
    let judged: Vec<Accuracy> = (last.saturating_sub(origins.saturating_sub(1))..=last)
        .filter_map(|origin| {
            let (history, after) = series.split_at(origin);
            accuracy(history, season, &after[..horizon], &method(history, horizon)?)
        })
        .collect();
    let n = judged.len() as f64;
    let mean = |f: fn(&Accuracy) -> f64| judged.iter().map(f).sum::<f64>() / n;
    let known = |f: fn(&Accuracy) -> Option<f64>| {
        let values: Option<Vec<f64>> = judged.iter().map(f).collect();
        values.map(|v| v.iter().sum::<f64>() / n)
    };
    (!judged.is_empty()).then(|| Accuracy {
        mean_error: mean(|a| a.mean_error),
        wape: known(|a| a.wape),
        bias: mean(|a| a.bias),
        mase: known(|a| a.mase),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests;
