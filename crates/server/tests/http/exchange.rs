//! Bringing files in: by page and API, broken files, dry run, resuming, undo.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn number(app: &TestApp, sql: &str) -> i64 {
    app.ctx().db().number(sql, binds![]).await.unwrap()
}

async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let rows = app.ctx().db().all(sql, binds![]).await.unwrap();
    rows.iter()
        .map(|r| r.opt_text(0).unwrap().unwrap_or_default())
        .collect()
}

/// Posts a file over the API and runs it to its end.
async fn import(app: &TestApp, client: &Client, body: &Json) -> Json {
    let made = client
        .api("POST", "/api/v1/imports", Some(body), &[])
        .await
        .expect(202)
        .json();
    app.run_jobs().await;
    client
        .get(&format!("/api/v1/imports/{}", made["id"]))
        .await
        .expect(200)
        .json()
}

async fn errors(client: &Client, import: &Json) -> Vec<(i64, String)> {
    let list = client
        .get(&format!("/api/v1/imports/{}/errors", import["id"]))
        .await
        .expect(200)
        .json();
    let of = |e: &Json| (e["row"].as_i64().unwrap(), e["code"].as_str().unwrap().to_owned());
    list["data"].as_array().unwrap().iter().map(of).collect()
}

fn wrong(list: &[(i64, &str)]) -> Vec<(i64, String)> {
    list.iter().map(|(r, c)| (*r, (*c).to_owned())).collect()
}

// 名称,外部编号,城市 and two rows, as GBK writes them.
const GBK: &[u8] = b"\xc3\xfb\xb3\xc6,\xb3\xc7\xca\xd0,external_key\r\n\xc7\xe0\xba\xcc,\xcb\xd5\xd6\xdd,k1\r\n\xba\xe7\xb2\xca,,k2\r\n";

#[tokio::test]
async fn a_gbk_file_goes_through_the_pages_and_back() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let empty = admin.get("/imports").await.expect(200);
    assert!(empty.body.contains("Nothing imported yet"), "{}", empty.body);
    admin.get("/imports/new").await.expect(200);
    let there = admin
        .upload("/imports", ("file", "客户.csv", GBK.to_vec()), &[])
        .await
        .expect(303);
    let to = there.location().to_owned();
    let page = admin.get(&to).await.expect(200);
    for seen in [
        "GB18030",
        "青禾",
        "苏州",
        "<option value=\"name\" selected>",
        "<option value=\"city\" selected>",
    ] {
        assert!(page.body.contains(seen), "{seen} in {}", page.body);
    }
    let zh = app.login_zh("admin").await.get(&to).await.expect(200);
    assert!(zh.body.contains("对应列") && zh.body.contains("识别依据"));
    let form = [
        ("into", "party"),
        ("mode", "upsert"),
        ("key", "external_key"),
        ("col-0", "name"),
        ("col-1", "city"),
        ("col-2", "external_key"),
    ];
    let with = |what: &'static str| [form.as_slice(), &[("do", what)]].concat();
    // A trial first.
    let shown = admin.post(&to, &with("try")).await.expect(303).location().to_owned();
    app.run_jobs().await;
    let page = admin.get(&shown).await.expect(200);
    assert!(page.body.contains("This was only a trial"), "{}", page.body);
    assert_eq!(number(&app, "SELECT count(*) FROM party_party").await, 0);
    assert_eq!(
        number(&app, "SELECT count(*) FROM event WHERE record_type = 'party'").await,
        0
    );
    // Then for good.
    admin.post(&format!("{shown}/resume?real=1"), &[]).await.expect(303);
    let progress = admin.fragment(&format!("{shown}/progress")).await.expect(200);
    assert!(progress.body.contains("hx-trigger=\"every 1s\""), "{}", progress.body);
    app.run_jobs().await;
    let progress = admin.fragment(&format!("{shown}/progress")).await.expect(200);
    assert_eq!(progress.header("hx-redirect"), Some(shown.as_str()));
    assert_eq!(
        texts(&app, "SELECT name FROM party_party ORDER BY external_key").await,
        ["青禾", "虹彩"]
    );
    assert_eq!(
        texts(&app, "SELECT DISTINCT door FROM event WHERE record_type = 'party'").await,
        ["import"]
    );
    assert_eq!(
        texts(&app, "SELECT DISTINCT actor FROM event WHERE record_type = 'party'").await,
        ["admin"]
    );
    let page = admin.get(&shown).await.expect(200);
    assert!(
        page.body.contains("Undo import") && page.body.contains("No row was refused"),
        "{}",
        page.body
    );
    admin.post(&format!("{shown}/undo"), &[]).await.expect(303);
    app.run_jobs().await;
    assert_eq!(number(&app, "SELECT count(*) FROM party_party").await, 0);
    let page = admin.get(&shown).await.expect(200);
    assert!(page.body.contains("2 changes were taken back"), "{}", page.body);
    admin.post(&format!("{shown}/undo"), &[]).await.expect(409);
    let list = admin.get("/imports").await.expect(200);
    assert!(
        list.body.contains("客户.csv") && list.body.contains("Undone"),
        "{}",
        list.body
    );
    app.stop().await;
}

