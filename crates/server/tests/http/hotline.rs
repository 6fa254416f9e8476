//! The complaint hotline, called by a telephone that speaks SIP and RTP, and by Debian's `sipp`.

use serde_json::{Value as Json, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::UdpSocket, sync::watch};
use zhike_testkit::{Client, TestApp};

/// The hotline of a house, running.
struct Line {
    at: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

async fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn open(app: &TestApp, api: &Client, calls: i64, seconds: i64) -> Line {
    let now = api.get("/api/v1/voice/settings").await.expect(200).json();
    let port = free_port().await;
    let set = json!({"version": now["version"], "keep_days": 180, "hotline": true, "bind": format!("127.0.0.1:{port}"), "peers": "127.0.0.1",
        "calls": calls, "seconds": seconds});
    api.api("PUT", "/api/v1/voice/settings", Some(&set), &[])
        .await
        .expect(200);
    let ports = zhike_voice::Ports {
        gate: zhike_consent::gate(),
        interactions: zhike_inbox::port(),
        complaints: zhike_service::complaints(zhike_party::port()),
    };
    let (stop, stopped) = watch::channel(false);
    let service = zhike_voice::hotline(&ports);
    let house = app.app.house.clone();
    let task = tokio::spawn(async move { service.serve(house, stopped).await });
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    for _ in 0..100 {
        let seen = api.get("/api/v1/voice/settings").await.expect(200).json();
        if seen["state"] == "good" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Line { at, stop, task }
}

impl Line {
    async fn close(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// A telephone.
struct Phone {
    sip: UdpSocket,
    sound: Arc<UdpSocket>,
    line: SocketAddr,
    id: String,
    from: String,
    to: String,
    remote: Option<SocketAddr>,
}

impl Phone {
    async fn new(line: SocketAddr, number: &str) -> Phone {
        let sip = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let sound = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let at = sip.local_addr().unwrap();
        Phone {
            id: format!("{}@127.0.0.1", at.port()),
            from: format!("<sip:{number}@{at}>;tag=f{}", at.port()),
            to: format!("<sip:8000@{line}>"),
            sip,
            sound,
            line,
            remote: None,
        }
    }
    async fn say(&self, method: &str, sequence: u32, body: &str) {
        let at = self.sip.local_addr().unwrap();
        let text = format!(
            "{method} sip:8000@{} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{method}{sequence}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {sequence} {}\r\n\
             Contact: <sip:{at}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            self.line,
            self.from,
            self.to,
            self.id,
            method,
            body.len()
        );
        self.sip.send_to(text.as_bytes(), self.line).await.unwrap();
    }
    /// What comes next, or nothing.
    async fn hear(&self) -> Option<String> {
        let mut bytes = vec![0; 4_096];
        let got = tokio::time::timeout(Duration::from_secs(4), self.sip.recv_from(&mut bytes))
            .await
            .ok()?;
        Some(String::from_utf8_lossy(&bytes[..got.unwrap().0]).into_owned())
    }
    fn offer(&self, codec: u8) -> String {
        let port = self.sound.local_addr().unwrap().port();
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP {codec} 101\r\n"
        )
    }
    /// Calls; the code of the final answer.
    async fn call(&mut self, codec: u8) -> String {
        self.say("INVITE", 1, &self.offer(codec)).await;
        loop {
            let said = self.hear().await.expect("an answer");
            let code = said.split(' ').nth(1).unwrap().to_owned();
            if code.starts_with('1') {
                continue;
            }
            if code == "200" {
                let to = said.lines().find(|l| l.starts_with("To: ")).unwrap();
                self.to = to.trim_start_matches("To: ").to_owned();
                let port = said.lines().find_map(|l| l.strip_prefix("m=audio ")).unwrap();
                let port: u16 = port.split(' ').next().unwrap().parse().unwrap();
                self.remote = Some(SocketAddr::from(([127, 0, 0, 1], port)));
            }
            self.say("ACK", 1, "").await;
            return code;
        }
    }
    /// Speaks for so many frames of 20 ms, a packet out of order now and then and one lost.
    async fn speak(&self, codec: u8, from: u32, frames: u32) {
        let to = self.remote.unwrap();
        let mut order: Vec<u32> = (from..from + frames).collect();
        for i in (0..order.len().saturating_sub(1)).step_by(10) {
            order.swap(i, i + 1);
        }
        for i in order.into_iter().filter(|i| i % 50 != 49) {
            let mut packet = vec![0x80, codec];
            packet.extend_from_slice(&u16::try_from(i).unwrap().to_be_bytes());
            packet.extend_from_slice(&(i * 160).to_be_bytes());
            packet.extend_from_slice(&[0, 0, 0, 9]);
            packet.extend_from_slice(&[if i % 2 == 0 { 0x10 } else { 0x90 }; 160]);
            self.sound.send_to(&packet, to).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn calls(api: &Client) -> Vec<Json> {
    api.get("/api/v1/calls").await.expect(200).json()["data"]
        .as_array()
        .unwrap()
        .clone()
}

async fn until_call(api: &Client, n: usize) -> Vec<Json> {
    for _ in 0..200 {
        let all = calls(api).await;
        if all.len() >= n && all.iter().all(|c| c["status"] == "ended") {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no {n} calls: {:?}", calls(api).await);
}

#[tokio::test]
async fn what_is_said_on_the_hotline_is_a_complaint_with_its_recording() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let values = [
        ("name", "青禾食品".into()),
        ("phone", "13800001111".into()),
        ("kind", "organisation".into()),
    ];
    let party = app.make("party", &values).await;
    let line = open(&app, &api, 2, 30).await;
    let mut phone = Phone::new(line.at, "13800001111").await;
    assert_eq!(phone.call(0).await, "200");
    // The greeting comes as sound; it takes 1.2 seconds and a tone of half a second.
    let mut heard = vec![0; 400];
    let (n, _) = tokio::time::timeout(Duration::from_secs(2), phone.sound.recv_from(&mut heard))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((n, heard[0], heard[1]), (172, 0x80, 0));
    phone.speak(0, 0, 100).await;
    phone.speak(0, 100, 90).await;
    phone.say("BYE", 2, "").await;
    assert!(phone.hear().await.unwrap().starts_with("SIP/2.0 200"));

    let all = until_call(&api, 1).await;
    let call = &all[0];
    assert_eq!(
        (&call["result"], &call["party_id"], &call["recorded"], &call["line"]),
        (&json!("voicemail"), &json!(party), &json!(true), &json!("8000")),
        "{call}"
    );
    let list = api
        .get(&format!("/api/v1/calls/{}/recordings", call["id"]))
        .await
        .expect(200)
        .json();
    let seconds = list["data"][0]["seconds"].as_i64().unwrap();
    assert!((2..=4).contains(&seconds), "what was said after the tone: {seconds} s");
    // The complaint, with the customer, and its recording beside it; the contact belongs to it and waits.
    let case = api
        .get(&format!("/api/v1/cases/{}", call["case_id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&case["kind"], &case["channel"], &case["party_id"]),
        (&json!("complaint"), &json!("phone"), &json!(party))
    );
    let page = app
        .login("boss")
        .await
        .get(&format!("/cases/{}", call["case_id"]))
        .await
        .expect(200);
    assert!(page.body.contains("data-player"), "{}", page.body);
    let talks = api.get("/api/v1/conversations").await.expect(200).json();
    assert_eq!(talks["data"][0]["state"], "open", "{talks}");

    // Who hangs up at the tone leaves a call, no complaint; a stranger's number is a new person.
    let mut short = Phone::new(line.at, "13911112222").await;
    assert_eq!(short.call(8).await, "200");
    short.say("BYE", 2, "").await;
    short.hear().await.unwrap();
    let all = until_call(&api, 2).await;
    assert_eq!(
        (&all[0]["result"], &all[0]["case_id"]),
        (&json!("missed"), &Json::Null),
        "{all:?}"
    );
    line.close().await;
    app.stop().await;
}

#[tokio::test]
async fn the_hotline_is_bounded_and_reads_no_nonsense() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    for (field, value) in [
        ("bind", json!("nowhere")),
        ("peers", json!("x")),
        ("calls", json!(99)),
        ("seconds", json!(1)),
    ] {
        let now = api.get("/api/v1/voice/settings").await.expect(200).json();
        let mut set = json!({"version": now["version"], "keep_days": 180, "hotline": true});
        set[field] = value;
        let reply = api
            .api("PUT", "/api/v1/voice/settings", Some(&set), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(reply["errors"][0]["field"], field, "{reply}");
    }
    let line = open(&app, &api, 1, 5).await;
    let mut first = Phone::new(line.at, "13800001111").await;
    assert_eq!(first.call(0).await, "200");
    let mut second = Phone::new(line.at, "13800002222").await;
    assert_eq!(second.call(0).await, "486", "one at a time");
    let deaf = Phone::new(line.at, "13800003333").await;
    deaf.say("REGISTER", 1, "").await;
    assert!(deaf.hear().await.unwrap().starts_with("SIP/2.0 405"));
    deaf.say("BYE", 9, "").await;
    assert!(deaf.hear().await.unwrap().starts_with("SIP/2.0 481"));
    // Nonsense on both doors, while somebody speaks.
    let noise: Vec<Vec<u8>> = (0..200_u32)
        .map(|i| {
            (0..i * 7 % 300)
                .map(|k| u8::try_from((k * i + k * k) % 256).unwrap())
                .collect()
        })
        .collect();
    for bytes in &noise {
        deaf.sip.send_to(bytes, line.at).await.unwrap();
        first.sound.send_to(bytes, first.remote.unwrap()).await.unwrap();
    }
    let broken = format!(
        "INVITE sip:x SIP/2.0\r\nVia: a\r\nFrom: b\r\nTo: c\r\nCall-ID: d\r\nCSeq: 1 INVITE\r\n\r\n{}",
        "m=audio ".repeat(300)
    );
    deaf.sip.send_to(broken.as_bytes(), line.at).await.unwrap();
    // Who speaks for longer than is allowed is thanked and hung up on.
    first.speak(0, 0, 360).await;
    let bye = loop {
        let said = first.hear().await.expect("a goodbye");
        if said.starts_with("BYE ") {
            break said;
        }
    };
    assert!(bye.contains(&first.id), "{bye}");
    let all = until_call(&api, 1).await;
    let list = api
        .get(&format!("/api/v1/calls/{}/recordings", all[0]["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"][0]["seconds"], 5, "no longer than was set");
    // And it answers the next one.
    let mut next = Phone::new(line.at, "13800004444").await;
    assert_eq!(next.call(8).await, "200");
    line.close().await;
    app.stop().await;
}

#[tokio::test]
async fn debians_sipp_leaves_its_message() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let line = open(&app, &api, 4, 60).await;
    // Its own scenario: calls, plays G.711 from a file that it brings, a key tone, hangs up.
    let folder = app.data.join("sipp");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("/usr/share/sip-tester", folder.join("pcap")).unwrap();
    let status = tokio::process::Command::new("sipp")
        .args([
            "-sn",
            "uac_pcap",
            "-m",
            "3",
            "-r",
            "3",
            "-l",
            "3",
            "-i",
            "127.0.0.1",
            "-nostdin",
            "-timeout",
            "40s",
            "-s",
            "8000",
        ])
        .arg(line.at.to_string())
        .current_dir(&folder)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .await
        .expect("sipp is needed for this test (`cargo xtask test` installs it)");
    assert!(status.success(), "three calls went well: {status}");
    let all = until_call(&api, 3).await;
    assert_eq!(all.len(), 3);
    for call in &all {
        assert_eq!(
            (&call["result"], &call["recorded"]),
            (&json!("voicemail"), &json!(true)),
            "{call}"
        );
    }
    let cases = api.get("/api/v1/cases").await.expect(200).json();
    assert_eq!(cases["data"].as_array().map(Vec::len), Some(3));
    line.close().await;
    app.stop().await;
}
