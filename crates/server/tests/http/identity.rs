//! Signing in and out, sessions, tokens, rights.

use zhike_testkit::{PASSWORD, TestApp};

#[tokio::test]
async fn a_wrong_password_is_refused_in_the_readers_language_and_after_eight_tries_for_a_while() {
    let app = TestApp::boot().await;
    let nobody = app.anonymous();
    let wrong = [("login", "admin"), ("password", "not this one at all")];
    let reply = nobody.post("/sign-in", &wrong).await.expect(422);
    assert!(reply.body.contains("Name or password is wrong."), "{}", reply.body);
    let reply = nobody.speaking("zh-CN").post("/sign-in", &wrong).await.expect(422);
    assert!(reply.body.contains("登录名或密码不对。"));
    for _ in 0..6 {
        nobody.post("/sign-in", &wrong).await.expect(422);
    }
    nobody.post("/sign-in", &wrong).await.expect(429);
    // The right password does not help until the time is up.
    nobody
        .post("/sign-in", &[("login", "admin"), ("password", PASSWORD)])
        .await
        .expect(429);
    app.advance_seconds(901);
    nobody
        .post("/sign-in", &[("login", "admin"), ("password", PASSWORD)])
        .await
        .expect(303);
    app.stop().await;
}

#[tokio::test]
async fn a_link_cannot_lead_elsewhere_after_signing_in() {
    let app = TestApp::boot().await;
    let form = [("login", "admin"), ("password", PASSWORD), ("next", "//evil.example/x")];
    assert_eq!(
        app.anonymous().post("/sign-in", &form).await.expect(303).location(),
        "/"
    );
    app.stop().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_another_session_can_be_ended() {
    let app = TestApp::boot().await;
    let (one, two) = (app.login("admin").await, app.login("admin").await);
    one.get("/me").await.expect(200);
    one.post("/sign-out", &[]).await.expect(303);
    one.get("/me").await.expect(303);
    let page = two.get("/me").await.expect(200);
    assert!(page.body.contains("This one"));
    app.stop().await;
}

#[tokio::test]
async fn a_forged_form_from_another_site_is_refused() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let reply = admin.api("POST", "/sign-out", None, &[("x-csrf", "0000")]).await;
    assert_eq!(reply.status, 409, "{}", reply.body);
    admin.get("/me").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_reading_token_reads_and_does_not_write() {
    let app = TestApp::boot().await;
    let admin = app.user("second", "administrator").await;
    let reader = app.token(admin, true).await;
    reader.get("/api/v1/parties").await.expect(200);
    let body = serde_json::json!({"name": "Acme"});
    let reply = reader
        .api("POST", "/api/v1/parties", Some(&body), &[])
        .await
        .expect(403);
    assert_eq!(reply.json()["code"], "error-forbidden");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let writer = app.token(admin, false).await;
    writer
        .api("POST", "/api/v1/parties", Some(&body), &[])
        .await
        .expect(201);
    app.stop().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let id = app.app.identity.users().await.unwrap()[0].id;
    let form = [
        ("version", "1"),
        ("login", "admin"),
        ("name", "admin"),
        ("role", "analyst"),
        ("reach", "all"),
        ("active", "yes"),
    ];
    let reply = admin.post(&format!("/users/{id}"), &form).await;
    assert!(
        reply.status == 409 || reply.status == 422,
        "{} {}",
        reply.status,
        reply.body
    );
    assert!(reply.body.contains("last administrator"), "{}", reply.body);
    app.stop().await;
}

#[tokio::test]
async fn every_change_stands_in_the_audit() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    admin.post("/teams", &[("name", "East 华东")]).await.expect(303);
    let page = admin.get("/audit?type=team").await.expect(200);
    assert!(page.body.contains("East 华东"));
    let json = admin.get("/api/v1/audit?type=team").await;
    // The API wants a token, not a cookie from a browser, but a session reads it too.
    assert_eq!(json.expect(200).json()["data"][0]["kind"], "team.created.v1");
    app.stop().await;
}

#[tokio::test]
async fn nobody_points_to_what_they_may_not_see_or_what_is_not_there() {
    let app = TestApp::boot().await;
    let (rep, other) = (
        app.user("rep", "salesperson").await,
        app.user("other", "salesperson").await,
    );
    let foreign = app
        .make("party", &[("name", "远湖印染".into()), ("owner_id", other.into())])
        .await;
    let program = app.token(rep, false).await;
    let page = app.login("rep").await;
    for id in [foreign, 999_999] {
        let order = serde_json::json!({"party_id": id, "ordered_on": "2026-06-30"});
        let reply = program
            .api("POST", "/api/v1/orders", Some(&order), &[])
            .await
            .expect(422);
        assert_eq!(
            reply.json()["errors"][0]["code"],
            "error-not-a-record",
            "{}",
            reply.body
        );
    }
    let form = page.get(&format!("/orders/new?party_id={foreign}")).await.expect(200);
    assert!(
        !form.body.contains("远湖印染"),
        "the form tells a name that is out of sight"
    );
    // What a program makes belongs to whom it works for.
    let made = program
        .api(
            "POST",
            "/api/v1/parties",
            Some(&serde_json::json!({"name": "自己的"})),
            &[],
        )
        .await
        .expect(201);
    program
        .get(&format!("/api/v1/parties/{}", made.json()["id"]))
        .await
        .expect(200);
    app.stop().await;
}

#[tokio::test]
async fn an_authorization_header_does_not_switch_off_the_check_of_a_cookie() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let evil = [
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("authorization", "Basic eDp5"),
    ];
    let reply = admin
        .api(
            "POST",
            "/api/v1/parties",
            Some(&serde_json::json!({"name": "x"})),
            &evil,
        )
        .await;
    assert!(
        reply.status == 409 || reply.status == 401,
        "{} {}",
        reply.status,
        reply.body
    );
    app.stop().await;
}

#[tokio::test]
async fn a_group_of_changes_is_undone_only_by_who_made_it() {
    let app = TestApp::boot().await;
    let rep = app.user("rep", "salesperson").await;
    let mine = app
        .make("party", &[("name", "我的".into()), ("owner_id", rep.into())])
        .await;
    let theirs = app.make("party", &[("name", "别人的".into())]).await;
    let admin = app.login("admin").await;
    let form = [
        ("ids", format!("{mine},{theirs}")),
        ("action", "set".into()),
        ("field", "city".into()),
        ("value", "苏州".into()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let reply = admin.post("/parties/bulk", &form).await;
    assert!(reply.status < 400, "{}", reply.body);
    use zhike_store::{Query, binds};
    let batch = app
        .app
        .house
        .db
        .number("SELECT max(id) FROM event_batch WHERE id > $1", binds![0_i64])
        .await
        .unwrap();
    assert!(batch > 0, "the bulk edit made a group");
    app.login("rep")
        .await
        .post(&format!("/undo/batch/{batch}"), &[])
        .await
        .expect(404);
    let undone = admin.post(&format!("/undo/batch/{batch}"), &[]).await;
    assert!(undone.status < 400, "{}", undone.body);
    let left = "SELECT count(*) FROM party_party WHERE city = $1";
    assert_eq!(app.app.house.db.number(left, binds!["苏州"]).await.unwrap(), 0);
    app.stop().await;
}
