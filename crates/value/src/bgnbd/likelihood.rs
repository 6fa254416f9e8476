//! The likelihood of BG/NBD and of MBG/NBD.
//!
//! With a drop-out chance after the first purchase too (`early`) the likelihood is the same with `b + 1` in the
//! place of b, times the chance `b/(a+b)` of having stayed after the first, and the dead branch exists for
//! `x = 0` as well. All in logarithms and ratios of neighbours, so nothing overflows: `ln Γ(r+x) − ln Γ(r)` is a
//! sum of `ln(r+i)`, the beta ratio a sum of `ln((b+i)/(a+b+i))`.

use super::Params;
use crate::history::{Group, MOST_PURCHASES, most_purchases};
use crate::special::{logistic, softplus};

/// Sums over `0..x` that all customers with `x` purchases share.
#[derive(Clone, Copy, Default)]
struct Sums {
    ln_rise: f64,
    rise_r: f64,
    ln_beta: f64,
    beta_a: f64,
    beta_b: f64,
}

/// Logarithm of the odds of having dropped out; `gap` is `ln((α+T)/(α+t_x))`. Not for `x = 0` unless early.
pub(crate) fn ln_dead_odds(p: &Params, x: f64, gap: f64, early: bool) -> f64 {
    let stayed = if early { p.b + x } else { p.b + x - 1.0 };
    p.a.ln() - stayed.ln() + (p.r + x) * gap
}

pub(crate) fn log_likelihood(p: &Params, groups: &[Group], early: bool) -> (f64, [f64; 4]) {
    let b = if early { p.b + 1.0 } else { p.b };
    let most = most_purchases(groups);
    let mut table = Vec::with_capacity(most as usize + 1);
    let mut sums = Sums::default();
    if early {
        sums.ln_beta = -(p.a / p.b).ln_1p();
        sums.beta_a = -1.0 / (p.a + p.b);
        sums.beta_b = p.a / (p.b * (p.a + p.b));
    }
    table.push(sums);
    for i in 0..most {
        let i = f64::from(i);
        sums.ln_rise += (p.r + i).ln();
        sums.rise_r += 1.0 / (p.r + i);
        sums.ln_beta -= (p.a / (b + i)).ln_1p();
        sums.beta_a -= 1.0 / (p.a + b + i);
        sums.beta_b += p.a / ((b + i) * (p.a + b + i));
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
        if early || history.x > 0 {
            let last = p.alpha + history.t_x;
            let gap = ((history.t - history.t_x) / last).ln_1p();
            let odds = ln_dead_odds(p, x, gap, early);
            let dead = logistic(odds);
            one += softplus(odds);
            by_r += dead * gap;
            by_alpha += dead * rate * (1.0 / end - 1.0 / last);
            by_a += dead / p.a;
            by_b -= dead / (b + x - 1.0);
        }
        value += weight * one;
        for (sum, part) in slope.iter_mut().zip([by_r, by_alpha, by_a, by_b]) {
            *sum += weight * part;
        }
    }
    (value, slope)
}
