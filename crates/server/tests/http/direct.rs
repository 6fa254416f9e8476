//! Letters delivered to us directly: by a real Postfix over LMTP, by a mail client over SMTP, and what is refused.

use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
};
use zhike_store::Query as _;
use zhike_testkit::{
    Client, TestApp,
    mail::{DIRECT, MailServers, free_port},
};

async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let r = api.api(method, path, Some(&body), &[]).await;
    (r.status, r.json())
}

/// The listener on a port of its own, with a mailbox whose letters nobody fetches.
async fn set_up(app: &TestApp) -> (Client, u16) {
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let mailbox = json!({"name": "Direct", "address": format!("service@{DIRECT}"), "purpose": "general"});
    assert_eq!(send(&api, "POST", "/api/v1/mailboxes", mailbox).await.0, 201);
    let port = free_port();
    let asked = json!({"version": 0, "on": true, "bind": format!("127.0.0.1:{port}"), "host": "crm.direct.test"});
    let (status, kept) = send(&api, "PUT", "/api/v1/mail-listener", asked.clone()).await;
    assert_eq!(
        (status, &kept["version"], &kept["on"]),
        (200, &json!(1), &json!(true)),
        "{kept}"
    );
    assert_eq!(
        send(&api, "PUT", "/api/v1/mail-listener", asked).await.0,
        409,
        "an old version"
    );
    let (house, (halt, stopped)) = (app.app.house.clone(), watch::channel(false));
    let service = zhike_inbox::listener();
    tokio::spawn(async move {
        service.serve(house, stopped).await;
        drop(halt);
    });
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the listener listens");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (api, port)
}

