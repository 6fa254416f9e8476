//! What the provider's word becomes in the books, in one transaction: payment with allocation, refund. The same word
//! twice, or words in another order, change nothing.

use super::provider::{Notice, Session, Word};
use crate::{balance, rules};
use zhike_kernel::{Currency, Result, Values};
use zhike_store::{Ctx, Event, Query, Record, Tx, binds, read, write};

/// A session as it is kept.
struct Kept {
    id: i64,
    invoice: i64,
    provider: String,
    state: String,
}

/// What became of a notice: `booked`, `noted`, `repeated`, `stranger`, `none`.
pub(crate) async fn take(ctx: &Ctx, tx: &Tx, provider: &str, notice: &Notice) -> Result<&'static str> {
    let sql = "INSERT INTO billing_pay_notice (provider, notice, kind, outcome, at) VALUES ($1,$2,$3,'none',$4) \
               ON CONFLICT (provider, notice) DO NOTHING RETURNING id";
    let new = tx
        .one(sql, binds![provider, notice.id.as_str(), notice.kind.as_str(), tx.at.0])
        .await?;
    let Some(row) = new else {
        return Ok("repeated");
    };
    if let Word::Paid { charge, .. } | Word::Refunded { charge, .. } = &notice.word {
        // Words about one charge are taken one after the other.
        let sql = "INSERT INTO billing_pay_refund (charge, refunded, booked) VALUES ($1,0,0) \
                   ON CONFLICT (charge) DO UPDATE SET booked = billing_pay_refund.booked";
        tx.exec(sql, binds![charge.as_str()]).await?;
    }
    let (outcome, invoice) = match &notice.word {
        Word::Other => ("none", None),
        Word::Ended { session, failed } => ended(tx, provider, session, *failed).await?,
        Word::Paid {
            session,
            amount,
            currency,
            charge,
        } => paid(ctx, tx, provider, session, *amount, currency, charge).await?,
        Word::Refunded { charge, amount } => {
            let sql = "UPDATE billing_pay_refund SET refunded = $1 WHERE charge = $2 AND refunded < $3";
            tx.exec(sql, binds![*amount, charge.as_str(), *amount]).await?;
            refund(ctx, tx, charge).await?
        }
    };
    tx.exec(
        "UPDATE billing_pay_notice SET outcome = $1, invoice_id = $2 WHERE id = $3",
        binds![outcome, invoice, row.int(0)?],
    )
    .await?;
    Ok(outcome)
}

/// The session that is meant, kept from others until the end.
async fn find(tx: &Tx, provider: &str, of: &Session) -> Result<Option<Kept>> {
    let sql = "UPDATE billing_pay_session SET session = COALESCE(session, $1) WHERE provider = $2 AND (intent = $3 OR session = $4) \
               RETURNING id, invoice_id, provider, state";
    let given = Some(of.session.clone()).filter(|s| !s.is_empty());
    let row = tx
        .one(sql, binds![given, provider, of.intent.as_str(), of.session.as_str()])
        .await?;
    row.map(|r| {
        Ok(Kept {
            id: r.int(0)?,
            invoice: r.int(1)?,
            provider: r.text(2)?,
            state: r.text(3)?,
        })
    })
    .transpose()
}

async fn ended(tx: &Tx, provider: &str, of: &Session, failed: bool) -> Result<(&'static str, Option<i64>)> {
    let Some(kept) = find(tx, provider, of).await? else {
        return Ok(("stranger", None));
    };
    // Money that came stays.
    let sql = "UPDATE billing_pay_session SET state = $1 WHERE id = $2 AND state IN ('asking', 'open')";
    tx.exec(sql, binds![if failed { "failed" } else { "expired" }, kept.id])
        .await?;
    Ok(("noted", Some(kept.invoice)))
}

