//! Leads: the public form and its guards, assignment, points, states, conversion and its undoing, the report by source.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn form(app: &TestApp, more: &[(&str, Value)]) -> (i64, String) {
    let mut values = vec![
        ("name", Value::from("官网咨询")),
        ("asks", "name company phone email message".into()),
        ("needs", "name phone".into()),
        ("source", "web".into()),
        ("campaign", "秋季展".into()),
        ("thanks", "谢谢您".into()),
        ("thanks_latin", "Thank you so much".into()),
        ("sites", "https://www.example.com".into()),
    ];
    values.extend(more.iter().cloned());
    let id = app.make("lead_form", &values).await;
    let row = app
        .app
        .house
        .db
        .one("SELECT token FROM sales_lead_form WHERE id = $1", binds![id])
        .await
        .unwrap()
        .unwrap();
    (id, row.text(0).unwrap())
}

/// The signed moment in a form's page.
fn opened(body: &str) -> String {
    let rest = body.split("name=\"opened\" value=\"").nth(1).expect("a stamp");
    rest.split('"').next().unwrap().to_owned()
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    app.app.house.db.number(sql, vec![]).await.unwrap()
}

async fn lead(admin: &Client, id: i64) -> Json {
    admin.get(&format!("/api/v1/leads/{id}")).await.expect(200).json()
}

#[tokio::test]
async fn a_form_takes_a_lead_and_turns_machines_away() {
    let app = TestApp::boot().await;
    let (_, token) = form(&app, &[]).await;
    let path = format!("/f/{token}");
    let visitor = app.anonymous();
    let page = visitor.get(&path).await.expect(200);
    assert!(page.header("set-cookie").is_none(), "no cookie");
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("frame-ancestors 'self' https://www.example.com"),
        "{policy}"
    );
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    let stamp = opened(&page.body);
    let said = [
        ("opened", stamp.as_str()),
        ("name", "Li Wei"),
        ("company", "Qinghe"),
        ("phone", "12"),
        ("email", "no"),
        ("message", "I need <flow> meters"),
    ];
    // Wrong fields are told, and nothing is lost.
    app.advance_seconds(10);
    let again = visitor.post(&path, &said).await.expect(422);
    for kept in ["Li Wei", "Qinghe", "I need &lt;flow&gt; meters", &stamp] {
        assert!(again.body.contains(kept), "{kept}: {}", again.body);
    }
    assert_eq!(again.body.matches("class=\"err\"").count(), 2, "{}", again.body);
    let chinese = visitor.speaking("zh-CN").get(&path).await.expect(200);
    assert!(chinese.body.contains("姓名") && chinese.body.contains("lang=\"zh-CN\""));
    // A machine fills what nobody sees: thanked, not believed.
    let good = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![
            ("name", "Li Wei"),
            ("company", "Qinghe"),
            ("phone", "13900010001"),
            ("email", "li@qinghe.example"),
            ("message", "Twelve flow meters"),
        ];
        all.extend_from_slice(more);
        all
    };
    let mut trap = good(&[("website", "http://spam")]);
    trap.push(("opened", &stamp));
    visitor.post(&path, &trap).await.expect(200);
    // Nobody types within a second, and a foreign stamp is none.
    let young = opened(&visitor.get(&path).await.body);
    let mut fast = good(&[]);
    fast.push(("opened", &young));
    visitor.post(&path, &fast).await.expect(422);
    visitor.post(&path, &good(&[("opened", "5.abc")])).await.expect(422);
    assert_eq!(number(&app, "SELECT count(*) FROM sales_lead").await, 0);
    app.advance_seconds(10);
    let done = visitor.post(&path, &fast).await.expect(200);
    assert!(done.body.contains("Thank you so much") && done.header("set-cookie").is_none());
    // Sent again within minutes it is the same lead; later it is another.
    visitor.post(&path, &fast).await.expect(200);
    assert_eq!(number(&app, "SELECT count(*) FROM sales_lead").await, 1);
    assert_eq!(number(&app, "SELECT repeats FROM sales_lead").await, 1);
    app.advance_seconds(700);
    visitor.post(&path, &fast).await.expect(200);
    assert_eq!(number(&app, "SELECT count(*) FROM sales_lead").await, 2);
    let admin = app.login("admin").await;
    let seen = lead(&admin, 1).await;
    assert_eq!(
        (&seen["source"], &seen["campaign"], &seen["status"]),
        (&json!("web"), &json!("秋季展"), &json!("new"))
    );
    // An inactive form is not there.
    admin.get("/f/nothing").await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn an_address_may_send_only_so_often_and_loses_nothing_by_it() {
    let app = TestApp::boot().await;
    let (_, token) = form(&app, &[("hour_limit", 2.into())]).await;
    let path = format!("/f/{token}");
    let visitor = app.anonymous();
    let stamp = opened(&visitor.get(&path).await.body);
    app.advance_seconds(5);
    for (n, status) in [(1, 200), (2, 200), (3, 429)] {
        let name = format!("Visitor {n}");
        let said = [
            ("opened", stamp.as_str()),
            ("name", name.as_str()),
            ("phone", "13900010001"),
        ];
        let reply = visitor.post(&path, &said).await.expect(status);
        assert!(status == 200 || reply.body.contains("Visitor 3"));
    }
    app.advance_seconds(3_700);
    let said = [
        ("opened", stamp.as_str()),
        ("name", "Visitor 4"),
        ("phone", "13900010001"),
    ];
    visitor.post(&path, &said).await.expect(200);
    app.stop().await;
}

