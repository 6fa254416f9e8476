//! Competitors: what customers buy elsewhere with its history, prices seen, those met in deals and who won, the profile,
//! and won and lost by them and by reason.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}
async fn get(client: &Client, path: &str) -> Json {
    client.api("GET", path, None, &[]).await.expect(200).json()
}

struct House {
    app: TestApp,
    boss: Client,
    rep: Client,
    rep_id: i64,
    customer: i64,
    rival: i64,
    stages: Vec<i64>,
}

impl House {
    async fn open() -> House {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "administrator").await;
        let rep_id = app.user("rep", "salesperson").await;
        let boss = app.token(boss, false).await;
        let rep = app.token(rep_id, false).await;
        let customer = app
            .make("party", &[("name", "Acme".into()), ("owner_id", rep_id.into())])
            .await;
        // Nobody owns the competitor: a salesperson does not see its party, and may name it all the same.
        let body = json!({"name": "北岸仪表", "name_latin": "North Bank", "roles": ["competitor"]});
        let rival = send(&boss, "POST", "/api/v1/parties", &body, 201).await["id"]
            .as_i64()
            .unwrap();
        let line = app.make("pipeline", &[("name", "Line".into())]).await;
        let mut stages = vec![];
        for (name, kind) in [("Talk", "open"), ("Won", "won"), ("Lost", "lost")] {
            let values = [
                ("name", name.into()),
                ("pipeline_id", line.into()),
                ("kind", kind.into()),
            ];
            stages.push(app.make("stage", &values).await);
        }
        House {
            app,
            boss,
            rep,
            rep_id,
            customer,
            rival,
            stages,
        }
    }
    async fn deal(&self, name: &str, amount: &str, more: Json) -> i64 {
        let mut body = json!({"name": name, "amount": amount, "party_id": self.customer});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(&self.rep, "POST", "/api/v1/deals", &body, 201).await["id"]
            .as_i64()
            .unwrap()
    }
    async fn end(&self, deal: i64, stage: usize, more: Json, status: u16) -> Json {
        let sql = "SELECT version FROM sales_deal WHERE id = $1";
        let version = self.app.ctx().db().number(sql, binds![deal]).await.unwrap();
        let mut body = json!({"stage": self.stages[stage], "version": version});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(&self.rep, "POST", &format!("/api/v1/deals/{deal}/move"), &body, status).await
    }
    async fn reason(&self, code: &str) -> i64 {
        let sql = "SELECT id FROM sales_reason WHERE code = $1";
        self.app.ctx().db().number(sql, binds![code]).await.unwrap()
    }
    async fn met(&self, deal: i64) -> Vec<(i64, bool)> {
        let sql = "SELECT rival_id, CAST(CASE WHEN won THEN 1 ELSE 0 END AS BIGINT) FROM sales_deal_rival WHERE deal_id = $1 AND archived_at IS NULL";
        let rows = self.app.ctx().db().all(sql, binds![deal]).await.unwrap();
        rows.iter()
            .map(|r| (r.int(0).unwrap(), r.int(1).unwrap() == 1))
            .collect()
    }
}

