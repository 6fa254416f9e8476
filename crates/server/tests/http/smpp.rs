//! A line to a message centre that speaks SMPP: bound while the account is in use, words in both alphabets and in parts,
//! receipts, answers, and whatever goes wrong on a line.

use serde_json::{Value as Json, json};
use std::time::Duration;
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::Value;
use zhike_store::Query;
use zhike_testkit::{
    Client, TestApp,
    smsc::{Centre, LOGIN},
};

async fn until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

struct House {
    app: TestApp,
    api: Client,
    centre: Centre,
    party: i64,
    account: i64,
    stop: tokio::sync::watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let r = api.api(method, path, Some(&body), &[]).await;
    (r.status, r.json())
}

impl House {
    async fn open(more: Json) -> House {
        let centre = Centre::open().await;
        let app = TestApp::boot().await;
        let user = app.user("second", "administrator").await;
        let api = app.token(user, false).await;
        let values = [("name", "李雷".into()), ("phone", "138 0000 1234".into())];
        let party = app.make("party", &values.map(|(k, v): (&str, Value)| (k, v))).await;
        let made = json!({"name": "运营商", "kind": "smpp", "active": false, "sender": "10690000"});
        let (status, made) = send(&api, "POST", "/api/v1/channels", made).await;
        assert_eq!(status, 201, "{made}");
        let account = made["id"].as_i64().unwrap();
        let path = format!("/api/v1/channels/{account}");
        let mut setup =
            json!({"host": "127.0.0.1", "port": centre.port.to_string(), "login": LOGIN.0, "password": LOGIN.1});
        for (name, value) in more.as_object().unwrap() {
            setup[name] = value.clone();
        }
        let body = json!({"version": made["version"], "setup": setup});
        let (status, set) = send(&api, "PUT", &format!("{path}/setup"), body).await;
        assert_eq!((status, &set["ready"]), (200, &json!(true)), "{set}");
        assert!(!set.to_string().contains(LOGIN.1), "a secret goes in and never out");
        let tag = format!("\"v{}\"", set["version"]);
        api.api("PATCH", &path, Some(&json!({"active": true})), &[("if-match", &tag)])
            .await
            .expect(200);
        let ports = zhike_channel::Ports::new(
            zhike_consent::outbound(),
            zhike_inbox::port(),
            zhike_consent::opt_outs(),
            zhike_outward::Outward::new(false),
            zhike_inbox::mailer(),
        );
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (lines, house) = (zhike_channel::lines(&ports), app.app.house.clone());
        let task = tokio::spawn(async move { lines.serve(house, stopped).await });
        House {
            app,
            api,
            centre,
            party,
            account,
            stop,
            task,
        }
    }

    async fn close(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
        self.app.stop().await;
    }

    async fn account(&self) -> Json {
        self.api
            .get(&format!("/api/v1/channels/{}", self.account))
            .await
            .expect(200)
            .json()
    }

    async fn bound(&self, times: usize) {
        until("the line is bound", async || self.centre.bound() >= times).await;
        until("the page knows", async || self.account().await["state"] == "good").await;
    }

    /// Hands something over, and lets it go.
    async fn say(&self, text: &str) -> i64 {
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        let message = Message {
            ask: Ask {
                party: self.party,
                class: Class::Service,
                topic: String::new(),
                channel: Channel::Sms,
                address: None,
                at: ctx.now(),
                may_change: false,
                may_wait: true,
                agreed: true,
            },
            subject: String::new(),
            body: text.into(),
            record: None,
            key: None,
        };
        let handed = zhike_consent::outbound().send(&ctx, &tx, &message).await.unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
        handed.message
    }

    async fn status(&self, id: i64) -> String {
        let m = self.api.get(&format!("/api/v1/messages/{id}")).await.expect(200).json();
        m["status"].as_str().unwrap().to_owned()
    }

    async fn becomes(&self, id: i64, status: &str) {
        until(status, async || self.status(id).await == status).await;
    }

    async fn said(&self) -> Vec<String> {
        let sql = "SELECT body FROM inbox_interaction WHERE direction = 'in' ORDER BY id";
        let rows = self.app.ctx().db().all(sql, vec![]).await.unwrap();
        rows.iter().map(|r| r.text(0).unwrap()).collect()
    }
}

