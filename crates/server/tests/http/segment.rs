//! Segments: who fits now, who fitted on a day, whose they are, and lists narrowed to them.

use serde_json::{Value as Json, json};
use zhike_testkit::{Client, TestApp};

/// The version that a change stands on, as its header says it.
fn at(body: &Json) -> String {
    format!("\"v{}\"", body["version"])
}
/// The change itself.
fn without(body: &Json) -> Json {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove("version");
    body
}

async fn get(client: &Client, path: &str) -> Json {
    client.api("GET", path, None, &[]).await.expect(200).json()
}

async fn customers(app: &TestApp, owner: i64, regions: &[(&str, &str)]) -> Vec<i64> {
    let mut ids = vec![];
    for (name, region) in regions {
        let values = [
            ("name", (*name).into()),
            ("region", (*region).into()),
            ("roles", "customer".into()),
            ("owner_id", owner.into()),
        ];
        ids.push(app.make("party", &values).await);
    }
    ids
}

fn names(body: &Json) -> Vec<String> {
    let items = body["items"].as_array().unwrap();
    items.iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_live_segment_follows_and_a_frozen_one_stays() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let ids = customers(&app, boss, &[("青禾乳业", "华东"), ("蓝海", "华东"), ("北岭", "华北")]).await;
    let new = api
        .api("POST", "/api/v1/segments", Some(&json!({"name": "华东客户"})), &[])
        .await
        .expect(201)
        .json();
    let (id, version) = (new["id"].as_i64().unwrap(), new["version"].as_i64().unwrap());
    // Without a condition everybody fits.
    let members = format!("/api/v1/segments/{id}/members");
    assert_eq!(get(&api, &members).await["count"], 3);
    let path = format!("/api/v1/segments/{id}/condition");
    let wrong = json!({"version": version, "conditions": ["nothing:is:1"]});
    api.api("PUT", &path, Some(&wrong), &[]).await.expect(422);
    let east = json!({"version": version, "conditions": ["region:is:华东"]});
    let changed = api.api("PUT", &path, Some(&east), &[]).await.expect(200).json();
    // A version that was overtaken is refused.
    api.api("PUT", &path, Some(&east), &[]).await.expect(409);
    let live = get(&api, &members).await;
    assert_eq!(live["count"], 2, "{live}");
    assert_eq!(names(&live), ["蓝海", "青禾乳业"]);

    let frozen = api
        .api(
            "POST",
            &format!("/api/v1/segments/{id}/freeze"),
            Some(&json!({"version": changed["version"]})),
            &[],
        )
        .await
        .expect(200)
        .json();
    assert_eq!(frozen["members"], 2);
    let copy = api
        .api("POST", &format!("/api/v1/segments/{id}/copy"), Some(&json!({})), &[])
        .await
        .expect(201)
        .json();
    let copy = copy["id"].as_i64().unwrap();
    // One moves away, one comes: the live one follows, the frozen one keeps its members and its day.
    let one = get(&api, &format!("/api/v1/parties/{}", ids[0])).await;
    let moved = json!({"version": one["version"], "region": "华南"});
    api.api(
        "PATCH",
        &format!("/api/v1/parties/{}", ids[0]),
        Some(&without(&moved)),
        &[("if-match", &at(&moved))],
    )
    .await
    .expect(200);
    customers(&app, boss, &[("新来", "华东")]).await;
    let kept = get(&api, &members).await;
    assert_eq!(
        (names(&kept), &kept["frozen_on"]),
        (vec!["蓝海".into(), "青禾乳业".into()], &json!("2026-06-30"))
    );
    let followed = get(&api, &format!("/api/v1/segments/{copy}/members")).await;
    assert_eq!(names(&followed), ["新来", "蓝海"]);
    let now = get(&api, &format!("/api/v1/segments/{id}")).await;
    let late = json!({"version": now["version"], "conditions": ["region:is:华北"]});
    let refused = api.api("PUT", &path, Some(&late), &[]).await.expect(409);
    assert_eq!(refused.json()["code"], "error-segment-frozen");

    // The list of customers, its export and the gate's trial take the segment.
    let admin = app.login("boss").await;
    let list = admin.get(&format!("/parties?set=segment-{id}")).await.expect(200).body;
    assert!(
        list.contains("青禾乳业") && list.contains("蓝海") && !list.contains("新来"),
        "{list}"
    );
    assert!(list.contains("华东客户"));
    let csv = admin
        .get(&format!("/parties/export?format=csv&set=segment-{copy}"))
        .await
        .expect(200)
        .body;
    assert!(
        csv.contains("新来") && !csv.contains("青禾乳业") && !csv.contains("北岭"),
        "{csv}"
    );
    let gone = admin.get("/parties?set=segment-999").await.expect(200).body;
    assert!(gone.contains("segment-999"), "what cannot be read is told");
    admin
        .get("/parties/export?format=csv&set=segment-999")
        .await
        .expect(422);
    let page = admin.get(&format!("/segments/{copy}")).await.expect(200).body;
    assert!(page.contains("id=\"segment-count\">2<"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn what_is_anothers_is_seen_only_when_shared_and_never_changed() {
    let app = TestApp::boot().await;
    let (ann, ben) = (
        app.user("ann", "salesperson").await,
        app.user("ben", "salesperson").await,
    );
    let (one, two) = (app.token(ann, false).await, app.token(ben, false).await);
    customers(&app, ann, &[("Ann's", "华东")]).await;
    customers(&app, ben, &[("Ben's", "华东"), ("Ben's other", "华东")]).await;
    let new = one
        .api("POST", "/api/v1/segments", Some(&json!({"name": "All of mine"})), &[])
        .await
        .expect(201)
        .json();
    let id = new["id"].as_i64().unwrap();
    two.api("GET", &format!("/api/v1/segments/{id}"), None, &[])
        .await
        .expect(404);
    // Not even who sees every customer sees what is private.
    let analyst = app.user("analyst", "analyst").await;
    let all = app.token(analyst, false).await;
    all.api("GET", &format!("/api/v1/segments/{id}"), None, &[])
        .await
        .expect(404);
    let open = json!({"version": new["version"], "sharing": "everyone"});
    let open = one
        .api(
            "PATCH",
            &format!("/api/v1/segments/{id}"),
            Some(&without(&open)),
            &[("if-match", &at(&open))],
        )
        .await
        .expect(200)
        .json();
    // Each sees the own customers in it.
    let members = format!("/api/v1/segments/{id}/members");
    assert_eq!(get(&one, &members).await["count"], 1);
    assert_eq!(get(&two, &members).await["count"], 2);
    assert_eq!(get(&all, &members).await["count"], 3);
    let theirs = json!({"version": open["version"], "name": "Mine now"});
    let refused = two
        .api(
            "PATCH",
            &format!("/api/v1/segments/{id}"),
            Some(&without(&theirs)),
            &[("if-match", &at(&theirs))],
        )
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "error-owned");
    two.api(
        "POST",
        &format!("/api/v1/segments/{id}/freeze"),
        Some(&json!({"version": open["version"]})),
        &[],
    )
    .await
    .expect(409);
    let copied = two
        .api("POST", &format!("/api/v1/segments/{id}/copy"), Some(&json!({})), &[])
        .await
        .expect(201)
        .json();
    let copy = get(&two, &format!("/api/v1/segments/{}", copied["id"])).await;
    assert_eq!((&copy["owner_id"], &copy["sharing"]), (&json!(ben), &json!("private")));
    app.stop().await;
}
