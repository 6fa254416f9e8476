//! Speed on a million customers: `cargo bench -p zhike-value`; on ten million: `-- large`. Times of the lifetime models are CPU
//! seconds; the goals are those of METHODS B2 (`lifetimes` 0.11.3 takes 10 s and 156 s for BG/NBD, 205 s for Pareto/NBD).
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
use zhike_value::{pareto_nbd, simulate};

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

/// Customers as CDNOW's, seen for 27 to 39 weeks by the day, and the time that takes them.
fn histories(customers: usize) -> Vec<History> {
    let p = Params {
        r: 0.243,
        alpha: 4.414 * 7.0,
        a: 0.793,
        b: 2.426,
    };
    let by_day = |h: History| History {
        x: h.x,
        t_x: h.t_x.floor(),
        t: h.t.floor(),
    };
    simulate::bgnbd(&p, customers, 189.0..273.0, 9)
        .into_iter()
        .map(by_day)
        .collect()
}

/// CPU time of this process in seconds, so that a busy machine does not count.
fn cpu() -> f64 {
    // utime and stime of /proc/self/stat, in hundredths.
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(") ").next().unwrap_or("");
    let ticks: f64 = after
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn lifetime_models(customers: usize, pareto: bool) {
    let histories = histories(customers);
    let started = cpu();
    let groups = bgnbd::group(&histories);
    let grouped = cpu() - started;
    drop(histories);
    let fit = bgnbd::fit(&groups).unwrap();
    let fitted = cpu() - started - grouped;
    let sum: f64 = groups
        .iter()
        .map(|g| g.weight * bgnbd::expected_purchases(&fit.params, &g.history, 90.0))
        .sum();
    let scored = cpu() - started - grouped - fitted;
    println!(
        "{customers} customers, {} distinct: grouping {grouped:.2} s, BG/NBD {fitted:.2} s ({} steps, {:?}), scores {scored:.2} s",
        groups.len(),
        fit.steps,
        fit.params
    );
    assert!(sum.is_finite() && fit.warnings.is_empty(), "{:?}", fit.warnings);
    if pareto {
        let started = cpu();
        let fit = pareto_nbd::fit(&groups).unwrap();
        println!(
            "  Pareto/NBD {:.2} s ({} steps, {:?})",
            cpu() - started,
            fit.steps,
            fit.params
        );
    }
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
    lifetime_models(CUSTOMERS, true);
    // Ten million take a minute to make; `cargo bench -p zhike-value -- large` asks for them.
    if std::env::args().any(|a| a == "large") {
        lifetime_models(10 * CUSTOMERS, false);
    }
    bootstrap_of_a_large_table();
}
