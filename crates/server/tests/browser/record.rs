//! One customer's page: receivables, orders and value against what was invoiced, paid and ordered.

use crate::figures::{figures, named, profits};
use crate::house::{self, INVOICES, full, percent, short};
use zhike_testkit::browser::Browser;

/// The third customer, who pays late.
const WHO: usize = 2;

/// What was asked for its orders: all of them, and those of the twelve months that are analysed.
fn asked() -> (Vec<(String, i64)>, Vec<(String, i64)>) {
    let of = |o: &house::Order| (o.on.clone(), o.lines.iter().map(|l| l.0 * l.1 - l.2).sum::<i64>());
    let all: Vec<house::Order> = house::orders().into_iter().filter(|o| o.customer == WHO).collect();
    (
        all.iter().map(of).collect(),
        all.iter().filter(|o| house::counts(o)).map(of).collect(),
    )
}

/// Looks at the head and three tabs.
pub async fn sees_the_customer(b: &Browser, id: i64, zh: bool) {
    let word = |z: &str, e: &str| if zh { z.to_owned() } else { e.to_owned() };
    let open = |i: &house::Invoice| i.3 - i.4.map_or(0, |p| p.1);
    let owed: Vec<(&str, i64)> = INVOICES.iter().filter(|i| i.0 == WHO).map(|i| (i.2, open(i))).collect();
    let receivable: i64 = owed.iter().map(|o| o.1).sum();
    let (all, year) = asked();
    let profit = profits()[WHO];
    let discounts: i64 = house::orders()
        .iter()
        .filter(|o| o.customer == WHO)
        .flat_map(|o| &o.lines)
        .map(|l| l.2)
        .sum();
    let net: i64 = year.iter().map(|o| o.1).sum();

    b.goto(&format!("/parties/{id}")).await;
    let head = figures(b, "main").await;
    let last = year.iter().map(|o| o.0.as_str()).max().unwrap();
    let last: jiff::civil::Date = last.parse().unwrap();
    let last = if zh {
        last.strftime("%m-%d").to_string()
    } else {
        format!("{} {}", last.day(), last.strftime("%b"))
    };
    for figure in [
        [word("收入", "Revenue"), short(net + discounts, zh)],
        [word("利润", "Profit"), short(profit, zh)],
        [word("应收余额", "Receivable"), short(receivable, zh)],
        [word("订单数", "Orders"), year.len().to_string()],
        [word("最近下单", "Last order"), last],
    ] {
        assert!(head.contains(&figure), "{figure:?} in {head:?}");
    }
    assert!(named(&b.text("h1").await, WHO));

    b.goto(&format!("/parties/{id}/money")).await;
    let late = |from: i32, to: i32| -> i64 {
        let today: jiff::civil::Date = "2026-06-30".parse().unwrap();
        let days = |due: &str| (today - due.parse::<jiff::civil::Date>().unwrap()).get_days();
        owed.iter()
            .filter(|o| (from..=to).contains(&days(o.0)))
            .map(|o| o.1)
            .sum()
    };
    let classes: Vec<String> = figures(b, "#panel").await.into_iter().map(|f| f[1].clone()).collect();
    let expected = [
        receivable,
        late(-999, 0),
        late(1, 30),
        late(31, 60),
        late(61, 90),
        late(91, 999),
    ];
    assert_eq!(classes, expected.map(|minor| short(minor, zh)), "by age");
    let text = b.text("#panel").await;
    for (_, amount) in &owed {
        assert!(
            text.contains(&full(*amount)) || text.contains(&short(*amount, zh)),
            "{amount} in {text}"
        );
    }

    b.goto(&format!("/parties/{id}/orders")).await;
    let twelve = figures(b, "#panel").await;
    let since: i64 = all.iter().filter(|o| o.0.as_str() >= "2025-07-01").map(|o| o.1).sum();
    assert_eq!(twelve[0][1], short(since, zh));
    let mut rows = b.rows("#panel table").await.split_off(1);
    rows.sort_by_key(|r| r.join(" "));
    assert_eq!(rows.len(), all.len());
    for (_, total) in &all {
        let shown = [full(*total), short(*total, zh)];
        assert!(
            rows.iter().flatten().any(|cell| shown.contains(cell)),
            "{shown:?} in {rows:?}"
        );
    }

    b.goto(&format!("/parties/{id}/value")).await;
    let value = figures(b, "#panel").await;
    assert_eq!(value[0], [word("利润", "Profit"), short(profit, zh)]);
    let mut sorted = profits();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let rank = sorted.iter().position(|p| *p == profit).unwrap() + 1;
    let text = b.text("#panel").await;
    assert!(
        text.contains(&rank.to_string()) && text.contains(house::BY_HAND[WHO]),
        "{text}"
    );
    let share = percent(profit as f64 / (net + discounts) as f64, 1);
    assert!(b.text("main").await.contains(&share), "{share}");
}
