//! What lies in the warehouses, and when more of it comes. Answered by the area `stock`.

use crate::Reason;
use async_trait::async_trait;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, Tx};

/// A line of an order, as the stock sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Id of the line.
    pub line: i64,
    /// The product.
    pub product: i64,
    /// How much of it, in thousandths of its base unit; never below zero.
    pub quantity: i64,
    /// How much of that has left already.
    pub left: i64,
}

/// What a line of an order has of the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Id of the line.
    pub line: i64,
    /// Its product lies in stock; else it is made to order and nothing is reserved for it.
    pub stocked: bool,
    /// Kept for it, in thousandths of the base unit.
    pub reserved: i64,
}

/// What an order asks of the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: what was reserved is free again.
    Nothing,
    /// What has left is issued, the rest of its goods is kept. With `partial`, what there is; the rest waits for the next
    /// receipt. Without, all or nothing.
    Reserve {
        /// Less than all will do.
        partial: bool,
    },
    /// All of its goods leave.
    Issue,
    /// All of its goods come back (a return).
    TakeBack,
}

/// An order before the stock.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Its id.
    pub order: i64,
    /// On whose timeline it stands.
    pub party: Option<i64>,
    /// What it asks.
    pub claim: Claim,
    /// Its lines; what is reserved for lines no longer named is free again.
    pub needs: Vec<Need>,
}

/// So much on that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The day.
    pub on: Date,
    /// Thousandths of the base unit.
    pub quantity: i64,
}

/// When a line can leave, and why then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePromise {
    /// What was asked.
    pub need: Need,
    /// In which parts, earliest first. Together less than the quantity when nobody knows when the rest comes.
    pub parts: Vec<Part>,
    /// When all of it is there, if that is known.
    pub on: Option<Date>,
    /// How much lies ready now.
    pub ready: i64,
    /// Confirming it now would find too little in stock.
    pub short: bool,
    /// Why, in sentences.
    pub reasons: Vec<Reason>,
}

/// When an order can leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// Its lines, as they were asked.
    pub lines: Vec<LinePromise>,
    /// When all of it is there; nothing if that is unknown for a line.
    pub on: Option<Date>,
}

impl Promise {
    /// Confirming the whole order now would find too little in stock.
    pub fn short(&self) -> bool {
        self.lines.iter().any(|l| l.short)
    }
}

/// The port.
#[async_trait]
pub trait Stock: Send + Sync {
    /// Brings what is reserved, issued or taken back for an order in line with what it asks, in the transaction of its
    /// change. Products whose stock is not kept are passed over. Refused (`error-stock-short`) when there is too little.
    async fn settle(&self, ctx: &Ctx, tx: &Tx, demand: &Demand) -> Result<()>;
    /// What is kept for the lines of an order; lines whose product's stock nobody keeps are left out.
    async fn held(&self, q: &dyn Query, order: i64) -> Result<Vec<Held>>;
    /// When these lines could leave.
    async fn promise(&self, ctx: &Ctx, q: &dyn Query, needs: &[Need]) -> Result<Promise>;
}
