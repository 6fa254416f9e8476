//! The contact report: counts by channel, direction and month, cost by the rates of the day, who was contacted most and who asked
//! for less; only what the reader may see.

use serde_json::json;
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::Value;
use zhike_testkit::TestApp;

async fn contact(app: &TestApp, party: i64, channel: Channel, outgoing: bool, days_ago: i64, minutes: i64) {
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let new = NewInteraction {
        channel,
        outgoing,
        at: ctx.now().plus_seconds(-days_ago * 86_400),
        party: Some(party),
        address: String::new(),
        subject: "x".into(),
        body: "x".into(),
        record: None,
        message: None,
        user: None,
        seconds: (minutes > 0).then_some(minutes * 60),
        key: None,
    };
    zhike_inbox::port().note(&ctx, &tx, &new).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn contacts_are_counted_and_cost_what_held_on_their_day() {
    // The house's day is 2026-06-30.
    let app = TestApp::boot().await;
    let user = app.user("second", "administrator").await;
    let api = app.token(user, false).await;
    let zh = app.login_zh("admin").await;
    assert!(
        zh.get("/contacts/report")
            .await
            .expect(200)
            .body
            .contains("这段时间没有联系记录")
    );
    let rep = app.user("rep", "salesperson").await;
    let own = app
        .make("party", &[("name", "青禾食品".into()), ("owner_id", Value::from(rep))])
        .await;
    let other = app.make("party", &[("name", "山海物流".into())]).await;
    for (from, contact, minute) in [("2026-01-01", "1.00", "0.50"), ("2026-06-20", "2.00", "")] {
        let body = json!({"channel": "phone", "from_on": from, "contact": contact, "minute": minute});
        api.api("POST", "/api/v1/contact-rates", Some(&body), &[])
            .await
            .expect(201);
    }
    let twice = json!({"channel": "phone", "from_on": "2026-06-20", "contact": "3.00"});
    let reply = api
        .api("POST", "/api/v1/contact-rates", Some(&twice), &[])
        .await
        .expect(422)
        .json();
    assert_eq!(reply["errors"][0]["field"], "from_on", "{reply}");
    let less = json!({"channel": "sms", "from_on": "2026-06-20", "contact": "-1.00"});
    api.api("POST", "/api/v1/contact-rates", Some(&less), &[])
        .await
        .expect(422);

    contact(&app, own, Channel::Phone, true, 20, 10).await;
    contact(&app, own, Channel::Phone, true, 1, 10).await;
    contact(&app, own, Channel::Phone, false, 1, 0).await;
    contact(&app, own, Channel::Sms, true, 2, 0).await;
    contact(&app, other, Channel::Sms, true, 60, 0).await;
    let path = "/api/v1/contacts/report";
    let told = api.get(path).await.expect(200).json();
    let sum = &told["sum"];
    // 1.00 + 10 × 0.50 on the tenth, 2 × 2.00 on the twenty-ninth; text messages have no rate.
    assert_eq!(
        (
            sum["out"].as_i64(),
            sum["in"].as_i64(),
            sum["cost"].as_i64(),
            sum["rated"].as_i64()
        ),
        (Some(4), Some(1), Some(1_000), Some(3)),
        "{told}"
    );
    assert_eq!(
        (sum["minutes"].as_i64(), sum["cost_each"].as_i64()),
        (Some(20), Some(333))
    );
    let june = |channel: &str| {
        told["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|i| i["month"] == "2026-06" && i["channel"] == channel)
            .cloned()
    };
    assert_eq!(june("sms").unwrap()["out"], 1);
    assert_eq!(june("sms").unwrap()["cost"], json!(null), "no rate is no nought");
    assert_eq!(told["customers"][0]["party_id"], own);
    assert_eq!(told["customers"][0]["out"], 3);
    assert_eq!(told["asked_for_less"].as_array().unwrap().len(), 0);

    // Who asked for at most two a month had three in this one.
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    zhike_consent::state_wishes(
        &ctx,
        &tx,
        own,
        json!({"caps": [{"most": 2, "per": "month"}]}),
        "customer",
        "",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let told = api.get(path).await.expect(200).json();
    let often = &told["asked_for_less"][0];
    assert_eq!(
        (
            often["party_id"].as_i64(),
            often["had"].as_i64(),
            often["most"].as_i64()
        ),
        (Some(own), Some(3), Some(2)),
        "{told}"
    );

    // The page, its links, the file.
    let page = zh.get("/contacts/report").await.expect(200).body;
    for words in ["青禾食品", "每月最多", "2026-06", "未设单价", "10.00"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let link = page
        .split("href=\"/interactions?")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    zh.get(&format!("/interactions?{link}")).await.expect(200);
    let file = zh.get("/contacts/report/export").await.expect(200);
    assert!(file.body.contains("2026-06,phone,out,2,20,8.00,CNY"), "{}", file.body);
    zh.get("/contacts/report?from=2026-06-30&to=2026-06-01")
        .await
        .expect(422);
    zh.get("/contacts/report?from=soon").await.expect(422);
    let narrow = api
        .get(&format!("{path}?from=2026-06-25&to=2026-06-30"))
        .await
        .expect(200)
        .json();
    assert_eq!(narrow["sum"]["out"], 2);

    // A salesperson counts what they see; an analyst sees no contacts.
    let mine = app.token(rep, false).await;
    let told = mine.get(path).await.expect(200).json();
    assert_eq!(
        (told["sum"]["out"].as_i64(), told["customers"].as_array().unwrap().len()),
        (Some(3), 1),
        "{told}"
    );
    app.user("look", "analyst").await;
    app.login("look").await.get("/contacts/report").await.expect(403);
    let service = app.user("serve", "service").await;
    app.token(service, false)
        .await
        .api("POST", "/api/v1/contact-rates", Some(&twice), &[])
        .await
        .expect(403);
    app.stop().await;
}
