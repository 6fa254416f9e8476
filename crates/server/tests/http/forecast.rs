//! The forecast: exact where sales are, its errors those of a count by hand, commitments held against what came, and what a
//! change of demand does to stock.

use crate::lifetime::{analyse, boss, get};
use crate::offer::make;
use serde_json::{Value as Json, json};
use zhike_kernel::{Date, Value, Values};
use zhike_testkit::{Client, TestApp};

/// Pieces a month in the first year; each year sells twice the year before.
const SEASON: [i64; 12] = [9, 5, 10, 10, 10, 11, 9, 9, 10, 11, 12, 14];
/// Three years until June 2026: July 2023 is the first month.
const FIRST: i64 = 2023 * 12 + 6;
/// Minor units of a piece.
const PRICE: i64 = 10_000;

fn row(pairs: Vec<(&str, Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

fn pieces(month: i64) -> i64 {
    let at = month - FIRST;
    SEASON[usize::try_from(month % 12).unwrap()] << (at / 12)
}

fn day(month: i64, day: i64) -> Date {
    format!("{:04}-{:02}-{day:02}", month / 12, month % 12 + 1)
        .parse()
        .unwrap()
}

struct House {
    steady: i64,
    to_order: i64,
    customers: [i64; 2],
}

/// One customer of each of two sellers: the first buys what doubles every year, the second what is made to order.
async fn house(app: &TestApp, sellers: [i64; 2]) -> House {
    let kind = app
        .make("category", &[("code", "a".into()), ("name", "Meters".into())])
        .await;
    let mut products = vec![];
    for (sku, name) in [("A", "Meter"), ("B", "Special meter")] {
        let values = [
            ("sku", sku.into()),
            ("name", name.into()),
            ("category_id", kind.into()),
            ("price", PRICE.into()),
            ("currency", "CNY".into()),
        ];
        products.push(app.make("product", &values).await);
    }
    let mut customers = vec![];
    for (seller, region) in sellers.iter().zip(["east", "west"]) {
        let values = [
            ("name", format!("Customer {region}").into()),
            ("roles", "customer".into()),
            ("region", region.into()),
            ("owner_id", (*seller).into()),
        ];
        customers.push(app.make("party", &values).await);
    }
    let house = House {
        steady: products[0],
        to_order: products[1],
        customers: [customers[0], customers[1]],
    };
    for month in FIRST..FIRST + 36 {
        sell(app, house.customers[0], sellers[0], house.steady, month, pieces(month)).await;
        if month % 3 == 0 {
            sell(app, house.customers[1], sellers[1], house.to_order, month, 7).await;
        }
    }
    house
}

async fn sell(app: &TestApp, party: i64, seller: i64, product: i64, month: i64, many: i64) {
    let last = match month - FIRST {
        35 => 30,
        36.. => 2,
        _ => 12,
    };
    let orders = make(
        app,
        "order",
        vec![row(vec![
            ("party_id", party.into()),
            ("owner_id", seller.into()),
            ("ordered_on", day(month, last).into()),
            ("kind", "sale".into()),
            ("status", "confirmed".into()),
            ("currency", "CNY".into()),
        ])],
    )
    .await;
    let line = row(vec![
        ("order_id", orders[0].into()),
        ("position", 1_i64.into()),
        ("product_id", product.into()),
        ("quantity", (many * 1_000).into()),
        ("unit_price", PRICE.into()),
        ("unit_cost", (PRICE / 2).into()),
    ]);
    make(app, "order_line", vec![line]).await;
}

fn of(said: &Json, key: i64) -> &Json {
    let all = said["series"].as_array().unwrap();
    all.iter()
        .find(|s| s["key"].as_str() == Some(key.to_string().as_str()))
        .unwrap_or_else(|| panic!("{said}"))
}

/// The error of last year's values over the last six origins, three months each, by hand: parts per million.
fn naive(series: &[i64]) -> i64 {
    let n = series.len();
    let (mut off, mut came) = (0, 0);
    for known in n - 6..n {
        for h in 0..3.min(n - known) {
            off += (series[known + h] - series[known + h - 12]).abs();
            came += series[known + h];
        }
    }
    off * 1_000_000 / came
}

async fn keep(app: &TestApp, product: i64, mode: &str) {
    app.make("stock_item", &[("product_id", product.into()), ("mode", mode.into())])
        .await;
}

async fn again(app: &TestApp, client: &Client) {
    analyse(app, client).await;
}

#[tokio::test]
async fn what_doubles_every_year_is_foreseen_and_commitments_are_measured() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let sellers = [
        app.user("lin", "salesperson").await,
        app.user("wu", "salesperson").await,
    ];
    let h = house(&app, sellers).await;
    keep(&app, h.steady, "stocked").await;
    keep(&app, h.to_order, "made_to_order").await;
    let pipeline = app.make("pipeline", &[("name", "Sales".into())]).await;
    let mut stages = vec![];
    for (i, (name, kind, chance)) in [
        ("Talk", "open", 250_000_i64),
        ("Won", "won", 1_000_000),
        ("Lost", "lost", 0),
    ]
    .iter()
    .enumerate()
    {
        let values = [
            ("pipeline_id", pipeline.into()),
            ("position", (i as i64).into()),
            ("name", (*name).into()),
            ("kind", (*kind).into()),
            ("probability", (*chance).into()),
        ];
        stages.push(app.make("stage", &values).await);
    }
    let deal = [
        ("name", "Line three".into()),
        ("party_id", h.customers[0].into()),
        ("owner_id", sellers[0].into()),
        ("pipeline_id", pipeline.into()),
        ("stage_id", stages[0].into()),
        ("amount", 8_000_000_i64.into()),
        ("currency", "CNY".into()),
        ("product_id", h.steady.into()),
        ("entered_on", day(FIRST + 35, 1).into()),
        ("expected_on", day(FIRST + 37, 15).into()),
    ];
    app.make("deal", &deal).await;
    let admin = app.login("admin").await;
    assert!(
        admin
            .get("/value/forecast")
            .await
            .expect(200)
            .body
            .contains("No forecast yet")
    );
    again(&app, &api).await;

    // By hand: July to December 2026 are twice those of 2025.
    let said = get(&api, "/api/v1/value/forecast?by=product").await;
    assert_eq!(said["first_month"], "2026-07");
    assert_eq!(
        said["left_out"],
        json!({ "made_to_order": 1, "stock_not_kept": 0 }),
        "{said}"
    );
    assert_eq!(
        said["series"].as_array().unwrap().len(),
        1,
        "made to order is left out: {said}"
    );
    let steady = of(&said, h.steady);
    let ahead: Vec<i64> = (FIRST + 36..FIRST + 42).map(pieces).collect();
    assert_eq!(steady["method"], "growth");
    assert_eq!(
        steady["base"],
        json!(ahead.iter().map(|p| p * PRICE).collect::<Vec<_>>()),
        "{steady}"
    );
    assert_eq!(
        steady["plan"],
        json!(ahead.iter().map(|p| p * 1_000).collect::<Vec<_>>())
    );
    assert_eq!(
        steady["pipeline"],
        json!([0, 2_000_000, 0, 0, 0, 0]),
        "a quarter of eight million: {steady}"
    );
    let months: Vec<i64> = (FIRST..FIRST + 36).map(|m| pieces(m) * PRICE).collect();
    assert_eq!(steady["history"], json!(months));
    assert_eq!(steady["naive_wape"], naive(&months), "half of everything");
    assert_eq!(steady["wape"], 0, "{steady}");
    // The house: both customers' sales together.
    let total = get(&api, "/api/v1/value/forecast").await;
    let both: Vec<i64> = (FIRST..FIRST + 36)
        .map(|m| pieces(m) * PRICE + if m % 3 == 0 { 7 * PRICE } else { 0 })
        .collect();
    assert_eq!(total["series"][0]["history"], json!(both));
    assert_eq!(total["series"][0]["naive_wape"], naive(&both));
    let regions = get(&api, "/api/v1/value/forecast?by=region").await;
    let keys: Vec<&str> = regions["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["east", "west"], "most sales first");
    let wrong = api
        .api("GET", "/api/v1/value/forecast?by=moon", None, &[])
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["field"], "by");

    // Whoever sees some customers sees their sellers only.
    let lin = app.token(sellers[0], false).await;
    let own = get(&lin, "/api/v1/value/forecast").await;
    assert_eq!(
        (own["by"].as_str(), own["series"].as_array().unwrap().len()),
        (Some("salesperson"), 1)
    );
    lin.api("GET", "/api/v1/value/forecast?by=total", None, &[])
        .await
        .expect(409);
    lin.api("GET", "/api/v1/value/forecast/plan", None, &[])
        .await
        .expect(409);

    // Commitments: one's own, with the version seen, only ahead.
    let path = "/api/v1/value/forecast/commits";
    let put = async |client: &Client, owner: i64, month: &str, amount: i64, version: i64, status: u16| {
        let body = json!({ "owner_id": owner, "month": month, "amount": amount, "version": version });
        client.api("PUT", path, Some(&body), &[]).await.expect(status).json()
    };
    put(&lin, sellers[0], "2026-07", 4_000_000, 0, 200).await;
    put(&lin, sellers[0], "2026-07", 4_100_000, 0, 409).await;
    assert_eq!(put(&lin, sellers[0], "2026-07", 4_500_000, 1, 200).await["version"], 2);
    put(&lin, sellers[1], "2026-07", 1, 0, 403).await;
    assert_eq!(
        put(&lin, sellers[0], "2026-05", 1, 0, 422).await["errors"][0]["field"],
        "month"
    );
    assert_eq!(
        put(&lin, sellers[0], "2026-08", -1, 0, 422).await["errors"][0]["field"],
        "amount"
    );
    put(&api, sellers[1], "2026-07", 300_000, 0, 200).await;
    let versions = get(&api, path).await["items"].as_array().unwrap().clone();
    assert_eq!(versions.len(), 3, "nothing is overwritten: {versions:?}");
    assert_eq!(get(&lin, path).await["items"].as_array().unwrap().len(), 2);
    let total = get(&api, "/api/v1/value/forecast").await;
    assert_eq!(
        total["series"][0]["commits"],
        json!([4_800_000, null, null, null, null, null])
    );
    let rep = app.login("lin").await;
    let page = rep.get("/value/forecast").await.expect(200).body;
    assert!(
        page.contains("Commitments") && page.contains("You see the sales of the people"),
        "{page}"
    );
    assert!(!page.contains("By category") && !page.contains("Customer west"));
    let form = [
        ("owner_id", sellers[0].to_string()),
        ("month", "2026-08".into()),
        ("amount", "abc".into()),
        ("version", "0".into()),
    ];
    let fields: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let again_page = rep.post("/value/forecast/commits", &fields).await.expect(422).body;
    assert!(again_page.contains("abc"), "what was typed stays");

    // Five weeks later July is over: what was said of it is held against what came.
    app.advance_seconds(36 * 86_400);
    sell(&app, h.customers[0], sellers[0], h.steady, FIRST + 36, 400).await;
    sell(&app, h.customers[0], sellers[0], h.steady, FIRST + 37, 1).await;
    put(&lin, sellers[0], "2026-08", 1_000, 0, 200).await;
    again(&app, &api).await;
    let later = get(&api, "/api/v1/value/forecast").await;
    let july = later["past"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["month"] == "2026-07")
        .unwrap();
    assert_eq!(
        (&july["came"], &july["commit"]),
        (&json!(4_000_000), &json!(4_800_000)),
        "{july}"
    );
    assert_eq!(
        later["accuracy"]["commit"],
        json!({ "wape_ppm": 200_000, "months": 1 }),
        "{later}"
    );
    let base = july["base"].as_i64().unwrap();
    assert!(
        (base - 72 * PRICE).abs() < 40 * PRICE,
        "72 meters as known before July, and some specials: {july}"
    );
    let zh = app
        .login_zh("admin")
        .await
        .get("/value/forecast?by=category")
        .await
        .expect(200)
        .body;
    assert!(zh.contains("销售预测") && zh.contains("当时怎么说，后来怎么样"), "{zh}");
    app.stop().await;
}

#[tokio::test]
async fn the_plan_is_handed_on_and_a_campaign_meets_the_stock() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let sellers = [
        app.user("lin", "salesperson").await,
        app.user("wu", "salesperson").await,
    ];
    let h = house(&app, sellers).await;
    keep(&app, h.steady, "stocked").await;
    keep(&app, h.to_order, "made_to_order").await;
    let place = app
        .make("warehouse", &[("name", "Main".into()), ("code", "M".into())])
        .await;
    let stock = 300_i64;
    let moved = [
        ("product_id", h.steady.into()),
        ("warehouse_id", place.into()),
        ("kind", "receipt".into()),
        ("quantity", (stock * 1_000).into()),
    ];
    app.make("stock_move", &moved).await;
    again(&app, &api).await;
    let admin = app.login("admin").await;
    let csv = admin.get("/value/forecast/plan?format=csv").await.expect(200).body;
    let ahead: Vec<i64> = (FIRST + 36..FIRST + 42).map(pieces).collect();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(
        lines[0].ends_with("2026-07,2026-08,2026-09,2026-10,2026-11,2026-12"),
        "{csv}"
    );
    let quantities: Vec<String> = ahead.iter().map(|p| format!("{p}.000")).collect();
    assert!(
        lines[1].starts_with("A,Meter,") && lines[1].ends_with(&quantities.join(",")),
        "{csv}"
    );
    let plan = get(&api, "/api/v1/value/forecast/plan").await;
    assert_eq!(
        plan["items"][0]["plan"][0],
        json!({ "month": "2026-07", "quantity": quantities[0] })
    );
    let xlsx = admin.get("/value/forecast/plan?format=xlsx").await.expect(200);
    assert!(xlsx.header("content-type").unwrap().contains("spreadsheetml") && xlsx.body.starts_with("PK"));

    // By hand: the stock is used up month by month, nothing can be made.
    let short = |factor: f64| -> f64 {
        let (mut left, mut missing) = (stock as f64, 0.0);
        for p in &ahead {
            let wanted = *p as f64 * factor;
            let taken = wanted.min(left);
            left -= taken;
            missing += wanted - taken;
        }
        missing * 1_000.0
    };
    let sum = |line: &Json, key: &str| -> f64 {
        line[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["short"].as_f64().unwrap())
            .sum()
    };
    let now = get(&api, "/api/v1/value/ripple").await;
    assert!((sum(&now["products"][0], "now") - short(1.0)).abs() < 3.0, "{now}");
    assert_eq!(now["worse"], 0);
    let more = get(&api, "/api/v1/value/ripple?demand=40").await;
    assert!((sum(&more["products"][0], "then") - short(1.4)).abs() < 3.0, "{more}");
    assert_eq!(more["worse"], 1);
    let cheaper = get(&api, "/api/v1/value/ripple?price=-20&elasticity=-2").await;
    assert!(
        (sum(&cheaper["products"][0], "then") - short(0.8_f64.powi(-2))).abs() < 3.0,
        "{cheaper}"
    );
    let wrong = api
        .api("GET", "/api/v1/value/ripple?price=-95", None, &[])
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["field"], "price");
    let page = admin.get("/value/ripple?demand=40").await.expect(200).body;
    assert!(
        page.contains("Do not promise before purchase or production was asked"),
        "{page}"
    );
    admin.get("/value/ripple?demand=many").await.expect(422);
    app.login("lin").await.get("/value/ripple").await.expect(200);
    app.stop().await;
}
