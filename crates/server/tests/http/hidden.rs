//! What a role does not see: costs, profit, credit limits hidden, personal data masked, each look at it in the log.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn program(app: &TestApp, login: &str, role: &str) -> Client {
    let user = app.user(login, role).await;
    app.token(user, false).await
}

/// Everybody sees everything, as far as the reach goes: only the role decides here.
async fn seeing_all(app: &TestApp) {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    tx.exec("UPDATE identity_user SET reach = 'all'", binds![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.app.identity.forget();
}

async fn get(client: &Client, path: &str, status: u16) -> Json {
    client.get(path).await.expect(status).json()
}

fn names(json: &Json) -> Vec<&str> {
    json.as_array()
        .map(|l| l.iter().filter_map(Json::as_str).collect())
        .unwrap_or_default()
}

async fn looks(app: &TestApp) -> i64 {
    let sql = "SELECT count(*) FROM event WHERE kind = 'party.contact_viewed.v1'";
    app.ctx().db().number(sql, binds![]).await.unwrap()
}

async fn product(app: &TestApp) -> i64 {
    let values = [
        ("sku", "A-1".into()),
        ("name", "Cup".into()),
        ("price", 10_000_i64.into()),
        ("cost", 6_123_i64.into()),
    ];
    app.make("product", &values).await
}

#[tokio::test]
async fn costs_are_hidden_from_salespeople_on_every_way_out() {
    let app = TestApp::boot().await;
    let (rep, boss) = (
        program(&app, "rep", "salesperson").await,
        program(&app, "boss", "manager").await,
    );
    seeing_all(&app).await;
    let cup = product(&app).await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;

    assert_eq!(
        get(&boss, &format!("/api/v1/products/{cup}"), 200).await["cost"],
        "61.23"
    );
    for path in [format!("/api/v1/products/{cup}"), "/api/v1/products".to_owned()] {
        let reply = rep.get(&path).await.expect(200);
        assert!(!reply.body.contains("61.23"), "{}", reply.body);
        let json = reply.json();
        let record = json["data"].as_array().map_or(&json, |d| &d[0]);
        assert!(record.get("cost").is_none(), "{record}");
        assert_eq!(names(&record["hidden"]), ["cost"], "{record}");
        assert_eq!(record["price"], "100.00");
    }
    // Asking in other ways is refused, with the reason.
    for path in [
        "/api/v1/products?cost.ge=1",
        "/api/v1/products?sort=-cost",
        "/api/v1/products?filter={\"any\":[{\"field\":\"cost\",\"op\":\"filled\"}]}",
    ] {
        let refused = get(&rep, path, 403).await;
        assert_eq!(refused["code"], "error-field-hidden", "{path}: {refused}");
    }
    let csv = rep.get("/api/v1/products/export").await.expect(200).body;
    assert!(
        csv.contains("hidden for your role") && csv.contains("Cup") && !csv.contains("61.23"),
        "{csv}"
    );
    let line = json!({"party_id": acme, "lines": [{"product_id": cup, "quantity": "1", "unit_cost": "1"}]});
    let refused = rep
        .api("POST", "/api/v1/orders", Some(&line), &[])
        .await
        .expect(403)
        .json();
    assert_eq!(refused["code"], "error-field-hidden");
    // The engine still takes the cost that the salesperson does not see.
    let line = json!({"party_id": acme, "lines": [{"product_id": cup, "quantity": "1"}]});
    let made = rep
        .api("POST", "/api/v1/orders", Some(&line), &[])
        .await
        .expect(201)
        .json();
    assert_eq!(names(&made["hidden"]), ["cost"], "{made}");
    assert_eq!(names(&made["lines"][0]["hidden"]), ["unit_cost", "cost"], "{made}");
    let order = made["id"].as_i64().unwrap();
    let seen = get(&boss, &format!("/api/v1/orders/{order}"), 200).await;
    assert_eq!(seen["lines"][0]["unit_cost"], "61.23");

    // Pages.
    let (rep, boss) = (app.login("rep").await, app.login("boss").await);
    for path in [
        format!("/products/{cup}"),
        format!("/orders/{order}"),
        format!("/orders/{order}/lines"),
        format!("/orders/{order}/line-form"),
        "/products?cols=cost".to_owned(),
    ] {
        let page = rep.get(&path).await.expect(200).body;
        assert!(!page.contains("61.23"), "{path}: {page}");
        if !path.ends_with("line-form") {
            assert!(page.contains("hidden for your role"), "{path}: {page}");
        } else {
            assert!(!page.contains("unit_cost"), "{page}");
        }
    }
    assert!(boss.get(&format!("/products/{cup}")).await.body.contains("61.23"));
    let zh = app.login_zh("rep").await.get(&format!("/products/{cup}")).await;
    assert!(zh.body.contains("你的角色不可见"), "{}", zh.body);
    rep.get("/products?sort=-cost").await.expect(403);
    let shown = rep.get("/products?f=cost:ge:1").await.expect(200);
    assert!(shown.body.contains("is hidden for your role"), "{}", shown.body);
    rep.get(&format!("/products/{cup}/costs")).await.expect(404);
    for path in ["/value/model", "/value/assumptions", "/value/products"] {
        rep.get(path).await.expect(403);
        boss.get(path).await.expect(200);
    }
    app.stop().await;
}

#[tokio::test]
async fn options_and_their_costs_follow_the_same_rule() {
    let app = TestApp::boot().await;
    let (rep, boss) = (
        program(&app, "rep", "salesperson").await,
        program(&app, "boss", "administrator").await,
    );
    let cup = product(&app).await;
    let make = async |path: &str, body: Json| {
        let made = boss.api("POST", path, Some(&body), &[]).await.expect(201).json();
        made["id"].as_i64().unwrap()
    };
    let class = json!({"configurable": true});
    boss.api(
        "PATCH",
        &format!("/api/v1/products/{cup}"),
        Some(&class),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(200);
    let group = make("/api/v1/option-groups", json!({"name": "Handle", "product_id": cup})).await;
    let option = json!({"name": "Long", "code": "LONG", "group_id": group, "price": "10", "cost": "7.31"});
    let option = make("/api/v1/product-options", option).await;
    let path = format!("/api/v1/product-options/{option}");
    assert_eq!(get(&boss, &path, 200).await["cost"], "7.31");
    let seen = get(&rep, &path, 200).await;
    assert!(
        seen.get("cost").is_none() && names(&seen["hidden"]) == ["cost"],
        "{seen}"
    );
    // What a price is made of is told, what it costs us is not.
    for path in [
        "/api/v1/prices".to_owned(),
        format!("/api/v1/products/{cup}/configuration"),
    ] {
        let ask = json!({"product_id": cup, "options": "LONG"});
        let told = rep.api("POST", &path, Some(&ask), &[]).await.expect(200).body;
        assert!(
            told.contains("110.00") && !told.contains("7.31") && !told.contains("61.23"),
            "{told}"
        );
    }
    let page = app.login("rep").await.get(&format!("/products/{cup}/options")).await;
    assert!(page.status == 404 || !page.body.contains("7.31"), "{}", page.body);
    app.stop().await;
}

#[tokio::test]
async fn leads_are_masked_and_a_number_that_is_masked_is_not_found_by_its_digits() {
    let app = TestApp::boot().await;
    let analyst = program(&app, "analyst", "analyst").await;
    let rep = program(&app, "rep", "salesperson").await;
    seeing_all(&app).await;
    let values = [
        ("name", "He Min".into()),
        ("phone", "13912345678".into()),
        ("email", "he.min@qinghe.example".into()),
    ];
    let lead = app.make("lead", &values).await;
    app.make("party", &values).await;
    let path = format!("/api/v1/leads/{lead}");
    let looks = async || {
        let sql = "SELECT count(*) FROM event WHERE kind = 'lead.contact_viewed.v1'";
        app.ctx().db().number(sql, binds![]).await.unwrap()
    };
    let masked = get(&analyst, &path, 200).await;
    assert_eq!(
        (&masked["phone"], &masked["email"]),
        (&json!("139****5678"), &json!("h***@qinghe.example"))
    );
    let page = app
        .login("analyst")
        .await
        .get(&format!("/leads/{lead}"))
        .await
        .expect(200);
    assert!(
        !page.body.contains("13912345678") && !page.body.contains("he.min@"),
        "{}",
        page.body
    );
    assert_eq!(looks().await, 0);
    assert_eq!(get(&rep, &path, 200).await["phone"], "13912345678");
    assert_eq!(looks().await, 1);
    let page = app.login("rep").await.get(&format!("/leads/{lead}")).await.expect(200);
    assert!(page.body.contains("13912345678"), "{}", page.body);
    assert_eq!(looks().await, 2);
    for path in ["/api/v1/leads", "/api/v1/parties"] {
        for digits in ["5678", "13912", "he.min@qinghe"] {
            let found = async |who: &Client| {
                let list = get(who, &format!("{path}?q={digits}"), 200).await;
                list["data"].as_array().unwrap().len()
            };
            assert_eq!(found(&analyst).await, 0, "{path} {digits}");
            assert_eq!(found(&rep).await, 1, "{path} {digits}");
        }
        let named = get(&analyst, &format!("{path}?q=He+Min"), 200).await;
        assert_eq!(named["data"].as_array().unwrap().len(), 1, "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_concerns_everything_in_a_list_refuses_a_filter_that_does_not_hold() {
    let app = TestApp::boot().await;
    app.user("service", "service").await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;
    let admin = app.login("admin").await;
    let region = async || {
        let sql = "SELECT region FROM party_party WHERE id = $1";
        app.ctx()
            .db()
            .one(sql, binds![acme])
            .await
            .unwrap()
            .unwrap()
            .opt_text(0)
            .unwrap()
    };
    let form = |query: &'static str| {
        [
            ("action", "set"),
            ("field", "region"),
            ("value", "North"),
            ("all", "1"),
            ("ids", ""),
            ("query", query),
        ]
    };
    for bad in [
        "f=nothing:is:x",
        "f=name",
        "f=credit_limit:ge:abc",
        "view=nothing",
        "view=4711",
    ] {
        let refused = admin.post_fragment("/parties/bulk", &form(bad)).await.expect(422);
        assert!(
            refused.toast().is_some_and(|t| t.contains("everything in the list")),
            "{bad}"
        );
        assert_eq!(region().await, None, "{bad}");
        admin.get(&format!("/parties/export?{bad}")).await.expect(422);
        // The list itself is shown, with what is wrong, and its bulk forms carry it on.
        let list = admin.get(&format!("/parties?{bad}")).await.expect(200).body;
        assert!(list.contains("Acme") && list.contains("callout"), "{bad}: {list}");
    }
    let service = app.login("service").await;
    seeing_all(&app).await;
    let refused = service
        .post_fragment("/parties/bulk", &form("f=credit_limit:ge:1"))
        .await
        .expect(422);
    assert!(refused.toast().is_some_and(|t| t.contains("hidden for your role")));
    assert_eq!(region().await, None);
    admin
        .post_fragment("/parties/bulk", &form("f=name:has:Acme"))
        .await
        .expect(200);
    assert_eq!(region().await.as_deref(), Some("North"));
    app.stop().await;
}

#[tokio::test]
async fn the_log_tells_nobody_what_is_hidden() {
    let app = TestApp::boot().await;
    let rep = program(&app, "rep", "salesperson").await;
    let boss = program(&app, "boss", "manager").await;
    let cup = product(&app).await;
    let path = format!("/api/v1/products/{cup}");
    let change = json!({"cost": "77.77"});
    boss.api("PATCH", &path, Some(&change), &[("if-match", "\"v1\"")])
        .await
        .expect(200);
    let log = rep.get(&format!("{path}/events")).await.expect(200).body;
    assert!(!log.contains("77.77") && !log.contains("61.23"), "{log}");
    assert!(log.contains("hidden for your role"), "{log}");
    let page = app
        .login("rep")
        .await
        .get(&format!("/products/{cup}/history"))
        .await
        .expect(200)
        .body;
    assert!(!page.contains("77.77") && !page.contains("61.23"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn service_sees_neither_profit_nor_credit_limit() {
    let app = TestApp::boot().await;
    let service = program(&app, "service", "service").await;
    let rep = program(&app, "rep", "salesperson").await;
    seeing_all(&app).await;
    let acme = app
        .make(
            "party",
            &[("name", "Acme".into()), ("credit_limit", 1_234_500_i64.into())],
        )
        .await;
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let sql = "INSERT INTO insight_customer (party_id, tier, grade, revenue, profit) VALUES ($1, 'gold', 'A', 900000, 765400)";
    tx.exec(sql, binds![acme]).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/api/v1/parties/{acme}");
    let full = get(&rep, &path, 200).await;
    assert_eq!(
        (&full["credit_limit"], &full["profit"]),
        (&json!("12345.00"), &json!("7654.00"))
    );
    let narrow = get(&service, &path, 200).await;
    let mut hidden = names(&narrow["hidden"]);
    hidden.sort_unstable();
    assert_eq!(hidden, ["credit_limit", "npv", "profit"], "{narrow}");
    assert_eq!((&narrow["grade"], &narrow["tier"]), (&json!("A"), &json!("gold")));
    assert_eq!(
        get(&service, "/api/v1/parties?sort=-profit", 403).await["code"],
        "error-field-hidden"
    );
    assert_eq!(
        get(&service, "/api/v1/parties?credit_limit.ge=1", 403).await["code"],
        "error-field-hidden"
    );
    let raise = json!({"credit_limit": "99999"});
    service
        .api("PATCH", &path, Some(&raise), &[("if-match", "\"v1\"")])
        .await
        .expect(403);
    let service = app.login("service").await;
    let page = service.get(&format!("/parties/{acme}")).await.expect(200).body;
    assert!(
        page.contains("hidden for your role") && !page.contains("7,654") && !page.contains("12,345"),
        "{page}"
    );
    let form = service.get(&format!("/parties/{acme}/edit")).await.expect(200).body;
    assert!(!form.contains("credit_limit"), "{form}");
    // The usual view of customers is still there, in another order.
    service.get("/parties?view=customers").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn personal_data_is_masked_or_its_sight_is_logged() {
    let app = TestApp::boot().await;
    let analyst = program(&app, "analyst", "analyst").await;
    let rep = program(&app, "rep", "salesperson").await;
    seeing_all(&app).await;
    let one = app
        .make(
            "party",
            &[
                ("name", "He Min".into()),
                ("phone", "13912345678".into()),
                ("email", "he.min@qinghe.example".into()),
            ],
        )
        .await;
    app.make("party", &[("name", "Li Lei".into()), ("phone", "13712345678".into())])
        .await;
    let path = format!("/api/v1/parties/{one}");

    // Without the right: masked everywhere, said, and no look.
    let masked = get(&analyst, &path, 200).await;
    assert_eq!(masked["phone"], "139****5678");
    assert_eq!(masked["email"], "h***@qinghe.example");
    assert_eq!(names(&masked["masked"]), ["phone", "email"], "{masked}");
    let csv = analyst.get("/api/v1/parties/export").await.expect(200).body;
    assert!(csv.contains("139****5678") && !csv.contains("13912345678"), "{csv}");
    for asked in ["/api/v1/parties?phone=13912345678", "/api/v1/parties?email.begins=h"] {
        get(&analyst, asked, 403).await;
    }
    let page = app.login("analyst").await;
    let shown = page.get(&format!("/parties/{one}")).await.expect(200).body;
    assert!(
        !shown.contains("13912345678") && !shown.contains("he.min@") && !shown.contains("/reveal/"),
        "{shown}"
    );
    page.post_fragment(&format!("/party/{one}/reveal/phone"), &[])
        .await
        .expect(403);
    assert_eq!(looks(&app).await, 0);

    // With the right: whole, and one event a request.
    assert_eq!(get(&rep, &path, 200).await["phone"], "13912345678");
    assert_eq!(looks(&app).await, 1);
    let list = get(&rep, "/api/v1/parties", 200).await;
    assert!(list.to_string().contains("13712345678"));
    assert_eq!(looks(&app).await, 2);
    get(&rep, "/api/v1/parties?fields=name", 200).await;
    assert_eq!(looks(&app).await, 2, "names alone are no look");
    let page = app.login("rep").await;
    let shown = page.get(&format!("/parties/{one}")).await.expect(200).body;
    assert!(!shown.contains("13912345678") && !shown.contains("he.min@"), "{shown}");
    assert_eq!(looks(&app).await, 2);
    let mail = page
        .post_fragment(&format!("/party/{one}/reveal/email"), &[])
        .await
        .expect(200);
    assert!(mail.body.contains("he.min@qinghe.example"));
    let form = page.get(&format!("/parties/{one}/edit")).await.expect(200);
    assert!(form.body.contains("13912345678"));
    assert_eq!(looks(&app).await, 4);
    let csv = page.get("/parties/export?format=csv").await.expect(200).body;
    assert!(csv.contains("13912345678"), "{csv}");
    let sql = "SELECT note FROM event WHERE kind = 'export.made.v1' ORDER BY id DESC LIMIT 1";
    let note = app
        .ctx()
        .db()
        .one(sql, binds![])
        .await
        .unwrap()
        .unwrap()
        .text(0)
        .unwrap();
    assert!(note.contains("phone") && note.contains("email"), "{note}");
    let many = "SELECT count(*) FROM event WHERE kind = 'party.contact_viewed.v1' AND note LIKE '2 %'";
    assert_eq!(app.ctx().db().number(many, binds![]).await.unwrap(), 1);
    app.stop().await;
}
