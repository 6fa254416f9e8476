//! The Pareto/NBD model of repeat buying without a contract (Schmittlein, Morrison, Colombo, Management Science
//! 33(1), 1987): customers buy at a rate of their own while they live, and may die at any time.
//!
//! Purchase rates are gamma(r, α), death rates gamma(s, β), both in time units. The usual likelihood is a
//! difference of two hypergeometric terms that nearly cancel; for 400 purchases nothing is left of it in 64 bits.
//! Here the same quantity stays the integral it comes from, over the time of death between the last purchase and
//! the end of the window: all terms are positive, and its gradient comes from the same points.

use crate::fit::{ENDLESS, VISIBLE_GAIN, maximise, parameters};
use crate::history::{MOST_PURCHASES, most_purchases, possible, repeaters, size};
use crate::nbd;
use crate::special::{expm1_over, ln_tricomi_u, logistic, softplus};
use serde::{Deserialize, Serialize};

pub use crate::fit::{FitError, Warning};
pub use crate::history::{Group, History, group};

mod death;
use death::{Death, death};

/// A fitted Pareto/NBD model.
pub type Fit = crate::fit::Fit<Params>;

/// Parameters: purchase rates gamma(r, α), death rates gamma(s, β).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate parameter of the purchase rates, in time units.
    pub alpha: f64,
    /// Shape of the death rates.
    pub s: f64,
    /// Rate parameter of the death rates, in time units.
    pub beta: f64,
}
parameters!(Params, 4, r, alpha, s, beta);

/// Log-likelihood of weighted histories and its gradient by (r, α, s, β).
#[must_use]
pub fn log_likelihood(p: &Params, groups: &[Group]) -> (f64, [f64; 4]) {
    let mut rise = Vec::with_capacity(most_purchases(groups) as usize + 1);
    let mut sums = (0.0, 0.0);
    rise.push(sums);
    for i in 0..most_purchases(groups) {
        let at = p.r + f64::from(i);
        sums = (sums.0 + at.ln(), sums.1 + 1.0 / at);
        rise.push(sums);
    }
    let (ln_alpha, ln_beta) = (p.alpha.ln(), p.beta.ln());
    let mut value = 0.0;
    let mut slope = [0.0; 4];
    for Group { history, weight } in groups {
        let x = history.x.min(MOST_PURCHASES);
        let (ln_rise, rise) = rise[x as usize];
        let rate = p.r + f64::from(x);
        let (end_a, end_b) = (p.alpha + history.t, p.beta + history.t);
        let (ln_end_a, ln_end_b) = (end_a.ln(), end_b.ln());
        let alive = -rate * ln_end_a - p.s * ln_end_b;
        let mut by = [
            rise + ln_alpha - ln_end_a,
            p.r / p.alpha - rate / end_a,
            ln_beta - ln_end_b,
            p.s / p.beta - p.s / end_b,
        ];
        let mut one = ln_rise + p.r * ln_alpha + p.s * ln_beta + alive;
        if let Some(Death { ln_value, slope }) = death(p, history) {
            let odds = ln_value - alive;
            let dead = logistic(odds);
            one += softplus(odds);
            by[0] += dead * (slope[0] + ln_end_a);
            by[1] += dead * (slope[1] + rate / end_a);
            by[2] += dead * (slope[2] + ln_end_b);
            by[3] += dead * (slope[3] + p.s / end_b);
        }
        value += weight * one;
        for (sum, part) in slope.iter_mut().zip(by) {
            *sum += weight * part;
        }
    }
    (value, slope)
}

/// Fits the model by maximum likelihood.
///
/// # Errors
/// Nothing to fit, or an impossible history.
pub fn fit(groups: &[Group]) -> Result<Fit, FitError> {
    if let Some(place) = groups.iter().position(|group| !possible(group)) {
        return Err(FitError::Invalid(place));
    }
    let (customers, mean_time) = size(groups);
    if mean_time.is_nan() || mean_time <= 0.0 {
        return Err(FitError::Empty);
    }
    let start = Params {
        r: 1.0,
        alpha: mean_time,
        s: 1.0,
        beta: mean_time,
    };
    if repeaters(groups) == 0.0 {
        let params = Params { r: 1e-9, ..start };
        let (value, _) = log_likelihood(&params, groups);
        return Ok(Fit::given(params, value, customers, Warning::NobodyRepeats));
    }
    let fit = maximise(start, customers, |p| log_likelihood(p, groups));
    let mut found = Vec::new();
    if fit.log_likelihood - nbd::best(groups) < VISIBLE_GAIN {
        found.push(Warning::NoDropout);
    } else if fit.params.s > ENDLESS {
        found.push(Warning::EqualDropout);
    }
    if fit.params.r > ENDLESS {
        found.push(Warning::EqualRates);
    }
    if repeaters(groups) < 40.0 {
        found.push(Warning::FewRepeats);
    }
    Ok(fit.judged(found))
}

/// Probability that the customer is alive at the end of the window.
#[must_use]
pub fn p_alive(p: &Params, history: &History) -> f64 {
    let rate = p.r + f64::from(history.x);
    let alive = -rate * (p.alpha + history.t).ln() - p.s * (p.beta + history.t).ln();
    death(p, history).map_or(1.0, |dead| logistic(alive - dead.ln_value))
}

/// Expected number of purchases in the next `horizon` time units, E[Y(t)].
#[must_use]
pub fn expected_purchases(p: &Params, history: &History, horizon: f64) -> f64 {
    if horizon.is_nan() || horizon <= 0.0 {
        return 0.0;
    }
    let end = p.beta + history.t;
    // (1 − e^(−(s−1)L)) / (s − 1) with L = ln(1 + t/(β+T)): finite at s = 1.
    let stretch = (horizon / end).ln_1p();
    let lived = end * stretch * expm1_over(-(p.s - 1.0) * stretch);
    p_alive(p, history) * (p.r + f64::from(history.x)) / (p.alpha + history.t) * lived
}

/// All purchases to come, each discounted at the continuous rate `delta` per time unit (DERT; Fader, Hardie,
/// Lee, Journal of Marketing Research 42(4), 2005). Infinite for `delta ≤ 0`.
#[must_use]
pub fn residual_purchases(p: &Params, history: &History, delta: f64) -> f64 {
    p_alive(p, history) * (p.r + f64::from(history.x)) / (p.alpha + history.t) * life_ahead(p, history, delta)
}

/// Discounted time that a customer alive at the end of the window still lives: `∫ e^(−δt) ((β+T)/(β+T+t))^s dt`,
/// which is `(β+T) U(1, 2−s, δ(β+T))`.
fn life_ahead(p: &Params, history: &History, delta: f64) -> f64 {
    let end = p.beta + history.t;
    if delta.is_nan() || delta <= 0.0 {
        return f64::INFINITY;
    }
    ln_tricomi_u(1.0, 2.0 - p.s, delta * end).map_or(f64::NAN, |ln_u| end * ln_u.exp())
}

#[cfg(test)]
mod tests;
