//! What shipments speak for of a line stays as it was ordered.

use crate::{deliver, shipment};
use zhike_kernel::{Error, Result};
use zhike_store::{Tx, registry::Saved};

/// What was shipped, or is being picked, stays as it was ordered.
pub(crate) async fn enough(tx: &Tx, order: i64, rows: &[Saved]) -> Result<()> {
    for line in shipment::progress::of(tx, order).await? {
        let spoken = line.left + line.planned;
        let Some((i, row)) = rows
            .iter()
            .enumerate()
            .find(|(_, r)| r.id == line.id && r.old.is_some())
        else {
            continue;
        };
        if spoken > line.quantity {
            let mut e = Error::field("quantity", "error-order-line-less");
            for field in &mut e.fields {
                field.args.push(("least", deliver::words(spoken).into()));
            }
            return Err(e.at_row(i));
        }
        if spoken > 0
            && ["product_id", "unit", "options"]
                .iter()
                .any(|f| row.new.contains_key(*f))
        {
            return Err(Error::refused("error-order-line-shipped").at_row(i));
        }
    }
    Ok(())
}
