//! No door around approvals, credit limits and issued invoices: typed prices, orders born confirmed, lines changed after.

use serde_json::{Value as Json, json};
use zhike_store::Query;
use zhike_testkit::{Client, TestApp};

struct House {
    app: TestApp,
    boss: Client,
    rep: Client,
    party: i64,
    product: i64,
}

impl House {
    async fn open() -> House {
        let app = TestApp::boot().await;
        let boss = app.user("boss", "administrator").await;
        let rep_id = app.user("rep", "salesperson").await;
        let boss = app.token(boss, false).await;
        let rep = app.token(rep_id, false).await;
        let party = [
            ("name", "Acme".into()),
            ("owner_id", rep_id.into()),
            ("roles", "customer".into()),
        ];
        let party = app.make("party", &party).await;
        let product = [
            ("sku", "P1".into()),
            ("name", "Pump".into()),
            ("price", 10_000_i64.into()),
        ];
        let product = app.make("product", &product).await;
        House {
            app,
            boss,
            rep,
            party,
            product,
        }
    }
    /// More than 10 % off is to be approved.
    async fn flow(&self) {
        let condition = json!({"field": "discount_rate", "op": "gt", "values": [100_000]}).to_string();
        let body = json!({"name": "Discount", "subject": "order", "condition": condition, "lines": [
            {"name": "Boss", "who": "role", "role": "administrator", "mode": "any"},
        ]});
        self.boss
            .api("POST", "/api/v1/approval-flows", Some(&body), &[])
            .await
            .expect(201);
    }
    async fn order(&self, status: &str, line: Json) -> (u16, Json) {
        let mut line = line;
        line["product_id"] = self.product.into();
        let body = json!({"party_id": self.party, "status": status, "lines": [line]});
        let r = self.rep.api("POST", "/api/v1/orders", Some(&body), &[]).await;
        (r.status, r.json())
    }
    async fn patch(&self, path: &str, body: Json) -> (u16, Json) {
        let now = self.boss.get(path).await.expect(200).json();
        let version = format!("\"v{}\"", now["version"]);
        let r = self
            .rep
            .api("PATCH", path, Some(&body), &[("if-match", version.as_str())])
            .await;
        (r.status, r.json())
    }
    async fn line_of(&self, order: &Json) -> String {
        let found = self
            .boss
            .get(&format!("/api/v1/order-lines?order_id={}", order["id"]))
            .await
            .expect(200)
            .json();
        format!("/api/v1/order-lines/{}", found["data"][0]["id"])
    }
}

#[tokio::test]
async fn a_typed_price_is_a_discount_and_nothing_is_born_or_made_confirmed_without_approval() {
    let h = House::open().await;
    h.flow().await;
    // A price typed far below the list's.
    let (status, cheap) = h.order("draft", json!({"quantity": "1", "unit_price": "1.00"})).await;
    assert_eq!(status, 201, "{cheap}");
    let body = json!({"to": "confirmed", "version": cheap["version"]});
    let r = h
        .rep
        .api(
            "POST",
            &format!("/api/v1/orders/{}/status", cheap["id"]),
            Some(&body),
            &[],
        )
        .await;
    assert_eq!(r.status, 409, "{}", r.body);
    assert!(r.body.contains("error-order-approval"), "{}", r.body);
    // Born confirmed with too much off: refused, and nothing is kept.
    let count = async || {
        h.boss.get("/api/v1/orders").await.expect(200).json()["data"]
            .as_array()
            .unwrap()
            .len()
    };
    let before = count().await;
    let (status, body) = h
        .order("confirmed", json!({"quantity": "1", "discount": "60.00"}))
        .await;
    assert_eq!(status, 409, "{body}");
    assert_eq!(count().await, before);
    // Confirmed within the rules, then changed beyond them: refused; within them: allowed.
    let (status, fine) = h.order("confirmed", json!({"quantity": "1", "discount": "5.00"})).await;
    assert_eq!(status, 201, "{fine}");
    let line = h.line_of(&fine).await;
    let (status, body) = h.patch(&line, json!({"discount": "50.00"})).await;
    assert_eq!(status, 409, "{body}");
    assert!(body.to_string().contains("error-order-approval-stands"), "{body}");
    assert_eq!(h.patch(&line, json!({"unit_price": "10.00"})).await.0, 409);
    assert_eq!(h.patch(&line, json!({"discount": "9.00"})).await.0, 200);
    h.app.stop().await;
}

