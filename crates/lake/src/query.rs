//! The questions asked of the facts. Sums stay whole numbers; rows come one by one, so that a million customers need no
//! second copy in memory.

use crate::changes::{day_number, day_of};
use crate::session::Lake;
use datafusion::arrow::array::{Array, Int64Array, RecordBatch};
use futures::StreamExt;
use zhike_kernel::{Date, Error, Result};

/// Which orders are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Only amounts of this currency.
    pub currency: String,
}

/// What a customer bought in a period. Returns are counted apart, costs and freight net of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bought {
    /// The customer (or product).
    pub id: i64,
    /// Sales after discount.
    pub sold: i64,
    /// Discount on sales.
    pub discount: i64,
    /// Taken back, after discount.
    pub returned: i64,
    /// Cost of the lines whose cost is known.
    pub known_cost: i64,
    /// Sales less returns of the lines whose cost is not known.
    pub unknown_revenue: i64,
    /// Freight.
    pub freight: i64,
    /// Lines.
    pub lines: i64,
    /// Orders (for a product: customers).
    pub orders: i64,
    /// First order.
    pub first: Option<Date>,
    /// Last order.
    pub last: Option<Date>,
    /// Quantity in thousandths.
    pub quantity: i64,
}

/// Revenue without known cost, by category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The customer (or product).
    pub id: i64,
    /// Category of the product, if any.
    pub category: Option<i64>,
    /// Sales less returns.
    pub revenue: i64,
}

/// What paying late cost in time: amounts × days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The customer.
    pub party: i64,
    /// Sum of amount × days late, in minor units × days.
    pub money_days: i64,
    /// Sum of the amounts.
    pub amount: i64,
}

/// Service used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// The customer.
    pub party: i64,
    /// Visits.
    pub visits: i64,
    /// Minutes on the telephone.
    pub call_minutes: i64,
    /// Complaints.
    pub complaints: i64,
}

/// A month of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthOf {
    /// The customer.
    pub party: i64,
    /// Months since the year 0 (`year × 12 + month − 1`).
    pub month: i64,
    /// As in [`Bought`], for the month.
    pub bought: Bought,
}

/// Lines that are left out because they are in another currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// ISO code.
    pub currency: String,
    /// Lines.
    pub lines: i64,
}

const SUMS: &str = "SUM(CASE WHEN kind > 0 THEN net ELSE 0 END), SUM(CASE WHEN kind > 0 THEN discount ELSE 0 END), \
     SUM(CASE WHEN kind < 0 THEN net ELSE 0 END), SUM(CASE WHEN cost_known THEN cost * kind ELSE 0 END), \
     SUM(CASE WHEN cost_known THEN 0 ELSE net * kind END), SUM(freight_share), COUNT(*)";

fn days(period: &Period) -> Result<(i32, i32)> {
    let number = |day: Date| day_number(&day.to_string()).ok_or_else(|| Error::invalid("error-not-a-date"));
    Ok((number(period.from)?, number(period.to)?))
}

/// Only known codes come here; letters and nothing else reach the query.
fn code(period: &Period) -> String {
    period.currency.chars().filter(char::is_ascii_alphabetic).collect()
}

pub(crate) fn within(period: &Period) -> Result<String> {
    let (from, to) = days(period)?;
    Ok(format!(
        "ordered_on >= {from} AND ordered_on <= {to} AND currency = '{}'",
        code(period)
    ))
}

/// Months since the year 0.
pub(crate) const MONTH: &str = "CAST(date_part('year', CAST(ordered_on AS DATE)) AS BIGINT) * 12 + CAST(date_part('month', CAST(ordered_on AS DATE)) AS BIGINT) - 1";

impl Lake {
    /// The first and the last day of an order, if there is one; days after `most` do not count.
    pub async fn span(&self, most: Date) -> Result<Option<(Date, Date)>> {
        let most = day_number(&most.to_string()).unwrap_or(i32::MAX);
        let mut span = None;
        let sql = format!("SELECT MIN(ordered_on), MAX(ordered_on) FROM order_line WHERE ordered_on <= {most}");
        self.rows(&sql, |row| {
            span = row.opt_day(0).zip(row.opt_day(1));
        })
        .await?;
        Ok(span)
    }

