//! Letters on paper: what may go by post waits for a batch, is printed, posted, given back, answered by its code.

use serde_json::{Value as Json, json};
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::Value;
use zhike_store::Query;
use zhike_testkit::{Client, Reply, TestApp};

struct House {
    app: TestApp,
    api: Client,
}

impl House {
    async fn open() -> House {
        let app = TestApp::boot().await;
        let user = app.user("second", "administrator").await;
        let api = app.token(user, false).await;
        House { app, api }
    }

    async fn party(&self, values: &[(&str, &str)]) -> i64 {
        let values: Vec<(&str, Value)> = values.iter().map(|(k, v)| (*k, (*v).into())).collect();
        self.app.make("party", &values).await
    }

    /// Somebody with a postal address.
    async fn chinese(&self) -> i64 {
        let values = [("name", "苏州测试厂"), ("address", "星湖街 1 号"), ("city", "苏州")];
        self.party(&values).await
    }

    async fn say(&self, party: i64, class: Class, body: &str) -> i64 {
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        let message = Message {
            ask: Ask {
                party,
                class,
                topic: String::new(),
                channel: Channel::Letter,
                address: None,
                at: ctx.now(),
                may_change: false,
                may_wait: true,
                agreed: true,
            },
            subject: "年度对账".into(),
            body: body.into(),
            record: None,
            key: None,
        };
        let handed = zhike_consent::outbound().send(&ctx, &tx, &message).await.unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
        handed.message
    }

    async fn get(&self, path: &str) -> Json {
        self.api.get(path).await.expect(200).json()
    }

    async fn post(&self, path: &str, body: Json) -> Reply {
        self.api.api("POST", path, Some(&body), &[]).await
    }

    async fn message(&self, id: i64) -> Json {
        self.get(&format!("/api/v1/messages/{id}")).await
    }

    /// Makes a batch; its id.
    async fn batch(&self) -> Option<i64> {
        let reply = self.post("/api/v1/letter-queue/batch", json!({})).await;
        assert!([200, 201].contains(&reply.status), "{}", reply.body);
        reply.json()["id"].as_i64()
    }

    async fn letters(&self) -> Vec<Json> {
        let body = self.get("/api/v1/letters?sort=created_at").await;
        let mut all = body["data"].as_array().unwrap().clone();
        all.sort_by_key(|l| l["id"].as_i64());
        all
    }

    async fn version(&self, path: &str) -> i64 {
        self.get(path).await["version"].as_i64().unwrap()
    }

    async fn count(&self, sql: &str) -> i64 {
        self.app.ctx().db().number(sql, vec![]).await.unwrap()
    }
}

