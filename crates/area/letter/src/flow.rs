//! What happens to letters: a batch is made, posted or given back; a letter is taken out, comes back by post, is answered.
//! Each in one transaction, with the version that was seen.

use crate::{Ports, carry::Tray, code};
use std::sync::Arc;
use tokio::sync::Mutex;
use zhike_contract::{Beside, Channel, NewInteraction, outbound::Carried};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Event, Query, Record, Row, Tx, binds, read};

/// Who makes, prints and posts batches.
pub(crate) const PRINT: &str = "letter.print";
/// Who notes answers.
pub(crate) const ANSWER: &str = "letter.answer";
/// Letters of one batch.
pub(crate) const MOST: i64 = 500;

/// A batch holds letters to anybody: it is made and printed by who sees every customer.
pub(crate) fn sees_all(ctx: &Ctx) -> Result<()> {
    ctx.require(PRINT)?;
    match ctx.actor.owners() {
        None => Ok(()),
        Some(_) => Err(Error::refused("error-letter-sight")),
    }
}

/// How many messages wait to be printed, since when, and how many will come later.
pub(crate) async fn waiting(ctx: &Ctx) -> Result<(i64, Option<Stamp>, i64)> {
    let now = ctx.now().0;
    let sql = "SELECT count(*), MIN(not_before) FROM consent_message WHERE status IN ('held', 'waiting') AND via = 'letter' \
               AND not_before <= $1";
    let row = ctx.db().one(sql, binds![now]).await?.ok_or_else(Error::missing)?;
    let sql = "SELECT count(*) FROM consent_message WHERE status IN ('held', 'waiting') AND via = 'letter' AND not_before > $1";
    let later = ctx.db().number(sql, binds![now]).await?;
    Ok((row.int(0)?, row.opt_int(1)?.map(Stamp), later))
}

/// Makes a batch of what is due; none when the gate let nothing go.
pub(crate) async fn make(ctx: &Ctx, ports: &Ports) -> Result<Option<i64>> {
    sees_all(ctx)?;
    let batch = Arc::new(Mutex::new(None));
    let tray = Arc::new(Tray {
        ports: ports.clone(),
        batch: batch.clone(),
    });
    ports.outbound.draw(ctx, tray, MOST).await?;
    Ok(*batch.lock().await)
}

/// A letter as it lies in its batch.
struct Lying {
    id: i64,
    party: i64,
    code: String,
    subject: String,
    body: String,
    address: String,
    message: i64,
    record: Option<(String, i64)>,
}

const LYING: &str = "SELECT id, party_id, code, COALESCE(subject, ''), COALESCE(body, ''), COALESCE(address, ''), COALESCE(message_id, 0), \
                     record_type, record_id FROM letter_letter";

fn lying(r: &Row) -> Result<Lying> {
    Ok(Lying {
        id: r.int(0)?,
        party: r.int(1)?,
        code: r.text(2)?,
        subject: r.text(3)?,
        body: r.text(4)?,
        address: r.text(5)?,
        message: r.int(6)?,
        record: r.opt_text(7)?.zip(r.opt_int(8)?),
    })
}

async fn lying_in(tx: &Tx, batch: i64) -> Result<Vec<Lying>> {
    let sql = format!("{LYING} WHERE batch_id = $1 AND state = 'printing' ORDER BY id");
    tx.all(&sql, binds![batch]).await?.iter().map(lying).collect()
}

fn event(kind: &str, record_type: &'static str, id: i64, party: Option<i64>, note: Option<String>) -> Event {
    Event {
        kind: kind.to_owned(),
        record_type,
        record: id,
        party,
        note,
        ..Event::default()
    }
}

async fn tell(ctx: &Ctx, tx: &Tx, events: Vec<Event>) -> Result<()> {
    tx.emit_many(ctx.registry().listeners(), events).await.map(|_| ())
}

