//! Letters that go out through real servers: with files, to strangers who become contacts, begun by us, and in numbers.

use super::{
    mailing::{admin, customer, fetch, inbox, mailbox, plain, send},
    service::Desk,
};
use serde_json::{Value as Json, json};
use zhike_store::{Query as _, binds};
use zhike_testkit::{Client, TestApp, mail::MailServers};

/// One letter from li that waits for an answer.
async fn asked(api: &Client, servers: &MailServers, mailbox: i64) -> Json {
    servers.post(
        "li@example.test",
        "service@example.test",
        &plain("1@li", "Li Lei <li@example.test>", "Broken", "", "It does not work."),
    );
    servers.letters("service", 1);
    fetch(api, mailbox).await;
    inbox(api, "unanswered").await.remove(0)
}

/// The addresses of the files on a page.
fn files(page: &str) -> Vec<String> {
    let all = page.split("href=\"/files/").skip(1);
    all.filter_map(|r| Some(format!("/files/{}", r.split('"').next()?)))
        .collect()
}

#[tokio::test]
async fn files_go_along_and_are_there_again_on_what_was_sent() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    customer(&app, "Li", "li@example.test").await;
    let talk = asked(&api, &servers, id).await;
    let path = format!("/api/v1/conversations/{}/reply", talk["id"]);
    let pdf: Vec<u8> = [b"%PDF-1.7\n".as_slice(), &[0, 13, 10, 46, 13, 10, 255]].concat();
    let upload = format!("/api/v1/attachments/conversation/{}", talk["id"]);
    let kept = api
        .upload(&upload, ("file", "检验 报告.pdf", pdf.clone()), &[])
        .await
        .expect(201)
        .json();
    // By another way than mail nothing goes along; nor does what is not there.
    let ask = |more: Json| {
        let mut body = json!({"body": "See the report.", "version": talk["version"], "files": [kept["id"]]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let (status, no) = send(&api, "POST", &path, ask(json!({"channel": "sms"}))).await;
    assert_eq!(
        (status, no["errors"][0]["code"].as_str()),
        (422, Some("error-along-mail")),
        "{no}"
    );
    let (status, no) = send(&api, "POST", &path, ask(json!({"files": [9_999]}))).await;
    assert_eq!(
        (status, no["errors"][0]["field"].as_str()),
        (422, Some("files")),
        "{no}"
    );
    let (status, gone) = send(&api, "POST", &path, ask(json!({}))).await;
    assert_eq!(status, 200, "{gone}");
    let page = app.login("admin").await;
    let waiting = page
        .get(&format!("/messages/{}", gone["message"]))
        .await
        .expect(200)
        .body;
    assert_eq!(files(&waiting).len(), 1, "{waiting}");
    app.run_jobs().await;
    let letter = zhike_mail::read(&servers.letters("li", 1)[0]).unwrap();
    let part = letter.parts.first().unwrap();
    assert_eq!((part.name.as_str(), &part.bytes), ("检验 报告.pdf", &pdf));
    assert_eq!(letter.text.trim(), "See the report.");
    let shown = page
        .get(&format!("/conversations/{}", talk["id"]))
        .await
        .expect(200)
        .body;
    let at = files(&shown);
    assert_eq!(at.len(), 1, "{shown}");
    let again = page.get(&at[0]).await.expect(200);
    assert_eq!(again.header("content-length"), Some(pdf.len().to_string()).as_deref());
    app.stop().await;
}

#[tokio::test]
async fn the_form_takes_files_and_says_what_it_does_not_take() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    customer(&app, "Li", "li@example.test").await;
    let talk = asked(&api, &servers, id).await;
    let page = app.login("admin").await;
    let path = format!("/conversations/{}/reply", talk["id"]);
    let version = talk["version"].to_string();
    let typed = [
        ("body", "Here it is."),
        ("version", version.as_str()),
        ("channel", "email"),
    ];
    for (name, bytes, words) in [
        ("run.html", b"<script>alert(1)</script> and more".to_vec(), "run.html"),
        ("huge.txt", vec![b'x'; 15 * 1024 * 1024 + 1], "15 MB"),
    ] {
        let r = page.upload_fragment(&path, ("file", name, bytes), &typed).await;
        assert_eq!(r.status, 422, "{name}");
        assert!(
            r.body.contains(words) || r.header("hx-trigger").is_some_and(|h| h.contains(words)),
            "{}",
            r.body
        );
    }
    assert_eq!(inbox(&api, "unanswered").await.len(), 1, "nothing went");
    let sent = page
        .upload(&path, ("file", "a.csv", b"a,b\r\n1,2\r\n".to_vec()), &typed)
        .await;
    assert!(sent.status < 400, "{} {}", sent.status, sent.body);
    app.run_jobs().await;
    let letter = zhike_mail::read(&servers.letters("li", 1)[0]).unwrap();
    assert_eq!(letter.parts.first().map(|p| p.name.as_str()), Some("a.csv"));
    // A letter of our own, about nothing, without a file: the same form without files.
    let li = app
        .ctx()
        .db()
        .number("SELECT id FROM party_party WHERE email = $1", binds!["li@example.test"])
        .await
        .unwrap();
    let blank = page.get(&format!("/inbox/new?party={li}")).await.expect(200).body;
    assert!(blank.contains("multipart/form-data") && blank.contains("Li"), "{blank}");
    let new = json!({"party": li, "subject": "Your visit", "body": "We come on Monday."});
    let (status, no) = send(&api, "POST", "/api/v1/inbox/letters", json!({"party": li, "body": "x"})).await;
    assert_eq!(
        (status, no["errors"][0]["field"].as_str()),
        (422, Some("subject")),
        "{no}"
    );
    let (status, made) = send(&api, "POST", "/api/v1/inbox/letters", new).await;
    assert_eq!((status, made["verdict"].as_str()), (201, Some("allowed")), "{made}");
    app.run_jobs().await;
    assert_eq!(servers.letters("li", 2).len(), 2);
    assert_eq!(
        inbox(&api, "waiting").await.len(),
        2,
        "it stands in a conversation of its own"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_stranger_is_answered_and_becomes_a_contact() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    let talk = asked(&api, &servers, id).await;
    assert_eq!(talk["party_id"], Json::Null);
    let page = app.login("admin").await;
    let seen = page
        .get(&format!("/conversations/{}", talk["id"]))
        .await
        .expect(200)
        .body;
    assert!(seen.contains("Answer and make contact"), "{seen}");
    let path = format!("/api/v1/conversations/{}/reply", talk["id"]);
    let body = json!({"body": "Who are you?", "version": talk["version"], "contact": true});
    let (status, gone) = send(&api, "POST", &path, body).await;
    assert_eq!((status, gone["verdict"].as_str()), (200, Some("allowed")), "{gone}");
    app.run_jobs().await;
    assert_eq!(servers.letters("li", 1).len(), 1);
    let row = app
        .ctx()
        .db()
        .one(
            "SELECT id, name, kind FROM party_party WHERE email = $1",
            binds!["li@example.test"],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.text(1).unwrap(), row.text(2).unwrap()),
        ("Li Lei".into(), "person".into())
    );
    // Their wishes count from now on: the whole conversation is theirs.
    let party = row.int(0).unwrap();
    let n = app
        .ctx()
        .db()
        .number(
            "SELECT count(*) FROM inbox_interaction WHERE party_id = $1",
            binds![party],
        )
        .await
        .unwrap();
    assert_eq!(n, 2);
    app.stop().await;
}

#[tokio::test]
async fn the_answer_goes_by_the_way_that_the_customer_named_first() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    let li = customer(&app, "Li", "li@example.test").await;
    let wishes = json!({"version": 0, "by": "employee", "proof": "by telephone",
        "wish": {"channels": [{"channel": "email", "allow": "all"}, {"channel": "sms", "allow": "no"}]}});
    let (status, said) = send(&api, "PUT", &format!("/api/v1/parties/{li}/preferences"), wishes).await;
    assert_eq!(status, 200, "{said}");
    let talk = asked(&api, &servers, id).await;
    let at = format!("/conversations/{}", talk["id"]);
    let page = app.login("admin").await;
    let seen = page.get(&at).await.expect(200).body;
    assert!(seen.contains("which is what the customer prefers"), "it came so");
    // Had it come by text message, which they do not want, the answer would still go by mail.
    let tx = app.ctx().begin().await.unwrap();
    let sql = "UPDATE inbox_conversation SET channel = 'sms', address = '+8613800000000' WHERE id = $1";
    tx.exec(sql, binds![talk["id"].as_i64().unwrap()]).await.unwrap();
    tx.commit().await.unwrap();
    let seen = page.get(&at).await.expect(200).body;
    assert!(
        seen.contains("The customer prefers") && seen.contains("it came by"),
        "it came by another"
    );
    let (status, gone) = send(
        &api,
        "POST",
        &format!("/api/v1{at}/reply"),
        json!({"body": "It is 12.", "version": talk["version"]}),
    )
    .await;
    assert_eq!(status, 200, "{gone}");
    let sql = "SELECT channel FROM consent_message WHERE id = $1";
    let row = app
        .ctx()
        .db()
        .one(sql, binds![gone["message"].as_i64().unwrap()])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.text(0).unwrap(), "email");
    app.stop().await;
}

