//! Sums of quotes and what lines take from their product: price, list price, cost.

use super::rules;
use zhike_kernel::{Result, line::MILLI, money::mul_div};
use zhike_store::{Ctx, Query, Tx, binds, read};

/// Makes two writers of one quote wait for each other on PostgreSQL, so that the sums that follow see all lines.
pub(crate) async fn lock(tx: &Tx, quote: i64) -> Result<()> {
    tx.exec(
        "UPDATE sales_quote SET updated_at = $1 WHERE id = $2",
        binds![tx.at.0, quote],
    )
    .await
    .map(|_| ())
}

/// Lines are in the currency of their quote; cost and list price are the product's of now, if it is in that currency.
pub(crate) async fn from_products(tx: &Tx, ctx: &Ctx, quote: i64, lines: &[i64]) -> Result<()> {
    let currency = tx
        .one("SELECT currency FROM sales_quote WHERE id = $1", binds![quote])
        .await?;
    let currency = currency.map(|r| r.text(0)).transpose()?.unwrap_or_default();
    for id in lines {
        let row = tx
            .one("SELECT product_id FROM sales_quote_line WHERE id = $1", binds![*id])
            .await?;
        let product = row.map(|r| r.opt_int(0)).transpose()?.flatten();
        let found = match product {
            Some(p) => read::find_many(ctx, tx, ctx.registry().get("product")?, &[p])
                .await?
                .pop(),
            None => None,
        };
        let same = found.filter(|p| p.text("currency") == currency);
        let (cost, list) = same.map_or((None, None), |p| (p.int("cost"), p.int("price")));
        tx.exec(
            "UPDATE sales_quote_line SET currency = $1, unit_cost = $2, list_price = $3 WHERE id = $4",
            binds![currency.as_str(), cost, list, *id],
        )
        .await?;
    }
    Ok(())
}

/// The sums of a quote are those of its lines; its discount is measured against the list prices, its margin against
/// the costs. They are not an edit: the version stays.
pub(crate) async fn recompute(tx: &Tx, quote: i64) -> Result<()> {
    let sql = "SELECT quantity, unit_price, net, tax, unit_cost, list_price FROM sales_quote_line WHERE quote_id = $1 AND archived_at IS NULL";
    let (mut net, mut tax, mut list, mut cost) = (0_i64, 0_i64, 0_i64, Some(0_i64));
    let too_large = || zhike_kernel::Error::field("quantity", "error-too-large");
    let add = |a: i64, b: i64| a.checked_add(b).ok_or_else(too_large);
    for row in tx.all(sql, binds![quote]).await? {
        let (quantity, price) = (row.int(0)?, row.int(1)?);
        net = add(net, row.int(2)?)?;
        tax = add(tax, row.int(3)?)?;
        let listed = row.opt_int(5)?.unwrap_or(price);
        list = add(list, mul_div(quantity, listed, MILLI).ok_or_else(too_large)?)?;
        let own = row.opt_int(4)?.and_then(|c| mul_div(quantity, c, MILLI));
        cost = cost.zip(own).and_then(|(a, b)| a.checked_add(b));
    }
    tx.exec(
        "UPDATE sales_quote SET net = $1, tax = $2, total = $3, cost = $4, list_net = $5, discount_rate = $6, margin_rate = $7 WHERE id = $8",
        binds![net, tax, add(net, tax)?, cost, list, rules::discount(list, net), rules::margin(net, cost), quote],
    )
    .await
    .map(|_| ())
}
