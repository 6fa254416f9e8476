//! Funnel, whale curve and rating agreement as the browser shows them, against figures computed here from what was put in.

use crate::house::{self, BY_HAND, House, INVOICES, LINE, ORDER, percent, short};
use zhike_testkit::browser::Browser;

fn days(from: &str, to: &str) -> i64 {
    let day = |t: &str| t.parse::<jiff::civil::Date>().unwrap();
    i64::from((day(to) - day(from)).get_days())
}

/// What each customer left over the twelve months.
pub fn profits() -> Vec<i64> {
    let mut profit = vec![0_i64; 12];
    for o in house::orders().iter().filter(|o| house::counts(o)) {
        let p = &mut profit[o.customer];
        *p -= o.freight + if o.back { 0 } else { ORDER };
        for (pieces, price, discount, cost) in &o.lines {
            let net = pieces * price - discount;
            // Of what has no known cost, 30 % are assumed to stay.
            *p += net - cost.map_or(net * 7 / 10, |c| pieces * c) - LINE;
        }
    }
    for (customer, money_days) in late() {
        profit[customer] -= (money_days as f64 * 0.065 / 365.0).round() as i64;
    }
    profit
}

/// Amounts × days late, of what fell due in the twelve months.
fn late() -> Vec<(usize, i64)> {
    let mut sums = vec![];
    for (customer, _, due, total, paid) in INVOICES.iter().filter(|i| i.2 <= "2026-06-30") {
        let (on, amount) = paid.unwrap_or(("2026-06-30", 0));
        sums.push((
            *customer,
            amount * days(due, on) + (total - amount) * days(due, "2026-06-30"),
        ));
    }
    let all = |c: usize| sums.iter().filter(|s| s.0 == c).map(|s| s.1).sum();
    vec![(2, all(2)), (4, all(4))]
}

/// What a table of stages must say, and the sums beside it.
struct Funnel {
    stages: Vec<Vec<String>>,
    counts: Vec<String>,
    conversion: Vec<String>,
    figures: Vec<[String; 2]>,
}

/// Half of them had left after so many days (Kaplan and Meier): stays that ended, and stays that go on.
fn median(stays: &[(i64, bool)]) -> Option<i64> {
    let mut left = 1.0;
    for day in 0..=400 {
        let there = stays.iter().filter(|s| s.0 >= day).count();
        let gone = stays.iter().filter(|s| s.0 == day && s.1).count();
        if gone > 0 {
            left *= 1.0 - gone as f64 / there as f64;
        }
        if left < 0.5 + 1e-9 {
            return Some(day);
        }
    }
    None
}

