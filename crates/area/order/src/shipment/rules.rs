//! The way of a shipment through its states, and what can leave of a line; pure.

use zhike_kernel::money::mul_div;

/// All states, in order.
pub(crate) const STATUSES: &[&str] = &[
    "draft",
    "picked",
    "shipped",
    "in_transit",
    "delivered",
    "failed",
    "cancelled",
];
/// Goods that are not with the customer yet.
pub(crate) const WAITING: &[&str] = &["draft", "picked", "shipped", "in_transit", "failed"];

/// The states that may follow.
pub(crate) fn next(status: &str) -> &'static [&'static str] {
    match status {
        "draft" => &["picked", "shipped", "cancelled"],
        "picked" => &["shipped", "draft", "cancelled"],
        "shipped" => &["in_transit", "delivered", "failed"],
        "in_transit" => &["delivered", "failed"],
        // Tried again, handed over after all, or back in the house.
        "failed" => &["in_transit", "delivered", "cancelled"],
        _ => &[],
    }
}

/// The goods have left the house.
pub(crate) fn has_left(status: &str) -> bool {
    matches!(status, "shipped" | "in_transit" | "delivered" | "failed")
}

/// Its lines may still be written.
pub(crate) fn is_open(status: &str) -> bool {
    matches!(status, "draft" | "picked")
}

/// What of a line's open quantity can leave now, when so much of the base unit is kept for it. Whole units stay whole.
pub(crate) fn ready(open: i64, quantity: i64, base: i64, kept: i64) -> i64 {
    if open <= 0 || quantity <= 0 || base <= 0 || kept <= 0 {
        return 0;
    }
    let units = i128::from(kept) * i128::from(quantity) / i128::from(base);
    let mut units = i64::try_from(units).unwrap_or(i64::MAX).min(open);
    if quantity % 1_000 == 0 {
        units -= units % 1_000;
    }
    units
}

/// So much of a line in its base unit; all of it is exactly what the line keeps.
pub(crate) fn in_base(part: i64, quantity: i64, base: i64) -> i64 {
    if part == quantity {
        return base;
    }
    mul_div(part, base, quantity).unwrap_or(base)
}

/// How far the lines of an order are: (ordered, left, delivered) each.
pub(crate) fn delivery(lines: &[(i64, i64, i64)], failed: bool) -> Option<&'static str> {
    let some = |of: fn(&(i64, i64, i64)) -> i64| lines.iter().any(|l| of(l) > 0);
    let all = |of: fn(&(i64, i64, i64)) -> i64| !lines.is_empty() && lines.iter().all(|l| of(l) >= l.0);
    if failed {
        Some("failed")
    } else if all(|l| l.2) {
        Some("delivered")
    } else if all(|l| l.1) {
        Some(if some(|l| l.2) { "partly_delivered" } else { "shipped" })
    } else if some(|l| l.1) {
        Some("partly_shipped")
    } else {
        None
    }
}

/// The words for how far an order is.
pub(crate) const DELIVERIES: &[&str] = &["partly_shipped", "shipped", "partly_delivered", "delivered", "failed"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_leave_is_what_is_kept_in_whole_units() {
        // Boxes of 12: 30 pieces are kept for 5 boxes.
        assert_eq!(ready(5_000, 5_000, 60_000, 30_000), 2_000);
        assert_eq!(ready(2_500, 2_500, 2_500, 1_200), 1_200);
        assert_eq!(ready(1_000, 5_000, 5_000, 9_000), 1_000);
        assert_eq!(ready(5_000, 5_000, 5_000, 0), 0);
        assert_eq!(in_base(3_000, 9_000, 10_000), 3_333);
        assert_eq!(in_base(9_000, 9_000, 10_000), 10_000);
    }

    #[test]
    fn an_order_is_as_far_as_its_lines() {
        assert_eq!(delivery(&[(2, 0, 0), (3, 0, 0)], false), None);
        assert_eq!(delivery(&[(2, 2, 0), (3, 0, 0)], false), Some("partly_shipped"));
        assert_eq!(delivery(&[(2, 2, 0), (3, 3, 0)], false), Some("shipped"));
        assert_eq!(delivery(&[(2, 2, 2), (3, 3, 0)], false), Some("partly_delivered"));
        assert_eq!(delivery(&[(2, 2, 2), (3, 3, 3)], false), Some("delivered"));
        assert_eq!(delivery(&[(2, 2, 2), (3, 3, 0)], true), Some("failed"));
        assert_eq!(delivery(&[], false), None);
    }

    #[test]
    fn nothing_that_left_is_cancelled_but_what_did_not_arrive() {
        for status in STATUSES {
            let may = next(status).contains(&"cancelled");
            assert_eq!(may, matches!(*status, "draft" | "picked" | "failed"), "{status}");
        }
    }
}
