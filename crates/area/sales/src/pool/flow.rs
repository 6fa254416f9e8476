//! Claiming, giving back, assigning, taking back: one transaction each, the pool's row locked, so that limits hold and
//! only one of two who reach for the same record gets it.

use super::limits::{not_back_too_soon, room, within};
use std::{collections::BTreeMap, sync::Arc};
use zhike_kernel::{Actor, Error, Filter, Op, Reach, Result, Value, Values};
use zhike_store::{Change, Ctx, Event, List, Query, Record, RecordType, Tx, binds, read, write};

/// A pool as the flows need it.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    /// Id.
    pub id: i64,
    /// Name as the reader prefers it.
    pub name: String,
    /// `party` or `lead`.
    pub subject: &'static str,
    /// So many may one person hold at once.
    pub held: Option<i64>,
    /// So many may one person claim in a day.
    pub day: Option<i64>,
    /// So many days the last owner waits.
    pub back: i64,
}

/// The record type of a subject.
fn subject(word: &str) -> &'static str {
    if word == "lead" { "lead" } else { "party" }
}

/// One pool in use.
pub(crate) async fn find(ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Pool> {
    let sql = format!(
        "SELECT t.id, {}, t.subject, t.held_limit, t.day_limit, t.back_days FROM sales_pool t WHERE t.id = $1 AND t.active AND t.archived_at IS NULL",
        ctx.name_of("t")
    );
    let row = q.one(&sql, binds![id]).await?.ok_or_else(Error::missing)?;
    Ok(Pool {
        id: row.int(0)?,
        name: row.text(1)?,
        subject: subject(&row.text(2)?),
        held: row.opt_int(3)?,
        day: row.opt_int(4)?,
        back: row.opt_int(5)?.unwrap_or(0),
    })
}

/// The first pool of a subject that is in use.
pub(crate) async fn usual(q: &dyn Query, subject: &str) -> Result<Option<i64>> {
    let sql = "SELECT min(id) FROM sales_pool WHERE subject = $1 AND active AND archived_at IS NULL";
    Ok(q.one(sql, binds![subject])
        .await?
        .map(|r| r.opt_int(0))
        .transpose()?
        .flatten())
}

/// May the actor reach into it? Whoever belongs to one of its teams, anybody where it names none, managers always.
pub(crate) async fn member(ctx: &Ctx, q: &dyn Query, pool: i64) -> Result<bool> {
    if ctx.actor.may("pool.assign") {
        return Ok(true);
    }
    let sql = "SELECT team_id FROM sales_pool_team WHERE pool_id = $1";
    let rows = q.all(sql, binds![pool]).await?;
    if rows.is_empty() {
        return Ok(true);
    }
    let Some(me) = ctx.actor.user else { return Ok(true) };
    for row in rows {
        if crate::lead::members(ctx, q, Some(row.int(0)?)).await?.contains(&me) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The actor with the sight that a pool needs: its records belong to nobody, so nobody's reach covers them. The rights stay.
pub(crate) fn sighted(ctx: &Ctx) -> Ctx {
    Ctx {
        actor: Arc::new(Actor {
            reach: Reach::All,
            ..(*ctx.actor).clone()
        }),
        ..ctx.clone()
    }
}

/// The records of a pool.
pub(crate) fn list_of(ty: &RecordType, pool: &Pool, limit: usize, cursor: Option<String>) -> List {
    let mut list = List::of(ty);
    list.filter = Filter::All(vec![
        Filter::is("pool_id", pool.id),
        Filter::Field {
            field: "owner_id".into(),
            op: Op::Empty,
            values: vec![],
        },
    ]);
    list.limit = limit;
    list.cursor = cursor;
    list
}

async fn lock(tx: &Tx, pool: i64) -> Result<()> {
    // Whoever comes second waits here on PostgreSQL; on SQLite there is one writer anyway.
    let n = tx
        .exec("UPDATE sales_pool SET active = active WHERE id = $1", binds![pool])
        .await?;
    if n == 1 { Ok(()) } else { Err(Error::missing()) }
}

/// A change of hands.
struct Handover<'a> {
    pool: Option<i64>,
    from: Option<i64>,
    to: Option<i64>,
    why: &'a str,
    rule: Option<i64>,
    note: Option<String>,
}

/// Writes the change: owner, pool, history, event, all that depends on it.
async fn hand(ctx: &Ctx, tx: &Tx, ty: &RecordType, record: Record, h: Handover<'_>) -> Result<()> {
    let (id, version) = (record.id, record.version);
    let into = h.pool.filter(|_| h.to.is_none());
    let mut changes = Values::from([("owner_id".to_owned(), Value::from(h.to))]);
    if ty.name == "lead" {
        changes.insert("pool_id".into(), into.into());
        if h.to.is_some() {
            changes.insert(
                "assigned_by".into(),
                if h.why == "claimed" { "pool" } else { "manager" }.into(),
            );
        }
    }
    let named = record
        .values
        .get(ty.title)
        .and_then(Value::text)
        .unwrap_or("")
        .to_owned();
    write::update_from(ctx, tx, ty, record, version, changes)
        .await
        .map_err(|e| {
            // The version went on between reading and writing: somebody was faster.
            if e.kind == zhike_kernel::Kind::Stale && h.why == "claimed" {
                Error::refused("error-pool-taken").with("name", named)
            } else {
                e
            }
        })?;
    if ty.name == "party" {
        tx.exec(
            "INSERT INTO sales_party (party_id, pool_id) VALUES ($1,$2) ON CONFLICT (party_id) DO UPDATE SET pool_id = excluded.pool_id, recycle_on = NULL",
            binds![id, into],
        )
        .await?;
    }
    tx.exec(
        "DELETE FROM sales_recycle WHERE subject = $1 AND record_id = $2",
        binds![ty.name, id],
    )
    .await?;
    tx.exec(
        "DELETE FROM sales_holding WHERE subject = $1 AND record_id = $2",
        binds![ty.name, id],
    )
    .await?;
    if let (Some(user), Some(pool), "claimed") = (h.to, h.pool, h.why) {
        tx.exec(
            "INSERT INTO sales_holding (subject, record_id, pool_id, user_id, at) VALUES ($1,$2,$3,$4,$5)",
            binds![ty.name, id, pool, user, tx.at.0],
        )
        .await?;
    }
    tx.exec(
        "INSERT INTO sales_ownership (subject, record_id, from_id, to_id, why, pool_id, rule_id, user_id, at, note) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        binds![ty.name, id, h.from, h.to, h.why, h.pool, h.rule, tx.user, tx.at.0, h.note.clone()],
    )
    .await?;
    tell(ctx, tx, ty, id, h.why, h.from, h.to, h.note).await
}

#[allow(clippy::too_many_arguments, reason = "one line of the log")]
async fn tell(
    ctx: &Ctx,
    tx: &Tx,
    ty: &RecordType,
    record: i64,
    why: &str,
    from: Option<i64>,
    to: Option<i64>,
    note: Option<String>,
) -> Result<()> {
    let owner = Change {
        from: from.into(),
        to: to.into(),
    };
    let event = Event {
        kind: format!("pool.{why}.v1"),
        record_type: ty.name,
        record,
        party: (ty.name == "party").then_some(record),
        changes: BTreeMap::from([("owner_id".to_owned(), owner)]),
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Takes a record out of the pool for oneself.
pub(crate) async fn claim(ctx: &Ctx, pool: i64, record: i64) -> Result<()> {
    ctx.require("pool.claim")?;
    let me = ctx.actor.user.ok_or_else(Error::unknown)?;
    let tx = ctx.begin().await?;
    lock(&tx, pool).await?;
    let pool = find(ctx, &tx, pool).await?;
    if !member(ctx, &tx, pool.id).await? {
        return Err(Error::missing());
    }
    let ty = ctx.registry().get(pool.subject)?.clone();
    let all = sighted(ctx);
    let found = read::need(&all, &tx, &ty, record).await?;
    if found.int("owner_id").is_some() || found.int("pool_id") != Some(pool.id) || found.archived_at.is_some() {
        return Err(Error::refused("error-pool-taken").with("name", found.text(ty.title).to_owned()));
    }
    within(&pool, room(ctx, &tx, &pool).await?)?;
    not_back_too_soon(ctx, &tx, &pool, record, me).await?;
    let handover = Handover {
        pool: Some(pool.id),
        from: None,
        to: Some(me),
        why: "claimed",
        rule: None,
        note: Some(pool.name.clone()),
    };
    hand(&all, &tx, &ty, found, handover).await?;
    tx.commit().await
}

/// Gives a record that the actor sees back into a pool, the usual one unless another is named.
pub(crate) async fn release(ctx: &Ctx, what: &str, record: i64, pool: Option<i64>, note: Option<String>) -> Result<()> {
    ctx.require("pool.claim")?;
    let tx = ctx.begin().await?;
    let what = subject(what);
    let ty = ctx.registry().get(what)?.clone();
    let pool = match pool {
        Some(id) => id,
        None => usual(&tx, what).await?.ok_or_else(|| Error::refused("error-no-pool"))?,
    };
    lock(&tx, pool).await?;
    let pool = find(ctx, &tx, pool).await?;
    if pool.subject != what {
        return Err(Error::field("pool", "error-pool-other-subject"));
    }
    let found = read::need(ctx, &tx, &ty, record).await?;
    let Some(owner) = found.int("owner_id") else {
        return Err(Error::refused("error-pool-no-owner"));
    };
    if Some(owner) != ctx.actor.user && !ctx.actor.may("pool.assign") {
        return Err(Error::forbidden("pool.assign"));
    }
    if what == "lead" && matches!(found.text("status"), "converted" | "rejected") {
        return Err(Error::refused("error-lead-closed"));
    }
    let handover = Handover {
        pool: Some(pool.id),
        from: Some(owner),
        to: None,
        why: "released",
        rule: None,
        note: note.or(Some(pool.name.clone())),
    };
    hand(&sighted(ctx), &tx, &ty, found, handover).await?;
    tx.commit().await
}

/// A manager gives a record of the pool to somebody.
pub(crate) async fn assign(ctx: &Ctx, pool: i64, record: i64, user: i64) -> Result<()> {
    ctx.require("pool.assign")?;
    let tx = ctx.begin().await?;
    lock(&tx, pool).await?;
    let pool = find(ctx, &tx, pool).await?;
    let ty = ctx.registry().get(pool.subject)?.clone();
    let found = read::need(&sighted(ctx), &tx, &ty, record).await?;
    if found.int("owner_id").is_some() || found.int("pool_id") != Some(pool.id) {
        return Err(Error::refused("error-pool-taken").with("name", found.text(ty.title).to_owned()));
    }
    if !crate::lead::members(ctx, &tx, None).await?.contains(&user) {
        return Err(Error::field("user_id", "error-not-a-record"));
    }
    let handover = Handover {
        pool: Some(pool.id),
        from: None,
        to: Some(user),
        why: "assigned",
        rule: None,
        note: Some(pool.name.clone()),
    };
    hand(&sighted(ctx), &tx, &ty, found, handover).await?;
    tx.commit().await
}

/// Takes a record back into the pool, as a rule says.
pub(crate) async fn recycle(ctx: &Ctx, tx: &Tx, pool: &Pool, record: Record, rule: (i64, &str)) -> Result<()> {
    let ty = ctx.registry().get(pool.subject)?.clone();
    let from = record.int("owner_id");
    let handover = Handover {
        pool: Some(pool.id),
        from,
        to: None,
        why: "recycled",
        rule: Some(rule.0),
        note: Some(rule.1.to_owned()),
    };
    hand(ctx, tx, &ty, record, handover).await
}

/// Tells on the timeline that a record will go back (`warned`), or that it will not after all (`unwarned`).
pub(crate) async fn warn(
    ctx: &Ctx,
    tx: &Tx,
    what: &str,
    record: i64,
    owner: i64,
    why: &str,
    note: String,
) -> Result<()> {
    let ty = ctx.registry().get(subject(what))?.clone();
    tell(ctx, tx, &ty, record, why, Some(owner), Some(owner), Some(note)).await
}
