//! Shipments and returns: parts of an order leave, arrive, fail and come back; the ledger says the same.

use crate::stock::{Shop, amend, send};
use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};

impl Shop {
    pub(crate) async fn lines_of(&self, order: i64) -> Vec<i64> {
        let sql = "SELECT id FROM order_line WHERE order_id = $1 AND archived_at IS NULL ORDER BY id";
        let rows = self.app.ctx().db().all(sql, binds![order]).await.unwrap();
        rows.iter().map(|r| r.int(0).unwrap()).collect()
    }
    pub(crate) async fn ship(&self, order: i64, body: Json, status: u16) -> Json {
        send(
            &self.api,
            "POST",
            &format!("/api/v1/orders/{order}/shipments"),
            &body,
            status,
        )
        .await
    }
    /// Brings a shipment on; its version is read first.
    pub(crate) async fn bring(&self, shipment: i64, to: &str, more: Json, status: u16) -> Json {
        let sql = "SELECT version FROM order_shipment WHERE id = $1";
        let version = self.app.ctx().db().number(sql, binds![shipment]).await.unwrap();
        let mut body = json!({"to": to, "version": version});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(
            &self.api,
            "POST",
            &format!("/api/v1/shipments/{shipment}/status"),
            &body,
            status,
        )
        .await
    }
    pub(crate) async fn status(&self, order: i64) -> (String, Option<String>) {
        let sql = "SELECT status, delivery FROM order_order WHERE id = $1";
        let row = self.app.ctx().db().one(sql, binds![order]).await.unwrap().unwrap();
        (row.text(0).unwrap(), row.opt_text(1).unwrap())
    }
    pub(crate) async fn progress(&self, order: i64) -> Json {
        self.api
            .get(&format!("/api/v1/orders/{order}/progress"))
            .await
            .expect(200)
            .json()
    }
}

fn id(made: &Json) -> i64 {
    made["id"].as_i64().unwrap()
}

