//! Lifetime values: those of the command line to the last unit, refused where the data cannot carry them, only what one may see.

use crate::value::{Folder, good, json as cli};
use serde_json::{Value as Json, json};
use zhike_kernel::{Date, Value, Values};
use zhike_store::{binds, write};
use zhike_testkit::{Client, TestApp};

/// A tiny generator, so that the house is the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }
    /// Between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Orders as (customer's place, day, amount in minor units).
pub(crate) type Bought = Vec<(usize, Date, i64)>;

pub(crate) fn before(app: &TestApp, days: i64) -> Date {
    let back = jiff::Span::new().days(days);
    app.ctx().today().checked_sub(back).unwrap()
}

/// Customers who buy at random for two years at rates of their own and leave at random.
pub(crate) fn by_chance(app: &TestApp, customers: usize, seed: u64) -> Bought {
    let mut dice = Dice::new(seed);
    let mut all = vec![];
    for c in 0..customers {
        let gap = 12.0 + 220.0 * dice.unit().powi(2);
        let leaves = 0.8 * dice.unit().powi(3);
        let amount = 20_000.0 + 200_000.0 * dice.unit();
        let mut day = 30.0 + 700.0 * dice.unit();
        while day >= 1.0 {
            let spent = amount * (0.5 + dice.unit());
            all.push((c, before(app, day as i64), spent as i64));
            if dice.unit() < leaves {
                break;
            }
            day -= 1.0 - gap * (1.0 - dice.unit()).ln();
        }
    }
    all
}

/// Writes customers and their orders; the ids of the customers.
pub(crate) async fn house(app: &TestApp, owner: Option<i64>, customers: usize, bought: &Bought) -> Vec<i64> {
    let ctx = app.ctx();
    let make = async |name: &str, rows: Vec<Values>| -> Vec<i64> {
        let ty = ctx.registry().get(name).unwrap().clone();
        let tx = ctx.begin().await.unwrap();
        let ids = write::insert_many(&ctx, &tx, &ty, rows, None).await.unwrap();
        tx.commit().await.unwrap();
        ids
    };
    let row = |pairs: Vec<(&str, Value)>| -> Values { pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() };
    let parties = (0..customers).map(|i| {
        row(vec![
            ("name", format!("Customer {i:03}").into()),
            ("roles", "customer".into()),
            ("owner_id", owner.map_or(Value::Null, Value::from)),
        ])
    });
    let ids = make("party", parties.collect()).await;
    let orders = bought.iter().map(|(c, day, _)| {
        row(vec![
            ("party_id", ids[*c].into()),
            ("ordered_on", (*day).into()),
            ("kind", "sale".into()),
            ("status", "confirmed".into()),
            ("currency", "CNY".into()),
        ])
    });
    let orders = make("order", orders.collect()).await;
    let lines = bought.iter().zip(&orders).map(|((_, _, amount), order)| {
        row(vec![
            ("order_id", (*order).into()),
            ("position", 1_i64.into()),
            ("quantity", 1_000_i64.into()),
            ("unit_price", (*amount).into()),
            ("unit_cost", (amount * 6 / 10).into()),
        ])
    });
    make("order_line", lines.collect()).await;
    ids
}

pub(crate) async fn boss(app: &TestApp) -> Client {
    let user = app.user("boss", "administrator").await;
    app.token(user, false).await
}

pub(crate) async fn get(client: &Client, path: &str) -> Json {
    client.api("GET", path, None, &[]).await.expect(200).json()
}

pub(crate) async fn analyse(app: &TestApp, client: &Client) {
    let asked = client
        .api("POST", "/api/v1/value/refresh", Some(&json!({"period": "12m"})), &[])
        .await;
    asked.expect(202);
    while app.run_jobs().await > 0 {}
}

