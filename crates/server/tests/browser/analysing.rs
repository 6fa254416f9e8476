//! An analyst builds an analysis from steps, runs it, plans it, and reads the figure that the orders give by hand.

use std::collections::BTreeMap;
use zhike_testkit::{TestApp, browser::Browser};

/// Orders as (customer, days ago, amount in cents); a little house of known sums.
const BOUGHT: [(usize, i64, i64); 7] = [
    (0, 10, 120_000),
    (0, 40, 80_050),
    (0, 70, 300_000),
    (1, 12, 55_555),
    (1, 41, 44_445),
    (2, 15, 999),
    (2, 200, 70_000),
];

async fn house(app: &TestApp, owner: i64) -> Vec<(String, i64)> {
    let mut parties = vec![];
    for name in ["青禾乳业", "海棠印染", "北岭化工"] {
        let values = [
            ("name", name.into()),
            ("roles", "customer".into()),
            ("owner_id", owner.into()),
        ];
        parties.push(app.make("party", &values).await);
    }
    let mut made = vec![];
    for (customer, back, amount) in BOUGHT {
        let day = app.ctx().today().checked_sub(jiff::Span::new().days(back)).unwrap();
        let order = [
            ("party_id", parties[customer].into()),
            ("ordered_on", day.into()),
            ("status", "confirmed".into()),
            ("currency", "CNY".into()),
        ];
        let order = app.make("order", &order).await;
        let line = [
            ("order_id", order.into()),
            ("position", 1_i64.into()),
            ("quantity", 1_000_i64.into()),
            ("unit_price", amount.into()),
        ];
        app.make("order_line", &line).await;
        made.push((day.strftime("%Y-%m").to_string(), amount));
    }
    made
}

