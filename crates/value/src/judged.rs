//! How foreseen chances did against what came: do they rank, and is a 30 % a 30 %?

use crate::logistic::{auc, log_loss};
use crate::uplift::wilson;
use serde::{Deserialize, Serialize};

/// Standard deviations of a 95 % interval.
const Z: f64 = 1.959_964;

/// Rows of similar chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Rows.
    pub rows: usize,
    /// Mean chance.
    pub expected: f64,
    /// Part of them for which it came.
    pub came: f64,
    /// Lower end of the 95 % interval of this part (Wilson 1927).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Chances against outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Rows.
    pub rows: usize,
    /// Of these it came for so many.
    pub came: usize,
    /// Sum of the chances: so many were expected.
    pub expected: f64,
    /// How often a row for which it came had the higher chance; ties half.
    pub auc: f64,
    /// Ends of its 95 % interval (Hanley and McNeil 1982).
    pub auc_range: (f64, f64),
    /// Mean negative log-likelihood.
    pub log_loss: f64,
    /// Mean squared error of the chances (Brier 1950).
    pub brier: f64,
    /// How much more often it came for the tenth with the highest chances than for all.
    pub lift: f64,
    /// Rows by chance, the highest first, in parts of equal size.
    pub bins: Vec<Bin>,
}

/// Rows above a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// The limit.
    pub from: f64,
    /// Rows at it or above.
    pub rang: usize,
    /// Of these it came for so many.
    pub came: usize,
}

/// The standard error of an area under the curve (Hanley and McNeil 1982).
#[must_use]
pub fn auc_error(auc: f64, came: usize, not: usize) -> f64 {
    let (n, m) = (came as f64, not as f64);
    let square = auc * auc;
    let both = (n - 1.0) * (auc / (2.0 - auc) - square) + (m - 1.0) * (2.0 * square / (1.0 + auc) - square);
    ((auc * (1.0 - auc) + both) / (n * m)).max(0.0).sqrt()
}

/// Judges chances in `parts` groups of equal size; `None` where all outcomes are alike or the lengths differ.
#[must_use]
pub fn judge(chances: &[f64], outcomes: &[bool], parts: usize) -> Option<Judged> {
    let n = outcomes.len();
    if chances.len() != n {
        return None;
    }
    let auc = auc(chances, outcomes)?;
    let came = outcomes.iter().filter(|o| **o).count();
    let error = auc_error(auc, came, n - came);
    let mut order: Vec<(f64, bool)> = chances.iter().copied().zip(outcomes.iter().copied()).collect();
    // Stable, so that equal chances stay as they were given.
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let square: f64 = order.iter().map(|(p, o)| (p - f64::from(u8::from(*o))).powi(2)).sum();
    let first = n.div_ceil(10);
    let first_came = order.iter().take(first).filter(|o| o.1).count();
    Some(Judged {
        rows: n,
        came,
        expected: chances.iter().sum(),
        auc,
        auc_range: ((auc - Z * error).max(0.0), (auc + Z * error).min(1.0)),
        log_loss: log_loss(chances, outcomes)?,
        brier: square / n as f64,
        lift: (first_came as f64 / first as f64) / (came as f64 / n as f64),
        bins: bins(&order, parts),
    })
}

fn bins(order: &[(f64, bool)], parts: usize) -> Vec<Bin> {
    let (n, parts) = (order.len(), parts.clamp(1, order.len().max(1)));
    (0..parts)
        .map(|part| {
            let rows = &order[part * n / parts..(part + 1) * n / parts];
            let yes = rows.iter().filter(|r| r.1).count();
            let (low, high) = wilson((yes as u64, rows.len() as u64), Z);
            let many = rows.len().max(1) as f64;
            Bin {
                rows: rows.len(),
                expected: rows.iter().map(|r| r.0).sum::<f64>() / many,
                came: yes as f64 / many,
                low,
                high,
            }
        })
        .collect()
}

/// What an alarm from each of these limits on would have found.
#[must_use]
pub fn cuts(chances: &[f64], outcomes: &[bool], limits: &[f64]) -> Vec<Cut> {
    let above = |from: f64| chances.iter().zip(outcomes).filter(move |(p, _)| **p >= from);
    limits
        .iter()
        .map(|from| Cut {
            from: *from,
            rang: above(*from).count(),
            came: above(*from).filter(|r| *r.1).count(),
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_an_area_is_the_published_one() {
        // Hanley and McNeil 1982: 51 abnormal and 58 normal images, area 0.893, error 0.032.
        assert!((auc_error(0.893, 51, 58) - 0.0325).abs() < 1e-4);
    }

    #[test]
    fn four_rows_are_judged_as_by_hand() {
        let (chances, outcomes) = ([0.1, 0.4, 0.35, 0.8], [false, false, true, true]);
        let j = judge(&chances, &outcomes, 2).unwrap();
        assert!((j.auc - 0.75).abs() < 1e-15);
        // (0.01 + 0.16 + 0.4225 + 0.04) / 4
        assert!((j.brier - 0.158_125).abs() < 1e-12);
        let loss = -(0.9_f64.ln() + 0.6_f64.ln() + 0.35_f64.ln() + 0.8_f64.ln()) / 4.0;
        assert!((j.log_loss - loss).abs() < 1e-12);
        assert!((j.expected - 1.65).abs() < 1e-12);
        assert_eq!((j.rows, j.came, j.lift), (4, 2, 2.0));
        let shown: Vec<(usize, f64, f64)> = j.bins.iter().map(|b| (b.rows, b.expected, b.came)).collect();
        assert_eq!(shown.len(), 2);
        assert!(shown[0].0 == 2 && (shown[0].1 - 0.6).abs() < 1e-12 && (shown[0].2 - 0.5).abs() < 1e-12);
        assert!((shown[1].1 - 0.225).abs() < 1e-12 && (shown[1].2 - 0.5).abs() < 1e-12);
        assert_eq!(judge(&chances, &[true; 4], 2), None);
        assert_eq!(judge(&chances[..3], &outcomes, 2), None);
        let found = cuts(&chances, &outcomes, &[0.35, 0.5, 0.9]);
        let counts: Vec<(usize, usize)> = found.iter().map(|c| (c.rang, c.came)).collect();
        assert_eq!(counts, [(3, 2), (1, 1), (0, 0)]);
    }

    #[test]
    fn the_same_chance_for_all_has_no_order_and_the_variance_as_its_error() {
        let outcomes: Vec<bool> = (0..100).map(|i| i % 4 == 0).collect();
        let j = judge(&[0.25; 100], &outcomes, 10).unwrap();
        assert!((j.auc - 0.5).abs() < 1e-15 && (j.brier - 0.25 * 0.75).abs() < 1e-12);
        assert!(j.bins.iter().all(|b| b.rows == 10 && b.low < 0.25 && b.high > 0.25));
    }
}
