//! The API that every record type has: versions, repeated requests, lists, bulk edits, undo, its description.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_testkit::{Client, Reply, TestApp};

async fn program(app: &TestApp) -> Client {
    let user = app.user("second", "administrator").await;
    app.token(user, false).await
}

async fn send(client: &Client, method: &str, path: &str, body: Json, headers: &[(&str, &str)]) -> Reply {
    client.api(method, path, Some(&body), headers).await
}

fn id(json: &Json) -> i64 {
    json["id"].as_i64().expect("an id")
}

#[tokio::test]
async fn a_record_is_made_changed_put_away_and_taken_out_again() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let body = json!({"sku": "A-1", "name": "Tea 茶", "price": "12.5", "cost": 8});
    let made = send(&api, "POST", "/api/v1/products", body, &[]).await.expect(201);
    assert_eq!(made.header("etag"), Some("\"v1\""));
    let path = made.location().to_owned();
    let json = made.json();
    assert_eq!(path, format!("/api/v1/products/{}", id(&json)));
    assert_eq!(
        [&json["price"], &json["cost"], &json["active"]],
        [&json!("12.50"), &json!("8.00"), &json!(true)]
    );
    assert_eq!(json["created_at"], "2026-06-30T02:00:00Z");
    assert_eq!(json["archived_at"], Json::Null);

    let body = json!({"price": "13.00"});
    let reply = send(&api, "PATCH", &path, body.clone(), &[]).await.expect(428);
    assert_eq!(reply.json()["code"], "error-if-match-missing");
    let v1 = [("if-match", "\"v1\"")];
    let changed = send(&api, "PATCH", &path, body, &v1).await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"v2\""));
    assert_eq!(changed.json()["price"], "13.00");

    let stale = send(&api, "PATCH", &path, json!({"price": null}), &v1)
        .await
        .expect(409);
    assert_eq!(stale.header("content-type"), Some("application/problem+json"));
    let problem = stale.json();
    assert_eq!(problem["code"], "error-stale");
    assert_eq!(
        [&problem["current"]["version"], &problem["current"]["price"]],
        [&json!(2), &json!("13.00")]
    );
    api.api("DELETE", &path, None, &v1).await.expect(409);
    api.api("DELETE", &path, None, &[]).await.expect(428);
    let gone = api
        .api("DELETE", &path, None, &[("if-match", "\"v2\"")])
        .await
        .expect(200);
    assert!(gone.json()["archived_at"].is_string());
    assert_eq!(api.get("/api/v1/products").await.json()["data"], json!([]));
    assert_eq!(
        api.get("/api/v1/products?archived=true").await.json()["data"][0]["version"],
        3
    );
    let back = api.api("POST", &format!("{path}/restore"), None, &[]).await.expect(200);
    assert_eq!(back.json()["archived_at"], Json::Null);

    let history = api.get(&format!("{path}/events")).await.expect(200).json();
    let kinds: Vec<&str> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "product.restored.v1",
            "product.archived.v1",
            "product.changed.v1",
            "product.created.v1"
        ]
    );
    assert_eq!(
        history["data"][2]["changes"]["price"],
        json!({"from": "12.50", "to": "13.00"})
    );
    app.stop().await;
}