#[tokio::test]
async fn what_is_newly_known_ends_what_was_known_before() {
    let h = House::open().await;
    let known = |share: &str, since: &str| json!({"party_id": h.customer, "rival_id": h.rival, "what": "阀门", "share": share, "amount": "1000", "since_on": since});
    let first = send(&h.rep, "POST", "/api/v1/supplies", &known("60", "2025-01-01"), 201).await["id"].clone();
    send(&h.rep, "POST", "/api/v1/supplies", &known("35", "2026-02-01"), 201).await;
    let old = get(&h.rep, &format!("/api/v1/supplies/{first}")).await;
    assert_eq!((&old["until_on"], &old["share"]), (&json!("2026-01-31"), &json!("60")));
    // Something else of the same competitor stands beside it.
    let mut other = known("10", "2026-03-01");
    other["what"] = "法兰".into();
    send(&h.rep, "POST", "/api/v1/supplies", &other, 201).await;
    let page = h.app.login("rep").await;
    let tab = page.get(&format!("/parties/{}/rivals", h.customer)).await.expect(200);
    assert!(tab.body.contains("法兰") && tab.body.contains("2026") && tab.body.contains("60"));
    // Wrong input says where and how.
    for (field, value) in [
        ("share", json!("120")),
        ("until_on", json!("2020-01-01")),
        ("rival_id", json!(h.customer)),
    ] {
        let mut wrong = known("1", "2026-04-01");
        wrong["what"] = "垫片".into();
        wrong[field] = value;
        let answer = send(&h.rep, "POST", "/api/v1/supplies", &wrong, 422).await;
        assert_eq!(answer["errors"][0]["field"], field, "{answer}");
    }
    let empty = json!({"party_id": h.customer, "rival_id": h.rival, "since_on": "2026-01-01"});
    assert_eq!(
        send(&h.rep, "POST", "/api/v1/supplies", &empty, 422).await["errors"][0]["field"],
        "what"
    );
    h.app.stop().await;
}

#[tokio::test]
async fn competitors_of_a_deal_and_who_won_it() {
    let h = House::open().await;
    // The old words are read: a deal that names the competitor has it.
    let named = h.deal("Meters", "1000", json!({"competitor": "north bank"})).await;
    assert_eq!(h.met(named).await, [(h.rival, false)]);
    let unknown = h.deal("Valves", "500", json!({"competitor": "Nobody knows"})).await;
    assert_eq!(h.met(unknown).await, []);
    let body =
        json!({"deal_id": unknown, "rival_id": h.rival, "stance": "ahead", "strengths": "Price", "price": "450"});
    send(&h.rep, "POST", "/api/v1/deal-rivals", &body, 201).await;
    let twice = send(&h.rep, "POST", "/api/v1/deal-rivals", &body, 422).await;
    assert_eq!(twice["errors"][0]["code"], "error-rival-twice");
    let early = json!({"deal_id": named, "rival_id": h.rival, "won": true});
    send(&h.rep, "POST", "/api/v1/deal-rivals", &early, 422).await;
    // Lost to it, with a reason of the list; another subject's reason does not fit.
    let bad = h.end(unknown, 2, json!({"lost_reason": "nonsense"}), 422).await;
    assert_eq!(bad["errors"][0]["code"], "error-reason-unknown");
    h.end(
        unknown,
        2,
        json!({"reason_id": h.reason("price").await, "rival_id": h.rival}),
        200,
    )
    .await;
    assert_eq!(h.met(unknown).await, [(h.rival, true)]);
    h.end(named, 2, json!({"lost_reason": "Price", "competitor": "北岸仪表"}), 200)
        .await;
    assert_eq!(h.met(named).await, [(h.rival, true)]);
    let page = h.app.login("rep").await;
    let tab = page.get(&format!("/deals/{unknown}/rivals")).await.expect(200);
    assert!(tab.body.contains("Price") && tab.body.contains("won it"));
    assert!(
        page.get(&format!("/deals/{unknown}"))
            .await
            .expect(200)
            .body
            .contains("Price")
    );
    h.app.stop().await;
}