#[tokio::test]
async fn letters_wait_for_a_batch_and_are_contacts_once_posted() {
    let h = House::open().await;
    let zh = h.app.login_zh("admin").await;
    assert!(
        zh.get("/letters/desk")
            .await
            .expect(200)
            .body
            .contains("没有待打印的信件")
    );
    assert_eq!(h.batch().await, None, "a batch without letters is none");
    let party = h.chinese().await;
    let english = h
        .party(&[
            ("name", "港务局"),
            ("name_latin", "Harbour Works"),
            ("address", "3 Quay Road"),
            ("city", "Leith"),
            ("country", "GB"),
        ])
        .await;
    let homeless = h.party(&[("name", "无址")]).await;
    let first = h.say(party, Class::Contract, "您好：\n\n请核对账目。").await;
    let second = h
        .say(
            english,
            Class::Contract,
            "Dear customer,\n\nplease check the enclosed account.",
        )
        .await;
    let nowhere = h.say(homeless, Class::Contract, "您好").await;
    assert_eq!(h.message(first).await["status"], "waiting");
    assert_ne!(
        h.message(nowhere).await["status"],
        "waiting",
        "without an address nothing waits"
    );
    let page = zh.get(&format!("/messages/{first}")).await.expect(200).body;
    assert!(page.contains("等待下一批信件打印"), "{page}");
    let queue = h.get("/api/v1/letter-queue").await;
    assert_eq!(queue["waiting"], 2);

    let batch = h.batch().await.unwrap();
    let path = format!("/api/v1/letter-batches/{batch}");
    let told = h.get(&path).await;
    assert_eq!(
        (told["state"].as_str(), told["letters"].as_i64()),
        (Some("open"), Some(2))
    );
    let letters = h.letters().await;
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0]["address"], "苏州星湖街 1 号");
    assert_eq!(letters[1]["address"], "3 Quay Road\nLeith\nGB");
    assert_eq!(letters[1]["recipient"], "Harbour Works");
    assert_eq!(h.message(first).await["status"], "going");
    assert_eq!(h.batch().await, None, "they are in a batch already");
    // However long it lies there, nobody takes it for lost.
    h.app.advance_seconds(7_200);
    h.app.run_jobs().await;
    assert_eq!(h.message(first).await["status"], "going");
    assert_eq!(
        h.count("SELECT count(*) FROM inbox_interaction").await,
        0,
        "nothing was sent yet"
    );

    // Its papers.
    for (what, query) in [("pdf", ""), ("labels", "?sheet=3x8&skip=23"), ("labels", "?sheet=2x4")] {
        let reply = h.api.get(&format!("{path}/{what}{query}")).await;
        if zhike_paper::available() {
            assert_eq!(
                (reply.status, reply.header("content-type")),
                (200, Some("application/pdf")),
                "{}",
                reply.body
            );
            assert!(reply.body.starts_with("%PDF"));
        } else {
            assert_ne!(reply.status, 200);
        }
    }
    h.api.get(&format!("{path}/labels?sheet=9x9")).await.expect(422);
    h.api.get(&format!("{path}/labels?sheet=3x8&skip=24")).await.expect(422);
    let page = zh.get(&format!("/letter-batches/{batch}")).await.expect(200).body;
    assert!(page.contains("已打印并寄出") && page.contains("苏州测试厂"), "{page}");

    // Posted, with the version that was seen, and once.
    h.post(&format!("{path}/posted"), json!({})).await.expect(422);
    let version = h.version(&path).await;
    h.post(&format!("{path}/posted"), json!({"version": version + 5}))
        .await
        .expect(409);
    let done = h
        .post(&format!("{path}/posted"), json!({"version": version}))
        .await
        .expect(200)
        .json();
    assert_eq!(done["letters"], 2);
    let again = h.post(&format!("{path}/posted"), json!({"version": version + 1})).await;
    assert_eq!(again.status, 409, "{}", again.body);
    let m = h.message(second).await;
    assert_eq!(
        (m["status"].as_str(), m["remote"].as_str()),
        (Some("gone"), letters[1]["code"].as_str())
    );
    let sql =
        "SELECT count(*) FROM inbox_interaction WHERE channel = 'letter' AND direction = 'out' AND state = 'sent'";
    assert_eq!(h.count(sql).await, 2);
    h.post(&format!("{path}/emptied"), json!({"version": version + 1}))
        .await
        .expect(409);

    // A code from an answer, typed carelessly.
    let code = letters[0]["code"].as_str().unwrap().to_lowercase();
    let (head, rest) = code.split_at(3);
    let typed = format!("{head} {rest}");
    let page = zh
        .get(&format!("/letters/desk?code={}", typed.replace(' ', "+")))
        .await
        .expect(200)
        .body;
    assert!(page.contains("苏州测试厂") && page.contains("回复内容"), "{page}");
    let found = h.get(&format!("/api/v1/letter-codes/{code}")).await;
    assert_eq!(found["party_id"], party);
    let mut wrong: Vec<char> = code.chars().collect();
    wrong[0] = if wrong[0] == 'a' { 'b' } else { 'a' };
    let wrong: String = wrong.into_iter().collect();
    h.api.get(&format!("/api/v1/letter-codes/{wrong}")).await.expect(422);
    let page = zh.get(&format!("/letters/desk?code={wrong}")).await.expect(200).body;
    assert!(page.contains("请检查是否输错或颠倒"), "{page}");
    let id = found["id"].as_i64().unwrap();
    let form = [
        ("version", found["version"].to_string()),
        ("text", String::new()),
        ("channel", "fax".into()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    zh.post(&format!("/letters/{id}/answer"), &form).await.expect(422);
    let form = [form[0], ("text", "余额有出入，请来电。"), form[2]];
    let reply = zh.post(&format!("/letters/{id}/answer"), &form).await.expect(303);
    assert!(reply.location().starts_with("/interactions/"), "{}", reply.location());
    assert_eq!(h.message(first).await["status"], "delivered", "who answers has got it");
    let open = h.get("/api/v1/inbox?box=unanswered").await;
    assert_eq!(open["data"][0]["party_id"], party, "it is our turn: {open}");
    let l = h.get(&format!("/api/v1/letters/{id}")).await;
    assert_eq!((l["answers"].as_i64(), l["state"].as_str()), (Some(1), Some("posted")));

    // The other one comes back by post.
    let id = letters[1]["id"].as_i64().unwrap();
    let version = h.version(&format!("/api/v1/letters/{id}")).await;
    h.post(
        &format!("/api/v1/letters/{id}/returned"),
        json!({"version": version, "why": "moved away"}),
    )
    .await
    .expect(200);
    h.app.run_jobs().await;
    assert_eq!(h.message(second).await["status"], "failed");
    let sql = "SELECT count(*) FROM inbox_interaction WHERE channel = 'letter' AND state = 'bounced'";
    assert_eq!(h.count(sql).await, 1);
    for path in ["/letters", "/letter-batches"] {
        zh.get(path).await.expect(200);
    }
    let page = zh.get(&format!("/letters/{id}")).await.expect(200).body;
    assert!(page.contains("被邮局退回") && page.contains("moved away"), "{page}");
    h.app.stop().await;
}

#[tokio::test]
async fn what_is_not_printed_waits_again_and_the_gate_is_asked_again() {
    let h = House::open().await;
    let party = h.chinese().await;
    let messages = [
        h.say(party, Class::Contract, "第一封").await,
        h.say(party, Class::Contract, "第二封").await,
        h.say(party, Class::Contract, "第三封").await,
    ];
    let batch = h.batch().await.unwrap();
    let path = format!("/api/v1/letter-batches/{batch}");
    let before = h.letters().await;
    // One is taken out, the others stay.
    let id = before[0]["id"].as_i64().unwrap();
    let version = before[0]["version"].as_i64().unwrap();
    let out = format!("/api/v1/letters/{id}/taken-out");
    h.post(&out, json!({"version": version})).await.expect(200);
    h.post(&out, json!({"version": version})).await.expect(409);
    h.app.run_jobs().await;
    assert_eq!(h.message(messages[0]).await["status"], "waiting");
    assert_eq!(h.message(messages[1]).await["status"], "going");
    let told = h.get(&path).await;
    assert_eq!(
        (told["letters"].as_i64(), told["state"].as_str()),
        (Some(2), Some("open"))
    );
    // All of them are given back.
    let version = told["version"].clone();
    h.post(&format!("{path}/emptied"), json!({"version": version}))
        .await
        .expect(200);
    h.app.run_jobs().await;
    for id in messages {
        let m = h.message(id).await;
        assert_eq!(
            (m["status"].as_str(), m["tries"].as_i64()),
            (Some("waiting"), Some(0)),
            "{m}"
        );
    }
    assert_eq!(
        h.count("SELECT count(*) FROM consent_sent").await,
        0,
        "what did not go is not counted"
    );
    h.api.get(&format!("{path}/pdf")).await.expect(409);
    // Meanwhile the customer closes the way.
    let closed = json!({"channel": "letter", "address": "星湖街 1 号, 苏州", "scope": "all", "source": "letter", "since_on": "2026-01-01"});
    let reply = h.post("/api/v1/opt-outs", closed.clone()).await;
    if reply.status == 422 {
        let mut closed = closed;
        closed["source"] = "message".into();
        h.post("/api/v1/opt-outs", closed).await.expect(201);
    }
    let service = h.say(party, Class::Service, "第四封").await;
    assert_eq!(h.message(service).await["status"], "withheld");
    // What a contract asks goes all the same; with new codes.
    let second = h.batch().await.unwrap();
    assert_ne!(second, batch);
    let after: Vec<Json> = h
        .letters()
        .await
        .into_iter()
        .filter(|l| l["batch_id"] == second)
        .collect();
    assert_eq!(after.len(), 3);
    assert!(after.iter().all(|l| before.iter().all(|b| b["code"] != l["code"])));
    // An old code is known, but there is nothing to answer.
    let old = before[0]["code"].as_str().unwrap();
    let found = h.get(&format!("/api/v1/letter-codes/{old}")).await;
    assert_eq!(found["state"], "back");
    let answer = format!("/api/v1/letters/{}/answer", found["id"]);
    h.post(&answer, json!({"version": found["version"], "text": "x"}))
        .await
        .expect(409);
    h.app.stop().await;
}

#[tokio::test]
async fn who_does_not_see_everybody_makes_no_batch_and_reads_no_addresses() {
    let h = House::open().await;
    let party = h.chinese().await;
    h.say(party, Class::Contract, "您好").await;
    let rep = h.app.user("rep", "salesperson").await;
    h.app.user("lead", "manager").await;
    h.app.user("look", "analyst").await;
    let page = h.app.login("rep").await;
    page.get("/letters/desk").await.expect(200);
    page.post("/letters/desk/make", &[]).await.expect(403);
    let lead = h.app.login("lead").await;
    assert!(
        lead.get("/letters/desk")
            .await
            .expect(200)
            .body
            .contains("sees every customer")
    );
    lead.post("/letters/desk/make", &[]).await.expect(409);
    let batch = h.batch().await.unwrap();
    lead.get(&format!("/letter-batches/{batch}/pdf")).await.expect(409);
    let body = lead.get(&format!("/letter-batches/{batch}")).await.expect(200).body;
    assert!(!body.contains("苏州测试厂"), "{body}");
    // Out of sight, a code finds nothing.
    let letter = &h.letters().await[0];
    let (code, id) = (letter["code"].as_str().unwrap(), letter["id"].as_i64().unwrap());
    let own = h.app.token(rep, false).await;
    own.get(&format!("/api/v1/letter-codes/{code}")).await.expect(422);
    own.get(&format!("/api/v1/letters/{id}/pdf")).await.expect(404);
    let look = h.app.login("look").await;
    look.get(&format!("/letters/{id}/pdf")).await.expect(403);
    let body = look.get(&format!("/letters/{id}")).await.expect(200).body;
    assert!(!body.contains("星湖街"), "{body}");
    // Nobody writes one by hand.
    h.post("/api/v1/letters", json!({"subject": "x"})).await.expect(403);
    h.post("/api/v1/letter-batches", json!({})).await.expect(403);
    h.app.stop().await;
}
