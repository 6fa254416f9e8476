//! Invoices, payments, allocations: what is open is what was invoiced less what was allocated, whoever tries what.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn party(app: &TestApp, name: &str, more: &[(&str, Value)]) -> i64 {
    let mut values = vec![("name", Value::from(name))];
    values.extend(more.iter().cloned());
    app.make("party", &values).await
}

async fn invoice(app: &TestApp, party: i64, issued: &str, due: &str, total: i64) -> i64 {
    let values = [
        ("party_id", party.into()),
        ("issued_on", issued.into()),
        ("due_on", due.into()),
        ("total", total.into()),
    ];
    app.make("invoice", &values).await
}

async fn payment(app: &TestApp, party: i64, amount: i64) -> i64 {
    app.make("payment", &[("party_id", party.into()), ("amount", amount.into())])
        .await
}

async fn program(app: &TestApp, login: &str, role: &str) -> (i64, Client) {
    let user = app.user(login, role).await;
    (user, app.token(user, false).await)
}

async fn number(app: &TestApp, sql: &str, id: i64) -> i64 {
    app.ctx().db().number(sql, binds![id]).await.unwrap()
}

async fn open(app: &TestApp, invoice: i64) -> i64 {
    number(app, "SELECT open FROM billing_invoice WHERE id = $1", invoice).await
}

async fn left(app: &TestApp, payment: i64) -> i64 {
    number(app, "SELECT unallocated FROM billing_payment WHERE id = $1", payment).await
}

