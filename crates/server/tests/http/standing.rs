//! What may not be put away because something of another area still stands on it, and what follows a merge.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn boss(app: &TestApp) -> Client {
    let user = app.user("boss", "administrator").await;
    app.token(user, false).await
}

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}

/// `DELETE` at the version that stands there now.
async fn put_away(client: &Client, path: &str, status: u16) -> Json {
    let now = client.get(path).await.expect(200).json();
    let mark = format!("\"v{}\"", now["version"]);
    client
        .api("DELETE", path, None, &[("if-match", &mark)])
        .await
        .expect(status)
        .json()
}

async fn id_of(client: &Client, path: &str, body: Json) -> i64 {
    send(client, "POST", path, &body, 201).await["id"].as_i64().unwrap()
}

/// A confirmed order of 100.00.
async fn confirmed(client: &Client, party: i64) -> i64 {
    let body = json!({"party_id": party, "status": "confirmed", "lines": [{"quantity": "1", "unit_price": "100"}]});
    id_of(client, "/api/v1/orders", body).await
}

#[tokio::test]
async fn an_order_with_a_standing_invoice_stays() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;
    let order = confirmed(&api, acme).await;
    let path = format!("/api/v1/orders/{order}");
    let invoice = send(&api, "POST", &format!("{path}/invoice"), &json!({}), 201).await["id"]
        .as_i64()
        .unwrap();
    let refused = put_away(&api, &path, 409).await;
    assert_eq!(refused["code"], "error-order-invoiced");
    let number = api.get(&format!("/api/v1/invoices/{invoice}")).await.json()["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = refused["title"].as_str().unwrap();
    assert!(said.contains(&number) && said.contains("void"), "{said}");

    // By page: the script gets a toast and the page stays; many at once are told one by one.
    let admin = app.login("admin").await;
    let version = api.get(&path).await.json()["version"].to_string();
    let reply = admin
        .post_fragment(&format!("/orders/{order}/archive"), &[("version", &version)])
        .await
        .expect(409);
    assert!(reply.toast().unwrap().contains(&number));
    let free = confirmed(&api, acme).await;
    let ids = format!("{order},{free}");
    let bulk = admin
        .post_fragment("/orders/bulk", &[("action", "archive"), ("ids", &ids), ("query", "")])
        .await
        .expect(200);
    assert!(bulk.body.contains(&number), "{}", bulk.body);
    let away = |id: i64| {
        let app = &app;
        async move {
            let sql = "SELECT count(*) FROM order_order WHERE id = $1 AND archived_at IS NOT NULL";
            app.ctx().db().number(sql, binds![id]).await.unwrap()
        }
    };
    assert_eq!((away(order).await, away(free).await), (0, 1));

    send(
        &api,
        "POST",
        &format!("/api/v1/invoices/{invoice}/void"),
        &json!({"version": 1}),
        200,
    )
    .await;
    put_away(&api, &path, 200).await;
    assert_eq!(away(order).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_customer_with_orders_or_money_under_way_stays() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;
    let path = format!("/api/v1/parties/{acme}");
    let order = confirmed(&api, acme).await;
    assert_eq!(put_away(&api, &path, 409).await["code"], "error-party-open-orders");
    let now = api.get(&format!("/api/v1/orders/{order}")).await.json()["version"].clone();
    let step = json!({"to": "cancelled", "version": now, "reason": "test"});
    send(&api, "POST", &format!("/api/v1/orders/{order}/status"), &step, 200).await;

    let invoice = id_of(&api, "/api/v1/invoices", json!({"party_id": acme, "total": "100"})).await;
    let refused = put_away(&api, &path, 409).await;
    assert_eq!(refused["code"], "error-party-owes");
    assert!(refused["title"].as_str().unwrap().contains("I-"), "{refused}");
    let payment = id_of(&api, "/api/v1/payments", json!({"party_id": acme, "amount": "130"})).await;
    let all = json!({"auto": true});
    send(&api, "POST", &format!("/api/v1/payments/{payment}/allocate"), &all, 200).await;
    let refused = put_away(&api, &path, 409).await;
    assert_eq!(refused["code"], "error-party-unallocated");
    assert!(refused["title"].as_str().unwrap().contains("R-"), "{refused}");
    let zh = api.speaking("zh-CN");
    assert!(
        put_away(&zh, &path, 409).await["title"]
            .as_str()
            .unwrap()
            .contains("核销")
    );
    let more = id_of(&api, "/api/v1/invoices", json!({"party_id": acme, "total": "30"})).await;
    send(&api, "POST", &format!("/api/v1/payments/{payment}/allocate"), &all, 200).await;
    assert!(invoice != more);
    put_away(&api, &path, 200).await;
    app.stop().await;
}

/// What a party owes, as the page and the API show it.
async fn owed(client: &Client, party: i64) -> Json {
    client.get(&format!("/api/v1/parties/{party}")).await.expect(200).json()["receivable"].clone()
}

#[tokio::test]
async fn what_is_owed_follows_a_merge_and_its_undoing() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let one = app.make("party", &[("name", "Acme".into())]).await;
    let two = app.make("party", &[("name", "Acme Ltd".into())]).await;
    id_of(&api, "/api/v1/invoices", json!({"party_id": one, "total": "100"})).await;
    id_of(&api, "/api/v1/invoices", json!({"party_id": two, "total": "30"})).await;
    assert_eq!(
        (owed(&api, one).await, owed(&api, two).await),
        (json!("100.00"), json!("30.00"))
    );
    let merge = send(
        &api,
        "POST",
        &format!("/api/v1/parties/{one}/merge"),
        &json!({"other": two, "version": 1, "other_version": 1}),
        200,
    )
    .await;
    app.run_jobs().await;
    assert_eq!(owed(&api, one).await, "130.00");
    let sum = "SELECT CAST(COALESCE(SUM(receivable), 0) AS BIGINT) FROM billing_balance";
    assert_eq!(
        app.ctx().db().number(sum, binds![]).await.unwrap(),
        13_000,
        "nothing is counted twice"
    );
    send(
        &api,
        "POST",
        &format!("/api/v1/merges/{}/undo", merge["id"]),
        &json!({}),
        200,
    )
    .await;
    app.run_jobs().await;
    assert_eq!(
        (owed(&api, one).await, owed(&api, two).await),
        (json!("100.00"), json!("30.00"))
    );
    app.stop().await;
}
