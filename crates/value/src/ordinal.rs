//! Weights learnt from grades that people gave: ordered logistic regression (McCullagh 1980).
//!
//! A score `Σ weight × indicator` and k − 1 cuts: the logarithm of the odds of a grade at least as good as j is the score less the cut
//! of j. Fitted by Newton's method with a ridge on the weights (as [`crate::logistic`]: columns to mean 0 and deviation 1). The weights
//! are a proposal; whoever uses them holds some grades back and looks whether the agreement there grows.

use crate::linear::{inverse, solve};
use crate::special::logistic;
use serde::{Deserialize, Serialize};

/// A fitted model; grades count from 0 (best).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Weight of each column in standard deviations: above zero makes the grade better.
    pub weights: Vec<f64>,
    /// Standard errors of the weights.
    pub standard_errors: Vec<f64>,
    /// Each weight's part of all weights, by size: what a proposal of percentages shows.
    pub shares: Vec<f64>,
    /// Score from which each grade but the last begins, falling.
    pub cuts: Vec<f64>,
    /// Mean of each column.
    pub means: Vec<f64>,
    /// Deviation of each column; 1 where it does not vary.
    pub deviations: Vec<f64>,
    /// Log-likelihood without the penalty.
    pub log_likelihood: f64,
    /// The gradient vanished.
    pub converged: bool,
}

/// Fits `grades` (0 to `k` − 1) on columns of the same length. `strength` is the inverse of the penalty. `None` when a grade is never
/// given or out of range, a value is no number, or lengths differ.
#[must_use]
pub fn fit(columns: &[&[f64]], grades: &[usize], k: usize, strength: f64) -> Option<Model> {
    let n = grades.len();
    let mut counts = vec![0usize; k];
    for grade in grades {
        *counts.get_mut(*grade)? += 1;
    }
    let bad = |c: &&[f64]| c.len() != n || c.iter().any(|v| !v.is_finite());
    if k < 2 || counts.contains(&0) || columns.iter().any(bad) || strength.is_nan() || strength <= 0.0 {
        return None;
    }
    let width = columns.len();
    let (means, deviations): (Vec<f64>, Vec<f64>) = columns.iter().map(|c| spread(c)).unzip();
    let mut rows = vec![0.0; n * width];
    for (j, column) in columns.iter().enumerate() {
        for (i, value) in column.iter().enumerate() {
            rows[i * width + j] = (value - means[j]) / deviations[j];
        }
    }
    // The cuts of grades given by lot: the odds of at least as good.
    let mut better = 0.0;
    let mut theta: Vec<f64> = counts[..k - 1]
        .iter()
        .map(|count| {
            better += *count as f64;
            -(better / (n as f64 - better)).ln()
        })
        .chain(std::iter::repeat_n(0.0, width))
        .collect();
    let penalty = 1.0 / strength;
    let mut state = evaluate(&rows, grades, k, &theta, penalty)?;
    let small = |s: &State| s.slope.iter().all(|g| g.abs() <= 1e-8 * n as f64);
    for _ in 0..100 {
        if small(&state) {
            break;
        }
        let step = solve(&mut state.information.clone(), &mut state.slope.clone())?;
        let mut length = 1.0;
        loop {
            let tried: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + length * s).collect();
            // Cuts out of order have no likelihood: half the step.
            if let Some(next) = evaluate(&rows, grades, k, &tried, penalty)
                && next.objective >= state.objective - 1e-12 * state.objective.abs()
            {
                (theta, state) = (tried, next);
                break;
            }
            length /= 2.0;
            if length < 1e-10 {
                return None;
            }
        }
    }
    let size = theta.len();
    let covariance = inverse(&state.information, size)?;
    let weights = theta.split_off(k - 1);
    let whole: f64 = weights.iter().map(|w| w.abs()).sum();
    Some(Model {
        standard_errors: (k - 1..size).map(|i| covariance[i * size + i].sqrt()).collect(),
        shares: weights
            .iter()
            .map(|w| if whole > 0.0 { w.abs() / whole } else { 0.0 })
            .collect(),
        converged: small(&state),
        cuts: theta,
        weights,
        means,
        deviations,
        log_likelihood: state.log_likelihood,
    })
}

