//! The portal: coming in by link and by password, seeing what is one's own and nothing else, writing and being answered.

use serde_json::json;
use zhike_store::Query;
use zhike_testkit::{Client, TestApp};

const SITE: &str = "https://crm.example.com";

struct House {
    app: TestApp,
    boss: Client,
    party: i64,
    other: i64,
}

async fn house() -> House {
    let app = TestApp::boot().await;
    app.user("boss", "administrator").await;
    let boss = app.login("boss").await;
    let api = app.token(app.user("root", "administrator").await, false).await;
    let s = api.get("/api/v1/service/settings").await.expect(200).json();
    let body = json!({"version": s["version"], "address": SITE, "form": true});
    api.api("PUT", "/api/v1/service/settings", Some(&body), &[])
        .await
        .expect(200);
    let party = app.make("party", &[("name", "Nordlicht".into())]).await;
    let other = app.make("party", &[("name", "Südwind".into())]).await;
    House {
        app,
        boss,
        party,
        other,
    }
}

impl House {
    async fn number(&self, sql: &str) -> i64 {
        self.app.app.house.db.number(sql, vec![]).await.unwrap()
    }
    async fn invite(&self, party: i64, name: &str, email: &str) -> i64 {
        let api = self.app.token(1, false).await;
        let body = json!({"party_id": party, "name": name, "email": email, "language": "en"});
        let made = api.api("POST", "/api/v1/portal-accounts", Some(&body), &[]).await;
        made.expect(201).json()["id"].as_i64().unwrap()
    }
    /// The link in the newest message to the portal's people.
    async fn link(&self) -> String {
        let sql = "SELECT body FROM consent_message WHERE record_type = 'portal_account' ORDER BY id DESC LIMIT 1";
        let row = self.app.app.house.db.one(sql, vec![]).await.unwrap().unwrap();
        let body = row.text(0).unwrap();
        let rest = body.split(SITE).nth(1).unwrap_or_else(|| panic!("{body}"));
        rest.split_whitespace().next().unwrap().to_owned()
    }
    async fn inside(&self, party: i64, email: &str) -> Client {
        self.invite(party, "Ann", email).await;
        let ann = self.app.anonymous();
        ann.post(&self.link().await, &[("password", "regen auf dem dach")])
            .await
            .expect(303);
        ann
    }
}

#[tokio::test]
async fn an_invitation_opens_once_and_a_password_brings_back() {
    let h = house().await;
    let id = h.invite(h.party, "Ann", " Ann@Nordlicht.example ").await;
    let link = h.link().await;
    let ann = h.app.anonymous();
    assert_eq!(
        ann.get("/portal").await.expect(303).location(),
        "/portal/sign-in?next=/portal"
    );
    // Programs that look at the links of letters change nothing.
    for _ in 0..3 {
        assert!(ann.get(&link).await.expect(200).body.contains("Welcome"));
    }
    let weak = ann.post(&link, &[("password", "kurz")]).await.expect(422);
    assert!(weak.body.contains("aria-invalid"), "{}", weak.body);
    ann.post(&link, &[("password", "regen auf dem dach")]).await.expect(303);
    let home = ann.get("/portal").await.expect(200).body;
    assert!(home.contains("Here is what we have with Nordlicht."), "{home}");
    assert!(
        h.app
            .anonymous()
            .get(&link)
            .await
            .expect(410)
            .body
            .contains("used or is too old")
    );
    h.app.anonymous().post(&link, &[]).await.expect(410);
    // Out, and back with the password; a wrong one is refused, too many too.
    ann.post("/portal/sign-out", &[]).await.expect(303);
    ann.get("/portal").await.expect(303);
    let enter = async |who: &Client, word: &str| {
        let form = [
            ("email", "ann@nordlicht.example"),
            ("password", word),
            ("next", "/portal/orders"),
        ];
        who.post("/portal/sign-in", &form).await
    };
    enter(&ann, "falsch falsch falsch").await.expect(422);
    assert_eq!(
        enter(&ann, "regen auf dem dach").await.expect(303).location(),
        "/portal/orders"
    );
    let stranger = h.app.anonymous();
    for _ in 0..8 {
        enter(&stranger, "falsch falsch falsch").await.expect(422);
    }
    assert!(
        enter(&stranger, "regen auf dem dach")
            .await
            .expect(429)
            .body
            .contains("name=\"email\"")
    );
    // A new password ends the other sessions; the house can close the access at once.
    let form = [("old", "regen auf dem dach"), ("password", "schnee auf dem dach")];
    ann.post(
        "/portal/account/password",
        &[("old", "x"), ("password", "schnee auf dem dach")],
    )
    .await
    .expect(422);
    ann.post("/portal/account/password", &form).await.expect(303);
    ann.get("/portal/account").await.expect(200);
    let record = h.boss.get(&format!("/portal-accounts/{id}")).await.expect(200).body;
    assert!(
        record.contains("Has signed in") && record.contains("Signed in on one device"),
        "{record}"
    );
    let version = h
        .number(&format!("SELECT version FROM portal_account WHERE id = {id}"))
        .await;
    let api = h.app.token(1, false).await;
    api.api(
        "DELETE",
        &format!("/api/v1/portal-accounts/{id}"),
        None,
        &[("if-match", &format!("\"v{version}\""))],
    )
    .await
    .expect(200);
    ann.get("/portal").await.expect(303);
    h.app.advance_seconds(1_000);
    enter(&ann, "schnee auf dem dach").await.expect(422);
    h.app.stop().await;
}

