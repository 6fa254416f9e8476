//! The levels of the relationship: recommended from margin and number, set by people, and the follow-ups that each level brings.

use crate::insight::{Order, order, party};
use crate::lifetime::{analyse, before, boss, get};
use serde_json::{Value as Json, json};
use zhike_store::{Query as _, binds};
use zhike_testkit::{Client, TestApp};

async fn bought(app: &TestApp, customer: i64, ago: i64, price: i64, cost: i64) {
    let on = before(app, ago).to_string();
    let o = Order {
        party: customer,
        on: &on,
        kind: "sale",
        freight: 0,
        lines: &[(1, price, 0, Some(cost))],
    };
    order(app, &o).await;
}

/// An order that was delivered on a day; its number.
async fn delivered(app: &TestApp, customer: i64, ago: i64) -> String {
    let on = before(app, ago);
    let values = [
        ("party_id", customer.into()),
        ("ordered_on", before(app, ago + 5).into()),
        ("kind", "sale".into()),
        ("status", "delivered".into()),
        ("shipped_on", on.into()),
        ("delivered_on", on.into()),
        ("currency", "CNY".into()),
    ];
    let id = app.make("order", &values).await;
    let sql = "SELECT number FROM order_order WHERE id = $1";
    let row = app.ctx().db().one(sql, binds![id]).await.unwrap().unwrap();
    row.text(0).unwrap()
}

/// One of high margin, three of medium, five of low.
async fn house(app: &TestApp, owner: i64) -> Vec<i64> {
    let mut ids = vec![];
    for (i, margin) in [
        25_000_000, 6_000_000, 6_000_000, 6_000_000, 100_000, 100_000, 100_000, 100_000, 100_000,
    ]
    .into_iter()
    .enumerate()
    {
        let id = party(app, &format!("Customer {i}"), (i < 3).then_some(owner)).await;
        bought(app, id, 40, margin + 1_000_000, 1_000_000).await;
        ids.push(id);
    }
    // So that the book ends today.
    bought(app, ids[8], 0, 2_000, 1_000).await;
    ids
}

async fn settings(api: &Client) -> Json {
    let mut set = get(api, "/api/v1/care").await["settings"].clone();
    set["several"] = json!(2);
    set["many"] = json!(4);
    set
}

async fn look(app: &TestApp, api: &Client) {
    api.api("POST", "/api/v1/care/follow-ups", None, &[]).await.expect(202);
    app.run_jobs().await;
}

/// Follow-ups of a customer: kind, title, status and the record of their tasks, oldest first.
async fn tasks(app: &TestApp, customer: i64) -> Vec<(String, String, String, String)> {
    let sql = "SELECT k.kind, k.title, k.status, k.record_type FROM care_follow_up f JOIN work_task k ON k.id = f.task_id \
               WHERE f.party_id = $1 ORDER BY f.id";
    let rows = app.ctx().db().all(sql, binds![customer]).await.unwrap();
    rows.iter()
        .map(|r| {
            let t = |i| r.text(i).unwrap();
            (t(0), t(1), t(2), t(3))
        })
        .collect()
}

fn figures<'a>(told: &'a Json, level: &str) -> &'a Json {
    told["levels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["level"] == level)
        .unwrap()
}

