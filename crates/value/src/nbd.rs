//! The plain NBD, in which nobody drops out: what BG/NBD, MBG/NBD and Pareto/NBD collapse to.

use crate::fit::{maximise, parameters};
use crate::history::{Group, MOST_PURCHASES, most_purchases, size};

/// Purchase rates gamma(r, α).
#[derive(Clone, Copy)]
struct Params {
    r: f64,
    alpha: f64,
}
parameters!(Params, 2, r, alpha);

/// The best log-likelihood of the plain NBD.
pub(crate) fn best(groups: &[Group]) -> f64 {
    let (customers, time) = size(groups);
    let most = most_purchases(groups);
    maximise(Params { r: 1.0, alpha: time }, customers, |p: &Params| {
        let (r, alpha) = (p.r, p.alpha);
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
        (value, [by_r, by_alpha])
    })
    .log_likelihood
}
