//! Saved analyses: built from steps, run in the background, kept, compared, planned, shared, exported; and nobody sees more
//! through one than elsewhere.

use crate::lifetime::{analyse, boss, by_chance, house};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use zhike_store::Query;
use zhike_testkit::{Client, TestApp};

/// The version that a change stands on, as its header says it.
pub(crate) fn at(body: &Json) -> String {
    format!("\"v{}\"", body["version"])
}
/// The change itself.
pub(crate) fn without(body: &Json) -> Json {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove("version");
    body
}

pub(crate) async fn get(client: &Client, path: &str) -> Json {
    client.api("GET", path, None, &[]).await.expect(200).json()
}

pub(crate) async fn made(client: &Client, name: &str, steps: &Json) -> i64 {
    let new = client
        .api("POST", "/api/v1/analyses", Some(&json!({"name": name})), &[])
        .await
        .expect(201)
        .json();
    let id = new["id"].as_i64().unwrap();
    let body = json!({"version": new["version"], "steps": steps});
    client
        .api("PUT", &format!("/api/v1/analyses/{id}/steps"), Some(&body), &[])
        .await
        .expect(200);
    id
}

/// Runs it; the finished run.
async fn run(app: &TestApp, client: &Client, id: i64) -> Json {
    let asked = client
        .api("POST", &format!("/api/v1/analyses/{id}/runs"), None, &[])
        .await
        .expect(202)
        .json();
    while app.run_jobs().await > 0 {}
    get(
        client,
        &format!("/api/v1/analyses/{id}/runs/{}?limit=1000", asked["id"]),
    )
    .await
}

async fn trial(client: &Client, steps: Json) -> Json {
    client
        .api(
            "POST",
            "/api/v1/analyses/try",
            Some(&json!({"steps": steps, "limit": 1000})),
            &[],
        )
        .await
        .expect(200)
        .json()
}

fn month_of(day: zhike_kernel::Date) -> String {
    day.strftime("%Y-%m").to_string()
}

pub(crate) fn by_month() -> Json {
    json!([
        {"step": "source", "of": "order_line"},
        {"step": "filter", "conditions": ["kind:is:sale"]},
        {"step": "derive", "name": "Month", "how": "month", "a": "ordered_on"},
        {"step": "derive", "name": "Left", "how": "subtract", "a": "net", "b": "cost"},
        {"step": "group", "by": ["Month"], "measures": [
            {"how": "sum", "column": "net", "name": "Net"}, {"how": "sum", "column": "Left", "name": "Margin"},
            {"how": "count"}, {"how": "distinct", "column": "party_id", "name": "Customers"},
            {"how": "mean", "column": "net", "name": "Mean"}, {"how": "median", "column": "net", "name": "Middle"}]},
        {"step": "derive", "name": "Rate", "how": "ratio", "a": "Margin", "b": "Net"},
        {"step": "sort", "by": ["Month"]},
        {"step": "chart", "kind": "bars", "x": "Month", "y": ["Net", "Margin"]}
    ])
}

fn half_even(sum: i64, n: i64) -> i64 {
    let (q, r) = (sum.div_euclid(n), sum.rem_euclid(n));
    match (2 * r).cmp(&n) {
        std::cmp::Ordering::Less => q,
        std::cmp::Ordering::Greater => q + 1,
        std::cmp::Ordering::Equal => q + q.rem_euclid(2),
    }
}

