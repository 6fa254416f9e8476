//! A shop is connected on its page, its order arrives by HTTP and is seen with its customer; a stranger writes from another site
//! and the message is seen in the inbox.

use axum::{Router, response::Html, routing::get};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};
use zhike_web::seal;

#[tokio::test]
async fn a_shop_is_connected_and_its_order_is_there() {
    let app = TestApp::boot().await;
    let b = Browser::open(&app.url, 1440, 900, "en").await;
    b.sign_in("admin").await;
    b.goto("/shops/new").await;
    b.fill("[name=name]", "Corner shop").await;
    b.click("main form button[type=submit].primary").await;
    b.until("return /^\\/shops\\/\\d+/.test(location.pathname)").await;
    let shop = b.path().await;
    assert!(b.text("main").await.contains("No secret yet"));
    // A secret is made, and shown this once.
    b.click("[data-open=shop-secret]").await;
    b.click("#shop-secret form:nth-of-type(2) button[type=submit]").await;
    let secret = b.text("#made-secret").await;
    b.goto(&shop).await;
    assert!(!b.text("body").await.contains(&secret));
    let hook = b.text("#shop-hook").await;
    b.shot("shop-empty").await;

    let body = json!({"id": 7, "number": "B7", "status": "processing", "currency": "CNY", "total": "113.00",
        "date_modified_gmt": "2026-06-01T08:00:00", "date_paid_gmt": "2026-06-01T08:00:00", "customer_id": 3,
        "billing": {"first_name": "佳宁", "last_name": "许", "email": "xu@mail.example", "city": "无锡"},
        "line_items": [{"id": 1, "name": "密封圈", "sku": "R-1", "quantity": 2, "subtotal": "100.00", "total": "100.00", "total_tax": "13.00"}]});
    let mac = BASE64.encode(seal::mac(secret.as_bytes(), &[body.to_string().as_bytes()]));
    let headers = [
        ("x-wc-webhook-signature", mac.as_str()),
        ("x-wc-webhook-topic", "order.created"),
        ("x-wc-webhook-delivery-id", "d1"),
    ];
    let path = hook.find("/api/").map_or("", |at| &hook[at..]).to_owned();
    app.anonymous()
        .api("POST", &path, Some(&body), &headers)
        .await
        .expect(200);
    app.run_jobs().await;
    b.goto(&shop).await;
    let seen = b.text("main").await;
    assert!(seen.contains("Taken in") && seen.contains("Works"), "{seen}");
    b.shot("shop-order").await;
    b.click("#shop-messages a[href^='/orders/']").await;
    b.until("return location.pathname.startsWith('/orders/')").await;
    let order = b.text("main").await;
    assert!(order.contains("许佳宁") && order.contains("113.00"), "{order}");
    b.click("main a[href^='/parties/']").await;
    b.until("return location.pathname.startsWith('/parties/')").await;
    assert!(b.text("main").await.contains("Corner shop"), "the shop is the source");
    b.close().await;

    let phone = Browser::open(&app.url, 390, 844, "zh-CN").await;
    phone.sign_in("admin").await;
    phone.goto(&shop).await;
    assert!(phone.text("main").await.contains("已接收"));
    phone.assert_fits().await;
    phone.shot("shop-phone").await;
    // In the bar there is room for icons only; in the dialog that they open there are words.
    phone.click("[data-open=shop-secret]").await;
    phone.wait("#shop-secret[open]").await;
    assert_eq!(phone.text("#shop-secret form button[type=submit]").await, "保存");
    phone.shot("shop-phone-secret").await;
    phone.close().await;
    app.stop().await;
}

#[tokio::test]
async fn a_stranger_writes_from_another_site() {
    let app = TestApp::boot().await;
    // Another site: its own address, a strict policy, and the line that is pasted there.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let body = json!({"name": "官网", "title": "给我们留言", "sites": site});
    let made = api
        .api("POST", "/api/v1/message-boxes", Some(&body), &[])
        .await
        .expect(201)
        .json();
    let token = made["token"].as_str().unwrap();
    let page = format!(
        "<!doctype html><html lang=zh-CN><title>Site</title><body><h1>Our pumps</h1>\
         <script async src=\"{}/embed/message.js\" data-box=\"{token}\" data-side=\"right\" data-label=\"留言\"></script></body></html>",
        app.url
    );
    let policy = format!("default-src 'none'; script-src {0}; frame-src {0}", app.url);
    let served = Router::new().route(
        "/",
        get(move || async move { ([("content-security-policy", policy)], Html(page)) }),
    );
    tokio::spawn(async move { axum::serve(listener, served).await });

    let b = Browser::open(&site, 1440, 900, "zh-CN").await;
    b.goto("/").await;
    b.click("body > button").await;
    b.until("return !!document.querySelector('iframe')").await;
    b.shot("box-on-site").await;
    let frame = b.client.find(fantoccini::Locator::Css("iframe")).await.unwrap();
    frame.enter_frame().await.unwrap();
    b.wait("[name=body]").await;
    app.advance_seconds(10);
    b.fill("[name=body]", "有现货吗？").await;
    b.fill("[name=name]", "吴琳").await;
    b.fill("[name=email]", "wu@example.com").await;
    b.click("#agreed").await;
    b.click("form button[type=submit]").await;
    b.wait("#thanks").await;
    b.client.enter_parent_frame().await.unwrap();
    b.shot("box-thanks").await;
    b.close().await;

    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    b.goto("/inbox").await;
    let seen = b.text("main").await;
    assert!(seen.contains("吴琳") && seen.contains("有现货吗"), "{seen}");
    b.goto(&format!("/message-boxes/{}", made["id"])).await;
    b.wait("#box-snippet").await;
    b.shot("box-record").await;
    b.close().await;
    app.stop().await;
}
