//! Orders under way that stand in the way of putting a customer or a product away.

use async_trait::async_trait;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Record, Tx, binds, registry::Veto};

/// A customer with orders that are neither delivered nor cancelled.
pub(crate) struct OfParty;

#[async_trait]
impl Veto for OfParty {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, party: &Record) -> Result<()> {
        let sql = "SELECT MIN(number), count(*) FROM order_order WHERE party_id = $1 AND status IN ('draft','confirmed','shipped') AND archived_at IS NULL";
        let Some(row) = tx.one(sql, binds![party.id]).await? else {
            return Ok(());
        };
        match row.opt_text(0)? {
            None => Ok(()),
            Some(number) => Err(Error::refused("error-party-open-orders")
                .with("number", number)
                .with("n", row.int(1)?)),
        }
    }
}

/// A product that is on orders under way.
pub(crate) struct OfProduct;

#[async_trait]
impl Veto for OfProduct {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, product: &Record) -> Result<()> {
        let sql = "SELECT MIN(o.number), count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE l.product_id = $1 \
                   AND l.archived_at IS NULL AND o.status IN ('draft','confirmed') AND o.archived_at IS NULL";
        let Some(row) = tx.one(sql, binds![product.id]).await? else {
            return Ok(());
        };
        match row.opt_text(0)? {
            None => Ok(()),
            Some(number) => Err(Error::refused("error-product-open-orders")
                .with("number", number)
                .with("n", row.int(1)?)),
        }
    }
}
