//! The BG/NBD model of repeat buying without a contract (Fader, Hardie, Lee, Marketing Science 24(2), 2005).
//!
//! A customer buys at a rate of their own and after each purchase may drop out for good. Rates differ as a
//! gamma distribution (r, α), drop-out chances as a beta distribution (a, b). Of each customer only three
//! numbers matter: `x` repeat purchases (counted on distinct days, without the first), `t_x` the time from
//! the first to the last, `T` the time from the first to the end of the window; one time unit throughout.
//! Customers with equal numbers are fitted as one with a weight, which is exact and fast.
//!
//! Two properties to tell the user: who never bought again has P(alive) = 1 by construction, and a
//! model without visible drop-out collapses to the plain NBD (reported as [`Warning::NoDropout`]).

use crate::optimise::{bfgs, invert};
use crate::special::{logistic, softplus};
use serde::{Deserialize, Serialize};
use std::fmt;

mod predict;
pub use predict::{expected_purchases, p_alive};

/// Parameters: purchase rates gamma(r, α), α in time units; drop-out chances beta(a, b).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate parameter of the purchase rates, in time units.
    pub alpha: f64,
    /// First parameter of the drop-out chances.
    pub a: f64,
    /// Second parameter of the drop-out chances.
    pub b: f64,
}

/// A customer's history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Repeat purchases.
    pub x: u32,
    /// Time of the last repeat purchase, 0 without one.
    pub t_x: f64,
    /// Time observed, T.
    pub t: f64,
}

/// Customers with one and the same history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The history.
    pub history: History,
    /// How many customers.
    pub weight: f64,
}

/// What is odd about a fit; its predictions stay usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Nobody bought twice: r is at its lower end and all expectations are next to nothing.
    NobodyRepeats,
    /// No drop-out is visible: the model collapses to NBD (b → ∞ or a → 0), which fits as well by a
    /// likelihood-ratio test at 5 %. P(alive) says nothing then.
    NoDropout,
    /// Drop-out chances do not differ between customers (a and b → ∞ together).
    EqualDropout,
    /// Purchase rates do not differ between customers (r and α → ∞ together).
    EqualRates,
    /// The search ended before the gradient vanished.
    NotConverged,
}

/// A fitted model and how well it is determined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The estimates.
    pub params: Params,
    /// Log-likelihood in the time unit of the input.
    pub log_likelihood: f64,
    /// Customers fitted.
    pub customers: f64,
    /// Largest part of the gradient per customer, by the logarithms of the parameters.
    pub gradient: f64,
    /// Search steps.
    pub steps: usize,
    /// Standard errors of r, α, a, b; `None` at a boundary.
    pub standard_errors: Option<[f64; 4]>,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

/// Why nothing was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError {
    /// No group, or no time observed.
    Empty,
    /// The group at this place has a time or weight that cannot be: needs `0 ≤ t_x ≤ T`, weight > 0.
    Invalid(usize),
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is no history to fit"),
            Self::Invalid(place) => write!(f, "history {place} has an impossible time or weight"),
        }
    }
}

impl std::error::Error for FitError {}

/// Purchases are capped here in the sums of logarithms; nobody buys on more distinct days.
const MOST_PURCHASES: u32 = 1_000_000;

/// The search ends when no part of the gradient per customer is above this.
const TOLERANCE: f64 = 1e-10;

/// The search gives up after so many steps.
const MOST_STEPS: usize = 200;

/// A drop-out that raises the log-likelihood by less is not visible: half of the 5 % point of χ²(1).
const VISIBLE_GAIN: f64 = 1.920_729;

/// Counts equal histories, in order of x, t_x, T.
#[must_use]
pub fn group(customers: &[History]) -> Vec<Group> {
    let mut sorted = customers.to_vec();
    sorted.sort_unstable_by(|p, q| p.x.cmp(&q.x).then(p.t_x.total_cmp(&q.t_x)).then(p.t.total_cmp(&q.t)));
    sorted
        .chunk_by(|p, q| p == q)
        .map(|same| Group {
            history: same[0],
            weight: same.len() as f64,
        })
        .collect()
}

