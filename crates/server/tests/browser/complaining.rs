//! One complaint: entered, solved, told; the customer on a phone is not satisfied, then is; in both languages.

use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};

#[tokio::test]
async fn a_complaint_goes_round_until_the_customer_is_satisfied() {
    let app = TestApp::boot().await;
    let agent = app.user("mo", "service").await;
    let api = app.token(agent, false).await;
    let party = app.make("party", &[("name", "青禾乳业".into())]).await;

    // The agent enters it.
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("mo").await;
    b.goto(&format!("/cases/new?party_id={party}")).await;
    b.fill("input[name=subject]", "流量计读数漂移，批次停线").await;
    b.fill("textarea[name=description]", "三号线停了两个批次").await;
    b.click("form.stack.l button[type=submit]").await;
    b.until("return /^\\/cases\\/\\d+$/.test(location.pathname)").await;
    let case = b.path().await;
    assert!(b.text("main").await.contains("处理时限"));
    b.assert_fits().await;
    b.shot("case-entered-zh-1440").await;

    // Assigned, solved with a remedy within the authority, told by telephone.
    b.fill("textarea[name=form_facts]", "现场已看").await;
    b.click("form[action$='/act/complete'] button[type=submit]").await;
    b.wait("form[action$='/act/solution']").await;
    b.script("document.querySelector('select[name=cause_id]').selectedIndex = 1; return 1")
        .await;
    b.fill("textarea[name=solution]", "工程师今天上门重新标定。").await;
    b.click("input[name=remedy]").await;
    b.assert_fits().await;
    b.shot("case-solution-zh-1440").await;
    b.click("button[name=done][value='1']").await;
    b.wait("button[name=by][value=hand]").await;
    b.click("button[name=by][value=hand]").await;
    b.wait("form[action$='/act/link'] button").await;
    b.click("form[action$='/act/link'] button").await;
    b.wait("[data-case-link]").await;
    b.shot("case-told-zh-1440").await;
    let link = b
        .script("return document.querySelector('[data-case-link]').getAttribute('href')")
        .await;
    let link = link.as_str().unwrap().to_owned();
    assert_eq!(b.console_errors().await, Vec::<String>::new());

    // The customer, signed in nowhere, in Chinese on a phone: not satisfied.
    let c = Browser::open(&app.url, 390, 844, "zh-CN").await;
    c.goto(&link).await;
    assert!(c.text("main").await.contains("您对处理结果满意吗"));
    c.assert_fits().await;
    c.shot("case-public-zh-390").await;
    c.fill("textarea[name=words]", "第二天又漂了").await;
    c.click("button[value=unsatisfied]").await;
    c.until("return document.body.innerText.includes('正在优先重新处理')")
        .await;
    c.assert_fits().await;
    c.shot("case-public-wish-zh-390").await;
    assert_eq!(c.console_errors().await, Vec::<String>::new());
    c.close().await;

    // The second round, on the agent's phone in English.
    let p = Browser::open(&app.url, 390, 844, "en").await;
    p.sign_in("mo").await;
    p.goto(&case).await;
    assert!(p.text("main").await.contains("Round 2"));
    p.assert_fits().await;
    p.shot("case-round2-en-390").await;
    p.close().await;
    let id: i64 = case.rsplit('/').next().unwrap().parse().unwrap();
    let version = |api: &zhike_testkit::Client| {
        let (api, case) = (api.clone(), case.clone());
        async move { api.get(&format!("/api/v1{case}")).await.expect(200).json()["version"].clone() }
    };
    for (what, more) in [
        (
            "solution",
            json!({"cause_id": 1, "solution": "更换传感器。", "done": true}),
        ),
        ("tell", json!({"channel": "phone", "by_hand": true})),
    ] {
        let mut body = more;
        body["version"] = version(&api).await;
        api.api("POST", &format!("/api/v1/cases/{id}/act/{what}"), Some(&body), &[])
            .await
            .expect(200);
    }

    // The customer, in English: satisfied, with stars.
    let c = Browser::open(&app.url, 1440, 900, "en").await;
    c.goto(&format!("{link}?lang=en")).await;
    assert!(c.text("main").await.contains("Are you satisfied"));
    c.shot("case-public-en-1440").await;
    c.script("document.querySelectorAll('input[name=stars]')[4].checked = true; return 1")
        .await;
    c.click("button[value=satisfied]").await;
    c.until("return document.body.innerText.includes('You were satisfied')")
        .await;
    assert_eq!(c.console_errors().await, Vec::<String>::new());
    c.close().await;

    b.goto(&case).await;
    let text = b.text("main").await;
    assert!(
        text.contains("客户满意") && text.contains("第二天又漂了") && text.contains("第 1 轮"),
        "{text}"
    );
    b.shot("case-closed-zh-1440").await;
    for path in [
        "/processes/1",
        "/service/setup",
        "/service/report?kind=all",
        "/cases?view=closed",
    ] {
        b.goto(path).await;
        b.assert_fits().await;
    }
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    app.stop().await;
}
