//! From a quote to its approval, the customer's link and the order; contracts and their calendar.

use serde_json::{Value as Json, json};
use zhike_store::{Query, binds};
use zhike_testkit::{Client, TestApp};

async fn program(app: &TestApp, login: &str, role: &str) -> (i64, Client) {
    let user = app.user(login, role).await;
    (user, app.token(user, false).await)
}

async fn send(client: &Client, method: &str, path: &str, body: &Json, status: u16) -> Json {
    // A change through the generic API names the version it stands on in a header.
    let seen = body["version"]
        .as_i64()
        .filter(|_| method == "PATCH")
        .map(|v| format!("\"v{v}\""));
    let headers: Vec<(&str, &str)> = seen.iter().map(|v| ("if-match", v.as_str())).collect();
    let mut body = body.clone();
    if seen.is_some() {
        body.as_object_mut().unwrap().remove("version");
    }
    client
        .api(method, path, Some(&body), &headers)
        .await
        .expect(status)
        .json()
}

async fn get(client: &Client, path: &str) -> Json {
    client.get(path).await.expect(200).json()
}

async fn party(app: &TestApp, owner: i64) -> i64 {
    app.make(
        "party",
        &[
            ("name", "青禾乳业".into()),
            ("name_latin", "Qinghe Dairy".into()),
            ("owner_id", owner.into()),
        ],
    )
    .await
}

async fn product(app: &TestApp) -> i64 {
    app.make(
        "product",
        &[
            ("sku", "F-80".into()),
            ("name", "流量计".into()),
            ("price", 10_000.into()),
            ("cost", 6_000.into()),
            ("currency", "CNY".into()),
        ],
    )
    .await
}

/// Quotes with more than 10 % discount go to `one` and `two` (all must agree), then to administrators.
async fn flow(api: &Client, one: i64, two: i64) {
    let condition = json!({"field": "discount_rate", "op": "gt", "values": [100_000]}).to_string();
    let body = json!({"name": "Discount", "subject": "quote", "condition": condition, "lines": [
        {"name": "Heads", "who": "persons", "persons": format!("{one} {two}"), "mode": "all"},
        {"name": "House", "who": "role", "role": "administrator", "mode": "any"},
    ]});
    send(api, "POST", "/api/v1/approval-flows", &body, 201).await;
}

/// A quote of two pieces at a unit price.
async fn quote(client: &Client, party: i64, product: i64, price: &str) -> i64 {
    let body = json!({"party_id": party, "language": "en", "terms": "30 days net", "lines": [
        {"product_id": product, "quantity": "2", "unit_price": price, "tax_rate": "13"},
    ]});
    send(client, "POST", "/api/v1/quotes", &body, 201).await["id"]
        .as_i64()
        .unwrap()
}

async fn version(client: &Client, path: &str) -> i64 {
    get(client, path).await["version"].as_i64().unwrap()
}

async fn step(client: &Client, id: i64, what: &str, status: u16) -> Json {
    let version = version(client, &format!("/api/v1/quotes/{id}")).await;
    send(
        client,
        "POST",
        &format!("/api/v1/quotes/{id}/{what}"),
        &json!({"version": version}),
        status,
    )
    .await
}

/// The open task of a user in the newest request they have to do.
async fn task(client: &Client, user: i64) -> (i64, i64, i64) {
    let list = get(client, "/api/v1/approvals?box=todo").await;
    let id = list["items"][0]["id"]
        .as_i64()
        .unwrap_or_else(|| panic!("nothing to do for {user}: {list}"));
    let one = get(client, &format!("/api/v1/approvals/{id}")).await;
    let tasks = one["tasks"].as_array().unwrap();
    let mine = tasks
        .iter()
        .find(|t| t["state"] == "open" && t["user"] == user)
        .unwrap_or_else(|| panic!("{one}"));
    (id, mine["id"].as_i64().unwrap(), mine["version"].as_i64().unwrap())
}

