//! Working through a call list: who is next (the gate is asked before each), and the call.

use crate::Ports;
use serde_json::json;
use zhike_contract::{
    Channel,
    gate::{Answer as Said, Ask, Class, Verdict},
};
use zhike_kernel::{Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};

/// So many customers a list has at most.
pub(crate) const MOST: i64 = 5_000;
/// So many are looked at for the next one.
const LOOK: i64 = 300;
/// Seconds for which an entry is somebody's who has it open.
const CLAIM_SECONDS: i64 = 900;

/// The question to the gate for one customer of the list.
pub(crate) fn question(list: &Record, party: i64, at: Stamp) -> Result<Ask> {
    Ok(Ask {
        party,
        class: Class::of(list.text("class")).ok_or_else(|| Error::field("class", "error-not-a-choice"))?,
        topic: list.text("topic").to_owned(),
        channel: Channel::Phone,
        address: None,
        at,
        may_change: false,
        may_wait: true,
        agreed: false,
    })
}

/// Reasons as they are kept.
fn kept(said: &Said) -> String {
    let all: Vec<_> = said
        .reasons
        .iter()
        .map(|r| json!({"rule": r.rule, "args": r.args}))
        .collect();
    json!(all).to_string()
}

/// A list that the actor may work on.
pub(crate) async fn list(ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Record> {
    ctx.require("call_list.edit")?;
    let ty = ctx.registry().get("call_list")?.clone();
    let list = read::need(ctx, q, &ty, id).await?;
    if list.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    Ok(list)
}

/// An entry of a list.
pub(crate) async fn item(ctx: &Ctx, q: &dyn Query, list: i64, id: i64) -> Result<Record> {
    let ty = ctx.registry().get("call_item")?.clone();
    let one = read::need(ctx, q, &ty, id).await?;
    if one.int("list_id") != Some(list) {
        return Err(Error::missing());
    }
    Ok(one)
}

pub(crate) async fn change(ctx: &Ctx, tx: &Tx, item: Record, values: Values) -> Result<i64> {
    let ty = ctx.registry().get("call_item")?.clone();
    let (list, version) = (item.int("list_id").unwrap_or(0), item.version);
    let version = write::update_from(ctx, tx, &ty, item, version, values).await?;
    count(tx, list).await?;
    Ok(version)
}

/// Counts of a list, made anew.
pub(crate) async fn count(tx: &Tx, list: i64) -> Result<()> {
    let sql = "UPDATE voice_list SET total = (SELECT count(*) FROM voice_item i WHERE i.list_id = $1 AND i.archived_at IS NULL), \
               left_count = (SELECT count(*) FROM voice_item i WHERE i.list_id = $2 AND i.archived_at IS NULL AND i.state IN ('open', 'later')) \
               WHERE id = $3";
    tx.exec(sql, binds![list, list, list]).await.map(|_| ())
}

/// Adds customers, each once; how many are new.
pub(crate) async fn add(ctx: &Ctx, tx: &Tx, list: i64, parties: &[i64]) -> Result<usize> {
    let ty = ctx.registry().get("call_item")?.clone();
    let there = tx
        .all(
            "SELECT party_id FROM voice_item WHERE list_id = $1 AND archived_at IS NULL",
            binds![list],
        )
        .await?;
    let mut known: std::collections::HashSet<i64> = there.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let fresh: Vec<i64> = parties.iter().copied().filter(|p| known.insert(*p)).collect();
    if i64::try_from(known.len()).unwrap_or(i64::MAX) > MOST {
        return Err(Error::refused("error-call-list-large").with("most", MOST));
    }
    let from = tx
        .number(
            "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM voice_item WHERE list_id = $1",
            binds![list],
        )
        .await?;
    let rows = (from + 1..).zip(&fresh).map(|(position, party)| {
        Values::from([
            ("list_id".to_owned(), list.into()),
            ("party_id".to_owned(), (*party).into()),
            ("position".to_owned(), position.into()),
            ("state".to_owned(), "open".into()),
            ("tries".to_owned(), 0.into()),
        ])
    });
    if !fresh.is_empty() {
        write::insert_many(ctx, tx, &ty, rows.collect(), None).await?;
    }
    count(tx, list).await?;
    Ok(fresh.len())
}

/// What became of looking for the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Next {
    /// The entry to call now.
    pub item: Option<i64>,
    /// So many were put off to the time their customer allows, or taken out.
    pub moved: i64,
}

