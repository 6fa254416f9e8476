//! What a price is made of, read from the database.

use super::rank::Entry;
use std::collections::HashMap;
use zhike_kernel::{Currency, Door, Result, money::mul_div};
use zhike_store::{Ctx, Query, binds, read};

/// A product, as pricing sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Product {
    pub id: i64,
    pub price: Option<i64>,
    pub currency: String,
    pub unit: String,
    pub tax_class: Option<i64>,
    pub template: Option<i64>,
    pub configurable: bool,
    pub recurring: Option<String>,
    pub term_months: Option<i64>,
    pub variants: i64,
    pub parts: i64,
}

/// Products by id.
pub(crate) async fn products(ctx: &Ctx, q: &dyn Query, ids: &[i64]) -> Result<HashMap<i64, Product>> {
    let mut out = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let sql = format!(
            "SELECT p.id, p.price, p.currency, p.unit, p.tax_class_id, p.template_id, p.configurable, p.recurring, p.term_months, \
             (SELECT count(*) FROM catalog_product v WHERE v.template_id = p.id AND v.archived_at IS NULL), \
             (SELECT count(*) FROM catalog_bundle_part b WHERE b.product_id = p.id AND b.archived_at IS NULL) \
             FROM catalog_product p WHERE p.id IN ({})",
            crate::hooks::list(chunk)
        );
        for row in q.all(&sql, vec![]).await? {
            let product = Product {
                id: row.int(0)?,
                price: row.opt_int(1)?,
                currency: row
                    .opt_text(2)?
                    .filter(|c| !c.is_empty())
                    .unwrap_or_else(|| ctx.house.currency.code().to_owned()),
                unit: row.opt_text(3)?.unwrap_or_default(),
                tax_class: row.opt_int(4)?,
                template: row.opt_int(5)?,
                configurable: row.bool(6)?,
                recurring: row.opt_text(7)?,
                term_months: row.opt_int(8)?,
                variants: row.int(9)?,
                parts: row.int(10)?,
            };
            out.insert(product.id, product);
        }
    }
    Ok(out)
}

/// Base units in a unit, in thousandths; nothing when the product does not know the unit.
pub(crate) async fn factor(q: &dyn Query, product: &Product, unit: &str) -> Result<Option<i64>> {
    let unit = unit.trim();
    if unit.is_empty() || unit.eq_ignore_ascii_case(&product.unit) {
        return Ok(Some(1_000));
    }
    let sql = "SELECT factor FROM catalog_unit WHERE product_id IN ($1, $2) AND lower(unit) = lower($3) AND archived_at IS NULL \
               ORDER BY product_id = $4 DESC LIMIT 1";
    let row = q
        .one(
            sql,
            binds![product.id, product.template.unwrap_or(product.id), unit, product.id],
        )
        .await?;
    row.map(|r| r.int(0)).transpose()
}

/// The other units of a product, smallest first.
pub(crate) async fn units(q: &dyn Query, product: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT u.unit, u.factor FROM catalog_unit u WHERE u.archived_at IS NULL AND (u.product_id = $1 \
               OR u.product_id = (SELECT p.template_id FROM catalog_product p WHERE p.id = $2)) ORDER BY u.factor, u.id";
    let rows = q.all(sql, binds![product, product]).await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.int(1)?))).collect()
}

/// The entries of all price books for a product, or for the template it is a variant of.
pub(crate) async fn entries(ctx: &Ctx, q: &dyn Query, product: &Product) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT e.id, {}, b.active, b.priority, b.party_id, b.tier, b.channel, b.from_on, e.from_on, b.until_on, e.until_on, \
         b.currency, e.from_quantity, e.price, e.discount_rate FROM catalog_price_entry e JOIN catalog_price_book b ON b.id = e.book_id \
         WHERE e.product_id IN ($1, $2) AND e.archived_at IS NULL AND b.archived_at IS NULL ORDER BY e.id",
        ctx.name_of("b")
    );
    q.all(&sql, binds![product.id, product.template.unwrap_or(product.id)])
        .await?
        .iter()
        .map(|r| {
            let filled = |t: Option<String>| t.filter(|t| !t.is_empty());
            Ok(Entry {
                id: r.int(0)?,
                book: r.text(1)?,
                active: r.bool(2)?,
                priority: r.int(3)?,
                party: r.opt_int(4)?,
                tier: filled(r.opt_text(5)?),
                channel: filled(r.opt_text(6)?),
                from_on: filled(r.opt_text(7)?).max(filled(r.opt_text(8)?)),
                until_on: match (filled(r.opt_text(9)?), filled(r.opt_text(10)?)) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                },
                currency: r.text(11)?,
                from_quantity: r.int(12)?,
                price: r.opt_int(13)?,
                discount_rate: r.opt_int(14)?,
            })
        })
        .collect()
}

/// The tier of a customer, where this house keeps one. Prices do not depend on who asks, so the system looks.
pub(crate) async fn tier(ctx: &Ctx, q: &dyn Query, party: i64) -> Result<Option<String>> {
    let Ok(ty) = ctx.registry().get("party") else {
        return Ok(None);
    };
    if ty.field("tier").is_none() {
        return Ok(None);
    }
    let system = Ctx::system(&ctx.house, Door::Job);
    let record = read::find(&system, q, ty, party).await?;
    Ok(record.map(|r| r.text("tier").to_owned()).filter(|t| !t.is_empty()))
}

/// The rate of a tax class on a day.
pub(crate) async fn tax(q: &dyn Query, class: i64, on: &str) -> Result<Option<i64>> {
    let sql = "SELECT rate FROM catalog_tax_rate WHERE class_id = $1 AND from_on <= $2 AND archived_at IS NULL ORDER BY from_on DESC LIMIT 1";
    q.one(sql, binds![class, on]).await?.map(|r| r.int(0)).transpose()
}

/// What the parts of a bundle come to: price, and cost on a day, each only if it is known of every part in the currency.
pub(crate) async fn bundle(
    q: &dyn Query,
    product: i64,
    currency: Currency,
    on: &str,
) -> Result<Option<(Option<i64>, Option<i64>)>> {
    let sql = "SELECT b.quantity, p.price, p.id, p.currency FROM catalog_bundle_part b JOIN catalog_product p ON p.id = b.part_id \
               WHERE b.product_id = $1 AND b.archived_at IS NULL";
    let rows = q.all(sql, binds![product]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut asked = vec![];
    for row in &rows {
        asked.push((row.int(2)?, on.to_owned()));
    }
    let known = super::dated::costs(q, &asked).await?;
    let (mut price, mut cost) = (Some(0_i64), Some(0_i64));
    for (row, asked) in rows.iter().zip(&asked) {
        let quantity = row.int(0)?;
        let same = row.opt_text(3)?.as_deref() == Some(currency.code());
        let add = |sum: Option<i64>, one: Option<i64>| {
            let part = mul_div(one.filter(|_| same)?, quantity, 1_000)?;
            sum?.checked_add(part)
        };
        price = add(price, row.opt_int(1)?);
        cost = add(cost, known.get(asked).copied());
    }
    Ok(Some((price, cost)))
}
