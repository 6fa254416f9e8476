//! What a customer owes and what of orders is not invoiced yet. Answered by the area `billing`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx};

/// How much a customer may still buy on credit: figures in minor units of the customer's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// The customer's currency.
    pub currency: String,
    /// The limit; none was set.
    pub limit: Option<i64>,
    /// Invoiced and not paid.
    pub receivable: i64,
    /// Of confirmed orders, not invoiced yet.
    pub unbilled: i64,
    /// For so many days the oldest open invoice is overdue.
    pub overdue_days: i64,
    /// More than so many are too many; nothing when nobody looks.
    pub most_days: Option<i64>,
}

/// Money that was paid for an order and went back to the customer for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaidBack {
    /// The order.
    pub order: i64,
    /// How much, in minor units of its currency.
    pub amount: i64,
    /// The number under which the customer knows it.
    pub reference: String,
    /// The teller's own key of it.
    pub key: String,
    /// Why.
    pub note: String,
}

/// The port.
#[async_trait]
pub trait Billing: Send + Sync {
    /// The figures of a customer, without an order that is about to be confirmed.
    async fn credit(&self, ctx: &Ctx, q: &dyn Query, party: i64, without: i64) -> Result<Credit>;
    /// Lines, state or shipments of an order changed: what of it is to be invoiced is counted anew, in the transaction of
    /// the change.
    async fn order_moved(&self, ctx: &Ctx, tx: &Tx, order: i64) -> Result<()>;
    /// Makes the invoice of what of an order is to be invoiced; none when there is nothing, or when the house invoices what
    /// has left and nothing has.
    async fn bill(&self, ctx: &Ctx, tx: &Tx, order: i64) -> Result<Option<i64>>;
    /// Books it as a payment below zero, taken off the paid invoices of the order, with a credit note over each part. The
    /// first credit note; none (and nothing is booked) when no invoice of the order was paid.
    async fn paid_back(&self, ctx: &Ctx, tx: &Tx, back: &PaidBack) -> Result<Option<i64>>;
}
