//! Profit of a line, an order or a customer, and the sharing of common costs. Whole numbers only.
//!
//! `profit = revenue − discount − product cost − delivery − service − returns − cost of credit`,
//! all in minor units. Shared amounts are split by the largest remainder, so parts always add up to the
//! whole: the sum over customers plus what was left unallocated equals the ledger.

use serde::{Deserialize, Serialize};
use std::iter::Sum;

/// Parts per million in one.
const MILLION: i128 = 1_000_000;
/// Interest is counted on a 365-day year.
const YEAR_DAYS: i128 = 365;

/// What a line, an order or a customer brought in and cost, in minor units. Costs are positive numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Components {
    /// Price times quantity before discount, without tax.
    pub revenue: i64,
    /// What was let off the price.
    pub discount: i64,
    /// Unit cost on the day of the order times quantity.
    pub product_cost: i64,
    /// Freight and packing.
    pub delivery: i64,
    /// Visits, calls, complaints, commission: the cost to serve.
    pub service: i64,
    /// Revenue given back for returned goods, plus handling.
    pub returns: i64,
    /// Cost of the money tied up in unpaid invoices, see [`credit_cost`].
    pub credit: i64,
}

impl Components {
    /// Revenue after discount and returns. Saturates at the ends of `i64`.
    #[must_use]
    pub fn net_revenue(&self) -> i64 {
        narrow(i128::from(self.revenue) - i128::from(self.discount) - i128::from(self.returns))
    }

    /// Net revenue minus the cost of the goods: the gross margin.
    #[must_use]
    pub fn gross_margin(&self) -> i64 {
        narrow(
            i128::from(self.revenue)
                - i128::from(self.discount)
                - i128::from(self.returns)
                - i128::from(self.product_cost),
        )
    }

    /// What is left after everything. Saturates at the ends of `i64`, which no company's ledger reaches.
    #[must_use]
    pub fn profit(&self) -> i64 {
        narrow(i128::from(self.revenue) - self.costs())
    }

    /// Profit as parts per million of net revenue; `None` when there is no net revenue to divide by.
    #[must_use]
    pub fn margin_ppm(&self) -> Option<i64> {
        let net = i128::from(self.revenue) - i128::from(self.discount) - i128::from(self.returns);
        (net > 0).then(|| {
            narrow(divide_half_even(
                (i128::from(self.revenue) - self.costs()) * MILLION,
                net,
            ))
        })
    }

    fn costs(&self) -> i128 {
        [
            self.discount,
            self.product_cost,
            self.delivery,
            self.service,
            self.returns,
            self.credit,
        ]
        .into_iter()
        .map(i128::from)
        .sum()
    }
}

impl Sum for Components {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |a, b| Self {
            revenue: a.revenue.saturating_add(b.revenue),
            discount: a.discount.saturating_add(b.discount),
            product_cost: a.product_cost.saturating_add(b.product_cost),
            delivery: a.delivery.saturating_add(b.delivery),
            service: a.service.saturating_add(b.service),
            returns: a.returns.saturating_add(b.returns),
            credit: a.credit.saturating_add(b.credit),
        })
    }
}

/// Splits `total` in proportion to `weights` by the largest remainder; the parts sum to `total` exactly.
///
/// Negative weights count as zero. When no weight is positive the parts are as equal as whole numbers
/// allow, because an order of free samples still carries its freight. Equal remainders go to the earlier
/// place. Without weights there is nobody to give to and the answer is empty.
#[must_use]
pub fn allocate(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from((*w).max(0))).sum();
    let weight = |w: i64| if sum > 0 { i128::from(w.max(0)) } else { 1 };
    let whole = if sum > 0 { sum } else { weights.len() as i128 };
    if whole == 0 {
        return Vec::new();
    }
    let size = i128::from(total).abs();
    let sign = i128::from(total.signum());
    let mut given = 0;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut parts: Vec<i128> = Vec::with_capacity(weights.len());
    for (place, w) in weights.iter().enumerate() {
        let product = size * weight(*w);
        given += product / whole;
        parts.push(product / whole);
        remainders.push((product % whole, place));
    }
    remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for ((_, place), _) in remainders.iter().zip(given..size) {
        parts[*place] += 1;
    }
    parts.into_iter().map(|part| narrow(part * sign)).collect()
}

