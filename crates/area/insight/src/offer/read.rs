//! What pages and the API read of the next products: for customers that the reader may see, held against what the customer stated
//! and ordered since.

use super::report::Kept;
use super::taste::{Fit, Item, fit};
use crate::read::scope;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use zhike_contract::Leanings;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Row, binds, ids};

/// A product that may be offered now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    /// The product.
    pub product: i64,
    /// Its name as the reader prefers it.
    pub name: String,
    /// Its number.
    pub sku: String,
    /// The customer named it, or its kind, as an interest.
    pub wanted: bool,
    /// The strongest rule: product, its name, orders with both, lift.
    pub basket: Option<(i64, String, u32, f64)>,
    /// What similar customers share: product and name.
    pub alike: Option<(i64, String)>,
    /// Customers of the same line of business with it, and all of them.
    pub peers: (u32, u32),
    /// Customers with it, and all.
    pub all: (u32, u32),
    /// It was put before somebody and is open: id and version of the suggestion.
    pub open: Option<(i64, i64)>,
}

/// What a customer can be offered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ready {
    /// The customer does not want to be offered things unasked.
    pub closed: bool,
    /// Different products held.
    pub products_held: i64,
    /// Different categories held.
    pub categories_held: i64,
    /// The best first.
    pub offers: Vec<Offer>,
}

struct Named {
    name: String,
    sku: String,
    sold: bool,
    item: Item,
}

async fn named(ctx: &Ctx, wanted: &[i64]) -> Result<HashMap<i64, Named>> {
    let sql = format!(
        "SELECT p.id, {}, p.sku, CAST(CASE WHEN p.active AND p.archived_at IS NULL THEN 1 ELSE 0 END AS BIGINT), p.name, COALESCE(p.name_latin, ''), \
         COALESCE(c.code, ''), COALESCE(c.name, ''), COALESCE(c.name_latin, '') \
         FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id WHERE {}",
        ctx.name_of("p"),
        ctx.db().dialect().among("p.id", "$1")
    );
    let one = |row: &Row| {
        let words: Vec<String> = [2, 4, 5, 6, 7, 8]
            .into_iter()
            .map(|i| Ok(row.text(i)?.to_lowercase()))
            .collect::<Result<_>>()?;
        let id = row.int(0)?;
        let named = Named {
            name: row.text(1)?,
            sku: row.text(2)?,
            sold: row.int(3)? == 1,
            item: Item {
                id,
                words: words.into_iter().filter(|w| !w.is_empty()).collect(),
                category: row.text(6)?,
            },
        };
        Ok((id, named))
    };
    ctx.db().all(&sql, vec![ids(wanted)]).await?.iter().map(one).collect()
}

/// Names of products.
pub async fn names(ctx: &Ctx, wanted: &[i64]) -> Result<HashMap<i64, String>> {
    let all = named(ctx, wanted).await?;
    Ok(all.into_iter().map(|(id, n)| (id, n.name)).collect())
}

/// What was refused lately, and what is open: product → (refused, id, version).
async fn before(ctx: &Ctx, party: i64) -> Result<HashMap<i64, (bool, i64, i64)>> {
    let since = jiff::Span::new()
        .try_days(super::shown::REST)
        .ok()
        .and_then(|s| ctx.today().checked_sub(s).ok())
        .unwrap_or(ctx.today());
    let sql = "SELECT product_id, status, id, version FROM insight_suggestion WHERE party_id = $1 AND archived_at IS NULL \
               AND (status = 'open' OR (status = 'declined' AND ended_on > $2)) ORDER BY id";
    let rows = ctx.db().all(sql, binds![party, since.to_string()]).await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, (r.text(1)? == "declined", r.int(2)?, r.int(3)?))))
        .collect()
}

/// Of these products, the ones that the customer ordered or is about to order.
async fn ordered(ctx: &Ctx, party: i64, products: &[i64]) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT DISTINCT l.product_id FROM order_order o JOIN order_line l ON l.order_id = o.id AND l.archived_at IS NULL \
         WHERE o.party_id = $1 AND o.archived_at IS NULL AND o.status <> 'cancelled' AND {}",
        ctx.db().dialect().among("l.product_id", "$2")
    );
    let rows = ctx.db().all(&sql, vec![party.into(), ids(products)]).await?;
    rows.iter().map(|r| r.int(0)).collect()
}

