//! What happens when an invoice, a payment or an allocation is written.

use crate::{balance, rules};
use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc};
use zhike_contract::{Orders, Parties};
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved};

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn day(values: &Values, name: &str) -> Option<Date> {
    text(values, name).parse().ok()
}

/// The currency a customer buys in, unless the input says another.
async fn currency(parties: &dyn Parties, tx: &Tx, ctx: &Ctx, new: &mut Values) -> Result<()> {
    if new.get("currency").is_some_and(|c| !c.is_empty()) {
        return Ok(());
    }
    // A file that brings thousands is not asked customer by customer.
    let by_hand = ctx.door.by_hand();
    let terms = match int(new, "party_id").filter(|_| by_hand) {
        Some(party) => parties.terms(tx, party).await?,
        None => None,
    };
    let known = terms.map(|t| t.currency).filter(|c| !c.is_empty());
    let code = known.unwrap_or_else(|| ctx.house.currency.code().to_owned());
    new.insert("currency".to_owned(), code.into());
    Ok(())
}

/// An invoice of an order is for its customer, and for no more than the order still has to be paid.
async fn of_order(tx: &Tx, ctx: &Ctx, order: i64, old: Option<&Record>, new: &Values) -> Result<()> {
    let house = Ctx::system(&ctx.house, ctx.door);
    let Some(order) = read::find(&house, tx, ctx.registry().get("order")?, order).await? else {
        return Ok(());
    };
    if order.int("party_id") != int(new, "party_id") {
        return Err(Error::field("order_id", "error-invoice-order-party"));
    }
    let (total, status) = (int(new, "total").unwrap_or(0), order.text("status"));
    // What a cancelled order was invoiced can be given back.
    if status == "draft" || (status == "cancelled" && total > 0) {
        return Err(Error::field("order_id", "error-invoice-order"));
    }
    // What was credited may be invoiced anew.
    let sql = "SELECT CAST(COALESCE(SUM(total - credited), 0) AS BIGINT) FROM billing_invoice \
               WHERE order_id = $1 AND id <> $2 AND status <> 'void' AND archived_at IS NULL";
    let done = tx.number(sql, binds![order.id, old.map_or(0, |o| o.id)]).await?;
    let left = order.int("total").unwrap_or(0) - done;
    if order.text("kind") == "sale" && total > left.max(0) {
        return Err(Error::field("total", "error-invoice-beyond"));
    }
    Ok(())
}

pub(crate) struct InvoiceHooks {
    pub parties: Arc<dyn Parties>,
    pub orders: Arc<dyn Orders>,
}

#[async_trait]
impl Hooks for InvoiceHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("issued_on").is_none_or(Value::is_empty) {
            new.insert("issued_on".to_owned(), ctx.today().into());
        }
        currency(self.parties.as_ref(), tx, ctx, new).await?;
        let of = |name: &str| old.and_then(|o| o.int(name)).unwrap_or(0);
        let (paid, credited) = (of("paid"), of("credited"));
        let used = paid + credited;
        new.insert("credited".to_owned(), credited.into());
        if let Some(total) = int(new, "total") {
            if total == 0 {
                return Err(Error::field("total", "error-invoice-zero"));
            }
            if !(rules::Side { whole: total, used }).holds() {
                return Err(Error::field("total", "error-invoice-paid"));
            }
            let void = text(new, "status") == "void";
            if void && paid != 0 {
                return Err(Error::refused("error-invoice-allocated"));
            }
            if void && credited != 0 {
                return Err(Error::refused("error-invoice-credited"));
            }
            let since = match old.filter(|o| o.text("status") == "void") {
                Some(old) => old.get("voided_on").clone(),
                None => ctx.today().into(),
            };
            new.insert("voided_on".to_owned(), if void { since } else { Value::Null });
            let open = if void { 0 } else { total - used };
            let status = if void { "void" } else { rules::status(open) };
            new.insert("paid".to_owned(), paid.into());
            new.insert("open".to_owned(), open.into());
            new.insert("status".to_owned(), status.into());
        }
        if let (Some(issued), Some(due)) = (day(new, "issued_on"), day(new, "due_on"))
            && due < issued
        {
            return Err(Error::field("due_on", "error-invoice-due"));
        }
        let named = ["order_id", "total"]
            .into_iter()
            .any(|name| int(new, name) != old.and_then(|o| o.int(name)));
        if let Some(order) = int(new, "order_id").filter(|_| ctx.door.by_hand() && named) {
            of_order(tx, ctx, order, old, new).await?;
        }
        if let Some(old) = old {
            let moved = |name: &str| new.get(name) != Some(old.get(name));
            if (moved("total") || moved("currency") || moved("order_id"))
                && crate::order_bill::has_lines(tx, old.id).await?
            {
                return Err(Error::refused("error-invoice-lines"));
            }
            // A slip of the pen is mended on the day; later the customer has it.
            let written = old.created_at.date(&ctx.house.zone);
            let kept = ["total", "currency", "party_id", "order_id", "number", "issued_on"];
            if kept.into_iter().any(moved) && ctx.door.by_hand() && written < ctx.today() {
                return Err(Error::refused("error-invoice-issued"));
            }
            // The due day follows from the instalments, and they make up the total.
            let whole = moved("total") || moved("due_on") || moved("currency") || moved("issued_on");
            if whole && crate::instalments::any(tx, old.id).await? {
                return Err(Error::refused("error-invoice-instalments"));
            }
            if moved("party_id") || moved("currency") {
                if paid != 0 {
                    return Err(Error::refused("error-invoice-allocated"));
                }
                // A cancelled document names the customer and the currency too.
                if credits(tx, old.id).await? {
                    return Err(Error::refused("error-invoice-credited"));
                }
            }
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let mut days: HashMap<i64, i64> = HashMap::new();
        let mut due = HashMap::new();
        for row in rows
            .iter()
            .filter(|r| r.old.is_none() && day(&r.new, "due_on").is_none())
        {
            let (Some(party), Some(issued)) = (int(&row.new, "party_id"), day(&row.new, "issued_on")) else {
                continue;
            };
            let after = match days.get(&party) {
                Some(n) => *n,
                None => {
                    let n = self.parties.terms(tx, party).await?.map_or(0, |t| t.payment_days);
                    days.insert(party, n);
                    n
                }
            };
            let day = jiff::Span::new()
                .try_days(after.max(0))
                .and_then(|span| issued.checked_add(span))
                .unwrap_or(issued);
            due.insert(row.id, day.to_string());
        }
        balance::due_days(tx, &due).await?;
        let touched = rows.iter().flat_map(|r| {
            let before = r.old.as_ref().and_then(|o| o.int("party_id"));
            [int(&r.new, "party_id"), before].into_iter().flatten()
        });
        balance::parties(tx, &balance::distinct(touched), ctx.house.currency.code()).await?;
        let of = |r: &Saved| int(&r.new, "order_id").or_else(|| r.old.as_ref().and_then(|o| o.int("order_id")));
        for order in balance::distinct(rows.iter().filter(|_| ctx.door.by_hand()).filter_map(of)) {
            crate::order_bill::settle(self.orders.as_ref(), ctx, tx, order).await?;
        }
        Ok(())
    }

    async fn archiving(&self, _tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        let written = record.created_at.date(&ctx.house.zone);
        if ctx.door.by_hand() && record.text("status") != "void" && written < ctx.today() {
            return Err(Error::refused("error-invoice-issued"));
        }
        if record.int("paid").unwrap_or(0) != 0 {
            return Err(Error::refused("error-invoice-allocated"));
        }
        if record.int("credited").unwrap_or(0) != 0 {
            return Err(Error::refused("error-invoice-credited"));
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        let party = record.int("party_id").unwrap_or(0);
        balance::parties(tx, &[party], ctx.house.currency.code()).await?;
        match record.int("order_id") {
            Some(order) => crate::order_bill::settle(self.orders.as_ref(), ctx, tx, order).await,
            None => Ok(()),
        }
    }
}

