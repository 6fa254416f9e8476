//! Visits to our own sites: only of people who agreed, on sites that are named, and forgotten when the yes is taken back.

use serde_json::{Value as Json, json};
use zhike_store::Query;
use zhike_testkit::{Client, Reply, TestApp};

const SITE: &str = "https://www.example.com";
const VISITOR: &str = "00112233445566778899aabbccddeeff";

struct Site {
    app: TestApp,
    api: Client,
    token: String,
    path: String,
}

impl Site {
    async fn open(visits: bool) -> Site {
        let app = TestApp::boot().await;
        let user = app.user("boss", "administrator").await;
        let api = app.token(user, false).await;
        let body = json!({"name": "官网", "sites": format!("{SITE} https://*.example.org"), "visits": visits,
            "visit_words": "可以记录浏览吗？", "visit_words_latin": "May we?"});
        let made = api
            .api("POST", "/api/v1/message-boxes", Some(&body), &[])
            .await
            .expect(201)
            .json();
        let token = made["token"].as_str().unwrap().to_owned();
        Site {
            app,
            api,
            path: format!("/api/v1/web-visits/{token}"),
            token,
        }
    }
    async fn tell(&self, origin: &str, body: &Json) -> Reply {
        let head = [("origin", origin)];
        self.app.anonymous().api("POST", &self.path, Some(body), &head).await
    }
    async fn count(&self, sql: &str) -> i64 {
        self.app.ctx().db().number(sql, vec![]).await.unwrap()
    }
    async fn seen(&self, party: i64) -> Vec<Json> {
        let path = format!("/api/v1/parties/{party}/web-visits");
        self.api.get(&path).await.expect(200).json()["data"]
            .as_array()
            .unwrap()
            .clone()
    }
    /// Writes by the message box, as the page of the box with this visitor does.
    async fn write(&self, email: &str) {
        let path = format!("/m/{}?visitor={VISITOR}", self.token);
        let page = self.app.anonymous().get(&path).await.expect(200).body;
        let hidden = |name: &str| {
            let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            at.split('"').next().unwrap().to_owned()
        };
        assert_eq!(hidden("visitor"), VISITOR);
        self.app.advance_seconds(5);
        let opened = hidden("opened");
        let form = [
            ("opened", opened.as_str()),
            ("visitor", VISITOR),
            ("name", "吴琳"),
            ("email", email),
            ("body", "有现货吗？"),
            ("agreed", "1"),
        ];
        self.app
            .anonymous()
            .post(&format!("/m/{}", self.token), &form)
            .await
            .expect(200);
    }
}

fn page(path: &str, title: &str) -> Json {
    json!({"visitor": VISITOR, "path": path, "title": title, "referrer": "https://search.example/?q=secret", "language": "en"})
}

#[tokio::test]
async fn a_visitor_who_agreed_becomes_the_customer_and_can_be_forgotten() {
    let s = Site::open(true).await;
    let party = [("name", "吴记".into()), ("email", "wu@example.com".into())];
    let party = s.app.make("party", &party).await;
    // The script asks in the visitor's language before it sends anything.
    let script = s.app.anonymous().get("/embed/visits.js").await.expect(200);
    assert!(script.body.contains("globalPrivacyControl") && script.header("set-cookie").is_none());
    let words = s
        .app
        .anonymous()
        .get(&format!("/embed/visits/{}?lang=en", s.token))
        .await
        .expect(200);
    assert_eq!(words.header("access-control-allow-origin"), Some("*"));
    assert_eq!(words.json()["words"], "May we?");

    s.tell(SITE, &page("/pumps?session=secret#top", "Pumps"))
        .await
        .expect(204);
    s.tell("https://shop.example.org", &page("/valves", "Valves"))
        .await
        .expect(204);
    assert_eq!(s.count("SELECT count(*) FROM shop_visitor").await, 1);
    assert!(s.seen(party).await.is_empty(), "nobody knows who it is");
    let row = s
        .app
        .ctx()
        .db()
        .one("SELECT mark, words FROM shop_visitor", vec![])
        .await
        .unwrap()
        .unwrap();
    assert!(!row.text(0).unwrap().contains(VISITOR), "the number itself is not kept");
    assert_eq!(row.text(1).unwrap(), "May we?", "what they saw is");

    // They write: from now on they are the customer, whose consent can be seen.
    s.write("wu@example.com").await;
    let seen = s.seen(party).await;
    let paths: Vec<&str> = seen.iter().map(|v| v["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/valves", "/pumps"]);
    assert_eq!(
        seen[1]["referrer"], "https://search.example/",
        "no words that were searched for"
    );
    let consents = s
        .api
        .get(&format!("/api/v1/consents?party_id={party}"))
        .await
        .expect(200)
        .json();
    let consent = consents["data"][0].clone();
    assert_eq!(
        (&consent["purpose"], &consent["source"]),
        (&json!("web_visits"), &json!("form"))
    );
    let record = s.api.get(&format!("/parties/{party}")).await;
    assert_ne!(record.status, 500);
    let boss = Client::signed_in(&s.app.url, "boss", "en").await;
    assert!(
        boss.get(&format!("/parties/{party}"))
            .await
            .expect(200)
            .body
            .contains("Valves")
    );

    // The consent is withdrawn on the record: what was seen goes with it.
    let id = consent["id"].as_i64().unwrap();
    let whole = s.api.get(&format!("/api/v1/consents/{id}")).await.expect(200);
    let etag = format!("\"v{}\"", whole.json()["version"]);
    let today = s.app.ctx().today().to_string();
    let body = json!({"withdrawn_on": today, "withdrawn_how": "by mail"});
    s.api
        .api(
            "PATCH",
            &format!("/api/v1/consents/{id}"),
            Some(&body),
            &[("if-match", &etag)],
        )
        .await
        .expect(200);
    while s.app.run_jobs().await > 0 {}
    assert!(s.seen(party).await.is_empty());
    assert_eq!(s.count("SELECT count(*) FROM shop_visit").await, 0);
    s.app.stop().await;
}