#[tokio::test]
async fn an_analysis_is_built_from_steps_run_and_planned() {
    let app = TestApp::boot().await;
    let owner = app.user("mei", "administrator").await;
    let made = house(&app, owner).await;
    let ctx = app.ctx();
    zhike_insight::refresh::refresh(&ctx, &mut |_, _, _| {}).await.unwrap();
    // What the page must show: months with orders above 500, their net, by hand.
    let mut months: BTreeMap<String, i64> = BTreeMap::new();
    for (month, amount) in made.iter().filter(|m| m.1 > 50_000) {
        *months.entry(month.clone()).or_default() += amount;
    }

    let b = Browser::open(&app.url, 1440, 900, "en").await;
    b.sign_in("mei").await;
    b.goto("/analyses/new").await;
    b.fill("#f-name", "Large orders by month").await;
    b.click("main form button[type=submit]").await;
    b.until("return /^\\/analyses\\/\\d+$/.test(location.pathname)").await;
    let id: i64 = b.path().await.rsplit('/').next().unwrap().parse().unwrap();
    b.click("a[href$='?add=source']").await;
    b.click("#new-step button[type=submit]").await;
    b.wait("#step-0[data-step-kind=source]").await;
    b.goto(&format!("/analyses/{id}/steps?add=filter")).await;
    b.click("#new-step button[type=submit]").await;
    b.goto(&format!("/analyses/{id}/steps?open=1&field=net")).await;
    b.script("document.querySelector('#cond-op').value = 'ge'").await;
    b.fill("#cond-value", "500").await;
    b.click("form:has(#cond-value) button[type=submit]").await;
    b.until("return document.querySelector('#step-1')?.innerText.includes('500')")
        .await;
    b.goto(&format!("/analyses/{id}/steps?add=derive")).await;
    b.script("document.querySelector('#f-how').value = 'month'; document.querySelector('#f-a').value = 'ordered_on'")
        .await;
    b.click("#new-step button[type=submit]").await;
    b.wait("#step-2").await;
    b.goto(&format!("/analyses/{id}/steps?add=group")).await;
    b.click("input[name=by][value=month_ordered_on]").await;
    b.script("document.querySelector('#how-0').value = 'sum'; document.querySelector('#column-0').value = 'net'")
        .await;
    b.click("#new-step button[type=submit]").await;
    b.wait("#step-3").await;
    b.goto(&format!("/analyses/{id}/steps?add=sort")).await;
    b.script("document.querySelector('#by-0').value = 'month_ordered_on'; document.querySelector('#way-0').value = ''")
        .await;
    b.click("#new-step button[type=submit]").await;
    b.wait("#step-4").await;
    b.goto(&format!("/analyses/{id}/steps?add=chart")).await;
    b.script(
        "document.querySelector('#f-chart').value = 'bars'; document.querySelector('#f-x').value = 'month_ordered_on'",
    )
    .await;
    b.click("input[name=y][value=sum_net]").await;
    b.click("#new-step button[type=submit]").await;
    // Each step tells how many rows it leaves.
    b.wait("#steps[data-counted]").await;
    let counts = b
        .script("return [...document.querySelectorAll('[data-rows-after]')].map(e => +e.dataset.rowsAfter)")
        .await;
    let left = made.iter().filter(|m| m.1 > 50_000).count();
    let want = serde_json::json!([made.len(), left, left, months.len(), months.len(), months.len()]);
    assert_eq!(counts, want);
    b.assert_fits().await;
    b.shot("analysis-steps").await;

    b.click("form[action$='/run'] button").await;
    b.until("return location.pathname.endsWith('/result')").await;
    while app.run_jobs().await > 0 {}
    b.until("return !!document.querySelector('#result-rows table')").await;
    let rows = b.rows("#result-rows table").await;
    let yuan = |cents: i64| {
        let whole = (cents / 100).to_string();
        let grouped = whole
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|c| std::str::from_utf8(c).unwrap())
            .collect::<Vec<_>>()
            .join(",");
        format!("¥{grouped}.{:02}", cents % 100)
    };
    let shown: Vec<(String, String)> = rows.iter().skip(1).map(|r| (r[0].clone(), r[1].clone())).collect();
    let by_hand: Vec<(String, String)> = months.iter().map(|(m, n)| (m.clone(), yuan(*n))).collect();
    assert_eq!(shown, by_hand);
    b.wait(".chart[data-chart=bars] svg").await;
    b.shot("analysis-result").await;

    // Undo by keyboard is the toast's button; versions tell who changed what.
    b.goto(&format!("/analyses/{id}/steps")).await;
    b.click("#step-4 form:has(input[value=remove]) button").await;
    b.until("return !document.querySelector('#step-5')").await;
    b.click(".toast button").await;
    b.until("return !!document.querySelector('#step-5')").await;
    b.goto(&format!("/analyses/{id}/versions")).await;
    assert!(b.text("main").await.contains("mei"));

    // Planned: every week.
    b.goto(&format!("/analyses/{id}/edit")).await;
    b.script("document.querySelector('#f-repeat').value = 'weekly'").await;
    b.fill("#f-repeat_day", "1").await;
    b.fill("#f-repeat_at", "06:30").await;
    b.click("main form button[type=submit]").await;
    b.wait("#next-run").await;
    assert!(
        b.text("#next-run").await.contains("06:30"),
        "{}",
        b.text("#next-run").await
    );
    app.advance_seconds(7 * 24 * 3600);
    while app.run_jobs().await > 0 {}
    b.goto(&format!("/analyses/{id}/result")).await;
    let same = b.text("#difference").await;
    assert!(same.contains(&format!("{} the same", months.len())), "{same}");
    assert!(b.text("main").await.contains("by plan"));

    let errors = b.console_errors().await;
    assert!(errors.is_empty(), "{errors:?}");
    b.close().await;
    let phone = Browser::open(&app.url, 390, 844, "zh-CN").await;
    phone.sign_in("mei").await;
    for tab in ["steps?open=1", "steps?open=3", "result", "versions", "actions"] {
        phone.goto(&format!("/analyses/{id}/{tab}")).await;
        phone.assert_fits().await;
    }
    phone.close().await;
    app.stop().await;
}
