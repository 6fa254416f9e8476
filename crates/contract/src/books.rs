//! Payments and invoices, for whoever brings them in from elsewhere. Answered by the area `billing`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Tx};

/// The port.
#[async_trait]
pub trait Books: Send + Sync {
    /// Puts a payment to an invoice of the same customer and currency: as much as is left of the one and open on the
    /// other, at most `most`. What was put; 0 when nothing fits.
    async fn allocate(&self, ctx: &Ctx, tx: &Tx, payment: i64, invoice: i64, most: Option<i64>) -> Result<i64>;
}
