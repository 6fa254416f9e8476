//! Sales by month as the forecast needs them.

use crate::period::month_number;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use zhike_contract::{Supplied, Supplies};
use zhike_kernel::{Date, Result};
use zhike_lake::monthly::By;
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Query, binds};

/// Months looked at.
const MOST: i64 = 72;
/// Rows read at once.
const CHUNK: i64 = 50_000;

/// By what a forecast is made.
pub const DIMS: [&str; 5] = ["total", "category", "region", "salesperson", "product"];

/// Sales of a key by month, as (amount, thousandths).
pub type Months = BTreeMap<i64, (i64, i64)>;

/// Everything that is read.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Version of the facts.
    pub facts: String,
    /// Last day of the facts.
    pub to: Date,
    /// The first month that is not over (the one of the last day, unless that ends it).
    pub open: i64,
    /// The first month looked at.
    pub first: i64,
    /// Sales by dimension and key.
    pub sales: HashMap<(&'static str, String), Months>,
    /// Supply of the products whose stock is kept.
    pub supplies: BTreeMap<i64, Supplied>,
}

/// The first month that is not over on a day.
pub fn open_month(day: Date) -> i64 {
    month_number(day) + i64::from(day == day.last_of_month())
}

/// Reads it; `None` before the first facts.
pub async fn gather(ctx: &Ctx, supplies: &Arc<dyn Supplies>) -> Result<Option<Gathered>> {
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let Some((from, to)) = lake.span(ctx.today()).await? else {
        return Ok(None);
    };
    let period = Period {
        from,
        to,
        currency: ctx.house.currency.code().to_owned(),
    };
    let open = open_month(to);
    let first = month_number(from).max(open - MOST);
    let mut sales: HashMap<(&'static str, String), Months> = HashMap::new();
    let mut put = |dim: &'static str, key: String, month: i64, net: i64, quantity: i64| {
        if month >= first {
            let slot = sales.entry((dim, key)).or_default().entry(month).or_default();
            slot.0 += net;
            slot.1 += quantity;
        }
    };
    let word = |key: Option<i64>| key.map_or_else(String::new, |k| k.to_string());
    lake.sold(&period, By::Category, |s| {
        put("total", String::new(), s.month, s.net, 0);
        put("category", word(s.key), s.month, s.net, 0);
    })
    .await?;
    lake.sold(&period, By::Owner, |s| {
        put("salesperson", word(s.key), s.month, s.net, 0)
    })
    .await?;
    let regions = regions(ctx).await?;
    lake.sold(&period, By::Party, |s| {
        let region = s.key.and_then(|k| regions.get(&k)).cloned().unwrap_or_default();
        put("region", region, s.month, s.net, 0);
    })
    .await?;
    let mut products = vec![];
    lake.sold(&period, By::Product, |s| {
        if let Some(key) = s.key {
            products.push(key);
            put("product", key.to_string(), s.month, s.net, s.quantity);
        }
    })
    .await?;
    products.sort_unstable();
    products.dedup();
    Ok(Some(Gathered {
        facts: lake.version().to_owned(),
        to,
        open,
        first,
        sales,
        supplies: supplies.of(ctx.db(), &products).await?,
    }))
}

async fn regions(ctx: &Ctx) -> Result<HashMap<i64, String>> {
    let sql = format!(
        "SELECT id, region FROM party_party WHERE id > $1 AND region IS NOT NULL AND region <> '' ORDER BY id LIMIT {CHUNK}"
    );
    let mut all = HashMap::new();
    let mut after = 0_i64;
    loop {
        let rows = ctx.db().all(&sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.int(0)?;
        for row in &rows {
            all.insert(row.int(0)?, row.text(1)?);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::open_month;

    #[test]
    fn a_month_is_over_on_its_last_day() {
        let at = |d: &str| open_month(d.parse().unwrap());
        assert_eq!(at("2026-06-30") - at("2026-06-29"), 1);
        assert_eq!(at("2026-06-01"), at("2026-06-29"));
        assert_eq!(at("2026-06-29"), 2026 * 12 + 5);
    }
}
