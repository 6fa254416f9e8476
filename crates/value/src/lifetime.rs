//! A lifetime model for a house: chosen among three by what it foresaw, and what it then says of each customer with how
//! well that is known.
//!
//! The interval of a value is that of the *expected* value: the parameters of both models (buying and amounts) are taken as
//! normal in their logarithms with the covariance of the information matrix, and the logarithm of the value as linear in
//! them (delta method). It needs one evaluation per parameter instead of hundreds of draws, and sums have intervals too,
//! because the parameters are common to all customers.

use crate::bgnbd;
use crate::fit::{self, FitError, Parameters, Warning};
use crate::gamma_gamma;
use crate::history::{Group, History};
use crate::{mbgnbd, pareto_nbd};
use serde::{Deserialize, Serialize};

mod contest;
mod doubt;
pub use contest::{Candidate, Contest, contest};
pub use doubt::{Clockwork, Refusal, clockwork, refusal};

/// Parameters of the model of buying.
const BUYING: usize = 4;
/// Parameters of both models.
pub const ALL: usize = BUYING + 3;
/// Step of the slopes, by the logarithm of a parameter.
const STEP: f64 = 1e-3;

/// A model of buying without a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Drop-out after a repeat purchase.
    Bgnbd,
    /// Drop-out after the first purchase too.
    Mbgnbd,
    /// Drop-out at any time.
    ParetoNbd,
}

impl Model {
    /// All of them.
    pub const ALL: [Model; 3] = [Model::Bgnbd, Model::Mbgnbd, Model::ParetoNbd];

    /// As the command line calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Model::Bgnbd => "bgnbd",
            Model::Mbgnbd => "mbgnbd",
            Model::ParetoNbd => "pareto-nbd",
        }
    }

    /// Symbols of its parameters.
    #[must_use]
    pub fn symbols(self) -> [&'static str; BUYING] {
        match self {
            Model::Bgnbd | Model::Mbgnbd => bgnbd::Params::NAMES,
            Model::ParetoNbd => pareto_nbd::Params::NAMES,
        }
    }

    fn alive(self, p: [f64; BUYING], h: &History) -> f64 {
        match self {
            Model::Bgnbd => bgnbd::p_alive(&bgnbd::Params::from_array(p), h),
            Model::Mbgnbd => mbgnbd::p_alive(&bgnbd::Params::from_array(p), h),
            Model::ParetoNbd => pareto_nbd::p_alive(&pareto_nbd::Params::from_array(p), h),
        }
    }

    fn expected(self, p: [f64; BUYING], h: &History, horizon: f64) -> f64 {
        match self {
            Model::Bgnbd => bgnbd::expected_purchases(&bgnbd::Params::from_array(p), h, horizon),
            Model::Mbgnbd => mbgnbd::expected_purchases(&bgnbd::Params::from_array(p), h, horizon),
            Model::ParetoNbd => pareto_nbd::expected_purchases(&pareto_nbd::Params::from_array(p), h, horizon),
        }
    }

    fn residual(self, p: [f64; BUYING], h: &History, delta: f64) -> f64 {
        match self {
            Model::Bgnbd => bgnbd::residual_purchases(&bgnbd::Params::from_array(p), h, delta),
            Model::Mbgnbd => mbgnbd::residual_purchases(&bgnbd::Params::from_array(p), h, delta),
            Model::ParetoNbd => pareto_nbd::residual_purchases(&pareto_nbd::Params::from_array(p), h, delta),
        }
    }
}

/// A fit without the type of its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted<K> {
    /// Which model.
    pub model: K,
    /// The estimates.
    pub params: Vec<f64>,
    /// Their standard errors; none at a boundary.
    pub standard_errors: Option<Vec<f64>>,
    /// Covariance of the logarithms, row by row.
    pub log_covariance: Option<Vec<f64>>,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Customers.
    pub customers: f64,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

impl<K> Fitted<K> {
    fn of<P: Parameters<N>, const N: usize>(model: K, fit: fit::Fit<P>) -> Self {
        Self {
            model,
            params: fit.params.to_array().to_vec(),
            standard_errors: fit.standard_errors,
            log_covariance: fit.log_covariance,
            log_likelihood: fit.log_likelihood,
            customers: fit.customers,
            warnings: fit.warnings,
        }
    }

    /// Whether its figures may be used at all.
    #[must_use]
    pub fn usable(&self) -> bool {
        let numbers = self.params.iter().all(|p| p.is_finite() && *p > 0.0);
        numbers && !self.warnings.contains(&Warning::NotConverged)
    }
}

/// A fitted model of buying.
pub type Buying = Fitted<Model>;

impl Buying {
    /// Fits a model.
    ///
    /// # Errors
    /// Nothing to fit, or an impossible history.
    pub fn fit(model: Model, groups: &[Group]) -> Result<Self, FitError> {
        Ok(match model {
            Model::Bgnbd => Self::of(model, bgnbd::fit(groups)?),
            Model::Mbgnbd => Self::of(model, mbgnbd::fit(groups)?),
            Model::ParetoNbd => Self::of(model, pareto_nbd::fit(groups)?),
        })
    }

    fn numbers(&self) -> [f64; BUYING] {
        let mut all = [f64::NAN; BUYING];
        all.iter_mut().zip(&self.params).for_each(|(to, p)| *to = *p);
        all
    }

