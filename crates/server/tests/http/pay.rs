//! Paying by a link: the customer's page, the provider's protocol, what its words become in the books.

use crate::peer::Peer;
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};
use zhike_web::seal;

const SECRET: &str = "whsec_test";
const HOOK: &str = "/api/v1/pay/stripe/webhook";

async fn house(peer: &Peer) -> (TestApp, Client) {
    let app = TestApp::boot_with(|c| c.private_calls = true).await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let body = json!({"on": true, "base": peer.url, "secret_key": "sk_test_right", "webhook_secret": SECRET,
        "holder": "Chengjiang", "bank": "ICBC", "account": "CN12345", "bic": "ICBKCNBJ"});
    let kept = api
        .api("PUT", "/api/v1/online-payments", Some(&body), &[])
        .await
        .expect(200);
    assert!(
        !kept.body.contains("sk_test") && !kept.body.contains(SECRET),
        "{}",
        kept.body
    );
    (app, api)
}

async fn invoice(app: &TestApp, total: i64) -> i64 {
    let party = app.make("party", &[("name", "Acme".into())]).await;
    app.make(
        "invoice",
        &[
            ("party_id", party.into()),
            ("issued_on", "2026-06-01".into()),
            ("total", total.into()),
            ("currency", "CNY".into()),
        ],
    )
    .await
}

async fn link(api: &Client, invoice: i64) -> String {
    let made = api
        .api("POST", &format!("/api/v1/invoices/{invoice}/pay-links"), None, &[])
        .await
        .expect(201);
    made.json()["url"].as_str().unwrap().to_owned()
}

/// A notice as the provider signs it.
async fn tell(app: &TestApp, notice: &Json, secret: &str, late: i64) -> (u16, Json) {
    let body = notice.to_string();
    let at = (app.ctx().now().0 / 1_000_000 - late).to_string();
    let sum = seal::hex(&seal::mac(secret.as_bytes(), &[at.as_bytes(), b".", body.as_bytes()]));
    let headers = [("stripe-signature", format!("t={at},v1={sum}"))];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
    // A provider is no browser: no cookie, no origin.
    let caller = Client::bearer(&app.url, "none");
    let reply = caller.api("POST", HOOK, Some(notice), &headers).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or(Json::Null))
}

fn session(event: &str, kind: &str, session: &str, intent: &str, amount: i64) -> Json {
    json!({"id": event, "object": "event", "type": kind, "data": {"object": {
        "id": session, "object": "checkout.session", "client_reference_id": intent, "payment_status": "paid",
        "amount_total": amount, "currency": "cny", "payment_intent": format!("pi_{session}")}}})
}

fn refunded(event: &str, session: &str, amount: i64) -> Json {
    json!({"id": event, "object": "event", "type": "charge.refunded", "data": {"object": {
        "id": "ch_1", "object": "charge", "payment_intent": format!("pi_{session}"), "amount_refunded": amount, "currency": "cny"}}})
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    app.ctx().db().number(sql, binds![]).await.unwrap()
}

async fn open(app: &TestApp, id: i64) -> i64 {
    let sql = "SELECT open FROM billing_invoice WHERE id = $1";
    app.ctx().db().number(sql, binds![id]).await.unwrap()
}