async fn allocate(client: &Client, payment: i64, body: Json) -> (u16, Json) {
    let reply = client
        .api(
            "POST",
            &format!("/api/v1/payments/{payment}/allocate"),
            Some(&body),
            &[],
        )
        .await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn an_order_is_invoiced_once_and_falls_due_by_the_customers_terms() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", &[("payment_days", 30_i64.into())]).await;
    let body = json!({"party_id": acme, "lines": [{"quantity": "1", "unit_price": "100", "tax_rate": "13"}]});
    let order = api
        .api("POST", "/api/v1/orders", Some(&body), &[])
        .await
        .expect(201)
        .json()["id"]
        .as_i64()
        .unwrap();
    let path = format!("/api/v1/orders/{order}/invoice");
    let refused = api.api("POST", &path, Some(&json!({})), &[]).await.expect(409);
    assert_eq!(refused.json()["code"], "error-invoice-order");
    let step = json!({"to": "confirmed", "version": 1});
    api.api("POST", &format!("/api/v1/orders/{order}/status"), Some(&step), &[])
        .await
        .expect(200);
    let made = api.api("POST", &path, Some(&json!({})), &[]).await.expect(201).json();
    let invoice = api
        .get(&format!("/api/v1/invoices/{}", made["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(invoice["total"], "113.00");
    assert_eq!(invoice["open"], "113.00");
    assert_eq!(invoice["due_on"], "2026-07-30");
    assert_eq!(invoice["order_id"], order);
    let again = api.api("POST", &path, Some(&json!({})), &[]).await.expect(409);
    assert_eq!(again.json()["code"], "error-invoice-done");
    let owed = api.get(&format!("/api/v1/parties/{acme}")).await.expect(200).json();
    assert_eq!(owed["receivable"], "113.00");
    assert_eq!(owed["overdue_since_on"], "2026-07-30");
    app.stop().await;
}

/// Whatever is tried over HTTP, both sides stay within their bounds and the sums agree with a model.
#[tokio::test]
async fn no_sequence_of_allocations_overdraws_anything() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", &[]).await;
    let totals = [5_000_i64, 12_000, 300, -2_000];
    let amounts = [7_000_i64, 9_000, -2_500];
    let (mut invoices, mut payments) = (vec![], vec![]);
    for total in totals {
        invoices.push((
            invoice(&app, acme, "2026-05-01", "2026-06-01", total).await,
            total,
            total,
        ));
    }
    for amount in amounts {
        payments.push((payment(&app, acme, amount).await, amount, amount));
    }
    let mut seed = 20_260_630_u64;
    let mut next = |most: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((seed >> 33) % most).unwrap()
    };
    let within = |rest: i64, part: i64| part != 0 && (part < 0) == (rest < 0) && part.abs() <= rest.abs();
    let (mut done, mut refused) = (0, 0);
    for _ in 0..60 {
        let (i, p) = (next(4), next(3));
        let part = i64::try_from(next(9_000)).unwrap() - 1_500;
        let text = format!(
            "{}{}.{:02}",
            if part < 0 { "-" } else { "" },
            part.abs() / 100,
            part.abs() % 100
        );
        let fits = within(invoices[i].2, part) && within(payments[p].2, part);
        let (status, body) = allocate(&api, payments[p].0, json!({"invoice": invoices[i].0, "amount": text})).await;
        assert_eq!(status, if fits { 200 } else { 422 }, "{part} {body}");
        if fits {
            invoices[i].2 -= part;
            payments[p].2 -= part;
            done += 1;
        } else {
            refused += 1;
        }
    }
    assert!(done >= 3 && refused >= 3, "{done} {refused}");
    for (id, total, rest) in &invoices {
        assert_eq!(open(&app, *id).await, *rest);
        assert_eq!(
            number(&app, "SELECT paid FROM billing_invoice WHERE id = $1", *id).await,
            total - rest
        );
    }
    for (id, _, rest) in &payments {
        assert_eq!(left(&app, *id).await, *rest);
    }
    let sums = "SELECT CAST((SELECT SUM(amount) FROM billing_allocation WHERE archived_at IS NULL) - (SELECT SUM(paid) FROM billing_invoice WHERE party_id = $1) AS BIGINT)";
    assert_eq!(number(&app, sums, acme).await, 0);
    let sums = "SELECT CAST((SELECT SUM(amount - unallocated) FROM billing_payment) - (SELECT SUM(paid) FROM billing_invoice WHERE party_id = $1) AS BIGINT)";
    assert_eq!(number(&app, sums, acme).await, 0);
    let owed = number(&app, "SELECT receivable FROM billing_balance WHERE party_id = $1", acme).await;
    assert_eq!(owed, invoices.iter().map(|i| i.2).sum::<i64>());
    app.stop().await;
}

#[tokio::test]
async fn the_oldest_due_is_paid_first_and_taken_off_again() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", &[]).await;
    let young = invoice(&app, acme, "2026-05-01", "2026-06-15", 4_000).await;
    let old = invoice(&app, acme, "2026-05-02", "2026-05-20", 5_000).await;
    let paid = payment(&app, acme, 6_000).await;
    let (status, body) = allocate(&api, paid, json!({"auto": true})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        body["allocated"],
        json!([{"invoice_id": old, "amount": "50.00"}, {"invoice_id": young, "amount": "10.00"}])
    );
    assert_eq!(
        (open(&app, old).await, open(&app, young).await, left(&app, paid).await),
        (0, 3_000, 0)
    );
    assert_eq!(allocate(&api, paid, json!({"auto": true})).await.0, 409);
    let admin = app.login("admin").await;
    let line = number(&app, "SELECT id FROM billing_allocation WHERE invoice_id = $1", old).await;
    let gone = admin
        .post_fragment(&format!("/payments/{paid}/unallocate/{line}?version=1"), &[])
        .await
        .expect(200);
    assert_eq!((open(&app, old).await, left(&app, paid).await), (5_000, 5_000));
    let toast: Json = serde_json::from_str(gone.header("hx-trigger").unwrap()).unwrap();
    admin
        .post_fragment(toast["toast"]["undo"].as_str().unwrap(), &[])
        .await
        .expect(200);
    assert_eq!((open(&app, old).await, left(&app, paid).await), (0, 0));
    let page = admin.get(&format!("/payments/{paid}/allocation")).await.expect(200);
    assert!(page.body.contains("Allocated to"), "{}", page.body);
    admin.get(&format!("/invoices/{old}/payments")).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn nothing_goes_to_another_customer_or_to_what_is_void() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let (acme, other) = (party(&app, "Acme", &[]).await, party(&app, "Other", &[]).await);
    let theirs = invoice(&app, other, "2026-06-01", "2026-06-15", 4_000).await;
    let ours = invoice(&app, acme, "2026-06-01", "2026-06-15", 4_000).await;
    let paid = payment(&app, acme, 1_000).await;
    let (status, body) = allocate(&api, paid, json!({"invoice": theirs})).await;
    assert_eq!(
        (status, body["errors"][0]["code"].as_str()),
        (422, Some("error-allocation-party"))
    );
    // The same through the plain record.
    let raw = json!({"payment_id": paid, "invoice_id": theirs, "amount": "1"});
    api.api("POST", "/api/v1/allocations", Some(&raw), &[])
        .await
        .expect(422);
    assert_eq!(allocate(&api, paid, json!({"invoice": ours})).await.0, 200);
    let version = async |id: i64| number(&app, "SELECT version FROM billing_invoice WHERE id = $1", id).await;
    let void = async |id: i64, ask: Json, status: u16| {
        let path = format!("/api/v1/invoices/{id}/void");
        api.api("POST", &path, Some(&ask), &[]).await.expect(status)
    };
    let none = void(ours, json!({}), 422).await.json();
    assert_eq!(
        (&none["errors"][0]["field"], &none["errors"][0]["code"]),
        (&json!("version"), &json!("error-required"))
    );
    let stale = void(theirs, json!({"version": version(theirs).await + 1}), 409).await;
    assert_eq!(stale.json()["code"], "error-stale");
    let refused = void(ours, json!({"version": version(ours).await}), 409).await;
    assert_eq!(
        refused.json()["title"],
        "Payments are allocated to this invoice. Remove them first."
    );
    let zh = app.login_zh("admin").await;
    let read = version(ours).await.to_string();
    zh.post_fragment(&format!("/invoices/{ours}/void"), &[])
        .await
        .expect(422);
    let reply = zh
        .post_fragment(&format!("/invoices/{ours}/void"), &[("version", &read)])
        .await
        .expect(409);
    assert_eq!(reply.toast().as_deref(), Some("已有收款核销到这张发票，请先移除核销。"));
    let done = void(theirs, json!({"version": version(theirs).await}), 200).await;
    assert_eq!(done.json()["status"], "void");
    assert_eq!(open(&app, theirs).await, 0);
    let owed = "SELECT count(*) FROM billing_balance WHERE party_id = $1";
    assert_eq!(number(&app, owed, other).await, 0);
    let more = payment(&app, other, 1_000).await;
    assert_eq!(allocate(&api, more, json!({"invoice": theirs})).await.0, 409);
    app.stop().await;
}