#[tokio::test]
async fn broken_rows_say_where_and_what_and_how_to_mend() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let content = "Name,Name,external_key,currency,credit_limit\nA,x,k1,USD,5\nB,x,k2\nC,x,k3,XXQ,5\nD,x,k4,USD,1.234\n,x,k5,USD,1\n=1+1,x,k6,USD,many\n";
    let mapping = json!({"into": "party", "key": "external_key", "columns":
        {"name": "Name", "note": "Name (2)", "external_key": "external_key", "currency": "currency", "credit_limit": "credit_limit"}});
    let done = import(
        &app,
        &admin,
        &json!({"type": "party", "mapping": mapping, "content": content}),
    )
    .await;
    assert_eq!(
        (&done["state"], &done["created"], &done["failed"]),
        (&json!("done"), &json!(1), &json!(5))
    );
    let mut got = errors(&admin, &done).await;
    got.sort();
    assert_eq!(
        got,
        wrong(&[
            (3, "error-import-ragged"),
            (4, "error-not-a-currency"),
            (5, "error-too-precise"),
            (6, "error-required"),
            (7, "error-not-a-number"),
        ])
    );
    let page = app
        .login_zh("admin")
        .await
        .get(&format!("/imports/{}", done["id"]))
        .await
        .expect(200);
    assert!(page.body.contains("这一行有 3 格，列名有 5 个"), "{}", page.body);
    let file = admin
        .get(&format!("/imports/{}/errors.csv", done["id"]))
        .await
        .expect(200);
    assert!(
        file.body.contains("Not a known currency") && file.body.contains("XXQ"),
        "{}",
        file.body
    );
    assert!(file.header("content-disposition").unwrap().contains("attachment"));
    app.stop().await;
}

#[tokio::test]
async fn a_hierarchy_in_a_circle_is_refused_at_the_row_that_closes_it() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let mapping = json!({"into": "party", "key": "external_key", "columns":
        {"name": "name", "external_key": "key", "parent_id": {"column": "parent", "ref": "external_key"}}});
    let content = "key,name,parent\na,A,c\nb,B,a\nc,C,b\nd,D,nobody\n";
    let done = import(&app, &admin, &json!({"mapping": mapping, "content": content})).await;
    assert_eq!((&done["created"], &done["failed"]), (&json!(4), &json!(2)));
    assert_eq!(
        number(&app, "SELECT count(*) FROM party_party WHERE parent_id IS NOT NULL").await,
        2
    );
    let got = errors(&admin, &done).await;
    assert!(got.contains(&(5, "error-import-unknown-ref".to_owned())), "{got:?}");
    assert!(got.iter().any(|e| e.0 == 4), "{got:?}");
    app.stop().await;
}

