//! Shops: signed messages become customers, products, orders, payments and credit notes, each once; what is older, forged or
//! does not add up changes nothing and says why.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, Reply, TestApp};
use zhike_web::seal;

pub const SECRET: &str = "secret-of-the-shop";

pub struct House {
    pub app: TestApp,
    pub api: Client,
    pub shop: i64,
    pub hook: String,
}

impl House {
    pub async fn open(kind: &str, more: Json) -> House {
        let app = TestApp::boot().await;
        let user = app.user("second", "administrator").await;
        let api = app.token(user, false).await;
        let mut body = json!({"name": "清河小店", "kind": kind, "currency": "EUR"});
        for (k, v) in more.as_object().unwrap() {
            body[k] = v.clone();
        }
        let made = api
            .api("POST", "/api/v1/shops", Some(&body), &[])
            .await
            .expect(201)
            .json();
        let shop = made["id"].as_i64().unwrap();
        let path = format!("/api/v1/shops/{shop}/secret");
        let body = json!({"version": made["version"], "secret": SECRET});
        let kept = api.api("PUT", &path, Some(&body), &[]).await.expect(200).json();
        assert_eq!(kept["secret"], Json::Null, "what was typed is not told again");
        House {
            app,
            api,
            shop,
            hook: kept["hook"].as_str().unwrap().to_owned(),
        }
    }

    /// A message of WooCommerce.
    pub async fn woo(&self, topic: &str, delivery: &str, body: &Json) -> Reply {
        let mac = BASE64.encode(seal::mac(SECRET.as_bytes(), &[body.to_string().as_bytes()]));
        let headers = [
            ("x-wc-webhook-signature", mac.as_str()),
            ("x-wc-webhook-topic", topic),
            ("x-wc-webhook-delivery-id", delivery),
        ];
        self.send(body, &headers).await
    }

    /// A message of Shopify.
    pub async fn shopify(&self, topic: &str, delivery: &str, body: &Json) -> Reply {
        let mac = BASE64.encode(seal::mac(SECRET.as_bytes(), &[body.to_string().as_bytes()]));
        let headers = [
            ("x-shopify-hmac-sha256", mac.as_str()),
            ("x-shopify-topic", topic),
            ("x-shopify-webhook-id", delivery),
        ];
        self.send(body, &headers).await
    }

    /// A message of any other shop.
    pub async fn plain(&self, delivery: &str, body: &Json) -> Reply {
        let at = (self.app.ctx().now().0 / 1_000_000).to_string();
        let pieces = [
            delivery.as_bytes(),
            b".",
            at.as_bytes(),
            b".",
            &body.to_string().into_bytes(),
        ]
        .map(<[u8]>::to_vec);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let mac = format!("v1,{}", BASE64.encode(seal::mac(SECRET.as_bytes(), &pieces)));
        let headers = [
            ("webhook-id", delivery),
            ("webhook-timestamp", at.as_str()),
            ("webhook-signature", mac.as_str()),
        ];
        self.send(body, &headers).await
    }

    async fn send(&self, body: &Json, headers: &[(&str, &str)]) -> Reply {
        let reply = self.app.anonymous().api("POST", &self.hook, Some(body), headers).await;
        self.app.run_jobs().await;
        reply
    }

    /// The newest message, as the API tells of it.
    pub async fn last(&self) -> Json {
        let path = format!("/api/v1/shops/{}/messages", self.shop);
        self.api.get(&path).await.expect(200).json()["data"][0].clone()
    }

    pub async fn get(&self, path: &str) -> Json {
        self.api.get(path).await.expect(200).json()
    }

    async fn order(&self) -> Json {
        let id = self.last().await["record"]["id"].clone();
        self.get(&format!("/api/v1/orders/{id}")).await
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.app.ctx().db().number(sql, vec![]).await.unwrap()
    }
}

/// The order of WooCommerce's documentation, in another currency.
fn order() -> Json {
    json!({"id": 727, "number": "727", "status": "processing", "currency": "EUR",
        "date_created_gmt": "2026-03-22T19:28:02", "date_modified_gmt": "2026-03-22T19:28:08", "total": "29.35", "customer_id": 25,
        "billing": {"first_name": "John", "last_name": "Doe", "address_1": "969 Market", "city": "San Francisco", "state": "CA",
            "postcode": "94103", "country": "US", "email": "John.Doe@example.com", "phone": "(555) 555-5555"},
        "payment_method_title": "Credit card", "date_paid_gmt": "2026-03-22T19:28:08",
        "line_items": [
            {"id": 315, "name": "Woo Single", "product_id": 93, "variation_id": 0, "quantity": 3, "subtotal": "7.00", "total": "6.00",
             "total_tax": "0.45", "sku": "WS-1", "price": 2},
            {"id": 316, "name": "Ship Your Idea", "product_id": 22, "variation_id": 23, "quantity": 1, "subtotal": "12.00",
             "total": "12.00", "total_tax": "0.90", "sku": "", "price": 12}],
        "shipping_lines": [{"id": 317, "method_title": "Flat Rate", "total": "10.00", "total_tax": "0.00"}],
        "fee_lines": [], "refunds": []})
}

