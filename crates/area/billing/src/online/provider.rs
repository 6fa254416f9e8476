//! Somebody who takes money from a customer on our behalf: what we ask of them and what they tell us.

use async_trait::async_trait;
use zhike_kernel::{Currency, Result, Stamp};
use zhike_outward::Outward;

/// A customer is about to pay.
#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    /// Our key of this session; the same key asked again gives the same session.
    pub intent: String,
    /// What is paid, in words.
    pub title: String,
    pub amount: i64,
    pub currency: Currency,
    pub success: String,
    pub cancel: String,
    /// Language of the provider's page.
    pub zh: bool,
}

/// A session that the provider opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// The provider's key.
    pub session: String,
    /// Where the customer pays.
    pub url: String,
    pub ends_at: Option<Stamp>,
}

/// How a session stands, or what of its money went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The money is there.
    Paid {
        session: Session,
        amount: i64,
        currency: String,
        charge: String,
    },
    /// The session ended without money.
    Ended { session: Session, failed: bool },
    /// So much of a charge went back in all.
    Refunded { charge: String, amount: i64 },
    /// Nothing that changes our books.
    Other,
}

/// Which session is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub session: String,
    pub intent: String,
}

/// A word of the provider, known to be theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Its id: the same one may come several times.
    pub id: String,
    pub kind: String,
    pub word: Word,
}

/// The provider.
#[async_trait]
pub(crate) trait PaymentProvider: Send + Sync {
    /// Its name in addresses and in the books.
    fn name(&self) -> &'static str;
    /// Opens a session. Called outside of any transaction.
    async fn open(&self, outward: &Outward, ask: &Checkout) -> Result<Opened>;
    /// Reads what came in by the webhook; refused unless the provider signed it lately.
    fn read(&self, signature: &str, body: &[u8], now: Stamp) -> Result<Notice>;
}