#[tokio::test]
async fn orders_come_with_their_lines_and_impossible_ones_are_refused() {
    let app = TestApp::boot().await;
    app.make("party", &[("name", "Acme".into()), ("external_key", "c1".into())])
        .await;
    app.make(
        "product",
        &[
            ("name", "Valve".into()),
            ("sku", "V1".into()),
            ("cost", Value::Int(500)),
            ("currency", "USD".into()),
        ],
    )
    .await;
    let admin = app.login("admin").await;
    let mapping = json!({"into": "order_line", "mode": "create", "currency": "USD",
        "columns": {"product_id": {"column": "sku", "ref": "sku"}, "quantity": "qty", "unit_price": {"column": "paid", "per": "qty"}},
        "parent": {"key": "external_key", "columns": {"external_key": "no", "party_id": {"column": "customer", "ref": "external_key"}, "ordered_on": "day"}}});
    let content = "no,customer,day,sku,qty,paid\n1,c1,2026-02-01,V1,3,10.00\n2,c1,2026-02-30,V1,1,5\n1,c1,2026-02-01,V1,-2,-4\n3,c9,2026-02-01,V1,1,5\n1,c1,2026-02-01,V1,1,7.5\n";
    let done = import(&app, &admin, &json!({"mapping": mapping, "content": content})).await;
    let mut got = errors(&admin, &done).await;
    got.sort();
    assert_eq!(
        got,
        wrong(&[
            (3, "error-not-a-date"),
            (4, "error-order-negative"),
            (5, "error-import-unknown-ref")
        ]),
        "{done}"
    );
    assert_eq!(number(&app, "SELECT count(*) FROM order_order").await, 1);
    assert_eq!(number(&app, "SELECT net FROM order_order").await, 1750);
    // The same file again: the lines are not added a second time.
    let again = import(&app, &admin, &json!({"mapping": mapping, "content": content})).await;
    assert_eq!(again["created"], json!(0));
    assert_eq!(number(&app, "SELECT count(*) FROM order_line").await, 2);
    admin
        .api("POST", &format!("/api/v1/imports/{}/undo", done["id"]), None, &[])
        .await
        .expect(202);
    app.run_jobs().await;
    assert_eq!(number(&app, "SELECT count(*) FROM order_order").await, 0);
    assert_eq!(number(&app, "SELECT count(*) FROM order_line").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn what_stopped_half_way_goes_on_without_loss_or_doubling() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let mut content = String::from("name,external_key\n");
    for i in 0..2_500 {
        content.push_str(&format!("Firm {i},k{i}\n"));
    }
    let made = admin
        .api(
            "POST",
            "/api/v1/imports",
            Some(&json!({"type": "party", "content": content})),
            &[],
        )
        .await
        .expect(202)
        .json();
    let id = made["id"].as_i64().unwrap();
    // One batch, and then nobody is there any more.
    let mut runner = zhike_exchange::run::Runner::load(&app.ctx(), id).await.unwrap();
    runner.step().await.unwrap();
    drop(runner);
    assert_eq!(number(&app, "SELECT count(*) FROM party_party").await, 1_000);
    // The file is away for a while: the import stops with its reason, and can be resumed.
    let dir = texts(&app, "SELECT dir FROM exchange_import").await.remove(0);
    let (file, away) = (app.data.join(&dir).join("data.csv"), app.data.join("away.csv"));
    std::fs::rename(&file, &away).unwrap();
    app.run_jobs().await;
    let stopped = admin.get(&format!("/api/v1/imports/{id}")).await.expect(200).json();
    assert_eq!(
        (&stopped["state"], &stopped["rows_done"]),
        (&json!("failed"), &json!(1_000)),
        "{stopped}"
    );
    let page = admin.get(&format!("/imports/{id}")).await.expect(200);
    assert!(
        page.body.contains("The file cannot be read") && page.body.contains("Go on"),
        "{}",
        page.body
    );
    std::fs::rename(&away, &file).unwrap();
    admin
        .api("POST", &format!("/api/v1/imports/{id}/resume"), None, &[])
        .await
        .expect(202);
    app.run_jobs().await;
    let done = admin.get(&format!("/api/v1/imports/{id}")).await.expect(200).json();
    assert_eq!(
        (&done["state"], &done["created"], &done["failed"]),
        (&json!("done"), &json!(2_500), &json!(0))
    );
    assert_eq!(number(&app, "SELECT count(*) FROM party_party").await, 2_500);
    assert_eq!(
        number(&app, "SELECT count(DISTINCT external_key) FROM party_party").await,
        2_500
    );
    app.stop().await;
}

#[tokio::test]
async fn only_who_may_import_does_and_sees_it() {
    let app = TestApp::boot().await;
    app.user("sally", "salesperson").await;
    let manager = app.user("mona", "manager").await;
    let admin = app.login("admin").await;
    let body = json!({"type": "party", "content": "name\nAcme\n"});
    let made = import(&app, &admin, &body).await;
    app.login("sally").await.get("/imports").await.expect(403);
    app.login("sally")
        .await
        .api("POST", "/api/v1/imports", Some(&body), &[])
        .await
        .expect(403);
    let mona = app.login("mona").await;
    mona.get("/imports").await.expect(200);
    mona.get(&format!("/imports/{}", made["id"])).await.expect(404);
    mona.api(
        "POST",
        "/api/v1/imports",
        Some(&json!({"type": "user", "content": "login,name\nx,X\n"})),
        &[],
    )
    .await
    .expect(403);
    app.token(manager, true)
        .await
        .api("POST", "/api/v1/imports", Some(&body), &[])
        .await
        .expect(403);
    app.token(manager, false)
        .await
        .api("POST", "/api/v1/imports", Some(&body), &[])
        .await
        .expect(202);
    app.anonymous().get("/api/v1/imports").await.expect(401);
    // Files elsewhere are out of reach.
    let elsewhere = json!({"step": [{"into": "party", "file": "../../zhike.db", "columns": {"name": "a"}}]});
    let kept = admin
        .api(
            "POST",
            "/api/v1/imports",
            Some(&json!({"mapping": elsewhere, "content": "b\n1\n"})),
            &[],
        )
        .await
        .expect(422);
    assert_eq!(kept.json()["code"], "error-import-no-column");
    app.stop().await;
}

#[tokio::test]
async fn templates_and_saved_matchings() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let en = admin.get("/imports/template?type=product").await.expect(200).body;
    let zh = app
        .login_zh("admin")
        .await
        .get("/imports/template?type=product")
        .await
        .expect(200)
        .body;
    assert!(en.starts_with('\u{feff}') && en != zh);
    // A file that was filled in under these titles is understood without a word.
    for titles in [en, zh] {
        let there = admin
            .upload(
                "/imports",
                (
                    "file",
                    "p.csv",
                    format!("{titles}{}\n", ",".repeat(titles.matches(',').count())).into_bytes(),
                ),
                &[("type", "product")],
            )
            .await;
        let page = admin.get(there.expect(303).location()).await.expect(200);
        let titles = titles.trim_start_matches('\u{feff}').trim().split(',').count();
        assert!(page.body.matches(" selected>").count() >= titles, "{}", page.body);
    }
    let there = admin
        .upload(
            "/imports",
            ("file", "p.csv", b"Code;What\nA1;Valve\n".to_vec()),
            &[("type", "product")],
        )
        .await
        .expect(303);
    let to = there.location().to_owned();
    let form = [
        ("into", "product"),
        ("mode", "create"),
        ("col-0", "sku"),
        ("col-1", "name"),
        ("name", "Old system"),
        ("do", "save"),
    ];
    admin.post(&to, &form).await.expect(303);
    let page = admin.get(&to).await.expect(200);
    assert!(page.body.contains("Old system"), "{}", page.body);
    let other = admin
        .upload(
            "/imports",
            ("file", "q.csv", b"Code;What\nA2;Pump\n".to_vec()),
            &[("type", "product")],
        )
        .await
        .expect(303);
    let to = other.location().to_owned();
    let saved = number(&app, "SELECT id FROM exchange_mapping").await.to_string();
    admin
        .post(&to, &[("into", "product"), ("use", saved.as_str()), ("do", "use")])
        .await
        .expect(303);
    let page = admin.get(&to).await.expect(200);
    assert!(page.body.contains("<option value=\"sku\" selected>"), "{}", page.body);
    app.stop().await;
}
