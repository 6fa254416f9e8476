//! Orders under way that stand in the way of putting a customer away.

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
