//! What is bought together: pairs of products in one order, and the rules from them.
//!
//! Support is the number of baskets that hold both, confidence the part of the baskets with the first that hold the second
//! too, lift that part against the part of all baskets. Whether a pair is more than chance is asked by Fisher's exact test, and
//! because thousands of pairs are asked at once, the answers are corrected (Benjamini and Hochberg 1995).

use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;
use std::collections::HashMap;

/// Who has the first buys the second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The product that is there.
    pub from: u32,
    /// The product that it speaks for.
    pub to: u32,
    /// Baskets with both.
    pub both: u32,
    /// Part of the baskets with the first that hold the second.
    pub confidence: f64,
    /// Confidence / part of all baskets with the second.
    pub lift: f64,
    /// Part with both − part that chance would give.
    pub leverage: f64,
    /// How much rarer the rule fails than by chance; `None` when it never fails.
    pub conviction: Option<f64>,
    /// Corrected probability of so many by chance.
    pub q: f64,
}

/// Counts of a set of baskets.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Baskets.
    pub baskets: u32,
    /// Baskets with a product.
    pub single: HashMap<u32, u32>,
    /// Baskets with both of a pair (smaller number first); only pairs of frequent products.
    pub pairs: HashMap<(u32, u32), u32>,
}

/// Counts products and pairs that occur in at least `fewest` baskets. A product counts once per basket.
#[must_use]
pub fn count(baskets: &[Vec<u32>], fewest: u32) -> Counts {
    let mut counts = Counts {
        baskets: u32::try_from(baskets.len()).unwrap_or(u32::MAX),
        ..Counts::default()
    };
    let mut own = Vec::new();
    let once = |basket: &[u32], own: &mut Vec<u32>| {
        own.clear();
        own.extend_from_slice(basket);
        own.sort_unstable();
        own.dedup();
    };
    for basket in baskets {
        once(basket, &mut own);
        for product in &own {
            *counts.single.entry(*product).or_default() += 1;
        }
    }
    counts.single.retain(|_, n| *n >= fewest);
    for basket in baskets {
        once(basket, &mut own);
        own.retain(|p| counts.single.contains_key(p));
        for (i, a) in own.iter().enumerate() {
            for b in &own[i + 1..] {
                *counts.pairs.entry((*a, *b)).or_default() += 1;
            }
        }
    }
    counts.pairs.retain(|_, n| *n >= fewest);
    counts
}

/// Rules in both directions from the pairs, the highest lift first, then by products.
#[must_use]
pub fn rules(counts: &Counts) -> Vec<Rule> {
    let all = f64::from(counts.baskets);
    let table = LnFactorials::new(counts.baskets);
    let mut pairs: Vec<((u32, u32), u32, f64)> = counts
        .pairs
        .iter()
        .map(|((a, b), both)| {
            let (na, nb) = (
                counts.single.get(a).copied().unwrap_or(0),
                counts.single.get(b).copied().unwrap_or(0),
            );
            ((*a, *b), *both, table.fisher(*both, na, nb, counts.baskets))
        })
        .collect();
    // Benjamini and Hochberg: from the largest down, p · m / rank, never rising.
    pairs.sort_unstable_by(|x, y| x.2.total_cmp(&y.2).then(x.0.cmp(&y.0)));
    let m = pairs.len() as f64;
    let mut least = 1.0_f64;
    for (rank, pair) in pairs.iter_mut().enumerate().rev() {
        least = least.min(pair.2 * m / (rank + 1) as f64);
        pair.2 = least;
    }
    let mut list = Vec::with_capacity(2 * pairs.len());
    for ((a, b), both, q) in pairs {
        for (from, to) in [(a, b), (b, a)] {
            let part = |p: u32| f64::from(counts.single.get(&p).copied().unwrap_or(0)) / all;
            let (x, y, xy) = (part(from), part(to), f64::from(both) / all);
            let confidence = xy / x;
            list.push(Rule {
                from,
                to,
                both,
                confidence,
                lift: confidence / y,
                leverage: xy - x * y,
                conviction: (confidence < 1.0).then(|| (1.0 - y) / (1.0 - confidence)),
                q,
            });
        }
    }
    list.sort_by(|x, y| y.lift.total_cmp(&x.lift).then((x.from, x.to).cmp(&(y.from, y.to))));
    list
}

