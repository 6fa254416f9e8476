//! The customer evaluation model: weighted indicators, a score from 0 to 100, a grade A to D, reasons.
//!
//! Every indicator is brought to 0–1 (by its rank among all customers, or linearly between two values),
//! weighted and added up. The grade follows from the score by shares of customers or by fixed scores;
//! knock-outs hold it down; hysteresis keeps yesterday's grade near a cut, else customers flip each night.
//! The method is METHODS A1 "Rating". Unknown values count as neutral (one half) and are reported.

use serde::{Deserialize, Serialize};

mod error;
pub use error::ModelError;

/// The most indicators a model may have.
pub const MAX_INDICATORS: usize = 64;

/// An evaluation model, as edited and stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What is looked at.
    pub indicators: Vec<Indicator>,
    /// How scores become grades.
    pub cuts: Cuts,
    /// Conditions that hold a grade down whatever the score.
    #[serde(default)]
    pub knock_outs: Vec<KnockOut>,
}

/// One indicator of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Name of the input column.
    pub key: String,
    /// Weight in parts per million; only the proportion to the other weights matters.
    pub weight_ppm: i64,
    /// Which way is good.
    pub direction: Direction,
    /// How a value becomes 0–1.
    pub scale: Scale,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A higher value is better.
    Higher,
    /// A lower value is better.
    Lower,
}

/// How a value becomes a number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The part of the customers with a lower value, counting half of those with the same.
    Quantile,
    /// 0 at `low` and below, 1 at `high` and above.
    Linear {
        /// Value that scores 0.
        low: f64,
        /// Value that scores 1.
        high: f64,
    },
}

/// How scores become grades.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// Rising shares of customers counted from the best: `[0.2, 0.5, 0.8]` makes the best 20 % A and the
    /// last 20 % D. Equal scores share the better grade, so a grade may be larger than its share.
    Quantile([f64; 3]),
    /// Falling scores: at least the first is A, at least the second B, at least the third C.
    Score([f64; 3]),
}

/// A condition that must hold for a good grade. An unknown value passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnockOut {
    /// Name of the input column.
    pub key: String,
    /// The condition.
    pub limit: Limit,
    /// Where the condition is broken, the grade is this one or worse.
    pub worst_grade: Grade,
}

/// A condition on a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The value must not be above.
    AtMost(f64),
    /// The value must not be below.
    AtLeast(f64),
}

/// A grade; A is best and sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Best.
    A,
    /// Good.
    B,
    /// Fair.
    C,
    /// Poor.
    D,
}

impl Grade {
    /// All grades from best to worst.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// 0 for A to 3 for D.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The result of a run: one place per customer, in the order of the input.
#[derive(Clone, Debug)]
pub struct Rating {
    /// Scores from 0 to 100.
    pub scores: Vec<f64>,
    /// Grades after hysteresis and knock-outs.
    pub grades: Vec<Grade>,
    /// True where a knock-out lowered the grade.
    pub knocked_out: Vec<bool>,
    /// The scores at which A, B and C begin.
    pub cut_scores: [f64; 3],
    /// Mean of the scores; 0 without customers.
    pub mean_score: f64,
    /// How many customers lack each indicator.
    pub missing: Vec<usize>,
    /// Values 0–1, one column per indicator.
    scaled: Vec<Vec<f64>>,
    means: Vec<f64>,
    weights: Vec<f64>,
    /// One bit per indicator without a value.
    unknown: Vec<u64>,
}

/// One reason for a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Place of the indicator in the model.
    pub indicator: usize,
    /// Points of the score above (or below) the average customer because of it.
    pub points: f64,
    /// The value was unknown and counted as neutral.
    pub unknown: bool,
}

impl Rating {
    /// Points that the indicator adds to the customer's score compared with the average customer. Over
    /// all indicators they add up to the score minus the mean score.
    #[must_use]
    pub fn contribution(&self, customer: usize, indicator: usize) -> f64 {
        100.0 * self.weights[indicator] * (self.scaled[indicator][customer] - self.means[indicator])
    }

