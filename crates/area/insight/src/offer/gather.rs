//! What the next products are computed from.

use super::taste::Item;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use zhike_contract::{Leaning, Leanings};
use zhike_kernel::{Date, Result};
use zhike_lake::holdings::Has;
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Query, binds};

/// Rows read at once.
const CHUNK: i64 = 50_000;
/// Customers whose statements are read at once.
const ASKED: usize = 5_000;

/// A product as the computation sees it.
#[derive(Clone, Debug, Default)]
pub struct Product {
    /// What somebody might name.
    pub item: Item,
    /// The product whose variant it is; else itself.
    pub family: i64,
    /// Category.
    pub category: Option<i64>,
    /// Can be sold now.
    pub sold: bool,
}

/// Orders up to a day.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// Last day.
    pub to: Date,
    /// Products of customers.
    pub has: Vec<Has>,
    /// (order, product), order by order.
    pub baskets: Vec<(i64, i64)>,
}

/// Everything that is read.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Version of the facts.
    pub facts: String,
    /// First day.
    pub from: Date,
    /// Orders until the time on which the way is chosen, until the time on which it is reported, until now.
    pub spans: Vec<Until>,
    /// Products by id.
    pub products: BTreeMap<i64, Product>,
    /// Line of business of each party.
    pub industries: HashMap<i64, u32>,
    /// What customers stated.
    pub leanings: HashMap<i64, Leaning>,
    /// Profit and year of entry of each customer of the last analysis.
    pub worth: HashMap<i64, (i64, i32)>,
}

/// Days that must be foreseen: a quarter of a year where there are four of them, else a quarter of what there is.
pub fn window(days: i64) -> i64 {
    if days >= 364 { 91 } else { days / 4 }
}

fn back(day: Date, days: i64) -> Date {
    jiff::Span::new()
        .try_days(days)
        .ok()
        .and_then(|s| day.checked_sub(s).ok())
        .unwrap_or(day)
}

/// Reads it; `None` before the first facts.
pub async fn gather(ctx: &Ctx, said: &Arc<dyn Leanings>) -> Result<Option<Gathered>> {
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let Some((from, to)) = lake.span(ctx.today()).await? else {
        return Ok(None);
    };
    let ahead = window(i64::from((to - from).get_days()));
    let mut spans = vec![];
    for days in [2 * ahead, ahead, 0] {
        let period = Period {
            from,
            to: back(to, days),
            currency: ctx.house.currency.code().to_owned(),
        };
        let mut until = Until {
            to: period.to,
            ..Until::default()
        };
        lake.holdings(&period, |h| until.has.push(h)).await?;
        lake.baskets(&period, |order, product| until.baskets.push((order, product)))
            .await?;
        until.has.sort_unstable_by_key(|h| (h.party, h.product));
        spans.push(until);
    }
    let (industries, leanings) = parties(ctx, said).await?;
    Ok(Some(Gathered {
        facts: lake.version().to_owned(),
        from,
        spans,
        products: products(ctx).await?,
        industries,
        leanings,
        worth: worth(ctx).await?,
    }))
}

async fn products(ctx: &Ctx) -> Result<BTreeMap<i64, Product>> {
    let sql = format!(
        "SELECT p.id, p.sku, p.name, COALESCE(p.name_latin, ''), p.category_id, COALESCE(c.code, ''), COALESCE(c.name, ''), \
         COALESCE(c.name_latin, ''), p.template_id, CAST(CASE WHEN p.active AND p.archived_at IS NULL THEN 1 ELSE 0 END AS BIGINT) \
         FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id WHERE p.id > $1 ORDER BY p.id LIMIT {CHUNK}"
    );
    let mut all = BTreeMap::new();
    let mut after = 0_i64;
    loop {
        let rows = ctx.db().all(&sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.int(0)?;
        for row in &rows {
            let id = row.int(0)?;
            let words: Vec<String> = [1, 2, 3, 5, 6, 7]
                .into_iter()
                .map(|i| Ok(row.text(i)?.to_lowercase()))
                .collect::<Result<_>>()?;
            let product = Product {
                item: Item {
                    id,
                    words: words.into_iter().filter(|w| !w.is_empty()).collect(),
                    category: row.text(5)?,
                },
                family: row.opt_int(8)?.unwrap_or(id),
                category: row.opt_int(4)?,
                sold: row.int(9)? == 1,
            };
            all.insert(id, product);
        }
    }
}

type Parties = (HashMap<i64, u32>, HashMap<i64, Leaning>);

async fn parties(ctx: &Ctx, said: &Arc<dyn Leanings>) -> Result<Parties> {
    let sql = format!(
        "SELECT id, COALESCE(industry, '') FROM party_party WHERE id > $1 AND archived_at IS NULL ORDER BY id LIMIT {CHUNK}"
    );
    let mut names: HashMap<String, u32> = HashMap::from([(String::new(), 0)]);
    let (mut industries, mut leanings) = (HashMap::new(), HashMap::new());
    let mut after = 0_i64;
    loop {
        let rows = ctx.db().all(&sql, binds![after]).await?;
        let Some(last) = rows.last() else {
            return Ok((industries, leanings));
        };
        after = last.int(0)?;
        let mut ids = Vec::with_capacity(rows.len());
        for row in &rows {
            let fresh = u32::try_from(names.len()).unwrap_or(u32::MAX);
            let industry = *names.entry(row.text(1)?).or_insert(fresh);
            industries.insert(row.int(0)?, industry);
            ids.push(row.int(0)?);
        }
        for chunk in ids.chunks(ASKED) {
            leanings.extend(said.of(ctx.db(), chunk).await?);
        }
    }
}

async fn worth(ctx: &Ctx) -> Result<HashMap<i64, (i64, i32)>> {
    let sql = format!(
        "SELECT c.party_id, c.profit, l.first_order_on FROM insight_customer c JOIN insight_lifetime l ON l.party_id = c.party_id \
         WHERE c.run_id IS NOT NULL AND c.party_id > $1 ORDER BY c.party_id LIMIT {CHUNK}"
    );
    let mut all = HashMap::new();
    let mut after = 0_i64;
    loop {
        let rows = ctx.db().all(&sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.int(0)?;
        for row in &rows {
            let year = row.text(2)?.get(0..4).and_then(|y| y.parse().ok());
            if let (Some(profit), Some(year)) = (row.opt_int(1)?, year) {
                all.insert(row.int(0)?, (profit, year));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_quarter_is_foreseen_where_there_is_a_year() {
        assert_eq!([window(1_095), window(364), window(200)], [91, 91, 50]);
    }
}
