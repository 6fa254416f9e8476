//! An approver acts: from the page, from the record, through the API.

use crate::{
    kept::{self, Request, Shown},
    people,
    port::{self, Subjects},
    rules::{self, Act, Next, State},
};
use zhike_contract::Outcome;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query as _, Tx, binds};

/// What is sent in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// `approve`, `return`, `reject`, `before`, `after`, `delegate`.
    pub act: String,
    /// The person of the last three.
    pub person: Option<i64>,
    /// Remark; wanted for `return` and `reject`.
    pub note: Option<String>,
    /// The task's version that was looked at.
    pub version: i64,
}

fn read(said: &Said) -> Result<Act> {
    let person = || said.person.ok_or_else(|| Error::field("person", "error-required"));
    let reason = |act| match &said.note {
        Some(note) if !note.trim().is_empty() => Ok(act),
        _ => Err(Error::field("note", "error-approval-reason")),
    };
    match said.act.as_str() {
        "approve" => Ok(Act::Approve),
        "return" => reason(Act::Return),
        "reject" => reason(Act::Reject),
        "before" => Ok(Act::Before(person()?)),
        "after" => Ok(Act::After(person()?)),
        "delegate" => Ok(Act::Delegate(person()?)),
        _ => Err(Error::field("act", "error-not-a-choice")),
    }
}

/// Locks a request so that two approvers act one after the other, and reads it as it is then.
async fn lock(tx: &Tx, id: i64) -> Result<Request> {
    tx.exec(
        "UPDATE approval_request SET version = version + 1 WHERE id = $1",
        binds![id],
    )
    .await?;
    kept::need(tx, id).await
}

/// Does it. The error says what is in the way: done meanwhile, not yours, the record has changed.
pub(crate) async fn act(ctx: &Ctx, subjects: &Subjects, request: i64, task: i64, said: &Said) -> Result<()> {
    let me = ctx.actor.user.ok_or_else(Error::unknown)?;
    ctx.require("approval.own")?;
    let what = read(said)?;
    let tx = ctx.begin().await?;
    let request = lock(&tx, request).await?;
    let all = kept::tasks(&tx, request.id).await?;
    let mine: &Shown = all.iter().find(|t| t.task.id == task).ok_or_else(Error::missing)?;
    if !people::stands_for(&tx, me, ctx.today())
        .await?
        .contains(&mine.task.user)
    {
        return Err(Error::missing());
    }
    if mine.version != said.version || mine.task.state != State::Open {
        return Err(Error {
            code: "error-approval-meanwhile",
            ..Error::stale()
        });
    }
    if request.state != "open" {
        return Err(Error::refused("error-approval-done"));
    }
    let of = subjects.need(&request.subject)?.clone();
    // What is signed must be what stands there: looked at as the house, the approver need not see the record itself.
    let house = Ctx::system(&ctx.house, ctx.door);
    let now = kept::hash(&kept::canonical(&of.look(&house, &tx, request.record).await?.frozen));
    if now != request.hash {
        port::end(&house, &tx, of.as_ref(), &request, Outcome::Void, None).await?;
        tx.commit().await?;
        return Err(Error::refused("error-approval-changed"));
    }
    person_is_there(&tx, what, &request).await?;
    let plain: Vec<rules::Task> = all.iter().map(|t| t.task.clone()).collect();
    let levels: Vec<bool> = request.levels.iter().map(|l| l.all).collect();
    let plan = rules::act(&plain, &levels, request.level, task, what).map_err(Error::refused)?;
    let note = said
        .note
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(str::to_owned);
    for (id, state) in &plan.changes {
        // Whoever is open again is reminded from now on.
        tx.exec(
            "UPDATE approval_task SET state = $1, version = version + 1, opened_at = $2 WHERE id = $3",
            binds![state.name(), tx.at.0, *id],
        )
        .await?;
    }
    tx.exec(
        "UPDATE approval_task SET note = $1, done_by = $2, done_at = $3 WHERE id = $4",
        binds![note.clone(), me, tx.at.0, task],
    )
    .await?;
    if let Some(new) = &plan.new {
        kept::open_task(&tx, request.id, request.level, new.user, new.why, Some(new.parent)).await?;
    }
    tell(&house, &tx, subjects, &request, what, note.clone()).await?;
    match plan.next {
        Next::Stay => {}
        Next::Level(level) => {
            tx.exec(
                "UPDATE approval_request SET level = $1 WHERE id = $2",
                binds![level, request.id],
            )
            .await?;
            port::open_level(&tx, &request, level).await?;
        }
        Next::Approved => port::end(&house, &tx, of.as_ref(), &request, Outcome::Approved, None).await?,
        Next::Returned => port::end(&house, &tx, of.as_ref(), &request, Outcome::Returned, note).await?,
        Next::Rejected => port::end(&house, &tx, of.as_ref(), &request, Outcome::Rejected, note).await?,
    }
    tx.commit().await
}

/// The person asked must be somebody who can sign in, and not the one who asked for approval.
async fn person_is_there(tx: &Tx, act: Act, request: &Request) -> Result<()> {
    let (Act::Before(user) | Act::After(user) | Act::Delegate(user)) = act else {
        return Ok(());
    };
    if Some(user) == request.asked_by {
        return Err(Error::field("person", "error-approval-asker"));
    }
    let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
    if tx.number(sql, binds![user]).await? == 0 {
        return Err(Error::field("person", "error-not-a-record"));
    }
    Ok(())
}

/// The event of an act that does not end the request; ends are told where they happen.
async fn tell(
    ctx: &Ctx,
    tx: &Tx,
    subjects: &Subjects,
    request: &Request,
    act: Act,
    note: Option<String>,
) -> Result<()> {
    let (what, person) = match act {
        Act::Approve => ("signed", None),
        Act::Before(user) | Act::After(user) => ("added", Some(user)),
        Act::Delegate(user) => ("delegated", Some(user)),
        Act::Return | Act::Reject => return Ok(()),
    };
    let mut words = vec![];
    if let Some(user) = person {
        words.push(port::name_of(ctx, tx, user).await?);
    }
    words.extend(note);
    let words = (!words.is_empty()).then(|| words.join(" · "));
    port::tell(ctx, tx, subjects.need(&request.subject)?.as_ref(), request, what, words).await
}
