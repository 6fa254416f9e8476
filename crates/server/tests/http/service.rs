//! The complaint loop: entered, assigned, solved, told, judged by the customer alone; clocks, promises, authority, processes.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

/// Changes a record at a version.
pub(crate) async fn amend(client: &Client, path: &str, version: &Json, body: &Json, status: u16) -> Json {
    let tag = format!("\"v{version}\"");
    client
        .api("PATCH", path, Some(body), &[("if-match", tag.as_str())])
        .await
        .expect(status)
        .json()
}

pub(crate) async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    client.api(method, path, Some(body), &[]).await.expect(status).json()
}

/// A manager, two agents, a salesperson with a customer.
pub(crate) struct Desk {
    pub app: TestApp,
    pub boss: Client,
    pub ann: Client,
    pub ids: [i64; 4],
    pub party: i64,
}

impl Desk {
    pub(crate) async fn open() -> Desk {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "manager").await;
        let ann = app.user("ann", "service").await;
        let bob = app.user("bob", "service").await;
        let rep = app.user("rep", "salesperson").await;
        let party = app
            .make(
                "party",
                &[
                    ("name", "青禾乳业".into()),
                    ("owner_id", rep.into()),
                    ("region", "华东".into()),
                ],
            )
            .await;
        let tx = app.ctx().begin().await.unwrap();
        tx.exec("UPDATE identity_user SET reach = 'all' WHERE id = $1", binds![boss])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.app.identity.forget();
        Desk {
            boss: app.token(boss, false).await,
            ann: app.token(ann, false).await,
            ids: [boss, ann, bob, rep],
            app,
            party,
        }
    }
    /// A new case.
    pub(crate) async fn case(&self, more: Json) -> i64 {
        let mut body = json!({"subject": "流量计读数漂移", "party_id": self.party});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(&self.ann, "POST", "/api/v1/cases", &body, 201).await["id"]
            .as_i64()
            .unwrap()
    }
    pub(crate) async fn read(&self, id: i64) -> Json {
        self.boss.get(&format!("/api/v1/cases/{id}")).await.expect(200).json()
    }
    pub(crate) async fn rounds(&self, id: i64) -> Json {
        self.boss
            .get(&format!("/api/v1/cases/{id}/rounds"))
            .await
            .expect(200)
            .json()
    }
    /// A step at the version that stands.
    pub(crate) async fn act(&self, who: &Client, id: i64, what: &str, more: Json, status: u16) -> Json {
        let mut body = json!({"version": self.read(id).await["version"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(who, "POST", &format!("/api/v1/cases/{id}/act/{what}"), &body, status).await
    }
    pub(crate) async fn cause(&self) -> i64 {
        self.app
            .ctx()
            .db()
            .number("SELECT MIN(id) FROM service_cause", binds![])
            .await
            .unwrap()
    }
    /// Brings a case to the customer.
    pub(crate) async fn told(&self, id: i64, text: &str) {
        if self.read(id).await["step"] == "take" {
            self.act(&self.ann, id, "complete", json!({"fields": {"facts": "已核实"}}), 200)
                .await;
        }
        let cause = self.cause().await;
        self.act(
            &self.ann,
            id,
            "solution",
            json!({"cause_id": cause, "solution": text, "done": true}),
            200,
        )
        .await;
        self.act(&self.ann, id, "tell", json!({"channel": "phone", "by_hand": true}), 200)
            .await;
    }
    pub(crate) async fn link(&self, id: i64) -> String {
        let made = send(&self.ann, "POST", &format!("/api/v1/cases/{id}/link"), &json!({}), 200).await;
        made["path"].as_str().unwrap().to_owned()
    }
    pub(crate) async fn tasks(&self, kind: &str) -> i64 {
        let sql = "SELECT count(*) FROM work_task WHERE kind = $1";
        self.app.ctx().db().number(sql, binds![kind]).await.unwrap()
    }
}

#[tokio::test]
async fn only_the_customer_ends_a_complaint() {
    let d = Desk::open().await;
    let id = d.case(json!({"urgency": "high"})).await;
    let case = d.read(id).await;
    assert_eq!(
        (&case["status"], &case["step"], &case["round"]),
        (&json!("working"), &json!("take"), &json!(1)),
        "{case}"
    );
    assert_eq!(case["region"], "华东");
    // Of two agents with nothing to do the first has it; the next case goes to the other.
    assert_eq!(case["handler_id"], d.ids[1]);
    let other = d.case(json!({})).await;
    assert_eq!(d.read(other).await["handler_id"], d.ids[2]);
    // Tuesday ten o'clock: one hour to take it.
    assert_eq!(case["due_at"], "2026-06-30T03:00:00Z");
    d.act(&d.ann, id, "solution", json!({"solution": "x", "done": true}), 409)
        .await;
    send(
        &d.ann,
        "POST",
        &format!("/api/v1/cases/{id}/act/complete"),
        &json!({"version": 99}),
        409,
    )
    .await;
    send(
        &d.ann,
        "POST",
        &format!("/api/v1/cases/{id}/act/complete"),
        &json!({}),
        422,
    )
    .await;
    d.act(&d.ann, id, "complete", json!({"fields": {"facts": "现场已看"}}), 200)
        .await;
    let wrong = d.act(&d.ann, id, "solution", json!({"done": true}), 422).await;
    let fields: Vec<&str> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["solution", "cause_id"], "{wrong}");
    let cause = d.cause().await;
    d.act(
        &d.ann,
        id,
        "solution",
        json!({"cause_id": cause, "solution": "重新标定"}),
        200,
    )
    .await;
    assert_eq!(d.read(id).await["step"], "solve", "a draft is no solution");
    d.act(
        &d.ann,
        id,
        "solution",
        json!({"cause_id": cause, "solution": "重新标定", "done": true}),
        200,
    )
    .await;
    let case = d.read(id).await;
    assert_eq!(
        (&case["step"], &case["factor"], &case["responsible"]),
        (&json!("tell"), &json!("basic"), &json!("product"))
    );
    // The house has not said where customers find it, so nothing is sent.
    let refused = d.act(&d.ann, id, "tell", json!({"channel": "email"}), 409).await;
    assert_eq!(refused["code"], "error-case-no-address", "{refused}");
    d.act(
        &d.ann,
        id,
        "tell",
        json!({"channel": "phone", "by_hand": true, "note": "已电话说明"}),
        200,
    )
    .await;
    assert_eq!(d.read(id).await["status"], "told");
    // Nobody inside says that the customer is satisfied: no field, no step.
    for (who, body) in [
        (&d.ann, json!({"status": "satisfied"})),
        (&d.boss, json!({"verdict": "satisfied"})),
    ] {
        let version = d.read(id).await["version"].clone();
        amend(who, &format!("/api/v1/cases/{id}"), &version, &body, 422).await;
    }
    d.act(&d.boss, id, "satisfied", json!({}), 404).await;
    // The customer looks; a mail scanner too. Nothing is decided by that.
    let link = d.link(id).await;
    let customer = d.app.anonymous();
    let page = customer.get(&link).await.expect(200);
    assert!(
        page.body.contains("重新标定") && page.body.contains("Not satisfied"),
        "{}",
        page.body
    );
    assert_eq!(d.read(id).await["status"], "told");
    customer.get(&format!("{link}/verdict")).await.expect(405);
    customer.get("/c/nonsense").await.expect(404);
    customer
        .post(&format!("{link}/verdict"), &[("round", "2"), ("verdict", "satisfied")])
        .await
        .expect(409);
    // Whoever is signed in is not the customer, though they have the link.
    let inside = d.app.login("boss").await;
    let said = inside
        .post(&format!("{link}/verdict"), &[("round", "1"), ("verdict", "satisfied")])
        .await
        .expect(409);
    assert!(said.body.contains("Only the customer answers"), "{}", said.body);
    assert_eq!(d.read(id).await["status"], "told");
    customer
        .post(
            &format!("{link}/verdict"),
            &[
                ("round", "1"),
                ("verdict", "unsatisfied"),
                ("stars", "2"),
                ("words", "第二天又漂了"),
            ],
        )
        .await
        .expect(303);
    let case = d.read(id).await;
    assert_eq!(
        (&case["status"], &case["step"], &case["round"]),
        (&json!("working"), &json!("solve"), &json!(2)),
        "{case}"
    );
    // Half the time of the first round: four hours of Tuesday's eight are left.
    assert_eq!(case["due_at"], "2026-06-30T06:00:00Z");
    customer
        .post(&format!("{link}/verdict"), &[("round", "1"), ("verdict", "satisfied")])
        .await
        .expect(409);
    d.told(id, "更换传感器").await;
    let zh = customer.speaking("zh-CN").get(&link).await.expect(200);
    assert!(
        zh.body.contains("更换传感器") && zh.body.contains("第二天又漂了") && zh.body.contains("您对处理结果满意吗")
    );
    customer
        .post(
            &format!("{link}/verdict"),
            &[("round", "2"), ("verdict", "satisfied"), ("stars", "5")],
        )
        .await
        .expect(303);
    let case = d.read(id).await;
    assert_eq!(
        (&case["status"], &case["stars"], &case["step"]),
        (&json!("satisfied"), &json!(5), &Json::Null)
    );
    // Both rounds are kept, each with its solution and verdict.
    let rounds = d.rounds(id).await;
    let said: Vec<(&str, &str)> = rounds["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["solution"].as_str().unwrap(), r["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(said, [("更换传感器", "satisfied"), ("重新标定", "unsatisfied")]);
    customer
        .post(
            &format!("{link}/verdict"),
            &[("round", "2"), ("verdict", "unsatisfied")],
        )
        .await
        .expect(409);
    // Its history cannot be undone from inside.
    let sql = "SELECT id FROM event WHERE record_type = 'case' AND record_id = $1 AND kind = 'case.closed.v1'";
    let event = d.app.ctx().db().number(sql, binds![id]).await.unwrap();
    let boss = d.app.login("boss").await;
    assert_eq!(
        boss.post_fragment(&format!("/undo/event/{event}"), &[]).await.status,
        409
    );
    assert_eq!(d.read(id).await["status"], "satisfied");
    // The pages of it, in both languages.
    for client in [boss, d.app.login_zh("ann").await] {
        for path in [
            format!("/cases/{id}"),
            format!("/cases/{other}"),
            "/cases?view=mine".into(),
            format!("/parties/{}/case", d.party),
        ] {
            client.get(&path).await.expect(200);
        }
    }
    d.app.stop().await;
}

#[tokio::test]
async fn what_is_late_is_told_once_to_the_handler_then_to_the_manager() {
    let d = Desk::open().await;
    let id = d.case(json!({})).await;
    d.app.run_jobs().await;
    assert_eq!(d.tasks("complaint").await, 0);
    // An hour and a minute: overdue.
    d.app.advance_seconds(3_660);
    d.app.run_jobs().await;
    assert_eq!(
        (d.tasks("complaint").await, d.read(id).await["late"].clone()),
        (1, json!(true))
    );
    let sql = "SELECT assignee_id FROM work_task WHERE kind = 'complaint' ORDER BY id";
    let to = |rows: Vec<zhike_store::Row>| rows.iter().map(|r| r.int(0).unwrap()).collect::<Vec<_>>();
    assert_eq!(to(d.app.ctx().db().all(sql, vec![]).await.unwrap()), [d.ids[1]]);
    let overdue = d.app.login("boss").await.get("/cases?view=overdue").await.expect(200);
    assert!(overdue.body.contains("流量计读数漂移"), "{}", overdue.body);
    for _ in 0..3 {
        d.app.run_jobs().await;
    }
    assert_eq!(d.tasks("complaint").await, 1);
    d.app.advance_seconds(3_600);
    d.app.run_jobs().await;
    d.app.run_jobs().await;
    assert_eq!(
        to(d.app.ctx().db().all(sql, vec![]).await.unwrap()),
        [d.ids[1], d.ids[0]]
    );
    // Done with the step, the clock begins anew and nothing is late.
    d.act(&d.ann, id, "complete", json!({}), 200).await;
    assert_eq!(d.read(id).await["late"], false);
    // Told on Tuesday: after ten working days of silence it ends as unanswered, not before.
    let cause = d.cause().await;
    d.act(
        &d.ann,
        id,
        "solution",
        json!({"cause_id": cause, "solution": "好", "done": true}),
        200,
    )
    .await;
    d.act(&d.ann, id, "tell", json!({"channel": "phone", "by_hand": true}), 200)
        .await;
    let rounds = d.rounds(id).await;
    assert_eq!(rounds["data"][0]["answer_by"], "2026-07-14T10:00:00Z", "{rounds}");
    d.app.advance_seconds(13 * 86_400);
    d.app.run_jobs().await;
    assert_eq!(d.read(id).await["status"], "told");
    d.app.advance_seconds(2 * 86_400);
    d.app.run_jobs().await;
    let case = d.read(id).await;
    assert_eq!((&case["status"], &case["verdict"]), (&json!("no_answer"), &Json::Null));
    // The customer may still say no; then it goes on.
    let link = d.link(id).await;
    let customer = d.app.anonymous();
    customer
        .post(
            &format!("{link}/verdict"),
            &[("round", "1"), ("verdict", "unsatisfied")],
        )
        .await
        .expect(303);
    let case = d.read(id).await;
    assert_eq!(
        (&case["status"], &case["round"], &case["closed_at"]),
        (&json!("working"), &json!(2), &Json::Null)
    );
    d.app.stop().await;
}

#[tokio::test]
async fn a_promise_is_kept_or_its_breaking_is_told() {
    let d = Desk::open().await;
    let id = d.case(json!({})).await;
    let wish = |from: &str, until: &str| json!({"from": from, "until": until, "channel": "phone", "contact": "158"});
    let closed = d
        .act(
            &d.ann,
            id,
            "promise",
            wish("2026-06-30T13:00:00Z", "2026-06-30T13:30:00Z"),
            422,
        )
        .await;
    assert!(
        closed["errors"][0]["detail"].as_str().unwrap().contains("09:00-18:00"),
        "{closed}"
    );
    d.act(
        &d.ann,
        id,
        "promise",
        wish("2026-06-30T01:00:00Z", "2026-06-30T01:30:00Z"),
        422,
    )
    .await;
    d.act(
        &d.ann,
        id,
        "promise",
        wish("2026-06-30T08:00:00Z", "2026-06-30T07:30:00Z"),
        422,
    )
    .await;
    d.act(
        &d.ann,
        id,
        "promise",
        wish("2026-06-30T07:00:00Z", "2026-06-30T07:30:00Z"),
        200,
    )
    .await;
    // The customer chooses another hour; from then on nobody inside moves it.
    let link = d.link(id).await;
    let customer = d.app.anonymous();
    let form = [
        ("day", "2026-06-30"),
        ("from", "16:00"),
        ("until", "16:30"),
        ("channel", "phone"),
        ("contact", "15800006631"),
    ];
    let night = [
        ("day", "2026-06-30"),
        ("from", "23:00"),
        ("until", "23:30"),
        ("channel", "phone"),
        ("contact", "158"),
    ];
    let again = customer.post(&format!("{link}/wish"), &night).await.expect(422);
    assert!(
        again.body.contains("09:00-18:00") && again.body.contains("value=\"23:00\""),
        "what was typed stays"
    );
    customer.post(&format!("{link}/wish"), &form).await.expect(303);
    assert_eq!(d.read(id).await["promise_at"], "2026-06-30T08:00:00Z");
    let refused = d
        .act(
            &d.ann,
            id,
            "promise",
            wish("2026-06-30T09:00:00Z", "2026-06-30T09:30:00Z"),
            409,
        )
        .await;
    assert_eq!(refused["code"], "error-promise-customer");
    // Half an hour before, the handler hears of it, once.
    let before = d.tasks("complaint").await;
    d.act(&d.ann, id, "complete", json!({}), 200).await;
    d.app.advance_seconds(5 * 3_600 + 1_800);
    d.app.run_jobs().await;
    d.app.run_jobs().await;
    assert_eq!(d.tasks("complaint").await, before + 1);
    // Its hour passes: broken, told to handler and manager.
    d.app.advance_seconds(3_700);
    d.app.run_jobs().await;
    d.app.run_jobs().await;
    assert_eq!(d.tasks("complaint").await, before + 3);
    let promises = d.rounds(id).await["promises"].clone();
    let states: Vec<&str> = promises
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["broken", "replaced"]);
    // Another one, and it is kept.
    customer
        .post(
            &format!("{link}/wish"),
            &[
                ("day", "2026-07-01"),
                ("from", "9:30"),
                ("until", "10:00"),
                ("channel", "phone"),
            ],
        )
        .await
        .expect(303);
    d.app.advance_seconds(16 * 3_600);
    d.act(&d.ann, id, "answered", json!({"note": "已说明进度"}), 200).await;
    let promises = d.rounds(id).await["promises"].clone();
    assert_eq!(promises[0]["state"], "kept", "{promises}");
    d.act(&d.ann, id, "answered", json!({}), 409).await;
    d.app.stop().await;
}

#[tokio::test]
async fn beyond_the_authority_a_manager_is_asked() {
    let d = Desk::open().await;
    let id = d.case(json!({})).await;
    d.act(&d.ann, id, "complete", json!({}), 200).await;
    let cause = d.cause().await;
    let sql = "SELECT id FROM service_remedy WHERE kind = $1";
    let remedy = |kind: &'static str| {
        let app = &d.app;
        async move { app.ctx().db().number(sql, binds![kind]).await.unwrap() }
    };
    let (refund, gift) = (remedy("refund").await, remedy("goodwill").await);
    // 3,000 and 2,500 are 500 more than an agent may grant for one case.
    let body = json!({"cause_id": cause, "solution": "退款", "done": true,
        "remedies": [{"remedy_id": refund}, {"remedy_id": gift, "amount": "2500"}]});
    let asked = d.act(&d.ann, id, "solution", body.clone(), 200).await;
    assert_eq!(asked["step"], "solve", "{asked}");
    let rounds = d.rounds(id).await;
    let request = &rounds["requests"][0];
    assert_eq!(
        (&request["state"], &request["beyond"], &request["total"]),
        (&json!("open"), &json!(50_000), &json!(550_000)),
        "{request}"
    );
    assert_eq!(d.tasks("remedy").await, 1);
    d.act(&d.ann, id, "tell", json!({"channel": "phone", "by_hand": true}), 409)
        .await;
    d.act(&d.ann, id, "grant", json!({"approve": true}), 403).await;
    // Not approved; a smaller one needs nobody.
    d.act(&d.boss, id, "grant", json!({"approve": false, "note": "太多"}), 200)
        .await;
    d.act(&d.ann, id, "solution", body, 200).await;
    let page = d.app.login("boss").await.get(&format!("/cases/{id}")).await.expect(200);
    assert!(page.body.contains("500.00 beyond the authority"), "{}", page.body);
    let done = d.act(&d.boss, id, "grant", json!({"approve": true}), 200).await;
    assert_eq!(done["step"], "tell", "{done}");
    let case = d.read(id).await;
    assert_eq!(case["cost"], "5500.00", "{case}");
    let states: Vec<String> = d.rounds(id).await["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["approved", "refused"]);
    // Working time counts too.
    let s = d.boss.get("/api/v1/service/settings").await.expect(200).json();
    send(
        &d.boss,
        "PUT",
        "/api/v1/service/settings",
        &json!({"version": s["version"], "rate": "120"}),
        200,
    )
    .await;
    send(
        &d.boss,
        "PUT",
        "/api/v1/service/settings",
        &json!({"version": s["version"], "rate": "120"}),
        409,
    )
    .await;
    d.act(&d.ann, id, "time", json!({"minutes": 90}), 200).await;
    assert_eq!(d.read(id).await["cost"], "5680.00");
    d.app.stop().await;
}

#[tokio::test]
async fn a_published_process_is_for_new_cases_only() {
    let d = Desk::open().await;
    let old = d.case(json!({})).await;
    let id = d
        .app
        .ctx()
        .db()
        .number("SELECT id FROM service_process WHERE kind = 'complaint'", binds![])
        .await
        .unwrap();
    let path = format!("/api/v1/processes/{id}/definition");
    let now = d.boss.get(&path).await.expect(200).json();
    assert_eq!(
        (&now["published"], &now["running"][0]["cases"]),
        (&json!(1), &json!(1)),
        "{now}"
    );
    let mut def = now["definition"].clone();
    def["steps"].as_array_mut().unwrap().retain(|s| s["act"] != "verdict");
    d.ann
        .api(
            "PUT",
            &path,
            Some(&json!({"version": now["version"], "definition": def})),
            &[],
        )
        .await
        .expect(403);
    let kept = send(
        &d.boss,
        "PUT",
        &path,
        &json!({"version": now["version"], "definition": def}),
        200,
    )
    .await;
    assert_eq!(kept["changed"], true);
    send(
        &d.boss,
        "PUT",
        &path,
        &json!({"version": now["version"], "definition": def}),
        409,
    )
    .await;
    let publish = format!("/api/v1/processes/{id}/publish");
    let refused = send(&d.boss, "POST", &publish, &json!({"version": kept["version"]}), 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-process-complaint", "{refused}");
    // A step more, for customers of the north a person of their own.
    let mut def = now["definition"].clone();
    def["steps"].as_array_mut().unwrap().insert(
        1,
        json!({"key": "look", "name": "现场勘查", "name_en": "Visit", "act": "work", "minutes": 120,
        "who": {"way": "person", "user": d.ids[2]}, "when": {"conditions": ["severity:is:severe"]},
        "turns": [{"when": {"conditions": ["region:is:华北"]}, "who": {"way": "owner"}, "minutes": 60}],
        "fields": [{"key": "seen", "label": "所见", "label_en": "Seen", "kind": "long", "required": true}]}),
    );
    let kept = send(
        &d.boss,
        "PUT",
        &path,
        &json!({"version": kept["version"], "definition": def}),
        200,
    )
    .await;
    let done = send(&d.boss, "POST", &publish, &json!({"version": kept["version"]}), 200).await;
    assert_eq!((&done["published"], &done["changed"]), (&json!(2), &json!(false)));
    let north = d
        .app
        .make(
            "party",
            &[
                ("name", "North".into()),
                ("owner_id", d.ids[3].into()),
                ("region", "华北".into()),
            ],
        )
        .await;
    let plain = d.case(json!({})).await;
    let severe = d.case(json!({"severity": "severe"})).await;
    let far = d.case(json!({"severity": "severe", "party_id": north})).await;
    for case in [plain, severe, far, old] {
        d.act(&d.ann, case, "complete", json!({}), 200).await;
    }
    let step = |case: Json| {
        (
            case["step"].as_str().unwrap().to_owned(),
            case["handler_id"].as_i64().unwrap(),
            case["process_version"].as_i64().unwrap(),
        )
    };
    assert_eq!(step(d.read(plain).await).0, "solve");
    assert_eq!(
        (step(d.read(severe).await).0, step(d.read(severe).await).1),
        ("look".into(), d.ids[2])
    );
    assert_eq!(step(d.read(far).await), ("look".into(), d.ids[3], 2));
    assert_eq!(d.read(far).await["due_at"], "2026-06-30T03:00:00Z");
    assert_eq!(
        (step(d.read(old).await).0, step(d.read(old).await).2),
        ("solve".into(), 1)
    );
    let wrong = d.act(&d.ann, severe, "complete", json!({}), 422).await;
    assert_eq!(wrong["errors"][0]["field"], "form_seen", "{wrong}");
    d.act(&d.ann, severe, "complete", json!({"fields": {"seen": "管道振动"}}), 200)
        .await;
    // The editor on pages: both languages, and a step edited.
    for client in [d.app.login("boss").await, d.app.login_zh("boss").await] {
        for path in [
            "",
            "/steps",
            "/condition",
            "/step/0",
            "/step/1",
            "/step/1/turn/0",
            "/step/1/turn/1",
            "/step/1/turn/2?add=kind",
        ] {
            client.get(&format!("/processes/{id}{path}")).await.expect(200);
        }
        client.get("/service/setup").await.expect(200);
    }
    let boss = d.app.login("boss").await;
    let version = done["version"].to_string();
    let form = [
        ("version", version.as_str()),
        ("name", "受理"),
        ("act", "work"),
        ("minutes", "30"),
        ("alarm_handler", "0"),
        ("alarm_manager", "30"),
        ("way", "role"),
        ("role", "service"),
        ("label0", "情况"),
        ("label_en0", "Facts"),
        ("kind0", "long"),
        ("key0", "facts"),
    ];
    boss.post(&format!("/processes/{id}/step/0"), &form).await.expect(303);
    assert_eq!(boss.post(&format!("/processes/{id}/step/0"), &form).await.status, 409);
    let now = d.boss.get(&path).await.expect(200).json();
    assert_eq!(now["definition"]["steps"][0]["name"], "受理");
    let version = now["version"].to_string();
    boss.post(&format!("/processes/{id}/do/publish"), &[("version", &version)])
        .await
        .expect(303);
    // Nobody in particular: it waits until somebody takes it.
    let waits = d.case(json!({})).await;
    assert_eq!(d.read(waits).await["status"], "new");
    d.act(&d.ann, waits, "assign", json!({"user": d.ids[1]}), 200).await;
    assert_eq!(d.read(waits).await["status"], "working");
    d.app.stop().await;
}

#[tokio::test]
async fn business_time_knows_holidays_and_kinds_change_before_the_customer_was_told() {
    let d = Desk::open().await;
    let time = |q: &str| {
        let path = format!("/api/v1/service/time?{q}");
        let boss = d.boss.clone();
        async move { boss.get(&path).await.expect(200).json() }
    };
    assert_eq!(
        time("from=2026-06-30T09:00:00Z&minutes=120").await["until"],
        "2026-07-01T02:00:00Z"
    );
    let holiday = json!({"day": "2026-07-01", "name": "放假", "hours": "x"});
    let wrong = send(&d.boss, "POST", "/api/v1/holidays", &holiday, 422).await;
    assert_eq!(wrong["errors"][0]["field"], "hours");
    send(
        &d.boss,
        "POST",
        "/api/v1/holidays",
        &json!({"day": "2026-07-01", "name": "放假"}),
        201,
    )
    .await;
    assert_eq!(
        time("from=2026-06-30T09:00:00Z&minutes=120").await["until"],
        "2026-07-02T02:00:00Z"
    );
    assert_eq!(
        time("from=2026-06-30T09:00:00Z&until=2026-07-02T02:00:00Z").await["minutes"],
        120
    );
    d.boss
        .get("/api/v1/service/time?from=1900-01-01T00:00:00Z&until=2100-01-01T00:00:00Z")
        .await
        .expect(422);
    // An enquiry needs no verdict, and may turn out to be a complaint.
    let id = d.case(json!({"kind": "enquiry"})).await;
    assert_eq!(d.read(id).await["step"], "answer");
    let version = d.read(id).await["version"].clone();
    let path = format!("/api/v1/cases/{id}");
    amend(&d.ann, &path, &version, &json!({"kind": "complaint"}), 200).await;
    assert_eq!(d.read(id).await["step"], "take");
    d.told(id, "说明").await;
    let version = d.read(id).await["version"].clone();
    let refused = amend(&d.ann, &path, &version, &json!({"kind": "enquiry"}), 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-case-kind");
    let asked = d.case(json!({"kind": "enquiry"})).await;
    d.act(
        &d.ann,
        asked,
        "solution",
        json!({"solution": "样册已寄", "done": true}),
        200,
    )
    .await;
    d.act(&d.ann, asked, "tell", json!({"channel": "phone", "by_hand": true}), 200)
        .await;
    assert_eq!(d.read(asked).await["status"], "done");
    // Whoever sees the customer sees the case; others do not.
    let rep = d.app.token(d.ids[3], false).await;
    rep.get(&path).await.expect(200);
    let stranger = d.app.user("stranger", "salesperson").await;
    d.app.token(stranger, false).await.get(&path).await.expect(404);
    d.app.stop().await;
}
