//! What happens when a price book or one of its entries is written.

use super::{list, parents};
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values, error::FieldError};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved};

const WHOLE: i64 = 1_000_000;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// The last day is not before the first.
fn days(new: &Values) -> Option<FieldError> {
    let (from, until) = (text(new, "from_on"), text(new, "until_on"));
    (!from.is_empty() && !until.is_empty() && until < from).then(|| wrong("until_on", "error-price-days"))
}

pub(crate) struct BookHooks;

#[async_trait]
impl Hooks for BookHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("currency").is_none_or(Value::is_empty) {
            new.insert("currency".to_owned(), ctx.house.currency.code().into());
        }
        if let Some(error) = days(new) {
            return Err(Error::fields(vec![error]));
        }
        if let Some(old) = old
            && new.get("currency") != Some(old.get("currency"))
        {
            let sql = "SELECT count(*) FROM catalog_price_entry WHERE book_id = $1 AND archived_at IS NULL";
            if tx.number(sql, binds![old.id]).await? > 0 {
                return Err(Error::field("currency", "error-price-book-currency"));
            }
        }
        Ok(())
    }
}

/// What must hold of an entry by itself.
pub(crate) fn entry(new: &Values) -> Vec<FieldError> {
    let mut out = vec![];
    match (int(new, "price"), int(new, "discount_rate")) {
        (Some(_), Some(_)) => out.push(wrong("discount_rate", "error-price-both")),
        (None, None) => out.push(wrong("price", "error-price-neither")),
        (Some(price), None) if price < 0 => out.push(wrong("price", "error-product-negative")),
        (None, Some(rate)) if !(1..=WHOLE).contains(&rate) => out.push(wrong("discount_rate", "error-price-rate")),
        _ => {}
    }
    if int(new, "from_quantity").is_some_and(|q| q < 0) {
        out.push(wrong("from_quantity", "error-price-quantity"));
    }
    out.extend(days(new));
    out
}

pub(crate) struct EntryHooks;

#[async_trait]
impl Hooks for EntryHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let wrong_ones = entry(new);
        if !wrong_ones.is_empty() {
            return Err(Error::fields(wrong_ones));
        }
        if new.get("from_quantity").is_none_or(Value::is_empty) {
            new.insert("from_quantity".to_owned(), Value::Int(0));
        }
        if old.is_some_and(|o| new.get("book_id") != Some(o.get("book_id"))) {
            return Err(Error::field("book_id", "error-price-entry-moved"));
        }
        Ok(())
    }

    /// The entry takes its book's currency; two entries of a book never say two prices for the same case.
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
        // Two writers of one book wait for each other here.
        let books = parents(rows, "book_id");
        for chunk in books.chunks(500) {
            let sql = format!(
                "UPDATE catalog_price_book SET updated_at = $1 WHERE id IN ({})",
                list(chunk)
            );
            tx.exec(&sql, binds![tx.at.0]).await?;
        }
        for chunk in ids.chunks(500) {
            let sql = format!(
                "UPDATE catalog_price_entry SET currency = (SELECT b.currency FROM catalog_price_book b WHERE b.id = book_id) WHERE id IN ({})",
                list(chunk)
            );
            tx.exec(&sql, vec![]).await?;
            twice(tx, chunk).await?;
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        if away { Ok(()) } else { twice(tx, &[record.id]).await }
    }
}

async fn twice(tx: &Tx, entries: &[i64]) -> Result<()> {
    let sql = format!(
        "SELECT a.id FROM catalog_price_entry a JOIN catalog_price_entry b ON b.book_id = a.book_id AND b.product_id = a.product_id \
         AND b.from_quantity = a.from_quantity AND b.id <> a.id AND b.archived_at IS NULL \
         AND (a.from_on IS NULL OR b.until_on IS NULL OR a.from_on <= b.until_on) \
         AND (b.from_on IS NULL OR a.until_on IS NULL OR b.from_on <= a.until_on) \
         WHERE a.id IN ({}) AND a.archived_at IS NULL LIMIT 1",
        list(entries)
    );
    match tx.one(&sql, vec![]).await? {
        Some(_) => Err(Error::field("from_quantity", "error-price-twice")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(pairs: &[(&str, Value)]) -> Vec<&'static str> {
        let new: Values = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        entry(&new).into_iter().map(|e| e.code).collect()
    }

    #[test]
    fn an_entry_says_one_thing() {
        assert!(codes(&[("price", 0.into())]).is_empty());
        assert_eq!(codes(&[]), ["error-price-neither"]);
        assert_eq!(
            codes(&[("price", 1.into()), ("discount_rate", 1.into())]),
            ["error-price-both"]
        );
        assert_eq!(codes(&[("price", (-1).into())]), ["error-product-negative"]);
        assert_eq!(codes(&[("discount_rate", 1_000_001.into())]), ["error-price-rate"]);
        assert_eq!(
            codes(&[("price", 1.into()), ("from_quantity", (-1).into())]),
            ["error-price-quantity"]
        );
        let days = [
            ("price", 1.into()),
            ("from_on", "2026-02-02".into()),
            ("until_on", "2026-02-01".into()),
        ];
        assert_eq!(codes(&days), ["error-price-days"]);
        let day = [
            ("price", 1.into()),
            ("from_on", "2026-02-01".into()),
            ("until_on", "2026-02-01".into()),
        ];
        assert!(codes(&day).is_empty());
    }
}
