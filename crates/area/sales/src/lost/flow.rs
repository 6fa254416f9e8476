//! Confirming or refusing a proposal, and trying to win a customer back.

use jiff::ToSpan;
use std::sync::Arc;
use zhike_contract::{NewTask, Tasks};
use zhike_kernel::{Date, Error, Result, Values};
use zhike_store::{Ctx, Event, Query, binds, event, read, write};

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// `confirm`, `refuse`, `win_back`.
    pub to: String,
    /// The version that was read.
    pub version: i64,
    /// Why it was lost.
    pub reason: Option<i64>,
    /// To whom.
    pub rival: Option<i64>,
    /// What one should know.
    pub note: Option<String>,
    /// Who tries; the customer's owner unless somebody is named.
    pub assignee: Option<i64>,
    /// By when; in a week unless a day is named.
    pub due: Option<Date>,
    /// What the task is called.
    pub title: String,
}

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    /// The new version.
    pub version: i64,
    /// The task that was opened.
    pub task: Option<i64>,
    /// The event that undo takes back.
    pub event: Option<i64>,
}

/// Does it.
pub(crate) async fn run(ctx: &Ctx, tasks: &Arc<dyn Tasks>, id: i64, ask: &Ask) -> Result<Done> {
    ctx.require("loss.edit")?;
    let ty = ctx.registry().get("loss")?.clone();
    let tx = ctx.begin().await?;
    let loss = read::need(ctx, &tx, &ty, id).await?;
    if loss.version != ask.version {
        return Err(Error::stale());
    }
    let wanted = match ask.to.as_str() {
        "confirm" | "refuse" => "proposed",
        "win_back" => "lost",
        _ => return Err(Error::field("to", "error-not-a-choice")),
    };
    if loss.text("status") != wanted {
        return Err(Error::refused("error-loss-step"));
    }
    let mut new = Values::new();
    if let Some(note) = ask.note.as_deref().map(str::trim).filter(|n| !n.is_empty()) {
        new.insert("note".into(), note.into());
    }
    let mut task = None;
    match ask.to.as_str() {
        "confirm" => {
            let reason = ask
                .reason
                .ok_or_else(|| Error::field("reason_id", "error-loss-reason"))?;
            new.insert("reason_id".into(), reason.into());
            new.insert("rival_id".into(), ask.rival.into());
            new.insert("status".into(), "lost".into());
        }
        "refuse" => {
            new.insert("status".into(), "refused".into());
        }
        _ => {
            let party = loss.int("party_id");
            let sql = "SELECT COALESCE(owner_id, 0) FROM party_party WHERE id = $1";
            let owner = tx.number(sql, binds![party]).await?;
            let assignee = ask.assignee.or((owner > 0).then_some(owner)).or(ctx.actor.user);
            if let Some(user) = assignee {
                let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
                if tx.number(sql, binds![user]).await? == 0 {
                    return Err(Error::field("assignee", "error-not-a-record"));
                }
            }
            let due = ask
                .due
                .unwrap_or_else(|| ctx.today().checked_add(7.days()).unwrap_or(ctx.today()));
            let open = tasks
                .open(
                    ctx,
                    &tx,
                    &NewTask {
                        title: ask.title.clone(),
                        kind: "win_back",
                        party,
                        record: Some(("loss", id)),
                        assignee,
                        due: Some(due),
                        note: ask.note.clone(),
                        // A second click on the same page opens no second task; later one may try again.
                        key: Some(format!("win-back:{id}:{}", ask.version)),
                    },
                )
                .await?;
            task = Some(open);
            new.insert("task_id".into(), open.into());
            if loss.text("tried_on").is_empty() {
                new.insert("tried_on".into(), ctx.today().into());
            }
        }
    }
    let party = loss.int("party_id");
    let version = write::update_from(ctx, &tx, &ty, loss, ask.version, new).await?;
    let changed = event::of_record(&tx, "loss", id, 5)
        .await?
        .into_iter()
        .find(|e| e.kind == "loss.changed.v1")
        .map(|e| e.id);
    if task.is_some() {
        let told = Event {
            kind: "loss.tried.v1".into(),
            record_type: "loss",
            record: id,
            party,
            ..Event::default()
        };
        tx.emit(ctx.registry().listeners(), told).await?;
    }
    tx.commit().await?;
    Ok(Done {
        version,
        task,
        // A task that was opened is ended by itself, not by undo.
        event: changed.filter(|_| task.is_none()),
    })
}