async fn talks(api: &Client, n: usize) -> Vec<Json> {
    let begun = Instant::now();
    loop {
        let body = api.get("/api/v1/inbox?box=unanswered").await.expect(200).json();
        let data = body["data"].as_array().unwrap().clone();
        if data.len() >= n {
            return data;
        }
        // A mail server that did not get through at once tries again after a while.
        assert!(begun.elapsed() < Duration::from_secs(90), "{n} conversations: {data:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A certificate for the listener, made for this test.
fn certificate(folder: &std::path::Path) -> (String, String) {
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (file("cert.pem"), file("key.pem"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=crm.direct.test",
        ])
        .args(["-keyout", key.as_str(), "-out", certificate.as_str()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}

#[tokio::test]
async fn a_real_server_hands_letters_over_encrypted() {
    let app = TestApp::boot().await;
    let (api, port) = set_up(&app).await;
    let (certificate, key) = certificate(&app.app.house.data);
    let put = |version: i64, certificate: String, key: String| {
        let api = &api;
        async move {
            let body = json!({"version": version, "certificate": certificate, "key": key});
            send(api, "PUT", "/api/v1/mail-listener", body).await
        }
    };
    // What cannot be read is said by name, and nothing is changed.
    let (status, no) = put(1, certificate.clone(), "/nowhere/key.pem".into()).await;
    assert_eq!((status, no["errors"][0]["field"].as_str()), (422, Some("key")), "{no}");
    assert!(
        no["errors"][0]["detail"].as_str().unwrap().contains("/nowhere/key.pem"),
        "{no}"
    );
    let (status, no) = put(1, key.clone(), key.clone()).await;
    assert_eq!(
        (status, no["errors"][0]["field"].as_str()),
        (422, Some("certificate")),
        "{no}"
    );
    let (status, kept) = put(1, certificate.clone(), key.clone()).await;
    assert_eq!((status, kept["key"].as_str()), (200, Some(key.as_str())), "{kept}");
    // Postfix is told to speak encrypted or not at all.
    let servers = MailServers::start_encrypted(&["li"], port);
    let letter = format!(
        "From: Li <li@example.test>\r\nTo: service@{DIRECT}\r\nSubject: Sealed\r\nMessage-ID: <s@example.test>\r\n\r\nHello\r\n"
    );
    servers.post("li@example.test", &format!("service@{DIRECT}"), letter.as_bytes());
    let seen = talks(&api, 1).await;
    assert_eq!(seen[0]["subject"], "Sealed", "{}", servers.log());
    // What is slipped in behind STARTTLS in the open is not heard.
    let mut wire = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    wire.write_all(b"EHLO x\r\nSTARTTLS\r\nNOOP\r\nNOOP\r\n").await.unwrap();
    let mut heard = vec![0; 4_096];
    let mut said = String::new();
    while !said.contains("220 2.0.0") {
        let n = wire.read(&mut heard).await.unwrap();
        assert!(n > 0, "{said}");
        said.push_str(&String::from_utf8_lossy(&heard[..n]));
    }
    assert!(
        said.contains("STARTTLS") && said.trim_end().ends_with("Ready"),
        "{said}"
    );
    // The key goes: letters still come, and the page says that they come in the open.
    std::fs::write(&key, "no key").unwrap();
    let begun = Instant::now();
    loop {
        let state = api.get("/api/v1/mail-listener").await.expect(200).json();
        if state["trouble"].as_str().is_some_and(|t| t.contains(key.as_str())) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{state}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let page = app.login("admin").await.get("/settings/mail").await.expect(200).body;
    assert!(page.contains("Letters come in unencrypted"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn a_real_server_hands_letters_over_and_keeps_them_while_we_are_away() {
    let app = TestApp::boot().await;
    let (api, port) = set_up(&app).await;
    let servers = MailServers::start_with(&["li"], Some(port));
    let letter = |id: &str| {
        format!(
            "From: Li <li@example.test>\r\nTo: service@{DIRECT}\r\nSubject: {id}\r\nMessage-ID: <{id}@example.test>\r\n\r\nHello\r\n"
        )
    };
    servers.post(
        "li@example.test",
        &format!("Service+news@{DIRECT}"),
        letter("one").as_bytes(),
    );
    let seen = talks(&api, 1).await;
    assert_eq!(seen[0]["subject"], "one");
    // Away: Postfix keeps the letter and brings it when we are back.
    let (status, _) = send(&api, "PUT", "/api/v1/mail-listener", json!({"version": 1, "on": false})).await;
    assert_eq!(status, 200);
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the listener ends");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    servers.post(
        "li@example.test",
        &format!("service@{DIRECT}"),
        letter("two").as_bytes(),
    );
    let (status, _) = send(&api, "PUT", "/api/v1/mail-listener", json!({"version": 2, "on": true})).await;
    assert_eq!(status, 200);
    let seen = talks(&api, 2).await;
    assert!(seen.iter().any(|t| t["subject"] == "two"), "{seen:?} {}", servers.log());
    // How it stands is seen at the mailbox.
    let page = app.login("admin").await.get("/mailboxes/1").await.expect(200).body;
    assert!(page.contains("SMTP") && page.contains("/settings/mail"), "{page}");
    app.stop().await;
}

/// Says these lines; the codes of the answers.
async fn say(port: u16, lines: &[&str]) -> Vec<String> {
    let Ok(mut wire) = TcpStream::connect(("127.0.0.1", port)).await else {
        return vec![];
    };
    let mut heard = String::new();
    // Who is not heard may be cut off while speaking.
    let _ = wire.write_all(format!("{}\r\n", lines.join("\r\n")).as_bytes()).await;
    let _ = wire.read_to_string(&mut heard).await;
    let last = heard.lines().filter(|l| l.as_bytes().get(3) == Some(&b' '));
    last.map(|l| l.chars().take(3).collect()).collect()
}

#[tokio::test]
async fn what_is_not_for_us_is_refused_and_nothing_comes_twice() {
    let app = TestApp::boot().await;
    let (api, port) = set_up(&app).await;
    let (to, head) = (
        format!("RCPT TO:<service@{DIRECT}>"),
        "From: a@b.test\r\nSubject: twice\r\nMessage-ID: <twice@b.test>\r\n\r\nx\r\n.",
    );
    let asked = [
        "EHLO b.test",
        "MAIL FROM:<a@b.test>",
        "RCPT TO:<a@b.test>",
        "RCPT TO:<nobody@direct.test>",
        to.as_str(),
        "DATA",
        head,
        "QUIT",
    ];
    let codes = ["220", "250", "250", "550", "550", "250", "354", "250", "221"];
    for _ in 0..2 {
        assert_eq!(say(port, &asked).await, codes);
    }
    assert_eq!(talks(&api, 1).await.len(), 1);
    let n = app
        .app
        .house
        .db
        .number("SELECT count(*) FROM inbox_interaction", vec![])
        .await
        .unwrap();
    assert_eq!(n, 1, "once");
    // Settings that cannot be are refused with their field.
    for (field, value) in [("bind", "here"), ("peers", "everybody"), ("host", "a b")] {
        let (status, body) = send(
            &api,
            "PUT",
            "/api/v1/mail-listener",
            json!({"version": 1, field: value}),
        )
        .await;
        assert_eq!(status, 422);
        assert!(body.to_string().contains(field), "{body}");
    }
    // Whoever is not named is not heard.
    let (status, _) = send(
        &api,
        "PUT",
        "/api/v1/mail-listener",
        json!({"version": 1, "peers": "192.0.2.1"}),
    )
    .await;
    assert_eq!(status, 200);
    let begun = Instant::now();
    loop {
        if say(port, &["QUIT"]).await.is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody else is heard");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let seller = app.user("seller", "salesperson").await;
    let seller = app.token(seller, false).await;
    assert_eq!(seller.get("/api/v1/mail-listener").await.status, 403);
    app.stop().await;
}
