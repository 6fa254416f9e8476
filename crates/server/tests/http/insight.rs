//! Customer value: the curve against the orders, the books, the facts written bit by bit, the ratings, and who sees what.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use zhike_kernel::Value;
use zhike_store::{binds, read, write};
use zhike_testkit::{Client, TestApp};

/// Handling an order and a line, as a new house assumes.
const ORDER: i64 = 16_000;
const LINE: i64 = 2_500;

pub(crate) async fn party(app: &TestApp, name: &str, owner: Option<i64>) -> i64 {
    let owner = owner.map_or(Value::Null, Value::from);
    app.make("party", &[("name", name.into()), ("owner_id", owner)]).await
}

/// An order of lines (pieces, price, discount, cost of a piece if known).
pub(crate) struct Order<'a> {
    pub party: i64,
    pub on: &'a str,
    pub kind: &'a str,
    pub freight: i64,
    pub lines: &'a [(i64, i64, i64, Option<i64>)],
}

pub(crate) async fn order(app: &TestApp, o: &Order<'_>) -> i64 {
    let values = [
        ("party_id", o.party.into()),
        ("ordered_on", o.on.into()),
        ("kind", o.kind.into()),
        ("status", "confirmed".into()),
        ("currency", "CNY".into()),
        ("freight", o.freight.into()),
    ];
    let id = app.make("order", &values).await;
    for (at, (pieces, price, discount, cost)) in o.lines.iter().enumerate() {
        let cost = cost.map_or(Value::Null, Value::from);
        let line = [
            ("order_id", id.into()),
            ("position", i64::try_from(at + 1).unwrap().into()),
            ("quantity", (pieces * 1_000).into()),
            ("unit_price", (*price).into()),
            ("discount", (*discount).into()),
            ("unit_cost", cost),
        ];
        app.make("order_line", &line).await;
    }
    id
}

async fn api(app: &TestApp) -> Client {
    let user = app.user("boss", "administrator").await;
    app.token(user, false).await
}

async fn get(client: &Client, path: &str) -> Json {
    client.api("GET", path, None, &[]).await.expect(200).json()
}

async fn analyse(app: &TestApp, client: &Client) {
    let asked = client
        .api("POST", "/api/v1/value/refresh", Some(&json!({"period": "12m"})), &[])
        .await;
    asked.expect(202);
    assert!(app.run_jobs().await >= 1);
}

/// Profit by party as the API tells it.
async fn profits(client: &Client) -> BTreeMap<i64, i64> {
    let list = get(client, "/api/v1/value/customers?limit=500").await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|i| (i["party_id"].as_i64().unwrap(), i["profit"].as_i64().unwrap()))
        .collect()
}

/// Ten customers, of which the last loses money; what each should have earned, computed here.
async fn company(app: &TestApp) -> BTreeMap<i64, i64> {
    let mut expected = BTreeMap::new();
    for i in 0..10_i64 {
        let id = party(app, &format!("Customer {i}"), None).await;
        let (price, cost) = (100_000 - i * 9_000, 40_000);
        let on = format!("2026-0{}-15", i % 5 + 1);
        let lines = [(2, price, 500, Some(cost)), (1, 30_000, 0, None)];
        order(
            app,
            &Order {
                party: id,
                on: &on,
                kind: "sale",
                freight: 1_001,
                lines: &lines,
            },
        )
        .await;
        // Two pieces less discount and cost; one piece of unknown cost, of which 30 % are assumed to stay.
        let profit = 2 * price - 500 - 2 * cost + 9_000 - 1_001 - ORDER - 2 * LINE;
        expected.insert(id, profit);
    }
    let first = *expected.keys().next().unwrap();
    let back = [(-1, 100_000, 0, Some(40_000))];
    order(
        app,
        &Order {
            party: first,
            on: "2026-06-01",
            kind: "return",
            freight: 700,
            lines: &back,
        },
    )
    .await;
    // What came back takes its cost along; it is handled as a line, the order as none that was sold.
    *expected.get_mut(&first).unwrap() -= 100_000 - 40_000 + 700 + LINE;
    expected
}

