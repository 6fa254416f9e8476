//! What something changed for those who got it, against comparable customers who did not: each is matched with the nearest of its
//! group by what it was before, and the change of both is compared (difference in differences on matched customers).
//!
//! The error counts that a control may stand for several customers (Abadie and Imbens 2006, the average effect on the treated):
//! `n² V = Σ (dᵢ − d̄)² + Σ (Kⱼ² − Qⱼ) σ²`, where `dᵢ` is the difference of a customer, `Kⱼ` the sum of the weights that a control has,
//! `Qⱼ` the sum of their squares and `σ²` the variance of the change among the controls of its group. Nobody was drawn by lot: what
//! chose the customers beside group and earlier amount stays in the result, and every page that shows it says so.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A customer before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: i64,
    /// Only customers of the same group are compared (tier, and the month in which it began).
    pub group: i64,
    /// Amount before.
    pub before: f64,
    /// Amount after.
    pub after: f64,
}

/// How customers are matched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// The amount before may differ by this part of it at most.
    pub within: f64,
    /// Controls for each customer at most.
    pub most: usize,
    /// Fewer matched customers say nothing.
    pub least: usize,
}

/// Usual rules: 25 % of the earlier amount, five controls, twenty customers.
pub const USUAL: Rules = Rules {
    within: 0.25,
    most: 5,
    least: 20,
};

/// What was found; amounts are means of a matched customer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Customers with a match.
    pub matched: usize,
    /// Customers without.
    pub alone: usize,
    /// Different controls used.
    pub controls: usize,
    /// Before.
    pub before: f64,
    /// After.
    pub after: f64,
    /// What would have been after, as the controls changed.
    pub otherwise: f64,
    /// The difference.
    pub effect: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The effect as a part of what would have been; `None` when that is nothing or less.
    pub relative: Option<f64>,
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Few {
    /// So many customers got it, fewer than the rules ask for.
    Customers(usize),
    /// So many of them have a comparable customer, fewer than the rules ask for.
    Matched(usize),
}

/// Compares. `z` is 1.96 for 95 %.
///
/// # Errors
/// [`Few`] when there are too few customers to say anything.
pub fn compare(treated: &[Unit], pool: &[Unit], rules: &Rules, z: f64) -> Result<Effect, Few> {
    if treated.len() < rules.least {
        return Err(Few::Customers(treated.len()));
    }
    let mut groups: BTreeMap<i64, Vec<&Unit>> = BTreeMap::new();
    for unit in pool {
        groups.entry(unit.group).or_default().push(unit);
    }
    for group in groups.values_mut() {
        group.sort_by(|a, b| a.before.total_cmp(&b.before).then(a.id.cmp(&b.id)));
    }
    let mut differences = vec![];
    // By group and place: weights, and their squares.
    let mut used: BTreeMap<(i64, usize), (f64, f64)> = BTreeMap::new();
    let (mut before, mut after) = (0.0, 0.0);
    for unit in treated {
        let group = groups.get(&unit.group).map_or(&[][..], Vec::as_slice);
        let near = nearest(group, unit, rules);
        if near.is_empty() {
            continue;
        }
        let weight = 1.0 / near.len() as f64;
        let change: f64 = near.iter().map(|at| group[*at].after - group[*at].before).sum::<f64>() * weight;
        for at in near {
            let of = used.entry((unit.group, at)).or_insert((0.0, 0.0));
            *of = (of.0 + weight, of.1 + weight * weight);
        }
        differences.push(unit.after - unit.before - change);
        before += unit.before;
        after += unit.after;
    }
    let matched = differences.len();
    if matched < rules.least.max(2) {
        return Err(Few::Matched(matched));
    }
    let n = matched as f64;
    let effect = differences.iter().sum::<f64>() / n;
    let own: f64 = differences.iter().map(|d| (d - effect).powi(2)).sum();
    let spread: BTreeMap<i64, f64> = groups.iter().map(|(id, group)| (*id, variance(group))).collect();
    let again: f64 = used
        .iter()
        .map(|((group, _), (sum, squares))| (sum * sum - squares).max(0.0) * spread.get(group).copied().unwrap_or(0.0))
        .sum();
    let half = z * (own + again).sqrt() / n;
    let otherwise = after / n - effect;
    Ok(Effect {
        matched,
        alone: treated.len() - matched,
        controls: used.len(),
        before: before / n,
        after: after / n,
        otherwise,
        effect,
        low: effect - half,
        high: effect + half,
        relative: (otherwise > 0.0).then(|| effect / otherwise),
    })
}

/// Places of the controls nearest to a customer, never itself.
fn nearest(group: &[&Unit], unit: &Unit, rules: &Rules) -> Vec<usize> {
    let reach = rules.within * unit.before.abs();
    let fits = |at: usize| group[at].id != unit.id && (group[at].before - unit.before).abs() <= reach;
    let (mut right, mut out) = (group.partition_point(|c| c.before < unit.before), vec![]);
    let mut left = right;
    while out.len() < rules.most {
        let down = (0..left)
            .rev()
            .find(|at| group[*at].id != unit.id)
            .filter(|at| fits(*at));
        let up = (right..group.len())
            .find(|at| group[*at].id != unit.id)
            .filter(|at| fits(*at));
        let away = |at: usize| (group[at].before - unit.before).abs();
        match (down, up) {
            (Some(d), Some(u)) if away(u) <= away(d) => {
                out.push(u);
                right = u + 1;
            }
            (Some(d), _) => {
                out.push(d);
                left = d;
            }
            (None, Some(u)) => {
                out.push(u);
                right = u + 1;
            }
            (None, None) => break,
        }
    }
    out
}

