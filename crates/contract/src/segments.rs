//! Segments of customers, for who finds some by calculation.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::Ctx;

/// A segment to be kept, for who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSegment {
    /// Its name, in the script of the one who asks.
    pub name: String,
    /// In Latin letters.
    pub name_latin: Option<String>,
    /// Who is in it: a field of customers and its value.
    pub field: &'static str,
    /// The value.
    pub value: i64,
    /// What one should know of it.
    pub note: Option<String>,
    /// Keep those who fit now, not those who will.
    pub frozen: bool,
}

/// The port.
#[async_trait]
pub trait Segments: Send + Sync {
    /// Keeps a segment; its id.
    async fn keep(&self, ctx: &Ctx, new: &NewSegment) -> Result<i64>;
}
