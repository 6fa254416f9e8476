//! Dunning: who is asked, at which level, and whom the plan spares.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn invoice(app: &TestApp, party: i64, due: &str, total: i64, currency: &str) -> i64 {
    app.make(
        "invoice",
        &[
            ("party_id", party.into()),
            ("issued_on", "2026-01-01".into()),
            ("due_on", due.into()),
            ("total", total.into()),
            ("currency", currency.into()),
        ],
    )
    .await
}

async fn party(app: &TestApp, name: &str) -> i64 {
    app.make("party", &[("name", name.into()), ("address", "Street 1".into())])
        .await
}

async fn look(api: &Client) -> i64 {
    api.api("POST", "/api/v1/dunning/run", None, &[])
        .await
        .expect(200)
        .json()["proposed"]
        .as_i64()
        .unwrap()
}

async fn notices(api: &Client, state: &str) -> Vec<Json> {
    let all = api
        .get(&format!("/api/v1/dunning/notices?state={state}"))
        .await
        .expect(200)
        .json();
    all["notices"].as_array().unwrap().clone()
}

async fn decide(api: &Client, id: &Json, what: &str, status: u16) -> Json {
    let path = format!("/api/v1/dunning/notices/{id}");
    let seen = api.get(&path).await.expect(200).json();
    let path = format!("{path}/{what}");
    api.api("POST", &path, Some(&json!({})), &[]).await.expect(422);
    api.api("POST", &path, Some(&json!({"version": seen["version"]})), &[])
        .await
        .expect(status)
        .json()
}

