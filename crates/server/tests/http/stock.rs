//! Stock: the ledger and its sums, reservation, two buyers of the last piece, and the days on which goods can leave.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

pub(crate) async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}

pub(crate) async fn amend(client: &Client, path: &str, version: i64, body: &Json, status: u16) -> Json {
    let tag = format!("\"v{version}\"");
    let reply = client.api("PATCH", path, Some(body), &[("if-match", &tag)]).await;
    reply.expect(status).json()
}

pub(crate) struct Shop {
    pub(crate) app: TestApp,
    pub(crate) api: Client,
    pub(crate) party: i64,
    pub(crate) place: i64,
}

impl Shop {
    pub(crate) async fn open() -> Shop {
        let app = TestApp::boot().await;
        let user = app.user("second", "administrator").await;
        let api = app.token(user, false).await;
        let party = app.make("party", &[("name", "Acme".into())]).await;
        let body = json!({"name": "Main", "code": "W1"});
        let place = send(&api, "POST", "/api/v1/warehouses", &body, 201).await;
        let place = place["id"].as_i64().unwrap();
        Shop { app, api, party, place }
    }
    /// A product whose stock is kept, with so much on hand.
    pub(crate) async fn kept(&self, sku: &str, on_hand: i64, more: Json) -> i64 {
        let values = [("sku", sku.into()), ("name", sku.into()), ("price", 10_000_i64.into())];
        let id = self.app.make("product", &values).await;
        let mut body = json!({"product_id": id});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(&self.api, "POST", "/api/v1/stock", &body, 201).await;
        if on_hand > 0 {
            self.book(id, self.place, "receipt", &on_hand.to_string(), 201).await;
        }
        id
    }
    pub(crate) async fn book(&self, product: i64, place: i64, kind: &str, quantity: &str, status: u16) -> Json {
        let body = json!({"product_id": product, "warehouse_id": place, "kind": kind, "quantity": quantity});
        send(&self.api, "POST", "/api/v1/stock-moves", &body, status).await
    }
    pub(crate) async fn order(&self, lines: Json) -> i64 {
        let body = json!({"party_id": self.party, "lines": lines});
        let made = send(&self.api, "POST", "/api/v1/orders", &body, 201).await;
        made["id"].as_i64().unwrap()
    }
    pub(crate) async fn version(&self, order: i64) -> i64 {
        let sql = "SELECT version FROM order_order WHERE id = $1";
        self.app.ctx().db().number(sql, binds![order]).await.unwrap()
    }
    pub(crate) async fn step(&self, order: i64, to: &str, partial: bool, status: u16) -> Json {
        let body = json!({"to": to, "version": self.version(order).await, "partial": partial, "reason": (to == "cancelled").then_some("test")});
        let path = format!("/api/v1/orders/{order}/status");
        send(&self.api, "POST", &path, &body, status).await
    }
    /// On hand, reserved, free, waiting.
    pub(crate) async fn stock(&self, product: i64) -> [i64; 4] {
        let sql =
            "SELECT on_hand, reserved, free, waiting FROM stock_item WHERE product_id = $1 AND archived_at IS NULL";
        let row = self.app.ctx().db().one(sql, binds![product]).await.unwrap().unwrap();
        [0, 1, 2, 3].map(|i| row.int(i).unwrap() / 1_000)
    }
    /// The ledger is the truth: places, totals and what lines have are its sums, and nothing is below zero.
    pub(crate) async fn balance(&self) {
        let ctx = self.app.ctx();
        let db = ctx.db();
        let hand = "CASE WHEN kind IN ('reservation','release') THEN 0 ELSE quantity END";
        let kept = "CASE WHEN kind IN ('reservation','release') THEN quantity ELSE 0 END";
        let levels = format!(
            "SELECT count(*) FROM stock_level l WHERE l.on_hand <> (SELECT COALESCE(SUM({hand}), 0) FROM stock_move m \
             WHERE m.product_id = l.product_id AND m.warehouse_id = l.warehouse_id) OR l.reserved <> (SELECT COALESCE(SUM({kept}), 0) \
             FROM stock_move m WHERE m.product_id = l.product_id AND m.warehouse_id = l.warehouse_id) OR l.on_hand < 0 OR l.reserved < 0 \
             OR l.reserved > l.on_hand"
        );
        assert_eq!(
            db.number(&levels, vec![]).await.unwrap(),
            0,
            "places differ from the ledger"
        );
        let items = "SELECT count(*) FROM stock_item i WHERE i.on_hand <> (SELECT COALESCE(SUM(on_hand), 0) FROM stock_level l \
                     WHERE l.product_id = i.product_id) OR i.reserved <> (SELECT COALESCE(SUM(reserved), 0) FROM stock_level l \
                     WHERE l.product_id = i.product_id) OR i.free <> i.on_hand - i.reserved OR i.waiting <> (SELECT COALESCE(SUM(waiting), 0) \
                     FROM stock_need n WHERE n.product_id = i.product_id)";
        assert_eq!(
            db.number(items, vec![]).await.unwrap(),
            0,
            "totals differ from the places"
        );
        let needs = "SELECT count(*) FROM stock_need n WHERE n.reserved <> (SELECT COALESCE(SUM(quantity), 0) FROM stock_move m \
                     WHERE m.line_id = n.line_id AND m.kind IN ('reservation','release'))";
        assert_eq!(
            db.number(needs, vec![]).await.unwrap(),
            0,
            "lines differ from the ledger"
        );
    }
}

