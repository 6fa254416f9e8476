//! One quote: written by the salesperson, approved by the manager, accepted by the customer on a phone, made an order.

use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};

#[tokio::test]
async fn a_quote_goes_from_draft_over_approval_and_acceptance_to_an_order() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "manager").await;
    let rep = app.user("rep", "salesperson").await;
    let admin = app.user("root", "administrator").await;
    let api = app.token(admin, false).await;
    let party = app
        .make("party", &[("name", "青禾乳业".into()), ("owner_id", rep.into())])
        .await;
    let product = app
        .make(
            "product",
            &[
                ("sku", "F-80".into()),
                ("name", "流量计".into()),
                ("price", 10_000.into()),
                ("cost", 6_000.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    let condition = json!({"field": "discount_rate", "op": "gt", "values": [100_000]}).to_string();
    let body = json!({"name": "折扣", "subject": "quote", "condition": condition, "lines": [{"who": "persons", "persons": boss.to_string()}]});
    api.api("POST", "/api/v1/approval-flows", Some(&body), &[])
        .await
        .expect(201);
    let body = json!({"party_id": party, "owner_id": rep, "language": "zh", "lines": [{"product_id": product, "quantity": "2", "unit_price": "80"}]});
    let quote = api
        .api("POST", "/api/v1/quotes", Some(&body), &[])
        .await
        .expect(201)
        .json();
    let id = quote["id"].as_i64().unwrap();

    // The salesperson submits.
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("rep").await;
    b.goto(&format!("/quotes/{id}/lines")).await;
    assert!(b.text("#quote-lines").await.contains("160.00"));
    assert!(!b.text("main").await.contains("120.00"), "the cost is none of theirs");
    b.shot("quote-lines-zh-1440").await;
    b.click("form[action$='/do/submit'] button").await;
    b.until("return document.body.innerText.includes('审批中')").await;
    b.assert_fits().await;
    b.shot("quote-approval-zh-1440").await;
    b.close().await;

    // The manager approves, in English on a phone.
    let b = Browser::open(&app.url, 390, 844, "en").await;
    b.sign_in("boss").await;
    b.goto("/approvals").await;
    b.assert_fits().await;
    b.shot("approvals-en-390").await;
    b.click("table a.link").await;
    b.wait("button[value=approve]").await;
    assert!(b.text("main").await.contains("20.0%"), "the discount is shown");
    b.assert_fits().await;
    b.shot("approval-en-390").await;
    b.click("button[value=approve]").await;
    b.until("return document.body.innerText.includes('Approved')").await;
    b.close().await;

    // The salesperson makes the link.
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("rep").await;
    b.goto(&format!("/quotes/{id}")).await;
    b.click("form[action$='/do/send'] button").await;
    b.wait("[data-quote-link]").await;
    b.shot("quote-link-zh-1440").await;
    let link = b
        .script("return document.querySelector('[data-quote-link]').getAttribute('href')")
        .await;
    let link = link.as_str().unwrap().to_owned();

    // The customer, signed in nowhere, accepts on a phone.
    let c = Browser::open(&app.url, 390, 844, "zh-CN").await;
    c.goto(&link).await;
    assert!(c.text("main").await.contains("160.00"));
    c.assert_fits().await;
    c.shot("quote-public-zh-390").await;
    c.fill("input[name=name]", "王芳").await;
    c.click("button[value=accepted]").await;
    c.until("return document.body.innerText.includes('您已接受此报价')")
        .await;
    c.assert_fits().await;
    assert_eq!(c.console_errors().await, Vec::<String>::new());
    c.close().await;

    // One click makes the order.
    b.goto(&format!("/quotes/{id}")).await;
    assert!(b.text("main").await.contains("王芳"));
    b.shot("quote-accepted-zh-1440").await;
    b.click("form[action$='/do/order'] button").await;
    b.until("return location.pathname.startsWith('/orders/')").await;
    let order = b.path().await;
    b.goto(&format!("{order}/lines")).await;
    assert!(b.text("#order-lines").await.contains("160.00"));
    b.goto(&format!("/quotes/{id}")).await;
    assert!(
        b.script("return !document.querySelector(\"form[action$='/do/order']\")")
            .await
            .as_bool()
            .unwrap()
    );
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    app.stop().await;
}
