//! Text messages as an administrator and whoever answers see them: an account is set up by hand and tried, a customer's message
//! stands in the inbox and is answered by the way it came.

use crate::messenger::Messenger;
use serde_json::json;
use zhike_testkit::{TestApp, browser::Browser};

#[tokio::test]
async fn an_account_is_set_up_tried_and_used() {
    for (language, width, gone) in [("zh-CN", 1440, "p-1"), ("en", 390, "p-1")] {
        let peer = Messenger::open().await;
        let app = TestApp::boot_with(|c| c.private_calls = true).await;
        app.user("boss", "administrator").await;
        let values = [("name", "青禾食品".into()), ("phone", "13800001234".into())];
        app.make("party", &values).await;
        let b = Browser::open(&app.url, width, 900, language).await;
        b.sign_in("boss").await;

        // Made, and set up on the tab that it opens with.
        b.goto("/channels/new").await;
        b.fill("[name=name]", "短信通道").await;
        b.click("main form button[type=submit].primary").await;
        b.until("return /^\\/channels\\/\\d+$/.test(location.pathname)").await;
        let account = b.path().await;
        b.fill("[name=set-url]", &format!("{}/sms", peer.url)).await;
        b.fill("[name=set-headers]", "Authorization: Bearer {secret}").await;
        b.fill("[name=set-secret]", "key-of-the-provider").await;
        // What cannot work is said at its field, and nothing that was typed is lost.
        b.fill("[name=set-body]", "{\"to\":\"{to}\",\"text\":{text}}").await;
        b.assert_fits().await;
        b.shot(&format!("channel-setup-{language}-{width}")).await;
        b.fill(
            "[name=set-body]",
            "{\"to\":\"{to}\",\"text\":\"{text}\",\"ref\":\"{id}\"}",
        )
        .await;
        b.fill("[name=set-good_at]", "/code").await;
        b.fill("[name=set-good_is]", "0").await;
        b.fill("[name=set-id_at]", "/data/id").await;
        b.script("document.querySelector('[name=set-proof]').value = 'address'")
            .await;
        b.click("form[action$='/setup'] button[type=submit]").await;
        b.until("return document.readyState === 'complete' && !!document.querySelector('[data-open=channel-test]')")
            .await;
        let kept = b
            .script("return document.querySelector('[name=set-secret]').value")
            .await;
        assert_eq!(kept, "", "a secret is never shown again");

        // Tried before it is used.
        b.script("document.querySelector('[data-open=channel-test]').click()")
            .await;
        b.fill("#channel-test [name=to]", "13900005678").await;
        b.click("#channel-test button[type=submit]").await;
        b.until(&format!(
            "return document.querySelector('#toasts')?.innerText.includes('{gone}')"
        ))
        .await;
        assert_eq!(peer.at("/sms").len(), 1);
        b.goto(&format!("{account}/edit")).await;
        b.script("const c = document.querySelector('main form [name=active]'); if (c.type === 'checkbox') c.checked = true; else c.value = 'yes'")
            .await;
        b.click("main form button[type=submit].primary").await;
        b.until(&format!("return location.pathname === '{account}'")).await;
        b.assert_fits().await;
        b.shot(&format!("channel-account-{language}-{width}")).await;

        // A customer writes.
        let hook = b
            .script("return [...document.querySelectorAll('code')].map(c => c.innerText).find(t => t.includes('/channel-hooks/'))")
            .await;
        let hook = hook.as_str().unwrap();
        let hook = &hook[hook.find("/api/").unwrap()..];
        let said = json!({"from": "+8613800001234", "text": "机器坏了，请来人", "id": "in-1"});
        app.anonymous().api("POST", hook, Some(&said), &[]).await.expect(200);
        b.goto("/inbox").await;
        let inbox = b.text("main").await;
        assert!(inbox.contains("机器坏了，请来人"), "{inbox}");
        b.assert_fits().await;
        b.shot(&format!("channel-inbox-{language}-{width}")).await;
        b.click("main a[href^='/conversations/']").await;
        b.until("return location.pathname.startsWith('/conversations/') && !!document.querySelector('[name=body]')")
            .await;
        let way = b
            .script("return document.querySelector('form[action$=\"/reply\"] [name=channel]').value")
            .await;
        assert_eq!(way, "sms", "it is answered the way it came");
        b.fill("form[action$='/reply'] [name=body]", "明天上午来修。").await;
        b.click("form[action$='/reply'] button[type=submit]").await;
        b.until("return document.readyState === 'complete' && document.querySelector('form[action$=\"/reply\"] [name=body]')?.value === ''")
            .await;
        app.run_jobs().await;
        let sent = peer.at("/sms");
        assert_eq!(
            (sent.len(), sent[1].json()["text"].as_str()),
            (2, Some("明天上午来修。"))
        );
        let talk = b.path().await;
        b.goto(&talk).await;
        assert!(b.text("main").await.contains("明天上午来修。"));
        b.shot(&format!("channel-talk-{language}-{width}")).await;
        assert_eq!(b.console_errors().await, Vec::<String>::new());
        b.close().await;
        app.stop().await;
    }
}
