//! What the name service says about our domain, asked of a name server on this machine; and what is told when none answers.

use super::mailing::{admin, send};
use serde_json::{Value as Json, json};
use std::{collections::HashMap, net::SocketAddr, process::Command};
use zhike_testkit::{TestApp, mail::free_port};

/// A name server that knows these texts, and no other name.
async fn name_server(texts: &[(&str, &[&str])]) -> SocketAddr {
    let known: HashMap<String, Vec<String>> = texts
        .iter()
        .map(|(name, all)| ((*name).to_owned(), all.iter().map(|t| (*t).to_owned()).collect()))
        .collect();
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut asked = [0_u8; 1_500];
        while let Ok((n, from)) = socket.recv_from(&mut asked).await {
            let (mut name, mut i) = (String::new(), 12);
            while asked[i] != 0 {
                let len = usize::from(asked[i]);
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&String::from_utf8_lossy(&asked[i + 1..=i + len]));
                i += len + 1;
            }
            assert!(n > i);
            let question = &asked[12..i + 5];
            let found = known.get(&name.to_lowercase());
            // The same number; an answer, recursion done; not there.
            let mut out = asked[..2].to_vec();
            out.extend([0x81, if found.is_some() { 0x80 } else { 0x83 }, 0, 1]);
            out.extend([0, u8::try_from(found.map_or(0, Vec::len)).unwrap(), 0, 0, 0, 0]);
            out.extend(question);
            for text in found.into_iter().flatten() {
                // In pieces, as long ones must be.
                let mut data = vec![];
                for piece in text.as_bytes().chunks(20) {
                    data.push(u8::try_from(piece.len()).unwrap());
                    data.extend(piece);
                }
                out.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
                out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
                out.extend(data);
            }
            socket.send_to(&out, from).await.unwrap();
        }
    });
    at
}

fn mailbox(address: &str) -> Json {
    json!({"name": "Service", "address": address, "smtp_host": "mail.host.test", "smtp_port": 587, "dkim_selector": "k7"})
}

#[tokio::test]
async fn what_is_missing_is_told_with_what_to_enter() {
    let key = format!("v=DKIM1; k=rsa; p={}", "A".repeat(300));
    let server = name_server(&[
        ("house.test", &["other=1", "v=spf1 mx -all"]),
        ("k7._domainkey.house.test", &[key.as_str()]),
        ("_dmarc.house.test", &["v=DMARC1; p=none"]),
        ("bare.test", &["other=1"]),
    ])
    .await;
    let app = TestApp::boot_with(|c| c.dns = Some(server)).await;
    let api = admin(&app).await;
    let mut at = vec![];
    for address in ["service@house.test", "service@bare.test"] {
        let (status, made) = send(&api, "POST", "/api/v1/mailboxes", mailbox(address)).await;
        assert_eq!(status, 201, "{made}");
        at.push(made["id"].as_i64().unwrap());
    }
    let told = |id: i64| {
        let api = &api;
        async move { api.get(&format!("/api/v1/mailboxes/{id}/dns")).await.expect(200).json() }
    };
    let stands = |body: &Json| -> Vec<String> {
        let all = body["records"].as_array().unwrap().iter();
        all.map(|r| r["stand"].as_str().unwrap().to_owned()).collect()
    };
    let house = told(at[0]).await;
    assert_eq!(stands(&house), ["good", "good", "weak"], "{house}");
    assert_eq!(house["records"][1]["found"], key.as_str());
    let bare = told(at[1]).await;
    assert_eq!(stands(&bare), ["missing", "missing", "missing"], "{bare}");
    assert_eq!(bare["records"][0]["enter"], "v=spf1 mx a:mail.host.test ~all");
    assert_eq!(bare["records"][1]["name"], "k7._domainkey.bare.test");
    assert_eq!(
        (
            bare["records"][2]["name"].as_str(),
            bare["records"][2]["enter"].as_str()
        ),
        (
            Some("_dmarc.bare.test"),
            Some("v=DMARC1; p=none; rua=mailto:postmaster@bare.test")
        )
    );
    let page = app.login("admin").await;
    let whole = page.get(&format!("/mailboxes/{}", at[1])).await.expect(200).body;
    assert!(
        whole.contains(&format!("/mailboxes/{}/dns", at[1])),
        "the page asks for it"
    );
    let piece = page
        .fragment(&format!("/mailboxes/{}/dns", at[1]))
        .await
        .expect(200)
        .body;
    assert!(
        piece.contains("v=spf1 mx a:mail.host.test ~all") && piece.contains("Missing"),
        "{piece}"
    );
    let (url, data) = (app.app.house.db.url().to_owned(), app.app.house.data.clone());
    // Beside this thread, on which the name server answers.
    let doctor = tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_zhike"))
            .args(["--database", url.as_str(), "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("doctor")
            .env("ZHIKE_DNS", server.to_string())
            .output()
            .unwrap()
    });
    let out = doctor.await.unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    for words in [
        "ok     SPF            house.test",
        "bare.test: there is none; enter the TXT record bare.test = \"v=spf1 mx a:mail.host.test ~all\"",
        "it only watches",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    app.stop().await;
}

#[tokio::test]
async fn without_a_name_server_it_says_so_and_what_to_enter_all_the_same() {
    let nobody: SocketAddr = format!("127.0.0.1:{}", free_port()).parse().unwrap();
    let app = TestApp::boot_with(|c| c.dns = Some(nobody)).await;
    let api = admin(&app).await;
    let (_, made) = send(&api, "POST", "/api/v1/mailboxes", mailbox("service@house.test")).await;
    let told = api
        .get(&format!("/api/v1/mailboxes/{}/dns", made["id"]))
        .await
        .expect(200)
        .json();
    for record in told["records"].as_array().unwrap() {
        assert_eq!(record["stand"], "unknown", "{told}");
        assert!(!record["enter"].as_str().unwrap().is_empty());
    }
    let page = app.login("admin").await;
    let piece = page
        .fragment(&format!("/mailboxes/{}/dns", made["id"]))
        .await
        .expect(200)
        .body;
    assert!(piece.contains("could not be asked"), "{piece}");
    app.stop().await;
}
