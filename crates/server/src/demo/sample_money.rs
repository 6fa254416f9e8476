//! What was taken off invoices: credit notes after complaints, small rests written off.

use super::{
    Progress,
    load::{self, values},
    sample::born,
};
use anyhow::Result;
use jiff::ToSpan;
use zhike_kernel::Date;
use zhike_store::{Ctx, Query, binds};

/// Invoices of which part is credited.
const CREDITED: i64 = 24;
/// Invoices with a small rest written off.
const WRITTEN: i64 = 18;

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let sql = "SELECT id, issued_on, open, currency FROM billing_invoice WHERE status = 'open' AND open > 100000 \
               ORDER BY issued_on DESC, id DESC LIMIT $1";
    let rows = ctx.db().all(sql, binds![CREDITED + WRITTEN]).await?;
    let today = ctx.today();
    let (mut credits, mut rests) = (vec![], vec![]);
    let reasons = ["price", "quality", "returned", "discount", "quantity"];
    let small = ["bank_fee", "rounding", "cash_discount"];
    for (i, r) in rows.iter().enumerate() {
        let issued: Date = r.text(1)?.parse()?;
        let on = issued.checked_add(6.days()).unwrap_or(issued).min(today).max(issued);
        let few = i64::try_from(i).unwrap_or(0);
        let note = i64::try_from(credits.len()).unwrap_or(0) < CREDITED && i % 2 == 0 || few >= 2 * WRITTEN;
        let (amount, reason) = if note {
            (r.int(2)? / 20 / 100 * 100, reasons.get(i / 2 % reasons.len()))
        } else {
            (137 + few * 211, small.get(i % small.len()))
        };
        let row = values(vec![
            ("invoice_id", r.int(0)?.into()),
            ("issued_on", on.into()),
            ("amount", amount.into()),
            ("currency", r.text(3)?.into()),
            ("reason", reason.copied().into()),
        ]);
        if note { &mut credits } else { &mut rests }.push((row, born(ctx, on)));
    }
    load::rows(ctx, "credit_note", credits, progress).await?;
    load::rows(ctx, "write_off", rests, progress).await?;
    Ok(())
}
