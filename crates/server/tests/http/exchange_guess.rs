//! What a file without a word about it is taken for, what becomes of columns that nobody wants, and roles of new parties.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let rows = app.ctx().db().all(sql, binds![]).await.unwrap();
    rows.iter()
        .map(|r| r.opt_text(0).unwrap().unwrap_or_default())
        .collect()
}

/// Uploads a file on the page and gives the address of its second step.
async fn upload(client: &Client, content: &str, kind: &[(&str, &str)]) -> String {
    let file = ("file", "a.csv", content.as_bytes().to_vec());
    client
        .upload("/imports", file, kind)
        .await
        .expect(303)
        .location()
        .to_owned()
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

#[tokio::test]
async fn usual_files_are_taken_for_what_they_are() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    for (content, into) in [
        ("Name,Phone,Email\nAcme,0512 6288 0101,a@example.com\n", "party"),
        ("名称,电话\n青禾,0512 6288 0101\n", "party"),
        ("名称,备注\n青禾,老客户\n", "party"),
        ("产品名称,型号,单价,库存\n阀,DN50,120,8\n", "product"),
        ("订单号,客户,日期,金额\nA-1,青禾,2026-03-01,5000\n", "order"),
        ("Number,Customer,Date,Currency\nA-1,Acme,2026-03-01,EUR\n", "order"),
        (
            "公司名称,联系人,手机,邮箱,地址,客户等级,信用额度,备注\n青禾,王芳,13812345678,w@example.com,苏州,A,50000,无\n",
            "party",
        ),
        (
            "订单号,产品,数量,单价,客户,日期\nA-1,阀,2,10,青禾,2026-03-01\n",
            "order_line",
        ),
        ("线索来源,姓名,公司,电话\n展会,王芳,青禾,13812345678\n", "lead"),
        ("到账日期,付款金额,客户,付款方式\n2026-03-01,500,青禾,转账\n", "payment"),
    ] {
        let to = upload(&admin, content, &[]).await;
        let taken = texts(&app, "SELECT record_type FROM exchange_import ORDER BY id DESC LIMIT 1").await;
        assert_eq!(taken, [into], "{content}");
        let page = admin.get(&to).await.expect(200);
        assert!(
            page.body.contains(&format!("<option value=\"{into}\" selected>")),
            "{content}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_program_is_asked_for_the_type_when_there_is_a_doubt() {
    let app = TestApp::boot().await;
    let (admin, api) = (app.login("admin").await, app.login("admin").await);
    for content in [
        "Name,Phone,Email\nAcme,0512 6288 0101,a@example.com\n",
        "名称,备注\n青禾,老客户\n",
        "colour,taste\nred,sweet\n",
    ] {
        let refused = api
            .api("POST", "/api/v1/imports", Some(&json!({ "content": content })), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(refused["code"], "error-fields", "{refused}");
        let field = &refused["errors"][0];
        assert_eq!(
            (&field["field"], &field["code"]),
            (&json!("type"), &json!("error-import-which")),
            "{refused}"
        );
        assert!(field["detail"].as_str().unwrap().contains("party"), "{refused}");
        // Told what it is, the same file goes in, if any of its columns does.
        let body = json!({ "content": content, "type": "party", "dry_run": true });
        let told = api.api("POST", "/api/v1/imports", Some(&body), &[]).await;
        if content.starts_with("colour") {
            assert_eq!(told.expect(422).json()["code"], "error-import-nothing");
        } else {
            told.expect(202);
        }
    }
    assert!(texts(&app, "SELECT name FROM party_party").await.is_empty());
    // On the page somebody looks on: the likeliest is shown, and what else it could be.
    let to = upload(&admin, "Name,Phone,Email\nAcme,0512 6288 0101,a@example.com\n", &[]).await;
    let page = admin.get(&to).await.expect(200);
    assert!(
        page.body.contains("It could also be") && page.body.contains("Leads"),
        "{}",
        page.body
    );
    // What nobody doubts needs no word.
    let sure = json!({ "content": "客户名称,统一社会信用代码,客户类型,行业,信用额度\n青禾,91320594MA1K7QPR0A,企业,乳业,5000\n" });
    let made = import(&app, &api, &sure).await;
    assert_eq!(made["type"], "party", "{made}");
    app.stop().await;
}

#[tokio::test]
async fn columns_that_go_nowhere_are_named() {
    let app = TestApp::boot().await;
    let (admin, api) = (app.login("admin").await, app.login("admin").await);
    let content = "产品名称,产品编码,价格,库存,颜色\n阀,DN50,120,8,红\n";
    let body = json!({ "content": content, "type": "product" });
    let made = api
        .api("POST", "/api/v1/imports", Some(&body), &[])
        .await
        .expect(202)
        .json();
    assert_eq!(made["ignored_columns"], json!(["库存", "颜色"]), "{made}");
    app.run_jobs().await;
    let page = admin.get(&format!("/imports/{}", made["id"])).await.expect(200);
    assert!(
        page.body.contains("Columns that were not used: “库存”, “颜色”."),
        "{}",
        page.body
    );
    let to = upload(&admin, content, &[("type", "product")]).await;
    let page = admin.get(&to).await.expect(200);
    assert!(
        page.body.contains("Columns that were not used: “库存”, “颜色”."),
        "{}",
        page.body
    );
    let zh = app.login_zh("admin").await.get(&to).await.expect(200);
    assert!(zh.body.contains("没有导入的列：“库存”、“颜色”。"), "{}", zh.body);
    app.stop().await;
}

#[tokio::test]
async fn orders_with_products_and_quantities_get_their_lines() {
    let app = TestApp::boot().await;
    let api = app.login("admin").await;
    let parties = json!({ "content": "Name,external_key\nAcme,k1\n", "type": "party" });
    assert_eq!(import(&app, &api, &parties).await["created"], 1);
    let products =
        json!({ "content": "SKU,Name,Price,Currency\nV1,Valve,10,CNY\nP1,Pump,99,CNY\n", "type": "product" });
    assert_eq!(import(&app, &api, &products).await["created"], 2);
    let orders = json!({ "type": "order", "content":
        "Order No,Customer,Date,Status,Product,Quantity,Price\nA-1,Acme,2026-03-01,confirmed,V1,2,10\nA-1,Acme,2026-03-01,confirmed,P1,1,99\n" });
    let made = import(&app, &api, &orders).await;
    assert_eq!(
        (
            &made["type"],
            &made["created"],
            &made["failed"],
            &made["ignored_columns"]
        ),
        // Two lines and their order.
        (&json!("order_line"), &json!(3), &json!(0), &json!([])),
        "{made}"
    );
    let rows = app
        .ctx()
        .db()
        .all("SELECT number, net, status FROM order_order", binds![])
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    let order = (
        rows[0].text(0).unwrap(),
        rows[0].int(1).unwrap(),
        rows[0].text(2).unwrap(),
    );
    assert_eq!(order, ("A-1".to_owned(), 11_900, "confirmed".to_owned()));
    // Without a number, rows cannot be told together: the columns that are lost are named.
    let alone = json!({ "type": "order", "dry_run": true, "content":
        "Customer,Date,Product,Quantity,Price\nAcme,2026-03-01,V1,2,10\n" });
    let made = import(&app, &api, &alone).await;
    assert_eq!(
        made["ignored_columns"],
        json!(["Product", "Quantity", "Price"]),
        "{made}"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_exact_title_is_believed_and_the_bad_cell_told_at_its_row() {
    let app = TestApp::boot().await;
    let api = app.login("admin").await;
    let body = json!({ "type": "party", "content":
        "Name,Email,Credit limit\nA,none,many\nB,nobody,lots\nC,c@example.com,5\n" });
    let made = import(&app, &api, &body).await;
    assert_eq!((&made["created"], &made["failed"]), (&json!(1), &json!(2)), "{made}");
    let list = api
        .get(&format!("/api/v1/imports/{}/errors", made["id"]))
        .await
        .expect(200)
        .json();
    let told: Vec<(i64, &str)> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["row"].as_i64().unwrap(), e["field"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [(2, "credit_limit"), (2, "email"), (3, "credit_limit"), (3, "email")]
    );
    app.stop().await;
}

#[tokio::test]
async fn new_customers_are_customers_and_old_ones_keep_their_roles() {
    let app = TestApp::boot().await;
    let (admin, api) = (app.login("admin").await, app.login("admin").await);
    let to = upload(&admin, "名称,原系统编号\n青禾,k1\n", &[("type", "party")]).await;
    let page = admin.get(&to).await.expect(200);
    let shown = page.body.split("name=\"always-roles\"").nth(1).unwrap_or("");
    assert!(shown.contains("<option value=\"customer\" selected>"), "{}", page.body);
    let form = [
        ("into", "party"),
        ("mode", "upsert"),
        ("key", "external_key"),
        ("col-0", "name"),
        ("col-1", "external_key"),
    ];
    // Another role is a matter of one choice.
    let start = [form.as_slice(), &[("always-roles", "supplier"), ("do", "start")]].concat();
    let there = to.split('?').next().unwrap();
    admin.post(there, &start).await.expect(303);
    app.run_jobs().await;
    assert_eq!(texts(&app, "SELECT roles FROM party_party").await, ["supplier"]);
    // The default makes customers of the new, and leaves the old alone.
    let body = json!({ "type": "party", "content": "名称,原系统编号\n青禾乳业,k1\n虹彩,k2\n" });
    let made = import(&app, &api, &body).await;
    assert_eq!((&made["created"], &made["updated"]), (&json!(1), &json!(1)), "{made}");
    assert_eq!(
        texts(&app, "SELECT roles FROM party_party ORDER BY external_key").await,
        ["supplier", "customer"]
    );
    let list = admin.get("/parties?view=customers").await.expect(200);
    assert!(
        list.body.contains("虹彩") && !list.body.contains("青禾乳业"),
        "{}",
        list.body
    );
    // A form that empties the choice gives no role.
    let to = upload(&admin, "名称\n远山\n", &[("type", "party")]).await;
    let there = to.split('?').next().unwrap();
    let none = [
        ("into", "party"),
        ("mode", "create"),
        ("col-0", "name"),
        ("always-roles", ""),
        ("do", "start"),
    ];
    admin.post(there, &none).await.expect(303);
    app.run_jobs().await;
    assert_eq!(
        texts(&app, "SELECT roles FROM party_party WHERE name = '远山'").await,
        [""]
    );
    app.stop().await;
}
