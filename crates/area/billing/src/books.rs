//! What other areas ask of the books.

use crate::{balance, rules};
use async_trait::async_trait;
use zhike_contract::Books;
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Ctx, Tx, read, write};

pub(crate) struct Port;

#[async_trait]
impl Books for Port {
    async fn allocate(&self, ctx: &Ctx, tx: &Tx, payment: i64, invoice: i64, most: Option<i64>) -> Result<i64> {
        ctx.require("payment.edit")?;
        balance::lock(tx, &[invoice], &[payment]).await?;
        let payment = read::need(ctx, tx, ctx.registry().get("payment")?, payment).await?;
        let invoice = read::need(ctx, tx, ctx.registry().get("invoice")?, invoice).await?;
        if invoice.get("party_id") != payment.get("party_id") {
            return Err(Error::field("invoices", "error-allocation-party"));
        }
        if invoice.text("currency") != payment.text("currency") {
            return Err(Error::field("invoices", "error-allocation-currency"));
        }
        if invoice.text("status") != "open" || invoice.archived_at.is_some() {
            return Ok(0);
        }
        let open = invoice.int("open").unwrap_or(0);
        let limit = match most {
            Some(most) if most.abs() < open.abs() && (most < 0) == (open < 0) => most,
            _ => open,
        };
        let left = payment.int("unallocated").unwrap_or(0);
        let Some((_, part)) = rules::share_out(left, &[(invoice.id, limit)]).into_iter().next() else {
            return Ok(0);
        };
        let row = Values::from([
            ("payment_id".to_owned(), payment.id.into()),
            ("invoice_id".to_owned(), invoice.id.into()),
            ("amount".to_owned(), part.into()),
        ]);
        write::insert_many(ctx, tx, &ctx.registry().get("allocation")?.clone(), vec![row], None).await?;
        Ok(part)
    }
}
