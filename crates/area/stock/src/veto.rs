//! Goods that stand in the way of putting their product away.

use async_trait::async_trait;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Record, Tx, binds, registry::Veto};

/// A product of which something lies in a warehouse, or is on its way to one.
pub(crate) struct OfProduct;

#[async_trait]
impl Veto for OfProduct {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, product: &Record) -> Result<()> {
        let sql = "SELECT count(*) FROM stock_level WHERE product_id = $1 AND (on_hand <> 0 OR reserved <> 0)";
        if tx.number(sql, binds![product.id]).await? > 0 {
            return Err(Error::refused("error-product-in-stock"));
        }
        let sql = "SELECT count(*) FROM stock_incoming WHERE product_id = $1 AND open > 0 AND archived_at IS NULL";
        if tx.number(sql, binds![product.id]).await? > 0 {
            return Err(Error::refused("error-product-incoming"));
        }
        Ok(())
    }
}
