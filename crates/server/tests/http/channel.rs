//! Text messages and messengers against servers that speak their protocols: out through the gate, back into the thread,
//! words that close an address, reports, and calls that are not the provider's.

use crate::messenger::{APP, Messenger, SECRET, sign};
use serde_json::{Value as Json, json};
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, Reply, TestApp};
use zhike_web::seal;

const PROOF: &str = "proof-of-the-provider";

struct House {
    app: TestApp,
    api: Client,
    peer: Messenger,
    party: i64,
}

async fn send(api: &Client, method: &str, path: &str, body: Json) -> (u16, Json) {
    let r = api.api(method, path, Some(&body), &[]).await;
    (r.status, r.json())
}

impl House {
    async fn open() -> House {
        let peer = Messenger::open().await;
        let app = TestApp::boot_with(|c| c.private_calls = true).await;
        let user = app.user("second", "administrator").await;
        let api = app.token(user, false).await;
        let values = [
            ("name", "李雷".into()),
            ("phone", "138 0000 1234".into()),
            ("roles", "customer".into()),
        ];
        let party = app.make("party", &values.map(|(k, v): (&str, Value)| (k, v))).await;
        House { app, api, peer, party }
    }

    /// Makes an account, sets it up, switches it on; its id and the path of its reports.
    async fn account(&self, kind: &str, name: &str, setup: Json) -> (i64, String) {
        let (status, made) = send(
            &self.api,
            "POST",
            "/api/v1/channels",
            json!({"name": name, "kind": kind, "active": false}),
        )
        .await;
        assert_eq!(status, 201, "{made}");
        let id = made["id"].as_i64().unwrap();
        let path = format!("/api/v1/channels/{id}/setup");
        let (status, set) = send(
            &self.api,
            "PUT",
            &path,
            json!({"version": made["version"], "setup": setup}),
        )
        .await;
        assert_eq!((status, &set["ready"]), (200, &json!(true)), "{set}");
        self.switch(id, true).await;
        (id, set["hook"].as_str().unwrap_or("").to_owned())
    }

    async fn switch(&self, id: i64, on: bool) {
        let path = format!("/api/v1/channels/{id}");
        let version = self.api.get(&path).await.expect(200).json()["version"].clone();
        let body = json!({"active": on});
        let tag = format!("\"v{version}\"");
        self.api
            .api("PATCH", &path, Some(&body), &[("if-match", &tag)])
            .await
            .expect(200);
    }

    async fn sms(&self) -> (i64, String) {
        let url = format!("{}/sms", self.peer.url);
        let setup = json!({"url": url, "headers": "Authorization: Bearer {secret}", "secret": "key-of-the-provider",
            "body": "{\"to\":\"{to}\",\"text\":\"{text}\",\"ref\":\"{id}\"}", "good_at": "/code", "good_is": "0", "busy_is": "8",
            "id_at": "/data/id", "words_at": "/error", "proof": "hmac", "proof_header": "x-sign", "time_header": "x-time",
            "proof_secret": PROOF});
        self.account("http", "短信", setup).await
    }

    /// Hands something over.
    async fn say(&self, channel: Channel, address: Option<&str>, text: &str) -> i64 {
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        let message = Message {
            ask: Ask {
                party: self.party,
                class: Class::Service,
                topic: String::new(),
                channel,
                address: address.map(str::to_owned),
                at: ctx.now(),
                may_change: false,
                may_wait: true,
                agreed: true,
            },
            subject: "no subject".into(),
            body: text.into(),
            record: None,
            key: None,
        };
        let handed = zhike_consent::outbound().send(&ctx, &tx, &message).await.unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
        handed.message
    }

    async fn message(&self, id: i64) -> Json {
        self.api.get(&format!("/api/v1/messages/{id}")).await.expect(200).json()
    }

    async fn status(&self, id: i64) -> String {
        self.message(id).await["status"].as_str().unwrap().to_owned()
    }

    /// The provider of text messages calls, signed as agreed.
    async fn call(&self, hook: &str, body: &Json) -> Reply {
        let at = (self.app.ctx().now().0 / 1_000_000).to_string();
        self.call_at(hook, body, &at).await
    }