#[tokio::test]
async fn an_order_reserves_releases_ships_and_takes_back() {
    let shop = Shop::open().await;
    let second = send(
        &shop.api,
        "POST",
        "/api/v1/warehouses",
        &json!({"name": "North", "code": "W2"}),
        201,
    )
    .await["id"]
        .as_i64()
        .unwrap();
    let p = shop.kept("A", 6, json!({})).await;
    shop.book(p, second, "receipt", "4", 201).await;
    // Neither place has eight: both give.
    let order = shop.order(json!([{"product_id": p, "quantity": "8"}])).await;
    assert_eq!(shop.stock(p).await, [10, 0, 10, 0]);
    shop.step(order, "confirmed", false, 200).await;
    assert_eq!(shop.stock(p).await, [10, 8, 2, 0]);
    // The next one gets a clear refusal with the numbers, or takes what there is.
    let other = shop.order(json!([{"product_id": p, "quantity": "5"}])).await;
    let no = shop.step(other, "confirmed", false, 409).await;
    assert_eq!(no["code"], "error-stock-short");
    assert!(no["title"].as_str().unwrap().contains("5 wanted, only 2 free"), "{no}");
    assert_eq!(no["proposal"]["lines"][0]["ready"], "2", "{no}");
    assert_eq!(shop.stock(p).await, [10, 8, 2, 0]);
    shop.step(other, "confirmed", true, 200).await;
    assert_eq!(shop.stock(p).await, [10, 10, 0, 3]);
    shop.balance().await;
    // Amending the first one down serves the one that waits.
    let sql = "SELECT id FROM order_line WHERE order_id = $1";
    let line = shop.app.ctx().db().number(sql, binds![order]).await.unwrap();
    let sql = "SELECT version FROM order_line WHERE id = $1";
    let version = shop.app.ctx().db().number(sql, binds![line]).await.unwrap();
    let path = format!("/api/v1/order-lines/{line}");
    amend(&shop.api, &path, version, &json!({"quantity": "7"}), 200).await;
    assert_eq!(shop.stock(p).await, [10, 10, 0, 2]);
    // Goods that arrive go to who waits; the rest is free.
    let body = json!({"product_id": p, "warehouse_id": second, "due_on": "2099-01-01", "quantity": "5"});
    let expected = send(&shop.api, "POST", "/api/v1/incoming", &body, 201).await["id"]
        .as_i64()
        .unwrap();
    let body =
        json!({"product_id": p, "warehouse_id": second, "kind": "receipt", "quantity": "5", "incoming_id": expected});
    send(&shop.api, "POST", "/api/v1/stock-moves", &body, 201).await;
    assert_eq!(shop.stock(p).await, [15, 12, 3, 0]);
    let sql = "SELECT open FROM stock_incoming WHERE id = $1";
    assert_eq!(shop.app.ctx().db().number(sql, binds![expected]).await.unwrap(), 0);
    shop.step(other, "cancelled", false, 200).await;
    assert_eq!(shop.stock(p).await, [15, 7, 8, 0]);
    shop.step(order, "shipped", false, 200).await;
    assert_eq!(shop.stock(p).await, [8, 0, 8, 0]);
    shop.balance().await;
    // What comes back lies there again.
    let back = send(
        &shop.api,
        "POST",
        &format!("/api/v1/orders/{order}/return"),
        &json!({}),
        201,
    )
    .await;
    let back = back["id"].as_i64().unwrap();
    for (to, on_hand) in [("confirmed", 8), ("shipped", 8), ("delivered", 15)] {
        shop.step(back, to, false, 200).await;
        assert_eq!(shop.stock(p).await, [on_hand, 0, on_hand, 0], "{to}");
    }
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn the_ledger_is_only_added_to() {
    let shop = Shop::open().await;
    let p = shop.kept("A", 2, json!({})).await;
    let no = shop.book(p, shop.place, "correction", "-3", 409).await;
    assert!(no["title"].as_str().unwrap().contains("would stand at -1"), "{no}");
    shop.book(p, shop.place, "issue", "-1", 422).await;
    let made = shop.book(p, shop.place, "correction", "-1", 201).await;
    let path = format!("/api/v1/stock-moves/{}", made["id"]);
    let no = amend(&shop.api, &path, 1, &json!({"quantity": "5"}), 409).await;
    assert_eq!(no["code"], "error-stock-ledger");
    assert_eq!(shop.stock(p).await, [1, 0, 1, 0]);
    let free = shop
        .app
        .make("product", &[("sku", "B".into()), ("name", "B".into())])
        .await;
    let no = shop.book(free, shop.place, "receipt", "1", 409).await;
    assert_eq!(no["code"], "error-stock-not-kept");
    // A product that may go below zero does.
    let loose = shop.kept("C", 0, json!({"allow_negative": true})).await;
    let order = shop.order(json!([{"product_id": loose, "quantity": "3"}])).await;
    shop.step(order, "confirmed", false, 200).await;
    shop.step(order, "shipped", false, 200).await;
    assert_eq!(shop.stock(loose).await, [-3, 0, -3, 0]);
    // Salespeople see the stock and do not book.
    shop.app.user("rep", "salesperson").await;
    let rep = shop.app.login("rep").await;
    rep.get(&format!("/products/{p}/stock")).await.expect(200);
    let form = [("kind", "receipt"), ("quantity", "1"), ("warehouse_id", "1")];
    rep.post(&format!("/products/{p}/stock/move"), &form).await.expect(403);
    let admin = shop.app.login("admin").await;
    admin
        .post(&format!("/products/{p}/stock/move"), &form)
        .await
        .expect(303);
    assert_eq!(shop.stock(p).await, [2, 0, 2, 0]);
    shop.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_buyers_of_the_last_seven_pieces() {
    let shop = Shop::open().await;
    let p = shop.kept("LAST", 7, json!({})).await;
    let q = shop.kept("OTHER", 1_000, json!({})).await;
    let mut orders = vec![];
    for i in 0..50 {
        // Half of them name the products the other way round: nobody waits for each other for ever.
        let (a, b) = if i % 2 == 0 { (p, q) } else { (q, p) };
        let lines = json!([{"product_id": a, "quantity": "1"}, {"product_id": b, "quantity": "1"}]);
        orders.push((shop.order(lines).await, 0_i64));
    }
    for order in &mut orders {
        order.1 = shop.version(order.0).await;
    }
    let calls = orders.iter().map(|(id, version)| {
        let path = format!("/api/v1/orders/{id}/status");
        let body = json!({"to": "confirmed", "version": version});
        let api = &shop.api;
        async move {
            let reply = api.api("POST", &path, Some(&body), &[]).await;
            (reply.status, reply.json())
        }
    });
    let replies = futures::future::join_all(calls).await;
    let won = replies.iter().filter(|r| r.0 == 200).count();
    let lost: Vec<&Json> = replies.iter().filter(|r| r.0 == 409).map(|r| &r.1).collect();
    assert_eq!((won, lost.len()), (7, 43));
    for no in lost {
        assert_eq!(no["code"], "error-stock-short");
        // Nothing is on its way: the proposal says so instead of naming a day.
        let (proposal, lines) = (&no["proposal"], no["proposal"]["lines"].as_array().unwrap());
        assert_eq!(
            (&proposal["short"], &proposal["promised_on"]),
            (&json!(true), &Json::Null)
        );
        assert!(
            lines
                .iter()
                .any(|l| l["product_id"] == p && l["ready"] == "0" && l["reasons"] != json!([])),
            "{no}"
        );
    }
    assert_eq!(shop.stock(p).await, [7, 7, 0, 0]);
    assert_eq!(shop.stock(q).await, [1_000, 7, 993, 0]);
    shop.balance().await;
    shop.app.stop().await;
}

/// A small generator of our own: the sequences are the same in each run.
pub(crate) struct Dice(pub(crate) u64);
impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[tokio::test]
async fn random_business_keeps_the_ledger_in_balance() {
    let shop = Shop::open().await;
    let products = [shop.kept("A", 20, json!({})).await, shop.kept("B", 5, json!({})).await];
    for seed in 1..=3_u64 {
        let mut dice = Dice(seed);
        let mut orders: Vec<(i64, &str)> = vec![];
        for _ in 0..40 {
            let pick = products[usize::try_from(dice.below(2)).unwrap()];
            let quantity = dice.below(9) + 1;
            match dice.below(6) {
                0 => {
                    let n = quantity.to_string();
                    shop.book(pick, shop.place, "receipt", &n, 201).await;
                }
                1 | 2 => {
                    let lines = json!([
                        {"product_id": pick, "quantity": quantity.to_string()},
                        {"product_id": products[0], "quantity": "1"},
                    ]);
                    orders.push((shop.order(lines).await, "draft"));
                }
                _ if orders.is_empty() => {}
                _ => {
                    let at = usize::try_from(dice.below(u64::try_from(orders.len()).unwrap())).unwrap();
                    let (order, state) = orders[at];
                    let to = match (state, dice.below(4)) {
                        ("draft", _) => "confirmed",
                        ("confirmed", 0) => "cancelled",
                        ("confirmed", _) => "shipped",
                        _ => continue,
                    };
                    let body = json!({"to": to, "version": shop.version(order).await, "partial": dice.below(2) == 0, "reason": (to == "cancelled").then_some("test")});
                    let path = format!("/api/v1/orders/{order}/status");
                    let reply = shop.api.api("POST", &path, Some(&body), &[]).await;
                    assert!(matches!(reply.status, 200 | 409), "{}", reply.body);
                    if reply.status == 200 {
                        orders[at].1 = to;
                    }
                }
            }
        }
        shop.balance().await;
    }
    shop.app.stop().await;
}

#[tokio::test]
async fn an_order_tells_when_it_can_leave_and_why() {
    let shop = Shop::open().await;
    let p = shop.kept("A", 3, json!({})).await;
    let made = shop
        .kept(
            "MADE",
            0,
            json!({"mode": "made_to_order", "capacity": "2", "lead_days": 1}),
        )
        .await;
    let order = shop
        .order(json!([{"product_id": p, "quantity": "5"}, {"product_id": made, "quantity": "4"}]))
        .await;
    let path = format!("/api/v1/orders/{order}/deliverability");
    let told = send(&shop.api, "POST", &path, &json!({}), 200).await;
    assert_eq!(told["promised_on"], Json::Null);
    assert_eq!(told["short"], true);
    assert_eq!(told["lines"][0]["ready"], "3");
    assert!(
        told["lines"][0]["reasons"][1]
            .as_str()
            .unwrap()
            .contains("Nobody knows"),
        "{told}"
    );
    assert!(told["lines"][1]["promised_on"].is_string(), "{told}");
    let body = json!({"product_id": p, "warehouse_id": shop.place, "due_on": "2099-01-01", "quantity": "5"});
    send(&shop.api, "POST", "/api/v1/incoming", &body, 201).await;
    let told = send(&shop.api, "POST", &path, &json!({}), 200).await;
    assert_eq!(told["promised_on"], "2099-01-01");
    assert_eq!(told["deliveries"].as_array().unwrap().len(), 3);
    // The page asks for the same, in both languages, and offers the way out.
    let admin = shop.app.login("admin").await;
    let page = admin.get(&format!("/orders/{order}/lines")).await.expect(200);
    assert!(
        page.body.contains(&format!("/orders/{order}/deliverability")),
        "{}",
        page.body
    );
    let part = admin.get(&format!("/orders/{order}/deliverability")).await.expect(200);
    assert!(part.body.contains("Confirm, deliver in parts"), "{}", part.body);
    let part = shop
        .app
        .login_zh("admin")
        .await
        .get(&format!("/orders/{order}/deliverability"))
        .await;
    assert!(part.expect(200).body.contains("确认并分批交货"));
    let version = shop.version(order).await.to_string();
    let form = [("to", "confirmed"), ("version", version.as_str())];
    let reply = admin.post(&format!("/orders/{order}/status"), &form).await.expect(303);
    assert!(reply.location().ends_with("/lines"), "{}", reply.location());
    assert_eq!(shop.stock(p).await, [3, 0, 3, 0]);
    let form = [("to", "confirmed"), ("version", version.as_str()), ("partial", "1")];
    admin.post(&format!("/orders/{order}/status"), &form).await.expect(303);
    assert_eq!(shop.stock(p).await, [3, 3, 0, 2]);
    assert_eq!(shop.stock(made).await, [0, 0, 0, 4]);
    let stock = send(
        &shop.api,
        "GET",
        &format!("/api/v1/products/{p}/stock"),
        &Json::Null,
        200,
    )
    .await;
    assert_eq!(stock["waiting"], "2");
    assert_eq!(stock["incoming"][0]["quantity"], "5");
    for path in [
        format!("/products/{p}/stock"),
        format!("/warehouses/{}/stock", shop.place),
        "/stock".into(),
        "/stock-moves".into(),
    ] {
        admin.get(&path).await.expect(200);
    }
    shop.balance().await;
    shop.app.stop().await;
}