    /// Shape and rate parameter of the purchase rates.
    #[must_use]
    pub fn rates(&self) -> (f64, f64) {
        let [r, alpha, ..] = self.numbers();
        (r, alpha)
    }

    /// Expected purchases in the next `horizon` time units.
    #[must_use]
    pub fn expected(&self, h: &History, horizon: f64) -> f64 {
        self.model.expected(self.numbers(), h, horizon)
    }

    /// What the model says of a history: `horizon` ahead, discounted at the continuous rate `delta`.
    #[must_use]
    pub fn outlook(&self, h: &History, horizon: f64, delta: f64) -> Outlook {
        let at = self.numbers();
        let residual = self.model.residual(at, h, delta);
        let mut slope = None;
        if self.log_covariance.is_some() && residual > 0.0 {
            let mut by = [0.0; BUYING];
            for (i, part) in by.iter_mut().enumerate() {
                let mut moved = at;
                moved[i] *= STEP.exp();
                *part = (self.model.residual(moved, h, delta).ln() - residual.ln()) / STEP;
            }
            slope = by.iter().all(|b| b.is_finite()).then_some(by);
        }
        Outlook {
            p_alive: self.model.alive(at, h),
            expected: self.expected(h, horizon),
            residual,
            slope,
        }
    }
}

/// What a model of buying says of a history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Probability of being a customer still.
    pub p_alive: f64,
    /// Purchases within the horizon.
    pub expected: f64,
    /// All purchases to come, discounted.
    pub residual: f64,
    /// Slopes of its logarithm by those of the parameters; none at a boundary.
    pub slope: Option<[f64; BUYING]>,
}

/// A fitted model of the amounts.
pub type Spending = Fitted<()>;

impl Spending {
    /// Fits Gamma-Gamma.
    ///
    /// # Errors
    /// Nobody, or an amount of zero or less.
    pub fn fit(spends: &[gamma_gamma::Spend]) -> Result<Self, FitError> {
        Ok(Self::of((), gamma_gamma::fit(spends)?))
    }

    fn numbers(&self) -> [f64; 3] {
        let mut all = [f64::NAN; 3];
        all.iter_mut().zip(&self.params).for_each(|(to, p)| *to = *p);
        all
    }

    /// Mean amount expected of a customer with `x` repeat purchases of this mean; without one, that of the population.
    #[must_use]
    pub fn amount(&self, x: u32, mean: Option<f64>) -> Option<f64> {
        expected(self.numbers(), x, mean)
    }

    fn slope(&self, x: u32, mean: Option<f64>) -> Option<[f64; 3]> {
        self.log_covariance.as_ref()?;
        let at = self.numbers();
        let now = expected(at, x, mean)?.ln();
        let mut by = [0.0; 3];
        for (i, part) in by.iter_mut().enumerate() {
            let mut moved = at;
            moved[i] *= STEP.exp();
            *part = (expected(moved, x, mean)?.ln() - now) / STEP;
        }
        Some(by)
    }
}

fn expected(p: [f64; 3], x: u32, mean: Option<f64>) -> Option<f64> {
    let mean = mean.filter(|m| *m > 0.0);
    let known = if mean.is_some() { f64::from(x) } else { 0.0 };
    gamma_gamma::expected_amount(&gamma_gamma::Params::from_array(p), known, mean.unwrap_or(0.0))
}

/// Turnover to come of a customer, discounted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turnover {
    /// Mean amount expected.
    pub amount: f64,
    /// Amount × discounted purchases.
    pub value: f64,
    /// Slopes of its logarithm by the logarithms of all parameters.
    pub slope: Option<[f64; ALL]>,
}

/// Both models together. `None` where the mean amount is infinite.
#[must_use]
pub fn turnover(money: &Spending, outlook: &Outlook, x: u32, mean: Option<f64>) -> Option<Turnover> {
    let amount = money.amount(x, mean)?;
    let slope = outlook.slope.zip(money.slope(x, mean)).map(|(buying, spending)| {
        let mut all = [0.0; ALL];
        all.iter_mut()
            .zip(buying.into_iter().chain(spending))
            .for_each(|(to, s)| *to = s);
        all
    });
    Some(Turnover {
        amount,
        value: amount * outlook.residual,
        slope,
    })
}

/// How well the parameters of both models are known together.
pub struct Known {
    buying: Vec<f64>,
    spending: Vec<f64>,
}

impl Known {
    /// From the two fits; `None` when one of them lies at a boundary.
    #[must_use]
    pub fn of(buying: &Buying, money: &Spending) -> Option<Self> {
        Some(Self {
            buying: buying.log_covariance.clone()?,
            spending: money.log_covariance.clone()?,
        })
    }

    /// Standard deviation of what has these slopes by the logarithms of the parameters. The two fits stand apart.
    #[must_use]
    pub fn deviation(&self, slope: &[f64; ALL]) -> f64 {
        let (buying, spending) = slope.split_at(BUYING);
        (form(&self.buying, buying) + form(&self.spending, spending))
            .max(0.0)
            .sqrt()
    }
}

/// `vᵀ M v`.
fn form(matrix: &[f64], v: &[f64]) -> f64 {
    matrix
        .chunks(v.len().max(1))
        .zip(v)
        .map(|(row, a)| a * row.iter().zip(v).map(|(m, b)| m * b).sum::<f64>())
        .sum()
}

#[cfg(test)]
mod tests;
