//! Price books, units, taxes, variants, bundles, plans and configurations, through every door.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn program(app: &TestApp) -> Client {
    let user = app.user("second", "administrator").await;
    app.token(user, false).await
}

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}

async fn make(client: &Client, path: &str, body: Json) -> i64 {
    send(client, "POST", &format!("/api/v1{path}"), &body, 201).await["id"]
        .as_i64()
        .unwrap()
}

async fn quote(client: &Client, body: Json) -> Json {
    send(client, "POST", "/api/v1/prices", &body, 200).await
}

fn winner(quote: &Json) -> &str {
    let won = |r: &&Json| r["won"] == true && r["args"]["book"].is_string();
    quote["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .find(won)
        .map_or("", |r| r["args"]["book"].as_str().unwrap())
}

/// The codes of the complaints.
fn codes(problem: &Json) -> Vec<&str> {
    problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["code"].as_str().unwrap())
        .collect()
}

/// A pump with one motor and perhaps a drive: the big motor needs the drive, the drive does not go with the small one.
async fn pump(api: &Client) -> i64 {
    let pump = make(api, "/products", json!({"sku": "PUMP", "name": "泵", "name_latin": "Pump", "price": "1000", "cost": "600", "unit": "piece", "configurable": true})).await;
    let group =
        |name: &str, least: i64, most: i64| json!({"product_id": pump, "name": name, "least": least, "most": most});
    let motor = make(api, "/option-groups", group("Motor", 1, 1)).await;
    let extra = make(api, "/option-groups", group("Extras", 0, 2)).await;
    for (g, code, price, cost) in [
        (motor, "SMALL", "0", "0"),
        (motor, "BIG", "500", "300"),
        (extra, "DRIVE", "250.50", "100"),
        (extra, "PAINT", "-20", "5"),
    ] {
        make(
            api,
            "/product-options",
            json!({"group_id": g, "code": code, "name": code, "price": price, "cost": cost}),
        )
        .await;
    }
    make(api, "/option-rules", json!({"product_id": pump, "kind": "requires", "given": "BIG", "others": "DRIVE", "message": "大电机要配变频器", "message_latin": "The big motor needs the drive"})).await;
    make(
        api,
        "/option-rules",
        json!({"product_id": pump, "kind": "excludes", "given": "SMALL", "others": "DRIVE"}),
    )
    .await;
    pump
}

async fn order(api: &Client) -> i64 {
    let party = make(api, "/parties", json!({"name": "Acme"})).await;
    make(api, "/orders", json!({"party_id": party})).await
}