#[tokio::test]
async fn the_value_of_a_customer_is_what_the_command_line_says() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 220, 7);
    house(&app, None, 220, &bought).await;
    let admin = app.login("admin").await;
    let none = admin.get("/value/lifetime").await.expect(200).body;
    assert!(none.contains("No lifetime values yet"), "{none}");
    api.api("GET", "/api/v1/value/lifetime", None, &[]).await.expect(404);
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/lifetime").await;
    assert_eq!(said["refusal"], Json::Null, "{said}");
    assert_eq!(said["customers"], 220);

    // By hand: the same purchases, the same model, the fit as the API gives it.
    let folder = Folder::new("lifetime");
    let csv = api
        .api("GET", "/api/v1/value/lifetime/purchases", None, &[])
        .await
        .expect(200);
    folder.write("purchases.csv", &csv.body);
    assert_eq!(csv.body.lines().next(), Some("customer,date,amount"));
    let end = said["to_on"].as_str().unwrap();
    let summary = good(
        &folder,
        &format!(
            "summary --input purchases.csv --customer customer --date date --amount amount --end {end} --unit weeks --format csv"
        ),
    );
    folder.write("summary.csv", summary);
    let model = said["fit"]["model"].as_str().unwrap();
    let refit = cli(&folder, &format!("fit --model {model} --input summary.csv"));
    let amounts = cli(&folder, "fit --model gamma-gamma --input summary.csv");
    for (ours, theirs) in [(&said["fit"], &refit), (&said["spend"], &amounts)] {
        for (name, value) in theirs["params"].as_object().unwrap() {
            let (a, b) = (ours["params"][name].as_f64().unwrap(), value.as_f64().unwrap());
            assert!((a / b - 1.0).abs() < 1e-5, "{name}: {a} against {b}");
        }
    }
    folder.write("fit.json", said["fit"].to_string());
    folder.write("spend.json", said["spend"].to_string());
    let list = get(&api, "/api/v1/value/lifetime/customers?limit=500").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 220);
    for item in [&items[0], &items[110], &items[219]] {
        let (id, margin) = (&item["party_id"], item["margin"].as_f64().unwrap() / 1e6);
        let by_hand = cli(
            &folder,
            &format!(
                "npv --input summary.csv --model {model} --params fit.json --spend spend.json --discount 0.1 --margin-rate={margin} \
                 --customer {id} --draws 400"
            ),
        );
        let hand = |key: &str| by_hand[0][key].as_f64().unwrap();
        let ours = |key: &str| item[key].as_f64().unwrap();
        let close = |a: f64, b: f64| (a - b).abs() <= 1.0 + 2e-6 * b.abs();
        assert!(close(ours("npv"), hand("npv") * 100.0), "{item} against {by_hand}");
        assert!(
            close(ours("p_alive"), hand("p_alive") * 1e6),
            "{item} against {by_hand}"
        );
        assert!(close(ours("residual"), hand("dert") * 1e6), "{item} against {by_hand}");
        assert!(
            close(ours("amount"), hand("amount") * 100.0),
            "{item} against {by_hand}"
        );
        // The page takes the slopes, the command line draws: two ways to one interval.
        let width = |low: f64, high: f64| (high / low).ln();
        let (a, b) = (
            width(ours("npv_low"), ours("npv_high")),
            width(hand("low"), hand("high")),
        );
        assert!((a / b - 1.0).abs() < 0.45, "{a} against {b}");
        let one = get(&api, &format!("/api/v1/value/lifetime/customers/{id}")).await;
        assert_eq!(&one, item);
    }
    let total: i64 = items.iter().map(|i| i["npv"].as_i64().unwrap()).sum();
    assert_eq!(said["totals"]["npv"], total);
    let (low, high) = (
        said["totals"]["low"].as_i64().unwrap(),
        said["totals"]["high"].as_i64().unwrap(),
    );
    assert!(low < total && total < high && high < 2 * low, "{low} {total} {high}");

    // The list of customers sorts and filters by it.
    let sorted = get(&api, "/api/v1/parties?sort=-npv&limit=3").await;
    let first: Vec<&Json> = sorted["data"].as_array().unwrap().iter().map(|p| &p["id"]).collect();
    assert_eq!(first, items.iter().take(3).map(|i| &i["party_id"]).collect::<Vec<_>>());
    let gone = items
        .iter()
        .filter(|i| i["p_alive"].as_i64().unwrap() < 500_000)
        .count();
    assert_eq!(said["seen"]["at_risk"], gone);
    let page = admin
        .get("/parties?f=p_alive:lt:50&sort=-npv&cols=npv,p_alive,expected")
        .await
        .expect(200)
        .body;
    assert!(
        page.contains("Lifetime value") && page.contains("Still a customer"),
        "{page}"
    );
    let page = admin.get("/value/lifetime").await.expect(200).body;
    for word in [
        "Customer equity",
        "Held against what came",
        "Standard error",
        "When not to trust it",
        "What if",
    ] {
        assert!(page.contains(word), "no {word} in {page}");
    }
    let tab = admin
        .get(&format!("/parties/{}/value", items[0]["party_id"]))
        .await
        .expect(200)
        .body;
    assert!(tab.contains("orders to come, discounted ="), "{tab}");
    let zh = app.login_zh("admin").await;
    assert!(zh.get("/value/lifetime").await.expect(200).body.contains("客户资产"));

    // Asked again with nothing new, nothing is computed.
    let run = said["run"].clone();
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_jobs::push(&tx, "insight.lifetime", None, &json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    assert_eq!(get(&api, "/api/v1/value/lifetime").await["run"], run);
    // A dearer money makes future orders cheaper.
    api.api(
        "PUT",
        "/api/v1/value/assumptions",
        Some(&json!({"discount": 200_000})),
        &[],
    )
    .await
    .expect(200);
    while app.run_jobs().await > 0 {}
    let dear = get(&api, "/api/v1/value/lifetime").await;
    assert!(dear["run"] != run && dear["totals"]["npv"].as_i64().unwrap() < total);
    let wrong = json!({"discount": 0});
    api.api("PUT", "/api/v1/value/assumptions", Some(&wrong), &[])
        .await
        .expect(422);
    app.stop().await;
}

