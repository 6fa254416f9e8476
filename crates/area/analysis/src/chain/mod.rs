//! An analysis is a chain of steps. Each says what it does in a few words that are kept as JSON; [`plan`] tells which columns there are
//! after it (or what is wrong with it), [`make`] carries it out.

pub(crate) mod column;
mod derive;
pub(crate) mod filter;
mod gather;
pub(crate) mod make;
pub(crate) mod model;
pub(crate) mod plan;
pub(crate) mod step;

pub(crate) use column::{Col, Kind, Label};
pub(crate) use make::Maker;
pub(crate) use step::Step;
