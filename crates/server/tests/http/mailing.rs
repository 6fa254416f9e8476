//! Mailboxes against real servers (Postfix and Dovecot): letters come in once, find their customer and their conversation,
//! and nothing on the server is touched.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_testkit::{
    Client, TestApp,
    mail::{MailServers, PASSWORD},
};

pub(crate) async fn admin(app: &TestApp) -> Client {
    let user = app.user("second", "administrator").await;
    app.token(user, false).await
}

pub(crate) async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let r = api.api(method, path, Some(&body), &[]).await;
    (r.status, r.json())
}

/// Sets a mailbox up, over the API as an administrator's program would.
pub(crate) async fn mailbox(api: &Client, servers: &MailServers) -> i64 {
    let (status, made) = send(api, "POST", "/api/v1/mailboxes", servers.mailbox("service", "general")).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_i64().unwrap();
    let path = format!("/api/v1/mailboxes/{id}/secrets");
    assert_eq!(
        send(api, "PUT", &path, json!({"imap": PASSWORD})).await.0,
        422,
        "without the version"
    );
    let (status, kept) = send(api, "PUT", &path, json!({"imap": PASSWORD, "version": made["version"]})).await;
    assert_eq!(status, 200, "{kept}");
    id
}

pub(crate) async fn fetch(api: &Client, id: i64) -> Json {
    let (status, body) = send(api, "POST", &format!("/api/v1/mailboxes/{id}/fetch"), json!({})).await;
    assert_eq!(status, 200, "{body}");
    body
}

pub(crate) async fn inbox(api: &Client, drawer: &str) -> Vec<Json> {
    let body = api.get(&format!("/api/v1/inbox?box={drawer}")).await.expect(200).json();
    body["data"].as_array().unwrap().clone()
}

pub(crate) async fn customer(app: &TestApp, name: &str, email: &str) -> i64 {
    let values = [
        ("name", name.into()),
        ("email", email.into()),
        ("roles", "customer".into()),
    ];
    app.make("party", &values.map(|(k, v): (&str, Value)| (k, v))).await
}

/// In GBK, with a file whose name is in it too.
fn gbk_letter() -> Vec<u8> {
    let mut out = b"From: =?GBK?B?wO7A1w==?= <li@example.test>\r\nTo: service@example.test\r\nSubject: =?GB2312?B?zbbL3w==?=\r\n\
        Message-ID: <first@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        .to_vec();
    out.extend_from_slice(b"\xbb\xfa\xc6\xf7\xbb\xb5\xc1\xcb\r\n");
    out.extend_from_slice(
        b"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=\"=?GBK?B?1MvQ0LzHwrwuY3N2?=\"\r\n\r\na,b\r\n--b--\r\n",
    );
    out
}

pub(crate) fn plain(id: &str, from: &str, subject: &str, answers: &str, body: &str) -> Vec<u8> {
    let answers = if answers.is_empty() {
        String::new()
    } else {
        format!("References: <{answers}>\r\n")
    };
    format!("From: {from}\r\nTo: service@example.test\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n{answers}\r\n{body}\r\n").into_bytes()
}

#[tokio::test]
async fn a_letter_comes_in_once_and_finds_its_customer() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let li = customer(&app, "李雷", "li@example.test").await;
    let id = mailbox(&api, &servers).await;
    servers.post("li@example.test", "service@example.test", &gbk_letter());
    servers.letters("service", 1);
    assert_eq!(fetch(&api, id).await, json!({"id": id, "new": 1, "trouble": null}));
    assert_eq!(fetch(&api, id).await["new"], 0, "once");
    // Nobody has opened it on the server: it still lies among the new ones.
    assert_eq!(servers.letters("service", 1).len(), 1);

    let talks = inbox(&api, "unanswered").await;
    assert_eq!(talks.len(), 1, "{talks:?}");
    let talk = &talks[0];
    assert_eq!(
        (talk["subject"].as_str(), talk["party_id"].as_i64()),
        (Some("投诉"), Some(li))
    );
    assert!(talk["unanswered_since"].is_number() || talk["unanswered_since"].is_string());
    let page = app
        .login("admin")
        .await
        .get(&format!("/conversations/{}", talk["id"]))
        .await
        .expect(200);
    for seen in ["机器坏了", "运行记录.csv", "李雷"] {
        assert!(page.body.contains(seen), "{seen} in {}", page.body);
    }
    // The file is handed out as it came.
    let file = page
        .body
        .split("href=\"/files/")
        .nth(1)
        .and_then(|r| r.split('"').next())
        .unwrap();
    let file = app
        .login("admin")
        .await
        .get(&format!("/files/{file}"))
        .await
        .expect(200);
    assert_eq!(file.body.trim(), "a,b");

    // An answer to it comes into the same conversation; a stranger who names it begins his own.
    servers.post(
        "li@example.test",
        "service@example.test",
        &plain(
            "second@example.test",
            "li@example.test",
            "Re: x",
            "first@example.test",
            "Well?",
        ),
    );
    servers.post(
        "spy@example.org",
        "service@example.test",
        &plain(
            "third@example.org",
            "spy@example.org",
            "Re: x",
            "first@example.test",
            "Me too",
        ),
    );
    servers.letters("service", 3);
    assert_eq!(fetch(&api, id).await["new"], 2);
    let talks = inbox(&api, "unanswered").await;
    assert_eq!(talks.len(), 2, "{talks:?}");
    let first = talks.iter().find(|t| t["id"] == talk["id"]).unwrap();
    assert_eq!(
        first["unanswered_since"], talk["unanswered_since"],
        "he waits since the first letter"
    );
    let stranger = talks.iter().find(|t| t["id"] != talk["id"]).unwrap();
    assert_eq!(
        (stranger["party_id"].clone(), stranger["address"].as_str()),
        (Json::Null, Some("spy@example.org"))
    );
    app.stop().await;
}