fn ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[tokio::test]
async fn words_go_out_in_both_alphabets_and_receipts_come_back() {
    let h = House::open(json!({})).await;
    h.bound(1).await;
    let short = h.say("Hello [1] €").await;
    assert_eq!(h.status(short).await, "gone");
    let sm = &h.centre.submitted()[0];
    assert_eq!(
        (sm.dest_addr.as_str(), sm.source_addr.as_str()),
        ("8613800001234", "10690000")
    );
    assert_eq!((sm.data_coding, sm.esm_class, sm.registered_delivery), (0, 0, 1));
    assert_eq!(sm.short_message, b"Hello \x1b<1\x1b> \x1be");
    // The centre answered in hexadecimal digits and reports in decimal ones.
    h.centre.receipt(1, "ACCEPTD");
    h.centre.receipt(1, "DELIVRD");
    h.becomes(short, "delivered").await;

    // Chinese is another alphabet; long words go in parts, and arrive when all of them have.
    let text = "您好，".repeat(40);
    let long = h.say(&text).await;
    assert_eq!(h.status(long).await, "gone");
    let parts: Vec<_> = h.centre.submitted()[1..].to_vec();
    assert_eq!(parts.len(), 2);
    let mut back: Vec<u8> = vec![];
    for (i, part) in parts.iter().enumerate() {
        assert_eq!((part.data_coding, part.esm_class), (8, 0x40));
        assert_eq!(part.short_message[..3], [5, 0, 3]);
        assert_eq!(part.short_message[4..6], [2, u8::try_from(i).unwrap() + 1]);
        back.extend(&part.short_message[6..]);
    }
    assert_eq!(back, ucs2(&text));
    h.centre.receipt_by_parameters("3EA", 2);
    until("taken in", async || h.centre.answers().len() == 3).await;
    assert_eq!(h.status(long).await, "gone", "one of two has arrived");
    h.centre.receipt_by_parameters("3EB", 5);
    h.becomes(long, "failed").await;
    assert!(h.centre.answers().iter().all(|a| *a == 0));
    h.close().await;
}

#[tokio::test]
async fn answers_come_in_whole_and_in_parts() {
    let h = House::open(json!({"long": "payload"})).await;
    h.bound(1).await;
    h.centre.deliver("8613800001234", 0, 8, ucs2("机器坏了"));
    until("the first", async || h.said().await == ["机器坏了"]).await;
    let inbox = h.api.get("/api/v1/inbox?box=unanswered").await.expect(200).json();
    assert_eq!(
        (
            inbox["data"][0]["party_id"].as_i64(),
            inbox["data"][0]["channel"].as_str()
        ),
        (Some(h.party), Some("sms"))
    );
    // The second part overtakes the first.
    let part = |n: u8, text: &str| [vec![5, 0, 3, 77, 2, n], ucs2(text)].concat();
    h.centre.deliver("8613800001234", 0x40, 8, part(2, "请来看看。"));
    until("answered", async || h.centre.answers().len() == 2).await;
    assert_eq!(h.said().await.len(), 1);
    h.centre.deliver("8613800001234", 0x40, 8, part(1, "今天又停了，"));
    until("both", async || {
        h.said().await.last().is_some_and(|s| s == "今天又停了，请来看看。")
    })
    .await;
    // In the old alphabet.
    h.centre.deliver("8613800001234", 0, 0, b"Price 5 \x1be?".to_vec());
    until("the third", async || {
        h.said().await.last().is_some_and(|s| s == "Price 5 €?")
    })
    .await;
    // What cannot be read is refused for good, and the line stays.
    h.centre.nonsense();
    until("refused", async || h.centre.answers().last() == Some(&0x65)).await;
    // A word for machines closes the address, and is answered by the same line.
    h.centre.deliver("8613800001234", 0, 8, ucs2("退订"));
    until("closed", async || {
        let all = h.api.get("/api/v1/opt-outs").await.expect(200).json();
        all["data"].as_array().unwrap().len() == 1
    })
    .await;
    h.app.run_jobs().await;
    assert_eq!(h.centre.submitted().len(), 1, "told once that it is closed");
    // A long one goes as a whole.
    let text = "好".repeat(100);
    let ctx = h.app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_consent::opt_outs()
        .reopen(
            &ctx,
            &tx,
            &zhike_contract::Holder {
                channel: Channel::Sms,
                address: "+8613800001234",
                party: Some(h.party),
                proof: "x",
            },
        )
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let long = h.say(&text).await;
    assert_eq!(h.status(long).await, "gone");
    let sm = h.centre.submitted().pop().unwrap();
    assert!(sm.short_message.is_empty());
    assert_eq!(
        sm.optional_params.iter().find(|t| t.tag == 0x0424).unwrap().value,
        ucs2(&text)
    );
    assert_eq!(h.centre.bound(), 1, "all by one line");
    h.close().await;
}

