//! Work that stands in the way of putting a user away.

use async_trait::async_trait;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Record, Tx, binds, registry::Veto};

/// A user whose deals are open.
pub(crate) struct OfUser;

#[async_trait]
impl Veto for OfUser {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, user: &Record) -> Result<()> {
        let sql = "SELECT count(*) FROM sales_deal WHERE owner_id = $1 AND closed_on IS NULL AND archived_at IS NULL";
        match tx.number(sql, binds![user.id]).await? {
            0 => Ok(()),
            n => Err(Error::refused("error-user-owns-deals").with("n", n)),
        }
    }
}