    /// What each customer bought.
    pub async fn customers(&self, period: &Period, mut each: impl FnMut(Bought)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, {SUMS}, SUM(CASE WHEN kind > 0 THEN first ELSE 0 END), \
             MIN(CASE WHEN kind > 0 THEN ordered_on END), MAX(CASE WHEN kind > 0 THEN ordered_on END), SUM(quantity_milli * kind) \
             FROM order_line WHERE {} GROUP BY party_id",
            within(period)?
        );
        self.rows(&sql, |row| each(row.bought())).await
    }

    /// What of each product was bought; `orders` counts its customers.
    pub async fn products(&self, period: &Period, mut each: impl FnMut(Bought)) -> Result<()> {
        let sql = format!(
            "SELECT product_id, {SUMS}, COUNT(DISTINCT party_id), MIN(ordered_on), MAX(ordered_on), SUM(quantity_milli * kind) \
             FROM order_line WHERE product_id IS NOT NULL AND {} GROUP BY product_id",
            within(period)?
        );
        self.rows(&sql, |row| each(row.bought())).await
    }

    /// What each order of one customer brought, newest last.
    pub async fn orders(&self, period: &Period, party: i64) -> Result<Vec<Bought>> {
        let sql = format!(
            "SELECT order_id, {SUMS}, SUM(first), MIN(ordered_on), MAX(ordered_on), SUM(quantity_milli * kind) \
             FROM order_line WHERE party_id = {party} AND {} GROUP BY order_id ORDER BY 9, 1",
            within(period)?
        );
        let mut found = vec![];
        self.rows(&sql, |row| found.push(row.bought())).await?;
        Ok(found)
    }

    /// Revenue without known cost, of each customer by category.
    pub async fn unknown_by_customer(&self, period: &Period, each: impl FnMut(Unknown)) -> Result<()> {
        self.unknown("party_id", period, each).await
    }

    /// Revenue without known cost, of each product by category.
    pub async fn unknown_by_product(&self, period: &Period, each: impl FnMut(Unknown)) -> Result<()> {
        self.unknown("product_id", period, each).await
    }

    async fn unknown(&self, key: &str, period: &Period, mut each: impl FnMut(Unknown)) -> Result<()> {
        let sql = format!(
            "SELECT {key}, category_id, SUM(net * kind) FROM order_line \
             WHERE NOT cost_known AND {key} IS NOT NULL AND {} GROUP BY {key}, category_id",
            within(period)?
        );
        self.rows(&sql, |row| {
            each(Unknown {
                id: row.int(0),
                category: row.opt(1),
                revenue: row.int(2),
            });
        })
        .await
    }

    /// Distinct days of purchase of each customer: (customer, days).
    pub async fn purchase_days(&self, period: &Period, mut each: impl FnMut(i64, i64)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, COUNT(*) FROM (SELECT party_id, ordered_on FROM order_line \
             WHERE first > 0 AND kind > 0 AND {} GROUP BY party_id, ordered_on) d GROUP BY party_id",
            within(period)?
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1))).await
    }

    /// Sales less returns of each customer in two periods, the later one first: (customer, later, earlier).
    pub async fn growth(&self, later: &Period, earlier: &Period, mut each: impl FnMut(i64, i64, i64)) -> Result<()> {
        let ((a, b), (c, d)) = (days(later)?, days(earlier)?);
        let sql = format!(
            "SELECT party_id, SUM(CASE WHEN ordered_on >= {a} AND ordered_on <= {b} THEN net * kind ELSE 0 END), \
             SUM(CASE WHEN ordered_on >= {c} AND ordered_on <= {d} THEN net * kind ELSE 0 END) FROM order_line \
             WHERE ordered_on >= {} AND ordered_on <= {} AND currency = '{}' GROUP BY party_id",
            a.min(c),
            b.max(d),
            code(later)
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1), row.int(2))).await
    }

    /// Amounts × days late of the invoices that fell due in the period. What is still open is late until its last day; what was paid
    /// early counts as an advantage.
    pub async fn delays(&self, period: &Period, mut each: impl FnMut(Delay)) -> Result<()> {
        let (from, to) = days(period)?;
        let sql = format!(
            "SELECT party_id, SUM(amount * CAST(CASE WHEN open OR paid_on > {to} THEN {to} - due_on ELSE paid_on - due_on END AS BIGINT)), SUM(amount) \
             FROM payment_delay WHERE due_on >= {from} AND due_on <= {to} AND currency = '{}' GROUP BY party_id",
            code(period)
        );
        self.rows(&sql, |row| {
            each(Delay {
                party: row.int(0),
                money_days: row.int(1),
                amount: row.int(2),
            });
        })
        .await
    }

    /// Service that each customer used.
    pub async fn services(&self, period: &Period, mut each: impl FnMut(Served)) -> Result<()> {
        let (from, to) = days(period)?;
        let sql = format!(
            "SELECT party_id, SUM(CASE WHEN kind = 'visit' THEN 1 ELSE 0 END), SUM(CASE WHEN kind = 'call' THEN minutes ELSE 0 END), \
             SUM(CASE WHEN kind = 'complaint' THEN 1 ELSE 0 END) FROM service_use \
             WHERE used_on >= {from} AND used_on <= {to} GROUP BY party_id"
        );
        self.rows(&sql, |row| {
            each(Served {
                party: row.int(0),
                visits: row.int(1),
                call_minutes: row.int(2),
                complaints: row.int(3),
            });
        })
        .await
    }

    /// Month by month, of one customer or (with `None`) of each.
    pub async fn months(&self, period: &Period, party: Option<i64>, mut each: impl FnMut(MonthOf)) -> Result<()> {
        let only = party.map_or_else(String::new, |id| format!(" AND party_id = {id}"));
        let sql = format!(
            "SELECT party_id, {SUMS}, SUM(first), MIN(ordered_on), MAX(ordered_on), SUM(quantity_milli * kind), {MONTH} AS m \
             FROM order_line WHERE {}{only} GROUP BY party_id, m ORDER BY party_id, m",
            within(period)?
        );
        self.rows(&sql, |row| {
            let bought = row.bought();
            each(MonthOf {
                party: bought.id,
                month: row.int(12),
                bought,
            });
        })
        .await
    }

    /// Net sales of each customer, month by month: (customer, month as in [`MonthOf`], sales less returns).
    pub async fn monthly(&self, period: &Period, mut each: impl FnMut(i64, i64, i64)) -> Result<()> {
        let sql = format!(
            "SELECT party_id, {MONTH} AS m, SUM(net * kind) FROM order_line WHERE {} GROUP BY party_id, m",
            within(period)?
        );
        self.rows(&sql, |row| each(row.int(0), row.int(1), row.int(2))).await
    }

    /// Lines of the period in other currencies.
    pub async fn foreign(&self, period: &Period) -> Result<Vec<Foreign>> {
        let (from, to) = days(period)?;
        let mut found = vec![];
        let sql = format!(
            "SELECT COUNT(*), currency FROM order_line WHERE ordered_on >= {from} AND ordered_on <= {to} AND currency <> '{}' \
             GROUP BY currency ORDER BY currency",
            code(period)
        );
        self.each_batch(&sql, |batch| {
            let names =
                datafusion::arrow::compute::cast(batch.column(1), &datafusion::arrow::datatypes::DataType::Utf8)
                    .map_err(Error::broken)?;
            let names = names
                .as_any()
                .downcast_ref::<datafusion::arrow::array::StringArray>()
                .ok_or_else(|| Error::broken("no text"))?;
            let counts = numbers(batch, 0)?;
            for i in 0..batch.num_rows() {
                found.push(Foreign {
                    currency: names.value(i).to_owned(),
                    lines: counts.value(i),
                });
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    pub(crate) async fn rows(&self, sql: &str, mut each: impl FnMut(&Numbers)) -> Result<()> {
        self.each_batch(sql, |batch| {
            let columns: Vec<Int64Array> = (0..batch.num_columns())
                .map(|i| numbers(batch, i))
                .collect::<Result<_>>()?;
            let mut row = Numbers { columns, at: 0 };
            for at in 0..batch.num_rows() {
                row.at = at;
                each(&row);
            }
            Ok(())
        })
        .await
    }

    async fn each_batch(&self, sql: &str, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        let frame = self.ctx.sql(sql).await.map_err(Error::broken)?;
        let mut stream = frame.execute_stream().await.map_err(Error::broken)?;
        while let Some(batch) = stream.next().await {
            each(&batch.map_err(Error::broken)?)?;
        }
        Ok(())
    }
}

fn numbers(batch: &RecordBatch, column: usize) -> Result<Int64Array> {
    let wide = datafusion::arrow::compute::cast(batch.column(column), &datafusion::arrow::datatypes::DataType::Int64)
        .map_err(Error::broken)?;
    let found = wide.as_any().downcast_ref::<Int64Array>();
    found.cloned().ok_or_else(|| Error::broken("not a number"))
}

/// A row of whole numbers.
pub(crate) struct Numbers {
    columns: Vec<Int64Array>,
    at: usize,
}

impl Numbers {
    pub(crate) fn opt(&self, i: usize) -> Option<i64> {
        let column = self.columns.get(i)?;
        (!column.is_null(self.at)).then(|| column.value(self.at))
    }
    pub(crate) fn int(&self, i: usize) -> i64 {
        self.opt(i).unwrap_or(0)
    }
    pub(crate) fn opt_day(&self, i: usize) -> Option<Date> {
        self.opt(i).and_then(|n| i32::try_from(n).ok()).and_then(day_of)
    }
    fn bought(&self) -> Bought {
        Bought {
            id: self.int(0),
            sold: self.int(1),
            discount: self.int(2),
            returned: self.int(3),
            known_cost: self.int(4),
            unknown_revenue: self.int(5),
            freight: self.int(6),
            lines: self.int(7),
            orders: self.int(8),
            first: self.opt_day(9),
            last: self.opt_day(10),
            quantity: self.int(11),
        }
    }
}
