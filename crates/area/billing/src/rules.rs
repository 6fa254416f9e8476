//! What may be allocated to what, how much of it, and how late it is; pure. An invoice below zero is a credit note, a
//! payment below zero a refund: the two settle each other as the others do.

use zhike_kernel::Date;

/// Why money cannot go from a payment to an invoice.
pub(crate) type Refusal = &'static str;

/// One side of an allocation: an invoice with its total and what is paid, or a payment with its amount and what is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub whole: i64,
    pub used: i64,
}

impl Side {
    /// What is left; it has the sign of the whole.
    pub(crate) fn left(self) -> i64 {
        self.whole - self.used
    }
    /// Nothing was taken from the wrong direction, and not more than there is.
    pub(crate) fn holds(self) -> bool {
        let within = |v: i64| v == 0 || (v < 0) == (self.whole < 0);
        within(self.used) && within(self.left())
    }
}

/// The state of an invoice that is not void.
pub(crate) fn status(open: i64) -> &'static str {
    if open == 0 { "paid" } else { "open" }
}

/// May `amount` go from a payment to an invoice?
pub(crate) fn may_allocate(invoice: Side, payment: Side, amount: i64) -> Result<(), Refusal> {
    if amount == 0 {
        return Err("error-allocation-zero");
    }
    // What goes back is taken off; it is no allocation of its own.
    let along = |s: Side| (amount < 0) == (s.whole < 0);
    if (invoice.whole < 0) != (payment.whole < 0) {
        return Err("error-allocation-kinds");
    }
    if !along(invoice) {
        return Err(if amount < 0 {
            "error-allocation-negative"
        } else {
            "error-allocation-positive"
        });
    }
    let after = |s: Side| s.used.checked_add(amount).map(|used| Side { used, ..s });
    if !after(invoice).is_some_and(Side::holds) {
        return Err("error-allocation-invoice");
    }
    if !after(payment).is_some_and(Side::holds) {
        return Err("error-allocation-payment");
    }
    Ok(())
}

/// Shares out what is left of a payment over open invoices in the given order (oldest due first). Those of the other
/// sign are passed over.
pub(crate) fn share_out(mut left: i64, open: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut out = vec![];
    for (invoice, due) in open {
        if left == 0 {
            break;
        }
        if *due == 0 || (*due < 0) != (left < 0) {
            continue;
        }
        let part = if left < 0 { left.max(*due) } else { left.min(*due) };
        out.push((*invoice, part));
        left -= part;
    }
    out
}

/// Days by which an invoice is late; 0 when it is not.
pub(crate) fn days_late(due: Option<Date>, today: Date) -> i64 {
    due.and_then(|d| today.since(d).ok())
        .map_or(0, |span| i64::from(span.get_days()))
        .max(0)
}

/// First days of the ageing classes, seen from today: what is due on or after the first is not due yet, before the last
/// it is more than 90 days late.
pub(crate) fn bounds(today: Date) -> [String; 4] {
    [0, 30, 60, 90].map(|n| {
        today
            .checked_sub(jiff::Span::new().days(n))
            .unwrap_or(today)
            .to_string()
    })
}

/// Days sales outstanding over 90 days, in tenths of a day: what is open ÷ what was invoiced in 90 days × 90.
pub(crate) fn dso_tenths(open: i64, invoiced: i64) -> Option<i64> {
    if invoiced <= 0 || open < 0 {
        return None;
    }
    zhike_kernel::money::mul_div(open, 900, invoiced)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
