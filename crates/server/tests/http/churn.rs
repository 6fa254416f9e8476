//! Churn risk: what silence alone foresees is that of a count by hand, the model beats it on a time it did not know, everybody
//! sees their own customers only, and too little data is refused.

use crate::lifetime::{Bought, Dice, analyse, before, boss, by_chance, get, house};
use serde_json::{Value as Json, json};
use zhike_kernel::Date;
use zhike_testkit::TestApp;

/// Customers with a rhythm of their own for three years; some leave, and order less and less before.
fn leaving(app: &TestApp, customers: usize) -> Bought {
    let mut dice = Dice::new(21);
    let mut all = vec![];
    for c in 0..customers {
        let gap = 15.0 + 60.0 * dice.unit();
        let mut day = 1_090.0 - 500.0 * dice.unit();
        // Days back at which the customer is gone; some never.
        let gone = if dice.unit() < 0.75 { 700.0 * dice.unit() } else { 0.0 };
        while day >= 1.0 && day > gone {
            all.push((c, before(app, day as i64), 50_000 + (40_000.0 * dice.unit()) as i64));
            let tired = if gone > 0.0 && day - gone < 200.0 { 1.8 } else { 1.0 };
            day -= gap * tired * (0.6 + 0.8 * dice.unit());
        }
    }
    all
}

