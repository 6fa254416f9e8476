//! Orders from confirmation to money: credit, amendments, the rest cancelled, invoices of what left, credit of what came
//! back.

use crate::stock::{Shop, amend, send};
use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};

fn id(made: &Json) -> i64 {
    made["id"].as_i64().unwrap()
}

impl Shop {
    pub(crate) async fn number(&self, sql: &str, id: i64) -> i64 {
        self.app.ctx().db().number(sql, binds![id]).await.unwrap()
    }
    async fn invoice(&self, order: i64, status: u16) -> Json {
        send(
            &self.api,
            "POST",
            &format!("/api/v1/orders/{order}/invoice"),
            &json!({}),
            status,
        )
        .await
    }
    pub(crate) async fn by_shipment(&self) {
        let body = json!({"invoice_by": "shipment", "overdue_days": 30});
        send(&self.api, "PUT", "/api/v1/invoicing-settings", &body, 200).await;
    }
    async fn send_off(&self, order: i64, line: i64, quantity: &str) -> i64 {
        let body = json!({"lines": [{"line_id": line, "quantity": quantity}]});
        let made = id(&self.ship(order, body, 201).await);
        self.bring(made, "shipped", json!({}), 200).await;
        made
    }
}

#[tokio::test]
async fn credit_is_judged_with_figures_and_overridden_with_a_reason() {
    let shop = Shop::open().await;
    let limited = shop
        .app
        .make(
            "party",
            &[("name", "Tight".into()), ("credit_limit", 100_000_i64.into())],
        )
        .await;
    let order = async |amount: &str| {
        let body = json!({"party_id": limited, "lines": [{"quantity": "1", "unit_price": amount}]});
        id(&send(&shop.api, "POST", "/api/v1/orders", &body, 201).await)
    };
    shop.app
        .make("invoice", &[("party_id", limited.into()), ("total", 30_000_i64.into())])
        .await;
    let first = order("400").await;
    shop.step(first, "confirmed", false, 200).await;
    let second = order("300.01").await;
    let no = shop.step(second, "confirmed", false, 409).await;
    assert_eq!(no["code"], "error-credit-limit");
    let words = no["title"].as_str().unwrap();
    for figure in ["1000.00", "300.00", "400.00", "300.01", "1000.01"] {
        assert!(words.contains(figure), "{words}");
    }
    // Who may not go beyond may not say why either.
    let rep = shop.app.user("rep", "salesperson").await;
    let tx = shop.app.ctx().begin().await.unwrap();
    tx.exec(
        "UPDATE party_party SET owner_id = $1 WHERE id = $2",
        binds![rep, limited],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let rep = shop.app.token(rep, false).await;
    let path = format!("/api/v1/orders/{second}/status");
    let body = json!({"to": "confirmed", "version": 1, "reason": "they are good"});
    send(&rep, "POST", &path, &body, 403).await;
    let admin = shop.app.login("admin").await;
    let part = admin.get(&format!("/orders/{second}/credit-check")).await.expect(200);
    assert!(
        part.body.contains("Confirm nevertheless") && part.body.contains("1000.01"),
        "{}",
        part.body
    );
    send(&shop.api, "POST", &path, &body, 200).await;
    let sql = "SELECT note FROM event WHERE kind = 'order.credit_overridden.v1' AND record_id = $1";
    let note = shop
        .app
        .ctx()
        .db()
        .one(sql, binds![second])
        .await
        .unwrap()
        .unwrap()
        .text(0)
        .unwrap();
    assert!(note.starts_with("they are good (limit 1000.00"), "{note}");
    // Invoicing an order moves its amount from one figure to the other.
    shop.invoice(first, 201).await;
    let third = order("1").await;
    let no = shop.step(third, "confirmed", false, 409).await;
    assert!(no["title"].as_str().unwrap().contains("700.00"), "{no}");
    // Overdue for too long, whatever the limit.
    shop.by_shipment().await;
    let late = shop.app.make("party", &[("name", "Late".into())]).await;
    let due = [
        ("party_id", late.into()),
        ("total", 100_i64.into()),
        ("issued_on", "2026-05-01".into()),
        ("due_on", "2026-05-01".into()),
    ];
    shop.app.make("invoice", &due).await;
    let body = json!({"party_id": late, "lines": [{"quantity": "1", "unit_price": "1"}]});
    let fourth = id(&send(&shop.api, "POST", "/api/v1/orders", &body, 201).await);
    assert_eq!(
        shop.step(fourth, "confirmed", false, 409).await["code"],
        "error-credit-overdue"
    );
    let born = json!({"party_id": late, "status": "confirmed", "lines": [{"quantity": "1", "unit_price": "1"}]});
    assert_eq!(
        send(&shop.api, "POST", "/api/v1/orders", &born, 409).await["code"],
        "error-credit-overdue"
    );
    shop.app.stop().await;
}

#[tokio::test]
async fn what_is_no_longer_valid_is_not_confirmed() {
    let shop = Shop::open().await;
    let p = shop
        .app
        .make(
            "product",
            &[
                ("sku", "OLD".into()),
                ("name", "Old pump".into()),
                ("price", 100_i64.into()),
            ],
        )
        .await;
    let order = shop.order(json!([{"product_id": p, "quantity": "1"}])).await;
    amend(
        &shop.api,
        &format!("/api/v1/products/{p}"),
        1,
        &json!({"active": false}),
        200,
    )
    .await;
    let no = shop.step(order, "confirmed", false, 409).await;
    assert_eq!(no["code"], "error-order-product-gone");
    assert!(no["title"].as_str().unwrap().contains("Old pump"), "{no}");
    amend(
        &shop.api,
        &format!("/api/v1/products/{p}"),
        2,
        &json!({"active": true}),
        200,
    )
    .await;
    let past = json!({"ordered_on": "2026-06-01", "required_on": "2026-06-29"});
    amend(&shop.api, &format!("/api/v1/orders/{order}"), 1, &past, 200).await;
    let no = shop.step(order, "confirmed", false, 422).await;
    assert_eq!(no["errors"][0]["code"], "error-order-required-past");
    let later = json!({"required_on": "2026-07-05"});
    amend(&shop.api, &format!("/api/v1/orders/{order}"), 2, &later, 200).await;
    let tx = shop.app.ctx().begin().await.unwrap();
    tx.exec(
        "UPDATE party_party SET status = 'rejected' WHERE id = $1",
        binds![shop.party],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        shop.step(order, "confirmed", false, 409).await["code"],
        "error-order-customer-blocked"
    );
    let tx = shop.app.ctx().begin().await.unwrap();
    tx.exec(
        "UPDATE party_party SET status = 'active' WHERE id = $1",
        binds![shop.party],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let done = shop.step(order, "confirmed", false, 200).await;
    assert_eq!(done["promised_on"], "2026-07-05");
    shop.app.stop().await;
}

#[tokio::test]
async fn a_confirmed_order_keeps_its_versions_and_its_rest_is_cancelled() {
    let shop = Shop::open().await;
    let a = shop.kept("A", 9, json!({})).await;
    let lines = json!([{"product_id": a, "quantity": "5", "discount": "5"}, {"description": "Fitting", "quantity": "1", "unit_price": "10"}]);
    let order = shop.order(lines).await;
    let path = format!("/api/v1/orders/{order}/amendments");
    assert_eq!(shop.api.get(&path).await.expect(200).json()["data"], json!([]));
    shop.step(order, "confirmed", false, 200).await;
    let ids = shop.lines_of(order).await;
    let line = format!("/api/v1/order-lines/{}", ids[0]);
    amend(&shop.api, &line, 1, &json!({"quantity": "6"}), 200).await;
    let more = json!({"order_id": order, "description": "Travel", "quantity": "1", "unit_price": "7"});
    send(&shop.api, "POST", "/api/v1/order-lines", &more, 201).await;
    let version = shop.version(order).await;
    amend(
        &shop.api,
        &format!("/api/v1/orders/{order}"),
        version,
        &json!({"note": "by crane"}),
        200,
    )
    .await;
    let all = shop.api.get(&path).await.expect(200).json();
    let numbers: Vec<i64> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
    let second = shop.api.get(&format!("{path}/2")).await.expect(200).json();
    assert_eq!(
        second["lines"][0]["changes"]["quantity"],
        json!([5_000, 6_000]),
        "{second}"
    );
    assert_eq!(second["lines"].as_array().unwrap().len(), 1);
    let fourth = shop.api.get(&format!("{path}/4")).await.expect(200).json();
    assert_eq!(fourth["fields"], json!({"note": [null, "by crane"]}));
    let admin = shop.app.login("admin").await;
    admin
        .post(&format!("/orders/{order}/amendments/4"), &[("reason", "site is high")])
        .await
        .expect(303);
    for client in [admin.clone(), shop.app.login_zh("admin").await] {
        let page = client.get(&format!("/orders/{order}/amendments")).await.expect(200);
        assert!(page.body.contains("site is high"), "{}", page.body);
        let page = client.get(&format!("/orders/{order}/amendments/2")).await.expect(200);
        assert!(page.body.contains("<ins"), "{}", page.body);
    }
    // Cancelling wants a reason; after something left, only the rest can go.
    let body = json!({"to": "cancelled", "version": shop.version(order).await});
    let no = send(&shop.api, "POST", &format!("/api/v1/orders/{order}/status"), &body, 422).await;
    assert_eq!(no["errors"][0]["code"], "error-order-cancel-reason");
    shop.send_off(order, ids[0], "2").await;
    assert_eq!(
        shop.step(order, "cancelled", false, 409).await["code"],
        "error-order-some-left"
    );
    let rest = format!("/api/v1/orders/{order}/cancel-rest");
    let body = json!({"version": shop.version(order).await, "reason": "site closed"});
    let done = send(&shop.api, "POST", &rest, &body, 200).await;
    assert_eq!(done["status"], "shipped");
    assert_eq!(shop.stock(a).await, [7, 0, 7, 0]);
    // Two at 100.00 less a third of the discount; the other lines are gone.
    assert_eq!(
        shop.number("SELECT net FROM order_order WHERE id = $1", order).await,
        20_000 - 167
    );
    let last = shop.api.get(&path).await.expect(200).json();
    assert_eq!(
        (last["data"][0]["number"].as_i64(), last["data"][0]["reason"].as_str()),
        (Some(5), Some("site closed"))
    );
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn what_left_is_invoiced_in_parts_and_what_came_back_is_credited() {
    let shop = Shop::open().await;
    let a = shop.kept("A", 10, json!({})).await;
    let lines =
        json!([{"product_id": a, "quantity": "3", "unit_price": "33.33", "discount": "0.05", "tax_rate": "13"}]);
    let order = shop.order(lines).await;
    shop.step(order, "confirmed", false, 200).await;
    shop.by_shipment().await;
    assert_eq!(shop.invoice(order, 409).await["code"], "error-invoice-not-left");
    let line = shop.lines_of(order).await[0];
    shop.send_off(order, line, "1").await;
    let due = shop.api.get("/api/v1/to-invoice").await.expect(200).json();
    assert_eq!(due["orders"][0]["order_id"], order, "{due}");
    let first = id(&shop.invoice(order, 201).await);
    let read = shop
        .api
        .get(&format!("/api/v1/invoices/{first}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (read["lines"][0]["quantity"].as_str(), read["total"].as_str()),
        (Some("1"), Some("37.64")),
        "{read}"
    );
    let no = amend(
        &shop.api,
        &format!("/api/v1/invoices/{first}"),
        1,
        &json!({"total": "40"}),
        409,
    )
    .await;
    assert_eq!(no["code"], "error-invoice-lines");
    assert_eq!(shop.api.get("/api/v1/to-invoice").await.json()["orders"], json!([]));
    shop.send_off(order, line, "2").await;
    let told = send(
        &shop.api,
        "POST",
        "/api/v1/to-invoice",
        &json!({"orders": [order]}),
        200,
    )
    .await;
    let last = told["orders"][0]["invoice_id"].as_i64().unwrap();
    let total = "SELECT total FROM order_order WHERE id = $1";
    let invoiced = "SELECT CAST(SUM(total) AS BIGINT) FROM billing_invoice WHERE order_id = $1 AND status <> 'void'";
    assert_eq!(shop.number(total, order).await, 11_293);
    assert_eq!(shop.number(invoiced, order).await, 11_293);
    assert_eq!(shop.invoice(order, 409).await["code"], "error-invoice-done");
    // A void one is to be invoiced again.
    send(
        &shop.api,
        "POST",
        &format!("/api/v1/invoices/{first}/void"),
        &json!({"version": shop.number("SELECT version FROM billing_invoice WHERE id = $1", first).await}),
        200,
    )
    .await;
    let again = id(&shop.invoice(order, 201).await);
    assert_eq!(shop.number(invoiced, order).await, 11_293);
    // The first invoice is paid; two pieces come back: the open one is credited, the rest is an invoice below zero.
    let pay = json!({"party_id": shop.party, "amount": "37.64"});
    let payment = id(&send(&shop.api, "POST", "/api/v1/payments", &pay, 201).await);
    let put = json!({"invoice": again, "amount": "37.64"});
    send(
        &shop.api,
        "POST",
        &format!("/api/v1/payments/{payment}/allocate"),
        &put,
        200,
    )
    .await;
    let back = send(
        &shop.api,
        "POST",
        &format!("/api/v1/orders/{order}/return"),
        &json!({}),
        201,
    )
    .await;
    let credit = format!("/api/v1/orders/{}/credit", back["id"]);
    assert_eq!(
        send(&shop.api, "POST", &credit, &json!({}), 409).await["code"],
        "error-credit-return"
    );
    for to in ["confirmed", "shipped", "delivered"] {
        shop.step(id(&back), to, false, 200).await;
    }
    assert_eq!(shop.stock(a).await, [10, 0, 10, 0]);
    let made = send(&shop.api, "POST", &credit, &json!({}), 201).await;
    let note = made["credit_note_ids"][0].as_i64().unwrap();
    assert_eq!(
        shop.number("SELECT amount FROM billing_credit_note WHERE id = $1", note)
            .await,
        11_293 - 3_764
    );
    let below = made["invoice_id"].as_i64().unwrap();
    assert_eq!(
        shop.number("SELECT total FROM billing_invoice WHERE id = $1", below)
            .await,
        -3_764
    );
    assert_eq!(
        shop.number("SELECT open FROM billing_invoice WHERE id = $1", last)
            .await,
        0
    );
    assert_eq!(
        send(&shop.api, "POST", &credit, &json!({}), 409).await["code"],
        "error-credit-done"
    );
    let admin = shop.app.login("admin").await;
    for path in [
        "/to-invoice".into(),
        format!("/invoices/{last}/lines"),
        "/settings/invoicing".into(),
        format!("/orders/{order}"),
    ] {
        admin.get(&path).await.expect(200);
    }
    admin
        .post("/settings/invoicing", &[("invoice_by", "x"), ("overdue_days", "")])
        .await
        .expect(422);
    shop.balance().await;
    shop.app.stop().await;
}
