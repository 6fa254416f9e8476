//! Calls: told by programs and switchboards in any order, once; who calls while it rings; one contact each.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value as Json, json};
use zhike_testkit::{Client, TestApp};

/// The house's time, as programs write it, so many seconds later.
pub(crate) fn at(app: &TestApp, seconds: i64) -> String {
    zhike_kernel::Clock::now(app.clock.as_ref())
        .plus_seconds(seconds)
        .rfc3339()
}

/// A customer with a number.
pub(crate) async fn customer(app: &TestApp, name: &str, phone: &str) -> i64 {
    let values = [
        ("name", name.into()),
        ("phone", phone.into()),
        ("kind", "organisation".into()),
    ];
    app.make("party", &values).await
}

/// A program that tells of calls.
pub(crate) async fn teller(app: &TestApp) -> (i64, Client) {
    let user = app.user("boss", "administrator").await;
    (user, app.token(user, false).await)
}

async fn tell(api: &Client, body: Json) -> Json {
    api.api("POST", "/api/v1/call-events", Some(&body), &[])
        .await
        .expect(200)
        .json()
}

async fn call(api: &Client, id: &Json) -> Json {
    api.get(&format!("/api/v1/calls/{id}")).await.expect(200).json()
}

async fn count(app: &TestApp, sql: &str) -> i64 {
    zhike_store::Query::number(app.ctx().db(), sql, vec![]).await.unwrap()
}

