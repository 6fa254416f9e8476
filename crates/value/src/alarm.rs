//! Who has been silent for too long: an alarm by each customer's own rhythm, and an order by what is at stake.
//!
//! A customer with x repeat purchases up to t_x, in a population of rates gamma(r, α), buys at a rate that is
//! gamma(r + x, α + t_x) as long as they are active; their next gap is Lomax. The alarm rings when the silence is longer
//! than a given part of such gaps would be. That is the customer's own rhythm, drawn towards that of the others where
//! little is known. It says *when* to ring; to rank by it would put the wrong ones first, so the rank is what is at
//! stake: margin × (purchases expected if still active − purchases expected now).

use crate::bgnbd::predict::while_active;
use crate::bgnbd::{self, History, Params};
use serde::{Deserialize, Serialize};

/// An alarm about one customer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Place in the input.
    pub customer: usize,
    /// Time since the last purchase.
    pub silence: f64,
    /// Silence at which it rings.
    pub limit: f64,
    /// Part of the customer's gaps that would have ended by now.
    pub certainty: f64,
    /// Probability of being active still.
    pub alive: f64,
    /// Margin that is lost within the horizon if nothing is done.
    pub at_stake: f64,
}

/// Quantile of the next gap of an active customer: the silence that only `1 − part` of their gaps exceed. For fewer
/// than two repeat purchases the rhythm is that of the population (x = 0, t_x = 0), because one gap is no rhythm.
/// Infinite unless `0 ≤ part < 1`.
#[must_use]
pub fn limit(p: &Params, history: &History, part: f64) -> f64 {
    if !(0.0..1.0).contains(&part) {
        return f64::INFINITY;
    }
    let (shape, scale) = rhythm(p, history);
    // (1 + g/scale)^−shape = 1 − part.
    scale * (-(-part).ln_1p() / shape).exp_m1()
}

fn rhythm(p: &Params, history: &History) -> (f64, f64) {
    if history.x < 2 {
        (p.r, p.alpha)
    } else {
        (p.r + f64::from(history.x), p.alpha + history.t_x)
    }
}

/// Customers whose silence is beyond their limit, those with the most at stake first, then by place. `margins` are
/// per purchase, one for each customer; `horizon` is how far the loss is counted.
#[must_use]
pub fn alarms(p: &Params, customers: &[History], margins: &[f64], part: f64, horizon: f64) -> Vec<Alarm> {
    let mut list: Vec<Alarm> = customers
        .iter()
        .zip(margins)
        .enumerate()
        .filter_map(|(customer, (h, margin))| {
            let silence = h.t - h.t_x;
            let limit = limit(p, h, part);
            (silence > limit).then(|| {
                let (shape, scale) = rhythm(p, h);
                Alarm {
                    customer,
                    silence,
                    limit,
                    certainty: -(-shape * (silence / scale).ln_1p()).exp_m1(),
                    alive: bgnbd::p_alive(p, h),
                    at_stake: at_stake(p, h, *margin, horizon),
                }
            })
        })
        .collect();
    list.sort_by(|a, b| b.at_stake.total_cmp(&a.at_stake).then(a.customer.cmp(&b.customer)));
    list
}

/// What the doubt whether the customer is still active costs: `margin × (E[Y] if active − E[Y] now)`.
#[must_use]
pub fn at_stake(p: &Params, history: &History, margin: f64, horizon: f64) -> f64 {
    margin * while_active(p, history, horizon) * (1.0 - bgnbd::p_alive(p, history))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    const P: Params = Params {
        r: 0.8,
        alpha: 6.0,
        a: 0.8,
        b: 2.4,
    };

    fn history(x: u32, t_x: f64, t: f64) -> History {
        History { x, t_x, t }
    }

    #[test]
    fn the_limit_is_the_quantile_of_simulated_gaps() {
        let h = history(10, 50.0, 60.0);
        let mut rng = SplitMix64::new(3);
        let mut gaps: Vec<f64> = (0..100_000)
            .map(|_| -rng.unit().ln() / (rng.gamma(P.r + 10.0) / (P.alpha + 50.0)))
            .collect();
        gaps.sort_unstable_by(f64::total_cmp);
        for part in [0.5, 0.9, 0.99] {
            let (found, expected) = (limit(&P, &h, part), gaps[(part * 1e5) as usize]);
            assert!(
                (found / expected - 1.0).abs() < 0.03,
                "{part}: {found} against {expected}"
            );
        }
        assert_eq!(limit(&P, &h, 1.0), f64::INFINITY);
        assert_eq!(limit(&P, &h, 0.0), 0.0);
    }

    #[test]
    fn the_own_rhythm_decides_when_and_the_stake_in_which_order() {
        // Every week, every month, once: all silent for ten weeks.
        let customers = [history(50, 50.0, 60.0), history(12, 50.0, 60.0), history(0, 0.0, 10.0)];
        let rung = alarms(&P, &customers, &[1.0, 1.0, 1.0], 0.95, 26.0);
        assert_eq!(rung.iter().map(|a| a.customer).collect::<Vec<_>>(), [0], "{rung:?}");
        assert!(rung[0].certainty > 0.99 && rung[0].alive < 0.1 && rung[0].silence == 10.0);
        // A rarer buyer with a large margin comes first.
        let customers = [history(50, 50.0, 60.0), history(12, 50.0, 75.0)];
        let rung = alarms(&P, &customers, &[1.0, 100.0], 0.95, 26.0);
        assert_eq!(rung.iter().map(|a| a.customer).collect::<Vec<_>>(), [1, 0]);
        assert!(rung.iter().all(|a| a.silence > a.limit && a.certainty > 0.95));
    }

    #[test]
    fn little_is_known_of_new_customers() {
        let (none, one) = (
            limit(&P, &history(0, 0.0, 9.0), 0.9),
            limit(&P, &history(1, 2.0, 9.0), 0.9),
        );
        assert_eq!(none, one);
        assert!(
            none > limit(&P, &history(2, 4.0, 9.0), 0.9),
            "a rhythm of two a week rings earlier"
        );
        assert_eq!(
            at_stake(&P, &history(0, 0.0, 9.0), 5.0, 26.0),
            0.0,
            "BG/NBD knows no doubt of them"
        );
    }
}
