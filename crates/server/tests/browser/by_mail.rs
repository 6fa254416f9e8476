//! A complaint by letter, through real mail servers: it comes in by itself, is acknowledged, solved and told by letter; the
//! customer opens the link of the letter, is not satisfied, and after the second letter is.

use serde_json::{Value as Json, json};
use zhike_testkit::{
    Client, TestApp,
    browser::Browser,
    mail::{MailServers, PASSWORD},
};

async fn act(api: &Client, case: i64, what: &str, mut body: Json) -> Json {
    let path = format!("/api/v1/cases/{case}");
    body["version"] = api.get(&path).await.expect(200).json()["version"].clone();
    api.api("POST", &format!("{path}/act/{what}"), Some(&body), &[])
        .await
        .expect(200)
        .json()
}

/// The words of a letter as the customer reads them.
fn words(letter: &[u8]) -> String {
    zhike_mail::read(letter).expect("a letter").text
}

/// The address that stands in a letter, as a path of this house.
fn link(letter: &[u8], url: &str) -> String {
    let text = words(letter);
    let at = text.find(url).unwrap_or_else(|| panic!("no link in {text}"));
    let rest = text.get(at + url.len()..).unwrap_or("");
    rest.split_whitespace().next().unwrap_or("").to_owned()
}

#[tokio::test]
async fn a_complaint_comes_by_letter_and_ends_with_the_customers_word() {
    let servers = MailServers::start(&["service", "li"]);
    let app = TestApp::boot().await;
    let boss = app.user("boss", "administrator").await;
    let api = app.token(boss, false).await;
    app.user("mo", "service").await;
    let mailbox = servers.mailbox("service", "complaint");
    let made = api
        .api("POST", "/api/v1/mailboxes", Some(&mailbox), &[])
        .await
        .expect(201)
        .json();
    let secrets = json!({"imap": PASSWORD, "version": made["version"]});
    let path = format!("/api/v1/mailboxes/{}", made["id"]);
    api.api("PUT", &format!("{path}/secrets"), Some(&secrets), &[])
        .await
        .expect(200);
    let settings = api.get("/api/v1/service/settings").await.expect(200).json();
    let address = json!({"version": settings["version"], "address": app.url});
    api.api("PUT", "/api/v1/service/settings", Some(&address), &[])
        .await
        .expect(200);

    // The letter: nobody enters anything.
    let letter = "From: =?UTF-8?B?5p2O6Zu3?= <li@example.test>\r\nTo: service@example.test\r\nSubject: =?UTF-8?B?5rWB6YeP6K6h6K+75pWw5ryC56e7?=\r\n\
        Message-ID: <first@example.test>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n三号线停了两个批次，请马上处理。\r\n";
    servers.post("li@example.test", "service@example.test", letter.as_bytes());
    servers.letters("service", 1);
    api.api("POST", &format!("{path}/fetch"), None, &[]).await.expect(200);
    app.run_jobs().await;
    let cases = api.get("/api/v1/cases").await.expect(200).json();
    let case = cases["data"][0]["id"]
        .as_i64()
        .unwrap_or_else(|| panic!("no case: {cases}"));
    let thanks = words(&servers.letters("li", 1)[0]);
    assert!(
        thanks.contains(&app.url),
        "the acknowledgement names where it stands: {thanks}"
    );

    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("mo").await;
    b.goto(&format!("/cases/{case}")).await;
    let page = b.text("main").await;
    assert!(page.contains("流量计读数漂移") && page.contains("李雷"), "{page}");
    b.shot("by-mail-case-zh-1440").await;

    for (round, solution, verdict) in [
        (1, "工程师今天上门重新标定。", "unsatisfied"),
        (2, "更换传感器。", "satisfied"),
    ] {
        if round == 1 {
            act(&api, case, "complete", json!({"fields": {"facts": "现场已看"}})).await;
        }
        act(
            &api,
            case,
            "solution",
            json!({"cause_id": 1, "solution": solution, "done": true}),
        )
        .await;
        act(&api, case, "tell", json!({"channel": "email"})).await;
        app.run_jobs().await;
        let letters = servers.letters("li", 1 + round);
        let told = letters
            .iter()
            .find(|l| words(l).contains(solution))
            .unwrap_or_else(|| panic!("round {round} is not told: {}", servers.log()));
        let link = link(told, &app.url);
        let c = Browser::open(&app.url, 390, 844, "zh-CN").await;
        c.goto(&link).await;
        assert!(c.text("main").await.contains("您对处理结果满意吗"));
        c.assert_fits().await;
        if verdict == "unsatisfied" {
            c.fill("textarea[name=words]", "第二天又漂了").await;
        }
        c.click(&format!("button[value={verdict}]")).await;
        let said = if round == 1 {
            "正在优先重新处理"
        } else {
            "您已表示满意"
        };
        c.until(&format!("return document.body.innerText.includes('{said}')"))
            .await;
        assert_eq!(c.console_errors().await, Vec::<String>::new());
        c.close().await;
        app.run_jobs().await;
    }
    b.goto(&format!("/cases/{case}")).await;
    let page = b.text("main").await;
    assert!(page.contains("客户满意") && page.contains("第二天又漂了"), "{page}");
    b.shot("by-mail-closed-zh-1440").await;
    // All of it stands in one conversation.
    let talks = api.get("/api/v1/conversations").await.expect(200).json();
    assert_eq!(talks["data"].as_array().map(Vec::len), Some(1), "{talks}");
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    app.stop().await;
}
