//! Facts as Parquet files and the questions asked of them. DataFusion lives here and nowhere else; what comes out are
//! plain numbers.
//!
//! [`facts::refresh`] writes what changed since the last time, [`Lake::open`] reads what the manifest names, and the
//! questions are in [`query`]; [`filter`] compiles the house's filter language for them.

pub mod behaviour;
pub mod bench;
mod changes;
pub mod facts;
pub mod filter;
pub mod histories;
pub mod holdings;
mod manifest;
pub mod monthly;
mod packed;
pub mod query;
mod rows;
mod session;
pub mod sheet;
mod sums;
mod table;

pub use facts::{Refreshed, rebuild, refresh};
pub use session::{Lake, MEMORY};
pub use sums::sums;
