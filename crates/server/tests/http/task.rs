//! Tasks: given, accepted or returned, done with a result and undone; who sees them; those that come again; what other
//! areas ask for.

use serde_json::{Value as Json, json};
use zhike_contract::NewTask;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}

async fn step(client: &Client, id: i64, version: i64, more: Json, status: u16) -> Json {
    let mut body = json!({"version": version});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    send(client, "POST", &format!("/api/v1/tasks/{id}/step"), &body, status).await
}

async fn read(client: &Client, id: i64) -> Json {
    let path = format!("/api/v1/tasks/{id}");
    client.api("GET", &path, None, &[]).await.expect(200).json()
}

async fn mine(client: &Client, drawer: &str) -> Vec<i64> {
    let path = format!("/api/v1/tasks/mine?box={drawer}");
    let found = client.api("GET", &path, None, &[]).await.expect(200).json();
    let items = found["data"].as_array().unwrap();
    items.iter().map(|i| i["id"].as_i64().unwrap()).collect()
}

/// A boss, two salespeople, a customer of the first.
struct House {
    app: TestApp,
    boss: Client,
    ann: Client,
    bob: Client,
    ids: [i64; 3],
    party: i64,
}

impl House {
    async fn open() -> House {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "administrator").await;
        let ann = app.user("ann", "salesperson").await;
        let bob = app.user("bob", "salesperson").await;
        let party = app
            .make("party", &[("name", "Acme".into()), ("owner_id", ann.into())])
            .await;
        House {
            boss: app.token(boss, false).await,
            ann: app.token(ann, false).await,
            bob: app.token(bob, false).await,
            ids: [boss, ann, bob],
            app,
            party,
        }
    }
    async fn give(&self, by: &Client, more: Json) -> i64 {
        let mut body = json!({"title": "Call them"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(by, "POST", "/api/v1/tasks", &body, 201).await["id"]
            .as_i64()
            .unwrap()
    }
}

#[tokio::test]
async fn a_task_is_given_returned_given_again_and_done() {
    let h = House::open().await;
    let [boss, _, bob] = h.ids;
    let id = h
        .give(&h.boss, json!({"assignee_id": bob, "due_on": "2026-01-05"}))
        .await;
    let task = read(&h.bob, id).await;
    assert_eq!(
        (&task["status"], &task["given_by_id"]),
        (&json!("open"), &json!(boss)),
        "{task}"
    );
    assert_eq!(mine(&h.bob, "todo").await, [id]);
    assert_eq!(mine(&h.boss, "given").await, [id]);
    // Only who is to do it accepts or returns, and a return says why.
    step(&h.boss, id, 1, json!({"to": "accept"}), 409).await;
    let wrong = step(&h.bob, id, 1, json!({"to": "return"}), 422).await;
    assert_eq!(wrong["errors"][0]["field"], "note", "{wrong}");
    step(&h.bob, id, 1, json!({"to": "return", "note": "Not my customer"}), 200).await;
    let task = read(&h.boss, id).await;
    assert_eq!(
        (&task["status"], &task["remark"]),
        (&json!("returned"), &json!("Not my customer"))
    );
    step(&h.boss, id, 2, json!({"to": "assign", "assignee": 99_999}), 422).await;
    step(&h.boss, id, 2, json!({"to": "assign", "assignee": bob}), 200).await;
    step(&h.bob, id, 3, json!({"to": "accept"}), 200).await;
    step(&h.bob, id, 4, json!({"to": "drop"}), 409).await;
    step(&h.bob, id, 3, json!({"to": "done"}), 409).await;
    let done = step(&h.bob, id, 4, json!({"to": "done", "note": "They buy"}), 200).await;
    let task = read(&h.bob, id).await;
    assert_eq!((&task["status"], &task["result"]), (&json!("done"), &json!("They buy")));
    assert_eq!(
        (mine(&h.bob, "todo").await, mine(&h.bob, "done").await),
        (vec![], vec![id])
    );
    step(&h.bob, id, 5, json!({"to": "done"}), 409).await;
    // Undone, it is to be done again.

    let page = done["undo"].as_str().unwrap().to_owned();
    let browser = h.app.login("bob").await;
    browser.post(&page, &[]).await.expect(303);
    let task = read(&h.bob, id).await;
    assert_eq!((&task["status"], &task["result"]), (&json!("accepted"), &Json::Null));
    h.app.stop().await;
}

#[tokio::test]
async fn one_sees_what_one_does_gave_or_answers_for() {
    let h = House::open().await;
    let [_, ann, bob] = h.ids;
    let own = h.give(&h.bob, json!({"assignee_id": bob})).await;
    assert_eq!(read(&h.bob, own).await["status"], "accepted");
    let customers = h.give(&h.boss, json!({"party_id": h.party})).await;
    let given = h.give(&h.ann, json!({"assignee_id": bob})).await;
    let sees = |client: Client| async move {
        let list = client.api("GET", "/api/v1/tasks", None, &[]).await.expect(200).json();
        let mut ids: Vec<i64> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["id"].as_i64().unwrap())
            .collect();
        ids.sort_unstable();
        ids
    };
    let (a, b) = (h.app.token(ann, false).await, h.app.token(bob, false).await);
    assert_eq!(sees(a).await, [customers, given]);
    assert_eq!(sees(b).await, [own, given]);
    let hidden = format!("/api/v1/tasks/{own}");
    h.ann.api("GET", &hidden, None, &[]).await.expect(404);
    // Nobody's task is taken by accepting it.
    step(&h.ann, customers, 1, json!({"to": "accept"}), 200).await;
    assert_eq!(read(&h.ann, customers).await["assignee_id"], ann);
    h.app.stop().await;
}

