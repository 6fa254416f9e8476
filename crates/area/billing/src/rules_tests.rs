//! The rules of settling, by example and by chance.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn side(whole: i64, used: i64) -> Side {
    Side { whole, used }
}

#[test]
fn neither_side_is_overdrawn() {
    assert!(may_allocate(side(100, 40), side(500, 0), 60).is_ok());
    assert_eq!(
        may_allocate(side(100, 40), side(500, 0), 61),
        Err("error-allocation-invoice")
    );
    assert_eq!(
        may_allocate(side(100, 0), side(50, 0), 51),
        Err("error-allocation-payment")
    );
    assert_eq!(may_allocate(side(100, 0), side(50, 0), 0), Err("error-allocation-zero"));
    assert_eq!(
        may_allocate(side(100, 0), side(50, 0), -1),
        Err("error-allocation-negative")
    );
    assert_eq!(
        may_allocate(side(i64::MAX, i64::MAX - 1), side(50, 0), i64::MAX),
        Err("error-allocation-invoice")
    );
}

#[test]
fn a_credit_note_is_settled_by_a_refund_only() {
    assert!(may_allocate(side(-100, 0), side(-100, 0), -100).is_ok());
    assert_eq!(
        may_allocate(side(-100, 0), side(100, 0), -100),
        Err("error-allocation-kinds")
    );
    assert_eq!(
        may_allocate(side(-100, 0), side(-100, 0), -101),
        Err("error-allocation-invoice")
    );
}

#[test]
fn an_allocation_is_not_undone_by_another() {
    assert_eq!(
        may_allocate(side(100, 50), side(100, 50), -10),
        Err("error-allocation-negative")
    );
    assert_eq!(
        may_allocate(side(-100, -50), side(-100, -50), 10),
        Err("error-allocation-positive")
    );
}

#[test]
fn the_oldest_is_paid_first() {
    assert_eq!(share_out(120, &[(1, 50), (2, 100), (3, 10)]), [(1, 50), (2, 70)]);
    assert_eq!(share_out(20, &[(1, -50), (2, 100)]), [(2, 20)]);
    assert_eq!(share_out(-20, &[(1, 50), (2, -100)]), [(2, -20)]);
    assert!(share_out(0, &[(1, 50)]).is_empty());
}

/// The class of a lateness: 0 not due, 1 up to 30 days, 2 up to 60, 3 up to 90, 4 more.
fn class(days_late: i64) -> usize {
    match days_late {
        i64::MIN..=0 => 0,
        1..=30 => 1,
        31..=60 => 2,
        61..=90 => 3,
        _ => 4,
    }
}

#[test]
fn classes_and_bounds_agree() {
    let today: Date = "2026-11-24".parse().unwrap();
    assert_eq!(bounds(today), ["2026-11-24", "2026-10-25", "2026-09-25", "2026-08-26"]);
    for n in -5..200_i64 {
        let due = today.checked_sub(jiff::Span::new().days(n)).unwrap();
        let late = days_late(Some(due), today);
        assert_eq!(late, n.max(0));
        // The same classes as a text comparison in the database makes.
        let text = due.to_string();
        let by_text = bounds(today).iter().filter(|b| text.as_str() < b.as_str()).count();
        assert_eq!(class(late), by_text, "{n}");
    }
    assert_eq!(days_late(None, today), 0);
}

#[test]
fn sales_outstanding_in_days() {
    assert_eq!(dso_tenths(300, 900), Some(300));
    assert_eq!(dso_tenths(0, 900), Some(0));
    assert_eq!(dso_tenths(300, 0), None);
}

proptest! {
    /// Any sequence of allocations that the rules let through keeps both sides within their bounds, and what the invoices
    /// got is what the payments gave.
    #[test]
    fn what_invoices_get_is_what_payments_give(
        invoices in proptest::collection::vec(prop_oneof![1_i64..1_000, -1_000_i64..0], 1..6),
        payments in proptest::collection::vec(prop_oneof![1_i64..1_000, -1_000_i64..0], 1..6),
        tries in proptest::collection::vec((0_usize..6, 0_usize..6, -1_200_i64..1_200), 0..60),
    ) {
        let mut invoices: Vec<Side> = invoices.into_iter().map(|w| side(w, 0)).collect();
        let mut payments: Vec<Side> = payments.into_iter().map(|w| side(w, 0)).collect();
        let mut sum = 0;
        for (i, p, amount) in tries {
            let (i, p) = (i % invoices.len(), p % payments.len());
            if may_allocate(invoices[i], payments[p], amount).is_ok() {
                prop_assert!((amount < 0) == (invoices[i].whole < 0) && (amount < 0) == (payments[p].whole < 0));
                invoices[i].used += amount;
                payments[p].used += amount;
                sum += amount;
            }
            prop_assert!(invoices.iter().chain(&payments).all(|s| s.holds()));
        }
        prop_assert_eq!(invoices.iter().map(|s| s.used).sum::<i64>(), sum);
        prop_assert_eq!(payments.iter().map(|s| s.whole - s.left()).sum::<i64>(), sum);
    }

    /// Sharing out gives each open invoice at most what it lacks, never skips an older one, and stops at the last penny.
    #[test]
    fn sharing_out_is_exact(left in -5_000_i64..5_000, open in proptest::collection::vec(-900_i64..900, 0..8)) {
        let list: Vec<(i64, i64)> = (1..).zip(open.iter().copied()).collect();
        let parts = share_out(left, &list);
        let mut payment = side(left, 0);
        for (invoice, part) in &parts {
            let due = list.iter().find(|l| l.0 == *invoice).unwrap().1;
            prop_assert!(may_allocate(side(due, 0), payment, *part).is_ok());
            payment.used += part;
        }
        let fitting: i64 = list.iter().filter(|l| (l.1 < 0) == (left < 0)).map(|l| l.1).sum();
        let most = if left < 0 { left.max(fitting) } else { left.min(fitting) };
        prop_assert_eq!(payment.used, most);
        // All but the last part settle their invoice whole.
        for (invoice, part) in parts.iter().rev().skip(1) {
            prop_assert_eq!(list.iter().find(|l| l.0 == *invoice).unwrap().1, *part);
        }
    }
}