#[tokio::test]
async fn an_order_leaves_in_parts_and_follows_them() {
    let shop = Shop::open().await;
    let (a, b) = (shop.kept("A", 6, json!({})).await, shop.kept("B", 5, json!({})).await);
    let lines = json!([
        {"product_id": a, "quantity": "8"}, {"product_id": b, "quantity": "2"},
        {"description": "Fitting", "quantity": "1", "unit_price": "10"},
    ]);
    let order = shop.order(lines).await;
    let refused = shop.ship(order, json!({}), 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-shipment-order");
    shop.step(order, "confirmed", true, 200).await;
    // What is reserved is proposed, and what nobody counts.
    let first = shop.ship(order, json!({}), 201).await;
    assert_eq!(
        (first["status"].as_str(), first["lines"].as_array().map(Vec::len)),
        (Some("draft"), Some(3))
    );
    let quantity = |made: &Json, n: usize| made["lines"][n]["quantity"].as_str().unwrap().to_owned();
    assert_eq!([quantity(&first, 0), quantity(&first, 1)], ["6", "2"]);
    let first_id = id(&first);
    let nothing = shop.ship(order, json!({}), 409).await;
    assert_eq!(nothing["code"], "error-shipment-nothing");
    // The clerk sends less: 4 of A, nothing of B.
    let path = |n: usize| format!("/api/v1/shipment-lines/{}", first["lines"][n]["id"]);
    let more = amend(&shop.api, &path(0), 1, &json!({"quantity": "9"}), 422).await;
    assert_eq!(more["errors"][0]["code"], "error-shipment-more", "{more}");
    amend(&shop.api, &path(0), 1, &json!({"quantity": "4"}), 200).await;
    let admin = shop.app.login("admin").await;
    let ids = shop.lines_of(order).await;
    let (q, v) = (format!("q{}", ids[1]), format!("v{}", ids[1]));
    let form = [(q.as_str(), "0"), (v.as_str(), "1")];
    admin
        .post(&format!("/shipments/{first_id}/quantities"), &form)
        .await
        .expect(303);
    shop.bring(first_id, "picked", json!({}), 200).await;
    assert_eq!(shop.stock(a).await, [6, 6, 0, 2]);
    let sent = shop
        .bring(first_id, "shipped", json!({"carrier": "SF", "tracking": "SF001"}), 200)
        .await;
    assert_eq!(
        (sent["shipped_on"].as_str(), sent["tracking"].as_str()),
        (Some("2026-06-30"), Some("SF001"))
    );
    assert_eq!((shop.stock(a).await, shop.stock(b).await), ([2, 2, 0, 2], [5, 2, 3, 0]));
    assert_eq!(
        shop.status(order).await,
        ("confirmed".into(), Some("partly_shipped".into()))
    );
    shop.balance().await;
    // What has left is fixed, and the order is no longer cancelled.
    let no = amend(&shop.api, &path(0), 2, &json!({"quantity": "1"}), 409).await;
    assert_eq!(no["code"], "error-shipment-left");
    assert_eq!(
        shop.step(order, "cancelled", false, 409).await["code"],
        "error-order-some-left"
    );
    let line = format!("/api/v1/order-lines/{}", ids[0]);
    let less = amend(&shop.api, &line, 1, &json!({"quantity": "3"}), 422).await;
    assert_eq!(less["errors"][0]["code"], "error-order-line-less", "{less}");
    // The rest by one click on the order, once it is there.
    assert_eq!(
        shop.step(order, "shipped", false, 409).await["code"],
        "error-stock-short"
    );
    shop.book(a, shop.place, "receipt", "2", 201).await;
    shop.step(order, "shipped", false, 200).await;
    assert_eq!((shop.stock(a).await, shop.stock(b).await), ([0, 0, 0, 0], [3, 0, 3, 0]));
    shop.balance().await;
    let told = shop.progress(order).await;
    assert_eq!(
        (
            told["lines"][0]["shipped"].as_str(),
            told["lines"][0]["delivered"].as_str()
        ),
        (Some("8"), Some("0"))
    );
    // Delivered when the last part has arrived.
    shop.bring(first_id, "delivered", json!({}), 200).await;
    assert_eq!(
        shop.status(order).await,
        ("shipped".into(), Some("partly_delivered".into()))
    );
    let rest = shop
        .api
        .get(&format!("/api/v1/shipments?order_id={order}&status=shipped"))
        .await
        .expect(200)
        .json();
    let rest = rest["data"][0]["id"].as_i64().unwrap();
    shop.bring(rest, "delivered", json!({"on": "2026-06-30"}), 200).await;
    assert_eq!(shop.status(order).await, ("delivered".into(), Some("delivered".into())));
    for (client, word) in [(admin, "Being picked"), (shop.app.login_zh("admin").await, "拣货中")] {
        let page = client.get(&format!("/orders/{order}/shipments")).await.expect(200);
        assert!(page.body.contains(word) && page.body.contains("SF001"), "{}", page.body);
        client.get(&format!("/shipments/{rest}/goods")).await.expect(200);
        client.get("/shipments?view=late").await.expect(200);
        let page = client.get(&format!("/party/{}/timeline", shop.party)).await.expect(200);
        assert!(page.body.contains("SH-000001"), "{}", page.body);
    }
    shop.app.stop().await;
}

#[tokio::test]
async fn what_did_not_arrive_goes_again_or_comes_back() {
    let shop = Shop::open().await;
    let a = shop.kept("A", 3, json!({})).await;
    let order = shop.order(json!([{"product_id": a, "quantity": "3"}])).await;
    shop.step(order, "confirmed", false, 200).await;
    let made = id(&shop.ship(order, json!({}), 201).await);
    let no = shop.bring(made, "delivered", json!({}), 409).await;
    assert_eq!(no["code"], "error-shipment-after-draft");
    shop.bring(made, "shipped", json!({}), 200).await;
    assert_eq!(shop.status(order).await.0, "shipped");
    let failed = shop.bring(made, "failed", json!({"reason": "nobody there"}), 200).await;
    assert_eq!(failed["reason"], "nobody there");
    assert_eq!(shop.status(order).await.1.as_deref(), Some("failed"));
    // The goods are in the house again: the order is open again and keeps them.
    shop.bring(made, "cancelled", json!({}), 200).await;
    assert_eq!(shop.status(order).await, ("confirmed".into(), None));
    assert_eq!(shop.stock(a).await, [3, 3, 0, 0]);
    shop.balance().await;
    let again = id(&shop.ship(order, json!({}), 201).await);
    shop.bring(again, "shipped", json!({}), 200).await;
    assert_eq!(shop.stock(a).await, [0, 0, 0, 0]);
    shop.step(order, "delivered", false, 200).await;
    let shipment = shop
        .api
        .get(&format!("/api/v1/shipments/{again}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (shipment["status"].as_str(), shipment["delivered_on"].as_str()),
        (Some("delivered"), Some("2026-06-30"))
    );
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn only_what_was_shipped_comes_back_and_without_loss() {
    let shop = Shop::open().await;
    let a = shop.kept("A", 10, json!({})).await;
    // 3 × 33.33 less 0.05, 13 %: 99.94 and 12.99.
    let lines =
        json!([{"product_id": a, "quantity": "3", "unit_price": "33.33", "discount": "0.05", "tax_rate": "13"}]);
    let order = shop.order(lines).await;
    shop.step(order, "confirmed", false, 200).await;
    let back = format!("/api/v1/orders/{order}/return");
    assert_eq!(
        send(&shop.api, "POST", &back, &json!({}), 409).await["code"],
        "error-order-no-return"
    );
    let line = shop.lines_of(order).await[0];
    let part = json!({"lines": [{"line_id": line, "quantity": "2"}]});
    let made = id(&shop.ship(order, part, 201).await);
    shop.bring(made, "shipped", json!({}), 200).await;
    // Two left, so two may come back; one does.
    let first = send(&shop.api, "POST", &back, &json!({}), 201).await;
    assert_eq!(first["lines"][0]["quantity"], "-2");
    let path = format!("/api/v1/order-lines/{}", first["lines"][0]["id"]);
    let no = amend(&shop.api, &path, 1, &json!({"quantity": "-3"}), 422).await;
    assert_eq!(no["errors"][0]["code"], "error-return-more", "{no}");
    amend(&shop.api, &path, 1, &json!({"quantity": "-1"}), 200).await;
    for to in ["confirmed", "shipped", "delivered"] {
        shop.step(id(&first), to, false, 200).await;
    }
    assert_eq!(shop.stock(a).await, [9, 1, 8, 0]);
    shop.step(order, "shipped", false, 200).await;
    // A return of a program names the product only; the rest of the line is the rest of its amounts.
    let body = json!({"party_id": shop.party, "kind": "return", "returns_id": order, "lines": [{"product_id": a, "quantity": "-2"}]});
    let second = send(&shop.api, "POST", "/api/v1/orders", &body, 201).await;
    assert_eq!(second["lines"][0]["returns_line_id"], line);
    let sum = "SELECT CAST(SUM(net) AS BIGINT) + CAST(SUM(tax) AS BIGINT) * 1000000 FROM order_order WHERE id = $1 OR returns_id = $2";
    assert_eq!(shop.app.ctx().db().number(sum, binds![order, order]).await.unwrap(), 0);
    let more = send(&shop.api, "POST", "/api/v1/orders", &body, 422).await;
    assert_eq!(more["errors"][0]["code"], "error-return-more", "{more}");
    let told = shop.progress(order).await;
    assert_eq!(
        (
            told["lines"][0]["returning"].as_str(),
            told["lines"][0]["returned"].as_str()
        ),
        (Some("3"), Some("1"))
    );
    // A return that takes back from nowhere is not confirmed.
    let body = json!({"party_id": shop.party, "kind": "return", "lines": [{"product_id": a, "quantity": "-2", "unit_price": "1"}]});
    let loose = id(&send(&shop.api, "POST", "/api/v1/orders", &body, 201).await);
    assert_eq!(
        shop.step(loose, "confirmed", false, 409).await["code"],
        "error-return-of"
    );
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn an_order_that_leaves_by_one_click_has_its_shipment() {
    let shop = Shop::open().await;
    let a = shop.kept("A", 3, json!({})).await;
    let order = shop.order(json!([{"product_id": a, "quantity": "3"}])).await;
    shop.step(order, "confirmed", false, 200).await;
    shop.step(order, "shipped", false, 200).await;
    let all = format!("/api/v1/shipments?order_id={order}");
    let made = shop.api.get(&all).await.expect(200).json();
    assert_eq!(
        (
            made["data"][0]["status"].as_str(),
            made["data"].as_array().map(Vec::len)
        ),
        (Some("shipped"), Some(1)),
        "{made}"
    );
    assert_eq!(shop.progress(order).await["lines"][0]["shipped"], "3");
    assert_eq!(shop.stock(a).await, [0, 0, 0, 0]);
    shop.step(order, "delivered", false, 200).await;
    let made = shop.api.get(&all).await.expect(200).json();
    assert_eq!(made["data"][0]["status"], "delivered");
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_clicks_ship_each_piece_once() {
    let shop = Shop::open().await;
    let a = shop.kept("A", 5, json!({})).await;
    let order = shop.order(json!([{"product_id": a, "quantity": "5"}])).await;
    shop.step(order, "confirmed", false, 200).await;
    let line = shop.lines_of(order).await[0];
    let path = format!("/api/v1/orders/{order}/shipments");
    let body = json!({"lines": [{"line_id": line, "quantity": "1"}]});
    let calls = (0..20).map(|_| shop.api.api("POST", &path, Some(&body), &[]));
    let replies = futures::future::join_all(calls).await;
    assert_eq!(replies.iter().filter(|r| r.status == 201).count(), 5);
    let no = replies.iter().find(|r| r.status != 201).unwrap().json();
    assert_eq!(no["errors"][0]["code"], "error-shipment-more", "{no}");
    shop.step(order, "shipped", false, 200).await;
    assert_eq!(shop.stock(a).await, [0, 0, 0, 0]);
    shop.balance().await;
    shop.app.stop().await;
}
