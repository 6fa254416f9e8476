//! A person says what came of an alarm.

use super::types::OUTCOMES;
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Ctx, event, read, write};

/// What was done: the new version and the event that undo takes back.
pub struct Done {
    /// Version now.
    pub version: i64,
    /// The event.
    pub event: Option<i64>,
}

/// Notes the outcome.
pub async fn note(ctx: &Ctx, id: i64, version: i64, to: &str, note: Option<&str>) -> Result<Done> {
    ctx.require("alarm.edit")?;
    if !OUTCOMES.contains(&to) {
        return Err(Error::field("to", "error-not-a-choice"));
    }
    let ty = ctx.registry().get("alarm")?.clone();
    let tx = ctx.begin().await?;
    let alarm = read::need(ctx, &tx, &ty, id).await?;
    if alarm.version != version {
        return Err(Error::stale());
    }
    let mut changes = Values::from([
        ("status".to_owned(), to.into()),
        ("judged_by".to_owned(), "person".into()),
        ("judged_on".to_owned(), ctx.today().into()),
    ]);
    if let Some(text) = note.map(str::trim).filter(|n| !n.is_empty()) {
        changes.insert("note".to_owned(), text.into());
    }
    let version = write::update_from(ctx, &tx, &ty, alarm, version, changes).await?;
    let changed = event::of_record(&tx, "alarm", id, 5)
        .await?
        .into_iter()
        .find(|e| e.kind == "alarm.changed.v1")
        .map(|e| e.id);
    tx.commit().await?;
    Ok(Done {
        version,
        event: changed,
    })
}