#[tokio::test]
async fn who_will_stop_is_foreseen_better_than_by_silence() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let admin = app.login("admin").await;
    assert!(
        admin
            .get("/value/churn")
            .await
            .expect(200)
            .body
            .contains("No churn risk yet")
    );
    let customers = 420;
    let bought = leaving(&app, customers);
    let ids = house(&app, Some(seller), customers, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/churn").await;
    let r = &said["report"];
    let to: Date = r["to"].as_str().unwrap().parse().unwrap();

    // By hand: who was in play half a year before the end, how long silent, and who stopped.
    let back = |day: Date| i64::from((to - day).get_days());
    let mut rows = vec![];
    for c in 0..customers {
        let days: Vec<i64> = bought.iter().filter(|b| b.0 == c).map(|b| back(b.1)).collect();
        let Some(last) = days.iter().copied().filter(|d| *d >= 182).min() else {
            continue;
        };
        if last - 182 <= 365 {
            rows.push((last - 182, days.iter().all(|d| *d >= 182)));
        }
    }
    assert_eq!(r["tested"], rows.len());
    let (mut won, mut pairs) = (0.0, 0.0);
    for (a, _) in rows.iter().filter(|r| r.1) {
        for (b, _) in rows.iter().filter(|r| !r.1) {
            pairs += 1.0;
            won += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    let number = |v: &serde_json::Value| v.as_f64().unwrap_or_else(|| panic!("{said}"));
    let silence = number(&r["silence"]);
    assert!(
        (silence - won / pairs).abs() < 1e-9,
        "{silence} against {}",
        won / pairs
    );
    let taken = if r["boosted"] == true { &r["trees"] } else { &r["line"] };
    assert!(number(&taken["auc"]) > silence + 0.02, "{r}");
    let bins = taken["bins"].as_array().unwrap();
    let counted: i64 = bins.iter().map(|b| b["rows"].as_i64().unwrap()).sum();
    assert_eq!(counted, i64::try_from(rows.len()).unwrap());
    let mean =
        |key: &str| -> f64 { bins.iter().map(|b| number(&b[key]) * number(&b["rows"])).sum::<f64>() / counted as f64 };
    // Better than the share that stopped the last time for everybody, and an order that is not chance.
    assert!(number(&taken["brier"]) < number(&r["base"]["brier"]), "{r}");
    assert!((number(&r["base"]["auc"]) - 0.5).abs() < 1e-9);
    let cuts = r["cuts"].as_array().unwrap();
    let rang: Vec<i64> = cuts.iter().map(|c| c["rang"].as_i64().unwrap()).collect();
    assert!(rang.windows(2).all(|w| w[0] >= w[1]) && rang[0] > 0, "{rang:?}");
    let share = rows.iter().filter(|r| r.1).count() as f64 / rows.len() as f64;
    assert!((mean("came") - share).abs() < 1e-9);
    assert!(
        (mean("expected") - share).abs() < 0.12,
        "calibrated: {} against {share}",
        mean("expected")
    );

    // Each customer in play has a risk with reasons, on its page, in lists and the API.
    let list = get(&api, "/api/v1/value/churn/customers?limit=500").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(r["customers"], items.len());
    let risks: Vec<i64> = items.iter().map(|i| i["churn_risk"].as_i64().unwrap()).collect();
    assert!(risks.windows(2).all(|w| w[0] >= w[1]) && risks.iter().all(|r| (0..=1_000_000).contains(r)));
    let expected: f64 = risks.iter().map(|r| *r as f64 / 1e6).sum();
    assert!((expected - number(&r["expected"])).abs() < 1e-6);
    let first = &items[0];
    assert!(
        first["reasons"]
            .as_array()
            .is_some_and(|w| !w.is_empty() && w[0]["effect"].as_i64() > Some(0)),
        "{first}"
    );
    let one = get(&api, &format!("/api/v1/value/churn/customers/{}", first["party_id"])).await;
    assert_eq!(&one, first);
    let page = admin
        .get(&format!("/parties/{}/value", first["party_id"]))
        .await
        .expect(200)
        .body;
    assert!(page.contains("Churn risk") && page.contains("raises"), "{page}");
    let sorted = get(&api, "/api/v1/parties?sort=-churn_risk&limit=1").await;
    assert_eq!(sorted["data"][0]["id"], first["party_id"], "{sorted}");
    let page = admin.get("/value/churn").await.expect(200).body;
    for words in [
        "Tested on a time that was not known",
        "Logistic regression",
        "Days of silence alone",
        "What counts",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(
        app.login_zh("admin")
            .await
            .get("/value/churn")
            .await
            .expect(200)
            .body
            .contains("流失风险")
    );
    // High risks rang, each with a task for the owner and the reasons of that day.
    let rung = get(&api, "/api/v1/alarms?limit=200").await["data"].clone();
    let rung: Vec<Json> = rung
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["cause"] == "churn")
        .cloned()
        .collect();
    assert!(!rung.is_empty(), "nobody is likely to leave: {risks:?}");
    for alarm in &rung {
        assert!(alarm["silence_days"].as_i64() <= Some(182), "{alarm}");
    }
    let alarm = &rung[0];
    let task = get(&api, &format!("/api/v1/tasks/{}", alarm["task_id"])).await;
    assert_eq!(
        (&task["kind"], &task["assignee_id"]),
        (&json!("churn"), &json!(seller)),
        "{task}"
    );
    let page = admin.get(&format!("/alarms/{}", alarm["id"])).await.expect(200).body;
    assert!(page.contains("Why the risk was high"), "{page}");
    let body = json!({"to": "true_alarm", "version": alarm["version"]});
    let path = format!("/api/v1/alarms/{}/outcome", alarm["id"]);
    api.api("POST", &path, Some(&body), &[]).await.expect(200);
    let told = get(&api, "/api/v1/value/alarms").await["so_far"]["by_cause"]["churn"].clone();
    assert_eq!(
        (&told["true_alarms"], &told["precision"]),
        (&json!(1), &json!(1.0)),
        "{told}"
    );
    assert!(number(&told["foreseen"]) >= 0.6, "{told}");
    assert_eq!(get(&api, "/api/v1/value/churn").await["alarms"]["true_alarms"], 1);
    // The same silence does not ring twice, whatever for, and a higher limit rings for nobody.
    let all = get(&api, "/api/v1/alarms?limit=200").await["data"]
        .as_array()
        .unwrap()
        .clone();
    let mut whom: Vec<String> = all.iter().map(|a| format!("{}", a["party_id"])).collect();
    whom.sort();
    assert!(whom.windows(2).all(|w| w[0] != w[1]), "{whom:?}");
    let page = admin.get("/value/alarms").await.expect(200).body;
    assert!(
        page.contains("Foreseen") && page.contains("Risk of leaving from"),
        "{page}"
    );

    let other = app.user("other", "salesperson").await;
    let stranger = app.token(other, false).await;
    assert_eq!(
        get(&stranger, "/api/v1/value/churn/customers").await["items"],
        serde_json::json!([])
    );
    stranger
        .api("GET", &format!("/api/v1/value/churn/customers/{}", ids[0]), None, &[])
        .await
        .expect(404);
    app.stop().await;
}

#[tokio::test]
async fn too_little_is_refused() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 40, 5);
    house(&app, None, 40, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/churn").await;
    assert_eq!(said["report"]["customers"], 0, "{said}");
    let page = app.login("admin").await.get("/value/churn").await.expect(200).body;
    assert!(
        page.contains("The orders cannot carry it") && page.contains("are too few"),
        "{page}"
    );
    assert_eq!(said["report"]["refusal"], "few");
    let list = get(&api, "/api/v1/value/churn/customers").await;
    assert_eq!(list["items"], json!([]), "no risk without a model");
    app.stop().await;
}

#[tokio::test]
async fn who_leaves_by_chance_alone_is_not_foreseen() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    // One order each: nothing is known of anybody but the days since, and these are drawn by lot.
    let mut dice = Dice::new(5);
    let mut bought: Bought = vec![];
    for c in 0..300_usize {
        let first = 300.0 + 790.0 * dice.unit();
        bought.push((c, before(&app, first as i64), 50_000));
        for back in [40, 130, 220, 310, 400, 490, 580, 670, 760] {
            let day = back + (60.0 * dice.unit()) as i64;
            if (day as f64) < first && dice.unit() < 0.35 {
                bought.push((c, before(&app, day), 50_000));
            }
        }
    }
    house(&app, None, 300, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/churn").await;
    let r = &said["report"];
    if r["refusal"] == "no_better" {
        assert_eq!(r["customers"], 0);
        assert!(
            r["trees"]["auc"].is_number() || r["line"]["auc"].is_number(),
            "the test is shown: {r}"
        );
        let page = app.login("admin").await.get("/value/churn").await.expect(200).body;
        assert!(page.contains("would be a guess"), "{page}");
    } else {
        // It may find a little; then the test says so.
        let taken = if r["boosted"] == true { &r["trees"] } else { &r["line"] };
        assert!(taken["auc_range"][0].as_f64() > Some(0.5), "{r}");
    }
    app.stop().await;
}