#[tokio::test]
async fn a_salesperson_raises_no_credit_limit_and_a_confirmed_order_does_not_outgrow_it() {
    let h = House::open().await;
    let party = format!("/api/v1/parties/{}", h.party);
    let (status, body) = h.patch(&party, json!({"credit_limit": "1000000"})).await;
    assert_eq!(status, 422, "{body}");
    assert!(body.to_string().contains("credit_limit"), "{body}");
    assert_eq!(h.patch(&party, json!({"city": "Wuhan"})).await.0, 200);
    let now = h.boss.get(&party).await.expect(200).json();
    let version = format!("\"v{}\"", now["version"]);
    let limit = json!({"credit_limit": "500.00"});
    h.boss
        .api("PATCH", &party, Some(&limit), &[("if-match", version.as_str())])
        .await
        .expect(200);
    let (status, order) = h.order("confirmed", json!({"quantity": "3"})).await;
    assert_eq!(status, 201, "{order}");
    let line = h.line_of(&order).await;
    let (status, body) = h.patch(&line, json!({"quantity": "9"})).await;
    assert_eq!(status, 409, "{body}");
    assert!(body.to_string().contains("error-credit-limit"), "{body}");
    assert_eq!(h.patch(&line, json!({"quantity": "4"})).await.0, 200);
    assert_eq!(h.patch(&line, json!({"quantity": "2"})).await.0, 200);
    h.app.stop().await;
}

#[tokio::test]
async fn an_issued_invoice_keeps_its_amount() {
    let h = House::open().await;
    let body = json!({"party_id": h.party, "total": "880.00"});
    let made = h
        .boss
        .api("POST", "/api/v1/invoices", Some(&body), &[])
        .await
        .expect(201)
        .json();
    let path = format!("/api/v1/invoices/{}", made["id"]);
    let patch = async |total: &str| {
        let now = h.boss.get(&path).await.expect(200).json();
        let version = format!("\"v{}\"", now["version"]);
        let r = h
            .boss
            .api(
                "PATCH",
                &path,
                Some(&json!({"total": total})),
                &[("if-match", version.as_str())],
            )
            .await;
        (r.status, r.body)
    };
    assert_eq!(patch("800.00").await.0, 200, "a slip of the pen, on the day");
    h.app.advance_seconds(2 * 86_400);
    let (status, body) = patch("1.00").await;
    assert_eq!(status, 409, "{body}");
    assert!(body.contains("error-invoice-issued"), "{body}");
    h.app.stop().await;
}

#[tokio::test]
async fn what_lies_ready_is_promised() {
    let h = House::open().await;
    let (status, order) = h.order("draft", json!({"quantity": "1"})).await;
    assert_eq!(status, 201, "{order}");
    let body = json!({"to": "confirmed", "version": order["version"]});
    let path = format!("/api/v1/orders/{}", order["id"]);
    h.rep
        .api("POST", &format!("{path}/status"), Some(&body), &[])
        .await
        .expect(200);
    let order = h.rep.get(&path).await.expect(200).json();
    let today = h.app.app.house.clock.now().date(&h.app.app.house.zone).to_string();
    assert!(
        order["promised_on"].as_str().is_some_and(|d| d >= today.as_str()),
        "{order}"
    );
    h.app.stop().await;
}

