//! Orders before their approvers: a flow by discount or margin, no confirmation without it, and void when changed.

use serde_json::{Value as Json, json};
use zhike_testkit::{Client, TestApp};

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}
async fn get(client: &Client, path: &str) -> Json {
    client.api("GET", path, None, &[]).await.expect(200).json()
}

struct House {
    app: TestApp,
    boss: Client,
    boss_id: i64,
    rep: Client,
    party: i64,
}

impl House {
    /// Orders with more than 10 % off, or a margin below 20 %, are to be approved by an administrator.
    async fn open() -> House {
        let app = TestApp::boot().await;
        let boss_id = app.user("boss", "administrator").await;
        let rep_id = app.user("rep", "salesperson").await;
        let boss = app.token(boss_id, false).await;
        let rep = app.token(rep_id, false).await;
        let party = app
            .make("party", &[("name", "Acme".into()), ("owner_id", rep_id.into())])
            .await;
        for (name, field, op, value) in [
            ("Discount", "discount_rate", "gt", 100_000),
            ("Margin", "margin_rate", "lt", 200_000),
        ] {
            let condition = json!({"field": field, "op": op, "values": [value]}).to_string();
            let body = json!({"name": name, "subject": "order", "condition": condition, "lines": [
                {"name": name, "who": "role", "role": "administrator", "mode": "any"},
            ]});
            send(&boss, "POST", "/api/v1/approval-flows", &body, 201).await;
        }
        House {
            app,
            boss,
            boss_id,
            rep,
            party,
        }
    }
    async fn order(&self, price: &str, discount: &str, cost: &str) -> i64 {
        let product = self
            .app
            .make(
                "product",
                &[
                    ("sku", format!("P{price}{discount}{cost}").into()),
                    ("name", "Pump".into()),
                    ("price", 10_000_i64.into()),
                    ("cost", (cost.parse::<i64>().unwrap() * 100).into()),
                ],
            )
            .await;
        let body = json!({"party_id": self.party, "lines": [
            {"product_id": product, "quantity": "1", "unit_price": price, "discount": discount},
        ]});
        send(&self.rep, "POST", "/api/v1/orders", &body, 201).await["id"]
            .as_i64()
            .unwrap()
    }
    async fn version(&self, order: i64) -> i64 {
        get(&self.rep, &format!("/api/v1/orders/{order}")).await["version"]
            .as_i64()
            .unwrap()
    }
    async fn confirm(&self, order: i64, status: u16) -> Json {
        let body = json!({"to": "confirmed", "version": self.version(order).await});
        send(
            &self.rep,
            "POST",
            &format!("/api/v1/orders/{order}/status"),
            &body,
            status,
        )
        .await
    }
    async fn ask(&self, order: i64, status: u16) -> Json {
        let body = json!({"version": self.version(order).await, "note": "Large customer"});
        send(
            &self.rep,
            "POST",
            &format!("/api/v1/orders/{order}/approval"),
            &body,
            status,
        )
        .await
    }
    async fn approve(&self, request: &Json) {
        let one = get(&self.boss, &format!("/api/v1/approvals/{request}")).await;
        let task = one["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|t| t["state"] == "open" && t["user"] == self.boss_id)
            .unwrap()
            .clone();
        let body = json!({"act": "approve", "version": task["version"]});
        send(
            &self.boss,
            "POST",
            &format!("/api/v1/approvals/{request}/tasks/{}", task["id"]),
            &body,
            200,
        )
        .await;
    }
}

#[tokio::test]
async fn an_order_within_the_limits_goes_on_by_itself() {
    let h = House::open().await;
    let order = h.order("100", "5", "50").await;
    assert_eq!(h.ask(order, 409).await["code"], "error-order-approval-free");
    h.confirm(order, 200).await;
    h.app.stop().await;
}

#[tokio::test]
async fn beyond_a_limit_it_waits_for_approval_and_a_change_asks_again() {
    let h = House::open().await;
    let order = h.order("100", "20", "50").await;
    assert_eq!(h.confirm(order, 409).await["code"], "error-order-approval");
    // Neither does another door help.
    let tag = format!("\"v{}\"", h.version(order).await);
    let path = format!("/api/v1/orders/{order}");
    let body = json!({"status": "confirmed"});
    h.rep
        .api("PATCH", &path, Some(&body), &[("if-match", &tag)])
        .await
        .expect(409);
    let request = h.ask(order, 200).await["approval"].clone();
    assert_eq!(h.ask(order, 409).await["code"], "error-approval-open");
    assert_eq!(h.confirm(order, 409).await["code"], "error-order-approval");
    let one = get(&h.boss, &format!("/api/v1/approvals/{request}")).await;
    assert_eq!(one["frozen"]["fields"]["discount_rate"], 200_000, "{one}");
    // What it leaves over is not for the salesperson's eyes.
    let mine = get(&h.rep, &format!("/api/v1/approvals/{request}")).await;
    assert_eq!(mine["frozen"]["fields"].get("margin_rate"), None, "{mine}");
    h.approve(&request).await;
    // Changed after the approval, it is another order.
    let line = get(&h.rep, &path).await["lines"][0].clone();
    let tag = format!("\"v{}\"", line["version"]);
    let at = format!("/api/v1/order-lines/{}", line["id"]);
    h.rep
        .api("PATCH", &at, Some(&json!({"discount": "30"})), &[("if-match", &tag)])
        .await
        .expect(200);
    assert_eq!(h.confirm(order, 409).await["code"], "error-order-approval");
    let page = h.app.login("rep").await;
    assert!(
        page.get(&format!("/orders/{order}"))
            .await
            .expect(200)
            .body
            .contains("Ask for approval")
    );
    let request = h.ask(order, 200).await["approval"].clone();
    h.approve(&request).await;
    assert!(
        !page
            .get(&format!("/orders/{order}"))
            .await
            .expect(200)
            .body
            .contains("order-approval\"")
    );
    h.confirm(order, 200).await;
    h.app.stop().await;
}

#[tokio::test]
async fn a_thin_margin_is_seen_by_the_house_though_not_by_the_asker() {
    let h = House::open().await;
    let order = h.order("100", "0", "90").await;
    assert_eq!(h.confirm(order, 409).await["code"], "error-order-approval");
    let request = h.ask(order, 200).await["approval"].clone();
    let one = get(&h.boss, &format!("/api/v1/approvals/{request}")).await;
    assert_eq!(one["frozen"]["fields"]["margin_rate"], 100_000, "{one}");
    h.approve(&request).await;
    h.confirm(order, 200).await;
    h.app.stop().await;
}
