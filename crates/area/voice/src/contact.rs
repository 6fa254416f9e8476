//! A call that is over is one contact with the customer: written down once, kept in step with what is learnt later. A call
//! that nobody took waits in the inbox until somebody has called back.

use crate::Ports;
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::{Door, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};

/// Did they speak with one another?
fn spoke(call: &Record) -> bool {
    call.text("result") == "answered"
}

/// One line that says it in every language: the call's number and how long it took.
fn subject(call: &Record) -> String {
    let s = call.int("seconds").unwrap_or(0);
    if spoke(call) {
        format!("{} · {}:{:02}", call.text("number"), s / 60, s % 60)
    } else {
        call.text("number").to_owned()
    }
}

/// Writes the contact down once the call has ended, or brings it up to date.
pub(crate) async fn note(ctx: &Ctx, tx: &Tx, ports: &Ports, call: i64) -> Result<()> {
    let ty = ctx.registry().get("call")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let Some(record) = read::find(&system, tx, &ty, call).await? else {
        return Ok(());
    };
    if record.text("status") != "ended" || record.archived_at.is_some() {
        return Ok(());
    }
    if record.int("interaction_id").is_some() {
        follow(ctx, tx, &record).await?;
    } else {
        let new = NewInteraction {
            channel: Channel::Phone,
            outgoing: record.text("direction") == "out",
            at: Stamp(record.int("started_at").unwrap_or(tx.at.0)),
            party: record.int("party_id"),
            address: record.text("address").to_owned(),
            subject: subject(&record),
            body: record.text("note").to_owned(),
            record: Some(match record.int("case_id") {
                Some(case) => ("case".into(), case),
                None => ("call".into(), call),
            }),
            message: None,
            user: record.int("user_id").filter(|_| spoke(&record)),
            seconds: record.int("seconds"),
            key: Some(format!("call:{call}")),
        };
        let id = ports.interactions.note(&system, tx, &new).await?;
        let sql = "UPDATE voice_call SET interaction_id = $1 WHERE id = $2";
        tx.exec(sql, binds![id, call]).await?;
    }
    if spoke(&record) {
        settle(&system, tx, &record).await?;
    }
    Ok(())
}

/// Brings the contact in step with its call.
pub(crate) async fn follow(ctx: &Ctx, tx: &Tx, call: &Record) -> Result<()> {
    let Some(id) = call.int("interaction_id") else {
        return Ok(());
    };
    let system = Ctx::system(&ctx.house, Door::Job);
    let ty = ctx.registry().get("interaction")?.clone();
    let Some(contact) = read::find(&system, tx, &ty, id)
        .await?
        .filter(|c| c.archived_at.is_none())
    else {
        return Ok(());
    };
    let minutes = call.int("seconds").filter(|_| spoke(call)).map(|s| (s + 59) / 60);
    let note = call.text("note");
    let changes = Values::from([
        ("subject".to_owned(), subject(call).into()),
        ("party_id".to_owned(), call.int("party_id").into()),
        ("user_id".to_owned(), call.int("user_id").filter(|_| spoke(call)).into()),
        ("minutes".to_owned(), minutes.into()),
        (
            "body".to_owned(),
            if note.is_empty() { Value::Null } else { note.into() },
        ),
    ]);
    let (version, talk) = (contact.version, contact.int("conversation_id"));
    write::update_from(&system, tx, &ty, contact, version, changes).await?;
    // Its conversation is the customer's too.
    if let (Some(talk), Some(party)) = (talk, call.int("party_id")) {
        change_talk(&system, tx, talk, |old| {
            (old.int("party_id").is_none()).then(|| Values::from([("party_id".to_owned(), party.into())]))
        })
        .await?;
    }
    Ok(())
}

async fn change_talk(ctx: &Ctx, tx: &Tx, id: i64, change: impl Fn(&Record) -> Option<Values> + Send) -> Result<()> {
    let ty = ctx.registry().get("conversation")?.clone();
    let Some(talk) = read::find(ctx, tx, &ty, id).await?.filter(|t| t.archived_at.is_none()) else {
        return Ok(());
    };
    if let Some(values) = change(&talk) {
        let version = talk.version;
        write::update_from(ctx, tx, &ty, talk, version, values).await?;
    }
    Ok(())
}

/// They spoke: nobody waits for this call, nor for those before it that were missed.
async fn settle(ctx: &Ctx, tx: &Tx, call: &Record) -> Result<()> {
    let until = call.int("ended_at").unwrap_or(tx.at.0);
    let sql = "SELECT id FROM inbox_conversation WHERE record_type = 'call' AND state = 'open' AND archived_at IS NULL AND last_at <= $1 \
               AND (record_id = $2 OR (party_id = $3 AND party_id IS NOT NULL) OR (party_id IS NULL AND address = $4)) ORDER BY id LIMIT 50";
    let rows = tx
        .all(sql, binds![until, call.id, call.int("party_id"), call.text("address")])
        .await?;
    for row in rows {
        let closed = |_: &Record| {
            Some(Values::from([
                ("state".to_owned(), Value::from("closed")),
                ("unanswered_since".to_owned(), Value::Null),
                ("snoozed_until".to_owned(), Value::Null),
            ]))
        };
        change_talk(ctx, tx, row.int(0)?, closed).await?;
    }
    Ok(())
}
