//! Real data through the importer, with the mapping files of the repository and no code of its own: the resulting funnel,
//! profit and balances against figures recomputed here from the CSV files, and against published reference numbers.
//! The files lie in `../shared/data`, which is not part of the repository; without it these tests say that they did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

use serde_json::{Value as Json, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use zhike_kernel::Door;
use zhike_store::{Ctx, Query, binds};
use zhike_testkit::{Client, TestApp};

fn folder(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if root.exists() {
        return Some(root);
    }
    println!("NOT RUN: ../shared/data/{name} is not here");
    None
}

/// Learns from nine of ten (or four of five) rows and guesses the others: right, of how many.
fn held_out(all: &[(String, String)], every: usize) -> (usize, usize) {
    let of = |held: bool| {
        all.iter()
            .enumerate()
            .filter(move |(i, _)| (i % every == 0) == held)
            .map(|(_, row)| row)
    };
    let learnt = zhike_service::guess::Guesser::learn(of(false).map(|(t, c)| (t.as_str(), c.as_str())));
    let right = of(true)
        .filter(|(t, c)| learnt.guess(t).is_some_and(|g| g.0 == c))
        .count();
    (right, of(true).count())
}

#[test]
fn the_guesser_names_the_office_of_chinese_complaints() {
    let Some(folder) = folder("zh_gov_messages") else {
        return;
    };
    let all: Vec<(String, String)> = rows(&folder.join("messages_labelled.csv"))
        .iter()
        .map(|r| (format!("{}\n{}", r["留言主题"], r["留言详情"]), r["一级分类"].clone()))
        .collect();
    let (right, n) = held_out(&all, 5);
    println!("zh_gov_messages: {right} of {n} held-out messages in one of 7 offices");
    assert!(right * 100 >= n * 70, "{right} of {n}");
}

#[test]
fn the_guesser_names_the_product_of_english_complaints() {
    let Some(folder) = folder("cfpb_complaints") else {
        return;
    };
    let gz = folder.join("complaints_2015.csv.gz");
    let out = std::process::Command::new("gzip").arg("-dc").arg(gz).output().unwrap();
    let mut reader = csv::Reader::from_reader(out.stdout.as_slice());
    let all: Vec<(String, String)> = reader
        .records()
        .filter_map(Result::ok)
        .map(|r| (format!("{}\n{}", &r[4], &r[5]), r[2].to_owned()))
        .collect();
    let (right, n) = held_out(&all, 10);
    println!("cfpb_complaints: {right} of {n} held-out complaints in one of 11 products, told by their issue alone");
    assert!(right * 100 >= n * 70, "{right} of {n}");
}

fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let heads = reader.headers().unwrap().clone();
    reader
        .byte_records()
        .map(|r| {
            let r = r.unwrap();
            heads
                .iter()
                .zip(r.iter())
                .map(|(h, v)| (h.to_owned(), String::from_utf8_lossy(v).into_owned()))
                .collect()
        })
        .collect()
}

/// `12.5` as 1250.
fn cents(text: &str) -> i64 {
    zhike_kernel::number::parse_scaled(text, 2, false).unwrap()
}

async fn import(app: &TestApp, mapping: &str, dir: &Path) -> zhike_exchange::run::Report {
    let ctx = Ctx {
        door: Door::Import,
        ..app.ctx()
    };
    zhike_server::import::start(&ctx, mapping, dir, false, &mut |_| {})
        .await
        .unwrap()
}

fn mapping(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings").join(name)).unwrap()
}

async fn summary(app: &TestApp, client: &Client) -> Json {
    let body = json!({"period": "all"});
    let asked = client.api("POST", "/api/v1/value/refresh", Some(&body), &[]).await;
    assert!(asked.status < 300, "{}", asked.body);
    app.run_jobs().await;
    client.get("/api/v1/value/summary").await.expect(200).json()
}