#[tokio::test]
async fn the_sliders_move_the_value_and_keep_nothing() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 120, 9);
    house(&app, None, 120, &bought).await;
    analyse(&app, &api).await;
    let still = get(&api, "/api/v1/value/what-if").await;
    assert_eq!(still["then"]["difference"], 0, "{still}");
    let before = get(&api, "/api/v1/value/lifetime").await;
    assert_eq!(still["now"]["equity"], before["totals"]["npv"]);
    let more = get(&api, "/api/v1/value/what-if?retention=2&margin=0&discount=10").await;
    let of = |j: &Json, key: &str| j["then"][key].as_f64().unwrap();
    let (e, r) = (still["now"]["equity"].as_f64().unwrap(), of(&still, "retention_now"));
    // (1+d−r)/(1+d−r−p)
    assert!(
        (of(&more, "equity") / e - (1.1 - r) / (1.1 - r - 0.02)).abs() < 1e-6,
        "{more}"
    );
    let bad = api
        .api("GET", "/api/v1/value/what-if?retention=95", None, &[])
        .await
        .expect(422)
        .json();
    assert_eq!(bad["errors"][0]["field"], "retention");
    let part = app
        .login("admin")
        .await
        .fragment("/value/lifetime/what-if?discount=20")
        .await
        .expect(200)
        .body;
    assert!(part.contains("what-if-result") && part.contains("20.0%"), "{part}");
    assert_eq!(get(&api, "/api/v1/value/lifetime").await["totals"], before["totals"]);
    app.stop().await;
}

