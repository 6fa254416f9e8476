//! The level of the relationship with each customer: recommended from margin and number of such customers, set by people with their
//! reason, the recommendation beside it.

pub mod api;
pub mod compute;
pub mod list;
pub mod page;
pub mod pieces;
pub mod read;
pub mod settings;
pub mod types;