#[tokio::test]
async fn papers_stay_with_their_customer() {
    let h = House::open().await;
    let other = h
        .app
        .make("party", &[("name", "Other".into()), ("roles", "customer".into())])
        .await;
    let (_, order) = h
        .order("confirmed", json!({"quantity": "2", "unit_price": "100"}))
        .await;
    let path = format!("/api/v1/orders/{}", order["id"]);
    // A confirmed order keeps its customer, and its number is its own.
    let (status, no) = h.patch(&path, json!({"party_id": other})).await;
    assert_eq!(
        (status, &no["errors"][0]["code"]),
        (422, &json!("error-order-customer")),
        "{no}"
    );
    let twice = json!({"party_id": other, "number": order["number"]});
    let no = h
        .boss
        .api("POST", "/api/v1/orders", Some(&twice), &[])
        .await
        .expect(422)
        .json();
    assert_eq!(no["errors"][0]["field"], "number", "{no}");

    // An invoice of an order is its customer's, and for no more than is left of it.
    let invoice = async |party: i64, total: &str, status: u16| {
        let body = json!({"party_id": party, "order_id": order["id"], "total": total});
        h.boss
            .api("POST", "/api/v1/invoices", Some(&body), &[])
            .await
            .expect(status)
            .json()
    };
    assert_eq!(invoice(other, "10", 422).await["errors"][0]["field"], "order_id");
    assert_eq!(invoice(h.party, "99999", 422).await["errors"][0]["field"], "total");
    let made = invoice(h.party, "50", 201).await;
    let paper = format!("/api/v1/invoices/{}", made["id"]);
    // Whoever sees the list sees the document.
    h.rep.get(&paper).await.expect(200);

    // The day after, the customer has it.
    h.app.advance_seconds(2 * 86_400);
    let version = format!("\"v{}\"", h.boss.get(&paper).await.expect(200).json()["version"]);
    let mark = [("if-match", version.as_str())];
    for change in [
        json!({"order_id": null}),
        json!({"number": "HELLO"}),
        json!({"issued_on": "2020-01-01"}),
        json!({"party_id": other, "order_id": null}),
    ] {
        let no = h
            .boss
            .api("PATCH", &paper, Some(&change), &mark)
            .await
            .expect(409)
            .json();
        assert_eq!(no["code"], "error-invoice-issued", "{change}: {no}");
    }
    let no = h.boss.api("DELETE", &paper, None, &mark).await.expect(409).json();
    assert_eq!(no["code"], "error-invoice-issued", "{no}");
    h.app.stop().await;
}

#[tokio::test]
async fn what_is_not_ordered_any_more_is_given_back() {
    let h = House::open().await;
    let bill = async |order: &Json, status: u16| {
        let path = format!("/api/v1/orders/{}/invoice", order["id"]);
        h.boss.api("POST", &path, None, &[]).await.expect(status).json()
    };
    let due = async |order: &Json| {
        let sql = format!(
            "SELECT by_order FROM billing_order_due WHERE order_id = {}",
            order["id"]
        );
        let row = h.app.ctx().db().one(&sql, vec![]).await.unwrap();
        row.map(|r| r.int(0).unwrap())
    };
    let total = async |invoice: &Json| {
        let path = format!("/api/v1/invoices/{}", invoice["id"]);
        h.boss.get(&path).await.expect(200).json()["total"].clone()
    };
    let cancel = async |order: &Json| {
        let path = format!("/api/v1/orders/{}", order["id"]);
        let version = h.boss.get(&path).await.expect(200).json()["version"].clone();
        let body = json!({"to": "cancelled", "version": version, "reason": "the customer closed"});
        h.boss
            .api("POST", &format!("{path}/status"), Some(&body), &[])
            .await
            .expect(200);
    };
    // Invoiced, then cancelled: the page says so and gives it back to the cent, once.
    let (_, order) = h
        .order("confirmed", json!({"quantity": "3", "unit_price": "100"}))
        .await;
    let first = bill(&order, 201).await;
    assert_eq!(due(&order).await, None);
    cancel(&order).await;
    assert_eq!(due(&order).await, Some(-30_000));
    let boss = zhike_testkit::Client::signed_in(&h.app.url, "boss", "en").await;
    let page = boss.get(&format!("/orders/{}", order["id"])).await.expect(200).body;
    assert!(page.contains("Credit what is over"), "the button says what it does");
    assert!(boss.get("/to-invoice").await.expect(200).body.contains("−¥300.00"));
    let back = bill(&order, 201).await;
    assert_eq!(total(&back).await, "-300.00");
    assert_eq!(due(&order).await, None);
    bill(&order, 409).await;
    assert_eq!(total(&first).await, "300.00");
    // A cancelled order that was never invoiced has nothing to give back.
    let (_, other) = h
        .order("confirmed", json!({"quantity": "1", "unit_price": "100"}))
        .await;
    cancel(&other).await;
    assert_eq!(bill(&other, 409).await["code"], "error-invoice-order");

    // Somebody wrote a credit note by hand: only what is missing is given back.
    let (_, third) = h
        .order("confirmed", json!({"quantity": "2", "unit_price": "100"}))
        .await;
    let invoice = bill(&third, 201).await;
    let note = json!({"invoice_id": invoice["id"], "amount": "150.00", "currency": "CNY", "reason": "mistake"});
    h.boss
        .api("POST", "/api/v1/credit-notes", Some(&note), &[])
        .await
        .expect(201);
    cancel(&third).await;
    assert_eq!(total(&bill(&third, 201).await).await, "-50.00");
    bill(&third, 409).await;
    h.app.stop().await;
}