fn values(pairs: Vec<(&str, zhike_kernel::Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

async fn paid(
    ctx: &Ctx,
    tx: &Tx,
    provider: &str,
    of: &Session,
    amount: i64,
    currency: &str,
    charge: &str,
) -> Result<(&'static str, Option<i64>)> {
    let Some(kept) = find(tx, provider, of).await? else {
        return Ok(("stranger", None));
    };
    if kept.state == "paid" || amount <= 0 || Currency::parse(currency).is_none() {
        return Ok(("noted", Some(kept.invoice)));
    }
    balance::lock(tx, &[kept.invoice], &[]).await?;
    let invoice = read::need(ctx, tx, ctx.registry().get("invoice")?, kept.invoice).await?;
    let payment = write::create(
        ctx,
        tx,
        ctx.registry().get("payment")?,
        values(vec![
            ("party_id", invoice.get("party_id").clone()),
            ("received_on", ctx.today().into()),
            ("amount", amount.into()),
            ("currency", currency.into()),
            ("method", "card".into()),
            ("reference", Some(charge.to_owned()).filter(|c| !c.is_empty()).into()),
            ("external_key", format!("{}:{}", kept.provider, of.session).into()),
        ]),
    )
    .await?;
    // As with any payment: as much as is open; the rest stays unallocated.
    let open =
        if invoice.text("status") == "open" && invoice.text("currency") == currency && invoice.archived_at.is_none() {
            invoice.int("open").unwrap_or(0)
        } else {
            0
        };
    if let Some((_, part)) = rules::share_out(amount, &[(invoice.id, open)]).first() {
        let row = values(vec![
            ("payment_id", payment.into()),
            ("invoice_id", invoice.id.into()),
            ("amount", (*part).into()),
        ]);
        write::insert_many(ctx, tx, &ctx.registry().get("allocation")?.clone(), vec![row], None).await?;
    }
    tx.exec(
        "UPDATE billing_pay_session SET state = 'paid', error = NULL, charge = $1, payment_id = $2 WHERE id = $3",
        binds![Some(charge.to_owned()).filter(|c| !c.is_empty()), payment, kept.id],
    )
    .await?;
    tell(ctx, tx, &invoice, "invoice.paid_online.v1", charge).await?;
    if !charge.is_empty() {
        // The word of a refund may have come first.
        refund(ctx, tx, charge).await?;
    }
    Ok(("booked", Some(kept.invoice)))
}

/// Books what went back of a charge and is not in the books yet, as a payment below zero.
async fn refund(ctx: &Ctx, tx: &Tx, charge: &str) -> Result<(&'static str, Option<i64>)> {
    let sql = "SELECT s.invoice_id, s.payment_id, r.refunded, r.booked FROM billing_pay_refund r \
               JOIN billing_pay_session s ON s.charge = r.charge WHERE r.charge = $1 AND s.payment_id IS NOT NULL";
    let Some(row) = tx.one(sql, binds![charge]).await? else {
        return Ok(("noted", None));
    };
    let (invoice, payment) = (row.int(0)?, row.int(1)?);
    let payment = read::need(ctx, tx, ctx.registry().get("payment")?, payment).await?;
    let whole = payment.int("amount").unwrap_or(0);
    let back = row.int(2)?.min(whole) - row.int(3)?;
    if back <= 0 {
        return Ok(("noted", Some(invoice)));
    }
    let sql = "UPDATE billing_pay_refund SET booked = booked + $1 WHERE charge = $2";
    tx.exec(sql, binds![back, charge]).await?;
    let refund = values(vec![
        ("party_id", payment.get("party_id").clone()),
        ("received_on", ctx.today().into()),
        ("amount", (-back).into()),
        ("currency", payment.get("currency").clone()),
        ("method", "card".into()),
        ("reference", charge.into()),
        ("note", payment.text("number").into()),
    ]);
    let refund = write::create(ctx, tx, ctx.registry().get("payment")?, refund).await?;
    let rest = back - give_back(ctx, tx, &payment, refund, invoice, back).await?;
    if rest > 0 {
        open_again(ctx, tx, &payment, invoice, charge).await?;
    }
    let invoice = read::need(ctx, tx, ctx.registry().get("invoice")?, invoice).await?;
    tell(ctx, tx, &invoice, "invoice.refunded_online.v1", charge).await?;
    Ok(("booked", Some(invoice.id)))
}

/// Puts a refund to the invoices below zero that the returns of the paid invoice's order have brought; how much of it.
async fn give_back(ctx: &Ctx, tx: &Tx, payment: &Record, refund: i64, invoice: i64, back: i64) -> Result<i64> {
    let sql = "SELECT i.id, i.open FROM billing_invoice i JOIN order_order o ON o.id = i.order_id WHERE o.kind = 'return' \
               AND o.returns_id = (SELECT p.order_id FROM billing_invoice p WHERE p.id = $1) AND i.party_id = $2 AND i.currency = $3 \
               AND i.status = 'open' AND i.open < 0 AND i.archived_at IS NULL ORDER BY i.id";
    let of = binds![invoice, payment.int("party_id"), payment.text("currency")];
    let mut due = vec![];
    for row in tx.all(sql, of).await? {
        due.push((row.int(0)?, row.int(1)?));
    }
    let parts = rules::share_out(-back, &due);
    let rows: Vec<Values> = parts
        .iter()
        .map(|(invoice, part)| {
            values(vec![
                ("payment_id", refund.into()),
                ("invoice_id", (*invoice).into()),
                ("amount", (*part).into()),
            ])
        })
        .collect();
    if !rows.is_empty() {
        write::insert_many(ctx, tx, &ctx.registry().get("allocation")?.clone(), rows, None).await?;
    }
    Ok(-parts.iter().map(|p| p.1).sum::<i64>())
}

/// What went back pays for nothing any more: beyond what was loose of the payment it is taken off the invoices, the one
/// that the link was for first, and they are open again.
async fn open_again(ctx: &Ctx, tx: &Tx, payment: &Record, invoice: i64, charge: &str) -> Result<()> {
    let sql = "SELECT CAST(COALESCE(SUM(unallocated), 0) AS BIGINT) FROM billing_payment WHERE archived_at IS NULL \
               AND (id = $1 OR (reference = $2 AND party_id = $3 AND amount < 0))";
    let loose = tx
        .number(sql, binds![payment.id, charge, payment.int("party_id")])
        .await?;
    let mut missing = -loose;
    let sql = "SELECT id, version, amount FROM billing_allocation WHERE payment_id = $1 AND archived_at IS NULL \
               ORDER BY CASE WHEN invoice_id = $2 THEN 0 ELSE 1 END, id DESC";
    let ty = ctx.registry().get("allocation")?.clone();
    for row in tx.all(sql, binds![payment.id, invoice]).await? {
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

/// Writes an event about an invoice.
pub(crate) async fn tell(ctx: &Ctx, tx: &Tx, invoice: &Record, kind: &str, note: &str) -> Result<()> {
    let event = Event {
        kind: kind.into(),
        record_type: "invoice",
        record: invoice.id,
        party: invoice.int("party_id"),
        note: Some(note.to_owned()).filter(|n| !n.is_empty()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}
