//! What demand does to stock and capacity, month by month: what is free and what arrives is used first, the rest is made or
//! bought as far as the lead time and the capacity allow; what is left is short.

use serde::{Deserialize, Serialize};

/// What is known of the supply of a product, in pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supply {
    /// Free now, what others wait for taken off; below zero when more is waited for than there is.
    pub free: f64,
    /// Arrives in each month.
    pub arrives: Vec<f64>,
    /// Months that pass before what is begun now is there; `None`: nobody knows, so nothing is counted on.
    pub lead: Option<usize>,
    /// Can be made in each month; `None`: as much as is wanted can be bought.
    pub capacity: Option<Vec<f64>>,
}

/// A month of a product.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Month {
    /// Wanted.
    pub demand: f64,
    /// From stock and arrivals.
    pub from_stock: f64,
    /// Must be made or bought, and can be.
    pub made: f64,
    /// Cannot be had.
    pub short: f64,
    /// Part of the capacity that it takes; `None` where none is known.
    pub used: Option<f64>,
}

/// Runs the months. What is short in a month is lost, not carried on: a shortage is counted once.
#[must_use]
pub fn run(supply: &Supply, demand: &[f64]) -> Vec<Month> {
    let mut left = supply.free;
    demand
        .iter()
        .enumerate()
        .map(|(m, wanted)| {
            left += supply.arrives.get(m).copied().unwrap_or(0.0);
            // What is waited for from before is made up first, outside of this demand.
            let ready = left.max(0.0).min(*wanted);
            let rest = wanted - ready;
            left -= ready;
            let in_time = supply.lead.is_some_and(|lead| m >= lead);
            let most = match &supply.capacity {
                _ if !in_time => 0.0,
                None => rest,
                Some(capacity) => capacity.get(m).copied().unwrap_or(0.0),
            };
            let made = rest.min(most);
            let used = supply.capacity.as_ref().and_then(|c| {
                let most = c.get(m).copied().filter(|v| *v > 0.0)?;
                in_time.then_some(made / most)
            });
            Month {
                demand: *wanted,
                from_stock: ready,
                made,
                short: rest - made,
                used,
            }
        })
        .collect()
}

/// Demand after a change of price by a part, at an elasticity (below zero: dearer is less).
#[must_use]
pub fn at_price(demand: f64, change: f64, elasticity: f64) -> f64 {
    demand * (1.0 + change).max(0.0).powf(elasticity)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn stock_first_then_what_can_be_made() {
        let supply = Supply {
            free: 30.0,
            arrives: vec![0.0, 10.0],
            lead: Some(1),
            capacity: Some(vec![20.0; 4]),
        };
        let months = run(&supply, &[40.0, 25.0, 25.0, 15.0]);
        let short: Vec<f64> = months.iter().map(|m| m.short).collect();
        assert_eq!(short, [10.0, 0.0, 5.0, 0.0]);
        assert_eq!(months[0].from_stock, 30.0);
        assert_eq!(
            (months[1].from_stock, months[1].made, months[1].used),
            (10.0, 15.0, Some(0.75))
        );
        assert_eq!((months[2].used, months[3].used), (Some(1.0), Some(0.75)));
        for m in &months {
            assert!((m.from_stock + m.made + m.short - m.demand).abs() < 1e-12);
        }
        // Bought as wanted after the lead time; nobody knows: nothing beyond what is there.
        let bought = Supply {
            capacity: None,
            ..supply.clone()
        };
        assert_eq!(
            run(&bought, &[40.0, 25.0, 99.0]).iter().map(|m| m.short).sum::<f64>(),
            10.0
        );
        let unknown = Supply {
            lead: None,
            ..supply.clone()
        };
        assert_eq!(run(&unknown, &[40.0, 25.0])[1].short, 15.0);
        let owed = Supply {
            free: -5.0,
            arrives: vec![8.0],
            ..supply
        };
        assert_eq!(run(&owed, &[4.0])[0].short, 1.0);
    }

    #[test]
    fn more_demand_is_never_less_short() {
        let supply = Supply {
            free: 12.0,
            arrives: vec![3.0, 3.0, 3.0],
            lead: Some(2),
            capacity: Some(vec![4.0; 3]),
        };
        let total = |f: f64| -> f64 { run(&supply, &[5.0 * f, 6.0 * f, 7.0 * f]).iter().map(|m| m.short).sum() };
        let mut before = 0.0;
        for step in 0..40 {
            let now = total(f64::from(step) * 0.1);
            assert!(now >= before - 1e-9);
            before = now;
        }
        assert!((at_price(100.0, -0.1, -2.0) - 123.456_790_123_456_78).abs() < 1e-9);
        assert!((at_price(100.0, 0.0, -2.0) - 100.0).abs() < 1e-12);
    }
}
