//! What salespeople commit to sell in a month. A commitment is never changed: a new version is added, so that it can be held
//! afterwards against what it was when the month began.

use super::{month_name, month_of};
use crate::period::month_number;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Date, Error, Result, Stamp, Value};
use zhike_store::{Change, Ctx, Event, Query, binds};

/// The event of a commitment.
pub const COMMITTED: &str = "value.committed.v1";
/// Months ahead that one may commit to, with the one that runs.
pub const MONTHS: i64 = 6;
/// Days into a month until which a commitment for it counts as made beforehand.
pub const GRACE: i64 = 5;

/// What is committed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// Whose month it is.
    pub owner_id: i64,
    /// `2026-11`.
    pub month: String,
    /// Minor units.
    pub amount: i64,
    /// The version that the writer saw; 0: there is none yet.
    pub version: i64,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
}

/// A version of a commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Whose.
    pub owner_id: i64,
    /// `2026-11`.
    pub month: String,
    /// Version, from 1.
    pub version: i64,
    /// Minor units.
    pub amount: i64,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub made_at: String,
    /// By whom.
    pub user_id: Option<i64>,
}

/// May the actor commit for this person? For oneself; for others whoever edits the analysis and sees their customers.
pub fn may(ctx: &Ctx, owner: i64) -> bool {
    ctx.actor.may("value.own")
        && (ctx.actor.user == Some(owner)
            || ctx.actor.may("value.edit") && ctx.actor.owners().is_none_or(|o| o.contains(&owner)))
}

/// Adds a version; the new one.
pub async fn add(ctx: &Ctx, new: &New) -> Result<i64> {
    if !may(ctx, new.owner_id) {
        return Err(Error::forbidden("value.own"));
    }
    let month = month_of(&new.month).ok_or_else(|| Error::field("month", "error-forecast-month"))?;
    let this = month_number(ctx.today());
    if !(this..this + MONTHS).contains(&month) {
        return Err(Error::field("month", "error-forecast-month"));
    }
    if !(0..=1_000_000_000_000_000).contains(&new.amount) {
        return Err(Error::field("amount", "error-value-range"));
    }
    let tx = ctx.begin().await?;
    let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
    if tx.number(sql, binds![new.owner_id]).await? == 0 {
        return Err(Error::field("owner_id", "error-not-a-choice"));
    }
    let sql =
        "SELECT version, amount FROM insight_commit WHERE owner_id = $1 AND month = $2 ORDER BY version DESC LIMIT 1";
    let (version, before) = match tx.one(sql, binds![new.owner_id, new.month.as_str()]).await? {
        Some(row) => (row.int(0)?, Some(row.int(1)?)),
        None => (0, None),
    };
    if version != new.version {
        return Err(Error::stale());
    }
    let note: Option<String> = new
        .note
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| n.chars().take(400).collect());
    let sql = "INSERT INTO insight_commit (owner_id, month, version, amount, note, made_at, user_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let values = binds![
        new.owner_id,
        new.month.as_str(),
        version + 1,
        new.amount,
        note,
        tx.at.0,
        ctx.actor.user
    ];
    let id = tx.insert(sql, values).await?;
    let event = Event {
        kind: COMMITTED.to_owned(),
        record_type: "value",
        record: id,
        changes: BTreeMap::from([(
            format!("commit_{}_{}", new.owner_id, new.month),
            Change {
                from: before.map_or(Value::Null, Value::Int),
                to: Value::Int(new.amount),
            },
        )]),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(version + 1)
}

/// The latest versions of months, of people that the reader sees; (owner, month) → commitment.
pub async fn current(ctx: &Ctx, from: i64, to: i64) -> Result<HashMap<(i64, String), Commit>> {
    let mut all = HashMap::new();
    for c in versions(ctx, from, to).await? {
        // In order of version: the last one stays.
        all.insert((c.owner_id, c.month.clone()), c);
    }
    Ok(all)
}

/// As they stood when their month began, [`GRACE`] days into it.
pub async fn beforehand(ctx: &Ctx, from: i64, to: i64) -> Result<HashMap<(i64, String), i64>> {
    let mut all = HashMap::new();
    let sql = "SELECT owner_id, month, amount, made_at FROM insight_commit WHERE month >= $1 AND month <= $2 ORDER BY version";
    for row in ctx.db().all(sql, binds![month_name(from), month_name(to)]).await? {
        let (owner, month) = (row.int(0)?, row.text(1)?);
        let Ok(first) = format!("{month}-01").parse::<Date>() else {
            continue;
        };
        let limit = Stamp::start_of(first, &ctx.house.zone).plus_seconds(GRACE * 86_400);
        if seen(ctx, owner) && row.int(3)? < limit.0 {
            all.insert((owner, month), row.int(2)?);
        }
    }
    Ok(all)
}

fn seen(ctx: &Ctx, owner: i64) -> bool {
    ctx.actor.owners().is_none_or(|o| o.contains(&owner))
}

/// Every version of months, the earliest first.
pub async fn versions(ctx: &Ctx, from: i64, to: i64) -> Result<Vec<Commit>> {
    let sql = "SELECT owner_id, month, version, amount, note, made_at, user_id FROM insight_commit \
               WHERE month >= $1 AND month <= $2 ORDER BY month, owner_id, version";
    let mut all = vec![];
    for row in ctx.db().all(sql, binds![month_name(from), month_name(to)]).await? {
        if seen(ctx, row.int(0)?) {
            all.push(Commit {
                owner_id: row.int(0)?,
                month: row.text(1)?,
                version: row.int(2)?,
                amount: row.int(3)?,
                note: row.opt_text(4)?,
                made_at: Stamp(row.int(5)?).rfc3339(),
                user_id: row.opt_int(6)?,
            });
        }
    }
    Ok(all)
}

/// Writes a commitment of the past down for a demonstration.
pub async fn note(ctx: &Ctx, owner: i64, month: &str, amount: i64, made: Stamp) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO insight_commit (owner_id, month, version, amount, made_at, user_id) VALUES ($1, $2, 1, $3, $4, $5) RETURNING id";
    let id = tx.insert(sql, binds![owner, month, amount, made.0, owner]).await?;
    let event = Event {
        kind: COMMITTED.to_owned(),
        record_type: "value",
        record: id,
        at: Some(made),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}
