//! Alarms by each customer's own rhythm, found after each computation of the lifetime values, and by the learnt risk, found after
//! that one: a task for the owner each, and an outcome: a true alarm, a false one, or won back; told by a person, by a following
//! order, or by time.

pub mod api;
pub mod find;
pub mod outcome;
pub mod page;
pub mod pieces;
pub mod read;
pub mod settings;
mod types;

pub use types::{CAUSE, STEP, alarm};