    /// The strongest reasons, largest effect first, whichever its sign.
    #[must_use]
    pub fn reasons(&self, customer: usize, most: usize) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = (0..self.weights.len())
            .map(|indicator| Reason {
                indicator,
                points: self.contribution(customer, indicator),
                unknown: self.unknown[customer] >> indicator & 1 == 1,
            })
            .collect();
        reasons.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
        reasons.truncate(most);
        reasons
    }

    /// How many indicators of the customer were unknown.
    #[must_use]
    pub fn unknown(&self, customer: usize) -> u32 {
        self.unknown[customer].count_ones()
    }
}

impl Model {
    /// Checks the model without any customer.
    ///
    /// # Errors
    /// Names the first thing that does not fit.
    pub fn check(&self) -> Result<(), ModelError> {
        if self.indicators.len() > MAX_INDICATORS {
            return Err(ModelError::TooMany);
        }
        if self.indicators.iter().any(|i| i.weight_ppm < 0) || self.indicators.iter().all(|i| i.weight_ppm == 0) {
            return Err(ModelError::Weights);
        }
        for indicator in &self.indicators {
            if let Scale::Linear { low, high } = indicator.scale
                && !(low < high && low.is_finite() && high.is_finite())
            {
                return Err(ModelError::Scale(indicator.key.clone()));
            }
        }
        let in_order = match self.cuts {
            Cuts::Quantile([a, b, c]) => 0.0 <= a && a <= b && b <= c && c <= 1.0,
            Cuts::Score([a, b, c]) => a >= b && b >= c,
        };
        if in_order { Ok(()) } else { Err(ModelError::Cuts) }
    }

    /// Rates all customers. `columns` are named and of one length, `NaN` means unknown.
    ///
    /// `previous` holds the earlier grades (`None` for a new customer) and `hysteresis` the points of
    /// score by which a cut must be passed before the grade changes. It may be empty for a first run.
    ///
    /// # Errors
    /// A model that does not fit itself or the columns.
    pub fn rate(
        &self,
        columns: &[(&str, &[f64])],
        previous: &[Option<Grade>],
        hysteresis: f64,
    ) -> Result<Rating, ModelError> {
        self.check()?;
        if hysteresis.is_nan() || hysteresis < 0.0 {
            return Err(ModelError::Hysteresis);
        }
        let n = columns.first().map_or(0, |(_, values)| values.len());
        if !previous.is_empty() && previous.len() != n {
            return Err(ModelError::Length("previous".to_owned()));
        }
        let column = |key: &str| -> Result<&[f64], ModelError> {
            let (_, values) = columns
                .iter()
                .find(|(name, _)| *name == key)
                .ok_or_else(|| ModelError::Missing(key.to_owned()))?;
            if values.len() == n {
                Ok(values)
            } else {
                Err(ModelError::Length(key.to_owned()))
            }
        };
        let whole: f64 = self.indicators.iter().map(|i| i.weight_ppm as f64).sum();
        let weights: Vec<f64> = self.indicators.iter().map(|i| i.weight_ppm as f64 / whole).collect();
        let mut scores = vec![0.0; n];
        let mut unknown = vec![0u64; n];
        let (mut missing, mut means, mut scaled) = (Vec::new(), Vec::new(), Vec::new());
        let mut buffer = Vec::new();
        for (place, indicator) in self.indicators.iter().enumerate() {
            let values = column(&indicator.key)?;
            let result = scale(values, indicator, &mut buffer);
            let (mut sum, mut absent) = (0.0, 0);
            for (customer, value) in values.iter().enumerate() {
                if value.is_nan() {
                    absent += 1;
                    unknown[customer] |= 1 << place;
                }
                sum += result[customer];
                scores[customer] += 100.0 * weights[place] * result[customer];
            }
            missing.push(absent);
            means.push(if n == 0 { 0.0 } else { sum / n as f64 });
            scaled.push(result);
        }
        let cut_scores = self.cut_scores(&scores);
        let mut grades: Vec<Grade> = scores.iter().map(|score| grade(*score, cut_scores)).collect();
        for ((grade, before), score) in grades.iter_mut().zip(previous).zip(&scores) {
            if let Some(before) = before
                && near(*score, *before, cut_scores, hysteresis)
            {
                *grade = *before;
            }
        }
        let mut knocked_out = vec![false; n];
        for rule in &self.knock_outs {
            for (customer, value) in column(&rule.key)?.iter().enumerate() {
                let broken = match rule.limit {
                    Limit::AtMost(limit) => *value > limit,
                    Limit::AtLeast(limit) => *value < limit,
                };
                if broken && grades[customer] < rule.worst_grade {
                    grades[customer] = rule.worst_grade;
                    knocked_out[customer] = true;
                }
            }
        }
        let mean_score = if n == 0 {
            0.0
        } else {
            scores.iter().sum::<f64>() / n as f64
        };
        Ok(Rating {
            scores,
            grades,
            knocked_out,
            cut_scores,
            mean_score,
            missing,
            scaled,
            means,
            weights,
            unknown,
        })
    }

