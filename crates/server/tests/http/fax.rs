//! Fax by a gateway that takes mail, over real mail servers: a page as PDF goes out, the gateway's report comes back.

use serde_json::{Value as Json, json};
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::Value;
use zhike_store::Query;
use zhike_testkit::{
    Client, TestApp,
    mail::{MailServers, PASSWORD},
};

async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let r = api.api(method, path, Some(&body), &[]).await;
    (r.status, r.json())
}

async fn say(app: &TestApp, party: i64, subject: &str, body: &str) -> i64 {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let message = Message {
        ask: Ask {
            party,
            class: Class::Contract,
            topic: String::new(),
            channel: Channel::Fax,
            address: Some("0512 6688 7700".into()),
            at: ctx.now(),
            may_change: false,
            may_wait: true,
            agreed: true,
        },
        subject: subject.into(),
        body: body.into(),
        record: None,
        key: None,
    };
    let handed = zhike_consent::outbound().send(&ctx, &tx, &message).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    handed.message
}

async fn status(api: &Client, id: i64) -> String {
    let m = api.get(&format!("/api/v1/messages/{id}")).await.expect(200).json();
    m["status"].as_str().unwrap().to_owned()
}

fn report(subject: &str, body: &str) -> Vec<u8> {
    format!("From: gateway@example.test\r\nTo: service@example.test\r\nSubject: {subject}\r\nMessage-ID: <{}@example.test>\r\n\r\n{body}\r\n", subject.len() + body.len())
        .into_bytes()
}

#[tokio::test]
async fn a_fax_goes_by_mail_and_its_report_comes_back() {
    if !zhike_paper::available() {
        return;
    }
    let servers = MailServers::start(&["service", "8651266887700"]);
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let party = app.make("party", &[("name", Value::from("青禾食品"))]).await;
    let waits = say(&app, party, "对账单", "请核对。").await;
    assert_eq!(status(&api, waits).await, "waiting", "without an account it waits");

    let (code, made) = send(
        &api,
        "POST",
        "/api/v1/channels",
        json!({"name": "传真", "kind": "fax", "active": false}),
    )
    .await;
    assert_eq!(code, 201, "{made}");
    let path = format!("/api/v1/channels/{}", made["id"]);
    let set = |address: &str| json!({"version": made["version"], "setup": {"address": address, "mailbox": "service@example.test"}});
    for bad in ["fax@example.test", "{number}", "{number}@x y.test"] {
        let (code, told) = send(&api, "PUT", &format!("{path}/setup"), set(bad)).await;
        assert_eq!(
            (code, told["errors"][0]["field"].as_str()),
            (422, Some("address")),
            "{told}"
        );
    }
    let (code, told) = send(&api, "PUT", &format!("{path}/setup"), set("{number}@example.test")).await;
    assert_eq!(code, 200, "{told}");
    let tag = format!("\"v{}\"", told["version"]);
    api.api("PATCH", &path, Some(&json!({"active": true})), &[("if-match", &tag)])
        .await
        .expect(200);

    // The mailbox is not there yet: the account says so, and the fax waits.
    app.advance_seconds(700);
    app.run_jobs().await;
    let m = api.get(&format!("/api/v1/messages/{waits}")).await.json();
    assert_eq!(m["status"], "waiting");
    assert!(m["error"].as_str().unwrap().contains("mailbox"), "{m}");
    let (code, mailbox) = send(&api, "POST", "/api/v1/mailboxes", servers.mailbox("service", "general")).await;
    assert_eq!(code, 201, "{mailbox}");
    let secrets = format!("/api/v1/mailboxes/{}/secrets", mailbox["id"]);
    let body = json!({"imap": PASSWORD, "version": mailbox["version"]});
    assert_eq!(send(&api, "PUT", &secrets, body).await.0, 200);
    app.advance_seconds(700);
    app.run_jobs().await;
    assert_eq!(status(&api, waits).await, "gone");
    let letters = servers.letters("8651266887700", 1);
    let letter = zhike_mail::read(&letters[0]).unwrap();
    assert_eq!(letter.subject, format!("对账单 [zk{waits}]"));
    assert_eq!(letter.from.as_ref().unwrap().address, "service@example.test");
    let page = &letter.parts[0];
    assert_eq!(
        (page.mime.as_str(), page.name.as_str()),
        ("application/pdf", format!("zk{waits}.pdf").as_str())
    );
    assert!(page.bytes.starts_with(b"%PDF"));

    // A stranger's report is a letter like any other; the gateway's is read.
    let fetch = format!("/api/v1/mailboxes/{}/fetch", mailbox["id"]);
    let own = format!("Delivered: [zk{waits}]");
    servers.post(
        "spy@example.org",
        "service@example.test",
        &String::from_utf8(report(&own, "x"))
            .unwrap()
            .replace("gateway@example.test", "spy@example.org")
            .into_bytes(),
    );
    servers.letters("service", 1);
    send(&api, "POST", &fetch, json!({})).await;
    app.advance_seconds(5);
    app.run_jobs().await;
    assert_eq!(status(&api, waits).await, "gone");
    servers.post(
        "gateway@example.test",
        "service@example.test",
        &report(&own, "Your fax was sent successfully."),
    );
    servers.letters("service", 2);
    send(&api, "POST", &fetch, json!({})).await;
    app.advance_seconds(5);
    app.run_jobs().await;
    assert_eq!(status(&api, waits).await, "delivered");
    let inbox = api.get("/api/v1/inbox?box=unanswered").await.expect(200).json();
    assert_eq!(
        inbox["data"].as_array().unwrap().len(),
        1,
        "the gateway awaits no answer: {inbox}"
    );

    // A bad end is told in the thread.
    let second = say(&app, party, "Statement", "Please check.").await;
    assert_eq!(status(&api, second).await, "gone");
    let bad = format!("Fax [zk{second}]");
    servers.post(
        "gateway@example.test",
        "service@example.test",
        &report(&bad, "NOT delivered: the line was busy"),
    );
    servers.letters("service", 3);
    send(&api, "POST", &fetch, json!({})).await;
    app.advance_seconds(5);
    app.run_jobs().await;
    assert_eq!(status(&api, second).await, "failed");
    app.run_jobs().await;
    let sql =
        "SELECT count(*) FROM inbox_interaction WHERE channel = 'fax' AND direction = 'out' AND state = 'bounced'";
    assert_eq!(app.ctx().db().number(sql, vec![]).await.unwrap(), 1);
    app.stop().await;
}
