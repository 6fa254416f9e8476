//! The programme of managed relationships: whom it is proposed to enrol, until the budget is used; and what it changed against
//! customers outside of it.

use crate::insight::{Order, order, party};
use crate::lifetime::{Bought, analyse, before, boss, get, house};
use jiff::ToSpan;
use serde_json::{Value as Json, json};
use zhike_store::write;
use zhike_testkit::{Client, TestApp};

async fn bought(app: &TestApp, customer: i64, ago: i64, price: i64) {
    let on = before(app, ago).to_string();
    let o = Order {
        party: customer,
        on: &on,
        kind: "sale",
        freight: 0,
        lines: &[(1, price, 0, Some(0))],
    };
    order(app, &o).await;
}

async fn decide(api: &Client, party: i64, decision: &str, reason: Option<&str>, status: u16) -> Json {
    let mut body = json!({"party_id": party, "decision": decision});
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    api.api("POST", "/api/v1/enrolments", Some(&body), &[])
        .await
        .expect(status)
        .json()
}

async fn of(api: &Client, party: i64) -> Json {
    get(api, &format!("/api/v1/care/programme/customers/{party}")).await
}

async fn settle(app: &TestApp) {
    app.advance_seconds(30);
    while app.run_jobs().await > 0 {}
}

#[tokio::test]
async fn gold_first_then_growth_until_the_budget_is_used() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let fresh = get(&api, "/api/v1/care/programme").await;
    assert_eq!(
        (&fresh["gain"], &fresh["settings"]["version"]),
        (&json!(null), &json!(0)),
        "{fresh}"
    );
    let mut set = fresh["settings"].clone();
    (set["cost"], set["budget"]) = (json!(20_000), json!(60_000));
    (set["uplift_gold"], set["uplift_regular"]) = (json!(100_000), json!(50_000));
    let mut wrong = set.clone();
    wrong["uplift_gold"] = json!(1_000_001);
    let refused = api
        .api("PUT", "/api/v1/care/programme/settings", Some(&wrong), &[])
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "uplift_gold");
    api.api("PUT", "/api/v1/care/programme/settings", Some(&set), &[])
        .await
        .expect(200);
    api.api("PUT", "/api/v1/care/programme/settings", Some(&set), &[])
        .await
        .expect(409);

    // Sales of the half year before and of the last one.
    let sales = [
        (2_500_000, 2_500_000),
        (2_000_000, 2_000_000),
        (1_000_000, 2_000_000),
        (1_400_000, 1_500_000),
        (1_500_000, 1_300_000),
        (0, 2_700_000),
        (100_000, 200_000),
        (0, 100_000),
        (0, 90_000),
        (0, 80_000),
    ];
    let mut ids = vec![];
    for (i, (early, late)) in sales.into_iter().enumerate() {
        let id = party(&app, &format!("Customer {i}"), (i < 2).then_some(seller)).await;
        if early > 0 {
            bought(&app, id, 300, early).await;
        }
        bought(&app, id, 20, late).await;
        ids.push(id);
    }
    // So that the book ends today.
    bought(&app, ids[9], 0, 1_000).await;
    analyse(&app, &api).await;
    let mut why = vec![];
    for id in &ids {
        why.push(of(&api, *id).await["why"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        why,
        [
            "gold", "gold", "growth", "budget", "still", "still", "costs", "low", "low", "low"
        ]
    );
    let first = of(&api, ids[0]).await;
    assert_eq!(
        (&first["margin"], &first["benefit"], &first["net"], &first["advised"]),
        (&json!(5_000_000), &json!(500_000), &json!(480_000), &json!("enrolled"))
    );

    // Who is left out by people leaves the budget to the next.
    let refused = decide(&api, ids[0], "self_service", None, 422).await;
    assert_eq!(refused["errors"][0]["field"], "reason");
    decide(&api, ids[0], "self_service", Some("Asked for peace"), 201).await;
    settle(&app).await;
    assert_eq!(of(&api, ids[3]).await["why"], "growth");
    let all = api
        .api("POST", "/api/v1/care/programme/enrol", None, &[])
        .await
        .expect(200);
    assert_eq!(all.json()["enrolled"], 3);
    let told = get(&api, "/api/v1/care/programme").await;
    let figures = |tier: usize| {
        (
            told["tiers"][tier]["enrolled"].clone(),
            told["tiers"][tier]["proposed"].clone(),
        )
    };
    assert_eq!(
        (figures(0), figures(1)),
        ((json!(1), json!(0)), (json!(2), json!(0))),
        "{told}"
    );
    let customer = get(&api, &format!("/api/v1/parties/{}", ids[1])).await;
    assert_eq!(
        (&customer["cmr"], &customer["cmr_advised"]),
        (&json!("enrolled"), &json!("enrolled"))
    );

    // What is decided anew ends what held before, on its day.
    settle(&app).await;
    decide(&api, ids[1], "self_service", Some("Went online"), 201).await;
    let list = get(&api, &format!("/api/v1/enrolments?party_id={}", ids[1])).await;
    let rows = list["data"].as_array().unwrap();
    let ended = rows.iter().find(|r| r["decision"] == "enrolled").unwrap();
    assert_eq!(
        (rows.len(), &ended["until_on"]),
        (2, &json!(app.ctx().today().to_string())),
        "{list}"
    );
    assert_eq!(of(&api, ids[1]).await["decision"], "self_service");
    settle(&app).await;
    let differs = get(&api, "/api/v1/care/programme/customers?part=differs").await;
    assert_eq!(differs["items"].as_array().unwrap().len(), 2, "{differs}");

    let page = app.login("boss").await;
    let html = page.get("/care/programme").await.expect(200).body;
    assert!(
        html.contains("Nobody has been enrolled for three whole months yet"),
        "{html}"
    );
    let list = page
        .get("/care/programme/customers?part=differs")
        .await
        .expect(200)
        .body;
    assert!(list.contains("Gold, and brings more than it costs"), "{list}");
    let again = [("decision", "enrolled"), ("back", "party")];
    page.post(&format!("/care/programme/customers/{}", ids[1]), &again)
        .await
        .expect(303);
    let beside = page.get(&format!("/parties/{}", ids[1])).await.expect(200).body;
    assert!(
        beside.contains("CMR programme") && beside.contains("Enrolled"),
        "{beside}"
    );
    let zh = app
        .login_zh("boss")
        .await
        .get("/care/programme/customers")
        .await
        .expect(200)
        .body;
    assert!(zh.contains("收益不抵成本"), "{zh}");

    // A salesperson sees the own customers, no amounts, and enrols nobody.
    let own = app.token(seller, false).await;
    let list = get(&own, "/api/v1/care/programme/customers?part=all").await;
    assert_eq!(
        (list["items"].as_array().unwrap().len(), list["items"][0].get("net")),
        (2, None),
        "{list}"
    );
    decide(&own, ids[0], "enrolled", None, 403).await;
    assert_eq!(get(&own, "/api/v1/care/programme").await.get("settings"), None);
    app.stop().await;
}

#[tokio::test]
async fn enrolled_customers_are_held_against_comparable_ones() {
    const CUSTOMERS: usize = 150;
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let ctx = app.ctx();
    let this = ctx.today().first_of_month();
    let back = |months: i32| this.checked_sub(months.months()).unwrap();
    // Fourteen months of steady purchases; two fifths are enrolled seven months ago and buy a fifth more from then on.
    let enrolled = |c: usize| c % 5 < 2;
    let mut all: Bought = vec![];
    for c in 0..CUSTOMERS {
        for ago in 1..=14 {
            let usual = 100_000 + i64::try_from(c / 5).unwrap() * 4_000;
            let amount = if enrolled(c) && ago < 7 { usual * 6 / 5 } else { usual };
            all.push((c, back(ago).checked_add(14.days()).unwrap(), amount));
        }
    }
    let ids = house(&app, None, CUSTOMERS, &all).await;
    let rows = (0..CUSTOMERS)
        .filter(|c| enrolled(*c))
        .map(|c| {
            [
                ("party_id", ids[c].into()),
                ("decision", "enrolled".into()),
                ("since_on", back(7).into()),
                ("reason", "pilot".into()),
            ]
            .map(|(k, v): (&str, zhike_kernel::Value)| (k.to_owned(), v))
            .into()
        })
        .collect();
    let ty = ctx.registry().get("enrolment").unwrap().clone();
    let tx = ctx.begin().await.unwrap();
    write::insert_many(&ctx, &tx, &ty, rows, None).await.unwrap();
    tx.commit().await.unwrap();
    analyse(&app, &api).await;
    settle(&app).await;

    let told = get(&api, "/api/v1/care/programme").await;
    let gain = &told["gain"];
    assert_eq!(
        (&gain["enrolled"], &gain["early"], &gain["new"]),
        (&json!(60), &json!(0), &json!(0)),
        "{gain}"
    );
    let effect = &gain["all"]["effect"];
    let near = |v: &Json, to: f64| (v.as_f64().unwrap() - to).abs() < 1e-6;
    assert!(effect["matched"] == 60 && near(&effect["relative"], 0.2), "{effect}");
    // Five whole months each; the controls did not change.
    assert_eq!(gain["months"], 300);
    let (gained, cost) = (
        told["sum"]["gained"].as_i64().unwrap(),
        told["sum"]["cost"].as_i64().unwrap(),
    );
    assert_eq!(cost, 300 * 200_000 / 12);
    let by_hand = effect["after"].as_f64().unwrap() / 6.0 * 300.0;
    assert!((gained as f64 - by_hand).abs() < 1.0, "{gained} {by_hand}");
    assert_eq!(told["sum"]["profit"], json!(gained - cost));
    // Too few gold ones to say anything; the regular ones give their measured uplift.
    assert!(
        gain["tiers"][0]["few"].is_object() && near(&gain["tiers"][1]["effect"]["relative"], 0.2),
        "{gain}"
    );
    let version = &told["settings"]["version"];
    let take = json!({"version": version});
    let kept = api
        .api("POST", "/api/v1/care/programme/measured", Some(&take), &[])
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&kept["uplift_regular"], &kept["uplift_gold"]),
        (&json!(200_000), &json!(80_000)),
        "{kept}"
    );
    api.api("POST", "/api/v1/care/programme/measured", Some(&take), &[])
        .await
        .expect(409);

    let page = app.login("boss").await;
    let html = page.get("/care/programme").await.expect(200).body;
    assert!(html.contains("20.0%") && html.contains("measured: 20"), "{html}");
    // Who sees only some customers is not told what came of all.
    let lead = app.user("lead", "manager").await;
    let some = get(&app.token(lead, false).await, "/api/v1/care/programme").await;
    assert_eq!(some.get("gain"), None, "{some}");
    app.stop().await;
}
