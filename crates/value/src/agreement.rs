//! How well two gradings agree: the automatic one and the one people made.
//!
//! A k × k table with the automatic grade down and the manual one across; accuracy, within one grade,
//! Cohen's kappa (1960) and his weighted kappa (1968), with a bootstrap interval. Kappa is what is left
//! of the agreement after taking away what chance alone would give. It depends on how common each grade
//! is, so the marginals belong beside it; where nobody could disagree by chance it is undefined: `None`.

use crate::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// Counts of (automatic, manual) grades, 0 to k − 1 from best to worst.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    k: usize,
    counts: Vec<u64>,
}

/// How much a difference between two grades weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Every difference weighs the same: Cohen's plain kappa.
    Plain,
    /// As the number of grades between.
    Linear,
    /// As its square.
    Quadratic,
}

/// A figure of agreement, for the bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Part of equal grades.
    Accuracy,
    /// Part of grades that differ by one at most.
    WithinOne,
    /// Chance-corrected.
    Kappa(Weighting),
}

/// A percentile interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How many resamples had a defined value and stand behind it.
    pub resamples: usize,
}

/// A customer whose two grades differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// The customer.
    pub id: i64,
    /// The automatic grade.
    pub auto: usize,
    /// The manual grade.
    pub manual: usize,
}

impl Confusion {
    /// An empty table for `k` grades.
    #[must_use]
    pub fn new(k: usize) -> Self {
        Self {
            k,
            counts: vec![0; k * k],
        }
    }

    /// Counts the pairs of (automatic, manual). A pair with a grade of `k` or more is left out.
    #[must_use]
    pub fn from_pairs(k: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut table = Self::new(k);
        for (auto, manual) in pairs {
            table.add(auto, manual, 1);
        }
        table
    }

    /// Adds `times` customers; returns whether both grades are in the table.
    pub fn add(&mut self, auto: usize, manual: usize, times: u64) -> bool {
        let fits = auto < self.k && manual < self.k;
        if fits {
            self.counts[auto * self.k + manual] += times;
        }
        fits
    }

    /// How many grades there are.
    #[must_use]
    pub fn grades(&self) -> usize {
        self.k
    }

    /// How many customers have this pair of grades; 0 outside the table.
    #[must_use]
    pub fn count(&self, auto: usize, manual: usize) -> u64 {
        if auto < self.k && manual < self.k {
            self.counts[auto * self.k + manual]
        } else {
            0
        }
    }