#[tokio::test]
async fn a_paid_order_becomes_customer_product_order_invoice_and_payment_once() {
    let h = House::open("woocommerce", json!({})).await;
    let taken = h.woo("order.created", "d1", &order()).await.expect(200).json();
    assert_eq!(taken, json!({"taken": 1, "known": 0}));
    let last = h.last().await;
    assert_eq!(
        (last["outcome"].as_str(), last["remote"].as_str()),
        (Some("applied"), Some("727")),
        "{last}"
    );
    let o = h.order().await;
    assert_eq!(
        (o["status"].as_str(), o["total"].as_str(), o["currency"].as_str()),
        (Some("confirmed"), Some("29.35"), Some("EUR"))
    );
    assert_eq!(
        (o["tax"].as_str(), o["channel"].as_str(), o["external_key"].as_str()),
        (Some("1.35"), Some("清河小店"), Some("727"))
    );
    let party = h.get(&format!("/api/v1/parties/{}", o["party_id"])).await;
    assert_eq!(
        (party["name"].as_str(), party["email"].as_str()),
        (Some("John Doe"), Some("john.doe@example.com"))
    );
    assert_eq!(
        (party["roles"].clone(), party["source"].as_str()),
        (json!(["customer"]), Some("清河小店"))
    );
    assert_eq!(
        h.count("SELECT count(*) FROM catalog_product WHERE sku = 'WS-1'").await,
        1
    );
    assert_eq!(
        h.count("SELECT open FROM billing_invoice").await,
        0,
        "paid and put to its invoice"
    );
    assert_eq!(h.count("SELECT count(*) FROM billing_invoice_line").await, 3);
    assert_eq!(h.count("SELECT amount FROM billing_payment").await, 2_935);

    // The same message again, and the same words under another name.
    let again = h.woo("order.created", "d1", &order()).await.expect(200).json();
    assert_eq!(again, json!({"taken": 0, "known": 1}));
    h.woo("order.updated", "d2", &order()).await.expect(200);
    assert_eq!(h.last().await["outcome"], "unchanged");
    let all = "SELECT (SELECT count(*) FROM order_order) * 10000 + (SELECT count(*) FROM billing_payment) * 1000 \
               + (SELECT count(*) FROM billing_invoice) * 100 + (SELECT count(*) FROM order_line) * 10 \
               + (SELECT count(*) FROM billing_allocation)";
    assert_eq!(h.count(all).await, 11_131);

    // An older word changes nothing.
    let mut old = order();
    old["status"] = "cancelled".into();
    old["date_modified_gmt"] = "2026-03-22T19:28:03".into();
    h.woo("order.updated", "d3", &old).await.expect(200);
    assert_eq!(
        (h.last().await["outcome"].clone(), h.order().await["status"].clone()),
        (json!("older"), json!("confirmed"))
    );

    // Part of the money goes back: once, with its credit note, and nothing is owed.
    let mut back = order();
    back["date_modified_gmt"] = "2026-03-23T08:00:00".into();
    back["refunds"] = json!([{"id": 726, "reason": "broken", "total": "-10.00"}]);
    h.woo("order.updated", "d4", &back).await.expect(200);
    assert_eq!(h.last().await["outcome"], "applied");
    h.woo("order.updated", "d5", &back).await.expect(200);
    assert_eq!(h.last().await["outcome"], "unchanged");
    assert_eq!(h.count("SELECT amount FROM billing_credit_note").await, 1_000);
    let sum = "SELECT CAST(SUM(amount) AS BIGINT) FROM billing_payment";
    assert_eq!(
        (h.count(sum).await, h.count("SELECT open FROM billing_invoice").await),
        (1_935, 0)
    );
    let loose = "SELECT CAST(SUM(unallocated) AS BIGINT) FROM billing_payment";
    assert_eq!(h.count(loose).await, 0);

    // The goods leave.
    back["status"] = "completed".into();
    back["date_modified_gmt"] = "2026-03-23T09:00:00".into();
    h.woo("order.updated", "d6", &back).await.expect(200);
    assert_eq!(h.order().await["status"], "shipped");
    h.app.stop().await;
}

