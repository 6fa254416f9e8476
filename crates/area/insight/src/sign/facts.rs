//! Facts about a customer on a day, and what came after it; pure. Nothing after the day is looked at for a fact.

use crate::life::Life;
use crate::model::float;

/// A fact: its word and where it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its word.
    pub name: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

const fn fact(name: &'static str, source: &'static str) -> Fact {
    Fact { name, source }
}

/// The facts, in the order of their places.
pub const FACTS: [Fact; 19] = [
    fact("orders_fewer", "orders"),
    fact("sales_halved", "orders"),
    fact("silent_long", "orders"),
    fact("new_customer", "orders"),
    fact("big_order", "orders"),
    fact("small_order", "orders"),
    fact("new_product", "orders"),
    fact("returned", "orders"),
    fact("discount_more", "orders"),
    fact("discount_gone", "orders"),
    fact("paid_late", "invoices"),
    fact("overdue", "invoices"),
    fact("complained", "service"),
    fact("complained_again", "service"),
    fact("called", "service"),
    fact("visited", "service"),
    fact("not_cared", "service"),
    fact("delivered_late", "deliveries"),
    fact("deal_lost", "deals"),
];

/// What is looked for afterwards, and within how many days.
pub const OUTCOMES: [(&str, i64); 3] = [("defection", 182), ("complaint", 91), ("purchase", 30)];

/// Days before the day in which a fact must have come to be.
pub const WINDOW: i64 = 91;
/// A customer is looked at whose last order lies so many days back at most.
pub const PLAY: i64 = 365;

/// What happened beside orders, service and invoices.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Days on which something was bought that this customer had never bought.
    pub firsts: Vec<i64>,
    /// Days on which a delivery came later than was required.
    pub late: Vec<i64>,
    /// Days on which a deal with the customer was lost.
    pub lost: Vec<i64>,
}

