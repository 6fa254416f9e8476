//! Digital goods: released when the order is paid, and not before.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn send(api: &Client, method: &str, path: &str, body: Option<&Json>, status: u16) -> Json {
    api.api(method, path, body, &[]).await.expect(status).json()
}

async fn pay(app: &TestApp, party: i64, invoice: i64, amount: i64) {
    let p = app
        .make(
            "payment",
            &[
                ("party_id", party.into()),
                ("amount", amount.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    app.make(
        "allocation",
        &[
            ("payment_id", p.into()),
            ("invoice_id", invoice.into()),
            ("amount", amount.into()),
        ],
    )
    .await;
}

#[tokio::test]
async fn files_are_handed_out_when_everything_is_paid() {
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let admin = app.login("admin").await;
    let party = app.make("party", &[("name", "Acme".into())]).await;
    let digital = app
        .make(
            "product",
            &[
                ("sku", "E-1".into()),
                ("name", "手册".into()),
                ("name_latin", "Manual".into()),
                ("kind", "digital".into()),
            ],
        )
        .await;
    let goods = app
        .make("product", &[("sku", "F-80".into()), ("name", "Meter".into())])
        .await;
    for (product, name) in [(digital, "manual.txt"), (goods, "secret.txt")] {
        let sent = admin
            .upload(
                &format!("/attachments/product/{product}"),
                ("file", name, format!("contents of {name}").into_bytes()),
                &[],
            )
            .await;
        assert!(matches!(sent.status, 200 | 303), "{} {}", sent.status, sent.body);
    }
    let lines = json!([{"product_id": digital, "quantity": "1", "unit_price": "80.00", "tax_rate": "0"},
        {"product_id": goods, "quantity": "1", "unit_price": "20.00", "tax_rate": "0"}]);
    let order = send(
        &api,
        "POST",
        "/api/v1/orders",
        Some(&json!({"party_id": party, "ordered_on": "2026-06-01", "lines": lines})),
        201,
    )
    .await;
    let order = order["id"].as_i64().unwrap();
    let invoice = app
        .make(
            "invoice",
            &[
                ("party_id", party.into()),
                ("order_id", order.into()),
                ("issued_on", "2026-06-01".into()),
                ("total", 6_000.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    let other = app
        .make(
            "invoice",
            &[
                ("party_id", party.into()),
                ("issued_on", "2026-06-01".into()),
                ("total", 100.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    send(&api, "POST", &format!("/api/v1/invoices/{other}/downloads"), None, 409).await;
    let base = format!("/api/v1/invoices/{invoice}/downloads");
    let url = send(&api, "POST", &base, None, 201).await["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let files = app
        .ctx()
        .db()
        .all("SELECT id FROM attachment ORDER BY id", binds![])
        .await
        .unwrap();
    let (file, secret) = (files[0].int(0).unwrap(), files[1].int(0).unwrap());
    let customer = app.anonymous();
    // Before payment it says why not; so it does when only a part is paid, or a part is not even invoiced.
    assert!(
        customer
            .get(&url)
            .await
            .expect(200)
            .body
            .contains("Still open: ¥100.00")
    );
    customer.get(&format!("{url}/{file}")).await.expect(409);
    pay(&app, party, invoice, 6_000).await;
    let page = app.anonymous().get(&format!("{url}?lang=zh-CN")).await.expect(200);
    assert!(
        page.body.contains("付清后才能下载") && page.body.contains("40.00"),
        "{}",
        page.body
    );
    let rest = app
        .make(
            "invoice",
            &[
                ("party_id", party.into()),
                ("order_id", order.into()),
                ("issued_on", "2026-06-02".into()),
                ("total", 4_000.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    customer.get(&format!("{url}/{file}")).await.expect(409);
    pay(&app, party, rest, 4_000).await;
    // Paid: the file of the digital product, and no other.
    let page = customer.get(&url).await.expect(200);
    assert!(
        page.body.contains("manual.txt") && page.body.contains("Manual") && !page.body.contains("secret.txt"),
        "{}",
        page.body
    );
    let got = customer.get(&format!("{url}/{file}")).await.expect(200);
    assert_eq!(got.body, "contents of manual.txt");
    assert!(got.header("content-disposition").unwrap().starts_with("attachment"));
    customer.get(&format!("{url}/{file}")).await.expect(200);
    customer.get(&format!("{url}/{secret}")).await.expect(404);
    let seen = send(&api, "GET", &base, None, 200).await;
    assert_eq!(
        (seen["released"].as_bool(), seen["downloads"][0]["count"].as_i64()),
        (Some(true), Some(2)),
        "{seen}"
    );
    let card = admin.get(&format!("/invoices/{invoice}")).await.expect(200);
    assert!(card.body.contains("fetched 2 times"), "{}", card.body);
    // A token for paying opens no downloads, a link taken back neither.
    let pay_url = send(&api, "POST", &format!("/api/v1/invoices/{other}/pay-links"), None, 201).await["url"]
        .as_str()
        .unwrap()
        .to_owned();
    customer.get(&pay_url.replace("/pay/", "/get/")).await.expect(404);
    send(&api, "POST", &format!("{base}/revoke"), None, 200).await;
    assert!(customer.get(&url).await.expect(200).body.contains("taken back"));
    customer.get(&format!("{url}/{file}")).await.expect(409);
    app.stop().await;
}