fn funnel(zh: bool) -> Funnel {
    let deals: Vec<_> = house::deals()
        .into_iter()
        .filter(|d| d.entered.as_str() >= "2026-04-02")
        .collect();
    let names = if zh {
        ["需求", "报价", "谈判"]
    } else {
        ["Needs", "Proposal", "Negotiation"]
    };
    let end = |d: &house::Deal| d.path.last().map_or(0, |p| p.0);
    // The last open stage it stood in; who won went through all.
    let far = |d: &house::Deal| {
        if end(d) == 3 {
            2
        } else {
            d.path.iter().map(|p| p.0).filter(|s| *s < 3).max().unwrap_or(0)
        }
    };
    let lost_all = deals.iter().filter(|d| end(d) == 4).count();
    let (mut stages, mut counts, mut conversion) = (vec![], vec![], vec![]);
    for (s, name) in names.iter().enumerate() {
        let there: Vec<_> = deals.iter().filter(|d| far(d) >= s).collect();
        let lost = there.iter().filter(|d| end(d) == 4 && far(d) == s).count();
        let still = there.iter().filter(|d| end(d) == s).count();
        let on = there.len() - lost - still;
        let stays: Vec<(i64, bool)> = there
            .iter()
            .map(|d| {
                let came = if s == 0 {
                    Some(&d.entered)
                } else {
                    d.path.iter().find(|p| p.0 == s).map(|p| &p.1)
                };
                // Jumped over: no time at all.
                let Some(came) = came else { return (0, true) };
                match d.path.iter().find(|p| p.0 > s) {
                    Some((_, went)) => (days(came, went), true),
                    None => (days(came, "2026-06-30"), false),
                }
            })
            .collect();
        let dash = || "—".to_owned();
        let number = |n: usize| n.to_string();
        let rate = on as f64 / (on + lost) as f64;
        stages.push(vec![
            (*name).to_owned(),
            number(there.len()),
            number(still),
            number(on),
            number(lost),
            "0".to_owned(),
            percent(rate, 1),
            median(&stays).map_or_else(dash, |d| d.to_string()),
            percent(lost as f64 / lost_all as f64, 1),
        ]);
        counts.push(number(there.len()));
        conversion.push(percent(rate, 0));
    }
    let won: Vec<_> = deals.iter().filter(|d| end(d) == 3).collect();
    let open: Vec<_> = deals.iter().filter(|d| end(d) < 3).collect();
    counts.push(won.len().to_string());
    let worth: i64 = won.iter().map(|d| d.amount).sum();
    let cycle: i64 = won.iter().map(|d| days(&d.entered, &d.path.last().unwrap().1)).sum();
    let (n, cycle) = (won.len() as f64, cycle as f64 / won.len() as f64);
    let rate = n / (n + lost_all as f64);
    let average = worth as f64 / n;
    let word = |z: &str, e: &str| if zh { z.to_owned() } else { e.to_owned() };
    let figures = vec![
        [word("进入", "Entered"), deals.len().to_string()],
        [word("在谈", "Open"), open.len().to_string()],
        [word("赢单", "Won"), won.len().to_string()],
        [word("输单", "Lost"), lost_all.to_string()],
        [word("成交率", "Win rate"), percent(rate, 1)],
        [
            word("平均成交额", "Average won deal"),
            short(average.round() as i64, zh),
        ],
        [word("成交周期（天）", "Cycle, days"), format!("{cycle:.1}")],
        [
            word("漏斗速度（每天）", "Velocity per day"),
            short((open.len() as f64 * rate * average / cycle).round() as i64, zh),
        ],
    ];
    Funnel {
        stages,
        counts,
        conversion,
        figures,
    }
}

/// Label and value of each key figure.
pub async fn figures(b: &Browser, css: &str) -> Vec<[String; 2]> {
    let js = format!(
        "return [...document.querySelectorAll('{css} .kpi')].map(k => [k.querySelector('dt').innerText.trim(), k.querySelector('.v').innerText.trim()])"
    );
    serde_json::from_value(b.script(&js).await).unwrap()
}

async fn texts(b: &Browser, css: &str) -> Vec<String> {
    let js = format!("return [...document.querySelectorAll('{css}')].map(e => e.innerText.trim())");
    serde_json::from_value(b.script(&js).await).unwrap()
}

async fn sees_the_funnel(b: &Browser, zh: bool) {
    let expected = funnel(zh);
    b.goto("/deals/funnel?period=90").await;
    let rows = b.rows(".page table").await;
    assert_eq!(rows[1..], expected.stages, "stages, zh: {zh}");
    assert_eq!(texts(b, ".fcol .fn").await, expected.counts);
    assert_eq!(texts(b, ".fcol .cv").await, expected.conversion);
    let seen = figures(b, ".page").await;
    for figure in &expected.figures {
        assert!(seen.contains(figure), "{figure:?} in {seen:?}");
    }
    // The deals behind a number are as many as the number says.
    b.click(".page table tbody tr:nth-child(2) td:nth-child(5) a").await;
    b.until("return location.pathname === '/deals/funnel/deals'").await;
    let listed = b
        .script("return document.querySelectorAll('main table tbody tr').length")
        .await;
    assert_eq!(listed.to_string(), expected.stages[1][4]);
}

