//! Credit notes, write-offs and the ledger: what a customer owes is the sum of the documents, whatever is done in
//! whatever order.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn admin(app: &TestApp) -> Client {
    let user = app.user("second", "administrator").await;
    app.token(user, false).await
}

async fn party(app: &TestApp, name: &str) -> i64 {
    app.make("party", &[("name", name.into())]).await
}

async fn invoice(app: &TestApp, party: i64, total: i64) -> i64 {
    let values: Vec<(&str, Value)> = vec![
        ("party_id", party.into()),
        ("issued_on", "2026-06-01".into()),
        ("due_on", "2026-06-20".into()),
        ("total", total.into()),
    ];
    app.make("invoice", &values).await
}

fn money(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}

fn minor(text: &Json) -> i64 {
    text.as_str().unwrap().replace('.', "").parse().unwrap()
}

async fn post(api: &Client, path: &str, body: Json) -> (u16, Json) {
    let reply = api.api("POST", path, Some(&body), &[]).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or(Json::Null))
}

async fn account(api: &Client, party: i64) -> Json {
    api.get(&format!(
        "/api/v1/receivables/{party}/account?from=2026-01-01&until=2026-12-31"
    ))
    .await
    .expect(200)
    .json()
}

#[tokio::test]
async fn a_credit_note_lowers_an_invoice_and_comes_off_again() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let acme = party(&app, "Acme").await;
    let bill = invoice(&app, acme, 10_000).await;
    let (status, made) = post(
        &api,
        "/api/v1/credit-notes",
        json!({"invoice_id": bill, "amount": "30", "reason": "price"}),
    )
    .await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_i64().unwrap();
    let note = api.get(&format!("/api/v1/credit-notes/{id}")).await.expect(200).json();
    assert_eq!(
        (
            note["number"].as_str(),
            note["status"].as_str(),
            note["party_id"].as_i64()
        ),
        (Some("CN-000001"), Some("standing"), Some(acme))
    );
    let seen = api.get(&format!("/api/v1/invoices/{bill}")).await.expect(200).json();
    assert_eq!(
        (seen["credited"].as_str(), seen["open"].as_str()),
        (Some("30.00"), Some("70.00"))
    );
    // More than is open, an amount below zero, a changed document, an archived one: each is refused with its reason.
    let more = json!({"invoice_id": bill, "amount": "70.01", "reason": "price"});
    let (status, body) = post(&api, "/api/v1/credit-notes", more).await;
    assert_eq!(
        (status, body["errors"][0]["code"].as_str()),
        (422, Some("error-credit-more"))
    );
    let below = json!({"invoice_id": bill, "amount": "-1", "reason": "price"});
    assert_eq!(post(&api, "/api/v1/credit-notes", below).await.0, 422);
    let change = json!({"amount": "10"});
    let changed = api
        .api(
            "PATCH",
            &format!("/api/v1/credit-notes/{id}"),
            Some(&change),
            &[("if-match", "\"v1\"")],
        )
        .await;
    assert_eq!(changed.status, 409, "{}", changed.body);
    assert_eq!(changed.json()["code"], "error-credit-fixed");
    let (status, body) = post(
        &api,
        &format!("/api/v1/invoices/{bill}/void"),
        json!({"version": seen["version"]}),
    )
    .await;
    assert_eq!((status, body["code"].as_str()), (409, Some("error-invoice-credited")));
    let cancel = format!("/api/v1/credit-notes/{id}/cancel");
    assert_eq!(post(&api, &cancel, json!({"why": " ", "version": 1})).await.0, 422);
    assert_eq!(post(&api, &cancel, json!({"why": "no version"})).await.0, 422);
    assert_eq!(post(&api, &cancel, json!({"why": "stale", "version": 7})).await.0, 409);
    let (status, body) = post(&api, &cancel, json!({"why": "wrong customer", "version": 1})).await;
    assert_eq!((status, body["status"].as_str()), (200, Some("cancelled")));
    assert_eq!(post(&api, &cancel, json!({"why": "again", "version": 2})).await.0, 409);
    let book = account(&api, acme).await;
    let kinds: Vec<&str> = book["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["invoice", "credit_note", "credit_note_cancelled"]);
    assert_eq!(book["closing"], "100.00");
    // Without an amount: all that is open; then the invoice is paid.
    let whole = json!({"invoice_id": bill, "reason": "mistake", "amount": "100"});
    assert_eq!(post(&api, "/api/v1/credit-notes", whole).await.0, 201);
    let seen = api.get(&format!("/api/v1/invoices/{bill}")).await.expect(200).json();
    assert_eq!(
        (seen["status"].as_str(), seen["open"].as_str()),
        (Some("paid"), Some("0.00"))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_write_off_stays_within_its_limit_and_its_authority() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let acme = party(&app, "Acme").await;
    let bill = invoice(&app, acme, 1_000_000).await;
    let off = |amount: &str| json!({"invoice_id": bill, "amount": amount, "reason": "rounding"});
    assert_eq!(post(&api, "/api/v1/write-offs", off("60")).await.0, 201);
    // The limit is 100.00 for the invoice, not for each write-off.
    let (status, body) = post(&api, "/api/v1/write-offs", off("40.01")).await;
    assert_eq!(
        (status, body["errors"][0]["code"].as_str()),
        (422, Some("error-write-off-limit"))
    );
    assert!(body.to_string().contains("100.00"), "{body}");
    assert_eq!(post(&api, "/api/v1/write-offs", off("40")).await.0, 201);
    let set = |limit: &str| json!({"limit": limit});
    let raised = api.api("PUT", "/api/v1/write-off-limit", Some(&set("250")), &[]).await;
    assert_eq!(raised.expect(200).json()["limit"], "250.00");
    assert_eq!(
        api.api("PUT", "/api/v1/write-off-limit", Some(&set("-1")), &[])
            .await
            .status,
        422
    );
    assert_eq!(post(&api, "/api/v1/write-offs", off("150")).await.0, 201);
    // Salespeople see, managers write, only administrators set the limit.
    for (login, role, expected, may_set) in [("rep", "salesperson", 403, 403), ("boss", "manager", 422, 403)] {
        let user = app.user(login, role).await;
        let client = app.token(user, false).await;
        let reply = client.api("POST", "/api/v1/write-offs", Some(&json!({})), &[]).await;
        assert_eq!(reply.status, expected, "{role} {}", reply.body);
        let reply = client.api("PUT", "/api/v1/write-off-limit", Some(&set("1")), &[]).await;
        assert_eq!(reply.status, may_set, "{role}");
    }
    let page = app.login("admin").await;
    let bad = page.post("/write-off-limit", &[("limit", "abc")]).await.expect(422);
    assert!(
        bad.body.contains("abc") && bad.body.contains("without a sign"),
        "{}",
        bad.body
    );
    app.stop().await;
}

#[tokio::test]
async fn the_pages_show_it_in_both_languages() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let acme = party(&app, "Acme").await;
    let bill = invoice(&app, acme, 10_000).await;
    let note = json!({"invoice_id": bill, "amount": "30", "reason": "price"});
    let id = post(&api, "/api/v1/credit-notes", note).await.1["id"].as_i64().unwrap();
    let en = app.login("admin").await;
    let zh = app.login_zh("admin").await;
    let seen = en
        .get(&format!("/receivables/{acme}?from=2026-01-01"))
        .await
        .expect(200);
    assert!(
        seen.body.contains("CN-000001") && seen.body.contains("Closing balance"),
        "{}",
        seen.body
    );
    let seen = zh
        .get(&format!("/receivables/{acme}?from=2026-01-01"))
        .await
        .expect(200);
    assert!(seen.body.contains("期末余额"), "{}", seen.body);
    let csv = en
        .get(&format!("/receivables/{acme}/csv?from=2026-01-01"))
        .await
        .expect(200);
    assert!(csv.body.contains("\"CN-000001\",,30.00,70.00,CNY"), "{}", csv.body);
    en.get(&format!("/receivables/{acme}?from=2026-13-01"))
        .await
        .expect(422);
    en.get(&format!("/receivables/{acme}?from=2026-12-01&until=2026-01-01"))
        .await
        .expect(422);
    let tab = en.get(&format!("/invoices/{bill}/payments")).await.expect(200);
    assert!(tab.body.contains("Credit notes and write-offs"), "{}", tab.body);
    let record = en.get(&format!("/credit-notes/{id}")).await.expect(200);
    assert!(record.body.contains("Cancel this document"), "{}", record.body);
    let form = en
        .get(&format!(
            "/credit-notes/new?invoice_id={bill}&currency=CNY&amount=70.00"
        ))
        .await
        .expect(200);
    assert!(form.body.contains("70.00"), "{}", form.body);
    let done = en
        .post(
            &format!("/credit-notes/{id}/cancel"),
            &[("why", "typo"), ("version", "1")],
        )
        .await;
    assert_eq!(done.status, 303, "{}", done.body);
    let rep = app.user("rep", "salesperson").await;
    let rep = app.token(rep, false).await;
    rep.get(&format!("/receivables/{acme}")).await.expect(404);
    app.stop().await;
}

