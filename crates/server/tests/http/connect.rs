//! Connections with other systems: messages that come in, the feed, webhooks that go out.

use crate::peer::Peer;
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn send(api: &Client, kind: &str, message: &str, sent_at: &str, items: Json, status: u16) -> Json {
    let body = json!({"sender": "erp", "message_id": message, "sent_at": sent_at, "items": items});
    let reply = api
        .api("POST", &format!("/api/v1/inbound/{kind}"), Some(&body), &[])
        .await;
    reply.expect(status).json()
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    app.ctx().db().number(sql, binds![]).await.unwrap()
}

/// A house with a customer, a product whose stock is kept, a warehouse; and a program with a narrow token.
async fn house() -> (TestApp, Client) {
    let app = TestApp::boot_with(|c| c.private_calls = true).await;
    let user = app.user("erp", "administrator").await;
    let api = app.narrow_token(user, "inbound").await;
    app.make("party", &[("name", "Acme".into()), ("external_key", "K-1".into())])
        .await;
    let product = app
        .make("product", &[("sku", "F-80".into()), ("name", "Meter".into())])
        .await;
    app.make("warehouse", &[("code", "MAIN".into()), ("name", "Main".into())])
        .await;
    app.make(
        "stock_item",
        &[("product_id", product.into()), ("mode", "stocked".into())],
    )
    .await;
    (app, api)
}

const T1: &str = "2026-06-30T09:00:00+08:00";
const T2: &str = "2026-06-30T09:05:00+08:00";
const T3: &str = "2026-06-30T09:10:00+08:00";

