//! What customers said they are interested in, and what they do not want to hear of. Answered by the area `consent`.

use async_trait::async_trait;
use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::Query;

/// The statements of a customer, as far as they concern what is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaning {
    /// Topics named as wanted (codes of the house's list).
    pub wanted: Vec<String>,
    /// Topics refused.
    pub unwanted: Vec<String>,
    /// Interests in the customer's or the employee's own words; empty when none were stated.
    pub interests: String,
}

impl Leaning {
    /// The topic of offers, in the list that a house begins with.
    pub const OFFERS: &'static str = "offers";

    /// The customer does not want to be offered things unasked: refused offers, or named other topics only.
    pub fn closed(&self) -> bool {
        let offers = |list: &[String]| list.iter().any(|t| t == Self::OFFERS);
        offers(&self.unwanted) || (!self.wanted.is_empty() && !offers(&self.wanted))
    }
}

/// The port.
#[async_trait]
pub trait Leanings: Send + Sync {
    /// What these parties stated; those who stated nothing are left out.
    async fn of(&self, q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Leaning>>;
}