struct State {
    objective: f64,
    log_likelihood: f64,
    slope: Vec<f64>,
    /// The negative of the second derivatives.
    information: Vec<f64>,
}

/// `None` when the cuts are out of order: they rise from the best grade to the worst seen from `cut − score`, so as scores they fall.
fn evaluate(rows: &[f64], grades: &[usize], k: usize, theta: &[f64], penalty: f64) -> Option<State> {
    let cuts = &theta[..k - 1];
    if cuts.windows(2).any(|w| w[0] <= w[1]) {
        return None;
    }
    let (size, width) = (theta.len(), theta.len() + 1 - k);
    let mut state = State {
        objective: 0.0,
        log_likelihood: 0.0,
        slope: vec![0.0; size],
        information: vec![0.0; size * size],
    };
    let mut jacobian = vec![(0usize, 0.0, 0.0)];
    for (i, grade) in grades.iter().enumerate() {
        let row = &rows[i * width..(i + 1) * width];
        let score: f64 = row.iter().zip(&theta[k - 1..]).map(|(x, w)| x * w).sum();
        // P(at least as good as j) = logistic(score − cut_j); the grade's own is the difference of two.
        let reach = |j: Option<usize>| match j {
            None => (0.0, 0.0, 0.0),
            Some(j) if j + 1 >= k => (1.0, 0.0, 0.0),
            Some(j) => {
                let p = logistic(score - cuts[j]);
                (p, p * (1.0 - p), p * (1.0 - p) * (1.0 - 2.0 * p))
            }
        };
        let (upper, lower) = (reach(Some(*grade)), reach(grade.checked_sub(1)));
        let p = (upper.0 - lower.0).max(1e-300);
        state.log_likelihood += p.ln();
        // First and second derivatives of p by its two arguments, score − cut of the grade and of the better one.
        jacobian.clear();
        if *grade + 1 < k {
            jacobian.push((*grade, upper.1, upper.2));
        }
        if let Some(before) = grade.checked_sub(1) {
            jacobian.push((before, -lower.1, -lower.2));
        }
        let by_score: f64 = jacobian.iter().map(|j| j.1).sum();
        let twice: f64 = jacobian.iter().map(|j| j.2).sum();
        let by = |at: usize| {
            if at >= k - 1 {
                by_score * row[at - (k - 1)]
            } else {
                -jacobian.iter().find(|j| j.0 == at).map_or(0.0, |j| j.1)
            }
        };
        let second = |a: usize, b: usize| match (a >= k - 1, b >= k - 1) {
            (true, true) => twice * row[a - (k - 1)] * row[b - (k - 1)],
            (true, false) => -jacobian.iter().find(|j| j.0 == b).map_or(0.0, |j| j.2) * row[a - (k - 1)],
            (false, true) => -jacobian.iter().find(|j| j.0 == a).map_or(0.0, |j| j.2) * row[b - (k - 1)],
            (false, false) if a == b => jacobian.iter().find(|j| j.0 == a).map_or(0.0, |j| j.2),
            (false, false) => 0.0,
        };
        for a in 0..size {
            state.slope[a] += by(a) / p;
            for b in 0..=a {
                state.information[a * size + b] += by(a) * by(b) / (p * p) - second(a, b) / p;
            }
        }
    }
    state.objective = state.log_likelihood;
    for (a, value) in theta.iter().enumerate() {
        for b in 0..a {
            state.information[b * size + a] = state.information[a * size + b];
        }
        if a >= k - 1 {
            state.slope[a] -= penalty * value;
            state.information[a * size + a] += penalty;
            state.objective -= 0.5 * penalty * value * value;
        }
    }
    Some(state)
}

fn spread(column: &[f64]) -> (f64, f64) {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
}

