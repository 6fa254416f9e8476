//! Call lists: who is next, the gate before each, outcomes, and taking them back.

use serde_json::{Value as Json, json};
use zhike_testkit::{Client, TestApp};

async fn party(app: &TestApp, name: &str, phone: &str) -> i64 {
    app.make(
        "party",
        &[
            ("name", name.into()),
            ("phone", phone.into()),
            ("kind", "organisation".into()),
        ],
    )
    .await
}

async fn ask(api: &Client, path: &str, body: Json) -> Json {
    api.api("POST", path, Some(&body), &[]).await.expect(200).json()
}

async fn list(api: &Client, class: &str, owner: i64, parties: &[i64]) -> String {
    let body = json!({"name": "回访", "class": class, "owner_id": owner});
    let made = api
        .api("POST", "/api/v1/call-lists", Some(&body), &[])
        .await
        .expect(201)
        .json();
    let path = format!("/api/v1/call-lists/{}", made["id"]);
    let said = ask(api, &format!("{path}/add"), json!({"parties": parties})).await;
    assert_eq!(said["added"], parties.len());
    path
}

/// What a customer wishes, stated by an employee.
async fn wish(app: &TestApp, party: i64, wish: Json) {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_consent::state_wishes(&ctx, &tx, party, wish, "employee", "am Telefon")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_gate_is_asked_before_each_and_moves_whom_it_holds() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let (a, b, c) = (
        party(&app, "甲", "13800001111").await,
        party(&app, "乙", "13800002222").await,
        party(&app, "丙", "13800003333").await,
    );
    // Tuesday 10:00: the first wants calls in the afternoon only, the second none at all.
    wish(&app, a, json!({"hours": [{"days": 127, "from": 840, "to": 960}]})).await;
    wish(&app, b, json!({"channels": [{"channel": "phone", "allow": "no"}]})).await;
    let path = list(&api, "service", boss, &[a, b, c]).await;
    let next = ask(&api, &format!("{path}/next"), json!({})).await;
    assert_eq!((&next["party_id"], &next["moved"]), (&json!(c), &json!(2)), "{next}");
    let page = app
        .login("boss")
        .await
        .get(&format!("{}/items", path.replace("/api/v1", "")))
        .await
        .expect(200);
    assert!(
        page.body.contains("14:00") && page.body.contains("Not to be called"),
        "{}",
        page.body
    );

    // Nothing can be said of a call that was not made; the call is stored and counted by the gate.
    let item = next["item"].clone();
    let said = json!({"outcome": "reached", "version": next["version"]});
    api.api("POST", &format!("{path}/items/{item}/outcome"), Some(&said), &[])
        .await
        .expect(409);
    let called = ask(&api, &format!("{path}/items/{item}/call"), json!({})).await;
    assert_eq!(called["address"], "13800003333");
    let counted = zhike_store::Query::number(
        app.ctx().db(),
        "SELECT count(*) FROM consent_sent WHERE channel = 'phone'",
        vec![],
    )
    .await
    .unwrap();
    assert_eq!(counted, 1);
    api.api("POST", &format!("{path}/items/{item}/outcome"), Some(&said), &[])
        .await
        .expect(409);
    let said = json!({"outcome": "reached", "note": "满意", "version": called["version"]});
    let ended = ask(&api, &format!("{path}/items/{item}/outcome"), said).await;
    assert_eq!(ended["state"], "done");
    let contacts = api.get("/api/v1/interactions").await.expect(200).json();
    assert_eq!(contacts["data"].as_array().unwrap().len(), 1, "{contacts}");

    // Nobody else now; in the afternoon the first.
    let none = ask(&api, &format!("{path}/next"), json!({})).await;
    assert_eq!(none["item"], Json::Null);
    app.advance_seconds(4 * 3_600 + 60);
    let next = ask(&api, &format!("{path}/next"), json!({})).await;
    assert_eq!(next["party_id"], a, "{next}");
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_closes_the_number_and_can_be_taken_back() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let a = party(&app, "甲", "13800001111").await;
    let path = list(&api, "service", boss, &[a]).await;
    let next = ask(&api, &format!("{path}/next"), json!({})).await;
    let at = format!("{path}/items/{}", next["item"]);
    let called = ask(&api, &format!("{at}/call"), json!({})).await;
    for (body, field) in [
        (json!({"outcome": "sold", "version": called["version"]}), "outcome"),
        (json!({"outcome": "reached"}), "version"),
        (json!({"outcome": "call_back", "version": called["version"]}), "at"),
        (
            json!({"outcome": "call_back", "at": "2020-01-01T10:00", "version": called["version"]}),
            "at",
        ),
        (
            json!({"outcome": "call_back", "at": "soon", "version": called["version"]}),
            "at",
        ),
    ] {
        let reply = api
            .api("POST", &format!("{at}/outcome"), Some(&body), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(reply["errors"][0]["field"], field, "{reply}");
    }
    let said = json!({"outcome": "refused", "note": "不要再打", "version": called["version"]});
    ask(&api, &format!("{at}/outcome"), said).await;
    let closed = api.get("/api/v1/opt-outs").await.expect(200).json();
    assert_eq!(closed["data"].as_array().unwrap().len(), 1, "{closed}");
    // A promotion to this number does not pass any more.
    let gate = json!({"party": a, "class": "promotion", "channel": "phone"});
    assert_eq!(ask(&api, "/api/v1/gate/ask", gate.clone()).await["verdict"], "withheld");
    let other = app.user("lin", "manager").await;
    let stranger = app.token(other, false).await;
    stranger.api("POST", &format!("{at}/undo"), None, &[]).await;
    let back = ask(&api, &format!("{at}/undo"), json!({})).await;
    assert_eq!(
        (&back["state"], &back["outcome"]),
        (&json!("open"), &Json::Null),
        "{back}"
    );
    // Kept for good, but open again.
    let closed = api.get("/api/v1/opt-outs").await.expect(200).json();
    let whole = api
        .get(&format!("/api/v1/opt-outs/{}", closed["data"][0]["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(whole["lifted_on"], "2026-06-30", "{whole}");
    api.api("POST", &format!("{at}/undo"), None, &[]).await.expect(409);
    // Called back at a time that was named; then due again, before the others.
    let now = api
        .get(&format!("/api/v1/call-items/{}", next["item"]))
        .await
        .expect(200)
        .json();
    let said = json!({"outcome": "call_back", "at": "2026-06-30T15:00", "version": now["version"]});
    let later = ask(&api, &format!("{at}/outcome"), said).await;
    assert_eq!(
        (&later["state"], &later["not_before"]),
        (&json!("later"), &json!("2026-06-30T07:00:00Z"))
    );
    assert_eq!(ask(&api, &format!("{path}/next"), json!({})).await["item"], Json::Null);
    app.advance_seconds(5 * 3_600);
    assert_eq!(
        ask(&api, &format!("{path}/next"), json!({})).await["item"],
        next["item"]
    );
    app.stop().await;
}

#[tokio::test]
async fn two_people_on_one_list_never_get_the_same_customer() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let one = app.token(boss, false).await;
    let second = app.user("second", "administrator").await;
    let two = app.token(second, false).await;
    let mut parties = vec![];
    for i in 0..12 {
        parties.push(party(&app, &format!("客户{i}"), &format!("138000011{i:02}")).await);
    }
    let path = list(&one, "service", boss, &parties).await;
    let mut seen = vec![];
    for _ in 0..6 {
        let next = format!("{path}/next");
        let empty = json!({});
        let (x, y) = tokio::join!(
            one.api("POST", &next, Some(&empty), &[]),
            two.api("POST", &next, Some(&empty), &[])
        );
        for (client, got) in [(&one, x), (&two, y)] {
            let got = got.expect(200).json();
            seen.push(got["item"].as_i64().unwrap());
            let at = format!("{path}/items/{}", got["item"]);
            let called = ask(client, &format!("{at}/call"), json!({})).await;
            ask(
                client,
                &format!("{at}/outcome"),
                json!({"outcome": "wrong_number", "version": called["version"]}),
            )
            .await;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 12);
    app.stop().await;
}

#[tokio::test]
async fn customers_ticked_in_their_list_become_a_call_list() {
    let app = TestApp::boot().await;
    let a = party(&app, "甲", "13800001111").await;
    let b = party(&app, "乙", "13800002222").await;
    app.user("boss", "administrator").await;
    let boss = app.login("boss").await;
    let rows = boss.get("/parties").await.expect(200);
    assert!(rows.body.contains("/call-lists/from"), "{}", rows.body);
    let made = boss
        .post("/call-lists/from", &[("ids", &format!("{a},{b},999999"))])
        .await
        .expect(303);
    let page = boss.get(made.location()).await.expect(200);
    assert!(page.body.contains("甲") && page.body.contains("乙"), "{}", page.body);
    let list = made.location().to_owned();
    let work = boss
        .post(&format!("{list}/next"), &[])
        .await
        .expect(303)
        .location()
        .to_owned();
    let page = boss.get(&work).await.expect(200);
    // A list of promotion without consents: the gate holds everybody, and the page says so.
    assert!(page.body.contains("Nobody may be called now"), "{}", page.body);
    let empty = boss.post_fragment("/call-lists/from", &[("ids", "")]).await;
    assert_eq!(empty.status, 409);
    // A salesperson sees only the own lists.
    app.user("lin", "salesperson").await;
    app.login("lin").await.get(&list).await.expect(404);
    app.stop().await;
}