#[tokio::test]
async fn a_solution_is_told_with_its_papers() {
    let d = Desk::open().await;
    let tx = d.app.ctx().begin().await.unwrap();
    tx.exec(
        "UPDATE party_party SET email = 'qing@example.test' WHERE id = $1",
        binds![d.party],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let set = json!({"version": d.boss.get("/api/v1/service/settings").await.expect(200).json()["version"],
        "address": "https://crm.example.test"});
    super::service::send(&d.boss, "PUT", "/api/v1/service/settings", &set, 200).await;
    let id = d.case(json!({"kind": "complaint"})).await;
    d.act(&d.ann, id, "complete", json!({"fields": {"facts": "已核实"}}), 200)
        .await;
    let solution = json!({"cause_id": d.cause().await, "solution": "换新", "done": true});
    d.act(&d.ann, id, "solution", solution, 200).await;
    let kept = d
        .ann
        .upload(
            &format!("/api/v1/attachments/case/{id}"),
            ("file", "证明.pdf", b"%PDF-1.7 proof of it".to_vec()),
            &[],
        )
        .await
        .expect(201)
        .json();
    let tell = |more: Json| {
        let mut body = json!({"channel": "email", "files": [kept["id"]]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    d.act(&d.ann, id, "tell", tell(json!({"by_hand": true})), 422).await;
    let told = d.act(&d.ann, id, "tell", tell(json!({})), 200).await;
    assert_eq!(told["told"], true);
    let message = d.rounds(id).await["data"][0]["message"].as_i64().unwrap();
    let sql = "SELECT name FROM attachment WHERE record_type = 'message' AND record_id = $1";
    let row = d.app.ctx().db().one(sql, binds![message]).await.unwrap().unwrap();
    assert_eq!(row.text(0).unwrap(), "证明.pdf");
    d.app.stop().await;
}
