//! What all fitted models have in common: the search in logarithms of their positive parameters, how well
//! these are determined (observed information), what is odd, and draws for intervals.

use crate::optimise::{bfgs, invert};
use crate::random::SplitMix64;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The search ends when no part of the gradient per customer is above this.
const TOLERANCE: f64 = 1e-10;

/// The search gives up after so many steps.
const MOST_STEPS: usize = 200;

/// A drop-out that raises the log-likelihood by less is not visible: half of the 5 % point of χ²(1).
pub(crate) const VISIBLE_GAIN: f64 = 1.920_729;

/// A shape above is not to be told from infinity: ten thousand is a spread of one per cent.
pub(crate) const ENDLESS: f64 = 1e4;

/// A slope per customer below this is flat: what is left to gain is far below the noise.
const FLAT: f64 = 1e-4;

/// What is odd about a fit; its predictions stay usable unless the warning says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Nobody bought twice: r is at its lower end and all expectations are next to nothing.
    NobodyRepeats,
    /// Fewer than ten repeat buyers (customers with money, losses) for each parameter: wide intervals.
    FewRepeats,
    /// No drop-out is visible: the model collapses to NBD (b → ∞ or a → 0, s → 0 or β → ∞), which fits as
    /// well by a likelihood-ratio test at 5 %. P(alive) says nothing then.
    NoDropout,
    /// Drop-out chances do not differ between customers (both their parameters → ∞ together).
    EqualDropout,
    /// Purchase rates do not differ between customers (both their parameters → ∞ together).
    EqualRates,
    /// Amounts do not differ within or between customers as a gamma mixture does (p or q → ∞).
    EqualAmounts,
    /// q ≤ 1: the mean amount of the population is infinite and is refused.
    InfiniteMean,
    /// Who buys often spends more (or less): correlation of x and mean amount beyond ±0.3. The model takes
    /// the two as independent, so a value computed from both is biased.
    MoneyFollowsFrequency,
    /// The search ended before the gradient vanished.
    NotConverged,
}

impl Warning {
    /// There are no standard errors: the estimate lies at a boundary, or nowhere.
    fn at_boundary(self) -> bool {
        !matches!(
            self,
            Self::FewRepeats | Self::InfiniteMean | Self::MoneyFollowsFrequency
        )
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NobodyRepeats => "nobody bought twice: expectations are next to nothing",
            Self::FewRepeats => "fewer than ten repeat buyers for each parameter: take the figures as rough",
            Self::NoDropout => {
                "no drop-out is visible: the model collapses to NBD, P(alive) says nothing, expectations are usable"
            }
            Self::EqualDropout => "drop-out does not differ between customers: its two parameters grow without end",
            Self::EqualRates => "purchase rates do not differ between customers: their two parameters grow without end",
            Self::EqualAmounts => "amounts vary too little for this model: its parameters grow without end",
            Self::InfiniteMean => "q is 1 or less: the mean amount of the population is infinite and is not given",
            Self::MoneyFollowsFrequency => {
                "amount and frequency go together (correlation beyond 0.3): a value computed from both is biased"
            }
            Self::NotConverged => "the search ended before the gradient vanished: do not use these figures",
        })
    }
}

/// A fitted model and how well it is determined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit<P> {
    /// The estimates.
    pub params: P,
    /// Log-likelihood in the time unit of the input.
    pub log_likelihood: f64,
    /// Customers fitted.
    pub customers: f64,
    /// Largest part of the gradient per customer, by the logarithms of the parameters.
    pub gradient: f64,
    /// Search steps.
    pub steps: usize,
    /// Standard errors in the order of the parameters; `None` at a boundary.
    pub standard_errors: Option<Vec<f64>>,
    /// Covariance of the logarithms of the parameters, row by row: the inverse of the observed
    /// information. `None` at a boundary.
    pub log_covariance: Option<Vec<f64>>,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

/// Why nothing was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError {
    /// No group, or no time observed.
    Empty,
    /// The group at this place has a time, amount or weight that cannot be.
    Invalid(usize),
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is no history to fit"),
            Self::Invalid(place) => write!(f, "history {place} has an impossible time, amount or weight"),
        }
    }
}

impl std::error::Error for FitError {}

