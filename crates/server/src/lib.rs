//! The house put together: configuration, areas, router, worker and command line.

pub mod areas;
pub mod backup;
pub mod config;
pub mod demo;
pub mod house;
pub mod import;
pub mod root;
pub mod router;
pub mod serve;

pub use config::Config;
pub use house::{Open, open};