/// Ends a batch that lies on the desk; refuses one that somebody ended before.
async fn end(ctx: &Ctx, tx: &Tx, id: i64, version: i64, state: &str) -> Result<()> {
    let posted = (state == "posted").then(|| tx.at.date(&ctx.house.zone).to_string());
    let sql = "UPDATE letter_batch SET state = $1, posted_on = $2, version = version + 1, updated_at = $3 \
               WHERE id = $4 AND version = $5 AND state = 'open'";
    if tx.exec(sql, binds![state, posted, tx.at.0, id, version]).await? == 1 {
        return Ok(());
    }
    let sql = "SELECT state FROM letter_batch WHERE id = $1";
    let row = tx.one(sql, binds![id]).await?.ok_or_else(Error::missing)?;
    match row.text(0)?.as_str() {
        "open" => Err(Error::stale()),
        _ => Err(Error::refused("error-letter-ended")),
    }
}

/// Printed and posted: each letter is a contact of its customer. How many there were.
pub(crate) async fn posted(ctx: &Ctx, ports: &Ports, id: i64, version: i64) -> Result<usize> {
    sees_all(ctx)?;
    let tx = ctx.begin().await?;
    end(ctx, &tx, id, version, "posted").await?;
    let all = lying_in(&tx, id).await?;
    let day = tx.at.date(&ctx.house.zone).to_string();
    let sql = "UPDATE letter_letter SET state = 'posted', posted_on = $1, version = version + 1, updated_at = $2 \
               WHERE batch_id = $3 AND state = 'printing'";
    tx.exec(sql, binds![day, tx.at.0, id]).await?;
    let mut events = vec![event("letter_batch.posted.v1", "letter_batch", id, None, None)];
    for l in &all {
        ports
            .outbound
            .ended(ctx, &tx, l.message, Carried::Gone(l.code.clone()))
            .await?;
        let new = NewInteraction {
            channel: Channel::Letter,
            outgoing: true,
            at: tx.at,
            party: Some(l.party),
            address: l.address.replace('\n', ", "),
            subject: l.subject.clone(),
            body: l.body.clone(),
            record: l.record.clone(),
            message: Some(l.message),
            user: None,
            seconds: None,
            key: Some(format!("message:{}", l.message)),
        };
        ports.interactions.join(ctx, &tx, &new, &Beside::default()).await?;
        events.push(event("letter.posted.v1", "letter", l.id, Some(l.party), None));
    }
    tell(ctx, &tx, events).await?;
    tx.commit().await?;
    Ok(all.len())
}

async fn give_back(ctx: &Ctx, tx: &Tx, ports: &Ports, all: &[Lying]) -> Result<()> {
    let mut events = vec![];
    for l in all {
        let sql = "UPDATE letter_letter SET state = 'back', version = version + 1, updated_at = $1 WHERE id = $2 AND state = 'printing'";
        tx.exec(sql, binds![tx.at.0, l.id]).await?;
        let again = Carried::Again(tx.at, String::new());
        ports.outbound.ended(ctx, tx, l.message, again).await?;
        events.push(event("letter.given_back.v1", "letter", l.id, Some(l.party), None));
    }
    tell(ctx, tx, events).await
}

/// Not printed: all of them wait again.
pub(crate) async fn emptied(ctx: &Ctx, ports: &Ports, id: i64, version: i64) -> Result<usize> {
    sees_all(ctx)?;
    let tx = ctx.begin().await?;
    end(ctx, &tx, id, version, "emptied").await?;
    let all = lying_in(&tx, id).await?;
    give_back(ctx, &tx, ports, &all).await?;
    tell(
        ctx,
        &tx,
        vec![event("letter_batch.emptied.v1", "letter_batch", id, None, None)],
    )
    .await?;
    tx.commit().await?;
    Ok(all.len())
}