#[tokio::test]
async fn a_chain_of_steps_gives_the_figures_of_the_orders() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 60, 11);
    let ids = house(&app, None, 60, &bought).await;
    analyse(&app, &api).await;
    let id = made(&api, "Sales by month", &by_month()).await;
    let done = run(&app, &api, id).await;
    assert_eq!(done["state"], "done", "{done}");

    // By hand, from what was put in.
    let mut months: BTreeMap<String, Vec<(usize, i64)>> = BTreeMap::new();
    for (customer, day, amount) in &bought {
        months.entry(month_of(*day)).or_default().push((*customer, *amount));
    }
    let items = done["items"].as_array().unwrap();
    assert_eq!(items.len(), months.len());
    for (item, (month, lines)) in items.iter().zip(&months) {
        let amounts: Vec<i64> = lines.iter().map(|l| l.1).collect();
        let net: i64 = amounts.iter().sum();
        let cost: i64 = amounts.iter().map(|a| a * 6 / 10).sum();
        let mut sorted = amounts.clone();
        sorted.sort_unstable();
        let n = sorted.len();
        let middle = if n % 2 == 1 {
            sorted[n / 2]
        } else {
            (sorted[n / 2 - 1] + sorted[n / 2]) / 2
        };
        let mut customers: Vec<usize> = lines.iter().map(|l| l.0).collect();
        customers.sort_unstable();
        customers.dedup();
        assert_eq!(item["Month"], *month);
        assert_eq!(item["Net"], net, "{month}");
        assert_eq!(item["Margin"], net - cost, "{month}");
        assert_eq!(item["count"], n as i64);
        assert_eq!(item["Customers"], customers.len() as i64);
        assert_eq!(item["Mean"], half_even(net, n as i64));
        assert_eq!(item["Middle"], middle);
        let rate = (net - cost) as f64 / net as f64 * 1e6;
        assert!((item["Rate"].as_f64().unwrap() - rate).abs() <= 0.5001);
    }
    assert_eq!(done["counts"][0], bought.len());
    assert_eq!(done["counts"][4], months.len());
    assert!(!done["facts_version"].as_str().unwrap().is_empty());

    // The same by a query, and by a join with the customers as they are now.
    let sql = trial(&api, json!([{"step": "sql", "text":
        "SELECT party_id, SUM(net) AS net, MAX(ordered_on) AS last FROM order_line WHERE kind = 'sale' GROUP BY party_id ORDER BY net DESC LIMIT 3"}]))
    .await;
    assert_eq!(sql["wrong"], Json::Null, "{sql}");
    let mut totals: Vec<(i64, i64)> = ids
        .iter()
        .enumerate()
        .map(|(c, id)| (bought.iter().filter(|b| b.0 == c).map(|b| b.2).sum(), *id))
        .collect();
    totals.sort_by_key(|t| std::cmp::Reverse(t.0));
    let mut best: Vec<i64> = sql["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["net"].as_i64().unwrap())
        .collect();
    best.sort_by_key(|n| std::cmp::Reverse(*n));
    assert_eq!(best, totals.iter().take(3).map(|t| t.0).collect::<Vec<_>>());
    assert_eq!(sql["columns"][1]["kind"], "money");
    let joined = trial(
        &api,
        json!([
        {"step": "source", "of": "party", "columns": ["name"]},
        {"step": "join", "by": "id", "of": "order_line", "fields": ["sum:net", "count"]},
        {"step": "derive", "name": "Total", "how": "or_zero", "a": "order_line.sum_net"},
        {"step": "sort", "by": ["-Total"], "limit": 2}]),
    )
    .await;
    assert_eq!(joined["wrong"], Json::Null, "{joined}");
    let first = &joined["rows"][0];
    assert_eq!(
        (first["Total"].as_i64().unwrap(), first["id"].as_i64().unwrap()),
        totals[0]
    );
    let back = trial(
        &api,
        json!([
        {"step": "source", "of": "order_line"},
        {"step": "join", "by": "party_id", "fields": ["name"]},
        {"step": "filter", "conditions": ["party_id.name:is:Customer 003"]},
        {"step": "group", "by": ["party_id.name"], "measures": [{"how": "sum", "column": "net"}]}]),
    )
    .await;
    assert_eq!(
        back["rows"][0]["sum_net"],
        bought.iter().filter(|b| b.0 == 3).map(|b| b.2).sum::<i64>(),
        "{back}"
    );

    // Models: the curve ends at the whole, the classes hold the shares, the histories are those of the command line's input.
    let whale = trial(
        &api,
        json!([
        {"step": "source", "of": "order_line"},
        {"step": "model", "model": "whale", "key": "party_id", "amount": "net"},
        {"step": "chart", "kind": "whale"}]),
    )
    .await;
    let rows = whale["rows"].as_array().unwrap();
    assert_eq!(rows.last().unwrap()["share_total"], 1_000_000);
    assert_eq!(rows[0]["net"], totals[0].0);
    let histories = trial(
        &api,
        json!([
        {"step": "source", "of": "order_line"},
        {"step": "model", "model": "histories", "key": "party_id", "amount": "net", "date": "ordered_on"}]),
    )
    .await;
    for row in histories["rows"].as_array().unwrap() {
        let place = ids
            .iter()
            .position(|i| *i == row["party_id"].as_i64().unwrap())
            .unwrap();
        let mut days: Vec<_> = bought.iter().filter(|b| b.0 == place).map(|b| b.1).collect();
        days.sort();
        days.dedup();
        assert_eq!(row["x"], days.len() as i64 - 1);
        assert_eq!(row["t_x"], i64::from((*days.last().unwrap() - days[0]).get_days()));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_step_is_named_and_nothing_is_lost() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let source = json!({"step": "source", "of": "order_line"});
    for (steps, step, code) in [
        (json!([]), 1, "error-analysis-empty"),
        (json!([{"step": "filter", "conditions": []}]), 1, "error-analysis-first"),
        (json!([source, source]), 2, "error-analysis-begins"),
        (
            json!([source, {"step": "filter", "conditions": ["nothing:is:1"]}]),
            2,
            "error-analysis-column",
        ),
        (
            json!([source, {"step": "filter", "conditions": ["net:has:1"]}]),
            2,
            "error-filter-value",
        ),
        (
            json!([source, {"step": "derive", "name": "x", "how": "add", "a": "net", "b": "quantity"}]),
            2,
            "error-analysis-units",
        ),
        (
            json!([source, {"step": "derive", "name": "net", "how": "or_zero", "a": "net"}]),
            2,
            "error-analysis-name-twice",
        ),
        (
            json!([source, {"step": "derive", "name": "x", "how": "month", "a": "net"}]),
            2,
            "error-analysis-no-day",
        ),
        (
            json!([source, {"step": "group", "by": ["kind"], "measures": [{"how": "sum", "column": "kind"}]}]),
            2,
            "error-analysis-no-number",
        ),
        (
            json!([source, {"step": "sort", "by": ["net"]}, {"step": "chart", "kind": "whale"}]),
            3,
            "error-analysis-whale-first",
        ),
        (
            json!([source, {"step": "chart", "kind": "table"}, {"step": "sort", "by": ["net"]}]),
            2,
            "error-analysis-chart-last",
        ),
        (
            json!([{"step": "sql", "text": "SELECT nonsense FROM order_line"}]),
            1,
            "error-analysis-query",
        ),
        (
            json!([{"step": "source", "of": "identity_session"}]),
            1,
            "error-analysis-source",
        ),
    ] {
        let said = trial(&api, steps.clone()).await;
        assert_eq!(
            (&said["wrong"]["step"], &said["wrong"]["code"]),
            (&json!(step), &json!(code)),
            "{steps}: {said}"
        );
    }
    let bad = json!({"steps": [{"step": "dance"}]});
    let refused = api
        .api("POST", "/api/v1/analyses/try", Some(&bad), &[])
        .await
        .expect(422);
    assert_eq!(refused.json()["code"], "error-analysis-step");
    // A wrong chain is kept as it is; its run tells where it fails; the page shows it at that step.
    let id = made(&api, "Wrong", &json!([source, {"step": "sort", "by": ["nothing"]}])).await;
    let failed = run(&app, &api, id).await;
    assert_eq!(
        (&failed["state"], &failed["wrong"]["step"]),
        (&json!("failed"), &json!(2)),
        "{failed}"
    );
    let admin = app.login("boss").await;
    let page = admin.get(&format!("/analyses/{id}")).await.expect(200).body;
    assert!(page.contains("There is no column “nothing” before this step"), "{page}");
    let zh = app
        .login_zh("boss")
        .await
        .get(&format!("/analyses/{id}"))
        .await
        .expect(200)
        .body;
    assert!(zh.contains("这一步之前没有列“nothing”"), "{zh}");
    app.stop().await;
}

#[tokio::test]
async fn a_query_reads_facts_and_does_nothing_else() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let file = app.data.join("secret.csv");
    std::fs::write(&file, "a,b\n1,2\n").unwrap();
    let path = file.to_string_lossy().into_owned();
    for text in [
        "DROP VIEW order_line".to_owned(),
        "CREATE TABLE x AS SELECT 1".to_owned(),
        format!("CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '{path}'"),
        format!("COPY order_line TO '{path}'"),
        format!("SELECT * FROM '{path}'"),
        format!("SELECT * FROM read_csv('{path}')"),
        "SELECT * FROM information_schema.tables".to_owned(),
        "SELECT * FROM seen".to_owned(),
        "SELECT * FROM payment_delay".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "INSERT INTO order_line VALUES (1)".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
        "SELECT 1 INTO x".to_owned(),
        "EXPLAIN SELECT 1".to_owned(),
    ] {
        let said = trial(&api, json!([{"step": "sql", "text": text}])).await;
        let code = said["wrong"]["code"].as_str().unwrap_or_default();
        assert!(
            matches!(code, "error-analysis-only-select" | "error-analysis-query"),
            "{text}: {said}"
        );
        assert_eq!(said["rows"], json!([]), "{text}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a,b\n1,2\n");
    let one = trial(
        &api,
        json!([{"step": "sql", "text": "SELECT 1 AS one, 2.5 AS broken, 'x' AS word"}]),
    )
    .await;
    assert_eq!(one["rows"], json!([{"one": 1, "broken": 2500, "word": "x"}]), "{one}");
    app.stop().await;
}

#[tokio::test]
async fn nobody_sees_through_an_analysis_what_they_do_not_see_elsewhere() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let rep = app.user("rep", "salesperson").await;
    let other = app.user("other", "salesperson").await;
    let (mine, theirs) = (by_chance(&app, 5, 3), by_chance(&app, 7, 4));
    house(&app, Some(rep), 5, &mine).await;
    house(&app, Some(other), 7, &theirs).await;
    analyse(&app, &api).await;
    let (one, all) = (app.token(rep, false).await, api);
    let sum = |bought: &crate::lifetime::Bought| bought.iter().map(|b| b.2).sum::<i64>();
    let total = json!([{"step": "source", "of": "order_line"}, {"step": "group", "measures": [{"how": "sum", "column": "net", "name": "n"}]}]);
    let query = json!([{"step": "sql", "text": "SELECT SUM(net) AS net FROM order_line"}]);
    for (client, sum) in [(&one, sum(&mine)), (&all, sum(&mine) + sum(&theirs))] {
        assert_eq!(trial(client, total.clone()).await["rows"][0]["n"], sum);
        assert_eq!(trial(client, query.clone()).await["rows"][0]["net"], sum);
    }
    // Records, too: the other's customers are not there, by whatever way.
    let customers = json!([{"step": "source", "of": "party"}, {"step": "group", "measures": [{"how": "count"}]}]);
    assert_eq!(trial(&one, customers.clone()).await["rows"][0]["count"], 5);
    assert_eq!(trial(&all, customers).await["rows"][0]["count"], 12);
    // What costs are is not for salespeople: not in steps, not in queries, not among the sources.
    let cost = trial(
        &one,
        json!([{"step": "sql", "text": "SELECT SUM(cost) AS c FROM order_line"}]),
    )
    .await;
    assert_eq!(cost["wrong"]["code"], "error-analysis-query", "{cost}");
    let cost = trial(
        &one,
        json!([{"step": "source", "of": "order_line"}, {"step": "sort", "by": ["cost"]}]),
    )
    .await;
    assert_eq!(cost["wrong"]["code"], "error-analysis-column");
    let facts = async |client: &Client| get(client, "/api/v1/analysis-sources").await["facts"].to_string();
    assert!(!facts(&one).await.contains("\"cost\"") && facts(&all).await.contains("\"cost\""));
    let profit = trial(&one, json!([{"step": "source", "of": "user"}])).await;
    assert!(!profit["wrong"].is_null(), "salespeople do not list users");

    // A shared result of somebody who sees more stays closed; one's own run of the same steps is open to oneself.
    let id = made(&all, "Total", &total).await;
    let whole = run(&app, &all, id).await;
    let now = get(&all, &format!("/api/v1/analyses/{id}")).await;
    one.api("GET", &format!("/api/v1/analyses/{id}/steps"), None, &[])
        .await
        .expect(404);
    let share = json!({"version": now["version"], "sharing": "everyone"});
    all.api(
        "PATCH",
        &format!("/api/v1/analyses/{id}"),
        Some(&without(&share)),
        &[("if-match", &at(&share))],
    )
    .await
    .expect(200);
    let closed = get(&one, &format!("/api/v1/analyses/{id}/runs/{}", whole["id"])).await;
    assert_eq!(
        (&closed["open"], &closed["items"], &closed["rows"]),
        (&json!(false), &Json::Null, &Json::Null)
    );
    let page = app.login("rep").await;
    let body = page.get(&format!("/analyses/{id}/result")).await.expect(200).body;
    assert!(body.contains("somebody who sees more than you"), "{body}");
    page.get(&format!("/analyses/{id}/runs/{}/export?format=csv", whole["id"]))
        .await
        .expect(404);
    let own = run(&app, &one, id).await;
    assert_eq!(own["items"][0]["n"], sum(&mine));
    // The steps stay the owner's.
    let steps = get(&one, &format!("/api/v1/analyses/{id}/steps")).await;
    let change = json!({"version": steps["version"], "steps": []});
    let refused = one
        .api("PUT", &format!("/api/v1/analyses/{id}/steps"), Some(&change), &[])
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "error-owned");
    app.stop().await;
}