#[tokio::test]
async fn receivables_by_age_for_those_who_may_see_them() {
    let app = TestApp::boot().await;
    let (lin, lin_api) = program(&app, "lin", "salesperson").await;
    let ours = party(&app, "Ours", &[("owner_id", lin.into())]).await;
    let theirs = party(&app, "Theirs", &[]).await;
    // Not due, due today, 1, 30, 31, 90 and 91 days late on 2026-06-30.
    let dues = [
        ("2026-07-01", 100_i64),
        ("2026-06-30", 1_000),
        ("2026-06-29", 10_000),
        ("2026-05-31", 100_000),
        ("2026-05-30", 1_000_000),
        ("2026-04-01", 10_000_000),
        ("2026-03-31", 100_000_000),
    ];
    for (due, total) in dues {
        invoice(&app, ours, "2026-03-01", due, total).await;
    }
    let hidden = invoice(&app, theirs, "2026-06-01", "2026-06-10", 7_700).await;
    let seen = lin_api.get("/api/v1/receivables/ageing").await.expect(200).json();
    assert_eq!(seen["customers"].as_array().unwrap().len(), 1);
    let row = &seen["customers"][0];
    assert_eq!(
        ["not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90"]
            .map(|k| row[k].as_str().unwrap().to_owned()),
        ["11.00", "1100.00", "10000.00", "100000.00", "1000000.00"]
    );
    lin_api.get(&format!("/api/v1/invoices/{hidden}")).await.expect(404);
    let page = lin_api.get("/receivables").await.expect(200);
    assert!(
        page.body.contains("Ours") && !page.body.contains("Theirs"),
        "{}",
        page.body
    );
    let all = app.login("admin").await.get("/receivables").await.expect(200);
    assert!(all.body.contains("Theirs") && all.body.contains("× 90"), "{}", all.body);
    let zh = app.login_zh("admin").await.get("/receivables").await.expect(200);
    assert!(zh.body.contains("应收账款周转天数"), "{}", zh.body);
    // Seeing is not writing.
    let paid = payment(&app, ours, 100).await;
    assert_eq!(allocate(&lin_api, paid, json!({"auto": true})).await.0, 403);
    let tab = lin_api.get(&format!("/parties/{ours}/money")).await.expect(200);
    assert!(
        tab.body.contains("Open invoices") && tab.body.contains("1–30 days"),
        "{}",
        tab.body
    );
    app.stop().await;
}

#[tokio::test]
async fn a_refused_allocation_says_why_and_keeps_the_page() {
    let app = TestApp::boot().await;
    let (_, api) = program(&app, "second", "administrator").await;
    let acme = party(&app, "Acme", &[]).await;
    let bill = invoice(&app, acme, "2026-05-01", "2026-06-15", 4_000).await;
    let note = invoice(&app, acme, "2026-05-01", "2026-06-15", -4_000).await;
    let paid = payment(&app, acme, 6_000).await;
    let refund = payment(&app, acme, -6_000).await;
    for (payment, invoice, amount, code) in [
        (paid, bill, "-1", "error-allocation-negative"),
        (refund, note, "1", "error-allocation-positive"),
        (paid, note, "1", "error-allocation-kinds"),
        (paid, bill, "41", "error-allocation-invoice"),
    ] {
        let (status, body) = allocate(&api, payment, json!({"invoice": invoice, "amount": amount})).await;
        assert_eq!((status, &body["errors"][0]["code"]), (422, &json!(code)), "{body}");
    }
    // htmx leaves the page as it is, with what was typed, and shows the reason.
    let admin = app.login("admin").await;
    let form = [("invoice", bill.to_string()), ("amount", "41".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let reply = admin
        .post_fragment(&format!("/payments/{paid}/allocate"), &form)
        .await
        .expect(422);
    assert_eq!(reply.header("hx-reswap"), Some("none"));
    assert!(reply.toast().unwrap().contains("More than is open"));
    let page = admin
        .get(&format!("/payments/{paid}/allocation"))
        .await
        .expect(200)
        .body;
    for part in page
        .split("<form")
        .skip(1)
        .filter(|f| f.contains(&format!("/payments/{paid}/allocate")))
    {
        let tag = part.split('>').next().unwrap();
        assert!(tag.contains("hx-post") || tag.contains("data-stay"), "{tag}");
    }
    app.stop().await;
}
