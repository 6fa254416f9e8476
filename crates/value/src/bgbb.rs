//! The BG/BB model of repeat buying on occasions (Fader, Hardie, Shang, Marketing Science 29(6), 2010): donations by
//! year, visits of a yearly fair, anything with a chance to buy now and then.
//!
//! On each of n occasions a customer who is still there buys with a chance of their own, beta(α, β), after having
//! left for good before it with another, beta(γ, δ). Of each customer three numbers matter: `x` purchases, the
//! occasion of the last, and n.

use crate::fit::{ENDLESS, maximise, parameters};
use crate::special::hyp2f1_from_one;
use serde::{Deserialize, Serialize};
use statrs::function::beta::ln_beta;
use statrs::function::gamma::digamma;

pub use crate::fit::{FitError, Warning};

/// A fitted BG/BB model.
pub type Fit = crate::fit::Fit<Params>;

/// Parameters: chances to buy beta(α, β), chances to leave beta(γ, δ).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// First parameter of the chances to buy.
    pub alpha: f64,
    /// Second parameter of the chances to buy.
    pub beta: f64,
    /// First parameter of the chances to leave.
    pub gamma: f64,
    /// Second parameter of the chances to leave.
    pub delta: f64,
}
parameters!(Params, 4, alpha, beta, gamma, delta);

/// Customers with one and the same record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Occasions with a purchase.
    pub x: u32,
    /// The last of them, counted from 1; 0 without one.
    pub last: u32,
    /// Occasions seen, n.
    pub occasions: u32,
    /// How many customers.
    pub weight: f64,
}

/// Counts equal records, in order of n, x and the last purchase.
#[must_use]
pub fn group(records: &[Record]) -> Vec<Record> {
    let key = |r: &Record| (r.occasions, r.x, r.last);
    let mut sorted = records.to_vec();
    sorted.sort_unstable_by_key(key);
    sorted
        .chunk_by(|p, q| key(p) == key(q))
        .map(|same| Record {
            weight: same.iter().map(|r| r.weight).sum(),
            ..same[0]
        })
        .collect()
}

/// Log-likelihood and its gradient by (α, β, γ, δ).
#[must_use]
pub fn log_likelihood(p: &Params, records: &[Record]) -> (f64, [f64; 4]) {
    let mut value = 0.0;
    let mut slope = [0.0; 4];
    for record in records {
        let (ln_l, by) = one(p, record);
        value += record.weight * ln_l;
        for (sum, part) in slope.iter_mut().zip(by) {
            *sum += record.weight * part;
        }
    }
    (value, slope)
}

/// ln B(a + i, b + j) − ln B(a, b) and its gradient by a and b.
fn ratio(a: f64, b: f64, i: f64, j: f64) -> (f64, f64, f64) {
    let (all, before) = (digamma(a + b + i + j), digamma(a + b));
    (
        ln_beta(a + i, b + j) - ln_beta(a, b),
        digamma(a + i) - all - digamma(a) + before,
        digamma(b + j) - all - digamma(b) + before,
    )
}

/// Log-likelihood of one record: a sum over the occasions at which the customer may have left.
fn one(p: &Params, record: &Record) -> (f64, [f64; 4]) {
    let (x, last, n) = (f64::from(record.x), f64::from(record.last), f64::from(record.occasions));
    let term = |misses: f64, left: f64, stayed: f64| {
        let buys = ratio(p.alpha, p.beta, x, misses);
        let stays = ratio(p.gamma, p.delta, left, stayed);
        (buys.0 + stays.0, [buys.1, buys.2, stays.1, stays.2])
    };
    let mut terms = vec![term(n - x, 0.0, n)];
    for i in 0..record.occasions - record.last {
        let i = f64::from(i);
        terms.push(term(last - x + i, 1.0, last + i));
    }
    let top = terms.iter().map(|t| t.0).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = terms.iter().map(|t| (t.0 - top).exp()).sum();
    let mut slope = [0.0; 4];
    for (ln, by) in &terms {
        let share = (ln - top).exp() / sum;
        for (s, b) in slope.iter_mut().zip(by) {
            *s += share * b;
        }
    }
    (top + sum.ln(), slope)
}

