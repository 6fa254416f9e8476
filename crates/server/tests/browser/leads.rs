//! A visitor fills a form on a phone; a manager sees the lead and makes it a customer with contact and deal, and takes
//! that back.

use zhike_kernel::Value;
use zhike_store::Query;
use zhike_testkit::{TestApp, browser::Browser};

#[tokio::test]
async fn from_the_form_to_the_deal() {
    let app = TestApp::boot().await;
    let pipeline = app.make("pipeline", &[("name", "直销".into())]).await;
    for (name, kind) in [("需求", "open"), ("赢单", "won"), ("输单", "lost")] {
        app.make(
            "stage",
            &[
                ("name", name.into()),
                ("pipeline_id", pipeline.into()),
                ("kind", kind.into()),
            ],
        )
        .await;
    }
    let id = app
        .make(
            "lead_form",
            &[
                ("name", Value::from("官网咨询")),
                ("title", "咨询选型".into()),
                ("asks", "name company phone email message".into()),
                ("needs", "name phone".into()),
                ("thanks", "谢谢，我们马上联系您".into()),
            ],
        )
        .await;
    let sql = format!("SELECT token FROM sales_lead_form WHERE id = {id}");
    let token = app
        .app
        .house
        .db
        .one(&sql, vec![])
        .await
        .unwrap()
        .unwrap()
        .text(0)
        .unwrap();

    // The visitor, on a phone.
    let phone = Browser::open(&app.url, 390, 844, "zh-CN").await;
    phone.goto(&format!("/f/{token}")).await;
    assert!(phone.text("main").await.contains("咨询选型"));
    phone.assert_fits().await;
    app.advance_seconds(10);
    phone.fill("[name=name]", "李伟").await;
    phone.fill("[name=company]", "青禾乳业").await;
    phone.fill("[name=phone]", "13900010001").await;
    phone.fill("[name=message]", "十二台电磁流量计").await;
    phone.click("main button[type=submit]").await;
    phone.wait("[role=status]").await;
    assert!(phone.text("main").await.contains("谢谢，我们马上联系您"));
    let cookies = phone.client.get_all_cookies().await.unwrap();
    assert!(cookies.is_empty(), "{cookies:?}");
    phone.close().await;

    // The manager.
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    b.goto("/leads").await;
    assert!(b.text("main").await.contains("青禾乳业"));
    b.goto("/leads/1").await;
    let page = b.text("main").await;
    assert!(page.contains("李伟") && page.contains("没有负责人"), "{page}");
    b.click("a[href='/leads/1/convert']").await;
    b.wait("input[name=party][value=new]").await;
    b.click("form[action='/leads/1/convert'] button[type=submit]").await;
    b.until("return location.pathname.startsWith('/deals/')").await;
    let deal = b.path().await;
    assert!(b.text("main").await.contains("青禾乳业"));
    b.goto(&format!("{deal}/people")).await;
    assert!(b.text("main").await.contains("李伟"));
    b.goto("/leads/1").await;
    assert!(b.text("main").await.contains("已转化"));

    // Taken back.
    b.click("[data-open=lead-undo]").await;
    b.click("#lead-undo button[type=submit]").await;
    b.until("return !document.querySelector('[data-open=lead-undo]') && !!document.querySelector(\"a[href='/leads/1/convert']\")")
        .await;
    let left = app
        .app
        .house
        .db
        .number("SELECT count(*) FROM party_party", vec![])
        .await
        .unwrap();
    assert_eq!(left, 0);
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    app.stop().await;
}
