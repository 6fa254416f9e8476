//! A customer falls silent: the alarm is on the page, its task is the owner's, and the outcome is counted.

use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};

#[tokio::test]
async fn an_alarm_becomes_a_task_and_its_outcome_is_counted() {
    let app = TestApp::boot().await;
    let owner = app.user("mei", "administrator").await;
    let customer = [
        ("name", "青禾乳业".into()),
        ("roles", "customer".into()),
        ("owner_id", owner.into()),
    ];
    let party = app.make("party", &customer).await;
    // Every ten days until some weeks ago: too few customers for a model, enough orders for a rhythm of one's own.
    for n in 0..10_i64 {
        let back = jiff::Span::new().days(45 + 10 * n);
        let day = app.ctx().today().checked_sub(back).unwrap();
        let order = [
            ("party_id", party.into()),
            ("ordered_on", day.into()),
            ("kind", "sale".into()),
            ("status", "confirmed".into()),
            ("currency", "CNY".into()),
        ];
        let order = app.make("order", &order).await;
        let line = [
            ("order_id", order.into()),
            ("position", 1_i64.into()),
            ("quantity", 1_000_i64.into()),
            ("unit_price", 90_000_i64.into()),
        ];
        app.make("order_line", &line).await;
    }
    // The book goes on: somebody else orders today.
    let other = app.make("party", &[("name", "海棠印染".into())]).await;
    let today = [
        ("party_id", other.into()),
        ("ordered_on", app.ctx().today().into()),
        ("status", "confirmed".into()),
        ("currency", "CNY".into()),
    ];
    let order = app.make("order", &today).await;
    let line = [
        ("order_id", order.into()),
        ("position", 1_i64.into()),
        ("quantity", 1_000_i64.into()),
        ("unit_price", 90_000_i64.into()),
    ];
    app.make("order_line", &line).await;
    let api = app.token(owner, false).await;
    let asked = json!({"period": "12m"});
    api.api("POST", "/api/v1/value/refresh", Some(&asked), &[])
        .await
        .expect(202);
    while app.run_jobs().await > 0 {}

    let b = Browser::open(&app.url, 1440, 900, "en").await;
    b.sign_in("mei").await;
    b.goto("/value/alarms").await;
    let text = b.text("main").await;
    assert!(
        text.contains("青禾乳业") && text.contains("45 days, usual up to"),
        "{text}"
    );
    assert!(text.contains("none judged yet"), "{text}");
    b.assert_fits().await;
    b.click("a[href^='/tasks/']").await;
    b.until("return location.pathname.startsWith('/tasks/')").await;
    let task = b.text("main").await;
    assert!(task.contains("Silent customer") && task.contains("青禾乳业"), "{task}");

    b.goto("/value/alarms").await;
    b.click("form:has(input[value=won_back]) button").await;
    b.until("return document.querySelector('.kpis').innerText.includes('100%')")
        .await;
    let text = b.text("main").await;
    assert!(text.contains("No open alarm"), "{text}");
    let errors = b.console_errors().await;
    assert!(errors.is_empty(), "{errors:?}");
    b.close().await;
    app.stop().await;
}