#[tokio::test]
async fn what_the_orders_cannot_carry_is_refused_in_words() {
    // Few come back; rent on the first of each month; nothing but a short time.
    let few = |app: &TestApp| {
        (0..60)
            .map(|c| (c, before(app, 400 - 5 * c as i64), 10_000))
            .collect::<Bought>()
    };
    let rent = |app: &TestApp| {
        let months = (0..60_usize).flat_map(|c| (0..20_i64).map(move |m| (c, m)));
        months
            .map(|(c, m)| (c, before(app, 30 * m + 1), 10_000))
            .collect::<Bought>()
    };
    let short = |app: &TestApp| {
        (0..60)
            .map(|c| (c, before(app, 1 + c as i64), 10_000))
            .collect::<Bought>()
    };
    type Made<'a> = &'a dyn Fn(&TestApp) -> Bought;
    let cases: [(Made<'_>, &str, &str); 3] = [
        (&few, "few_repeats", "at least 40 repeat buyers"),
        (&rent, "contract", "contracts or subscriptions"),
        (&short, "short", "less than half a year"),
    ];
    for (made, code, words) in cases {
        let app = TestApp::boot().await;
        let api = boss(&app).await;
        let bought = made(&app);
        let ids = house(&app, None, 60, &bought).await;
        analyse(&app, &api).await;
        let said = get(&api, "/api/v1/value/lifetime").await;
        assert_eq!(said["refusal"], code, "{said}");
        assert!(said["fit"].is_null() && said["totals"].is_null(), "{said}");
        let one = get(&api, &format!("/api/v1/value/lifetime/customers/{}", ids[0])).await;
        assert!(one["npv"].is_null() && one["p_alive"].is_null());
        let admin = app.login("admin").await;
        for path in ["/value/lifetime".to_owned(), format!("/parties/{}/value", ids[0])] {
            let page = admin.get(&path).await.expect(200).body;
            assert!(page.contains(words), "{page}");
        }
        api.api("GET", "/api/v1/value/what-if", None, &[]).await.expect(404);
        app.stop().await;
    }
}

#[tokio::test]
async fn who_sees_some_customers_gets_their_values_only() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    let bought = by_chance(&app, 120, 5);
    let ids = house(&app, None, 120, &bought).await;
    let tx = app.ctx().begin().await.unwrap();
    for id in &ids[..10] {
        tx.exec(
            "UPDATE party_party SET owner_id = $1 WHERE id = $2",
            binds![seller, *id],
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    analyse(&app, &api).await;
    let token = app.token(seller, false).await;
    let said = get(&token, "/api/v1/value/lifetime").await;
    assert_eq!(
        (&said["seen"]["customers"], &said["customers"]),
        (&json!(10), &json!(120))
    );
    let list = get(&token, "/api/v1/value/lifetime/customers?limit=500").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 10);
    let total: i64 = items.iter().map(|i| i["npv"].as_i64().unwrap()).sum();
    assert_eq!(said["totals"]["npv"], total);
    assert!(items[0].get("margin").is_none() && items[0]["hidden"] == json!(["margin"]));
    token
        .api(
            "GET",
            &format!("/api/v1/value/lifetime/customers/{}", ids[50]),
            None,
            &[],
        )
        .await
        .expect(404);
    token.api("GET", "/api/v1/value/what-if", None, &[]).await.expect(403);
    let csv = token
        .api("GET", "/api/v1/value/lifetime/purchases", None, &[])
        .await
        .expect(200)
        .body;
    let own = csv
        .lines()
        .skip(1)
        .map(|l| l.split(',').next().unwrap().parse::<i64>().unwrap());
    assert!(own.into_iter().all(|id| ids[..10].contains(&id)));
    let page = app.login("seller").await.get("/value/lifetime").await.expect(200).body;
    assert!(
        page.contains("Of the 10 customers you may see") && !page.contains("what-if-result"),
        "{page}"
    );
    app.stop().await;
}

#[tokio::test]
async fn the_triangle_and_the_curve_are_those_of_the_orders() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 120, 13);
    let ids = house(&app, None, 120, &bought).await;
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/retention").await;
    // By hand: quarters with a purchase by the quarter of the first one.
    let quarter = |d: Date| i64::from(d.year()) * 4 + (i64::from(d.month()) - 1) / 3;
    let mut table: std::collections::BTreeMap<i64, (i64, Vec<std::collections::HashSet<usize>>)> = Default::default();
    let now = quarter(app.ctx().today());
    for c in 0..120 {
        let days: Vec<Date> = bought.iter().filter(|b| b.0 == c).map(|b| b.1).collect();
        let entered = days.iter().copied().map(quarter).min().unwrap();
        let cohort = table
            .entry(entered)
            .or_insert_with(|| (0, vec![Default::default(); usize::try_from(now - entered + 1).unwrap()]));
        cohort.0 += 1;
        for day in days {
            cohort.1[usize::try_from(quarter(day) - entered).unwrap()].insert(c);
        }
    }
    let cohorts = said["cohorts"].as_array().unwrap();
    assert_eq!(cohorts.len(), table.len());
    for (cohort, (number, (many, since))) in cohorts.iter().zip(table.iter().rev()) {
        assert_eq!(cohort["quarter"], format!("{}-Q{}", number / 4, number % 4 + 1));
        assert_eq!(cohort["customers"], *many);
        let counts: Vec<usize> = since.iter().map(|s| s.len()).collect();
        assert_eq!(cohort["bought"], json!(counts), "{cohort}");
    }
    // The customers of a cell.
    let admin = app.login("admin").await;
    let (number, (many, since)) = table.iter().next().unwrap();
    let name = format!("{}-Q{}", number / 4, number % 4 + 1);
    for (word, expected) in [("yes", since[1].len()), ("no", *many as usize - since[1].len())] {
        let path = format!("/value/retention/customers?cohort={name}&quarter=1&bought={word}");
        let page = admin.get(&path).await.expect(200).body;
        assert_eq!(page.matches("/value\">Customer ").count(), expected, "{page}");
    }
    // Staying falls, and the band is around it; who left is silent beyond the own limit.
    let curve = said["curve"].as_array().unwrap();
    let at = |m: &Json, key: &str| m[key].as_f64().unwrap();
    assert!(curve.len() > 12 && curve.windows(2).all(|w| at(&w[0], "staying") >= at(&w[1], "staying")));
    assert!(
        curve
            .iter()
            .all(|m| at(m, "low") <= at(m, "staying") && at(m, "staying") <= at(m, "high"))
    );
    let mut left = 0;
    for id in &ids {
        let one = get(&api, &format!("/api/v1/value/lifetime/customers/{id}")).await;
        let of = |key: &str| one[key].as_i64().unwrap();
        left += i64::from(of("t_days") - of("t_x_days") > of("limit_days"));
    }
    assert_eq!((&said["left"], &said["customers"]), (&json!(left), &json!(120)));
    let zh = app.login_zh("admin").await;
    assert!(zh.get("/value/retention").await.expect(200).body.contains("客户留存"));
    app.stop().await;
}
