//! Trading: when an order of fifty lines can leave while a million lines of others are open, saving an order of five
//! lines, and the next cards of a column of the board.

use crate::{
    http::{self, Make, get},
    pages::Run,
    report::Results,
};
use anyhow::{Context, Result};
use std::sync::Arc;
use zhike_kernel::{Value, Values};
use zhike_store::{Bind, Ctx, Query, binds, write};

/// Open lines of other orders.
const OPEN: i64 = 1_000_000;
/// Lines of the order that is asked about.
const LINES: i64 = 50;
/// Ids of the open lines begin here, far from those that the house gives.
const FIRST: i64 = 1 << 40;

fn values(pairs: Vec<(&str, Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Fifty products with stock and goods under way, what others wait for, and a draft that wants some of each.
async fn order(ctx: &Ctx) -> Result<i64> {
    let known = "SELECT id FROM order_order WHERE external_key = $1";
    let found = ctx.db().number(known, binds!["BENCH-TRADE"]).await?;
    if found > 0 {
        return Ok(found);
    }
    let ty = |name: &str| ctx.registry().get(name).cloned();
    let tx = ctx.begin().await?;
    let place = values(vec![("name", "Bench".into()), ("code", "BENCH".into())]);
    let place = write::create(ctx, &tx, &*ty("warehouse")?, place).await?;
    let head = vec![("party_id", 1.into()), ("external_key", "BENCH-TRADE".into())];
    let order = write::create(ctx, &tx, &*ty("order")?, values(head)).await?;
    let mut products = vec![];
    for n in 0..LINES {
        let product = vec![
            ("sku", format!("BENCH-{n}").into()),
            ("name", format!("Bench {n}").into()),
            ("price", (1_000 + n).into()),
            ("currency", ctx.house.currency.code().into()),
        ];
        let product = write::create(ctx, &tx, &*ty("product")?, values(product)).await?;
        write::create(
            ctx,
            &tx,
            &*ty("stock_item")?,
            values(vec![("product_id", product.into())]),
        )
        .await?;
        let come = vec![
            ("product_id", product.into()),
            ("warehouse_id", place.into()),
            ("kind", "receipt".into()),
            ("quantity", 5_000.into()),
        ];
        write::create(ctx, &tx, &*ty("stock_move")?, values(come)).await?;
        let due = ctx.today().checked_add(jiff_days(30 + n)).context("a day")?;
        let expected = vec![
            ("product_id", product.into()),
            ("warehouse_id", place.into()),
            ("due_on", due.to_string().into()),
            ("quantity", (OPEN * 2_000).into()),
        ];
        write::create(ctx, &tx, &*ty("incoming")?, values(expected)).await?;
        let line = vec![
            ("order_id", order.into()),
            ("product_id", product.into()),
            ("quantity", 8_000.into()),
            ("unit_price", (1_000 + n).into()),
        ];
        write::create(ctx, &tx, &*ty("order_line")?, values(line)).await?;
        products.push(product);
    }
    tx.commit().await?;
    // What others wait for is written below the engine: it is there to be counted past.
    for part in 0..OPEN / 4_000 {
        let tx = ctx.begin().await?;
        let mut sql = String::from(
            "INSERT INTO stock_need (line_id, order_id, product_id, wanted, reserved, issued, waiting) VALUES ",
        );
        let mut all: Vec<Bind> = vec![];
        for i in 0..4_000_i64 {
            let line = FIRST + part * 4_000 + i;
            let product = products[usize::try_from(line % LINES)?];
            write::group(&mut sql, usize::try_from(i)?, 7);
            all.extend(binds![line, line / 4, product, 1_000_i64, 0_i64, 0_i64, 1_000_i64]);
        }
        tx.exec(&sql, all).await?;
        tx.commit().await?;
    }
    let tx = ctx.begin().await?;
    let sums = "UPDATE stock_item SET waiting = (SELECT CAST(COALESCE(SUM(n.waiting), 0) AS BIGINT) FROM stock_need n \
                WHERE n.product_id = stock_item.product_id) WHERE product_id IN (SELECT id FROM catalog_product WHERE sku LIKE 'BENCH-%')";
    tx.exec(sums, vec![]).await?;
    tx.commit().await?;
    Ok(order)
}

fn jiff_days(days: i64) -> jiff::Span {
    jiff::Span::new().days(days)
}

impl Run<'_> {
    /// Deliverability, order entry, the board's next cards.
    pub async fn trade(&self, results: &mut Results) -> Result<()> {
        let order = order(self.ctx).await.context("the order to deliver")?;
        let token = self.tokens.0.to_owned();
        let ask = http::post(&format!("/api/v1/orders/{order}/deliverability"), &token, "{}");
        let make: Make = Arc::new(move |_| ask.clone());
        let what = "deliverability of 50 lines, 1,000,000 open lines of others";
        self.one(results, "trade", what, &make, 30.0).await?;

        let token = self.tokens.0.to_owned();
        let sql = "SELECT min(id) FROM catalog_product WHERE sku LIKE 'BENCH-%'";
        let first = self.ctx.db().number(sql, vec![]).await?;
        let make: Make = Arc::new(move |n| {
            let line = |i: i64| serde_json::json!({"product_id": first + i, "quantity": "2"});
            let lines: Vec<serde_json::Value> = (0..5).map(line).collect();
            let body = serde_json::json!({"party_id": n % 1_000 + 1, "lines": lines});
            http::post("/api/v1/orders", &token, &body.to_string())
        });
        let what = "an order of five lines saved (prices, tax, cost, events, commit on disk)";
        self.one(results, "trade", what, &make, 20.0).await?;

        let stage = "SELECT stage_id FROM sales_deal GROUP BY stage_id ORDER BY count(*) DESC LIMIT 1";
        let stage = self.ctx.db().number(stage, vec![]).await?;
        let page = get(
            &format!("/deals/board/lane?stage={stage}"),
            self.tokens.0,
            "hx-request: true\r\n",
        );
        let make: Make = Arc::new(move |_| page.clone());
        self.one(results, "trade", "a column of the board, 100,000 deals", &make, 20.0)
            .await
    }
}