#[tokio::test]
async fn what_goes_wrong_is_told_and_nothing_is_lost_or_doubled() {
    let servers = MailServers::start(&["service"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    for n in 0..5 {
        let letter = plain(
            &format!("{n}@x"),
            "li@example.test",
            &format!("Letter {n}"),
            "",
            "hello",
        );
        servers.post("li@example.test", "service@example.test", &letter);
    }
    servers.letters("service", 5);
    // The server is away: told, with the mend; then it is back, and all are there.
    servers.stop_imap();
    let told = fetch(&api, id).await;
    assert_eq!(
        (told["new"].as_i64(), told["trouble"].as_str()),
        (Some(0), Some("unreachable")),
        "{told}"
    );
    let page = app
        .login("admin")
        .await
        .get(&format!("/mailboxes/{id}"))
        .await
        .expect(200);
    assert!(
        page.body.contains("Server not reached") && !page.body.contains(PASSWORD),
        "{}",
        page.body
    );
    servers.start_imap();
    assert_eq!(fetch(&api, id).await["new"], 5);
    // The numbers of the folder lose their meaning: all are looked at again, none comes twice.
    servers.stop_imap();
    servers.renumber("service");
    servers.start_imap();
    assert_eq!(fetch(&api, id).await, json!({"id": id, "new": 0, "trouble": null}));
    assert_eq!(inbox(&api, "unanswered").await.len(), 5);
    // A wrong password is told as such.
    let version = api.get(&format!("/api/v1/mailboxes/{id}")).await.expect(200).json()["version"].clone();
    let path = format!("/api/v1/mailboxes/{id}/secrets");
    assert_eq!(
        send(&api, "PUT", &path, json!({"imap": "wrong", "version": version}))
            .await
            .0,
        200
    );
    assert_eq!(fetch(&api, id).await["trouble"], "refused");
    // No password stands in the record, its events or the export.
    for path in [format!("/api/v1/mailboxes/{id}"), format!("/mailboxes/{id}/history")] {
        let body = app.login("admin").await.get(&path).await.body;
        assert!(!body.contains("wrong") && !body.contains(PASSWORD), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_is_taken_put_off_and_closed() {
    let servers = MailServers::start(&["service"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    servers.post(
        "wu@example.test",
        "service@example.test",
        &plain("1@x", "wu@example.test", "Question", "", "How?"),
    );
    servers.letters("service", 1);
    fetch(&api, id).await;
    let talk = inbox(&api, "unassigned").await.remove(0);
    let path = format!("/api/v1/conversations/{}/step", talk["id"]);
    let step = |to: &str, version: &Json, more: Json| {
        let mut body = json!({"to": to, "version": version});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(
        send(&api, "POST", &path, json!({"to": "claim"})).await.0,
        422,
        "without the version"
    );
    let (status, taken) = send(&api, "POST", &path, step("claim", &talk["version"], json!({}))).await;
    assert_eq!(status, 200, "{taken}");
    assert_eq!(
        send(&api, "POST", &path, step("close", &talk["version"], json!({})))
            .await
            .0,
        409,
        "stale"
    );
    // A colleague cannot take it away.
    let other = app.user("chen", "service").await;
    let other = app.token(other, false).await;
    let (status, no) = send(&other, "POST", &path, step("claim", &taken["version"], json!({}))).await;
    assert!(status == 409 || status == 404, "{status} {no}");
    // Whose it is: then what was said is on the customer too.
    let wu = customer(&app, "Wu", "wu@example.test").await;
    let (status, known) = send(
        &api,
        "POST",
        &path,
        step("party", &taken["version"], json!({"party": wu})),
    )
    .await;
    assert_eq!(status, 200, "{known}");
    let page = app
        .login("admin")
        .await
        .get(&format!("/parties/{wu}/contacts"))
        .await
        .expect(200);
    assert!(page.body.contains("Question"), "{}", page.body);
    let (_, slept) = send(
        &api,
        "POST",
        &path,
        step("snooze", &known["version"], json!({"hours": 4})),
    )
    .await;
    assert_eq!(
        (
            inbox(&api, "unanswered").await.len(),
            inbox(&api, "snoozed").await.len()
        ),
        (0, 1)
    );
    app.advance_seconds(4 * 3_600 + 1);
    assert_eq!(inbox(&api, "unanswered").await.len(), 1, "it comes back by itself");
    let (status, closed) = send(&api, "POST", &path, step("close", &slept["version"], json!({}))).await;
    assert_eq!(status, 200, "{closed}");
    assert_eq!(inbox(&api, "closed").await.len(), 1);
    // Written again, it is open again.
    servers.post(
        "wu@example.test",
        "service@example.test",
        &plain("2@x", "wu@example.test", "Re: Question", "1@x", "Still how?"),
    );
    servers.letters("service", 2);
    fetch(&api, id).await;
    assert_eq!(inbox(&api, "unanswered").await.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_call_is_noted_down_by_hand() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let li = customer(&app, "李雷", "li@example.test").await;
    let call = |more: Json| {
        let mut body = json!({"subject": "Asked for the price", "channel": "phone", "direction": "in", "party_id": li, "minutes": 7});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let path = "/api/v1/interactions";
    assert_eq!(send(&api, "POST", path, call(json!({"party_id": null}))).await.0, 422);
    assert_eq!(send(&api, "POST", path, call(json!({"minutes": -1}))).await.0, 422);
    assert_eq!(
        send(&api, "POST", path, call(json!({"happened_on": "2026-07-01"})))
            .await
            .0,
        422,
        "tomorrow"
    );
    let (status, made) = send(&api, "POST", path, call(json!({"happened_on": "2026-06-29"}))).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (made["state"].as_str(), made["happened_on"].as_str()),
        (Some("noted"), Some("2026-06-29"))
    );
    let page = app
        .login("admin")
        .await
        .get(&format!("/parties/{li}/contacts"))
        .await
        .expect(200);
    assert!(page.body.contains("Asked for the price"));
    app.stop().await;
}

/// The head of a letter, by name.
fn head(letter: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(letter)
        .replace("\r\n ", " ")
        .replace("\r\n\t", " ");
    let line = text
        .lines()
        .find(|l| l.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
    line.and_then(|l| l.split_once(':'))
        .map_or("", |l| l.1)
        .trim()
        .to_owned()
}

#[tokio::test]
async fn an_answer_goes_through_the_gate_and_comes_back_to_its_conversation() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    servers.post(
        "li@example.test",
        "service@example.test",
        &plain("1@li", "li@example.test", "Broken", "", "It does not work."),
    );
    servers.letters("service", 1);
    fetch(&api, id).await;
    let talk = inbox(&api, "unanswered").await.remove(0);
    let path = format!("/api/v1/conversations/{}", talk["id"]);
    let reply = |version: &Json| json!({"body": "We are coming.\n.\nService", "version": version});
    // Nobody knows whose it is: no wishes to go by, no answer.
    let (status, no) = send(&api, "POST", &format!("{path}/reply"), reply(&talk["version"])).await;
    assert_eq!((status, no["code"].as_str()), (409, Some("error-inbox-no-party")));
    let li = customer(&app, "Li", "li@example.test").await;
    let ask = json!({"to": "party", "party": li, "version": talk["version"]});
    let (_, known) = send(&api, "POST", &format!("{path}/step"), ask).await;
    assert_eq!(
        send(&api, "POST", &format!("{path}/reply"), reply(&talk["version"]))
            .await
            .0,
        409,
        "stale"
    );
    let (status, gone) = send(&api, "POST", &format!("{path}/reply"), reply(&known["version"])).await;
    assert_eq!((status, gone["verdict"].as_str()), (200, Some("allowed")), "{gone}");
    app.run_jobs().await;
    let ours = servers.letters("li", 1).remove(0);
    assert_eq!(
        (head(&ours, "From"), head(&ours, "Subject")),
        ("Service <service@example.test>".into(), "Re: Broken".into())
    );
    assert_eq!(head(&ours, "In-Reply-To"), "<1@li>");
    let words = String::from_utf8_lossy(&ours).replace("\r\n", "\n");
    assert!(words.contains("We are coming.\n.\nService"), "{words}");
    assert_eq!(inbox(&api, "waiting").await.len(), 1);
    app.run_jobs().await;
    assert_eq!(servers.letters("li", 1).len(), 1, "once");

    // He answers from another address, by the mark of our letter: the same conversation.
    let mark = head(&ours, "Message-ID").trim_matches(['<', '>']).to_owned();
    let home = plain("2@home", "li.home@example.test", "Re: Broken", &mark, "Thank you");
    servers.post("li.home@example.test", "service@example.test", &home);
    // A stranger who guesses a mark begins a conversation of his own.
    let forged = mark.replacen("m.", "m.1", 1);
    servers.post(
        "spy@example.test",
        "service@example.test",
        &plain("3@spy", "spy@example.test", "Re: Broken", &forged, "Me too"),
    );
    servers.letters("service", 3);
    assert_eq!(fetch(&api, id).await["new"], 2);
    let talks = inbox(&api, "unanswered").await;
    assert_eq!(talks.len(), 2, "{talks:?}");
    assert!(talks.iter().any(|t| t["id"] == talk["id"]));
    app.stop().await;
}

#[tokio::test]
async fn a_letter_that_comes_back_is_told_and_machines_are_not_answered() {
    let servers = MailServers::start(&["service", "away"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    // Written from an address that is not there any more.
    customer(&app, "Gone", "gone@example.test").await;
    servers.post(
        "gone@example.test",
        "service@example.test",
        &plain("1@gone", "gone@example.test", "Hello", "", "Write me."),
    );
    servers.letters("service", 1);
    fetch(&api, id).await;
    let talk = inbox(&api, "unanswered").await.remove(0);
    let path = format!("/api/v1/conversations/{}/reply", talk["id"]);
    let (status, gone) = send(
        &api,
        "POST",
        &path,
        json!({"body": "Here we are.", "version": talk["version"]}),
    )
    .await;
    assert_eq!(status, 200, "{gone}");
    app.run_jobs().await;
    assert_eq!(inbox(&api, "waiting").await.len(), 1);
    // Dovecot knows no such mailbox, Postfix says so to us.
    servers.letters("service", 2);
    fetch(&api, id).await;
    let back = inbox(&api, "unanswered").await;
    assert_eq!(back.len(), 1, "it is our turn again; {}", servers.log());
    let page = app
        .login("admin")
        .await
        .get(&format!("/conversations/{}", talk["id"]))
        .await
        .expect(200);
    assert!(
        page.body.contains("This letter did not arrive") && page.body.contains("5.1.1"),
        "{}",
        page.body
    );

    // An out-of-office letter is kept, and nobody has to answer it.
    let away = b"From: away@example.test\r\nTo: service@example.test\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <a@away>\r\n\r\nBack soon\r\n";
    servers.post("", "service@example.test", away);
    servers.letters("service", 3);
    assert_eq!(fetch(&api, id).await["new"], 1);
    assert_eq!(
        (inbox(&api, "unanswered").await.len(), inbox(&api, "closed").await.len()),
        (1, 1)
    );
    app.stop().await;
}

#[tokio::test]
async fn news_are_heard_without_asking() {
    let servers = MailServers::start(&["service"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    mailbox(&api, &servers).await;
    let ports = zhike_inbox::Ports {
        outbound: zhike_consent::outbound(),
        tasks: zhike_work::port(),
        gate: zhike_consent::gate(),
        parties: zhike_party::port(),
        dns: None,
        carriers: vec![],
    };
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let watch = zhike_inbox::area(&ports).services.remove(0);
    let house = app.app.house.clone();
    let watching = tokio::spawn(async move { watch.serve(house, stopped).await });
    let heard = |n: usize| {
        let api = &api;
        async move {
            let begun = std::time::Instant::now();
            while inbox(api, "unanswered").await.len() < n {
                assert!(begun.elapsed().as_secs() < 20, "letter {n} is not heard");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    };
    for n in 1..=3 {
        let letter = plain(
            &format!("{n}@x"),
            "li@example.test",
            &format!("Letter {n}"),
            "",
            "hello",
        );
        servers.post("li@example.test", "service@example.test", &letter);
        heard(n).await;
    }
    stop.send(true).unwrap();
    watching.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_refused_makes_it_our_turn_again() {
    let servers = MailServers::start(&["service"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    customer(&app, "Far", "far@nowhere.invalid").await;
    let letter = plain("1@far", "far@nowhere.invalid", "Hello", "", "Write me.");
    servers.post("far@nowhere.invalid", "service@example.test", &letter);
    servers.letters("service", 1);
    fetch(&api, id).await;
    let talk = inbox(&api, "unanswered").await.remove(0);
    let path = format!("/api/v1/conversations/{}/reply", talk["id"]);
    let ask = json!({"body": "Here we are.", "version": talk["version"]});
    assert_eq!(send(&api, "POST", &path, ask).await.0, 200);
    assert_eq!(inbox(&api, "unanswered").await.len(), 0, "handed over");
    // Postfix delivers to its own domain only, and says so for good.
    app.run_jobs().await;
    let again = inbox(&api, "unanswered").await;
    assert_eq!(again.len(), 1, "{}", servers.log());
    assert_eq!(again[0]["state"], "open");
    app.stop().await;
}

#[tokio::test]
async fn ready_words_are_put_in_and_two_do_not_answer_at_once() {
    let servers = MailServers::start(&["service"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    customer(&app, "Wu & Co", "wu@example.test").await;
    let letter = plain("1@x", "wu@example.test", "Question", "", "How?");
    servers.post("wu@example.test", "service@example.test", &letter);
    servers.letters("service", 1);
    fetch(&api, id).await;
    let talk = inbox(&api, "unanswered").await.remove(0);
    let words = json!({"name": "Thanks", "text_en": "Dear {name}, about {number}:", "text_zh": "{name}，您好"});
    let (status, ready) = send(&api, "POST", "/api/v1/canned-answers", words).await;
    assert_eq!(status, 201, "{ready}");
    let me = app.login("admin").await;
    let path = format!("/conversations/{}", talk["id"]);
    let put = format!("{path}/canned?canned={}&body=Hello", ready["id"]);
    let body = me.get(&put).await.expect(200).body;
    let number = talk["number"].as_str().unwrap();
    assert!(body.contains("Hello\n\nDear Wu &amp; Co, about"), "{body}");
    assert!(body.contains(number) && !body.contains("您好"), "{body}");
    // A colleague looks, then writes; when they are gone nothing is said.
    let other = app.login("second").await;
    other.get(&format!("{path}/looking")).await.expect(200);
    assert!(
        me.get(&path)
            .await
            .expect(200)
            .body
            .contains("second has this open too")
    );
    other.get(&format!("{path}/looking?body=Dear")).await.expect(200);
    assert!(me.get(&path).await.expect(200).body.contains("second is writing"));
    app.advance_seconds(60);
    let alone = me.get(&path).await.expect(200).body;
    assert!(!alone.contains("second is writing") && !alone.contains("second has this open"));
    // A conversation begins with a contact: nobody makes an empty one, by whatever door.
    assert_eq!(send(&api, "POST", "/api/v1/conversations", json!({})).await.0, 403);
    me.get("/conversations/new").await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn a_mailbox_gone_silent_is_told_once() {
    let servers = MailServers::start(&["service"]);
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let id = mailbox(&api, &servers).await;
    let path = format!("/api/v1/mailboxes/{id}");
    let version = api.get(&path).await.expect(200).json()["version"].clone();
    let version = format!("\"v{version}\"");
    api.api(
        "PATCH",
        &path,
        Some(&json!({"silent_hours": 12})),
        &[("if-match", &version)],
    )
    .await
    .expect(200);
    servers.post(
        "wu@example.test",
        "service@example.test",
        &plain("1@x", "wu@example.test", "Hi", "", "hi"),
    );
    servers.letters("service", 1);
    fetch(&api, id).await;
    let told = || async {
        app.run_jobs().await;
        let tasks = api.get("/api/v1/tasks?limit=100").await.expect(200).json();
        let all = tasks["data"].as_array().unwrap();
        all.iter().filter(|t| t["kind"] == "mail_silent").count()
    };
    assert_eq!(told().await, 0);
    // Ten in the morning, then the night of the day after the next.
    app.advance_seconds(86_400 + 18 * 3_600);
    assert_eq!(told().await, 1);
    app.advance_seconds(86_400);
    assert_eq!(told().await, 1, "the same silence");
    app.stop().await;
}
