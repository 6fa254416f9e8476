//! The telephone in the page: who calls stands in a corner without taking the focus, its note is written by keys; a call list is
//! worked by keys alone.

use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};

async fn tell(api: &zhike_testkit::Client, body: serde_json::Value) {
    api.api("POST", "/api/v1/call-events", Some(&body), &[])
        .await
        .expect(200);
}

async fn customer(app: &TestApp, name: &str, phone: &str) -> i64 {
    let values = [
        ("name", name.into()),
        ("phone", phone.into()),
        ("kind", "organisation".into()),
    ];
    app.make("party", &values).await
}

#[tokio::test]
async fn who_calls_stands_in_the_corner_and_the_focus_stays() {
    for (language, width, incoming) in [("zh-CN", 1440, "来电"), ("en", 390, "Incoming call")] {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "administrator").await;
        let api = app.token(boss, false).await;
        let mo = app.user("mo", "service").await;
        customer(&app, "青禾食品", "13800001111").await;
        let set = json!({"extension": "801", "was": ""});
        api.api("PUT", &format!("/api/v1/users/{mo}/extension"), Some(&set), &[])
            .await
            .expect(200);
        let b = Browser::open(&app.url, width, 900, language).await;
        b.sign_in("mo").await;
        b.goto("/parties/new").await;
        b.fill("[name=name]", "正在录入").await;
        tell(
            &api,
            json!({"call": "b-1", "event": "ring", "number": "13800001111", "extension": "801"}),
        )
        .await;
        b.until("return !!document.querySelector('.ring')").await;
        let text = b.text(".ring").await;
        assert!(text.contains(incoming) && text.contains("青禾食品"), "{text}");
        assert_eq!(
            b.script("return document.activeElement.name").await,
            "name",
            "the focus stays"
        );
        assert_eq!(b.script("return document.activeElement.value").await, "正在录入");
        b.assert_fits().await;
        b.shot(&format!("ring-{language}-{width}")).await;
        // The key works once one is not typing; the note is kept.
        tell(&api, json!({"call": "b-1", "event": "answer", "extension": "801"})).await;
        b.until("return !!document.querySelector('.ring.talking')").await;
        b.script("document.activeElement.blur(); document.querySelector('[name=name]').value = ''")
            .await;
        b.keys("n").await;
        b.until("return location.pathname.startsWith('/calls/')").await;
        b.fill("#note-text", "证书已寄出").await;
        b.click("#note button[type=submit]").await;
        b.until("return document.readyState === 'complete' && (document.querySelector('#note-text') || {}).value === '证书已寄出'").await;
        tell(&api, json!({"call": "b-1", "event": "end"})).await;
        let kept = api.get("/api/v1/calls").await.expect(200).json();
        let call = api
            .get(&format!("/api/v1/calls/{}", kept["data"][0]["id"]))
            .await
            .expect(200)
            .json();
        assert_eq!(call["note"], "证书已寄出");
        assert_eq!(b.console_errors().await, Vec::<String>::new());
        b.close().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn a_call_list_is_worked_by_keys() {
    for (language, width) in [("en", 1440), ("zh-CN", 390)] {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "administrator").await;
        let api = app.token(boss, false).await;
        app.user("lin", "manager").await;
        let mut parties = vec![];
        for (i, name) in ["青禾食品", "东湖制药", "北岸化工"].iter().enumerate() {
            parties.push(customer(&app, name, &format!("1380000111{i}")).await);
        }
        let list = api
            .api(
                "POST",
                "/api/v1/call-lists",
                Some(&json!({"name": "回访", "class": "service", "owner_id": boss})),
                &[],
            )
            .await
            .expect(201)
            .json();
        let id = list["id"].clone();
        api.api(
            "POST",
            &format!("/api/v1/call-lists/{id}/add"),
            Some(&json!({"parties": parties})),
            &[],
        )
        .await
        .expect(200);
        let b = Browser::open(&app.url, width, 900, language).await;
        b.sign_in("boss").await;
        b.goto(&format!("/call-lists/{id}")).await;
        b.wait("[data-press=n]").await;
        b.keys("n").await;
        b.wait("#call-now").await;
        assert!(b.text("main").await.contains("青禾食品"));
        b.assert_fits().await;
        // The call, a note, and what came of it: one key each.
        b.keys("d").await;
        b.wait("[data-keys]").await;
        b.keys("t").await;
        b.until("return document.activeElement.name === 'note'").await;
        b.keys("下周二上门").await;
        b.keys("\u{e00c}").await;
        b.until("return document.activeElement.name !== 'note'").await;
        b.shot(&format!("call-list-{language}-{width}")).await;
        b.assert_fits().await;
        b.keys("1").await;
        b.until("return document.body.innerText.includes('东湖制药') && !!document.querySelector('#call-now')")
            .await;
        // Taken back: the first one stands there again, its note gone from the record.
        b.wait("[data-press=u]").await;
        b.keys("u").await;
        b.until("return document.body.innerText.includes('青禾食品') && !!document.querySelector('[data-keys]')")
            .await;
        b.keys("2").await;
        b.until("return document.body.innerText.includes('东湖制药') && !!document.querySelector('#call-now')")
            .await;
        b.keys("d").await;
        b.wait("[data-keys]").await;
        b.keys("4").await;
        b.until("return document.body.innerText.includes('北岸化工') && !!document.querySelector('#call-now')")
            .await;
        let closed = api.get("/api/v1/opt-outs").await.expect(200).json();
        assert_eq!(closed["data"].as_array().map(Vec::len), Some(1), "{closed}");
        assert_eq!(b.console_errors().await, Vec::<String>::new());
        b.close().await;
        app.stop().await;
    }
}
