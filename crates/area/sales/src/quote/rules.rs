//! The way of a quote through its states, and what its discount and margin are; pure.

use zhike_kernel::{Date, line::share};

/// Lines and head are written until the customer has it.
pub(crate) fn open(status: &str) -> bool {
    matches!(status, "draft" | "approval" | "approved")
}

/// A change now takes an approval back.
pub(crate) fn bound(status: &str) -> bool {
    matches!(status, "approval" | "approved")
}

/// May a new version be made of it? The old one is kept as it is.
pub(crate) fn revisable(status: &str) -> bool {
    matches!(status, "approved" | "sent" | "declined" | "expired")
}

/// Is it over for the customer? The sentence that says so.
pub(crate) fn closed(status: &str, valid_until: Option<Date>, today: Date) -> Option<&'static str> {
    match status {
        "accepted" => Some("quote-link-accepted"),
        "declined" => Some("quote-link-declined"),
        "superseded" => Some("quote-link-superseded"),
        "expired" => Some("quote-link-expired"),
        "sent" if valid_until.is_some_and(|d| d < today) => Some("quote-link-expired"),
        "sent" => None,
        _ => Some("quote-link-recalled"),
    }
}

/// Discount against the list in parts per million: what is asked less than the list says.
pub(crate) fn discount(list: i64, net: i64) -> Option<i64> {
    share(list.checked_sub(net)?, list)
}

/// Margin of the net in parts per million; unknown where a cost is.
pub(crate) fn margin(net: i64, cost: Option<i64>) -> Option<i64> {
    share(net.checked_sub(cost?)?, net)
}

/// The number of the next version: `Q-000012` → `Q-000012-2` → `Q-000012-3`.
pub(crate) fn next_number(number: &str, revision: i64) -> String {
    let own = format!("-{revision}");
    let base = if revision > 1 {
        number.strip_suffix(&own).unwrap_or(number)
    } else {
        number
    };
    format!("{base}-{}", revision + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_versions_count_on() {
        assert_eq!(next_number("Q-000012", 1), "Q-000012-2");
        assert_eq!(next_number("Q-000012-2", 2), "Q-000012-3");
    }

    #[test]
    fn a_quote_ends_with_its_last_day_not_before() {
        let day = |d: &str| d.parse::<Date>().unwrap_or_default();
        assert_eq!(closed("sent", Some(day("2026-06-30")), day("2026-06-30")), None);
        assert_eq!(
            closed("sent", Some(day("2026-06-29")), day("2026-06-30")),
            Some("quote-link-expired")
        );
        assert_eq!(closed("draft", None, day("2026-06-30")), Some("quote-link-recalled"));
    }

    proptest! {
        /// Selling at the list is no discount, at nothing the whole; a lower price never makes the discount smaller
        /// nor the margin greater.
        #[test]
        fn discount_and_margin_follow_the_price(list in 1_i64..1_000_000_000, a in 0_i64..1_000_000_000, b in 0_i64..1_000_000_000, cost in 0_i64..1_000_000_000) {
            prop_assert_eq!(discount(list, list), Some(0));
            prop_assert_eq!(discount(list, 0), Some(1_000_000));
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(discount(list, low) >= discount(list, high));
            if low > 0 {
                prop_assert!(margin(low, Some(cost)) <= margin(high, Some(cost)));
            }
            prop_assert_eq!(margin(0, Some(cost)), None);
            prop_assert_eq!(margin(high, None), None);
        }
    }
}
