//! Orders, shipments, invoices, payments, returns and cancellations in any order, over the API: after each step the
//! ledgers are the documents, nothing lies below zero, nothing is counted twice, and no cent is lost at the end.

use crate::stock::{Dice, Shop, send};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use zhike_store::Query;
use zhike_testkit::Reply;

fn id(made: &Json) -> i64 {
    made["id"].as_i64().unwrap()
}

fn minor(text: &Json) -> i64 {
    text.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// Counts of what breaks a rule; each must be nought after every step.
const RULES: [(&str, &str); 13] = [
    (
        "an order is the sum of its lines",
        "SELECT count(*) FROM order_order o WHERE o.total <> (SELECT COALESCE(SUM(l.net + l.tax), 0) FROM order_line l WHERE l.order_id = o.id \
         AND l.archived_at IS NULL)",
    ),
    (
        "no more is in shipments than was ordered",
        "SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.kind = 'sale' AND l.archived_at IS NULL AND l.quantity < \
         (SELECT COALESCE(SUM(s.quantity), 0) FROM order_shipment_line s JOIN order_shipment h ON h.id = s.shipment_id WHERE s.line_id = l.id \
         AND s.archived_at IS NULL AND h.archived_at IS NULL AND h.status <> 'cancelled')",
    ),
    (
        "what the stock gave out for a line is what left",
        "SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.kind = 'sale' AND EXISTS (SELECT 1 FROM stock_item i \
         WHERE i.product_id = l.product_id) AND (SELECT COALESCE(-SUM(m.quantity), 0) FROM stock_move m WHERE m.line_id = l.id AND m.kind IN ('issue','return')) <> \
         (SELECT COALESCE(SUM(s.quantity), 0) FROM order_shipment_line s JOIN order_shipment h ON h.id = s.shipment_id WHERE s.line_id = l.id \
         AND s.archived_at IS NULL AND h.archived_at IS NULL AND h.status IN ('shipped','in_transit','delivered','failed'))",
    ),
    (
        "no more comes back than left",
        "SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.kind = 'sale' AND \
         (SELECT COALESCE(-SUM(r.quantity), 0) FROM order_line r JOIN order_order b ON b.id = r.order_id WHERE r.returns_line_id = l.id \
         AND r.archived_at IS NULL AND b.archived_at IS NULL AND b.status <> 'cancelled') > \
         (SELECT COALESCE(SUM(s.quantity), 0) FROM order_shipment_line s JOIN order_shipment h ON h.id = s.shipment_id WHERE s.line_id = l.id \
         AND s.archived_at IS NULL AND h.archived_at IS NULL AND h.status IN ('shipped','in_transit','delivered','failed'))",
    ),
    (
        "what came back lies there again, once",
        "SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.kind = 'return' AND EXISTS (SELECT 1 FROM stock_item i \
         WHERE i.product_id = l.product_id) AND (SELECT COALESCE(SUM(m.quantity), 0) \
         FROM stock_move m WHERE m.line_id = l.id AND m.kind = 'return') <> CASE WHEN o.status = 'delivered' THEN -l.quantity ELSE 0 END",
    ),
    (
        "a line returned in full is undone to the cent",
        "SELECT count(*) FROM (SELECT l.id, l.quantity AS q, l.net AS n, l.tax AS t, SUM(r.quantity) AS rq, SUM(r.net) AS rn, SUM(r.tax) AS rt \
         FROM order_line l JOIN order_line r ON r.returns_line_id = l.id AND r.archived_at IS NULL JOIN order_order b ON b.id = r.order_id AND \
         b.status <> 'cancelled' AND b.archived_at IS NULL GROUP BY l.id, l.quantity, l.net, l.tax) x WHERE q + rq = 0 AND (n + rn <> 0 OR t + rt <> 0)",
    ),
    (
        "an invoice with lines is their sum",
        "SELECT count(*) FROM billing_invoice i WHERE EXISTS (SELECT 1 FROM billing_invoice_line l WHERE l.invoice_id = i.id) AND i.total <> \
         (SELECT SUM(l.net + l.tax) FROM billing_invoice_line l WHERE l.invoice_id = i.id)",
    ),
    (
        "no line is invoiced below nought",
        "SELECT count(*) FROM (SELECT l.line_id, SUM(l.quantity) AS q FROM billing_invoice_line l JOIN billing_invoice i ON i.id = l.invoice_id \
         WHERE i.status <> 'void' GROUP BY l.line_id) x WHERE q < 0",
    ),
    (
        "what is paid and credited of an invoice are its allocations and notes",
        "SELECT count(*) FROM billing_invoice i WHERE i.paid <> (SELECT COALESCE(SUM(a.amount), 0) FROM billing_allocation a WHERE \
         a.invoice_id = i.id AND a.archived_at IS NULL) OR i.credited <> (SELECT COALESCE(SUM(c.amount), 0) FROM billing_credit_note c \
         WHERE c.invoice_id = i.id AND c.status = 'standing')",
    ),
    (
        "what is open is the rest",
        "SELECT count(*) FROM billing_invoice i WHERE i.open <> CASE WHEN i.status = 'void' THEN 0 ELSE i.total - i.paid - i.credited END \
         OR (i.total > 0 AND i.open < 0) OR (i.total < 0 AND i.open > 0)",
    ),
    (
        "what is loose of a payment is the rest",
        "SELECT count(*) FROM billing_payment p WHERE p.unallocated < 0 OR p.unallocated <> p.amount - (SELECT COALESCE(SUM(a.amount), 0) \
         FROM billing_allocation a WHERE a.payment_id = p.id AND a.archived_at IS NULL)",
    ),
    (
        "a balance is the sum of open invoices",
        "SELECT count(*) FROM party_party p WHERE COALESCE((SELECT SUM(b.receivable) FROM billing_balance b WHERE b.party_id = p.id), 0) <> \
         COALESCE((SELECT SUM(i.open) FROM billing_invoice i WHERE i.party_id = p.id AND i.archived_at IS NULL), 0)",
    ),
    (
        "a return gets no more than it comes to",
        "SELECT count(*) FROM order_order o WHERE o.kind = 'return' AND -o.total < (SELECT COALESCE(SUM(c.amount), 0) FROM billing_credit_note c \
         WHERE c.order_id = o.id AND c.status = 'standing') - (SELECT COALESCE(SUM(i.total), 0) FROM billing_invoice i WHERE i.order_id = o.id \
         AND i.status <> 'void')",
    ),
];

/// One run of random business.
struct Run<'a> {
    shop: &'a Shop,
    dice: Dice,
    products: [i64; 3],
    orders: Vec<i64>,
    /// How often each step was taken and how often it was let in.
    did: &'a mut BTreeMap<&'static str, (u32, u32)>,
    /// The last step and what came of it.
    last: String,
}

