//! Lines that wait for goods, and how they get them.

use crate::{
    ledger::{self, Item, Move},
    settle::{tell, wait},
    share,
};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds};

/// Lines that wait for one product and are served at once.
const SERVED: i64 = 500;

/// Gives what is free to the lines that wait for it, the oldest first. The items' rows are ours.
pub(crate) async fn serve(tx: &Tx, ctx: &Ctx, items: &[Item]) -> Result<()> {
    let products: Vec<i64> = items.iter().filter(|i| i.stocked).map(|i| i.product).collect();
    let now = ledger::items(tx, &products, false).await?;
    let levels = ledger::levels(tx, &products).await?;
    for item in now.values().filter(|i| i.waiting > 0) {
        let mut places = levels.get(&item.product).cloned().unwrap_or_default();
        if share::free(&places) <= 0 {
            continue;
        }
        let sql = "SELECT line_id, order_id, waiting, party_id FROM stock_need WHERE product_id = $1 AND waiting > 0 \
                   ORDER BY line_id LIMIT $2";
        for row in tx.all(sql, binds![item.product, SERVED]).await? {
            let (line, order, waiting) = (row.int(0)?, row.int(1)?, row.int(2)?);
            let mut moves = vec![];
            for (warehouse, part) in share::take(&places, waiting) {
                if let Some(level) = places.iter_mut().find(|l| l.warehouse == warehouse) {
                    level.reserved += part;
                }
                moves.push(Move {
                    product: item.product,
                    warehouse,
                    kind: "reservation",
                    quantity: part,
                    order: Some(order),
                    line: Some(line),
                });
            }
            let got: i64 = moves.iter().map(|m| m.quantity).sum();
            if got == 0 {
                break;
            }
            let sql = "UPDATE stock_need SET reserved = reserved + $1, waiting = waiting - $2 WHERE line_id = $3";
            tx.exec(sql, binds![got, got, line]).await?;
            wait(tx, item.product, -got).await?;
            ledger::book(tx, ctx, &moves).await?;
            tell(tx, ctx, order, row.opt_int(3)?, &moves).await?;
        }
    }
    Ok(())
}
