//! Payments that a contract foresees, for whoever writes the invoices. Answered by the area `sales`.

use async_trait::async_trait;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, Tx};

/// An instalment that may be invoiced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Id of the line of the plan.
    pub id: i64,
    /// The contract.
    pub contract: i64,
    /// Its number.
    pub number: String,
    /// Who pays.
    pub party: i64,
    /// When.
    pub due_on: Date,
    /// How much, in minor units.
    pub amount: i64,
    /// Of this currency.
    pub currency: String,
    /// What must have happened before.
    pub condition: String,
}

/// The port.
#[async_trait]
pub trait Plans: Send + Sync {
    /// Instalments of contracts in force, due until a day and not invoiced yet, earliest first.
    async fn due(&self, ctx: &Ctx, q: &dyn Query, until: Date) -> Result<Vec<Instalment>>;
    /// An invoice was written for an instalment. False when it had one already: nothing is changed then.
    async fn invoiced(&self, ctx: &Ctx, tx: &Tx, instalment: i64, invoice: i64) -> Result<bool>;
}
