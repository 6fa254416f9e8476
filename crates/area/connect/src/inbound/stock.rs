//! Stock levels as another system counts them: the ledger gets a correction by the difference.

use super::{
    apply::Done,
    item::{Item, by, newer},
};
use serde_json::Value as Any;
use zhike_contract::Levels;
use zhike_kernel::{Error, Result, Stamp, number};
use zhike_store::{Ctx, Tx};

const FIELDS: [&str; 4] = ["product", "warehouse", "on_hand", "as_of"];

/// The sender's key of an item.
pub(super) fn key(item: &Any) -> String {
    let part = |n: &str| item.get(n).and_then(Any::as_str).unwrap_or("").trim().to_owned();
    format!("{} @ {}", part("product"), part("warehouse"))
}

/// Applies one.
pub(super) async fn apply(
    ctx: &Ctx,
    tx: &Tx,
    levels: &dyn Levels,
    item: &Any,
    sent_at: Stamp,
    note: &str,
) -> Result<Done> {
    ctx.require("stock_move.create")?;
    let item = Item::read(item, &FIELDS, &[])?;
    let as_of = item.as_of(sent_at)?;
    let product = by(ctx, tx, "product", &["sku"], "product", item.need("product")?).await?;
    let place = by(
        ctx,
        tx,
        "warehouse",
        &["code", "name"],
        "warehouse",
        item.need("warehouse")?,
    )
    .await?;
    let counted = number::parse_scaled(item.need("on_hand")?, 3, false)
        .map_err(|_| Error::field("on_hand", "error-not-a-number"))?;
    if !newer(tx, "stock-levels", &format!("{product} {place}"), as_of).await? {
        return Ok(Done::older("product", product));
    }
    match levels.count(ctx, tx, product, place, counted, note).await? {
        0 => Ok(Done::same("product", product)),
        _ => Ok(Done::applied("product", product)),
    }
}
