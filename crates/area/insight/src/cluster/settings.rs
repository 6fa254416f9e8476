//! How many groups the house wants; nothing said: as many as are proposed.

use super::NAME;
use super::compute::TRIED;
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Value};
use zhike_store::{Change, Ctx, Event, Query, Tx, setting};

/// The event of another number.
pub const CHANGED: &str = "value.clusters_changed.v1";
const SETTING: &str = "insight.clusters";

/// The number that the house chose.
pub async fn chosen(q: &dyn Query) -> Result<Option<usize>> {
    let text = setting::get(q, SETTING).await?;
    Ok(text.and_then(|t| t.parse().ok()).filter(|k| TRIED.contains(k)))
}

/// Chooses a number, or with `None` the one proposed, and asks for new groups.
pub async fn choose(ctx: &Ctx, tx: &Tx, k: Option<i64>) -> Result<()> {
    ctx.require("value.edit")?;
    let new = match k {
        None => None,
        Some(k) => Some(
            usize::try_from(k)
                .ok()
                .filter(|k| TRIED.contains(k))
                .ok_or_else(|| Error::field("k", "error-value-range"))?,
        ),
    };
    let old = chosen(tx).await?;
    if old == new {
        return Ok(());
    }
    setting::set(
        tx,
        SETTING,
        &new.map_or_else(|| "proposed".to_owned(), |k| k.to_string()),
    )
    .await?;
    let value = |k: Option<usize>| k.and_then(|k| i64::try_from(k).ok()).map_or(Value::Null, Value::Int);
    let change = Change {
        from: value(old),
        to: value(new),
    };
    let event = Event {
        kind: CHANGED.to_owned(),
        record_type: "value",
        changes: BTreeMap::from([("clusters".to_owned(), change)]),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    let unique = format!("{NAME}:asked");
    zhike_jobs::push(tx, NAME, Some(&unique), &serde_json::json!({})).await?;
    Ok(())
}
