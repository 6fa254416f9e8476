//! What each level does for its customers: after which event, after how many days, by whom is asked; and the tasks that follow.

pub mod find;
pub mod job;
pub mod pieces;
pub mod types;
