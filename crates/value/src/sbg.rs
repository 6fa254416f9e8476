//! The shifted beta-geometric model of contracts (Fader and Hardie, Journal of Interactive Marketing 21(1), 2007):
//! at each renewal a customer leaves with a chance of their own, and the chances differ as beta(α, β).
//!
//! Because those who leave easily leave first, the retention rate of a cohort rises with its age; a constant rate
//! undervalues who has stayed. Cohorts of any age are fitted together, each customer (or weighted group) with the
//! renewals seen and whether the last of them was refused.

use crate::fit::{ENDLESS, maximise, parameters};
use crate::special::hyp2f1_from_one;
use serde::{Deserialize, Serialize};

pub use crate::fit::{FitError, Warning};

/// A fitted sBG model.
pub type Fit = crate::fit::Fit<Params>;

/// Parameters: chances to leave beta(α, β).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// First parameter.
    pub alpha: f64,
    /// Second parameter.
    pub beta: f64,
}
parameters!(Params, 2, alpha, beta);

/// Contracts that were seen equally long and ended (or not) alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tenure {
    /// Renewals that came up.
    pub renewals: u32,
    /// The last of them was refused; otherwise the contract still runs.
    pub lost: bool,
    /// How many customers.
    pub weight: f64,
}

/// Renewals are capped here; nobody renews a contract more often.
const MOST_RENEWALS: u32 = 100_000;

/// The contracts of a cohort from its head count at the start and after each renewal: `[1000, 869, 743, …]`.
///
/// # Errors
/// The place of the first count above the one before it, or that is not a number.
pub fn cohort(counts: &[f64]) -> Result<Vec<Tenure>, FitError> {
    if counts.iter().any(|c| !c.is_finite() || *c < 0.0) {
        return Err(FitError::Invalid(
            counts.iter().position(|c| !c.is_finite() || *c < 0.0).unwrap_or(0),
        ));
    }
    let mut result = Vec::with_capacity(counts.len());
    for (place, pair) in counts.windows(2).enumerate() {
        if pair[1] > pair[0] {
            return Err(FitError::Invalid(place + 1));
        }
        result.push(Tenure {
            renewals: place as u32 + 1,
            lost: true,
            weight: pair[0] - pair[1],
        });
    }
    if let Some(left) = counts.last() {
        result.push(Tenure {
            renewals: counts.len() as u32 - 1,
            lost: false,
            weight: *left,
        });
    }
    result.retain(|t| t.weight > 0.0);
    Ok(result)
}

/// Log-likelihood and its gradient by (α, β), by forward recursion.
#[must_use]
pub fn log_likelihood(p: &Params, tenures: &[Tenure]) -> (f64, [f64; 2]) {
    let most = tenures.iter().map(|t| t.renewals).max().unwrap_or(0).min(MOST_RENEWALS);
    let mut stayed = vec![(0.0, 0.0, 0.0)];
    let (mut ln_s, mut by_alpha, mut by_beta) = (0.0, 0.0, 0.0);
    for i in 0..most {
        let (b, all) = (p.beta + f64::from(i), p.alpha + p.beta + f64::from(i));
        ln_s -= (p.alpha / b).ln_1p();
        by_alpha -= 1.0 / all;
        by_beta += p.alpha / (b * all);
        stayed.push((ln_s, by_alpha, by_beta));
    }
    let mut value = 0.0;
    let mut slope = [0.0; 2];
    for t in tenures {
        let renewals = t.renewals.min(MOST_RENEWALS);
        if t.lost && renewals > 0 {
            let (ln_s, by_alpha, by_beta) = stayed[renewals as usize - 1];
            let all = p.alpha + p.beta + f64::from(renewals - 1);
            value += t.weight * (ln_s + p.alpha.ln() - all.ln());
            slope[0] += t.weight * (by_alpha + 1.0 / p.alpha - 1.0 / all);
            slope[1] += t.weight * (by_beta - 1.0 / all);
        } else {
            let (ln_s, by_alpha, by_beta) = stayed[renewals as usize];
            value += t.weight * ln_s;
            slope[0] += t.weight * by_alpha;
            slope[1] += t.weight * by_beta;
        }
    }
    (value, slope)
}

