//! Carriers report over the API; late and failed deliveries become somebody's task, once.

use crate::stock::{Shop, send};
use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::Client;

impl Shop {
    /// A program that may report where shipments are and nothing else.
    async fn carrier(&self) -> Client {
        let user = self.app.user("carrier", "manager").await;
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        let scope = Some("shipment_event");
        let secret = zhike_identity::create_narrow_token(&ctx, &tx, user, "carrier", false, scope, None).await;
        tx.commit().await.unwrap();
        Client::bearer(&self.app.url, &secret.unwrap())
    }
    /// A shipment of 3 pieces that left with a tracking number: order, shipment.
    async fn sent(&self, sku: &str, tracking: &str) -> (i64, i64) {
        let p = self.kept(sku, 3, json!({})).await;
        let order = self.order(json!([{"product_id": p, "quantity": "3"}])).await;
        self.step(order, "confirmed", false, 200).await;
        let made = self.ship(order, json!({}), 201).await["id"].as_i64().unwrap();
        let way = json!({"carrier": "SF Express", "tracking": tracking});
        self.bring(made, "shipped", way, 200).await;
        (order, made)
    }
    async fn tasks(&self) -> i64 {
        // Where there is an area of service, what is late is a case.
        let sql =
            "SELECT count(*) FROM service_case WHERE external_key LIKE 'late_delivery:%' AND responsible = 'carrier'";
        self.app.ctx().db().number(sql, vec![]).await.unwrap()
    }
    async fn state_of(&self, shipment: i64) -> Json {
        self.api
            .get(&format!("/api/v1/shipments/{shipment}"))
            .await
            .expect(200)
            .json()
    }
}

fn event(tracking: &str, what: &str, at: &str, id: &str) -> Json {
    json!({"carrier": "sf express", "tracking": tracking, "event": what, "at": at, "id": id})
}

async fn report(client: &Client, events: Json) -> Vec<String> {
    let told = send(
        client,
        "POST",
        "/api/v1/shipment-events",
        &json!({ "events": events }),
        200,
    )
    .await;
    let word = |r: &Json| r["result"].as_str().unwrap().to_owned();
    told["results"].as_array().unwrap().iter().map(word).collect()
}

