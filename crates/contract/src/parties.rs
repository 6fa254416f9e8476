//! Small facts about parties that other areas need. Answered by the area `party`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::Query;

/// What an order or an invoice must know of its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The owner of the relationship.
    pub owner: Option<i64>,
    /// Days until an invoice is due.
    pub payment_days: i64,
    /// Currency the customer buys in.
    pub currency: String,
    /// Credit limit in minor units of that currency; `None`: no limit set.
    pub credit_limit: Option<i64>,
}

/// The port.
#[async_trait]
pub trait Parties: Send + Sync {
    /// Terms of a party, if it is there.
    async fn terms(&self, q: &dyn Query, party: i64) -> Result<Option<Terms>>;
}
