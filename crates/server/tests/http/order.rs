//! Orders: sums, states, days, returns, who sees them.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn program(app: &TestApp, login: &str, role: &str) -> (i64, Client) {
    let user = app.user(login, role).await;
    (user, app.token(user, false).await)
}

async fn party(app: &TestApp, name: &str, owner: Option<i64>) -> i64 {
    let owner = owner.map_or(Value::Null, Value::from);
    app.make("party", &[("name", name.into()), ("owner_id", owner)]).await
}

async fn product(app: &TestApp, sku: &str, price: i64, cost: Option<i64>) -> i64 {
    let cost = cost.map_or(Value::Null, Value::from);
    app.make(
        "product",
        &[
            ("sku", sku.into()),
            ("name", sku.into()),
            ("price", price.into()),
            ("cost", cost),
        ],
    )
    .await
}

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}

async fn step(client: &Client, id: i64, to: &str, version: i64, on: Option<&str>, status: u16) -> Json {
    let body = json!({"to": to, "version": version, "on": on});
    send(client, "POST", &format!("/api/v1/orders/{id}/status"), &body, status).await
}

/// Net, tax, total, cost.
async fn sums(app: &TestApp, id: i64) -> [i64; 4] {
    let sql = "SELECT net, tax, total, cost FROM order_order WHERE id = $1";
    let row = app.ctx().db().one(sql, binds![id]).await.unwrap().unwrap();
    [0, 1, 2, 3].map(|i| row.int(i).unwrap())
}

/// An order of 2 pieces at 100.00 that cost 60.00 each.
async fn order(app: &TestApp, client: &Client, party: i64) -> i64 {
    let product = product(app, &format!("P-{party}"), 10_000, Some(6_000)).await;
    let body = json!({"party_id": party, "lines": [{"product_id": product, "quantity": "2", "tax_rate": "13"}]});
    let made = send(client, "POST", "/api/v1/orders", &body, 201).await;
    made["id"].as_i64().unwrap()
}

#[tokio::test]
async fn totals_are_the_exact_sums_of_the_lines() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let known = product(&app, "A-1", 3_333, Some(2_000)).await;
    let unknown = product(&app, "A-2", 500, None).await;
    let body = json!({"party_id": acme, "lines": [
        // The price is the product's: 2.5 × 33.33 − 1.00 = 82.32 (half to even), 13 % of it 10.70.
        {"product_id": known, "quantity": "2.5", "discount": "1.00", "tax_rate": "13"},
        {"product_id": unknown, "quantity": "3", "unit_price": "4.50"},
    ]});
    let made = send(&api, "POST", "/api/v1/orders", &body, 201).await;
    let id = made["id"].as_i64().unwrap();
    assert_eq!(
        sums(&app, id).await,
        [8_232 + 1_350, 1_070, 8_232 + 1_350 + 1_070, 5_000]
    );
    assert_eq!(made["total"], "106.52");
    assert_eq!(made["lines"][0]["unit_cost"], "20.00");
    assert_eq!(made["lines"][1]["cost"], Json::Null);
    let page = app
        .login("admin")
        .await
        .get(&format!("/orders/{id}/lines"))
        .await
        .expect(200);
    assert!(page.body.contains("The cost of one line is unknown"), "{}", page.body);
    let page = app
        .login_zh("admin")
        .await
        .get(&format!("/orders/{id}/lines"))
        .await
        .expect(200);
    assert!(page.body.contains("有 1 行成本未知"), "{}", page.body);
    app.stop().await;
}

