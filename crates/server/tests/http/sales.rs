//! Deals: moving them, the rules of moving, the board, and the funnel's numbers against a calculation by hand.

use serde_json::json;
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::TestApp;

/// A pipeline with three open stages, won and lost; their ids in this order.
async fn pipeline(app: &TestApp) -> (i64, [i64; 5]) {
    let pipeline = app
        .make("pipeline", &[("name", "直销".into()), ("name_latin", "Direct".into())])
        .await;
    let mut ids = [0; 5];
    let stages = [
        ("需求", "Needs", 200_000_i64, "open"),
        ("报价", "Proposal", 500_000, "open"),
        ("谈判", "Negotiation", 800_000, "open"),
        ("赢单", "Won", 1_000_000, "won"),
        ("输单", "Lost", 0, "lost"),
    ];
    for (id, (name, latin, chance, kind)) in ids.iter_mut().zip(stages) {
        *id = app
            .make(
                "stage",
                &[
                    ("name", name.into()),
                    ("name_latin", latin.into()),
                    ("pipeline_id", pipeline.into()),
                    ("probability", chance.into()),
                    ("kind", kind.into()),
                ],
            )
            .await;
    }
    (pipeline, ids)
}

async fn deal(app: &TestApp, name: &str, more: &[(&str, Value)]) -> i64 {
    let mut values = vec![("name", Value::from(name))];
    values.extend(more.iter().cloned());
    app.make("deal", &values).await
}

/// Stage and version of a deal.
async fn stands(app: &TestApp, id: i64) -> (i64, i64) {
    let row = app
        .app
        .house
        .db
        .one("SELECT stage_id, version FROM sales_deal WHERE id = $1", binds![id])
        .await
        .unwrap()
        .unwrap();
    (row.int(0).unwrap(), row.int(1).unwrap())
}

/// A deal's moves: (from, to, day).
async fn moves(app: &TestApp, id: i64) -> Vec<(Option<i64>, i64, String)> {
    let sql = "SELECT from_id, to_id, moved_on FROM sales_stage_move WHERE deal_id = $1 ORDER BY moved_on, id";
    app.app
        .house
        .db
        .all(sql, binds![id])
        .await
        .unwrap()
        .iter()
        .map(|r| (r.opt_int(0).unwrap(), r.int(1).unwrap(), r.text(2).unwrap()))
        .collect()
}

fn path(id: i64) -> String {
    format!("/api/v1/deals/{id}/move")
}

