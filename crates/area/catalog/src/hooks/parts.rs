//! What happens when a unit, a tax rate, a part of a bundle or an axis is written.

use super::list;
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values, text::fold};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved};

/// An axis has at most so many choices.
const MOST: usize = 60;

fn int(values: &Values, name: &str) -> i64 {
    values.get(name).and_then(Value::int).unwrap_or(0)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("").trim()
}

/// Refuses when a query finds another row beside one of those just written.
async fn alone(tx: &Tx, rows: &[Saved], sql: &str, field: &str, code: &'static str) -> Result<()> {
    for chunk in rows.iter().map(|r| r.id).collect::<Vec<_>>().chunks(500) {
        if tx.one(&sql.replace("IDS", &list(chunk)), vec![]).await?.is_some() {
            return Err(Error::field(field, code));
        }
    }
    Ok(())
}

pub(crate) struct UnitHooks;

#[async_trait]
impl Hooks for UnitHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("factor").and_then(Value::int).is_some_and(|f| f <= 0) {
            return Err(Error::field("factor", "error-unit-factor"));
        }
        Ok(())
    }
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let sql = "SELECT a.id FROM catalog_unit a JOIN catalog_unit b ON b.product_id = a.product_id AND lower(b.unit) = lower(a.unit) \
                   AND b.id <> a.id AND b.archived_at IS NULL WHERE a.id IN (IDS) AND a.archived_at IS NULL LIMIT 1";
        alone(tx, rows, sql, "unit", "error-unit-twice").await?;
        let sql = "SELECT a.id FROM catalog_unit a JOIN catalog_product p ON p.id = a.product_id AND lower(p.unit) = lower(a.unit) \
                   WHERE a.id IN (IDS) AND a.archived_at IS NULL LIMIT 1";
        alone(tx, rows, sql, "unit", "error-unit-base").await
    }
}

pub(crate) struct RateHooks;

#[async_trait]
impl Hooks for RateHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new
            .get("rate")
            .and_then(Value::int)
            .is_some_and(|r| !(0..=1_000_000).contains(&r))
        {
            return Err(Error::field("rate", "error-category-margin"));
        }
        Ok(())
    }
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let sql = "SELECT a.id FROM catalog_tax_rate a JOIN catalog_tax_rate b ON b.class_id = a.class_id AND b.from_on = a.from_on \
                   AND b.id <> a.id AND b.archived_at IS NULL WHERE a.id IN (IDS) AND a.archived_at IS NULL LIMIT 1";
        alone(tx, rows, sql, "from_on", "error-tax-twice").await
    }
}

pub(crate) struct PartHooks;

#[async_trait]
impl Hooks for PartHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("quantity").and_then(Value::int).is_some_and(|q| q <= 0) {
            return Err(Error::field("quantity", "error-unit-factor"));
        }
        if int(new, "part_id") == int(new, "product_id") {
            return Err(Error::field("part_id", "error-bundle-nested"));
        }
        Ok(())
    }
    /// A bundle is made of products that are no bundles.
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let sql = "SELECT a.id FROM catalog_bundle_part a JOIN catalog_bundle_part b ON b.archived_at IS NULL \
                   AND (b.product_id = a.part_id OR b.part_id = a.product_id) WHERE a.id IN (IDS) AND a.archived_at IS NULL LIMIT 1";
        alone(tx, rows, sql, "part_id", "error-bundle-nested").await?;
        let sql = "SELECT a.id FROM catalog_bundle_part a JOIN catalog_product p ON p.id = a.part_id AND p.configurable \
                   WHERE a.id IN (IDS) AND a.archived_at IS NULL LIMIT 1";
        alone(tx, rows, sql, "part_id", "error-bundle-configurable").await?;
        let sql = "SELECT a.id FROM catalog_bundle_part a JOIN catalog_bundle_part b ON b.product_id = a.product_id AND b.part_id = a.part_id \
                   AND b.id <> a.id AND b.archived_at IS NULL WHERE a.id IN (IDS) AND a.archived_at IS NULL LIMIT 1";
        alone(tx, rows, sql, "part_id", "error-bundle-twice").await
    }
}

pub(crate) struct AxisHooks;

/// The choices of an axis: one a line, or separated by commas.
pub(crate) fn choices(text: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for word in text
        .split(['\n', ',', '，', ';', '；'])
        .map(str::trim)
        .filter(|w| !w.is_empty())
    {
        if !out.iter().any(|o| fold(o) == fold(word)) {
            out.push(word.to_owned());
        }
    }
    out
}

#[async_trait]
impl Hooks for AxisHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        let n = choices(text(new, "choices")).len();
        if n > MOST {
            return Err(Error::field("choices", "error-axis-many"));
        }
        let sql = "SELECT count(*) FROM catalog_product WHERE id = $1 AND template_id IS NOT NULL";
        if tx.number(sql, binds![int(new, "product_id")]).await? > 0 {
            return Err(Error::field("product_id", "error-variant-nested"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn choices_are_read_from_lines_and_commas() {
        assert_eq!(super::choices("红, 蓝\n 绿；红\n\n"), ["红", "蓝", "绿"]);
    }
}