#[tokio::test]
async fn the_curve_and_the_books_are_those_of_the_orders() {
    let app = TestApp::boot().await;
    let api = api(&app).await;
    let expected = company(&app).await;
    // Not counted: a draft, a cancelled order, another currency, an order long ago; and freight without lines.
    let id = *expected.keys().next().unwrap();
    for (status, currency, on) in [
        ("draft", "CNY", "2026-05-01"),
        ("cancelled", "CNY", "2026-05-01"),
        ("confirmed", "USD", "2026-05-01"),
        ("confirmed", "CNY", "2024-05-01"),
    ] {
        let values = [
            ("party_id", id.into()),
            ("ordered_on", on.into()),
            ("currency", currency.into()),
            ("status", "confirmed".into()),
        ];
        let order = app.make("order", &values).await;
        app.make(
            "order_line",
            &[
                ("order_id", order.into()),
                ("position", 1_i64.into()),
                ("quantity", 1_000_i64.into()),
                ("unit_price", 77_700_i64.into()),
            ],
        )
        .await;
        let tx = app.ctx().begin().await.unwrap();
        tx.exec(
            "UPDATE order_order SET status = $1 WHERE id = $2",
            binds![status, order],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    order(
        &app,
        &Order {
            party: id,
            on: "2026-05-02",
            kind: "sale",
            freight: 333,
            lines: &[],
        },
    )
    .await;
    analyse(&app, &api).await;
    assert_eq!(profits(&api).await, expected);

    let summary = get(&api, "/api/v1/value/summary").await;
    let mut sorted: Vec<i64> = expected.values().copied().collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let total: i64 = sorted.iter().sum();
    let whale = &summary["whale"];
    assert_eq!(whale["total"], total);
    assert_eq!(whale["top"]["customers"], 2);
    assert_eq!(whale["top"]["amount"], sorted[..2].iter().sum::<i64>());
    assert_eq!(whale["bottom"]["amount"], sorted[7..].iter().sum::<i64>());
    assert_eq!(whale["loss_makers"], sorted.iter().filter(|p| **p < 0).count());
    assert_eq!(
        whale["peak"]["cumulative"],
        sorted.iter().filter(|p| **p > 0).sum::<i64>()
    );
    let books = &summary["reconciliation"];
    for key in ["revenue", "discount", "returns", "product_cost", "delivery"] {
        let of = |part: &str| books[part][key].as_i64().unwrap();
        assert_eq!(of("customers") + of("unallocated"), of("ledger"), "{key}");
        assert_eq!(of("difference"), 0, "{key}");
    }
    assert_eq!(books["unallocated"]["delivery"], 333);
    assert_eq!(books["ledger"]["returns"], 100_000);
    assert_eq!(summary["foreign_lines"], json!([["USD", 1]]));
    let net: i64 = (0..10).map(|i| 2 * (100_000 - i * 9_000) - 500 + 30_000).sum::<i64>() - 100_000;
    assert_eq!(
        summary["assumed_ppm"].as_i64().unwrap(),
        (300_000.0 * 1e6 / net as f64).round() as i64
    );

    let admin = app.login("admin").await;
    for path in [
        "/value",
        "/value/customers?part=loss",
        "/value/products",
        "/value/assumptions",
        "/value/model",
        "/value/disagreements",
        "/proof",
    ] {
        let page = admin.get(path).await.expect(200).body;
        assert!(
            !page.contains("value-") || !page.contains(">value-"),
            "an untranslated key on {path}"
        );
    }
    let page = admin.get("/value").await.expect(200).body;
    assert!(
        page.contains("1 lines in USD are not included") && page.contains("has no known cost"),
        "{page}"
    );
    let tab = admin.get(&format!("/parties/{id}/value")).await.expect(200).body;
    assert!(tab.contains("From revenue to profit"));
    let zh = app.login_zh("admin").await;
    assert!(zh.get("/value").await.expect(200).body.contains("累计利润曲线"));
    assert!(zh.get("/proof").await.expect(200).body.contains("哪些分析可信"));
    app.stop().await;
}

/// The files of the facts by month.
fn files(app: &TestApp) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(app.data.join("facts/manifest.json")).unwrap();
    let manifest: Json = serde_json::from_str(&text).unwrap();
    let months = manifest["tables"]["order_line"].as_object().unwrap();
    months
        .iter()
        .map(|(m, v)| (m.clone(), v["files"].to_string()))
        .collect()
}

#[tokio::test]
async fn facts_written_bit_by_bit_are_those_written_at_once() {
    let app = TestApp::boot().await;
    let api = api(&app).await;
    let ids: Vec<i64> = company(&app).await.into_keys().collect();
    let line = [(1, 50_000, 0, Some(10_000))];
    let moved = order(
        &app,
        &Order {
            party: ids[1],
            on: "2026-04-20",
            kind: "sale",
            freight: 0,
            lines: &line,
        },
    )
    .await;
    // What was written a moment before an analysis is looked at again by the next one: it may have committed late.
    app.advance_seconds(3_600);
    analyse(&app, &api).await;
    let (before, then) = (files(&app), profits(&api).await);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
    );

    app.advance_seconds(3_600);
    order(
        &app,
        &Order {
            party: ids[2],
            on: "2026-03-03",
            kind: "sale",
            freight: 10,
            lines: &line,
        },
    )
    .await;
    let ctx = app.ctx();
    let ty = ctx.registry().get("order").unwrap().clone();
    let tx = ctx.begin().await.unwrap();
    let version = read::need(&ctx, &tx, &ty, moved).await.unwrap().version;
    let to = [("ordered_on".to_owned(), Value::from("2025-12-24"))];
    write::update(&ctx, &tx, &ty, moved, version, to.into()).await.unwrap();
    tx.commit().await.unwrap();
    analyse(&app, &api).await;
    let (after, now) = (files(&app), profits(&api).await);
    let touched: Vec<&String> = after
        .iter()
        .filter(|(m, f)| before.get(*m) != Some(f))
        .map(|(m, _)| m)
        .collect();
    assert_eq!(
        touched,
        ["2025-12", "2026-03", "2026-04"],
        "the month of the new order, and both of the one that moved"
    );
    assert_eq!(now[&ids[2]], then[&ids[2]] + 50_000 - 10_000 - 10 - ORDER - LINE);
    assert_eq!(now[&ids[1]], then[&ids[1]]);

    let whole = get(&api, "/api/v1/value/summary").await;
    std::fs::remove_dir_all(app.data.join("facts")).unwrap();
    analyse(&app, &api).await;
    let again = get(&api, "/api/v1/value/summary").await;
    assert_eq!(profits(&api).await, now);
    for key in ["whale", "totals", "reconciliation"] {
        assert_eq!(again[key], whole[key], "{key}");
    }
    app.stop().await;
}