#[tokio::test]
async fn a_link_that_was_asked_for_opens_only_where_it_was_asked() {
    let h = house().await;
    h.invite(h.party, "Ann", "ann@nordlicht.example").await;
    let before = h.number("SELECT count(*) FROM consent_message").await;
    let ann = h.app.anonymous();
    let ask = async |who: &Client, email: &str| who.post("/portal/link", &[("email", email)]).await.expect(200).body;
    // Nobody learns which addresses there are.
    let unknown = ask(&ann, "nobody@nordlicht.example").await;
    assert!(unknown.contains("If nobody@nordlicht.example has an account"));
    assert_eq!(h.number("SELECT count(*) FROM consent_message").await, before);
    ask(&ann, "ann@nordlicht.example").await;
    let link = h.link().await;
    // Whoever reads the letter, or the queue of messages inside the house, does not get in with it.
    let reader = h.app.anonymous();
    assert!(
        reader
            .get(&link)
            .await
            .expect(410)
            .body
            .contains("in the browser in which you asked")
    );
    reader.post(&link, &[]).await.expect(410);
    h.boss.post(&link, &[]).await.expect(410);
    ann.post(&link, &[]).await.expect(303);
    ann.get("/portal").await.expect(200);
    // A newer one ends the one before; it is over after half an hour.
    ask(&reader, "ann@nordlicht.example").await;
    let first = h.link().await;
    ask(&reader, "ann@nordlicht.example").await;
    let second = h.link().await;
    assert_ne!(first, second);
    reader.get(&first).await.expect(410);
    reader.get(&second).await.expect(200);
    h.app.advance_seconds(31 * 60);
    reader.get(&second).await.expect(410);
    // A letter to sign in with goes whatever the customer refused: they just asked for it.
    assert_eq!(
        h.number("SELECT count(*) FROM consent_message WHERE class = 'contract' AND status IN ('withheld', 'held')")
            .await,
        0
    );
    // Elsewhere after signing in only the portal follows.
    let out = ann.get("/portal/sign-in?next=//evil.example").await.expect(303);
    assert_eq!(out.location(), "/portal");
    h.app.stop().await;
}

