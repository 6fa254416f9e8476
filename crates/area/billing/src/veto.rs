//! Money that stands in the way of putting an order or a customer away.

use async_trait::async_trait;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Record, Tx, binds, registry::Veto};

/// The first number and how many there are, when there are any.
async fn found(tx: &Tx, sql: &str, id: i64) -> Result<Option<(String, i64)>> {
    let Some(row) = tx.one(sql, binds![id]).await? else {
        return Ok(None);
    };
    Ok(row.opt_text(0)?.zip(Some(row.int(1)?)))
}

fn refusal(code: &'static str, (number, n): (String, i64)) -> Error {
    Error::refused(code).with("number", number).with("n", n)
}

/// An order whose invoice stands.
pub(crate) struct OfOrder;

#[async_trait]
impl Veto for OfOrder {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, order: &Record) -> Result<()> {
        let sql = "SELECT MIN(number), count(*) FROM billing_invoice WHERE order_id = $1 AND status <> 'void' AND archived_at IS NULL";
        match found(tx, sql, order.id).await? {
            Some(invoices) => Err(refusal("error-order-invoiced", invoices)),
            None => Ok(()),
        }
    }
}

/// A customer who owes money, or whose money is not put to any invoice.
pub(crate) struct OfParty;

#[async_trait]
impl Veto for OfParty {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, party: &Record) -> Result<()> {
        let sql = "SELECT MIN(number), count(*) FROM billing_invoice WHERE party_id = $1 AND status = 'open' AND archived_at IS NULL";
        if let Some(invoices) = found(tx, sql, party.id).await? {
            return Err(refusal("error-party-owes", invoices));
        }
        let sql = "SELECT MIN(number), count(*) FROM billing_payment WHERE party_id = $1 AND unallocated <> 0 AND archived_at IS NULL";
        match found(tx, sql, party.id).await? {
            Some(payments) => Err(refusal("error-party-unallocated", payments)),
            None => Ok(()),
        }
    }
}