/// One document of the model: what it asks for, and what was put to it.
#[derive(Clone, Copy)]
struct Doc {
    id: i64,
    whole: i64,
    rest: i64,
    void: bool,
}

/// Random sequences of everything that moves money: after each step the ledger, the documents, the balance kept with the
/// customer and a model agree to the penny.
#[tokio::test]
async fn the_ledger_is_the_sum_of_the_documents() {
    let app = TestApp::boot().await;
    let api = admin(&app).await;
    let raise = json!({"limit": "1000000"});
    api.api("PUT", "/api/v1/write-off-limit", Some(&raise), &[])
        .await
        .expect(200);
    for seed in [20_260_630_u64, 7, 991] {
        let acme = party(&app, &format!("Acme {seed}")).await;
        run(&app, &api, acme, seed).await;
    }
    app.stop().await;
}

async fn run(app: &TestApp, api: &Client, acme: i64, seed: u64) {
    let mut state = seed;
    let mut next = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % most.max(1)
    };
    let (mut bills, mut pays): (Vec<Doc>, Vec<Doc>) = (vec![], vec![]);
    let mut credits: Vec<(&str, i64, usize, i64)> = vec![];
    let mut puts: Vec<(i64, usize, usize, i64)> = vec![];
    let mut did = [0_usize; 8];
    for step in 0..70 {
        let amount = i64::try_from(next(99_999)).unwrap() + 1;
        let what = if step < 4 { step % 2 } else { next(8) };
        let (b, p) = (next(bills.len()), next(pays.len()));
        match what {
            // An invoice, or the credit of a return.
            0 => {
                let whole = if next(4) == 0 { -amount } else { amount };
                let id = invoice(app, acme, whole).await;
                bills.push(Doc {
                    id,
                    whole,
                    rest: whole,
                    void: false,
                });
            }
            // A payment, or a refund.
            1 => {
                let whole = if next(4) == 0 { -amount } else { amount };
                let values = [("party_id", acme.into()), ("amount", whole.into())];
                let id = app.make("payment", &values).await;
                pays.push(Doc {
                    id,
                    whole,
                    rest: whole,
                    void: false,
                });
            }
            2 => {
                let (bill, pay) = (bills[b], pays[p]);
                let most = bill.rest.abs().min(pay.rest.abs());
                let part = if next(3) == 0 { amount } else { most } * bill.whole.signum();
                let fits = !bill.void && part != 0 && part.abs() <= most && bill.whole.signum() == pay.whole.signum();
                let ask = json!({"invoice": bill.id, "amount": money(part)});
                let (status, body) = post(api, &format!("/api/v1/payments/{}/allocate", pay.id), ask).await;
                assert_eq!(status == 200, fits, "{part} {body}");
                if fits {
                    let sql = "SELECT MAX(id) FROM billing_allocation WHERE payment_id = $1";
                    let id = app.ctx().db().number(sql, binds![pay.id]).await.unwrap();
                    puts.push((id, b, p, part));
                    bills[b].rest -= part;
                    pays[p].rest -= part;
                }
                did[2] += usize::from(fits);
                continue;
            }
            3 if !puts.is_empty() => {
                let (id, b, p, part) = puts.swap_remove(next(puts.len()));
                let admin = app.login("admin").await;
                let path = format!("/payments/{}/unallocate/{id}?version=1", pays[p].id);
                admin.post_fragment(&path, &[]).await.expect(200);
                bills[b].rest += part;
                pays[p].rest += part;
            }
            4 | 5 => {
                let (path, reason) = if what == 4 {
                    ("credit-notes", "price")
                } else {
                    ("write-offs", "rounding")
                };
                let bill = bills[b];
                let part = if next(3) == 0 {
                    amount
                } else {
                    1 + amount % bill.rest.abs().max(1)
                };
                let fits = !bill.void && bill.rest > 0 && part <= bill.rest;
                let ask = json!({"invoice_id": bill.id, "amount": money(part), "reason": reason});
                let (status, body) = post(api, &format!("/api/v1/{path}"), ask).await;
                assert_eq!(status == 201, fits, "{part} of {} {body}", bill.rest);
                if fits {
                    credits.push((path, body["id"].as_i64().unwrap(), b, part));
                    bills[b].rest -= part;
                }
                did[what] += usize::from(fits);
                continue;
            }
            6 if !credits.is_empty() => {
                let (path, id, b, part) = credits.swap_remove(next(credits.len()));
                let seen = api.get(&format!("/api/v1/{path}/{id}")).await.expect(200).json();
                let ask = json!({"why": "test", "version": seen["version"]});
                let (status, body) = post(api, &format!("/api/v1/{path}/{id}/cancel"), ask).await;
                assert_eq!(status, 200, "{body}");
                bills[b].rest += part;
            }
            7 => {
                let bill = bills[b];
                let touched = puts.iter().any(|x| x.1 == b) || credits.iter().any(|x| x.2 == b);
                let seen = api
                    .get(&format!("/api/v1/invoices/{}", bill.id))
                    .await
                    .expect(200)
                    .json();
                let ask = json!({"version": seen["version"]});
                let (status, body) = post(api, &format!("/api/v1/invoices/{}/void", bill.id), ask).await;
                assert_eq!(status == 200, !bill.void && !touched, "{body}");
                if status == 200 {
                    bills[b].void = true;
                    bills[b].rest = 0;
                }
            }
            _ => continue,
        }
        did[what] += 1;
        agree(app, api, acme, &bills, &pays).await;
    }
    assert!(did.iter().all(|n| *n > 0), "{did:?}");
    agree(app, api, acme, &bills, &pays).await;
}

