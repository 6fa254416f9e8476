//! Taking a step with a task: accept, return, pass on, do, drop, reopen; and opening the next one of a rhythm.

use crate::rules::{self, Repeat, Stand, Step, Who};
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, event, read, write};

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The step.
    pub step: Step,
    /// The version that was read.
    pub version: i64,
    /// The remark of a return, the result of what was done.
    pub note: Option<String>,
    /// Who is to do it now.
    pub assignee: Option<i64>,
}

/// What was done.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The new version.
    pub version: i64,
    /// The address that undoes it.
    pub undo: Option<String>,
    /// The next task of the rhythm.
    pub next: Option<i64>,
}

/// Who asks, as the rules see it.
pub(crate) fn who(ctx: &Ctx) -> Who {
    Who {
        user: ctx.actor.user,
        leads: ctx.actor.owners().is_none_or(|o| o.len() > 1),
    }
}

/// A task as the rules see it.
pub(crate) fn stand(task: &Record) -> Stand<'_> {
    Stand {
        status: task.text("status"),
        assignee: task.int("assignee_id"),
        giver: task.int("given_by_id"),
    }
}

/// The steps that this person may take now.
pub(crate) fn open_to(ctx: &Ctx, task: &Record) -> Vec<Step> {
    if task.archived_at.is_some() || !ctx.actor.may("task.edit") {
        return vec![];
    }
    let (stand, who) = (stand(task), who(ctx));
    Step::ALL
        .into_iter()
        .filter(|s| rules::fits(*s, stand.status) && rules::may(*s, &stand, who))
        .collect()
}

fn changes(ctx: &Ctx, task: &Record, ask: &Ask) -> Result<Values> {
    let note = ask.note.as_deref().map(str::trim).filter(|n| !n.is_empty());
    let note = |needed: bool| match note {
        None if needed => Err(Error::field("note", "error-required")),
        Some(n) if n.chars().count() > 20_000 => Err(Error::field("note", "error-too-long").with("most", 20_000_i64)),
        other => Ok(Value::from(other)),
    };
    let me = Value::from(ctx.actor.user);
    let today = || Value::from(ctx.today());
    let mut new = Values::new();
    let mut put = |name: &str, value: Value| new.insert(name.to_owned(), value);
    match ask.step {
        Step::Accept => {
            put("status", "accepted".into());
            if task.int("assignee_id").is_none() {
                put("assignee_id", me);
            }
        }
        Step::Return => {
            put("remark", note(true)?);
            put("status", "returned".into());
        }
        Step::Assign => {
            let to = ask.assignee.ok_or_else(|| Error::field("assignee", "error-required"))?;
            let own = Some(to) == ctx.actor.user;
            put("assignee_id", to.into());
            put("status", if own { "accepted" } else { "open" }.into());
            put("remark", Value::Null);
        }
        Step::Done | Step::Drop => {
            let word = if ask.step == Step::Done { "done" } else { "dropped" };
            put("result", note(false)?);
            put("status", word.into());
            put("done_on", today());
            put("done_by_id", me);
        }
        Step::Reopen => {
            let word = if task.int("assignee_id").is_some() {
                "accepted"
            } else {
                "open"
            };
            put("status", word.into());
            put("done_on", Value::Null);
            put("done_by_id", Value::Null);
        }
    }
    Ok(new)
}

/// Takes the step.
pub(crate) async fn take(ctx: &Ctx, id: i64, ask: &Ask) -> Result<Taken> {
    ctx.require("task.edit")?;
    let ty = ctx.registry().get("task")?.clone();
    let mut tx = ctx.begin().await?;
    let task = read::need(ctx, &tx, &ty, id).await?;
    if task.version != ask.version {
        return Err(Error::stale());
    }
    if !rules::fits(ask.step, task.text("status")) {
        return Err(Error::refused("error-task-step"));
    }
    if !rules::may(ask.step, &stand(&task), who(ctx)) {
        return Err(Error::refused("error-task-whose"));
    }
    let new = changes(ctx, &task, ask)?;
    if let Some(to) = ask.assignee.filter(|_| ask.step == Step::Assign) {
        let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
        if tx.number(sql, binds![to]).await? == 0 {
            return Err(Error::field("assignee", "error-not-a-record"));
        }
    }
    let again = match ask.step {
        Step::Done => following(ctx, &tx, &task).await?,
        _ => None,
    };
    let batch = match &again {
        Some(_) => Some(tx.open_batch("task", task.text("number")).await?),
        None => None,
    };
    let version = write::update_from(ctx, &tx, &ty, task, ask.version, new).await?;
    let next = match again {
        // The system opens it: the rhythm goes on though who did it may not see what it is about.
        Some(values) => {
            let system = Ctx::system(&ctx.house, Door::Job);
            let ids = write::insert_many(&system, &tx, &ty, vec![values], None).await?;
            ids.first().copied()
        }
        None => None,
    };
    let undo = match batch {
        Some(batch) => Some(format!("/undo/batch/{batch}")),
        None => event::of_record(&tx, "task", id, 3)
            .await?
            .into_iter()
            .find(|e| e.kind == "task.changed.v1")
            .map(|e| format!("/undo/event/{}", e.id)),
    };
    tx.commit().await?;
    Ok(Taken { version, undo, next })
}

/// The next task of a rhythm, unless it is there already.
async fn following(ctx: &Ctx, tx: &Tx, task: &Record) -> Result<Option<Values>> {
    let Some(repeat) = Repeat::read(task.text("repeat"), task.int("repeat_days")) else {
        return Ok(None);
    };
    let (Some(due), Some(from)) = (task.date("due_on"), task.date("repeat_from")) else {
        return Ok(None);
    };
    let sql = "SELECT count(*) FROM work_task WHERE before_id = $1 AND archived_at IS NULL";
    if tx.number(sql, binds![task.id]).await? > 0 {
        return Ok(None);
    }
    let Some(next) = repeat.next(from, due.max(ctx.today())) else {
        return Ok(None);
    };
    let kept = [
        "title",
        "kind",
        "party_id",
        "record_type",
        "record_id",
        "assignee_id",
        "given_by_id",
        "priority",
        "repeat",
        "repeat_days",
        "repeat_from",
        "note",
    ];
    let mut values: Values = kept.iter().map(|n| ((*n).to_owned(), task.get(n).clone())).collect();
    let word = if task.int("assignee_id").is_some() {
        "accepted"
    } else {
        "open"
    };
    values.insert("status".into(), word.into());
    values.insert("due_on".into(), next.into());
    values.insert("before_id".into(), task.id.into());
    Ok(Some(values))
}