/// Finds who may be called now, and puts off those who may not, each with its reason.
pub(crate) async fn next(ctx: &Ctx, ports: &Ports, id: i64) -> Result<Next> {
    let list = list(ctx, ctx.db(), id).await?;
    let me = ctx.actor.user.ok_or_else(Error::unknown)?;
    let now = ctx.now();
    let free = now.plus_seconds(-CLAIM_SECONDS).0;
    // Who was promised a call at a time comes first.
    let sql = "SELECT i.id, i.party_id FROM voice_item i WHERE i.list_id = $1 AND i.archived_at IS NULL \
               AND (i.state = 'open' OR (i.state = 'later' AND i.not_before <= $2)) \
               AND (i.claimed_by IS NULL OR i.claimed_by = $3 OR i.claimed_at < $4) \
               ORDER BY CASE WHEN i.state = 'later' THEN 0 ELSE 1 END, i.position, i.id LIMIT $5";
    let rows = ctx.db().all(sql, binds![id, now.0, me, free, LOOK]).await?;
    let parties = ctx.registry().get("party")?.clone();
    let mut out = Next::default();
    for row in &rows {
        let (one, party) = (row.int(0)?, row.int(1)?);
        // Whose customer it is that I do not see calls them.
        if read::find(ctx, ctx.db(), &parties, party)
            .await?
            .is_none_or(|p| p.archived_at.is_some())
        {
            continue;
        }
        let said = ports.gate.ask(ctx, &question(&list, party, now)?).await?;
        let tx = ctx.begin().await?;
        let record = item(ctx, &tx, id, one).await?;
        if said.verdict == Verdict::Allowed {
            let sql = "UPDATE voice_item SET claimed_by = $1, claimed_at = $2 WHERE id = $3 \
                       AND (claimed_by IS NULL OR claimed_by = $4 OR claimed_at < $5) AND state IN ('open', 'later')";
            if tx.exec(sql, binds![me, tx.at.0, one, me, free]).await? == 0 {
                continue;
            }
            tx.commit().await?;
            out.item = Some(one);
            return Ok(out);
        }
        put_off(ctx, &tx, record, &said).await?;
        tx.commit().await?;
        out.moved += 1;
    }
    Ok(out)
}

/// Not now: at the first minute that is allowed; or not at all.
async fn put_off(ctx: &Ctx, tx: &Tx, record: Record, said: &Said) -> Result<()> {
    let (state, at) = match said.verdict {
        Verdict::Later(at) => ("later", Value::from(at.0)),
        _ => ("held", Value::Null),
    };
    let values = Values::from([
        ("state".to_owned(), Value::from(state)),
        ("not_before".to_owned(), at),
        ("reason".to_owned(), kept(said).into()),
    ]);
    change(ctx, tx, record, values).await.map(|_| ())
}

/// Puts an entry behind the others without a word about it.
pub(crate) async fn skip(ctx: &Ctx, id: i64, one: i64) -> Result<()> {
    list(ctx, ctx.db(), id).await?;
    let tx = ctx.begin().await?;
    let record = item(ctx, &tx, id, one).await?;
    let last = tx
        .number(
            "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM voice_item WHERE list_id = $1",
            binds![id],
        )
        .await?;
    tx.exec(
        "UPDATE voice_item SET claimed_by = NULL, claimed_at = NULL WHERE id = $1",
        binds![one],
    )
    .await?;
    if ["open", "later"].contains(&record.text("state")) {
        change(
            ctx,
            &tx,
            record,
            Values::from([("position".to_owned(), (last + 1).into())]),
        )
        .await?;
    }
    tx.commit().await
}

/// The call: asked of the gate, stored and counted. The number, or why not.
pub(crate) async fn call(ctx: &Ctx, ports: &Ports, id: i64, one: i64) -> Result<(Said, Option<String>)> {
    let list = list(ctx, ctx.db(), id).await?;
    let me = ctx.actor.user.ok_or_else(Error::unknown)?;
    let tx = ctx.begin().await?;
    let record = item(ctx, &tx, id, one).await?;
    if !["open", "later"].contains(&record.text("state")) {
        return Err(Error::refused("error-call-item-ended"));
    }
    let party = record.int("party_id").ok_or_else(Error::missing)?;
    let (said, permit) = ports.gate.pass(ctx, &tx, &question(&list, party, tx.at)?, None).await?;
    let Some(permit) = permit else {
        put_off(ctx, &tx, record, &said).await?;
        tx.commit().await?;
        return Ok((said, None));
    };
    let tries = record.int("tries").unwrap_or(0) + 1;
    let values = Values::from([
        ("tries".to_owned(), Value::from(tries)),
        ("called_at".to_owned(), tx.at.0.into()),
        ("user_id".to_owned(), me.into()),
    ]);
    change(ctx, &tx, record, values).await?;
    tx.exec(
        "UPDATE voice_item SET claimed_by = $1, claimed_at = $2 WHERE id = $3",
        binds![me, tx.at.0, one],
    )
    .await?;
    crate::dial::queue(ctx, &tx, permit.address()).await?;
    tx.commit().await?;
    Ok((said, Some(permit.address().to_owned())))
}