#[tokio::test]
async fn what_is_known_already_is_not_sent_again() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let made = send(
        &api,
        "POST",
        "/api/v1/categories",
        json!({"name": "Dairy", "code": "D"}),
        &[],
    )
    .await
    .expect(201);
    let path = made.location().to_owned();
    let known = [("if-none-match", "\"v1\"")];
    let same = api.api("GET", &path, None, &known).await.expect(304);
    assert_eq!((same.header("etag"), same.body.as_str()), (Some("\"v1\""), ""));
    send(&api, "PATCH", &path, json!({"code": "E"}), &[("if-match", "\"v1\"")])
        .await
        .expect(200);
    api.api("GET", &path, None, &known).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_post_is_done_once() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let key = [("idempotency-key", "order-7")];
    let body = json!({"sku": "A-1", "name": "Tea"});
    let first = send(&api, "POST", "/api/v1/products", body.clone(), &key)
        .await
        .expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = send(&api, "POST", "/api/v1/products", body.clone(), &key)
        .await
        .expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
    for name in ["location", "etag"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    let other = send(
        &api,
        "POST",
        "/api/v1/products",
        json!({"sku": "A-2", "name": "Tea"}),
        &key,
    )
    .await
    .expect(409);
    assert_eq!(other.json()["code"], "error-idempotency-other");
    assert_eq!(
        api.get("/api/v1/products").await.json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // A refused request keeps nothing: mended, it may come under the same key.
    let late = [("idempotency-key", "order-8")];
    send(&api, "POST", "/api/v1/products", json!({"sku": "A-3"}), &late)
        .await
        .expect(422);
    send(
        &api,
        "POST",
        "/api/v1/products",
        json!({"sku": "A-3", "name": "Milk"}),
        &late,
    )
    .await
    .expect(201);
    // Another program's key of the same name is another key.
    let user = app.user("third", "administrator").await;
    let stranger = app.token(user, false).await;
    let reply = send(
        &stranger,
        "POST",
        "/api/v1/products",
        json!({"sku": "A-4", "name": "Milk"}),
        &key,
    )
    .await;
    assert_eq!(reply.expect(201).header("idempotency-replayed"), None);
    // After a day the key is free.
    app.advance_seconds(25 * 3600);
    send(
        &api,
        "POST",
        "/api/v1/products",
        json!({"sku": "A-5", "name": "Tea"}),
        &key,
    )
    .await
    .expect(201);
    send(
        &api,
        "POST",
        "/api/v1/products",
        body,
        &[("idempotency-key", "two words")],
    )
    .await
    .expect(422);
    app.stop().await;
}

#[tokio::test]
async fn two_at_once_under_one_key_make_one_record() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let body = json!({"sku": "A-1", "name": "Tea"});
    let key = [("idempotency-key", "same")];
    let (one, two) = tokio::join!(
        send(&api, "POST", "/api/v1/products", body.clone(), &key),
        send(&api, "POST", "/api/v1/products", body.clone(), &key)
    );
    let (one, two) = (one.expect(201), two.expect(201));
    assert_eq!(one.json(), two.json());
    let replayed = [&one, &two].map(|r| r.header("idempotency-replayed").is_some());
    assert_ne!(replayed[0], replayed[1]);
    app.stop().await;
}

/// All ids from the beginning to the end, then back again.
async fn walk(api: &Client, ask: &str) -> (Vec<i64>, Vec<i64>) {
    let page = async |cursor: &Json| {
        let cursor = cursor.as_str().map_or(String::new(), |c| format!("&cursor={c}"));
        let json = api
            .get(&format!("/api/v1/products?{ask}&limit=7{cursor}"))
            .await
            .expect(200)
            .json();
        let ids: Vec<i64> = json["data"].as_array().unwrap().iter().map(id).collect();
        (ids, json["next"].clone(), json["previous"].clone())
    };
    let (mut there, mut at, mut previous) = page(&Json::Null).await;
    assert_eq!(previous, Json::Null);
    while at.is_string() {
        let (ids, next, before) = page(&at).await;
        there.extend(ids);
        (at, previous) = (next, before);
    }
    let mut back = vec![];
    while previous.is_string() {
        let (ids, _, before) = page(&previous).await;
        back.splice(0..0, ids);
        previous = before;
    }
    (there, back)
}

#[tokio::test]
async fn a_walk_through_a_list_loses_and_repeats_nothing() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    // Every third has no price, the others share seven prices.
    for i in 0..120_i64 {
        let price = if i % 3 == 0 {
            Value::Null
        } else {
            Value::Int(i % 7 * 100)
        };
        let name = format!("Thing {}", i % 10);
        app.make(
            "product",
            &[
                ("sku", format!("S-{i}").into()),
                ("name", name.into()),
                ("price", price),
            ],
        )
        .await;
    }
    for sort in ["price", "-price", "name", "-name", "id", "-updated_at"] {
        let (there, back) = walk(&api, &format!("sort={sort}")).await;
        let mut each = there.clone();
        each.sort_unstable();
        each.dedup();
        assert_eq!((there.len(), each.len()), (120, 120), "{sort}");
        // The last page is not walked again.
        assert_eq!(back, there[..back.len()], "{sort} backwards");
        assert!(back.len() >= 113, "{sort}: {}", back.len());
    }
    let (filtered, _) = walk(&api, "sort=price&price.ge=3.00").await;
    let wanted = (0..120_i64).filter(|i| i % 3 != 0 && i % 7 >= 3).count();
    assert_eq!(filtered.len(), wanted);
    let tree = "filter=%7B%22field%22%3A%22price%22%2C%22op%22%3A%22ge%22%2C%22values%22%3A%5B%223.00%22%5D%7D";
    assert_eq!(walk(&api, &format!("sort=price&{tree}")).await.0, filtered);
    let one = api
        .get("/api/v1/products?fields=sku,price&sku=S-1&sort=id")
        .await
        .expect(200)
        .json();
    let record = one["data"][0].as_object().unwrap();
    assert_eq!(record.keys().collect::<Vec<_>>(), ["id", "price", "sku", "version"]);
    assert_eq!(record["price"], "1.00");
    let file = api.get("/api/v1/products/export?price.ge=3.00").await.expect(200);
    assert_eq!(file.body.lines().count(), wanted + 1);
    app.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let wrong = send(
        &api,
        "POST",
        "/api/v1/products",
        json!({"sku": "A", "name": "T", "colour": 1}),
        &[],
    )
    .await
    .expect(422)
    .json();
    assert_eq!(
        (&wrong["code"], &wrong["errors"][0]["field"]),
        (&json!("error-no-such-field"), &json!("colour"))
    );
    let body = json!({"sku": ["A"], "price": 1.005, "active": "perhaps"});
    let wrong = send(&api, "POST", "/api/v1/products", body, &[])
        .await
        .expect(422)
        .json();
    let mut fields: Vec<&str> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["active", "price", "sku"]);
    send(&api, "POST", "/api/v1/products", json!([]), &[]).await.expect(422);
    for path in [
        "/api/v1/products?colour=red",
        "/api/v1/products?fields=sku,colour",
        "/api/v1/products?sort=colour",
        "/api/v1/products?limit=201",
        "/api/v1/products?cursor=zz",
        "/api/v1/products?filter=%7B%7D",
        "/api/v1/products?price.near=1",
        "/api/v1/products/export?colour=red",
    ] {
        let reply = api.get(path).await.expect(422);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}");
    }
    api.get("/api/v1/products/1").await.expect(404);
    api.get("/api/v1/products/none").await.expect(404);
    let chinese = api.speaking("zh-CN").get("/api/v1/products/1").await.json();
    assert_ne!(chinese["title"], api.get("/api/v1/products/1").await.json()["title"]);
    app.stop().await;
}

