//! The way of an order through its states, and the days it may bear; pure.

pub(crate) use zhike_kernel::line::{Line, line, wrong};
use zhike_kernel::{Date, error::FieldError};

/// All states, in order.
pub(crate) const STATUSES: &[&str] = &["draft", "confirmed", "shipped", "delivered", "cancelled"];

/// Where the tax rate of a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaxFrom {
    Line,
    Product,
    Company,
    Nowhere,
}

/// The tax rate of a line: its own, else that of the product's tax class, else the company's, else nothing.
pub(crate) fn tax_rate(line: Option<i64>, product: Option<i64>, company: Option<i64>) -> (i64, TaxFrom) {
    [
        (line, TaxFrom::Line),
        (product, TaxFrom::Product),
        (company, TaxFrom::Company),
    ]
    .into_iter()
    .find_map(|(rate, from)| Some((rate?, from)))
    .unwrap_or((0, TaxFrom::Nowhere))
}

/// Does the sign of a quantity fit the kind of order: sales go out, returns come back?
pub(crate) fn sign(kind: &str, quantity: i64) -> Result<(), FieldError> {
    match (kind == "return", quantity < 0) {
        (false, true) => Err(wrong("quantity", "error-order-negative")),
        (true, false) => Err(wrong("quantity", "error-order-positive")),
        _ => Ok(()),
    }
}

/// The states that may follow.
pub(crate) fn next(status: &str) -> &'static [&'static str] {
    match status {
        "draft" => &["confirmed", "cancelled"],
        "confirmed" => &["shipped", "cancelled"],
        "shipped" => &["delivered"],
        _ => &[],
    }
}

/// May a file bring an order from one state to another? It may have missed steps in between.
pub(crate) fn follows(from: &str, to: &str) -> bool {
    next(from).iter().any(|n| *n == to || follows(n, to))
}

/// Why an order in this state goes nowhere else.
pub(crate) fn refusal(status: &str) -> &'static str {
    match status {
        "draft" => "error-order-after-draft",
        "confirmed" => "error-order-after-confirmed",
        "shipped" => "error-order-after-shipped",
        "delivered" => "error-order-after-delivered",
        _ => "error-order-after-cancelled",
    }
}

/// Lines are written until the goods leave.
pub(crate) fn open_for_lines(status: &str) -> bool {
    matches!(status, "draft" | "confirmed")
}

/// The days of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Days {
    pub ordered: Option<Date>,
    pub required: Option<Date>,
    pub shipped: Option<Date>,
    pub delivered: Option<Date>,
}

/// The state that days alone tell, for an order that comes from elsewhere without one.
pub(crate) fn status_by_days(days: &Days) -> &'static str {
    if days.delivered.is_some() {
        "delivered"
    } else if days.shipped.is_some() {
        "shipped"
    } else {
        "draft"
    }
}

/// What is impossible about the days of an order in a state. `today`: nothing has happened later than that.
pub(crate) fn days(status: &str, d: &Days, today: Option<Date>) -> Vec<FieldError> {
    let mut out = vec![];
    let before = |a: Option<Date>, b: Option<Date>| matches!((a, b), (Some(a), Some(b)) if a < b);
    let later = |d: Option<Date>| matches!((d, today), (Some(d), Some(t)) if d > t);
    if d.ordered.is_some_and(|o| !(1950..=2199).contains(&o.year())) {
        out.push(wrong("ordered_on", "error-order-year"));
    }
    if before(d.required, d.ordered) {
        out.push(wrong("required_on", "error-order-before-ordered"));
    }
    if d.shipped.is_some() && matches!(status, "draft" | "confirmed" | "cancelled") {
        out.push(wrong("shipped_on", "error-order-not-yet"));
    } else if before(d.shipped, d.ordered) {
        out.push(wrong("shipped_on", "error-order-before-ordered"));
    } else if later(d.shipped) {
        out.push(wrong("shipped_on", "error-order-future"));
    }
    if d.delivered.is_some() && status != "delivered" {
        out.push(wrong("delivered_on", "error-order-not-yet"));
    } else if before(d.delivered, d.shipped) {
        out.push(wrong("delivered_on", "error-order-before-shipped"));
    } else if before(d.delivered, d.ordered) {
        out.push(wrong("delivered_on", "error-order-before-ordered"));
    } else if later(d.delivered) {
        out.push(wrong("delivered_on", "error-order-future"));
    }
    out
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