#[tokio::test]
async fn what_is_forged_is_not_read_and_the_ping_is_answered() {
    let h = House::open("woocommerce", json!({})).await;
    let body = order();
    for headers in [
        vec![],
        vec![("x-wc-webhook-signature", "AAAA")],
        vec![("x-shopify-hmac-sha256", "AAAA")],
    ] {
        let reply = h.send(&body, &headers).await.expect(401).json();
        assert_eq!(reply["code"], "error-shop-signature");
    }
    assert_eq!(h.count("SELECT count(*) FROM shop_message").await, 0);
    let page = h
        .app
        .login("second")
        .await
        .get(&format!("/shops/{}", h.shop))
        .await
        .expect(200);
    assert!(page.body.contains("wrong signature"), "the page says so");
    assert!(!page.body.contains(SECRET), "a secret never comes out");
    let told = h.get(&format!("/api/v1/shops/{}", h.shop)).await.to_string();
    assert!(!told.contains(SECRET));
    // WooCommerce asks whether somebody is there before it keeps a webhook.
    let ping = h.app.anonymous().post(&h.hook, &[("webhook_id", "17")]).await;
    ping.expect(200);
    let other = h
        .app
        .anonymous()
        .post(&h.hook, &[("webhook_id", "17"), ("more", "1")])
        .await;
    other.expect(401);
    h.app
        .anonymous()
        .api("POST", "/api/v1/shop-hooks/nobody", Some(&body), &[])
        .await
        .expect(404);
    let large = json!({"x": "y".repeat(1_100_000)});
    let reply = h.woo("order.created", "big", &large).await;
    assert!(matches!(reply.status, 413 | 422), "{}", reply.status);
    // Switched off, it hears nothing.
    let path = format!("/api/v1/shops/{}", h.shop);
    let tag = format!("\"v{}\"", h.get(&path).await["version"]);
    h.api
        .api("PATCH", &path, Some(&json!({"active": false})), &[("if-match", &tag)])
        .await
        .expect(200);
    h.woo("order.created", "off", &body).await.expect(404);
    h.app.stop().await;
}

#[tokio::test]
async fn what_is_refused_says_why_and_is_taken_again() {
    let h = House::open("woocommerce", json!({})).await;
    let cases = [
        ("no sum", json!({"total": "99.00"}), "error-shop-sum", "total"),
        ("no number", json!({"total": "29,35"}), "error-not-a-number", "total"),
        ("too precise", json!({"total": "29.355"}), "error-shop-precise", "total"),
        (
            "no currency",
            json!({"currency": "XXX"}),
            "error-not-a-currency",
            "currency",
        ),
        ("nobody", json!({"billing": {}}), "error-shop-nobody", "customer"),
        (
            "no lines",
            json!({"line_items": [], "shipping_lines": [], "total": "0"}),
            "error-shop-empty",
            "line_items",
        ),
    ];
    for (name, change, code, field) in cases {
        let mut body = order();
        for (k, v) in change.as_object().unwrap() {
            body[k] = v.clone();
        }
        // The shop gets its answer all the same: it is ours to see to it.
        h.woo("order.created", name, &body).await.expect(200);
        let last = h.last().await;
        assert_eq!(
            (last["outcome"].as_str(), last["code"].as_str(), last["field"].as_str()),
            (Some("refused"), Some(code), Some(field)),
            "{name}"
        );
    }
    assert_eq!(h.count("SELECT count(*) FROM order_order").await, 0);
    assert_eq!(
        h.count("SELECT count(*) FROM party_party").await,
        0,
        "all of it or nothing"
    );
    h.woo("order.created", "rubbish", &json!([1, 2])).await.expect(200);
    assert_eq!(h.last().await["outcome"], "refused");

    // Its SKU is that of a product that was put away: a new one is made, and the order stands.
    let product = h
        .app
        .make(
            "product",
            &[
                ("name", "壶".into()),
                ("sku", "WS-1".into()),
                ("configurable", Value::Bool(true)),
            ],
        )
        .await;
    let sql = "UPDATE catalog_product SET archived_at = 1 WHERE id = $1";
    let ctx = h.app.ctx();
    let tx = ctx.begin().await.unwrap();
    tx.exec(sql, binds![product]).await.unwrap();
    tx.commit().await.unwrap();
    h.woo("order.created", "good", &order()).await.expect(200);
    assert_eq!(h.last().await["outcome"], "applied", "{}", h.last().await);

    // A refund of an order that nobody knows waits to be taken again.
    let path = format!("/api/v1/shops/{}/messages?refused=1", h.shop);
    let refused = h.get(&path).await["data"].as_array().unwrap().clone();
    assert_eq!(refused.len(), 7);
    let id = refused.iter().find(|m| m["code"] == "error-shop-sum").unwrap()["id"].clone();
    let again = format!("/api/v1/shops/{}/messages/{id}/again", h.shop);
    h.api.api("POST", &again, None, &[]).await.expect(202);
    h.app.run_jobs().await;
    let found = h.get(&path).await["data"].as_array().unwrap().clone();
    assert!(found.iter().any(|m| m["id"] == id), "it still does not add up");
    // On the page it can be read, and asked for again.
    let page = h.app.login("second").await;
    let text = page.get(&format!("/shops/{}", h.shop)).await.expect(200).body;
    assert!(text.contains("The lines do not add up to the total") && text.contains("Take again"));
    let zh = h
        .app
        .login_zh("second")
        .await
        .get(&format!("/shops/{}/message-list?refused=1", h.shop))
        .await
        .expect(200)
        .body;
    assert!(zh.contains("各行之和与总额不符"));
    let good = h.last().await["id"].clone();
    let wrong = format!("/api/v1/shops/{}/messages/{good}/again", h.shop);
    h.api.api("POST", &wrong, None, &[]).await.expect(409);
    h.app.stop().await;
}

