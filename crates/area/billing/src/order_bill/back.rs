//! Money that went back to the customer elsewhere (in a shop): a payment below zero. As much is taken off what had paid the
//! invoices, and a credit note stands over each part, so that nothing is owed again.

use crate::{balance, rules};
use zhike_contract::billing::PaidBack;
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};

fn values(pairs: Vec<(&str, Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Books it; the first credit note, none when no invoice of the order was paid.
pub(super) async fn book(ctx: &Ctx, tx: &Tx, word: &PaidBack) -> Result<Option<i64>> {
    let order = read::need(ctx, tx, ctx.registry().get("order")?, word.order).await?;
    let sql = "SELECT id FROM billing_invoice WHERE order_id = $1 AND paid > 0 AND status <> 'void' AND archived_at IS NULL ORDER BY id DESC";
    let mut ids = vec![];
    for row in tx.all(sql, binds![order.id]).await? {
        ids.push(row.int(0)?);
    }
    balance::lock(tx, &ids, &[]).await?;
    let mut paid = vec![];
    let ty = ctx.registry().get("invoice")?.clone();
    for id in ids {
        let invoice = read::need(ctx, tx, &ty, id).await?;
        if invoice.text("currency") == order.text("currency") {
            paid.push((id, invoice.int("paid").unwrap_or(0)));
        }
    }
    let parts = rules::share_out(word.amount, &paid);
    if parts.is_empty() {
        return Ok(None);
    }
    let text = |t: &str| Value::from(Some(t.to_owned()).filter(|t| !t.is_empty()));
    let payment = values(vec![
        ("party_id", order.get("party_id").clone()),
        ("received_on", ctx.today().into()),
        ("amount", (-word.amount).into()),
        ("currency", order.get("currency").clone()),
        ("method", "other".into()),
        ("reference", text(&word.reference)),
        ("external_key", text(&word.key)),
        ("note", text(&word.note)),
    ]);
    write::create(ctx, tx, &ctx.registry().get("payment")?.clone(), payment).await?;
    let mut first = None;
    for (invoice, part) in parts {
        take_off(ctx, tx, invoice, part).await?;
        let note = values(vec![
            ("invoice_id", invoice.into()),
            ("amount", part.into()),
            ("currency", order.get("currency").clone()),
            ("reason", "returned".into()),
            ("external_key", text(&word.key)),
            ("note", text(&word.note)),
        ]);
        let id = write::create(ctx, tx, &ctx.registry().get("credit_note")?.clone(), note).await?;
        first = first.or(Some(id));
    }
    Ok(first)
}

/// What went back pays for nothing any more: it is taken off the allocations of an invoice, the newest first.
async fn take_off(ctx: &Ctx, tx: &Tx, invoice: i64, part: i64) -> Result<()> {
    let sql = "SELECT id, version, amount FROM billing_allocation WHERE invoice_id = $1 AND amount > 0 AND archived_at IS NULL \
               ORDER BY id DESC";
    let ty = ctx.registry().get("allocation")?.clone();
    let mut missing = part;
    for row in tx.all(sql, binds![invoice]).await? {
        let (id, version, amount) = (row.int(0)?, row.int(1)?, row.int(2)?);
        if missing <= 0 {
            break;
        }
        if amount <= missing {
            write::archive(ctx, tx, &ty, id, version, true).await?;
        } else {
            let less = values(vec![("amount", (amount - missing).into())]);
            write::update(ctx, tx, &ty, id, version, less).await?;
        }
        missing -= amount;
    }
    Ok(())
}