#[tokio::test]
async fn who_may_only_read_writes_nowhere() {
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let reader = app.token(user, true).await;
    let product = app
        .make("product", &[("sku", "A".into()), ("name", "Tea".into())])
        .await;
    let path = format!("/api/v1/products/{product}");
    reader.get(&path).await.expect(200);
    let v1 = [("if-match", "\"v1\"")];
    send(&reader, "PATCH", &path, json!({"name": "x"}), &v1)
        .await
        .expect(403);
    reader.api("DELETE", &path, None, &v1).await.expect(403);
    let body = json!({"ids": [{"id": product, "version": 1}], "set": {"name": "x"}});
    send(&reader, "POST", "/api/v1/products/bulk", body, &[])
        .await
        .expect(403);
    let event = reader.get(&format!("{path}/events")).await.json()["data"][0]["id"].clone();
    reader
        .api("POST", &format!("/api/v1/undo/event/{event}"), None, &[])
        .await
        .expect(403);
    let me = reader.get("/api/v1/me").await.expect(200).json();
    assert_eq!(
        (&me["read_only"], &me["may"]["product"]),
        (&json!(true), &json!(["view", "export"]))
    );
    app.stop().await;
}

#[tokio::test]
async fn many_are_changed_as_one_and_undone_as_one() {
    let app = TestApp::boot().await;
    let api = program(&app).await;
    let mut ids = vec![];
    for sku in ["A", "B", "C"] {
        ids.push(
            app.make(
                "product",
                &[("sku", sku.into()), ("name", sku.into()), ("unit", "box".into())],
            )
            .await,
        );
    }
    let target = |i: usize, version: i64| json!({"id": ids[i], "version": version});
    let body =
        json!({"ids": [target(0, 1), target(1, 1), target(2, 9), {"id": 999, "version": 1}], "set": {"unit": "bag"}});
    let done = send(&api, "POST", "/api/v1/products/bulk", body, &[])
        .await
        .expect(200)
        .json();
    let results: Vec<&str> = done["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["changed", "changed", "refused", "refused"]);
    assert_eq!(
        (&done["data"][2]["code"], &done["data"][3]["code"]),
        (&json!("error-stale"), &json!("error-missing"))
    );
    let body = json!({"ids": [target(0, 2)], "set": {"name": "Later", "unit": "tin"}});
    send(&api, "POST", "/api/v1/products/bulk", body, &[]).await.expect(200);
    let undo = format!("/api/v1/undo/batch/{}", done["batch"]);
    assert_eq!(
        api.api("POST", &undo, None, &[]).await.expect(200).json(),
        json!({"done": 1, "kept": 1})
    );
    assert_eq!(
        api.api("POST", &undo, None, &[]).await.expect(409).json()["code"],
        "error-undo-twice"
    );
    let units: Vec<Json> = api.get("/api/v1/products?sort=sku").await.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["unit"].clone())
        .collect();
    assert_eq!(units, [json!("tin"), json!("box"), json!("box")]);
    // Two records cannot have one SKU: the first gets it, the second is refused and stays as it was.
    let body = json!({"ids": [target(1, 3), target(2, 1)], "set": {"sku": "Z"}});
    let done = send(&api, "POST", "/api/v1/products/bulk", body, &[])
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&done["changed"], &done["data"][1]["errors"][0]["field"]),
        (&json!(1), &json!("sku"))
    );
    app.stop().await;
}

