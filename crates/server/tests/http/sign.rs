//! Early signs: a sign that is there is found with the counts of a hand and holds later, chance is told as chance, too short a
//! history is refused.

use crate::lifetime::{Bought, Dice, analyse, before, boss, get, house};
use serde_json::{Value as Json, json};
use zhike_kernel::{Date, Value};
use zhike_store::write;
use zhike_testkit::TestApp;

const CUSTOMERS: usize = 400;

/// Orders every month for three years; of those who complain half leave, of the others few. The complaints.
fn trouble(app: &TestApp) -> (Bought, Vec<(usize, i64)>) {
    let mut dice = Dice::new(12);
    let (mut bought, mut complaints) = (vec![], vec![]);
    for c in 0..CUSTOMERS {
        let mut gone = if dice.unit() < 0.1 { 900.0 * dice.unit() } else { 0.0 };
        if c % 2 == 0 {
            let back = 20.0 + 640.0 * dice.unit();
            if gone < back {
                complaints.push((c, back as i64));
                if dice.unit() < 0.5 {
                    gone = back - 3.0;
                }
            }
        }
        let mut day = 1_060.0 + 30.0 * dice.unit();
        while day > gone.max(1.0) {
            bought.push((c, before(app, day as i64), 40_000 + (20_000.0 * dice.unit()) as i64));
            day -= 20.0 + 20.0 * dice.unit();
        }
    }
    (bought, complaints)
}

async fn complain(app: &TestApp, ids: &[i64], all: &[(usize, i64)]) {
    let ctx = app.ctx();
    let ty = ctx.registry().get("service_use").unwrap().clone();
    let rows = all.iter().map(|(c, back)| {
        let pairs: [(&str, Value); 3] = [
            ("party_id", ids[*c].into()),
            ("used_on", before(app, *back).into()),
            ("kind", "complaint".into()),
        ];
        pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
    });
    let tx = ctx.begin().await.unwrap();
    write::insert_many(&ctx, &tx, &ty, rows.collect(), None).await.unwrap();
    tx.commit().await.unwrap();
}

fn of<'a>(said: &'a Json, outcome: &str, fact: &str) -> &'a Json {
    let all = said["outcomes"].as_array().unwrap();
    let asked = all.iter().find(|o| o["outcome"] == outcome).unwrap();
    let signs = asked["signs"].as_array().unwrap();
    signs.iter().find(|s| s["fact"] == fact).unwrap()
}

#[tokio::test]
async fn what_comes_before_leaving_is_found_and_asked_again() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let admin = app.login("admin").await;
    let none = admin.get("/value/signs").await.expect(200).body;
    assert!(none.contains("No signs yet"), "{none}");
    api.api("GET", "/api/v1/value/signs", None, &[]).await.expect(404);
    let (bought, complaints) = trouble(&app);
    let ids = house(&app, None, CUSTOMERS, &bought).await;
    complain(&app, &ids, &complaints).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/signs").await;
    let sign = of(&said, "defection", "complained");
    assert_eq!(sign["verdict"], "holds", "{sign}");

    // By hand, on the later days: who was in play, who had complained within 91 days, who ordered nothing for 182.
    let outcomes = said["outcomes"].as_array().unwrap();
    let asked = outcomes.iter().find(|o| o["outcome"] == "defection").unwrap();
    let today = app.ctx().today();
    let days = |key: &str| -> Vec<i64> {
        let list = asked[key].as_array().unwrap();
        let back = |d: &Json| i64::from((today - d.as_str().unwrap().parse::<Date>().unwrap()).get_days());
        list.iter().map(back).collect()
    };
    let mut cells = [0_i64; 4];
    for day in days("later_on") {
        for c in 0..CUSTOMERS {
            let orders: Vec<i64> = bought
                .iter()
                .filter(|b| b.0 == c)
                .map(|b| i64::from((today - b.1).get_days()))
                .collect();
            let Some(last) = orders.iter().copied().filter(|o| *o >= day).min() else {
                continue;
            };
            if last - day > 365 {
                continue;
            }
            let complained = complaints
                .iter()
                .any(|(of, back)| *of == c && (day..day + 91).contains(back));
            let left = !orders.iter().any(|o| (day - 182..day).contains(o));
            cells[usize::from(!complained) * 2 + usize::from(!left)] += 1;
        }
    }
    let later = &sign["later"];
    assert_eq!(
        [
            &later["with_came"],
            &later["with"],
            &later["without_came"],
            &later["without"]
        ],
        [
            &json!(cells[0]),
            &json!(cells[0] + cells[1]),
            &json!(cells[2]),
            &json!(cells[2] + cells[3])
        ],
        "{sign}"
    );
    let share = |a: i64, b: i64| a as f64 / (a + b) as f64;
    let lift = share(cells[0], cells[1]) / share(cells[2], cells[3]);
    assert!(
        (later["lift"].as_f64().unwrap() - lift).abs() < 1e-9 && lift > 1.2,
        "{later}"
    );
    // What is searched is over before it is asked again.
    let (found, again) = (days("found_on"), days("later_on"));
    assert!(
        found.iter().min().unwrap() - 182 >= *again.iter().max().unwrap(),
        "{found:?} {again:?}"
    );
    // Nobody lost a deal, so nothing is said of that.
    assert_eq!(of(&said, "defection", "deal_lost")["verdict"], "few");
    // Who complained buys less often within a month.
    let bought_less = of(&said, "purchase", "complained");
    assert!(
        bought_less["found"]["lift"].as_f64().is_some_and(|l| l < 1.0),
        "{bought_less}"
    );

    let page = admin.get("/value/signs").await.expect(200).body;
    for words in [
        "Before customers leave",
        "Complained",
        "Holds",
        "Among the alike",
        "When not to trust",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = app
        .login_zh("admin")
        .await
        .get("/value/signs?of=purchase")
        .await
        .expect(200)
        .body;
    assert!(page.contains("购买之前") && page.contains("同类之中"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn a_short_history_has_no_signs() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought: Bought = (0..200).map(|i| (i % 40, before(&app, 1 + i as i64), 10_000)).collect();
    house(&app, None, 40, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/signs").await;
    assert_eq!(said["outcomes"], json!([]), "{said}");
    let page = app.login("admin").await.get("/value/signs").await.expect(200).body;
    assert!(page.contains("days of orders are too few"), "{page}");
    app.stop().await;
}