/// ln n! for all n that occur.
struct LnFactorials(Vec<f64>);

impl LnFactorials {
    fn new(most: u32) -> Self {
        Self((0..=most).map(|n| ln_gamma(f64::from(n) + 1.0)).collect())
    }

    fn ln(&self, n: u32) -> f64 {
        self.0.get(n as usize).copied().unwrap_or(0.0)
    }

    /// Probability of at least `both` by chance when `a` and `b` of `all` baskets hold the products.
    fn fisher(&self, both: u32, a: u32, b: u32, all: u32) -> f64 {
        let fixed = self.ln(a) + self.ln(b) + self.ln(all - a) + self.ln(all - b) - self.ln(all);
        let mut sum = 0.0;
        for k in both..=a.min(b) {
            // So few without either that k cannot be so small.
            if all + k < a + b {
                continue;
            }
            let part = fixed - self.ln(k) - self.ln(a - k) - self.ln(b - k) - self.ln(all + k - a - b);
            let part = part.exp();
            sum += part;
            if part < 1e-17 * sum {
                break;
            }
        }
        sum.min(1.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn five_baskets_by_hand() {
        let baskets = [vec![1, 2, 2], vec![2, 1, 3], vec![1, 2], vec![3], vec![1, 4]];
        let counts = count(&baskets, 2);
        assert_eq!((counts.baskets, counts.single.len(), counts.pairs.len()), (5, 3, 1));
        assert_eq!(counts.pairs.get(&(1, 2)), Some(&3));
        let rules = rules(&counts);
        let two_one = rules.iter().find(|r| (r.from, r.to) == (2, 1)).unwrap();
        assert_eq!((two_one.both, two_one.confidence, two_one.conviction), (3, 1.0, None));
        assert!((two_one.lift - 1.25).abs() < 1e-12 && (two_one.leverage - 0.12).abs() < 1e-12);
        let one_two = rules.iter().find(|r| (r.from, r.to) == (1, 2)).unwrap();
        assert!((one_two.confidence - 0.75).abs() < 1e-12 && (one_two.conviction.unwrap() - 1.6).abs() < 1e-12);
        // Of the ways to place 3 among 5 with 4 of the first: C(4,3)·C(1,0)/C(5,3).
        assert!((one_two.q - 0.4).abs() < 1e-12, "{}", one_two.q);
    }

    #[test]
    fn fisher_is_the_tea_lady() {
        // Eight cups, three of four guessed right or better: 17/70.
        let table = LnFactorials::new(8);
        assert!((table.fisher(3, 4, 4, 8) - 17.0 / 70.0).abs() < 1e-12);
        assert!((table.fisher(0, 4, 4, 8) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn chance_is_not_taken_for_a_rule() {
        let mut rng = crate::random::SplitMix64::new(8);
        let baskets: Vec<Vec<u32>> = (0..4_000)
            .map(|_| {
                let mut basket: Vec<u32> = (0..30).filter(|_| rng.unit() < 0.1).collect();
                // One pair that goes together.
                if basket.contains(&0) && rng.unit() < 0.5 {
                    basket.push(1);
                }
                basket
            })
            .collect();
        let rules = rules(&count(&baskets, 5));
        let found: Vec<(u32, u32)> = rules
            .iter()
            .filter(|r| r.q < 0.01 && r.lift > 1.0)
            .map(|r| (r.from, r.to))
            .collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&(0, 1)) && found.contains(&(1, 0)));
    }
}
