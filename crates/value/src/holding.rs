//! Does it pay that customers have many products? Customers with five and more against those with fewer, at equal tenure.
//!
//! Whoever has been a customer for long has had more time to buy different things and to become worth something: a plain
//! comparison shows the tenure. So the difference is taken within each year of entry and weighed by how many customers entered in it
//! (direct standardisation); years in which one side is missing say nothing and are left out. It is still no proof of
//! cause: large customers need more kinds of things.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Different products (or categories).
    pub held: u32,
    /// Year of entry.
    pub entered: i32,
    /// What the customer is worth.
    pub worth: f64,
}

/// The difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// From so many products on.
    pub from: u32,
    /// Customers with as many, and with fewer, in the years that have both.
    pub customers: (usize, usize),
    /// Mean worth of those with as many less that of the others, as they are.
    pub plain: f64,
    /// The same at equal tenure.
    pub equal: f64,
    /// Its 95 % interval; `None` when a year has one customer on a side.
    pub range: Option<(f64, f64)>,
}

/// Compares. `None` when no year has both sides.
#[must_use]
pub fn lift(customers: &[Held], from: u32) -> Option<Lift> {
    let mut years: BTreeMap<i32, [Vec<f64>; 2]> = BTreeMap::new();
    for c in customers {
        years.entry(c.entered).or_default()[usize::from(c.held < from)].push(c.worth);
    }
    years.retain(|_, sides| sides.iter().all(|s| !s.is_empty()));
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let total: usize = years.values().map(|s| s[0].len() + s[1].len()).sum();
    if total == 0 {
        return None;
    }
    let (mut equal, mut variance, mut sure) = (0.0, 0.0, true);
    for sides in years.values() {
        let weight = (sides[0].len() + sides[1].len()) as f64 / total as f64;
        equal += weight * (mean(&sides[0]) - mean(&sides[1]));
        for side in sides {
            if side.len() < 2 {
                sure = false;
                continue;
            }
            let m = mean(side);
            let n = side.len() as f64;
            let spread = side.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (n - 1.0);
            variance += weight * weight * spread / n;
        }
    }
    let all = |which: usize| -> Vec<f64> { years.values().flat_map(|s| s[which].iter().copied()).collect() };
    let (many, few) = (all(0), all(1));
    let half = 1.959_964 * variance.sqrt();
    Some(Lift {
        from,
        customers: (many.len(), few.len()),
        plain: mean(&many) - mean(&few),
        equal,
        range: sure.then_some((equal - half, equal + half)),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn tenure_is_taken_out() {
        let held = |held, entered, worth| Held { held, entered, worth };
        // Old customers are worth 100 more and hold more; within a year many products bring 10.
        let mut all = vec![held(9, 2010, 7.0)];
        for i in 0..30_u32 {
            let old = i % 3 != 0;
            let many = if old { i % 2 == 0 } else { i % 6 == 0 && i < 12 };
            let base = if old { 100.0 } else { 0.0 };
            let noise = f64::from(i % 5) - 2.0;
            all.push(held(
                if many { 6 } else { 2 },
                if old { 2020 } else { 2024 },
                base + if many { 10.0 } else { 0.0 } + 0.01 * noise,
            ));
        }
        let l = lift(&all, 5).unwrap();
        assert_eq!(l.customers.0 + l.customers.1, 30, "2010 has only one side");
        assert!((l.equal - 10.0).abs() < 0.1, "{l:?}");
        assert!(l.plain > 20.0, "{l:?}");
        let (low, high) = l.range.unwrap();
        assert!(low < l.equal && l.equal < high);
        assert_eq!(lift(&[held(6, 2020, 1.0)], 5), None);
    }
}