#[tokio::test]
async fn people_are_found_and_what_people_wrote_here_stays() {
    let h = House::open("woocommerce", json!({"bills": false})).await;
    let known = h
        .app
        .make(
            "party",
            &[
                ("name", "王小明".into()),
                ("phone", "139 1111 2222".into()),
                ("kind", "person".into()),
                ("roles", "prospect".into()),
            ],
        )
        .await;
    let said = |name: &str, city: &str, at: &str| {
        json!({"id": 25, "first_name": "小明", "last_name": name, "email": "ming@example.com", "date_modified_gmt": at,
            "billing": {"phone": "+86 13911112222", "city": city}})
    };
    h.woo("customer.created", "c1", &said("王", "无锡", "2026-01-01T00:00:00"))
        .await
        .expect(200);
    let path = format!("/api/v1/parties/{known}");
    let party = h.get(&path).await;
    assert_eq!(
        h.last().await["record"],
        json!({"type": "party", "id": known}),
        "found by the telephone"
    );
    assert_eq!(
        (party["email"].as_str(), party["city"].as_str()),
        (Some("ming@example.com"), Some("无锡"))
    );
    // Somebody here knows better.
    let tag = format!("\"v{}\"", party["version"]);
    h.api
        .api("PATCH", &path, Some(&json!({"city": "苏州"})), &[("if-match", &tag)])
        .await
        .expect(200);
    h.woo("customer.updated", "c2", &said("汪", "南京", "2026-01-02T00:00:00"))
        .await
        .expect(200);
    let party = h.get(&path).await;
    assert_eq!(
        (party["city"].as_str(), party["name"].as_str()),
        (Some("苏州"), Some("汪小明"))
    );
    // An order of a guest with the same mail address is theirs; nothing is booked in a shop that invoices by itself.
    let mut o = order();
    o["customer_id"] = 0.into();
    o["billing"] = json!({"email": "MING@example.com"});
    h.woo("order.created", "o1", &o).await.expect(200);
    assert_eq!(h.order().await["party_id"], json!(known));
    assert_eq!(h.get(&path).await["roles"], json!(["prospect", "customer"]));
    assert_eq!(
        h.count("SELECT (SELECT count(*) FROM billing_invoice) + (SELECT count(*) FROM billing_payment)")
            .await,
        0
    );
    // A refund is told on the order.
    o["refunds"] = json!([{"id": 1, "reason": "late", "total": "-3.00"}]);
    o["date_modified_gmt"] = "2026-04-01T00:00:00".into();
    h.woo("order.updated", "o2", &o).await.expect(200);
    assert_eq!(
        h.count("SELECT count(*) FROM event WHERE kind = 'shop.refund_noted.v1'")
            .await,
        1
    );
    h.app.stop().await;
}

