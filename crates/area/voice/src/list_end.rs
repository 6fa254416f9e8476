//! What came of a call of a list: written down with its contact, in one group that can be taken back.

use crate::{
    Ports,
    list_flow::{change, count, item, list},
    list_types::OUTCOMES,
    told::moment,
};
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::{Door, Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, undo, write};

/// Whom one did not reach is tried again after so many seconds, so often.
const AGAIN_SECONDS: i64 = 4 * 3_600;
const TRIES: i64 = 3;
/// What one writes within so many seconds of a call belongs to it.
const CALL_SECONDS: i64 = 2 * 3_600;

/// What came of a call, as it is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub word: String,
    pub note: String,
    /// When to call again.
    pub at: Option<String>,
    pub version: Option<i64>,
}

/// Writes down what came of a call, in one group that can be taken back.
pub(crate) async fn ended(ctx: &Ctx, ports: &Ports, id: i64, one: i64, told: &Outcome) -> Result<()> {
    let list = list(ctx, ctx.db(), id).await?;
    if !OUTCOMES.contains(&told.word.as_str()) {
        return Err(Error::field("outcome", "error-not-a-choice"));
    }
    if told.note.chars().count() > 20_000 {
        return Err(Error::field("note", "error-too-long").with("most", 20_000_i64));
    }
    let version = told.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let mut tx = ctx.begin().await?;
    let record = item(ctx, &tx, id, one).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    if record.int("called_at").is_none() {
        return Err(Error::refused("error-call-item-not-called"));
    }
    let party = record.int("party_id").ok_or_else(Error::missing)?;
    // Not in the group: a closed address is never removed, only opened again.
    let closed = match told.word.as_str() {
        "refused" => refuse(ctx, &tx, party, &list, told).await?,
        _ => None,
    };
    let batch = tx.open_batch("call", list.text("name")).await?;
    let tries = record.int("tries").unwrap_or(1);
    let (state, at) = match told.word.as_str() {
        "call_back" => ("later", Value::from(back_at(ctx, told.at.as_deref())?.0)),
        "not_reached" if tries < TRIES => ("later", tx.at.plus_seconds(AGAIN_SECONDS).0.into()),
        _ => ("done", Value::Null),
    };
    contact(ctx, &tx, ports, &record, told).await?;
    let note = told.note.trim();
    let values = Values::from([
        ("state".to_owned(), Value::from(state)),
        ("not_before".to_owned(), at),
        ("outcome".to_owned(), told.word.as_str().into()),
        ("reason".to_owned(), Value::Null),
        (
            "note".to_owned(),
            if note.is_empty() { Value::Null } else { note.into() },
        ),
    ]);
    change(ctx, &tx, record, values).await?;
    let sql = "UPDATE voice_item SET claimed_by = NULL, claimed_at = NULL, last_batch = $1, last_user = $2, last_opt_out = $3 WHERE id = $4";
    tx.exec(sql, binds![batch, ctx.actor.user, closed, one]).await?;
    tx.commit().await
}

/// When to call again: in the future, within a year.
fn back_at(ctx: &Ctx, text: Option<&str>) -> Result<Stamp> {
    let text = text
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .ok_or_else(|| Error::field("at", "error-required"))?;
    let wrong = || Error::field("at", "error-not-a-moment");
    // Wall time as a browser's field writes it, or an instant as programs do.
    let at = match text.parse::<jiff::civil::DateTime>() {
        Ok(wall) if !text.ends_with('Z') => Stamp(
            wall.to_zoned(ctx.house.zone.clone())
                .map_err(|_| wrong())?
                .timestamp()
                .as_microsecond(),
        ),
        _ => {
            let far = ctx.now().plus_seconds(3_660 * 86_400);
            moment(Some(text), far).map_err(|_| wrong())?
        }
    };
    if at <= ctx.now() || at > ctx.now().plus_seconds(366 * 86_400) {
        return Err(Error::field("at", "error-call-back-moment"));
    }
    Ok(at)
}

