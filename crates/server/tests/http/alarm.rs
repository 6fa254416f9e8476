//! Alarms: a silence beyond the own rhythm rings once, becomes a task, and has an outcome that is counted.

use crate::lifetime::{Bought, analyse, before, boss, by_chance, get, house};
use serde_json::{Value as Json, json};
use zhike_kernel::Values;
use zhike_store::{binds, read, write};
use zhike_testkit::{Client, TestApp};

/// A house by chance, and three customers who ordered every ten days and stopped some weeks ago.
async fn silent(app: &TestApp, owner: i64) -> Vec<i64> {
    let mut bought: Bought = by_chance(app, 100, 3);
    for c in 100..103_usize {
        for n in 0..20_i64 {
            bought.push((c, before(app, 45 + 10 * n), 50_000 * (c as i64 - 98)));
        }
    }
    house(app, Some(owner), 103, &bought).await
}

async fn alarms(client: &Client) -> Vec<Json> {
    get(client, "/api/v1/alarms?limit=200").await["data"]
        .as_array()
        .unwrap()
        .clone()
}

async fn of(client: &Client, party: i64) -> Json {
    let found: Vec<Json> = alarms(client)
        .await
        .into_iter()
        .filter(|a| a["party_id"] == party)
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

async fn again(app: &TestApp) {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_jobs::push(&tx, "insight.lifetime", None, &json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    while app.run_jobs().await > 0 {}
}

/// The customer orders today.
async fn orders(app: &TestApp, party: i64) {
    let today = app.ctx().today();
    let values = [
        ("party_id", party.into()),
        ("ordered_on", today.into()),
        ("kind", "sale".into()),
        ("status", "confirmed".into()),
        ("currency", "CNY".into()),
    ];
    let order = app.make("order", &values).await;
    let line = [
        ("order_id", order.into()),
        ("position", 1_i64.into()),
        ("quantity", 1_000_i64.into()),
        ("unit_price", 50_000_i64.into()),
        ("unit_cost", 30_000_i64.into()),
    ];
    app.make("order_line", &line).await;
}

#[tokio::test]
async fn a_silence_rings_once_and_what_came_of_it_is_counted() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let ids = silent(&app, seller).await;
    analyse(&app, &api).await;
    let quiet = &ids[100..];
    let first = of(&api, quiet[0]).await;
    assert_eq!(
        (&first["status"], &first["silence_days"], &first["raised_on"]),
        (&json!("open"), &json!(45), &json!("2026-06-30")),
        "{first}"
    );
    assert!(
        first["limit_days"].as_i64().unwrap() < 45
            && first["at_stake"]
                .as_str()
                .is_some_and(|s| !s.starts_with('-') && s != "0.00"),
        "{first}"
    );
    let many = alarms(&api).await.len();
    again(&app).await;
    assert_eq!(alarms(&api).await.len(), many, "a silence rings once");

    // Its task is the owner's.
    let token = app.token(seller, false).await;
    let task = get(&token, &format!("/api/v1/tasks/{}", first["task_id"])).await;
    assert_eq!(
        (&task["kind"], &task["assignee_id"], &task["party_id"], &task["due_on"]),
        (
            &json!("silence"),
            &json!(seller),
            &json!(quiet[0]),
            &json!("2026-07-07")
        ),
        "{task}"
    );
    assert_eq!(task["title"], first["number"]);
    let page = app.login("seller").await.get("/value/alarms").await.expect(200).body;
    assert!(
        page.contains("Customer 100") && page.contains("45 days, usual up to"),
        "{page}"
    );

    // One says it himself, and takes it back.
    let path = format!("/api/v1/alarms/{}/outcome", first["id"]);
    let say = async |to: &str, version: i64, status: u16| {
        let body = json!({"to": to, "version": version, "note": "moved abroad"});
        token.api("POST", &path, Some(&body), &[]).await.expect(status).json()
    };
    let wrong = say("open", 1, 422).await;
    assert_eq!(wrong["errors"][0]["field"], "to");
    say("true_alarm", 7, 409).await;
    let version = first["version"].as_i64().unwrap();
    say("true_alarm", version, 200).await;
    let report = get(&api, "/api/v1/value/alarms").await;
    assert_eq!(
        (&report["so_far"]["true_alarms"], &report["so_far"]["precision"]),
        (&json!(1), &json!(1.0)),
        "{report}"
    );
    let sql = "SELECT MAX(id) FROM event WHERE kind = 'alarm.changed.v1'";
    let event = zhike_store::Query::number(app.ctx().db(), sql, vec![]).await.unwrap();
    app.login("boss").await.post(&format!("/undo/event/{event}"), &[]).await;
    assert_eq!(of(&api, quiet[0]).await["status"], "open");

    // The second came back after the task was done, the third without anybody; the first one only later.
    let second = of(&api, quiet[1]).await;
    let ctx = app.ctx();
    let ty = ctx.registry().get("task").unwrap().clone();
    let tx = ctx.begin().await.unwrap();
    let done = read::need(&ctx, &tx, &ty, second["task_id"].as_i64().unwrap())
        .await
        .unwrap();
    let to = Values::from([
        ("status".to_owned(), "done".into()),
        ("done_on".to_owned(), ctx.today().into()),
    ]);
    let version = done.version;
    write::update_from(&ctx, &tx, &ty, done, version, to).await.unwrap();
    tx.commit().await.unwrap();
    app.advance_seconds(3 * 86_400);
    orders(&app, quiet[1]).await;
    orders(&app, quiet[2]).await;
    analyse(&app, &api).await;
    let (second, third) = (of(&api, quiet[1]).await, of(&api, quiet[2]).await);
    assert_eq!(
        (&second["status"], &second["judged_by"], &second["ordered_on"]),
        (&json!("won_back"), &json!("order"), &json!("2026-07-03")),
        "{second}"
    );
    assert_eq!(
        (&third["status"], &third["judged_by"]),
        (&json!("false_alarm"), &json!("order")),
        "{third}"
    );
    // Who ordered again needs no call.
    let task = get(&api, &format!("/api/v1/tasks/{}", third["task_id"])).await;
    assert_eq!(task["status"], "dropped", "{task}");
    app.advance_seconds(95 * 86_400);
    // Somebody orders, so that the book does not end in the past.
    orders(&app, ids[0]).await;
    analyse(&app, &api).await;
    let first = of(&api, quiet[0]).await;
    assert_eq!(
        (&first["status"], &first["judged_by"]),
        (&json!("true_alarm"), &json!("time")),
        "{first}"
    );
    let all = alarms(&api).await;
    let count = |status: &str| all.iter().filter(|a| a["status"] == status).count() as f64;
    let right = count("true_alarm") + count("won_back");
    let report = get(&api, "/api/v1/value/alarms").await;
    let precision = report["so_far"]["precision"].as_f64().unwrap();
    assert!(
        (precision - right / (right + count("false_alarm"))).abs() < 1e-12,
        "{report}"
    );
    let zh = app.login_zh("boss").await.get("/value/alarms").await.expect(200).body;
    assert!(zh.contains("预警准确率"), "{zh}");
    app.stop().await;
}

#[tokio::test]
async fn the_threshold_decides_who_rings_and_nobody_makes_alarms_by_hand() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let ids = silent(&app, seller).await;
    let set = async |least: i64, certainty: i64, status: u16| {
        let body = json!({"certainty": certainty, "least": least, "days": 90, "most": 50});
        let path = "/api/v1/value/alarms/settings";
        api.api("PUT", path, Some(&body), &[]).await.expect(status).json()
    };
    assert_eq!(set(0, 1_000_000, 422).await["errors"][0]["field"], "certainty");
    set(1_000_000_000_000, 950_000, 200).await;
    analyse(&app, &api).await;
    assert!(alarms(&api).await.is_empty(), "nobody is worth it");
    set(0, 950_000, 200).await;
    while app.run_jobs().await > 0 {}
    let strict = alarms(&api).await.len();
    let limit = of(&api, ids[100]).await["limit_days"].as_i64().unwrap();
    set(0, 700_000, 200).await;
    while app.run_jobs().await > 0 {}
    assert!(
        alarms(&api).await.len() > strict,
        "more ring below a lower threshold than {strict}"
    );
    assert!(limit > 25, "{limit}");

    let token = app.token(seller, false).await;
    let body = json!({"party_id": ids[0]});
    api.api("POST", "/api/v1/alarms", Some(&body), &[]).await.expect(403);
    let settings = json!({"certainty": 900_000, "least": 0, "days": 90, "most": 50});
    token
        .api("PUT", "/api/v1/value/alarms/settings", Some(&settings), &[])
        .await
        .expect(403);
    let form = [("certainty", "95"), ("least", "x"), ("days", "90"), ("most", "50")];
    let page = app
        .login("boss")
        .await
        .post("/value/alarms/settings", &form)
        .await
        .expect(422)
        .body;
    assert!(page.contains("value=\"x\""), "what was typed stays: {page}");

    // Who sees other customers only sees no alarm.
    let other = app.user("other", "salesperson").await;
    let other = app.token(other, false).await;
    assert!(alarms(&other).await.is_empty());
    let tx = app.ctx().begin().await.unwrap();
    tx.exec("UPDATE party_party SET status = 'lost' WHERE id = $1", binds![ids[101]])
        .await
        .unwrap();
    tx.exec("DELETE FROM insight_alarm WHERE party_id = $1", binds![ids[101]])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    again(&app).await;
    assert!(
        alarms(&api).await.iter().all(|a| a["party_id"] != ids[101]),
        "lost is lost"
    );
    app.stop().await;
}
