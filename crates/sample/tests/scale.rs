//! The load data: pure by index, exact in its number of lines, heavy-tailed, in both scripts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::HashSet;

use zhike_sample::{Scale, ScaleKind, extend, products, scale_order, scale_party, tax_on};

fn scale() -> Scale {
    Scale {
        parties: 10_000,
        orders: 20_000,
        lines_per_order: 4,
        ..Scale::default()
    }
}

#[test]
fn an_index_always_gives_the_same() {
    let s = scale();
    let forward: Vec<_> = (0..500).map(|i| (scale_party(&s, i), scale_order(&s, i))).collect();
    let backward: Vec<_> = (0..500)
        .rev()
        .map(|i| (scale_party(&s, i), scale_order(&s, i)))
        .collect();
    assert!(forward.iter().eq(backward.iter().rev()));
    let other = Scale { seed: 2, ..s };
    assert_ne!(scale_order(&other, 3), forward[3].1);
}

#[test]
fn lines_add_up_to_what_was_asked() {
    let s = scale();
    let products = products();
    let mut lines = 0;
    let mut last = None;
    for i in 0..s.orders {
        let o = scale_order(&s, i);
        lines += o.lines.len();
        assert!(!o.lines.is_empty());
        assert!(o.party < s.parties);
        assert_eq!(o.net_minor, o.lines.iter().map(|l| l.net_minor).sum::<i64>());
        assert_eq!(
            (o.tax_minor, o.total_minor),
            (tax_on(o.net_minor), o.net_minor + o.tax_minor)
        );
        for l in &o.lines {
            assert!(l.product < products.len());
            assert_eq!(l.net_minor, extend(l.quantity_milli, l.unit_price_minor));
        }
        assert!(last.is_none_or(|d| d <= o.ordered_on) && o.ordered_on <= s.as_of);
        assert!(o.delivered_on.is_none_or(|d| d > o.ordered_on && d <= s.as_of));
        last = Some(o.ordered_on);
    }
    assert_eq!(lines, 80_000);
    assert_eq!(last, Some(s.as_of));
}

#[test]
fn few_parties_buy_most() {
    let s = scale();
    let top = (0..s.orders)
        .filter(|i| scale_order(&s, *i).party < s.parties / 100)
        .count();
    assert!((18..=25).contains(&(top * 100 / 20_000)), "{top}");
}

#[test]
fn parties_are_six_three_one() {
    let s = scale();
    let all: Vec<_> = (0..s.parties).map(|i| scale_party(&s, i)).collect();
    let share = |kind| all.iter().filter(|p| p.kind == kind).count();
    assert!(share(ScaleKind::ChinesePerson).abs_diff(6_000) < 200);
    assert!(share(ScaleKind::ChineseCompany).abs_diff(3_000) < 200);
    assert!(share(ScaleKind::EnglishPerson).abs_diff(1_000) < 150);
    assert_eq!(all.iter().map(|p| &p.email).collect::<HashSet<_>>().len(), all.len());
    assert!(
        all.iter()
            .all(|p| p.name_latin.is_ascii() || p.name_latin.contains('’'))
    );
    let first = scale_order(&s, 0).ordered_on;
    assert!(all.iter().all(|p| p.created_on < first));
}
