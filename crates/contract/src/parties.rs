//! Small facts about parties that other areas need. Answered by the area `party`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx};

/// What an order or an invoice must know of its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The owner of the relationship.
    pub owner: Option<i64>,
    /// Days until an invoice is due.
    pub payment_days: i64,
    /// Currency the customer buys in.
    pub currency: String,
    /// Credit limit in minor units of that currency; `None`: no limit set.
    pub credit_limit: Option<i64>,
}

/// Somebody about to be entered, to be compared with those who are there.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
}

/// A party that is probably the one sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Its id.
    pub id: i64,
    /// Its document number.
    pub number: String,
    /// Its name as it is kept.
    pub name: String,
    /// Organisation or person.
    pub person: bool,
    /// City.
    pub city: String,
    /// Points of likeness, up to 100.
    pub score: i64,
    /// Reasons: `party-reason-{word}` words them.
    pub why: Vec<&'static str>,
}

/// The port.
#[async_trait]
pub trait Parties: Send + Sync {
    /// Terms of a party, if it is there.
    async fn terms(&self, q: &dyn Query, party: i64) -> Result<Option<Terms>>;
    /// Parties that are probably the one sought, of those that the actor sees, best first; and how many others share a
    /// name, a telephone or a mail address with it.
    async fn similar(&self, ctx: &Ctx, sought: &Sought) -> Result<(Vec<Alike>, usize)>;
    /// Is there a customer with this name, telephone or mail address? Whoever asks.
    async fn is_customer(&self, q: &dyn Query, sought: &Sought) -> Result<bool>;
    /// The party with this mail address or telephone, or a new person (where it comes from is `source`): nobody's word is
    /// lost because we do not know them. It is the house that notes them down, whatever the actor may do.
    async fn known(&self, ctx: &Ctx, tx: &Tx, sought: &Sought, source: &str) -> Result<i64>;
}