#[tokio::test]
async fn won_and_lost_are_counted_by_competitor_and_reason() {
    let h = House::open().await;
    let met = || json!({"competitor": "北岸仪表"});
    let lost = h.deal("A", "100", met()).await;
    let won = h.deal("B", "300", met()).await;
    let plain = h.deal("C", "50", json!({})).await;
    h.deal("D", "70", met()).await;
    h.end(lost, 2, json!({"lost_reason": "price"}), 200).await;
    h.end(won, 1, json!({}), 200).await;
    h.end(plain, 2, json!({"lost_reason": "delivery"}), 200).await;
    let by = get(&h.rep, "/api/v1/win-loss?by=rival").await;
    assert_eq!(
        (&by["total"]["won"], &by["total"]["lost"]),
        (&json!(1), &json!(2)),
        "{by}"
    );
    let row = &by["rows"][0];
    assert_eq!(
        (
            &row["name"],
            &row["score"]["won"],
            &row["score"]["lost"],
            &row["score"]["rate"]
        ),
        (&json!("北岸仪表"), &json!(1), &json!(1), &json!(0.5))
    );
    assert_eq!(row["score"]["lost_amount"]["CNY"], 10_000);
    assert_eq!(by["rows"][1]["key"], Json::Null, "without a competitor");
    let by = get(&h.rep, "/api/v1/win-loss?by=reason").await;
    let code = h.reason("price").await.to_string();
    let price = by["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["key"] == code)
        .unwrap();
    assert_eq!(price["score"]["lost"], 1);
    // Others' deals are not counted.
    let other = h.app.user("other", "salesperson").await;
    let other = h.app.token(other, false).await;
    assert_eq!(get(&other, "/api/v1/win-loss").await["total"]["lost"], 0);
    let page = h.app.login("rep").await;
    for by in ["rival", "reason", "owner", "product", "month"] {
        let shown = page.get(&format!("/deals/win-loss?by={by}")).await.expect(200);
        assert!(shown.body.contains("/deals/win-loss/deals?"), "{by}");
    }
    let behind = page
        .get(&format!("/deals/win-loss/deals?by=rival&key={}&outcome=lost", h.rival))
        .await
        .expect(200);
    assert!(behind.body.contains(&format!("/deals/{lost}")) && !behind.body.contains(&format!("/deals/{won}\"")));
    h.app.stop().await;
}

#[tokio::test]
async fn a_competitor_has_a_profile_prices_and_a_page_for_everybody() {
    let h = House::open().await;
    let page = h.app.login("rep").await;
    let form = [
        ("threat", "high"),
        ("powers", "order"),
        ("powers", "track"),
        ("strengths", "门户好用"),
    ];
    page.post(&format!("/rivals/{}/profile", h.rival), &form)
        .await
        .expect(303);
    let shown = page.get(&format!("/rivals/{}", h.rival)).await.expect(200);
    assert!(shown.body.contains("门户好用") && shown.body.contains("Track orders"));
    let sql = "SELECT powers FROM sales_rival_profile";
    let row = h.app.ctx().db().one(sql, vec![]).await.unwrap().unwrap();
    assert_eq!(row.text(0).unwrap(), "order track");
    let product = h
        .app
        .make(
            "product",
            &[
                ("sku", "V1".into()),
                ("name", "阀".into()),
                ("price", 10_000_i64.into()),
            ],
        )
        .await;
    let id = product.to_string();
    let form = [
        ("product_id", id.as_str()),
        ("price", "88.50"),
        ("seen_on", "2026-05-01"),
        ("place", "Fair"),
    ];
    page.post(&format!("/rivals/{}/price", h.rival), &form)
        .await
        .expect(303);
    let form = [("product_id", id.as_str()), ("price", "80"), ("seen_on", "2036-05-01")];
    page.post_fragment(&format!("/rivals/{}/price", h.rival), &form)
        .await
        .expect(422);
    let shown = page.get(&format!("/rivals/{}", h.rival)).await.expect(200);
    assert!(shown.body.contains("Fair"));
    // What customers buy is told of those in sight.
    let supply = json!({"party_id": h.customer, "rival_id": h.rival, "what": "阀门", "amount": "5000", "since_on": "2026-01-01"});
    send(&h.boss, "POST", "/api/v1/supplies", &supply, 201).await;
    assert!(page.get("/rivals").await.expect(200).body.contains("North Bank"));
    let other = h.app.user("other", "salesperson").await;
    let other = h.app.token(other, false).await;
    assert_eq!(get(&other, "/api/v1/supplies").await["data"], json!([]));
    page.get("/rivals/999999").await.expect(404);
    assert!(h.rep_id > 0);
    h.app.stop().await;
}