/// Reads a letter in the actor's sight, for writing; refuses another version and other states than these.
async fn need(ctx: &Ctx, tx: &Tx, id: i64, version: i64, states: &[&str]) -> Result<(Record, Lying)> {
    let ty = ctx.registry().get("letter")?.clone();
    tx.exec("UPDATE letter_letter SET state = state WHERE id = $1", binds![id])
        .await?;
    let record = read::need(ctx, tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    if !states.contains(&record.text("state")) {
        return Err(Error::refused("error-letter-state"));
    }
    let row = tx.one(&format!("{LYING} WHERE id = $1"), binds![id]).await?;
    let lying = lying(&row.ok_or_else(Error::missing)?)?;
    Ok((record, lying))
}

/// One letter is not posted with the others: it waits again. The batch that loses its last one has ended.
pub(crate) async fn taken_out(ctx: &Ctx, ports: &Ports, id: i64, version: i64) -> Result<()> {
    ctx.require(PRINT)?;
    let tx = ctx.begin().await?;
    let (record, l) = need(ctx, &tx, id, version, &["printing"]).await?;
    give_back(ctx, &tx, ports, &[l]).await?;
    let batch = record.int("batch_id").unwrap_or(0);
    let sql = "UPDATE letter_batch SET letters = letters - 1, state = CASE WHEN letters <= 1 THEN 'emptied' ELSE state END, \
               version = version + 1, updated_at = $1 WHERE id = $2";
    tx.exec(sql, binds![tx.at.0, batch]).await?;
    tx.commit().await
}

/// It came back by post: the message failed, and the contact says so.
pub(crate) async fn returned(ctx: &Ctx, ports: &Ports, id: i64, version: i64, why: &str) -> Result<()> {
    ctx.require(ANSWER)?;
    let why: String = why.trim().chars().take(300).collect();
    let tx = ctx.begin().await?;
    let (_, l) = need(ctx, &tx, id, version, &["posted"]).await?;
    let sql = "UPDATE letter_letter SET state = 'returned', trouble = $1, version = version + 1, updated_at = $2 WHERE id = $3";
    let trouble = Some(why.clone()).filter(|w| !w.is_empty());
    tx.exec(sql, binds![trouble.clone(), tx.at.0, id]).await?;
    ports.outbound.reported(ctx, &tx, l.message, false, &why).await?;
    tell(
        ctx,
        &tx,
        vec![event("letter.returned.v1", "letter", id, Some(l.party), trouble)],
    )
    .await?;
    tx.commit().await
}

/// The letter of a code that somebody typed in.
pub(crate) async fn by_code(ctx: &Ctx, typed: &str) -> Result<Record> {
    let code = code::read(typed)?;
    let none = || Error::field("code", "error-letter-unknown");
    let sql = "SELECT id FROM letter_letter WHERE code = $1 AND archived_at IS NULL";
    let row = ctx.db().one(sql, binds![code]).await?.ok_or_else(none)?;
    let ty = ctx.registry().get("letter")?.clone();
    read::find(ctx, ctx.db(), &ty, row.int(0)?).await?.ok_or_else(none)
}

/// An answer came: it is a contact in the thread of the letter, and it is our turn. The contact.
pub(crate) async fn answered(
    ctx: &Ctx,
    ports: &Ports,
    id: i64,
    version: i64,
    (channel, text): (Channel, &str),
) -> Result<i64> {
    ctx.require(ANSWER)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field("text", "error-required"));
    }
    if text.chars().count() > 20_000 {
        return Err(Error::field("text", "error-letter-long"));
    }
    let tx = ctx.begin().await?;
    let (_, l) = need(ctx, &tx, id, version, &["printing", "posted", "returned"]).await?;
    let day = tx.at.date(&ctx.house.zone).to_string();
    let sql = "UPDATE letter_letter SET answers = answers + 1, answered_on = $1, version = version + 1, updated_at = $2 WHERE id = $3";
    tx.exec(sql, binds![day, tx.at.0, id]).await?;
    // Whoever answers has got it.
    ports.outbound.reported(ctx, &tx, l.message, true, "").await?;
    let new = NewInteraction {
        channel,
        outgoing: false,
        at: tx.at,
        party: Some(l.party),
        address: String::new(),
        subject: l.subject.clone(),
        body: text.to_owned(),
        record: l.record.clone(),
        message: None,
        user: None,
        seconds: None,
        key: None,
    };
    let (contact, _) = ports.interactions.join(ctx, &tx, &new, &Beside::default()).await?;
    let shown = code::shown(&l.code);
    tell(
        ctx,
        &tx,
        vec![event("letter.answered.v1", "letter", id, Some(l.party), Some(shown))],
    )
    .await?;
    tx.commit().await?;
    Ok(contact)
}
