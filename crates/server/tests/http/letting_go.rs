//! Messages behind the gate: held to the minute, sent once, taken back, tried again, and never twice though the process dies.

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use zhike_consent::Carriers;
use zhike_contract::{
    Carrier, Channel, Permit,
    gate::{Ask, Class, Verdict},
    outbound::{Carried, Handed, Message, Parcel, Taken},
};
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Query, binds};
use zhike_testkit::{Client, TestApp};

/// The other side, under our control.
#[derive(Default)]
struct Desk {
    got: Vec<(i64, String, Option<String>)>,
    /// What it answers next; by default it takes the message.
    next: Vec<Carried>,
    knows: Option<Taken>,
    away: bool,
}

#[derive(Clone, Default)]
struct Post(Arc<Mutex<Desk>>);

#[async_trait]
impl Carrier for Post {
    fn channel(&self) -> Channel {
        Channel::Email
    }
    async fn ready(&self, _ctx: &Ctx) -> Result<bool> {
        Ok(!self.0.lock().unwrap().away)
    }
    async fn carry(&self, _ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried> {
        let mut desk = self.0.lock().unwrap();
        desk.got
            .push((parcel.message, permit.address().to_owned(), parcel.leave.clone()));
        Ok(desk
            .next
            .pop()
            .unwrap_or(Carried::Gone(format!("<{}@test>", parcel.message))))
    }
    async fn taken(&self, _ctx: &Ctx, _message: i64) -> Result<Taken> {
        Ok(self.0.lock().unwrap().knows.clone().unwrap_or(Taken::Unknown))
    }
}

struct House {
    app: TestApp,
    boss: Client,
    post: Post,
    party: i64,
}

impl House {
    async fn open() -> House {
        let post = Post::default();
        let carrier: Arc<dyn Carrier> = Arc::new(post.clone());
        let app = TestApp::boot_with(|c| c.carriers = Carriers::new(vec![carrier])).await;
        let boss = app.user("boss", "administrator").await;
        let boss = app.token(boss, false).await;
        let party = app
            .make(
                "party",
                &[
                    ("name", "Acme".into()),
                    ("email", "ann@example.com".into()),
                    ("phone", "051266887700".into()),
                ],
            )
            .await;
        House { app, boss, post, party }
    }
    async fn send(&self, class: Class, channel: Channel, key: Option<&str>) -> Handed {
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        let message = Message {
            ask: Ask {
                party: self.party,
                class,
                topic: "news".into(),
                channel,
                address: None,
                at: ctx.now(),
                may_change: true,
                may_wait: true,
                agreed: false,
            },
            subject: "Your invoice".into(),
            body: "Dear customer".into(),
            record: Some(("party", self.party)),
            key: key.map(str::to_owned),
        };
        let handed = zhike_consent::outbound().send(&ctx, &tx, &message).await.unwrap();
        tx.commit().await.unwrap();
        handed
    }
    async fn message(&self, id: i64) -> Json {
        self.boss
            .api("GET", &format!("/api/v1/messages/{id}"), None, &[])
            .await
            .expect(200)
            .json()
    }
    async fn status(&self, id: i64) -> String {
        self.message(id).await["status"].as_str().unwrap().to_owned()
    }
    fn got(&self) -> usize {
        self.post.0.lock().unwrap().got.len()
    }
    /// To a moment later on the same day or another.
    fn go_to(&self, at: &str) {
        let at: jiff::Timestamp = at.parse().unwrap();
        let seconds = (at.as_microsecond() - self.app.ctx().now().0) / 1_000_000;
        self.app.advance_seconds(seconds);
    }
    async fn agree(&self) {
        let body = json!({"party_id": self.party, "purpose": "promotion", "given_on": "2026-06-01", "source": "paper", "proof": "form"});
        self.boss
            .api("POST", "/api/v1/consents", Some(&body), &[])
            .await
            .expect(201);
    }
}

#[tokio::test]
async fn what_is_held_goes_at_the_first_minute_and_once() {
    let h = House::open().await;
    h.go_to("2026-06-30T12:00:00Z");
    let held = h.send(Class::Contract, Channel::Email, Some("invoice 1")).await;
    let nine: jiff::Timestamp = "2026-07-01T01:00:00Z".parse().unwrap();
    assert_eq!(held.verdict, Verdict::Later(Stamp(nine.as_microsecond())));
    // Handed over again, it is the same.
    let again = h.send(Class::Contract, Channel::Email, Some("invoice 1")).await;
    assert_eq!(again, held);
    h.app.run_jobs().await;
    assert_eq!((h.status(held.message).await.as_str(), h.got()), ("held", 0));
    h.go_to("2026-07-01T00:59:59Z");
    h.app.run_jobs().await;
    assert_eq!(h.got(), 0);
    h.go_to("2026-07-01T01:00:00Z");
    h.app.run_jobs().await;
    let m = h.message(held.message).await;
    assert_eq!((m["status"].as_str(), h.got()), (Some("gone"), 1), "{m}");
    assert_eq!(h.post.0.lock().unwrap().got[0].1, "ann@example.com");
    h.app.advance_seconds(86_400);
    h.app.run_jobs().await;
    assert_eq!(h.got(), 1);
    // Both decisions are kept with the rule that made them.
    let sql = "SELECT rule FROM consent_decision WHERE message_id = $1 ORDER BY id";
    let rules = h.app.ctx().db().all(sql, binds![held.message]).await.unwrap();
    let rules: Vec<String> = rules.iter().map(|r| r.text(0).unwrap()).collect();
    assert_eq!(rules, ["gate-hours-house", "gate-ok-contract"]);
    h.app.stop().await;
}

#[tokio::test]
async fn a_wish_stated_while_it_waits_is_heard() {
    let h = House::open().await;
    h.agree().await;
    h.go_to("2026-06-30T12:00:00Z");
    let held = h.send(Class::Promotion, Channel::Email, None).await;
    assert!(matches!(held.verdict, Verdict::Later(_)));
    let body = json!({"version": 0, "by": "customer", "proof": "mail", "wish": {"unwanted": ["news"]}});
    zhike_consent::usual_topics(&h.app.ctx()).await.unwrap();
    let path = format!("/api/v1/parties/{}/preferences", h.party);
    h.boss.api("PUT", &path, Some(&body), &[]).await.expect(200);
    h.go_to("2026-07-01T01:00:00Z");
    h.app.run_jobs().await;
    let m = h.message(held.message).await;
    assert_eq!(
        (m["status"].as_str(), m["reason"].as_str(), h.got()),
        (Some("withheld"), Some("gate-topic-unwanted"), 0),
        "{m}"
    );
    h.app.stop().await;
}

#[tokio::test]
async fn of_three_for_two_a_month_the_third_waits_for_the_next() {
    let h = House::open().await;
    h.agree().await;
    let body =
        json!({"version": 0, "by": "customer", "proof": "mail", "wish": {"caps": [{"most": 2, "per": "month"}]}});
    let path = format!("/api/v1/parties/{}/preferences", h.party);
    h.boss.api("PUT", &path, Some(&body), &[]).await.expect(200);
    let mut ids = vec![];
    for _ in 0..3 {
        ids.push(h.send(Class::Promotion, Channel::Email, None).await.message);
    }
    h.app.run_jobs().await;
    assert_eq!(h.got(), 2);
    assert_eq!(h.status(ids[2]).await, "held");
    h.go_to("2026-07-01T01:00:00Z");
    h.app.run_jobs().await;
    assert_eq!((h.status(ids[2]).await.as_str(), h.got()), ("gone", 3));
    h.app.stop().await;
}

#[tokio::test]
async fn what_has_not_gone_can_be_taken_back_but_never_sent_early() {
    let h = House::open().await;
    h.go_to("2026-06-30T12:00:00Z");
    let one = h.send(Class::Contract, Channel::Email, None).await.message;
    let two = h.send(Class::Contract, Channel::Email, None).await.message;
    let path = format!("/api/v1/messages/{one}/recall");
    h.boss
        .api("POST", &path, Some(&json!({"version": 9})), &[])
        .await
        .expect(409);
    h.boss
        .api("POST", &path, Some(&json!({"version": 1, "why": "wrong amount"})), &[])
        .await
        .expect(200);
    // No door lets anybody write, change or remove a message.
    for (method, path) in [
        ("POST", "/api/v1/messages".to_owned()),
        ("PATCH", format!("/api/v1/messages/{two}")),
        ("DELETE", format!("/api/v1/messages/{two}")),
    ] {
        let body = json!({"status": "waiting"});
        h.boss
            .api(method, &path, Some(&body), &[("if-match", "\"1\"")])
            .await
            .expect(403);
    }
    let ctx = h.app.ctx();
    let tx = ctx.begin().await.unwrap();
    assert_eq!(
        zhike_consent::outbound()
            .recall(&ctx, &tx, ("party", h.party), "merged")
            .await
            .unwrap(),
        1
    );
    tx.commit().await.unwrap();
    h.go_to("2026-07-01T02:00:00Z");
    h.app.run_jobs().await;
    assert_eq!(h.got(), 0);
    assert_eq!(
        (h.status(one).await, h.status(two).await),
        ("recalled".into(), "recalled".into())
    );
    let page = h
        .app
        .login_zh("boss")
        .await
        .get(&format!("/messages/{one}"))
        .await
        .expect(200)
        .body;
    assert!(
        page.contains("为何如此") && page.contains("只在合适的时间联系"),
        "{page}"
    );
    h.app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_is_away_is_asked_again_with_growing_pauses() {
    let h = House::open().await;
    h.post.0.lock().unwrap().next = vec![
        Carried::Refused("no such mailbox".into()),
        Carried::Again(Stamp(0), "busy".into()),
    ];
    let id = h.send(Class::Contract, Channel::Email, None).await.message;
    h.app.run_jobs().await;
    let m = h.message(id).await;
    assert_eq!(
        (m["status"].as_str(), m["tries"].as_i64(), m["error"].as_str()),
        (Some("waiting"), Some(1), Some("busy")),
        "{m}"
    );
    h.app.run_jobs().await;
    assert_eq!(h.got(), 1);
    h.app.advance_seconds(121);
    h.app.run_jobs().await;
    let m = h.message(id).await;
    assert_eq!(
        (m["status"].as_str(), m["error"].as_str(), h.got()),
        (Some("refused"), Some("no such mailbox"), 2),
        "{m}"
    );
    // What did not go is not counted.
    assert_eq!(
        h.app
            .ctx()
            .db()
            .number("SELECT count(*) FROM consent_sent", vec![])
            .await
            .unwrap(),
        0
    );
    // Without a carrier it waits where one sees it, and somebody is told in the end.
    h.post.0.lock().unwrap().away = true;
    let id = h.send(Class::Contract, Channel::Email, None).await.message;
    h.app.run_jobs().await;
    assert_eq!((h.status(id).await.as_str(), h.got()), ("waiting", 2));
    h.app.advance_seconds(4 * 86_400);
    h.app.run_jobs().await;
    let sql = "SELECT count(*) FROM work_task WHERE kind = 'message'";
    assert_eq!(h.app.ctx().db().number(sql, vec![]).await.unwrap(), 2);
    // To Monday: on Sunday nothing goes that can wait.
    h.app.advance_seconds(2 * 86_400);
    h.app.run_jobs().await;
    assert_eq!(h.app.ctx().db().number(sql, vec![]).await.unwrap(), 2);
    h.post.0.lock().unwrap().away = false;
    h.app.advance_seconds(601);
    h.app.run_jobs().await;
    assert_eq!((h.status(id).await.as_str(), h.got()), ("gone", 3));
    h.app.stop().await;
}

#[tokio::test]
async fn killed_between_sending_and_noting_nothing_is_sent_twice() {
    let h = House::open().await;
    // As the process leaves it: taken, carried perhaps, not noted.
    let torn = async |id: i64| {
        let ctx = h.app.ctx();
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE consent_message SET status = 'going', leased_until = $1, tries = 0 WHERE id = $2";
        tx.exec(sql, binds![tx.at.plus_seconds(90).0, id]).await.unwrap();
        tx.exec("DELETE FROM job", vec![]).await.unwrap();
        zhike_jobs::push(&tx, "consent.release", None, &json!({}))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let id = h.send(Class::Contract, Channel::Email, None).await.message;
    torn(id).await;
    h.app.run_jobs().await;
    assert_eq!((h.status(id).await.as_str(), h.got()), ("going", 0));
    h.app.advance_seconds(100);
    h.app.run_jobs().await;
    // Nobody knows: a person decides.
    assert_eq!((h.status(id).await.as_str(), h.got()), ("unsure", 0));
    let version = h.message(id).await["version"].as_i64().unwrap();
    let path = format!("/api/v1/messages/{id}/settle");
    h.boss
        .api("POST", &path, Some(&json!({"version": version, "went": false})), &[])
        .await
        .expect(200);
    h.app.run_jobs().await;
    assert_eq!((h.status(id).await.as_str(), h.got()), ("gone", 1));
    // The other side has it: it is not sent again.
    let id = h.send(Class::Contract, Channel::Email, None).await.message;
    torn(id).await;
    h.post.0.lock().unwrap().knows = Some(Taken::Yes("<x@test>".into()));
    h.app.advance_seconds(100);
    h.app.run_jobs().await;
    assert_eq!((h.status(id).await.as_str(), h.got()), ("gone", 1));
    // It never saw it: it is sent.
    let id = h.send(Class::Contract, Channel::Email, None).await.message;
    torn(id).await;
    h.post.0.lock().unwrap().knows = Some(Taken::No);
    h.app.advance_seconds(100);
    h.app.run_jobs().await;
    h.app.advance_seconds(200);
    h.app.run_jobs().await;
    assert_eq!((h.status(id).await.as_str(), h.got()), ("gone", 2));
    h.app.stop().await;
}

#[tokio::test]
async fn a_call_whose_time_has_come_is_a_task() {
    let h = House::open().await;
    h.go_to("2026-06-30T12:00:00Z");
    let id = h.send(Class::Service, Channel::Phone, None).await.message;
    h.go_to("2026-07-01T01:00:00Z");
    h.app.run_jobs().await;
    assert_eq!(h.status(id).await, "gone");
    let sql = "SELECT count(*) FROM work_task WHERE kind = 'call' AND record_type = 'message'";
    assert_eq!(h.app.ctx().db().number(sql, vec![]).await.unwrap(), 1);
    h.app.stop().await;
}

#[tokio::test]
async fn one_click_ends_promotion_to_an_address() {
    let h = House::open().await;
    h.agree().await;
    let mut m = h
        .boss
        .api("GET", "/api/v1/gate/manners", None, &[])
        .await
        .expect(200)
        .json();
    m["address"] = json!("https://crm.example.com");
    h.boss
        .api("PUT", "/api/v1/gate/manners", Some(&m), &[])
        .await
        .expect(200);
    h.send(Class::Promotion, Channel::Email, None).await;
    h.app.run_jobs().await;
    let leave = h.post.0.lock().unwrap().got[0].2.clone().expect("a way out");
    let path = leave
        .strip_prefix("https://crm.example.com")
        .expect("our address")
        .to_owned();
    let nobody = h.app.anonymous();
    // Looking at it ends nothing.
    let page = nobody.get(&path).await.expect(200).body;
    assert!(page.contains("Shall messages"), "{page}");
    let sql = "SELECT count(*) FROM consent_opt_out";
    assert_eq!(h.app.ctx().db().number(sql, vec![]).await.unwrap(), 0);
    // As a mail provider does it: from another site, without a cookie.
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://mail.example.net"),
        ("sec-fetch-site", "cross-site"),
    ];
    for _ in 0..2 {
        let reply = nobody
            .api("POST", &path, Some(&json!("List-Unsubscribe=One-Click")), &headers)
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert_eq!(h.app.ctx().db().number(sql, vec![]).await.unwrap(), 1);
    let handed = h.send(Class::Promotion, Channel::Email, None).await;
    assert_eq!(handed.verdict, Verdict::Withheld);
    let other = h
        .app
        .make("party", &[("name", "Twin".into()), ("email", "Ann@Example.com".into())])
        .await;
    let body = json!({"party_id": other, "purpose": "promotion", "given_on": "2026-06-01", "source": "paper", "proof": "form"});
    h.boss
        .api("POST", "/api/v1/consents", Some(&body), &[])
        .await
        .expect(201);
    let ask = json!({"party": other, "class": "promotion", "channel": "email"});
    let said = h
        .boss
        .api("POST", "/api/v1/gate/ask", Some(&ask), &[])
        .await
        .expect(200)
        .json();
    assert_eq!(said["reasons"][0]["rule"], "gate-address-closed", "{said}");
    let zh = nobody
        .post(&format!("{path}?lang=zh-CN"), &[("what", "wishes")])
        .await
        .expect(303);
    let page = nobody.get(zh.location()).await.expect(200).body;
    assert!(page.contains("您希望我们如何联系您？"), "{page}");
    nobody.post("/leave/forged", &[]).await.expect(404);
    h.app.stop().await;
}
