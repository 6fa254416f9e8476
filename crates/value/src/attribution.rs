//! Which channels led to conversions: by place (first, last, equal, decaying, U-shaped), by what the chain of touches
//! would lose without a channel (Markov; Anderl, Becker, von Wangenheim, Schumann 2016), and by Shapley's fair share.
//!
//! Every method gives out exactly the conversions there were. None of them proves that a channel caused anything.

use crate::linear::solve;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Journeys over the same channels in the same order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// Channels in the order they were touched, counted from 0.
    pub channels: Vec<usize>,
    /// Time from each touch to the end of the journey; as many as channels.
    pub ages: Vec<f64>,
    /// Conversions that such journeys ended in.
    pub conversions: f64,
    /// Such journeys that ended without one.
    pub nulls: f64,
}

/// Gives out the conversions of each journey by weights of its touches.
fn by_weight(channels: usize, journeys: &[Journey], weigh: impl Fn(&Journey) -> Vec<f64>) -> Vec<f64> {
    let mut result = vec![0.0; channels];
    for journey in journeys.iter().filter(|j| !j.channels.is_empty()) {
        let weights = weigh(journey);
        let whole: f64 = weights.iter().sum();
        for (channel, weight) in journey.channels.iter().zip(weights) {
            result[*channel] += journey.conversions * weight / whole;
        }
    }
    result
}

/// All to the first touch.
#[must_use]
pub fn first(channels: usize, journeys: &[Journey]) -> Vec<f64> {
    by_weight(channels, journeys, |j| {
        (0..j.channels.len()).map(|i| f64::from(u8::from(i == 0))).collect()
    })
}

/// All to the last touch.
#[must_use]
pub fn last(channels: usize, journeys: &[Journey]) -> Vec<f64> {
    by_weight(channels, journeys, |j| {
        let end = j.channels.len() - 1;
        (0..=end).map(|i| f64::from(u8::from(i == end))).collect()
    })
}

/// Equally to all touches.
#[must_use]
pub fn linear(channels: usize, journeys: &[Journey]) -> Vec<f64> {
    by_weight(channels, journeys, |j| vec![1.0; j.channels.len()])
}

/// A touch counts half of one that is `half_life` younger.
#[must_use]
pub fn decay(channels: usize, journeys: &[Journey], half_life: f64) -> Vec<f64> {
    by_weight(channels, journeys, |j| {
        // Relative to the youngest, so that an old journey does not vanish.
        let youngest = j.ages.iter().copied().fold(f64::INFINITY, f64::min);
        j.ages
            .iter()
            .map(|age| (-(age - youngest) / half_life).exp2())
            .collect()
    })
}

/// 40 % each to the first and the last touch, the rest equally to those between; of two touches each half.
#[must_use]
pub fn u_shape(channels: usize, journeys: &[Journey]) -> Vec<f64> {
    by_weight(channels, journeys, |j| match j.channels.len() {
        n @ 0..=2 => vec![1.0; n],
        n => {
            let mut weights = vec![0.2 / (n - 2) as f64; n];
            weights[0] = 0.4;
            weights[n - 1] = 0.4;
            weights
        }
    })
}

/// Shapley's value of each channel, where a set of channels is worth the conversions of the journeys that touch no
/// other channel. That game is a sum of "all of these or nothing", so the fair share is exact for any number of
/// channels: the conversions of a journey in equal parts to its distinct channels.
#[must_use]
pub fn shapley(channels: usize, journeys: &[Journey]) -> Vec<f64> {
    by_weight(channels, journeys, |j| {
        let first_time = |i: usize| !j.channels[..i].contains(&j.channels[i]);
        (0..j.channels.len())
            .map(|i| f64::from(u8::from(first_time(i))))
            .collect()
    })
}

