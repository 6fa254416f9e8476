//! Products and categories: what is refused, the tree, the history of costs.

use serde_json::json;
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::TestApp;

async fn product(app: &TestApp, sku: &str, more: &[(&str, Value)]) -> i64 {
    let mut values = vec![("sku", Value::from(sku)), ("name", sku.into())];
    values.extend(more.iter().cloned());
    app.make("product", &values).await
}

async fn costs(app: &TestApp, id: i64) -> Vec<(String, Option<i64>)> {
    let sql = "SELECT from_on, cost FROM catalog_cost WHERE product_id = $1 ORDER BY from_on";
    let rows = app.ctx().db().all(sql, binds![id]).await.unwrap();
    rows.iter()
        .map(|r| (r.text(0).unwrap(), r.opt_int(1).unwrap()))
        .collect()
}

#[tokio::test]
async fn a_negative_price_is_refused_in_both_languages() {
    let app = TestApp::boot().await;
    let form = [
        ("sku", "A-1"),
        ("name", "Valve"),
        ("kind", "goods"),
        ("price", "-1"),
        ("cost", "-2"),
        ("active", "yes"),
    ];
    let page = app.login("admin").await.post("/products", &form).await.expect(422);
    assert!(page.body.contains("Not below zero"), "{}", page.body);
    let page = app.login_zh("admin").await.post("/products", &form).await.expect(422);
    assert!(page.body.contains("不能小于零"), "{}", page.body);
    app.stop().await;
}

#[tokio::test]
async fn a_sku_stands_for_one_product() {
    let app = TestApp::boot().await;
    product(&app, "A-1", &[]).await;
    let user = app.user("second", "administrator").await;
    let program = app.token(user, false).await;
    let body = json!({"sku": "A-1", "name": "Another"});
    let reply = program
        .api("POST", "/api/v1/products", Some(&body), &[])
        .await
        .expect(422);
    assert_eq!(reply.json()["errors"][0]["field"], "sku");
    app.stop().await;
}

#[tokio::test]
async fn a_category_does_not_stand_below_itself_and_is_kept_while_it_is_used() {
    let app = TestApp::boot().await;
    let top = app.make("category", &[("name", "Parts".into())]).await;
    let middle = app
        .make("category", &[("name", "Valves".into()), ("parent_id", top.into())])
        .await;
    let low = app
        .make(
            "category",
            &[("name", "Ball valves".into()), ("parent_id", middle.into())],
        )
        .await;
    let user = app.user("second", "administrator").await;
    let program = app.token(user, false).await;
    for below in [low, middle, top] {
        let body = json!({"parent_id": below});
        let reply = program
            .api(
                "PATCH",
                &format!("/api/v1/categories/{top}"),
                Some(&body),
                &[("if-match", "\"v1\"")],
            )
            .await
            .expect(422);
        assert_eq!(reply.json()["errors"][0]["code"], "error-category-cycle");
    }
    product(&app, "A-1", &[("category_id", low.into())]).await;
    let reply = program
        .api(
            "DELETE",
            &format!("/api/v1/categories/{low}"),
            None,
            &[("if-match", "\"v1\"")],
        )
        .await
        .expect(409);
    assert_eq!(reply.json()["code"], "error-category-used");
    app.stop().await;
}

#[tokio::test]
async fn each_cost_is_kept_with_the_day_it_began() {
    let app = TestApp::boot().await;
    let id = product(&app, "A-1", &[("price", 10_000_i64.into()), ("cost", 6_000_i64.into())]).await;
    let none = product(&app, "A-2", &[]).await;
    let user = app.user("second", "administrator").await;
    let program = app.token(user, false).await;
    let path = format!("/api/v1/products/{id}");
    // Twice on one day: the last one stands.
    let change = |cost: &'static str| json!({"cost": cost});
    program
        .api("PATCH", &path, Some(&change("61")), &[("if-match", "\"v1\"")])
        .await
        .expect(200);
    assert_eq!(costs(&app, id).await, [("2026-06-30".to_owned(), Some(6_100))]);
    app.advance_seconds(86_400);
    program
        .api("PATCH", &path, Some(&change("65.5")), &[("if-match", "\"v2\"")])
        .await
        .expect(200);
    program
        .api(
            "PATCH",
            &path,
            Some(&json!({"name": "Valve"})),
            &[("if-match", "\"v3\"")],
        )
        .await
        .expect(200);
    assert_eq!(
        costs(&app, id).await,
        [
            ("2026-06-30".to_owned(), Some(6_100)),
            ("2026-07-01".to_owned(), Some(6_550))
        ]
    );
    assert!(costs(&app, none).await.is_empty());
    let page = app
        .login("admin")
        .await
        .get(&format!("/products/{id}/costs"))
        .await
        .expect(200);
    assert!(
        page.body.contains("65.50") && page.body.contains("34.5%"),
        "{}",
        page.body
    );
    app.stop().await;
}
