//! The rules of the gate: pure functions. What a party wishes, what it agreed to, what it was sent and what the house holds
//! decent go in; a verdict with its reasons comes out.

mod calendar;
mod decide;
mod hold;
mod join;
mod kinds;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

pub(crate) use calendar::Calendar;
pub(crate) use decide::{HORIZON_DAYS, Said, decide};
pub(crate) use hold::{closes, used};
pub(crate) use join::{inherit, join, may_set};
pub(crate) use kinds::*;
