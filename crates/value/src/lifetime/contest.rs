//! Which model foresees best: each is fitted to the earlier part of the history and held against the later one.

use super::{Buying, Model};
use crate::calibration::{Calibration, Outcome, calibration};
use crate::history::{Group, History, group};
use serde::{Deserialize, Serialize};

/// Models that foresee equally well to this part are told apart by their likelihood.
const EQUAL: f64 = 0.01;

/// A model held against the part of the history that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The model.
    pub model: Model,
    /// Its fit to the earlier part; none if nothing could be fitted.
    pub fitted: Option<Buying>,
    /// How it foresaw the later part.
    pub calibration: Option<Calibration>,
}

/// The models compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// All that took part.
    pub candidates: Vec<Candidate>,
    /// The plain guess beside them: everybody goes on at the rate they had.
    pub plain: Option<Calibration>,
    /// Place of the best one.
    pub best: Option<usize>,
}

impl Contest {
    /// The best one's calibration.
    #[must_use]
    pub fn winner(&self) -> Option<&Candidate> {
        self.candidates.get(self.best?)
    }

    /// Fits the best one to everything; if that does not succeed, the next one takes its place.
    pub fn settle(&mut self, groups: &[Group]) -> Option<Buying> {
        let error = |c: &Candidate| c.calibration.as_ref().map_or(f64::INFINITY, |c| c.root_mean_square);
        let mut order: Vec<usize> = (0..self.candidates.len())
            .filter(|i| self.candidates[*i].calibration.is_some())
            .collect();
        order.sort_by(|a, b| error(&self.candidates[*a]).total_cmp(&error(&self.candidates[*b])));
        for place in self.best.into_iter().chain(order) {
            let fit = Buying::fit(self.candidates[place].model, groups);
            if let Some(fit) = fit.ok().filter(Buying::usable) {
                self.best = Some(place);
                return Some(fit);
            }
        }
        None
    }
}

/// Fits each model to histories that end before the held-out time and compares what it expects there with what came. The
/// smallest root mean square error wins; within one per cent, one that is at no boundary, and of these the greatest likelihood.
#[must_use]
pub fn contest(histories: &[History], came: &[u32], horizon: f64) -> Contest {
    const LAST_BIN: u32 = 7;
    let groups = group(histories);
    let judge = |expects: &dyn Fn(&History) -> f64| {
        let outcomes: Vec<Outcome> = histories
            .iter()
            .zip(came)
            .map(|(h, came)| Outcome {
                x: h.x,
                expected: expects(h),
                actual: f64::from(*came),
            })
            .collect();
        calibration(&outcomes, LAST_BIN)
    };
    let candidates: Vec<Candidate> = Model::ALL
        .into_iter()
        .map(|model| {
            let fitted = Buying::fit(model, &groups).ok().filter(Buying::usable);
            let calibration = fitted.as_ref().and_then(|fit| judge(&|h| fit.expected(h, horizon)));
            Candidate {
                model,
                calibration: calibration.filter(|c| c.root_mean_square.is_finite()),
                fitted,
            }
        })
        .collect();
    let error = |c: &Candidate| c.calibration.as_ref().map(|c| c.root_mean_square);
    let least = candidates.iter().filter_map(error).fold(f64::INFINITY, f64::min);
    // At a boundary nobody knows how well the parameters are known: rather one that is not.
    let likely = |c: &Candidate| {
        let fitted = c.fitted.as_ref();
        (
            fitted.is_some_and(|f| f.log_covariance.is_some()),
            fitted.map_or(f64::NEG_INFINITY, |f| f.log_likelihood),
        )
    };
    let best = candidates
        .iter()
        .enumerate()
        .filter(|(_, c)| error(c).is_some_and(|e| e <= least * (1.0 + EQUAL)))
        .max_by(|a, b| {
            let (a, b) = (likely(a.1), likely(b.1));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
        .map(|(place, _)| place);
    let rate = |h: &History| if h.t > 0.0 { f64::from(h.x) / h.t } else { 0.0 };
    Contest {
        plain: judge(&|h| rate(h) * horizon),
        candidates,
        best,
    }
}
