//! Speed on a million customers: `cargo bench -p zhike-value`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot be set up has failed"
)]

use std::time::Instant;
use zhike_value::agreement::{Confusion, Figure, Weighting};
use zhike_value::bgnbd::{self, History, Params};
use zhike_value::rating::{Cuts, Direction, Indicator, Model, Scale};
use zhike_value::whale::Ranking;

const CUSTOMERS: usize = 1_000_000;

/// Numbers that look random and are the same each time.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    (0..).map(move |i: u64| {
        let mut z = (i + seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

fn whale_tiers_and_rating_of_a_million() {
    let profits: Vec<(i64, i64)> = (0..)
        .zip(noise(1).take(CUSTOMERS).map(|v| (v % 1_000_000) as i64 - 200_000))
        .collect();
    let columns: Vec<Vec<f64>> = (2..7)
        .map(|seed| {
            noise(seed << 32)
                .take(CUSTOMERS)
                .map(|v| (v % 100_000) as f64)
                .collect()
        })
        .collect();
    let names = ["value", "growth", "risk", "service", "relation"];
    let model = Model {
        indicators: names
            .iter()
            .map(|key| Indicator {
                key: (*key).to_owned(),
                weight_ppm: 200_000,
                direction: Direction::Higher,
                scale: Scale::Quantile,
            })
            .collect(),
        cuts: Cuts::Quantile([0.2, 0.5, 0.8]),
        knock_outs: Vec::new(),
    };
    let named: Vec<(&str, &[f64])> = names.iter().zip(&columns).map(|(n, c)| (*n, c.as_slice())).collect();
    let started = Instant::now();
    let ranking = Ranking::new(&profits);
    let whale = ranking.curve(200);
    let tiers = ranking.tiers();
    let ranked = started.elapsed();
    let rating = model.rate(&named, &[], 2.0).unwrap();
    let all = started.elapsed();
    println!(
        "whale and tiers {ranked:?}, rating by 5 quantile indicators {:?}",
        all - ranked
    );
    assert_eq!(
        (whale.customers, tiers.len(), rating.scores.len()),
        (CUSTOMERS, CUSTOMERS, CUSTOMERS)
    );
}

fn lifetime_model_of_two_million() {
    // Customers who buy at rates of mean 0.02 a day and drop out with chances of mean 0.4, until so many
    // different histories are found; their number is the weight.
    let mut unit = noise(9).map(|v| ((v >> 11) as f64 + 0.5) / (1u64 << 53) as f64);
    let mut draw = || unit.next().unwrap();
    let histories: Vec<History> = (0..2 * CUSTOMERS)
        .map(|_| {
            let (rate, dropout) = (-0.02 * draw().ln(), draw().powf(1.5));
            let t = (365.0 + 365.0 * draw()).floor();
            let (mut x, mut now) = (0, 0.0);
            loop {
                let next = now - draw().ln() / rate;
                if next >= t {
                    break;
                }
                (x, now) = (x + 1, next);
                if draw() < dropout {
                    break;
                }
            }
            History { x, t_x: now.floor(), t }
        })
        .collect();
    let started = Instant::now();
    let groups = bgnbd::group(&histories);
    let grouped = started.elapsed();
    let fit = bgnbd::fit(&groups).unwrap();
    let fitted = started.elapsed();
    let sum: f64 = groups
        .iter()
        .map(|g| bgnbd::expected_purchases(&fit.params, &g.history, 90.0))
        .sum();
    let scored = started.elapsed() - fitted;
    let typical = Params {
        r: 0.243,
        alpha: 4.414 * 7.0,
        a: 0.793,
        b: 2.426,
    };
    let again = Instant::now();
    let other: f64 = groups
        .iter()
        .map(|g| bgnbd::expected_purchases(&typical, &g.history, 90.0))
        .sum();
    println!(
        "{} groups: grouping {grouped:?}, fit {fitted:?} in {} steps {:?}, scores {scored:?}, at the boundary {:?}",
        groups.len(),
        fit.steps,
        fit.params,
        again.elapsed()
    );
    assert!(sum.is_finite() && other.is_finite());
}

fn bootstrap_of_a_large_table() {
    let table = Confusion::from_pairs(
        4,
        noise(3).take(CUSTOMERS).map(|v| {
            (
                (v % 4) as usize,
                if v >> 8 & 3 == 0 {
                    (v >> 16 & 3) as usize
                } else {
                    (v % 4) as usize
                },
            )
        }),
    );
    let started = Instant::now();
    let interval = table
        .interval(Figure::Kappa(Weighting::Quadratic), 0.95, 1_000, 1)
        .unwrap();
    println!("1,000 resamples of a million: {:?} {interval:?}", started.elapsed());
}

fn main() {
    whale_tiers_and_rating_of_a_million();
    lifetime_model_of_two_million();
    bootstrap_of_a_large_table();
}