#[tokio::test]
async fn levels_are_recommended_set_and_compared() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let empty = get(&api, "/api/v1/care").await;
    assert_eq!(
        (&empty["unset"], &empty["rules"].as_array().unwrap().len()),
        (&json!(0), &9)
    );
    let set = settings(&api).await;
    api.api("PUT", "/api/v1/care/settings", Some(&set), &[])
        .await
        .expect(200);
    // Who read them before somebody else changed them does not overwrite that.
    api.api("PUT", "/api/v1/care/settings", Some(&set), &[])
        .await
        .expect(409);
    let mut wrong = get(&api, "/api/v1/care").await["settings"].clone();
    wrong["many"] = json!(2);
    let refused = api
        .api("PUT", "/api/v1/care/settings", Some(&wrong), &[])
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "many");

    let ids = house(&app, seller).await;
    analyse(&app, &api).await;
    let told = get(&api, "/api/v1/care").await;
    assert_eq!(
        told["customers_by_margin_and_number"],
        json!([[0, 0, 5], [0, 3, 0], [1, 0, 0]]),
        "{told}"
    );
    assert_eq!(
        ["partnership", "accountable", "basic"].map(|l| figures(&told, l)["advised"].as_i64().unwrap()),
        [1, 3, 5]
    );
    let one = get(&api, &format!("/api/v1/care/customers/{}", ids[0])).await;
    assert_eq!(
        (&one["advised"], &one["level"], &one["margin"], &one["peers"]),
        (&json!("partnership"), &json!(null), &json!(25_000_000), &json!(1))
    );

    // Another level needs a reason, the recommended one does not.
    let new = |party: i64, level: &str| json!({"party_id": party, "level": level});
    let refused = api
        .api("POST", "/api/v1/care-levels", Some(&new(ids[0], "proactive")), &[])
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "reason");
    let mut with = new(ids[0], "proactive");
    with["reason"] = json!("Wants no partner");
    let made = api
        .api("POST", "/api/v1/care-levels", Some(&with), &[])
        .await
        .expect(201)
        .json();
    api.api("POST", "/api/v1/care-levels", Some(&new(ids[1], "accountable")), &[])
        .await
        .expect(201);
    let party = get(&api, &format!("/api/v1/parties/{}", ids[0])).await;
    assert_eq!(
        (&party["care_level"], &party["care_advised"]),
        (&json!("proactive"), &json!("partnership"))
    );
    let took = api
        .api("POST", "/api/v1/care/accept", Some(&json!({"advised": "basic"})), &[])
        .await
        .expect(200);
    assert_eq!(took.json()["set"], 5);
    let told = get(&api, "/api/v1/care").await;
    assert_eq!((&told["unset"], &told["differs"]), (&json!(2), &json!(1)), "{told}");
    assert_eq!(figures(&told, "proactive")["margin"], 25_000_000);
    // The analysis made anew keeps what people set.
    analyse(&app, &api).await;
    let list = get(&api, "/api/v1/care/customers?part=differs").await;
    assert_eq!(
        (
            &list["items"][0]["party_id"],
            &list["items"][0]["reason"],
            list["items"].as_array().unwrap().len()
        ),
        (&json!(ids[0]), &json!("Wants no partner"), 1)
    );
    // Put away, the one before counts again: none.
    let mark = format!("\"v{}\"", made["version"]);
    let path = format!("/api/v1/care-levels/{}", made["id"]);
    api.api("DELETE", &path, None, &[("if-match", &mark)]).await.expect(200);
    assert_eq!(
        get(&api, &format!("/api/v1/care/customers/{}", ids[0])).await["level"],
        json!(null)
    );

    let page = app.login("boss").await;
    let html = page.get("/care").await.expect(200).body;
    assert!(
        html.contains("Partnership") && html.contains("7 days after each delivery: call"),
        "{html}"
    );
    let list = page.get("/care/customers?part=unset").await.expect(200).body;
    assert!(list.contains("Customer 2") && !list.contains("Customer 1<"), "{list}");
    let set = [("level", "reactive"), ("reason", "Calls us anyway"), ("back", "party")];
    page.post(&format!("/care/customers/{}/level", ids[2]), &set)
        .await
        .expect(303);
    let beside = page.get(&format!("/parties/{}", ids[2])).await.expect(200).body;
    assert!(
        beside.contains("Calls us anyway") && beside.contains("Medium margin, 3 such: Some customers"),
        "{beside}"
    );
    let zh = app.login_zh("boss").await.get("/care").await.expect(200).body;
    assert!(zh.contains("伙伴型") && zh.contains("每次交货后 7 天：电话"), "{zh}");

    // A salesperson sees their own, and no margins; who serves may not set levels.
    let own = app.token(seller, false).await;
    let list = get(&own, "/api/v1/care/customers").await;
    let seen: Vec<&Json> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["party_id"])
        .collect();
    assert_eq!((seen.len(), list["items"][0].get("margin")), (3, None), "{list}");
    own.api("GET", &format!("/api/v1/care/customers/{}", ids[5]), None, &[])
        .await
        .expect(404);
    own.api("PUT", "/api/v1/care/settings", Some(&wrong), &[])
        .await
        .expect(403);
    let desk = app.user("desk", "service").await;
    let desk = app.token(desk, false).await;
    desk.api("POST", "/api/v1/care-levels", Some(&new(ids[1], "basic")), &[])
        .await
        .expect(403);
    app.stop().await;
}

