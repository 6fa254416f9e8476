//! The gate over HTTP: wishes, consents, closed addresses, verdicts in both languages, the customer's own page, the way out of
//! a message, merging and its undoing, and the simulation.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    let body = (method != "GET").then_some(body);
    client.api(method, path, body, &[]).await.expect(status).json()
}

/// The house on Tuesday 2026-06-30, 10:00 in Shanghai.
struct House {
    app: TestApp,
    boss: Client,
    party: i64,
}

impl House {
    async fn open() -> House {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "administrator").await;
        let boss = app.token(boss, false).await;
        zhike_consent::usual_topics(&app.ctx()).await.unwrap();
        let party = app
            .make(
                "party",
                &[
                    ("name", "青禾乳业".into()),
                    ("email", "shen@example.com".into()),
                    ("phone", "13800001234".into()),
                ],
            )
            .await;
        House { app, boss, party }
    }
    async fn ask(&self, more: Json) -> Json {
        ask(&self.boss, self.party, more).await
    }
    async fn wish(&self, party: i64, version: i64, by: &str, wish: Json, status: u16) -> Json {
        let body = json!({"version": version, "by": by, "proof": "call of 29 June", "wish": wish});
        send(
            &self.boss,
            "PUT",
            &format!("/api/v1/parties/{party}/preferences"),
            &body,
            status,
        )
        .await
    }
    async fn agree(&self, party: i64) -> i64 {
        let body = json!({"party_id": party, "purpose": "promotion", "given_on": "2026-06-01", "source": "paper", "proof": "signed form"});
        send(&self.boss, "POST", "/api/v1/consents", &body, 201).await["id"]
            .as_i64()
            .unwrap()
    }
}

