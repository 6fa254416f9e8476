//! Which attributes please and which annoy: penalty–reward contrast analysis (Brandt 1987; Mikulić and Prebežac 2008).
//!
//! Overall satisfaction is regressed on two dummies for each attribute: low marks and high marks, against the middle. The
//! weight of the low dummy is the penalty, that of the high dummy the reward. A factor that only punishes is basic, one that
//! does both or mostly rewards is value; one that punishes satisfaction but does not make customers think of leaving is a
//! dissatisfier, and a factor whose effects are within chance is secondary. Results depend on where low and high are cut,
//! so the cuts are arguments: run it with another pair and see what stays.

use crate::linear::{inverse, solve};
use serde::{Deserialize, Serialize};

/// What an attribute is to customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Taken for granted: bad marks cost, good marks bring little.
    Basic,
    /// Good marks bring as much as bad ones cost, or more.
    Value,
    /// Bad marks annoy but do not make anybody leave.
    Dissatisfier,
    /// No effect beyond chance.
    Secondary,
}

/// An attribute and its effects, in marks of overall satisfaction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Change with low marks.
    pub penalty: f64,
    /// Its t statistic.
    pub penalty_t: f64,
    /// Change with high marks.
    pub reward: f64,
    /// Its t statistic.
    pub reward_t: f64,
    /// `|penalty| + reward`: how much the attribute moves at all.
    pub range: f64,
    /// `(reward − |penalty|) / range`: −1 punishes only, 1 rewards only; `None` without range.
    pub asymmetry: Option<f64>,
    /// t statistic of low marks on the intent to leave; `None` when that was not asked.
    pub leave_t: Option<f64>,
    /// Answers with low marks.
    pub low: usize,
    /// Answers with high marks.
    pub high: usize,
    /// What it is; `None` when fewer than 30 answers are low or high.
    pub class: Option<Class>,
}

/// The whole analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drivers {
    /// One per attribute.
    pub drivers: Vec<Driver>,
    /// Part of the differences in satisfaction that all of them explain.
    pub r_squared: f64,
    /// Answers.
    pub answers: usize,
}

/// Fewest answers in a dummy.
const ENOUGH: usize = 30;

/// The contrast analysis. `marks` has one column per attribute, `overall` the satisfaction, `leave` the intent to leave
/// (empty if not asked); marks of at most `low` count as low, of at least `high` as high; a t statistic beyond `t` (1.96) is no
/// chance.
///
/// `None` when there are too few answers, lengths differ, or the attributes cannot be told apart (all answers low or high
/// together).
#[must_use]
pub fn drivers(marks: &[&[f64]], overall: &[f64], leave: &[f64], (low, high): (f64, f64), t: f64) -> Option<Drivers> {
    let n = overall.len();
    let width = 2 * marks.len() + 1;
    if n <= width || marks.iter().any(|m| m.len() != n) || !(leave.is_empty() || leave.len() == n) {
        return None;
    }
    let mut rows = Vec::with_capacity(n * width);
    for i in 0..n {
        rows.push(1.0);
        for column in marks {
            rows.push(f64::from(u8::from(column[i] <= low)));
            rows.push(f64::from(u8::from(column[i] >= high)));
        }
    }
    // A dummy that nobody has is left out of the equations by a diagonal of its own.
    let fit = least_squares(&rows, overall, width)?;
    let left = if leave.is_empty() {
        None
    } else {
        Some(least_squares(&rows, leave, width)?)
    };
    let drivers = (0..marks.len())
        .map(|a| {
            let (at_low, at_high) = (1 + 2 * a, 2 + 2 * a);
            let count = |at: usize| rows.chunks_exact(width).filter(|r| r[at] > 0.0).count();
            let (penalty, reward) = (fit.weights[at_low], fit.weights[at_high]);
            let (penalty_t, reward_t) = (fit.t(at_low), fit.t(at_high));
            let leave_t = left.as_ref().map(|l| l.t(at_low));
            let (down, up) = ((-penalty).max(0.0), reward.max(0.0));
            let range = down + up;
            let (punishes, rewards) = (penalty_t < -t, reward_t > t);
            let class = match (punishes, rewards) {
                (false, false) => Class::Secondary,
                (true, _) if leave_t.is_some_and(|l| l < t) && down > 2.0 * up => Class::Dissatisfier,
                (true, false) => Class::Basic,
                (true, true) if down > 2.0 * up => Class::Basic,
                _ => Class::Value,
            };
            let (low, high) = (count(at_low), count(at_high));
            Driver {
                penalty,
                penalty_t,
                reward,
                reward_t,
                range,
                asymmetry: (range > 0.0).then(|| (up - down) / range),
                leave_t,
                low,
                high,
                class: (low >= ENOUGH && high >= ENOUGH).then_some(class),
            }
        })
        .collect();
    Some(Drivers {
        drivers,
        r_squared: fit.r_squared,
        answers: n,
    })
}

struct Squares {
    weights: Vec<f64>,
    errors: Vec<f64>,
    r_squared: f64,
}

