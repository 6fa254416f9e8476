//! Next products: found as a count by hand finds them, not against what the customer stated, counted when they are ordered.

use crate::lifetime::{Dice, analyse, before, boss, get};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use zhike_kernel::{Date, Value, Values};
use zhike_store::write;
use zhike_testkit::{Client, TestApp};

/// Products of each of the two categories.
const EACH: usize = 9;

/// A house of two lines of business with tastes of their own.
pub(crate) struct House {
    pub parties: Vec<i64>,
    pub products: Vec<i64>,
    /// (customer, day, products)
    pub orders: Vec<(usize, Date, Vec<usize>)>,
}

fn row(pairs: Vec<(&str, Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

pub(crate) async fn make(app: &TestApp, name: &str, rows: Vec<Values>) -> Vec<i64> {
    let ctx = app.ctx();
    let ty = ctx.registry().get(name).unwrap().clone();
    let tx = ctx.begin().await.unwrap();
    let ids = write::insert_many(&ctx, &tx, &ty, rows, None).await.unwrap();
    tx.commit().await.unwrap();
    ids
}

pub(crate) async fn house(app: &TestApp, owner: Option<i64>, customers: usize) -> House {
    let mut dice = Dice::new(11);
    let kinds = make(
        app,
        "category",
        vec![
            row(vec![("code", "pumps".into()), ("name", "Pumps".into())]),
            row(vec![("code", "valves".into()), ("name", "Valves".into())]),
        ],
    )
    .await;
    let items = (0..2 * EACH).map(|i| {
        row(vec![
            ("sku", format!("P{i:02}").into()),
            ("name", format!("Product {i:02}").into()),
            ("category_id", kinds[i / EACH].into()),
            ("price", 10_000_i64.into()),
            ("cost", 6_000_i64.into()),
            ("currency", "CNY".into()),
        ])
    });
    let products = make(app, "product", items.collect()).await;
    let parties = (0..customers).map(|i| {
        row(vec![
            ("name", format!("Customer {i:03}").into()),
            ("roles", "customer".into()),
            ("industry", if i % 2 == 0 { "water" } else { "food" }.into()),
            ("owner_id", owner.map_or(Value::Null, Value::from)),
        ])
    });
    let parties = make(app, "party", parties.collect()).await;
    let mut orders = vec![];
    for c in 0..customers {
        let mut day = 20.0 + 680.0 * dice.unit();
        while day >= 1.0 {
            let mut basket = BTreeSet::new();
            for _ in 0..1 + (dice.unit() * 2.0) as usize {
                let own = dice.unit() < 0.85;
                let side = if own { c % 2 } else { 1 - c % 2 };
                let place = (dice.unit() * EACH as f64).min(dice.unit() * EACH as f64) as usize;
                basket.insert(side * EACH + place);
            }
            orders.push((c, before(app, day as i64), basket.into_iter().collect()));
            day -= 8.0 + 90.0 * dice.unit();
        }
    }
    let house = House {
        parties,
        products,
        orders,
    };
    write_orders(app, &house, &house.orders).await;
    house
}

pub(crate) async fn write_orders(app: &TestApp, house: &House, orders: &[(usize, Date, Vec<usize>)]) -> Vec<i64> {
    let heads = orders.iter().map(|(c, day, _)| {
        row(vec![
            ("party_id", house.parties[*c].into()),
            ("ordered_on", (*day).into()),
            ("kind", "sale".into()),
            ("status", "confirmed".into()),
            ("currency", "CNY".into()),
        ])
    });
    let ids = make(app, "order", heads.collect()).await;
    let mut lines = vec![];
    for ((_, _, basket), order) in orders.iter().zip(&ids) {
        for (i, p) in basket.iter().enumerate() {
            lines.push(row(vec![
                ("order_id", (*order).into()),
                ("position", (i as i64 + 1).into()),
                ("product_id", house.products[*p].into()),
                ("quantity", 1_000_i64.into()),
                ("unit_price", 10_000_i64.into()),
                ("unit_cost", 6_000_i64.into()),
            ]));
        }
    }
    make(app, "order_line", lines).await;
    ids
}

/// Another administrator: tokens end.
async fn boss_again(app: &TestApp) -> Client {
    let user = app.user("second", "administrator").await;
    app.token(user, false).await
}

async fn again(app: &TestApp) {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_jobs::push(&tx, "insight.offers", None, &json!({})).await.unwrap();
    tx.commit().await.unwrap();
    while app.run_jobs().await > 0 {}
}

/// Products of each customer until a day, with the number of customers of each product.
fn until(h: &House, day: Date) -> (BTreeMap<usize, BTreeSet<usize>>, Vec<usize>) {
    let mut own: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (c, on, basket) in &h.orders {
        if *on <= day {
            own.entry(*c).or_default().extend(basket);
        }
    }
    let mut having = vec![0; 2 * EACH];
    for p in own.values().flatten() {
        having[*p] += 1;
    }
    (own, having)
}

fn way<'a>(test: &'a Json, name: &str) -> &'a Json {
    let all = test["scores"].as_array().unwrap();
    all.iter().find(|s| s["way"] == name).unwrap()
}

