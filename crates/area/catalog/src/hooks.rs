//! What happens when a product or a category is written.

pub(crate) mod options;
pub(crate) mod parts;
pub(crate) mod price;

use crate::{rules, variants};
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Bind, Ctx, Hooks, Query, Record, Tx, binds, registry::Saved, write::group};

/// A tree is not deeper than this.
const DEEPEST: usize = 50;

pub(crate) struct CategoryHooks;

#[async_trait]
impl Hooks for CategoryHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let wrong = rules::category(new);
        if !wrong.is_empty() {
            return Err(Error::fields(wrong));
        }
        let parent = new.get("parent_id").and_then(Value::int);
        if let (Some(old), Some(parent)) = (old, parent)
            && old.int("parent_id") != Some(parent)
            && rules::is_cycle(old.id, &way_up(tx, parent).await?)
        {
            return Err(Error::field("parent_id", "error-category-cycle"));
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        let sql = "SELECT (SELECT count(*) FROM catalog_product WHERE category_id = $1 AND archived_at IS NULL) \
                   + (SELECT count(*) FROM catalog_category WHERE parent_id = $1 AND archived_at IS NULL)";
        let used = tx.number(sql, binds![record.id]).await?;
        if used > 0 {
            return Err(Error::refused("error-category-used").with("n", used));
        }
        Ok(())
    }
}

/// The category and everything above it, nearest first.
async fn way_up(tx: &Tx, from: i64) -> Result<Vec<i64>> {
    let mut way = vec![from];
    let mut at = from;
    while way.len() < DEEPEST {
        let sql = "SELECT parent_id FROM catalog_category WHERE id = $1";
        let Some(above) = tx
            .one(sql, binds![at])
            .await?
            .map(|r| r.opt_int(0))
            .transpose()?
            .flatten()
        else {
            break;
        };
        way.push(above);
        at = above;
    }
    Ok(way)
}

pub(crate) struct ProductHooks;

#[async_trait]
impl Hooks for ProductHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let wrong = rules::product(new);
        if !wrong.is_empty() {
            return Err(Error::fields(wrong));
        }
        variants::check_template(tx, old, new).await?;
        if new.get("currency").is_none_or(Value::is_empty) {
            new.insert("currency".to_owned(), ctx.house.currency.code().into());
        }
        Ok(())
    }
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let today = ctx.today().to_string();
        // A new product without cost has no history yet; a cost taken away is part of the history.
        let costs: Vec<(i64, Option<i64>)> = rows
            .iter()
            .filter_map(|row| {
                let cost = row.new.get("cost")?.int();
                (row.old.is_some() || cost.is_some()).then_some((row.id, cost))
            })
            .collect();
        for chunk in costs.chunks(500) {
            let mut sql = String::from("INSERT INTO catalog_cost (product_id, from_on, cost) VALUES ");
            let mut binds: Vec<Bind> = Vec::with_capacity(chunk.len() * 3);
            for (i, (product, cost)) in chunk.iter().enumerate() {
                group(&mut sql, i, 3);
                binds.extend(binds![*product, today.as_str(), *cost]);
            }
            sql.push_str(" ON CONFLICT (product_id, from_on) DO UPDATE SET cost = excluded.cost");
            tx.exec(&sql, binds).await?;
        }
        variants::share(tx, ctx, rows).await
    }
}

/// The ids in a list of SQL.
pub(crate) fn list(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// The distinct values of a reference among rows that were just written.
pub(crate) fn parents(rows: &[Saved], field: &str) -> Vec<i64> {
    let of = |row: &Saved| {
        let new = row.new.get(field).and_then(Value::int);
        new.or_else(|| row.old.as_ref().and_then(|o| o.int(field)))
    };
    let mut ids: Vec<i64> = rows.iter().filter_map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
