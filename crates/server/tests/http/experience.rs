//! What customers had to bear from us is found in the night from contacts, promises and offers, counted, and made good.

use serde_json::{Value as Json, json};
use zhike_contract::{Beside, Channel, NewInteraction};
use zhike_kernel::{Door, Stamp};
use zhike_store::{Ctx, Query as _};
use zhike_testkit::{Client, TestApp};

async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let r = api.api(method, path, Some(&body), &[]).await;
    (r.status, r.json())
}

async fn say(app: &TestApp, party: i64, hours: i64, outgoing: bool, key: &str, words: &str) {
    let ctx = Ctx::system(&app.app.house, Door::Job);
    let tx = ctx.begin().await.unwrap();
    let at = Stamp(ctx.now().0 + hours * 3_600_000_000);
    let one = NewInteraction {
        channel: Channel::Sms,
        outgoing,
        at,
        party: Some(party),
        address: "13900010001".into(),
        subject: String::new(),
        body: words.into(),
        record: None,
        message: None,
        user: None,
        seconds: None,
        key: Some(key.into()),
    };
    zhike_inbox::port()
        .join(&ctx, &tx, &one, &Beside::default())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn look(app: &TestApp, api: &Client) {
    let (status, told) = send(api, "POST", "/api/v1/bad-experiences/look", json!({})).await;
    assert_eq!(status, 202, "{told}");
    app.run_jobs().await;
}

async fn found(api: &Client) -> Vec<(String, String)> {
    let body = api
        .get("/api/v1/bad-experiences?sort=happened_on")
        .await
        .expect(200)
        .json();
    let mut all: Vec<(String, String)> = body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| {
            (
                b["kind"].as_str().unwrap().to_owned(),
                b["state"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_customers_had_to_bear_is_found_once_and_made_good() {
    let app = TestApp::boot().await;
    let admin = app.user("second", "administrator").await;
    let api = app.token(admin, false).await;
    let party = app
        .make("party", &[("name", "李伟".into()), ("roles", "customer".into())])
        .await;
    // Asked three weeks ago, asked again a day later, never answered.
    say(&app, party, -500, false, "a", "你们的流量计什么时候能送到现场").await;
    say(&app, party, -470, false, "b", "到底什么时候送到").await;
    look(&app, &api).await;
    let is = |kind: &str| (kind.to_owned(), "open".to_owned());
    assert_eq!(found(&api).await, [is("missing_answer"), is("repeated_question")]);
    look(&app, &api).await;
    assert_eq!(found(&api).await.len(), 2, "found once");
    // Answered after all: the same one is late now.
    say(&app, party, -1, true, "c", "今天下午送到").await;
    look(&app, &api).await;
    assert_eq!(found(&api).await, [is("late_answer"), is("repeated_question")]);
    // An offer against what the customer had stated.
    let db = &app.app.house.db;
    let at = app.app.house.clock.now().0;
    let wish = json!({"unwanted": {"value": ["news"], "by": "customer", "at": at - 10_000_000}}).to_string();
    let tx = Ctx::system(&app.app.house, Door::Job).begin().await.unwrap();
    tx.exec(
        "DELETE FROM consent_wish WHERE party_id = $1",
        zhike_store::binds![party],
    )
    .await
    .unwrap();
    let sql = "INSERT INTO consent_wish (party_id, version, updated_at, body) VALUES ($1, 1, $2, $3)";
    tx.exec(sql, zhike_store::binds![party, at, wish]).await.unwrap();
    for (topic, channel) in [("news", "email"), ("other", "email")] {
        let sql = "INSERT INTO consent_sent (party_id, at, class, topic, channel, decision_id) VALUES ($1, $2, 'promotion', $3, $4, 0)";
        tx.exec(sql, zhike_store::binds![party, at, topic, channel])
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    look(&app, &api).await;
    assert_eq!(
        found(&api).await,
        [is("irrelevant_offer"), is("late_answer"), is("repeated_question")]
    );
    // The customer's page and the report show them, in both languages.
    let user = app.login("admin").await;
    let page = user.get(&format!("/parties/{party}")).await.expect(200).body;
    assert!(page.contains("Bad experiences, one year") && page.contains("Irrelevant offer"));
    let page = user.get("/bad-experiences/report").await.expect(200).body;
    for seen in ["Late answer", "李伟", "From when on it counts"] {
        assert!(page.contains(seen), "{seen}");
    }
    let report = api.get("/api/v1/bad-experiences/report").await.expect(200).json();
    assert_eq!(
        (&report["count"], &report["kinds"]["late_answer"], &report["open"]),
        (&json!(3), &json!(1), &json!(3)),
        "{report}"
    );
    assert_eq!(report["parties"][0], json!({"party_id": party, "count": 3}));
    // Made good, with a word; the report counts it.
    let list = api
        .get("/api/v1/bad-experiences?kind=late_answer")
        .await
        .expect(200)
        .json();
    let one = &list["data"][0];
    assert!(one["minutes"].as_i64().unwrap() > 540, "{one}");
    let path = format!("/api/v1/bad-experiences/{}", one["id"]);
    let change = json!({"state": "made_good", "note": "已致歉", "version": one["version"]});
    let version = format!("\"v{}\"", one["version"]);
    let body = json!({"state": change["state"], "note": change["note"]});
    let r = api
        .api("PATCH", &path, Some(&body), &[("if-match", version.as_str())])
        .await;
    assert_eq!(r.status, 200, "{}", r.body);
    let report = api.get("/api/v1/bad-experiences/report").await.expect(200).json();
    assert_eq!((&report["made_good"], &report["open"]), (&json!(1), &json!(2)));
    // Nobody's fault: not counted any more.
    let id = list_of(&api, "repeated_question").await;
    let r = api
        .api(
            "PATCH",
            &format!("/api/v1/bad-experiences/{id}"),
            Some(&json!({"state": "no_fault"})),
            &[("if-match", "\"v1\"")],
        )
        .await;
    assert_eq!(r.status, 200, "{}", r.body);
    let report = api.get("/api/v1/bad-experiences/report").await.expect(200).json();
    assert_eq!(report["count"], 2);
    assert!(
        db.one(
            "SELECT 1 FROM service_experience WHERE source_key LIKE 'answer:%'",
            vec![]
        )
        .await
        .unwrap()
        .is_some()
    );
    app.stop().await;
}

async fn list_of(api: &Client, kind: &str) -> i64 {
    let list = api
        .get(&format!("/api/v1/bad-experiences?kind={kind}"))
        .await
        .expect(200)
        .json();
    list["data"][0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn the_limits_are_checked_and_people_see_their_own_customers_only() {
    let app = TestApp::boot().await;
    let admin = app.user("second", "administrator").await;
    let api = app.token(admin, false).await;
    let path = "/api/v1/bad-experiences/limits";
    let (status, body) = send(&api, "PUT", path, json!({"version": 0, "late_hours": 30})).await;
    assert_eq!(status, 422, "missing before late: {body}");
    assert!(body.to_string().contains("missing_hours"));
    let (status, body) = send(
        &api,
        "PUT",
        path,
        json!({"version": 0, "late_hours": 4, "missing_hours": 8}),
    )
    .await;
    assert_eq!(
        (status, &body["version"], &body["late_hours"]),
        (200, &json!(1), &json!(4))
    );
    assert_eq!(
        send(&api, "PUT", path, json!({"version": 0, "late_hours": 5})).await.0,
        409
    );
    let seller = app.user("seller", "salesperson").await;
    let seller = app.token(seller, false).await;
    assert_eq!(
        send(&seller, "PUT", path, json!({"version": 1, "late_hours": 5}))
            .await
            .0,
        403
    );
    assert_eq!(
        send(&seller, "POST", "/api/v1/bad-experiences/look", json!({})).await.0,
        403
    );
    // Not this seller's customer.
    let party = app
        .make("party", &[("name", "别人的客户".into()), ("roles", "customer".into())])
        .await;
    let (status, made) = send(
        &api,
        "POST",
        "/api/v1/bad-experiences",
        json!({"subject": "态度不好", "kind": "other", "party_id": party}),
    )
    .await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        seller
            .get(&format!("/api/v1/bad-experiences/{}", made["id"]))
            .await
            .status,
        404
    );
    let report = seller.get("/api/v1/bad-experiences/report").await.expect(200).json();
    assert_eq!(report["count"], 0);
    app.stop().await;
}
