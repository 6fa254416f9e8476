//! The Gamma-Gamma model of the amount spent (Fader and Hardie, note 025, 2013): the amounts of one customer are
//! gamma(p, ν), and ν differs between customers as gamma(q, γ).
//!
//! It takes only customers with repeat purchases and amounts above zero, and leaves the first purchase out. It
//! assumes that how much and how often have nothing to do with each other: [`correlation`] says how true that is.

use crate::fit::{ENDLESS, maximise, parameters};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::{digamma, ln_gamma};

pub use crate::fit::{FitError, Warning};

/// A fitted Gamma-Gamma model.
pub type Fit = crate::fit::Fit<Params>;

/// Parameters: amounts gamma(p, ν), ν gamma(q, γ); γ in units of money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the amounts of one customer.
    pub p: f64,
    /// Shape of the differences between customers.
    pub q: f64,
    /// Their rate parameter, in money.
    pub gamma: f64,
}
parameters!(Params, 3, p, q, gamma);

/// What customers spent on average on their repeat purchases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spend {
    /// Repeat purchases.
    pub x: f64,
    /// Mean amount z̄.
    pub mean: f64,
    /// How many customers.
    pub weight: f64,
}

/// Correlation beyond which amount and frequency are told to go together.
const INDEPENDENT: f64 = 0.3;

/// Log-likelihood and its gradient by (p, q, γ).
#[must_use]
pub fn log_likelihood(params: &Params, spends: &[Spend]) -> (f64, [f64; 3]) {
    let Params { p, q, gamma } = *params;
    let (ln_gamma_q, digamma_q, ln_g) = (ln_gamma(q), digamma(q), gamma.ln());
    let mut value = 0.0;
    let mut slope = [0.0; 3];
    for Spend { x, mean, weight } in spends {
        let px = p * x;
        let whole = gamma + x * mean;
        let (ln_whole, digamma_all) = (whole.ln(), digamma(px + q));
        let ln_sum = (x * mean).ln();
        value += weight
            * (ln_gamma(px + q) - ln_gamma(px) - ln_gamma_q + q * (ln_g - ln_whole) + px * (ln_sum - ln_whole)
                - mean.ln());
        slope[0] += weight * x * (digamma_all - digamma(px) + ln_sum - ln_whole);
        slope[1] += weight * (digamma_all - digamma_q + ln_g - ln_whole);
        slope[2] += weight * (q / gamma - (px + q) / whole);
    }
    (value, slope)
}

/// Fits the model by maximum likelihood to customers with repeat purchases.
///
/// # Errors
/// Nobody, or somebody without a repeat purchase or with an amount of zero or less: leave those out first.
pub fn fit(spends: &[Spend]) -> Result<Fit, FitError> {
    let possible = |s: &Spend| {
        s.x > 0.0 && s.mean > 0.0 && s.weight > 0.0 && s.x.is_finite() && s.mean.is_finite() && s.weight.is_finite()
    };
    if let Some(place) = spends.iter().position(|s| !possible(s)) {
        return Err(FitError::Invalid(place));
    }
    if spends.is_empty() {
        return Err(FitError::Empty);
    }
    let customers: f64 = spends.iter().map(|s| s.weight).sum();
    let mean = spends.iter().map(|s| s.weight * s.mean).sum::<f64>() / customers;
    let start = Params {
        p: 2.0,
        q: 2.0,
        gamma: mean,
    };
    let fit = maximise(start, customers, |p| log_likelihood(p, spends));
    let mut found = Vec::new();
    if fit.params.p > ENDLESS || fit.params.q > ENDLESS {
        found.push(Warning::EqualAmounts);
    }
    if fit.params.q <= 1.0 {
        found.push(Warning::InfiniteMean);
    }
    if correlation(spends).is_some_and(|r| r.abs() > INDEPENDENT) {
        found.push(Warning::MoneyFollowsFrequency);
    }
    if customers < 30.0 {
        found.push(Warning::FewRepeats);
    }
    Ok(fit.judged(found))
}

/// Mean amount that is expected of a customer with `x` repeat purchases of the mean amount `mean`; for x = 0
/// that of the population. `None` where it is infinite (`px + q ≤ 1`).
#[must_use]
pub fn expected_amount(params: &Params, x: f64, mean: f64) -> Option<f64> {
    let shape = params.p * x + params.q - 1.0;
    let sum = if x > 0.0 { x * mean } else { 0.0 };
    (shape > 0.0).then(|| params.p * (params.gamma + sum) / shape)
}

