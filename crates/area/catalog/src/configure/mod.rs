//! Which options of a product go together. Pure: no database, no clock.
//!
//! Every rule is a Horn clause: "all of these chosen → that one is chosen", or "all of these never together". Propagation
//! alone decides sets of such clauses; only a group that asks for at least one choice needs a search, and a small one.

mod analyse;
mod explain;
mod model;
mod solve;

pub use analyse::{Analysis, analyse, complete};
pub use explain::{Why, why};
pub use model::{Group, Model, Part, Rule};

#[cfg(test)]
mod tests;