/// Fits the model by maximum likelihood.
///
/// # Errors
/// No contract that came up for renewal, a loss without a renewal, or an impossible weight.
pub fn fit(tenures: &[Tenure]) -> Result<Fit, FitError> {
    let wrong =
        |t: &Tenure| t.weight.is_nan() || t.weight <= 0.0 || t.weight.is_infinite() || t.lost && t.renewals == 0;
    if let Some(place) = tenures.iter().position(wrong) {
        return Err(FitError::Invalid(place));
    }
    let customers: f64 = tenures.iter().map(|t| t.weight).sum();
    if tenures.iter().all(|t| t.renewals == 0) {
        return Err(FitError::Empty);
    }
    let start = Params { alpha: 1.0, beta: 1.0 };
    let losses: f64 = tenures.iter().filter(|t| t.lost).map(|t| t.weight).sum();
    if losses == 0.0 {
        let params = Params { alpha: 1e-9, beta: 1.0 };
        let (value, _) = log_likelihood(&params, tenures);
        return Ok(Fit::given(params, value, customers, Warning::NoDropout));
    }
    let fit = maximise(start, customers, |p| log_likelihood(p, tenures));
    let mut found = Vec::new();
    if fit.params.alpha.min(fit.params.beta) > ENDLESS {
        found.push(Warning::EqualDropout);
    }
    if losses < 20.0 {
        found.push(Warning::FewRepeats);
    }
    Ok(fit.judged(found))
}

/// Share of customers still there after `renewals` renewals, S(t).
#[must_use]
pub fn survival(p: &Params, renewals: u32) -> f64 {
    let ln: f64 = (0..renewals.min(MOST_RENEWALS))
        .map(|i| -(p.alpha / (p.beta + f64::from(i))).ln_1p())
        .sum();
    ln.exp()
}

/// Part of those who are there before renewal `t` (counted from 1) that renew.
#[must_use]
pub fn retention(p: &Params, t: u32) -> f64 {
    let before = f64::from(t.max(1) - 1);
    (p.beta + before) / (p.alpha + p.beta + before)
}

/// Discounted expected lifetime of a new customer in periods, the first at once and in full (DEL), at the rate
/// `discount` per period. `None` when the discount is not above zero.
#[must_use]
pub fn lifetime(p: &Params, discount: f64) -> Option<f64> {
    hyp2f1_from_one(p.beta, p.alpha + p.beta, 1.0 / (1.0 + discount)).filter(|_| discount > 0.0)
}

