//! Logistic regression with a ridge: how likely is a churn, a conversion, an answer, and which indicator says so.
//!
//! Newton's method (iteratively reweighted least squares) on columns brought to mean 0 and deviation 1, so that one
//! penalty fits all; the intercept is not penalised. `strength` is the inverse of the penalty as scikit-learn's C: the
//! sum of squared weights is halved and divided by it. A ridge also keeps separated data from running away.

use crate::linear::{inverse, solve};
use crate::special::{logistic, softplus};
use serde::{Deserialize, Serialize};

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Weight of each column, in standard deviations.
    pub weights: Vec<f64>,
    /// Logarithm of the odds of the average row.
    pub intercept: f64,
    /// Mean of each column.
    pub means: Vec<f64>,
    /// Standard deviation of each column; 1 where it does not vary.
    pub deviations: Vec<f64>,
    /// Standard errors of intercept and weights from the penalised information.
    pub standard_errors: Vec<f64>,
    /// Log-likelihood of the training rows, without the penalty.
    pub log_likelihood: f64,
    /// Newton steps taken.
    pub steps: usize,
    /// The gradient vanished.
    pub converged: bool,
}

/// One reason for a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Column.
    pub column: usize,
    /// What it adds to the logarithm of the odds compared with the average row.
    pub effect: f64,
}

/// Why nothing was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError {
    /// No rows, or columns of different lengths.
    Shape,
    /// A value is no number.
    Value,
    /// All outcomes are alike.
    OneOutcome,
    /// The penalty is not above zero.
    Strength,
}

const MOST_STEPS: usize = 50;

/// Fits `outcomes` on `columns` (each as long as the outcomes).
///
/// # Errors
/// See [`FitError`].
pub fn fit(columns: &[&[f64]], outcomes: &[bool], strength: f64) -> Result<Model, FitError> {
    let n = outcomes.len();
    if n == 0 || columns.iter().any(|c| c.len() != n) {
        return Err(FitError::Shape);
    }
    if columns.iter().any(|c| c.iter().any(|v| !v.is_finite())) {
        return Err(FitError::Value);
    }
    if strength.is_nan() || strength <= 0.0 {
        return Err(FitError::Strength);
    }
    let positive = outcomes.iter().filter(|o| **o).count();
    if positive == 0 || positive == n {
        return Err(FitError::OneOutcome);
    }
    let (means, deviations): (Vec<f64>, Vec<f64>) = columns.iter().map(|c| spread(c)).unzip();
    let width = columns.len() + 1;
    // Row by row with a leading 1, because each step goes over the rows.
    let mut rows = vec![1.0; n * width];
    for (j, column) in columns.iter().enumerate() {
        for (i, value) in column.iter().enumerate() {
            rows[i * width + j + 1] = (value - means[j]) / deviations[j];
        }
    }
    let share = positive as f64 / n as f64;
    let mut theta = vec![0.0; width];
    theta[0] = (share / (1.0 - share)).ln();
    let penalty = 1.0 / strength;
    let mut state = evaluate(&rows, outcomes, &theta, penalty);
    let mut steps = 0;
    let tolerance = 1e-9 * n as f64;
    while steps < MOST_STEPS && state.slope.iter().any(|g| g.abs() > tolerance) {
        let Some(step) = solve(&mut state.information.clone(), &mut state.slope.clone()) else {
            break;
        };
        let mut length = 1.0;
        // The penalised likelihood is concave; halving is for the far start only.
        loop {
            let tried: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + length * s).collect();
            let next = evaluate(&rows, outcomes, &tried, penalty);
            if next.objective >= state.objective - 1e-12 * state.objective.abs() || length < 1e-6 {
                (theta, state) = (tried, next);
                break;
            }
            length /= 2.0;
        }
        steps += 1;
    }
    let converged = state.slope.iter().all(|g| g.abs() <= tolerance);
    let covariance = inverse(&state.information, width).unwrap_or_default();
    let standard_errors = (0..width)
        .map(|i| covariance.get(i * width + i).map_or(f64::NAN, |v| v.sqrt()))
        .collect();
    Ok(Model {
        intercept: theta[0],
        weights: theta.split_off(1),
        means,
        deviations,
        standard_errors,
        log_likelihood: state.log_likelihood,
        steps,
        converged,
    })
}