#[tokio::test]
async fn a_guest_sees_their_own_and_nothing_else() {
    let h = house().await;
    let ann = h.inside(h.party, "ann@nordlicht.example").await;
    let api = h.app.token(1, false).await;
    let send = async |path: &str, body: serde_json::Value| -> i64 {
        let made = api.api("POST", path, Some(&body), &[]).await.expect(201).json();
        made["id"].as_i64().unwrap()
    };
    let mut invoices = vec![];
    let mut cases = vec![];
    for (party, mark) in [(h.party, "OURS"), (h.other, "THEIRS")] {
        let invoice = json!({"party_id": party, "issued_on": "2026-05-01", "due_on": "2026-06-01", "total": "100.00", "number": format!("I-{mark}")});
        invoices.push(send("/api/v1/invoices", invoice).await);
        let case =
            json!({"party_id": party, "kind": "complaint", "channel": "phone", "subject": format!("Case {mark}")});
        cases.push(send("/api/v1/cases", case).await);
        let lines = json!([{"description": "Pump", "quantity": "1", "unit_price": "10"}]);
        let order = json!({"party_id": party, "ordered_on": "2026-05-01", "number": format!("S-{mark}"), "status": "confirmed", "lines": lines});
        send("/api/v1/orders", order).await;
    }
    for page in ["orders", "invoices", "cases", "quotes", "wishes", "messages", "account"] {
        for lang in ["en", "zh-CN"] {
            let body = ann
                .speaking(lang)
                .get(&format!("/portal/{page}"))
                .await
                .expect(200)
                .body;
            assert!(!body.contains("THEIRS"), "{page}: {body}");
            if matches!(page, "orders" | "invoices" | "cases") {
                assert!(body.contains("OURS"), "{page}: {body}");
            }
        }
    }
    assert!(
        ann.get("/portal")
            .await
            .expect(200)
            .body
            .contains("One invoice is overdue")
    );
    // What is another's is not there; what is the house's is not open.
    ann.get(&format!("/portal/cases/{}", cases[1])).await.expect(404);
    ann.post(&format!("/portal/invoices/{}/pay", invoices[1]), &[])
        .await
        .expect(404);
    for path in ["/parties", "/orders", "/inbox", "/portal-accounts", "/settings/orders"] {
        let reply = ann.get(path).await.expect(303);
        assert!(reply.location().starts_with("/sign-in"), "{path}");
    }
    assert_eq!(ann.get("/api/v1/parties").await.status, 401);
    ann.get("/portal/none-such").await.expect(404);
    // What is their own leads to their pages.
    let pay = ann
        .post(&format!("/portal/invoices/{}/pay", invoices[0]), &[])
        .await
        .expect(303);
    assert!(ann.get(pay.location()).await.expect(200).body.contains("I-OURS"));
    let case = ann.get(&format!("/portal/cases/{}", cases[0])).await.expect(303);
    assert!(ann.get(case.location()).await.expect(200).body.contains("Case OURS"));
    let wishes = ann.post("/portal/wishes/open", &[]).await.expect(303);
    ann.get(wishes.location()).await.expect(200);
    // A new complaint is theirs, about an order of theirs.
    let form = |order: &str| {
        [
            ("kind", "complaint".to_owned()),
            ("subject", "It leaks".to_owned()),
            ("description", "Since Monday.".to_owned()),
            ("order_id", order.to_owned()),
        ]
    };
    let orders: Vec<String> = [h.party, h.other]
        .map(|p| format!("SELECT id FROM order_order WHERE party_id = {p}"))
        .to_vec();
    let (own, foreign) = (h.number(&orders[0]).await, h.number(&orders[1]).await);
    let of = |f: &[(&'static str, String); 4]| f.clone();
    let send = async |f: [(&'static str, String); 4]| {
        let pairs: Vec<(&str, &str)> = f.iter().map(|(k, v)| (*k, v.as_str())).collect();
        ann.post("/portal/complain", &pairs).await
    };
    send(of(&form(&foreign.to_string()))).await.expect(422);
    let empty = ann
        .post("/portal/complain", &[("subject", ""), ("description", "kept words")])
        .await;
    assert!(empty.expect(422).body.contains("kept words"));
    let made = send(of(&form(&own.to_string()))).await.expect(303);
    assert!(ann.get(made.location()).await.expect(200).body.contains("It leaks"));
    let sql = format!(
        "SELECT count(*) FROM service_case WHERE party_id = {} AND order_id = {own} AND channel = 'portal'",
        h.party
    );
    assert_eq!(h.number(&sql).await, 1);
    h.app.stop().await;
}

#[tokio::test]
async fn what_a_guest_writes_comes_into_the_inbox_and_is_answered_there() {
    let h = house().await;
    let ann = h.inside(h.party, "ann@nordlicht.example").await;
    let bob = h.inside(h.other, "bob@suedwind.example").await;
    let lost = ann
        .post("/portal/messages", &[("subject", ""), ("body", "kept words")])
        .await
        .expect(422);
    assert!(lost.body.contains("kept words"));
    ann.post(
        "/portal/messages",
        &[("subject", "When does it come?"), ("body", "<b>Order 7</b>")],
    )
    .await
    .expect(303);
    let api = h.app.token(1, false).await;
    let inbox = api.get("/api/v1/inbox?view=unanswered").await.expect(200).json();
    let talk = &inbox["data"][0];
    assert_eq!(
        (&talk["channel"], &talk["party_id"]),
        (&json!("portal"), &json!(h.party)),
        "{inbox}"
    );
    let thread = talk["id"].as_i64().unwrap();
    let path = format!("/portal/messages/{thread}");
    let shown = ann.get(&path).await.expect(200).body;
    assert!(shown.contains("&lt;b&gt;Order 7&lt;/b&gt;"), "{shown}");
    bob.get(&path).await.expect(404);
    bob.post(&path, &[("body", "me too")]).await.expect(404);
    // The house answers in the portal; the guest hears by mail that something lies there, and nothing of what it is.
    h.app.advance_seconds(60);
    let ctx = h.app.ctx();
    let tx = ctx.begin().await.unwrap();
    let message = zhike_contract::outbound::Message {
        ask: zhike_contract::gate::Ask {
            party: h.party,
            class: zhike_contract::gate::Class::Service,
            topic: String::new(),
            channel: zhike_contract::Channel::Portal,
            address: None,
            at: tx.at,
            may_change: false,
            may_wait: true,
            agreed: true,
        },
        subject: "When does it come?".into(),
        body: "On Friday.".into(),
        record: Some(("conversation", thread)),
        key: None,
    };
    zhike_consent::outbound().send(&ctx, &tx, &message).await.unwrap();
    tx.commit().await.unwrap();
    h.app.run_jobs().await;
    let list = ann.get("/portal").await.expect(200).body;
    assert!(list.contains(">new<"), "{list}");
    // A link switches the language and it stays.
    assert!(
        ann.get("/portal?lang=zh-CN")
            .await
            .expect(200)
            .body
            .contains("客户门户")
    );
    assert!(ann.get("/portal").await.expect(200).body.contains("客户门户"));
    ann.get("/portal?lang=en").await.expect(200);
    assert!(ann.get(&path).await.expect(200).body.contains("On Friday."));
    assert!(!ann.get("/portal/messages").await.expect(200).body.contains(">new<"));
    let sql = "SELECT count(*) FROM consent_message WHERE record_type = 'portal_account' AND body LIKE '%/portal/messages%' AND body NOT LIKE '%Friday%'";
    assert_eq!(h.number(sql).await, 1);
    // It is one conversation, and it is our turn again when the guest answers.
    ann.post(&path, &[("body", "Thank you!")]).await.expect(303);
    let talk = api
        .get(&format!("/api/v1/conversations/{thread}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&talk["contacts"], &talk["state"]),
        (&json!(3), &json!("open")),
        "{talk}"
    );
    assert_eq!(h.number("SELECT count(*) FROM inbox_conversation").await, 1);
    // Notes of the house about a call are not for the guest.
    let note = json!({"party_id": h.party, "channel": "phone", "direction": "out", "subject": "inside", "body": "SECRET", "conversation_id": thread});
    let _ = api.api("POST", "/api/v1/interactions", Some(&note), &[]).await;
    assert!(!ann.get(&path).await.expect(200).body.contains("SECRET"));
    h.app.stop().await;
}