#[tokio::test]
async fn the_yes_is_taken_back_on_the_site_and_on_the_customers_word() {
    let s = Site::open(true).await;
    let party = [("name", "吴记".into()), ("email", "wu@example.com".into())];
    let party = s.app.make("party", &party).await;
    s.tell(SITE, &page("/a", "A")).await.expect(204);
    s.tell(SITE, &json!({"visitor": VISITOR, "forget": true}))
        .await
        .expect(204);
    assert_eq!(s.count("SELECT count(*) FROM shop_visit").await, 0);
    assert_eq!(
        s.count("SELECT count(*) FROM shop_visitor WHERE archived_at IS NULL")
            .await,
        0
    );
    // Taken back by somebody who never agreed: nothing happens.
    s.tell(SITE, &json!({"visitor": VISITOR, "forget": true}))
        .await
        .expect(204);
    // Agreed anew: a new beginning.
    s.tell(SITE, &page("/b", "B")).await.expect(204);
    s.write("wu@example.com").await;
    assert_eq!(s.seen(party).await.len(), 1);
    let reader = s.app.user("reader", "analyst").await;
    let reader = s.app.token(reader, false).await;
    let path = format!("/api/v1/parties/{party}/web-visits");
    reader.api("DELETE", &path, None, &[]).await.expect(403);
    let gone = s.api.api("DELETE", &path, None, &[]).await.expect(200).json();
    assert_eq!(gone["visitors"], 1);
    assert!(s.seen(party).await.is_empty());
    s.app.stop().await;
}

#[tokio::test]
async fn nothing_is_taken_from_elsewhere_or_while_it_is_off() {
    let off = Site::open(false).await;
    off.tell(SITE, &page("/a", "A")).await.expect(404);
    off.app
        .anonymous()
        .get(&format!("/embed/visits/{}", off.token))
        .await
        .expect(404);
    off.app.stop().await;

    let s = Site::open(true).await;
    for origin in [
        "https://evil.example",
        "https://example.org",
        "https://evilexample.org",
        "http://www.example.com",
        "",
    ] {
        let r = s.tell(origin, &page("/a", "A")).await;
        assert_eq!(r.status, 409, "{origin}: {}", r.body);
    }
    let mut bad = page("/a", "A");
    bad["visitor"] = "me".into();
    s.tell(SITE, &bad).await.expect(422);
    s.tell(SITE, &json!([VISITOR, "/a"])).await.expect(422);
    let long = page(&"/x".repeat(5_000), "\u{0}T\n");
    s.tell(SITE, &long).await.expect(204);
    let row = s
        .app
        .ctx()
        .db()
        .one("SELECT path, title FROM shop_visit", vec![])
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.text(0).unwrap().len(), row.text(1).unwrap().as_str()), (300, "T"));
    s.app.stop().await;
}