/// What the chain says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Markov {
    /// Probability that a journey converts.
    pub rate: f64,
    /// Part of the conversions that would be lost if every touch of the channel ended the journey.
    pub removal: Vec<f64>,
    /// Conversions given out in proportion to the removal effects.
    pub conversions: Vec<f64>,
}

/// A touch with what the chain remembers; `None` before the first.
type State = Vec<usize>;

/// The Markov chain that remembers `order` touches, solved exactly. `None` without conversions.
#[must_use]
pub fn markov(channels: usize, journeys: &[Journey], order: usize) -> Option<Markov> {
    let total: f64 = journeys.iter().map(|j| j.conversions).sum();
    let order = order.max(1);
    // Counts of steps between states; the empty state is the start.
    let mut states: BTreeMap<State, usize> = BTreeMap::from([(State::new(), 0)]);
    let mut steps: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut ends: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut current: Vec<usize> = vec![usize::MAX];
    for journey in journeys.iter().filter(|j| !j.channels.is_empty()) {
        let times = journey.conversions + journey.nulls;
        let mut from = 0;
        for i in 0..journey.channels.len() {
            let memory = journey.channels[(i + 1).saturating_sub(order)..=i].to_vec();
            let next = states.len();
            let to = *states.entry(memory).or_insert(next);
            if to == next {
                current.push(journey.channels[i]);
            }
            *steps.entry((from, to)).or_default() += times;
            from = to;
        }
        let end = ends.entry(from).or_default();
        end.0 += journey.conversions;
        end.1 += journey.nulls;
    }
    let n = states.len();
    let mut out = vec![0.0; n];
    for ((from, _), times) in &steps {
        out[*from] += times;
    }
    for (from, (won, lost)) in &ends {
        out[*from] += won + lost;
    }
    // P(conversion) from each state solves p = Q p + c; without a channel its states have p = 0.
    let rate = |without: Option<usize>| {
        let gone = |state: usize| without.is_some_and(|c| current[state] == c);
        let mut matrix = vec![0.0; n * n];
        let mut right = vec![0.0; n];
        for state in 0..n {
            matrix[state * n + state] = 1.0;
        }
        for ((from, to), times) in &steps {
            if !gone(*from) && out[*from] > 0.0 {
                matrix[from * n + to] -= times / out[*from];
            }
        }
        for (from, (won, _)) in &ends {
            if !gone(*from) && out[*from] > 0.0 {
                right[*from] = won / out[*from];
            }
        }
        solve(&mut matrix, &mut right).and_then(|p| p.first().copied())
    };
    let whole = rate(None).filter(|r| *r > 0.0)?;
    let removal: Vec<f64> = (0..channels)
        .map(|c| rate(Some(c)).map(|r| (1.0 - r / whole).max(0.0)))
        .collect::<Option<_>>()?;
    let sum: f64 = removal.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    Some(Markov {
        rate: whole,
        conversions: removal.iter().map(|r| total * r / sum).collect(),
        removal,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn journey(channels: &[usize], conversions: f64, nulls: f64) -> Journey {
        let last = channels.len().saturating_sub(1);
        Journey {
            channels: channels.to_vec(),
            ages: (0..channels.len()).map(|i| (last - i) as f64).collect(),
            conversions,
            nulls,
        }
    }

    #[test]
    fn the_example_of_the_textbooks() {
        // C1 > C2 > C3 converts, C1 alone does not, C2 > C3 does not: the usual worked example of removal effects.
        let journeys = [
            journey(&[0, 1, 2], 1.0, 0.0),
            journey(&[0], 0.0, 1.0),
            journey(&[1, 2], 0.0, 1.0),
        ];
        let m = markov(3, &journeys, 1).unwrap();
        assert!((m.rate - 1.0 / 3.0).abs() < 1e-12, "{m:?}");
        // Without C1 only the start at C2 is left: 1/3 · 1/2 against 1/3; C2 and C3 carry everything.
        for (found, expected) in m.removal.iter().zip([0.5, 1.0, 1.0]) {
            assert!((found - expected).abs() < 1e-12, "{m:?}");
        }
        for (found, expected) in m.conversions.iter().zip([0.2, 0.4, 0.4]) {
            assert!((found - expected).abs() < 1e-12, "{m:?}");
        }
        assert_eq!(first(3, &journeys), [1.0, 0.0, 0.0]);
        assert_eq!(last(3, &journeys), [0.0, 0.0, 1.0]);
        assert!(
            u_shape(3, &journeys)
                .iter()
                .zip([0.4, 0.2, 0.4])
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        // Halving with each touch: 1/7, 2/7, 4/7.
        assert!(
            decay(3, &journeys, 1.0)
                .iter()
                .zip([1.0, 2.0, 4.0])
                .all(|(a, b)| (a - b / 7.0).abs() < 1e-12)
        );
    }

    #[test]
    fn the_fair_share_is_that_of_the_definition() {
        let journeys = [
            journey(&[0, 1, 0], 6.0, 0.0),
            journey(&[2], 3.0, 1.0),
            journey(&[2, 1, 0, 3], 4.0, 0.0),
            journey(&[3, 1], 5.0, 2.0),
        ];
        let worth = |set: usize| -> f64 {
            journeys
                .iter()
                .filter(|j| j.channels.iter().all(|c| set >> c & 1 == 1))
                .map(|j| j.conversions)
                .sum()
        };
        let shares = shapley(4, &journeys);
        for (channel, share) in shares.iter().enumerate() {
            // Mean gain over all orders: |S|! (n − |S| − 1)! / n! for each set without the channel.
            let factorial = |k: u32| (1..=k).product::<u32>().max(1);
            let by_hand: f64 = (0..16usize)
                .filter(|set| set >> channel & 1 == 0)
                .map(|set| {
                    let size = set.count_ones();
                    let weight = f64::from(factorial(size) * factorial(3 - size)) / 24.0;
                    weight * (worth(set | 1 << channel) - worth(set))
                })
                .sum();
            assert!((share - by_hand).abs() < 1e-12, "{channel}: {share} against {by_hand}");
        }
    }

    #[test]
    fn a_longer_memory_sees_what_a_short_one_does_not() {
        // Only mail after search converts.
        let journeys = [journey(&[0, 1], 5.0, 5.0), journey(&[2, 1], 0.0, 10.0)];
        let (short, long) = (markov(3, &journeys, 1).unwrap(), markov(3, &journeys, 2).unwrap());
        assert!(
            short.removal[2] > 0.4,
            "one touch back, the banner looks useful: {short:?}"
        );
        assert!(long.removal[2] < 1e-12, "two touches back it does not: {long:?}");
        assert!(markov(1, &[journey(&[0], 0.0, 3.0)], 1).is_none());
    }

    proptest! {
        #[test]
        fn every_method_gives_out_all_conversions(
            journeys in prop::collection::vec(
                (prop::collection::vec(0usize..5, 1..7), 0u8..5, 0u8..5), 1..12,
            ),
        ) {
            let journeys: Vec<Journey> =
                journeys.iter().map(|(c, won, lost)| journey(c, f64::from(*won), f64::from(*lost))).collect();
            let total: f64 = journeys.iter().map(|j| j.conversions).sum();
            let mut all = vec![
                first(5, &journeys), last(5, &journeys), linear(5, &journeys), decay(5, &journeys, 2.0),
                u_shape(5, &journeys), shapley(5, &journeys),
            ];
            for order in 1..4 {
                let markov = markov(5, &journeys, order);
                prop_assert_eq!(markov.is_some(), total > 0.0);
                all.extend(markov.map(|m| m.conversions));
            }
            for shares in all {
                prop_assert!((shares.iter().sum::<f64>() - total).abs() < 1e-9);
                prop_assert!(shares.iter().all(|s| *s >= 0.0));
            }
        }
    }
}
