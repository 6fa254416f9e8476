//! A customer in the portal: invited by the house, in with a password, sees what is theirs, asks, complains; on a phone and on a
//! desk, in both languages.

use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};

const PAGES: [&str; 8] = [
    "",
    "/messages",
    "/quotes",
    "/orders",
    "/invoices",
    "/cases",
    "/wishes",
    "/account",
];

#[tokio::test]
async fn a_customer_is_invited_and_finds_their_own() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let party = app.make("party", &[("name", "青禾乳业".into())]).await;
    let lines = json!([{"description": "流量计", "quantity": "2", "unit_price": "1200"}]);
    let order = json!({"party_id": party, "ordered_on": "2026-06-01", "status": "confirmed", "lines": lines});
    api.api("POST", "/api/v1/orders", Some(&order), &[]).await.expect(201);
    let invoice = json!({"party_id": party, "issued_on": "2026-05-01", "due_on": "2026-06-01", "total": "2400"});
    api.api("POST", "/api/v1/invoices", Some(&invoice), &[])
        .await
        .expect(201);

    // The house invites from the customer's page; the link can be copied.
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("boss").await;
    b.goto(&format!("/parties/{party}")).await;
    b.click("a[href^='/portal-accounts/new']").await;
    b.fill("input[name=name]", "访客").await;
    b.fill("input[name=email]", "guest@example.com").await;
    b.click("form.stack.l button[type=submit]").await;
    b.wait("[data-copy^='/portal/enter/']").await;
    b.assert_fits().await;
    b.shot("portal-account-zh-1440").await;
    let link = b
        .script("return document.querySelector('[data-copy^=\"/portal/enter/\"]').dataset.copy")
        .await;
    let link = link.as_str().unwrap().to_owned();
    assert_eq!(b.console_errors().await, Vec::<String>::new());

    // The customer on a phone: in, and through all pages.
    let c = Browser::open(&app.url, 390, 844, "zh-CN").await;
    c.goto(&link).await;
    c.fill("input[name=password]", "屋檐下的雨声一直在响").await;
    c.assert_fits().await;
    c.shot("portal-welcome-zh-390").await;
    c.click("form button[type=submit].primary").await;
    c.until("return location.pathname === '/portal'").await;
    assert!(c.text("main").await.contains("1 张发票已逾期"));
    for (width, lang, word) in [(390, "zh-CN", "zh"), (1440, "en", "en")] {
        c.client.set_window_size(width, 844).await.unwrap();
        for page in PAGES {
            c.goto(&format!("/portal{page}?lang={lang}")).await;
            c.assert_fits().await;
            let name = if page.is_empty() { "home" } else { &page[1..] };
            c.shot(&format!("portal-{name}-{word}-{width}")).await;
        }
    }
    c.client.set_window_size(390, 844).await.unwrap();

    // A question, and its place in the house's inbox.
    c.goto("/portal/messages?lang=zh-CN").await;
    c.fill("input[name=subject]", "能否周四送货？").await;
    c.fill("textarea[name=body]", "周三盘点。").await;
    c.click("#write button[type=submit]").await;
    c.wait("a[href^='/portal/messages/']").await;
    b.goto("/inbox").await;
    b.until("return document.body.innerText.includes('能否周四送货')").await;

    // A complaint about an order of theirs.
    c.goto("/portal/complain").await;
    c.fill("input[name=subject]", "到货少了一台").await;
    c.fill("textarea[name=description]", "箱子里只有一台。").await;
    c.assert_fits().await;
    c.shot("portal-complain-zh-390").await;
    c.click("form.stack button[type=submit]").await;
    c.until("return location.pathname.startsWith('/c/')").await;
    assert!(c.text("main").await.contains("到货少了一台"));
    c.goto("/portal/cases").await;
    assert!(c.text("main").await.contains("已收到"));
    assert_eq!(c.console_errors().await, Vec::<String>::new());
    c.close().await;
    b.close().await;
    app.stop().await;
}