#[tokio::test]
async fn lines_are_added_changed_removed_and_put_back_on_the_page() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let id = order(&app, &api, acme).await;
    let admin = app.login("admin").await;
    let form = [("description", "Fitting"), ("quantity", "1"), ("unit_price", "50")];
    let page = admin
        .post_fragment(&format!("/orders/{id}/line"), &form)
        .await
        .expect(200);
    assert!(page.body.contains("Fitting"), "{}", page.body);
    assert_eq!(sums(&app, id).await, [25_000, 2_600, 27_600, 12_000]);
    let line = app
        .ctx()
        .db()
        .number("SELECT MAX(id) FROM order_line WHERE order_id = $1", binds![id])
        .await
        .unwrap();
    let form = [
        ("version", "1"),
        ("description", "Fitting"),
        ("quantity", "3"),
        ("unit_price", "50"),
    ];
    admin
        .post_fragment(&format!("/orders/{id}/line/{line}"), &form)
        .await
        .expect(200);
    assert_eq!(sums(&app, id).await[0], 35_000);
    let gone = admin
        .post_fragment(&format!("/orders/{id}/line/{line}/remove?version=2"), &[])
        .await
        .expect(200);
    assert_eq!(sums(&app, id).await[0], 20_000);
    let toast: Json = serde_json::from_str(gone.header("hx-trigger").unwrap()).unwrap();
    admin
        .post_fragment(toast["toast"]["undo"].as_str().unwrap(), &[])
        .await
        .expect(200);
    assert_eq!(sums(&app, id).await[0], 35_000);
    let sum = admin
        .post_fragment(
            &format!("/orders/{id}/line-sum"),
            &[("quantity", "2"), ("unit_price", "1.5")],
        )
        .await;
    assert!(sum.expect(200).body.contains("¥3.00"));
    app.stop().await;
}

#[tokio::test]
async fn an_order_goes_its_way_and_no_other() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let id = order(&app, &api, acme).await;
    let refused = step(&api, id, "delivered", 1, None, 409).await;
    assert_eq!(refused["title"], "A draft is confirmed or cancelled next.");
    let form = [("to", "shipped"), ("version", "1")];
    let zh = app.login_zh("admin").await;
    let reply = zh
        .post_fragment(&format!("/orders/{id}/status"), &form)
        .await
        .expect(409);
    assert_eq!(reply.toast().as_deref(), Some("草稿下一步只能确认或取消。"));
    step(&api, id, "confirmed", 1, None, 200).await;
    // Somebody else was faster.
    step(&api, id, "cancelled", 1, None, 409).await;
    // Impossible days: before the order, and tomorrow.
    let early = step(&api, id, "shipped", 2, Some("2026-06-29"), 422).await;
    assert_eq!(early["errors"][0]["code"], "error-order-before-ordered");
    let late = step(&api, id, "shipped", 2, Some("2026-07-01"), 422).await;
    assert_eq!(late["errors"][0]["code"], "error-order-future");
    let shipped = step(&api, id, "shipped", 2, None, 200).await;
    assert_eq!(shipped["shipped_on"], "2026-06-30");
    let refused = step(&api, id, "cancelled", 3, None, 409).await;
    assert_eq!(refused["code"], "error-order-after-shipped");
    step(&api, id, "delivered", 3, None, 200).await;
    step(&api, id, "draft", 4, None, 409).await;
    step(&api, id, "nowhere", 4, None, 422).await;
    app.stop().await;
}

