//! Prices: which entry of which price book wins, and the port that tells it.

mod dated;
mod load;
pub(crate) mod port;
pub(crate) mod rank;