#[tokio::test]
async fn kappa_is_what_one_computes_by_hand() {
    let app = TestApp::boot().await;
    let api = api(&app).await;
    company(&app).await;
    analyse(&app, &api).await;
    let admin = app.login("admin").await;
    let letters = ["A", "B", "C", "D"];
    let place = |g: &str| letters.iter().position(|l| *l == g).unwrap();
    let list = get(&api, "/api/v1/value/customers?limit=100").await;
    let mut table = [[0_i64; 4]; 4];
    let mut apart = 0;
    for (i, item) in list["items"].as_array().unwrap().iter().enumerate() {
        let auto = place(item["grade"].as_str().unwrap());
        let hand = if i % 4 == 3 { (auto + 1).min(3) } else { auto };
        apart += i64::from(hand != auto);
        table[auto][hand] += 1;
        let path = format!("/value/customers/{}/rating", item["party_id"]);
        admin
            .post(&path, &[("grade", letters[hand]), ("note", "seen")])
            .await
            .expect(303);
    }
    let n: i64 = table.iter().flatten().sum();
    let (mut seen, mut chance) = (0.0, 0.0);
    for i in 0..4 {
        for j in 0..4 {
            let weight = ((i as f64) - (j as f64)).powi(2);
            let row: i64 = table[i].iter().sum();
            let column: i64 = table.iter().map(|r| r[j]).sum();
            seen += weight * table[i][j] as f64;
            chance += weight * (row * column) as f64 / n as f64;
        }
    }
    let found = get(&api, "/api/v1/value/agreement").await;
    assert!(
        (found["weighted_kappa"].as_f64().unwrap() - (1.0 - seen / chance)).abs() < 1e-9,
        "{found}"
    );
    assert_eq!(found["automatic_by_manual"], json!(table));
    assert_eq!(found["disagree"], apart);
    let page = admin.get("/value/disagreements").await.expect(200).body;
    assert!(page.contains(&format!("{:.2}", 1.0 - seen / chance)));
    assert_eq!(page.matches("/rating\"").count() as i64, apart);

    // Changing the model makes a version; the one who did not see it is told.
    let shown = get(&api, "/api/v1/value/model").await;
    let mut model = shown["model"].clone();
    model["hysteresis"] = json!(0.0);
    let body = json!({"version": 0, "model": model, "note": "stricter"});
    api.api("PUT", "/api/v1/value/model", Some(&body), &[])
        .await
        .expect(200);
    model["hysteresis"] = json!(1.0);
    let body = json!({"version": 0, "model": model});
    api.api("PUT", "/api/v1/value/model", Some(&body), &[])
        .await
        .expect(409);
    app.stop().await;
}

