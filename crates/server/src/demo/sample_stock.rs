//! The stock of the made-up manufacturer: two warehouses, what lies there, what is expected, and what open orders keep.

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use zhike_contract::{Claim, Demand, Need};
use zhike_kernel::Value;
use zhike_store::{Ctx, Query, binds};

/// Open orders whose goods are kept.
const ORDERS: i64 = 200;
const PIECE: i64 = 1_000;

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let place = |code: &str, zh: &str, en: &str, address: &str, position: i64| {
        let values = load::values(vec![
            ("code", code.into()),
            ("name", zh.into()),
            ("name_latin", en.into()),
            ("address", address.into()),
            ("position", position.into()),
        ]);
        (values, None)
    };
    let places = vec![
        place("W1", "澄江总仓", "Chengjiang main warehouse", "澄江路 18 号", 1),
        place("W2", "成都分仓", "Chengdu warehouse", "高新区天府大道 66 号", 2),
    ];
    let places = load::rows(ctx, "warehouse", places, progress).await?;
    let [main, west] = places.as_slice() else { return Ok(()) };
    let (main, west) = (*main, *west);
    // What open orders want of each product tells how much lies there.
    let sql = "SELECT p.id, CAST(COALESCE((SELECT SUM(l.quantity) FROM order_line l JOIN order_order o ON o.id = l.order_id \
               WHERE l.product_id = p.id AND o.kind = 'sale' AND o.status = 'confirmed'), 0) AS BIGINT) FROM catalog_product p \
               WHERE p.kind = 'goods' AND p.archived_at IS NULL ORDER BY p.id";
    let (mut items, mut moves, mut expected) = (vec![], vec![], vec![]);
    let today = ctx.today();
    for (i, row) in (0_i64..).zip(ctx.db().all(sql, vec![]).await?) {
        let (product, wanted) = (row.int(0)?, row.int(1)? / PIECE);
        let made = i % 6 == 5;
        items.push((
            load::values(vec![
                ("product_id", product.into()),
                ("mode", if made { "made_to_order" } else { "stocked" }.into()),
                ("lead_days", if made { 3_i64 } else { 14 + i % 15 }.into()),
                (
                    "capacity",
                    if made {
                        ((wanted / 5 + 4) * PIECE).into()
                    } else {
                        Value::Null
                    },
                ),
            ]),
            None,
        ));
        if made {
            continue;
        }
        // Every fourth product runs short.
        let there = if i % 4 == 3 { wanted / 2 } else { wanted + 20 + i % 30 };
        for (warehouse, pieces) in [(main, there - there / 4), (west, there / 4)] {
            if pieces > 0 {
                let values = load::values(vec![
                    ("product_id", product.into()),
                    ("warehouse_id", warehouse.into()),
                    ("kind", "receipt".into()),
                    ("quantity", (pieces * PIECE).into()),
                    (
                        "moved_on",
                        today.checked_sub((20 + i % 40).days()).unwrap_or(today).into(),
                    ),
                    ("reference", format!("IN-{:04}", i + 1).into()),
                ]);
                moves.push((values, None));
            }
        }
        if i % 2 == 1 {
            let values = load::values(vec![
                ("product_id", product.into()),
                ("warehouse_id", main.into()),
                ("due_on", today.checked_add((3 + i % 25).days()).unwrap_or(today).into()),
                ("quantity", ((wanted / 2 + 30) * PIECE).into()),
                ("reference", format!("PO-{:04}", i + 1).into()),
            ]);
            expected.push((values, None));
        }
    }
    load::rows(ctx, "stock_item", items, progress).await?;
    load::rows(ctx, "stock_move", moves, progress).await?;
    load::rows(ctx, "incoming", expected, progress).await?;
    keep(ctx, progress).await
}

/// The goods of confirmed orders are kept, the oldest first.
async fn keep(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let sql = "SELECT id, party_id FROM order_order WHERE kind = 'sale' AND status = 'confirmed' AND archived_at IS NULL \
               ORDER BY ordered_on, id LIMIT $1";
    let orders = ctx.db().all(sql, binds![ORDERS]).await?;
    let stock = zhike_stock::port();
    for (done, row) in (1..).zip(&orders) {
        let order = row.int(0)?;
        let sql = "SELECT id, product_id, quantity FROM order_line WHERE order_id = $1 AND product_id IS NOT NULL AND archived_at IS NULL";
        let mut needs = vec![];
        for line in ctx.db().all(sql, binds![order]).await? {
            needs.push(Need {
                line: line.int(0)?,
                product: line.int(1)?,
                quantity: line.int(2)?,
                left: 0,
            });
        }
        let tx = ctx.begin().await?;
        let demand = Demand {
            order,
            party: row.opt_int(1)?,
            claim: Claim::Reserve { partial: true },
            needs,
        };
        stock.settle(ctx, &tx, &demand).await?;
        tx.commit().await?;
        progress("stock", done, orders.len());
    }
    Ok(())
}
