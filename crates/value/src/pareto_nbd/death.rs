//! The part of the Pareto/NBD likelihood in which the customer died between the last purchase and the end:
//! `s ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ` over τ from t_x to T, and its gradient.
//!
//! With κ the larger of α and β and `v = ln((κ+τ)/(κ+t_x))` the integrand is `e^(−(r+s+x)v) (1 − c e^(−v))^−m`,
//! where `c = |α−β|/(κ+t_x)` and m is s + 1 or r + x: smooth, positive, falling. It is cut into stretches on which
//! it falls by e¹⁰ at most and none of which is longer than its distance from the singularity at `v = ln c`;
//! twelve points each give thirteen digits.

use super::{History, Params};
use crate::quadrature::LEGENDRE;

/// The logarithm of the integral (with the factor s) and its gradient by (r, α, s, β).
pub(super) struct Death {
    pub(super) ln_value: f64,
    pub(super) slope: [f64; 4],
}

/// What is left beyond falls by so much is below rounding.
const NEGLIGIBLE: f64 = 40.0;

/// Most that the integrand may fall on one stretch, as a power of e.
const FALL: f64 = 10.0;

/// `None` when there was no time to die: t_x = T.
pub(super) fn death(p: &Params, history: &History) -> Option<Death> {
    if history.t <= history.t_x {
        return None;
    }
    let rate = p.r + f64::from(history.x);
    let all = rate + p.s;
    let buys_slower = p.alpha >= p.beta;
    let (larger, smaller, m) = if buys_slower {
        (p.alpha, p.beta, p.s + 1.0)
    } else {
        (p.beta, p.alpha, rate)
    };
    let from = larger + history.t_x;
    // 1 − c, without loss where c is near to 1.
    let rest = (smaller + history.t_x) / from;
    let c = (larger - smaller) / from;
    let length = ((history.t - history.t_x) / from).ln_1p();
    // From 1 − c: where one of α and β is far above the other c rounds to 1, and a distance of 0 would never be left.
    let away = -(-rest).ln_1p();
    let (mut at, mut fallen) = (0.0_f64, 0.0_f64);
    let mut sum = Sums::default();
    // The integrand at 0 is (1 − c)^−m: taken out, so that all is relative to the start.
    let ln_first = rest.ln();
    while at < length && fallen < NEGLIGIBLE {
        let shrunk = c * (-at).exp();
        let gap = (rest + c * -(-at).exp_m1()).max(f64::MIN_POSITIVE);
        let steep = all + m * shrunk / gap;
        let stretch = (length - at).min(FALL / steep).min(away + at);
        for (place, weight) in LEGENDRE.iter() {
            let v = at + stretch * place;
            let q = (-v).exp();
            // 1 − cq, again without loss.
            let left = rest + c * -(-v).exp_m1();
            let ln_left = left.ln();
            let part = stretch * weight * (-all * v - m * (ln_left - ln_first)).exp();
            sum.all += part;
            sum.v += part * v;
            sum.ln_left += part * ln_left;
            sum.by_larger += part * q;
            sum.by_smaller += part * q / left;
        }
        let next = at + stretch;
        let left = rest + c * -(-next).exp_m1();
        fallen = all * next + m * (left.ln() - ln_first);
        at = next;
    }
    Some(sum.death(p, rate, from, m * ln_first, buys_slower))
}

/// Sums of the integrand times what its derivatives need.
#[derive(Default)]
struct Sums {
    all: f64,
    v: f64,
    ln_left: f64,
    by_larger: f64,
    by_smaller: f64,
}

impl Sums {
    fn death(&self, p: &Params, rate: f64, from: f64, ln_first: f64, buys_slower: bool) -> Death {
        let ln_from = from.ln();
        let ln_value = p.s.ln() + self.all.ln() - ln_first - (rate + p.s) * ln_from;
        // Means over the integrand of ln(κ+τ), the logarithm of the other, and of their reciprocals.
        let larger = ln_from + self.v / self.all;
        let smaller = larger + self.ln_left / self.all;
        let (per_larger, per_smaller) = (self.by_larger / self.all / from, self.by_smaller / self.all / from);
        let (ln_a, ln_b, per_a, per_b) = if buys_slower {
            (larger, smaller, per_larger, per_smaller)
        } else {
            (smaller, larger, per_smaller, per_larger)
        };
        Death {
            ln_value,
            slope: [-ln_a, -rate * per_a, 1.0 / p.s - ln_b, -(p.s + 1.0) * per_b],
        }
    }
}
