//! Parties: rules, sight, groups, telephones, duplicates, merging and its undoing.

use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Query, binds};
use zhike_testkit::{Client, PASSWORD, TestApp};

async fn party(app: &TestApp, name: &str, more: &[(&str, Value)]) -> i64 {
    let mut values = vec![("name", Value::from(name))];
    values.extend(more.iter().cloned());
    app.make("party", &values).await
}

async fn user_in(app: &TestApp, login: &str, role: &str, team: i64) -> i64 {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let user = zhike_identity::NewUser {
        login,
        name: login,
        name_latin: None,
        role,
        team: Some(team),
    };
    let id = zhike_identity::create_user(&ctx, &tx, &user, PASSWORD).await.unwrap();
    tx.commit().await.unwrap();
    app.app.identity.forget();
    id
}

async fn api(client: &Client, method: &str, path: &str, body: Json, status: u16) -> Json {
    client.api(method, path, Some(&body), &[]).await.expect(status).json()
}

async fn number(app: &TestApp, sql: &str, id: i64) -> i64 {
    app.ctx().db().number(sql, binds![id]).await.unwrap()
}

#[tokio::test]
async fn a_party_without_a_name_is_refused_in_both_languages() {
    let app = TestApp::boot().await;
    let form = [("name", " "), ("kind", "organisation"), ("status", "active")];
    let page = app.login("admin").await.post("/parties", &form).await.expect(422);
    assert!(
        page.body.contains("Required") || page.body.contains("required"),
        "{}",
        page.body
    );
    let page = app.login_zh("admin").await.post("/parties", &form).await.expect(422);
    assert!(page.body.contains("必填"), "{}", page.body);
    let user = app.user("second", "administrator").await;
    let reply = app
        .token(user, false)
        .await
        .api("POST", "/api/v1/parties", Some(&json!({"city": "苏州"})), &[])
        .await;
    assert_eq!(reply.expect(422).json()["errors"][0]["field"], "name");
    app.stop().await;
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let app = TestApp::boot().await;
    let id = party(&app, "Acme Tools", &[]).await;
    let admin = app.login("admin").await;
    let form = |city| {
        [
            ("version", "1"),
            ("name", "Acme Tools"),
            ("kind", "organisation"),
            ("status", "active"),
            ("city", city),
        ]
    };
    admin.post(&format!("/parties/{id}"), &form("Suzhou")).await.expect(303);
    admin
        .post(&format!("/parties/{id}"), &form("Hangzhou"))
        .await
        .expect(409);
    let city = app
        .ctx()
        .db()
        .one("SELECT city FROM party_party WHERE id = $1", binds![id])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(city.text(0).unwrap(), "Suzhou");
    app.stop().await;
}

#[tokio::test]
async fn everybody_sees_as_far_as_their_reach() {
    let app = TestApp::boot().await;
    let (east, west) = (
        app.make("team", &[("name", "East".into())]).await,
        app.make("team", &[("name", "West".into())]).await,
    );
    user_in(&app, "lead", "manager", east).await;
    let a = user_in(&app, "seller", "salesperson", east).await;
    let b = user_in(&app, "colleague", "salesperson", east).await;
    let c = user_in(&app, "stranger", "salesperson", west).await;
    let mine = party(&app, "Mine Ltd", &[("owner_id", a.into())]).await;
    let ours = party(&app, "Ours Ltd", &[("owner_id", b.into())]).await;
    let theirs = party(&app, "Theirs Ltd", &[("owner_id", c.into())]).await;
    for (login, sees) in [
        ("seller", [true, false, false]),
        ("lead", [true, true, false]),
        ("admin", [true, true, true]),
    ] {
        let client = app.login(login).await;
        for (id, seen) in [mine, ours, theirs].into_iter().zip(sees) {
            client
                .get(&format!("/parties/{id}"))
                .await
                .expect(if seen { 200 } else { 404 });
            client
                .get(&format!("/party/{id}/timeline"))
                .await
                .expect(if seen { 200 } else { 404 });
        }
    }
    // What cannot be seen is said when the same customer is entered again.
    let hint = app
        .login("stranger")
        .await
        .get("/parties/similar?name=mine")
        .await
        .expect(200);
    assert!(
        hint.body.contains("1 more belongs to somebody else") && !hint.body.contains("Mine Ltd"),
        "{}",
        hint.body
    );
    app.stop().await;
}

