//! What holds when a credit note or a write-off is written: it takes no more off an invoice than is open, stays within
//! the limit when it is a write-off, and is never changed afterwards but by being cancelled.

use super::limit;
use crate::balance;
use async_trait::async_trait;
use zhike_kernel::{Currency, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved};

/// What may change on a document that stands.
const FREE: [&str; 5] = ["status", "cancelled_on", "cancel_reason", "external_key", "note"];

pub(crate) struct CreditHooks {
    /// A write-off: within a limit.
    pub small: bool,
}

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

impl CreditHooks {
    async fn fresh(&self, tx: &Tx, ctx: &Ctx, new: &mut Values) -> Result<()> {
        let Some(id) = int(new, "invoice_id") else {
            return Ok(());
        };
        balance::lock(tx, &[id], &[]).await?;
        let invoice = read::find(ctx, tx, ctx.registry().get("invoice")?, id)
            .await?
            .ok_or_else(|| Error::field("invoice_id", "error-not-a-record"))?;
        if invoice.text("status") == "void" || invoice.archived_at.is_some() {
            return Err(Error::field("invoice_id", "error-credit-void"));
        }
        let open = invoice.int("open").unwrap_or(0);
        if open <= 0 {
            return Err(Error::field("invoice_id", "error-credit-nothing"));
        }
        let c = Currency::parse(invoice.text("currency")).unwrap_or(ctx.house.currency);
        // An amount is read in the currency that stands beside it; without one, in the house's.
        let said = Some(text(new, "currency")).filter(|t| !t.is_empty());
        if said.unwrap_or(ctx.house.currency.code()) != c.code() && int(new, "amount").is_some() {
            return Err(over("currency", "error-credit-currency", c.code().to_owned()));
        }
        // Without an amount it is for all that is open.
        let amount = int(new, "amount").unwrap_or(open);
        if amount <= 0 {
            return Err(Error::field("amount", "error-credit-positive"));
        }
        if amount > open {
            let most = zhike_kernel::number::write_scaled(open, c.decimals());
            return Err(over("amount", "error-credit-more", most));
        }
        let today = ctx.today().to_string();
        if text(new, "issued_on").is_empty() {
            new.insert("issued_on".into(), today.into());
        }
        if text(new, "issued_on") < invoice.text("issued_on") {
            return Err(Error::field("issued_on", "error-credit-early"));
        }
        if self.small {
            let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM billing_write_off \
                       WHERE invoice_id = $1 AND status = 'standing' AND archived_at IS NULL";
            let before = tx.number(sql, binds![id]).await?;
            let most = limit::within(limit::get(tx).await?, ctx.house.currency, c);
            if before.checked_add(amount).is_none_or(|sum| sum > most) {
                let most = zhike_kernel::number::write_scaled(most, c.decimals());
                return Err(over("amount", "error-write-off-limit", most));
            }
        }
        new.insert("amount".into(), amount.into());
        new.insert("party_id".into(), invoice.get("party_id").clone());
        new.insert("currency".into(), invoice.get("currency").clone());
        new.insert("status".into(), "standing".into());
        for empty in ["cancelled_on", "cancel_reason"] {
            new.insert(empty.into(), Value::Null);
        }
        Ok(())
    }
}

/// A complaint about a field that names what it may be at most.
fn over(field: &str, code: &'static str, most: String) -> Error {
    let mut e = Error::field(field, code);
    for field in &mut e.fields {
        field.args.push(("most", most.clone().into()));
    }
    e
}

#[async_trait]
impl Hooks for CreditHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let Some(old) = old else {
            return self.fresh(tx, ctx, new).await;
        };
        let moved = |name: &str| new.get(name) != Some(old.get(name));
        if new.keys().any(|n| !FREE.contains(&n.as_str()) && moved(n)) {
            return Err(Error::refused("error-credit-fixed"));
        }
        if old.text("status") == "cancelled" && moved("status") {
            return Err(Error::refused("error-credit-cancelled"));
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let invoices = rows
            .iter()
            .filter_map(|r| int(&r.new, "invoice_id").or_else(|| r.old.as_ref().and_then(|o| o.int("invoice_id"))));
        crate::hooks::settle(tx, ctx, &balance::distinct(invoices), &[]).await
    }

    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, _record: &Record) -> Result<()> {
        Err(Error::refused("error-credit-kept"))
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        crate::hooks::settle(tx, ctx, &[record.int("invoice_id").unwrap_or(0)], &[]).await
    }
}
