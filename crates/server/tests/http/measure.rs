//! Measures: proposed from what a customer costs, decided, done, and held against what came of them.

use crate::insight::{Order, order, party};
use crate::lifetime::{analyse, before, boss, get};
use serde_json::{Value as Json, json};
use zhike_testkit::{Client, TestApp};

/// What handling an order of one line costs in a new house.
const HANDLING: i64 = 18_500;

/// An order of one piece so many days ago.
async fn bought(app: &TestApp, customer: i64, ago: i64, price: i64, cost: i64, freight: i64) {
    let on = before(app, ago).to_string();
    let o = Order {
        party: customer,
        on: &on,
        kind: "sale",
        freight,
        lines: &[(1, price, 0, Some(cost))],
    };
    order(app, &o).await;
}

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    let version = body["version"].as_i64();
    let mark = version.map(|v| format!("\"v{v}\""));
    let headers: Vec<(&str, &str)> = mark.iter().map(|m| ("if-match", m.as_str())).collect();
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.remove("version");
    }
    client
        .api(method, path, Some(&body), &headers)
        .await
        .expect(status)
        .json()
}

#[tokio::test]
async fn a_measure_is_proposed_decided_done_and_measured() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let loser = party(&app, "Small parcels", Some(seller)).await;
    let other = party(&app, "Steady", None).await;
    for ago in [200, 160, 120] {
        bought(&app, loser, ago, 100_000, 50_000, 60_000).await;
    }
    for ago in [70, 40] {
        bought(&app, loser, ago, 100_000, 50_000, 0).await;
    }
    bought(&app, other, 150, 200_000, 100_000, 0).await;
    bought(&app, other, 50, 300_000, 150_000, 0).await;
    // So that the book ends today.
    bought(&app, other, 0, 10_000, 5_000, 0).await;
    analyse(&app, &api).await;

    // The greatest cost beside the goods is the delivery; without it something would be left.
    let page = app.login("boss").await;
    let list = page.get("/value/customers?part=loss").await.expect(200).body;
    let link = format!("/measures/new?party_id={loser}&amp;decision=convert&amp;action=minimum_order");
    assert!(list.contains(&link), "{list}");
    let beside = page.get(&format!("/parties/{loser}")).await.expect(200).body;
    assert!(
        beside.contains("Proposed") && beside.contains("Convert: minimum order"),
        "{beside}"
    );
    let form = page.get(&link.replace("&amp;", "&")).await.expect(200).body;
    assert!(form.contains("value=\"minimum_order\" selected"), "{form}");

    let told = get(&api, "/api/v1/value/customers?part=loss").await;
    let (takes, left) = (3 * 60_000, 3 * 50_000 + 2 * 50_000 - 5 * HANDLING);
    assert_eq!(
        told["items"][0]["proposal"],
        json!({"decision": "convert", "action": "minimum_order", "takes": takes, "left": left}),
        "{told}"
    );

    // It becomes somebody's task.
    let new = json!({"party_id": loser, "decision": "convert", "action": "minimum_order", "due_on": before(&app, 100).to_string()});
    let made = send(&api, "POST", "/api/v1/measures", &new, 201).await;
    assert_eq!(
        (&made["owner_id"], &made["status"]),
        (&json!(seller), &json!("planned")),
        "{made}"
    );
    let path = format!("/api/v1/measures/{}", made["id"]);
    let task = format!("/api/v1/tasks/{}", get(&api, &path).await["task_id"]);
    let opened = get(&api, &task).await;
    assert_eq!(
        (&opened["kind"], &opened["assignee_id"], &opened["title"]),
        (&json!("measure"), &json!(seller), &made["number"])
    );
    let list = page.get("/value/customers?part=loss").await.expect(200).body;
    assert!(
        !list.contains(&link) && list.contains(&format!("/measures/{}", made["id"])),
        "{list}"
    );

    // Done, on a day; the task with it.
    let tomorrow = before(&app, -1).to_string();
    let future = json!({"version": made["version"], "status": "done", "done_on": tomorrow});
    assert_eq!(
        send(&api, "PATCH", &path, &future, 422).await["errors"][0]["field"],
        "done_on"
    );
    let early = json!({"version": made["version"], "done_on": before(&app, 100).to_string()});
    assert_eq!(
        send(&api, "PATCH", &path, &early, 422).await["errors"][0]["field"],
        "done_on"
    );
    let done = json!({"version": made["version"], "status": "done", "done_on": before(&app, 100).to_string()});
    send(&api, "PATCH", &path, &done, 200).await;
    assert_eq!(get(&api, &task).await["status"], "done");

    // A hundred days before against a hundred after, and all others.
    analyse(&app, &api).await;
    let measured = get(&api, &path).await;
    let profit = |orders: i64, freight: i64| orders * (50_000 - freight - HANDLING);
    let (was, is) = (profit(3, 60_000), profit(2, 0));
    let money = |minor: i64| {
        json!(format!(
            "{}{}.{:02}",
            if minor < 0 { "-" } else { "" },
            minor.abs() / 100,
            minor.abs() % 100
        ))
    };
    assert_eq!(measured["measured_days"], 100, "{measured}");
    assert_eq!(
        (
            &measured["profit_before"],
            &measured["profit_after"],
            &measured["change"]
        ),
        (&money(was), &money(is), &money(is - was)),
        "{measured}"
    );
    // 131,500 after 81,500: by 61.3497 %.
    assert_eq!(measured["others"], "61.3497", "{measured}");
    let told = get(&api, "/api/v1/value/measures").await;
    let item = &told["items"][0];
    assert_eq!(
        (&item["done"], &item["measured"], &item["before"], &item["change"]),
        (&json!(1), &json!(1), &json!(was), &json!(is - was)),
        "{told}"
    );
    let page = page.get("/value/measures").await.expect(200).body;
    assert!(
        page.contains("minimum order") && page.contains("1 with a result"),
        "{page}"
    );

    // Another day has another result: until then there is none.
    let again = get(&api, &path).await;
    let later = json!({"version": again["version"], "done_on": before(&app, 90).to_string()});
    let moved = send(&api, "PATCH", &path, &later, 200).await;
    assert_eq!(
        (&moved["change"], &moved["measured_on"]),
        (&Json::Null, &Json::Null),
        "{moved}"
    );
    app.stop().await;
}

#[tokio::test]
async fn measures_are_seen_with_their_customers() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let (seller, agent) = (
        app.user("seller", "salesperson").await,
        app.user("agent", "service").await,
    );
    let mine = party(&app, "Mine", Some(seller)).await;
    let house = party(&app, "The house's", None).await;
    for customer in [mine, house] {
        let new = json!({"party_id": customer, "decision": "keep", "action": "care", "due_on": "2026-12-01"});
        send(&api, "POST", "/api/v1/measures", &new, 201).await;
    }
    let token = app.token(seller, false).await;
    let seen = get(&token, "/api/v1/measures").await;
    let parties: Vec<&Json> = seen["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["party_id"])
        .collect();
    assert_eq!(parties, [&json!(mine)]);
    assert_eq!(get(&token, "/api/v1/value/measures").await["items"][0]["planned"], 1);
    let other = app.token(agent, false).await;
    other.api("GET", "/api/v1/value/measures", None, &[]).await.expect(403);
    app.stop().await;
}
