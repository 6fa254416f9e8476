//! Stock as somebody counted it. Answered by the area `stock`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Tx};

/// The port.
#[async_trait]
pub trait Levels: Send + Sync {
    /// Brings what lies of a product at a place to what was counted (thousandths of its base unit), by a movement of the
    /// kind `correction` in the ledger. The difference; 0 when it was so already. Refused (`error-stock-not-kept`) for a
    /// product whose stock is not kept.
    async fn count(
        &self,
        ctx: &Ctx,
        tx: &Tx,
        product: i64,
        warehouse: i64,
        counted: i64,
        reference: &str,
    ) -> Result<i64>;
}