#[tokio::test]
async fn a_move_with_an_old_version_is_refused_and_the_same_move_with_the_right_one_is_kept() {
    let app = TestApp::boot().await;
    let (_, s) = pipeline(&app).await;
    let id = deal(&app, "流量计改造", &[("amount", 5_000_000_i64.into())]).await;
    let admin = app.login("admin").await;
    assert_eq!(stands(&app, id).await, (s[0], 1));
    let stale = admin
        .api("POST", &path(id), Some(&json!({"stage": s[1], "version": 9})), &[])
        .await
        .expect(409);
    assert_eq!(stale.json()["code"], "error-stale");
    let done = admin
        .api("POST", &path(id), Some(&json!({"stage": s[1], "version": 1})), &[])
        .await
        .expect(200);
    assert_eq!(
        done.json(),
        json!({"id": id, "version": 2, "from": s[0], "stage": s[1]})
    );
    let today = "2026-06-30".to_owned();
    assert_eq!(
        moves(&app, id).await,
        [(None, s[0], today.clone()), (Some(s[0]), s[1], today)]
    );
    // Taken back on the same day, the step is no history.
    let back = json!({"stage": s[0], "version": 2});
    admin.api("POST", &path(id), Some(&back), &[]).await.expect(200);
    assert_eq!(moves(&app, id).await.len(), 1);
    // The page answers with the two heads and the new version.
    let id_path = format!("/deals/{id}/move");
    let form = [
        ("stage", s[1].to_string()),
        ("version", "3".to_owned()),
        ("before", String::new()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let reply = admin.post_fragment(&id_path, &form).await.expect(200);
    assert_eq!(reply.header("x-version"), Some("4"));
    for id in [format!("head-{}", s[0]), format!("head-{}", s[1]), "sales-open".into()] {
        assert!(reply.body.contains(&format!("id=\"{id}\"")), "{id}: {}", reply.body);
    }
    assert_eq!(reply.toast().as_deref(), Some("Moved to Proposal"));
    app.stop().await;
}

#[tokio::test]
async fn losing_asks_for_the_reason_in_the_readers_language_winning_closes_and_opening_again_clears() {
    let app = TestApp::boot().await;
    let (_, s) = pipeline(&app).await;
    let id = deal(&app, "校准服务", &[]).await;
    let admin = app.login("admin").await;
    let lose = json!({"stage": s[4], "version": 1});
    let en = admin.api("POST", &path(id), Some(&lose), &[]).await.expect(422);
    assert_eq!(en.json()["errors"][0]["detail"], "Say why the deal was lost");
    let zh = admin.speaking("zh-CN");
    let zh = zh.api("POST", &path(id), Some(&lose), &[]).await.expect(422);
    assert_eq!(zh.json()["errors"][0]["detail"], "请写明输单原因");
    assert_eq!(stands(&app, id).await, (s[0], 1));
    let told = json!({"stage": s[4], "version": 1, "lost_reason": "price", "competitor": "北岸仪表"});
    admin.api("POST", &path(id), Some(&told), &[]).await.expect(200);
    let closed =
        "SELECT closed_on, (SELECT r.code FROM sales_reason r WHERE r.id = reason_id) FROM sales_deal WHERE id = $1";
    let row = app.app.house.db.one(closed, binds![id]).await.unwrap().unwrap();
    assert_eq!(
        (row.opt_text(0).unwrap().as_deref(), row.opt_text(1).unwrap().as_deref()),
        (Some("2026-06-30"), Some("price"))
    );
    app.advance_seconds(86_400);
    let again = json!({"stage": s[1], "version": 2});
    admin.api("POST", &path(id), Some(&again), &[]).await.expect(200);
    let row = app.app.house.db.one(closed, binds![id]).await.unwrap().unwrap();
    assert_eq!((row.opt_text(0).unwrap(), row.opt_text(1).unwrap()), (None, None));
    let funnel = admin.get("/api/v1/funnel").await.expect(200).json();
    assert_eq!(funnel["overall"]["reopened"], 1);
    app.stop().await;
}

/// Four deals with a known history, loaded as a loader does it: in the first stage, then their moves.
async fn history(app: &TestApp, s: &[i64; 5], owners: [i64; 2]) -> [i64; 4] {
    let born: Value = "2026-04-10".into();
    let mut ids = [0; 4];
    let rows = [
        (100_000_i64, owners[0]),
        (50_000, owners[0]),
        (80_000, owners[1]),
        (30_000, owners[1]),
    ];
    for (i, (amount, owner)) in rows.into_iter().enumerate() {
        let more = [
            ("entered_on", born.clone()),
            ("amount", amount.into()),
            ("owner_id", owner.into()),
            ("expected_on", "2026-07-15".into()),
        ];
        ids[i] = deal(app, &format!("deal {i}"), &more).await;
    }
    let steps = [
        (0, 0, 1, "2026-04-20"),
        (0, 1, 2, "2026-05-10"),
        (0, 2, 3, "2026-05-20"),
        (1, 0, 1, "2026-04-14"),
        (1, 1, 4, "2026-04-19"),
        (2, 0, 1, "2026-04-30"),
    ];
    for (deal, from, to, on) in steps {
        let step = [
            ("deal_id", Value::from(ids[deal])),
            ("from_id", s[from].into()),
            ("to_id", s[to].into()),
            ("moved_on", on.into()),
        ];
        app.make("stage_move", &step).await;
    }
    ids
}

#[tokio::test]
async fn the_funnel_shows_what_a_calculation_by_hand_gives() {
    let app = TestApp::boot().await;
    let (_, s) = pipeline(&app).await;
    let (lin, zhao) = (
        app.user("lin", "salesperson").await,
        app.user("zhao", "salesperson").await,
    );
    let ids = history(&app, &s, [lin, zhao]).await;
    assert_eq!(stands(&app, ids[0]).await.0, s[3], "carried along by its moves");
    assert_eq!(stands(&app, ids[2]).await.0, s[1]);
    let admin = app.login("admin").await;
    let f = admin.get("/api/v1/funnel?period=90").await.expect(200).json();
    let o = &f["overall"];
    assert_eq!(
        (&o["deals"], &o["open"], &o["won"], &o["lost"]),
        (&json!(4), &json!(2), &json!(1), &json!(1))
    );
    assert_eq!(
        (
            &o["open_value"],
            &o["won_value"],
            &o["win_rate"],
            &o["average_cycle_days"]
        ),
        (&json!(110_000), &json!(100_000), &json!(0.5), &json!(40.0))
    );
    // 2 open × 0.5 × ¥1,000 ÷ 40 days = ¥25 a day.
    assert_eq!(o["velocity"], json!(2_500.0));
    let counts: Vec<_> = f["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| ["entered", "still_in", "moved_on", "lost"].map(|k| s[k].as_i64().unwrap()))
        .collect();
    assert_eq!(counts, [[4, 1, 3, 0], [3, 1, 1, 1], [1, 0, 1, 0]]);
    // Stays in the first stage: 4, 10, 20 days ended, 81 days open: half had left after 10 days.
    assert_eq!(
        (&f["stages"][0]["median_days"], &f["stages"][1]["conversion"]),
        (&json!(10), &json!(0.5))
    );
    // Open: ¥800 in Proposal (50%) and ¥300 in Needs (20%).
    assert_eq!(
        f["forecast"],
        json!([{"month": "2026-07", "deals": 2, "amount": {"CNY": 110_000}, "weighted": {"CNY": 46_000}}])
    );
    assert_eq!(f["owners"].as_array().unwrap().len(), 2);
    // The page, in both languages, and the deals behind a number.
    for (client, word) in [
        (admin.clone(), "Sales funnel"),
        (app.login_zh("admin").await, "销售漏斗"),
    ] {
        let page = client.get("/deals/funnel?period=90").await.expect(200).body;
        assert!(
            page.contains(word) && page.contains("class=\"fshape\"") && !page.contains(">sales-"),
            "{page}"
        );
    }
    let url = format!("/deals/funnel/deals?period=90&stage={}&what=lost", s[1]);
    let list = admin.get(&url).await.expect(200).body;
    assert!(
        list.contains("deal 1") && !list.contains("deal 0") && !list.contains("deal 2"),
        "{list}"
    );
    let month = admin.get("/deals/funnel/deals?month=2026-07").await.expect(200).body;
    assert!(month.contains("deal 2") && month.contains("deal 3") && !month.contains("deal 1"));
    app.stop().await;
}

#[tokio::test]
async fn everybody_sees_the_numbers_of_the_deals_they_may_see() {
    let app = TestApp::boot().await;
    let (_, s) = pipeline(&app).await;
    let (lin, zhao) = (
        app.user("lin", "salesperson").await,
        app.user("zhao", "salesperson").await,
    );
    let ids = history(&app, &s, [lin, zhao]).await;
    let lin = app.login("lin").await;
    let o = lin.get("/api/v1/funnel?period=90").await.expect(200).json()["overall"].clone();
    assert_eq!(
        (&o["deals"], &o["won"], &o["lost"], &o["open"]),
        (&json!(2), &json!(1), &json!(1), &json!(0))
    );
    let board = lin.get("/deals/board?period=90").await.expect(200).body;
    assert!(board.contains("deal 0") && !board.contains("deal 2"), "own deals only");
    let move_it = json!({"stage": s[2], "version": stands(&app, ids[2]).await.1});
    lin.api("POST", &path(ids[2]), Some(&move_it), &[]).await.expect(404);
    app.user("sun", "service").await;
    let sun = app.login("sun").await;
    sun.get("/deals/board").await.expect(200);
    sun.get("/deals/funnel").await.expect(403);
    sun.api("POST", &path(ids[0]), Some(&move_it), &[]).await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn columns_come_in_pieces_and_cards_keep_the_place_they_were_given() {
    let app = TestApp::boot().await;
    let (_, s) = pipeline(&app).await;
    let mut ids = vec![];
    for i in 0..25 {
        ids.push(deal(&app, &format!("card {i:02}"), &[]).await);
    }
    let admin = app.login("admin").await;
    let page = admin.get("/deals/board").await.expect(200).body;
    assert_eq!(page.matches("class=\"deal\"").count(), 20);
    let more = page
        .split("hx-get=\"/deals/board/lane")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let more = format!("/deals/board/lane{}", more.replace("&amp;", "&"));
    let rest = admin.fragment(&more).await.expect(200).body;
    assert_eq!(rest.matches("class=\"deal\"").count(), 5);
    // All cards came at the same instant, so there is no room between them: the column is numbered anew.
    let body = json!({"stage": s[0], "version": 1, "before": ids[3]});
    admin.api("POST", &path(ids[20]), Some(&body), &[]).await.expect(200);
    let body = json!({"stage": s[0], "version": 1, "after": ids[3]});
    admin.api("POST", &path(ids[21]), Some(&body), &[]).await.expect(200);
    let sql = "SELECT id FROM sales_deal WHERE stage_id = $1 ORDER BY position, id LIMIT 7";
    let rows = app.app.house.db.all(sql, binds![s[0]]).await.unwrap();
    let order: Vec<i64> = rows.iter().map(|r| r.int(0).unwrap()).collect();
    assert_eq!(order, [ids[0], ids[1], ids[2], ids[20], ids[3], ids[21], ids[4]]);
    app.stop().await;
}

#[tokio::test]
async fn a_stage_with_deals_stays_and_the_others_can_be_edited() {
    let app = TestApp::boot().await;
    let (pipeline, s) = pipeline(&app).await;
    let id = deal(&app, "海棠印染", &[]).await;
    let admin = app.login("admin").await;
    let at = |stage: i64| format!("/pipelines/{pipeline}/stage/{stage}");
    let remove = [("act", "remove"), ("version", "1")];
    let no = admin.post_fragment(&at(s[0]), &remove).await.expect(409);
    assert_eq!(
        no.toast().as_deref(),
        Some("There are deals in this stage. Move them first.")
    );
    admin.post(&at(s[1]), &remove).await.expect(303);
    admin
        .post(&at(s[2]), &[("act", "up"), ("version", "1")])
        .await
        .expect(303);
    let new = [
        ("name", "合同"),
        ("name_latin", "Contract"),
        ("probability", "90"),
        ("kind", "open"),
    ];
    admin
        .post(&format!("/pipelines/{pipeline}/stage"), &new)
        .await
        .expect(303);
    let list = admin
        .get(&format!("/api/v1/pipelines/{pipeline}/stages"))
        .await
        .expect(200)
        .json();
    let names: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["谈判", "需求", "合同", "赢单", "输单"]);
    // Pages of the records with the area's pieces.
    let page = admin.get(&format!("/deals/{id}")).await.expect(200).body;
    assert!(page.contains("class=\"steps\"") && page.contains("Next step"), "{page}");
    admin.get(&format!("/deals/{id}/stages")).await.expect(200);
    let page = admin
        .get(&format!("/pipelines/{pipeline}/stages"))
        .await
        .expect(200)
        .body;
    assert!(page.contains("合同") && !page.contains("报价"));
    let next = [("next_step", "电话"), ("next_step_on", "2026-07-02"), ("version", "1")];
    admin.post(&format!("/deals/{id}/next"), &next).await.expect(303);
    assert!(admin.get("/deals/board").await.expect(200).body.contains("电话"));
    app.stop().await;
}

#[tokio::test]
async fn a_stage_keeps_a_deal_until_it_has_what_it_wants() {
    let app = TestApp::boot().await;
    let (_, s) = pipeline(&app).await;
    let admin = app.login("admin").await;
    let etag = format!(
        "\"v{}\"",
        admin.get(&format!("/api/v1/stages/{}", s[1])).await.json()["version"]
    );
    let needs = json!({"needs": ["product", "next_step", "person"], "limit_days": 10});
    let reply = admin
        .api(
            "PATCH",
            &format!("/api/v1/stages/{}", s[1]),
            Some(&needs),
            &[("if-match", &etag)],
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let id = deal(&app, "流量计改造", &[]).await;
    let go = async |stage: i64| {
        let version = stands(&app, id).await.1;
        let body = json!({"stage": stage, "version": version, "lost_reason": "price"});
        admin.api("POST", &path(id), Some(&body), &[]).await
    };
    go(s[1]).await.expect(200);
    // Jumping over it does not help; going back and losing are free.
    for stage in [s[2], s[3]] {
        let refused = go(stage).await.expect(422).json();
        let codes: Vec<&str> = refused["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["code"].as_str().unwrap())
            .collect();
        assert_eq!(
            codes,
            [
                "error-stage-needs-product",
                "error-stage-needs-next_step",
                "error-stage-needs-person"
            ]
        );
    }
    go(s[4]).await.expect(200);
    go(s[0]).await.expect(200);
    assert_eq!(go(s[3]).await.status, 422);
    // Products make the amount.
    let product = app
        .make(
            "product",
            &[
                ("sku", "A1".into()),
                ("name", "流量计".into()),
                ("price", 120_050.into()),
                ("currency", "CNY".into()),
            ],
        )
        .await;
    let line = json!({"deal_id": id, "product_id": product, "quantity": 2.5});
    let made = admin.api("POST", "/api/v1/deal-lines", Some(&line), &[]).await;
    assert_eq!(made.status, 201, "{}", made.body);
    app.make(
        "deal_line",
        &[
            ("deal_id", id.into()),
            ("description", "安装".into()),
            ("quantity", 1_000.into()),
            ("unit_price", 50_000.into()),
        ],
    )
    .await;
    let amount = "SELECT amount FROM sales_deal WHERE id = $1";
    assert_eq!(
        app.app.house.db.number(amount, binds![id]).await.unwrap(),
        300_125 + 50_000
    );
    let version = stands(&app, id).await.1;
    let typed = json!({"amount": 1});
    let etag = format!("\"v{version}\"");
    let refused = admin
        .api(
            "PATCH",
            &format!("/api/v1/deals/{id}"),
            Some(&typed),
            &[("if-match", &etag)],
        )
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["code"], "error-deal-amount-lines");
    let person = app
        .make("party", &[("name", "王工".into()), ("kind", "person".into())])
        .await;
    let say = [
        ("party_id", person.to_string()),
        ("role", "decides".to_owned()),
        ("stance", "for".to_owned()),
        ("note", String::new()),
    ];
    let say: Vec<(&str, &str)> = say.iter().map(|(k, v)| (*k, v.as_str())).collect();
    admin.post(&format!("/deals/{id}/person"), &say).await.expect(303);
    admin.post(&format!("/deals/{id}/person"), &say).await.expect(422);
    let step = json!({"next_step": "签约", "next_step_on": "2026-07-02", "expected_on": "2026-06-30"});
    admin
        .api(
            "PATCH",
            &format!("/api/v1/deals/{id}"),
            Some(&step),
            &[("if-match", &etag)],
        )
        .await
        .expect(200);
    for tab in ["lines", "people"] {
        let page = admin.get(&format!("/deals/{id}/{tab}")).await.expect(200).body;
        assert!(page.contains("流量计") && (tab == "lines" || page.contains("王工")));
    }
    // Expected today it stands in the calendar, won on its day too.
    let calendar = async || admin.get("/deals/calendar?month=2026-06").await.expect(200).body;
    assert!(calendar().await.contains("流量计改造"));
    go(s[3]).await.expect(200);
    assert!(calendar().await.contains("流量计改造"));
    assert!(
        !admin
            .get("/deals/calendar?month=2026-05")
            .await
            .expect(200)
            .body
            .contains("流量计改造")
    );
    // The editor of stages keeps what is ticked.
    let version = admin.get(&format!("/api/v1/stages/{}", s[0])).await.json()["version"].to_string();
    let form = [
        ("version", version.as_str()),
        ("name", "需求"),
        ("name_latin", ""),
        ("probability", "20"),
        ("kind", "open"),
        ("limit_days", "14"),
        ("needs", "party"),
        ("needs", "amount"),
    ];
    admin
        .post(&format!("/pipelines/1/stage/{}", s[0]), &form)
        .await
        .expect(303);
    let kept = admin.get(&format!("/api/v1/stages/{}", s[0])).await.expect(200).json();
    assert_eq!(
        (&kept["needs"], &kept["limit_days"]),
        (&json!(["party", "amount"]), &json!(14))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_deals_page_says_its_number_once_and_keeps_its_place_to_itself() {
    let app = TestApp::boot().await;
    let (pipeline, stages) = pipeline(&app).await;
    let acme = app.make("party", &[("name", "Acme & Sons".into())]).await;
    let more = [
        ("pipeline_id", pipeline.into()),
        ("stage_id", stages[0].into()),
        ("party_id", acme.into()),
    ];
    let id = deal(&app, "Cups", &more).await;
    let admin = app.login("admin").await;
    let page = admin.get(&format!("/deals/{id}")).await.expect(200).body;
    let sql = "SELECT number FROM sales_deal WHERE id = $1";
    let row = app.ctx().db().one(sql, binds![id]).await.unwrap().unwrap();
    let number = format!(">{}<", row.text(0).unwrap());
    assert_eq!(page.matches(&number).count(), 1, "{page}");
    assert!(!page.contains("Place in column"), "{page}");
    assert!(page.contains(&format!("href=\"/parties/{acme}\"")), "{page}");
    // A refused move leaves the page as it is: its forms are sent by script.
    let reply = admin
        .post_fragment(
            &format!("/deals/{id}/move"),
            &[("stage", &stages[4].to_string()), ("version", "1"), ("back", "/deals")],
        )
        .await
        .expect(422);
    assert!(reply.toast().is_some_and(|t| !t.is_empty()));
    for form in page
        .split("<form")
        .skip(1)
        .filter(|f| f.contains(&format!("/deals/{id}/move")))
    {
        assert!(form.split('>').next().unwrap().contains("data-stay"), "{form}");
    }
    app.stop().await;
}
