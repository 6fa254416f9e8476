//! What pages say of conditions, and that what they say is what they mean; a page that is not there keeps the menu.

use zhike_store::binds;
use zhike_testkit::TestApp;

#[tokio::test]
async fn long_ago_or_never_is_said_and_meant() {
    let app = TestApp::boot().await;
    let today = app.ctx().today();
    let back = |days: i64| today.checked_sub(jiff::Span::new().days(days)).unwrap().to_string();
    for (name, last) in [
        ("Ago", Some(back(200))),
        ("Edge", Some(back(180))),
        ("Fresh", Some(back(20))),
        ("Never", None),
    ] {
        let party = app.make("party", &[("name", name.into())]).await;
        if let Some(day) = last {
            let tx = app.ctx().begin().await.unwrap();
            let sql = "INSERT INTO insight_customer (party_id, revenue, orders, last_order_on, rhythm_days) VALUES ($1, 123400, 9, $2, 30)";
            tx.exec(sql, binds![party, day]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    let (en, zh) = (app.login("admin").await, app.login_zh("admin").await);
    let page = "/parties?f=last_order_on:le:today-180";
    let list = en.get(page).await.expect(200).body;
    for (name, shown) in [("Ago", true), ("Edge", true), ("Fresh", false), ("Never", true)] {
        assert_eq!(list.contains(&format!(">{name}<")), shown, "{name}: {list}");
    }
    assert!(list.contains("at least 180 days ago, or never"), "{list}");
    assert!(zh.get(page).await.expect(200).body.contains("已满 180 天，或从未有过"));
    let within = en.get("/parties?f=last_order_on:ge:today-180").await.expect(200).body;
    assert!(within.contains("within the last 180 days"), "{within}");
    assert!(
        within.contains(">Fresh<") && within.contains(">Edge<") && !within.contains(">Never<"),
        "{within}"
    );
    // A day that nothing says of “never” is compared as it stands.
    let days = en.get("/orders?f=ordered_on:le:today-180").await.expect(200).body;
    assert!(
        days.contains("at least 180 days ago") && !days.contains("or never"),
        "{days}"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_amount_in_a_condition_has_its_currency() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let page = admin.get("/parties?f=credit_limit:ge:500000").await.expect(200);
    assert!(page.body.contains("500,000.00"), "{}", page.body);
    app.stop().await;
}

#[tokio::test]
async fn a_page_that_is_not_there_keeps_the_menu() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    for path in ["/nothing-here", "/parties/999999"] {
        let page = admin.get(path).await.expect(404);
        assert!(
            page.body.contains("side-nav") && page.body.contains("404"),
            "{}",
            page.body
        );
        assert_eq!(page.body.matches("<h1").count(), 1, "{}", page.body);
    }
    let program = admin.get("/api/v1/nothing-here").await.expect(404);
    assert!(!program.body.contains("side-nav"));
    app.stop().await;
}
