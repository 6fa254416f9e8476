//! Message boxes on other sites, and carts that were left behind in shops.

use crate::shop::House;
use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::Query;
use zhike_testkit::{Client, TestApp};

struct Box_ {
    app: TestApp,
    api: Client,
    id: i64,
    path: String,
}

impl Box_ {
    async fn open(more: Json) -> Box_ {
        let app = TestApp::boot().await;
        let user = app.user("second", "administrator").await;
        let api = app.token(user, false).await;
        let mut body = json!({"name": "官网", "sites": "https://www.example.com"});
        for (k, v) in more.as_object().unwrap() {
            body[k] = v.clone();
        }
        let made = api
            .api("POST", "/api/v1/message-boxes", Some(&body), &[])
            .await
            .expect(201)
            .json();
        let path = format!("/m/{}", made["token"].as_str().unwrap());
        Box_ {
            app,
            api,
            id: made["id"].as_i64().unwrap(),
            path,
        }
    }

    /// Opens the box and waits a moment; the mark of its form.
    async fn mark(&self) -> String {
        let page = self.app.anonymous().get(&self.path).await.expect(200).body;
        let mark = page
            .split("name=\"opened\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        self.app.advance_seconds(5);
        mark
    }

    async fn post(&self, fields: &[(&str, &str)]) -> zhike_testkit::Reply {
        let mark = self.mark().await;
        let mut all = vec![("opened", mark.as_str())];
        all.extend(fields);
        self.app.anonymous().post(&self.path, &all).await
    }

    async fn inbox(&self) -> Vec<Json> {
        let body = self.api.get("/api/v1/inbox?box=open").await.expect(200).json();
        body["data"].as_array().unwrap().clone()
    }
}

const WORDS: [(&str, &str); 4] = [
    ("name", "吴琳"),
    ("email", "wu@example.com"),
    ("body", "有现货吗？\n三台。"),
    ("agreed", "1"),
];

#[tokio::test]
async fn a_stranger_writes_and_it_waits_in_the_inbox() {
    let b = Box_::open(json!({"agreement": "同意保存"})).await;
    let page = b.app.anonymous().get(&b.path).await.expect(200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'self' https://www.example.com") && policy.contains("default-src 'none'"));
    assert!(page.header("set-cookie").is_none(), "no cookie in somebody else's page");
    let script = b.app.anonymous().get("/embed/message.js").await.expect(200);
    assert!(script.header("content-type").unwrap().starts_with("text/javascript") && script.body.contains("data-box"));

    let thanks = b.post(&WORDS).await.expect(200);
    assert!(thanks.body.contains("Your message has arrived"));
    let talks = b.inbox().await;
    assert_eq!(
        (talks.len(), talks[0]["channel"].as_str()),
        (1, Some("email")),
        "{talks:?}"
    );
    let db = b.app.ctx();
    let db = db.db();
    let row = db
        .one("SELECT body, address FROM inbox_interaction", vec![])
        .await
        .unwrap()
        .unwrap();
    assert!(row.text(0).unwrap().starts_with("有现货吗？\n三台。") && row.text(0).unwrap().contains("吴琳"));
    assert_eq!(row.text(1).unwrap(), "wu@example.com");
    let said = "SELECT note FROM event WHERE kind = 'message_box.posted.v1'";
    assert_eq!(
        db.one(said, vec![]).await.unwrap().unwrap().text(0).unwrap(),
        "同意保存",
        "what was agreed to is kept"
    );
    // The same words again are one message.
    b.post(&WORDS).await.expect(200);
    assert_eq!(b.inbox().await.len(), 1);
    // A customer with the same address is found; without an address of mail somebody calls.
    let party = b
        .app
        .make("party", &[("name", "李雷".into()), ("phone", "138 0000 1234".into())])
        .await;
    let call = [
        ("name", "李雷"),
        ("phone", "+86 13800001234"),
        ("body", "请回电"),
        ("agreed", "1"),
    ];
    b.post(&call).await.expect(200);
    let talks = b.inbox().await;
    let called = talks.iter().find(|t| t["channel"] == "phone").expect("a call to make");
    assert_eq!(called["party_id"], json!(party), "{called}");
    let record = b
        .app
        .login("second")
        .await
        .get(&format!("/message-boxes/{}", b.id))
        .await
        .expect(200)
        .body;
    assert!(record.contains("/embed/message.js") && record.contains("2 messages in the last thirty days"));
    b.app.stop().await;
}

#[tokio::test]
async fn machines_and_floods_are_kept_out_and_nothing_typed_is_lost() {
    let b = Box_::open(json!({"hour_limit": 3})).await;
    let wrong = [("name", ""), ("email", "nobody"), ("body", "还在吗")];
    let reply = b.post(&wrong).await.expect(422);
    for words in ["Please look at the marked fields", "还在吗", "Without your agreement"] {
        assert!(reply.body.contains(words), "{words}");
    }
    let zh = b
        .app
        .anonymous()
        .post(&format!("{}?lang=zh-CN", b.path), &wrong)
        .await
        .expect(422)
        .body;
    assert!(zh.contains("请看一下标出的栏目") && zh.contains("未经同意"));
    let nowhere = [("name", "A"), ("body", "x"), ("agreed", "1")];
    assert!(b.post(&nowhere).await.expect(422).body.contains("needed to answer you"));
    // A machine fills the field that nobody sees, or is faster than anybody writes, or sends no mark of ours.
    let mut trapped = WORDS.to_vec();
    trapped.push(("website", "http://spam.example"));
    b.post(&trapped).await.expect(200);
    let page = b.app.anonymous().get(&b.path).await.body;
    let mark = page
        .split("name=\"opened\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let mut fast = WORDS.to_vec();
    fast.push(("opened", &mark));
    assert!(
        b.app
            .anonymous()
            .post(&b.path, &fast)
            .await
            .expect(422)
            .body
            .contains("very fast")
    );
    assert!(
        b.app
            .anonymous()
            .post(&b.path, &WORDS)
            .await
            .expect(422)
            .body
            .contains("open for long")
    );
    let long = "字".repeat(5_001);
    let large = [
        ("name", "A"),
        ("email", "a@b.cn"),
        ("body", long.as_str()),
        ("agreed", "1"),
    ];
    b.post(&large).await.expect(422);
    assert_eq!(b.inbox().await.len(), 0);
    // Only so many in an hour.
    for i in 0..4 {
        let body = format!("第 {i} 条");
        let one = [
            ("name", "A"),
            ("email", "a@b.cn"),
            ("body", body.as_str()),
            ("agreed", "1"),
        ];
        b.post(&one).await.expect(if i < 3 { 200 } else { 429 });
    }
    assert_eq!(b.inbox().await.len(), 3);
    // What is no site is refused with its name; a box that is switched off is nowhere.
    let bad = b
        .api
        .api(
            "POST",
            "/api/v1/message-boxes",
            Some(&json!({"name": "x", "sites": "example.com/a"})),
            &[],
        )
        .await
        .expect(422);
    assert!(bad.body.contains("example.com/a"), "{}", bad.body);
    let path = format!("/api/v1/message-boxes/{}", b.id);
    let tag = format!("\"v{}\"", b.api.get(&path).await.json()["version"]);
    b.api
        .api("PATCH", &path, Some(&json!({"active": false})), &[("if-match", &tag)])
        .await
        .expect(200);
    b.app.anonymous().get(&b.path).await.expect(404);
    b.app.stop().await;
}

fn cart(email: &str, price: &str, at: zhike_kernel::Stamp, done: bool) -> Json {
    json!({"topic": "cart", "at": at.rfc3339(), "data": {"id": "k1", "status": if done { "ordered" } else { "" },
        "customer": {"name": "Ida Berg", "email": email}, "link": "https://shop.example.com/cart/k1",
        "lines": [{"sku": "T-1", "name": "茶", "quantity": "2", "unit_price": price, "tax": "1.90"}]}})
}

#[tokio::test]
async fn a_cart_left_behind_opens_a_task_is_written_to_once_and_comes_home() {
    let h = House::open("generic", json!({"cart_hours": 2})).await;
    let boss = h.app.user("boss", "manager").await;
    let party = h
        .app
        .make(
            "party",
            &[
                ("name", "Ida".into()),
                ("email", "ida@example.com".into()),
                ("owner_id", boss.into()),
            ],
        )
        .await;
    h.plain("k-1", &cart("IDA@example.com", "10.00", h.app.ctx().now(), false))
        .await
        .expect(200);
    let id = h.last().await["record"]["id"].clone();
    let path = format!("/api/v1/carts/{id}");
    let c = h.get(&path).await;
    assert_eq!(
        (c["state"].as_str(), c["value"].as_str(), c["party_id"].clone()),
        (Some("open"), Some("21.90"), json!(party)),
        "{c}"
    );
    // The customer comes back after an hour and a half: the time begins anew.
    h.app.advance_seconds(5_400);
    h.plain("k-2", &cart("IDA@example.com", "12.00", h.app.ctx().now(), false))
        .await
        .expect(200);
    h.app.advance_seconds(5_400);
    h.app.run_jobs().await;
    assert_eq!(h.get(&path).await["state"], "open");
    h.app.advance_seconds(2_000);
    h.app.run_jobs().await;
    let c = h.get(&path).await;
    assert_eq!(
        (c["state"].as_str(), c["value"].as_str()),
        (Some("left"), Some("25.90"))
    );
    let tasks = "SELECT count(*) FROM work_task WHERE record_type = 'cart'";
    assert_eq!(h.count(tasks).await, 1);
    let list = h
        .app
        .login("second")
        .await
        .get("/carts?view=left")
        .await
        .expect(200)
        .body;
    assert!(list.contains("Ida"));

    // An offer is promotion: without the customer's consent nothing goes, and the cart stays as it is.
    let write = json!({"version": c["version"], "subject": "Your cart", "body": "Any question?"});
    let said = h
        .api
        .api("POST", &format!("{path}/write"), Some(&write), &[])
        .await
        .expect(200)
        .json();
    assert_eq!(said["verdict"], "withheld");
    assert_eq!(h.get(&path).await["state"], "left");
    let yes = [
        ("party_id", Value::from(party)),
        ("purpose", "promotion".into()),
        ("given_on", "2026-06-01".into()),
        ("source", "form".into()),
        ("proof", "ticked at the till".into()),
    ];
    h.app.make("consent", &yes).await;
    let said = h
        .api
        .api("POST", &format!("{path}/write"), Some(&write), &[])
        .await
        .expect(200)
        .json();
    assert_ne!(said["verdict"], "withheld", "{said}");
    assert_eq!(h.get(&path).await["state"], "written");
    h.api
        .api("POST", &format!("{path}/write"), Some(&write), &[])
        .await
        .expect(409);

    // The order comes: the cart is home.
    let order = json!({"topic": "order", "at": h.app.ctx().now().rfc3339(), "data": {"id": "A-1", "currency": "EUR", "cart": "k1",
        "customer": {"email": "ida@example.com"}, "total": "24.00", "lines": [{"sku": "T-1", "name": "茶", "quantity": "2", "unit_price": "12.00"}]}});
    h.plain("o-1", &order).await.expect(200);
    assert_eq!(h.last().await["outcome"], "applied", "{}", h.last().await);
    let c = h.get(&path).await;
    assert_eq!(
        (c["state"].as_str(), c["order_id"].clone()),
        (Some("recovered"), h.last().await["record"]["id"].clone())
    );
    // What the shop says of it afterwards changes nothing.
    h.plain("k-3", &cart("ida@example.com", "99.00", h.app.ctx().now(), false))
        .await
        .expect(200);
    assert_eq!(h.get(&path).await["state"], "recovered");
    h.app.run_jobs().await;
    assert_eq!(h.count(tasks).await, 1);
    h.app.stop().await;
}

#[tokio::test]
async fn nobody_becomes_a_customer_by_filling_a_cart() {
    let h = House::open("shopify", json!({})).await;
    let body = json!({"token": "tok1", "currency": "EUR", "total_price": "59.50", "taxes_included": true, "email": "new@example.com",
        "updated_at": "2026-06-01T08:00:00Z", "abandoned_checkout_url": "https://s.example.com/tok1", "completed_at": null,
        "line_items": [{"variant_id": 11, "sku": "T-S", "title": "T恤", "quantity": 1, "price": "59.50", "tax_lines": [{"price": "9.50"}]}]});
    h.shopify("checkouts/create", "c1", &body).await.expect(200);
    assert_eq!(h.count("SELECT count(*) FROM party_party").await, 0);
    let id = h.last().await["record"]["id"].clone();
    let c = h.get(&format!("/api/v1/carts/{id}")).await;
    assert_eq!(
        (c["name"].as_str(), c["party_id"].clone()),
        (Some("new@example.com"), Json::Null),
        "{c}"
    );
    assert_eq!(c["state"], "left", "hours ago");
    let page = h
        .app
        .login("second")
        .await
        .get(&format!("/carts/{id}"))
        .await
        .expect(200)
        .body;
    assert!(page.contains("T恤") && page.contains("Nobody whom we know"));
    let order = json!({"id": 1, "name": "#1", "currency": "EUR", "total_price": "59.50", "taxes_included": true, "financial_status": "paid",
        "email": "new@example.com", "checkout_token": "tok1", "customer": {"id": 5, "first_name": "Nia", "last_name": "Ode"},
        "created_at": "2026-06-30T01:00:00Z", "updated_at": "2026-06-30T01:00:00Z", "line_items": body["line_items"].clone()});
    h.shopify("orders/create", "o1", &order).await.expect(200);
    assert_eq!(
        h.get(&format!("/api/v1/carts/{id}")).await["state"],
        "recovered",
        "{}",
        h.last().await
    );
    // Nobody enters carts by hand.
    h.api
        .api("POST", "/api/v1/carts", Some(&json!({"name": "x"})), &[])
        .await
        .expect(403);
    h.app.stop().await;
}