#[tokio::test]
async fn a_rhythm_opens_the_next_and_undo_takes_both_back() {
    let h = House::open().await;
    let [boss, ..] = h.ids;
    let wrong = send(
        &h.boss,
        "POST",
        "/api/v1/tasks",
        &json!({"title": "x", "repeat": "days", "due_on": "2020-01-01"}),
        422,
    )
    .await;
    assert_eq!(wrong["errors"][0]["field"], "repeat_days");
    let wrong = send(
        &h.boss,
        "POST",
        "/api/v1/tasks",
        &json!({"title": "x", "repeat": "weekly"}),
        422,
    )
    .await;
    assert_eq!(wrong["errors"][0]["field"], "due_on");
    let today = h.app.ctx().today();
    let body = json!({"assignee_id": boss, "repeat": "monthly", "due_on": "2026-01-31", "priority": "high"});
    let id = h.give(&h.boss, body).await;
    let done = step(&h.boss, id, 1, json!({"to": "done"}), 200).await;
    let next = done["next"].as_i64().unwrap();
    let task = read(&h.boss, next).await;
    assert_eq!(
        (&task["status"], &task["before_id"], &task["priority"]),
        (&json!("accepted"), &json!(id), &json!("high"))
    );
    let due: zhike_kernel::Date = task["due_on"].as_str().unwrap().parse().unwrap();
    assert!(due > today && due.day() >= 28, "{due} after {today}");
    assert_eq!(mine(&h.boss, "todo").await, [next]);
    let browser = h.app.login("boss").await;
    browser.post(done["undo"].as_str().unwrap(), &[]).await.expect(303);
    assert_eq!(mine(&h.boss, "todo").await, [id]);
    // Done once more it opens a next one again; reopened and done, it opens no second.
    let version = read(&h.boss, id).await["version"].as_i64().unwrap();
    let done = step(&h.boss, id, version, json!({"to": "done"}), 200).await;
    assert!(done["next"].as_i64().is_some_and(|n| n != next));
    step(&h.boss, id, version + 1, json!({"to": "reopen"}), 200).await;
    let done = step(&h.boss, id, version + 2, json!({"to": "done"}), 200).await;
    assert_eq!(done["next"], Json::Null);
    h.app.stop().await;
}