/// Parameters of a model: N positive numbers with names.
pub trait Parameters<const N: usize>: Copy {
    /// The usual symbols.
    const NAMES: [&'static str; N];
    /// From the numbers in the order of the names.
    fn from_array(values: [f64; N]) -> Self;
    /// To the numbers in the order of the names.
    fn to_array(&self) -> [f64; N];
}

/// Declares the numbers of a model in their order.
macro_rules! parameters {
    ($ty:ident, $n:literal, $($field:ident),+) => {
        impl $crate::fit::Parameters<$n> for $ty {
            const NAMES: [&'static str; $n] = [$(stringify!($field)),+];
            fn from_array([$($field),+]: [f64; $n]) -> Self {
                Self { $($field),+ }
            }
            fn to_array(&self) -> [f64; $n] {
                [$(self.$field),+]
            }
        }
    };
}
pub(crate) use parameters;

/// Maximises a log-likelihood (value and gradient by the parameters) from `start`. Standard errors come
/// with [`Fit::judged`], which takes what the model itself finds odd.
pub(crate) fn maximise<P: Parameters<N>, const N: usize>(
    start: P,
    customers: f64,
    f: impl Fn(&P) -> (f64, [f64; N]),
) -> Fit<P> {
    let from = start.to_array();
    let unpack = |theta: &[f64; N]| {
        let mut values = from;
        for (value, t) in values.iter_mut().zip(theta) {
            *value *= t.exp();
        }
        values
    };
    let objective = |theta: &[f64; N]| {
        // Beyond this the parameters say "infinite" anyway, and exp would soon agree.
        if theta.iter().any(|t| t.is_nan() || t.abs() >= 60.0) {
            return (f64::INFINITY, [0.0; N]);
        }
        let values = unpack(theta);
        let (value, slope) = f(&P::from_array(values));
        let mut by_log = [0.0; N];
        for i in 0..N {
            by_log[i] = -slope[i] * values[i] / customers;
        }
        (-value / customers, by_log)
    };
    let best = bfgs([0.0; N], TOLERANCE, MOST_STEPS, objective);
    let params = unpack(&best.at);
    let mut warnings = Vec::new();
    // The line search may end a little above the tolerance by rounding alone.
    if best.gradient.is_nan() || best.gradient > 1e-7 {
        warnings.push(Warning::NotConverged);
    }
    let covariance = covariance(&best.at, customers, objective);
    Fit {
        params: P::from_array(params),
        log_likelihood: -best.value * customers,
        customers,
        gradient: best.gradient,
        steps: best.steps,
        standard_errors: covariance
            .as_ref()
            .map(|c| (0..N).map(|i| params[i] * c[i * N + i].sqrt()).collect()),
        log_covariance: covariance,
        warnings,
    }
}

/// The inverse of the observed information by the logarithms, from differences of the gradient. `None`
/// where it is not positive definite.
fn covariance<const N: usize>(
    at: &[f64; N],
    customers: f64,
    objective: impl Fn(&[f64; N]) -> (f64, [f64; N]),
) -> Option<Vec<f64>> {
    const STEP: f64 = 1e-4;
    let mut hessian = [[0.0; N]; N];
    for i in 0..N {
        let (mut up, mut down) = (*at, *at);
        up[i] += STEP;
        down[i] -= STEP;
        let (up, down) = (objective(&up).1, objective(&down).1);
        for j in 0..N {
            let second = (up[j] - down[j]) / (4.0 * STEP);
            hessian[i][j] += second;
            hessian[j][i] += second;
        }
    }
    let inverse = invert(&hessian)?;
    let flat: Vec<f64> = inverse.iter().flatten().map(|v| v / customers).collect();
    lower(&flat, N).map(|_| flat)
}

/// The lower triangle whose square is the matrix (Cholesky); `None` when it is not positive definite.
fn lower(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = matrix[i * n + j] - dot;
            l[i * n + j] = if i == j {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / l[j * n + j]
            };
        }
    }
    Some(l)
}

impl<P> Fit<P> {
    /// Adds what the model found odd; at a boundary the standard errors go.
    pub(crate) fn judged(mut self, found: impl IntoIterator<Item = Warning>) -> Self {
        let late = std::mem::take(&mut self.warnings);
        self.warnings.extend(found);
        // Where parameters grow without end the slope flattens and never vanishes: the warning of that says enough.
        if !(self.warnings.iter().any(|w| w.at_boundary()) && self.gradient < FLAT) {
            self.warnings.extend(late);
        }
        if self.warnings.iter().any(|w| w.at_boundary()) {
            self.standard_errors = None;
            self.log_covariance = None;
        }
        self
    }

    /// A fit that needed no search.
    pub(crate) fn given(params: P, log_likelihood: f64, customers: f64, warning: Warning) -> Self {
        Self {
            params,
            log_likelihood,
            customers,
            gradient: 0.0,
            steps: 0,
            standard_errors: None,
            log_covariance: None,
            warnings: vec![warning],
        }
    }