#[tokio::test]
async fn the_funnel_of_8800_deals_has_the_reference_numbers() {
    let Some(dir) = folder("crm_pipeline") else { return };
    let app = TestApp::boot_with(|c| c.currency = "USD".into()).await;
    let report = import(&app, &mapping("crm_pipeline.toml"), &dir).await;
    assert_eq!(report.failed, 0);
    let owner = app.user("owner", "administrator").await;
    let client = app.token(owner, true).await;
    let funnel = client
        .get("/api/v1/funnel?period=custom&from=2016-01-01&to=2018-12-31")
        .await
        .expect(200)
        .json();
    let all = &funnel["overall"];
    assert_eq!(
        (
            all["deals"].as_i64(),
            all["won"].as_i64(),
            all["lost"].as_i64(),
            all["open"].as_i64()
        ),
        (Some(8_800), Some(4_238), Some(2_473), Some(2_089))
    );
    assert_eq!(all["won_value"].as_i64(), Some(1_000_553_400));
    let near = |key: &str, want: f64, off: f64| {
        let got = all[key].as_f64().unwrap_or_else(|| panic!("no {key} in {all}"));
        assert!((got - want).abs() < off, "{key}: {got}, wanted {want}");
    };
    near("win_rate", 0.631_50, 0.000_01);
    near("average_won_value", 236_091.0, 1.0);
    near("average_cycle_days", 51.78, 0.01);
    near("median_cycle_days", 57.0, 0.5);
    near("velocity", 6_014_685.0, 1.0);
    // And by owner, recomputed from the file.
    let mut won: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows(&dir.join("sales_pipeline.csv"))
        .iter()
        .filter(|r| r["deal_stage"] == "Won")
    {
        *won.entry(row["sales_agent"].clone()).or_default() += cents(&row["close_value"]);
    }
    let names = app.app.identity.names(false).await.unwrap();
    let mut seen = 0;
    for line in funnel["owners"].as_array().unwrap() {
        if let Some(name) = line["owner"].as_i64().and_then(|id| names.get(&id)) {
            assert_eq!(line["numbers"]["won_value"].as_i64(), won.get(name).copied(), "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 30, "salespeople with deals");
    app.stop().await;
}

#[tokio::test]
async fn the_trading_firms_profit_and_balances_are_those_of_its_files() {
    let Some(dir) = folder("classicmodels") else { return };
    let app = TestApp::boot_with(|c| c.currency = "USD".into()).await;
    let report = import(&app, &mapping("classicmodels.toml"), &dir).await;
    assert_eq!(report.failed, 0);
    let cost: BTreeMap<String, i64> = rows(&dir.join("products.csv"))
        .iter()
        .map(|r| (r["productCode"].clone(), cents(&r["buyPrice"])))
        .collect();
    let cancelled: Vec<String> = rows(&dir.join("orders.csv"))
        .iter()
        .filter(|r| r["status"] == "Cancelled")
        .map(|r| r["orderNumber"].clone())
        .collect();
    let (mut revenue, mut costs, mut lines) = (0, 0, 0);
    for line in rows(&dir.join("orderdetails.csv"))
        .iter()
        .filter(|l| !cancelled.contains(&l["orderNumber"]))
    {
        let quantity: i64 = line["quantityOrdered"].parse().unwrap();
        revenue += quantity * cents(&line["priceEach"]);
        costs += quantity * cost[&line["productCode"]];
        lines += 1;
    }
    let owner = app.user("owner", "administrator").await;
    let client = app.token(owner, false).await;
    let value = summary(&app, &client).await;
    let parts = &value["totals"]["parts"];
    assert_eq!(parts["revenue"].as_i64(), Some(revenue), "{value}");
    assert_eq!(parts["product_cost"].as_i64(), Some(costs), "{lines} lines, {value}");
    let off = &value["reconciliation"]["difference"];
    let zero = off.as_i64() == Some(0)
        || off
            .as_object()
            .is_some_and(|o| o.values().all(|v| v.as_i64() == Some(0)));
    assert!(zero, "the analysis and the books differ by {off}");
    // Payments by customer, to the cent.
    let mut paid: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows(&dir.join("payments.csv")) {
        *paid.entry(row["customerNumber"].clone()).or_default() += cents(&row["amount"]);
    }
    let sql = "SELECT p.external_key, CAST(SUM(m.amount) AS BIGINT), CAST(SUM(m.unallocated) AS BIGINT) FROM billing_payment m \
               JOIN party_party p ON p.id = m.party_id WHERE m.amount > $1 GROUP BY p.external_key";
    let got = app.app.house.db.all(sql, binds![0_i64]).await.unwrap();
    assert_eq!(got.len(), paid.len());
    for row in got {
        let key = row.text(0).unwrap();
        assert_eq!(
            (row.int(1).unwrap(), row.int(2).unwrap()),
            (paid[&key], paid[&key]),
            "customer {key}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn the_wholesalers_first_lines_with_cancellations_add_up() {
    const MOST: usize = 12_000;
    let Some(dir) = folder("online_retail") else { return };
    let app = TestApp::boot_with(|c| c.currency = "GBP".into()).await;
    // The first lines only: a debug build would need minutes for all 541,909. The load test takes the whole file.
    let bytes = zstd::decode_all(std::fs::File::open(dir.join("online_retail.csv.zst")).unwrap()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let cut: String = text.split_inclusive('\n').take(MOST + 1).collect();
    let file = app.data.join("online_retail.csv");
    std::fs::write(&file, &cut).unwrap();
    import(
        &app,
        &mapping("online_retail.toml").replace("online_retail.csv.zst", "online_retail.csv"),
        &app.data,
    )
    .await;
    let (mut sales, mut returns, mut sold) = (0_i64, 0_i64, 0_i64);
    for row in rows(&file) {
        let quantity: i64 = row["Quantity"].parse().unwrap();
        let number = &row["InvoiceNo"];
        // Half a penny goes to the even one, as everywhere in the house.
        let price = zhike_kernel::number::parse_scaled(&row["UnitPrice"], 2, true).unwrap();
        if number.starts_with('C') {
            returns += quantity * price;
        } else if !number.starts_with('A') && quantity > 0 {
            sales += quantity * price;
            sold += 1;
        }
    }
    assert!(sold > 11_000 && returns < 0, "{sold} lines, {returns}");
    let db = &app.app.house.db;
    for (kind, want) in [("sale", sales), ("return", returns)] {
        let net = db
            .number(
                "SELECT CAST(COALESCE(SUM(net), 0) AS BIGINT) FROM order_order WHERE kind = $1",
                binds![kind],
            )
            .await
            .unwrap();
        assert_eq!(net, want, "{kind}");
        let lines = "SELECT CAST(COALESCE(SUM(l.net), 0) AS BIGINT) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.kind = $1";
        assert_eq!(db.number(lines, binds![kind]).await.unwrap(), want, "lines of {kind}");
    }
    app.stop().await;
}
