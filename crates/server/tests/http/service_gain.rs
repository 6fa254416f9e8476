//! What the service gives and brings: compensation of everybody an incident hit, orders that came of cases, what is charged to
//! carriers; and people who tell customers themselves ask the gate.

use crate::service::{Desk, amend, send};
use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query as _, binds};

async fn count(d: &Desk, sql: &str) -> i64 {
    d.app.ctx().db().number(sql, vec![]).await.unwrap()
}

async fn exec(d: &Desk, sql: &str) {
    let tx = d.app.ctx().begin().await.unwrap();
    tx.exec(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn all_whom_an_incident_hit_are_compensated_in_one_step_within_authority() {
    let d = Desk::open().await;
    let product = d
        .app
        .make(
            "product",
            &[
                ("sku", "F-80".into()),
                ("name", "流量计".into()),
                ("price", 10_000.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    for n in 0..3 {
        let name = format!("客户 {n}");
        let email = format!("c{n}@example.test");
        let party = d
            .app
            .make(
                "party",
                &[("name", name.as_str().into()), ("email", email.as_str().into())],
            )
            .await;
        d.case(json!({"party_id": party, "product_id": product, "batch": "2408"}))
            .await;
    }
    let remedy = d
        .app
        .make(
            "remedy",
            &[
                ("name", "补偿券".into()),
                ("kind", "goodwill".into()),
                ("amount", 20_000.into()),
            ],
        )
        .await;
    let body = json!({"name": "2408 批衬里", "product_id": product, "batch": "2408", "letter": "请停用。"});
    let id = send(&d.boss, "POST", "/api/v1/incidents", &body, 201).await["id"]
        .as_i64()
        .unwrap();
    let path = format!("/api/v1/incidents/{id}");
    let version = || async { d.boss.get(&path).await.expect(200).json()["version"].clone() };
    let act = |what: &'static str, status: u16| {
        let (boss, path) = (d.boss.clone(), path.clone());
        let version = version();
        async move {
            let body = json!({"version": version.await});
            send(&boss, "POST", &format!("{path}/do/{what}"), &body, status).await
        }
    };
    assert_eq!(act("find", 200).await["customers"], 3);
    // Without a rule there is nothing to give.
    assert_eq!(act("compensate", 422).await["errors"][0]["field"], "remedy_id");
    amend(&d.boss, &path, &version().await, &json!({"remedy_id": remedy}), 200).await;
    // 600 for three goes beyond 500 a month: nobody gets anything, a manager gets a task.
    exec(
        &d,
        "UPDATE service_limit SET per_case = 30000, per_month = 50000 WHERE role = 'manager'",
    )
    .await;
    let no = act("compensate", 409).await;
    assert_eq!(no["code"], "error-incident-beyond", "{no}");
    // It counts among what was not within people's authority, once however often the button is pressed.
    assert_eq!(act("compensate", 409).await["code"], "error-incident-beyond");
    let report = d.boss.get("/api/v1/service/report").await.expect(200).json();
    let of = &report["authority"][0];
    assert_eq!(
        (&of["role"], &of["times"], &of["beyond"]),
        (&json!("manager"), &json!(1), &json!(10_000)),
        "{report}"
    );
    assert!(no["title"].as_str().unwrap().contains("100.00"), "{no}");
    assert_eq!(count(&d, "SELECT count(*) FROM service_incident_grant").await, 0);
    assert_eq!(
        count(&d, "SELECT count(*) FROM work_task WHERE kind = 'remedy'").await,
        1
    );
    exec(&d, "UPDATE service_limit SET per_month = 60000 WHERE role = 'manager'").await;
    assert_eq!(act("compensate", 200).await["customers"], 3);
    assert_eq!(act("compensate", 200).await["customers"], 0, "nobody twice");
    let sql = "SELECT count(*) FROM consent_message WHERE record_type = 'incident' AND body LIKE '%补偿券%'";
    assert_eq!(count(&d, sql).await, 3);
    let all = d.boss.get(&format!("{path}/parties")).await.expect(200).json();
    assert!(
        all["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["compensation"] == 20_000),
        "{all}"
    );
    // It counts against this month.
    let case = d.case(json!({})).await;
    d.act(&d.boss, case, "complete", json!({"fields": {"facts": "已核实"}}), 200)
        .await;
    let solution =
        json!({"cause_id": d.cause().await, "solution": "补偿", "done": true, "remedies": [{"remedy_id": remedy}]});
    d.act(&d.boss, case, "solution", solution, 200).await;
    assert_eq!(d.read(case).await["step"], "solve", "beyond what is left");
    for client in [d.app.login("boss").await, d.app.login_zh("boss").await] {
        client.get(&format!("/incidents/{id}")).await.expect(200);
    }
    d.app.stop().await;
}

#[tokio::test]
async fn orders_that_came_of_a_case_stand_beside_its_cost() {
    let d = Desk::open().await;
    let case = d.case(json!({})).await;
    let order = |party: i64, net: i64| {
        let app = &d.app;
        async move {
            let id = app
                .make("order", &[("party_id", party.into()), ("currency", "CNY".into())])
                .await;
            let tx = app.ctx().begin().await.unwrap();
            let sql = "UPDATE order_order SET status = 'confirmed', net = $1 WHERE id = $2";
            tx.exec(sql, binds![net, id]).await.unwrap();
            tx.commit().await.unwrap();
            id
        }
    };
    let (ours, more) = (order(d.party, 120_000).await, order(d.party, 30_000).await);
    let stranger = d.app.make("party", &[("name", "Far".into())]).await;
    let theirs = order(stranger, 1).await;
    let path = format!("/api/v1/cases/{case}/sale");
    let tie = |order: i64, kind: &'static str, status: u16| {
        let (boss, path) = (d.boss.clone(), path.clone());
        let read = d.read(case);
        async move {
            let body = json!({"version": read.await["version"], "order_id": order, "kind": kind});
            send(&boss, "POST", &path, &body, status).await
        }
    };
    let no = send(
        &d.boss,
        "POST",
        &path,
        &json!({"order_id": ours, "kind": "service"}),
        422,
    )
    .await;
    assert_eq!(no["errors"][0]["field"], "version", "{no}");
    assert_eq!(
        tie(theirs, "service", 422).await["errors"][0]["code"],
        "error-case-sale-other"
    );
    tie(ours, "service", 200).await;
    assert_eq!(
        tie(ours, "cross", 422).await["errors"][0]["code"],
        "error-case-sale-taken"
    );
    tie(more, "renewal", 200).await;
    let report = || async { d.boss.get("/api/v1/service/report?by=handler").await.expect(200).json() };
    assert_eq!(report().await["all"]["revenue"], 150_000);
    // What came back is taken off; what was called off counts for nothing.
    let back = order(d.party, 20_000).await;
    exec(
        &d,
        &format!("UPDATE order_order SET kind = 'return', returns_id = {ours} WHERE id = {back}"),
    )
    .await;
    exec(
        &d,
        &format!("UPDATE order_order SET status = 'cancelled' WHERE id = {more}"),
    )
    .await;
    assert_eq!(report().await["all"]["revenue"], 100_000);
    tie(more, "", 200).await;
    let page = d.app.login("boss").await;
    let seen = page.get(&format!("/cases/{case}")).await.expect(200).body;
    assert!(
        seen.contains("What came of it") && seen.contains("Paid service"),
        "the card"
    );
    let seen = page.get(&format!("/parties/{}/case", d.party)).await.expect(200).body;
    assert!(seen.contains("Brought in"), "the customer");
    page.get("/service/report").await.expect(200);
    d.app.stop().await;
}

#[tokio::test]
async fn a_carriers_faults_are_charged_to_it_and_seen_in_its_score() {
    let d = Desk::open().await;
    let carrier = d.app.make("party", &[("name", "Swift Road".into())]).await;
    let order = d
        .app
        .make("order", &[("party_id", d.party.into()), ("currency", "CNY".into())])
        .await;
    let tx = d.app.ctx().begin().await.unwrap();
    let today = d.app.ctx().today().to_string();
    for n in 0..20_i64 {
        let sql = "INSERT INTO order_shipment (version, created_at, updated_at, number, order_id, party_id, status, promised_on, carrier, shipped_on, delivered_on) \
                   VALUES (1, 1, 1, $1, $2, $3, $4, $5, 'SWIFT road', $5, $5)";
        let status = if n < 3 { "failed" } else { "delivered" };
        tx.exec(sql, binds![format!("D-{n}"), order, d.party, status, today.as_str()])
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let case = d.case(json!({})).await;
    d.act(&d.ann, case, "complete", json!({"fields": {"facts": "已核实"}}), 200)
        .await;
    let solution = json!({"cause_id": d.cause().await, "responsible": "carrier", "responsible_party_id": carrier, "solution": "重发", "done": true});
    d.act(&d.ann, case, "solution", solution, 200).await;
    let seen = d
        .app
        .login("boss")
        .await
        .get(&format!("/parties/{carrier}/case"))
        .await
        .expect(200)
        .body;
    assert!(
        seen.contains("3 late or failed") && seen.contains("Cases they caused"),
        "the card"
    );
    // 20 deliveries, 3 failed, 1 fault: 16 of 20 were good.
    assert!(seen.contains(">80<"), "the score: {seen}");
    d.app.stop().await;
}

#[tokio::test]
async fn whoever_tells_a_customer_by_telephone_asks_the_gate() {
    let d = Desk::open().await;
    let make = |name: &'static str, phone: Value| {
        let app = &d.app;
        async move { app.make("party", &[("name", name.into()), ("phone", phone)]).await }
    };
    let (yes, no) = (
        make("可打", "+86 138 0000 0001".into()).await,
        make("勿打", "+86 138 0000 0002".into()).await,
    );
    let wish = json!({"version": 0, "by": "employee", "proof": "来电", "wish": {"channels": [{"channel": "email", "allow": "all"}, {"channel": "phone", "allow": "no"}]}});
    send(&d.boss, "PUT", &format!("/api/v1/parties/{no}/preferences"), &wish, 200).await;
    let first = d.case(json!({"party_id": yes, "subject": "显示屏看不清"})).await;
    d.act(&d.ann, first, "improve", json!({"name": "更亮的显示屏"}), 200)
        .await;
    let id = d.read(first).await["improvement_id"].as_i64().unwrap();
    let second = d.case(json!({"party_id": no, "subject": "显示屏看不清"})).await;
    d.act(&d.ann, second, "improve", json!({"improvement_id": id}), 200)
        .await;
    let path = format!("/api/v1/improvements/{id}");
    let version = || async { d.boss.get(&path).await.expect(200).json()["version"].clone() };
    let told = |party: i64, status: u16| {
        let (boss, path) = (d.boss.clone(), path.clone());
        let version = version();
        async move {
            let body = json!({"version": version.await, "party_id": party, "channel": "phone", "why": "约好的"});
            send(&boss, "POST", &format!("{path}/told"), &body, status).await
        }
    };
    assert_eq!(told(yes, 409).await["code"], "error-improvement-not-shipped");
    let ship: Json = json!({"version": version().await, "answer": "亮度提高一倍。"});
    send(&d.boss, "POST", &format!("{path}/ship"), &ship, 200).await;
    // Neither has an address for mail: they were not told by it, a person may.
    let sql = "SELECT count(*) FROM service_wish WHERE verdict = 'withheld'";
    assert_eq!(count(&d, sql).await, 2);
    let before = count(&d, "SELECT count(*) FROM consent_decision").await;
    told(yes, 200).await;
    told(yes, 409).await;
    let refused = told(no, 409).await;
    assert_eq!(refused["code"], "error-improvement-gate", "{refused}");
    assert_eq!(
        count(&d, "SELECT count(*) FROM service_wish WHERE verdict = 'by_hand'").await,
        1
    );
    assert!(
        count(&d, "SELECT count(*) FROM consent_decision").await >= before + 2,
        "both are kept"
    );
    let page = d
        .app
        .login("boss")
        .await
        .get(&format!("/improvements/{id}"))
        .await
        .expect(200)
        .body;
    assert!(page.contains("Tell by telephone"), "for the one who is left");
    d.app.stop().await;
}
