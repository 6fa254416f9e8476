//! Closing an address on its holder's word (`STOP` as an answer to a text message), and opening it again. Answered by
//! `consent`.

use crate::gate::Channel;
use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Tx};

/// What the holder of an address said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The channel that is meant.
    pub channel: Channel,
    /// The address that it was said from.
    pub address: &'a str,
    /// Whose it is, where that is known.
    pub party: Option<i64>,
    /// The words, with when and where they came in.
    pub proof: &'a str,
}

/// The port.
#[async_trait]
pub trait OptOuts: Send + Sync {
    /// Closes the address to whatever wants to sell. False when it was closed already.
    async fn close(&self, ctx: &Ctx, tx: &Tx, holder: &Holder<'_>) -> Result<bool>;
    /// Opens it again. False when it was open.
    async fn reopen(&self, ctx: &Ctx, tx: &Tx, holder: &Holder<'_>) -> Result<bool>;
}
