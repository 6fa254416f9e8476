//! Is a model to be believed? Fitted to one part of the history, held against the other.
//!
//! For each customer the purchases predicted for the held-out time and those that came: total, mean and root mean
//! square error, correlation, and a table by the number of purchases in the fitted part. The same
//! comparison with another prediction (everybody goes on at the rate they had) says what the model is good for.

use serde::{Deserialize, Serialize};

/// A customer of the held-out time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Repeat purchases in the fitted part.
    pub x: u32,
    /// What the model expects.
    pub expected: f64,
    /// What came.
    pub actual: f64,
}

/// Customers with equally many purchases in the fitted part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Purchases in the fitted part; the last bin holds this many and more.
    pub x: u32,
    /// How many customers.
    pub customers: usize,
    /// Mean of what the model expects.
    pub expected: f64,
    /// Mean of what came.
    pub actual: f64,
}

/// How prediction and outcome compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Sum of what came.
    pub actual: f64,
    /// Sum of what the model expected.
    pub expected: f64,
    /// `expected / actual − 1`; `None` when nothing came.
    pub bias: Option<f64>,
    /// Mean absolute error per customer.
    pub mean_error: f64,
    /// Root of the mean squared error per customer.
    pub root_mean_square: f64,
    /// Pearson's correlation; `None` when one side does not vary.
    pub correlation: Option<f64>,
    /// By purchases in the fitted part.
    pub bins: Vec<Bin>,
}

/// Compares; the last bin holds `last_bin` purchases and more. `None` without customers.
#[must_use]
pub fn calibration(outcomes: &[Outcome], last_bin: u32) -> Option<Calibration> {
    if outcomes.is_empty() {
        return None;
    }
    let n = outcomes.len() as f64;
    let (mut actual, mut expected, mut off, mut square) = (0.0, 0.0, 0.0, 0.0);
    let mut bins: Vec<Bin> = (0..=last_bin)
        .map(|x| Bin {
            x,
            customers: 0,
            expected: 0.0,
            actual: 0.0,
        })
        .collect();
    for o in outcomes {
        actual += o.actual;
        expected += o.expected;
        off += (o.expected - o.actual).abs();
        square += (o.expected - o.actual).powi(2);
        let bin = &mut bins[o.x.min(last_bin) as usize];
        bin.customers += 1;
        bin.expected += o.expected;
        bin.actual += o.actual;
    }
    for bin in bins.iter_mut().filter(|b| b.customers > 0) {
        bin.expected /= bin.customers as f64;
        bin.actual /= bin.customers as f64;
    }
    bins.retain(|b| b.customers > 0);
    let (mut aa, mut ee, mut ae) = (0.0, 0.0, 0.0);
    for o in outcomes {
        let (a, e) = (o.actual - actual / n, o.expected - expected / n);
        aa += a * a;
        ee += e * e;
        ae += a * e;
    }
    Some(Calibration {
        actual,
        expected,
        bias: (actual > 0.0).then(|| expected / actual - 1.0),
        mean_error: off / n,
        root_mean_square: (square / n).sqrt(),
        correlation: (aa > 0.0 && ee > 0.0).then(|| ae / (aa * ee).sqrt()),
        bins,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn outcome(x: u32, expected: f64, actual: f64) -> Outcome {
        Outcome { x, expected, actual }
    }

    #[test]
    fn four_customers_by_hand() {
        let c = calibration(
            &[
                outcome(0, 0.5, 0.0),
                outcome(0, 0.5, 1.0),
                outcome(2, 1.0, 3.0),
                outcome(9, 4.0, 4.0),
            ],
            3,
        )
        .unwrap();
        assert_eq!((c.actual, c.expected, c.bias), (8.0, 6.0, Some(-0.25)));
        assert_eq!((c.mean_error, c.root_mean_square), (0.75, (4.5_f64 / 4.0).sqrt()));
        let counts: Vec<_> = c
            .bins
            .iter()
            .map(|b| (b.x, b.customers, b.expected, b.actual))
            .collect();
        assert_eq!(counts, [(0, 2, 0.5, 0.5), (2, 1, 1.0, 3.0), (3, 1, 4.0, 4.0)]);
        assert!(
            (c.correlation.unwrap() - 7.5 / 85.0_f64.sqrt()).abs() < 1e-12,
            "{:?}",
            c.correlation
        );
    }

    #[test]
    fn nothing_to_compare() {
        assert_eq!(calibration(&[], 3), None);
        let none = calibration(&[outcome(0, 0.1, 0.0)], 3).unwrap();
        assert_eq!((none.bias, none.correlation), (None, None));
    }
}