async fn agree(app: &TestApp, api: &Client, acme: i64, bills: &[Doc], pays: &[Doc]) {
    let owed: i64 = bills.iter().map(|d| d.rest).sum();
    let loose: i64 = pays.iter().map(|d| d.rest).sum();
    let book = account(api, acme).await;
    let rows = book["entries"].as_array().unwrap();
    let side = |k: &str| -> i64 { rows.iter().filter(|e| !e[k].is_null()).map(|e| minor(&e[k])).sum() };
    let ledger = side("debit") - side("credit");
    assert_eq!(minor(&book["closing"]), ledger);
    assert_eq!(minor(&rows.last().unwrap()["balance"]), ledger);
    assert_eq!(ledger, owed - loose);
    assert_eq!((minor(&book["receivable"]), minor(&book["unallocated"])), (owed, loose));
    let sql = "SELECT CAST(COALESCE(SUM(receivable), 0) AS BIGINT) FROM billing_balance WHERE party_id = $1";
    assert_eq!(app.ctx().db().number(sql, binds![acme]).await.unwrap(), owed);
    let sql = "SELECT count(*) FROM billing_invoice WHERE party_id = $1 AND status <> 'void' AND open <> total - paid - credited";
    assert_eq!(app.ctx().db().number(sql, binds![acme]).await.unwrap(), 0);
}