struct State {
    objective: f64,
    log_likelihood: f64,
    slope: Vec<f64>,
    information: Vec<f64>,
}

fn evaluate(rows: &[f64], outcomes: &[bool], theta: &[f64], penalty: f64) -> State {
    let width = theta.len();
    let mut state = State {
        objective: 0.0,
        log_likelihood: 0.0,
        slope: vec![0.0; width],
        information: vec![0.0; width * width],
    };
    for (row, outcome) in rows.chunks_exact(width).zip(outcomes) {
        let odds: f64 = row.iter().zip(theta).map(|(x, t)| x * t).sum();
        let p = logistic(odds);
        state.log_likelihood -= if *outcome { softplus(-odds) } else { softplus(odds) };
        let off = f64::from(u8::from(*outcome)) - p;
        let weight = p * (1.0 - p);
        for i in 0..width {
            state.slope[i] += off * row[i];
            let scaled = weight * row[i];
            let own = &mut state.information[i * width..=i * width + i];
            for (sum, value) in own.iter_mut().zip(row) {
                *sum += scaled * value;
            }
        }
    }
    state.objective = state.log_likelihood;
    for (i, weight) in theta.iter().enumerate() {
        for j in 0..i {
            state.information[j * width + i] = state.information[i * width + j];
        }
        if i > 0 {
            state.slope[i] -= penalty * weight;
            state.information[i * width + i] += penalty;
            state.objective -= 0.5 * penalty * weight * weight;
        }
    }
    state
}

/// Mean and standard deviation (of the population); a column that does not vary has 1.
fn spread(column: &[f64]) -> (f64, f64) {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
}

impl Model {
    /// Probability for a row of as many values as there are columns.
    #[must_use]
    pub fn probability(&self, row: &[f64]) -> f64 {
        logistic(self.score(row))
    }

    /// Logarithm of the odds for a row.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> f64 {
        let odds: f64 = (0..self.weights.len()).map(|j| self.effect(j, row)).sum();
        self.intercept + odds
    }

    /// What speaks most for or against, the largest effect first. All effects and the intercept add up to the
    /// logarithm of the odds.
    #[must_use]
    pub fn reasons(&self, row: &[f64], most: usize) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = (0..self.weights.len())
            .map(|column| Reason {
                column,
                effect: self.effect(column, row),
            })
            .collect();
        reasons.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
        reasons.truncate(most);
        reasons
    }

    fn effect(&self, column: usize, row: &[f64]) -> f64 {
        let value = row.get(column).copied().unwrap_or(self.means[column]);
        self.weights[column] * (value - self.means[column]) / self.deviations[column]
    }
}