async fn sees_the_whale(b: &Browser, zh: bool) {
    let profits = profits();
    let mut sorted = profits.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let total: i64 = sorted.iter().sum();
    // The best 20 % of twelve are three, the last 30 % four.
    let (top, middle, bottom): (i64, i64, i64) = (
        sorted[..3].iter().sum(),
        sorted[3..8].iter().sum(),
        sorted[8..].iter().sum(),
    );
    let running: Vec<i64> = sorted
        .iter()
        .scan(0, |sum, p| {
            *sum += p;
            Some(*sum)
        })
        .collect();
    let peak = *running.iter().max().unwrap();
    let losers = sorted.iter().filter(|p| **p < 0).count();
    let reach = running.iter().position(|sum| *sum * 10 >= total * 8).unwrap() + 1;
    assert!(
        bottom < 0 && losers >= 2 && peak > total,
        "a curve worth looking at: {sorted:?}"
    );
    let share = |part: i64| percent(part as f64 / total as f64, 0);

    b.goto("/value").await;
    b.wait("[data-chart=whale] svg").await;
    let card = b.text(".g-value .card").await;
    let all = format!(
        "{card} {}",
        b.script("return document.querySelector('[data-chart=whale]').ariaLabel")
            .await
    );
    let words = if zh {
        vec![
            format!("12 家 · 净利润 {}", short(total, zh)),
            format!("的客户（3 家）带来 {}，占利润 {}", short(top, zh), share(top)),
            format!("在中间（5 家），带来 {}", short(middle, zh)),
            format!(
                "（4 家）亏掉 {}，抵消前 20% 的 {}",
                short(-bottom, zh),
                percent(-bottom as f64 / top as f64, 0)
            ),
            format!("{losers} 家客户成本高于收入"),
            format!("{reach} 家（{}）创造了 80% 的利润", percent(reach as f64 / 12.0, 1)),
            format!("达到峰值 {}", share(peak)),
        ]
    } else {
        vec![
            format!("12 customers · net {}", short(total, zh)),
            format!(
                "of customers (3) bring {}, {} of the profit",
                short(top, zh),
                share(top)
            ),
            format!(
                "(4) lose {}: {} of what the best made",
                short(-bottom, zh),
                percent(-bottom as f64 / top as f64, 0)
            ),
            format!("{losers} customers cost more than they bring"),
            format!(
                "{reach} customers ({}) make 80% of the profit",
                percent(reach as f64 / 12.0, 1)
            ),
            format!("the peak of {}", share(peak)),
        ]
    };
    for said in words {
        assert!(all.contains(&said), "{said} in {all}");
    }
    // Every point that is drawn.
    let drawn =
        "return echarts.getInstanceByDom(document.querySelector('[data-chart=whale]')).getOption().series[0].data";
    let data = b.script(drawn).await;
    let points: Vec<[f64; 2]> = serde_json::from_value(data).unwrap();
    assert_eq!(points.len(), 13);
    for (i, point) in points.iter().enumerate() {
        let sum = if i == 0 { 0 } else { running[i - 1] };
        let expected = [i as f64 / 12.0 * 100.0, sum as f64 / total as f64 * 100.0];
        assert!(
            (point[0] - expected[0]).abs() < 1e-6 && (point[1] - expected[1]).abs() < 1e-6,
            "{point:?} {expected:?}"
        );
    }
    // The list behind the curve: every customer's profit, in order.
    b.goto("/value/customers?part=all").await;
    let rows = b.rows(".page table").await;
    let mut ranked: Vec<(i64, usize)> = profits.iter().copied().zip(0..).collect();
    ranked.sort_by_key(|(profit, customer)| (-profit, *customer));
    assert_eq!(rows.len(), 13);
    for (row, (profit, customer)) in rows[1..].iter().zip(ranked) {
        assert!(named(&row[1], customer), "{row:?}");
        assert_eq!(row[4], short(profit, zh), "{row:?}");
    }
}

