//! What a fitted BG/NBD model says of one customer: is it still active, how often will it buy.

use super::likelihood::ln_dead_odds;
use super::{History, Params};
use crate::quadrature::over_logarithm;
use crate::special::{expm1_over, hyp2f1_minus_one_over_b, logistic, softplus};

/// Probability that the customer has not dropped out; 1 for `x = 0` by construction.
#[must_use]
pub fn p_alive(p: &Params, history: &History) -> f64 {
    alive(p, history, false)
}

/// Expected number of purchases in the next `horizon` time units, E[Y(t)].
///
/// The closed form after an Euler transformation, with the pole at a = 1 divided out; where its terms
/// cancel (b very large, `a + b + x ≤ 1`, horizon far beyond T) the same expectation by quadrature.
#[must_use]
pub fn expected_purchases(p: &Params, history: &History, horizon: f64) -> f64 {
    while_active(p, history, horizon) * p_alive(p, history)
}

/// All purchases to come, each discounted at the continuous rate `delta` per time unit:
/// `δ ∫ e^(−δt) E[Y(t)] dt` (DERT, discounted expected residual transactions). Infinite for `delta ≤ 0`.
#[must_use]
pub fn residual_purchases(p: &Params, history: &History, delta: f64) -> f64 {
    residual_while_active(p, history, delta) * p_alive(p, history)
}

/// Probability of being active; with `early` for MBG/NBD.
pub(crate) fn alive(p: &Params, history: &History, early: bool) -> f64 {
    if history.x == 0 && !early {
        return 1.0;
    }
    let gap = ((history.t - history.t_x) / (p.alpha + history.t_x)).ln_1p();
    logistic(-ln_dead_odds(p, f64::from(history.x), gap, early))
}

/// Expected purchases of a customer known to be active.
pub(crate) fn while_active(p: &Params, history: &History, horizon: f64) -> f64 {
    if horizon.is_nan() || horizon <= 0.0 {
        return 0.0;
    }
    closed_form(p, history, horizon).unwrap_or_else(|| by_quadrature(p, history, horizon))
}

/// Discounted purchases of a customer known to be active.
pub(crate) fn residual_while_active(p: &Params, history: &History, delta: f64) -> f64 {
    if delta.is_nan() || delta <= 0.0 {
        return f64::INFINITY;
    }
    over_logarithm(0.0, |y| {
        let w = y.exp();
        (y - w).exp() * while_active(p, history, w / delta)
    })
}

fn closed_form(p: &Params, history: &History, horizon: f64) -> Option<f64> {
    let end = p.alpha + history.t;
    let c = p.a + p.b + f64::from(history.x) - 1.0;
    let z = horizon / (end + horizon);
    // A slow series costs more than the quadrature.
    if c <= 0.0 || z > 0.99 {
        return None;
    }
    let ln_rest = -(horizon / end).ln_1p();
    let q = (p.a - 1.0) * ln_rest;
    let (series, error) = hyp2f1_minus_one_over_b(p.a + p.b - 1.0 - p.r, p.a - 1.0, c, z)?;
    let (first, second) = (-ln_rest * expm1_over(q), q.exp() * series);
    let difference = first - second;
    let lost = (f64::EPSILON * first.abs() + error * second.abs()) / difference.abs();
    (difference > 0.0 && lost < 1e-10).then_some(c * difference)
}

/// E[(1 − (1 + p t/(α+T))^−(r+x)) / p] over p ~ beta(a, b + x), by the trapezoid rule. In
/// `u = ln(p/(1−p))` the integrand decays exponentially at both ends; a further `sinh` makes that
/// doubly exponential, so a small `a` with its long tail costs no more points than any other.
pub(super) fn by_quadrature(p: &Params, history: &History, horizon: f64) -> f64 {
    let (rate, per_end) = (p.r + f64::from(history.x), horizon / (p.alpha + history.t));
    let fails = p.b + f64::from(history.x);
    let centre = (p.a / fails).ln();
    let spread = (1.0 / p.a + 1.0 / fails).sqrt();
    let middle = logistic(centre);
    let gain = |chance: f64| {
        if chance < 1e-290 {
            rate * per_end
        } else {
            -(-rate * (chance * per_end).ln_1p()).exp_m1() / chance
        }
    };
    // All customers alike, to five digits and more: the beta distribution is a point.
    if spread < 1e-5 {
        return gain(middle);
    }
    let unit = spread.min(1.0);
    // Relative to the top; near it from differences, because large exponents would drown in rounding.
    let top = -p.a * softplus(-centre) - fails * softplus(centre);
    let ln_weight = |away: f64| {
        if away.abs() < 1.0 {
            -p.a * ((1.0 - middle) * (-away).exp_m1()).ln_1p() - fails * (middle * away.exp_m1()).ln_1p()
        } else {
            -p.a * softplus(-centre - away) - fails * softplus(centre + away) - top
        }
    };
    let reach = |sign: f64| {
        let mut far = 1.0;
        while ln_weight(sign * unit * f64::sinh(far)) > -45.0 && far < 40.0 {
            far += 0.5;
        }
        sign * far
    };
    let (low, high) = (reach(-1.0), reach(1.0));
    let at = |s: f64| {
        let away = unit * s.sinh();
        let weight = s.cosh() * ln_weight(away).exp();
        (weight, weight * gain(logistic(centre + away)))
    };
    let (mut weight, mut sum, mut before, mut points) = (0.0, 0.0, f64::NAN, 64u32);
    let mut step = (high - low) / f64::from(points);
    let mut from = low;
    // The error falls faster than any power, so a small change says that the new value is far better.
    // Each round halves the step by adding the points between; the first takes all of its own.
    for round in 0..9 {
        for i in 0..points {
            let (w, g) = at(from + step * f64::from(i));
            weight += w;
            sum += g;
        }
        let value = sum / weight;
        if (value - before).abs() <= 1e-9 * value {
            return value;
        }
        before = value;
        if round > 0 {
            points *= 2;
            step /= 2.0;
        }
        from = low + step / 2.0;
    }
    before
}