#[tokio::test]
async fn a_carrier_reports_once_in_any_order_and_may_do_nothing_else() {
    let shop = Shop::open().await;
    let carrier = shop.carrier().await;
    let (order, made) = shop.sent("A", "SF1").await;
    let batch = json!([
        event("SF1", "in_transit", "2026-06-30T02:00:00Z", "e2"),
        event("SF1", "picked_up", "2026-06-30T01:00:00Z", "e1"),
        event("NOBODY", "delivered", "2026-06-30T01:00:00Z", "e9"),
        event("SF1", "lost", "2026-06-30T01:00:00Z", "e8"),
        event("SF1", "in_transit", "yesterday", "e7"),
        event("SF1", "in_transit", "2026-06-30T02:00:00Z", "e2"),
        event("SF1", "delayed", "2026-06-30T02:30:00Z", "e6"),
    ]);
    let words = report(&carrier, batch).await;
    assert_eq!(
        words,
        [
            "applied", "kept", "unknown", "refused", "refused", "repeated", "refused"
        ]
    );
    assert_eq!(shop.state_of(made).await["status"], "in_transit");
    let mut late = event("SF1", "delayed", "2026-06-30T03:00:00Z", "e3");
    late["expected_on"] = "2026-07-04".into();
    assert_eq!(report(&carrier, json!([late])).await, ["applied"]);
    assert_eq!(shop.state_of(made).await["expected_on"], "2026-07-04");
    // Delivered counts although a failure was told for a later moment; nothing moves it again.
    let failed = event("SF1", "failed", "2026-06-30T05:00:00Z", "e5");
    let delivered = event("SF1", "delivered", "2026-06-30T04:00:00Z", "e4");
    assert_eq!(
        report(&carrier, json!([failed, delivered])).await,
        ["applied", "applied"]
    );
    let again = event("SF1", "in_transit", "2026-06-30T06:00:00Z", "e10");
    assert_eq!(report(&carrier, json!([again])).await, ["kept"]);
    let now = shop.state_of(made).await;
    assert_eq!(
        (now["status"].as_str(), now["delivered_on"].as_str()),
        (Some("delivered"), Some("2026-06-30"))
    );
    assert_eq!(shop.status(order).await.0, "delivered");
    // The token opens this door only.
    for path in ["/api/v1/shipments", "/api/v1/parties", "/api/v1/orders", "/me"] {
        carrier.get(path).await.expect(403);
    }
    send(
        &carrier,
        "POST",
        "/api/v1/orders",
        &json!({"party_id": shop.party}),
        403,
    )
    .await;
    let rep = shop.app.user("rep", "salesperson").await;
    let rep = shop.app.token(rep, false).await;
    send(&rep, "POST", "/api/v1/shipment-events", &json!({"events": []}), 403).await;
    send(&carrier, "POST", "/api/v1/shipment-events", &json!({"events": []}), 422).await;
    // The description tells what to send.
    let api = shop.api.get("/api/v1/openapi.json").await.expect(200).json();
    let schema =
        &api["paths"]["/api/v1/shipment-events"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"]["events"]["maxItems"], 500, "{schema}");
    let admin = shop.app.login("admin").await;
    let page = admin.get(&format!("/shipments/{made}/goods")).await.expect(200);
    assert!(
        page.body.contains("Where it is") && page.body.contains("Delayed until"),
        "{}",
        page.body
    );
    let made = [("name", "carrier"), ("scope", "shipment_event")];
    let page = admin.post("/me/tokens", &made).await.expect(200);
    assert!(
        page.body.contains("Reports of carriers about shipments only"),
        "{}",
        page.body
    );
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_picks_up_a_draft_takes_it_out_of_the_stock() {
    let shop = Shop::open().await;
    let carrier = shop.carrier().await;
    let p = shop.kept("A", 3, json!({})).await;
    let order = shop.order(json!([{"product_id": p, "quantity": "3"}])).await;
    shop.step(order, "confirmed", false, 200).await;
    let body = json!({"order_id": order, "tracking": "T-7"});
    let made = send(&shop.api, "POST", "/api/v1/shipments", &body, 201).await;
    assert_eq!(made["lines"][0]["quantity"], "3", "{made}");
    assert_eq!(
        report(
            &carrier,
            json!([event("T-7", "in_transit", "2026-06-30T02:00:00Z", "1")])
        )
        .await,
        ["applied"]
    );
    assert_eq!(shop.stock(p).await, [0, 0, 0, 0]);
    assert_eq!(shop.status(order).await.0, "shipped");
    shop.balance().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn what_fails_or_is_late_becomes_one_case() {
    let shop = Shop::open().await;
    let carrier = shop.carrier().await;
    let (order, made) = shop.sent("A", "SF1").await;
    let (_, other) = shop.sent("B", "SF2").await;
    let (_, in_time) = shop.sent("C", "SF3").await;
    let batch = json!([
        event("SF1", "failed", "2026-06-30T01:00:00Z", "1"),
        event("SF1", "in_transit", "2026-06-30T02:00:00Z", "2"),
        event("SF1", "failed", "2026-06-30T03:00:00Z", "3"),
    ]);
    assert_eq!(report(&carrier, batch).await, ["applied", "applied", "applied"]);
    assert_eq!(shop.tasks().await, 1);
    let ctx = shop.app.ctx();
    let sql = "UPDATE order_shipment SET promised_on = $1 WHERE id = $2";
    let tx = ctx.begin().await.unwrap();
    for (day, id) in [("2026-06-29", made), ("2026-06-29", other), ("2026-06-30", in_time)] {
        tx.exec(sql, binds![day, id]).await.unwrap();
    }
    tx.commit().await.unwrap();
    for _ in 0..2 {
        let tx = ctx.begin().await.unwrap();
        zhike_jobs::push(&tx, "order.late", None, &json!({})).await.unwrap();
        tx.commit().await.unwrap();
        shop.app.run_jobs().await;
    }
    // The one that failed has its task already; the other gets one; the third is in time.
    assert_eq!(shop.tasks().await, 2);
    let sql = "SELECT count(*) FROM event WHERE kind = $1";
    for (kind, n) in [("order.delivery_late.v1", 2), ("order.delivery_failed.v1", 2)] {
        assert_eq!(ctx.db().number(sql, binds![kind]).await.unwrap(), n, "{kind}");
    }
    let sql = "SELECT shipment_id FROM service_case WHERE channel = 'house' AND shipment_id IS NOT NULL AND order_id IS NOT NULL ORDER BY shipment_id";
    let rows = ctx.db().all(sql, vec![]).await.unwrap();
    assert_eq!(
        rows.iter().map(|r| r.int(0).unwrap()).collect::<Vec<_>>(),
        [made, other]
    );
    shop.app
        .login_zh("admin")
        .await
        .get(&format!("/orders/{order}/history"))
        .await
        .expect(200);
    shop.app.stop().await;
}
