//! Lost business: customers marked by hand, those that fell silent, winning back and what came of it, and the page.

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
    rep: Client,
    rep_id: i64,
    party: i64,
}

impl House {
    async fn open() -> House {
        let app = TestApp::boot().await;
        let rep_id = app.user("rep", "salesperson").await;
        let rep = app.token(rep_id, false).await;
        let roles = [
            ("name", "Acme".into()),
            ("owner_id", rep_id.into()),
            ("roles", "customer".into()),
        ];
        let party = app.make("party", &roles).await;
        House {
            app,
            rep,
            rep_id,
            party,
        }
    }
    async fn cause(&self) -> i64 {
        let sql = "SELECT id FROM sales_reason WHERE code = 'too_dear'";
        self.app.ctx().db().number(sql, vec![]).await.unwrap()
    }
    async fn status(&self) -> String {
        let sql = "SELECT status FROM party_party WHERE id = $1";
        let row = self.app.ctx().db().one(sql, binds![self.party]).await.unwrap().unwrap();
        row.text(0).unwrap()
    }
    /// What the analysis would say.
    async fn rhythm(&self, last: &str, silent: &str) {
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        tx.exec("DELETE FROM insight_customer WHERE party_id = $1", binds![self.party])
            .await
            .unwrap();
        let sql = "INSERT INTO insight_customer (party_id, revenue, orders, last_order_on, rhythm_days, silent_on) VALUES ($1, 123400, 9, $2, 30, $3)";
        tx.exec(sql, binds![self.party, last, silent]).await.unwrap();
        tx.commit().await.unwrap();
    }
    async fn look(&self) {
        let ctx = self.app.ctx();
        let tx = ctx.begin().await.unwrap();
        zhike_jobs::push(&tx, "sales.losses", None, &json!({})).await.unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
    }
    async fn losses(&self) -> Vec<Json> {
        get(&self.rep, "/api/v1/losses").await["data"]
            .as_array()
            .unwrap()
            .clone()
    }
}

#[tokio::test]
async fn marked_by_hand_the_customer_is_lost_until_it_is_taken_back() {
    let h = House::open().await;
    let body = json!({"party_id": h.party, "reason_id": h.cause().await, "lost_on": "2026-06-01"});
    let made = send(&h.rep, "POST", "/api/v1/losses", &body, 201).await;
    assert_eq!(
        (&made["status"], &made["found"]),
        (&json!("lost"), &json!("hand")),
        "{made}"
    );
    assert_eq!(h.status().await, "lost");
    let twice = send(&h.rep, "POST", "/api/v1/losses", &body, 422).await;
    assert_eq!(twice["errors"][0]["code"], "error-loss-twice");
    let tag = "\"v1\"";
    let path = format!("/api/v1/losses/{}", made["id"]);
    h.rep.api("DELETE", &path, None, &[("if-match", tag)]).await.expect(200);
    assert_eq!(h.status().await, "active");
    // A cause of another list, a day to come.
    for (field, value) in [("reason_id", json!(1)), ("lost_on", json!("2036-01-01"))] {
        let mut wrong = body.clone();
        wrong[field] = value;
        assert_eq!(
            send(&h.rep, "POST", "/api/v1/losses", &wrong, 422).await["errors"][0]["field"],
            field
        );
    }
    h.app.stop().await;
}