/// Pearson's correlation of x and mean amount; `None` when one of them does not vary.
#[must_use]
pub fn correlation(spends: &[Spend]) -> Option<f64> {
    let n: f64 = spends.iter().map(|s| s.weight).sum();
    let mean = |f: fn(&Spend) -> f64| spends.iter().map(|s| s.weight * f(s)).sum::<f64>() / n;
    let (x, z) = (mean(|s| s.x), mean(|s| s.mean));
    let (mut xx, mut zz, mut xz) = (0.0, 0.0, 0.0);
    for s in spends {
        xx += s.weight * (s.x - x).powi(2);
        zz += s.weight * (s.mean - z).powi(2);
        xz += s.weight * (s.x - x) * (s.mean - z);
    }
    (xx > 0.0 && zz > 0.0).then(|| xz / (xx * zz).sqrt())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fit::Parameters;
    use crate::simulate;

    const PAPER: Params = Params {
        p: 6.25,
        q: 3.74,
        gamma: 15.44,
    };

    fn sample(n: usize, seed: u64) -> Vec<Spend> {
        let purchases: Vec<u32> = (0..n).map(|i| 1 + (i % 7) as u32).collect();
        simulate::gamma_gamma(&PAPER, &purchases, seed)
    }

    #[test]
    fn published_expectations() {
        let fitted = Params {
            p: 6.248_802_32,
            q: 3.744_588_42,
            gamma: 15.447_748_28,
        };
        assert!((expected_amount(&fitted, 2.0, 22.35).unwrap() - 24.658_616_19).abs() < 1e-7);
        assert!((expected_amount(&fitted, 0.0, 0.0).unwrap() - 35.171_002_15).abs() < 1e-6);
        assert_eq!(expected_amount(&Params { q: 0.9, ..PAPER }, 0.0, 0.0), None, "infinite");
        assert!(expected_amount(&Params { q: 0.9, ..PAPER }, 3.0, 20.0).is_some());
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let spends = sample(200, 3);
        let at = PAPER.to_array();
        let (_, slope) = log_likelihood(&PAPER, &spends);
        for i in 0..3 {
            let step = 1e-5 * at[i];
            let value = |by: f64| {
                let mut moved = at;
                moved[i] += by;
                log_likelihood(&Params::from_array(moved), &spends).0
            };
            let by_difference = (value(step) - value(-step)) / (2.0 * step);
            assert!(
                (slope[i] - by_difference).abs() < 1e-5 * (1.0 + by_difference.abs()),
                "{i}"
            );
        }
    }

    #[test]
    fn the_truth_of_a_simulation_is_found_again() {
        let fit = fit(&sample(20_000, 8)).unwrap();
        assert_eq!(fit.warnings, []);
        let errors = fit.standard_errors.clone().unwrap();
        for (i, (found, truth)) in fit.params.to_array().into_iter().zip(PAPER.to_array()).enumerate() {
            assert!((found - truth).abs() < 4.0 * errors[i], "{i}: {found} ± {}", errors[i]);
            assert!(errors[i] < 0.1 * truth, "{i}: ± {}", errors[i]);
        }
    }

    #[test]
    fn weights_order_and_currency_change_nothing() {
        let spends = sample(500, 4);
        let one = fit(&spends).unwrap();
        let mut twice: Vec<Spend> = spends.iter().rev().map(|s| Spend { weight: 2.0, ..*s }).collect();
        let other = fit(&twice).unwrap();
        for (p, q) in one.params.to_array().into_iter().zip(other.params.to_array()) {
            assert!((p / q - 1.0).abs() < 1e-6);
        }
        for s in &mut twice {
            s.mean *= 100.0;
        }
        let cents = fit(&twice).unwrap();
        assert!((cents.params.gamma / one.params.gamma / 100.0 - 1.0).abs() < 1e-6);
        assert!((cents.params.p / one.params.p - 1.0).abs() < 1e-6);
    }

    #[test]
    fn odd_amounts_get_a_named_warning() {
        // Who buys more spends more.
        let tied: Vec<Spend> = (1..200)
            .map(|i| Spend {
                x: f64::from(1 + i % 9),
                mean: f64::from(5 + 10 * (i % 9) + i % 4),
                weight: 1.0,
            })
            .collect();
        assert!(fit(&tied).unwrap().warnings.contains(&Warning::MoneyFollowsFrequency));
        // A tail so heavy that there is no mean.
        let heavy = Params { q: 0.6, ..PAPER };
        let purchases = vec![3; 3_000];
        let fitted = fit(&simulate::gamma_gamma(&heavy, &purchases, 2)).unwrap();
        assert!(fitted.warnings.contains(&Warning::InfiniteMean), "{fitted:?}");
        assert_eq!(expected_amount(&fitted.params, 0.0, 0.0), None);
        // All the same.
        let same = vec![
            Spend {
                x: 2.0,
                mean: 10.0,
                weight: 1.0
            };
            100
        ];
        let fitted = fit(&same).unwrap();
        assert!(
            fitted.standard_errors.is_none() && !fitted.warnings.is_empty(),
            "{fitted:?}"
        );
        assert_eq!(fit(&[]).unwrap_err(), FitError::Empty);
        let zero = Spend {
            x: 1.0,
            mean: 0.0,
            weight: 1.0,
        };
        assert_eq!(fit(&[zero]).unwrap_err(), FitError::Invalid(0));
    }
}