async fn sign(client: &Client, task: (i64, i64, i64), act: &str, more: Json, status: u16) -> Json {
    let mut body = json!({"act": act, "version": task.2});
    for (k, v) in more.as_object().into_iter().flatten() {
        body[k] = v.clone();
    }
    send(
        client,
        "POST",
        &format!("/api/v1/approvals/{}/tasks/{}", task.0, task.1),
        &body,
        status,
    )
    .await
}

struct House {
    app: TestApp,
    root: (i64, Client),
    one: (i64, Client),
    two: (i64, Client),
    rep: (i64, Client),
    party: i64,
    product: i64,
}

async fn house() -> House {
    let app = TestApp::boot().await;
    let root = program(&app, "root", "administrator").await;
    let one = program(&app, "one", "manager").await;
    let two = program(&app, "two", "manager").await;
    let rep = program(&app, "rep", "salesperson").await;
    let party = party(&app, rep.0).await;
    let product = product(&app).await;
    flow(&root.1, one.0, two.0).await;
    House {
        app,
        root,
        one,
        two,
        rep,
        party,
        product,
    }
}

#[tokio::test]
async fn a_quote_within_the_limits_goes_from_draft_to_order() {
    let h = house().await;
    let rep = &h.rep.1;
    let id = quote(rep, h.party, h.product, "95.00").await;
    let shown = get(rep, &format!("/api/v1/quotes/{id}")).await;
    // 2 × 95.00 and 13 % of it.
    assert_eq!(
        (&shown["net"], &shown["tax"], &shown["total"]),
        (&json!("190.00"), &json!("24.70"), &json!("214.70"))
    );
    assert_eq!(
        step(rep, id, "submit", 200).await["status"],
        "approved",
        "5 % need nobody"
    );
    let sent = step(rep, id, "send", 200).await;
    assert_eq!(sent["status"], "sent");
    let link = sent["link"].as_str().unwrap().to_owned();
    step(rep, id, "order", 409).await;

    let customer = h.app.anonymous();
    let page = customer.get(&link).await.expect(200);
    assert!(
        page.body.contains("Quotation") && page.body.contains("214.70"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("120.00"), "what it costs us is none of theirs");
    let zh = customer.get(&format!("{link}?lang=zh-CN")).await.expect(200);
    assert!(
        zh.body.contains("报价单") && zh.body.contains("接受报价"),
        "{}",
        zh.body
    );
    let answer = format!("{link}/answer");
    let unnamed = customer
        .post(&answer, &[("answer", "accepted"), ("name", " "), ("reason", "keep me")])
        .await
        .expect(422);
    assert!(
        unnamed.body.contains("Please write your name") && unnamed.body.contains("keep me"),
        "{}",
        unnamed.body
    );
    customer
        .post(&answer, &[("answer", "accepted"), ("name", "Wang Fang")])
        .await
        .expect(303);
    let again = customer
        .post(&answer, &[("answer", "declined"), ("name", "Wang"), ("reason", "no")])
        .await
        .expect(409);
    assert!(again.body.contains("This quote is accepted"), "{}", again.body);
    let links = get(rep, &format!("/api/v1/quotes/{id}/links")).await;
    let kept = &links["items"][0];
    assert_eq!(
        (&kept["answer"], &kept["name"], &kept["opens"]),
        (&json!("accepted"), &json!("Wang Fang"), &json!(2))
    );
    assert!(
        kept["address"].as_str().is_some_and(|a| a.contains("127.0.0.1")),
        "{kept}"
    );

    let order = step(rep, id, "order", 201).await;
    let same = step(rep, id, "order", 200).await;
    assert_eq!(order["id"], same["id"], "asked twice, one order");
    let order = get(rep, &format!("/api/v1/orders/{}", order["id"])).await;
    assert_eq!(
        (&order["total"], &order["quote_id"], &order["status"]),
        (&json!("214.70"), &json!(id), &json!("draft"))
    );
    assert_eq!(get(rep, &format!("/api/v1/quotes/{id}")).await["order_id"], order["id"]);
    h.app.stop().await;
}

#[tokio::test]
async fn a_discount_over_the_limit_takes_its_way_through_the_levels() {
    let h = house().await;
    let rep = &h.rep.1;
    let id = quote(rep, h.party, h.product, "80.00").await;
    assert_eq!(step(rep, id, "submit", 200).await["status"], "approval");
    step(rep, id, "send", 409).await;
    // Only those who are asked see it to do; the margin is for those who may see costs.
    let asked = get(rep, "/api/v1/approvals?box=asked").await;
    assert_eq!(asked["items"].as_array().unwrap().len(), 1);
    let first = task(&h.one.1, h.one.0).await;
    let one = get(&h.one.1, &format!("/api/v1/approvals/{}", first.0)).await;
    // 160.00 instead of 200.00, at a cost of 120.00.
    assert_eq!(one["frozen"]["fields"]["discount_rate"], 200_000);
    assert_eq!(one["frozen"]["fields"]["margin_rate"], 250_000);
    let same = get(rep, &format!("/api/v1/approvals/{}", first.0)).await;
    let fields = &same["frozen"]["fields"];
    assert_eq!(fields["discount_rate"], 200_000, "{same}");
    assert!(
        fields.get("margin_rate").is_none() && fields.get("cost").is_none(),
        "{same}"
    );
    sign(rep, first, "approve", json!({}), 404).await;
    sign(&h.one.1, first, "approve", json!({"note": "fine"}), 200).await;
    let late = sign(&h.one.1, first, "approve", json!({}), 409).await;
    assert_eq!(late["code"], "error-approval-meanwhile");
    sign(&h.two.1, task(&h.two.1, h.two.0).await, "approve", json!({}), 200).await;
    // Second level: one administrator is enough, the other is spared.
    let root = task(&h.root.1, h.root.0).await;
    let done = sign(&h.root.1, root, "approve", json!({}), 200).await;
    assert_eq!(done["state"], "approved");
    assert!(
        done["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["state"] == "skipped"),
        "{done}"
    );
    assert_eq!(get(rep, &format!("/api/v1/quotes/{id}")).await["status"], "approved");

    // A line changes: the approval is void and says so.
    let line = get(rep, &format!("/api/v1/quotes/{id}")).await["lines"][0].clone();
    let body = json!({"version": line["version"], "unit_price": "70.00"});
    send(rep, "PATCH", &format!("/api/v1/quote-lines/{}", line["id"]), &body, 200).await;
    assert_eq!(get(rep, &format!("/api/v1/quotes/{id}")).await["status"], "draft");
    assert_eq!(
        get(&h.one.1, &format!("/api/v1/approvals/{}", first.0)).await["state"],
        "void"
    );
    let admin = h.app.login("admin").await;
    let page = admin.get(&format!("/quotes/{id}")).await.expect(200);
    assert!(page.body.contains("no longer holds"), "{}", page.body);
    let copy = admin.get(&format!("/approvals/{}", first.0)).await.expect(200);
    assert!(
        copy.body.contains("80.00") && !copy.body.contains("70.00"),
        "the copy is frozen: {}",
        copy.body
    );
    h.app.stop().await;
}

#[tokio::test]
async fn approvers_return_ask_others_hand_on_and_have_deputies() {
    let h = house().await;
    let rep = &h.rep.1;
    let id = quote(rep, h.party, h.product, "50.00").await;
    step(rep, id, "submit", 200).await;
    let first = task(&h.one.1, h.one.0).await;
    let bare = sign(&h.one.1, first, "return", json!({}), 422).await;
    assert_eq!(bare["errors"][0]["field"], "note");
    sign(&h.one.1, first, "before", json!({"person": h.rep.0}), 422).await;
    sign(&h.one.1, first, "before", json!({"person": h.two.0}), 409).await;
    let (third, expert) = program(&h.app, "expert", "analyst").await;
    sign(&h.one.1, first, "before", json!({"person": third}), 200).await;
    // Whoever asked first waits.
    sign(&h.one.1, first, "approve", json!({}), 409).await;
    sign(
        &expert,
        task(&expert, third).await,
        "approve",
        json!({"note": "price is low"}),
        200,
    )
    .await;
    let again = task(&h.one.1, h.one.0).await;
    sign(&h.one.1, again, "delegate", json!({"person": third}), 200).await;
    // The expert is away: the deputy does it.
    let (fourth, deputy) = program(&h.app, "deputy", "manager").await;
    let leave = json!({"deputy": fourth, "from": "2026-06-29", "until": "2026-07-03"});
    send(&expert, "POST", "/api/v1/approvals/deputies", &leave, 201).await;
    let list = get(&deputy, "/api/v1/approvals?box=todo").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    let open = task(&deputy, third).await;
    let back = sign(&deputy, open, "return", json!({"note": "too cheap"}), 200).await;
    assert_eq!(back["state"], "returned");
    assert_eq!(get(rep, &format!("/api/v1/quotes/{id}")).await["status"], "draft");
    assert_eq!(
        get(&h.two.1, "/api/v1/approvals?box=todo").await["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let page = h
        .app
        .login_zh("admin")
        .await
        .get(&format!("/quotes/{id}"))
        .await
        .expect(200);
    assert!(
        page.body.contains("too cheap") && page.body.contains("已退回"),
        "{}",
        page.body
    );
    // A read-only token decides nothing.
    step(rep, id, "submit", 200).await;
    let open = task(&h.one.1, h.one.0).await;
    let reader = h.app.token(h.one.0, true).await;
    sign(&reader, open, "approve", json!({}), 403).await;
    // After a day the approvers are reminded, once.
    h.app.advance_seconds(25 * 3_600);
    h.app.run_jobs().await;
    let sql = "SELECT count(*) FROM event WHERE kind = $1 AND record_id = $2";
    let reminded = h
        .app
        .ctx()
        .db()
        .number(sql, binds!["approval.reminded.v1", id])
        .await
        .unwrap();
    assert_eq!(reminded, 2);
    h.app.stop().await;
}

#[tokio::test]
async fn versions_keep_the_old_one_and_links_know_when_they_are_over() {
    let h = house().await;
    let rep = &h.rep.1;
    let id = quote(rep, h.party, h.product, "100.00").await;
    step(rep, id, "submit", 200).await;
    let link = step(rep, id, "send", 200).await["link"].as_str().unwrap().to_owned();
    let line = get(rep, &format!("/api/v1/quotes/{id}")).await["lines"][0].clone();
    let fixed = json!({"version": line["version"], "quantity": "9"});
    send(
        rep,
        "PATCH",
        &format!("/api/v1/quote-lines/{}", line["id"]),
        &fixed,
        409,
    )
    .await;
    let new = step(rep, id, "revise", 201).await;
    let (second, number) = (new["id"].as_i64().unwrap(), new["number"].as_str().unwrap().to_owned());
    assert!(number.ends_with("-2"), "{number}");
    assert_eq!(get(rep, &format!("/api/v1/quotes/{id}")).await["status"], "superseded");
    let over = h.app.anonymous().get(&link).await.expect(200);
    assert!(
        over.body.contains("newer version") && !over.body.contains("226.00"),
        "{}",
        over.body
    );

    let line = get(rep, &format!("/api/v1/quotes/{second}")).await["lines"][0].clone();
    let body = json!({"version": line["version"], "quantity": "3"});
    send(rep, "PATCH", &format!("/api/v1/quote-lines/{}", line["id"]), &body, 200).await;
    let extra = json!({"quote_id": second, "description": "Freight", "quantity": "1", "unit_price": "40"});
    send(rep, "POST", "/api/v1/quote-lines", &extra, 201).await;
    let diff = get(rep, &format!("/api/v1/quotes/{second}/diff")).await;
    assert_eq!(diff["fields"]["net"], json!([20_000, 34_000]));
    assert_eq!(diff["lines"].as_array().unwrap().len(), 2, "{diff}");
    assert_eq!(diff["lines"][0]["changes"]["quantity"], json!([2_000, 3_000]));
    let page = h
        .app
        .login("admin")
        .await
        .get(&format!("/quotes/{second}/diff"))
        .await
        .expect(200);
    assert!(
        page.body.contains("Freight") && page.body.contains("Added"),
        "{}",
        page.body
    );

    // Its last day passes: the link says so, the calendar closes it.
    step(rep, second, "submit", 200).await;
    let link = step(rep, second, "send", 200).await["link"]
        .as_str()
        .unwrap()
        .to_owned();
    h.app.advance_seconds(40 * 24 * 3_600);
    let late = h.app.anonymous().get(&link).await.expect(200);
    assert!(late.body.contains("no longer valid"), "{}", late.body);
    let answer = h
        .app
        .anonymous()
        .post(&format!("{link}/answer"), &[("answer", "accepted"), ("name", "Wang")])
        .await;
    assert_eq!(answer.status, 409);
    h.app.stop().await;
}

#[tokio::test]
async fn links_cannot_be_guessed_and_callers_are_counted() {
    let h = house().await;
    let id = quote(&h.rep.1, h.party, h.product, "100.00").await;
    step(&h.rep.1, id, "submit", 200).await;
    let link = step(&h.rep.1, id, "send", 200).await["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let nobody = h.app.anonymous();
    let mut forged = link.clone();
    let last = if forged.contains('x') { 'y' } else { 'x' };
    forged.replace_range(10..11, &last.to_string());
    let mut seen = vec![];
    for _ in 0..40 {
        seen.push(nobody.get(&forged).await.status);
    }
    assert_eq!(seen.first(), Some(&404));
    assert_eq!(seen.last(), Some(&429), "{seen:?}");
    // Recalled, it shows nothing of the quote any more.
    step(&h.rep.1, id, "recall", 200).await;
    let page = nobody.get(&link).await.expect(200);
    assert!(
        page.body.contains("taken back") && !page.body.contains("226.00"),
        "{}",
        page.body
    );
    h.app.stop().await;
}

#[tokio::test]
async fn costs_stay_with_those_who_may_see_them() {
    let h = house().await;
    let id = quote(&h.rep.1, h.party, h.product, "95.00").await;
    for path in [format!("/quotes/{id}/lines"), format!("/quotes/{id}")] {
        let rep = h.app.login("rep").await.get(&path).await.expect(200);
        assert!(
            !rep.body.contains("120.00") && !rep.body.contains("Margin"),
            "{}",
            rep.body
        );
    }
    let json = get(&h.rep.1, &format!("/api/v1/quotes/{id}")).await.to_string();
    assert!(
        !json.contains("120.00") && !json.contains("margin") && !json.contains("cost"),
        "{json}"
    );
    let admin = h
        .app
        .login("admin")
        .await
        .get(&format!("/quotes/{id}/lines"))
        .await
        .expect(200);
    assert!(
        admin.body.contains("120.00") && admin.body.contains("36.8%"),
        "{}",
        admin.body
    );
    let other = program(&h.app, "other", "salesperson").await;
    other.1.get(&format!("/api/v1/quotes/{id}")).await.expect(404);
    h.app.stop().await;
}

#[tokio::test]
async fn a_file_is_made_in_both_languages() {
    let h = house().await;
    let admin = h.app.login("admin").await;
    let head = json!({"name": "澄江仪表", "name_latin": "Chengjiang Instruments", "contact": "+86 510 1"});
    send(&h.root.1, "PUT", "/api/v1/letterhead", &head, 200).await;
    h.rep.1.get("/api/v1/letterhead").await.expect(403);
    let page = admin.get("/letterhead").await.expect(200);
    assert!(page.body.contains("Chengjiang Instruments"), "{}", page.body);
    let id = quote(&h.rep.1, h.party, h.product, "95.00").await;
    let reply = admin.get(&format!("/quotes/{id}/pdf")).await;
    if zhike_paper::available() {
        let reply = reply.expect(200);
        assert_eq!(reply.header("content-type"), Some("application/pdf"));
        assert!(reply.body.starts_with("%PDF-"));
        // The other language is another file; both names of the word are understood.
        let zh = admin.get(&format!("/quotes/{id}/pdf?language=zh-CN")).await.expect(200);
        let en = admin.get(&format!("/quotes/{id}/pdf?lang=en")).await.expect(200);
        assert_ne!(zh.body, en.body);
    } else {
        assert!(reply.expect(409).body.contains("without PDF"));
    }
    let api = format!("/api/v1/quotes/{id}/pdf");
    let refused = admin.get(&format!("{api}?language=klingon")).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "language", "{refused}");
    h.app.stop().await;
}

#[tokio::test]
async fn contracts_are_approved_paid_by_plan_reminded_of_and_renewed() {
    let h = house().await;
    let rep = &h.rep.1;
    let body = json!({"name": "Service 2026", "party_id": h.party, "value": "1000.00", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
        "auto_renew": true, "renew_months": 12, "notice_days": 90});
    let made = send(rep, "POST", "/api/v1/contracts", &body, 201).await;
    let id = made["id"].as_i64().unwrap();
    assert_eq!(made["notice_on"], "2026-10-02");
    let path = format!("/api/v1/contracts/{id}");
    send(
        rep,
        "POST",
        &format!("{path}/split"),
        &json!({"parts": 3, "first": "2026-07-01", "months": 2}),
        201,
    )
    .await;
    let lines = get(rep, &path).await["lines"].clone();
    let amounts: Vec<&str> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["amount"].as_str().unwrap())
        .collect();
    assert_eq!(amounts.len(), 3);
    let cents: i64 = amounts.iter().map(|a| a.replace('.', "").parse::<i64>().unwrap()).sum();
    assert_eq!(cents, 100_000, "to the last cent: {amounts:?}");
    let tab = h
        .app
        .login("admin")
        .await
        .get(&format!("/contracts/{id}/plan"))
        .await
        .expect(200);
    assert!(
        tab.body.contains("Payment plan") && tab.body.contains("333.33"),
        "{}",
        tab.body
    );
    send(
        rep,
        "POST",
        &format!("{path}/split"),
        &json!({"parts": 2, "first": "2026-07-01", "months": 1}),
        422,
    )
    .await;

    let go = async |what: &str, more: Json, status: u16| {
        let mut body = json!({"version": version(rep, &path).await});
        for (k, v) in more.as_object().into_iter().flatten() {
            body[k] = v.clone();
        }
        send(rep, "POST", &format!("{path}/{what}"), &body, status).await
    };
    assert_eq!(
        go("submit", json!({}), 200).await["status"],
        "approved",
        "no flow wants contracts"
    );
    assert_eq!(go("activate", json!({}), 200).await["status"], "active");
    let locked = json!({"version": version(rep, &path).await, "value": "5"});
    send(rep, "PATCH", &path, &locked, 409).await;

    let plans = zhike_sales::plans_port();
    let ctx = h.app.ctx();
    let due = plans.due(&ctx, ctx.db(), "2026-09-30".parse().unwrap()).await.unwrap();
    assert_eq!(due.iter().map(|d| d.amount).collect::<Vec<_>>().len(), 2, "{due:?}");
    let tx = ctx.begin().await.unwrap();
    assert!(plans.invoiced(&ctx, &tx, due[0].id, 7).await.unwrap());
    assert!(!plans.invoiced(&ctx, &tx, due[0].id, 8).await.unwrap(), "once only");
    tx.commit().await.unwrap();

    let count = async |kind: &str| {
        let sql = "SELECT count(*) FROM event WHERE kind = $1 AND record_id = $2";
        h.app.ctx().db().number(sql, binds![kind, id]).await.unwrap()
    };
    // 2026-06-30 and 100 days: past the day of notice.
    for _ in 0..2 {
        h.app.advance_seconds(50 * 24 * 3_600);
        h.app.run_jobs().await;
    }
    h.app.advance_seconds(24 * 3_600 + 1);
    h.app.run_jobs().await;
    assert_eq!(count("contract.renewal_due.v1").await, 1, "told once");
    let page = h
        .app
        .login("admin")
        .await
        .get("/contracts?view=expiring")
        .await
        .expect(200);
    assert!(page.body.contains("Service 2026"), "{}", page.body);
    let page = h
        .app
        .login("admin")
        .await
        .get(&format!("/contracts/{id}"))
        .await
        .expect(200);
    assert!(page.body.contains("renews by itself after"), "{}", page.body);
    h.app.advance_seconds(90 * 24 * 3_600);
    h.app.run_jobs().await;
    assert_eq!(count("contract.renewed.v1").await, 1);
    assert_eq!(get(rep, &path).await["ends_on"], "2027-12-31");
    go("terminate", json!({}), 422).await;
    assert_eq!(
        go("terminate", json!({"note": "moved away"}), 200).await["status"],
        "terminated"
    );
    h.app.stop().await;
}

#[tokio::test]
async fn flows_are_edited_in_the_page_and_say_what_is_wrong() {
    let h = house().await;
    let admin = h.app.login("admin").await;
    let made = admin
        .post(
            "/approval-flows",
            &[("name", "Large"), ("subject", "quote"), ("active", "1")],
        )
        .await
        .expect(303);
    let at = made.location().to_owned();
    let form = |text: &str| {
        [
            ("name", "Large"),
            ("active", "1"),
            ("version", "1"),
            ("rows", "1"),
            ("field0", "total"),
            ("op0", "ge"),
            ("text0", text),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    let wrong = form("much");
    let pairs: Vec<(&str, &str)> = wrong.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let bad = admin.post(&at, &pairs).await.expect(422);
    assert!(bad.body.contains("much"), "what was typed stays: {}", bad.body);
    let right = form("5000");
    let pairs: Vec<(&str, &str)> = right.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    admin.post(&at, &pairs).await.expect(303);
    let nobody = admin
        .post(&format!("{at}/levels"), &[("who", "persons"), ("mode", "all")])
        .await
        .expect(422);
    assert!(nobody.body.contains("Choose people"), "{}", nobody.body);
    admin
        .post(
            &format!("{at}/levels"),
            &[("who", "manager"), ("mode", "any"), ("level_name", "Boss")],
        )
        .await
        .expect(303);
    let list = admin.get("/approval-flows").await.expect(200);
    assert!(list.body.contains("at least ¥5,000.00"), "{}", list.body);
    let zh = h.app.login_zh("admin").await.get(&at).await.expect(200);
    assert!(zh.body.contains("负责人的主管"), "{}", zh.body);
    h.app.login("rep").await.get("/approval-flows").await.expect(403);
    let unknown = json!({"name": "X", "subject": "quote", "condition": json!({"field": "nope", "op": "is", "values": [1]}).to_string()});
    send(&h.root.1, "POST", "/api/v1/approval-flows", &unknown, 422).await;
    // The rep has no team, so the manager's place is taken by the administrators.
    let id = quote(&h.rep.1, h.party, h.product, "9000.00").await;
    assert_eq!(step(&h.rep.1, id, "submit", 200).await["status"], "approval");
    let (request, _, _) = task(&h.root.1, h.root.0).await;
    assert!(request > 0);
    h.app.stop().await;
}
