//! Shipments of the made-up manufacturer: what left lately, what is on its way, what could not be delivered, and orders of
//! which only a part could leave.

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use zhike_contract::{Claim, Demand, Need};
use zhike_kernel::{Date, Values};
use zhike_store::{Ctx, Query, binds};

/// Orders with shipments, of each state.
const ORDERS: i64 = 90;
const CARRIERS: [(&str, &str); 3] = [("飞雁速运", "FY"), ("千里快递", "QL"), ("江海物流", "JH")];

struct Order {
    id: i64,
    status: String,
    promised: Option<String>,
    shipped: Option<Date>,
    delivered: Option<Date>,
    ordered: Option<Date>,
}

async fn orders(ctx: &Ctx, status: &str) -> Result<Vec<Order>> {
    let sql = "SELECT id, status, required_on, shipped_on, delivered_on, ordered_on FROM order_order WHERE kind = 'sale' AND status = $1 \
               AND archived_at IS NULL ORDER BY ordered_on DESC, id DESC LIMIT $2";
    let mut out = vec![];
    for row in ctx.db().all(sql, binds![status, ORDERS]).await? {
        let day = |i: usize| row.opt_text(i).ok().flatten().and_then(|t| t.parse().ok());
        out.push(Order {
            id: row.int(0)?,
            status: row.text(1)?,
            promised: row.opt_text(2)?,
            shipped: day(3),
            delivered: day(4),
            ordered: day(5),
        });
    }
    Ok(out)
}

/// How far the shipment of an order is, seen by its place in the list.
fn state(order: &Order, i: usize) -> &'static str {
    match order.status.as_str() {
        "delivered" => "delivered",
        "shipped" if i % 30 == 7 => "failed",
        "shipped" if i.is_multiple_of(3) => "shipped",
        _ => "in_transit",
    }
}

fn head(order: &Order, i: usize, status: &str, shipped: Date) -> Values {
    let (carrier, code) = *CARRIERS.get(i % CARRIERS.len()).unwrap_or(&("", ""));
    load::values(vec![
        ("order_id", order.id.into()),
        ("status", status.into()),
        ("promised_on", order.promised.clone().into()),
        ("carrier", carrier.into()),
        (
            "tracking",
            format!("{code}{:012}", 731_004_200_000 + order.id * 37).into(),
        ),
        ("shipped_on", shipped.into()),
        ("delivered_on", order.delivered.into()),
        ("reason", (status == "failed").then(|| "收件人不在".to_owned()).into()),
    ])
}

/// The lines of an order that go: all of them, or those whose goods are kept in full while others wait.
async fn lines(ctx: &Ctx, order: &Order) -> Result<Vec<(i64, i64, Option<i64>)>> {
    let sql = if order.status == "confirmed" {
        "SELECT l.id, l.quantity, l.product_id FROM order_line l JOIN stock_need n ON n.line_id = l.id WHERE l.order_id = $1 \
         AND l.archived_at IS NULL AND n.reserved = n.wanted AND n.wanted > 0 ORDER BY l.id LIMIT 1"
    } else {
        "SELECT id, quantity, product_id FROM order_line WHERE order_id = $1 AND archived_at IS NULL ORDER BY id"
    };
    let mut out = vec![];
    for row in ctx.db().all(sql, binds![order.id]).await? {
        out.push((row.int(0)?, row.int(1)?, row.opt_int(2)?));
    }
    Ok(out)
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    for status in ["delivered", "shipped"] {
        let (mut heads, mut goods) = (vec![], vec![]);
        for (i, order) in orders(ctx, status).await?.iter().enumerate() {
            let shipped = order.shipped.unwrap_or(ctx.today());
            heads.push((
                head(order, i, state(order, i), shipped),
                super::sample::born(ctx, shipped),
            ));
            goods.push(lines(ctx, order).await?);
        }
        let ids = load::rows(ctx, "shipment", heads, progress).await?;
        load::rows(ctx, "shipment_line", rows(&ids, &goods), progress).await?;
    }
    // Orders with several lines: one of them left yesterday, or on the day of an order that came only today.
    let yesterday = ctx.today().checked_sub(1.days()).unwrap_or(ctx.today());
    let stock = zhike_stock::port();
    for (i, order) in orders(ctx, "confirmed")
        .await?
        .iter()
        .enumerate()
        .filter(|(i, _)| i.is_multiple_of(4))
    {
        let all = "SELECT count(*) FROM order_line WHERE order_id = $1 AND archived_at IS NULL";
        let goods = lines(ctx, order).await?;
        if goods.is_empty() || ctx.db().number(all, binds![order.id]).await? < 2 {
            continue;
        }
        let ids = load::rows(
            ctx,
            "shipment",
            vec![(
                head(
                    order,
                    i,
                    "in_transit",
                    order.ordered.map_or(yesterday, |o| o.max(yesterday)),
                ),
                None,
            )],
            progress,
        )
        .await?;
        load::rows(ctx, "shipment_line", rows(&ids, std::slice::from_ref(&goods)), progress).await?;
        leave(ctx, stock.as_ref(), order.id, &goods).await?;
    }
    Ok(())
}

type Goods = Vec<(i64, i64, Option<i64>)>;

fn rows(shipments: &[i64], goods: &[Goods]) -> Vec<(Values, Option<zhike_kernel::Stamp>)> {
    let one = |shipment: i64, line: i64, quantity: i64| {
        let values = load::values(vec![
            ("shipment_id", shipment.into()),
            ("line_id", line.into()),
            ("quantity", quantity.into()),
        ]);
        (values, None)
    };
    shipments
        .iter()
        .zip(goods)
        .flat_map(|(id, goods)| goods.iter().map(|(line, quantity, _)| one(*id, *line, *quantity)))
        .collect()
}

/// The goods leave the stock, the rest stays kept.
async fn leave(ctx: &Ctx, stock: &dyn zhike_contract::Stock, order: i64, gone: &Goods) -> Result<()> {
    let sql = "SELECT id, product_id, COALESCE(base_quantity, quantity) FROM order_line WHERE order_id = $1 AND product_id IS NOT NULL AND archived_at IS NULL";
    let mut needs = vec![];
    for row in ctx.db().all(sql, binds![order]).await? {
        let (line, quantity) = (row.int(0)?, row.int(2)?);
        needs.push(Need {
            line,
            product: row.int(1)?,
            quantity,
            left: if gone.iter().any(|g| g.0 == line) { quantity } else { 0 },
        });
    }
    let party = ctx
        .db()
        .number("SELECT party_id FROM order_order WHERE id = $1", binds![order])
        .await?;
    let tx = ctx.begin().await?;
    let demand = Demand {
        order,
        party: Some(party),
        claim: Claim::Reserve { partial: true },
        needs,
    };
    stock.settle(ctx, &tx, &demand).await?;
    tx.commit().await?;
    Ok(())
}
