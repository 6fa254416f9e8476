//! What happens when a task is written: who gave it, where it stands at first, and whether it can come again.

use crate::{
    rules::Repeat,
    schema::{KINDS, STATUSES},
};
use async_trait::async_trait;
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Record, Tx, field::parse_date, read};

pub(crate) struct TaskHooks;

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}

/// The record it is about must be of a known type, there, and in sight of who links it.
async fn about(tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
    let (kind, id) = (text(new, "record_type").to_owned(), int(new, "record_id"));
    let (Some(id), false) = (id, kind.is_empty()) else {
        if kind.is_empty() && id.is_none() {
            return Ok(());
        }
        return Err(Error::field("record_id", "error-task-record"));
    };
    if old.is_some_and(|o| o.text("record_type") == kind && o.int("record_id") == Some(id)) {
        return Ok(());
    }
    if matches!(ctx.door, Door::Job) {
        return Ok(());
    }
    let wrong = || Error::field("record_id", "error-task-record");
    let ty = ctx.registry().get(&kind).map_err(|_| wrong())?.clone();
    if !ctx.actor.may(&ty.permission("view")) {
        return Err(wrong());
    }
    let record = read::find(ctx, tx, &ty, id).await?.ok_or_else(wrong)?;
    // Whose customer it is follows from the record.
    if new.get("party_id").is_none_or(Value::is_empty) {
        let party = match ty.party {
            Some("id") => Some(id),
            Some(field) => record.int(field),
            None => None,
        };
        new.insert("party_id".into(), party.into());
    }
    Ok(())
}

fn repeat(ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
    let word = text(new, "repeat").to_owned();
    if word.is_empty() {
        new.insert("repeat_days".into(), Value::Null);
        new.insert("repeat_from".into(), Value::Null);
        return Ok(());
    }
    let days = int(new, "repeat_days");
    if Repeat::read(&word, days).is_none() {
        return Err(Error::field("repeat_days", "error-task-days"));
    }
    if word != "days" {
        new.insert("repeat_days".into(), Value::Null);
    }
    let due = text(new, "due_on").to_owned();
    if due.is_empty() {
        return Err(Error::field("due_on", "error-task-due"));
    }
    // By hand another day or rhythm begins anew; the next one of a rhythm brings its beginning along.
    let moved = old.is_some_and(|o| o.text("due_on") != due || o.text("repeat") != word);
    let by_hand = matches!(ctx.door, Door::Page | Door::Api | Door::Import);
    if text(new, "repeat_from").is_empty() || (moved && by_hand) {
        new.insert("repeat_from".into(), due.into());
    }
    Ok(())
}

#[async_trait]
impl Hooks for TaskHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            if new.get("given_by_id").is_none_or(Value::is_empty) {
                new.insert("given_by_id".into(), ctx.actor.user.into());
            }
            if !STATUSES.contains(&text(new, "status")) {
                // What one takes on oneself needs nobody's acceptance.
                let own = int(new, "assignee_id").is_some() && int(new, "assignee_id") == int(new, "given_by_id");
                new.insert("status".into(), if own { "accepted" } else { "open" }.into());
            }
        }
        if let Some(old) = old {
            let same = int(new, "assignee_id") == old.int("assignee_id");
            let step = text(new, "status") != old.text("status");
            if !same && !step && ["done", "dropped"].contains(&text(new, "status")) {
                return Err(Error::field("assignee_id", "error-task-ended"));
            }
            // Given to somebody else by hand, it waits for that person's word.
            if !same && !step {
                let own = int(new, "assignee_id").is_some() && int(new, "assignee_id") == ctx.actor.user;
                new.insert("status".into(), if own { "accepted" } else { "open" }.into());
                new.insert("remark".into(), Value::Null);
            }
        }
        if !KINDS.contains(&text(new, "kind")) && !text(new, "kind").is_empty() {
            return Err(Error::field("kind", "error-not-a-choice"));
        }
        if !text(new, "due_on").is_empty() && parse_date(text(new, "due_on")).is_none() {
            return Err(Error::field("due_on", "error-not-a-date"));
        }
        about(tx, ctx, old, new).await?;
        repeat(ctx, old, new)
    }
}
