//! The MBG/NBD model (Batislam, Denizel, Filiztekin 2007; Hoppe and Wagner 2007): BG/NBD in which a customer may
//! drop out after the very first purchase already.
//!
//! It mends what is odd in BG/NBD: who never bought again is not certainly active. Parameters and inputs are
//! those of [`crate::bgnbd`]; likelihood, P(alive) and expectations follow from it with `b + 1` for b (see
//! `bgnbd::likelihood`).

use crate::bgnbd::{fit_with, likelihood, predict};
use crate::fit::FitError;
use crate::history::{Group, History};

pub use crate::bgnbd::{Fit, Params};

/// Log-likelihood of weighted histories and its gradient by (r, α, a, b).
#[must_use]
pub fn log_likelihood(p: &Params, groups: &[Group]) -> (f64, [f64; 4]) {
    likelihood::log_likelihood(p, groups, true)
}

/// Fits the model by maximum likelihood.
///
/// # Errors
/// Nothing to fit, or an impossible history.
pub fn fit(groups: &[Group]) -> Result<Fit, FitError> {
    fit_with(groups, true)
}

/// Probability that the customer has not dropped out.
#[must_use]
pub fn p_alive(p: &Params, history: &History) -> f64 {
    predict::alive(p, history, true)
}

/// Expected number of purchases in the next `horizon` time units.
#[must_use]
pub fn expected_purchases(p: &Params, history: &History, horizon: f64) -> f64 {
    predict::while_active(&after_one_more(p), history, horizon) * p_alive(p, history)
}

/// All purchases to come, each discounted at the continuous rate `delta` per time unit.
#[must_use]
pub fn residual_purchases(p: &Params, history: &History, delta: f64) -> f64 {
    predict::residual_while_active(&after_one_more(p), history, delta) * p_alive(p, history)
}

/// Who is active has passed one chance to drop out more than BG/NBD counts.
fn after_one_more(p: &Params) -> Params {
    Params { b: p.b + 1.0, ..*p }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::bgnbd;
    use crate::history::group;
    use crate::simulate;

    const TRUE: Params = Params {
        r: 0.6,
        alpha: 5.0,
        a: 0.8,
        b: 2.4,
    };

    #[test]
    fn the_likelihood_is_the_mixture_and_its_gradient_is_right() {
        let histories = simulate::mbgnbd(&TRUE, 400, 20.0..60.0, 3);
        let groups = group(&histories);
        let at = [TRUE.r, TRUE.alpha, TRUE.a, TRUE.b];
        let params = |v: [f64; 4]| Params {
            r: v[0],
            alpha: v[1],
            a: v[2],
            b: v[3],
        };
        let (value, slope) = log_likelihood(&TRUE, &groups);
        // The two branches of the mixture, by gamma functions.
        let direct: f64 = histories
            .iter()
            .map(|h| {
                use statrs::function::{beta::ln_beta, gamma::ln_gamma};
                let (x, p) = (f64::from(h.x), &TRUE);
                let common = ln_gamma(p.r + x) - ln_gamma(p.r) + p.r * p.alpha.ln() - ln_beta(p.a, p.b);
                let stays = ln_beta(p.a, p.b + x + 1.0) - (p.r + x) * (p.alpha + h.t).ln();
                let left = ln_beta(p.a + 1.0, p.b + x) - (p.r + x) * (p.alpha + h.t_x).ln();
                common + stays.max(left) + (-(stays - left).abs()).exp().ln_1p()
            })
            .sum();
        assert!((value / direct - 1.0).abs() < 1e-12, "{value} against {direct}");
        for i in 0..4 {
            let step = 1e-5 * at[i];
            let (mut up, mut down) = (at, at);
            up[i] += step;
            down[i] -= step;
            let by_difference =
                (log_likelihood(&params(up), &groups).0 - log_likelihood(&params(down), &groups).0) / (2.0 * step);
            assert!((slope[i] - by_difference).abs() < 1e-6 * by_difference.abs(), "{i}");
        }
    }

    #[test]
    fn the_truth_of_a_simulation_is_found_again() {
        let fit = fit(&group(&simulate::mbgnbd(&TRUE, 20_000, 40.0..80.0, 5))).unwrap();
        assert_eq!(fit.warnings, []);
        let errors = fit.standard_errors.unwrap();
        let found = [fit.params.r, fit.params.alpha, fit.params.a, fit.params.b];
        for (i, truth) in [TRUE.r, TRUE.alpha, TRUE.a, TRUE.b].into_iter().enumerate() {
            assert!(
                (found[i] - truth).abs() < 4.0 * errors[i],
                "{i}: {} ± {}",
                found[i],
                errors[i]
            );
            assert!(errors[i] < 0.2 * truth, "{i}: ± {}", errors[i]);
        }
    }

    #[test]
    fn who_never_bought_again_may_be_gone() {
        let h = History {
            x: 0,
            t_x: 0.0,
            t: 40.0,
        };
        let alive = p_alive(&TRUE, &h);
        // P(alive | x = 0) by the definition: stayed after the first, and no purchase at rate gamma(r, α) until T.
        let stayed = TRUE.b / (TRUE.a + TRUE.b);
        let silent = (TRUE.alpha / (TRUE.alpha + h.t)).powf(TRUE.r);
        let by_hand = stayed * silent / (stayed * silent + 1.0 - stayed);
        assert!((alive - by_hand).abs() < 1e-14);
        assert_eq!(bgnbd::p_alive(&TRUE, &h), 1.0);
        assert!(expected_purchases(&TRUE, &h, 52.0) < bgnbd::expected_purchases(&TRUE, &h, 52.0));
    }

    #[test]
    fn expectations_are_what_simulated_customers_do() {
        // Each of the simulated customers seen until 30 and until 60: predicted and real purchases of the second half.
        let both = simulate::halves(&TRUE, true, 60_000, 30.0, 9);
        let real: f64 = both.iter().map(|(_, later)| f64::from(*later)).sum();
        let expected: f64 = both.iter().map(|(h, _)| expected_purchases(&TRUE, h, 30.0)).sum();
        assert!((real / expected - 1.0).abs() < 0.03, "{real} against {expected}");
    }
}