#[tokio::test]
async fn lines_come_and_go_with_their_document() {
    let app = TestApp::boot().await;
    let rep = app.user("rep", "salesperson").await;
    let (api, other) = (app.token(rep, false).await, app.user("other", "salesperson").await);
    let other = app.token(other, false).await;
    let party = app
        .make("party", &[("name", "Acme".into()), ("owner_id", rep.into())])
        .await;
    let line = json!({"description": "Tea", "quantity": "2", "unit_price": "10.00"});
    let body = json!({"party_id": party, "currency": "JPY", "lines": [line]});
    let wrong = send(
        &api,
        "POST",
        "/api/v1/orders",
        json!({"party_id": party, "lines": [{"quantity": "x"}]}),
        &[],
    )
    .await
    .expect(422);
    assert_eq!(wrong.json()["errors"][0]["field"], "lines[0].quantity");
    assert_eq!(api.get("/api/v1/orders").await.json()["data"], json!([]));
    let made = send(&api, "POST", "/api/v1/orders", body, &[]).await.expect(201).json();
    assert_eq!(
        (&made["lines"][0]["net"], &made["net"], &made["lines"][0]["position"]),
        (&json!("20"), &json!("20"), &json!(1))
    );
    let more = json!({"order_id": made["id"], "description": "Milk", "quantity": "1", "unit_price": "5"});
    send(&other, "POST", "/api/v1/order-lines", more.clone(), &[])
        .await
        .expect(422);
    let new = send(&api, "POST", "/api/v1/order-lines", more, &[])
        .await
        .expect(201)
        .json();
    assert_eq!(new["unit_price"], "5");
    let whole = api
        .get(&format!("/api/v1/orders/{}", made["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (whole["lines"].as_array().unwrap().len(), &whole["net"]),
        (2, &json!("25"))
    );
    other
        .get(&format!("/api/v1/order-lines/{}", new["id"]))
        .await
        .expect(404);
    app.stop().await;
}

#[tokio::test]
async fn the_description_lists_every_route_and_search_finds() {
    let app = TestApp::boot().await;
    let document = app.anonymous().get("/api/v1/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut routes = 0;
    for route in app.app.table.iter().filter(|r| r.path.starts_with("/api/v1/")) {
        let operation = &document["paths"][&route.path][route.method.to_lowercase()];
        assert_eq!(
            operation["x-permission"], route.permission,
            "{} {}",
            route.method, route.path
        );
        routes += 1;
    }
    let types = app.app.house.registry.types().count();
    assert!(routes > types * 9, "{routes} routes for {types} types");
    let api = program(&app).await;
    let declared = api.get("/api/v1/types").await.expect(200).json();
    assert_eq!(declared["data"].as_array().unwrap().len(), types);
    app.make("product", &[("sku", "T-77".into()), ("name", "乌龙茶".into())])
        .await;
    let found = api
        .get("/api/v1/search?q=%E4%B9%8C%E9%BE%99&types=product")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&found["data"][0]["type"], &found["data"][0]["title"]),
        (&json!("product"), &json!("乌龙茶"))
    );
    api.get("/api/v1/search?q=x&types=nothing").await.expect(422);
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_method_and_wrong_json_are_told_in_our_words() {
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let reply = api.api("PUT", "/api/v1/parties", None, &[]).await.expect(405);
    assert!(
        reply.header("allow").unwrap_or("").contains("POST"),
        "{:?}",
        reply.headers
    );
    let body = reply.json();
    assert_eq!((&body["status"], &body["code"]), (&405.into(), &"error-method".into()));
    let zh = api.speaking("zh-CN");
    let send = |text: &'static str| {
        let zh = zh.clone();
        async move { zh.raw("POST", "/api/v1/parties", text).await.expect(422).json() }
    };
    let short = send("{\"name\": \"x\"").await;
    assert_eq!(short["code"], "error-json-short", "{short}");
    let broken = send("{\"name\":\n  x}").await;
    assert_eq!(broken["code"], "error-json", "{broken}");
    let words = broken["title"].as_str().unwrap();
    assert!(words.contains("第 2 行") && !words.contains("expected"), "{words}");
    let unknown = zh
        .api(
            "POST",
            "/api/v1/parties/1/merge",
            Some(&serde_json::json!({"othr": 2})),
            &[],
        )
        .await
        .expect(422)
        .json();
    assert_eq!(unknown["code"], "error-json-unknown", "{unknown}");
    assert!(unknown["title"].as_str().unwrap().contains("othr"), "{unknown}");
    app.stop().await;
}
