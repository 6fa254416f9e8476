//! Customer groups: kinds that are there are found and named in both languages, kept as live and frozen segments, and keep their
//! numbers; few customers are not grouped; everybody sees their own customers only.

use crate::lifetime::{Bought, Dice, analyse, before, boss, get, house};
use serde_json::json;
use zhike_testkit::TestApp;

/// Three kinds: a fifth orders much every week, half orders little a few times a year, the rest has been silent for long.
fn kinds(app: &TestApp, customers: usize) -> (Bought, Vec<usize>) {
    let mut dice = Dice::new(4);
    let (mut all, mut kind) = (vec![], vec![]);
    for c in 0..customers {
        let (of, gap, amount, last) = match c % 10 {
            0 | 1 => (0, 8.0, 900_000.0, 2.0),
            2..=6 => (1, 70.0, 60_000.0, 10.0),
            _ => (2, 30.0, 60_000.0, 230.0),
        };
        kind.push(of);
        let mut day = last + gap * dice.unit();
        while day < 700.0 {
            all.push((c, before(app, day as i64), (amount * (0.6 + 0.8 * dice.unit())) as i64));
            day += gap * (0.7 + 0.6 * dice.unit());
        }
    }
    (all, kind)
}

#[tokio::test]
async fn kinds_of_customers_are_found_named_and_kept_as_segments() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let admin = app.login("admin").await;
    let none = admin.get("/value/clusters").await.expect(200).body;
    assert!(none.contains("No groups yet"), "{none}");
    api.api("GET", "/api/v1/value/clusters", None, &[]).await.expect(404);
    let customers = 150;
    let (bought, kind) = kinds(&app, customers);
    let ids = house(&app, Some(seller), customers, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/clusters").await;
    assert_eq!(
        (&said["customers"], &said["k"]),
        (&json!(150), &said["proposed"]),
        "{said}"
    );
    // However many are proposed, no group mixes the kinds.
    let numbers = async || -> Vec<i64> {
        let list = get(&api, "/api/v1/value/clusters/customers?limit=500").await;
        let items = list["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), customers);
        let of = |id: &i64| {
            items.iter().find(|i| i["party_id"] == *id).unwrap()["cluster"]
                .as_i64()
                .unwrap()
        };
        ids.iter().map(of).collect()
    };
    let proposed = numbers().await;
    for (a, x) in proposed.iter().enumerate() {
        for (b, y) in proposed.iter().enumerate() {
            assert!(
                x != y || kind[a] == kind[b],
                "customers {a} and {b} in group {x}: {said}"
            );
        }
    }

    // The house wants three: they are the kinds.
    let choose = async |k: serde_json::Value, status: u16| {
        let path = "/api/v1/value/clusters/number";
        let answer = api
            .api("PUT", path, Some(&json!({ "k": k })), &[])
            .await
            .expect(status)
            .json();
        while app.run_jobs().await > 0 {}
        answer
    };
    assert_eq!(choose(json!(40), 422).await["errors"][0]["field"], "k");
    choose(json!(3), 202).await;
    let said = get(&api, "/api/v1/value/clusters").await;
    assert_eq!(said["k"], 3, "{said}");
    let three = numbers().await;
    // Of each kind, the number of the group in which its first customer is: 0 (much, often), 2 (rarely), 7 (silent).
    let [often, rarely, silent] = [0, 2, 7].map(|c| three[c]);
    for c in 0..customers {
        assert_eq!(three[c], [often, rarely, silent][kind[c]], "customer {c}");
    }
    let groups = said["clusters"].as_array().unwrap();
    let of = |n: i64| groups.iter().find(|g| g["number"] == n).unwrap();
    let sizes = [often, rarely, silent].map(|n| of(n)["customers"].as_i64().unwrap());
    assert_eq!(sizes, [30, 75, 45]);
    let name = |n: i64| of(n)["name"].as_str().unwrap().to_lowercase();
    assert!(
        name(often).contains("orders often") && !name(often).contains("low sales"),
        "{}",
        name(often)
    );
    assert!(name(silent).contains("long silence"), "{}", name(silent));
    let page = admin.get("/value/clusters").await.expect(200).body;
    for words in [
        "What sets the groups apart",
        "How many groups?",
        "When not to trust",
        "Freeze as a segment",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let zh = app
        .login_zh("admin")
        .await
        .get("/value/clusters")
        .await
        .expect(200)
        .body;
    assert!(zh.contains("客户分群") && zh.contains("沉默已久"), "{zh}");
    let page = admin.get(&format!("/parties/{}/value", ids[0])).await.expect(200).body;
    assert!(page.contains("Customer group"), "{page}");

    // Frozen, it keeps those who are in it; live, it follows.
    let keep = async |frozen: bool| {
        let body = json!({ "frozen": frozen });
        let path = format!("/api/v1/value/clusters/{often}/segment");
        api.api("POST", &path, Some(&body), &[]).await.expect(201).json()["id"]
            .as_i64()
            .unwrap()
    };
    let (frozen, live) = (keep(true).await, keep(false).await);
    let members = |id: i64| format!("/api/v1/segments/{id}/members?limit=500");
    let kept = get(&api, &members(frozen)).await;
    assert_eq!(
        (&kept["kind"], &kept["count"]),
        (&json!("frozen"), &json!(30)),
        "{kept}"
    );
    assert_eq!(get(&api, &members(live)).await["count"], 30);
    let segment = get(&api, &format!("/api/v1/segments/{frozen}")).await;
    assert_eq!(segment["name"].as_str().unwrap().to_lowercase(), name(often));
    let before_page = admin
        .post(&format!("/value/clusters/{silent}/segment"), &[("frozen", "1")])
        .await;
    before_page.expect(303);
    api.api("POST", "/api/v1/value/clusters/99/segment", Some(&json!({})), &[])
        .await
        .expect(404);

    // Another number takes nobody out of what is frozen; nothing chosen follows the proposal again.
    choose(json!(2), 202).await;
    let two = get(&api, "/api/v1/value/clusters").await;
    assert_eq!((&two["k"], &two["chosen_by_house"]), (&json!(2), &json!(true)), "{two}");
    assert_eq!(get(&api, &members(frozen)).await["count"], 30, "frozen is frozen");
    choose(json!(null), 202).await;
    let again = get(&api, "/api/v1/value/clusters").await;
    assert_eq!(
        (&again["k"], &again["chosen_by_house"]),
        (&again["proposed"], &json!(false)),
        "{again}"
    );

    // Who sees nobody sees no members, and may not choose for the house.
    let other = app.user("other", "salesperson").await;
    let stranger = app.token(other, false).await;
    assert_eq!(
        get(&stranger, "/api/v1/value/clusters/customers").await["items"],
        json!([])
    );
    let path = "/api/v1/value/clusters/number";
    stranger
        .api("PUT", path, Some(&json!({ "k": 4 })), &[])
        .await
        .expect(403);
    app.stop().await;
}

#[tokio::test]
async fn few_customers_are_not_grouped() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let (bought, _) = kinds(&app, 40);
    house(&app, None, 40, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/clusters").await;
    assert_eq!(
        (&said["refused"], &said["clusters"]),
        (&json!(true), &json!([])),
        "{said}"
    );
    let page = app.login("admin").await.get("/value/clusters").await.expect(200).body;
    assert!(page.contains("are too few for groups"), "{page}");
    app.stop().await;
}