#[tokio::test]
async fn notices_go_level_by_level_and_spare_whom_they_should() {
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let admin = app.login("admin").await;
    let (acme, beta, gamma) = (
        party(&app, "Acme").await,
        party(&app, "Beta").await,
        party(&app, "Gamma").await,
    );
    assert!(
        admin
            .get("/dunning")
            .await
            .expect(200)
            .body
            .contains("No dunning plan yet")
    );
    assert_eq!(look(&api).await, 0, "without a plan nobody is asked");
    assert_eq!(admin.post("/dunning/usual", &[]).await.status, 303);
    assert_eq!(admin.post("/dunning/usual", &[]).await.status, 409);
    // Today is 2026-06-30. Two late, one not late enough, one in another currency, one of a spared customer, one disputed.
    let first = invoice(&app, acme, "2026-06-20", 10_000, "CNY").await;
    invoice(&app, acme, "2026-03-01", 5_000, "CNY").await;
    invoice(&app, acme, "2026-06-28", 700, "CNY").await;
    invoice(&app, acme, "2026-06-01", 900, "USD").await;
    invoice(&app, beta, "2026-05-01", 4_000, "CNY").await;
    let disputed = invoice(&app, gamma, "2026-05-01", 3_000, "CNY").await;
    invoice(&app, gamma, "2026-05-02", 2_000, "CNY").await;
    app.make(
        "dunning_block",
        &[
            ("party_id", beta.into()),
            ("reason", "agreement".into()),
            ("until_on", "2026-07-03".into()),
        ],
    )
    .await;
    app.make(
        "dunning_block",
        &[
            ("party_id", gamma.into()),
            ("invoice_id", disputed.into()),
            ("reason", "dispute".into()),
        ],
    )
    .await;
    assert_eq!(look(&api).await, 3);
    assert_eq!(look(&api).await, 0, "looking again finds nothing more");
    let all = notices(&api, "proposed").await;
    let asked = |n: &Json| {
        (
            n["party_id"].as_i64().unwrap(),
            n["currency"].as_str().unwrap().to_owned(),
            n["asked"].as_str().unwrap().to_owned(),
        )
    };
    let mut seen: Vec<_> = all.iter().map(asked).collect();
    seen.sort();
    assert_eq!(
        seen,
        [
            (acme, "CNY".into(), "150.00".into()),
            (acme, "USD".into(), "9.00".into()),
            (gamma, "CNY".into(), "20.00".into())
        ]
    );
    assert!(all.iter().all(|n| n["message_id"].is_null()));
    let of = |n: &[Json], party: i64, c: &str| {
        n.iter()
            .find(|n| n["party_id"] == party && n["currency"] == c)
            .cloned()
            .unwrap()
    };
    let notice = of(&all, acme, "CNY");
    let page = admin.get(&format!("/dunning/{}", notice["id"])).await.expect(200);
    assert!(
        page.body.contains("Dear Acme") && page.body.contains("¥150.00") && !page.body.contains("{amount}"),
        "{}",
        page.body
    );
    let letter = app
        .login_zh("admin")
        .await
        .get(&format!("/dunning/{}/letter?lang=zh-CN", notice["id"]))
        .await
        .expect(200);
    assert!(
        letter.body.contains("Acme：") && letter.body.contains("Street 1"),
        "{}",
        letter.body
    );
    // Kept: handed to the queue as a matter of contract, once.
    let kept = decide(&api, &notice["id"], "keep", 200).await;
    assert_eq!(kept["state"], "held");
    let page = admin.get(&format!("/dunning/{}", notice["id"])).await.expect(200);
    assert!(
        page.body.contains("at the first moment that the customer allows"),
        "{}",
        page.body
    );
    decide(&api, &of(&all, acme, "USD")["id"], "drop", 200).await;
    let stale = json!({"version": 1});
    let path = format!("/api/v1/dunning/notices/{}/drop", notice["id"]);
    api.api("POST", &path, Some(&stale), &[]).await.expect(409);
    // A dispute that comes up later stops the notice.
    let block = app
        .make(
            "dunning_block",
            &[("party_id", gamma.into()), ("reason", "dispute".into())],
        )
        .await;
    assert_eq!(
        decide(&api, &of(&all, gamma, "CNY")["id"], "keep", 409).await["code"],
        "error-dunning-blocked"
    );
    let v = app
        .ctx()
        .db()
        .number("SELECT version FROM billing_dunning_block WHERE id = $1", binds![block])
        .await
        .unwrap();
    assert_eq!(v, 1);
    // Next night: no level twice; after the days between the levels the second comes, with what is late by then.
    app.advance_seconds(86_400);
    assert_eq!(look(&api).await, 0);
    app.advance_seconds(13 * 86_400);
    // 2026-07-14: Acme's two go on, its third is late enough for the first; Beta's time has come; Gamma waits for review.
    assert_eq!(look(&api).await, 2 + 1);
    let next = notices(&api, "proposed").await;
    let one = api
        .get(&format!("/api/v1/dunning/notices/{}", of(&next, acme, "CNY")["id"]))
        .await
        .expect(200)
        .json();
    let levels: Vec<(i64, &str)> = one["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| (l["invoice_id"].as_i64().unwrap(), l["level"].as_str().unwrap()))
        .collect();
    assert_eq!(levels.iter().filter(|l| l.1.contains("第二次")).count(), 2, "{one}");
    assert!(levels.iter().any(|l| l.0 == first), "{one}");
    // What is paid meanwhile falls out by itself.
    let bill = app
        .ctx()
        .db()
        .number("SELECT id FROM billing_invoice WHERE party_id = $1", binds![beta])
        .await
        .unwrap();
    let paid = app
        .make(
            "payment",
            &[
                ("party_id", beta.into()),
                ("amount", 4_000.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    app.make(
        "allocation",
        &[
            ("payment_id", paid.into()),
            ("invoice_id", bill.into()),
            ("amount", 4_000.into()),
        ],
    )
    .await;
    let waits = of(&next, beta, "CNY");
    assert_eq!(
        decide(&api, &waits["id"], "keep", 409).await["code"],
        "error-dunning-paid"
    );
    look(&api).await;
    assert!(
        notices(&api, "dropped")
            .await
            .iter()
            .any(|n| n["id"] == waits["id"] && n["reason"] == "paid")
    );
    // Over all that happened: never the same level twice for the same invoice.
    let twice = "SELECT count(*) FROM (SELECT invoice_id FROM billing_dunning_line GROUP BY invoice_id, level_id HAVING count(*) > 1) x";
    assert_eq!(app.ctx().db().number(twice, binds![]).await.unwrap(), 0);
    app.stop().await;
}

#[tokio::test]
async fn the_plan_is_edited_with_care_and_seen_by_whom_it_concerns() {
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let level = |days: i64, letter: &str| json!({"name": "一", "days": days, "letter": letter, "letter_latin": "Dear {customer}"});
    let bad = api
        .api("POST", "/api/v1/dunning-levels", Some(&level(7, "{iban}")), &[])
        .await
        .expect(422)
        .json();
    assert_eq!(
        (bad["errors"][0]["field"].as_str(), bad["errors"][0]["code"].as_str()),
        (Some("letter"), Some("error-dunning-place"))
    );
    api.api("POST", "/api/v1/dunning-levels", Some(&level(7, "{customer}")), &[])
        .await
        .expect(201);
    let same = api
        .api("POST", "/api/v1/dunning-levels", Some(&level(7, "x")), &[])
        .await
        .expect(422)
        .json();
    assert_eq!(same["errors"][0]["code"], "error-dunning-same-days");
    let (mine, theirs) = (
        app.user("mine", "salesperson").await,
        app.user("theirs", "salesperson").await,
    );
    for owner in [mine, theirs] {
        let p = app
            .make("party", &[("name", "Customer".into()), ("owner_id", owner.into())])
            .await;
        invoice(&app, p, "2026-05-01", 1_000, "CNY").await;
    }
    // The night's job does it too.
    app.run_jobs().await;
    app.advance_seconds(86_400);
    app.run_jobs().await;
    assert_eq!(notices(&api, "proposed").await.len(), 2);
    let rep = app.token(mine, false).await;
    let seen = notices(&rep, "proposed").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    let path = format!("/api/v1/dunning/notices/{}/keep", seen[0]["id"]);
    rep.api("POST", &path, Some(&json!({"version": seen[0]["version"]})), &[])
        .await
        .expect(403);
    let other = notices(&api, "proposed")
        .await
        .into_iter()
        .find(|n| n["id"] != seen[0]["id"])
        .unwrap();
    rep.get(&format!("/api/v1/dunning/notices/{}", other["id"]))
        .await
        .expect(404);
    rep.get(&format!("/dunning/{}", other["id"])).await;
    app.stop().await;
}