/// Which facts held on a day, and to whom the customer is alike: those who order as often and as lately; `None` for who is not in play.
pub fn facts(life: &Life, beside: &Beside, day: i64) -> Option<([bool; FACTS.len()], u8)> {
    let bought: Vec<(i64, i64)> = life.bought(day).map(|t| (t.day, t.sold)).collect();
    let (first, last) = (bought.first()?.0, *bought.last()?);
    let silence = day - last.0;
    if silence > PLAY {
        return None;
    }
    let count = |from: i64, to: i64| bought.iter().filter(|b| b.0 > day - from && b.0 <= day - to).count();
    let now = |d: i64| d > day - WINDOW && d <= day;
    // Sums over (day − from, day − to].
    let sum = |of: fn(&zhike_lake::behaviour::Traded) -> i64, from: i64, to: i64| -> i64 {
        let within = life.traded.iter().filter(|t| t.day > day - from && t.day <= day - to);
        within.map(of).sum()
    };
    let discount = |from: i64, to: i64| -> Option<f64> {
        let (sold, off) = (sum(|t| t.sold, from, to), sum(|t| t.discount, from, to));
        (sold + off > 0).then(|| float(off) / float(sold + off))
    };
    let (usual_off, new_off) = (discount(365, WINDOW), discount(WINDOW, 0));
    let cared = |of: fn(&zhike_lake::behaviour::Cared) -> i64, days: i64| -> i64 {
        let within = life.cared.iter().filter(|c| c.day > day - days && c.day <= day);
        within.map(of).sum()
    };
    let many = i64::try_from(bought.len()).unwrap_or(1);
    let rhythm = (many > 2).then(|| float(last.0 - first) / float(many - 1));
    // The last order against those before it, where there are enough to have a usual size.
    let before: Vec<i64> = bought.iter().rev().skip(1).map(|b| b.1).collect();
    let usual =
        (before.len() > 2).then(|| float(before.iter().sum()) / float(i64::try_from(before.len()).unwrap_or(1)));
    let sized = |most: &dyn Fn(f64, f64) -> bool| now(last.0) && usual.is_some_and(|u| most(float(last.1), u));
    let (sold_now, sold_then) = (sum(|t| t.sold, 182, 0), sum(|t| t.sold, 364, 182));
    let (orders_now, orders_then) = (count(WINDOW, 0), count(4 * WINDOW, WINDOW));
    let paid_late = |d: &zhike_lake::behaviour::Due| d.paid.is_some_and(|p| now(p) && p - d.day >= 15);
    let overdue = |d: &zhike_lake::behaviour::Due| day - d.day >= 15 && d.paid.is_none_or(|p| p > day);
    let held = [
        orders_then >= 3 && orders_now * 6 < orders_then,
        sold_then > 0 && 2 * sold_now < sold_then,
        rhythm.is_some_and(|r| float(silence) > 1.5 * r.max(1.0)),
        day - first <= 182,
        sized(&|a, u| a > 2.0 * u),
        sized(&|a, u| 2.0 * a < u),
        // The products of the very first day are no news.
        beside.firsts.iter().any(|d| now(*d) && *d > first),
        sum(|t| t.returned, WINDOW, 0) > 0,
        usual_off.zip(new_off).is_some_and(|(u, n)| n > u + 0.02),
        usual_off.zip(new_off).is_some_and(|(u, n)| u > 0.02 && n <= u / 2.0),
        life.dues.iter().any(paid_late),
        life.dues.iter().any(overdue),
        cared(|c| c.complaints, WINDOW) > 0,
        cared(|c| c.complaints, 365) > 1,
        cared(|c| c.calls, WINDOW) > 0,
        cared(|c| c.visits, WINDOW) > 0,
        cared(|c| c.calls + c.visits, 182) == 0,
        beside.late.iter().any(|d| now(*d)),
        beside.lost.iter().any(|d| now(*d)),
    ];
    let often = match count(365, 0) {
        0..=1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    Some((held, 2 * often + u8::from(now(last.0))))
}

/// Which outcomes came after a day, in the order of [`OUTCOMES`].
pub fn came(life: &Life, outcome: usize, day: i64) -> bool {
    let Some((name, ahead)) = OUTCOMES.get(outcome) else {
        return false;
    };
    match *name {
        "defection" => !life.buys(day, day + ahead),
        "complaint" => life
            .cared
            .iter()
            .any(|c| c.complaints > 0 && c.day > day && c.day <= day + ahead),
        _ => life.buys(day, day + ahead),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use zhike_lake::behaviour::{Cared, Due, Traded};

    fn traded(day: i64, sold: i64, discount: i64) -> Traded {
        Traded {
            party: 1,
            day,
            lines: 1,
            sold,
            discount,
            returned: 0,
        }
    }

    fn life() -> Life {
        Life {
            // Every thirty days with a tenth off; then one large one without.
            traded: (0..10)
                .map(|i| traded(400 + 30 * i, 9_000, 1_000))
                .chain([traded(950, 30_000, 0)])
                .collect(),
            cared: vec![Cared {
                party: 1,
                day: 940,
                complaints: 1,
                calls: 0,
                visits: 1,
            }],
            dues: vec![Due {
                party: 1,
                day: 900,
                paid: Some(960),
            }],
        }
    }

    fn names(held: [bool; FACTS.len()]) -> Vec<&'static str> {
        FACTS.iter().zip(held).filter(|f| f.1).map(|f| f.0.name).collect()
    }

    #[test]
    fn facts_are_those_of_a_hand_and_know_nothing_of_later() {
        let beside = Beside {
            firsts: vec![400, 950],
            late: vec![955],
            lost: vec![1_200],
        };
        let (held, stratum) = facts(&life(), &beside, 1_000).unwrap();
        // Of the last 365 days 640, 670 and 950 have orders, the last one lately.
        assert_eq!(stratum, 3);
        assert_eq!(
            names(held),
            [
                "big_order",
                "new_product",
                "discount_gone",
                "paid_late",
                "complained",
                "visited",
                "delivered_late"
            ]
        );
        // On day 950 the invoice of 900 was open, and not known to be paid.
        let (held, _) = facts(&life(), &beside, 950).unwrap();
        assert!(names(held).contains(&"overdue") && !names(held).contains(&"paid_late"));
        // What comes later changes nothing.
        let mut more = life();
        more.traded.push(traded(1_001, 1, 5_000));
        more.cared.push(Cared {
            party: 1,
            day: 1_002,
            complaints: 3,
            calls: 9,
            visits: 0,
        });
        assert_eq!(facts(&more, &beside, 1_000), facts(&life(), &beside, 1_000));
        assert_eq!(facts(&life(), &beside, 950 + PLAY + 1), None);
        assert_eq!(facts(&life(), &beside, 399), None);
    }

    #[test]
    fn a_customer_who_slows_down_shows_it() {
        let (held, _) = facts(&life(), &Beside::default(), 790).unwrap();
        let said = names(held);
        assert!(said.contains(&"silent_long") && said.contains(&"not_cared"), "{said:?}");
        assert!(!said.contains(&"new_customer"));
    }

    #[test]
    fn outcomes_come_after_the_day_only() {
        let life = life();
        assert!(came(&life, 0, 690) && !came(&life, 0, 669), "nothing from 670 to 950");
        assert!(!came(&life, 1, 940) && came(&life, 1, 900));
        assert!(came(&life, 2, 949) && !came(&life, 2, 950));
    }
}