#[tokio::test]
async fn a_group_has_no_circle_and_shows_itself() {
    let app = TestApp::boot().await;
    let top = party(&app, "集团总部", &[]).await;
    let middle = party(&app, "华东公司", &[("parent_id", top.into())]).await;
    let low = party(&app, "苏州分公司", &[("parent_id", middle.into())]).await;
    let user = app.user("second", "administrator").await;
    let program = app.token(user, false).await;
    let form = [
        ("version", "1".to_owned()),
        ("name", "集团总部".into()),
        ("parent_id", low.to_string()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let page = app
        .login_zh("admin")
        .await
        .post(&format!("/parties/{top}"), &form)
        .await
        .expect(422);
    assert!(page.body.contains("该公司在集团中位于这一家之下"), "{}", page.body);
    let person = party(&app, "Anna Berg", &[("kind", "person".into())]).await;
    let body = json!({"name": "Sub", "parent_id": person});
    let refused = api(&program, "POST", "/api/v1/parties", body, 422).await;
    assert_eq!(refused["errors"][0]["code"], "error-party-parent-person");
    let page = app
        .login("admin")
        .await
        .get(&format!("/parties/{middle}/hierarchy"))
        .await
        .expect(200);
    for name in ["集团总部", "华东公司", "苏州分公司"] {
        assert!(page.body.contains(name), "{name}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_telephone_is_masked_until_it_is_asked_for_and_the_asking_is_kept() {
    let app = TestApp::boot().await;
    let id = party(
        &app,
        "Anna Berg",
        &[("kind", "person".into()), ("phone", "15800006631".into())],
    )
    .await;
    let admin = app.login("admin").await;
    let page = admin.get(&format!("/parties/{id}/timeline")).await.expect(200);
    assert!(page.body.contains("158****6631"), "{}", page.body);
    assert!(!page.body.contains("15800006631"));
    let viewed = "SELECT count(*) FROM event WHERE kind = 'party.contact_viewed.v1' AND record_id = $1";
    assert_eq!(number(&app, viewed, id).await, 0);
    let shown = admin
        .post_fragment(&format!("/party/{id}/reveal/phone"), &[])
        .await
        .expect(200);
    assert!(shown.body.contains("tel:15800006631"), "{}", shown.body);
    assert_eq!(number(&app, viewed, id).await, 1);
    admin
        .post_fragment(&format!("/party/{id}/reveal/email"), &[])
        .await
        .expect(404);
    let page = admin.get(&format!("/parties/{id}/timeline")).await.expect(200);
    assert!(
        page.body.contains("looked at contact details of Anna Berg"),
        "{}",
        page.body
    );
    app.stop().await;
}

#[tokio::test]
async fn people_are_added_and_leave_and_relations_stand_on_both_sides() {
    let app = TestApp::boot().await;
    let firm = party(&app, "青禾乳业", &[]).await;
    let admin = app.login("admin").await;
    let form = [
        ("name", "张 三"),
        ("job_title", "采购"),
        ("phone", "13900001111"),
        ("email", "zhang@qinghe.example"),
    ];
    admin.post(&format!("/party/{firm}/people"), &form).await.expect(303);
    let page = admin.get(&format!("/parties/{firm}/people")).await.expect(200);
    assert!(
        page.body.contains("张三") && page.body.contains("139****1111"),
        "{}",
        page.body
    );
    let row = app
        .ctx()
        .db()
        .one("SELECT id, to_id FROM party_relation WHERE from_id = $1", binds![firm])
        .await
        .unwrap()
        .unwrap();
    let (relation, person) = (row.int(0).unwrap(), row.int(1).unwrap());
    let page = admin.get(&format!("/parties/{person}/relations")).await.expect(200);
    assert!(
        page.body.contains("Employed by") && page.body.contains("青禾乳业"),
        "{}",
        page.body
    );
    admin
        .post(&format!("/party/{firm}/people/{relation}/end"), &[])
        .await
        .expect(303);
    let page = admin.fragment(&format!("/parties/{firm}/people")).await.expect(200);
    assert!(page.body.contains("Nobody is known here yet."), "{}", page.body);
    app.stop().await;
}

#[tokio::test]
async fn roles_are_kept_with_their_days() {
    let app = TestApp::boot().await;
    let id = party(&app, "Acme", &[("roles", "prospect".into())]).await;
    let form = [
        ("version", "1"),
        ("name", "Acme"),
        ("kind", "organisation"),
        ("status", "active"),
        ("roles", "customer"),
    ];
    app.login("admin")
        .await
        .post(&format!("/parties/{id}"), &form)
        .await
        .expect(303);
    let open = "SELECT count(*) FROM party_role WHERE party_id = $1 AND role = 'customer' AND until_on IS NULL";
    let ended = "SELECT count(*) FROM party_role WHERE party_id = $1 AND role = 'prospect' AND until_on = '2026-06-30'";
    assert_eq!((number(&app, open, id).await, number(&app, ended, id).await), (1, 1));
    app.stop().await;
}

#[tokio::test]
async fn duplicates_are_found_judged_merged_and_parted_again() {
    let app = TestApp::boot().await;
    let one = party(
        &app,
        "青禾乳业（苏州）有限公司",
        &[("roles", "customer".into()), ("external_key", "K1".into())],
    )
    .await;
    let two = party(
        &app,
        "青禾乳业(苏州)有限公司",
        &[("phone", "0512-62881234".into()), ("roles", "supplier".into())],
    )
    .await;
    let three = party(&app, "青禾乳业 苏州", &[]).await;
    let day = Value::from("2026-06-01");
    let order = app
        .make("order", &[("party_id", two.into()), ("ordered_on", day)])
        .await;
    let child = party(&app, "青禾包装", &[("parent_id", two.into())]).await;
    let admin = app.login("admin").await;
    let list = admin.get("/parties/duplicates").await.expect(200);
    assert!(
        list.body.contains("Same name") && list.body.contains(&format!("/party/{one}/merge?other={two}")),
        "{}",
        list.body
    );
    let other = three.to_string();
    admin
        .post(&format!("/party/{one}/not-duplicate"), &[("other", &other)])
        .await
        .expect(303);
    let list = admin.get("/parties/duplicates").await.expect(200);
    assert!(!list.body.contains(&format!("other={three}\"")), "{}", list.body);
    let preview = admin.get(&format!("/party/{one}/merge?other={two}")).await.expect(200);
    assert!(preview.body.contains("0512-****1234"), "{}", preview.body);

    let user = app.user("second", "administrator").await;
    let program = app.token(user, false).await;
    let found = program
        .get("/api/v1/parties/similar?name=%E9%9D%92%E7%A6%BE%E4%B9%B3%E4%B8%9A%E8%8B%8F%E5%B7%9E")
        .await
        .expect(200)
        .json();
    assert_eq!(found["items"].as_array().unwrap().len(), 3, "{found}");
    let version = async |id: i64| number(&app, "SELECT version FROM party_party WHERE id = $1", id).await;
    let (mine, other) = (version(one).await, version(two).await);
    let unread = json!({"other": two, "version": mine});
    let refused = api(&program, "POST", &format!("/api/v1/parties/{one}/merge"), unread, 422).await;
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("other_version"), &json!("error-required"))
    );
    let stale = json!({"other": two, "version": mine, "other_version": other + 1});
    api(&program, "POST", &format!("/api/v1/parties/{one}/merge"), stale, 409).await;
    let unknown = json!({"other": two, "take": {"nonsense": "other"}, "version": mine, "other_version": other});
    api(&program, "POST", &format!("/api/v1/parties/{one}/merge"), unknown, 422).await;
    let body = json!({"other": two, "take": {"name": "other"}, "version": mine, "other_version": other});
    let done = api(&program, "POST", &format!("/api/v1/parties/{one}/merge"), body, 200).await;
    let at = "SELECT party_id FROM order_order WHERE id = $1";
    let above = "SELECT parent_id FROM party_party WHERE id = $1";
    assert_eq!(
        (number(&app, at, order).await, number(&app, above, child).await),
        (one, one)
    );
    let row = "SELECT name, phone, roles FROM party_party WHERE id = $1";
    let kept = app.ctx().db().one(row, binds![one]).await.unwrap().unwrap();
    assert_eq!(kept.text(0).unwrap(), "青禾乳业(苏州)有限公司");
    assert_eq!(kept.text(1).unwrap(), "0512-62881234");
    assert_eq!(kept.text(2).unwrap(), "customer supplier");
    // Who comes to the old record is shown the way, and finds its past on the survivor.
    let old = admin.get(&format!("/parties/{two}")).await.expect(200);
    assert!(
        old.body.contains("This record was merged into") && old.body.contains(&format!("/parties/{one}")),
        "{}",
        old.body
    );
    let past = admin.fragment(&format!("/parties/{one}/timeline")).await.expect(200);
    assert!(past.body.contains("into another record"), "{}", past.body);

    // A later change of a taken value stands in the way, and is named.
    let undo = format!("/api/v1/merges/{}/undo", done["id"]);
    let version = number(&app, "SELECT version FROM party_party WHERE id = $1", one)
        .await
        .to_string();
    let form = |name| {
        [
            ("version", version.as_str()),
            ("name", name),
            ("kind", "organisation"),
            ("status", "active"),
        ]
    };
    admin.post(&format!("/parties/{one}"), &form("青禾")).await.expect(303);
    let refused = api(&program, "POST", &undo, json!({}), 409).await;
    assert_eq!(refused["code"], "error-party-merge-changed");
    assert!(refused["title"].as_str().unwrap().contains("Name"), "{refused}");
    let event = number(
        &app,
        "SELECT MAX(id) FROM event WHERE record_type = 'party' AND record_id = $1",
        one,
    )
    .await;
    admin.post(&format!("/undo/event/{event}"), &[]).await;
    api(&program, "POST", &undo, json!({}), 200).await;
    assert_eq!(
        (number(&app, at, order).await, number(&app, above, child).await),
        (two, two)
    );
    let kept = app.ctx().db().one(row, binds![one]).await.unwrap().unwrap();
    assert_eq!(kept.text(0).unwrap(), "青禾乳业（苏州）有限公司");
    assert_eq!(kept.opt_text(1).unwrap(), None);
    let present = "SELECT count(*) FROM party_party WHERE id = $1 AND archived_at IS NULL AND merged_into IS NULL";
    assert_eq!(number(&app, present, two).await, 1);
    api(&program, "POST", &undo, json!({}), 409).await;
    app.stop().await;
}

#[tokio::test]
async fn a_customer_is_handed_over_and_then_belongs_to_the_other() {
    let app = TestApp::boot().await;
    let team = app.make("team", &[("name", "East".into())]).await;
    let a = user_in(&app, "seller", "salesperson", team).await;
    let b = user_in(&app, "colleague", "salesperson", team).await;
    let id = party(&app, "Acme", &[("owner_id", a.into())]).await;
    let seller = app.login("seller").await;
    let to = b.to_string();
    let reply = seller
        .post(&format!("/party/{id}/owner"), &[("version", "1"), ("owner_id", &to)])
        .await
        .expect(303);
    assert_eq!(reply.location(), "/parties");
    seller.get(&format!("/parties/{id}")).await.expect(404);
    app.login("colleague")
        .await
        .get(&format!("/parties/{id}"))
        .await
        .expect(200);
    // Made on a page without an owner, a customer belongs to who made it.
    let form = [("name", "New One"), ("kind", "organisation"), ("status", "active")];
    seller.post("/parties", &form).await.expect(303);
    let mine = "SELECT count(*) FROM party_party WHERE owner_id = $1 AND name = 'New One'";
    assert_eq!(number(&app, mine, a).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn views_come_with_parties_and_readers_of_english_get_latin_names() {
    let app = TestApp::boot().await;
    let customer = [
        ("roles", "customer".into()),
        ("name_latin", "Qinghe Dairy".into()),
        ("industry", "dairy".into()),
    ];
    let id = party(&app, "青禾乳业", &customer).await;
    party(&app, "Only A Prospect", &[("roles", "prospect".into())]).await;
    party(&app, "A Person", &[("kind", "person".into())]).await;
    let english = app.login("admin").await;
    let list = english.get("/parties?view=customers").await.expect(200).body;
    assert!(list.contains("Qinghe Dairy") && !list.contains("Only A Prospect") && !list.contains("A Person"));
    assert!(!list.contains("青禾乳业"), "{list}");
    assert!(list.contains("/parties?view=people") && list.contains("/parties?view=losing"));
    let page = english.get(&format!("/parties/{id}")).await.expect(200).body;
    assert!(page.contains("Qinghe Dairy") && page.contains("Dairy</td>"), "{page}");
    assert!(
        english
            .get("/lookup/party?q=qinghe")
            .await
            .expect(200)
            .body
            .contains("Qinghe Dairy")
    );
    let chinese = app.login_zh("admin").await;
    let list = chinese.get("/parties?view=customers").await.expect(200).body;
    assert!(list.contains("青禾乳业") && !list.contains("Qinghe Dairy"));
    app.stop().await;
}

#[tokio::test]
async fn a_telephone_is_masked_in_lists_and_its_editor_is_logged() {
    let app = TestApp::boot().await;
    let id = party(
        &app,
        "A Person",
        &[("kind", "person".into()), ("phone", "158 0000 6631".into())],
    )
    .await;
    let admin = app.login("admin").await;
    for path in [
        "/parties?view=people".to_owned(),
        format!("/parties/{id}"),
        format!("/parties/{id}/history"),
    ] {
        let page = admin.get(&path).await.expect(200).body;
        assert!(!page.contains("158 0000 6631"), "{path}");
    }
    let people = admin.get("/parties?view=people").await.expect(200).body;
    assert!(people.contains("158 **** 6631"));
    let seen = "SELECT count(*) FROM event WHERE kind = 'party.contact_viewed.v1' AND record_id = $1";
    assert_eq!(number(&app, seen, id).await, 0);
    let editor = admin.get(&format!("/parties/{id}/edit")).await.expect(200).body;
    assert!(editor.contains("158 0000 6631"));
    assert_eq!(number(&app, seen, id).await, 1);
    app.stop().await;
}
