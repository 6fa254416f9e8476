//! Instalments of invoices, and invoices made of the payment plans of contracts.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn admin(app: &TestApp) -> Client {
    let user = app.user("second", "administrator").await;
    app.token(user, false).await
}

async fn invoice(app: &TestApp, party: i64, total: i64) -> i64 {
    let values: Vec<(&str, Value)> = vec![
        ("party_id", party.into()),
        ("issued_on", "2026-03-01".into()),
        ("due_on", "2026-03-31".into()),
        ("total", total.into()),
    ];
    app.make("invoice", &values).await
}

async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let reply = api.api(method, path, Some(&body), &[]).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or(Json::Null))
}

#[tokio::test]
async fn instalments_are_late_each_by_its_own_day() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;
    let bill = invoice(&app, acme, 10_000).await;
    let path = format!("/api/v1/invoices/{bill}/instalments");
    let rows = |rows: &[(&str, &str)]| {
        let rows: Vec<Json> = rows.iter().map(|(d, a)| json!({"due_on": d, "amount": a})).collect();
        json!({ "instalments": rows, "version": 1 })
    };
    // 2026-06-30 is today: one 61–90 days late, one due today, one ahead.
    let good = [("2026-04-20", "40"), ("2026-06-30", "30"), ("2026-07-31", "30")];
    for (bad, code) in [
        (
            rows(&[("2026-04-20", "40"), ("2026-06-30", "59.99")]),
            "error-instalment-sum",
        ),
        (
            rows(&[("2026-06-30", "40"), ("2026-04-20", "60")]),
            "error-instalment-order",
        ),
        (
            rows(&[("2026-02-28", "40"), ("2026-04-20", "60")]),
            "error-instalment-order",
        ),
        (
            rows(&[("2026-04-20", "x"), ("2026-06-30", "60")]),
            "error-instalment-amount",
        ),
        (rows(&[("soon", "40"), ("2026-06-30", "60")]), "error-instalment-day"),
    ] {
        let (status, body) = send(&api, "PUT", &path, bad).await;
        assert_eq!((status, body["code"].as_str()), (409, Some(code)));
    }
    let mut unread = rows(&good);
    unread.as_object_mut().unwrap().remove("version");
    assert_eq!(
        send(&api, "PUT", &path, unread).await.0,
        422,
        "nothing without the version that was read"
    );
    let (status, set) = send(&api, "PUT", &path, rows(&good)).await;
    assert_eq!(status, 200, "{set}");
    assert_eq!(set["due_on"], "2026-04-20");
    let age = async || {
        let seen = api.get("/api/v1/receivables/ageing").await.expect(200).json();
        [
            "not_due",
            "days_1_30",
            "days_31_60",
            "days_61_90",
            "days_over_90",
            "total",
        ]
        .map(|k| seen["customers"][0][k].as_str().unwrap_or("none").to_owned())
    };
    assert_eq!(age().await, ["60.00", "0.00", "0.00", "40.00", "0.00", "100.00"]);
    // A payment and a credit note settle the earliest first; the next due day moves on.
    let paid = app
        .make("payment", &[("party_id", acme.into()), ("amount", 3_500_i64.into())])
        .await;
    let (status, _) = send(
        &api,
        "POST",
        &format!("/api/v1/payments/{paid}/allocate"),
        json!({"invoice": bill}),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(age().await, ["60.00", "0.00", "0.00", "5.00", "0.00", "65.00"]);
    let note = json!({"invoice_id": bill, "amount": "15", "reason": "price"});
    assert_eq!(send(&api, "POST", "/api/v1/credit-notes", note).await.0, 201);
    assert_eq!(age().await, ["50.00", "0.00", "0.00", "0.00", "0.00", "50.00"]);
    let now = api.get(&path).await.expect(200).json();
    let open: Vec<&str> = now["instalments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["open"].as_str().unwrap())
        .collect();
    assert_eq!(open, ["0.00", "20.00", "30.00"]);
    assert_eq!(now["due_on"], "2026-06-30");
    let sql = "SELECT CAST(SUM(n.open) - MAX(i.open) AS BIGINT) FROM billing_instalment n JOIN billing_invoice i ON i.id = n.invoice_id WHERE i.id = $1";
    assert_eq!(app.ctx().db().number(sql, binds![bill]).await.unwrap(), 0);
    // The total and the due day belong to the instalments now.
    let record = api.get(&format!("/api/v1/invoices/{bill}")).await.expect(200).json();
    let version = format!("\"v{}\"", record["version"]);
    let change = json!({"due_on": "2026-12-31"});
    let changed = api
        .api(
            "PATCH",
            &format!("/api/v1/invoices/{bill}"),
            Some(&change),
            &[("if-match", &version)],
        )
        .await;
    assert_eq!(changed.status, 409, "{}", changed.body);
    assert_eq!(changed.json()["code"], "error-invoice-instalments");
    // The page: split in equal parts, typed rows come back with the total they must make up.
    let page = app.login("admin").await;
    let other = invoice(&app, acme, 10_000).await;
    let form = [("parts", "3"), ("first", "2026-08-31"), ("version", "1")];
    assert_eq!(page.post(&format!("/invoices/{other}/split"), &form).await.status, 303);
    let tab = page.get(&format!("/invoices/{other}/instalments")).await.expect(200);
    assert!(
        tab.body.contains("2026-09-30") && tab.body.contains("33.34"),
        "{}",
        tab.body
    );
    page.post(&format!("/invoices/{other}/split"), &form).await.expect(409);
    let late = page.get("/receivables").await.expect(200);
    assert!(late.body.contains("50.00"), "{}", late.body);
    app.stop().await;
}

#[tokio::test]
async fn a_payment_plan_is_invoiced_once() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;
    let contract = json!({"name": "Service", "party_id": acme, "value": "1000.00", "starts_on": "2026-01-01", "ends_on": "2026-12-31"});
    let (_, made) = send(&api, "POST", "/api/v1/contracts", contract).await;
    let path = format!("/api/v1/contracts/{}", made["id"]);
    let split = json!({"parts": 3, "first": "2026-06-15", "months": 1});
    assert_eq!(send(&api, "POST", &format!("{path}/split"), split).await.0, 201);
    let empty = api.get("/api/v1/to-invoice?until=2026-12-31").await.expect(200).json();
    assert_eq!(empty["due"], json!([]), "not in force yet");
    for step in ["submit", "activate"] {
        let version = api.get(&path).await.expect(200).json()["version"].clone();
        let (status, body) = send(&api, "POST", &format!("{path}/{step}"), json!({ "version": version })).await;
        assert_eq!(status, 200, "{body}");
    }
    let due = api.get("/api/v1/to-invoice?until=2026-07-31").await.expect(200).json();
    let rows = due["due"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2, "{due}");
    let page = app.login("admin").await;
    let seen = page.get("/to-invoice?until=2026-07-31").await.expect(200);
    assert!(
        seen.body.contains("Acme") && seen.body.contains("333.33"),
        "{}",
        seen.body
    );
    let zh = app
        .login_zh("admin")
        .await
        .get("/to-invoice?until=2026-07-31")
        .await
        .expect(200);
    assert!(zh.body.contains("为勾选项开票"), "{}", zh.body);
    page.post("/to-invoice", &[]).await.expect(409);
    let ids: Vec<i64> = rows.iter().map(|r| r["id"].as_i64().unwrap()).collect();
    // Many clicks at once: one invoice for each line.
    let ask = json!({ "ids": ids });
    let clicks = (0..6).map(|_| send(&api, "POST", "/api/v1/to-invoice", ask.clone()));
    let mut made = 0;
    for (status, body) in futures::future::join_all(clicks).await {
        assert_eq!(status, 200, "{body}");
        made += body["made"].as_array().unwrap().len();
    }
    assert_eq!(made, 2);
    let sql = "SELECT count(*) FROM billing_invoice WHERE party_id = $1";
    assert_eq!(app.ctx().db().number(sql, binds![acme]).await.unwrap(), 2);
    let owed = api.get(&format!("/api/v1/parties/{acme}")).await.expect(200).json();
    assert_eq!(owed["receivable"], "666.67");
    let bills = api.get("/api/v1/invoices").await.expect(200).json();
    assert!(
        bills.to_string().contains("2026-07-15") && bills.to_string().contains("2026-06-30"),
        "{bills}"
    );
    let rest = api.get("/api/v1/to-invoice?until=2026-12-31").await.expect(200).json();
    assert_eq!(rest["due"].as_array().unwrap().len(), 1);
    let rep = app.user("rep", "salesperson").await;
    let rep = app.token(rep, false).await;
    assert_eq!(send(&rep, "POST", "/api/v1/to-invoice", ask).await.0, 403);
    app.stop().await;
}