#[tokio::test]
async fn what_is_in_use_is_not_put_away() {
    let h = House::open().await;
    let away = async |path: &str, status: u16| {
        let version = h.boss.get(path).await.expect(200).json()["version"].clone();
        let version = format!("\"v{version}\"");
        h.boss
            .api("DELETE", path, None, &[("if-match", version.as_str())])
            .await
            .expect(status)
            .json()
    };
    let product = format!("/api/v1/products/{}", h.product);
    let (_, order) = h
        .order("confirmed", json!({"quantity": "2", "unit_price": "100"}))
        .await;
    assert_eq!(away(&product, 409).await["code"], "error-product-open-orders");
    let path = format!("/api/v1/orders/{}", order["id"]);
    let version = h.boss.get(&path).await.expect(200).json()["version"].clone();
    let body = json!({"to": "cancelled", "version": version, "reason": "no"});
    h.boss
        .api("POST", &format!("{path}/status"), Some(&body), &[])
        .await
        .expect(200);
    let place = json!({"name": "Main", "code": "M"});
    let place = h
        .boss
        .api("POST", "/api/v1/warehouses", Some(&place), &[])
        .await
        .expect(201)
        .json();
    let item = json!({"product_id": h.product});
    h.boss.api("POST", "/api/v1/stock", Some(&item), &[]).await.expect(201);
    let receipt = json!({"product_id": h.product, "warehouse_id": place["id"], "kind": "receipt", "quantity": "4"});
    h.boss
        .api("POST", "/api/v1/stock-moves", Some(&receipt), &[])
        .await
        .expect(201);
    assert_eq!(away(&product, 409).await["code"], "error-product-in-stock");

    // A user who looks after customers is not put away before they are given to somebody.
    let users = h.boss.get("/api/v1/users").await.expect(200).json();
    let rep = users["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|u| u["login"] == "rep")
        .unwrap();
    let rep = format!("/api/v1/users/{}", rep["id"]);
    let no = away(&rep, 409).await;
    assert_eq!(no["code"], "error-user-owns-parties", "{no}");
    let customer = format!("/api/v1/parties/{}", h.party);
    let version = format!("\"v{}\"", h.boss.get(&customer).await.expect(200).json()["version"]);
    let given = json!({"owner_id": null});
    h.boss
        .api("PATCH", &customer, Some(&given), &[("if-match", version.as_str())])
        .await
        .expect(200);
    away(&rep, 200).await;
    h.app.stop().await;
}

#[tokio::test]
async fn pieces_are_whole_and_money_is_not_received_tomorrow() {
    let h = House::open().await;
    for (unit, quantity, status) in [
        ("piece", "1.5", 422),
        ("件", "0.5", 422),
        ("kg", "1.5", 201),
        ("piece", "2", 201),
    ] {
        let product = json!({"sku": format!("U-{unit}-{quantity}"), "name": "Part", "price": "10", "unit": unit});
        let product = h
            .boss
            .api("POST", "/api/v1/products", Some(&product), &[])
            .await
            .expect(201)
            .json();
        let body = json!({"party_id": h.party, "lines": [{"product_id": product["id"], "quantity": quantity}]});
        let r = h.rep.api("POST", "/api/v1/orders", Some(&body), &[]).await;
        assert_eq!(r.status, status, "{unit} {quantity}: {}", r.body);
        if status == 422 {
            assert_eq!(r.json()["errors"][0]["code"], "error-quantity-whole");
        }
    }
    let tomorrow = h.app.ctx().today().tomorrow().unwrap().to_string();
    let paid = json!({"party_id": h.party, "amount": "10", "received_on": tomorrow});
    let no = h
        .boss
        .api("POST", "/api/v1/payments", Some(&paid), &[])
        .await
        .expect(422)
        .json();
    assert_eq!(no["errors"][0]["code"], "error-payment-future");
    h.app.stop().await;
}