/// Discounted expected residual lifetime of a customer who has renewed `renewals` times, just before the next
/// renewal and counting the period it would open (DERL; Fader and Hardie 2010).
#[must_use]
pub fn residual_lifetime(p: &Params, renewals: u32, discount: f64) -> Option<f64> {
    let k = f64::from(renewals);
    let all = p.alpha + p.beta + k;
    let series = hyp2f1_from_one(p.beta + k + 1.0, all + 1.0, 1.0 / (1.0 + discount))?;
    (discount > 0.0).then(|| (p.beta + k) / all * series)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fit::Parameters;
    use crate::simulate;

    /// The book's "high end" cohort: per cent left after 0 to 12 renewals.
    const HIGH: [f64; 13] = [
        100.0, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4,
    ];

    fn high(renewals: usize) -> Fit {
        let counts: Vec<f64> = HIGH[..=renewals].iter().map(|c| c * 10.0).collect();
        fit(&cohort(&counts).unwrap()).unwrap()
    }

    #[test]
    fn the_cohort_of_the_book() {
        let fit = high(7);
        assert!((fit.params.alpha - 0.668_088_44).abs() < 1e-6, "{fit:?}");
        assert!((fit.params.beta - 3.806_095_64).abs() < 1e-5, "{fit:?}");
        assert!((fit.log_likelihood + 1_611.158_15).abs() < 1e-4, "{fit:?}");
        assert_eq!(fit.warnings, []);
        assert!((lifetime(&fit.params, 0.1).unwrap() - 5.922_253_46).abs() < 1e-6);
        assert!((residual_lifetime(&fit.params, 7, 0.1).unwrap() - 7.529_627_85).abs() < 1e-6);
    }

    #[test]
    fn the_years_held_out_come_true() {
        let p = high(7).params;
        for (t, left) in (0u32..).zip(HIGH).skip(8) {
            assert!(
                (survival(&p, t) - left / 100.0).abs() < 0.02,
                "{t}: {} against {left}",
                survival(&p, t)
            );
        }
        // A constant retention rate, as the usual formula has it, is far off by then.
        let constant = (HIGH[7] / 100.0).powf(12.0 / 7.0);
        assert!((constant - 0.394).abs() > 0.09);
    }

    #[test]
    fn the_residual_lifetime_is_the_sum_it_stands_for() {
        let p = Params { alpha: 0.7, beta: 3.8 };
        for (k, d) in [(0, 0.1), (7, 0.01), (40, 0.002)] {
            let after = survival(&p, k);
            let sum: f64 = (1..40_000)
                .map(|t| survival_ratio(&p, k, t) * (1.0_f64 + d).powi(1 - t as i32))
                .sum();
            assert!(
                (residual_lifetime(&p, k, d).unwrap() / sum - 1.0).abs() < 1e-6,
                "{k} {d}, {after}"
            );
        }
        let sum: f64 = 1.0
            + (1..40_000)
                .map(|t| survival_ratio(&p, 0, t) / 1.01_f64.powi(t as i32))
                .sum::<f64>();
        assert!((lifetime(&p, 0.01).unwrap() / sum - 1.0).abs() < 1e-9);
        assert_eq!(lifetime(&p, 0.0), None);
        // The retention rate grows with age.
        assert!((1..30).all(|t| retention(&p, t) < retention(&p, t + 1)));
    }

    /// S(k + t) / S(k) in closed form, because the loop above asks forty thousand times.
    fn survival_ratio(p: &Params, k: u32, t: u32) -> f64 {
        use statrs::function::beta::ln_beta;
        let s = |n: u32| ln_beta(p.alpha, p.beta + f64::from(n));
        (s(k + t) - s(k)).exp()
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let seen: Vec<u32> = (0..300).map(|i| 1 + i % 9).collect();
        let at = Params { alpha: 0.8, beta: 2.5 };
        let tenures = simulate::sbg(&at, &seen, 3);
        let (_, slope) = log_likelihood(&at, &tenures);
        for (i, slope) in slope.iter().enumerate() {
            let value = |by: f64| {
                let mut moved = at.to_array();
                moved[i] += by;
                log_likelihood(&Params::from_array(moved), &tenures).0
            };
            let by_difference = (value(1e-5) - value(-1e-5)) / 2e-5;
            assert!(
                (slope - by_difference).abs() < 1e-5 * (1.0 + by_difference.abs()),
                "{i}"
            );
        }
    }

    #[test]
    fn cohorts_of_different_age_are_fitted_together() {
        let truth = Params { alpha: 0.8, beta: 2.5 };
        let seen: Vec<u32> = (0..30_000).map(|i| 1 + i % 9).collect();
        let one = fit(&simulate::sbg(&truth, &seen, 5)).unwrap();
        let errors = one.standard_errors.clone().unwrap();
        for (i, (found, truth)) in one.params.to_array().into_iter().zip(truth.to_array()).enumerate() {
            assert!(
                (found - truth).abs() < 4.0 * errors[i] && errors[i] < 0.1 * truth,
                "{i}: {found} ± {}",
                errors[i]
            );
        }
        // Counting equal contracts changes nothing.
        let mut groups: Vec<Tenure> = Vec::new();
        for t in simulate::sbg(&truth, &seen, 5) {
            match groups.iter_mut().find(|g| (g.renewals, g.lost) == (t.renewals, t.lost)) {
                Some(g) => g.weight += 1.0,
                None => groups.push(t),
            }
        }
        let other = fit(&groups).unwrap();
        assert!((one.params.alpha / other.params.alpha - 1.0).abs() < 1e-7);
        assert!((one.log_likelihood / other.log_likelihood - 1.0).abs() < 1e-11);
    }

    #[test]
    fn odd_cohorts() {
        let stays = fit(&cohort(&[50.0, 50.0, 50.0]).unwrap()).unwrap();
        assert_eq!(stays.warnings, [Warning::NoDropout]);
        assert!(survival(&stays.params, 10) > 0.999);
        // One and the same chance for all: geometric, not beta-geometric.
        let geometric: Vec<f64> = (0..8).map(|t| 100_000.0 * 0.8_f64.powi(t)).collect();
        let fitted = fit(&cohort(&geometric).unwrap()).unwrap();
        assert!(fitted.warnings.contains(&Warning::EqualDropout), "{fitted:?}");
        assert!((survival(&fitted.params, 3) - 0.512).abs() < 1e-3);
        assert_eq!(cohort(&[10.0, 12.0]).unwrap_err(), FitError::Invalid(1));
        assert_eq!(fit(&[]).unwrap_err(), FitError::Empty);
    }
}