impl Squares {
    fn t(&self, at: usize) -> f64 {
        if self.errors[at] > 0.0 {
            self.weights[at] / self.errors[at]
        } else {
            0.0
        }
    }
}

/// Ordinary least squares with their standard errors.
fn least_squares(rows: &[f64], y: &[f64], width: usize) -> Option<Squares> {
    let mut normal = vec![0.0; width * width];
    let mut right = vec![0.0; width];
    for (row, y) in rows.chunks_exact(width).zip(y) {
        for i in 0..width {
            right[i] += row[i] * y;
            for j in 0..width {
                normal[i * width + j] += row[i] * row[j];
            }
        }
    }
    let empty: Vec<bool> = (0..width).map(|i| normal[i * width + i] == 0.0).collect();
    for i in (0..width).filter(|i| empty[*i]) {
        normal[i * width + i] = 1.0;
    }
    let covariance = inverse(&normal, width)?;
    let weights = solve(&mut normal, &mut right)?;
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let (mut left, mut whole) = (0.0, 0.0);
    for (row, y) in rows.chunks_exact(width).zip(y) {
        let fitted: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
        left += (y - fitted).powi(2);
        whole += (y - mean).powi(2);
    }
    let variance = left / (n - width as f64);
    let errors = (0..width)
        .map(|i| {
            if empty[i] {
                0.0
            } else {
                (variance * covariance[i * width + i]).sqrt()
            }
        })
        .collect();
    Some(Squares {
        weights,
        errors,
        r_squared: if whole > 0.0 { 1.0 - left / whole } else { 0.0 },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    /// Marks from 1 to 5; satisfaction as told by (penalty, reward) for each attribute, and who thinks of leaving.
    fn survey(effects: &[(f64, f64)], leaving: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>, Vec<f64>) {
        let mut rng = SplitMix64::new(6);
        let n = 2_000;
        let marks: Vec<Vec<f64>> = effects
            .iter()
            .map(|_| (0..n).map(|_| (5.0 * rng.unit()).floor() + 1.0).collect())
            .collect();
        let mut told = |base: f64, weights: &dyn Fn(usize) -> (f64, f64)| -> Vec<f64> {
            (0..n)
                .map(|i| {
                    let sum: f64 = (0..effects.len())
                        .map(|a| match marks[a][i] {
                            m if m <= 2.0 => weights(a).0,
                            m if m >= 4.0 => weights(a).1,
                            _ => 0.0,
                        })
                        .sum();
                    base + sum + rng.normal()
                })
                .collect()
        };
        let overall = told(6.0, &|a| effects[a]);
        let leave = told(2.0, &|a| (leaving[a], 0.0));
        (marks, overall, leave)
    }

    #[test]
    fn each_class_is_recognised() {
        let effects = [(-1.5, 0.1), (-0.8, 0.9), (0.0, 1.2), (0.0, 0.0), (-1.0, 0.0)];
        let (marks, overall, leave) = survey(&effects, &[1.0, 0.5, 0.0, 0.0, 0.0]);
        let columns: Vec<&[f64]> = marks.iter().map(Vec::as_slice).collect();
        let d = drivers(&columns, &overall, &leave, (2.0, 4.0), 2.576).unwrap();
        let classes: Vec<Option<Class>> = d.drivers.iter().map(|d| d.class).collect();
        assert_eq!(
            classes,
            [
                Class::Basic,
                Class::Value,
                Class::Value,
                Class::Secondary,
                Class::Dissatisfier
            ]
            .map(Some),
            "{d:?}"
        );
        for (driver, (penalty, reward)) in d.drivers.iter().zip(effects) {
            assert!(
                (driver.penalty - penalty).abs() < 0.25 && (driver.reward - reward).abs() < 0.25,
                "{driver:?}"
            );
        }
        assert!(d.drivers[0].asymmetry.unwrap() < -0.7 && d.drivers[2].asymmetry.unwrap() > 0.8);
        assert!(d.r_squared > 0.3 && d.r_squared < 0.8, "{}", d.r_squared);
        // Without the second question an annoyance cannot be told from what is basic.
        let blind = drivers(&columns, &overall, &[], (2.0, 4.0), 2.576).unwrap();
        assert_eq!(
            (blind.drivers[4].class, blind.drivers[4].leave_t),
            (Some(Class::Basic), None)
        );
    }

    #[test]
    fn too_few_answers_give_no_class() {
        let (marks, overall, _) = survey(&[(-1.0, 1.0)], &[0.0]);
        let column: Vec<f64> = marks[0].iter().map(|m| m.clamp(2.5, 5.0)).collect();
        let d = drivers(&[&column], &overall, &[], (2.0, 4.0), 1.96).unwrap();
        assert_eq!((d.drivers[0].low, d.drivers[0].class), (0, None));
        assert_eq!(drivers(&[&column[..3]], &overall[..3], &[], (2.0, 4.0), 1.96), None);
        // Two attributes that are one.
        assert_eq!(drivers(&[&marks[0], &marks[0]], &overall, &[], (2.0, 4.0), 1.96), None);
    }
}
