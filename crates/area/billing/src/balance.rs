//! Sums kept with invoices, payments and parties, made anew for many at once.

use std::collections::HashMap;
use zhike_kernel::{Error, Result};
use zhike_store::{Query, Tx, binds, ids};

/// The distinct ids, in order.
pub(crate) fn distinct(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Marks invoices and payments as changed. On PostgreSQL this also makes two writers of one of them wait for each other,
/// so that the sums that follow see all allocations.
pub(crate) async fn lock(tx: &Tx, invoices: &[i64], payments: &[i64]) -> Result<()> {
    for (table, all) in [("billing_payment", payments), ("billing_invoice", invoices)] {
        for chunk in all.chunks(500) {
            let sql = format!(
                "UPDATE {table} SET updated_at = $1 WHERE {}",
                tx.dialect().among("id", "$2")
            );
            tx.exec(&sql, binds![tx.at.0, ids(chunk)]).await?;
        }
    }
    Ok(())
}

/// What is paid, credited and open of invoices, what is unallocated of payments: exact sums of what stands. They
/// are not an edit: the versions stay.
pub(crate) async fn settle(tx: &Tx, invoices: &[i64], payments: &[i64]) -> Result<()> {
    const SUM: &str =
        "(SELECT CAST(COALESCE(SUM(a.amount), 0) AS BIGINT) FROM billing_allocation a WHERE a.archived_at IS NULL AND ";
    for chunk in invoices.chunks(500) {
        let these = tx.dialect().among("id", "$1");
        let sql = format!(
            "UPDATE billing_invoice SET paid = {SUM} a.invoice_id = billing_invoice.id), credited = {} + {} WHERE {these}",
            credited("billing_credit_note"),
            credited("billing_write_off")
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
        let sql = format!(
            "UPDATE billing_invoice SET open = total - paid - credited, \
             status = CASE WHEN total = paid + credited THEN 'paid' ELSE 'open' END WHERE {these} AND status <> 'void'"
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
    }
    crate::instalments::settle(tx, invoices).await?;
    for chunk in payments.chunks(500) {
        let sql = format!(
            "UPDATE billing_payment SET unallocated = amount - {SUM} a.payment_id = billing_payment.id) WHERE {}",
            tx.dialect().among("id", "$1")
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
    }
    Ok(())
}

/// What documents of a table that stand take off an invoice.
fn credited(table: &str) -> String {
    format!(
        "(SELECT CAST(COALESCE(SUM(c.amount), 0) AS BIGINT) FROM {table} c \
         WHERE c.invoice_id = billing_invoice.id AND c.status = 'standing' AND c.archived_at IS NULL)"
    )
}

/// Refuses what the allocations of these invoices and payments must not be: more than is open or left, from one customer
/// or currency to another, or to something void or archived.
pub(crate) async fn verify(tx: &Tx, invoices: &[i64], payments: &[i64]) -> Result<()> {
    let over = |whole: &str, used: &str| {
        format!(
            "({whole} > 0 AND ({used} < 0 OR {used} > {whole})) OR ({whole} < 0 AND ({used} > 0 OR {used} < {whole})) OR ({whole} = 0 AND {used} <> 0)"
        )
    };
    for chunk in payments.chunks(500) {
        let these = tx.dialect().among("a.payment_id", "$1");
        let sql = format!(
            "SELECT i.party_id <> p.party_id, i.currency <> p.currency, i.status = 'void' OR i.archived_at IS NOT NULL OR p.archived_at IS NOT NULL, \
             (p.amount < 0) <> (i.total < 0), a.amount < 0 \
             FROM billing_allocation a JOIN billing_invoice i ON i.id = a.invoice_id JOIN billing_payment p ON p.id = a.payment_id \
             WHERE {these} AND a.archived_at IS NULL AND (i.party_id <> p.party_id OR i.currency <> p.currency \
             OR i.status = 'void' OR i.archived_at IS NOT NULL OR p.archived_at IS NOT NULL OR (a.amount < 0) <> (i.total < 0) \
             OR (a.amount < 0) <> (p.amount < 0)) LIMIT 1"
        );
        if let Some(row) = tx.one(&sql, vec![ids(chunk)]).await? {
            return Err(if row.bool(0)? {
                Error::field("invoice_id", "error-allocation-party")
            } else if row.bool(1)? {
                Error::field("invoice_id", "error-allocation-currency")
            } else if row.bool(2)? {
                Error::refused("error-allocation-void")
            } else if row.bool(3)? {
                Error::field("amount", "error-allocation-kinds")
            } else if row.bool(4)? {
                Error::field("amount", "error-allocation-negative")
            } else {
                Error::field("amount", "error-allocation-positive")
            });
        }
    }
    for chunk in invoices.chunks(500) {
        let sql = format!(
            "SELECT number FROM billing_invoice WHERE {} AND ({}) LIMIT 1",
            tx.dialect().among("id", "$1"),
            over("total", "(paid + credited)")
        );
        if tx.one(&sql, vec![ids(chunk)]).await?.is_some() {
            return Err(Error::field("amount", "error-allocation-invoice"));
        }
    }
    for chunk in payments.chunks(500) {
        let sql = format!(
            "SELECT number FROM billing_payment WHERE {} AND ({}) LIMIT 1",
            tx.dialect().among("id", "$1"),
            over("amount", "(amount - unallocated)")
        );
        if tx.one(&sql, vec![ids(chunk)]).await?.is_some() {
            return Err(Error::field("amount", "error-allocation-payment"));
        }
    }
    Ok(())
}

/// What parties owe in their own currency, and since when the oldest open invoice is due. Compare that day with today:
/// it may still lie ahead.
pub(crate) async fn parties(tx: &Tx, parties: &[i64], house: &str) -> Result<()> {
    for chunk in parties.chunks(500) {
        let sql = format!(
            "DELETE FROM billing_balance WHERE {}",
            tx.dialect().among("party_id", "$1")
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
        let sql = format!(
            "INSERT INTO billing_balance (party_id, receivable, overdue_since_on) \
             SELECT i.party_id, CAST(COALESCE(SUM(i.open), 0) AS BIGINT), MIN(CASE WHEN i.open > 0 THEN i.due_on END) FROM billing_invoice i \
             WHERE {} AND i.status = 'open' AND i.archived_at IS NULL \
             AND i.currency = COALESCE((SELECT p.currency FROM party_party p WHERE p.id = i.party_id), $2) GROUP BY i.party_id \
             ON CONFLICT (party_id) DO UPDATE SET receivable = excluded.receivable, overdue_since_on = excluded.overdue_since_on",
            tx.dialect().among("i.party_id", "$1")
        );
        tx.exec(&sql, binds![ids(chunk), house]).await?;
    }
    Ok(())
}

/// The customers of invoices.
pub(crate) async fn customers(tx: &Tx, invoices: &[i64]) -> Result<Vec<i64>> {
    let mut out = vec![];
    for chunk in invoices.chunks(500) {
        let sql = format!(
            "SELECT DISTINCT party_id FROM billing_invoice WHERE {}",
            tx.dialect().among("id", "$1")
        );
        for row in tx.all(&sql, vec![ids(chunk)]).await? {
            out.push(row.int(0)?);
        }
    }
    Ok(distinct(out.into_iter()))
}

/// Gives invoices without a due day one: so many days after they were issued, by customer.
pub(crate) async fn due_days(tx: &Tx, due: &HashMap<i64, String>) -> Result<()> {
    let all: Vec<(&i64, &String)> = due.iter().collect();
    for chunk in all.chunks(500) {
        // Days are written by us, digits and dashes only.
        let rows: Vec<String> = chunk.iter().map(|(id, day)| format!("({id},'{day}')")).collect();
        let sql = format!(
            "UPDATE billing_invoice SET due_on = v.column2 FROM (VALUES {}) AS v WHERE billing_invoice.id = v.column1",
            rows.join(",")
        );
        tx.exec(&sql, vec![]).await?;
    }
    Ok(())
}