impl Model {
    /// The score of a row.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> f64 {
        (0..self.weights.len())
            .map(|j| {
                let value = row.get(j).copied().unwrap_or(self.means[j]);
                self.weights[j] * (value - self.means[j]) / self.deviations[j]
            })
            .sum()
    }

    /// Probability of each grade.
    #[must_use]
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let score = self.score(row);
        let mut before = 0.0;
        let mut all: Vec<f64> = self
            .cuts
            .iter()
            .map(|cut| {
                let reach = logistic(score - cut);
                let own = reach - before;
                before = reach;
                own
            })
            .collect();
        all.push(1.0 - before);
        all
    }

    /// The likeliest grade; of equals the better.
    #[must_use]
    pub fn grade(&self, row: &[f64]) -> usize {
        let all = self.probabilities(row);
        (0..all.len())
            .rev()
            .max_by(|a, b| all[*a].total_cmp(&all[*b]))
            .unwrap_or(0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    type Set = (Vec<Vec<f64>>, Vec<usize>);

    fn graded(n: usize, weights: &[f64], cuts: [f64; 3], seed: u64) -> Set {
        let mut rng = SplitMix64::new(seed);
        let columns: Vec<Vec<f64>> = weights
            .iter()
            .map(|_| (0..n).map(|_| 5.0 + 2.0 * rng.normal()).collect())
            .collect();
        let grades = (0..n)
            .map(|i| {
                let u = rng.unit();
                let score: f64 = weights.iter().zip(&columns).map(|(w, c)| w * (c[i] - 5.0) / 2.0).sum();
                let noisy = score + (u / (1.0 - u)).ln();
                cuts.iter().position(|cut| noisy >= *cut).unwrap_or(3)
            })
            .collect();
        (columns, grades)
    }

    #[test]
    fn weights_and_cuts_are_found_again() {
        let (truth, cuts) = ([1.5, -0.8, 0.0], [1.5, 0.0, -1.5]);
        let (columns, grades) = graded(8_000, &truth, cuts, 3);
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let m = fit(&slices, &grades, 4, 1e6).unwrap();
        assert!(m.converged);
        for (j, truth) in truth.iter().enumerate() {
            assert!(
                (m.weights[j] - truth).abs() < 4.0 * m.standard_errors[j] + 0.03,
                "{m:?}"
            );
            assert!(m.standard_errors[j] < 0.05);
        }
        assert!(m.cuts.iter().zip(cuts).all(|(a, b)| (a - b).abs() < 0.15), "{m:?}");
        assert!((m.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && m.shares[2] < 0.05);
        let all = m.probabilities(&[9.0, 5.0, 5.0]);
        assert!(
            (all.iter().sum::<f64>() - 1.0).abs() < 1e-12 && m.grade(&[9.0, 5.0, 5.0]) == 0,
            "{all:?}"
        );
        assert_eq!(m.grade(&[0.0, 8.0, 5.0]), 3);
    }

    #[test]
    fn two_grades_are_a_plain_logistic_regression() {
        let (columns, grades) = graded(500, &[1.0, 0.5], [0.0, -90.0, -99.0], 5);
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let m = fit(&slices, &grades, 2, 1.0).unwrap();
        let outcomes: Vec<bool> = grades.iter().map(|g| *g == 0).collect();
        let plain = crate::logistic::fit(&slices, &outcomes, 1.0).unwrap();
        for (a, b) in m.weights.iter().zip(&plain.weights) {
            assert!((a - b).abs() < 1e-6);
        }
        assert!((m.cuts[0] + plain.intercept).abs() < 1e-6);
        assert!((m.standard_errors[0] - plain.standard_errors[1]).abs() < 1e-6);
        assert!((m.log_likelihood - plain.log_likelihood).abs() < 1e-6);
    }

    #[test]
    fn grades_that_are_never_given_are_refused() {
        assert_eq!(fit(&[&[1.0, 2.0, 3.0]], &[0, 1, 1], 4, 1.0), None);
        assert_eq!(fit(&[&[1.0, 2.0]], &[0, 4], 4, 1.0), None);
        // Perfectly separated grades: the ridge holds.
        let column: Vec<f64> = (0..40).map(f64::from).collect();
        let grades: Vec<usize> = (0..40).map(|i| 3 - i / 10).collect();
        let m = fit(&[&column], &grades, 4, 1.0).unwrap();
        assert!(m.weights[0] > 1.0 && m.weights[0].is_finite());
        assert!(
            (0..40)
                .filter(|i| m.grade(&[f64::from(*i)]) == 3 - (*i as usize) / 10)
                .count()
                > 32
        );
    }
}
