//! Taking in what is told of a call: kept once, and the call made what follows from all that was told.

use crate::{
    Ports, contact, recording, settings,
    told::{self, Facts, Told},
    whose,
};
use zhike_kernel::{Door, Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};

/// What became of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub call: i64,
    /// It was told before.
    pub repeated: bool,
}

/// The call behind a switchboard's name for it, locked: 0 for none yet.
pub(crate) async fn lock(tx: &Tx, switch: &str, key: &str) -> Result<i64> {
    let sql = "INSERT INTO voice_key (switch, call_key, call_id) VALUES ($1, $2, $3) ON CONFLICT (switch, call_key) DO NOTHING";
    tx.exec(sql, binds![switch, key, None::<i64>]).await?;
    let sql = format!(
        "SELECT COALESCE(call_id, 0) FROM voice_key WHERE switch = $1 AND call_key = $2{}",
        tx.dialect().for_update()
    );
    tx.number(&sql, binds![switch, key]).await
}

/// All that was told of a call.
async fn all(q: &dyn Query, switch: &str, key: &str) -> Result<Vec<Told>> {
    let sql = "SELECT body FROM voice_told WHERE switch = $1 AND call_key = $2 ORDER BY id LIMIT 500";
    let rows = q.all(sql, binds![switch, key]).await?;
    rows.iter()
        .map(|r| serde_json::from_str(&r.text(0)?).map_err(Error::broken))
        .collect()
}

/// So many telephones of one call are remembered.
const PARTS: i64 = 200;

/// Takes one word in.
pub(crate) async fn one(ctx: &Ctx, tx: &Tx, ports: &Ports, switch: &str, key: &str, new: &Told) -> Result<Taken> {
    let ctx = &Ctx::system(&ctx.house, Door::Job);
    let call = lock(tx, switch, key).await?;
    let kept = tx
        .number(
            "SELECT count(*) FROM voice_told WHERE switch = $1 AND call_key = $2",
            binds![switch, key],
        )
        .await?;
    if kept >= PARTS {
        return Err(Error::refused("error-call-parts"));
    }
    let sql = "INSERT INTO voice_told (switch, call_key, kind, part, body, received_at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (switch, call_key, kind, part) DO NOTHING";
    let body = serde_json::to_string(new).map_err(Error::broken)?;
    let row = binds![switch, key, new.kind.word(), new.part(), body, tx.at.0];
    if tx.exec(sql, row).await? == 0 {
        return Ok(Taken { call, repeated: true });
    }
    let facts = told::derive(&all(tx, switch, key).await?).ok_or_else(Error::missing)?;
    let call = keep(ctx, tx, (switch, key), call, &facts).await?;
    contact::note(ctx, tx, ports, call).await?;
    Ok(Taken { call, repeated: false })
}

fn text(words: &str) -> Value {
    if words.is_empty() { Value::Null } else { words.into() }
}

/// The values of a call.
fn values(facts: &Facts) -> Values {
    let stamp = |at: Option<Stamp>| Value::from(at.map(|a| a.0));
    let ringing = if facts.ringing.is_empty() {
        String::new()
    } else {
        format!(" {} ", facts.ringing.join(" "))
    };
    Values::from([
        ("direction".to_owned(), if facts.outgoing { "out" } else { "in" }.into()),
        ("address".to_owned(), text(&facts.number)),
        ("line".to_owned(), text(&facts.line)),
        ("extension".to_owned(), text(&facts.extension)),
        ("ringing".to_owned(), text(&ringing)),
        ("status".to_owned(), facts.status().into()),
        ("result".to_owned(), facts.result.into()),
        ("started_at".to_owned(), facts.started.0.into()),
        ("answered_at".to_owned(), stamp(facts.answered)),
        ("ended_at".to_owned(), stamp(facts.ended)),
        ("seconds".to_owned(), facts.seconds.into()),
    ])
}

/// What it cost: as the switchboard says, else by the house's price of a minute.
async fn cost(q: &dyn Query, facts: &Facts) -> Result<Option<i64>> {
    if facts.cost.is_some() || !facts.outgoing || facts.ended.is_none() {
        return Ok(facts.cost);
    }
    let rate = settings::settings(q).await?.rate;
    let minutes = facts.seconds.map_or(0, |s| (s + 59) / 60);
    Ok(Some(minutes.saturating_mul(rate)).filter(|c| *c > 0))
}

/// Makes the call, or brings it up to date. Its id.
async fn keep(ctx: &Ctx, tx: &Tx, (switch, key): (&str, &str), call: i64, facts: &Facts) -> Result<i64> {
    let ty = ctx.registry().get("call")?.clone();
    let old: Option<Record> = match call {
        0 => None,
        id => read::find(ctx, tx, &ty, id).await?,
    };
    let mut new = values(facts);
    // Whose call it is: who took it, or who made it; a call that only rings is nobody's yet.
    if facts.answered.is_some() || facts.outgoing {
        new.insert("user_id".into(), whose::user(tx, &facts.extension).await?.into());
    }
    if let Some(cost) = cost(tx, facts).await? {
        new.insert("cost".into(), cost.into());
    }
    // What a person said about whose number it is stands.
    if old.as_ref().is_none_or(|o| o.int("party_id").is_none()) && !facts.number.is_empty() {
        let party = whose::party(ctx, tx, &facts.number).await?;
        new.insert("party_id".into(), party.into());
    }
    match old {
        Some(old) if old.archived_at.is_some() => Ok(old.id),
        Some(old) => {
            let (id, version) = (old.id, old.version);
            write::update_from(ctx, tx, &ty, old, version, new).await?;
            Ok(id)
        }
        None => {
            new.insert("switch".into(), switch.into());
            new.insert("call_key".into(), key.into());
            new.insert("recorded".into(), false.into());
            let ids = write::insert_many(ctx, tx, &ty, vec![new], None).await?;
            let id = ids.first().copied().ok_or_else(Error::missing)?;
            let sql = "UPDATE voice_key SET call_id = $1 WHERE switch = $2 AND call_key = $3";
            tx.exec(sql, binds![id, switch, key]).await?;
            if recording::adopt(tx, (switch, key), id).await? {
                recording::mark(ctx, tx, id, true).await?;
            }
            Ok(id)
        }
    }
}