async fn condition(admin: &Client, path: &str, conditions: &[&str]) {
    let version = admin.get(&format!("/api/v1{path}")).await.expect(200).json()["version"].clone();
    let body = json!({"conditions": conditions, "version": version});
    admin
        .api("PUT", &format!("/api/v1{path}/condition"), Some(&body), &[])
        .await
        .expect(200);
}

#[tokio::test]
async fn rules_hand_leads_out_in_order_and_a_trial_says_why() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let team = app.make("team", &[("name", "直销".into())]).await;
    let mut people = vec![];
    for login in ["ann", "bob", "cai"] {
        let id = app.user(login, "salesperson").await;
        app.app.house.db.number("SELECT 1 + $1", binds![0_i64]).await.unwrap();
        let version = admin.get(&format!("/api/v1/users/{id}")).await.json()["version"].clone();
        let etag = format!("\"v{}\"", version);
        admin
            .api(
                "PATCH",
                &format!("/api/v1/users/{id}"),
                Some(&json!({"team_id": team})),
                &[("if-match", &etag)],
            )
            .await
            .expect(200);
        people.push(id);
    }
    let east = app
        .make("lead_rule", &[("name", "华东".into()), ("way", "territory".into())])
        .await;
    app.make(
        "lead_share",
        &[
            ("rule_id", east.into()),
            ("region", "上海，江苏".into()),
            ("user_id", people[2].into()),
        ],
    )
    .await;
    let fair = app
        .make(
            "lead_rule",
            &[
                ("name", "展会".into()),
                ("way", "load".into()),
                ("team_id", team.into()),
            ],
        )
        .await;
    condition(&admin, &format!("/lead-rules/{fair}"), &["source:is:fair"]).await;
    let rest = app
        .make(
            "lead_rule",
            &[
                ("name", "其余".into()),
                ("way", "team".into()),
                ("team_id", team.into()),
            ],
        )
        .await;
    condition(&admin, &format!("/lead-rules/{rest}"), &["source:filled:"]).await;
    let make = async |region: &str, source: &str| {
        let id = app
            .make(
                "lead",
                &[
                    ("name", "某人".into()),
                    ("region", region.into()),
                    ("source", source.into()),
                ],
            )
            .await;
        let got = lead(&admin, id).await;
        (
            got["owner_id"].as_i64(),
            got["rule_id"].as_i64(),
            got["assigned_by"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(
        make("江苏", "web").await,
        (Some(people[2]), Some(east), Some("territory".into()))
    );
    assert_eq!(make("四川", "web").await.0, Some(people[0]));
    assert_eq!(make("四川", "web").await.0, Some(people[1]));
    assert_eq!(make("四川", "web").await.0, Some(people[2]));
    assert_eq!(make("四川", "web").await.0, Some(people[0]));
    // ann has 2, bob 1, cai 2.
    assert_eq!(
        make("四川", "fair").await,
        (Some(people[1]), Some(fair), Some("load".into()))
    );
    let trial = admin
        .get("/api/v1/lead-rules/trial?region=%E5%9B%9B%E5%B7%9D&source=web")
        .await
        .expect(200)
        .json();
    assert_eq!(trial["user"], people[1]);
    let came: Vec<&str> = trial["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["came"].as_str().unwrap())
        .collect();
    assert_eq!(came, ["nobody", "condition", "decides"]);
    // The trial moved nobody's turn.
    assert_eq!(make("四川", "web").await.0, Some(people[1]));
    let page = admin
        .get("/lead-rules/trial?region=%E6%B1%9F%E8%8B%8F")
        .await
        .expect(200)
        .body;
    assert!(page.contains("cai") && page.contains("华东"), "{page}");
    // The reason is kept as an event.
    let events = admin.get("/api/v1/leads/1/events").await.expect(200).body;
    assert!(events.contains("lead.assigned.v1"), "{events}");
    // Without a rule that fits it lies in the pool, which everybody sees.
    let pool = app
        .make("pool", &[("name", "线索公海".into()), ("subject", "lead".into())])
        .await;
    let id = app.make("lead", &[("name", "无来源".into())]).await;
    assert_eq!(lead(&admin, id).await["pool_id"], pool);
    let ann = app.login("ann").await;
    ann.get(&format!("/leads/{id}")).await.expect(404);
    let inside = ann.get(&format!("/pools/{pool}/records")).await.expect(200).body;
    assert!(inside.contains("无来源"), "{inside}");
    // Who sees only their own keeps what they enter.
    let mine = ann
        .api(
            "POST",
            "/api/v1/leads",
            Some(&json!({"name": "老乡", "region": "上海"})),
            &[],
        )
        .await
        .expect(201)
        .json();
    assert_eq!(mine["owner_id"], people[0]);
    ann.post("/lead-rules/1/set-condition", &[]).await.expect(403);
    // A condition that asks for what is not there is refused with its field.
    let version = async || {
        let rule = admin
            .get(&format!("/api/v1/lead-rules/{fair}"))
            .await
            .expect(200)
            .json();
        rule["version"].as_i64().unwrap()
    };
    let put = async |body: Json, status: u16| {
        let path = format!("/api/v1/lead-rules/{fair}/condition");
        admin.api("PUT", &path, Some(&body), &[]).await.expect(status).json()
    };
    let unread = put(json!({"conditions": ["source:is:web"]}), 422).await;
    assert_eq!(unread["errors"][0]["field"], "version");
    put(
        json!({"conditions": ["source:is:web"], "version": version().await - 1}),
        409,
    )
    .await;
    let bad = json!({"conditions": ["nonsense:is:1"], "version": version().await});
    put(bad, 422).await;
    // The editor of the page adds and removes.
    let add = [("ff", "region"), ("fo", "has"), ("fv", "川")];
    let at = format!("/lead-rules/{fair}/set-condition");
    admin.post_fragment(&at, &add).await.expect(422);
    let stale = format!("{at}?version={}", version().await - 1);
    admin.post_fragment(&stale, &add).await.expect(409);
    let read = format!("{at}?version={}", version().await);
    admin.post(&read, &add).await.expect(303);
    let tab = admin
        .get(&format!("/lead-rules/{fair}/condition?add=received_on"))
        .await
        .expect(200)
        .body;
    assert!(tab.contains("川") && tab.contains("name=\"fd\""), "{tab}");
    admin
        .post(
            &format!("{at}?version={}", version().await),
            &[("act", "remove"), ("at", "1")],
        )
        .await
        .expect(303);
    assert!(
        !admin
            .get(&format!("/lead-rules/{fair}/condition"))
            .await
            .body
            .contains("川")
    );
    app.stop().await;
}

#[tokio::test]
async fn points_follow_the_lead_and_the_model() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    app.make("party", &[("name", "青禾乳业".into()), ("roles", "customer".into())])
        .await;
    for (name, points, conditions) in [
        ("留了电话", 30, vec!["phone:filled:"]),
        ("老客户", 25, vec!["known_customer:is:yes"]),
        ("公共邮箱", -10, vec!["free_mail:is:yes"]),
        ("写得详细", 20, vec!["message_length:ge:10"]),
    ] {
        let id = app
            .make("lead_indicator", &[("name", name.into()), ("points", points.into())])
            .await;
        condition(&admin, &format!("/lead-indicators/{id}"), &conditions).await;
    }
    let id = app
        .make(
            "lead",
            &[
                ("name", "李伟".into()),
                ("company", "青禾乳业".into()),
                ("email", "li@qq.com".into()),
            ],
        )
        .await;
    assert_eq!(lead(&admin, id).await["score"], 15);
    let version = lead(&admin, id).await["version"].as_i64().unwrap();
    let etag = format!("\"v{version}\"");
    let change = json!({"phone": "13900010001", "message": "需要十二台电磁流量计，月底前报价"});
    admin
        .api(
            "PATCH",
            &format!("/api/v1/leads/{id}"),
            Some(&change),
            &[("if-match", &etag)],
        )
        .await
        .expect(200);
    assert_eq!(lead(&admin, id).await["score"], 65);
    let page = admin.get(&format!("/leads/{id}")).await.expect(200).body;
    for reason in ["留了电话", "老客户", "公共邮箱", "写得详细"] {
        assert!(page.contains(reason), "{reason}");
    }
    // The model changes: the job gives the points anew.
    let etag = format!(
        "\"v{}\"",
        admin.get("/api/v1/lead-indicators/1").await.json()["version"]
    );
    admin
        .api(
            "PATCH",
            "/api/v1/lead-indicators/1",
            Some(&json!({"points": 80})),
            &[("if-match", &etag)],
        )
        .await
        .expect(200);
    app.advance_seconds(10);
    app.run_jobs().await;
    assert_eq!(lead(&admin, id).await["score"], 100);
    assert_eq!(
        lead(&admin, id).await["version"],
        version + 1,
        "a figure is no change of the lead"
    );
    let far = json!({"name": "x", "points": 101});
    admin
        .api("POST", "/api/v1/lead-indicators", Some(&far), &[])
        .await
        .expect(422);
    app.stop().await;
}

#[tokio::test]
async fn rejecting_needs_a_reason_and_only_the_button_converts() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let id = app.make("lead", &[("name", "李伟".into())]).await;
    let path = format!("/api/v1/leads/{id}/status");
    let ask = async |body: Json, status: u16| admin.api("POST", &path, Some(&body), &[]).await.expect(status).json();
    assert_eq!(
        ask(json!({"status": "rejected", "version": 1}), 422).await["errors"][0]["field"],
        "reason_id"
    );
    assert_eq!(
        ask(json!({"status": "converted", "version": 1}), 422).await["errors"][0]["code"],
        "error-lead-convert"
    );
    let wrong = app
        .make("reason", &[("name", "价格".into()), ("subject", "deal_lost".into())])
        .await;
    ask(json!({"status": "rejected", "version": 1, "reason_id": wrong}), 422).await;
    let reason = app
        .make(
            "reason",
            &[("name", "预算不足".into()), ("subject", "lead_rejected".into())],
        )
        .await;
    ask(json!({"status": "rejected", "version": 1, "reason_id": reason}), 200).await;
    let page = admin.get(&format!("/leads/{id}")).await.expect(200).body;
    assert!(page.contains("预算不足"));
    assert!(lead(&admin, id).await["first_response_at"].is_string());
    // Taken up again, it has no reason any more.
    ask(json!({"status": "working", "version": 2}), 200).await;
    assert_eq!(lead(&admin, id).await["reason_id"], Json::Null);
    ask(json!({"status": "working", "version": 1}), 409).await;
    app.stop().await;
}

async fn pipeline(app: &TestApp) -> i64 {
    let pipeline = app.make("pipeline", &[("name", "直销".into())]).await;
    for (name, kind) in [("需求", "open"), ("赢单", "won"), ("输单", "lost")] {
        app.make(
            "stage",
            &[
                ("name", name.into()),
                ("pipeline_id", pipeline.into()),
                ("kind", kind.into()),
            ],
        )
        .await;
    }
    pipeline
}

#[tokio::test]
async fn a_conversion_is_all_or_nothing_and_can_be_taken_back() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    let seller = app.user("ann", "salesperson").await;
    let ann = app.login("ann").await;
    pipeline(&app).await;
    let values = [
        ("name", "李伟".into()),
        ("company", "青禾乳业".into()),
        ("phone", "13900010001".into()),
        ("email", "li@qinghe.example".into()),
        ("source", "fair".into()),
        ("message", "十二台".into()),
        ("owner_id", seller.into()),
    ];
    let id = app.make("lead", &values).await;
    let preview = ann
        .get(&format!("/api/v1/leads/{id}/conversion"))
        .await
        .expect(200)
        .json();
    assert_eq!(preview["party"]["new"]["name"], "青禾乳业");
    assert_eq!(preview["party"]["alike"], json!([]));
    ann.get(&format!("/leads/{id}/convert")).await.expect(200);
    let path = format!("/api/v1/leads/{id}/convert");
    // A pipeline that is not there: nothing is made at all.
    let bad = json!({"version": 1, "party": "new", "contact": "new", "deal": {"pipeline_id": 99}});
    let refused = ann.api("POST", &path, Some(&bad), &[]).await;
    assert!((400..500).contains(&refused.status), "{}", refused.body);
    assert_eq!(number(&app, "SELECT count(*) FROM party_party").await, 0);
    let body = json!({"version": 1, "party": "new", "contact": "new", "deal": {"name": ""}});
    let done = ann.api("POST", &path, Some(&body), &[]).await.expect(200).json();
    let (party, contact, deal) = (&done["party"], &done["contact"], &done["deal"]);
    let made = ann.get(&format!("/api/v1/deals/{deal}")).await.expect(200).json();
    assert_eq!(
        (&made["party_id"], &made["source"], &made["name"]),
        (party, &json!("fair"), &json!("青禾乳业"))
    );
    let person = ann.get(&format!("/api/v1/parties/{contact}")).await.expect(200).json();
    assert_eq!(
        (&person["kind"], &person["phone"]),
        (&json!("person"), &json!("13900010001"))
    );
    assert_eq!(
        number(&app, "SELECT count(*) FROM party_relation WHERE kind = 'employs'").await,
        1
    );
    let timeline = format!("SELECT count(*) FROM event WHERE party_id = {party} AND record_type = 'lead'");
    assert!(number(&app, &timeline).await >= 3);
    let page = ann.get(&format!("/parties/{party}/leads")).await.expect(200).body;
    assert!(page.contains("李伟"));
    ann.api("POST", &path, Some(&json!({"version": 2, "party": "new"})), &[])
        .await
        .expect(409);
    // Taken back: as if it had never been.
    let undo = format!("/api/v1/leads/{id}/unconvert");
    let back = ann
        .api("POST", &undo, Some(&json!({"version": 2})), &[])
        .await
        .expect(200)
        .json();
    assert_eq!(back["status"], "new");
    for table in ["party_party", "party_relation", "sales_deal", "sales_stage_move"] {
        assert_eq!(
            number(&app, &format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
    assert_eq!(number(&app, &timeline).await, 0);
    // Again; then somebody goes on with the deal: no way back.
    let body = json!({"version": back["version"], "party": "new", "contact": "new", "deal": {"name": "流量计"}});
    let done = ann.api("POST", &path, Some(&body), &[]).await.expect(200).json();
    let deal = done["deal"].as_i64().unwrap();
    ann.api(
        "PATCH",
        &format!("/api/v1/deals/{deal}"),
        Some(&json!({"amount": 5_000_000})),
        &[("if-match", "\"v1\"")],
    )
    .await
    .expect(200);
    let refused = ann
        .api("POST", &undo, Some(&json!({"version": done["version"]})), &[])
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "error-lead-built-on");
    assert_eq!(number(&app, "SELECT count(*) FROM sales_deal").await, 1);
    // The next lead of the same company finds it.
    let second = app
        .make(
            "lead",
            &[
                ("name", "王芳".into()),
                ("company", "青禾乳业".into()),
                ("owner_id", seller.into()),
            ],
        )
        .await;
    let preview = ann
        .get(&format!("/api/v1/leads/{second}/conversion"))
        .await
        .expect(200)
        .json();
    let found = preview["party"]["alike"][0]["id"].clone();
    assert_eq!(found, done["party"]);
    let body = json!({"version": 1, "party": found, "contact": "new"});
    let joined = ann
        .api("POST", &format!("/api/v1/leads/{second}/convert"), Some(&body), &[])
        .await
        .expect(200)
        .json();
    assert_eq!((&joined["party"], &joined["deal"]), (&found, &Json::Null));
    // The report counts both, by source.
    let report = admin.get("/api/v1/leads/sources").await.expect(200).json();
    let lines = report["items"].as_array().unwrap();
    assert_eq!(lines.iter().map(|l| l["converted"].as_i64().unwrap()).sum::<i64>(), 2);
    let fair = lines.iter().find(|l| l["source"] == "fair").unwrap();
    assert_eq!((&fair["came"], &fair["rate_ppm"]), (&json!(1), &json!(1_000_000)));
    let page = admin.get("/leads/sources").await.expect(200).body;
    assert!(page.contains("source%3Ais%3Afair"), "each number leads to its list");
    app.stop().await;
}