#[tokio::test]
async fn runs_are_planned_compared_called_off_and_exported() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 10, 5);
    house(&app, None, 10, &bought).await;
    analyse(&app, &api).await;
    let id = made(&api, "By month", &by_month()).await;
    let path = format!("/api/v1/analyses/{id}");
    run(&app, &api, id).await;
    // Weekly on Tuesday at half past six: it is Tuesday, ten o'clock.
    let now = get(&api, &path).await;
    let wrong = json!({"version": now["version"], "repeat": "weekly", "repeat_day": "9", "repeat_at": "06:30"});
    api.api("PATCH", &path, Some(&without(&wrong)), &[("if-match", &at(&wrong))])
        .await
        .expect(422);
    let plan = json!({"version": now["version"], "repeat": "weekly", "repeat_day": "2", "repeat_at": "06:30"});
    api.api("PATCH", &path, Some(&without(&plan)), &[("if-match", &at(&plan))])
        .await
        .expect(200);
    assert_eq!(
        get(&api, &format!("{path}/steps")).await["next_run_at"],
        "2026-07-06T22:30:00Z"
    );
    // One more order, and one week.
    let day = bought[0].1;
    house(&app, None, 1, &vec![(0, day, 123_456)]).await;
    while app.run_jobs().await > 0 {}
    let runs = get(&api, &format!("{path}/runs")).await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 1);
    app.advance_seconds(7 * 24 * 3600);
    while app.run_jobs().await > 0 {}
    let runs = get(&api, &format!("{path}/runs")).await;
    let newest = &runs["items"][0];
    assert_eq!(
        (&newest["planned"], &newest["state"]),
        (&json!(true), &json!("done")),
        "{runs}"
    );
    assert_eq!(
        get(&api, &format!("{path}/steps")).await["next_run_at"],
        "2026-07-13T22:30:00Z"
    );
    let difference = get(&api, &format!("{path}/runs/{}/difference", newest["id"])).await;
    assert_eq!(
        (&difference["changed"], &difference["came"], &difference["went"]),
        (&json!(1), &json!(0), &json!(0)),
        "{difference}"
    );
    let changes = difference["items"][0]["changes"].as_array().unwrap();
    let net = changes.iter().find(|c| c["column"] == "Net").unwrap();
    assert_eq!(net["now"].as_i64().unwrap() - net["before"].as_i64().unwrap(), 123_456);
    assert_eq!(difference["items"][0]["row"]["Month"], month_of(day));
    assert_ne!(runs["items"][1]["facts_version"], newest["facts_version"]);

    // A plan that was dropped runs no more; a run that was called off stays so.
    let now = get(&api, &path).await;
    let never = json!({"version": now["version"], "repeat": ""});
    api.api("PATCH", &path, Some(&without(&never)), &[("if-match", &at(&never))])
        .await
        .expect(200);
    app.advance_seconds(8 * 24 * 3600);
    while app.run_jobs().await > 0 {}
    assert_eq!(
        get(&api, &format!("{path}/runs")).await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let asked = api
        .api("POST", &format!("{path}/runs"), None, &[])
        .await
        .expect(202)
        .json();
    let again = api
        .api("POST", &format!("{path}/runs"), None, &[])
        .await
        .expect(202)
        .json();
    assert_eq!(asked, again, "one run at a time is enough");
    api.api("POST", &format!("{path}/runs/{}/call-off", asked["id"]), None, &[])
        .await
        .expect(200);
    while app.run_jobs().await > 0 {}
    assert_eq!(
        get(&api, &format!("{path}/runs/{}", asked["id"])).await["state"],
        "cancelled"
    );
    api.api("POST", &format!("{path}/runs/{}/call-off", asked["id"]), None, &[])
        .await
        .expect(409);

    // Files: what stands on the page, in whole units.
    let admin = app.login("boss").await;
    let export = format!("/analyses/{id}/runs/{}/export", newest["id"]);
    let csv = admin.get(&format!("{export}?format=csv")).await.expect(200);
    let lines: Vec<&str> = csv.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "Month,Net,Margin,Rows,Customers,Mean,Middle,Rate");
    let whole = get(&api, &format!("{path}/runs/{}", newest["id"])).await;
    let first = &whole["items"][0];
    let cents = first["Net"].as_i64().unwrap();
    assert!(
        lines[1].starts_with(&format!(
            "{},{}.{:02},",
            first["Month"].as_str().unwrap(),
            cents / 100,
            cents % 100
        )),
        "{}",
        lines[1]
    );
    let xlsx = admin.get(&format!("{export}?format=xlsx")).await.expect(200);
    assert!(xlsx.header("content-type").unwrap().contains("spreadsheetml"));
    let pdf = admin.get(&format!("{export}?format=pdf")).await;
    if zhike_paper::available() {
        let pdf = pdf.expect(200);
        assert!(pdf.body.starts_with("%PDF") && pdf.header("content-disposition").unwrap().contains(".pdf"));
    }
    let exports = app
        .ctx()
        .db()
        .number(
            "SELECT COUNT(*) FROM event WHERE kind = 'export.made.v1' AND record_type = 'analysis'",
            vec![],
        )
        .await
        .unwrap();
    assert_eq!(exports, 2 + i64::from(zhike_paper::available()));
    app.stop().await;
}

