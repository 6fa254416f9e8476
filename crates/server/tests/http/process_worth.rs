//! What a process is worth: counted from its cases and their steps, judged by rule, decided by people.

use crate::service::Desk;
use serde_json::json;

#[tokio::test]
async fn what_a_process_is_worth_is_counted_judged_and_decided() {
    let d = Desk::open().await;
    let customer = d.app.anonymous();
    for n in 0..12 {
        let id = d.case(json!({})).await;
        d.told(id, "好").await;
        let verdict = if n < 10 { "satisfied" } else { "unsatisfied" };
        let link = d.link(id).await;
        customer
            .post(&format!("{link}/verdict"), &[("round", "1"), ("verdict", verdict)])
            .await
            .expect(303);
    }
    let told = d.boss.get("/api/v1/service/process-value").await.expect(200).json();
    let one = told["items"][0].clone();
    assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(
        json!([one["cases"], one["open"], one["satisfied"], one["rework"], one["late"]]),
        json!([12, 2, 10, 2, 0]),
        "{one}"
    );
    // 10 of 12 answers, 2 of 10 ended ones: kept by rule.
    assert_eq!((&one["judgement"], &one["why"]), (&json!("keep"), &json!(["well"])));
    assert!(one["decision"].is_null());

    // The steps as they were taken: whoever was not satisfied went through the first one again.
    let path = format!("/api/v1/service/process-value/{}", one["process_id"]);
    let whole = d.boss.get(&path).await.expect(200).json();
    let steps = whole["steps"].as_array().unwrap();
    assert_eq!(
        steps.iter().map(|s| s["again"].as_i64().unwrap()).max(),
        Some(2),
        "{whole}"
    );
    let ways = whole["ways"].as_array().unwrap();
    assert_eq!(
        (&ways[0]["cases"], &ways[0]["satisfied"]),
        (&json!(10), &json!(10)),
        "{whole}"
    );
    assert_eq!(ways.iter().map(|w| w["cases"].as_i64().unwrap()).sum::<i64>(), 12);

    // A decision has a reason, and is kept with its author.
    let decide = format!("{path}/decision");
    let say = async |body: serde_json::Value, status: u16| {
        d.boss
            .api("POST", &decide, Some(&body), &[])
            .await
            .expect(status)
            .json()
    };
    let no = say(json!({"decision": "change", "note": " "}), 422).await;
    assert_eq!(no["errors"][0]["field"], "note", "{no}");
    say(json!({"decision": "burn", "note": "x"}), 422).await;
    let said = say(json!({"decision": "change", "note": "先联系再判断"}), 200).await;
    assert_eq!(
        (&said["decision"]["decision"], &said["decision"]["note"]),
        (&json!("change"), &json!("先联系再判断")),
        "{said}"
    );
    let missing = json!({"decision": "keep", "note": "x"});
    d.boss
        .api(
            "POST",
            "/api/v1/service/process-value/999/decision",
            Some(&missing),
            &[],
        )
        .await
        .expect(404);

    // Both pages, in both languages; who may not set up service may look, and no more.
    let id = one["process_id"].as_i64().unwrap();
    for (client, word) in [
        (d.app.login("boss").await, "Change"),
        (d.app.login_zh("boss").await, "改进"),
    ] {
        for path in ["/service/process-value".to_owned(), format!("/processes/{id}/worth")] {
            let page = client.get(&path).await.expect(200).body;
            assert!(page.contains(word), "{path}: {page}");
        }
        let page = client.get(&format!("/processes/{id}/worth")).await.expect(200).body;
        assert!(page.contains("先联系再判断") && page.contains(" → "), "{page}");
        client.get("/service/report?kind=all&by=process").await.expect(200);
    }
    let form = [("decision", "drop"), ("note", "no")];
    let agent = d.app.login("ann").await;
    agent.get("/service/process-value").await.expect(200);
    agent
        .post(&format!("/service/process-value/{id}/decision"), &form)
        .await
        .expect(403);
    d.app.stop().await;
}