/// The contact: the call that a switchboard told of gets the outcome; without one the contact is written down.
async fn contact(ctx: &Ctx, tx: &Tx, ports: &Ports, record: &Record, told: &Outcome) -> Result<()> {
    let system = Ctx::system(&ctx.house, Door::Page);
    let (party, called) = (record.int("party_id"), record.int("called_at").unwrap_or(tx.at.0));
    let sql = "SELECT id FROM voice_call WHERE party_id = $1 AND user_id = $2 AND direction = 'out' AND outcome IS NULL \
               AND started_at >= $3 AND started_at <= $4 AND archived_at IS NULL ORDER BY started_at DESC, id DESC LIMIT 1";
    let since = called - 60_000_000;
    let found = tx
        .one(
            sql,
            binds![party, ctx.actor.user, since, since + CALL_SECONDS * 1_000_000],
        )
        .await?;
    let word = match told.word.as_str() {
        "reached" => "settled",
        other => other,
    };
    if let Some(row) = found {
        let ty = ctx.registry().get("call")?.clone();
        let call = read::need(&system, tx, &ty, row.int(0)?).await?;
        let version = call.version;
        let mut values = Values::from([("outcome".to_owned(), word.into())]);
        if !told.note.trim().is_empty() {
            values.insert("note".into(), told.note.trim().into());
        }
        return write::update_from(&system, tx, &ty, call, version, values)
            .await
            .map(|_| ());
    }
    // Nobody spoke: that is no contact.
    if told.word == "not_reached" && told.note.trim().is_empty() {
        return Ok(());
    }
    let new = NewInteraction {
        channel: Channel::Phone,
        outgoing: true,
        at: Stamp(called),
        party,
        address: String::new(),
        subject: told.note.lines().next().unwrap_or("").to_owned(),
        body: told.note.trim().to_owned(),
        record: Some(("call_list".into(), record.int("list_id").unwrap_or(0))).filter(|_| false),
        message: None,
        user: ctx.actor.user,
        seconds: None,
        key: Some(format!("call_item:{}:{}", record.id, tx.at.0)),
    };
    ports.interactions.note(ctx, tx, &new).await.map(|_| ())
}

/// The customer wants no such calls: their number is closed to promotion.
async fn refuse(ctx: &Ctx, tx: &Tx, party: i64, list: &Record, told: &Outcome) -> Result<Option<i64>> {
    let row = tx
        .one(
            "SELECT COALESCE(phone, phone2, '') FROM party_party WHERE id = $1",
            binds![party],
        )
        .await?;
    let phone = row.map(|r| r.text(0)).transpose()?.unwrap_or_default();
    if phone.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT count(*) FROM consent_opt_out WHERE party_id = $1 AND channel = 'phone' AND address = $2 AND lifted_on IS NULL AND archived_at IS NULL";
    if tx.number(sql, binds![party, phone.as_str()]).await? > 0 {
        return Ok(None);
    }
    let ty = ctx.registry().get("opt_out")?.clone();
    let note = told.note.trim();
    let proof = if note.is_empty() {
        list.text("number").to_owned()
    } else {
        format!("{} · {note}", list.text("number"))
    };
    let values = Values::from([
        ("channel".to_owned(), "phone".into()),
        ("address".to_owned(), phone.into()),
        ("scope".to_owned(), "promotion".into()),
        ("since_on".to_owned(), ctx.today().into()),
        ("source".to_owned(), "phone".into()),
        ("proof".to_owned(), proof.into()),
        ("party_id".to_owned(), party.into()),
    ]);
    write::create(ctx, tx, &ty, values).await.map(Some)
}

/// Takes the last outcome of an entry back: whoever wrote it, while nothing newer stands on it.
pub(crate) async fn take_back(ctx: &Ctx, id: i64, one: i64) -> Result<()> {
    list(ctx, ctx.db(), id).await?;
    let me = ctx.actor.user.ok_or_else(Error::unknown)?;
    let tx = ctx.begin().await?;
    let sql = "SELECT COALESCE(last_batch, 0), last_opt_out FROM voice_item WHERE id = $1 AND list_id = $2 AND last_user = $3";
    let row = tx.one(sql, binds![one, id, me]).await?;
    let (batch, closed) = match row {
        Some(r) => (r.int(0)?, r.opt_int(1)?),
        None => (0, None),
    };
    if batch == 0 {
        return Err(Error::refused("error-call-undo-none"));
    }
    let claim = "UPDATE event_batch SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL";
    if tx.exec(claim, binds![tx.at.0, batch]).await? != 1 {
        return Err(Error::refused("error-undo-twice"));
    }
    // What followed from their word goes back with it, though they might not remove such a record by itself.
    let system = Ctx::system(&ctx.house, ctx.door);
    let (done, _) = undo::batch(&system, &tx, batch, None, 100, false).await?;
    if done.kept > 0 {
        return Err(Error::refused("error-undo-later-change"));
    }
    if let Some(closed) = closed {
        open_again(&system, &tx, closed).await?;
    }
    tx.exec(
        "UPDATE voice_item SET last_batch = NULL, claimed_by = $1, claimed_at = $2 WHERE id = $3",
        binds![me, tx.at.0, one],
    )
    .await?;
    count(&tx, id).await?;
    tx.commit().await
}

/// The number that was closed by what is taken back is opened again.
async fn open_again(ctx: &Ctx, tx: &Tx, closed: i64) -> Result<()> {
    let ty = ctx.registry().get("opt_out")?.clone();
    let Some(record) = read::find(ctx, tx, &ty, closed)
        .await?
        .filter(|r| r.text("lifted_on").is_empty())
    else {
        return Ok(());
    };
    let version = record.version;
    let how = record.text("proof").to_owned();
    let values = Values::from([
        ("lifted_on".to_owned(), ctx.today().into()),
        ("lifted_how".to_owned(), how.into()),
    ]);
    write::update_from(ctx, tx, &ty, record, version, values)
        .await
        .map(|_| ())
}