#[tokio::test]
async fn a_busy_a_refusing_and_a_broken_line() {
    let h = House::open(json!({})).await;
    h.bound(1).await;
    // Busy once: it goes a moment later, by itself and once.
    h.centre.next(Some(0x58));
    let busy = h.say("busy").await;
    assert_eq!((h.status(busy).await.as_str(), h.centre.submitted().len()), ("gone", 1));
    // No such number.
    h.centre.next(Some(0x0B));
    let never = h.say("never").await;
    let m = h.api.get(&format!("/api/v1/messages/{never}")).await.json();
    assert_eq!(m["status"], "refused");
    assert!(m["error"].as_str().unwrap().contains("0x0000000B"), "{m}");
    // The line breaks before the answer: nobody knows, so a person decides; it does not go twice.
    h.centre.next(None);
    let breaker = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        h.centre.hang_up();
    };
    let (unsure, ()) = tokio::join!(h.say("unsure"), breaker);
    assert_eq!(h.status(unsure).await, "unsure");
    until("the trouble is seen", async || {
        h.account().await["state"] == "failed" || h.centre.bound() > 1
    })
    .await;
    h.bound(2).await;
    let after = h.say("after").await;
    assert_eq!(h.status(after).await, "gone");
    assert_eq!(h.status(unsure).await, "unsure");
    // The page says how it stands, in words.
    let page = h
        .app
        .login_zh("admin")
        .await
        .get(&format!("/channels/{}", h.account))
        .await
        .expect(200)
        .body;
    assert!(
        page.contains("短信（SMPP）") && page.contains("短信中心（主机）") && !page.contains(LOGIN.1),
        "{page}"
    );
    // Switched off, the line is let go and nothing waits in it.
    let version = h.account().await["version"].clone();
    let tag = format!("\"v{version}\"");
    h.api
        .api(
            "PATCH",
            &format!("/api/v1/channels/{}", h.account),
            Some(&json!({"active": false})),
            &[("if-match", &tag)],
        )
        .await
        .expect(200);
    let waits = h.say("off").await;
    assert_eq!(h.status(waits).await, "waiting");
    h.close().await;
}

#[tokio::test]
async fn a_wrong_setup_is_told_and_a_wrong_password_seen() {
    let h = House::open(json!({"password": "wrong"})).await;
    until("the refusal is seen", async || h.account().await["state"] == "failed").await;
    let page = h
        .app
        .login("admin")
        .await
        .get(&format!("/channels/{}", h.account))
        .await
        .expect(200)
        .body;
    assert!(page.contains("Our sign-in was refused."), "{page}");
    let path = format!("/api/v1/channels/{}/setup", h.account);
    for (field, value) in [
        ("host", "smpp://x"),
        ("port", "0"),
        ("login", "a name that is too long"),
        ("window", "0"),
        ("dest_ton", "300"),
        ("version", "9"),
    ] {
        let mut setup = json!({"host": "127.0.0.1", "login": "a", "password": "b"});
        setup[field] = value.into();
        let version = h.account().await["version"].clone();
        let (status, told) = send(&h.api, "PUT", &path, json!({"version": version, "setup": setup})).await;
        assert_eq!(
            (status, told["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{told}"
        );
    }
    h.close().await;
}