/// What a customer can be offered now; `None` before the customer's first order or beyond the reader's sight.
pub async fn ready(ctx: &Ctx, said: &Arc<dyn Leanings>, party: i64) -> Result<Option<Ready>> {
    let sql = format!(
        "SELECT h.products_held, h.categories_held, h.offers FROM insight_holding h JOIN party_party t ON t.id = h.party_id \
         WHERE h.party_id = $1 AND {}",
        scope(ctx, "t")?
    );
    let Some(row) = ctx.db().one(&sql, binds![party]).await? else {
        return Ok(None);
    };
    let kept: Vec<Kept> = serde_json::from_str(&row.text(2)?).map_err(Error::broken)?;
    let leaning = said.of(ctx.db(), &[party]).await?.remove(&party).unwrap_or_default();
    let mut products: Vec<i64> = kept.iter().map(|k| k.0).collect();
    let had = ordered(ctx, party, &products).await?;
    let before = before(ctx, party).await?;
    products.extend(kept.iter().flat_map(|k| k.2.map(|b| b.0).into_iter().chain(k.3)));
    let named = named(ctx, &products).await?;
    let name = |id: i64| named.get(&id).map_or_else(String::new, |n| n.name.clone());
    let mut offers: Vec<Offer> = kept
        .iter()
        .filter(|k| !had.contains(&k.0) && !before.get(&k.0).is_some_and(|b| b.0))
        .filter_map(|k| {
            let known = named.get(&k.0).filter(|n| n.sold)?;
            let stands = fit(&leaning, &known.item);
            (stands != Fit::Unwanted).then(|| Offer {
                product: k.0,
                name: known.name.clone(),
                sku: known.sku.clone(),
                wanted: stands == Fit::Wanted,
                basket: k.2.map(|(from, both, lift)| (from, name(from), both, lift)),
                alike: k.3.map(|from| (from, name(from))),
                peers: k.4,
                all: k.5,
                open: before.get(&k.0).map(|b| (b.1, b.2)),
            })
        })
        .collect();
    offers.sort_by_key(|o| !o.wanted);
    Ok(Some(Ready {
        closed: leaning.closed(),
        products_held: row.int(0)?,
        categories_held: row.int(1)?,
        offers,
    }))
}

/// Customers by how many products (or categories) they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// So many; 5: five and more.
    pub held: i64,
    /// Customers.
    pub customers: i64,
    /// Sales less discount and returns, in the period of the analysis.
    pub net: i64,
    /// Profit.
    pub profit: i64,
    /// Customers with a lifetime value.
    pub valued: i64,
    /// Sum of the lifetime values.
    pub npv: i64,
}

/// What customers with 0, 1, 2, 3, 4, 5 and more are worth; of those that the reader sees.
pub async fn by_held(ctx: &Ctx, categories: bool) -> Result<Vec<Held>> {
    let column = if categories {
        "h.categories_held"
    } else {
        "h.products_held"
    };
    let step = format!("CASE WHEN {column} > 5 THEN 5 ELSE {column} END");
    let sum = |what: &str| format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)");
    let sql = format!(
        "SELECT {step}, COUNT(*), {}, {}, COUNT(l.npv), {} FROM insight_holding h JOIN party_party t ON t.id = h.party_id \
         LEFT JOIN insight_customer c ON c.party_id = h.party_id LEFT JOIN insight_lifetime l ON l.party_id = h.party_id \
         WHERE {} GROUP BY {step} ORDER BY {step}",
        sum("c.revenue - c.discount - c.returns"),
        sum("c.profit"),
        sum("l.npv"),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![]).await?;
    rows.iter()
        .map(|r| {
            Ok(Held {
                held: r.int(0)?,
                customers: r.int(1)?,
                net: r.int(2)?,
                profit: r.int(3)?,
                valued: r.int(4)?,
                npv: r.int(5)?,
            })
        })
        .collect()
}

/// A customer with what comes next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The customer.
    pub party_id: i64,
    /// Its name.
    pub name: String,
    /// Different products held.
    pub products_held: i64,
    /// Different categories held.
    pub categories_held: i64,
    /// The next product.
    pub product_id: i64,
    /// Its name.
    pub product: String,
    /// Sales of the period.
    pub revenue: i64,
}

/// Customers with a next product, those who buy most first, after a (revenue, customer).
pub async fn customers(ctx: &Ctx, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<Line>> {
    let (revenue, party) = after.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "SELECT h.party_id, {}, h.products_held, h.categories_held, h.next_product_id, {}, c.revenue FROM insight_customer c \
         JOIN insight_holding h ON h.party_id = c.party_id JOIN party_party t ON t.id = c.party_id \
         JOIN catalog_product p ON p.id = h.next_product_id \
         WHERE c.revenue IS NOT NULL AND (c.revenue, c.party_id) < ($1, $2) AND {} ORDER BY c.revenue DESC, c.party_id DESC LIMIT {limit}",
        ctx.name_of("t"),
        ctx.name_of("p"),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![revenue, party]).await?;
    rows.iter()
        .map(|r| {
            Ok(Line {
                party_id: r.int(0)?,
                name: r.text(1)?,
                products_held: r.int(2)?,
                categories_held: r.int(3)?,
                product_id: r.int(4)?,
                product: r.text(5)?,
                revenue: r.int(6)?,
            })
        })
        .collect()
}