#[tokio::test]
async fn who_falls_silent_is_proposed_confirmed_and_won_back() {
    let h = House::open().await;
    h.rhythm("2026-01-10", "2026-04-10").await;
    h.look().await;
    h.look().await;
    let all = h.losses().await;
    assert_eq!(all.len(), 1, "proposed once");
    let loss = &all[0];
    assert_eq!(
        (&loss["status"], &loss["lost_on"]),
        (&json!("proposed"), &json!("2026-04-10"))
    );
    assert_eq!(h.status().await, "active", "only proposed");
    let path = format!("/api/v1/losses/{}/step", loss["id"]);
    let step = async |version: i64, more: Json, status: u16| {
        let mut body = json!({"version": version});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(&h.rep, "POST", &path, &body, status).await
    };
    let wrong = step(1, json!({"to": "confirm"}), 422).await;
    assert_eq!(wrong["errors"][0]["field"], "reason_id");
    step(1, json!({"to": "win_back"}), 409).await;
    step(1, json!({"to": "confirm", "reason_id": h.cause().await}), 200).await;
    assert_eq!(h.status().await, "lost");
    let tried = step(2, json!({"to": "win_back", "due": "2026-07-20"}), 200).await;
    let task = get(&h.rep, &format!("/api/v1/tasks/{}", tried["task"])).await;
    assert_eq!(
        (&task["kind"], &task["due_on"], &task["assignee_id"]),
        (&json!("win_back"), &json!("2026-07-20"), &json!(h.rep_id))
    );
    step(2, json!({"to": "win_back"}), 409).await;
    let report = get(&h.rep, "/api/v1/losses/report").await;
    let row = &report["causes"][0];
    assert_eq!(
        (&row["lost"], &row["tried"], &row["won_back"], &row["revenue"]),
        (&json!(1), &json!(1), &json!(0), &json!(123_400))
    );
    // They order again after the task was opened.
    h.rhythm("2026-07-15", "2026-10-15").await;
    h.look().await;
    assert_eq!(h.losses().await[0]["status"], "back");
    assert_eq!(h.status().await, "active");
    let report = get(&h.rep, "/api/v1/losses/report").await;
    let row = &report["causes"][0];
    assert_eq!(
        (&row["won_back"], &row["rate"], &row["came_alone"]),
        (&json!(1), &json!(1.0), &json!(0))
    );
    h.app.stop().await;
}

#[tokio::test]
async fn what_was_refused_is_not_proposed_again_and_an_order_withdraws_a_proposal() {
    let h = House::open().await;
    h.rhythm("2026-01-10", "2026-04-10").await;
    h.look().await;
    let id = h.losses().await[0]["id"].clone();
    let body = json!({"to": "refuse", "version": 1, "note": "Builds a new plant"});
    send(&h.rep, "POST", &format!("/api/v1/losses/{id}/step"), &body, 200).await;
    h.look().await;
    assert_eq!(h.losses().await.len(), 1);
    // They ordered, and fell silent anew.
    h.rhythm("2026-05-01", "2026-06-15").await;
    h.look().await;
    assert_eq!(h.losses().await.len(), 2);
    h.rhythm("2026-06-29", "2026-09-15").await;
    h.look().await;
    assert_eq!(h.losses().await.len(), 1, "withdrawn");
    // Marked on its own page, it gets its record without a cause.
    let ctx = h.app.ctx();
    let tx = ctx.begin().await.unwrap();
    tx.exec("UPDATE party_party SET status = 'lost' WHERE id = $1", binds![h.party])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    h.look().await;
    assert!(
        h.losses()
            .await
            .iter()
            .any(|l| l["status"] == "lost" && l["reason_id"] == Json::Null)
    );
    h.app.stop().await;
}

#[tokio::test]
async fn the_page_shows_each_kind_and_only_what_is_seen() {
    let h = House::open().await;
    let page = h.app.login("rep").await;
    for tab in ["customers", "proposed", "prospects", "deals", "report"] {
        page.get(&format!("/lost?tab={tab}")).await.expect(200);
    }
    h.rhythm("2026-01-10", "2026-04-10").await;
    h.look().await;
    let id = h.losses().await[0]["id"].to_string();
    assert!(page.get("/lost?tab=proposed").await.expect(200).body.contains("Acme"));
    let cause = h.cause().await.to_string();
    let form = [("to", "confirm"), ("version", "1"), ("reason_id", cause.as_str())];
    page.post(&format!("/losses/{id}/step"), &form).await.expect(303);
    let shown = page.get("/lost").await.expect(200);
    assert!(shown.body.contains("Acme") && shown.body.contains("Too dear") && shown.body.contains("Win back"));
    page.post(&format!("/losses/{id}/step"), &[("to", "win_back"), ("version", "2")])
        .await
        .expect(303);
    assert!(page.get("/lost?tab=report").await.expect(200).body.contains("Too dear"));
    assert!(
        page.get(&format!("/parties/{}", h.party))
            .await
            .expect(200)
            .body
            .contains("Lost customer")
    );
    page.get(&format!("/losses/{id}")).await.expect(200);
    let file = page.get("/losses/export?view=lost").await.expect(200);
    assert!(file.body.contains("Acme") && file.body.contains("Too dear"));
    h.app.user("other", "salesperson").await;
    let other = h.app.login("other").await;
    assert!(!other.get("/lost").await.expect(200).body.contains("Acme"));
    other
        .post(&format!("/losses/{id}/step"), &[("to", "win_back"), ("version", "3")])
        .await
        .expect(404);
    h.app.stop().await;
}