#[tokio::test]
async fn a_negative_quantity_is_for_returns() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let id = order(&app, &api, acme).await;
    let before = sums(&app, id).await;
    let body = json!({"order_id": id, "quantity": "-1", "unit_price": "5"});
    let refused = send(&api, "POST", "/api/v1/order-lines", &body, 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-order-negative");
    let zero = json!({"order_id": id, "quantity": "0", "unit_price": "5"});
    let refused = send(&api, "POST", "/api/v1/order-lines", &zero, 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-order-zero");
    let form = [("quantity", "-1"), ("unit_price", "5")];
    let page = app
        .login("admin")
        .await
        .post_fragment(&format!("/orders/{id}/line"), &form)
        .await
        .expect(422);
    assert!(page.body.contains("A sale has no negative quantity."), "{}", page.body);
    let page = app
        .login_zh("admin")
        .await
        .post_fragment(&format!("/orders/{id}/line"), &form)
        .await
        .expect(422);
    assert!(page.body.contains("销售单的数量不能为负。"), "{}", page.body);
    assert_eq!(sums(&app, id).await, before);
    app.stop().await;
}

#[tokio::test]
async fn what_has_left_is_fixed_and_comes_back_on_a_return() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let id = order(&app, &api, acme).await;
    let back = format!("/api/v1/orders/{id}/return");
    assert_eq!(
        send(&api, "POST", &back, &json!({}), 409).await["code"],
        "error-order-no-return"
    );
    step(&api, id, "confirmed", 1, None, 200).await;
    step(&api, id, "shipped", 2, None, 200).await;
    let line = json!({"order_id": id, "quantity": "1", "unit_price": "5"});
    assert_eq!(
        send(&api, "POST", "/api/v1/order-lines", &line, 409).await["code"],
        "error-order-locked"
    );
    let made = send(&api, "POST", &back, &json!({}), 201).await;
    let (number, kind) = (made["id"].as_i64().unwrap(), made["kind"].clone());
    assert_eq!(kind, "return");
    assert_eq!(sums(&app, number).await, sums(&app, id).await.map(|v| -v));
    // All of it is on its way back already.
    assert_eq!(
        send(&api, "POST", &back, &json!({}), 409).await["code"],
        "error-order-all-back"
    );
    // Half of it after all: then the other half may come back too.
    let sql = "SELECT id FROM order_line WHERE order_id = $1";
    let half = app.ctx().db().number(sql, binds![number]).await.unwrap();
    let path = format!("/api/v1/order-lines/{half}");
    api.api(
        "PATCH",
        &path,
        Some(&json!({"quantity": "-0.5"})),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(200);
    let rest = send(&api, "POST", &back, &json!({}), 201).await["id"].as_i64().unwrap();
    assert_eq!(sums(&app, rest).await[0], -15_000);
    app.stop().await;
}

#[tokio::test]
async fn a_salesperson_sees_own_orders_and_those_of_own_customers() {
    let app = TestApp::boot().await;
    let (lin, lin_api) = program(&app, "lin", "salesperson").await;
    let (zhao, zhao_api) = program(&app, "zhao", "salesperson").await;
    let (ours, theirs) = (
        party(&app, "Ours", Some(lin)).await,
        party(&app, "Theirs", Some(zhao)).await,
    );
    let mine = order(&app, &lin_api, ours).await;
    let other = order(&app, &zhao_api, theirs).await;
    lin_api.get(&format!("/api/v1/orders/{mine}")).await.expect(200);
    lin_api.get(&format!("/api/v1/orders/{other}")).await.expect(404);
    lin_api.get(&format!("/orders/{other}/lines")).await.expect(404);
    step(&lin_api, other, "confirmed", 1, None, 404).await;
    step(&lin_api, mine, "confirmed", 1, None, 200).await;
    // A product's buyers are those whose orders are in sight.
    let sql = "SELECT product_id FROM order_line WHERE order_id = $1";
    let bought = app.ctx().db().number(sql, binds![other]).await.unwrap();
    step(&zhao_api, other, "confirmed", 1, None, 200).await;
    let page = lin_api.get(&format!("/products/{bought}/buyers")).await.expect(200);
    assert!(!page.body.contains("Theirs"), "{}", page.body);
    let page = zhao_api.get(&format!("/products/{bought}/buyers")).await.expect(200);
    assert!(page.body.contains("Theirs"), "{}", page.body);
    let page = zhao_api.get(&format!("/parties/{theirs}/orders")).await.expect(200);
    assert!(
        page.body.contains("Net of 12 months") && page.body.contains("¥200"),
        "{}",
        page.body
    );
    app.stop().await;
}

#[tokio::test]
async fn an_empty_order_is_neither_confirmed_nor_invoiced() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let made = send(&api, "POST", "/api/v1/orders", &json!({"party_id": acme}), 201).await;
    let id = made["id"].as_i64().unwrap();
    let refused = step(&api, id, "confirmed", 1, None, 409).await;
    assert_eq!(refused["code"], "error-order-no-lines");
    assert!(refused["title"].as_str().unwrap().contains("Add a line"), "{refused}");
    let body = json!({"party_id": acme, "status": "confirmed"});
    let refused = send(&api, "POST", "/api/v1/orders", &body, 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-order-start-empty", "{refused}");
    let page = app.login("admin").await;
    let form = [("party_id", acme.to_string()), ("status", "confirmed".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let back = page.post("/orders", &form).await.expect(422);
    assert!(back.body.contains("starts as a draft"), "{}", back.body);
    // A gift is confirmed, but there is nothing to invoice.
    let gift = json!({"party_id": acme, "status": "confirmed", "lines": [{"quantity": "1", "unit_price": "0"}]});
    let gift = send(&api, "POST", "/api/v1/orders", &gift, 201).await;
    let path = format!("/api/v1/orders/{}/invoice", gift["id"]);
    let refused = send(&api, "POST", &path, &json!({}), 409).await;
    assert_eq!(refused["code"], "error-invoice-nothing");
    // The last line of a confirmed order stays.
    let line = format!("/api/v1/order-lines/{}", gift["lines"][0]["id"]);
    let refused = api
        .api("DELETE", &line, None, &[("if-match", "\"v1\"")])
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "error-order-last-line");
    app.stop().await;
}

#[tokio::test]
async fn the_tax_rate_is_the_lines_the_products_or_the_companys() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let (_, rep) = program(&app, "rep", "salesperson").await;
    let acme = party(&app, "Acme", None).await;
    let taxed = product(&app, "T-1", 10_000, None).await;
    let plain = product(&app, "T-2", 10_000, None).await;
    let class = json!({"name": "Nine", "code": "NINE"});
    let class = send(&api, "POST", "/api/v1/tax-classes", &class, 201).await["id"].clone();
    let rate = json!({"class_id": class, "from_on": "2020-01-01", "rate": "9"});
    send(&api, "POST", "/api/v1/tax-class-rates", &rate, 201).await;
    let set = json!({"tax_class_id": class});
    let path = format!("/api/v1/products/{taxed}");
    api.api("PATCH", &path, Some(&set), &[("if-match", "\"v1\"")])
        .await
        .expect(200);
    let body = json!({"party_id": acme, "lines": [
        {"product_id": taxed, "quantity": "1"}, {"product_id": plain, "quantity": "1"},
        {"product_id": taxed, "quantity": "1", "tax_rate": "0"},
    ]});
    let rates = |made: &Json| -> Vec<String> {
        let lines = made["lines"].as_array().unwrap();
        lines
            .iter()
            .map(|l| l["tax_rate"].as_str().unwrap().to_owned())
            .collect()
    };
    let made = send(&api, "POST", "/api/v1/orders", &body, 201).await;
    assert_eq!(rates(&made), ["9", "0", "0"], "{made}");
    let settings = "/api/v1/order-settings";
    assert_eq!(api.get(settings).await.expect(200).json()["tax_rate"], Json::Null);
    send(&rep, "PUT", settings, &json!({"tax_rate": "13"}), 403).await;
    send(&api, "PUT", settings, &json!({"tax_rate": "130"}), 422).await;
    assert_eq!(
        send(&api, "PUT", settings, &json!({"tax_rate": "13"}), 200).await["tax_rate"],
        "13"
    );
    let made = send(&api, "POST", "/api/v1/orders", &body, 201).await;
    assert_eq!(rates(&made), ["9", "13", "0"], "{made}");
    // The form says where the rate comes from, the page of settings takes it back.
    let admin = app.login("admin").await;
    let order = made["id"].as_i64().unwrap();
    let ask = |product: i64, rate: &'static str| {
        let (admin, product) = (admin.clone(), product.to_string());
        async move {
            let form = [("product_id", product.as_str()), ("quantity", "1"), ("tax_rate", rate)];
            let path = format!("/orders/{order}/line-sum");
            admin.post_fragment(&path, &form).await.expect(200).body
        }
    };
    assert!(ask(taxed, "").await.contains("from the product"));
    assert!(ask(plain, "").await.contains("from the order settings"));
    assert!(ask(taxed, "6").await.contains("as typed"));
    // Quotes take the same way.
    let quote = json!({"party_id": acme, "lines": [
        {"product_id": taxed, "quantity": "1"}, {"product_id": plain, "quantity": "1"}, {"description": "Setup", "quantity": "1", "unit_price": "5"},
    ]});
    let quote = send(&api, "POST", "/api/v1/quotes", &quote, 201).await;
    assert_eq!(rates(&quote), ["9", "13", "13"], "{quote}");
    let back = admin.post("/settings/orders", &[("tax_rate", "x")]).await.expect(422);
    assert!(back.body.contains("value=\"x\""), "{}", back.body);
    admin.post("/settings/orders", &[("tax_rate", "")]).await.expect(303);
    assert!(ask(plain, "").await.contains("no tax"));
    app.stop().await;
}