/// Cost of leaving `amount_minor` unpaid for so many days: `amount × days × rate / 365`, half to even.
///
/// `annual_rate_ppm` is the yearly cost of capital in parts per million (80 000 = 8 %). Days before
/// the due date (prepayment) are negative and give a negative cost, that is an advantage.
#[must_use]
pub fn credit_cost(amount_minor: i64, days: i64, annual_rate_ppm: i64) -> i64 {
    let money_days = i128::from(amount_minor) * i128::from(days);
    match money_days.checked_mul(i128::from(annual_rate_ppm)) {
        Some(product) => narrow(divide_half_even(product, YEAR_DAYS * MILLION)),
        None if (money_days < 0) == (annual_rate_ppm < 0) => i64::MAX,
        None => i64::MIN,
    }
}

/// A part of an amount given in parts per million, half to even.
#[must_use]
pub fn share_of(amount_minor: i64, rate_ppm: i64) -> i64 {
    narrow(divide_half_even(
        i128::from(amount_minor) * i128::from(rate_ppm),
        MILLION,
    ))
}

/// Division to the nearest whole number, a tie to the even one. `divisor` must be positive.
fn divide_half_even(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend.div_euclid(divisor);
    let rest = dividend.rem_euclid(divisor);
    match rest.cmp(&(divisor - rest)) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}

/// Into `i64`, stopping at its ends.
pub(crate) fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide > 0 { i64::MAX } else { i64::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Components {
        Components {
            revenue: 100_000,
            discount: 5_000,
            product_cost: 60_000,
            delivery: 3_000,
            service: 4_000,
            returns: 1_000,
            credit: 500,
        }
    }

    #[test]
    fn profit_is_revenue_minus_everything() {
        let c = sample();
        assert_eq!(c.net_revenue(), 94_000);
        assert_eq!(c.gross_margin(), 34_000);
        assert_eq!(c.profit(), 26_500);
        assert_eq!(c.margin_ppm(), Some(281_915));
        assert_eq!(Components::default().margin_ppm(), None);
        assert_eq!([c, c].into_iter().sum::<Components>().profit(), 53_000);
    }

    #[test]
    fn shares_follow_the_largest_remainder() {
        assert_eq!(allocate(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(allocate(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(allocate(10, &[0, -5, 3]), [0, 0, 10]);
        assert_eq!(allocate(7, &[0, 0]), [4, 3]);
        assert_eq!(allocate(7, &[]), Vec::<i64>::new());
        assert_eq!(allocate(i64::MAX, &[i64::MAX, i64::MAX]).iter().sum::<i64>(), i64::MAX);
    }

    #[test]
    fn credit_costs_round_half_to_even() {
        // 10,000.00 for 73 days at 8 % is 160.00.
        assert_eq!(credit_cost(1_000_000, 73, 80_000), 16_000);
        assert_eq!(credit_cost(365, 1, 500_000), 0, "0.5 goes to 0");
        assert_eq!(credit_cost(365, 3, 500_000), 2, "1.5 goes to 2");
        assert_eq!(credit_cost(-365, 3, 500_000), -2);
        assert_eq!(credit_cost(365, -5, 500_000), -2, "-2.5 goes to -2");
        assert_eq!(credit_cost(i64::MAX, i64::MAX, i64::MIN), i64::MIN);
        assert_eq!(share_of(1_000, 2_500), 2);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_near_their_share(
            total in any::<i64>(),
            weights in prop::collection::vec(-10i64..1_000_000, 1..50),
        ) {
            let parts = allocate(total, &weights);
            prop_assert_eq!(parts.iter().map(|p| i128::from(*p)).sum::<i128>(), i128::from(total));
            let sum: i128 = weights.iter().map(|w| i128::from((*w).max(0))).sum();
            if sum > 0 {
                for (part, w) in parts.iter().zip(&weights) {
                    let exact = i128::from(total) * i128::from((*w).max(0));
                    prop_assert!((i128::from(*part) * sum - exact).abs() < sum);
                }
            }
        }

        #[test]
        fn half_even_is_never_more_than_half_off(n in any::<i64>(), d in 1i64..1_000_000) {
            let (n, d) = (i128::from(n), i128::from(d));
            let off = 2 * (divide_half_even(n, d) * d - n).abs();
            prop_assert!(off <= d);
            prop_assert!(off < d || divide_half_even(n, d) % 2 == 0);
        }
    }
}
