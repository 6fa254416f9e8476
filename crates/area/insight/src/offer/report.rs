//! What a computation of the next products leaves behind.

use serde::{Deserialize, Serialize};
use zhike_kernel::Date;
use zhike_value::holding::Lift;
use zhike_value::offer::{Score, Way};

/// The stored result of the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day of the orders.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Customers with an order.
    pub customers: usize,
    /// Products ever sold to them.
    pub products: usize,
    /// The way taken.
    pub way: Way,
    /// How the ways did in the time on which the way was chosen.
    pub chosen: Option<Test>,
    /// How they did in the time after it.
    pub tested: Option<Test>,
    /// Customers who have something to be offered.
    pub offered: usize,
    /// Customers who do not want to be offered things unasked.
    pub closed: usize,
    /// The strongest rules: product, product, orders with both, confidence, lift.
    pub rules: Vec<(i64, i64, u32, f64, f64)>,
    /// Profit of customers with many products against others, at equal tenure; by products, by categories.
    pub lifts: [Option<Lift>; 2],
}

/// A held-out time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Last day that the ways knew.
    pub known_to: Date,
    /// Last day of what they had to foresee.
    pub to: Date,
    /// Each way.
    pub scores: Vec<Score>,
}

impl Test {
    /// How a way did.
    pub fn of(&self, way: Way) -> Option<&Score> {
        self.scores.iter().find(|s| s.way == way)
    }
}

/// A product kept for a customer, short because there may be a million customers: product, score, strongest rule
/// (product, orders with both, lift), product shared with similar customers, customers of the industry with it and all of
/// them, customers with it and all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept(
    pub i64,
    pub f64,
    pub Option<(i64, u32, f64)>,
    pub Option<i64>,
    pub (u32, u32),
    pub (u32, u32),
);

/// A customer's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The customer.
    pub party: i64,
    /// Products held.
    pub products: i64,
    /// Categories held.
    pub categories: i64,
    /// What comes next, the best first.
    pub offers: Vec<Kept>,
    /// The first one, unless the customer wants no offers.
    pub next: Option<i64>,
}