/// Fits the model by maximum likelihood.
///
/// # Errors
/// Nobody, or a record that cannot be: needs `x ≤ last ≤ n`, a last purchase only with one, weight > 0.
pub fn fit(records: &[Record]) -> Result<Fit, FitError> {
    let possible = |r: &Record| {
        r.x <= r.last && r.last <= r.occasions && (r.x == 0) == (r.last == 0) && r.weight > 0.0 && r.weight.is_finite()
    };
    if let Some(place) = records.iter().position(|r| !possible(r)) {
        return Err(FitError::Invalid(place));
    }
    let customers: f64 = records.iter().map(|r| r.weight).sum();
    if records.iter().all(|r| r.occasions == 0) {
        return Err(FitError::Empty);
    }
    let start = Params {
        alpha: 1.0,
        beta: 1.0,
        gamma: 1.0,
        delta: 2.0,
    };
    let buyers: f64 = records.iter().filter(|r| r.x > 0).map(|r| r.weight).sum();
    if buyers == 0.0 {
        let params = Params { alpha: 1e-9, ..start };
        let (value, _) = log_likelihood(&params, records);
        return Ok(Fit::given(params, value, customers, Warning::NobodyRepeats));
    }
    let fit = maximise(start, customers, |p| log_likelihood(p, records));
    let p = fit.params;
    let mut found = Vec::new();
    if p.gamma / (p.gamma + p.delta) < 1e-4 {
        found.push(Warning::NoDropout);
    } else if p.gamma.min(p.delta) > ENDLESS {
        found.push(Warning::EqualDropout);
    }
    if p.alpha.min(p.beta) > ENDLESS {
        found.push(Warning::EqualRates);
    }
    if buyers < 40.0 {
        found.push(Warning::FewRepeats);
    }
    Ok(fit.judged(found))
}

/// Probability that the customer is still there on the occasion after the last one seen.
#[must_use]
pub fn p_alive(p: &Params, record: &Record) -> f64 {
    there(p, record, 0.0, 1.0)
}

/// Expected purchases on the next `occasions` occasions.
#[must_use]
pub fn expected_purchases(p: &Params, record: &Record, occasions: u32) -> f64 {
    (1..=occasions).map(|i| there(p, record, 1.0, f64::from(i))).sum()
}

/// All purchases to come, each discounted at `discount` per occasion, the next occasion once (DERT). `None`
/// when the discount is not above zero.
#[must_use]
pub fn residual_purchases(p: &Params, record: &Record, discount: f64) -> Option<f64> {
    let n = f64::from(record.occasions);
    let rate = 1.0 / (1.0 + discount);
    let series = hyp2f1_from_one(p.delta + n + 1.0, p.gamma + p.delta + n + 1.0, rate)?;
    (discount > 0.0).then(|| there(p, record, 1.0, 1.0) * rate * series)
}

