//! Making an order out of something agreed on elsewhere. Answered by the area `order`.

use async_trait::async_trait;
use zhike_kernel::{Result, Values};
use zhike_store::{Ctx, Query, Tx};

/// A line of a sale, as it is invoiced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billable {
    /// Id of the line.
    pub line: i64,
    /// The product, if it is one.
    pub product: Option<i64>,
    /// Words.
    pub description: String,
    /// Unit.
    pub unit: String,
    /// Ordered, in thousandths of the unit.
    pub quantity: i64,
    /// Of that, what has left.
    pub left: i64,
    /// Net of the whole line, in minor units.
    pub net: i64,
    /// Tax on it.
    pub tax: i64,
}

/// What somebody outside (a carrier, a warehouse's own system) tells of goods on their way, as they wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoodsWord {
    /// Who carries them.
    pub carrier: String,
    /// The number they travel under.
    pub tracking: String,
    /// `picked_up`, `in_transit`, `delivered`, `failed`, `delayed`.
    pub event: String,
    /// When it happened: an instant with its zone.
    pub at: String,
    /// The teller's own key of this word. Told again, it counts once.
    pub key: String,
    /// With `delayed`: the new day of arrival.
    pub expected_on: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// What became of a word about goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// No shipment bears this number.
    Unknown,
    /// Known already.
    Repeated,
    /// Noted; nothing changes.
    Kept,
    /// The shipment changed.
    Applied,
}

/// The port.
#[async_trait]
pub trait Orders: Send + Sync {
    /// A draft of a sale with these lines, in the transaction; its id. Fields are those of the types `order` and
    /// `order_line`; the actor needs the right to make orders.
    async fn make(&self, ctx: &Ctx, tx: &Tx, head: Values, lines: Vec<Values>) -> Result<i64>;
    /// The lines of an order with what has left of them.
    async fn billable(&self, q: &dyn Query, order: i64) -> Result<Vec<Billable>>;
    /// Takes a word about goods on their way, in the transaction; what became of it and the first shipment it is about.
    /// Words may come in any order.
    async fn heard(&self, ctx: &Ctx, tx: &Tx, word: &GoodsWord) -> Result<(Heard, Option<i64>)>;
    /// The company's usual tax rate, for lines whose product has no tax class; nothing when none is set.
    async fn tax_rate(&self, q: &dyn Query) -> Result<Option<i64>>;
}
