//! What happens when a measure is written: it gets somebody and a task, and a day when it is done.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{Close, NewTask, Tasks};
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::registry::Saved;
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read};

pub struct MeasureHooks(pub Arc<dyn Tasks>);

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

/// The task of a measure, under this key.
pub fn key(id: i64) -> String {
    format!("measure:{id}")
}

#[async_trait]
impl Hooks for MeasureHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("owner_id").is_none_or(Value::is_empty) && ctx.door.by_hand() {
            let party = new.get("party_id").and_then(Value::int).unwrap_or(0);
            let sql =
                "SELECT u.id FROM party_party t JOIN identity_user u ON u.id = t.owner_id AND u.active WHERE t.id = $1";
            let owner = tx.one(sql, binds![party]).await?.map(|row| row.int(0)).transpose()?;
            new.insert("owner_id".to_owned(), owner.or(ctx.actor.user).into());
        }
        if text(new, "status") == "done" {
            let today = ctx.today();
            match text(new, "done_on").parse::<Date>() {
                Err(_) => {
                    new.insert("done_on".to_owned(), today.into());
                }
                Ok(on) if on > today => return Err(Error::field("done_on", "error-measure-future")),
                Ok(_) => {}
            }
        } else if !text(new, "done_on").is_empty() {
            return Err(Error::field("done_on", "error-measure-not-done"));
        }
        // Another day has another result.
        if old.is_some_and(|o| new.get("done_on") != Some(o.get("done_on"))) {
            for name in RESULT {
                new.insert(name.to_owned(), Value::Null);
            }
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let ty = ctx.registry().get("measure")?.clone();
        for row in rows.iter().filter(|_| ctx.door.by_hand()) {
            let moved = row.old.is_none() || row.new.contains_key("status");
            let Some(measure) = read::find(ctx, tx, &ty, row.id).await?.filter(|_| moved) else {
                continue;
            };
            match measure.text("status") {
                "done" => self.0.close(ctx, tx, &key(row.id), Close::Done).await?,
                "dropped" => self.0.close(ctx, tx, &key(row.id), Close::Dropped).await?,
                _ if row.old.is_none() => self.open(ctx, tx, &measure).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is computed about a measure.
pub const RESULT: [&str; 6] = [
    "profit_before",
    "profit_after",
    "change",
    "others",
    "measured_days",
    "measured_on",
];

impl MeasureHooks {
    async fn open(&self, ctx: &Ctx, tx: &Tx, measure: &Record) -> Result<()> {
        let task = NewTask {
            title: measure.text("number").to_owned(),
            kind: "measure",
            party: measure.int("party_id"),
            record: Some(("measure", measure.id)),
            assignee: measure.int("owner_id"),
            due: measure.date("due_on"),
            note: Some(measure.text("description").to_owned()).filter(|d| !d.is_empty()),
            key: Some(key(measure.id)),
        };
        let task = self.0.open(ctx, tx, &task).await?;
        // Part of its making, in the same transaction: no change of its own.
        tx.exec(
            "UPDATE insight_measure SET task_id = $1 WHERE id = $2",
            binds![task, measure.id],
        )
        .await
        .map(|_| ())
    }
}
