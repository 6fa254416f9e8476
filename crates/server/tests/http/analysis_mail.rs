//! The result of a planned analysis comes to its owner by mail, over real mail servers.

use crate::{
    analysis::{at, by_month, get, made, without},
    lifetime::{analyse, boss, by_chance, house},
};
use serde_json::json;
use zhike_testkit::{
    TestApp,
    mail::{MailServers, PASSWORD},
};

#[tokio::test]
async fn a_planned_result_is_mailed_to_its_owner() {
    let servers = MailServers::start(&["service", "boss"]);
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 6, 3);
    house(&app, None, 6, &bought).await;
    analyse(&app, &api).await;
    let id = made(&api, "By month", &by_month()).await;
    let path = format!("/api/v1/analyses/{id}");
    let now = get(&api, &path).await;
    let plan = json!({"version": now["version"], "repeat": "daily", "repeat_at": "06:30", "mail": true});
    api.api("PATCH", &path, Some(&without(&plan)), &[("if-match", &at(&plan))])
        .await
        .expect(200);

    // Without an address, and without a mailbox that sends, the job says what is missing; the result stands on the page.
    let failed = |app: &TestApp| {
        let ctx = app.ctx();
        async move {
            use zhike_store::Query;
            let sql = "SELECT error FROM job WHERE name = 'analysis.mail' ORDER BY id DESC";
            let row = ctx.db().one(sql, vec![]).await.unwrap();
            row.map(|r| r.opt_text(0).unwrap().unwrap_or_default())
                .unwrap_or_default()
        }
    };
    app.advance_seconds(24 * 3600);
    while app.run_jobs().await > 0 {}
    assert!(failed(&app).await.contains("analysis-mail-nobody"));
    let users = get(&api, "/api/v1/users").await;
    let me = users["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|u| u["login"] == "boss")
        .unwrap();
    let user = format!("/api/v1/users/{}", me["id"]);
    let me = get(&api, &user).await;
    let mine = json!({"version": me["version"], "email": "boss@example.test", "language": "en"});
    api.api("PATCH", &user, Some(&without(&mine)), &[("if-match", &at(&mine))])
        .await
        .expect(200);
    app.advance_seconds(24 * 3600);
    while app.run_jobs().await > 0 {}
    assert!(failed(&app).await.contains("analysis-mail-no-box"));

    let mailbox = servers.mailbox("service", "general");
    let mailbox = api
        .api("POST", "/api/v1/mailboxes", Some(&mailbox), &[])
        .await
        .expect(201)
        .json();
    let secrets = json!({"imap": PASSWORD, "version": mailbox["version"]});
    let to = format!("/api/v1/mailboxes/{}/secrets", mailbox["id"]);
    api.api("PUT", &to, Some(&secrets), &[]).await.expect(200);
    app.advance_seconds(24 * 3600);
    while app.run_jobs().await > 0 {}
    let letters = servers.letters("boss", 1);
    let letter = zhike_mail::read(&letters[0]).unwrap();
    assert!(
        letter.subject.starts_with("By month: ") && letter.subject.ends_with(" rows"),
        "{}",
        letter.subject
    );
    let runs = get(&api, &format!("{path}/runs")).await;
    let link = format!("/analyses/{id}/result?run={}", runs["items"][0]["id"]);
    assert!(letter.text.contains(&link), "{}", letter.text);
    // The rows stay in the house.
    assert!(!letter.text.contains('¥') && letter.parts.is_empty());
    app.stop().await;
}
