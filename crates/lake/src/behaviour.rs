//! What customers did, day by day, for models that look at a customer as of a day: nothing that came later may be known to them.
//! Days are numbers since 1970.

use crate::query::{Period, within};
use crate::session::Lake;
use zhike_kernel::Result;

/// A day with orders of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// The customer.
    pub party: i64,
    /// Day.
    pub day: i64,
    /// Lines sold; none on a day with returns only.
    pub lines: i64,
    /// Sales after discount.
    pub sold: i64,
    /// Discount.
    pub discount: i64,
    /// Taken back.
    pub returned: i64,
}

/// A day with service for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cared {
    /// The customer.
    pub party: i64,
    /// Day.
    pub day: i64,
    /// Complaints.
    pub complaints: i64,
    /// Calls.
    pub calls: i64,
    /// Visits.
    pub visits: i64,
}

/// An invoice that fell due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The customer.
    pub party: i64,
    /// Day.
    pub day: i64,
    /// Paid on; none: open.
    pub paid: Option<i64>,
}

impl Traded {
    /// Something was bought, as in the histories: a day with sales of zero or more.
    #[must_use]
    pub fn bought(&self) -> bool {
        self.lines > 0 && self.sold >= 0
    }
}

impl Lake {
    /// Days with orders, by customer and day.
    pub async fn traded(&self, period: &Period, mut each: impl FnMut(Traded)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, ordered_on, SUM(CASE WHEN kind > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN kind > 0 THEN net ELSE 0 END), \
             SUM(CASE WHEN kind > 0 THEN discount ELSE 0 END), SUM(CASE WHEN kind < 0 THEN net ELSE 0 END) FROM order_line \
             WHERE party_id IS NOT NULL AND {} GROUP BY party_id, ordered_on ORDER BY party_id, ordered_on",
            within(period)?
        );
        self.rows(&sql, |row| {
            each(Traded {
                party: row.int(0),
                day: row.int(1),
                lines: row.int(2),
                sold: row.int(3),
                discount: row.int(4),
                returned: row.int(5),
            });
        })
        .await
    }

    /// Days with service.
    pub async fn cared(&self, mut each: impl FnMut(Cared)) -> Result<()> {
        let count = |kind: &str| format!("SUM(CASE WHEN kind = '{kind}' THEN 1 ELSE 0 END)");
        let sql = format!(
            "SELECT party_id, used_on, {}, {}, {} FROM service_use GROUP BY party_id, used_on ORDER BY party_id, used_on",
            count("complaint"),
            count("call"),
            count("visit")
        );
        self.rows(&sql, |row| {
            each(Cared {
                party: row.int(0),
                day: row.int(1),
                complaints: row.int(2),
                calls: row.int(3),
                visits: row.int(4),
            });
        })
        .await
    }

    /// Invoices by the day on which they fell due.
    pub async fn dues(&self, mut each: impl FnMut(Due)) -> Result<()> {
        let sql = "SELECT party_id, due_on, CASE WHEN open THEN NULL ELSE paid_on END FROM payment_delay ORDER BY party_id, due_on";
        self.rows(sql, |row| {
            each(Due {
                party: row.int(0),
                day: row.int(1),
                paid: row.opt(2),
            });
        })
        .await
    }

    /// The day on which each customer first bought each product: (customer, day), in order of both.
    pub async fn first_of_each(&self, period: &Period, mut each: impl FnMut(i64, i64)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, d FROM (SELECT party_id, product_id, MIN(ordered_on) AS d FROM order_line \
             WHERE kind > 0 AND product_id IS NOT NULL AND {} GROUP BY party_id, product_id) f ORDER BY party_id, d",
            within(period)?
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1))).await
    }

    /// Different products that each customer bought: (customer, products).
    pub async fn breadth(&self, period: &Period, mut each: impl FnMut(i64, i64)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, COUNT(DISTINCT product_id) FROM order_line WHERE kind > 0 AND product_id IS NOT NULL AND {} \
             GROUP BY party_id ORDER BY party_id",
            within(period)?
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1))).await
    }
}