    /// How many customers were compared.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How often each grade was given: (automatic, manual).
    #[must_use]
    pub fn marginals(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut auto, mut manual) = (vec![0; self.k], vec![0; self.k]);
        for (row, column, count) in self.cells() {
            auto[row] += count;
            manual[column] += count;
        }
        (auto, manual)
    }

    /// Part of customers with equal grades; `None` without customers.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        self.part_within(0)
    }

    /// Part of customers whose grades differ by one at most; `None` without customers.
    #[must_use]
    pub fn within_one(&self) -> Option<f64> {
        self.part_within(1)
    }

    /// Cohen's kappa: 1 is full agreement, 0 what chance gives, below 0 worse than chance.
    ///
    /// `None` without customers or when chance alone already gives full agreement (both raters use one
    /// and the same grade), and also when either rater uses a single grade: the figure would be a 0 that
    /// says nothing.
    #[must_use]
    pub fn kappa(&self, weighting: Weighting) -> Option<f64> {
        let (auto, manual) = self.marginals();
        let single = |margin: &[u64]| margin.iter().filter(|count| **count > 0).count() < 2;
        if single(&auto) || single(&manual) {
            return None;
        }
        let total = self.total() as f64;
        let (mut seen, mut by_chance) = (0.0, 0.0);
        for (row, column, count) in self.cells() {
            let apart = row.abs_diff(column) as f64;
            let weight = match weighting {
                Weighting::Plain => f64::from(u8::from(row != column)),
                Weighting::Linear => apart,
                Weighting::Quadratic => apart * apart,
            };
            seen += weight * count as f64;
            by_chance += weight * auto[row] as f64 * manual[column] as f64 / total;
        }
        (by_chance > 0.0).then(|| 1.0 - seen / by_chance)
    }

    /// Any of the figures.
    #[must_use]
    pub fn figure(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Accuracy => self.accuracy(),
            Figure::WithinOne => self.within_one(),
            Figure::Kappa(weighting) => self.kappa(weighting),
        }
    }

    /// Bootstrap percentile interval, for example `interval(figure, 0.95, 1000, 1)`.
    ///
    /// The table is drawn anew as a multinomial with its own shares, which is the same as resampling the
    /// customers and costs nothing per customer. `None` when the figure is undefined here or in half of
    /// the resamples, or when `level` is not between 0 and 1.
    #[must_use]
    pub fn interval(&self, figure: Figure, level: f64, resamples: usize, seed: u64) -> Option<Interval> {
        self.figure(figure)?;
        if !(level > 0.0 && level < 1.0) || resamples == 0 {
            return None;
        }
        let mut rng = SplitMix64::new(seed);
        let mut drawn = Self::new(self.k);
        let mut values = Vec::with_capacity(resamples);
        for _ in 0..resamples {
            self.resample(&mut drawn, &mut rng);
            values.extend(drawn.figure(figure));
        }
        if values.len() * 2 <= resamples {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - level) / 2.0;
        Some(Interval {
            low: percentile(&values, tail),
            high: percentile(&values, 1.0 - tail),
            resamples: values.len(),
        })
    }

    /// Cell by cell: each takes its binomial share of what is still to be given out.
    fn resample(&self, into: &mut Self, rng: &mut SplitMix64) {
        let mut to_give = self.total();
        let mut weight_left = to_give;
        for (cell, count) in into.counts.iter_mut().zip(&self.counts) {
            let share = if weight_left == 0 {
                0.0
            } else {
                *count as f64 / weight_left as f64
            };
            *cell = rng.binomial(to_give, share);
            to_give -= *cell;
            weight_left -= count;
        }
    }

    fn part_within(&self, distance: usize) -> Option<f64> {
        let total = self.total();
        let within: u64 = self
            .cells()
            .filter(|(r, c, _)| r.abs_diff(*c) <= distance)
            .map(|(_, _, n)| n)
            .sum();
        (total > 0).then(|| within as f64 / total as f64)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> + '_ {
        self.counts
            .iter()
            .enumerate()
            .map(|(cell, count)| (cell / self.k, cell % self.k, *count))
    }
}

/// The customers whose grades differ, the furthest apart first, then by id.
#[must_use]
pub fn disagreements(graded: &[(i64, usize, usize)]) -> Vec<Disagreement> {
    let mut list: Vec<Disagreement> = graded
        .iter()
        .filter(|(_, auto, manual)| auto != manual)
        .map(|&(id, auto, manual)| Disagreement { id, auto, manual })
        .collect();
    list.sort_unstable_by_key(|d| (std::cmp::Reverse(d.auto.abs_diff(d.manual)), d.id));
    list
}

