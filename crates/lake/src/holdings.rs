//! Who has what: products of customers, and what stood together in one order.

use crate::query::{Period, within};
use crate::session::Lake;
use zhike_kernel::{Date, Result};

/// A product of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Has {
    /// The customer.
    pub party: i64,
    /// The product.
    pub product: i64,
    /// Orders with it.
    pub times: i64,
    /// The last of them.
    pub last: Date,
    /// Bought less given back, thousandths.
    pub kept: i64,
}

impl Lake {
    /// Every product that a customer ever bought in the period, with orders in the currency of the period.
    pub async fn holdings(&self, period: &Period, mut each: impl FnMut(Has)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, product_id, COUNT(DISTINCT CASE WHEN kind > 0 THEN order_id END), \
             MAX(CASE WHEN kind > 0 THEN ordered_on END), SUM(quantity_milli * kind) FROM order_line \
             WHERE product_id IS NOT NULL AND {} GROUP BY party_id, product_id",
            within(period)?
        );
        self.rows(&sql, |row| {
            if let Some(last) = row.opt_day(3) {
                each(Has {
                    party: row.int(0),
                    product: row.int(1),
                    times: row.int(2),
                    last,
                    kept: row.int(4),
                });
            }
        })
        .await
    }

    /// Every product of every sale, order by order: (order, product).
    pub async fn baskets(&self, period: &Period, mut each: impl FnMut(i64, i64)) -> Result<()> {
        let sql = format!(
            "SELECT DISTINCT order_id, product_id FROM order_line WHERE kind > 0 AND product_id IS NOT NULL AND {} ORDER BY order_id, product_id",
            within(period)?
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1))).await
    }
}