    /// Parameters drawn from the normal approximation of their logarithms (parametric bootstrap from the
    /// information matrix): the same for a seed everywhere. `None` at a boundary.
    pub fn draws<const N: usize>(&self, count: usize, seed: u64) -> Option<Vec<P>>
    where
        P: Parameters<N>,
    {
        draws(&self.params, self.log_covariance.as_deref()?, count, seed)
    }
}

/// See [`Fit::draws`]; for parameters and a covariance that were kept. `None` when the covariance is not one.
#[must_use]
pub fn draws<P: Parameters<N>, const N: usize>(
    params: &P,
    log_covariance: &[f64],
    count: usize,
    seed: u64,
) -> Option<Vec<P>> {
    if log_covariance.len() != N * N {
        return None;
    }
    let l = lower(log_covariance, N)?;
    let mut rng = SplitMix64::new(seed);
    let one = |rng: &mut SplitMix64| {
        let mut z = [0.0; N];
        for z in &mut z {
            *z = rng.normal();
        }
        let mut values = params.to_array();
        for (i, value) in values.iter_mut().enumerate() {
            *value *= (0..=i).map(|k| l[i * N + k] * z[k]).sum::<f64>().exp();
        }
        P::from_array(values)
    };
    Some((0..count).map(|_| one(&mut rng)).collect())
}

/// The interval that holds the middle `level` of the values: linear interpolation between order statistics.
/// `None` without values, with one that is no number, or when the level is not between 0 and 1.
#[must_use]
pub fn interval(values: &mut [f64], level: f64) -> Option<(f64, f64)> {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) || !(level > 0.0 && level < 1.0) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (values.len() - 1) as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        values[low] + (place - place.floor()) * (values[high] - values[low])
    };
    Some((at((1.0 - level) / 2.0), at(f64::midpoint(1.0, level))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug)]
    struct Two {
        p: f64,
        q: f64,
    }
    parameters!(Two, 2, p, q);

    #[test]
    fn the_information_of_a_gamma_sample_is_the_textbook_one() {
        // n observations of gamma(p, q) with mean 3 and mean logarithm ln 3 − 0.1.
        let (n, mean, mean_ln): (f64, f64, f64) = (500.0, 3.0, 3.0_f64.ln() - 0.1);
        let fit = maximise(Two { p: 1.0, q: 1.0 }, n, |t: &Two| {
            use statrs::function::gamma::{digamma, ln_gamma};
            let value = t.p * t.q.ln() - ln_gamma(t.p) + (t.p - 1.0) * mean_ln - t.q * mean;
            let slope = [t.q.ln() - digamma(t.p) + mean_ln, t.p / t.q - mean];
            (n * value, slope.map(|s| n * s))
        });
        assert!(fit.warnings.is_empty() && fit.gradient < 1e-9, "{fit:?}");
        let (p, q) = (fit.params.p, fit.params.q);
        assert!((p / q - mean).abs() < 1e-9);
        // Var = 1/n · I⁻¹ with I = [[ψ′(p), −1/q], [−1/q, p/q²]].
        let trigamma = {
            use statrs::function::gamma::digamma;
            (digamma(p + 1e-5) - digamma(p - 1e-5)) / 2e-5
        };
        let determinant = trigamma * p / (q * q) - 1.0 / (q * q);
        let errors = fit.standard_errors.as_ref().unwrap();
        assert!((errors[0] / (p / (q * q) / determinant / n).sqrt() - 1.0).abs() < 1e-4);
        assert!((errors[1] / (trigamma / determinant / n).sqrt() - 1.0).abs() < 1e-4);

        let drawn = fit.draws::<2>(4_000, 7).unwrap();
        let mut ps: Vec<f64> = drawn.iter().map(|d| d.p).collect();
        let (low, high) = interval(&mut ps, 0.95).unwrap();
        let expected = (p * (1.96 * errors[0] / p).exp(), p * (-1.96 * errors[0] / p).exp());
        assert!((high / expected.0 - 1.0).abs() < 0.01 && (low / expected.1 - 1.0).abs() < 0.01);
        assert_eq!(
            fit.draws::<2>(3, 7).unwrap()[2].p.to_bits(),
            drawn[2].p.to_bits(),
            "seeded"
        );
        assert!(
            draws(&fit.params, &[1.0, 2.0, 2.0, 1.0], 3, 1).is_none(),
            "no covariance"
        );
    }

    #[test]
    fn intervals_interpolate() {
        assert_eq!(interval(&mut [5.0, 1.0, 3.0, 2.0, 4.0], 0.5), Some((2.0, 4.0)));
        assert_eq!(interval(&mut [], 0.5), None);
        assert_eq!(interval(&mut [1.0, f64::NAN], 0.5), None);
    }
}
