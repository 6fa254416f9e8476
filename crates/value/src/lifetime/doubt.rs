//! When a house's data cannot carry a lifetime model, and why.

use serde::{Deserialize, Serialize};

/// Repeat buyers that a model of four parameters needs.
const REPEATERS: usize = 40;
/// Shortest history in weeks: half a year.
const WEEKS: f64 = 26.0;
/// Who buys at random has gaps whose deviation is about their mean; below this part of it they buy by the clock.
const CLOCKWORK: f64 = 0.35;
/// Customers with enough gaps that are needed to say so.
const REGULARS: usize = 20;

/// Why nothing is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No purchase at all.
    Nothing,
    /// Less than half a year of history.
    Short,
    /// Fewer than forty customers bought again.
    FewRepeats,
    /// Customers buy by the clock: contracts or subscriptions, whose end would be told.
    Contract,
    /// No model could be fitted.
    NoFit,
}

/// How regular the gaps between purchases are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clockwork {
    /// Customers with three gaps and more.
    pub customers: usize,
    /// Median of deviation / mean of their gaps: about 1 by chance, 0 by the clock.
    pub median: f64,
}

/// From gaps summed up per customer: (number, sum, sum of squares). `None` if nobody has three.
#[must_use]
pub fn clockwork(gaps: impl IntoIterator<Item = (u32, f64, f64)>) -> Option<Clockwork> {
    let mut all: Vec<f64> = gaps
        .into_iter()
        .filter(|(n, sum, _)| *n >= 3 && *sum > 0.0)
        .map(|(n, sum, squares)| {
            let n = f64::from(n);
            let mean = sum / n;
            ((squares - n * mean * mean).max(0.0) / (n - 1.0)).sqrt() / mean
        })
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    let customers = all.len();
    let median = match customers {
        0 => return None,
        n if n % 2 == 1 => all[n / 2],
        n => f64::midpoint(all[n / 2 - 1], all[n / 2]),
    };
    Some(Clockwork { customers, median })
}

/// Why a house is refused before anything is fitted; `weeks` is the length of its history.
#[must_use]
pub fn refusal(customers: usize, repeaters: usize, weeks: f64, clock: Option<Clockwork>) -> Option<Refusal> {
    if customers == 0 {
        Some(Refusal::Nothing)
    } else if weeks < WEEKS {
        Some(Refusal::Short)
    } else if repeaters < REPEATERS {
        Some(Refusal::FewRepeats)
    } else if clock.is_some_and(|c| c.customers >= REGULARS && c.median < CLOCKWORK) {
        Some(Refusal::Contract)
    } else {
        None
    }
}