impl Run<'_> {
    fn any(&mut self, of: usize) -> usize {
        usize::try_from(self.dice.below(of as u64)).unwrap()
    }

    async fn post(&self, path: &str, body: Json) -> Reply {
        self.shop.api.api("POST", path, Some(&body), &[]).await
    }

    /// The newest record of a table that fits, if there is one: its id and version.
    async fn pick(&mut self, table: &str, fits: &str) -> Option<(i64, i64)> {
        let sql = format!("SELECT id, version FROM {table} WHERE {fits} ORDER BY id");
        let rows = self.shop.app.ctx().db().all(&sql, vec![]).await.unwrap();
        if rows.is_empty() {
            return None;
        }
        let row = &rows[self.any(rows.len())];
        Some((row.int(0).unwrap(), row.int(1).unwrap()))
    }

    async fn order(&mut self) -> Option<Reply> {
        let lines: Vec<Json> = (0..=self.any(3))
            .map(|_| {
                let product = self.products[self.any(3)];
                let (quantity, cents) = (self.dice.below(7) + 1, self.dice.below(99));
                json!({"product_id": product, "quantity": quantity.to_string(), "unit_price": format!("33.{cents:02}"),
                    "discount": "0.05", "tax_rate": "13"})
            })
            .collect();
        let made = self.shop.order(lines.into()).await;
        self.orders.push(made);
        // Now and then a draft stays one.
        if self.dice.below(6) == 0 {
            return None;
        }
        let body = json!({"to": "confirmed", "version": self.shop.version(made).await, "partial": true});
        Some(self.post(&format!("/api/v1/orders/{made}/status"), body).await)
    }

    async fn ship(&mut self, order: i64) -> Reply {
        let reply = self.post(&format!("/api/v1/orders/{order}/shipments"), json!({})).await;
        if reply.status == 201 {
            let made = reply.json();
            let (line, shipment) = (&made["lines"][0], id(&made));
            // Less than could leave, now and then; a line less that was one is taken out.
            if self.dice.below(2) == 0 {
                let path = format!("/api/v1/shipment-lines/{}", line["id"]);
                let body = json!({"quantity": "1"});
                let less = self
                    .shop
                    .api
                    .api("PATCH", &path, Some(&body), &[("if-match", "\"v1\"")])
                    .await;
                assert_eq!(less.status, 200, "{made} {}", less.body);
            }
            if self.dice.below(4) > 0 {
                self.shop.bring(shipment, "shipped", json!({}), 200).await;
            }
        }
        reply
    }

    async fn bring(&mut self) -> Option<Reply> {
        let (shipment, version) = self
            .pick("order_shipment", "status NOT IN ('cancelled','delivered')")
            .await?;
        let to = [
            "picked",
            "shipped",
            "in_transit",
            "failed",
            "delivered",
            "delivered",
            "cancelled",
        ][self.any(7)];
        let body = json!({"to": to, "version": version, "reason": "test"});
        Some(self.post(&format!("/api/v1/shipments/{shipment}/status"), body).await)
    }

    /// Goods come back: made, brought some steps on, credited.
    async fn take_back(&mut self, order: i64) -> Reply {
        let reply = self.post(&format!("/api/v1/orders/{order}/return"), json!({})).await;
        if reply.status == 201 {
            let made = reply.json();
            let back = id(&made);
            if self.dice.below(2) == 0 {
                let path = format!("/api/v1/order-lines/{}", made["lines"][0]["id"]);
                let body = json!({"quantity": "-1"});
                let less = self
                    .shop
                    .api
                    .api("PATCH", &path, Some(&body), &[("if-match", "\"v1\"")])
                    .await;
                assert_eq!(less.status, 200, "{made} {}", less.body);
            }
            // More often than not to the end.
            let steps = self.any(6).min(3);
            for to in ["confirmed", "shipped", "delivered"].iter().take(steps) {
                self.shop.step(back, to, false, 200).await;
            }
        }
        reply
    }

    async fn credit(&mut self) -> Option<Reply> {
        let (back, _) = self
            .pick(
                "order_order",
                "kind = 'return' AND status IN ('confirmed','shipped','delivered')",
            )
            .await?;
        Some(self.post(&format!("/api/v1/orders/{back}/credit"), json!({})).await)
    }

    async fn amend(&mut self, order: i64) -> Option<Reply> {
        let lines = self.shop.lines_of(order).await;
        let line = lines[self.any(lines.len())];
        let version = self
            .shop
            .number("SELECT version FROM order_line WHERE id = $1", line)
            .await;
        let body = json!({"quantity": (self.dice.below(8) + 1).to_string()});
        let (path, tag) = (format!("/api/v1/order-lines/{line}"), format!("\"v{version}\""));
        Some(
            self.shop
                .api
                .api("PATCH", &path, Some(&body), &[("if-match", &tag)])
                .await,
        )
    }

    async fn pay(&mut self) -> Reply {
        let cents = self.dice.below(20_000) + 1;
        let pay = json!({"party_id": self.shop.party, "amount": format!("{}.{:02}", cents / 100, cents % 100)});
        let payment = id(&send(&self.shop.api, "POST", "/api/v1/payments", &pay, 201).await);
        self.post(&format!("/api/v1/payments/{payment}/allocate"), json!({"auto": true}))
            .await
    }

    async fn void(&mut self) -> Option<Reply> {
        let (invoice, version) = self.pick("billing_invoice", "status = 'open'").await?;
        let body = json!({"version": version});
        Some(self.post(&format!("/api/v1/invoices/{invoice}/void"), body).await)
    }

    async fn end(&mut self, order: i64) -> Reply {
        let version = self.shop.version(order).await;
        let body = json!({"version": version, "reason": "enough"});
        match self.any(4) {
            0 => self.post(&format!("/api/v1/orders/{order}/cancel-rest"), body).await,
            at => {
                let to = ["shipped", "delivered", "cancelled"][at - 1];
                let body = json!({"to": to, "version": version, "reason": "test"});
                self.post(&format!("/api/v1/orders/{order}/status"), body).await
            }
        }
    }

    async fn step(&mut self) {
        let what = self.dice.below(18);
        if self.orders.is_empty() || what < 2 {
            let reply = self.order().await;
            return self.note("order", reply);
        }
        // The newest most often: one business goes on while others rest.
        let newest = if self.dice.below(2) > 0 { 4 } else { self.orders.len() };
        let at = self.orders.len() - 1 - self.any(newest.min(self.orders.len()));
        let order = self.orders[at];
        let (name, reply) = match what {
            2 => {
                let (at, n) = (self.products[self.any(2)], self.dice.below(6) + 1);
                self.shop
                    .book(at, self.shop.place, "receipt", &n.to_string(), 201)
                    .await;
                return;
            }
            3 | 4 => ("ship", Some(self.ship(order).await)),
            5 | 6 => ("bring", self.bring().await),
            7 | 8 => {
                let path = format!("/api/v1/orders/{order}/invoice");
                ("invoice", Some(self.post(&path, json!({})).await))
            }
            9 => ("return", Some(self.take_back(order).await)),
            10 | 11 => ("credit", self.credit().await),
            12 => ("amend", self.amend(order).await),
            13 | 14 => ("pay", Some(self.pay().await)),
            15 => ("void", self.void().await),
            _ => ("end", Some(self.end(order).await)),
        };
        self.note(name, reply);
    }

    fn note(&mut self, name: &'static str, reply: Option<Reply>) {
        let Some(reply) = reply else { return };
        self.last = format!("{name}: {} {}", reply.status, reply.body);
        let ok = matches!(reply.status, 200 | 201);
        // Whatever may not be is refused with a reason; nothing breaks and nothing is missing.
        assert!(
            ok || matches!(reply.status, 409 | 422),
            "{name}: {} {}",
            reply.status,
            reply.body
        );
        let count = self.did.entry(name).or_default();
        count.0 += 1;
        count.1 += u32::from(ok);
    }

    async fn accounts(&self, after: &str) {
        self.shop.balance().await;
        for (rule, sql) in RULES {
            let broken = self.shop.app.ctx().db().number(sql, vec![]).await.unwrap();
            assert_eq!(broken, 0, "{rule}; {after}: {}", self.last);
        }
        let path = format!(
            "/api/v1/receivables/{}/account?from=2026-01-01&until=2026-12-31",
            self.shop.party
        );
        let book = self.shop.api.get(&path).await.expect(200).json();
        let rows = book["entries"].as_array().unwrap();
        let side = |k: &str| -> i64 { rows.iter().filter(|e| !e[k].is_null()).map(|e| minor(&e[k])).sum() };
        let ledger = side("debit") - side("credit");
        assert_eq!(minor(&book["closing"]), ledger, "{after}");
        assert_eq!(
            ledger,
            minor(&book["receivable"]) - minor(&book["unallocated"]),
            "{after}"
        );
    }

    /// What has left in full and is invoiced in full is the order, to the cent.
    async fn close(&self) {
        for order in &self.orders {
            if matches!(self.shop.status(*order).await.0.as_str(), "shipped" | "delivered") {
                self.post(&format!("/api/v1/orders/{order}/invoice"), json!({})).await;
                let total = self
                    .shop
                    .number("SELECT total FROM order_order WHERE id = $1", *order)
                    .await;
                let sql = "SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM billing_invoice WHERE order_id = $1 AND status <> 'void'";
                assert_eq!(self.shop.number(sql, *order).await, total, "order {order}");
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_done_goods_and_money_agree() {
    let shop = Shop::open().await;
    let service = shop
        .app
        .make("product", &[("sku", "S".into()), ("name", "Fitting".into())])
        .await;
    let products = [
        shop.kept("A", 40, json!({})).await,
        shop.kept("B", 9, json!({})).await,
        service,
    ];
    let mut did = BTreeMap::new();
    for seed in 1..=6_u64 {
        // Half of the runs invoice what was ordered, half what left.
        if seed == 4 {
            shop.by_shipment().await;
        }
        let mut run = Run {
            shop: &shop,
            dice: Dice(seed),
            products,
            orders: vec![],
            did: &mut did,
            last: String::new(),
        };
        for n in 0..50 {
            run.step().await;
            run.accounts(&format!("step {n} of seed {seed}")).await;
        }
        run.close().await;
        run.accounts(&format!("end of seed {seed}")).await;
    }
    eprintln!("{did:?}");
    assert!(did.len() == 10 && did.values().all(|d| d.1 > 0), "{did:?}");
    shop.app.stop().await;
}