#[tokio::test]
async fn a_customer_pays_by_the_link() {
    let peer = Peer::provider().await;
    let (app, api) = house(&peer).await;
    let bill = invoice(&app, 12_345).await;
    let url = link(&api, bill).await;
    assert_eq!(url, link(&api, bill).await, "one link at a time");
    let customer = app.anonymous();
    let page = customer.get(&url).await.expect(200);
    for seen in ["I-000001", "123.45", "CN12345", "ICBKCNBJ", "Pay ¥123.45"] {
        assert!(page.body.contains(seen), "{seen}: {}", page.body);
    }
    let zh = app.anonymous().get(&format!("{url}?lang=zh-CN")).await.expect(200);
    assert!(
        zh.body.contains("在线付款") && zh.body.contains("银行转账"),
        "{}",
        zh.body
    );
    // On to the provider: asked once, the same session when the button is used twice.
    let on = customer.post(&format!("{url}/checkout"), &[]).await.expect(200);
    assert_eq!(on.header("refresh"), Some("0; url=http://127.0.0.1:9/c/cs_test_0"));
    let again = customer.post(&format!("{url}/checkout"), &[]).await.expect(200);
    assert!(again.body.contains("cs_test_0"), "{}", again.body);
    let sent = peer.sent();
    assert_eq!(sent.len(), 1);
    let form = sent[0].form();
    assert_eq!(form.get("line_items[0][price_data][unit_amount]"), Some("12345"));
    assert_eq!(form.get("line_items[0][price_data][currency]"), Some("cny"));
    assert!(
        form.get("success_url")
            .unwrap()
            .starts_with(&format!("{}{url}?", app.url))
    );
    assert_eq!(sent[0].header("content-type"), "application/x-www-form-urlencoded");
    let intent = form.get("client_reference_id").unwrap().to_owned();
    assert_eq!(sent[0].header("idempotency-key"), intent);
    // Back before the provider's word: the page waits and looks again.
    let back = customer.get(&format!("{url}?back=1")).await.expect(200);
    assert!(back.header("refresh").is_some() && back.body.contains("waiting for the provider"));
    // A stranger's word, an old one, a changed one: nothing.
    let word = session("evt_1", "checkout.session.completed", "cs_test_0", &intent, 12_345);
    assert_eq!(tell(&app, &word, "whsec_other", 0).await.0, 422);
    assert_eq!(
        tell(&app, &word, SECRET, 301).await.1["code"],
        "error-pay-signature-old"
    );
    assert_eq!(open(&app, bill).await, 12_345);
    // The provider's own: booked once, however often it comes.
    let (status, body) = tell(&app, &word, SECRET, 10).await;
    assert_eq!((status, body["outcome"].as_str()), (200, Some("booked")), "{body}");
    assert_eq!(tell(&app, &word, SECRET, 0).await.1["outcome"], "repeated");
    let twin = session(
        "evt_2",
        "checkout.session.async_payment_succeeded",
        "cs_test_0",
        &intent,
        12_345,
    );
    assert_eq!(tell(&app, &twin, SECRET, 0).await.1["outcome"], "noted");
    let late = session("evt_3", "checkout.session.expired", "cs_test_0", &intent, 0);
    assert_eq!(tell(&app, &late, SECRET, 0).await.1["outcome"], "noted");
    let strange = session("evt_4", "checkout.session.completed", "cs_9", "other", 5);
    assert_eq!(tell(&app, &strange, SECRET, 0).await.1["outcome"], "stranger");
    assert_eq!(open(&app, bill).await, 0);
    assert_eq!(number(&app, "SELECT count(*) FROM billing_payment").await, 1);
    let thanks = customer.get(&url).await.expect(200);
    assert!(
        thanks.body.contains("Thank you") && !thanks.body.contains("Pay ¥"),
        "{}",
        thanks.body
    );
    assert_eq!(customer.post(&format!("{url}/checkout"), &[]).await.status, 409);
    // Part of it goes back, then all; the words come in the wrong order.
    assert_eq!(
        tell(&app, &refunded("evt_6", "cs_test_0", 12_345), SECRET, 0).await.1["outcome"],
        "booked"
    );
    assert_eq!(
        tell(&app, &refunded("evt_5", "cs_test_0", 2_345), SECRET, 0).await.1["outcome"],
        "noted"
    );
    let back = "SELECT CAST(SUM(amount) AS BIGINT) FROM billing_payment WHERE amount < 0";
    assert_eq!(number(&app, back).await, -12_345);
    let card = app
        .login("admin")
        .await
        .get(&format!("/invoices/{bill}"))
        .await
        .expect(200);
    assert!(card.body.contains("Paid online"), "{}", card.body);
    app.stop().await;
}

