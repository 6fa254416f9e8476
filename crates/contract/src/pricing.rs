//! What a product costs a customer, and whether it can be ordered as it is asked for. Answered by the area `catalog`.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zhike_kernel::{Currency, Date, Result};
use zhike_store::{Ctx, Query};

/// What is asked.
#[derive(Clone, Debug)]
pub struct PriceAsk {
    /// The customer, if known.
    pub party: Option<i64>,
    /// The product.
    pub product: i64,
    /// How much of it, in thousandths of `unit`.
    pub quantity: i64,
    /// One of the product's units; the base unit when empty.
    pub unit: String,
    /// Codes of the chosen options.
    pub options: String,
    /// The day of the order.
    pub on: Date,
    /// By which channel.
    pub channel: String,
    /// In which currency.
    pub currency: Currency,
}

/// A value in a reason, worded in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasonArg {
    /// As it is.
    Text(String),
    /// A count.
    Int(i64),
    /// Minor units of the quote's currency.
    Money(i64),
    /// Thousandths.
    Quantity(i64),
    /// Parts per million.
    Rate(i64),
}

/// One sentence of "why this price".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Translation key of the sentence.
    pub code: String,
    /// Its arguments.
    #[serde(default)]
    pub args: BTreeMap<String, ReasonArg>,
    /// It made the price; the others were weaker or did not fit.
    pub won: bool,
}

impl Reason {
    /// A sentence.
    pub fn new(code: &str, won: bool) -> Reason {
        Reason {
            code: code.to_owned(),
            args: BTreeMap::new(),
            won,
        }
    }
    /// With an argument.
    pub fn with(mut self, name: &str, arg: ReasonArg) -> Reason {
        self.args.insert(name.to_owned(), arg);
        self
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Price of one `unit`, before the discount; nothing when none is known in the currency.
    pub unit_price: Option<i64>,
    /// Discount on the whole line.
    pub discount: i64,
    /// Tax rate of the day, if one is known.
    pub tax_rate: Option<i64>,
    /// What one `unit` costs us on the day, if known in the currency.
    pub unit_cost: Option<i64>,
    /// Quantity in the base unit, in thousandths.
    pub base_quantity: i64,
    /// Currency of all amounts.
    pub currency: Currency,
    /// `month`, `quarter` or `year` for a service plan: the price is for one of them.
    pub per: Option<String>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// A line that is to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineAsk {
    /// The product.
    pub product: i64,
    /// How much, in thousandths of `unit`; less than nothing for a return, which is not judged.
    pub quantity: i64,
    /// Unit; empty for the base unit.
    pub unit: String,
    /// Codes of the chosen options.
    pub options: String,
    /// The day of the order: costs are those of the day.
    pub on: Date,
}

/// What an order keeps of a line that may be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFact {
    /// Base units in one unit, in thousandths.
    pub factor: i64,
    /// What one unit cost us on the day, with its options.
    pub unit_cost: Option<i64>,
    /// Currency of the cost.
    pub currency: Currency,
}

/// What a line's form must know of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFacts {
    /// It has options to choose.
    pub configurable: bool,
    /// The base unit.
    pub unit: String,
    /// Other units and what one of them holds of the base unit, in thousandths.
    pub units: Vec<(String, i64)>,
}

/// The port.
#[async_trait]
pub trait Pricing: Send + Sync {
    /// Units and options of a product, if it is there.
    async fn facts(&self, q: &dyn Query, product: i64) -> Result<Option<ProductFacts>>;
    /// The price, with its reasons.
    async fn quote(&self, ctx: &Ctx, q: &dyn Query, ask: &PriceAsk) -> Result<Quote>;
    /// Refuses what cannot be ordered: an unknown unit, options that do not go together, a template instead of one of its
    /// variants, a plan below its term. Every door passes through here.
    async fn check(&self, ctx: &Ctx, q: &dyn Query, lines: &[LineAsk]) -> Result<Vec<LineFact>>;
}
