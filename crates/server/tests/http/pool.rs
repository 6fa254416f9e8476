//! Public pools: masked until claimed, limits, one of twenty gets it, given back, taken back by rules after a warning.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn pool(app: &TestApp, more: &[(&str, Value)]) -> i64 {
    let mut values = vec![("name", Value::from("客户公海")), ("subject", "party".into())];
    values.extend(more.iter().cloned());
    app.make("pool", &values).await
}

/// A customer that lies in the pool.
async fn lying(app: &TestApp, admin: &Client, name: &str, owner: i64) -> i64 {
    let id = owned(app, name, owner).await;
    let path = format!("/api/v1/parties/{id}/release");
    admin.api("POST", &path, Some(&json!({})), &[]).await.expect(200);
    id
}

async fn owned(app: &TestApp, name: &str, owner: i64) -> i64 {
    app.make(
        "party",
        &[
            ("name", name.into()),
            ("phone", "13900010001".into()),
            ("email", "li@qinghe.example".into()),
            ("roles", "customer".into()),
            ("owner_id", owner.into()),
        ],
    )
    .await
}

async fn claim(who: &Client, pool: i64, record: i64) -> (u16, Json) {
    let reply = who
        .api(
            "POST",
            &format!("/api/v1/pools/{pool}/claim"),
            Some(&json!({"record": record})),
            &[],
        )
        .await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn one_of_twenty_gets_it_and_the_others_are_told() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let first = app.user("first", "salesperson").await;
    let pool = pool(&app, &[]).await;
    let customer = lying(&app, &admin, "青禾乳业", first).await;
    let mut people = vec![];
    for n in 0..20 {
        let id = app.user(&format!("rep{n}"), "salesperson").await;
        people.push((id, app.token(id, false).await));
    }
    // Members see it, masked; its page is closed to them.
    let inside = people[0]
        .1
        .get(&format!("/api/v1/pools/{pool}/records"))
        .await
        .expect(200);
    assert!(
        inside.body.contains("青禾乳业") && !inside.body.contains("13900010001") && !inside.body.contains("li@qinghe"),
        "{}",
        inside.body
    );
    people[0]
        .1
        .get(&format!("/api/v1/parties/{customer}"))
        .await
        .expect(404);
    let tries = people.iter().map(|(_, client)| claim(client, pool, customer));
    let results = futures::future::join_all(tries).await;
    let got: Vec<usize> = (0..20).filter(|i| results[*i].0 == 200).collect();
    assert_eq!(got.len(), 1, "{results:?}");
    for (status, body) in results.iter().filter(|r| r.0 != 200) {
        assert_eq!((*status, &body["code"]), (409, &json!("error-pool-taken")), "{body}");
    }
    let winner = people[got[0]].0;
    let sql = "SELECT owner_id FROM party_party WHERE id = $1";
    assert_eq!(app.app.house.db.number(sql, binds![customer]).await.unwrap(), winner);
    // Now the winner sees everything.
    let open = people[got[0]]
        .1
        .get(&format!("/api/v1/parties/{customer}"))
        .await
        .expect(200)
        .json();
    assert_eq!((&open["phone"], &open["pool_id"]), (&json!("13900010001"), &Json::Null));
    let past = admin
        .get(&format!("/api/v1/parties/{customer}/owners"))
        .await
        .expect(200)
        .json();
    let why: Vec<&str> = past["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["why"].as_str().unwrap())
        .collect();
    assert_eq!(why, ["claimed", "released"]);
    assert_eq!(
        (&past["items"][0]["to"], &past["items"][1]["from"]),
        (&json!(winner), &json!(first))
    );
    admin.get(&format!("/parties/{customer}/owners")).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn limits_teams_and_the_time_before_claiming_again() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let (ann, bob) = (
        app.user("ann", "salesperson").await,
        app.user("bob", "salesperson").await,
    );
    let id = pool(
        &app,
        &[
            ("held_limit", 2.into()),
            ("day_limit", 3.into()),
            ("back_days", 5.into()),
        ],
    )
    .await;
    let mut customers = vec![];
    for n in 0..6 {
        customers.push(lying(&app, &admin, &format!("客户{n}"), bob).await);
    }
    let rep = app.login("ann").await;
    assert_eq!(claim(&rep, id, customers[0]).await.0, 200);
    assert_eq!(claim(&rep, id, customers[1]).await.0, 200);
    assert_eq!(claim(&rep, id, customers[2]).await.1["code"], "error-pool-held");
    // Given back, there is room again, but not for the same one, and only so often in a day.
    let back = |n: i64| format!("/api/v1/parties/{n}/release");
    rep.api("POST", &back(customers[0]), Some(&json!({"note": "联系不上"})), &[])
        .await
        .expect(200);
    assert_eq!(claim(&rep, id, customers[0]).await.1["code"], "error-pool-back");
    assert_eq!(claim(&rep, id, customers[2]).await.0, 200);
    rep.api("POST", &back(customers[2]), Some(&json!({})), &[])
        .await
        .expect(200);
    assert_eq!(claim(&rep, id, customers[3]).await.1["code"], "error-pool-day");
    app.advance_seconds(86_400);
    assert_eq!(claim(&rep, id, customers[3]).await.0, 200);
    // Another's customer is not given back by a colleague.
    let other = owned(&app, "别人的", bob).await;
    rep.api("POST", &back(other), Some(&json!({})), &[]).await.expect(404);
    // A manager assigns; a salesperson may not.
    let body = json!({"record": customers[4], "user_id": ann});
    let path = format!("/api/v1/pools/{id}/assign");
    rep.api("POST", &path, Some(&body), &[]).await.expect(403);
    admin.api("POST", &path, Some(&body), &[]).await.expect(200);
    // Teams: only members reach in.
    let team = app.make("team", &[("name", "大客户部".into())]).await;
    admin
        .api("PUT", &format!("/api/v1/pools/{id}/teams/{team}"), None, &[])
        .await
        .expect(200);
    rep.get(&format!("/api/v1/pools/{id}/records")).await.expect(404);
    assert_eq!(claim(&rep, id, customers[5]).await.0, 404);
    let page = rep.get(&format!("/pools/{id}/records")).await.expect(200).body;
    assert!(!page.contains("客户5"));
    // A full pool is not put away.
    let refused = admin
        .api(
            "DELETE",
            &format!("/api/v1/pools/{id}"),
            None,
            &[("if-match", "\"v1\"")],
        )
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    app.stop().await;
}

#[tokio::test]
async fn rules_warn_first_and_then_take_back() {
    let app = TestApp::boot().await;
    // A session would end on the way.
    let admin = app.token(1, false).await;
    let ann = app.user("ann", "salesperson").await;
    let id = pool(&app, &[]).await;
    let (quiet, busy) = (owned(&app, "安静客户", ann).await, owned(&app, "热络客户", ann).await);
    // Years ago for one, yesterday for the other.
    for (party, on) in [(quiet, "2024-03-01"), (busy, "2026-06-29")] {
        let order = app
            .make("order", &[("party_id", party.into()), ("ordered_on", on.into())])
            .await;
        let at = format!("{on}T01:00:00Z")
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_microsecond();
        let ctx = app.ctx();
        let tx = ctx.begin().await.unwrap();
        tx.exec(
            "UPDATE event SET at = $1 WHERE record_type = 'order' AND record_id = $2",
            binds![at, order],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    let rule = app
        .make(
            "pool_rule",
            &[
                ("name", "九十天未联系".into()),
                ("pool_id", id.into()),
                ("warn_days", 7.into()),
            ],
        )
        .await;
    let preview = async || {
        admin
            .get(&format!("/api/v1/pool-rules/{rule}/preview"))
            .await
            .expect(200)
            .json()
    };
    assert_eq!(preview().await["count"], 0, "without a condition it does nothing");
    let read = admin
        .get(&format!("/api/v1/pool-rules/{rule}"))
        .await
        .expect(200)
        .json();
    let condition = json!({"conditions": ["last_contact_at:le:today-90"], "version": read["version"]});
    admin
        .api(
            "PUT",
            &format!("/api/v1/pool-rules/{rule}/condition"),
            Some(&condition),
            &[],
        )
        .await
        .expect(200);
    app.run_jobs().await;
    assert_eq!(preview().await, json!({"type": "party", "count": 1, "ids": [quiet]}));
    admin.get(&format!("/pool-rules/{rule}/preview")).await.expect(200);
    admin.get(&format!("/pool-rules/{rule}/condition")).await.expect(200);
    // That was the first night: the rule had nothing to look at before it. The second one warns.
    let night = async || {
        app.advance_seconds(86_400);
        app.run_jobs().await;
    };
    let party = async |p: i64| admin.get(&format!("/api/v1/parties/{p}")).await.expect(200).json();
    if party(quiet).await["recycle_on"].is_null() {
        night().await;
    }
    let due = party(quiet).await["recycle_on"].as_str().unwrap().to_owned();
    assert_eq!(party(quiet).await["owner_id"], ann);
    let rep = app.token(ann, false).await;
    let page = rep.get(&format!("/parties/{quiet}")).await.expect(200).body;
    assert!(page.contains("九十天未联系"), "the owner is told");
    for _ in 0..7 {
        night().await;
    }
    let gone = party(quiet).await;
    assert_eq!(
        (&gone["owner_id"], &gone["pool_id"], &gone["recycle_on"]),
        (&Json::Null, &json!(id), &Json::Null),
        "due {due}"
    );
    assert_eq!(party(busy).await["owner_id"], ann);
    let past = admin
        .get(&format!("/api/v1/parties/{quiet}/owners"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&past["items"][0]["why"], &past["items"][0]["note"]),
        (&json!("recycled"), &json!("九十天未联系"))
    );
    // A warning ends when somebody calls: the busy one grows quiet, is warned, and is spoken to.
    for _ in 0..85 {
        app.advance_seconds(86_400);
    }
    night().await;
    assert!(party(busy).await["recycle_on"].is_string());
    app.make(
        "service_use",
        &[
            ("party_id", busy.into()),
            ("used_on", "2026-10-01".into()),
            ("kind", "call".into()),
        ],
    )
    .await;
    night().await;
    assert_eq!(party(busy).await["recycle_on"], Json::Null);
    app.stop().await;
}