/// Variance of the change in a group.
fn variance(group: &[&Unit]) -> f64 {
    if group.len() < 2 {
        return 0.0;
    }
    let n = group.len() as f64;
    let mean = group.iter().map(|c| c.after - c.before).sum::<f64>() / n;
    group.iter().map(|c| (c.after - c.before - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;
    use proptest::prelude::*;

    const SMALL: Rules = Rules {
        within: 0.25,
        most: 2,
        least: 2,
    };

    fn unit(id: i64, group: i64, before: f64, after: f64) -> Unit {
        Unit {
            id,
            group,
            before,
            after,
        }
    }

    #[test]
    fn the_figures_are_those_computed_by_hand() {
        // Customer 1 is near 11 and 12, customer 2 near 12 and 13; 14 is of another group, 15 too far away.
        let treated = [unit(1, 1, 100.0, 130.0), unit(2, 1, 120.0, 132.0)];
        let pool = [
            unit(11, 1, 95.0, 100.0),
            unit(12, 1, 110.0, 121.0),
            unit(13, 1, 125.0, 124.0),
            unit(14, 2, 100.0, 900.0),
            unit(15, 1, 400.0, 900.0),
        ];
        let e = compare(&treated, &pool, &SMALL, 2.0).unwrap();
        // 30 − (5 + 11) / 2 = 22; 12 − (11 − 1) / 2 = 7.
        assert_eq!((e.matched, e.alone, e.controls), (2, 0, 3));
        assert!((e.effect - 14.5).abs() < 1e-12 && (e.before - 110.0).abs() < 1e-12 && (e.after - 131.0).abs() < 1e-12);
        assert!((e.otherwise - 116.5).abs() < 1e-12 && (e.relative.unwrap() - 14.5 / 116.5).abs() < 1e-12);
        // Own: 2 × 7.5² = 112.5. Control 12 stands for two halves: (1 − 1/2) × the variance of 5, 11, −1 and 500.
        let changes = [5.0, 11.0, -1.0, 500.0_f64];
        let mean = changes.iter().sum::<f64>() / 4.0;
        let spread = changes.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / 3.0;
        let half = 2.0 * (112.5 + 0.5 * spread).sqrt() / 2.0;
        assert!(
            (e.high - e.effect - half).abs() < 1e-9 && (e.effect - e.low - half).abs() < 1e-9,
            "{e:?}"
        );
    }

    #[test]
    fn too_few_say_nothing() {
        let treated = [unit(1, 1, 100.0, 130.0), unit(2, 1, 500.0, 510.0)];
        let pool = [unit(11, 1, 95.0, 100.0)];
        assert_eq!(compare(&treated[..1], &pool, &SMALL, 1.96), Err(Few::Customers(1)));
        assert_eq!(compare(&treated, &pool, &SMALL, 1.96), Err(Few::Matched(1)));
        // Nobody is compared with itself.
        assert_eq!(compare(&treated, &treated, &SMALL, 1.96), Err(Few::Matched(0)));
    }

    /// Customers whose amount moves by chance; who gets it gains `gain`.
    fn trial(seed: u64, gain: f64) -> (Vec<Unit>, Vec<Unit>) {
        let mut rng = SplitMix64::new(seed);
        let mut make = |id: i64, more: f64| {
            let group = id % 3;
            let before = 50.0 + 100.0 * rng.unit() + 100.0 * group as f64;
            unit(id, group, before, before * 1.1 + 20.0 * rng.normal() + more)
        };
        let treated = (0..60).map(|i| make(i, gain)).collect();
        let pool = (100..400).map(|i| make(i, 0.0)).collect();
        (treated, pool)
    }

    #[test]
    fn the_interval_holds_what_was_put_in() {
        let holds = (0..300)
            .filter(|seed| {
                let (treated, pool) = trial(*seed, 12.0);
                let e = compare(&treated, &pool, &USUAL, 1.96).unwrap();
                e.low <= 12.0 && 12.0 <= e.high
            })
            .count();
        // 95 % of 300 is 285; chance alone moves it by 4 (one standard error).
        assert!(
            (272..=297).contains(&holds),
            "{holds} of 300 intervals hold the true effect"
        );
    }

    proptest! {
        #[test]
        fn scale_shift_and_order(seed in 0_u64..1_000, scale in 0.5_f64..20.0) {
            let (treated, pool) = trial(seed, 5.0);
            let e = compare(&treated, &pool, &USUAL, 1.96).unwrap();
            let times = |all: &[Unit]| -> Vec<Unit> { all.iter().map(|u| unit(u.id, u.group, u.before * scale, u.after * scale)).collect() };
            let s = compare(&times(&treated), &times(&pool), &USUAL, 1.96).unwrap();
            prop_assert!((s.effect - e.effect * scale).abs() < 1e-6 * scale.max(1.0) && (s.high - e.high * scale).abs() < 1e-6 * scale.max(1.0));
            // Everybody gains the same: the effect stays.
            let all = |units: &[Unit]| -> Vec<Unit> { units.iter().map(|u| unit(u.id, u.group, u.before, u.after + 7.0)).collect() };
            let a = compare(&all(&treated), &all(&pool), &USUAL, 1.96).unwrap();
            prop_assert!((a.effect - e.effect).abs() < 1e-9 && (a.low - e.low).abs() < 1e-9);
            let (mut t, mut p) = (treated, pool);
            t.reverse();
            p.reverse();
            let r = compare(&t, &p, &USUAL, 1.96).unwrap();
            prop_assert!((r.effect - e.effect).abs() < 1e-9 && (r.high - e.high).abs() < 1e-9);
        }
    }
}
