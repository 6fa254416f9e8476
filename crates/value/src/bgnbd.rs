//! The BG/NBD model of repeat buying without a contract (Fader, Hardie, Lee, Marketing Science 24(2), 2005).
//!
//! A customer buys at a rate of their own and after each purchase may drop out for good. Rates differ as a
//! gamma distribution (r, α), drop-out chances as a beta distribution (a, b). Of each customer only three
//! numbers matter: `x` repeat purchases (counted on distinct days, without the first), `t_x` the time from
//! the first to the last, `T` the time from the first to the end of the window; one time unit throughout.
//! Customers with equal numbers are fitted as one with a weight, which is exact and fast.
//!
//! Two properties to tell the user: who never bought again has P(alive) = 1 by construction, and a
//! model without visible drop-out collapses to the plain NBD (reported as [`Warning::NoDropout`]).

use crate::fit::{ENDLESS, VISIBLE_GAIN, maximise, parameters};
use crate::history::{possible, repeaters, size};
use crate::nbd;
use serde::{Deserialize, Serialize};

pub use crate::fit::{FitError, Warning};
pub use crate::history::{Group, History, group};

pub(crate) mod likelihood;
pub(crate) mod predict;
pub use predict::{expected_purchases, p_alive, residual_purchases};

/// A fitted BG/NBD model.
pub type Fit = crate::fit::Fit<Params>;

/// Parameters: purchase rates gamma(r, α), α in time units; drop-out chances beta(a, b).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate parameter of the purchase rates, in time units.
    pub alpha: f64,
    /// First parameter of the drop-out chances.
    pub a: f64,
    /// Second parameter of the drop-out chances.
    pub b: f64,
}
parameters!(Params, 4, r, alpha, a, b);

/// Log-likelihood of weighted histories and its gradient by (r, α, a, b).
#[must_use]
pub fn log_likelihood(p: &Params, groups: &[Group]) -> (f64, [f64; 4]) {
    likelihood::log_likelihood(p, groups, false)
}

/// Fits the model by maximum likelihood.
///
/// # Errors
/// Nothing to fit, or an impossible history.
pub fn fit(groups: &[Group]) -> Result<Fit, FitError> {
    fit_with(groups, false)
}

/// Fits BG/NBD, or MBG/NBD where a customer may drop out after the first purchase already.
pub(crate) fn fit_with(groups: &[Group], early: bool) -> Result<Fit, FitError> {
    if let Some(place) = groups.iter().position(|group| !possible(group)) {
        return Err(FitError::Invalid(place));
    }
    let (customers, mean_time) = size(groups);
    if mean_time.is_nan() || mean_time <= 0.0 {
        return Err(FitError::Empty);
    }
    if repeaters(groups) == 0.0 {
        let params = Params {
            r: 1e-9,
            alpha: mean_time,
            a: 1.0,
            b: 1.0,
        };
        let (value, _) = likelihood::log_likelihood(&params, groups, early);
        return Ok(Fit::given(params, value, customers, Warning::NobodyRepeats));
    }
    let start = Params {
        r: 1.0,
        alpha: mean_time,
        a: 1.0,
        b: 1.0,
    };
    let fit = maximise(start, customers, |p| likelihood::log_likelihood(p, groups, early));
    let mut found = Vec::new();
    if fit.log_likelihood - nbd::best(groups) < VISIBLE_GAIN {
        found.push(Warning::NoDropout);
    } else if fit.params.a.min(fit.params.b) > ENDLESS {
        found.push(Warning::EqualDropout);
    }
    if fit.params.r > ENDLESS {
        found.push(Warning::EqualRates);
    }
    if repeaters(groups) < 40.0 {
        found.push(Warning::FewRepeats);
    }
    Ok(fit.judged(found))
}

#[cfg(test)]
mod tests;
