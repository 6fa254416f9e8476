//! Who is signed in to the portal: a customer, a partner, a supplier. Answered by the area `portal`.

use async_trait::async_trait;
use zhike_kernel::Result;

/// Somebody of the other side, who sees what belongs to their party and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The account.
    pub account: i64,
    /// The session.
    pub session: i64,
    /// Whose data they see.
    pub party: i64,
    /// Their own name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// The language they chose.
    pub language: Option<String>,
}

/// The port.
#[async_trait]
pub trait Guests: Send + Sync {
    /// The guest behind a session cookie.
    async fn by_session(&self, secret: &str) -> Result<Option<Guest>>;
}

/// A house without a portal: nobody is a guest.
pub struct NoGuests;

#[async_trait]
impl Guests for NoGuests {
    async fn by_session(&self, _secret: &str) -> Result<Option<Guest>> {
        Ok(None)
    }
}
