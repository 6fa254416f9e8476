//! What happens when a group, an option or a rule of a configurable product is written.

use super::list;
use async_trait::async_trait;
use std::collections::HashSet;
use zhike_kernel::{Error, Result, Value, Values, error::FieldError};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved};

/// A product has at most so many options, and so many rules.
pub(crate) const MOST: i64 = 2_000;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("").trim()
}

/// Codes as they are written: separated by spaces, commas, plus signs or lines.
pub(crate) fn codes(text: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for code in text.split([' ', ',', '，', '、', ';', '；', '+', '\n', '\r', '\t']) {
        if !code.is_empty() && !out.iter().any(|o| o == code) {
            out.push(code.to_owned());
        }
    }
    out
}

pub(crate) struct GroupHooks;

#[async_trait]
impl Hooks for GroupHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let (least, most) = (int(new, "least").unwrap_or(1), int(new, "most").unwrap_or(1));
        if least < 0 || most < 1 || least > most || most > MOST {
            return Err(Error::field("most", "error-group-counts"));
        }
        if old.is_some_and(|o| new.get("product_id") != Some(o.get("product_id"))) {
            return Err(Error::field("product_id", "error-option-moved"));
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        let sql = "SELECT count(*) FROM catalog_option WHERE group_id = $1 AND archived_at IS NULL";
        if tx.number(sql, binds![record.id]).await? > 0 {
            return Err(Error::refused("error-group-used"));
        }
        Ok(())
    }
}

pub(crate) struct OptionHooks;

/// Do rules of the product name this code?
async fn named(tx: &Tx, product: i64, code: &str) -> Result<bool> {
    let sql = "SELECT given, others FROM catalog_option_rule WHERE product_id = $1 AND archived_at IS NULL";
    for row in tx.all(sql, binds![product]).await? {
        let all = format!("{} {}", row.text(0)?, row.opt_text(1)?.unwrap_or_default());
        if codes(&all).iter().any(|c| c == code) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[async_trait]
impl Hooks for OptionHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let code = text(new, "code").to_owned();
        if codes(&code).len() > 1 || code.contains(char::is_whitespace) {
            return Err(Error::field("code", "error-option-code"));
        }
        if int(new, "cost").is_some_and(|c| c < 0) {
            return Err(Error::field("cost", "error-product-negative"));
        }
        if new.get("price").is_none_or(Value::is_empty) {
            new.insert("price".to_owned(), Value::Int(0));
        }
        let sql = "SELECT g.product_id, p.currency FROM catalog_option_group g JOIN catalog_product p ON p.id = g.product_id WHERE g.id = $1";
        let Some(row) = tx.one(sql, binds![int(new, "group_id").unwrap_or(0)]).await? else {
            return Err(Error::field("group_id", "error-not-a-record"));
        };
        let product = row.int(0)?;
        if let Some(old) = old {
            if old.int("product_id") != Some(product) {
                return Err(Error::field("group_id", "error-option-moved"));
            }
            if old.text("code") != code && named(tx, product, old.text("code")).await? {
                return Err(Error::field("code", "error-option-used"));
            }
        }
        let currency = row.opt_text(1)?.unwrap_or_else(|| ctx.house.currency.code().to_owned());
        new.insert("product_id".to_owned(), product.into());
        new.insert("currency".to_owned(), currency.into());
        Ok(())
    }
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for chunk in rows.iter().map(|r| r.id).collect::<Vec<_>>().chunks(500) {
            let sql = format!(
                "SELECT a.id FROM catalog_option a JOIN catalog_option b ON b.product_id = a.product_id AND b.code = a.code AND b.id <> a.id \
                 AND b.archived_at IS NULL WHERE a.id IN ({}) AND a.archived_at IS NULL LIMIT 1",
                list(chunk)
            );
            if tx.one(&sql, vec![]).await?.is_some() {
                return Err(Error::field("code", "error-taken"));
            }
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        if named(tx, record.int("product_id").unwrap_or(0), record.text("code")).await? {
            return Err(Error::refused("error-option-used"));
        }
        Ok(())
    }
    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        if away {
            return Ok(());
        }
        let row = Saved {
            id: record.id,
            old: None,
            new: record.values.clone(),
        };
        self.saved(tx, ctx, &[row]).await
    }
}

pub(crate) struct RuleHooks;

#[async_trait]
impl Hooks for RuleHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_some_and(|o| new.get("product_id") != Some(o.get("product_id"))) {
            return Err(Error::field("product_id", "error-option-moved"));
        }
        let product = int(new, "product_id").unwrap_or(0);
        let sql = "SELECT code FROM catalog_option WHERE product_id = $1 AND archived_at IS NULL";
        let mut known = HashSet::new();
        for row in tx.all(sql, binds![product]).await? {
            known.insert(row.text(0)?);
        }
        let mut wrong = vec![];
        for name in ["given", "others"] {
            let all = codes(text(new, name));
            if let Some(stranger) = all.iter().find(|c| !known.contains(*c)) {
                wrong.push(FieldError {
                    field: name.to_owned(),
                    code: "error-rule-code",
                    args: vec![("code", stranger.as_str().into())],
                });
            }
            new.insert(
                name.to_owned(),
                if all.is_empty() {
                    Value::Null
                } else {
                    all.join(" ").into()
                },
            );
        }
        if wrong.is_empty() {
            let (given, others) = (codes(text(new, "given")), codes(text(new, "others")));
            let lone = others.is_empty() && (text(new, "kind") != "excludes" || given.len() < 2);
            if lone || others.iter().any(|o| given.contains(o)) {
                return Err(Error::field("others", "error-rule-others"));
            }
            return Ok(());
        }
        Err(Error::fields(wrong))
    }
}