/// Probability of being there on the `ahead`th occasion to come (and of buying on it, with `buys` = 1).
fn there(p: &Params, record: &Record, buys: f64, ahead: f64) -> f64 {
    let (x, n) = (f64::from(record.x), f64::from(record.occasions));
    let (ln_l, _) = one(p, record);
    let bought = ln_beta(p.alpha + x + buys, p.beta + n - x) - ln_beta(p.alpha, p.beta);
    let stayed = ln_beta(p.gamma, p.delta + n + ahead) - ln_beta(p.gamma, p.delta);
    (bought + stayed - ln_l).exp()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fit::Parameters;
    use crate::simulate;

    const TRUE: Params = Params {
        alpha: 1.204,
        beta: 0.75,
        gamma: 0.657,
        delta: 2.783,
    };

    #[test]
    fn all_records_of_three_occasions_have_probability_one() {
        let mut sum = 0.0;
        for pattern in 0u32..8 {
            let x = pattern.count_ones();
            let last = 32 - pattern.leading_zeros();
            let record = Record {
                x,
                last,
                occasions: 3,
                weight: 1.0,
            };
            sum += one(&TRUE, &record).0.exp();
        }
        assert!((sum - 1.0).abs() < 1e-13, "{sum}");
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let records = simulate::bgbb(&TRUE, 200, 6, 3);
        let (_, slope) = log_likelihood(&TRUE, &records);
        for (i, slope) in slope.iter().enumerate() {
            let value = |by: f64| {
                let mut moved = TRUE.to_array();
                moved[i] += by;
                log_likelihood(&Params::from_array(moved), &records).0
            };
            let by_difference = (value(1e-5) - value(-1e-5)) / 2e-5;
            assert!(
                (slope - by_difference).abs() < 1e-5 * (1.0 + by_difference.abs()),
                "{i}"
            );
        }
    }

    #[test]
    fn the_truth_of_a_simulation_is_found_again() {
        let records = simulate::bgbb(&TRUE, 20_000, 8, 5);
        let fit = fit(&group(&records)).unwrap();
        let (value, _) = log_likelihood(&fit.params, &records[..500]);
        let (grouped, _) = log_likelihood(&fit.params, &group(&records[..500]));
        assert!(
            (value / grouped - 1.0).abs() < 1e-12,
            "counting equal records changes nothing"
        );
        assert_eq!(fit.warnings, []);
        let errors = fit.standard_errors.clone().unwrap();
        for (i, (found, truth)) in fit.params.to_array().into_iter().zip(TRUE.to_array()).enumerate() {
            assert!((found - truth).abs() < 4.0 * errors[i], "{i}: {found} ± {}", errors[i]);
            assert!(errors[i] < 0.2 * truth, "{i}: ± {}", errors[i]);
        }
    }

    #[test]
    fn expectations_hang_together() {
        let record = Record {
            x: 4,
            last: 5,
            occasions: 6,
            weight: 1.0,
        };
        // The closed form of the paper, where γ is not 1.
        let closed = |ahead: f64| {
            use statrs::function::gamma::ln_gamma;
            let (x, n) = (4.0, 6.0);
            let bought = ln_beta(TRUE.alpha + x + 1.0, TRUE.beta + n - x) - ln_beta(TRUE.alpha, TRUE.beta);
            let all = TRUE.gamma + TRUE.delta;
            let left = |k: f64| (ln_gamma(1.0 + TRUE.delta + k) - ln_gamma(all + k)).exp();
            (bought - one(&TRUE, &record).0 + ln_gamma(all) - ln_gamma(1.0 + TRUE.delta)).exp() * TRUE.delta
                / (TRUE.gamma - 1.0)
                * (left(n) - left(n + ahead))
        };
        for ahead in [1u32, 5, 40] {
            let value = expected_purchases(&TRUE, &record, ahead);
            assert!(
                (value / closed(f64::from(ahead)) - 1.0).abs() < 1e-10,
                "{ahead}: {value}"
            );
        }
        let d: f64 = 0.1;
        let sum: f64 = (1..2_000)
            .map(|i| there(&TRUE, &record, 1.0, f64::from(i)) / (1.0 + d).powi(i))
            .sum();
        assert!((residual_purchases(&TRUE, &record, d).unwrap() / sum - 1.0).abs() < 1e-10);
        assert!(p_alive(&TRUE, &record) < 1.0 && p_alive(&TRUE, &record) > 0.5);
        assert_eq!(residual_purchases(&TRUE, &record, 0.0), None);
    }

    #[test]
    fn impossible_records_are_refused() {
        let record = |x, last, occasions| Record {
            x,
            last,
            occasions,
            weight: 1.0,
        };
        assert_eq!(fit(&[record(3, 2, 5)]).unwrap_err(), FitError::Invalid(0));
        assert_eq!(fit(&[record(0, 2, 5)]).unwrap_err(), FitError::Invalid(0));
        assert_eq!(fit(&[]).unwrap_err(), FitError::Empty);
        assert_eq!(fit(&[record(0, 0, 5)]).unwrap().warnings, [Warning::NobodyRepeats]);
    }
}