#[tokio::test]
async fn what_is_offered_stands_the_test_of_time() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let h = house(&app, None, 160).await;
    let admin = app.login("admin").await;
    let none = admin.get("/value/offers").await.expect(200).body;
    assert!(none.contains("No next products yet"), "{none}");
    api.api("GET", "/api/v1/value/offers", None, &[]).await.expect(404);
    analyse(&app, &api).await;
    let said = get(&api, "/api/v1/value/offers").await;

    // Popularity by hand: what most customers had on that day, against what came after it.
    let test = &said["tested_on"];
    let day = |key: &str| test[key].as_str().unwrap().parse::<Date>().unwrap();
    let (known, to) = (day("known_to"), day("to"));
    assert_eq!((to - known).get_days(), 91);
    let (own, having) = until(&h, known);
    let mut order: Vec<usize> = (0..2 * EACH).collect();
    order.sort_by_key(|p| (std::cmp::Reverse(having[*p]), *p));
    let (mut customers, mut hits, mut reciprocal) = (0, 0, 0.0);
    for (c, mine) in &own {
        let came: BTreeSet<usize> = h
            .orders
            .iter()
            .filter(|(who, on, _)| who == c && *on > known && *on <= to)
            .flat_map(|o| o.2.iter().copied())
            .filter(|p| !mine.contains(p))
            .collect();
        if came.is_empty() {
            continue;
        }
        customers += 1;
        let list: Vec<usize> = order.iter().copied().filter(|p| !mine.contains(p)).collect();
        let first = list.iter().position(|p| came.contains(p)).unwrap();
        hits += usize::from(first < 5);
        reciprocal += 1.0 / (first as f64 + 1.0);
    }
    let popular = way(test, "popular");
    assert_eq!(popular["customers"], customers);
    let close = |a: &Json, b: f64| (a.as_f64().unwrap() - b).abs() < 1e-9;
    assert!(close(&popular["hit_rate"], hits as f64 / customers as f64), "{popular}");
    assert!(
        close(&popular["reciprocal"], reciprocal / customers as f64),
        "{popular}"
    );
    // The tastes that the house was made with are found.
    let taken = said["way"].as_str().unwrap();
    assert_ne!(taken, "popular", "{said}");
    assert!(
        way(test, taken)["reciprocal"].as_f64() > popular["reciprocal"].as_f64(),
        "{said}"
    );

    // Holdings by hand: all orders lie within two years.
    let (own, _) = until(&h, to);
    for (categories, key) in [(false, "by_products"), (true, "by_categories")] {
        let mut counted: BTreeMap<i64, i64> = BTreeMap::new();
        for mine in own.values() {
            let kinds: BTreeSet<usize> = mine.iter().map(|p| p / EACH).collect();
            let n = if categories { kinds.len() } else { mine.len() } as i64;
            *counted.entry(n.min(5)).or_default() += 1;
        }
        let ours: BTreeMap<i64, i64> = said[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| (h["held"].as_i64().unwrap(), h["customers"].as_i64().unwrap()))
            .collect();
        assert_eq!(ours, counted, "{key}");
    }
    let total: i64 = said["by_products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| h["profit"].as_i64().unwrap())
        .sum();
    let summary = get(&api, "/api/v1/value/summary").await;
    assert_eq!(json!(total), summary["profit"], "{summary}");
    // The customer's own list: nothing that it has, the line of business counted right.
    let party = h.parties[0];
    let one = get(&api, &format!("/api/v1/value/offers/customers/{party}")).await;
    let (mine, having) = (&own[&0], own.iter().filter(|(c, _)| *c % 2 == 0));
    let having: Vec<&BTreeSet<usize>> = having.map(|(_, p)| p).collect();
    assert_eq!(one["products_held"], mine.len());
    for offer in one["offers"].as_array().unwrap() {
        let place = h.products.iter().position(|p| json!(p) == offer["product"]).unwrap();
        assert!(!mine.contains(&place), "{offer}");
        let have = having.iter().filter(|p| p.contains(&place)).count();
        assert_eq!(offer["peers"], json!([have, having.len()]), "{offer}");
    }
    let field = get(&api, &format!("/api/v1/parties/{party}")).await;
    assert_eq!(field["next_product_id"], one["offers"][0]["product"], "{field}");
    assert_eq!(field["products_held"], mine.len());

    let page = admin.get("/value/offers").await.expect(200).body;
    for words in [
        "Tested on a time that was not known",
        "What most customers have",
        "Products held",
        "When not to trust",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let zh = app.login_zh("admin").await.get("/value/offers").await.expect(200).body;
    assert!(zh.contains("用未知时段检验") && zh.contains("产品推荐与持有"), "{zh}");
    app.stop().await;
}

#[tokio::test]
async fn nothing_is_offered_against_what_was_stated_and_orders_are_counted() {
    let app = TestApp::boot().await;
    let api = boss(&app).await;
    let seller = app.user("seller", "salesperson").await;
    app.user("other", "salesperson").await;
    let h = house(&app, Some(seller), 80).await;
    let topics = ["offers", "pumps", "valves"]
        .map(|t| row(vec![("code", t.into()), ("name", t.into()), ("offered", true.into())]));
    make(&app, "topic", topics.to_vec()).await;
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    for (party, wish) in [
        (h.parties[0], json!({"unwanted": ["pumps"]})),
        (h.parties[2], json!({"unwanted": ["offers"]})),
        (h.parties[4], json!({"interests": "valves for the new plant"})),
    ] {
        zhike_consent::state_wishes(&ctx, &tx, party, wish, "customer", "said so")
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    analyse(&app, &api).await;
    let of = async |client: &Client, place: usize| {
        get(client, &format!("/api/v1/value/offers/customers/{}", h.parties[place])).await
    };
    let kind = |offer: &Json| h.products.iter().position(|p| json!(p) == offer["product"]).unwrap() / EACH;
    let first = of(&api, 0).await;
    assert!(!first["offers"].as_array().unwrap().is_empty());
    assert!(
        first["offers"].as_array().unwrap().iter().all(|o| kind(o) == 1),
        "no pumps: {first}"
    );
    let third = of(&api, 2).await;
    assert_eq!(third["closed"], true);
    let field = get(&api, &format!("/api/v1/parties/{}", h.parties[2])).await;
    assert_eq!(field["next_product_id"], Json::Null);
    let fifth = of(&api, 4).await;
    assert_eq!(
        (kind(&fifth["offers"][0]), &fifth["offers"][0]["wanted"]),
        (1, &json!(true)),
        "{fifth}"
    );
    // A refusal since the last computation counts at once.
    let tx = ctx.begin().await.unwrap();
    let wish = json!({"unwanted": ["valves", "pumps"]});
    zhike_consent::state_wishes(&ctx, &tx, h.parties[4], wish, "customer", "said so")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(of(&api, 4).await["offers"], json!([]));

    // Beside the customer, with reasons; counted once.
    let rep = app.login("seller").await;
    let path = format!("/parties/{}", h.parties[6]);
    let page = rep.get(&path).await.expect(200).body;
    assert!(
        page.contains("Offer next") && page.contains("in the same line of business"),
        "{page}"
    );
    rep.get(&path).await.expect(200);
    let closed = rep.get(&format!("/parties/{}", h.parties[2])).await.expect(200).body;
    assert!(closed.contains("does not want to be offered things unasked"));
    let shown = get(&api, "/api/v1/suggestions?limit=50").await["data"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert!(
        shown
            .iter()
            .all(|s| s["status"] == "open" && s["place"] == "party" && s["shown_by_id"] == seller),
        "{shown:?}"
    );
    // What stands on the customer's timeline is the customer's, not who looked.
    let timeline = rep.get(&format!("{path}/timeline")).await.body;
    assert!(!timeline.contains("Put before somebody"), "{timeline}");

    // Beyond one's sight there is nothing, and nobody makes one by hand.
    let stranger = app.login("other").await;
    stranger.get(&path).await.expect(404);
    let own = format!("/api/v1/value/offers/customers/{}", h.parties[6]);
    let token = app.token(seller, false).await;
    token.api("GET", &own, None, &[]).await.expect(200);
    api.api(
        "POST",
        "/api/v1/suggestions",
        Some(&json!({"party_id": h.parties[6]})),
        &[],
    )
    .await
    .expect(403);

    // Refused, ordered, lapsed.
    let by_rank = |n: i64| shown.iter().find(|s| s["rank"] == n).unwrap().clone();
    let path = format!("/api/v1/suggestions/{}/declined", by_rank(2)["id"]);
    token
        .api("POST", &path, Some(&json!({"version": 7})), &[])
        .await
        .expect(409);
    token
        .api(
            "POST",
            &path,
            Some(&json!({"version": 1, "note": "has another supplier"})),
            &[],
        )
        .await
        .expect(200);
    token
        .api("POST", &path, Some(&json!({"version": 2})), &[])
        .await
        .expect(409);
    let left = get(&token, &own).await;
    assert!(
        left["offers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|o| o["product"] != by_rank(2)["product_id"]),
        "{left}"
    );
    let place = h
        .products
        .iter()
        .position(|p| json!(p) == by_rank(1)["product_id"])
        .unwrap();
    let order = write_orders(&app, &h, &[(6, ctx.today(), vec![place])]).await[0];
    again(&app).await;
    let now = get(&api, &format!("/api/v1/suggestions/{}", by_rank(1)["id"])).await;
    assert_eq!(
        (&now["status"], &now["order_id"]),
        (&json!("ordered"), &json!(order)),
        "{now}"
    );
    let figures = &get(&api, "/api/v1/value/offers").await["taken_up"]["by_place"];
    let all = figures.as_array().unwrap().last().unwrap()["figures"].clone();
    assert_eq!(
        (&all["open"], &all["ordered"], &all["declined"], &all["rate"]),
        (&json!(1), &json!(1), &json!(1), &json!(0.5)),
        "{figures}"
    );
    app.advance_seconds(61 * 86_400);
    again(&app).await;
    let now = get(&api, &format!("/api/v1/suggestions/{}", by_rank(3)["id"])).await;
    assert_eq!(now["status"], "lapsed", "{now}");

    // Through programs, and beside an order that is being written; whoever was signed in is no longer.
    let rep = app.login("seller").await;
    let token = app.token(seller, false).await;
    let api = boss_again(&app).await;
    let seventh = format!("/api/v1/value/offers/customers/{}/shown", h.parties[7]);
    let told = token.api("POST", &seventh, None, &[]).await.expect(200).json();
    assert!(told["offers"][0]["open"].is_array(), "{told}");
    let draft = [
        ("party_id", h.parties[8].into()),
        ("ordered_on", ctx.today().into()),
        ("currency", "CNY".into()),
    ];
    let draft = app.make("order", &draft).await;
    let page = rep.get(&format!("/orders/{draft}")).await.expect(200).body;
    assert!(page.contains("Offer next"), "{page}");
    let places = get(&api, "/api/v1/suggestions?limit=50").await;
    let places: BTreeSet<&str> = places["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["status"] == "open")
        .map(|s| s["place"].as_str().unwrap())
        .collect();
    assert_eq!(places, BTreeSet::from(["order", "program"]));
    app.stop().await;
}
