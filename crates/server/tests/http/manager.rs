//! An Asterisk behind its manager: its events become calls, calls are dialled once the gate allowed them, and the page says how
//! it stands.

use serde_json::{Value as Json, json};
use std::time::Duration;
use zhike_testkit::{
    Client, TestApp,
    ami::{Ami, LOGIN},
};

async fn until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

async fn set_password(api: &Client, id: &Json, password: &str) {
    let path = format!("/api/v1/switchboards/{id}");
    let now = api.get(&path).await.expect(200).json();
    let body = json!({"version": now["version"], "password": password});
    api.api("PUT", &format!("{path}/secret"), Some(&body), &[])
        .await
        .expect(200);
}

#[tokio::test]
async fn an_asterisk_tells_of_calls_and_dials() {
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    let values = [
        ("name", "青禾食品".into()),
        ("phone", "138 0000 1111".into()),
        ("kind", "organisation".into()),
    ];
    let party = app.make("party", &values).await;
    api.api(
        "PUT",
        "/api/v1/me/extension",
        Some(&json!({"extension": "801", "was": ""})),
        &[],
    )
    .await
    .expect(200);
    let asterisk = Ami::start().await;
    for (field, value) in [
        ("host", json!("a b")),
        ("port", json!(0)),
        ("channel", json!("PJSIP/801")),
        ("context", json!("x\r\nAction: y")),
    ] {
        let mut body = json!({"name": "x", "kind": "ami", "host": "127.0.0.1"});
        body[field] = value;
        let reply = api
            .api("POST", "/api/v1/switchboards", Some(&body), &[])
            .await
            .expect(422)
            .json();
        assert_eq!(reply["errors"][0]["field"], field, "{reply}");
    }
    let body = json!({"name": "Asterisk", "kind": "ami", "host": "127.0.0.1", "port": asterisk.port, "login": LOGIN.0, "trunk": "9{number}"});
    let board = api
        .api("POST", "/api/v1/switchboards", Some(&body), &[])
        .await
        .expect(201)
        .json();
    set_password(&api, &board["id"], "wrong").await;
    let ports = zhike_voice::Ports {
        gate: zhike_consent::gate(),
        interactions: zhike_inbox::port(),
        complaints: zhike_service::complaints(zhike_party::port()),
    };
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let (service, house) = (zhike_voice::manager(&ports), app.app.house.clone());
    let task = tokio::spawn(async move { service.serve(house, stopped).await });
    let page = app.login("boss").await;
    let path = format!("/switchboards/{}", board["id"]);
    until("the wrong password is told", async || {
        page.get(&path).await.expect(200).body.contains("Login refused")
    })
    .await;
    set_password(&api, &board["id"], LOGIN.1).await;
    until("it is well", async || {
        page.get(&path).await.expect(200).body.contains("Well")
    })
    .await;

    asterisk.tell(
        "Event: Newchannel|Channel: PJSIP/trunk-1|CallerIDNum: 13800001111|Exten: 8000|Uniqueid: 7.1|Linkedid: 7.1",
    );
    asterisk
        .tell("Event: DialBegin|Channel: PJSIP/trunk-1|DestChannel: PJSIP/801-00000002|Uniqueid: 7.1|Linkedid: 7.1");
    until("who calls is shown", async || {
        page.get("/calls/ringing").await.body.contains("青禾食品")
    })
    .await;
    asterisk.tell("Event: DialEnd|DestChannel: PJSIP/801-00000002|DialStatus: ANSWER|Linkedid: 7.1");
    asterisk.tell("Event: Hangup|Channel: PJSIP/trunk-1|Uniqueid: 7.1|Linkedid: 7.1");
    until("the call has ended", async || {
        let all = api.get("/api/v1/calls").await.expect(200).json();
        all["data"][0]["status"] == "ended"
            && all["data"][0]["result"] == "answered"
            && all["data"][0]["party_id"] == party
    })
    .await;

    // A call that was asked for: the gate first, then the own telephone, then theirs.
    let dial = json!({"party": party});
    let said = api
        .api("POST", "/api/v1/calls/dial", Some(&dial), &[])
        .await
        .expect(200)
        .json();
    assert_eq!(said["dials"], true, "{said}");
    until("it is dialled", async || asterisk.actions("Originate").len() == 1).await;
    let action = asterisk.actions("Originate").remove(0);
    assert!(
        action.contains("Channel: PJSIP/801\n") && action.contains("Exten: 913800001111\n"),
        "{action}"
    );
    let refused = json!({"party": party, "class": "promotion"});
    let said = api
        .api("POST", "/api/v1/calls/dial", Some(&refused), &[])
        .await
        .expect(409)
        .json();
    assert!(!said["reasons"].as_array().unwrap().is_empty(), "{said}");
    assert_eq!(asterisk.actions("Originate").len(), 1);

    // The line is cut: it comes back by itself.
    let before = asterisk.actions("Login").len();
    asterisk.cut();
    until("it is connected again", async || {
        asterisk.actions("Login").len() > before
    })
    .await;
    let _ = stop.send(true);
    let _ = task.await;
    app.stop().await;
}
