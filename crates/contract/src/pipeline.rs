//! What open deals may bring, by month. Answered by the area `sales`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::Ctx;

/// Open deals that are alike, in the currency of the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighted {
    /// Whose they are.
    pub owner: Option<i64>,
    /// The product, if the deal names one.
    pub product: Option<i64>,
    /// The region of the customer; empty where none is known.
    pub region: String,
    /// The month expected, `2026-11`; empty when no day is expected.
    pub month: String,
    /// Deals.
    pub deals: i64,
    /// Their amounts, minor units.
    pub amount: i64,
    /// Amounts times the chance of their stage.
    pub weighted: i64,
}

/// The port.
#[async_trait]
pub trait Pipeline: Send + Sync {
    /// Open deals that the actor may see.
    async fn weighted(&self, ctx: &Ctx) -> Result<Vec<Weighted>>;
}