#[tokio::test]
async fn steps_are_edited_on_the_page_with_versions_and_a_way_back() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let bought = by_chance(&app, 8, 9);
    house(&app, None, 8, &bought).await;
    analyse(&app, &api).await;
    let admin = app.login("boss").await;
    let id = made(&api, "Steps", &json!([])).await;
    let at = format!("/analyses/{id}/set-steps");
    let empty = admin.get(&format!("/analyses/{id}")).await.expect(200).body;
    assert!(empty.contains("No steps yet"), "{empty}");
    let version = async || get(&api, &format!("/api/v1/analyses/{id}")).await["version"].to_string();
    let steps = async || get(&api, &format!("/api/v1/analyses/{id}/steps")).await["steps"].clone();
    let post = async |pairs: &[(&str, &str)]| {
        let v = version().await;
        let mut form = vec![("version", v.as_str())];
        form.extend_from_slice(pairs);
        admin.post(&at, &form).await.expect(303)
    };
    post(&[("act", "save"), ("kind", "source"), ("of", "order_line")]).await;
    post(&[("act", "save"), ("kind", "chart"), ("chart", "table")]).await;
    post(&[("act", "save"), ("kind", "filter")]).await;
    // What is shown stays last.
    assert_eq!(steps().await[2]["step"], "chart");
    post(&[
        ("act", "chip"),
        ("at", "1"),
        ("ff", "net"),
        ("fo", "gt"),
        ("fv", "1000"),
    ])
    .await;
    assert_eq!(steps().await[1]["conditions"], json!(["net:gt:1000"]));
    let region = admin
        .get(&format!("/analyses/{id}/counted?open=1"))
        .await
        .expect(200)
        .body;
    let many = bought.iter().filter(|b| b.2 > 100_000).count();
    assert!(region.contains(&format!("data-rows-after=\"{many}\"")), "{region}");
    assert!(region.contains("data-preview"), "{region}");
    post(&[
        ("act", "save"),
        ("kind", "group"),
        ("by", "party_id"),
        ("how", "sum"),
        ("column", "net"),
        ("as", ""),
        ("how", "count"),
        ("column", ""),
        ("as", "Lines"),
    ])
    .await;
    assert_eq!(
        steps().await[2],
        json!({"step": "group", "by": ["party_id"], "measures": [{"how": "sum", "column": "net"}, {"how": "count", "column": "", "name": "Lines"}]})
    );
    post(&[("act", "up"), ("at", "2")]).await;
    assert_eq!(steps().await[1]["step"], "group");
    // Now the filter asks for a column that is summed away: the step says so.
    let wrong = admin.get(&format!("/analyses/{id}")).await.expect(200).body;
    assert!(wrong.contains("There is no column “net” before this step"), "{wrong}");
    let moved = post(&[("act", "down"), ("at", "1")]).await;
    let undo = moved.toast();
    assert!(moved.location().starts_with("/analyses/"), "{undo:?}");
    // A form that was overtaken changes nothing.
    let stale = admin
        .post(&at, &[("version", "1"), ("act", "remove"), ("at", "0")])
        .await;
    assert_eq!(stale.status, 409);
    post(&[("act", "remove"), ("at", "2")]).await;
    assert_eq!(steps().await.as_array().unwrap().len(), 3);
    let versions = get(&api, &format!("/api/v1/analyses/{id}/versions")).await;
    let last = &versions["items"][0];
    assert_eq!(
        (&last["who"], &last["changes"][0]["what"], &last["changes"][0]["step"]),
        (&json!("boss"), &json!("went"), &json!(3)),
        "{last}"
    );
    // Undo takes the last change back; the list of versions goes back further.
    let event = last["event"].as_i64().unwrap();
    admin.post(&format!("/undo/event/{event}"), &[]).await;
    assert_eq!(steps().await[2]["step"], "group");
    let earlier = versions["items"][4]["steps"].to_string();
    post(&[("act", "restore"), ("steps", &earlier)]).await;
    assert_eq!(steps().await.to_string(), earlier);
    for tab in [
        "steps?open=1",
        "steps?add=group",
        "versions",
        "actions",
        "details",
        "history",
        "result",
    ] {
        admin.get(&format!("/analyses/{id}/{tab}")).await.expect(200);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_done_about_an_analysis_and_dashboards_of_it() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    house(&app, None, 6, &by_chance(&app, 6, 2)).await;
    analyse(&app, &api).await;
    let id = made(&api, "By month", &by_month()).await;
    run(&app, &api, id).await;
    let task = json!({"title": "Call the quiet ones", "record_type": "analysis", "record_id": id});
    api.api("POST", "/api/v1/tasks", Some(&task), &[]).await.expect(201);
    let admin = app.login("boss").await;
    let actions = admin.get(&format!("/analyses/{id}/actions")).await.expect(200).body;
    assert!(actions.contains("Call the quiet ones"), "{actions}");
    let board = api
        .api("POST", "/api/v1/dashboards", Some(&json!({"name": "Morning"})), &[])
        .await
        .expect(201)
        .json();
    let (board, version) = (board["id"].as_i64().unwrap(), board["version"].clone());
    let path = format!("/api/v1/dashboards/{board}/tiles");
    let unknown = json!({"version": version, "tiles": [{"analysis": 999}]});
    api.api("PUT", &path, Some(&unknown), &[]).await.expect(422);
    let tiles = json!({"version": version, "tiles": [{"analysis": id, "show": "chart", "wide": true}, {"analysis": id, "show": "table"}]});
    let kept = api.api("PUT", &path, Some(&tiles), &[]).await.expect(200).json();
    let page = admin.get(&format!("/dashboards/{board}")).await.expect(200).body;
    assert!(
        page.contains("data-chart=\"bars\"") && page.matches("data-tile").count() == 2,
        "{page}"
    );
    let version = kept["version"].to_string();
    admin
        .post(
            &format!("/dashboards/{board}/set-tiles"),
            &[("act", "later"), ("at", "0"), ("version", &version)],
        )
        .await
        .expect(303);
    let now = get(&api, &path).await;
    assert_eq!(
        (&now["tiles"][0]["show"], &now["tiles"][1]["wide"]),
        (&json!("table"), &json!(true))
    );
    admin.post(&format!("/dashboards/{board}/run"), &[]).await.expect(303);
    while app.run_jobs().await > 0 {}
    assert_eq!(
        get(&api, &format!("/api/v1/analyses/{id}/runs")).await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    app.stop().await;
}