#[tokio::test]
async fn a_call_is_one_record_and_one_contact_whatever_the_order() {
    let app = TestApp::boot().await;
    let (_, api) = teller(&app).await;
    let mo = app.user("mo", "service").await;
    let party = customer(&app, "青禾食品", "0510-8811 2233").await;
    let set = json!({"extension": "801", "was": ""});
    api.api("PUT", &format!("/api/v1/users/{mo}/extension"), Some(&set), &[])
        .await
        .expect(200);

    // The end comes first, then the ring, then the answer; each twice.
    let end = json!({"call": "c-1", "event": "end", "at": at(&app, -10)});
    let ring = json!({"call": "c-1", "event": "ring", "at": at(&app, -100), "direction": "in", "number": "+86 510 88112233", "extension": "801"});
    let answer = json!({"call": "c-1", "event": "answer", "at": at(&app, -90), "extension": "801"});
    for one in [&end, &ring, &end, &answer, &ring, &answer] {
        tell(&api, one.clone()).await;
    }
    let said = tell(&api, json!({"events": [ring, answer]})).await;
    assert_eq!(
        (&said["events"][0]["repeated"], &said["events"][1]["repeated"]),
        (&json!(true), &json!(true))
    );
    let seen = call(&api, &said["events"][0]["id"]).await;
    assert_eq!(seen["party_id"], party, "{seen}");
    assert_eq!(
        (&seen["user_id"], &seen["seconds"], &seen["result"], &seen["status"]),
        (&json!(mo), &json!(80), &json!("answered"), &json!("ended"))
    );
    assert_eq!(count(&app, "SELECT count(*) FROM voice_call").await, 1);

    // One contact, in step with what was learnt later; nobody waits.
    let contacts = api.get("/api/v1/interactions").await.expect(200).json();
    assert_eq!(contacts["data"].as_array().unwrap().len(), 1, "{contacts}");
    let one = &contacts["data"][0];
    let whole = api
        .get(&format!("/api/v1/interactions/{}", one["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            &whole["party_id"],
            &whole["minutes"],
            &whole["channel"],
            &whole["user_id"]
        ),
        (&json!(party), &json!(2), &json!("phone"), &json!(mo))
    );
    assert_eq!(
        count(&app, "SELECT count(*) FROM inbox_conversation WHERE state <> 'closed'").await,
        0
    );

    // What came of it is said by a person, and stands on the contact; it can be undone.
    let clerk = app.login("mo").await;
    let page = clerk.get(&format!("/calls/{}", seen["id"])).await.expect(200);
    assert!(
        page.body.contains("青禾食品") && page.body.contains("note-outcome"),
        "{}",
        page.body
    );
    let version = seen["version"].to_string();
    let form = [
        ("version", version.as_str()),
        ("outcome", "settled"),
        ("note", "证书已寄出"),
    ];
    clerk
        .post(&format!("/calls/{}/note", seen["id"]), &form)
        .await
        .expect(303);
    let whole = api
        .get(&format!("/api/v1/interactions/{}", one["id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(whole["body"], "证书已寄出");
    let stale = clerk
        .post(
            &format!("/calls/{}/note", seen["id"]),
            &[("version", &version), ("note", "other")],
        )
        .await;
    assert_eq!(stale.status, 409, "{}", stale.body);
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_nothing_is_kept() {
    let app = TestApp::boot().await;
    let (_, api) = teller(&app).await;
    let good = json!({"call": "x", "event": "ring"});
    let bad = [
        (json!({"call": "", "event": "ring"}), "call"),
        (json!({"call": "x", "event": "explode"}), "event"),
        (json!({"call": "x", "event": "ring", "number": "<script>"}), "number"),
        (
            json!({"call": "x", "event": "ring", "at": "2031-01-01T00:00:00Z"}),
            "at",
        ),
        (json!({"call": "x", "event": "ring", "colour": "red"}), "colour"),
        (json!({"event": "ring"}), "call"),
        (json!({"events": []}), "events"),
    ];
    for (body, field) in bad {
        let reply = api
            .api("POST", "/api/v1/call-events", Some(&body), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(reply["errors"][0]["field"], field, "{reply}");
    }
    // All or none.
    let mixed = json!({"events": [good, {"call": "y", "event": "ring", "extension": "a b"}]});
    api.api("POST", "/api/v1/call-events", Some(&mixed), &[])
        .await
        .expect(422);
    for text in ["[]", "7", "{", "null"] {
        assert_eq!(api.raw("POST", "/api/v1/call-events", text).await.status, 422, "{text}");
    }
    assert_eq!(count(&app, "SELECT count(*) FROM voice_call").await, 0);
    // A token for calls opens this door and no other.
    let user = app.user("pbx", "service").await;
    let narrow = app.narrow_token(user, "call_event").await;
    tell(&narrow, json!({"call": "z", "event": "ring"})).await;
    narrow.get("/api/v1/parties").await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn a_call_nobody_took_waits_until_somebody_called_back() {
    let app = TestApp::boot().await;
    let (_, api) = teller(&app).await;
    let mo = app.user("mo", "service").await;
    let party = customer(&app, "青禾食品", "13800001111").await;
    api.api(
        "PUT",
        &format!("/api/v1/users/{mo}/extension"),
        Some(&json!({"extension": "801", "was": ""})),
        &[],
    )
    .await
    .expect(200);
    tell(
        &api,
        json!({"events": [
        {"call": "m", "event": "ring", "at": at(&app, -600), "number": "13800001111", "extension": "801"},
        {"call": "m", "event": "end", "at": at(&app, -560)}]}),
    )
    .await;
    let waits = "SELECT count(*) FROM inbox_conversation WHERE state = 'open' AND unanswered_since IS NOT NULL";
    assert_eq!(count(&app, waits).await, 1);
    tell(&api, json!({"events": [
        {"call": "b", "event": "ring", "direction": "out", "at": at(&app, -300), "number": "13800001111", "extension": "801"},
        {"call": "b", "event": "answer", "at": at(&app, -290), "extension": "801"},
        {"call": "b", "event": "end", "at": at(&app, -200), "cost": "0.30"}]})).await;
    assert_eq!(count(&app, waits).await, 0, "called back");
    let page = app
        .login("admin")
        .await
        .get(&format!("/parties/{party}/calls"))
        .await
        .expect(200);
    assert!(
        page.body.contains("CA-000001") && page.body.contains("CA-000002"),
        "{}",
        page.body
    );

    // A number that nobody has stands without a customer until somebody says whose it is.
    let said = tell(
        &api,
        json!({"events": [{"call": "u", "event": "ring", "number": "13911112222"}, {"call": "u", "event": "end"}]}),
    )
    .await;
    let id = &said["events"][0]["id"];
    let unknown = call(&api, id).await;
    assert_eq!(unknown["party_id"], Json::Null);
    let tag = format!("\"v{}\"", unknown["version"]);
    api.api(
        "PATCH",
        &format!("/api/v1/calls/{id}"),
        Some(&json!({"party_id": party})),
        &[("if-match", &tag)],
    )
    .await
    .expect(200);
    assert_eq!(
        count(&app, "SELECT count(*) FROM inbox_interaction WHERE party_id IS NULL").await,
        0
    );
    app.stop().await;
}

/// The heads of a signed message.
fn signed(secret: &str, id: &str, seconds: i64, body: &str) -> [(&'static str, String); 3] {
    let key = BASE64.decode(secret.trim_start_matches("whsec_")).unwrap();
    let sum = zhike_web::seal::mac(
        &key,
        &[
            id.as_bytes(),
            b".",
            seconds.to_string().as_bytes(),
            b".",
            body.as_bytes(),
        ],
    );
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{}", BASE64.encode(sum))),
    ]
}

#[tokio::test]
async fn a_signed_message_is_taken_once_and_an_old_or_false_one_never() {
    let app = TestApp::boot().await;
    let (_, api) = teller(&app).await;
    let made = api
        .api("POST", "/api/v1/switchboards", Some(&json!({"name": "Yeastar"})), &[])
        .await
        .expect(201)
        .json();
    let id = made["id"].clone();
    let path = format!("/api/v1/switchboards/{id}/events");
    let secret = api
        .api(
            "PUT",
            &format!("/api/v1/switchboards/{id}/secret"),
            Some(&json!({"version": made["version"], "hook": true})),
            &[],
        )
        .await
        .expect(200)
        .json();
    let secret = secret["secret"].as_str().unwrap().to_owned();
    let nobody = app.anonymous();
    let now = zhike_kernel::Clock::now(app.clock.as_ref()).0 / 1_000_000;
    let body = json!({"call": "w-1", "event": "ring", "number": "13800001111"});
    let send = |heads: [(&'static str, String); 3], body: Json| {
        let (nobody, path) = (nobody.clone(), path.clone());
        async move {
            let heads: Vec<(&str, &str)> = heads.iter().map(|(k, v)| (*k, v.as_str())).collect();
            nobody.api("POST", &path, Some(&body), &heads).await
        }
    };
    let text = body.to_string();
    let good = signed(&secret, "msg_1", now, &text);
    send(good.clone(), body.clone()).await.expect(200);
    let again = send(good.clone(), body.clone()).await.expect(409).json();
    assert_eq!(again["code"], "error-call-hook-replayed");
    // The same told anew is no harm; a changed body, a stranger's key, an old message are refused.
    let fresh = send(signed(&secret, "msg_2", now, &text), body.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(fresh["events"][0]["repeated"], true);
    let changed = json!({"call": "w-1", "event": "end"});
    assert_eq!(
        send(good, changed.clone()).await.expect(401).json()["code"],
        "error-call-hook-signature"
    );
    let other = format!("whsec_{}", BASE64.encode([7_u8; 24]));
    send(signed(&other, "msg_3", now, &text), body.clone())
        .await
        .expect(401);
    let old = send(signed(&secret, "msg_4", now - 400, &text), body.clone())
        .await
        .expect(401)
        .json();
    assert_eq!(old["code"], "error-call-hook-time");
    nobody.api("POST", &path, Some(&body), &[]).await.expect(401);
    // Another switchboard's calls are its own, and the page tells how this one stands.
    let page = app
        .login("admin")
        .await
        .get(&format!("/switchboards/{id}"))
        .await
        .expect(200);
    assert!(page.body.contains("Well"), "{}", page.body);
    assert!(!page.body.contains(&secret), "the secret stands nowhere");
    assert_eq!(count(&app, "SELECT count(*) FROM voice_call").await, 1);
    let off = call_off(&api, &id).await;
    assert_eq!(
        send(signed(&secret, "msg_5", now, &text), body).await.status,
        404,
        "{off}"
    );
    app.stop().await;
}

async fn call_off(api: &Client, id: &Json) -> Json {
    let path = format!("/api/v1/switchboards/{id}");
    let now = api.get(&path).await.expect(200).json();
    let tag = format!("\"v{}\"", now["version"]);
    api.api("PATCH", &path, Some(&json!({"active": false})), &[("if-match", &tag)])
        .await
        .expect(200)
        .json()
}

#[tokio::test]
async fn who_calls_is_shown_to_whom_it_rings_for() {
    let app = TestApp::boot().await;
    let (_, api) = teller(&app).await;
    app.user("mo", "service").await;
    let lin = app.user("lin", "salesperson").await;
    let party = customer(&app, "青禾食品", "13800001111").await;
    app.make("case", &[("subject", "读数漂移".into()), ("party_id", party.into())])
        .await;
    let mo = app.login("mo").await;
    // Without a telephone nothing rings, and the page asks seldom.
    let quiet = mo.get("/calls/ringing").await.expect(204);
    assert_eq!(quiet.header("x-again"), Some("60"));
    mo.post("/me/telephone", &[("extension", "801"), ("was", "")])
        .await
        .expect(303);
    let taken = app
        .login("lin")
        .await
        .post_fragment("/me/telephone", &[("extension", "801"), ("was", "")])
        .await;
    assert_eq!(taken.status, 422, "{}", taken.body);
    assert_eq!(mo.get("/calls/ringing").await.expect(204).header("x-again"), Some("2"));

    tell(
        &api,
        json!({"call": "r", "event": "ring", "number": "13800001111", "extension": "801"}),
    )
    .await;
    let ring = mo.get("/calls/ringing").await.expect(200);
    assert!(
        ring.body.contains("青禾食品") && ring.body.contains("读数漂移") && ring.body.contains("Incoming call"),
        "{}",
        ring.body
    );
    let tag = ring.header("etag").unwrap().to_owned();
    let same = mo.api("GET", "/calls/ringing", None, &[("if-none-match", &tag)]).await;
    assert_eq!(same.status, 304);
    let zh = app.login_zh("mo").await.get("/calls/ringing").await.expect(200);
    assert!(zh.body.contains("来电") && zh.body.contains("未结案"), "{}", zh.body);
    // It rings on a desk whose owner does not see this customer: whose it is, not who.
    app.login("lin")
        .await
        .post("/me/telephone", &[("extension", "802"), ("was", "")])
        .await
        .expect(303);
    tell(&api, json!({"call": "r", "event": "ring", "extension": "802"})).await;
    let other = app.login("lin").await.get("/calls/ringing").await.expect(200);
    assert!(
        other.body.contains("A customer of a colleague") && !other.body.contains("青禾食品"),
        "{}",
        other.body
    );
    // Somebody took it: the others' corners are empty, and theirs is on the line.
    tell(&api, json!({"call": "r", "event": "answer", "extension": "801"})).await;
    app.login("lin").await.get("/calls/ringing").await.expect(204);
    assert!(mo.get("/calls/ringing").await.expect(200).body.contains("On the line"));
    tell(&api, json!({"call": "r", "event": "end"})).await;
    assert!(mo.get("/calls/ringing").await.expect(200).body.contains("Call ended"));
    app.advance_seconds(120);
    mo.get("/calls/ringing").await.expect(204);
    // A telephone that a switchboard forgot does not ring for ever.
    tell(&api, json!({"call": "f", "event": "ring", "extension": "802"})).await;
    app.advance_seconds(600);
    app.login("lin").await.get("/calls/ringing").await.expect(204);
    assert!(lin > 0);
    app.stop().await;
}

/// A second of a tone after a second of silence, as G.711.
fn sound() -> Vec<u8> {
    let data: Vec<u8> = (0..16_000_u32)
        .map(|i| if i < 8_000 || i % 8 < 4 { 0xFF } else { 0x10 })
        .collect();
    let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data".to_vec();
    out.extend_from_slice(&16_000_u32.to_le_bytes());
    out.extend_from_slice(&data);
    out
}

#[tokio::test]
async fn a_recording_is_kept_drawn_played_in_parts_and_every_listening_is_written_down() {
    let app = TestApp::boot().await;
    let (_, api) = teller(&app).await;
    let party = customer(&app, "青禾食品", "13800001111").await;
    // The recording comes before the call is told of, and twice.
    let audio = BASE64.encode(sound());
    let record = json!({"call": "r-1", "event": "recording", "audio": audio});
    tell(&api, record.clone()).await;
    let said = tell(&api, json!({"events": [{"call": "r-1", "event": "ring", "number": "13800001111"}, {"call": "r-1", "event": "end"}, record]})).await;
    assert_eq!(said["events"][2]["repeated"], true);
    let id = said["events"][0]["id"].clone();
    assert_eq!(call(&api, &id).await["recorded"], true);
    for (audio, code) in [
        ("UklGRg==", "error-recording-no-wav"),
        ("***", "error-recording-no-wav"),
    ] {
        let bad = json!({"call": "r-1", "event": "recording", "audio": audio});
        let reply = api
            .api("POST", "/api/v1/call-events", Some(&bad), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(reply["errors"][0]["code"], code, "{reply}");
    }
    let clerk = app.user("mo", "service").await;
    let mo = app.login("mo").await;
    let page = mo.get(&format!("/calls/{id}")).await.expect(200);
    assert!(
        page.body.contains("data-player") && page.body.matches("<rect").count() == 160,
        "{}",
        page.body
    );
    let list = api
        .get(&format!("/api/v1/calls/{id}/recordings"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&list["data"][0]["seconds"], &list["data"][0]["size"]),
        (&json!(2), &json!(16_044))
    );
    let heard = "SELECT count(*) FROM event WHERE kind = 'call.listened.v1'";
    assert_eq!(count(&app, heard).await, 0, "to look is not to listen");

    // Played piece by piece: one listening; later, another.
    let path = format!("/recordings/{}", list["data"][0]["id"]);
    let part = mo.api("GET", &path, None, &[("range", "bytes=0-99")]).await;
    assert_eq!(
        (part.status, part.header("content-range"), part.header("content-type")),
        (206, Some("bytes 0-99/16044"), Some("audio/wav"))
    );
    mo.api("GET", &path, None, &[("range", "bytes=8000-")])
        .await
        .expect(206);
    assert_eq!(count(&app, heard).await, 1);
    app.advance_seconds(3_600);
    mo.get(&path).await.expect(200);
    assert_eq!(count(&app, heard).await, 2);
    let by = format!(
        "SELECT count(*) FROM event WHERE kind = 'call.listened.v1' AND user_id = {clerk} AND party_id = {party}"
    );
    assert_eq!(count(&app, &by).await, 2);
    // Who may not listen does not; whose customer it is not does not either; nobody passes by the file store.
    app.user("su", "analyst").await;
    app.login("su").await.get(&path).await.expect(403);
    app.user("lin", "salesperson").await;
    app.login("lin").await.get(&path).await.expect(404);
    app.anonymous().get(&path).await.expect(303);
    mo.api("DELETE", &format!("/api/v1{path}"), None, &[]).await.expect(403);

    // Kept for so many days, then deleted in the night, with its bytes and an event.
    let now = api.get("/api/v1/voice/settings").await.expect(200).json();
    let set = |days: i64| json!({"version": now["version"], "keep_days": days});
    api.api("PUT", "/api/v1/voice/settings", Some(&set(0)), &[])
        .await
        .expect(422);
    api.api("PUT", "/api/v1/voice/settings", Some(&set(30)), &[])
        .await
        .expect(200);
    api.api("PUT", "/api/v1/voice/settings", Some(&set(30)), &[])
        .await
        .expect(409);
    app.advance_seconds(31 * 86_400);
    app.run_jobs().await;
    // The night after.
    app.advance_seconds(86_400);
    app.run_jobs().await;
    let mo = app.login("mo").await;
    mo.get(&path).await.expect(404);
    let page = mo.get(&format!("/calls/{id}")).await.expect(200);
    assert!(page.body.contains("A recording was deleted"), "{}", page.body);
    assert_eq!(
        count(
            &app,
            "SELECT count(*) FROM event WHERE kind = 'call.recording_removed.v1'"
        )
        .await,
        1
    );
    assert_eq!(count(&app, "SELECT count(*) FROM voice_recording WHERE gone").await, 1);
    let left: Vec<_> = walk(&app.data.join("files"));
    assert!(left.is_empty(), "the bytes are gone: {left:?}");
    app.stop().await;
}

/// Files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![];
    };
    entries
        .flatten()
        .flat_map(|e| {
            if e.path().is_dir() {
                walk(&e.path())
            } else {
                vec![e.path()]
            }
        })
        .collect()
}
