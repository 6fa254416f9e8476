//! Customers who behave exactly as a model says, from a seed: for tests of recovery, for measuring speed, and to
//! show what a model believes.

use crate::history::History;
use crate::random::SplitMix64;
use crate::{bgbb, bgnbd, gamma_gamma, pareto_nbd, sbg};
use std::ops::Range;

/// Histories of BG/NBD customers, each seen for a time drawn evenly from `seen`.
#[must_use]
pub fn bgnbd(p: &bgnbd::Params, customers: usize, seen: Range<f64>, seed: u64) -> Vec<History> {
    buyers(p, false, customers, seen, seed)
}

/// Histories of MBG/NBD customers.
#[must_use]
pub fn mbgnbd(p: &bgnbd::Params, customers: usize, seen: Range<f64>, seed: u64) -> Vec<History> {
    buyers(p, true, customers, seen, seed)
}

fn buyers(p: &bgnbd::Params, early: bool, customers: usize, seen: Range<f64>, seed: u64) -> Vec<History> {
    let mut rng = SplitMix64::new(seed);
    (0..customers)
        .map(|_| {
            let t = seen.start + (seen.end - seen.start) * rng.unit();
            let times = purchases(p, early, t, &mut rng);
            until(&times, t)
        })
        .collect()
}

/// Customers of BG/NBD (`early`: MBG/NBD) seen until `half`, and what they bought from then to `2 × half`.
#[must_use]
pub fn halves(p: &bgnbd::Params, early: bool, customers: usize, half: f64, seed: u64) -> Vec<(History, u32)> {
    let mut rng = SplitMix64::new(seed);
    (0..customers)
        .map(|_| {
            let times = purchases(p, early, 2.0 * half, &mut rng);
            let history = until(&times, half);
            (history, times.len() as u32 - history.x)
        })
        .collect()
}

/// Times of repeat purchases up to `end`.
fn purchases(p: &bgnbd::Params, early: bool, end: f64, rng: &mut SplitMix64) -> Vec<f64> {
    let rate = rng.gamma(p.r) / p.alpha;
    let dropout = rng.beta(p.a, p.b);
    let mut times = Vec::new();
    let mut now = 0.0;
    if early && rng.unit() < dropout {
        return times;
    }
    loop {
        now -= rng.unit().ln() / rate;
        if now.is_nan() || now >= end {
            return times;
        }
        times.push(now);
        if rng.unit() < dropout {
            return times;
        }
    }
}

fn until(times: &[f64], t: f64) -> History {
    let x = times.partition_point(|time| *time < t);
    History {
        x: x as u32,
        t_x: if x == 0 { 0.0 } else { times[x - 1] },
        t,
    }
}

/// Histories of Pareto/NBD customers.
#[must_use]
pub fn pareto_nbd(p: &pareto_nbd::Params, customers: usize, seen: Range<f64>, seed: u64) -> Vec<History> {
    let mut rng = SplitMix64::new(seed);
    (0..customers)
        .map(|_| {
            let t = seen.start + (seen.end - seen.start) * rng.unit();
            let rate = rng.gamma(p.r) / p.alpha;
            let death = -rng.unit().ln() * p.beta / rng.gamma(p.s);
            let end = t.min(death);
            let (mut x, mut last, mut now) = (0, 0.0, 0.0);
            loop {
                now -= rng.unit().ln() / rate;
                if now.is_nan() || now >= end {
                    return History { x, t_x: last, t };
                }
                (x, last) = (x + 1, now);
            }
        })
        .collect()
}

/// Mean amounts of Gamma-Gamma customers with so many purchases each.
#[must_use]
pub fn gamma_gamma(p: &gamma_gamma::Params, purchases: &[u32], seed: u64) -> Vec<gamma_gamma::Spend> {
    let mut rng = SplitMix64::new(seed);
    purchases
        .iter()
        .map(|&x| {
            let scale = rng.gamma(p.q) / p.gamma;
            let sum = rng.gamma(p.p * f64::from(x)) / scale;
            gamma_gamma::Spend {
                x: f64::from(x),
                mean: sum / f64::from(x),
                weight: 1.0,
            }
        })
        .collect()
}

/// Contracts of sBG customers, each seen for so many renewals.
#[must_use]
pub fn sbg(p: &sbg::Params, seen: &[u32], seed: u64) -> Vec<sbg::Tenure> {
    let mut rng = SplitMix64::new(seed);
    seen.iter()
        .map(|&renewals| {
            let leaves = rng.beta(p.alpha, p.beta);
            let at = (1..=renewals).find(|_| rng.unit() < leaves);
            sbg::Tenure {
                renewals: at.unwrap_or(renewals),
                lost: at.is_some(),
                weight: 1.0,
            }
        })
        .collect()
}

/// BG/BB customers seen on so many occasions.
#[must_use]
pub fn bgbb(p: &bgbb::Params, customers: usize, occasions: u32, seed: u64) -> Vec<bgbb::Record> {
    let mut rng = SplitMix64::new(seed);
    (0..customers)
        .map(|_| {
            let (buys, leaves) = (rng.beta(p.alpha, p.beta), rng.beta(p.gamma, p.delta));
            let (mut x, mut last) = (0, 0);
            for occasion in 1..=occasions {
                if rng.unit() < leaves {
                    break;
                }
                if rng.unit() < buys {
                    (x, last) = (x + 1, occasion);
                }
            }
            bgbb::Record {
                x,
                last,
                occasions,
                weight: 1.0,
            }
        })
        .collect()
}
