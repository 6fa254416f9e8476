//! The rules of orders, by example and by chance.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use zhike_kernel::{Date, money::mul_div};

fn day(text: &str) -> Option<Date> {
    Some(text.parse().unwrap())
}

fn codes(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors.iter().map(|e| (e.field.as_str(), e.code)).collect()
}

#[test]
fn the_nearest_tax_rate_holds() {
    assert_eq!(tax_rate(Some(0), Some(130_000), Some(60_000)), (0, TaxFrom::Line));
    assert_eq!(tax_rate(None, Some(130_000), Some(60_000)), (130_000, TaxFrom::Product));
    assert_eq!(tax_rate(None, None, Some(60_000)), (60_000, TaxFrom::Company));
    assert_eq!(tax_rate(None, None, None), (0, TaxFrom::Nowhere));
}

#[test]
fn a_line_is_computed_in_whole_minor_units() {
    // 2.5 pieces at 33.33 less 1.00, 13 % tax, 20.00 cost each.
    let l = Line {
        quantity: 2_500,
        unit_price: 3_333,
        discount: 100,
        tax_rate: 130_000,
        unit_cost: Some(2_000),
    };
    let sums = line(&l).unwrap();
    // 83.325 rounds half to even: 83.32.
    assert_eq!((sums.net, sums.tax, sums.cost), (8_232, 1_070, Some(5_000)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let good = Line {
        quantity: 1_000,
        unit_price: 100,
        ..Line::default()
    };
    let code = |l: Line| line(&l).unwrap_err().code;
    assert!(line(&good).is_ok());
    assert_eq!(code(Line { quantity: 0, ..good }), "error-order-zero");
    assert_eq!(code(Line { unit_price: -1, ..good }), "error-order-price");
    assert_eq!(
        code(Line {
            unit_cost: Some(-1),
            ..good
        }),
        "error-order-price"
    );
    assert_eq!(code(Line { tax_rate: -1, ..good }), "error-order-rate");
    assert_eq!(code(Line { discount: 101, ..good }), "error-order-discount");
    assert_eq!(code(Line { discount: -1, ..good }), "error-order-discount");
    assert_eq!(
        code(Line {
            quantity: i64::MAX,
            unit_price: i64::MAX,
            ..good
        }),
        "error-too-large"
    );
}

#[test]
fn only_returns_come_back() {
    assert!(sign("sale", 1).is_ok());
    assert!(sign("return", -1).is_ok());
    assert_eq!(sign("sale", -1).unwrap_err().code, "error-order-negative");
    assert_eq!(sign("return", 1).unwrap_err().code, "error-order-positive");
}

#[test]
fn the_way_of_an_order() {
    let all: Vec<(&str, &str)> = STATUSES
        .iter()
        .flat_map(|a| STATUSES.iter().map(|b| (*a, *b)))
        .filter(|(a, b)| next(a).contains(b))
        .collect();
    assert_eq!(
        all,
        [
            ("draft", "confirmed"),
            ("draft", "cancelled"),
            ("confirmed", "shipped"),
            ("confirmed", "cancelled"),
            ("shipped", "delivered")
        ]
    );
    assert!(follows("draft", "delivered"));
    assert!(!follows("shipped", "cancelled"));
    assert!(!follows("delivered", "draft"));
}

#[test]
fn impossible_days_are_named() {
    let d = Days {
        ordered: day("2026-03-10"),
        required: day("2026-03-09"),
        shipped: day("2026-03-08"),
        delivered: day("2026-03-07"),
    };
    assert_eq!(
        codes(&days("delivered", &d, None)),
        [
            ("required_on", "error-order-before-ordered"),
            ("shipped_on", "error-order-before-ordered"),
            ("delivered_on", "error-order-before-shipped")
        ]
    );
    assert_eq!(
        codes(&days(
            "draft",
            &Days {
                delivered: None,
                required: None,
                ..d
            },
            None
        )),
        [("shipped_on", "error-order-not-yet")]
    );
    let ahead = Days {
        ordered: day("2026-03-10"),
        shipped: day("2026-03-12"),
        ..Days::default()
    };
    assert_eq!(
        codes(&days("shipped", &ahead, day("2026-03-11"))),
        [("shipped_on", "error-order-future")]
    );
    assert!(days("shipped", &ahead, day("2026-03-12")).is_empty());
    assert_eq!(
        codes(&days(
            "draft",
            &Days {
                ordered: day("0202-03-10"),
                ..Days::default()
            },
            None
        )),
        [("ordered_on", "error-order-year")]
    );
}

#[test]
fn the_days_tell_the_state_of_an_old_order() {
    let mut d = Days {
        ordered: day("2026-03-10"),
        ..Days::default()
    };
    assert_eq!(status_by_days(&d), "draft");
    d.shipped = d.ordered;
    assert_eq!(status_by_days(&d), "shipped");
    d.delivered = d.ordered;
    assert_eq!(status_by_days(&d), "delivered");
}

prop_compose! {
    fn any_line()(
        size in 1_i64..10_000_000,
        back in any::<bool>(),
        unit_price in 0_i64..100_000_000,
        share in 0_i64..=1_000_000,
        tax_rate in 0_i64..=1_000_000,
        unit_cost in proptest::option::of(0_i64..100_000_000),
    ) -> Line {
        let quantity = if back { -size } else { size };
        let gross = mul_div(quantity, unit_price, 1_000).unwrap();
        // Towards zero, so that it never exceeds the line.
        let discount = i64::try_from(i128::from(gross) * i128::from(share) / 1_000_000).unwrap();
        Line { quantity, unit_price, discount, tax_rate, unit_cost }
    }
}

proptest! {
    #[test]
    fn a_line_never_turns_its_sign(l in any_line()) {
        let s = line(&l).unwrap();
        let fits = |v: i64| v == 0 || (v < 0) == (l.quantity < 0);
        prop_assert!(fits(s.net) && fits(s.tax) && s.cost.is_none_or(fits));
        prop_assert!(s.tax.unsigned_abs() <= s.net.unsigned_abs());
        prop_assert_eq!(s.cost.is_some(), l.unit_cost.is_some());
    }

    #[test]
    fn a_return_of_a_line_takes_back_what_it_was(l in any_line()) {
        let back = Line { quantity: -l.quantity, discount: -l.discount, ..l };
        let (a, b) = (line(&l).unwrap(), line(&back).unwrap());
        prop_assert_eq!((a.net + b.net, a.tax + b.tax), (0, 0));
        prop_assert_eq!(a.cost.map(|c| -c), b.cost);
    }

    #[test]
    fn net_is_the_exact_product_within_half_a_minor_unit(l in any_line()) {
        let s = line(&l).unwrap();
        let exact = i128::from(l.quantity) * i128::from(l.unit_price);
        let off = (i128::from(s.net) + i128::from(l.discount)) * 1_000 - exact;
        prop_assert!(off.abs() <= 500);
    }

    #[test]
    fn the_parts_of_a_line_are_its_amounts_exactly(l in any_line(), cuts in proptest::collection::vec(1_u32..1_000, 1..8)) {
        let s = line(&l).unwrap();
        let whole = l.quantity.abs();
        let (mut gone, mut net, mut tax) = (0, 0, 0);
        for (i, cut) in cuts.iter().enumerate() {
            let rest = whole - gone;
            let last = i + 1 == cuts.len();
            let quantity = if last { rest } else { (rest * i64::from(*cut) / 1_000).max(0) };
            let of = |all: i64, done: i64| zhike_kernel::line::part(all, whole, gone, done, quantity).unwrap();
            let (n, t) = (of(s.net.abs(), net), of(s.tax.abs(), tax));
            prop_assert!(n.abs() <= s.net.abs() + 4 && t.abs() <= s.tax.abs() + 4);
            (gone, net, tax) = (gone + quantity, net + n, tax + t);
        }
        prop_assert_eq!((gone, net, tax), (whole, s.net.abs(), s.tax.abs()));
    }
}
