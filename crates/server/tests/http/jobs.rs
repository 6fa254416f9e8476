//! Background work: what administrators see of it and do about it, and what the house does every night.

use zhike_store::{Query, binds};
use zhike_testkit::TestApp;

/// A job that nobody knows how to do: it is given up at its first try.
async fn hopeless(app: &TestApp) -> i64 {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let id = zhike_jobs::push(&tx, "nothing.at.all", None, &serde_json::json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    id
}

async fn events(app: &TestApp, kind: &str) -> Vec<String> {
    let sql = "SELECT COALESCE(note, '') FROM event WHERE kind = $1 ORDER BY id";
    let rows = app.app.house.db.all(sql, binds![kind]).await.unwrap();
    rows.iter().map(|r| r.text(0).unwrap()).collect()
}

#[tokio::test]
async fn failed_work_is_seen_tried_again_and_dropped_on_the_page() {
    let app = TestApp::boot().await;
    let (admin, zh) = (app.login("admin").await, app.login_zh("admin").await);
    let page = admin.get("/jobs?state=failed").await.expect(200);
    assert!(page.body.contains("No work waits or has failed here."), "{}", page.body);
    let id = hopeless(&app).await;
    let page = admin.get("/jobs").await.expect(200);
    for part in [
        "no job is called nothing.at.all",
        "Failed",
        "Try again",
        &format!("/jobs/{id}/drop"),
        "Drop this work?",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let page = zh.get("/jobs").await.expect(200);
    assert!(
        page.body.contains("后台任务") && page.body.contains("重试"),
        "{}",
        page.body
    );
    admin.post(&format!("/jobs/{id}/retry"), &[]).await.expect(303);
    // It waits now: there is nothing to try again or to drop until it has failed again.
    let reply = admin.post(&format!("/jobs/{id}/drop"), &[]).await.expect(409);
    assert!(
        reply.body.contains("hasn't failed") || reply.body.contains("hasn&#39;t failed"),
        "{}",
        reply.body
    );
    assert_eq!(app.run_jobs().await, 1);
    admin.post(&format!("/jobs/{id}/drop"), &[]).await.expect(303);
    let page = admin.get("/jobs?state=dropped").await.expect(200);
    assert!(page.body.contains("nothing.at.all"), "{}", page.body);
    assert_eq!(app.run_jobs().await, 0);
    let note = "nothing.at.all: no job is called nothing.at.all";
    assert_eq!(events(&app, "job.retried.v1").await, [note]);
    assert_eq!(events(&app, "job.dropped.v1").await, [note]);
    admin.get("/jobs?state=nonsense").await.expect(422);
    admin.post("/jobs/999999/retry", &[]).await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn failed_work_is_seen_tried_again_and_dropped_over_the_api_by_administrators_only() {
    let app = TestApp::boot().await;
    let (boss, manager) = (
        app.user("boss", "administrator").await,
        app.user("manager", "manager").await,
    );
    let (program, other) = (app.token(boss, false).await, app.token(manager, false).await);
    let id = hopeless(&app).await;
    let all = program.get("/api/v1/jobs?state=failed").await.expect(200).json();
    let job = &all["data"][0];
    assert_eq!(
        (job["id"].as_i64(), job["tries"].as_i64()),
        (Some(id), Some(1)),
        "{job}"
    );
    assert!(job["ended_at"].is_string() && job["error"].is_string(), "{job}");
    other.get("/api/v1/jobs").await.expect(403);
    let (retry, drop) = (format!("/api/v1/jobs/{id}/retry"), format!("/api/v1/jobs/{id}/drop"));
    other.api("POST", &drop, None, &[]).await.expect(403);
    let reply = program.api("POST", &retry, None, &[]).await.expect(200);
    assert_eq!(reply.json()["state"], "waiting");
    let reply = program.api("POST", &retry, None, &[]).await.expect(409);
    assert_eq!(reply.json()["code"], "error-job-not-failed");
    app.run_jobs().await;
    let reply = program.api("POST", &drop, None, &[]).await.expect(200);
    assert_eq!(reply.json()["state"], "dropped");
    let document = program.get("/api/v1/openapi.json").await.expect(200).json();
    assert!(document["paths"]["/api/v1/jobs/{id}/retry"]["post"].is_object());
    app.stop().await;
}

#[tokio::test]
async fn uploads_that_were_never_started_go_after_a_week_and_nothing_else_does() {
    const DAY: i64 = 86_400;
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let upload = async |name: &str| {
        let csv = "客户名称,城市\n远湖印染,上海\n".as_bytes().to_vec();
        let reply = admin
            .upload("/imports", ("file", name, csv), &[("type", "party")])
            .await
            .expect(303);
        let id: i64 = reply.location().split('/').nth(2).unwrap().parse().unwrap();
        let sql = "SELECT dir FROM exchange_import WHERE id = $1";
        let row = app.app.house.db.one(sql, binds![id]).await.unwrap().unwrap();
        (id, app.data.join(row.text(0).unwrap()))
    };
    app.run_jobs().await;
    let (old, old_files) = upload("old.csv").await;
    // One that was begun stays, although nobody has worked on it yet.
    let (begun, begun_files) = upload("begun.csv").await;
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_exchange::job::push_import(&tx, begun).await.unwrap();
    tx.exec(
        "UPDATE job SET due_at = $1 WHERE name = $2",
        binds![i64::MAX, zhike_exchange::job::IMPORT],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    // A folder that no import knows.
    let nobodys = app.data.join(format!("imports/{}-9", app.app.house.clock.now().0));
    std::fs::create_dir_all(&nobodys).unwrap();
    app.advance_seconds(4 * DAY);
    let (young, young_files) = upload("young.csv").await;
    app.run_jobs().await;
    assert!(old_files.exists() && nobodys.exists(), "too early");
    // The next night is planned at the next look.
    app.run_jobs().await;
    app.advance_seconds(4 * DAY);
    assert!(app.run_jobs().await > 0, "the nightly job is due");
    assert!(!old_files.exists() && !nobodys.exists(), "the files are still there");
    assert!(
        begun_files.exists() && young_files.exists(),
        "too much was cleared away"
    );
    admin.get(&format!("/imports/{old}/match")).await.expect(404);
    admin.get(&format!("/imports/{young}/match")).await.expect(200);
    let told = events(&app, "import.upload_removed.v1").await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "old.csv");
    // The next night finds nothing, and the one after it is planned.
    app.run_jobs().await;
    app.advance_seconds(DAY);
    app.run_jobs().await;
    app.run_jobs().await;
    assert_eq!(events(&app, "import.upload_removed.v1").await.len(), 2);
    let waiting = "SELECT count(*) FROM job WHERE name = $1 AND state = 'waiting'";
    assert_eq!(
        app.app
            .house
            .db
            .number(waiting, binds!["exchange.sweep"])
            .await
            .unwrap(),
        1
    );
    app.stop().await;
}
