//! Measures: what is decided about the customers who make the profit and those who eat it (keep, convert or let go, by which
//! means, who, until when), proposed from what a customer costs, and held against what the customer earned afterwards.

mod hooks;
pub mod page;
pub mod pieces;
pub mod propose;
pub mod read;
pub mod result;
mod types;

pub use types::{STEP, measure};