#[tokio::test]
async fn the_closest_book_wins_and_the_line_keeps_why() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let product = make(
        &api,
        "/products",
        json!({"sku": "A-1", "name": "Valve", "price": "100"}),
    )
    .await;
    let acme = make(&api, "/parties", json!({"name": "Acme"})).await;
    let other = make(&api, "/parties", json!({"name": "Other"})).await;
    let book = |name: &str, more: Json| {
        let mut body = json!({"name": name});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let all = make(&api, "/price-books", book("All", json!({}))).await;
    let web = make(&api, "/price-books", book("Web", json!({"channel": "web"}))).await;
    let own = make(&api, "/price-books", book("Acme only", json!({"party_id": acme}))).await;
    let euro = make(&api, "/price-books", book("Euro", json!({"currency": "EUR"}))).await;
    let old = make(
        &api,
        "/price-books",
        book(
            "Spring",
            json!({"from_on": "2026-03-01", "until_on": "2026-06-29", "priority": 9}),
        ),
    )
    .await;
    let entry = |book: i64, more: Json| {
        let mut body = json!({"book_id": book, "product_id": product});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    make(&api, "/price-entries", entry(all, json!({"price": "95"}))).await;
    make(
        &api,
        "/price-entries",
        entry(all, json!({"price": "90", "from_quantity": "10"})),
    )
    .await;
    make(&api, "/price-entries", entry(web, json!({"discount_rate": "7"}))).await;
    make(&api, "/price-entries", entry(own, json!({"price": "80"}))).await;
    make(&api, "/price-entries", entry(euro, json!({"price": "11"}))).await;
    make(&api, "/price-entries", entry(old, json!({"price": "1"}))).await;
    let ask = |more: Json| {
        let mut body = json!({"product_id": product});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let q = quote(&api, ask(json!({"party_id": other}))).await;
    assert_eq!((winner(&q), &q["unit_price"]), ("All", &json!("95.00")));
    for (quantity, price) in [("9.999", "95.00"), ("10", "90.00")] {
        assert_eq!(
            quote(&api, ask(json!({"quantity": quantity}))).await["unit_price"],
            price
        );
    }
    let q = quote(&api, ask(json!({"party_id": other, "channel": "web", "quantity": "2"}))).await;
    assert_eq!(
        (winner(&q), &q["unit_price"], &q["discount"]),
        ("Web", &json!("100.00"), &json!("14.00"))
    );
    let q = quote(&api, ask(json!({"party_id": acme, "channel": "web"}))).await;
    assert_eq!((winner(&q), &q["unit_price"]), ("Acme only", &json!("80.00")));
    assert_eq!(q["reasons"].as_array().unwrap().len(), 7, "{q}");
    let q = quote(&api, ask(json!({"currency": "EUR"}))).await;
    assert_eq!((winner(&q), &q["unit_price"]), ("Euro", &json!("11.00")));
    assert_eq!(
        quote(&api, ask(json!({"currency": "USD"}))).await["unit_price"],
        Json::Null
    );
    for (on, won) in [
        ("2026-06-29", "Spring"),
        ("2026-06-30", "All"),
        ("2026-02-28", "All"),
        ("2026-03-01", "Spring"),
    ] {
        assert_eq!(winner(&quote(&api, ask(json!({"on": on}))).await), won, "{on}");
    }
    // An order of the customer: the price with its reasons; another price is marked, and asked back when it is cleared.
    let body = json!({"party_id": acme, "lines": [{"product_id": product, "quantity": "3"}, {"product_id": product, "quantity": "3", "unit_price": "70"}]});
    let made = send(&api, "POST", "/api/v1/orders", &body, 201).await;
    assert_eq!(made["total"], "450.00");
    assert_eq!(
        (&made["lines"][0]["manual_price"], &made["lines"][1]["manual_price"]),
        (&json!(false), &json!(true))
    );
    let page = app
        .login_zh("admin")
        .await
        .get(&format!("/orders/{}/lines", made["id"]))
        .await
        .expect(200);
    assert!(
        page.body.contains("为什么是这个价格") && page.body.contains("手工") && page.body.contains("只给别的渠道"),
        "{}",
        page.body
    );
    let path = format!("/api/v1/order-lines/{}", made["lines"][1]["id"]);
    let line = api
        .api(
            "PATCH",
            &path,
            Some(&json!({"unit_price": null})),
            &[("if-match", "\"v1\"")],
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&line["unit_price"], &line["manual_price"]),
        (&json!("80.00"), &json!(false))
    );
    // One case, one price.
    let twice = send(
        &api,
        "POST",
        "/api/v1/price-entries",
        &entry(all, json!({"price": "94"})),
        422,
    )
    .await;
    assert_eq!(codes(&twice), ["error-price-twice"]);
    app.stop().await;
}

#[tokio::test]
async fn a_salesperson_asks_for_prices_and_changes_none() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let product = make(
        &api,
        "/products",
        json!({"sku": "A-1", "name": "Valve", "price": "100"}),
    )
    .await;
    let book = make(&api, "/price-books", json!({"name": "All"})).await;
    let user = app.user("sally", "salesperson").await;
    let sally = app.token(user, false).await;
    assert_eq!(
        quote(&sally, json!({"product_id": product})).await["unit_price"],
        "100.00"
    );
    sally.get("/api/v1/price-books").await.expect(200);
    send(
        &sally,
        "POST",
        "/api/v1/price-entries",
        &json!({"book_id": book, "product_id": product, "price": "1"}),
        403,
    )
    .await;
    send(&sally, "POST", "/api/v1/price-books", &json!({"name": "Mine"}), 403).await;
    let page = app.login("sally").await;
    page.post(
        &format!("/grid/price_entry/{book}"),
        &[("product_id", "1"), ("price", "1")],
    )
    .await
    .expect(403);
    // Nor does a price tell about a customer out of sight.
    let hidden = make(&api, "/parties", json!({"name": "Hidden"})).await;
    let problem = send(
        &sally,
        "POST",
        "/api/v1/prices",
        &json!({"product_id": product, "party_id": hidden}),
        422,
    )
    .await;
    assert_eq!(problem["errors"][0]["field"], "party_id");
    app.stop().await;
}