/// Log-likelihood of weighted histories and its gradient by (r, α, a, b).
///
/// All in logarithms and ratios of neighbours, so nothing overflows: `ln Γ(r+x) − ln Γ(r)` is a sum of
/// `ln(r+i)`, the beta ratio a sum of `ln((b+i)/(a+b+i))`.
#[must_use]
pub fn log_likelihood(p: &Params, groups: &[Group]) -> (f64, [f64; 4]) {
    let most = groups
        .iter()
        .map(|g| g.history.x)
        .max()
        .unwrap_or(0)
        .min(MOST_PURCHASES);
    let mut table = Vec::with_capacity(most as usize + 1);
    let mut sums = Sums::default();
    table.push(sums);
    for i in 0..most {
        let i = f64::from(i);
        sums.ln_rise += (p.r + i).ln();
        sums.rise_r += 1.0 / (p.r + i);
        sums.ln_beta -= (p.a / (p.b + i)).ln_1p();
        sums.beta_a -= 1.0 / (p.a + p.b + i);
        sums.beta_b += p.a / ((p.b + i) * (p.a + p.b + i));
        table.push(sums);
    }
    let ln_alpha = p.alpha.ln();
    let mut value = 0.0;
    let mut slope = [0.0; 4];
    for Group { history, weight } in groups {
        let x = f64::from(history.x.min(MOST_PURCHASES));
        let s = &table[history.x.min(MOST_PURCHASES) as usize];
        let (end, rate) = (p.alpha + history.t, p.r + x);
        let ln_end = end.ln();
        let mut one = s.ln_rise + p.r * ln_alpha + s.ln_beta - rate * ln_end;
        let mut by_r = s.rise_r + ln_alpha - ln_end;
        let mut by_alpha = p.r / p.alpha - rate / end;
        let (mut by_a, mut by_b) = (s.beta_a, s.beta_b);
        if history.x > 0 {
            let last = p.alpha + history.t_x;
            let gap = ((history.t - history.t_x) / last).ln_1p();
            let odds = ln_dead_odds(p, x, gap);
            let dead = logistic(odds);
            one += softplus(odds);
            by_r += dead * gap;
            by_alpha += dead * rate * (1.0 / end - 1.0 / last);
            by_a += dead / p.a;
            by_b -= dead / (p.b + x - 1.0);
        }
        value += weight * one;
        for (sum, part) in slope.iter_mut().zip([by_r, by_alpha, by_a, by_b]) {
            *sum += weight * part;
        }
    }
    (value, slope)
}

/// Sums over `0..x` that all customers with `x` purchases share.
#[derive(Clone, Copy, Default)]
struct Sums {
    ln_rise: f64,
    rise_r: f64,
    ln_beta: f64,
    beta_a: f64,
    beta_b: f64,
}

/// Logarithm of the odds of having dropped out, for x > 0; `gap` is `ln((α+T)/(α+t_x))`.
fn ln_dead_odds(p: &Params, x: f64, gap: f64) -> f64 {
    p.a.ln() - (p.b + x - 1.0).ln() + (p.r + x) * gap
}

/// Fits the model by maximum likelihood.
///
/// # Errors
/// Nothing to fit, or an impossible history.
pub fn fit(groups: &[Group]) -> Result<Fit, FitError> {
    if let Some(place) = groups.iter().position(|group| !possible(group)) {
        return Err(FitError::Invalid(place));
    }
    let customers: f64 = groups.iter().map(|g| g.weight).sum();
    let mean_time = groups.iter().map(|g| g.weight * g.history.t).sum::<f64>() / customers;
    if mean_time.is_nan() || mean_time <= 0.0 {
        return Err(FitError::Empty);
    }
    if groups.iter().all(|g| g.history.x == 0) {
        let params = Params {
            r: 1e-9,
            alpha: mean_time,
            a: 1.0,
            b: 1.0,
        };
        return Ok(Fit {
            params,
            log_likelihood: log_likelihood(&params, groups).0,
            customers,
            gradient: 0.0,
            steps: 0,
            standard_errors: None,
            warnings: vec![Warning::NobodyRepeats],
        });
    }
    let objective = |theta: &[f64; 4]| {
        if !in_reach(theta) {
            return (f64::INFINITY, [0.0; 4]);
        }
        let p = unpack(theta, mean_time);
        let (value, slope) = log_likelihood(&p, groups);
        let size = [p.r, p.alpha, p.a, p.b];
        let mut by_log = [0.0; 4];
        for i in 0..4 {
            by_log[i] = -slope[i] * size[i] / customers;
        }
        (-value / customers, by_log)
    };
    let best = bfgs([0.0; 4], TOLERANCE, MOST_STEPS, objective);
    let params = unpack(&best.at, mean_time);
    let mut warnings = Vec::new();
    let log_likelihood = -best.value * customers;
    // A shape of ten thousand is a spread of one per cent: not to be told from its limit.
    if log_likelihood - without_dropout(groups, mean_time, customers) < VISIBLE_GAIN {
        warnings.push(Warning::NoDropout);
    } else if params.a.min(params.b) > 1e4 {
        warnings.push(Warning::EqualDropout);
    }
    if params.r > 1e4 {
        warnings.push(Warning::EqualRates);
    }
    // The line search may end a little above the tolerance by rounding alone.
    if best.gradient.is_nan() || best.gradient > 1e-7 {
        warnings.push(Warning::NotConverged);
    }
    let standard_errors = if warnings.is_empty() {
        errors(&best.at, &params, customers, objective)
    } else {
        None
    };
    Ok(Fit {
        params,
        log_likelihood,
        customers,
        gradient: best.gradient,
        steps: best.steps,
        standard_errors,
        warnings,
    })
}

