//! Bank statements: read, matched, accepted line by line, undone whole, never booked twice.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

const CSV: &str = "Date,Amount,Description,Name,IBAN,Reference\n\
    2026-06-20,100.00,Rechnung I-000001,Someone,DE1,B1\n\
    2026-06-21,50.00,thanks,Acme,DE2,B2\n\
    2026-06-22,77.00,what is this,Nobody,DE3,B3\n\
    2026-06-23,-12.00,fee,Bank,,B4\n";

async fn invoice(app: &TestApp, party: i64, total: i64) -> i64 {
    let values: Vec<(&str, Value)> = vec![
        ("party_id", party.into()),
        ("issued_on", "2026-06-01".into()),
        ("due_on", "2026-06-20".into()),
        ("total", total.into()),
    ];
    app.make("invoice", &values).await
}

async fn send(api: &Client, path: &str, body: Json) -> (u16, Json) {
    let reply = api.api("POST", path, Some(&body), &[]).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or(Json::Null))
}

async fn open(app: &TestApp, id: i64) -> i64 {
    let sql = "SELECT open FROM billing_invoice WHERE id = $1";
    app.ctx().db().number(sql, binds![id]).await.unwrap()
}

#[tokio::test]
async fn a_statement_is_matched_accepted_and_undone() {
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let acme = app.make("party", &[("name", "Acme".into())]).await;
    let bills = [
        invoice(&app, acme, 10_000).await,
        invoice(&app, acme, 3_000).await,
        invoice(&app, acme, 4_000).await,
    ];
    let page = app.login("admin").await;
    assert!(page.get("/bank").await.expect(200).body.contains("No statement yet"));
    let brought = page
        .upload("/bank", ("file", "june.csv", CSV.as_bytes().to_vec()), &[])
        .await;
    assert_eq!(brought.status, 303, "{}", brought.body);
    let id = brought.location().rsplit('/').next().unwrap().to_owned();
    let seen = api.get(&format!("/api/v1/bank/{id}")).await.expect(200).json();
    let lines = seen["entries"].as_array().unwrap().clone();
    let line = |reference: &str| lines.iter().find(|l| l["reference"] == reference).unwrap().clone();
    assert_eq!(
        (line("B1")["why"].as_str(), line("B1")["invoice_id"].as_i64()),
        (Some("number_amount"), Some(bills[0]))
    );
    assert_eq!(
        (line("B2")["why"].as_str(), line("B2")["party_id"].as_i64()),
        (Some("name"), Some(acme))
    );
    assert_eq!(
        (line("B3")["why"].as_str(), line("B4")["state"].as_str()),
        (None, Some("left"))
    );
    // The same file again, and one with a line more.
    let again = page
        .upload("/bank", ("file", "june.csv", CSV.as_bytes().to_vec()), &[])
        .await;
    assert_eq!(again.status, 409, "{}", again.body);
    let shown = page.get(&format!("/bank/{id}")).await.expect(200);
    assert!(
        shown.body.contains("I-000001") && shown.body.contains("Accept the certain ones"),
        "{}",
        shown.body
    );
    assert_eq!(
        send(&api, &format!("/api/v1/bank/{id}/sure"), json!({})).await.1["accepted"],
        1
    );
    assert_eq!(open(&app, bills[0]).await, 0);
    // Oldest first, with what is left of it on the next.
    let at = |reference: &str, what: &str| format!("/api/v1/bank/{id}/lines/{}/{what}", line(reference)["id"]);
    let (status, body) = send(&api, &at("B2", "accept"), json!({})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!((open(&app, bills[1]).await, open(&app, bills[2]).await), (0, 2_000));
    assert_eq!(send(&api, &at("B2", "accept"), json!({})).await.0, 409, "once only");
    // Nobody known: refused until somebody is named; a wrong number is said.
    let (status, body) = send(&api, &at("B3", "accept"), json!({})).await;
    assert_eq!(
        (status, body["errors"][0]["code"].as_str()),
        (422, Some("error-bank-who"))
    );
    assert_eq!(send(&api, &at("B3", "accept"), json!({"invoice": "I-9"})).await.0, 422);
    assert_eq!(send(&api, &at("B3", "accept"), json!({"party_id": acme})).await.0, 200);
    assert_eq!(open(&app, bills[2]).await, 0);
    assert_eq!(send(&api, &at("B4", "accept"), json!({"party_id": acme})).await.0, 409);
    let sums =
        "SELECT CAST(SUM(unallocated) AS BIGINT) FROM billing_payment WHERE party_id = $1 AND archived_at IS NULL";
    assert_eq!(app.ctx().db().number(sums, binds![acme]).await.unwrap(), 5_700);
    // Undone whole: as before, and it may come in again.
    let (status, body) = send(&api, &format!("/api/v1/bank/{id}/undo"), json!({})).await;
    assert_eq!((status, body["payments"].as_i64()), (200, Some(3)), "{body}");
    for (bill, whole) in bills.iter().zip([10_000, 3_000, 4_000]) {
        assert_eq!(open(&app, *bill).await, whole);
    }
    assert_eq!(send(&api, &format!("/api/v1/bank/{id}/undo"), json!({})).await.0, 409);
    let again = page
        .upload("/bank", ("file", "june.csv", CSV.as_bytes().to_vec()), &[])
        .await;
    assert_eq!(again.status, 303, "{}", again.body);
    let zh = app
        .login_zh("admin")
        .await
        .get(&format!("/bank/{id}"))
        .await
        .expect(200);
    assert!(zh.body.contains("此流水已撤销"), "{}", zh.body);
    let bad = page
        .upload("/bank", ("file", "x.csv", b"a,b\n1,2\n".to_vec()), &[])
        .await;
    assert_eq!(bad.status, 409);
    let rep = app.user("rep", "salesperson").await;
    let rep = app.token(rep, false).await;
    rep.get("/api/v1/bank").await.expect(403);
    app.stop().await;
}
