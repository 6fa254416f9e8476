//! What can be delivered of products: what lies free, what comes, what can be made. Answered by the area `stock`.

use async_trait::async_trait;
use std::collections::BTreeMap;
use zhike_kernel::{Date, Result};
use zhike_store::Query;

/// The supply of a product, quantities in thousandths of its base unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplied {
    /// Kept in stock; else made to order.
    pub stocked: bool,
    /// Lies there and is nobody's.
    pub free: i64,
    /// What orders wait for.
    pub waiting: i64,
    /// Expected goods (day, quantity).
    pub incoming: Vec<(Date, i64)>,
    /// Calendar days until more of it can be had.
    pub lead_days: Option<i64>,
    /// How much can be made on a working day.
    pub capacity: Option<i64>,
}

/// The port.
#[async_trait]
pub trait Supplies: Send + Sync {
    /// Of these products; those whose stock nobody keeps are left out.
    async fn of(&self, q: &dyn Query, products: &[i64]) -> Result<BTreeMap<i64, Supplied>>;
}
