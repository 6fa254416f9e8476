//! Purchases by customer, for the models of repeat buying. A purchase is a day with sales of zero or more; returns are none.

use crate::query::{Period, within};
use crate::session::Lake;
use zhike_kernel::{Date, Result};

/// Purchases of a customer summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The customer.
    pub party: i64,
    /// Days of purchase.
    pub days: i64,
    /// The first one.
    pub first: Date,
    /// The last one.
    pub last: Date,
    /// Sales of all days.
    pub sold: i64,
    /// Sales of the first day.
    pub sold_first: i64,
}

/// The gaps between the days of purchase of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// How many.
    pub many: i64,
    /// Their sum in days.
    pub sum: i64,
    /// The sum of their squares.
    pub squares: i64,
}

/// One row for each customer and day of purchase.
fn days(period: &Period) -> Result<String> {
    Ok(format!(
        "SELECT party_id, ordered_on, SUM(net) AS net FROM order_line WHERE kind > 0 AND party_id IS NOT NULL AND {} \
         GROUP BY party_id, ordered_on HAVING SUM(net) >= 0",
        within(period)?
    ))
}

impl Lake {
    /// Every day of purchase: customer, day, sales. In order of customer and day.
    pub async fn purchases(&self, period: &Period, mut each: impl FnMut(i64, Date, i64)) -> Result<()> {
        let sql = format!("{} ORDER BY party_id, ordered_on", days(period)?);
        self.rows(&sql, |row| {
            if let Some(day) = row.opt_day(1) {
                each(row.int(0), day, row.int(2));
            }
        })
        .await
    }

    /// The purchases of each customer summed up.
    pub async fn histories(&self, period: &Period, mut each: impl FnMut(Bought)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, COUNT(*), MIN(ordered_on), MAX(ordered_on), SUM(net), FIRST_VALUE(net ORDER BY ordered_on) \
             FROM ({}) d GROUP BY party_id",
            days(period)?
        );
        self.rows(&sql, |row| {
            if let (Some(first), Some(last)) = (row.opt_day(2), row.opt_day(3)) {
                each(Bought {
                    party: row.int(0),
                    days: row.int(1),
                    first,
                    last,
                    sold: row.int(4),
                    sold_first: row.int(5),
                });
            }
        })
        .await
    }

    /// The gaps of each customer who has some.
    pub async fn gaps(&self, period: &Period, mut each: impl FnMut(Gaps)) -> Result<()> {
        let sql = format!(
            "SELECT COUNT(gap), SUM(gap), SUM(gap * gap) FROM (SELECT party_id, \
             CAST(ordered_on - LAG(ordered_on) OVER (PARTITION BY party_id ORDER BY ordered_on) AS BIGINT) AS gap FROM ({}) d) g \
             WHERE gap IS NOT NULL GROUP BY party_id",
            days(period)?
        );
        self.rows(&sql, |row| {
            each(Gaps {
                many: row.int(0),
                sum: row.int(1),
                squares: row.int(2),
            });
        })
        .await
    }

    /// In which quarters after the one of their first purchase customers bought: (customer, quarters since).
    pub async fn quarters(&self, period: &Period, mut each: impl FnMut(i64, i64)) -> Result<()> {
        const QUARTER: &str = "(CAST(date_part('year', CAST({} AS DATE)) AS BIGINT) * 4 + (CAST(date_part('month', CAST({} AS DATE)) AS BIGINT) - 1) / 3)";
        let of = |day: &str| QUARTER.replace("{}", day);
        let sql = format!(
            "SELECT DISTINCT party_id, {} - {} AS later FROM (SELECT party_id, ordered_on, \
             MIN(ordered_on) OVER (PARTITION BY party_id) AS entered FROM ({}) d) e",
            of("ordered_on"),
            of("entered"),
            days(period)?
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1))).await
    }
}
