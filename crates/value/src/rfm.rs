//! Recency, frequency and money in quintiles (Hughes 1994), METHODS A2.
//!
//! Each customer gets 1 to 5 in each of the three, 5 being best: `quintile = ceil(5 × rank / n)`. Equal
//! values are ranked by their order in the input (rank method "first"), so the quintiles are of equal
//! size, but where many customers have the same value (one purchase, say) the border between two
//! quintiles falls arbitrarily among them: give the customers in a stable order, by id.

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// The three quintiles of a customer, each 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rfm {
    /// 5: bought most recently.
    pub recency: u8,
    /// 5: bought most often.
    pub frequency: u8,
    /// 5: spent most.
    pub money: u8,
}

impl Rfm {
    /// The cell `100 R + 10 F + M`, 111 to 555.
    #[must_use]
    pub fn cell(self) -> u16 {
        u16::from(self.recency) * 100 + u16::from(self.frequency) * 10 + u16::from(self.money)
    }
}

/// What the customers of a cell have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The cell.
    pub rfm: Rfm,
    /// How many customers.
    pub customers: usize,
    /// Their money together, in the unit of the input.
    pub money: i64,
}

/// The inputs are not of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError;

impl std::fmt::Display for LengthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "recency, frequency and money differ in length")
    }
}

impl std::error::Error for LengthError {}

/// Scores every customer: days since the last purchase, number of purchases, money (any whole unit).
///
/// # Errors
/// [`LengthError`] when the three differ in length.
pub fn score(recency_days: &[i64], frequency: &[u64], money: &[i64]) -> Result<Vec<Rfm>, LengthError> {
    let n = recency_days.len();
    if frequency.len() != n || money.len() != n {
        return Err(LengthError);
    }
    let mut result = vec![
        Rfm {
            recency: 0,
            frequency: 0,
            money: 0
        };
        n
    ];
    // The longest silence gets the lowest rank, so that ties fall the same way as for the other two.
    quintiles(recency_days.iter().map(|days| Reverse(*days)), |at, q| {
        result[at].recency = q
    });
    quintiles(frequency.iter().copied(), |at, q| result[at].frequency = q);
    quintiles(money.iter().copied(), |at, q| result[at].money = q);
    Ok(result)
}

/// The cells that occur, from 555 down, with their customers and money.
///
/// # Errors
/// [`LengthError`] when the two differ in length.
pub fn cells(scores: &[Rfm], money: &[i64]) -> Result<Vec<Cell>, LengthError> {
    if scores.len() != money.len() {
        return Err(LengthError);
    }
    let mut sums = [(0usize, 0i64); 125];
    let place = |rfm: &Rfm| {
        let digit = |q: u8| usize::from(q.clamp(1, 5) - 1);
        digit(rfm.recency) * 25 + digit(rfm.frequency) * 5 + digit(rfm.money)
    };
    for (rfm, amount) in scores.iter().zip(money) {
        let (customers, sum) = &mut sums[place(rfm)];
        *customers += 1;
        *sum = sum.saturating_add(*amount);
    }
    let mut found = Vec::new();
    for recency in (1..=5).rev() {
        for frequency in (1..=5).rev() {
            for money in (1..=5).rev() {
                let rfm = Rfm {
                    recency,
                    frequency,
                    money,
                };
                let (customers, sum) = sums[place(&rfm)];
                if customers > 0 {
                    found.push(Cell {
                        rfm,
                        customers,
                        money: sum,
                    });
                }
            }
        }
    }
    Ok(found)
}

fn quintiles<T: Ord>(values: impl Iterator<Item = T>, mut set: impl FnMut(usize, u8)) {
    let mut order: Vec<(T, usize)> = values.enumerate().map(|(place, value)| (value, place)).collect();
    order.sort_unstable();
    let n = order.len();
    for (before, (_, place)) in order.iter().enumerate() {
        let quintile = (5 * (before + 1)).div_ceil(n);
        set(*place, u8::try_from(quintile).unwrap_or(5));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_customers_take_one_quintile_each() {
        let scores = score(&[1, 10, 100, 5, 50], &[9, 3, 3, 3, 1], &[500, 100, 200, 300, 400]).unwrap();
        let cells: Vec<u16> = scores.iter().map(|s| s.cell()).collect();
        // The three customers with 3 purchases are ranked in their order.
        assert_eq!(cells, [555, 321, 132, 443, 214]);
    }

    #[test]
    fn cells_add_up() {
        let scores = score(&[1, 2, 3], &[1, 1, 1], &[10, 10, 40]).unwrap();
        let found = cells(&scores, &[10, 10, 40]).unwrap();
        assert_eq!(found.iter().map(|c| c.customers).sum::<usize>(), 3);
        assert_eq!(found.iter().map(|c| c.money).sum::<i64>(), 60);
        assert!(found.windows(2).all(|w| w[0].rfm > w[1].rfm));
        assert_eq!(score(&[1], &[], &[1]), Err(LengthError));
        assert_eq!(cells(&scores, &[1]), Err(LengthError));
        assert_eq!(score(&[], &[], &[]), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn better_values_never_get_a_lower_quintile(rows in prop::collection::vec((0i64..90, 1u64..6, 0i64..500), 1..200)) {
            let days: Vec<i64> = rows.iter().map(|r| r.0).collect();
            let times: Vec<u64> = rows.iter().map(|r| r.1).collect();
            let money: Vec<i64> = rows.iter().map(|r| r.2).collect();
            let scores = score(&days, &times, &money).unwrap();
            for i in 0..rows.len() {
                for j in 0..rows.len() {
                    prop_assert!(days[i] >= days[j] || scores[i].recency >= scores[j].recency);
                    prop_assert!(money[i] <= money[j] || scores[i].money >= scores[j].money);
                }
            }
            for q in 1..=5u8 {
                let size = scores.iter().filter(|s| s.frequency == q).count();
                prop_assert!(size.abs_diff(rows.len() / 5) <= 1);
            }
        }
    }
}
