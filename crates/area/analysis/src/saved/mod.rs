//! Saved analyses for programs: everything that the pages do.

pub(crate) mod api;
pub(crate) mod types;
