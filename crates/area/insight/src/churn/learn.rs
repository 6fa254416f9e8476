//! Examples to learn from, and the two ways of learning: boosted trees and a plain logistic regression. The scores of both are
//! turned into probabilities on examples that they did not learn from (Platt 1999).

use super::features::COLUMNS;
use zhike_value::{boost, logistic};

/// Customers as they were known on some days, with what came.
#[derive(Default)]
pub struct Examples {
    parties: Vec<i64>,
    rows: Vec<Vec<f64>>,
    /// Which of them stopped.
    pub gone: Vec<bool>,
}

/// Of so many customers one says when to stop adding trees.
const STOPS: i64 = 5;

impl Examples {
    /// One more.
    pub fn push(&mut self, party: i64, row: Vec<f64>, gone: bool) {
        self.parties.push(party);
        self.rows.push(row);
        self.gone.push(gone);
    }
    /// All of several.
    pub fn join(all: impl Iterator<Item = Examples>) -> Examples {
        all.fold(Examples::default(), |mut sum, e| {
            sum.parties.extend(e.parties);
            sum.rows.extend(e.rows);
            sum.gone.extend(e.gone);
            sum
        })
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Of the rarer outcome so many.
    pub fn least(&self) -> usize {
        let gone = self.gone.iter().filter(|g| **g).count();
        gone.min(self.gone.len() - gone)
    }
    /// The part that stopped.
    pub fn share(&self) -> f64 {
        let of = |n: usize| crate::model::float(i64::try_from(n).unwrap_or(0));
        of(self.gone.iter().filter(|g| **g).count()) / of(self.gone.len().max(1))
    }
    /// One column.
    pub fn column(&self, at: usize) -> Vec<f64> {
        self.rows.iter().filter_map(|r| r.get(at)).copied().collect()
    }
    /// What a model says of each.
    pub fn risks(&self, model: &Learnt) -> Vec<f64> {
        self.rows.iter().map(|r| model.risk(r)).collect()
    }
    /// Those of some customers only.
    fn of(&self, wanted: impl Fn(i64) -> bool) -> Examples {
        let mut part = Examples::default();
        for ((party, row), gone) in self.parties.iter().zip(&self.rows).zip(&self.gone) {
            if wanted(*party) {
                part.push(*party, row.clone(), *gone);
            }
        }
        part
    }
    fn columns(&self) -> Vec<Vec<f64>> {
        (0..COLUMNS.len()).map(|c| self.column(c)).collect()
    }
}

/// How is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Boosted trees.
    Trees,
    /// Plain logistic regression.
    Line,
}

enum Core {
    Trees(boost::Model),
    Line(logistic::Model),
}

/// A model whose scores are probabilities.
pub struct Learnt {
    core: Core,
    slope: f64,
    platt: logistic::Model,
}

impl Learnt {
    /// Learns from some examples; others say what a score means. Nothing where more score does not mean more risk.
    pub fn learn(way: Way, train: &Examples, held: &Examples) -> Option<Learnt> {
        let core = match way {
            Way::Trees => Core::Trees(grow(train)?),
            Way::Line => {
                let columns = train.columns();
                let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
                Core::Line(logistic::fit(&slices, &train.gone, 1.0).ok()?)
            }
        };
        let scores: Vec<f64> = held.rows.iter().map(|r| core.score(r)).collect();
        let platt = logistic::fit(&[&scores], &held.gone, 1e6).ok()?;
        let slope = platt.weights.first()? / platt.deviations.first()?;
        (slope > 0.0).then_some(Learnt { core, slope, platt })
    }
    /// The risk.
    pub fn risk(&self, row: &[f64]) -> f64 {
        self.platt.probability(&[self.core.score(row)])
    }
    /// What each column adds to the logarithm of the odds against the average customer. With that of the average they add up to
    /// the logarithm of the odds of the risk.
    pub fn reasons(&self, row: &[f64]) -> Vec<f64> {
        let mut all = match &self.core {
            Core::Trees(model) => model.reasons(row),
            Core::Line(model) => {
                let mut all = vec![0.0; COLUMNS.len()];
                for r in model.reasons(row, COLUMNS.len()) {
                    if let Some(slot) = all.get_mut(r.column) {
                        *slot = r.effect;
                    }
                }
                all
            }
        };
        all.iter_mut().for_each(|r| *r *= self.slope);
        all
    }
    /// The logarithm of the odds of the average customer.
    #[cfg(test)]
    fn average(&self) -> f64 {
        self.platt.score(&[match &self.core {
            Core::Trees(model) => model.average(),
            Core::Line(model) => model.intercept,
        }])
    }
}

/// Trees, stopped by customers who are not learnt from at any time.
fn grow(train: &Examples) -> Option<boost::Model> {
    let (learnt, stops) = (train.of(|p| p % STOPS != 0), train.of(|p| p % STOPS == 0));
    let columns = learnt.columns();
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let settings = boost::Settings {
        least: 30,
        ..boost::Settings::default()
    };
    boost::fit(&slices, &learnt.gone, &settings, Some((&stops.rows, &stops.gone))).ok()
}

impl Core {
    fn score(&self, row: &[f64]) -> f64 {
        match self {
            Core::Trees(model) => model.score(row),
            Core::Line(model) => model.score(row),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Who is silent for more than 50 days and less than 100 stops in nine of ten cases; no line can tell.
    fn made(from: i64, many: i64) -> Examples {
        let mut all = Examples::default();
        for i in from..from + many {
            let at = (i * 7_919) % 150;
            let mut row = vec![0.0; COLUMNS.len()];
            row[0] = crate::model::float(at);
            row[3] = crate::model::float((i * 31) % 5);
            let likely = (50..100).contains(&at);
            all.push(i, row, likely != ((i * 104_729) % 10 == 0));
        }
        all
    }

    #[test]
    fn the_trees_find_what_a_line_cannot_and_reasons_add_up() {
        let (train, held, fresh) = (made(0, 3_000), made(5_000, 1_000), made(9_000, 1_000));
        let trees = Learnt::learn(Way::Trees, &train, &held).unwrap();
        let auc = logistic::auc(&fresh.risks(&trees), &fresh.gone).unwrap();
        assert!(auc > 0.85, "{auc}");
        if let Some(line) = Learnt::learn(Way::Line, &train, &held) {
            let plain = logistic::auc(&fresh.risks(&line), &fresh.gone).unwrap();
            assert!(plain < 0.6, "{plain}");
        }
        for row in fresh.rows.iter().take(20) {
            let reasons = trees.reasons(row);
            let risk = trees.risk(row);
            let odds = (risk / (1.0 - risk)).ln();
            assert!((trees.average() + reasons.iter().sum::<f64>() - odds).abs() < 1e-6);
            assert!(reasons[0].abs() > reasons[3].abs(), "{reasons:?}");
        }
        // Calibrated: of all so many were expected as stopped.
        let expected: f64 = fresh.risks(&trees).iter().sum();
        let came = fresh.gone.iter().filter(|g| **g).count() as f64;
        assert!((expected / came - 1.0).abs() < 0.1, "{expected} {came}");
    }

    #[test]
    fn what_means_nothing_is_not_learnt() {
        let mut noise = made(0, 400);
        noise.rows.iter_mut().for_each(|r| r.fill(1.0));
        assert!(Learnt::learn(Way::Trees, &noise, &noise).is_none());
    }
}
