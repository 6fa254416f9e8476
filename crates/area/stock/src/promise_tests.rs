//! What a promise says in known cases, and what holds in all.

use super::*;
use proptest::prelude::*;

fn d(text: &str) -> Date {
    text.parse().unwrap()
}

fn need(line: i64, product: i64, quantity: i64) -> Need {
    Need {
        left: 0,
        line,
        product,
        quantity,
    }
}

fn codes(line: &LinePromise) -> Vec<&str> {
    line.reasons.iter().map(|r| r.code.as_str()).collect()
}

/// A Friday.
const TODAY: &str = "2026-11-20";

#[test]
fn stock_then_what_is_expected_then_the_lead_time() {
    let supply = Supply {
        stocked: true,
        free: 3_000,
        incoming: vec![(d("2026-12-01"), 4_000), (d("2026-11-10"), 1_000)],
        lead_days: Some(30),
        ..Supply::default()
    };
    let all = promise(
        d(TODAY),
        &[need(1, 7, 10_000)],
        &HashMap::new(),
        &BTreeMap::from([(7, supply)]),
    );
    let line = &all.lines[0];
    // What is late counts as today's.
    assert_eq!(
        line.parts
            .iter()
            .map(|p| (p.on.to_string(), p.quantity))
            .collect::<Vec<_>>(),
        [
            (TODAY.to_owned(), 4_000),
            ("2026-12-01".to_owned(), 4_000),
            ("2026-12-20".to_owned(), 2_000)
        ]
    );
    assert_eq!(all.on, Some(d("2026-12-20")));
    assert!(line.short && line.ready == 3_000);
    assert_eq!(
        codes(line),
        [
            "stock-why-free",
            "stock-why-incoming",
            "stock-why-incoming",
            "stock-why-lead"
        ]
    );
}

#[test]
fn who_waits_already_gets_what_is_expected_first() {
    let supply = Supply {
        stocked: true,
        waiting: 5_000,
        incoming: vec![(d("2026-12-01"), 4_000), (d("2026-12-08"), 4_000)],
        ..Supply::default()
    };
    let supplies = BTreeMap::from([(7, supply)]);
    let one = promise(d(TODAY), &[need(1, 7, 3_000)], &HashMap::new(), &supplies);
    assert_eq!(one.on, Some(d("2026-12-08")));
    let two = promise(d(TODAY), &[need(1, 7, 3_001)], &HashMap::new(), &supplies);
    assert_eq!(two.on, None);
    assert_eq!(codes(&two.lines[0]).last(), Some(&"stock-why-unknown"));
}

#[test]
fn what_is_made_waits_for_the_queue_and_works_on_working_days() {
    let supply = Supply {
        waiting: 3_000,
        capacity: Some(2_000),
        lead_days: Some(2),
        ..Supply::default()
    };
    let supplies = BTreeMap::from([(7, supply)]);
    let all = promise(
        d(TODAY),
        &[need(1, 7, 1_000), need(2, 7, 2_000)],
        &HashMap::new(),
        &supplies,
    );
    // Four pieces are two days from Friday: Tuesday; six are three: Wednesday. Two days on the way.
    assert_eq!(all.lines[0].on, Some(d("2026-11-26")));
    assert_eq!(all.lines[1].on, Some(d("2026-11-27")));
    assert!(!all.short());
}

#[test]
fn a_product_that_nobody_counts_does_not_hold_the_order_up() {
    let all = promise(d(TODAY), &[need(1, 7, 1_000)], &HashMap::new(), &BTreeMap::new());
    assert_eq!(all.on, Some(d(TODAY)));
    assert_eq!(codes(&all.lines[0]), ["stock-why-not-kept"]);
}

#[test]
fn working_days_pass_over_weekends() {
    let friday = d(TODAY);
    assert_eq!(working_days(friday, 0), Some(friday));
    assert_eq!(working_days(friday, 1), Some(d("2026-11-23")));
    assert_eq!(working_days(friday, 5), Some(d("2026-11-27")));
    assert_eq!(working_days(d("2026-11-21"), 5), Some(d("2026-11-27")));
    assert_eq!(working_days(d("2026-11-22"), 6), Some(d("2026-11-30")));
}

fn supply() -> impl Strategy<Value = Supply> {
    (
        any::<bool>(),
        -5_000_i64..20_000,
        0_i64..9_000,
        prop::collection::vec((-20_i64..60, 0_i64..9_000), 0..5),
        prop::option::of(0_i64..40),
        prop::option::of(0_i64..5_000),
    )
        .prop_map(|(stocked, free, waiting, incoming, lead_days, capacity)| Supply {
            stocked,
            free,
            waiting,
            incoming: incoming
                .into_iter()
                .map(|(n, q)| (days_later(d(TODAY), n).unwrap(), q))
                .collect(),
            lead_days,
            capacity,
            allow_negative: false,
        })
}

/// No date is later than any.
fn late(on: Option<Date>) -> Date {
    on.unwrap_or(Date::MAX)
}

proptest! {
    #[test]
    fn promises_hold(
        supplies in prop::collection::vec(supply(), 1..4),
        asked in prop::collection::vec((0_usize..4, 1_i64..15_000, 0_i64..4_000), 1..8),
        more in 1_i64..9_000,
    ) {
        let today = d(TODAY);
        let all: BTreeMap<i64, Supply> = (0..).zip(supplies).collect();
        let needs: Vec<Need> = (0..).zip(&asked).map(|(i, (p, q, _))| need(i, i64::try_from(*p).unwrap(), *q)).collect();
        let own: HashMap<i64, i64> = (0..).zip(&asked).map(|(i, (.., r))| (i, *r)).collect();
        let told = promise(today, &needs, &own, &all);
        for line in &told.lines {
            let sum: i64 = line.parts.iter().map(|p| p.quantity).sum();
            prop_assert_eq!(line.on.is_some(), sum == line.need.quantity);
            prop_assert!(sum <= line.need.quantity);
            prop_assert!(line.parts.iter().all(|p| p.on >= today && p.quantity > 0));
            prop_assert!(line.parts.windows(2).all(|w| w[0].on < w[1].on));
            prop_assert!(!line.reasons.is_empty());
        }
        prop_assert_eq!(late(told.on), told.lines.iter().map(|l| late(l.on)).max().unwrap());
        // Free stock is promised once.
        for (product, supply) in all.iter().filter(|s| s.1.stocked) {
            let beyond: i64 = told.lines.iter().filter(|l| l.need.product == *product)
                .map(|l| l.ready - own[&l.need.line].min(l.need.quantity)).sum();
            prop_assert!(beyond <= supply.free.max(0));
        }
        // More in stock is never later.
        let mut richer = all.clone();
        richer.values_mut().for_each(|s| s.free = s.free.max(0) + more);
        prop_assert!(late(promise(today, &needs, &own, &richer).on) <= late(told.on));
        // More in the queue before us is never earlier.
        let mut busier = all.clone();
        busier.values_mut().for_each(|s| s.waiting += more);
        prop_assert!(late(promise(today, &needs, &own, &busier).on) >= late(told.on));
    }
}