#[tokio::test]
async fn links_end_and_trouble_is_said() {
    let peer = Peer::provider().await;
    let (app, api) = house(&peer).await;
    let bill = invoice(&app, 5_000).await;
    let url = link(&api, bill).await;
    let customer = app.anonymous();
    // The provider is down: our own page says so, and staff see why; the next try has the same key.
    peer.answers(&[503, 400]);
    let down = customer.post(&format!("{url}/checkout"), &[]).await;
    assert_eq!(down.status, 502);
    assert!(
        down.body.contains("does not work at the moment") && down.body.contains("CN12345"),
        "{}",
        down.body
    );
    assert_eq!(customer.post(&format!("{url}/checkout"), &[]).await.status, 502);
    customer.post(&format!("{url}/checkout"), &[]).await.expect(200);
    let keys: Vec<String> = peer
        .sent()
        .iter()
        .map(|s| s.header("idempotency-key").to_owned())
        .collect();
    assert_eq!(keys[0], keys[1], "a failure is asked again under the same key");
    assert_ne!(keys[1], keys[2], "what was refused is asked anew");
    let seen = api
        .get(&format!("/api/v1/invoices/{bill}/pay-links"))
        .await
        .expect(200)
        .json();
    assert!(
        seen["sessions"][1]["error"].as_str().unwrap().contains("so it is"),
        "{seen}"
    );
    // Over-paid: somebody put money on it meanwhile.
    let intent = peer.sent()[2].form().get("client_reference_id").unwrap().to_owned();
    let party = app
        .ctx()
        .db()
        .number("SELECT party_id FROM billing_invoice WHERE id = $1", binds![bill])
        .await
        .unwrap();
    let cash = app
        .make(
            "payment",
            &[
                ("party_id", party.into()),
                ("amount", 4_000.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    app.make(
        "allocation",
        &[
            ("payment_id", cash.into()),
            ("invoice_id", bill.into()),
            ("amount", 4_000.into()),
        ],
    )
    .await;
    let word = session("evt_1", "checkout.session.completed", "cs_test_1", &intent, 5_000);
    assert_eq!(tell(&app, &word, SECRET, 0).await.1["outcome"], "booked");
    assert_eq!(open(&app, bill).await, 0);
    let left = "SELECT CAST(SUM(unallocated) AS BIGINT) FROM billing_payment";
    assert_eq!(number(&app, left).await, 4_000);
    // Taken back, too old, void, nothing set up.
    let other = invoice(&app, 700).await;
    let first = link(&api, other).await;
    api.api("POST", &format!("/api/v1/invoices/{other}/pay-links/revoke"), None, &[])
        .await
        .expect(200);
    assert!(customer.get(&first).await.expect(200).body.contains("taken back"));
    assert_eq!(customer.post(&format!("{first}/checkout"), &[]).await.status, 409);
    let second = link(&api, other).await;
    assert_ne!(first, second);
    let off = json!({"on": false, "forget_keys": true});
    api.api("PUT", "/api/v1/online-payments", Some(&off), &[])
        .await
        .expect(200);
    assert!(
        customer
            .get(&second)
            .await
            .expect(200)
            .body
            .contains("No way of paying is set up")
    );
    assert_eq!(tell(&app, &word, SECRET, 0).await.0, 404, "nobody is set up");
    app.advance_seconds(91 * 86_400);
    assert!(customer.get(&second).await.expect(200).body.contains("no longer good"));
    let version = app
        .ctx()
        .db()
        .number("SELECT version FROM billing_invoice WHERE id = $1", binds![other])
        .await;
    let ask = json!({"version": version.unwrap()});
    api.api("POST", &format!("/api/v1/invoices/{other}/void"), Some(&ask), &[])
        .await
        .expect(200);
    assert!(customer.get(&second).await.expect(200).body.contains("made void"));
    assert_eq!(customer.get(&format!("{second}x")).await.status, 404);
    api.api("POST", &format!("/api/v1/invoices/{other}/pay-links"), None, &[])
        .await
        .expect(409);
    app.stop().await;
}

#[tokio::test]
async fn keys_are_kept_and_never_shown() {
    let peer = Peer::provider().await;
    let (app, api) = house(&peer).await;
    let admin = app.login("admin").await;
    let page = admin.get("/online-payments").await.expect(200);
    assert!(
        page.body.contains("not shown again") && !page.body.contains("sk_test_right") && !page.body.contains(SECRET)
    );
    // Saved without the keys: they stay.
    let saved = admin
        .post(
            "/online-payments",
            &[("on", "1"), ("base", &peer.url), ("account", "X1")],
        )
        .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let seen = api.get("/api/v1/online-payments").await.expect(200).json();
    assert_eq!(
        (seen["secret_key_set"].as_bool(), seen["account"].as_str()),
        (Some(true), Some("X1"))
    );
    let wrong = admin
        .post(
            "/online-payments",
            &[("on", "1"), ("base", "ftp://x"), ("account", "Y2")],
        )
        .await;
    assert!(wrong.status == 422 && wrong.body.contains("Y2"), "{}", wrong.body);
    let all = app
        .ctx()
        .db()
        .all("SELECT note, changes FROM event", binds![])
        .await
        .unwrap();
    for r in &all {
        let text = format!("{:?} {}", r.opt_text(0).unwrap(), r.text(1).unwrap());
        assert!(!text.contains("sk_test_right") && !text.contains(SECRET), "{text}");
    }
    let rep = app.user("rep", "salesperson").await;
    app.token(rep, false)
        .await
        .get("/api/v1/online-payments")
        .await
        .expect(403);
    // Without leave, nothing of the own network is called.
    let strict = TestApp::boot().await;
    let user = strict.user("second", "administrator").await;
    let strict_api = strict.token(user, false).await;
    let body = json!({"on": true, "base": "https://10.0.0.1/", "secret_key": "k", "webhook_secret": "w"});
    let refused = strict_api
        .api("PUT", "/api/v1/online-payments", Some(&body), &[])
        .await
        .expect(422);
    assert!(refused.body.contains("error-outward-private"), "{}", refused.body);
    strict.stop().await;
    app.stop().await;
}

/// Paid, open, what went back, what is left: the state that counts.
async fn state(app: &TestApp, bill: i64) -> (i64, i64, i64, i64) {
    let sum = |sql: &'static str| number(app, sql);
    (
        open(app, bill).await,
        sum("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM billing_payment WHERE amount > 0").await,
        sum("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM billing_payment WHERE amount < 0").await,
        sum("SELECT CAST(COALESCE(SUM(unallocated), 0) AS BIGINT) FROM billing_payment").await,
    )
}

/// The ledger is the documents: what is open less what is loose is invoices and credits less payments.
async fn balanced(app: &TestApp) {
    let wrong = "SELECT count(*) FROM billing_invoice i WHERE i.status <> 'void' AND (i.open <> i.total - i.paid - i.credited OR i.paid <> \
                 (SELECT COALESCE(SUM(a.amount), 0) FROM billing_allocation a WHERE a.invoice_id = i.id AND a.archived_at IS NULL))";
    assert_eq!(number(app, wrong).await, 0);
    let ledger = "SELECT CAST((SELECT COALESCE(SUM(total - credited), 0) FROM billing_invoice WHERE status <> 'void') - \
                  (SELECT COALESCE(SUM(amount), 0) FROM billing_payment) AS BIGINT)";
    let documents = "SELECT CAST((SELECT COALESCE(SUM(open), 0) FROM billing_invoice) - \
                     (SELECT COALESCE(SUM(unallocated), 0) FROM billing_payment) AS BIGINT)";
    assert_eq!(number(app, ledger).await, number(app, documents).await);
}

#[tokio::test]
async fn a_refund_after_a_return_settles_its_credit() {
    let peer = Peer::provider().await;
    let (app, api) = house(&peer).await;
    let send =
        async |path: &str, body: Json, status: u16| api.api("POST", path, Some(&body), &[]).await.expect(status).json();
    let bill = invoice(&app, 1).await;
    let party = "SELECT party_id FROM billing_invoice WHERE id = $1";
    let party = app.ctx().db().number(party, binds![bill]).await.unwrap();
    let lines = json!([{"description": "Fitting", "quantity": "4", "unit_price": "25"}]);
    let order = send("/api/v1/orders", json!({"party_id": party, "lines": lines}), 201).await["id"].clone();
    let step = async |order: &Json, to: &str| {
        let now = api.get(&format!("/api/v1/orders/{order}")).await.expect(200).json();
        let body = json!({"to": to, "version": now["version"]});
        send(&format!("/api/v1/orders/{order}/status"), body, 200).await;
    };
    step(&order, "confirmed").await;
    step(&order, "shipped").await;
    let sold = send(&format!("/api/v1/orders/{order}/invoice"), json!({}), 201).await["id"]
        .as_i64()
        .unwrap();
    let url = link(&api, sold).await;
    app.anonymous().post(&format!("{url}/checkout"), &[]).await.expect(200);
    let intent = peer.sent()[0].form().get("client_reference_id").unwrap().to_owned();
    let word = session("evt_1", "checkout.session.completed", "cs_test_0", &intent, 10_000);
    assert_eq!(tell(&app, &word, SECRET, 0).await.1["outcome"], "booked");
    // One piece comes back: paid already, so the credit is an invoice below zero.
    let back = send(&format!("/api/v1/orders/{order}/return"), json!({}), 201).await;
    let line = format!("/api/v1/order-lines/{}", back["lines"][0]["id"]);
    api.api(
        "PATCH",
        &line,
        Some(&json!({"quantity": "-1"})),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(200);
    for to in ["confirmed", "shipped", "delivered"] {
        step(&back["id"], to).await;
    }
    let credit = send(&format!("/api/v1/orders/{}/credit", back["id"]), json!({}), 201).await["invoice_id"]
        .as_i64()
        .unwrap();
    assert_eq!(open(&app, credit).await, -2_500);
    // The refund pays that back; what goes back beyond it is owed again.
    assert_eq!(
        tell(&app, &refunded("evt_2", "cs_test_0", 2_500), SECRET, 0).await.1["outcome"],
        "booked"
    );
    assert_eq!((open(&app, credit).await, open(&app, sold).await), (0, 0));
    balanced(&app).await;
    assert_eq!(
        tell(&app, &refunded("evt_3", "cs_test_0", 6_000), SECRET, 0).await.1["outcome"],
        "booked"
    );
    assert_eq!((open(&app, credit).await, open(&app, sold).await), (0, 3_500));
    balanced(&app).await;
    assert_eq!(
        tell(&app, &refunded("evt_4", "cs_test_0", 10_000), SECRET, 0).await.1["outcome"],
        "booked"
    );
    assert_eq!(open(&app, sold).await, 7_500);
    balanced(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn words_repeated_or_in_another_order_come_to_the_same() {
    let peer = Peer::provider().await;
    let (app, api) = house(&peer).await;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let words = |round: usize, intent: &str| {
        let s = format!("cs_{round}");
        vec![
            session(&format!("a{round}"), "checkout.session.completed", &s, intent, 9_000),
            session(&format!("b{round}"), "checkout.session.expired", &s, intent, 0),
            refunded(&format!("c{round}"), &s, 1_000),
            refunded(&format!("d{round}"), &s, 2_500),
        ]
    };
    let customer = app.anonymous();
    let mut before = (0, 0, 0);
    for round in 0..8 {
        let bill = invoice(&app, 9_000).await;
        let url = link(&api, bill).await;
        customer.post(&format!("{url}/checkout"), &[]).await.expect(200);
        let intent = peer
            .sent()
            .last()
            .unwrap()
            .form()
            .get("client_reference_id")
            .unwrap()
            .to_owned();
        let all = words(round, &intent);
        let order: Vec<usize> = if round == 0 {
            (0..4).collect()
        } else {
            // Each at least once, some again, in any order.
            let tree = (
                Just((0..4).collect::<Vec<usize>>()),
                prop::collection::vec(0..4_usize, 0..4),
            )
                .prop_map(|(mut a, b)| {
                    a.extend(b);
                    a
                })
                .prop_shuffle()
                .new_tree(&mut runner)
                .unwrap();
            tree.current()
        };
        for i in &order {
            assert_eq!(tell(&app, &all[*i], SECRET, 0).await.0, 200);
        }
        let (open, paid, back, left) = state(&app, bill).await;
        assert_eq!(
            (open, paid - before.0, back - before.1, left - before.2),
            (2_500, 9_000, -2_500, 0),
            "what went back is open again: order {order:?}"
        );
        balanced(&app).await;
        before = (paid, back, left);
    }
    app.stop().await;
}
