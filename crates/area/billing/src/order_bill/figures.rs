//! What of an order is invoiced, by its lines, and what is to be: kept beside it for the list of what can be invoiced.

use super::due::{self, Done, Part};
use std::collections::BTreeMap;
use zhike_contract::{Billable, Orders};
use zhike_kernel::{Error, Result, line};
use zhike_store::{Ctx, Query, Tx, binds, setting};

/// Name of the setting: `order` (as ever) or `shipment`.
pub(crate) const BY: &str = "billing.invoice_by";

/// Are orders invoiced by what has left?
pub(crate) async fn by_shipment(q: &dyn Query) -> Result<bool> {
    Ok(setting::get(q, BY).await?.as_deref() == Some("shipment"))
}

/// What of an order is invoiced.
#[derive(Debug, Default)]
pub(crate) struct Invoiced {
    /// By line.
    pub lines: BTreeMap<i64, Done>,
    /// All of it.
    pub total: i64,
    /// By invoices that do not say which lines they are for.
    pub loose: i64,
    /// Taken off these invoices by people's credit notes and write-offs (not for returns, which are orders of their own).
    pub credited: i64,
}

/// What of an order is to be invoiced now; below zero: what was invoiced and is not ordered any more. Of a cancelled order
/// nothing is asked, so all that was invoiced goes back.
pub(crate) async fn rest(
    orders: &dyn Orders,
    q: &dyn Query,
    order: (i64, &str),
    by_shipment: bool,
) -> Result<(Option<Vec<Part>>, i64)> {
    let (id, status) = order;
    let cancelled = status == "cancelled";
    let lines = match cancelled {
        true => vec![],
        false => orders.billable(q, id).await?,
    };
    to_invoice(&lines, &invoiced(q, id).await?, by_shipment && !cancelled)
}

/// What of an order is invoiced; void invoices do not count.
pub(crate) async fn invoiced(q: &dyn Query, order: i64) -> Result<Invoiced> {
    let mut out = Invoiced::default();
    let sql = "SELECT i.id, i.total, (SELECT count(*) FROM billing_invoice_line l WHERE l.invoice_id = i.id) FROM billing_invoice i \
               WHERE i.order_id = $1 AND i.status <> 'void' AND i.archived_at IS NULL";
    for row in q.all(sql, binds![order]).await? {
        out.total += row.int(1)?;
        out.loose += if row.int(2)? == 0 { row.int(1)? } else { 0 };
    }
    let sql = "SELECT l.line_id, CAST(SUM(l.quantity) AS BIGINT), CAST(SUM(l.net) AS BIGINT), CAST(SUM(l.tax) AS BIGINT) \
               FROM billing_invoice_line l JOIN billing_invoice i ON i.id = l.invoice_id WHERE i.order_id = $1 AND i.status <> 'void' \
               AND i.archived_at IS NULL AND l.line_id IS NOT NULL GROUP BY l.line_id";
    for row in q.all(sql, binds![order]).await? {
        let done = Done {
            quantity: row.int(1)?,
            net: row.int(2)?,
            tax: row.int(3)?,
        };
        out.lines.insert(row.int(0)?, done);
    }
    for (table, own) in [
        ("billing_credit_note", "AND n.order_id IS NULL"),
        ("billing_write_off", ""),
    ] {
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(n.amount), 0) AS BIGINT) FROM {table} n JOIN billing_invoice i ON i.id = n.invoice_id \
             WHERE i.order_id = $1 AND i.status <> 'void' AND i.archived_at IS NULL AND n.status = 'standing' AND n.archived_at IS NULL {own}"
        );
        out.credited += q.number(&sql, binds![order]).await?;
    }
    Ok(out)
}

/// What is to be invoiced now: its parts where the lines are known, and what it comes to.
pub(crate) fn to_invoice(lines: &[Billable], done: &Invoiced, by_shipment: bool) -> Result<(Option<Vec<Part>>, i64)> {
    let large = || Error::invalid("error-too-large");
    if done.loose == 0 {
        let parts = due::due(lines, &done.lines, by_shipment).ok_or_else(large)?;
        return Ok(match due::sum(&parts) {
            // Some of it was given back by hand already: which lines that was for nobody said.
            sum if sum < 0 && done.credited > 0 => (None, (sum + done.credited).min(0)),
            sum => (Some(parts), sum),
        });
    }
    // Some invoice does not say what it is for: only the sums can be compared.
    let mut all: i64 = 0;
    for l in lines {
        let target = if by_shipment {
            l.left.min(l.quantity)
        } else {
            l.quantity
        };
        for amount in [l.net, l.tax] {
            let part = if target == 0 {
                Some(0)
            } else {
                line::part(amount, l.quantity, 0, 0, target)
            };
            all = part.and_then(|p| all.checked_add(p)).ok_or_else(large)?;
        }
    }
    let mut rest = all.checked_sub(done.total).ok_or_else(large)?;
    if rest < 0 {
        rest = (rest + done.credited).min(0);
    }
    Ok((None, if by_shipment { rest.max(0) } else { rest }))
}

/// Counts anew what of an order is to be invoiced.
pub(crate) async fn settle(orders: &dyn Orders, _ctx: &Ctx, tx: &Tx, order: i64) -> Result<()> {
    let sql = "SELECT party_id, currency, status FROM order_order WHERE id = $1 AND kind = 'sale' AND archived_at IS NULL \
               AND status IN ('confirmed','shipped','delivered','cancelled')";
    let mut sums = (0, 0);
    let row = tx.one(sql, binds![order]).await?;
    if let Some(row) = &row {
        let status = row.text(2)?;
        let of = (order, status.as_str());
        sums = (
            rest(orders, tx, of, false).await?.1,
            rest(orders, tx, of, true).await?.1,
        );
    }
    match row.filter(|_| sums != (0, 0)) {
        None => {
            tx.exec("DELETE FROM billing_order_due WHERE order_id = $1", binds![order])
                .await?;
        }
        Some(row) => {
            let sql = "INSERT INTO billing_order_due (order_id, party_id, currency, by_order, by_shipment) VALUES ($1,$2,$3,$4,$5) \
                       ON CONFLICT (order_id) DO UPDATE SET party_id = excluded.party_id, currency = excluded.currency, \
                       by_order = excluded.by_order, by_shipment = excluded.by_shipment";
            tx.exec(sql, binds![order, row.int(0)?, row.text(1)?, sums.0, sums.1])
                .await?;
        }
    }
    Ok(())
}

/// Does an invoice say which lines it is for?
pub(crate) async fn has_lines(q: &dyn Query, invoice: i64) -> Result<bool> {
    let sql = "SELECT count(*) FROM billing_invoice_line WHERE invoice_id = $1";
    Ok(q.number(sql, binds![invoice]).await? > 0)
}
