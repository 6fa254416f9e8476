//! What other areas ask of billing.

use super::{back, credit, figures, make};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{Billing, Credit, Orders, Parties, billing::PaidBack};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx};

struct Port {
    parties: Arc<dyn Parties>,
    orders: Arc<dyn Orders>,
}

/// The port.
pub(crate) fn port(parties: Arc<dyn Parties>, orders: Arc<dyn Orders>) -> Arc<dyn Billing> {
    Arc::new(Port { parties, orders })
}

#[async_trait]
impl Billing for Port {
    async fn credit(&self, ctx: &Ctx, q: &dyn Query, party: i64, without: i64) -> Result<Credit> {
        credit::figures(self.parties.as_ref(), ctx, q, party, without).await
    }
    async fn order_moved(&self, ctx: &Ctx, tx: &Tx, order: i64) -> Result<()> {
        figures::settle(self.orders.as_ref(), ctx, tx, order).await
    }
    async fn bill(&self, ctx: &Ctx, tx: &Tx, order: i64) -> Result<Option<i64>> {
        match make::within(self.orders.as_ref(), ctx, tx, order).await {
            Ok(id) => Ok(Some(id)),
            Err(e) if make::NOTHING.contains(&e.code) => Ok(None),
            Err(e) => Err(e),
        }
    }
    async fn paid_back(&self, ctx: &Ctx, tx: &Tx, word: &PaidBack) -> Result<Option<i64>> {
        back::book(ctx, tx, word).await
    }
}
