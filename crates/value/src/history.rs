//! What the models of repeat buying know of a customer: how often, when last, seen for how long.

use serde::{Deserialize, Serialize};

/// A customer's history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Repeat purchases.
    pub x: u32,
    /// Time of the last repeat purchase, 0 without one.
    pub t_x: f64,
    /// Time observed, T.
    pub t: f64,
}

/// Customers with one and the same history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The history.
    pub history: History,
    /// How many customers.
    pub weight: f64,
}

/// Counts equal histories, in order of x, t_x, T.
#[must_use]
pub fn group(customers: &[History]) -> Vec<Group> {
    let mut sorted = customers.to_vec();
    sorted.sort_unstable_by(|p, q| p.x.cmp(&q.x).then(p.t_x.total_cmp(&q.t_x)).then(p.t.total_cmp(&q.t)));
    sorted
        .chunk_by(|p, q| p == q)
        .map(|same| Group {
            history: same[0],
            weight: same.len() as f64,
        })
        .collect()
}

/// Whether the times and the weight of a group can be: `0 ≤ t_x ≤ T`, weight above zero.
pub(crate) fn possible(Group { history, weight }: &Group) -> bool {
    let times = 0.0 <= history.t_x && history.t_x <= history.t && history.t.is_finite();
    times && *weight > 0.0 && weight.is_finite()
}

/// Number of customers and their mean time observed.
pub(crate) fn size(groups: &[Group]) -> (f64, f64) {
    let customers: f64 = groups.iter().map(|g| g.weight).sum();
    let time = groups.iter().map(|g| g.weight * g.history.t).sum::<f64>() / customers;
    (customers, time)
}

/// How many customers bought again.
pub(crate) fn repeaters(groups: &[Group]) -> f64 {
    groups.iter().filter(|g| g.history.x > 0).map(|g| g.weight).sum()
}

/// The most repeat purchases of anybody, capped: nobody buys on more than a million distinct days.
pub(crate) fn most_purchases(groups: &[Group]) -> u32 {
    groups
        .iter()
        .map(|g| g.history.x)
        .max()
        .unwrap_or(0)
        .min(MOST_PURCHASES)
}

/// Purchases are capped here in the sums of logarithms; nobody buys on more distinct days.
pub(crate) const MOST_PURCHASES: u32 = 1_000_000;
