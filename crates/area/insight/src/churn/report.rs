//! What a computation of the risk leaves behind.

use serde::{Deserialize, Serialize};
use zhike_kernel::Date;
use zhike_value::judged::{Cut, Judged};

/// Limits for which is told what an alarm from there on would have found.
pub const CUTS: [f64; 7] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Why there are no risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The history is too short to learn, choose and test on times that follow one another.
    Short,
    /// Too few stayed or too few stopped.
    Few,
    /// Neither way of learning found anything.
    Unlearnt,
    /// Tested, it told no more than the share that stops.
    NoBetter,
}

impl Refusal {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Short => "short",
            Refusal::Few => "few",
            Refusal::Unlearnt => "unlearnt",
            Refusal::NoBetter => "no_better",
        }
    }
}

/// The stored result of the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Why there are no risks.
    pub refusal: Option<Refusal>,
    /// Days on which customers were looked at to learn.
    pub looks: usize,
    /// Customers learnt from (once for each look).
    pub learnt: usize,
    /// Customers of the test.
    pub tested: usize,
    /// The day of the test: everything before it was known, nothing after.
    pub tested_from: Option<Date>,
    /// The trees were taken; else the plain regression.
    pub boosted: bool,
    /// Boosted trees.
    pub trees: Option<Judged>,
    /// Plain logistic regression.
    pub line: Option<Judged>,
    /// The share that stopped the last time, for everybody.
    pub base: Option<Judged>,
    /// Silence alone, its AUC.
    pub silence: Option<f64>,
    /// What an alarm from some risks on would have found in the test.
    pub cuts: Vec<Cut>,
    /// Customers with a risk.
    pub customers: usize,
    /// Of these expected to stop.
    pub expected: f64,
    /// Mean size of each reason.
    pub weights: Vec<f64>,
}

impl Report {
    /// Nothing known yet.
    pub fn empty(from: Date, to: Date) -> Report {
        Report {
            from,
            to,
            refusal: None,
            looks: 0,
            learnt: 0,
            tested: 0,
            tested_from: None,
            boosted: false,
            trees: None,
            line: None,
            base: None,
            silence: None,
            cuts: vec![],
            customers: 0,
            expected: 0.0,
            weights: vec![],
        }
    }
    /// The one taken.
    pub fn taken(&self) -> Option<&Judged> {
        if self.boosted {
            self.trees.as_ref()
        } else {
            self.line.as_ref()
        }
    }
    /// Tested, does it tell more than the share alone: a smaller error, and an order that is not chance?
    pub fn beats_the_share(&self) -> bool {
        let both = self.taken().zip(self.base.as_ref());
        both.is_some_and(|(taken, base)| taken.brier < base.brier && taken.auc_range.0 > 0.5)
    }
}

/// A customer's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The customer.
    pub party: i64,
    /// Risk, parts per million.
    pub risk: i64,
    /// The last order that was known.
    pub bought: Date,
    /// Column, effect on the logarithm of the odds and value, both in thousandths.
    pub reasons: Vec<(usize, i64, i64)>,
}