#[tokio::test]
async fn messages_are_kept_applied_once_and_tried_again() {
    let (app, api) = house().await;
    // The token opens this door and no other.
    api.get("/api/v1/parties").await.expect(403);
    api.get("/api/v1/events").await.expect(403);
    api.get("/me").await.expect(403);
    let stock = json!([
        {"product": "F-80", "warehouse": "MAIN", "on_hand": "12.5"},
        {"product": "F-99", "warehouse": "MAIN", "on_hand": 3},
        {"product": "F-80", "warehouse": "MAIN", "on_hand": "many"},
    ]);
    let got = send(&api, "stock-levels", "s1", T1, stock.clone(), 200).await;
    assert_eq!(
        (got["state"].as_str(), got["applied"].as_i64(), got["refused"].as_i64()),
        (Some("partly"), Some(1), Some(2)),
        "{got}"
    );
    assert_eq!(
        (got["items"][1]["field"].as_str(), got["items"][1]["code"].as_str()),
        (Some("product"), Some("error-inbound-unknown"))
    );
    assert_eq!(got["items"][2]["field"], "on_hand");
    let level = "SELECT on_hand FROM stock_item";
    assert_eq!(number(&app, level).await, 12_500);
    // The same message again: its result, nothing done. The same id with other contents: refused.
    let again = send(&api, "stock-levels", "s1", T1, stock, 200).await;
    assert_eq!(
        (again["repeated"].as_bool(), again["id"].as_i64()),
        (Some(true), got["id"].as_i64())
    );
    send(
        &api,
        "stock-levels",
        "s1",
        T1,
        json!([{"product": "F-80", "warehouse": "MAIN", "on_hand": 1}]),
        409,
    )
    .await;
    assert_eq!(number(&app, "SELECT count(*) FROM stock_move").await, 1);
    // Newer, the same, older.
    let one = |n: i64| json!([{"product": "F-80", "warehouse": "MAIN", "on_hand": n}]);
    assert_eq!(send(&api, "stock-levels", "s3", T3, one(7), 200).await["applied"], 1);
    assert_eq!(send(&api, "stock-levels", "s4", T3, one(7), 200).await["unchanged"], 1);
    let older = send(&api, "stock-levels", "s2", T2, one(99), 200).await;
    assert_eq!(older["items"][0]["code"], "inbound-older", "{older}");
    assert_eq!(number(&app, level).await, 7_000);
    let kinds = "SELECT count(*) FROM stock_move WHERE kind <> 'correction'";
    assert_eq!(
        (
            number(&app, kinds).await,
            number(&app, "SELECT count(*) FROM stock_move").await
        ),
        (0, 2)
    );
    // A refused item is tried again from the page when its product is there.
    let other = app
        .make("product", &[("sku", "F-99".into()), ("name", "Other".into())])
        .await;
    let admin = app.login("admin").await;
    let page = format!("/connections/inbound/{}", got["id"]);
    assert!(
        admin
            .get(&page)
            .await
            .expect(200)
            .body
            .contains("No record is known by this")
    );
    assert_eq!(admin.post(&format!("{page}/replay"), &[]).await.status, 303);
    let seen = api
        .get(&format!("/api/v1/inbound/{}", got["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["items"][1]["code"], "error-stock-not-kept", "{seen}");
    app.make(
        "stock_item",
        &[("product_id", other.into()), ("mode", "stocked".into())],
    )
    .await;
    let done = api
        .api("POST", &format!("/api/v1/inbound/{}/replay", got["id"]), None, &[])
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            done["applied"].as_i64(),
            done["refused"].as_i64(),
            done["replays"].as_i64()
        ),
        (Some(2), Some(1), Some(2)),
        "{done}"
    );
    // Bad messages say what is wrong.
    for (body, field) in [
        (json!({"sent_at": T1, "items": [{}]}), "message_id"),
        (
            json!({"message_id": "x", "sent_at": "yesterday", "items": [{}]}),
            "sent_at",
        ),
        (
            json!({"message_id": "x", "sent_at": "2027-01-01T00:00:00Z", "items": [{}]}),
            "sent_at",
        ),
        (json!({"message_id": "x", "sent_at": T1, "items": []}), "items"),
        (
            json!({"message_id": "x", "sent_at": T1, "items": [{}], "foo": 1}),
            "foo",
        ),
    ] {
        let bad = api
            .api("POST", "/api/v1/inbound/invoices", Some(&body), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(bad["errors"][0]["field"], field, "{bad}");
    }
    let list = admin.get("/connections?refused=1").await.expect(200);
    assert!(list.body.contains("s1") && !list.body.contains(">s4<"), "{}", list.body);
    assert!(
        app.login_zh("admin")
            .await
            .get(&page)
            .await
            .expect(200)
            .body
            .contains("重试")
    );
    let rep = app.user("rep", "salesperson").await;
    app.token(rep, false).await.get("/api/v1/inbound").await.expect(403);
    app.stop().await;
}

fn money() -> (Json, Json, Json) {
    let bill = json!([{"external_key": "B-1", "party": "K-1", "issued_on": "2026-06-01", "total": "100.00", "currency": "CNY"}]);
    let changed = json!([{"external_key": "B-1", "party": "K-1", "issued_on": "2026-06-01", "total": "120.00", "currency": "CNY", "as_of": T2}]);
    let paid = json!([{"external_key": "P-1", "party": "K-1", "received_on": "2026-06-20", "amount": "70.00", "currency": "CNY",
        "method": "transfer", "reference": "X1", "invoices": [{"external_key": "B-1"}]}]);
    (bill, changed, paid)
}

#[tokio::test]
async fn invoices_and_payments_come_in_any_order() {
    let (app, api) = house().await;
    let (bill, changed, paid) = money();
    // The payment first: it waits for its invoice.
    assert_eq!(send(&api, "payments", "p1", T1, paid.clone(), 200).await["applied"], 1);
    assert_eq!(number(&app, "SELECT unallocated FROM billing_payment").await, 7_000);
    assert_eq!(send(&api, "invoices", "i1", T1, bill.clone(), 200).await["applied"], 1);
    let open = "SELECT open FROM billing_invoice";
    assert_eq!(
        (
            number(&app, open).await,
            number(&app, "SELECT unallocated FROM billing_payment").await
        ),
        (3_000, 0)
    );
    assert_eq!(send(&api, "invoices", "i2", T2, changed, 200).await["applied"], 1);
    assert_eq!(number(&app, open).await, 5_000);
    assert_eq!(
        send(&api, "invoices", "i3", T1, bill, 200).await["items"][0]["code"],
        "inbound-older"
    );
    assert_eq!(send(&api, "payments", "p2", T1, paid, 200).await["unchanged"], 1);
    // Refusals of the rules come back with their field; nothing of the item stays.
    let bad = json!([
        {"external_key": "B-1", "party": "K-1", "total": "10.00", "as_of": T3},
        {"external_key": "B-2", "party": "nobody", "total": "10.00"},
        {"external_key": "B-3", "party": "K-1", "total": "ten"},
        {"external_key": "B-4", "party": "K-1", "total": "10", "colour": "red"},
        {"external_key": "B-5", "party": "K-1", "total": "10", "issued_on": "2026-06-10", "due_on": "2026-06-01"},
        {"external_key": "B-6", "party": "K-1", "total": "10", "void": true},
    ]);
    let got = send(&api, "invoices", "i4", T2, bad, 200).await;
    let fields: Vec<&str> = got["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["field"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(fields, ["total", "party", "total", "colour", "due_on", "-"], "{got}");
    assert_eq!((got["refused"].as_i64(), got["applied"].as_i64()), (Some(5), Some(1)));
    assert_eq!(number(&app, "SELECT count(*) FROM billing_invoice").await, 2);
    assert_eq!(
        number(&app, "SELECT count(*) FROM billing_invoice WHERE status = 'void'").await,
        1
    );
    // A refused newer word does not close the way for one between.
    let between = json!([{"external_key": "B-1", "party": "K-1", "total": "130.00"}]);
    assert_eq!(
        send(&api, "invoices", "i5", "2026-06-30T09:07:00+08:00", between, 200).await["applied"],
        1
    );
    app.stop().await;
}

#[tokio::test]
async fn messages_repeated_or_in_another_order_come_to_the_same() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (app, api) = house().await;
    let states = async |key: &str| {
        let sql = format!("SELECT total, paid, open FROM billing_invoice WHERE external_key = 'B-{key}'");
        let i = app.ctx().db().one(&sql, binds![]).await.unwrap().unwrap();
        let sql = format!("SELECT amount, unallocated FROM billing_payment WHERE external_key = 'P-{key}'");
        let p = app.ctx().db().one(&sql, binds![]).await.unwrap().unwrap();
        (
            i.int(0).unwrap(),
            i.int(1).unwrap(),
            i.int(2).unwrap(),
            p.int(0).unwrap(),
            p.int(1).unwrap(),
        )
    };
    for round in 0..6 {
        let key = round.to_string();
        let all = [
            (
                "invoices",
                T1,
                json!([{"external_key": format!("B-{key}"), "party": "K-1", "issued_on": "2026-06-01", "total": "100"}]),
            ),
            (
                "invoices",
                T2,
                json!([{"external_key": format!("B-{key}"), "party": "K-1", "issued_on": "2026-06-01", "total": "120"}]),
            ),
            (
                "payments",
                T1,
                json!([{"external_key": format!("P-{key}"), "party": "K-1", "amount": "90",
                "invoices": [{"external_key": format!("B-{key}"), "amount": "80"}]}]),
            ),
            (
                "stock-levels",
                T2,
                json!([{"product": "F-80", "warehouse": "MAIN", "on_hand": round}]),
            ),
            (
                "stock-levels",
                T1,
                json!([{"product": "F-80", "warehouse": "MAIN", "on_hand": 500}]),
            ),
        ];
        let order: Vec<usize> = if round == 0 {
            (0..5).collect()
        } else {
            (
                Just((0..5).collect::<Vec<usize>>()),
                prop::collection::vec(0..5_usize, 0..5),
            )
                .prop_map(|(mut a, b)| {
                    a.extend(b);
                    a
                })
                .prop_shuffle()
                .new_tree(&mut runner)
                .unwrap()
                .current()
        };
        for i in &order {
            let (kind, at, items) = &all[*i];
            send(&api, kind, &format!("{round}-{i}"), at, items.clone(), 200).await;
        }
        assert_eq!(states(&key).await, (12_000, 8_000, 4_000, 9_000, 1_000), "{order:?}");
        assert_eq!(
            number(&app, "SELECT on_hand FROM stock_item").await,
            round * 1_000,
            "{order:?}"
        );
        // Two counts of the same second in another round would be a draw: the mark is moved out of the way.
        let tx = app.ctx().begin().await.unwrap();
        tx.exec("DELETE FROM connect_mark WHERE kind = 'stock-levels'", binds![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    app.stop().await;
}

#[tokio::test]
async fn the_feed_tells_in_order_what_the_asker_may_see() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let feed = app.narrow_token(boss, "event").await;
    let start = feed.get("/api/v1/events?after=now").await.expect(200).json()["next"]
        .as_i64()
        .unwrap();
    let (a, b) = (app.user("first", "manager").await, app.user("other", "manager").await);
    let mine = app
        .make(
            "party",
            &[
                ("name", "Mine".into()),
                ("owner_id", a.into()),
                ("phone", "13800000000".into()),
            ],
        )
        .await;
    app.make("party", &[("name", "Theirs".into()), ("owner_id", b.into())])
        .await;
    app.advance_seconds(61);
    let all = feed
        .get(&format!("/api/v1/events?after={start}&kinds=party.*"))
        .await
        .expect(200)
        .json();
    let kinds: Vec<&str> = all["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["party.created.v1", "party.created.v1"], "{all}");
    assert_eq!(all["events"][0]["url"], format!("/api/v1/parties/{mine}"));
    // Page by page it is the same, and the cursor goes on where it stood.
    let first = feed
        .get(&format!("/api/v1/events?after={start}&kinds=party.*&limit=1"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (first["more"].as_bool(), first["events"].as_array().unwrap().len()),
        (Some(true), 1)
    );
    let second = feed
        .get(&format!("/api/v1/events?after={}&kinds=party.*&limit=1", first["next"]))
        .await
        .expect(200)
        .json();
    assert_eq!(second["events"][0]["id"], all["events"][1]["id"]);
    let rest = feed
        .get(&format!("/api/v1/events?after={}", all["next"]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (rest["events"].as_array().unwrap().len(), rest["more"].as_bool()),
        (0, Some(false))
    );
    // Each sees what the rights allow.
    let api = app.token(a, true).await;
    let seen = api
        .get(&format!("/api/v1/events?after={start}"))
        .await
        .expect(200)
        .json();
    let records: Vec<(&str, i64)> = seen["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["record_type"].as_str().unwrap(), e["record_id"].as_i64().unwrap()))
        .collect();
    assert_eq!(records, [("party", mine)], "{seen}");
    assert_eq!(
        feed.get("/api/v1/events?kinds=nothing.*").await.expect(422).json()["errors"][0]["field"],
        "kinds"
    );
    feed.get("/api/v1/events?after=x").await.expect(422);
    feed.get("/api/v1/inbound").await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn webhooks_carry_events_out_and_are_not_lost() {
    let peer = Peer::receiver().await;
    let app = TestApp::boot_with(|c| c.private_calls = true).await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let body = json!({"name": "ERP", "url": format!("{}/hook", peer.url), "kinds": ["party.*"]});
    let made = api
        .api("POST", "/api/v1/webhooks", Some(&body), &[])
        .await
        .expect(201)
        .json();
    let (id, secret) = (
        made["id"].as_i64().unwrap(),
        made["secret"].as_str().unwrap().to_owned(),
    );
    let shown = api.get(&format!("/api/v1/webhooks/{id}")).await.expect(200);
    assert!(!shown.body.contains(&secret) && secret.starts_with("whsec_"));
    let party = app.make("party", &[("name", "Acme".into())]).await;
    app.make("product", &[("sku", "F-80".into()), ("name", "Meter".into())])
        .await;
    let look = async || {
        app.advance_seconds(61);
        app.run_jobs().await;
    };
    look().await;
    let sent = peer.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let told: Json = serde_json::from_str(&sent[0].body).unwrap();
    assert_eq!(
        (told["type"].as_str(), told["data"]["record_id"].as_i64()),
        (Some("party.created.v1"), Some(party))
    );
    // Signed as Standard Webhooks has it.
    use base64::Engine as _;
    let b64 = base64::engine::general_purpose::STANDARD;
    let key = b64.decode(secret.trim_start_matches("whsec_")).unwrap();
    let (name, at) = (sent[0].header("webhook-id"), sent[0].header("webhook-timestamp"));
    let sum = zhike_web::seal::mac(
        &key,
        &[name.as_bytes(), b".", at.as_bytes(), b".", sent[0].body.as_bytes()],
    );
    assert_eq!(sent[0].header("webhook-signature"), format!("v1,{}", b64.encode(sum)));
    look().await;
    assert_eq!(peer.sent().len(), 1, "once is enough");
    // A receiver that fails is tried again, then given up where somebody sees it, then sent again.
    peer.answers(&[500; 8]);
    app.make("party", &[("name", "Beta".into())]).await;
    look().await;
    assert_eq!(peer.sent().len(), 2);
    look().await;
    for _ in 0..8 {
        app.advance_seconds(50_000);
        app.run_jobs().await;
    }
    assert_eq!(peer.sent().len(), 9);
    let messages = api
        .get(&format!("/api/v1/webhooks/{id}/messages"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            messages["messages"][0]["state"].as_str(),
            messages["messages"][0]["tries"].as_i64()
        ),
        (Some("dead"), Some(8)),
        "{messages}"
    );
    let admin = app.login("admin").await;
    let page = admin.get(&format!("/connections/webhooks/{id}")).await.expect(200);
    assert!(
        page.body.contains("given up after eight tries") && page.body.contains("status 500"),
        "{}",
        page.body
    );
    assert_eq!(
        admin
            .post(&format!("/connections/webhooks/{id}/again"), &[])
            .await
            .status,
        303
    );
    look().await;
    assert_eq!(
        (
            peer.sent().len(),
            peer.sent()[9].header("webhook-id") == peer.sent()[1].header("webhook-id")
        ),
        (10, true)
    );
    api.api("POST", &format!("/api/v1/webhooks/{id}/again"), Some(&json!({})), &[])
        .await
        .expect(409);
    // Gone: switched off, and on again from where it stood.
    peer.answers(&[410]);
    app.make("party", &[("name", "Gamma".into())]).await;
    look().await;
    let off = api.get(&format!("/api/v1/webhooks/{id}")).await.expect(200).json();
    assert_eq!(off["active"], false);
    app.make("party", &[("name", "Delta".into())]).await;
    let on = json!({"name": "ERP", "url": format!("{}/hook", peer.url), "kinds": ["party.*"], "active": true, "version": off["version"]});
    api.api("PUT", &format!("/api/v1/webhooks/{id}"), Some(&on), &[])
        .await
        .expect(200);
    api.api("PUT", &format!("/api/v1/webhooks/{id}"), Some(&on), &[])
        .await
        .expect(409);
    look().await;
    look().await;
    let kinds: Vec<String> = peer.sent().iter().skip(11).map(|s| s.body.clone()).collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    api.api("DELETE", &format!("/api/v1/webhooks/{id}"), None, &[])
        .await
        .expect(200);
    api.get(&format!("/api/v1/webhooks/{id}")).await.expect(404);
    // Names and addresses are judged; without leave nothing of the own network is called.
    let wrong = json!({"name": "x", "url": "nonsense", "kinds": []});
    assert_eq!(
        api.api("POST", "/api/v1/webhooks", Some(&wrong), &[])
            .await
            .expect(422)
            .json()["errors"][0]["field"],
        "url"
    );
    let strict = TestApp::boot().await;
    let user = strict.user("second", "administrator").await;
    let api = strict.token(user, false).await;
    for url in [
        "https://127.0.0.1/hook",
        "https://192.168.1.4/",
        "http://example.com/",
        "https://localhost/",
    ] {
        let body = json!({"name": "x", "url": url});
        api.api("POST", "/api/v1/webhooks", Some(&body), &[]).await.expect(422);
    }
    strict.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn goods_on_their_way_are_told_in_any_order_and_once() {
    let shop = crate::stock::Shop::open().await;
    let user = shop.app.user("erp", "administrator").await;
    let api = shop.app.narrow_token(user, "inbound").await;
    let a = shop.kept("A", 3, json!({})).await;
    let order = shop.order(json!([{"product_id": a, "quantity": "3"}])).await;
    shop.step(order, "confirmed", false, 200).await;
    let made = shop.ship(order, json!({}), 201).await["id"].as_i64().unwrap();
    let word = |event: &str, at: &str| json!({"carrier": "SF", "tracking": "SF1", "event": event, "at": at});
    // The number comes later than the first word about it: refused, and tried again.
    let early = send(&api, "shipments", "m1", T1, json!([word("picked_up", T1)]), 200).await;
    assert_eq!(
        (&early["items"][0]["field"], &early["items"][0]["code"]),
        (&json!("tracking"), &json!("error-inbound-unknown"))
    );
    let sql = "UPDATE order_shipment SET carrier = 'SF', tracking = 'SF1' WHERE id = $1";
    let tx = shop.app.ctx().begin().await.unwrap();
    tx.exec(sql, binds![made]).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/api/v1/inbound/{}/replay", early["id"]);
    let again = api.api("POST", &path, None, &[]).await.expect(200).json();
    assert_eq!(
        (&again["state"], &again["items"][0]["record_id"]),
        (&json!("done"), &json!(made)),
        "{again}"
    );
    assert_eq!(shop.stock(a).await, [0, 0, 0, 0]);
    // Delivered is told before in transit; the same word in another message changes nothing.
    let late = send(
        &api,
        "shipments",
        "m2",
        T3,
        json!([word("delivered", T3), word("in_transit", T2)]),
        200,
    )
    .await;
    assert_eq!((&late["applied"], &late["unchanged"]), (&json!(1), &json!(1)), "{late}");
    let same = send(&api, "shipments", "m3", T3, json!([word("delivered", T3)]), 200).await;
    assert_eq!((&same["applied"], &same["unchanged"]), (&json!(0), &json!(1)));
    let repeated = send(&api, "shipments", "m3", T3, json!([word("delivered", T3)]), 200).await;
    assert_eq!(repeated["repeated"], true);
    assert_eq!(shop.status(order).await.0, "delivered");
    let wrong = json!([word("lost", T3), {"carrier": "SF", "tracking": "SF1", "event": "delayed", "at": T3}, {"tracking": "SF1", "event": "failed"}]);
    let wrong = send(&api, "shipments", "m4", T3, wrong, 200).await;
    let fields: Vec<&str> = wrong["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["event", "expected_on", "carrier"]);
    shop.balance().await;
    shop.app.stop().await;
}