/// Does a cell name this customer, in its own letters or in Latin ones?
pub fn named(cell: &str, customer: usize) -> bool {
    cell.contains(house::CUSTOMERS[customer].0) || cell.contains(house::CUSTOMERS[customer].1)
}

async fn sees_the_agreement(b: &Browser, zh: bool) {
    // The automatic grades as the list shows them, beside what people said.
    b.goto("/value/customers?part=all").await;
    let rows = b.rows(".page table").await;
    let place = |g: &str| ["A", "B", "C", "D"].iter().position(|l| *l == g).unwrap();
    let mut table = [[0_i64; 4]; 4];
    for (customer, hand) in BY_HAND.iter().enumerate() {
        let row = rows[1..].iter().find(|r| named(&r[1], customer)).unwrap();
        table[place(&row[3])][place(hand)] += 1;
    }
    let n = BY_HAND.len() as f64;
    let (mut seen, mut chance, mut same, mut near) = (0.0, 0.0, 0, 0);
    for i in 0..4 {
        for j in 0..4 {
            let apart = usize::abs_diff(i, j);
            let weight = (apart * apart) as f64;
            let (row, column): (i64, i64) = (table[i].iter().sum(), table.iter().map(|r| r[j]).sum());
            seen += weight * table[i][j] as f64;
            chance += weight * (row * column) as f64 / n;
            same += if apart == 0 { table[i][j] } else { 0 };
            near += if apart <= 1 { table[i][j] } else { 0 };
        }
    }
    assert!(
        same > 0 && same < 10,
        "they agree on some and differ on others: {table:?}"
    );
    let kappa = format!("{:.2}", 1.0 - seen / chance).replace('-', "−");
    let matrix: Vec<Vec<String>> = table
        .iter()
        .map(|r| r.iter().map(ToString::to_string).collect())
        .collect();
    for path in ["/value", "/value/disagreements", "/proof"] {
        b.goto(path).await;
        let conf = b.rows("table.conf").await;
        let inner: Vec<Vec<String>> = conf[1..].iter().map(|r| r[1..].to_vec()).collect();
        assert_eq!(inner, matrix, "{path}");
        let text = b.text("main").await;
        let (k, within) = if zh {
            ("加权 κ", "相差不超过一级")
        } else {
            ("weighted κ", "within one grade")
        };
        assert!(text.contains(&format!("{k} {kappa}")), "{kappa} on {path}: {text}");
        assert!(
            text.contains(&format!("{within} {}", percent(near as f64 / n, 1))),
            "{path}: {text}"
        );
    }
    b.goto("/value").await;
    let text = b.text("main").await;
    let agree = percent(same as f64 / n, 1);
    let (agree, differ) = if zh {
        (format!("{agree} 一致"), format!("{} 家不一致", 10 - same))
    } else {
        (format!("{agree} agree"), format!("{} disagree", 10 - same))
    };
    assert!(
        text.contains(&agree) && text.contains(&differ),
        "{agree}, {differ} in {text}"
    );
}

/// Starts the analysis by its button and waits for its result.
pub async fn analyse(house: &House, b: &Browser) {
    b.goto("/value").await;
    b.click("form[action='/value/refresh'] button").await;
    b.wait("#value-progress").await;
    assert!(house.app.run_jobs().await >= 1);
    b.wait("[data-chart=whale] svg").await;
}

#[tokio::test]
async fn the_figures_are_those_of_what_was_put_in() {
    let house = House::full().await;
    for language in ["zh-CN", "en"] {
        let b = Browser::open(&house.app.url, 1440, 900, language).await;
        let zh = language == "zh-CN";
        b.sign_in("admin").await;
        if zh {
            analyse(&house, &b).await;
        }
        sees_the_funnel(&b, zh).await;
        sees_the_whale(&b, zh).await;
        sees_the_agreement(&b, zh).await;
        crate::record::sees_the_customer(&b, house.customers[2], zh).await;
        assert_eq!(b.console_errors().await, Vec::<String>::new());
        b.close().await;
    }
    house.app.stop().await;
}