async fn ask(client: &Client, party: i64, more: Json) -> Json {
    let mut body = json!({"party": party, "class": "service", "channel": "phone"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    send(client, "POST", "/api/v1/gate/ask", &body, 200).await
}

fn rule(answer: &Json) -> &str {
    answer["reasons"][0]["rule"].as_str().unwrap_or("")
}

#[tokio::test]
async fn the_gate_answers_by_wish_and_says_why_in_both_languages() {
    let h = House::open().await;
    assert_eq!(h.ask(json!({})).await["verdict"], "allowed");
    let night = h.ask(json!({"at": "2026-06-30T14:00:00Z"})).await;
    assert_eq!(night["verdict"], "later");
    assert_eq!(night["at"], "2026-07-01T01:00:00Z");
    assert_eq!(rule(&night), "gate-hours-house");
    let sale = h
        .ask(json!({"class": "promotion", "channel": "email", "topic": "news"}))
        .await;
    assert_eq!(
        (sale["verdict"].as_str(), rule(&sale)),
        (Some("withheld"), "gate-no-consent")
    );
    h.agree(h.party).await;
    assert_eq!(
        h.ask(json!({"class": "promotion", "channel": "email"})).await["verdict"],
        "allowed"
    );
    // Thursdays from two to four, no text messages, mail for bills.
    let wish = json!({
        "hours": [{"days": 8, "from": 840, "to": 960}],
        "channels": [{"channel": "phone", "allow": "all"}, {"channel": "email", "allow": {"only": ["contract"]}}, {"channel": "sms", "allow": "no"}],
        "caps": [{"most": 2, "per": "month"}], "wanted": ["tips"], "zone": "Asia/Shanghai", "level": "manager"
    });
    let now = h.wish(h.party, 0, "customer", wish, 200).await;
    assert_eq!(now["version"], 1);
    assert_eq!(now["effective"]["hours"]["by"], "customer");
    let call = h.ask(json!({})).await;
    assert_eq!(
        (&call["verdict"], &call["at"]),
        (&json!("later"), &json!("2026-07-02T06:00:00Z"))
    );
    assert!(
        call["reasons"][0]["text"].as_str().unwrap().contains("Thu 14:00–16:00"),
        "{call}"
    );
    let zh = ask(&h.boss.speaking("zh-CN"), h.party, json!({})).await;
    assert!(
        zh["reasons"][0]["text"].as_str().unwrap().contains("周四 14:00–16:00"),
        "{zh}"
    );
    let text = h.ask(json!({"channel": "sms", "at": "2026-07-02T06:30:00Z"})).await;
    assert_eq!(
        (&text["verdict"], &text["channel"]),
        (&json!("elsewhere"), &json!("phone"))
    );
    assert_eq!(rule(&text), "gate-channel-closed");
    let stays = h.ask(json!({"channel": "sms", "may_change": false})).await;
    assert_eq!(stays["verdict"], "withheld");
    let news = h
        .ask(json!({"class": "promotion", "channel": "phone", "topic": "news"}))
        .await;
    assert_eq!(rule(&news), "gate-topic-other");
    // Safety passes at once when it may not wait.
    let recall = h.ask(json!({"class": "safety", "may_wait": false})).await;
    assert_eq!(recall["verdict"], "allowed");
    let wrong = send(
        &h.boss,
        "POST",
        "/api/v1/gate/ask",
        &json!({"party": h.party, "class": "love", "channel": "phone"}),
        422,
    )
    .await;
    assert_eq!(wrong["errors"][0]["field"], "class");
    send(
        &h.boss,
        "POST",
        "/api/v1/gate/ask",
        &json!({"party": 999_999, "class": "law", "channel": "phone"}),
        404,
    )
    .await;
    h.app.stop().await;
}

#[tokio::test]
async fn wishes_are_stated_with_proof_and_an_inference_overrules_nobody() {
    let h = House::open().await;
    let path = format!("/api/v1/parties/{}/preferences", h.party);
    let body = json!({"version": 0, "by": "employee", "wish": {"language": "en"}});
    let wrong = send(&h.boss, "PUT", &path, &body, 422).await;
    assert_eq!(wrong["errors"][0]["field"], "proof", "{wrong}");
    h.wish(h.party, 0, "inferred", json!({"language": "en", "level": "self"}), 200)
        .await;
    h.wish(h.party, 1, "employee", json!({"language": "zh-CN"}), 200).await;
    let wrong = h.wish(h.party, 2, "inferred", json!({"language": "en"}), 422).await;
    assert_eq!(wrong["errors"][0]["code"], "error-wish-overruled", "{wrong}");
    let wrong = h.wish(h.party, 2, "import", json!({"language": null}), 422).await;
    assert_eq!(wrong["errors"][0]["field"], "language");
    h.wish(h.party, 1, "customer", json!({"language": "en"}), 409).await;
    let now = h.wish(h.party, 2, "customer", json!({"language": "en"}), 200).await;
    assert_eq!(now["effective"]["language"]["by"], "customer");
    // What is wrong is named by its field.
    for (wish, field) in [
        (json!({"hours": [{"days": 0, "from": 60, "to": 120}]}), "hours"),
        (json!({"zone": "Mars/Base"}), "zone"),
        (json!({"wanted": ["nothing_known"]}), "wanted"),
        (
            json!({"pauses": [{"from": "2026-07-02", "until": "2026-07-01"}]}),
            "pauses",
        ),
        (
            json!({"channels": [{"channel": "email", "allow": "all", "address": "no address"}]}),
            "address_email",
        ),
    ] {
        let wrong = h.wish(h.party, 3, "customer", wish, 422).await;
        assert_eq!(wrong["errors"][0]["field"], field, "{wrong}");
    }
    // Every change is kept, from what to what.
    let sql = "SELECT changes, note FROM event WHERE kind = 'preference.changed.v1' ORDER BY id";
    let all = h.app.ctx().db().all(sql, vec![]).await.unwrap();
    assert_eq!(all.len(), 3);
    let last: Json = serde_json::from_str(&all[2].text(0).unwrap()).unwrap();
    assert_eq!(last["language"], json!(["zh-CN", "en"]));
    h.app.stop().await;
}

#[tokio::test]
async fn a_person_has_the_wishes_of_the_house_it_works_for() {
    let h = House::open().await;
    let person = h
        .app
        .make(
            "party",
            &[
                ("name", "沈月".into()),
                ("kind", "person".into()),
                ("phone", "13900005678".into()),
            ],
        )
        .await;
    h.app
        .make(
            "relation",
            &[
                ("from_id", h.party.into()),
                ("to_id", person.into()),
                ("kind", "employs".into()),
            ],
        )
        .await;
    h.wish(
        h.party,
        0,
        "customer",
        json!({"hours": [{"days": 1, "from": 540, "to": 600}], "language": "en"}),
        200,
    )
    .await;
    let call = ask(&h.boss, person, json!({})).await;
    assert_eq!(call["at"], "2026-07-06T01:00:00Z");
    // Of one's own, part by part.
    let now = h
        .wish(
            person,
            0,
            "customer",
            json!({"hours": [{"days": 127, "from": 0, "to": 1440}]}),
            200,
        )
        .await;
    assert_eq!(now["effective"]["language"]["value"], "en");
    assert_eq!(now["inherits_from"], h.party);
    assert_eq!(ask(&h.boss, person, json!({})).await["verdict"], "allowed");
    // A consent is one's own, a withdrawal of the organisation's holds for its people.
    let sale = json!({"class": "promotion", "channel": "phone"});
    let consent = h.agree(h.party).await;
    assert_eq!(rule(&ask(&h.boss, person, sale.clone()).await), "gate-no-consent");
    h.agree(person).await;
    assert_eq!(ask(&h.boss, person, sale.clone()).await["verdict"], "allowed");
    let path = format!("/api/v1/consents/{consent}");
    let body = json!({"withdrawn_on": "2026-06-29", "withdrawn_how": "letter"});
    h.boss
        .api("PATCH", &path, Some(&body), &[("if-match", "\"v1\"")])
        .await
        .expect(200);
    assert_eq!(rule(&ask(&h.boss, person, sale).await), "gate-consent-withdrawn");
    // What was withdrawn stays withdrawn.
    let back = json!({"withdrawn_on": null});
    h.boss
        .api("PATCH", &path, Some(&back), &[("if-match", "\"v2\"")])
        .await
        .expect(422);
    h.boss
        .api("DELETE", &path, None, &[("if-match", "\"v2\"")])
        .await
        .expect(409);
    h.app.stop().await;
}

#[tokio::test]
async fn a_closed_address_is_closed_everywhere_and_outlives_a_merge() {
    let h = House::open().await;
    let twin = h
        .app
        .make(
            "party",
            &[
                ("name", "青禾乳业（苏州）".into()),
                ("phone", "+86 138-0000-1234".into()),
            ],
        )
        .await;
    for party in [h.party, twin] {
        h.agree(party).await;
    }
    let body = json!({"channel": "sms", "address": "13800001234", "scope": "promotion", "source": "message", "party_id": h.party});
    send(&h.boss, "POST", "/api/v1/opt-outs", &body, 201).await;
    let sale = json!({"class": "promotion", "channel": "sms", "may_change": false});
    assert_eq!(rule(&ask(&h.boss, twin, sale.clone()).await), "gate-address-closed");
    // The stricter of two wins when they become one, and undoing brings both back.
    h.wish(
        h.party,
        0,
        "customer",
        json!({"channels": [{"channel": "email", "allow": "all"}, {"channel": "phone", "allow": "all"}]}),
        200,
    )
    .await;
    h.wish(
        twin,
        0,
        "customer",
        json!({"channels": [{"channel": "phone", "allow": "no"}], "unwanted": ["offers"]}),
        200,
    )
    .await;
    h.app.advance_seconds(60);
    let call = json!({"class": "service", "channel": "phone", "may_change": false});
    assert_eq!(h.ask(call.clone()).await["verdict"], "allowed");
    let body = json!({"other": twin, "version": 1, "other_version": 1});
    let merged = send(
        &h.boss,
        "POST",
        &format!("/api/v1/parties/{}/merge", h.party),
        &body,
        200,
    )
    .await;
    assert_eq!(rule(&h.ask(call.clone()).await), "gate-channel-closed");
    let kept = send(
        &h.boss,
        "GET",
        &format!("/api/v1/parties/{}/preferences", h.party),
        &Json::Null,
        200,
    )
    .await;
    assert_eq!(kept["effective"]["unwanted"]["value"], json!(["offers"]));
    assert_eq!(rule(&h.ask(sale).await), "gate-channel-unnamed");
    // Stated anew since, it counts alone.
    h.app.advance_seconds(60);
    h.wish(
        h.party,
        1,
        "customer",
        json!({"channels": [{"channel": "phone", "allow": "all"}]}),
        200,
    )
    .await;
    assert_eq!(h.ask(call.clone()).await["verdict"], "allowed");
    let merge = merged["id"].as_i64().unwrap();
    send(
        &h.boss,
        "POST",
        &format!("/api/v1/merges/{merge}/undo"),
        &json!({}),
        200,
    )
    .await;
    assert_eq!(rule(&ask(&h.boss, twin, call.clone()).await), "gate-channel-closed");
    assert_eq!(h.ask(call).await["verdict"], "allowed");
    h.app.stop().await;
}

#[tokio::test]
async fn the_record_shows_the_strip_and_the_form_loses_nothing() {
    let h = House::open().await;
    let (en, zh) = (h.app.login("boss").await, h.app.login_zh("boss").await);
    let path = format!("/parties/{}", h.party);
    let page = en.get(&path).await.expect(200).body;
    assert!(
        page.contains("May be called now") && page.contains("closes in 8 h 0 min"),
        "{page}"
    );
    let page = zh.get(&path).await.expect(200).body;
    assert!(
        page.contains("现在可以打电话") && page.contains("8 小时 0 分后关闭"),
        "{page}"
    );
    let form = format!("/party/{}/wishes", h.party);
    en.get(&form).await.expect(200);
    let mut fields = vec![
        ("version", "0"),
        ("ch_phone", "all"),
        ("rank_phone", "1"),
        ("ch_sms", "no"),
        ("rank_sms", "2"),
        ("w0_day", "1"),
        ("w0_day", "3"),
        ("w0_from", "14:00"),
        ("w0_to", "25:00"),
        ("t_tips", "yes"),
        ("c0_most", "2"),
        ("c0_per", "month"),
        ("level", "manager"),
        ("zone", ""),
        ("language", ""),
        ("places", "at our plant"),
        ("interests", ""),
        ("proof", ""),
    ];
    let back = en.post(&form, &fields).await.expect(422).body;
    assert!(
        back.contains("Name at least one day") && back.contains("value=\"25:00\"") && back.contains("at our plant"),
        "{back}"
    );
    fields.retain(|f| f.0 != "w0_to");
    fields.push(("w0_to", "16:00"));
    let back = en.post(&form, &fields).await.expect(422).body;
    assert!(back.contains("Say on what evidence"), "{back}");
    fields.retain(|f| f.0 != "proof");
    fields.push(("proof", "told Lin Shan on the phone"));
    en.post(&form, &fields).await.expect(303);
    en.post(&form, &fields).await.expect(409);
    let page = zh.get(&path).await.expect(200).body;
    assert!(
        page.contains("周二、周四 14:00–16:00") && page.contains("现在不要打电话") && page.contains("专属经理"),
        "{page}"
    );
    let tab = en.get(&format!("{path}/wishes")).await.expect(200).body;
    assert!(
        tab.contains("told Lin Shan on the phone") && tab.contains("Tue, Thu 14:00–16:00"),
        "{tab}"
    );
    // Calling by hand goes through the same gate, and says when.
    let no = en
        .post(
            &format!("/party/{}/contact", h.party),
            &[("channel", "phone"), ("class", "promotion")],
        )
        .await;
    assert_eq!(no.status, 409);
    let no = en
        .post(
            &format!("/party/{}/contact", h.party),
            &[("channel", "phone"), ("class", "service")],
        )
        .await
        .expect(409)
        .body;
    assert!(no.contains("2026-06-30 14:00"), "{no}");
    let yes = [
        ("channel", "phone"),
        ("class", "service"),
        ("why", "the pump stands still"),
    ];
    let yes = en
        .post(&format!("/party/{}/contact", h.party), &yes)
        .await
        .expect(200)
        .body;
    assert!(yes.contains("tel:13800001234"), "{yes}");
    let sent = "SELECT count(*) FROM consent_sent WHERE party_id = $1";
    assert_eq!(h.app.ctx().db().number(sent, binds![h.party]).await.unwrap(), 1);
    h.app.stop().await;
}

#[tokio::test]
async fn the_customer_decides_on_the_own_page_without_signing_in() {
    let h = House::open().await;
    let path = format!("/api/v1/parties/{}/preferences/link", h.party);
    let link = send(&h.boss, "POST", &path, &json!({}), 201).await["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let nobody = h.app.anonymous();
    let page = nobody.get(&link).await.expect(200).body;
    assert!(
        page.contains("How may we contact you?") && !page.contains("13800001234"),
        "{page}"
    );
    let page = h
        .app
        .anonymous()
        .get(&format!("{link}?lang=zh-CN"))
        .await
        .expect(200)
        .body;
    assert!(page.contains("您希望我们如何联系您？"), "{page}");
    let wish = [
        ("version", "0"),
        ("consent", "yes"),
        ("ch_email", "all"),
        ("rank_email", "1"),
        ("ch_sms", "no"),
        ("rank_sms", ""),
        ("t_news", "yes"),
        ("t_offers", "no"),
        ("c0_most", "1"),
        ("c0_per", "week"),
    ];
    let page = nobody.post(&link, &wish).await.expect(200).body;
    assert!(page.contains("Saved. This holds from now on."), "{page}");
    let sale = json!({"class": "promotion", "channel": "email", "topic": "news"});
    assert_eq!(h.ask(sale.clone()).await["verdict"], "allowed");
    // Another page that was open meanwhile loses nothing of it.
    let page = nobody.post(&link, &wish).await.expect(409).body;
    assert!(page.contains("changed in the meantime"), "{page}");
    let no = [
        ("version", "1"),
        ("consent", "no"),
        ("ch_email", "all"),
        ("ch_sms", "no"),
        ("t_news", "yes"),
    ];
    nobody.post(&link, &no).await.expect(200);
    assert_eq!(rule(&h.ask(sale).await), "gate-consent-withdrawn");
    // A forged address opens nothing; one that was ended neither.
    // One sign of the seal is another one.
    let forged: String = link
        .char_indices()
        .map(|(i, c)| {
            if i == 12 && c == 'B' {
                'C'
            } else if i == 12 {
                'B'
            } else {
                c
            }
        })
        .collect();
    nobody.get(&forged).await.expect(404);
    let en = h.app.login("boss").await;
    en.post(&format!("/party/{}/wishes/link", h.party), &[("what", "end")])
        .await
        .expect(303);
    nobody.get(&link).await.expect(410);
    h.app.stop().await;
}

#[tokio::test]
async fn the_simulation_counts_what_would_be_held() {
    let h = House::open().await;
    h.agree(h.party).await;
    for i in 0..5 {
        h.app
            .make(
                "party",
                &[
                    ("name", format!("Customer {i}").into()),
                    ("email", format!("c{i}@example.com").into()),
                ],
            )
            .await;
    }
    let body = json!({"class": "promotion", "topic": "news", "channel": "email", "at": "2026-07-01T01:00:00Z"});
    let found = send(&h.boss, "POST", "/api/v1/gate/simulate", &body, 200).await;
    assert_eq!(found["customers"], 6);
    let count = |verdict: &str| {
        let all = found["groups"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|g| g["verdict"] == verdict);
        all.map(|g| g["count"].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((count("allowed"), count("withheld")), (1, 5), "{found}");
    let zh = h.app.login_zh("boss").await;
    let page = zh.get("/gate/simulate?class=promotion&channel=email&topic=news&at=2026-07-01T09:00&wait=1&verdict=withheld&rule=gate-no-consent").await;
    let page = page.expect(200).body;
    assert!(
        page.contains("没有接收推广的同意") && page.contains("Customer 3"),
        "{page}"
    );
    zh.get("/gate/simulate?class=promotion&channel=email&at=soon")
        .await
        .expect(422);
    // Nothing was stored or counted.
    let sql = "SELECT (SELECT count(*) FROM consent_decision) + (SELECT count(*) FROM consent_sent)";
    assert_eq!(h.app.ctx().db().number(sql, vec![]).await.unwrap(), 0);
    h.app.stop().await;
}

#[tokio::test]
async fn the_house_sets_its_manners() {
    let h = House::open().await;
    let mut m = send(&h.boss, "GET", "/api/v1/gate/manners", &Json::Null, 200).await;
    m["hours"] = json!([{"days": 127, "from": 1200, "to": 1260}]);
    m["holidays"] = json!(["2026-06-30"]);
    let m = send(&h.boss, "PUT", "/api/v1/gate/manners", &m, 200).await;
    assert_eq!(m["version"], 1);
    assert_eq!(h.ask(json!({})).await["at"], "2026-07-01T12:00:00Z");
    let mut old = m.clone();
    old["version"] = json!(0);
    send(&h.boss, "PUT", "/api/v1/gate/manners", &old, 409).await;
    old["version"] = json!(1);
    old["alarm_days"] = json!(0);
    send(&h.boss, "PUT", "/api/v1/gate/manners", &old, 422).await;
    h.app.user("rep", "salesperson").await;
    let rep = h.app.login("rep").await;
    rep.get("/settings/gate").await.expect(403);
    let boss = h.app.login("boss").await;
    let page = boss.get("/settings/gate").await.expect(200).body;
    assert!(page.contains("20:00") && page.contains("2026-06-30"), "{page}");
    let form = [
        ("version", "1"),
        ("w0_day", "0"),
        ("w0_from", "08:00"),
        ("w0_to", "12:00"),
        ("c0_most", "3"),
        ("c0_per", "week"),
        ("holidays", "tomorrow"),
        ("alarm_days", "2"),
        ("address", ""),
    ];
    let page = boss.post("/settings/gate", &form).await.expect(422).body;
    assert!(page.contains("No day: tomorrow"), "{page}");
    h.app.stop().await;
}