#[tokio::test]
async fn entries_are_written_in_the_grid() {
    let app = TestApp::boot().await;
    let product = app
        .make(
            "product",
            &[
                ("sku", "A-1".into()),
                ("name", "Valve".into()),
                ("price", 10_000.into()),
            ],
        )
        .await;
    let book = app
        .make("price_book", &[("name", "全部".into()), ("name_latin", "All".into())])
        .await;
    let admin = app.login("admin").await;
    let page = admin.get(&format!("/price-books/{book}/entries")).await.expect(200);
    assert!(
        page.body.contains("Try a price") && page.body.contains("grid-row new"),
        "{}",
        page.body
    );
    let id = product.to_string();
    let path = format!("/grid/price_entry/{book}");
    let bad = admin
        .post_fragment(&path, &[("product_id", &id), ("from_quantity", "5"), ("price", "9x")])
        .await
        .expect(422);
    assert!(
        bad.body.contains("9x") && bad.body.contains("grid-price_entry"),
        "{}",
        bad.body
    );
    let fine = admin
        .post_fragment(&path, &[("product_id", &id), ("from_quantity", "5"), ("price", "90")])
        .await
        .expect(200);
    assert!(
        fine.body.contains("Valve") && fine.body.contains("90.00"),
        "{}",
        fine.body
    );
    let entry = app
        .ctx()
        .db()
        .number("SELECT MAX(id) FROM catalog_price_entry", binds![])
        .await
        .unwrap();
    let row = format!("{path}/{entry}");
    let changed = [
        ("version", "1"),
        ("product_id", id.as_str()),
        ("from_quantity", "5"),
        ("price", "88"),
    ];
    admin.post_fragment(&row, &changed).await.expect(200);
    let stale = admin.post_fragment(&row, &changed).await.expect(422);
    assert!(stale.body.contains("callout red"), "{}", stale.body);
    let tried = admin
        .post_fragment(
            "/prices/try",
            &[("product_id", &id), ("quantity", "5"), ("currency", "CNY")],
        )
        .await
        .expect(200);
    assert!(
        tried.body.contains("88.00") && tried.body.contains("All: "),
        "{}",
        tried.body
    );
    admin
        .post_fragment(&row, &[("version", "2"), ("act", "remove")])
        .await
        .expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_line_counts_in_any_unit_and_keeps_the_base_quantity() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let product = make(
        &api,
        "/products",
        json!({"sku": "A-1", "name": "Seal", "price": "1.25", "cost": "1", "unit": "piece"}),
    )
    .await;
    make(
        &api,
        "/product-units",
        json!({"product_id": product, "unit": "box", "factor": "12"}),
    )
    .await;
    let order = order(&api).await;
    let body = json!({"order_id": order, "product_id": product, "quantity": "3", "unit": "box"});
    let line = send(&api, "POST", "/api/v1/order-lines", &body, 201).await;
    let line = api
        .get(&format!("/api/v1/order-lines/{}", line["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&line["base_quantity"], &line["unit_price"], &line["net"]),
        (&json!("36"), &json!("15.00"), &json!("45.00")),
        "{line}"
    );
    assert_eq!((&line["unit_cost"], &line["cost"]), (&json!("12.00"), &json!("36.00")));
    let body = json!({"order_id": order, "product_id": product, "quantity": "3", "unit": "crate"});
    let problem = send(&api, "POST", "/api/v1/order-lines", &body, 422).await;
    assert_eq!(codes(&problem), ["error-line-unit"]);
    let twice = json!({"product_id": product, "unit": "BOX", "factor": "10"});
    assert_eq!(
        codes(&send(&api, "POST", "/api/v1/product-units", &twice, 422).await),
        ["error-unit-twice"]
    );
    app.stop().await;
}

#[tokio::test]
async fn tax_follows_the_day_and_a_bundle_its_parts() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let class = make(&api, "/tax-classes", json!({"name": "VAT"})).await;
    for (on, rate) in [("2020-01-01", "16"), ("2026-06-30", "13")] {
        make(
            &api,
            "/tax-class-rates",
            json!({"class_id": class, "from_on": on, "rate": rate}),
        )
        .await;
    }
    let a = make(
        &api,
        "/products",
        json!({"sku": "A", "name": "A", "price": "10", "cost": "6"}),
    )
    .await;
    let b = make(
        &api,
        "/products",
        json!({"sku": "B", "name": "B", "price": "5", "cost": "2"}),
    )
    .await;
    let kit = make(
        &api,
        "/products",
        json!({"sku": "K", "name": "Kit", "tax_class_id": class}),
    )
    .await;
    make(
        &api,
        "/bundle-parts",
        json!({"product_id": kit, "part_id": a, "quantity": "2"}),
    )
    .await;
    make(
        &api,
        "/bundle-parts",
        json!({"product_id": kit, "part_id": b, "quantity": "1"}),
    )
    .await;
    for (on, rate) in [("2026-06-29", "16.0000"), ("2026-06-30", "13.0000")] {
        let q = quote(&api, json!({"product_id": kit, "on": on})).await;
        assert_eq!(
            (&q["unit_price"], &q["tax_rate"]),
            (&json!("25.00"), &json!(rate)),
            "{q}"
        );
    }
    let nested = json!({"product_id": a, "part_id": kit, "quantity": "1"});
    assert_eq!(
        codes(&send(&api, "POST", "/api/v1/bundle-parts", &nested, 422).await),
        ["error-bundle-nested"]
    );
    let order = order(&api).await;
    let line = send(
        &api,
        "POST",
        "/api/v1/order-lines",
        &json!({"order_id": order, "product_id": kit, "quantity": "2"}),
        201,
    )
    .await;
    let line = api
        .get(&format!("/api/v1/order-lines/{}", line["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&line["net"], &line["tax"], &line["cost"]),
        (&json!("50.00"), &json!("6.50"), &json!("28.00")),
        "{line}"
    );
    app.stop().await;
}

#[tokio::test]
async fn variants_are_made_once_and_follow_their_template() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let shirt = make(&api, "/products", json!({"sku": "SH", "name": "Shirt", "price": "20"})).await;
    for (name, choices) in [("Colour", "red\nblue"), ("Size", "S, M, L")] {
        make(
            &api,
            "/product-axes",
            json!({"product_id": shirt, "name": name, "choices": choices}),
        )
        .await;
    }
    let path = format!("/api/v1/products/{shirt}/variants");
    assert_eq!(send(&api, "POST", &path, &json!({}), 201).await["made"], 6);
    assert_eq!(send(&api, "POST", &path, &json!({}), 201).await["made"], 0);
    let page = app
        .login("admin")
        .await
        .get(&format!("/products/{shirt}/variants"))
        .await
        .expect(200);
    assert!(
        page.body.contains("SH-RED-S") && page.body.contains("SH-BLUE-L"),
        "{}",
        page.body
    );
    api.api(
        "PATCH",
        &format!("/api/v1/products/{shirt}"),
        Some(&json!({"price": "22"})),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(200);
    let same = app
        .ctx()
        .db()
        .number(
            "SELECT count(*) FROM catalog_product WHERE template_id IS NOT NULL AND price = 2200",
            binds![],
        )
        .await
        .unwrap();
    assert_eq!(same, 6);
    let order = order(&api).await;
    let line = |product: i64| json!({"order_id": order, "product_id": product, "quantity": "1"});
    let problem = send(&api, "POST", "/api/v1/order-lines", &line(shirt), 422).await;
    assert_eq!(codes(&problem), ["error-line-template"]);
    let one = app
        .ctx()
        .db()
        .number("SELECT MAX(id) FROM catalog_product", binds![])
        .await
        .unwrap();
    send(&api, "POST", "/api/v1/order-lines", &line(one), 201).await;
    app.stop().await;
}

#[tokio::test]
async fn a_plan_is_not_ordered_below_its_term() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let plan = json!({"sku": "CARE", "name": "Care", "kind": "service", "price": "300", "recurring": "quarter", "term_months": "12"});
    let plan = make(&api, "/products", plan).await;
    let order = order(&api).await;
    let line = |quantity: &str| json!({"order_id": order, "product_id": plan, "quantity": quantity});
    for quantity in ["3", "4.5"] {
        let problem = send(&api, "POST", "/api/v1/order-lines", &line(quantity), 422).await;
        assert_eq!(codes(&problem), ["error-line-term"]);
    }
    send(&api, "POST", "/api/v1/order-lines", &line("4"), 201).await;
    assert_eq!(quote(&api, json!({"product_id": plan})).await["per"], "quarter");
    app.stop().await;
}

#[tokio::test]
async fn an_invalid_combination_is_refused_at_every_door() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let pump = pump(&api).await;
    let order = order(&api).await;
    let line = |options: &str| json!({"order_id": order, "product_id": pump, "quantity": "1", "options": options});
    let bad = [
        ("", "error-config-one"),
        ("BIG", "error-config-message"),
        ("SMALL DRIVE", "error-config-excludes"),
        ("SMALL BIG DRIVE", "error-config-one"),
        ("SMALL NONE", "error-rule-code"),
    ];
    for (options, code) in bad {
        let problem = send(&api, "POST", "/api/v1/order-lines", &line(options), 422).await;
        assert!(codes(&problem).contains(&code), "{options}: {problem}");
        // With the order in one go.
        let body = json!({"party_id": 1, "lines": [{"product_id": pump, "quantity": "1", "options": options}]});
        send(&api, "POST", "/api/v1/orders", &body, 422).await;
    }
    let made = send(&api, "POST", "/api/v1/order-lines", &line("BIG DRIVE PAINT"), 201).await;
    let id = made["id"].as_i64().unwrap();
    let made = api.get(&format!("/api/v1/order-lines/{id}")).await.expect(200).json();
    assert_eq!(
        (&made["unit_price"], &made["unit_cost"]),
        (&json!("1730.50"), &json!("1005.00")),
        "{made}"
    );
    // Changed by a program, one by one and many at once.
    let path = format!("/api/v1/order-lines/{id}");
    api.api(
        "PATCH",
        &path,
        Some(&json!({"options": "BIG"})),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(422);
    let bulk = json!({"ids": [{"id": id, "version": 1}], "set": {"options": "SMALL DRIVE"}});
    let reply = api.api("POST", "/api/v1/order-lines/bulk", Some(&bulk), &[]).await;
    assert!(
        reply.status == 422 || !reply.body.contains("\"changed\":1"),
        "{} {}",
        reply.status,
        reply.body
    );
    let plain = make(
        &api,
        "/products",
        json!({"sku": "PLAIN", "name": "Plain", "price": "1"}),
    )
    .await;
    api.api(
        "PATCH",
        &path,
        Some(&json!({"product_id": plain})),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(422);
    // The forms of the order and of the configurator.
    let (admin, zh) = (app.login("admin").await, app.login_zh("admin").await);
    let p = pump.to_string();
    let form = [("product_id", p.as_str()), ("quantity", "1"), ("options", "BIG")];
    let page = admin
        .post_fragment(&format!("/orders/{order}/line"), &form)
        .await
        .expect(422);
    assert!(page.body.contains("The big motor needs the drive"), "{}", page.body);
    let page = zh
        .post_fragment(&format!("/orders/{order}/line"), &form)
        .await
        .expect(422);
    assert!(page.body.contains("大电机要配变频器"), "{}", page.body);
    let group = app
        .ctx()
        .db()
        .number("SELECT MIN(id) FROM catalog_option_group", binds![])
        .await
        .unwrap();
    let (o, g) = (order.to_string(), format!("o-{group}"));
    let form = [("order", o.as_str()), ("quantity", "1"), (g.as_str(), "BIG")];
    let page = admin
        .post_fragment(&format!("/products/{pump}/configurator/save"), &form)
        .await
        .expect(422);
    assert!(page.body.contains("The big motor needs the drive"), "{}", page.body);
    // The same doors of a quote.
    let quote = make(&api, "/quotes", json!({"party_id": 1})).await;
    let sum = admin
        .post_fragment(
            &format!("/quotes/{quote}/line-sum"),
            &[("product_id", p.as_str()), ("quantity", "1")],
        )
        .await
        .expect(200);
    assert!(
        sum.body
            .contains(&format!("/products/{pump}/configurator?quote={quote}")),
        "{}",
        sum.body
    );
    let form = [("product_id", p.as_str()), ("quantity", "1"), ("options", "BIG")];
    let page = zh
        .post_fragment(&format!("/quotes/{quote}/line"), &form)
        .await
        .expect(422);
    assert!(
        page.body.contains("大电机要配变频器") && page.body.contains("BIG"),
        "{}",
        page.body
    );
    let page = admin
        .get(&format!("/products/{pump}/configurator?quote={quote}"))
        .await
        .expect(200);
    assert!(page.body.contains("Add to quote"), "{}", page.body);
    let q = quote.to_string();
    let form = [("quote", q.as_str()), ("quantity", "1"), (g.as_str(), "BIG")];
    let at = format!("/products/{pump}/configurator/save");
    admin.post_fragment(&at, &form).await.expect(422);
    let form = [("quote", q.as_str()), ("quantity", "2"), (g.as_str(), "SMALL")];
    let saved = admin.post(&at, &form).await;
    assert_eq!(
        (saved.status, saved.location()),
        (303, format!("/quotes/{quote}/lines").as_str()),
        "{}",
        saved.body
    );
    let sql = "SELECT options, quantity, id, version FROM sales_quote_line WHERE quote_id = $1 AND archived_at IS NULL";
    let row = app.ctx().db().one(sql, binds![quote]).await.unwrap().unwrap();
    assert_eq!((row.text(0).unwrap().as_str(), row.int(1).unwrap()), ("SMALL", 2_000));
    // It is configured again from its own line.
    let line = row.int(2).unwrap().to_string();
    let page = admin
        .get(&format!("/products/{pump}/configurator?quote={quote}&line={line}"))
        .await
        .expect(200);
    assert!(page.body.contains(r#"name="line""#) && page.body.contains(r#"name="quote""#));
    app.user("service", "service").await;
    app.login("service").await.post(&at, &form).await.expect(403);
    // A file.
    let content = "order number,customer,order date,sku,quantity,unit price,options\n\
        T-1,Acme,2026-06-01,PUMP,1,1000,BIG\nT-2,Acme,2026-06-01,PUMP,2,1000,SMALL PAINT\nT-3,Acme,2026-06-01,PUMP,1,1000,\n";
    let import = send(
        &api,
        "POST",
        "/api/v1/imports",
        &json!({"type": "order_line", "content": content}),
        202,
    )
    .await;
    app.run_jobs().await;
    let errors = api
        .get(&format!("/api/v1/imports/{}/errors", import["id"]))
        .await
        .expect(200)
        .json();
    let wrong: Vec<&str> = errors["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["code"].as_str().unwrap())
        .collect();
    assert_eq!(wrong, ["error-config-message", "error-config-one"], "{errors}");
    let fine = app
        .ctx()
        .db()
        .number(
            "SELECT count(*) FROM order_line WHERE options = 'SMALL PAINT' AND quantity = 2000",
            binds![],
        )
        .await
        .unwrap();
    assert_eq!(fine, 1);
    // Rules that came later are asked again when the order is confirmed.
    make(
        &api,
        "/option-rules",
        json!({"product_id": pump, "kind": "excludes", "given": "BIG PAINT", "others": ""}),
    )
    .await;
    let version = api.get(&format!("/api/v1/orders/{order}")).await.expect(200).json()["version"].clone();
    let problem = send(
        &api,
        "POST",
        &format!("/api/v1/orders/{order}/status"),
        &json!({"to": "confirmed", "version": version}),
        422,
    )
    .await;
    assert_eq!(codes(&problem), ["error-config-together"]);
    let none = app.ctx().db().number("SELECT count(*) FROM order_line WHERE options IN ('BIG', 'SMALL DRIVE') OR (options IS NULL AND product_id = $1)", binds![pump]).await.unwrap();
    assert_eq!(none, 0);
    app.stop().await;
}

#[tokio::test]
async fn the_configurator_says_what_is_needed_and_what_cannot_be() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let pump = pump(&api).await;
    let path = format!("/api/v1/products/{pump}/configuration");
    let found = send(&api, "POST", &path, &json!({"product_id": pump, "options": "BIG"}), 200).await;
    assert_eq!(found["valid"], false);
    assert_eq!(found["messages"][0]["text"], "The big motor needs the drive");
    assert_eq!(found["forced"][0]["option"], "DRIVE");
    assert_eq!(found["completed"], "BIG DRIVE");
    let found = send(
        &api,
        "POST",
        &path,
        &json!({"product_id": pump, "options": "SMALL"}),
        200,
    )
    .await;
    assert_eq!(
        (&found["valid"], &found["forbidden"][0]["option"]),
        (&json!(true), &json!("DRIVE"))
    );
    assert_eq!(
        found["forbidden"].as_array().unwrap().len(),
        1,
        "BIG may take the place of SMALL: {found}"
    );
    let found = send(
        &api,
        "POST",
        &path,
        &json!({"product_id": pump, "options": "SMALL DRIVE"}),
        200,
    )
    .await;
    assert_eq!(found["impossible"]["options"], json!(["SMALL", "DRIVE"]));
    for (client, words) in [
        (app.login("admin").await, "Motor: choose one"),
        (app.login_zh("admin").await, "Motor：请选一个"),
    ] {
        let page = client.get(&format!("/products/{pump}/configurator")).await.expect(200);
        assert!(page.body.contains(words), "{}", page.body);
    }
    // A rule about options that are not there, and an option that a rule names.
    let problem = send(
        &api,
        "POST",
        "/api/v1/option-rules",
        &json!({"product_id": pump, "given": "BIG", "others": "WHAT"}),
        422,
    )
    .await;
    assert_eq!(codes(&problem), ["error-rule-code"]);
    let drive = app
        .ctx()
        .db()
        .number("SELECT id FROM catalog_option WHERE code = 'DRIVE'", binds![])
        .await
        .unwrap();
    let reply = api
        .api(
            "DELETE",
            &format!("/api/v1/product-options/{drive}"),
            None,
            &[("if-match", "\"v1\"")],
        )
        .await
        .expect(409);
    assert_eq!(reply.json()["code"], "error-option-used");
    app.stop().await;
}