    async fn call_at(&self, hook: &str, body: &Json, at: &str) -> Reply {
        let text = body.to_string();
        let signed = seal::hex(&seal::mac(PROOF.as_bytes(), &[at.as_bytes(), b".", text.as_bytes()]));
        let headers = [("x-sign", signed.as_str()), ("x-time", at)];
        let reply = self.app.anonymous().api("POST", hook, Some(body), &headers).await;
        self.app.run_jobs().await;
        reply
    }

    async fn inbox(&self, drawer: &str) -> Vec<Json> {
        let body = self
            .api
            .get(&format!("/api/v1/inbox?box={drawer}"))
            .await
            .expect(200)
            .json();
        body["data"].as_array().unwrap().clone()
    }

    async fn count(&self, sql: &str) -> i64 {
        self.app.ctx().db().number(sql, vec![]).await.unwrap()
    }
}

#[tokio::test]
async fn a_text_message_goes_out_and_its_report_comes_back() {
    let h = House::open().await;
    let waiting = h.say(Channel::Sms, None, "没有账户").await;
    assert_eq!(h.message(waiting).await["error"], "no-carrier");
    let (id, hook) = h.sms().await;
    h.app.advance_seconds(700);
    h.app.run_jobs().await;
    let sent = h.peer.at("/sms");
    assert_eq!(sent.len(), 1, "what waited for an account goes");
    let said = sent[0].json();
    assert_eq!(
        (said["to"].as_str(), said["text"].as_str()),
        (Some("+8613800001234"), Some("没有账户"))
    );
    assert_eq!(said["ref"], format!("zk{waiting}"));
    assert_eq!(
        (
            h.status(waiting).await.as_str(),
            h.message(waiting).await["remote"].as_str()
        ),
        ("gone", Some("p-1"))
    );
    // It stands in the customer's thread.
    let talks = h.inbox("waiting").await;
    assert_eq!((talks.len(), talks[0]["channel"].as_str()), (1, Some("sms")));

    // On its way, then arrived; told twice it is one thing.
    h.call(&hook, &json!({"id": "p-1", "status": "ENROUTE"}))
        .await
        .expect(200);
    assert_eq!(h.status(waiting).await, "gone");
    let told = h
        .call(&hook, &json!({"id": "p-1", "status": "delivered"}))
        .await
        .expect(200)
        .json();
    assert_eq!(told["taken"], 1);
    assert_eq!(h.status(waiting).await, "delivered");
    let told = h
        .call(&hook, &json!({"id": "p-1", "status": "failed"}))
        .await
        .expect(200)
        .json();
    assert_eq!((told["taken"].as_i64(), told["known"].as_i64()), (Some(0), Some(1)));
    assert_eq!(h.status(waiting).await, "delivered", "the first word stands");

    // A report that overtakes our note is kept for it.
    h.call(
        &hook,
        &json!({"id": "p-2", "status": "UNDELIV", "reason": "absent subscriber"}),
    )
    .await
    .expect(200);
    let second = h.say(Channel::Sms, None, "second").await;
    let m = h.message(second).await;
    assert_eq!(
        (m["status"].as_str(), m["error"].as_str()),
        (Some("failed"), Some("absent subscriber"))
    );
    h.app.run_jobs().await;
    let bounced = "SELECT count(*) FROM inbox_interaction WHERE state = 'bounced' AND trouble = 'absent subscriber'";
    assert_eq!(h.count(bounced).await, 1, "told in the thread");

    // Busy, refused, broken: again, never, a person decides.
    h.peer.next(200, r#"{"code":9,"error":"no such number"}"#);
    let never = h.say(Channel::Sms, None, "never").await;
    let m = h.message(never).await;
    assert_eq!(
        (m["status"].as_str(), m["error"].as_str()),
        (Some("refused"), Some("no such number"))
    );
    h.peer.next(502, "bad gateway");
    let unsure = h.say(Channel::Sms, None, "unsure").await;
    assert_eq!(h.status(unsure).await, "unsure");
    h.peer.next(401, r#"{"error":"key-of-the-provider is wrong"}"#);
    let sick = h.say(Channel::Sms, None, "sick").await;
    let m = h.message(sick).await;
    assert_eq!(
        (m["status"].as_str(), m["error"].as_str()),
        (Some("waiting"), Some("refused *** is wrong"))
    );
    let account = h.api.get(&format!("/api/v1/channels/{id}")).await.expect(200).json();
    assert_eq!(account["state"], "failed");
    let n = h.peer.at("/sms").len();
    h.app.advance_seconds(400);
    h.app.run_jobs().await;
    assert_eq!(
        (h.status(sick).await.as_str(), h.peer.at("/sms").len()),
        ("gone", n + 1)
    );
    assert_eq!(
        h.api.get(&format!("/api/v1/channels/{id}")).await.json()["state"],
        "good"
    );
    assert_eq!(h.status(unsure).await, "unsure", "never twice");
    h.app.stop().await;
}

#[tokio::test]
async fn answers_come_into_the_thread_and_are_answered_by_the_same_way() {
    let h = House::open().await;
    let (_, hook) = h.sms().await;
    let said = json!({"from": "8613800001234", "text": "机器坏了", "id": "in-1"});
    assert_eq!(h.call(&hook, &said).await.expect(200).json()["taken"], 1);
    assert_eq!(h.call(&hook, &said).await.expect(200).json()["known"], 1, "once");
    h.call(
        &hook,
        &json!({"from": "+86 138-0000-1234", "text": "还在吗？", "id": "in-2"}),
    )
    .await
    .expect(200);
    let talks = h.inbox("unanswered").await;
    assert_eq!(talks.len(), 1, "one thread: {talks:?}");
    let talk = &talks[0];
    assert_eq!(
        (talk["party_id"].as_i64(), talk["channel"].as_str()),
        (Some(h.party), Some("sms"))
    );
    // The page offers the way it came by, and answers by it.
    let zh = h.app.login_zh("admin").await;
    let page = zh.get(&format!("/conversations/{}", talk["id"])).await.expect(200).body;
    assert!(
        page.contains("还在吗？") && page.contains("<option value=\"sms\" selected"),
        "{page}"
    );
    let path = format!("/conversations/{}/reply", talk["id"]);
    let version = talk["version"].to_string();
    let form = [
        ("body", "明天来修。"),
        ("channel", "sms"),
        ("version", version.as_str()),
    ];
    zh.post(&path, &form).await.expect(303);
    h.app.run_jobs().await;
    let out = h.peer.at("/sms");
    assert_eq!((out.len(), out[0].json()["text"].as_str()), (1, Some("明天来修。")));
    assert_eq!(h.inbox("unanswered").await.len(), 0);
    let page = zh.get(&format!("/conversations/{}", talk["id"])).await.expect(200).body;
    assert!(page.contains("明天来修。"));
    // Without a word about the way, over the API, it goes by the thread's.
    h.call(&hook, &json!({"from": "13800001234", "text": "好的", "id": "in-3"}))
        .await
        .expect(200);
    let talk = &h.inbox("unanswered").await[0];
    let path = format!("/api/v1/conversations/{}/reply", talk["id"]);
    let (status, told) = send(
        &h.api,
        "POST",
        &path,
        json!({"body": "谢谢", "version": talk["version"]}),
    )
    .await;
    assert_eq!((status, told["verdict"].as_str()), (200, Some("allowed")), "{told}");
    h.app.run_jobs().await;
    assert_eq!(h.peer.at("/sms").len(), 2);

    // Who does not want text messages is not answered by one; the page says so and offers what they named.
    let wish = json!({"version": 0, "proof": "call", "by": "employee", "wish": {"channels": [{"channel": "sms", "allow": "no"},
        {"channel": "email", "allow": "all", "address": "li@example.com"}]}});
    let ctx = h.app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_consent::state_wishes(&ctx, &tx, h.party, wish["wish"].clone(), "customer", "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    h.call(&hook, &json!({"from": "13800001234", "text": "还有", "id": "in-4"}))
        .await
        .expect(200);
    let talk = &h.inbox("unanswered").await[0];
    let (status, told) = send(
        &h.api,
        "POST",
        &path,
        json!({"body": "x", "channel": "sms", "version": talk["version"]}),
    )
    .await;
    assert_eq!((status, told["verdict"].as_str()), (200, Some("withheld")), "{told}");
    let page = zh.get(&format!("/conversations/{}", talk["id"])).await.expect(200).body;
    assert!(page.contains("指定的方式是邮件"), "{page}");
    // A stranger begins a thread of his own.
    h.call(&hook, &json!({"from": "13911112222", "text": "你好", "id": "in-5"}))
        .await
        .expect(200);
    assert_eq!(h.inbox("unanswered").await.len(), 2);
    h.app.stop().await;
}

#[tokio::test]
async fn a_word_closes_the_address_and_is_answered_once() {
    let h = House::open().await;
    let (_, hook) = h.sms().await;
    let said = |text: &str, id: &str| json!({"from": "13800001234", "text": text, "id": id});
    h.call(&hook, &said(" 回T退订 ", "s1")).await.expect(200);
    let standing =
        "SELECT count(*) FROM consent_opt_out WHERE channel = 'sms' AND lifted_on IS NULL AND scope = 'promotion'";
    assert_eq!(h.count(standing).await, 1);
    let out = h.peer.at("/sms");
    assert_eq!(out.len(), 1, "{out:?}");
    assert!(out[0].json()["text"].as_str().unwrap().starts_with("已退订"));
    h.call(&hook, &said("STOP", "s2")).await.expect(200);
    h.call(&hook, &said("STOP", "s1")).await.expect(200);
    assert_eq!(
        (h.count(standing).await, h.peer.at("/sms").len()),
        (1, 1),
        "answered once"
    );
    assert_eq!(h.inbox("unanswered").await.len(), 0, "nobody has to answer it");
    // The gate knows.
    let ask = json!({"party": h.party, "class": "promotion", "channel": "sms"});
    let consent = json!({"party_id": h.party, "purpose": "promotion", "given_on": "2026-06-01", "source": "paper", "proof": "form"});
    h.api
        .api("POST", "/api/v1/consents", Some(&consent), &[])
        .await
        .expect(201);
    let (_, told) = send(&h.api, "POST", "/api/v1/gate/ask", ask.clone()).await;
    assert_eq!(
        (told["verdict"].as_str(), told["reasons"][0]["rule"].as_str()),
        (Some("withheld"), Some("gate-address-closed"))
    );
    h.call(&hook, &said("恢复", "s3")).await.expect(200);
    assert_eq!((h.count(standing).await, h.peer.at("/sms").len()), (0, 2));
    let (_, told) = send(&h.api, "POST", "/api/v1/gate/ask", ask).await;
    assert_ne!(told["reasons"][0]["rule"], "gate-address-closed", "{told}");
    // A stranger's address is closed too; nothing is sent to him.
    h.call(&hook, &json!({"from": "13911112222", "text": "TD", "id": "s4"}))
        .await
        .expect(200);
    assert_eq!((h.count(standing).await, h.peer.at("/sms").len()), (1, 2));
    h.app.stop().await;
}

#[tokio::test]
async fn calls_that_are_not_the_providers_change_nothing() {
    let h = House::open().await;
    let (id, hook) = h.sms().await;
    let said = json!({"from": "13800001234", "text": "hello", "id": "x1"});
    let now = h.app.ctx().now().0 / 1_000_000;
    let nobody = h.app.anonymous();
    nobody.api("POST", &hook, Some(&said), &[]).await.expect(403);
    let forged = [("x-sign", "00"), ("x-time", &now.to_string())].map(|(k, v)| (k, v.to_owned()));
    let forged: Vec<(&str, &str)> = forged.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let told = nobody.api("POST", &hook, Some(&said), &forged).await.expect(403).json();
    assert_eq!(told["code"], "error-channel-proof");
    let old = h
        .call_at(&hook, &said, &(now - 301).to_string())
        .await
        .expect(403)
        .json();
    assert_eq!(old["code"], "error-channel-time");
    h.call_at(&hook, &said, &(now + 301).to_string()).await.expect(403);
    nobody
        .api("POST", "/api/v1/channel-hooks/0123", Some(&said), &[])
        .await
        .expect(404);
    let large = json!({"from": "13800001234", "text": "x".repeat(300_000), "id": "x2"});
    assert_eq!(h.call(&hook, &large).await.status, 422);
    assert_eq!(h.count("SELECT count(*) FROM inbox_interaction").await, 0);
    for odd in [
        json!([]),
        json!(null),
        json!({"from": 1}),
        json!({"text": "a", "from": "no number"}),
        json!("x"),
    ] {
        let told = h.call(&hook, &odd).await.expect(200).json();
        assert_eq!(told["taken"], 0, "{odd}");
    }
    // Switched off, it hears nothing and sends nothing.
    h.switch(id, false).await;
    h.call(&hook, &said).await.expect(404);
    let held = h.say(Channel::Sms, None, "x").await;
    assert_eq!((h.status(held).await.as_str(), h.peer.at("/").len()), ("waiting", 0));
    h.app.stop().await;
}

#[tokio::test]
async fn secrets_are_kept_and_never_shown() {
    let h = House::open().await;
    let (status, made) = send(
        &h.api,
        "POST",
        "/api/v1/channels",
        json!({"name": "a", "kind": "http", "active": true}),
    )
    .await;
    assert_eq!(
        (status, made["errors"][0]["code"].as_str()),
        (422, Some("error-channel-unready")),
        "{made}"
    );
    let (id, _) = h.sms().await;
    let path = format!("/api/v1/channels/{id}/setup");
    let seen = h.api.get(&path).await.expect(200);
    assert!(
        !seen.body.contains("key-of-the-provider") && !seen.body.contains(PROOF),
        "{}",
        seen.body
    );
    assert_eq!(seen.json()["secrets"], json!(["proof_secret", "secret"]));
    let admin = h.app.login("admin").await;
    for page in [
        format!("/channels/{id}"),
        "/channels".into(),
        "/channels/export?format=csv".into(),
        "/audit".into(),
    ] {
        let page = admin.get(&page).await;
        assert!(
            !page.body.contains("key-of-the-provider") && !page.body.contains(PROOF),
            "{}",
            page.body
        );
    }
    // What is wrong is told by field, and nothing of it is kept.
    let version = seen.json()["version"].clone();
    for (field, value, code) in [
        ("body", "{\"to\": {to}, \"text\": {text}", "error-channel-json"),
        ("body", "{\"x\": 1}", "error-channel-template"),
        ("good_at", "re:(", "error-channel-place"),
        ("headers", "no colon", "error-channel-header"),
        ("method", "put", "error-not-a-choice"),
        ("url", "", "error-required"),
    ] {
        let mut setup = seen.json()["setup"].clone();
        setup[field] = value.into();
        let (status, told) = send(&h.api, "PUT", &path, json!({"version": version, "setup": setup})).await;
        assert_eq!(
            (status, told["errors"][0]["code"].as_str()),
            (422, Some(code)),
            "{field}: {told}"
        );
        assert_eq!(told["errors"][0]["field"], field);
    }
    assert_eq!(h.api.get(&path).await.json(), seen.json());
    let stale = json!({"version": 1, "setup": seen.json()["setup"]});
    assert_eq!(send(&h.api, "PUT", &path, stale).await.0, 409);
    // A test to oneself shows what the provider said.
    let test = format!("/api/v1/channels/{id}/test");
    let (status, told) = send(&h.api, "POST", &test, json!({"to": "13900000000"})).await;
    assert_eq!(
        (status, told["result"].as_str(), told["words"].as_str()),
        (200, Some("gone"), Some("p-1")),
        "{told}"
    );
    h.peer.next(401, "{\"error\":\"who are you\"}");
    let (_, told) = send(&h.api, "POST", &test, json!({"to": "13900000000"})).await;
    assert_eq!(
        (told["result"].as_str(), told["trouble"].as_str()),
        (Some("sick"), Some("refused"))
    );
    let page = admin.get(&format!("/channels/{id}")).await.expect(200).body;
    assert!(
        page.contains("Our sign-in was refused.") && page.contains("who are you"),
        "{page}"
    );
    // Only whoever sets up the house.
    h.app.user("rep", "salesperson").await;
    let rep = h.app.login("rep").await;
    for path in [format!("/channels/{id}"), "/channels".into(), path] {
        assert_eq!(rep.get(&path).await.status, 403, "{path}");
    }
    h.app.stop().await;
}

#[tokio::test]
async fn robots_and_apps_of_three_messengers() {
    let h = House::open().await;
    let server = h.peer.url.clone();
    h.account("wecom", "客服群", json!({"key": "robot-key", "server": server}))
        .await;
    h.account(
        "wecom",
        "企业微信",
        json!({"mode": "app", "corp": "corp", "agent": "1000002", "app_secret": APP, "server": server}),
    )
    .await;
    h.account(
        "dingtalk",
        "钉钉群",
        json!({"token": "ding-robot", "sign_secret": SECRET, "server": server}),
    )
    .await;
    let (_, ding) = h
        .account(
            "dingtalk",
            "钉钉",
            json!({"mode": "app", "app_key": "ding", "agent": "7", "app_secret": APP, "server": server}),
        )
        .await;
    h.account(
        "feishu",
        "飞书群",
        json!({"hook": "feishu-robot", "sign_secret": SECRET, "server": server}),
    )
    .await;
    let setup =
        json!({"mode": "app", "app_id": "cli_1", "app_secret": APP, "verify_token": "verify-me", "server": server});
    let (_, feishu) = h.account("feishu", "飞书", setup).await;
    for (to, path) in [
        ("group:客服群", "/cgi-bin/webhook/send"),
        ("wecom:zhangsan", "/cgi-bin/message/send"),
        ("group:钉钉群", "/robot/send"),
        ("dingtalk:u1", "/topapi/message/corpconversation/asyncsend_v2"),
        ("group:飞书群", "/open-apis/bot/v2/hook/"),
        ("feishu:ou_1", "/open-apis/im/v1/messages"),
    ] {
        let id = h.say(Channel::Chat, Some(to), "您好").await;
        let m = h.message(id).await;
        assert_eq!(m["status"], "gone", "{to}: {m}");
        let calls = h.peer.at(path);
        assert_eq!(calls.len(), 1, "{path}");
        assert!(
            calls[0].text.contains("您好") || calls[0].text.contains("\\u"),
            "{}",
            calls[0].text
        );
    }
    // The token is fetched once; one that is not taken any more is fetched anew.
    h.say(Channel::Chat, Some("wecom:lisi"), "again").await;
    assert_eq!(h.peer.at("/cgi-bin/gettoken").len(), 1);
    h.peer.forget_tokens();
    let id = h.say(Channel::Chat, Some("wecom:lisi"), "third").await;
    assert_eq!(h.status(id).await, "waiting");
    h.app.advance_seconds(400);
    h.app.run_jobs().await;
    assert_eq!(
        (h.status(id).await.as_str(), h.peer.at("/cgi-bin/gettoken").len()),
        ("gone", 2)
    );
    let id = h.say(Channel::Chat, Some("wecom:nobody"), "x").await;
    assert_eq!(h.message(id).await["error"], "invaliduser nobody");
    let id = h.say(Channel::Chat, Some("telegram:x"), "x").await;
    assert_eq!(h.status(id).await, "refused");

    // DingTalk calls with its sign, Feishu with its token.
    let now = h.app.ctx().now().0 / 1_000;
    let body = json!({"msgtype": "text", "text": {"content": " 收到 "}, "senderStaffId": "u1", "senderNick": "李雷", "msgId": "m1"});
    let at = now.to_string();
    let signed = sign(APP, &format!("{at}\n{APP}"));
    let nobody = h.app.anonymous();
    let headers = [("timestamp", at.as_str()), ("sign", signed.as_str())];
    assert_eq!(
        nobody
            .api("POST", &ding, Some(&body), &headers)
            .await
            .expect(200)
            .json()["taken"],
        1
    );
    assert_eq!(
        nobody
            .api("POST", &ding, Some(&body), &headers)
            .await
            .expect(200)
            .json()["known"],
        1
    );
    nobody
        .api("POST", &ding, Some(&body), &[("timestamp", &at), ("sign", "x")])
        .await
        .expect(403);
    let check = json!({"type": "url_verification", "token": "verify-me", "challenge": "c-1"});
    assert_eq!(
        nobody.api("POST", &feishu, Some(&check), &[]).await.expect(200).json(),
        json!({"challenge": "c-1"})
    );
    let event = json!({"schema": "2.0", "header": {"event_id": "e1", "token": "verify-me", "event_type": "im.message.receive_v1"},
        "event": {"sender": {"sender_id": {"open_id": "ou_1"}}, "message": {"message_id": "om_9", "message_type": "text", "content": "{\"text\":\"好的\"}"}}});
    nobody.api("POST", &feishu, Some(&event), &[]).await.expect(200);
    nobody.api("POST", &feishu, Some(&event), &[]).await.expect(200);
    let mut forged = event.clone();
    forged["header"]["token"] = "guess".into();
    nobody.api("POST", &feishu, Some(&forged), &[]).await.expect(403);
    let sql = "SELECT count(*) FROM inbox_interaction WHERE direction = 'in' AND channel = 'chat' AND party_id = $1";
    let n = h.app.ctx().db().number(sql, binds![h.party]).await.unwrap();
    assert_eq!(n, 2, "both are the customer we wrote to");
    h.app.stop().await;
}