fn possible(Group { history, weight }: &Group) -> bool {
    let times = 0.0 <= history.t_x && history.t_x <= history.t && history.t.is_finite();
    times && *weight > 0.0 && weight.is_finite()
}

/// Beyond this the parameters say "infinite" anyway, and exp would soon agree.
fn in_reach(theta: &[f64]) -> bool {
    theta.iter().all(|t| t.abs() < 60.0)
}

fn unpack(theta: &[f64; 4], time: f64) -> Params {
    Params {
        r: theta[0].exp(),
        alpha: time * theta[1].exp(),
        a: theta[2].exp(),
        b: theta[3].exp(),
    }
}

/// The best log-likelihood of the plain NBD, in which nobody drops out.
fn without_dropout(groups: &[Group], time: f64, customers: f64) -> f64 {
    let best = bfgs([0.0; 2], TOLERANCE, MOST_STEPS, |theta| {
        if !in_reach(theta) {
            return (f64::INFINITY, [0.0; 2]);
        }
        let (r, alpha) = (theta[0].exp(), time * theta[1].exp());
        let most = groups
            .iter()
            .map(|g| g.history.x)
            .max()
            .unwrap_or(0)
            .min(MOST_PURCHASES);
        let mut table = vec![(0.0, 0.0)];
        let (mut ln_rise, mut rise) = (0.0, 0.0);
        for i in 0..most {
            ln_rise += (r + f64::from(i)).ln();
            rise += 1.0 / (r + f64::from(i));
            table.push((ln_rise, rise));
        }
        let (ln_alpha, mut value, mut by_r, mut by_alpha) = (alpha.ln(), 0.0, 0.0, 0.0);
        for Group { history, weight } in groups {
            let x = history.x.min(MOST_PURCHASES);
            let ((ln_rise, rise), end) = (table[x as usize], alpha + history.t);
            let rate = r + f64::from(x);
            value += weight * (ln_rise + r * ln_alpha - rate * end.ln());
            by_r += weight * (rise + ln_alpha - end.ln());
            by_alpha += weight * (r / alpha - rate / end);
        }
        (
            -value / customers,
            [-by_r * r / customers, -by_alpha * alpha / customers],
        )
    });
    -best.value * customers
}

/// Standard errors from the observed information, by differences of the gradient.
fn errors(
    at: &[f64; 4],
    p: &Params,
    customers: f64,
    objective: impl Fn(&[f64; 4]) -> (f64, [f64; 4]),
) -> Option<[f64; 4]> {
    const STEP: f64 = 1e-4;
    let mut hessian = [[0.0; 4]; 4];
    for i in 0..4 {
        let (mut up, mut down) = (*at, *at);
        up[i] += STEP;
        down[i] -= STEP;
        let (up, down) = (objective(&up).1, objective(&down).1);
        for j in 0..4 {
            let second = (up[j] - down[j]) / (4.0 * STEP);
            hessian[i][j] += second;
            hessian[j][i] += second;
        }
    }
    let inverse = invert(&hessian)?;
    let mut result = [p.r, p.alpha, p.a, p.b];
    for (i, size) in result.iter_mut().enumerate() {
        let variance = inverse[i][i] / customers;
        if variance.is_nan() || variance <= 0.0 {
            return None;
        }
        *size *= variance.sqrt();
    }
    Some(result)
}

#[cfg(test)]
mod tests;