#[tokio::test]
async fn who_sees_some_customers_is_told_of_the_others() {
    let app = TestApp::boot().await;
    let api = api(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let all = company(&app).await;
    let mine: Vec<i64> = all.keys().copied().take(3).collect();
    let tx = app.ctx().begin().await.unwrap();
    for id in &mine {
        tx.exec(
            "UPDATE party_party SET owner_id = $1 WHERE id = $2",
            binds![seller, *id],
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    analyse(&app, &api).await;
    let token = app.token(seller, false).await;
    assert_eq!(profits(&token).await.into_keys().collect::<Vec<_>>(), mine);
    let summary = get(&token, "/api/v1/value/summary").await;
    assert_eq!(summary["hidden_customers"], 7);
    assert_eq!(summary["whale"]["total"], mine.iter().map(|id| all[id]).sum::<i64>());
    assert!(
        summary.get("reconciliation").is_none(),
        "the books of the house are not the seller's"
    );
    let seller = app.login("seller").await;
    let page = seller.get("/value").await.expect(200).body;
    assert!(page.contains("Of the 3 customers you may see; 7 others"), "{page}");
    let other = all.keys().nth(5).unwrap();
    seller
        .post(&format!("/value/customers/{other}/rating"), &[("grade", "A")])
        .await
        .expect(404);
    seller.post("/value/refresh", &[]).await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn assumptions_are_checked_logged_and_used() {
    let app = TestApp::boot().await;
    let api = api(&app).await;
    company(&app).await;
    analyse(&app, &api).await;
    let before = get(&api, "/api/v1/value/summary").await["profit"].as_i64().unwrap();
    let wrong = json!({"margin": 1_000_001});
    api.api("PUT", "/api/v1/value/assumptions", Some(&wrong), &[])
        .await
        .expect(422);
    api.api("PUT", "/api/v1/value/assumptions", Some(&json!({"order": 26_000})), &[])
        .await
        .expect(200);
    app.run_jobs().await;
    let after = get(&api, "/api/v1/value/summary").await["profit"].as_i64().unwrap();
    assert_eq!(before - after, 10 * 10_000);
    let log = app.ctx();
    let row = zhike_store::Query::one(
        log.db(),
        "SELECT changes FROM event WHERE kind = 'value.assumptions_changed.v1'",
        binds![],
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!(row.text(0).unwrap(), "{\"order\":[16000,26000]}");
    app.stop().await;
}

#[tokio::test]
async fn a_customer_newer_than_the_analysis_is_not_said_to_have_bought_nothing() {
    let app = TestApp::boot().await;
    let boss = api(&app).await;
    let old = party(&app, "Old", None).await;
    let idle = party(&app, "Idle", None).await;
    let lines: &[(i64, i64, i64, Option<i64>)] = &[(1, 10_000, 0, Some(5_000))];
    let sale = |party| Order {
        party,
        on: "2026-06-01",
        kind: "sale",
        freight: 0,
        lines,
    };
    order(&app, &sale(old)).await;
    analyse(&app, &boss).await;
    app.advance_seconds(3_600);
    let new = party(&app, "New", None).await;
    let admin = app.login("admin").await;
    let tab = |id: i64| format!("/parties/{id}/value");
    let page = admin.get(&tab(new)).await.expect(200).body;
    assert!(
        page.contains("Not analysed yet") && page.contains("/value/refresh"),
        "{page}"
    );
    let page = admin.get(&tab(idle)).await.expect(200).body;
    assert!(page.contains("bought nothing in the period"), "{page}");
    order(&app, &sale(idle)).await;
    let page = app.login_zh("admin").await.get(&tab(idle)).await.expect(200).body;
    assert!(page.contains("尚未分析"), "{page}");
    app.stop().await;
}
