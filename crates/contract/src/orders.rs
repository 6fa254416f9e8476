//! Making an order out of something agreed on elsewhere. Answered by the area `order`.

use async_trait::async_trait;
use zhike_kernel::{Result, Values};
use zhike_store::{Ctx, Query, Tx};

/// The port.
#[async_trait]
pub trait Orders: Send + Sync {
    /// A draft of a sale with these lines, in the transaction; its id. Fields are those of the types `order` and
    /// `order_line`; the actor needs the right to make orders.
    async fn make(&self, ctx: &Ctx, tx: &Tx, head: Values, lines: Vec<Values>) -> Result<i64>;
    /// The company's usual tax rate, for lines whose product has no tax class; nothing when none is set.
    async fn tax_rate(&self, q: &dyn Query) -> Result<Option<i64>>;
}