pub(crate) struct PaymentHooks {
    pub parties: Arc<dyn Parties>,
}

#[async_trait]
impl Hooks for PaymentHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("received_on").is_none_or(Value::is_empty) {
            new.insert("received_on".to_owned(), ctx.today().into());
        }
        if ctx.door.by_hand() && day(new, "received_on").is_some_and(|d| d > ctx.today()) {
            return Err(Error::field("received_on", "error-payment-future"));
        }
        currency(self.parties.as_ref(), tx, ctx, new).await?;
        let used = old.map_or(0, |o| o.int("amount").unwrap_or(0) - o.int("unallocated").unwrap_or(0));
        if let Some(amount) = int(new, "amount") {
            if amount == 0 {
                return Err(Error::field("amount", "error-payment-zero"));
            }
            let side = rules::Side { whole: amount, used };
            if !side.holds() {
                return Err(Error::field("amount", "error-payment-used"));
            }
            new.insert("unallocated".to_owned(), side.left().into());
        }
        if let Some(old) = old {
            let moved = |name: &str| new.get(name) != Some(old.get(name));
            if used != 0 && (moved("party_id") || moved("currency")) {
                return Err(Error::refused("error-payment-allocated"));
            }
        }
        Ok(())
    }

    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        if record.int("unallocated") != record.int("amount") {
            return Err(Error::refused("error-payment-allocated"));
        }
        Ok(())
    }
}

pub(crate) struct AllocationHooks;

#[async_trait]
impl Hooks for AllocationHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if int(new, "amount") == Some(0) {
            return Err(Error::field("amount", "error-allocation-zero"));
        }
        if let Some(old) = old {
            for side in ["payment_id", "invoice_id"] {
                if new.get(side) != Some(old.get(side)) {
                    return Err(Error::field(side, "error-allocation-moved"));
                }
            }
        }
        Ok(())
    }

    /// Sums and rules once for all rows.
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let ids = |name: &str| {
            balance::distinct(
                rows.iter()
                    .filter_map(|r| int(&r.new, name).or_else(|| r.old.as_ref().and_then(|o| o.int(name)))),
            )
        };
        settle(tx, ctx, &ids("invoice_id"), &ids("payment_id")).await
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        let id = |name: &str| record.int(name).unwrap_or(0);
        settle(tx, ctx, &[id("invoice_id")], &[id("payment_id")]).await
    }
}

/// Was a credit note or write-off ever written against an invoice?
async fn credits(tx: &Tx, invoice: i64) -> Result<bool> {
    let sql = "SELECT (SELECT count(*) FROM billing_credit_note c WHERE c.invoice_id = $1) \
               + (SELECT count(*) FROM billing_write_off w WHERE w.invoice_id = $2)";
    Ok(tx.number(sql, binds![invoice, invoice]).await? > 0)
}

/// Sums, rules and balances after something was put to invoices or taken off them.
pub(crate) async fn settle(tx: &Tx, ctx: &Ctx, invoices: &[i64], payments: &[i64]) -> Result<()> {
    balance::lock(tx, invoices, payments).await?;
    balance::settle(tx, invoices, payments).await?;
    balance::verify(tx, invoices, payments).await?;
    let customers = balance::customers(tx, invoices).await?;
    balance::parties(tx, &customers, ctx.house.currency.code()).await
}
