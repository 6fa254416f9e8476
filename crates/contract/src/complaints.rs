//! Complaints that reach the house by other ways than a form or a letter. Answered by the area `service`.

use crate::gate::Channel;
use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Tx};

/// A complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComplaint {
    /// By which way it came.
    pub channel: Channel,
    /// The customer; none while nobody knows them: then a new person with what is told here.
    pub party: Option<i64>,
    /// What they are called, as far as that is known.
    pub name: String,
    /// Their number.
    pub phone: String,
    /// Their mail address.
    pub email: String,
    /// One line.
    pub subject: String,
    /// What was said, where that is known.
    pub text: String,
    /// What makes it the same complaint: told again with the same key, nothing happens.
    pub key: String,
}

/// The port.
#[async_trait]
pub trait Complaints: Send + Sync {
    /// Opens a case in the transaction of what causes it; its id, or that of the case with the same key. None when the house
    /// has no process for complaints in use.
    async fn open(&self, ctx: &Ctx, tx: &Tx, new: &NewComplaint) -> Result<Option<i64>>;
}
