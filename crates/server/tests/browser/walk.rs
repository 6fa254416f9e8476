//! One customer, all the way in the page: the web form, the lead made a customer, a configured product quoted, approved and
//! accepted, the order shipped in two parts, one piece sent back, the invoice paid and the payment allocated.

use serde_json::json;
use zhike_store::Query;
use zhike_testkit::{TestApp, browser::Browser};

async fn number(app: &TestApp, sql: &str) -> i64 {
    app.app.house.db.number(sql, vec![]).await.unwrap()
}

/// A pump that comes in two sizes, three of them in stock; a pipeline; who agrees to discounts above 10 %; the form.
async fn house(app: &TestApp) -> String {
    let boss = app.user("boss", "manager").await;
    let api = app.token(app.user("root", "administrator").await, false).await;
    let send = async |path: &str, body: serde_json::Value| -> i64 {
        let made = api.api("POST", path, Some(&body), &[]).await.expect(201).json();
        made["id"].as_i64().unwrap()
    };
    let pump = send(
        "/api/v1/products",
        json!({"sku": "PUMP", "name": "泵", "price": "1000", "cost": "600", "configurable": true}),
    )
    .await;
    let motor = send(
        "/api/v1/option-groups",
        json!({"product_id": pump, "name": "电机", "least": 1, "most": 1}),
    )
    .await;
    let drive = send(
        "/api/v1/option-groups",
        json!({"product_id": pump, "name": "变频", "least": 0, "most": 1}),
    )
    .await;
    for (group, code, name, price) in [
        (motor, "SMALL", "小电机", "0"),
        (motor, "BIG", "大电机", "500"),
        (drive, "DRIVE", "变频器", "250"),
    ] {
        let option = json!({"group_id": group, "code": code, "name": name, "price": price});
        send("/api/v1/product-options", option).await;
    }
    let rule = json!({"product_id": pump, "kind": "requires", "given": "BIG", "others": "DRIVE", "message": "大电机要配变频器"});
    send("/api/v1/option-rules", rule).await;
    let place = send("/api/v1/warehouses", json!({"name": "主仓", "code": "W1"})).await;
    send("/api/v1/stock", json!({"product_id": pump})).await;
    let receipt = json!({"product_id": pump, "warehouse_id": place, "kind": "receipt", "quantity": "3"});
    send("/api/v1/stock-moves", receipt).await;
    let pipeline = send("/api/v1/pipelines", json!({"name": "直销"})).await;
    for (name, kind) in [("需求", "open"), ("赢单", "won"), ("输单", "lost")] {
        let stage = json!({"pipeline_id": pipeline, "name": name, "kind": kind});
        send("/api/v1/stages", stage).await;
    }
    let condition = json!({"field": "discount_rate", "op": "gt", "values": [100_000]}).to_string();
    let flow = json!({"name": "折扣", "subject": "quote", "condition": condition, "lines": [{"who": "persons", "persons": boss.to_string()}]});
    api.api("POST", "/api/v1/approval-flows", Some(&flow), &[])
        .await
        .expect(201);
    let form = json!({"name": "官网咨询", "title": "咨询选型", "asks": "name company phone message", "needs": "name phone", "thanks": "谢谢"});
    let form = send("/api/v1/lead-forms", form).await;
    let sql = format!("SELECT token FROM sales_lead_form WHERE id = {form}");
    let row = app.app.house.db.one(&sql, vec![]).await.unwrap().unwrap();
    row.text(0).unwrap()
}

async fn shown(b: &Browser, words: &str) {
    b.until(&format!("return document.body.innerText.includes('{words}')"))
        .await;
    b.assert_fits().await;
}