/// Percentile of sorted values with linear interpolation.
fn percentile(sorted: &[f64], at: f64) -> f64 {
    let place = at * (sorted.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    sorted[low] + (place - place.floor()) * (sorted[high] - sorted[low])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table<const K: usize>(rows: [[u64; K]; K]) -> Confusion {
        let mut result = Confusion::new(K);
        for (auto, row) in rows.iter().enumerate() {
            for (manual, count) in row.iter().enumerate() {
                assert!(result.add(auto, manual, *count));
            }
        }
        result
    }

    fn close(value: Option<f64>, expected: f64) {
        let value = value.unwrap();
        assert!((value - expected).abs() < 1e-12, "{value} against {expected}");
    }

    #[test]
    fn the_known_examples() {
        // The usual textbook 2 × 2 example; with two grades all weightings are one.
        let two = table([[20, 5], [10, 15]]);
        for weighting in [Weighting::Plain, Weighting::Linear, Weighting::Quadratic] {
            close(two.kappa(weighting), 0.4);
        }
        close(two.accuracy(), 0.7);
        // The counts of the example in Cohen 1968 with equal, linear and squared weights, and a 4 × 4
        // table; both computed with scikit-learn 1.9.1.
        let three = table([[88, 14, 18], [10, 40, 10], [2, 6, 12]]);
        close(three.kappa(Weighting::Plain), 0.491_525_423_728_813_6);
        close(three.kappa(Weighting::Linear), 0.473_684_210_526_315_8);
        close(three.kappa(Weighting::Quadratic), 0.454_545_454_545_454_6);
        let four = table([[11, 3, 1, 0], [1, 8, 3, 0], [0, 2, 14, 4], [0, 1, 2, 9]]);
        close(four.kappa(Weighting::Plain), 0.610_787_737_679_472_4);
        close(four.kappa(Weighting::Linear), 0.727_846_564_700_17);
        close(four.kappa(Weighting::Quadratic), 0.827_813_729_222_177_9);
        close(four.accuracy(), 42.0 / 59.0);
        close(four.within_one(), 57.0 / 59.0);
        assert_eq!(four.marginals(), (vec![15, 12, 20, 12], vec![12, 14, 20, 13]));
    }

    #[test]
    fn undefined_stays_undefined() {
        assert_eq!(Confusion::new(4).accuracy(), None);
        assert_eq!(Confusion::new(0).kappa(Weighting::Plain), None);
        assert_eq!(table([[9, 0], [0, 0]]).kappa(Weighting::Linear), None);
        assert_eq!(
            table([[9, 4], [0, 0]]).kappa(Weighting::Plain),
            None,
            "one rater uses one grade"
        );
        assert_eq!(
            table([[9, 0], [0, 0]]).interval(Figure::Kappa(Weighting::Plain), 0.95, 100, 1),
            None
        );
        assert_eq!(Confusion::from_pairs(2, [(0, 0), (2, 0)]).total(), 1);
    }

    #[test]
    fn the_interval_matches_theory_and_repeats() {
        // Accuracy 0.7 of 10,000: the standard error is sqrt(.21/10000) = .00458.
        let big = table([[4_000, 1_000], [2_000, 3_000]]);
        let interval = big.interval(Figure::Accuracy, 0.95, 4_000, 42).unwrap();
        assert!((interval.low - (0.7 - 1.96 * 0.004_582_6)).abs() < 6e-4, "{interval:?}");
        assert!(
            (interval.high - (0.7 + 1.96 * 0.004_582_6)).abs() < 6e-4,
            "{interval:?}"
        );
        assert_eq!(big.interval(Figure::Accuracy, 0.95, 4_000, 42), Some(interval));
        // Fleiss, Cohen, Everitt 1969: the standard error of this kappa of 0.4 is 0.00898.
        let kappa = big.interval(Figure::Kappa(Weighting::Plain), 0.95, 4_000, 5).unwrap();
        assert!(
            (kappa.high - kappa.low - 2.0 * 1.96 * 0.008_98).abs() < 1.5e-3,
            "{kappa:?}"
        );
    }

    #[test]
    fn the_widest_disagreements_come_first() {
        let list = disagreements(&[(5, 0, 1), (4, 1, 1), (3, 0, 3), (2, 3, 2)]);
        assert_eq!(list.iter().map(|d| d.id).collect::<Vec<_>>(), [3, 2, 5]);
    }

    proptest! {
        #[test]
        fn kappa_is_symmetric_and_at_most_one(counts in prop::collection::vec(0u64..50, 16)) {
            let (mut one, mut other) = (Confusion::new(4), Confusion::new(4));
            for (cell, count) in counts.iter().enumerate() {
                one.add(cell / 4, cell % 4, *count);
                other.add(cell % 4, cell / 4, *count);
            }
            for weighting in [Weighting::Plain, Weighting::Linear, Weighting::Quadratic] {
                match (one.kappa(weighting), other.kappa(weighting)) {
                    (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9 && a <= 1.0 + 1e-12),
                    (a, b) => prop_assert!(a.is_none() && b.is_none()),
                }
            }
        }
    }
}