#[tokio::test]
async fn a_line_takes_the_cost_of_the_day_of_the_order() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let cup = product(&app, "C-1", 10_000, Some(6_000)).await;
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let sql = "INSERT INTO catalog_cost (product_id, from_on, cost) VALUES ($1, '2026-01-01', 4000), ($2, '2026-04-01', 5000)";
    tx.exec(sql, binds![cup, cup]).await.unwrap();
    tx.commit().await.unwrap();
    for (day, cost) in [
        ("2026-03-31", "40.00"),
        ("2026-04-01", "50.00"),
        ("2026-06-30", "60.00"),
        // Before the history begins: what it costs now is all that is known.
        ("2025-12-31", "60.00"),
    ] {
        let body = json!({"party_id": acme, "ordered_on": day, "lines": [{"product_id": cup, "quantity": "2"}]});
        let made = send(&api, "POST", "/api/v1/orders", &body, 201).await;
        assert_eq!(made["lines"][0]["unit_cost"], cost, "{day}");
    }
    let mapping = json!({"into": "order_line", "mode": "create",
        "columns": {"product_id": {"column": "sku", "ref": "sku"}, "quantity": "qty", "unit_price": "price"},
        "parent": {"key": "external_key", "columns": {"external_key": "no", "party_id": {"column": "customer", "ref": "name"}, "ordered_on": "day"}}});
    let content = "no,customer,day,sku,qty,price\nx1,Acme,2026-02-01,C-1,1,90\nx2,Acme,2026-05-01,C-1,1,90\n";
    let body = json!({"mapping": mapping, "content": content});
    send(&api, "POST", "/api/v1/imports", &body, 202).await;
    app.run_jobs().await;
    let sql = "SELECT l.unit_cost FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.external_key IS NOT NULL ORDER BY o.external_key";
    let rows = app.ctx().db().all(sql, binds![]).await.unwrap();
    let costs: Vec<Option<i64>> = rows.iter().map(|r| r.opt_int(0).unwrap()).collect();
    assert_eq!(costs, [Some(4_000), Some(5_000)]);
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_line_is_said_at_that_line() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", None).await;
    let at = |lines: Json| json!({"party_id": acme, "lines": lines});
    let good = json!({"quantity": "1", "unit_price": "5"});
    for (bad, field) in [
        (json!({"quantity": "x", "unit_price": "5"}), "lines[1].quantity"),
        (json!({"quantity": "0", "unit_price": "5"}), "lines[1].quantity"),
        (json!({"quantity": "-1", "unit_price": "5"}), "lines[1].quantity"),
        (json!({"unit_price": "5"}), "lines[1].quantity"),
        (json!({"quantity": "1", "unit_price": "-5"}), "lines[1].unit_price"),
    ] {
        let refused = send(&api, "POST", "/api/v1/orders", &at(json!([good, bad])), 422).await;
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    // On the page a refusal comes back into the form with what was typed.
    let made = send(&api, "POST", "/api/v1/orders", &at(json!([good])), 201).await;
    let admin = app.login("admin").await;
    let path = format!("/orders/{}/line", made["id"]);
    let back = admin
        .post_fragment(
            &path,
            &[("quantity", "-3"), ("unit_price", "5"), ("description", "kept words")],
        )
        .await
        .expect(422);
    assert!(
        back.body.contains("kept words") && back.body.contains("A sale has no negative quantity"),
        "{}",
        back.body
    );
    app.stop().await;
}

#[tokio::test]
async fn heads_of_documents_name_the_customer_and_the_number_once() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme & Sons", None).await;
    let id = order(&app, &api, acme).await;
    let invoice = app
        .make("invoice", &[("party_id", acme.into()), ("total", 5_000_i64.into())])
        .await;
    let payment = app
        .make("payment", &[("party_id", acme.into()), ("amount", 5_000_i64.into())])
        .await;
    let admin = app.login("admin").await;
    for path in [
        format!("/orders/{id}/lines"),
        format!("/invoices/{invoice}/payments"),
        format!("/payments/{payment}/history"),
    ] {
        let page = admin.get(&path).await.expect(200).body;
        let head = page.split("role=\"tablist\"").next().unwrap_or(&page);
        let link = format!("href=\"/parties/{acme}\"");
        assert!(
            head.contains(&link) && head.contains("Acme &amp; Sons"),
            "{path}: {head}"
        );
    }
    app.stop().await;
}
