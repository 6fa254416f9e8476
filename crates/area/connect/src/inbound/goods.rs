//! Goods on their way, as a warehouse's or a carrier's system tells: the shipment stands where its words say, in whatever
//! order they come.

use super::{apply::Done, item::Item};
use serde_json::Value as Any;
use zhike_contract::{GoodsWord, Heard, Orders};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Tx};

const FIELDS: [&str; 7] = [
    "carrier",
    "tracking",
    "event",
    "at",
    "external_key",
    "expected_on",
    "note",
];

/// The sender's key of an item.
pub(super) fn key(item: &Any) -> String {
    let part = |n: &str| item.get(n).and_then(Any::as_str).unwrap_or("").trim().to_owned();
    format!("{} {}", part("tracking"), part("event"))
}

/// Applies one. A number that no shipment bears is refused: it is tried again when the shipment has it.
pub(super) async fn apply(ctx: &Ctx, tx: &Tx, orders: &dyn Orders, item: &Any, sent_at: Stamp) -> Result<Done> {
    let item = Item::read(item, &FIELDS, &[])?;
    let text = |name: &str| item.get(name).filter(|t| !t.is_empty()).map(str::to_owned);
    let (tracking, event) = (item.need("tracking")?.to_owned(), item.need("event")?.to_owned());
    let at = text("at").unwrap_or_else(|| sent_at.rfc3339());
    let key = match text("external_key") {
        Some(_) => item.key("external_key")?,
        None => format!("{tracking} {event} {at}"),
    };
    let word = GoodsWord {
        carrier: item.need("carrier")?.to_owned(),
        tracking,
        event,
        at,
        key,
        expected_on: text("expected_on"),
        note: text("note"),
    };
    let (heard, shipment) = orders.heard(ctx, tx, &word).await?;
    let shipment = shipment.unwrap_or(0);
    match heard {
        Heard::Unknown => Err(Error::field("tracking", "error-inbound-unknown")),
        Heard::Applied => Ok(Done::applied("shipment", shipment)),
        Heard::Repeated | Heard::Kept => Ok(Done::same("shipment", shipment)),
    }
}