#[tokio::test]
async fn a_task_is_about_any_record_and_opened_from_its_page() {
    let h = House::open().await;
    let [_, ann, _] = h.ids;
    let order = h
        .app
        .make(
            "order",
            &[
                ("party_id", h.party.into()),
                ("owner_id", ann.into()),
                ("ordered_on", "2026-01-01".into()),
            ],
        )
        .await;
    let page = h.app.login("ann").await;
    let record = page.get(&format!("/orders/{order}")).await.expect(200);
    let link = format!(
        "/tasks/new?record_type=order&amp;record_id={order}&amp;party_id={}",
        h.party
    );
    assert!(record.body.contains(&link), "the order's page offers a task");
    let form = page.get(&link.replace("&amp;", "&")).await.expect(200);
    assert!(
        form.body.contains(r#"type="hidden" name="record_id""#),
        "the form knows the record"
    );
    let fields = [
        ("title", "Ship it"),
        ("kind", "delivery"),
        ("priority", "normal"),
        ("record_type", "order"),
        ("record_id", &order.to_string()),
    ];
    page.post("/tasks", &fields).await.expect(303);
    let record = page.get(&format!("/orders/{order}")).await.expect(200);
    assert!(record.body.contains("Ship it"), "and shows it");
    let task = h
        .app
        .ctx()
        .db()
        .one("SELECT id, party_id FROM work_task", binds![])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(task.int(1).unwrap(), h.party, "the customer is the order's");
    let shown = page.get(&format!("/tasks/{}", task.int(0).unwrap())).await.expect(200);
    assert!(shown.body.contains(&format!("/orders/{order}")));
    let tab = page.get(&format!("/parties/{}/task", h.party)).await.expect(200);
    assert!(tab.body.contains("Ship it"));
    // What is out of sight or unknown is not linked.
    for (kind, id) in [("order", order + 1), ("nothing", 1), ("user", 1)] {
        let body = json!({"title": "x", "record_type": kind, "record_id": id});
        let wrong = send(&h.bob, "POST", "/api/v1/tasks", &body, 422).await;
        assert_eq!(wrong["errors"][0]["field"], "record_id", "{kind}");
    }
    h.app.stop().await;
}

#[tokio::test]
async fn the_pages_show_what_is_late_and_work_without_words() {
    let h = House::open().await;
    let [_, ann, _] = h.ids;
    let id = h
        .give(
            &h.ann,
            json!({"assignee_id": ann, "due_on": "2026-01-05", "title": "Long ago"}),
        )
        .await;
    let page = h.app.login_zh("ann").await;
    let shown = page.get("/tasks/mine").await.expect(200);
    assert!(shown.body.contains("Long ago") && shown.body.contains("已逾期") && shown.body.contains("逾期 "));
    assert!(
        page.get("/tasks?view=overdue")
            .await
            .expect(200)
            .body
            .contains("Long ago")
    );
    assert!(
        page.get("/tasks/calendar?month=2026-01")
            .await
            .expect(200)
            .body
            .contains("Long ago")
    );
    page.get("/tasks/calendar?month=2026-99").await.expect(422);
    let fields = [("to", "done"), ("version", "1"), ("back", "/tasks/mine?box=todo")];
    let reply = page.post(&format!("/tasks/{id}/step"), &fields).await.expect(303);
    assert_eq!(reply.location(), "/tasks/mine?box=todo");
    assert!(!page.get("/tasks/mine").await.expect(200).body.contains("Long ago"));
    assert!(
        page.get("/tasks/mine?box=done")
            .await
            .expect(200)
            .body
            .contains("Long ago")
    );
    // An address of elsewhere is not gone to.
    let version = read(&h.ann, id).await["version"].as_i64().unwrap().to_string();
    let fields = [
        ("to", "reopen"),
        ("version", version.as_str()),
        ("back", "//evil.example"),
    ];
    let reply = page.post(&format!("/tasks/{id}/step"), &fields).await.expect(303);
    assert_eq!(reply.location(), format!("/tasks/{id}"));
    h.app.stop().await;
}

#[tokio::test]
async fn what_an_area_asks_for_twice_is_opened_once() {
    let h = House::open().await;
    let [_, ann, _] = h.ids;
    let port = zhike_work::port();
    let ctx = h.app.ctx();
    let ask = NewTask {
        title: "Win Acme back".into(),
        kind: "win_back",
        party: Some(h.party),
        record: Some(("party", h.party)),
        assignee: Some(ann),
        due: Some(ctx.today()),
        note: None,
        key: Some("win-back:1".into()),
    };
    let mut ids = vec![];
    for _ in 0..2 {
        let tx = ctx.begin().await.unwrap();
        ids.push(port.open(&ctx, &tx, &ask).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(mine(&h.ann, "todo").await, [ids[0]]);
    // What does not come about leaves no key behind.
    let other = NewTask {
        key: Some("win-back:2".into()),
        ..ask.clone()
    };
    let tx = ctx.begin().await.unwrap();
    port.open(&ctx, &tx, &other).await.unwrap();
    tx.rollback().await.unwrap();
    let tx = ctx.begin().await.unwrap();
    assert!(port.open(&ctx, &tx, &other).await.unwrap() > 0);
    let wrong = NewTask {
        kind: "nonsense",
        ..ask
    };
    assert!(port.open(&ctx, &tx, &wrong).await.is_err());
    tx.commit().await.unwrap();
    assert_eq!(mine(&h.ann, "todo").await.len(), 2);
    h.app.stop().await;
}