#[tokio::test]
async fn a_level_brings_its_follow_ups_once() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let ids = house(&app, seller).await;
    let (close, asked, basic) = (ids[0], ids[1], ids[8]);
    let set = async |party: i64, level: &str| {
        let body = json!({"party_id": party, "level": level, "reason": "test"});
        api.api("POST", "/api/v1/care-levels", Some(&body), &[])
            .await
            .expect(201);
    };
    let number = delivered(&app, asked, 7).await;
    delivered(&app, asked, 6).await;
    delivered(&app, asked, 30).await;
    delivered(&app, basic, 7).await;
    look(&app, &api).await;
    assert_eq!(tasks(&app, asked).await, [], "no level, no follow-up");

    set(asked, "accountable").await;
    set(basic, "basic").await;
    set(close, "partnership").await;
    look(&app, &api).await;
    look(&app, &api).await;
    // Seven days after the delivery; not after six, and not for one that is long past.
    let call = ("call".to_owned(), number, "open".to_owned(), "order".to_owned());
    assert_eq!(tasks(&app, asked).await, std::slice::from_ref(&call));
    assert_eq!(tasks(&app, basic).await, []);
    assert_eq!(
        tasks(&app, close).await,
        [],
        "the contact is asked for thirty days after the level was set"
    );
    let sql = "SELECT k.assignee_id, k.due_on, k.id FROM work_task k JOIN care_follow_up f ON f.task_id = k.id WHERE f.party_id = $1";
    let row = app.ctx().db().one(sql, binds![asked]).await.unwrap().unwrap();
    let due = before(&app, -3).to_string();
    assert_eq!((row.opt_int(0).unwrap(), row.text(1).unwrap()), (Some(seller), due));
    let page = app.login("boss").await;
    let task = page
        .get(&format!("/tasks/{}", row.int(2).unwrap()))
        .await
        .expect(200)
        .body;
    assert!(
        task.contains("is it as expected") && task.contains("“Accountable”"),
        "{task}"
    );
    let told = get(&api, "/api/v1/care").await;
    assert_eq!(
        (
            &figures(&told, "accountable")["opened"],
            &figures(&told, "accountable")["pending"]
        ),
        (&json!(1), &json!(1))
    );

    // The day after, the other delivery is seven days ago.
    app.advance_seconds(86_400);
    look(&app, &api).await;
    assert_eq!(tasks(&app, asked).await.len(), 2);
    // Another level: what the first one asked for is no longer needed.
    set(asked, "reactive").await;
    look(&app, &api).await;
    assert!(tasks(&app, asked).await.iter().all(|t| t.2 == "dropped"));

    // Thirty days without a contact; a visit that came by itself answers the follow-up.
    app.advance_seconds(29 * 86_400);
    look(&app, &api).await;
    look(&app, &api).await;
    let visit = |status: &str| {
        (
            "visit".to_owned(),
            "Customer 0".to_owned(),
            status.to_owned(),
            "party".to_owned(),
        )
    };
    assert_eq!(tasks(&app, close).await, [visit("open")]);
    let today = app.ctx().today();
    app.make(
        "service_use",
        &[
            ("party_id", close.into()),
            ("used_on", today.into()),
            ("kind", "visit".into()),
        ],
    )
    .await;
    look(&app, &api).await;
    assert_eq!(tasks(&app, close).await, [visit("done")]);
    app.advance_seconds(30 * 86_400);
    look(&app, &api).await;
    assert_eq!(tasks(&app, close).await, [visit("done"), visit("open")]);

    // A rule that is no longer in use asks for nothing.
    let rules = get(&api, "/api/v1/care").await["rules"].clone();
    let rhythm = rules
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["level"] == "partnership" && r["after"] == "contact")
        .unwrap();
    let path = format!("/api/v1/care-rules/{}", rhythm["id"]);
    let bad = json!({"days": 0});
    let version = get(&api, &path).await["version"].clone();
    let mark = format!("\"v{version}\"");
    let refused = api
        .api("PATCH", &path, Some(&bad), &[("if-match", &mark)])
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "days");
    api.api("PATCH", &path, Some(&json!({"active": false})), &[("if-match", &mark)])
        .await
        .expect(200);
    look(&app, &api).await;
    assert_eq!(tasks(&app, close).await, [visit("done"), visit("dropped")]);
    app.stop().await;
}