#[tokio::test]
async fn shopify_orders_change_are_paid_and_cancelled() {
    let h = House::open("shopify", json!({})).await;
    let order = |money: &str, quantity: i64, total: &str, at: &str| {
        json!({"id": 450_789_469_i64, "name": "#1001", "currency": "EUR", "taxes_included": true, "total_price": total,
            "financial_status": money, "fulfillment_status": null, "cancelled_at": null, "created_at": "2026-01-10T10:00:00-05:00",
            "updated_at": at, "email": "bob@example.com",
            "customer": {"id": 207_119_551, "first_name": "Bob", "last_name": "Norman", "default_address": {"city": "Louisville"}},
            "line_items": [{"id": 1, "variant_id": 11, "sku": "T-S", "title": "T恤", "variant_title": "S", "quantity": quantity,
                "price": "59.50", "tax_lines": [{"price": format!("{}.{:02}", quantity * 950 / 100, quantity * 950 % 100)}]}]})
    };
    let products = json!({"id": 1, "title": "T恤", "updated_at": "2026-01-01T00:00:00Z", "variants": [
        {"id": 11, "sku": "T-S", "title": "S", "price": "59.50"}, {"id": 12, "sku": "T-M", "title": "M", "price": "59.50"}]});
    h.shopify("products/create", "p1", &products).await.expect(200);
    assert_eq!(
        h.count("SELECT count(*) FROM catalog_product WHERE name LIKE 'T恤%'")
            .await,
        2
    );
    // Money is awaited: a draft.
    h.shopify(
        "orders/create",
        "o1",
        &order("pending", 2, "119.00", "2026-01-10T10:00:00-05:00"),
    )
    .await
    .expect(200);
    let o = h.order().await;
    assert_eq!(
        (o["status"].as_str(), o["net"].as_str(), o["tax"].as_str()),
        (Some("draft"), Some("100.00"), Some("19.00"))
    );
    // One more, and paid.
    h.shopify(
        "orders/updated",
        "o2",
        &order("paid", 3, "178.50", "2026-01-10T11:00:00-05:00"),
    )
    .await
    .expect(200);
    let o = h.order().await;
    assert_eq!(
        (o["status"].as_str(), o["total"].as_str()),
        (Some("confirmed"), Some("178.50")),
        "{}",
        h.last().await
    );
    assert_eq!(h.count("SELECT open FROM billing_invoice").await, 0);
    // Refund by its own message, and again within the order: once.
    let refund = json!({"id": 5, "order_id": 450_789_469_i64, "note": "too small",
        "transactions": [{"kind": "refund", "status": "success", "amount": "178.50", "currency": "EUR"}]});
    h.shopify("refunds/create", "r1", &refund).await.expect(200);
    assert_eq!(h.last().await["outcome"], "applied", "{}", h.last().await);
    let mut off = order("refunded", 3, "178.50", "2026-01-11T00:00:00Z");
    off["cancelled_at"] = "2026-01-11T00:00:00Z".into();
    off["cancel_reason"] = "customer".into();
    off["refunds"] = json!([refund]);
    h.shopify("orders/cancelled", "o3", &off).await.expect(200);
    let o = h.order().await;
    assert_eq!(
        (o["status"].as_str(), o["cancel_reason"].as_str()),
        (Some("cancelled"), Some("customer")),
        "{}",
        h.last().await
    );
    assert_eq!(h.count("SELECT count(*) FROM billing_credit_note").await, 1);
    assert_eq!(
        h.count("SELECT CAST(SUM(amount) AS BIGINT) FROM billing_payment").await,
        0
    );
    h.app.stop().await;
}

#[tokio::test]
async fn any_other_shop_signs_as_the_house_does() {
    let h = House::open("generic", json!({})).await;
    let body = json!({"topic": "order", "at": "2026-05-01T08:00:00Z", "data": {"id": "A-1", "number": "A-1", "currency": "EUR",
        "customer": {"company": "Nord GmbH", "name": "Ida", "email": "ida@nord.example"}, "total": "45.00",
        "lines": [{"sku": "N-1", "name": "Tee", "quantity": "2.5", "unit_price": "20.00", "discount": "5.00"}]}});
    h.plain("m1", &body).await.expect(200);
    let o = h.order().await;
    assert_eq!(
        (o["total"].as_str(), o["status"].as_str()),
        (Some("45.00"), Some("confirmed")),
        "{}",
        h.last().await
    );
    let party = h.get(&format!("/api/v1/parties/{}", o["party_id"])).await;
    assert_eq!(
        (party["kind"].as_str(), party["name"].as_str()),
        (Some("organisation"), Some("Nord GmbH"))
    );
    h.plain("m1", &body).await.expect(200);
    assert_eq!(h.count("SELECT count(*) FROM order_order").await, 1);
    let late = [
        ("webhook-id", "m2"),
        ("webhook-timestamp", "1"),
        ("webhook-signature", "v1,AAAA"),
    ];
    assert_eq!(h.send(&body, &late).await.expect(401).json()["code"], "error-shop-time");
    h.app.stop().await;
}
