//! Tests of the whale curve.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

/// Ten customers: two earn 100 and 60, five around nothing, three lose.
const TEN: [(i64, i64); 10] = [
    (1, -30),
    (2, 100),
    (3, 10),
    (4, 60),
    (5, 5),
    (6, 0),
    (7, 5),
    (8, -10),
    (9, 0),
    (10, -40),
];

#[test]
fn the_figures_of_ten_customers_by_hand() {
    let w = whale(&TEN, 50);
    assert_eq!((w.customers, w.loss_makers, w.total), (10, 3, 100));
    assert_eq!((w.peak.customers, w.peak.cumulative), (5, 180));
    assert_eq!(w.peak.profit_share, Some(1.8));
    assert_eq!(w.erosion, Some(0.8));
    assert_eq!(
        w.top,
        Part {
            customers: 2,
            amount: 160,
            share: Some(1.6)
        }
    );
    assert_eq!(
        w.middle,
        Part {
            customers: 5,
            amount: 20,
            share: Some(0.2)
        }
    );
    assert_eq!(
        w.bottom,
        Part {
            customers: 3,
            amount: -80,
            share: Some(-0.8)
        }
    );
    assert_eq!(w.offset, Some(0.5));
    assert_eq!(w.makes_80_percent, Some(1));
    assert_eq!(w.points.first().unwrap().cumulative, 0);
    assert_eq!(w.points.last().unwrap().profit_share, Some(1.0));
}

#[test]
fn without_profit_there_are_amounts_but_no_percentages() {
    let w = whale(&[(1, 10), (2, -30), (3, 5)], 20);
    assert_eq!(
        (w.total, w.peak.cumulative, w.erosion, w.makes_80_percent),
        (-15, 15, None, None)
    );
    assert!(w.points.iter().all(|p| p.profit_share.is_none()));
    assert_eq!(w.top.share, None);
    assert_eq!(whale(&[], 20).total, 0);
    assert_eq!(whale(&[(1, -5)], 20).peak.customers, 0);
    assert_eq!(whale(&[(1, -5)], 20).offset, None);
}

#[test]
fn ties_are_broken_by_id() {
    let order: Vec<i64> = Ranking::new(&[(9, 5), (3, 5), (7, 8)])
        .iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(order, [7, 3, 9]);
}

#[test]
fn nobody_without_profit_is_gold() {
    let tiers_of_ten = tiers(&TEN);
    assert_eq!(tiers_of_ten.iter().filter(|t| **t == Tier::Gold).count(), 2);
    assert_eq!(
        (tiers_of_ten[1], tiers_of_ten[9], tiers_of_ten[4]),
        (Tier::Gold, Tier::Low, Tier::Regular)
    );
    assert_eq!(tiers(&[(1, 0), (2, 0)]), [Tier::Regular, Tier::Low]);
    assert_eq!(tiers(&[(1, 7)]), [Tier::Gold]);
}

#[test]
fn moves_between_two_tierings() {
    let m = moves(
        &[(4, Tier::Low), (1, Tier::Gold), (2, Tier::Regular)],
        &[(1, Tier::Regular), (2, Tier::Regular), (3, Tier::Gold), (5, Tier::Gold)],
    );
    assert_eq!(
        m.moved,
        [Moved {
            id: 1,
            from: Tier::Gold,
            to: Tier::Regular
        }]
    );
    assert_eq!((m.joined, m.left, m.table[1][1], m.table[0][1]), (2, 1, 1, 1));
}

proptest! {
    #[test]
    fn parts_add_up_and_the_curve_ends_at_the_total(
        profits in prop::collection::vec(-1_000i64..1_000, 0..300),
        max_points in 0usize..60,
    ) {
        let list: Vec<_> = (0..).zip(profits.iter().copied()).collect();
        let w = whale(&list, max_points);
        prop_assert_eq!(w.total, profits.iter().sum::<i64>());
        prop_assert_eq!(w.points.last().unwrap().cumulative, w.total);
        prop_assert_eq!(w.top.amount + w.middle.amount + w.bottom.amount, w.total);
        prop_assert_eq!(w.top.customers + w.middle.customers + w.bottom.customers, profits.len());
        prop_assert!(w.points.len() <= max_points.max(8));
        prop_assert!(w.points.iter().all(|p| p.cumulative <= w.peak.cumulative));
        prop_assert!(w.points.windows(2).all(|p| p[0].customers < p[1].customers));
        prop_assert!(w.points.contains(&w.peak));
        prop_assert_eq!(w.peak.cumulative, profits.iter().filter(|p| **p > 0).sum::<i64>());
    }
}