/// Area under the ROC curve: how often a positive row has the higher score, ties half. `None` if all are alike.
#[must_use]
pub fn auc(scores: &[f64], outcomes: &[bool]) -> Option<f64> {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(outcomes.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positive = order.iter().filter(|o| o.1).count() as f64;
    let negative = order.len() as f64 - positive;
    if positive == 0.0 || negative == 0.0 {
        return None;
    }
    let (mut below, mut wins) = (0.0, 0.0);
    for same in order.chunk_by(|a, b| a.0 == b.0) {
        let yes = same.iter().filter(|o| o.1).count() as f64;
        let no = same.len() as f64 - yes;
        wins += yes * (below + no / 2.0);
        below += no;
    }
    Some(wins / (positive * negative))
}

/// Mean logarithmic loss of probabilities; `None` without rows.
#[must_use]
pub fn log_loss(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    if outcomes.is_empty() {
        return None;
    }
    let loss = |p: f64, o: bool| -(if o { p } else { 1.0 - p }).max(1e-15).ln();
    let sum: f64 = probabilities.iter().zip(outcomes).map(|(p, o)| loss(*p, *o)).sum();
    Some(sum / outcomes.len() as f64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    #[test]
    fn a_two_by_two_table_gives_its_odds_ratio() {
        // 30 of 100 with, 10 of 100 without: the odds ratio is (30/70)/(10/90).
        let column: Vec<f64> = (0..200).map(|i| f64::from(u8::from(i < 100))).collect();
        let outcomes: Vec<bool> = (0..200).map(|i| if i < 100 { i < 30 } else { i < 110 }).collect();
        let model = fit(&[&column], &outcomes, 1e9).unwrap();
        assert!(model.converged, "{model:?}");
        let ratio = (model.weights[0] / model.deviations[0]).exp();
        assert!((ratio - (30.0 / 70.0) / (10.0 / 90.0)).abs() < 1e-6, "{ratio}");
        // Woolf: the error of its logarithm is √(1/30 + 1/70 + 1/10 + 1/90).
        let error = model.standard_errors[1] / model.deviations[0];
        assert!((error - (1.0_f64 / 30.0 + 1.0 / 70.0 + 0.1 + 1.0 / 90.0).sqrt()).abs() < 1e-6);
        assert!((model.probability(&[1.0]) - 0.3).abs() < 1e-8);
    }

    #[test]
    fn the_truth_is_found_and_reasons_add_up() {
        let mut rng = SplitMix64::new(4);
        let n = 20_000;
        let columns: Vec<Vec<f64>> = (0..3).map(|_| (0..n).map(|_| rng.normal()).collect()).collect();
        let truth = [1.0, -0.5, 0.0];
        let outcomes: Vec<bool> = (0..n)
            .map(|i| rng.unit() < logistic(-1.0 + (0..3).map(|j| truth[j] * columns[j][i]).sum::<f64>()))
            .collect();
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let model = fit(&slices, &outcomes, 1e6).unwrap();
        for (j, truth) in truth.iter().enumerate() {
            let found = model.weights[j] / model.deviations[j];
            assert!(
                (found - truth).abs() < 4.0 * model.standard_errors[j + 1],
                "{j}: {found}"
            );
        }
        let row = [0.4, 2.0, -1.0];
        let reasons = model.reasons(&row, 3);
        let sum: f64 = reasons.iter().map(|r| r.effect).sum();
        assert!((logistic(model.intercept + sum) - model.probability(&row)).abs() < 1e-14);
        assert!(reasons.windows(2).all(|w| w[0].effect.abs() >= w[1].effect.abs()));
        // A ridge draws towards zero.
        let tight = fit(&slices, &outcomes, 1e-3).unwrap();
        assert!(tight.weights[0].abs() < model.weights[0].abs());
    }

    #[test]
    fn separated_and_constant_columns_do_no_harm() {
        let column: Vec<f64> = (0..40).map(f64::from).collect();
        let same = vec![7.0; 40];
        let outcomes: Vec<bool> = (0..40).map(|i| i >= 20).collect();
        let model = fit(&[&column, &same], &outcomes, 1.0).unwrap();
        assert!(
            model.converged && model.weights.iter().all(|w| w.is_finite()),
            "{model:?}"
        );
        assert_eq!(model.weights[1], 0.0);
        assert_eq!(fit(&[&column], &[true; 40], 1.0), Err(FitError::OneOutcome));
        assert_eq!(fit(&[&column], &[true; 3], 1.0), Err(FitError::Shape));
        assert_eq!(fit(&[&[f64::NAN, 1.0]], &[true, false], 1.0), Err(FitError::Value));
    }

    #[test]
    fn the_area_counts_ties_half() {
        assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), Some(0.75));
        assert_eq!(auc(&[0.5, 0.5], &[false, true]), Some(0.5));
        assert_eq!(auc(&[0.5], &[true]), None);
        assert!((log_loss(&[0.8, 0.4], &[true, false]).unwrap() + (0.8_f64.ln() + 0.6_f64.ln()) / 2.0).abs() < 1e-15);
    }
}