#[tokio::test]
async fn from_the_web_form_to_the_money_in_the_bank() {
    let app = TestApp::boot().await;
    let token = house(&app).await;

    // A visitor asks, on a phone.
    let visitor = Browser::open(&app.url, 390, 844, "zh-CN").await;
    visitor.goto(&format!("/f/{token}")).await;
    app.advance_seconds(10);
    visitor.fill("[name=name]", "李伟").await;
    visitor.fill("[name=company]", "青禾乳业").await;
    visitor.fill("[name=phone]", "13900010001").await;
    visitor.fill("[name=message]", "三台泵").await;
    visitor.click("main button[type=submit]").await;
    visitor.wait("[role=status]").await;

    // The lead becomes customer, contact and deal.
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    b.goto("/leads/1/convert").await;
    b.click("form[action='/leads/1/convert'] button[type=submit]").await;
    b.until("return location.pathname.startsWith('/deals/')").await;
    let deal = b.path().await;

    // A quote of three big pumps: the big motor needs the drive, 15 % off needs the manager.
    b.goto(&format!("{deal}/quotes")).await;
    b.click("a[href^='/quotes/new']").await;
    b.click("form.record-form button[type=submit], main form button.primary[type=submit]")
        .await;
    b.until("return /^\\/quotes\\/\\d+/.test(location.pathname)").await;
    let quote = number(&app, "SELECT max(id) FROM sales_quote").await;
    let pump = number(&app, "SELECT id FROM catalog_product").await;
    b.goto(&format!("/products/{pump}/configurator?quote={quote}")).await;
    b.click("label:has(input[value=BIG])").await;
    b.until("return document.querySelector('#conf-messages')?.textContent.includes('大电机要配变频器')")
        .await;
    b.click("#conf-messages button").await;
    b.until("return document.querySelector('input[value=DRIVE]').checked")
        .await;
    b.fill("#conf-quantity", "3").await;
    b.wait("#conf-quantity").await.send_keys("\t").await.unwrap();
    b.until("return document.querySelector('#conf-price')?.textContent.includes('5,250.00')")
        .await;
    b.click("#conf .btn.primary").await;
    b.until("return location.pathname.endsWith('/lines') && document.body.textContent.includes('BIG DRIVE')")
        .await;
    b.click("#quote-lines tbody [hx-get*=line-form]").await;
    b.until("return document.querySelector('#line-form [name=quantity]')?.value === '3'")
        .await;
    b.fill("#line-form [name=discount]", "787.50").await;
    b.click("#line-form form button[type=submit]").await;
    shown(&b, "4,462.50").await;
    b.shot("walk-quote-zh-1440").await;
    b.click("form[action$='/do/submit'] button").await;
    shown(&b, "审批中").await;

    let boss = Browser::open(&app.url, 390, 844, "zh-CN").await;
    boss.sign_in("boss").await;
    boss.goto("/approvals").await;
    boss.click("table a.link").await;
    boss.click("button[value=approve]").await;
    shown(&boss, "已通过").await;
    boss.close().await;

    // Sent and accepted by the customer.
    b.goto(&format!("/quotes/{quote}")).await;
    b.click("form[action$='/do/send'] button").await;
    b.wait("[data-quote-link]").await;
    let link = b
        .script("return document.querySelector('[data-quote-link]').getAttribute('href')")
        .await;
    visitor.goto(link.as_str().unwrap()).await;
    visitor.fill("input[name=name]", "李伟").await;
    visitor.click("button[value=accepted]").await;
    shown(&visitor, "您已接受此报价").await;
    assert_eq!(visitor.console_errors().await, Vec::<String>::new());
    visitor.close().await;

    // The order, confirmed: all three pumps are kept for it.
    b.goto(&format!("/quotes/{quote}")).await;
    b.click("form[action$='/do/order'] button").await;
    b.until("return location.pathname.startsWith('/orders/')").await;
    let order = number(&app, "SELECT max(id) FROM order_order").await;
    if number(&app, "SELECT count(*) FROM order_order WHERE status = 'draft'").await > 0 {
        b.click(&format!("form[action='/orders/{order}/status'] button")).await;
    }
    shown(&b, "已确认").await;
    assert_eq!(number(&app, "SELECT reserved FROM stock_item").await, 3_000);

    // Two leave first.
    b.goto(&format!("/orders/{order}/shipments")).await;
    b.click(&format!("form[action='/orders/{order}/ship'] button")).await;
    b.until("return location.pathname.startsWith('/shipments/')").await;
    b.fill("main input.num[name^=q]", "2").await;
    b.click("form[action$='/quantities'] button[type=submit]").await;
    b.until("return document.querySelector('main input.num[name^=q]')?.value === '2'")
        .await;
    b.fill("[name=carrier]", "SF").await;
    b.fill("[name=tracking]", "SF1001").await;
    b.click("form.stack[action$='/status'] button[type=submit]").await;
    b.wait("form.stack [name=to][value=delivered]").await;
    assert_eq!(
        number(&app, "SELECT count(*) FROM order_shipment WHERE tracking = 'SF1001'").await,
        1
    );
    b.goto(&format!("/orders/{order}/shipments")).await;
    shown(&b, "部分发货").await;
    b.shot("walk-part-zh-1440").await;
    assert_eq!(number(&app, "SELECT on_hand FROM stock_item").await, 1_000);

    // The rest follows; both arrive.
    b.click(&format!("form[action='/orders/{order}/ship'] button")).await;
    b.until("return location.pathname.startsWith('/shipments/')").await;
    b.click("form.stack[action$='/status'] button[type=submit]").await;
    for shipment in [1, 2] {
        b.goto(&format!("/shipments/{shipment}/goods")).await;
        b.click("form.stack[action$='/status']:has([name=to][value=delivered]) button[type=submit]")
            .await;
        shown(&b, "已签收").await;
    }
    b.goto(&format!("/orders/{order}")).await;
    shown(&b, "已签收").await;
    assert_eq!(number(&app, "SELECT on_hand FROM stock_item").await, 0);

    // The invoice, and the money.
    b.click(&format!("form[action='/orders/{order}/invoice'] button")).await;
    b.until("return location.pathname.startsWith('/invoices/')").await;
    let invoice = number(&app, "SELECT max(id) FROM billing_invoice").await;
    let total = number(&app, "SELECT max(total) FROM billing_invoice").await;
    assert_eq!(total, number(&app, "SELECT max(total) FROM order_order").await);
    let party = number(&app, "SELECT max(party_id) FROM billing_invoice").await;
    b.goto(&format!("/payments/new?party_id={party}")).await;
    b.fill("[name=amount]", &format!("{}.{:02}", total / 100, total % 100))
        .await;
    b.click("main form button.primary[type=submit]").await;
    b.until("return /^\\/payments\\/\\d+/.test(location.pathname)").await;
    let payment = number(&app, "SELECT max(id) FROM billing_payment").await;
    b.goto(&format!("/payments/{payment}/allocation")).await;
    b.click(&format!("form[action='/payments/{payment}/allocate'] button"))
        .await;
    b.until("return !document.querySelector(\"form[action$='/allocate']\")")
        .await;
    b.goto(&format!("/invoices/{invoice}/details")).await;
    shown(&b, "已结清").await;
    b.shot("walk-paid-zh-1440").await;

    // One pump comes back: received, it lies in stock again.
    b.goto(&format!("/orders/{order}")).await;
    b.click(&format!("form[action='/orders/{order}/return'] button")).await;
    b.until(&format!(
        "return location.pathname.startsWith('/orders/') && !location.pathname.startsWith('/orders/{order}')"
    ))
    .await;
    let back = number(&app, "SELECT max(id) FROM order_order").await;
    b.goto(&format!("/orders/{back}/lines")).await;
    b.click("#order-lines tbody [hx-get*=line-form]").await;
    b.until("return document.querySelector('#line-form [name=quantity]')?.value === '-3'")
        .await;
    b.fill("#line-form [name=quantity]", "-1").await;
    b.click("#line-form form button[type=submit]").await;
    b.until("return document.querySelector('#order-lines tbody td.r')?.innerText.trim() === '−1'")
        .await;
    for word in ["confirmed", "shipped", "delivered"] {
        b.goto(&format!("/orders/{back}")).await;
        b.click(&format!(
            "form[action='/orders/{back}/status']:has([value={word}]) button"
        ))
        .await;
        let sql = format!("SELECT count(*) FROM order_order WHERE id = {back} AND status = '{word}'");
        for _ in 0..100 {
            if number(&app, &sql).await == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(number(&app, &sql).await, 1, "{word}");
    }
    assert_eq!(number(&app, "SELECT on_hand FROM stock_item").await, 1_000);
    b.goto(&format!("/orders/{order}/shipments")).await;
    b.shot("walk-return-zh-1440").await;
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    app.stop().await;
}