    fn cut_scores(&self, scores: &[f64]) -> [f64; 3] {
        match self.cuts {
            Cuts::Score(cuts) => cuts,
            Cuts::Quantile(shares) => {
                let mut sorted = scores.to_vec();
                sorted.sort_unstable_by(|a, b| b.total_cmp(a));
                shares.map(|share| {
                    // A hair less, so that 0.2 of ten is two and not, by rounding, three.
                    let count = (share * sorted.len() as f64 - 1e-9).ceil().max(0.0) as usize;
                    if count == 0 { f64::INFINITY } else { sorted[count - 1] }
                })
            }
        }
    }
}

/// The grade of a score; a score on the cut gets the better grade.
fn grade(score: f64, cuts: [f64; 3]) -> Grade {
    Grade::ALL[cuts.iter().filter(|cut| score < **cut).count()]
}

/// Whether a score still lies in the band of the earlier grade, widened by `h` at both ends.
fn near(score: f64, before: Grade, cuts: [f64; 3], h: f64) -> bool {
    let place = before.index();
    let above = cuts.get(place).is_none_or(|cut| score >= cut - h);
    let below = place == 0 || score < cuts[place - 1] + h;
    above && below
}

/// Values as 0–1 with 1 as the good end; the buffer is reused between indicators.
fn scale(values: &[f64], indicator: &Indicator, buffer: &mut Vec<(f64, usize)>) -> Vec<f64> {
    let mut result = vec![0.5; values.len()];
    let turn = |share: f64| match indicator.direction {
        Direction::Higher => share,
        Direction::Lower => 1.0 - share,
    };
    match indicator.scale {
        Scale::Linear { low, high } => {
            for (place, value) in values.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
                result[place] = turn(((value - low) / (high - low)).clamp(0.0, 1.0));
            }
        }
        Scale::Quantile => {
            buffer.clear();
            // Adding zero turns -0 into 0, so that the two count as equal.
            buffer.extend(
                values
                    .iter()
                    .enumerate()
                    .filter(|(_, v)| !v.is_nan())
                    .map(|(p, v)| (*v + 0.0, p)),
            );
            buffer.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let present = buffer.len() as f64;
            let mut below = 0usize;
            for same in buffer.chunk_by(|a, b| a.0 == b.0) {
                let share = turn((below as f64 + 0.5 * same.len() as f64) / present);
                for (_, place) in same {
                    result[*place] = share;
                }
                below += same.len();
            }
        }
    }
    result
}

#[cfg(test)]
mod tests;
