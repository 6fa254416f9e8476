//! Making an order out of something agreed on elsewhere. Answered by the area `order`.

use async_trait::async_trait;
use zhike_kernel::{Result, Values};
use zhike_store::{Ctx, Query, Tx};

/// A line of a sale, as it is invoiced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billable {
    /// Id of the line.
    pub line: i64,
    /// The product, if it is one.
    pub product: Option<i64>,
    /// Words.
    pub description: String,
    /// Unit.
    pub unit: String,
    /// Ordered, in thousandths of the unit.
    pub quantity: i64,
    /// Of that, what has left.
    pub left: i64,
    /// Net of the whole line, in minor units.
    pub net: i64,
    /// Tax on it.
    pub tax: i64,
}

/// The port.
#[async_trait]
pub trait Orders: Send + Sync {
    /// A draft of a sale with these lines, in the transaction; its id. Fields are those of the types `order` and
    /// `order_line`; the actor needs the right to make orders.
    async fn make(&self, ctx: &Ctx, tx: &Tx, head: Values, lines: Vec<Values>) -> Result<i64>;
    /// The lines of an order with what has left of them.
    async fn billable(&self, q: &dyn Query, order: i64) -> Result<Vec<Billable>>;
    /// The company's usual tax rate, for lines whose product has no tax class; nothing when none is set.
    async fn tax_rate(&self, q: &dyn Query) -> Result<Option<i64>>;
}
