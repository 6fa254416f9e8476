//! Sales month by month, by whatever sold or bought them.

use crate::query::{MONTH, Period, within};
use crate::session::Lake;
use zhike_kernel::Result;

/// By what sales are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Product.
    Product,
    /// Its category.
    Category,
    /// Who sold.
    Owner,
    /// Who bought.
    Party,
}

/// A month of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The key; none: lines without one.
    pub key: Option<i64>,
    /// Months since the year 0.
    pub month: i64,
    /// Sales less returns.
    pub net: i64,
    /// Quantity less returned, thousandths.
    pub quantity: i64,
}

impl Lake {
    /// Sales less returns of each key and month.
    pub async fn sold(&self, period: &Period, by: By, mut each: impl FnMut(Sold)) -> Result<()> {
        let key = match by {
            By::Product => "product_id",
            By::Category => "category_id",
            By::Owner => "owner_id",
            By::Party => "party_id",
        };
        let sql = format!(
            "SELECT {key} AS k, {MONTH} AS m, SUM(net * kind), SUM(quantity_milli * kind) FROM order_line WHERE {} GROUP BY k, m",
            within(period)?
        );
        self.rows(&sql, |row| {
            each(Sold {
                key: row.opt(0),
                month: row.int(1),
                net: row.int(2),
                quantity: row.int(3),
            });
        })
        .await
    }
}
