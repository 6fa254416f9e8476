//! The mathematics of customer value: pure functions over slices. No database, no clock, no web.
//!
//! Conventions: money comes in as `i64` minor units, rates as parts per million, days as plain day
//! numbers counted from any fixed date, and "today" is always an argument. Where a percentage has no
//! meaning (nothing to divide by, a total that is not positive) the answer is `None`, never a zero.

pub mod agreement;
pub mod alarm;
pub mod attribution;
pub mod basket;
pub mod bgbb;
pub mod bgnbd;
pub mod boost;
pub mod calibration;
pub mod cluster;
pub mod drivers;
pub mod enrol;
pub mod fit;
pub mod forecast;
pub mod funnel;
pub mod gamma_gamma;
pub mod history;
pub mod holding;
pub mod judged;
pub mod kotler;
pub mod lifetime;
pub mod linear;
pub mod logistic;
pub mod matched;
pub mod mbgnbd;
mod nbd;
pub mod npv;
pub mod offer;
pub mod optimise;
pub mod ordinal;
pub mod pareto_nbd;
pub mod precede;
pub mod profit;
mod quadrature;
pub mod quality;
mod random;
pub mod rating;
pub mod recommend;
pub mod rfm;
pub mod ripple;
pub mod sbg;
pub mod simulate;
pub mod special;
pub mod survival;
pub mod uplift;
pub mod whale;
