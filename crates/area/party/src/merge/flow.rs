//! Merging and its undoing: what moves is found through the registry, moved in one transaction and written down by id.

use crate::{hooks::ancestors, model::ROLES};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{
    Ctx, Event, FieldKind, Query, Record, RecordType, Registry, Source, Tx, binds, ids, read, search, write,
};

/// Which value survives, by field: `true` takes the other party's.
pub(crate) type Take = BTreeMap<String, bool>;

/// Every (type, field) that points to a party.
pub(crate) fn references(registry: &Registry) -> Vec<(&RecordType, &'static str)> {
    registry
        .types()
        .flat_map(|ty| {
            ty.fields
                .iter()
                .filter(|f| f.kind == FieldKind::Ref("party") && f.source == Source::Own)
                .map(|f| (ty.as_ref(), f.name))
        })
        .collect()
}

/// Names of the fields a merge decides on, in the order of the form.
pub(crate) fn choices(ty: &RecordType) -> Vec<&'static str> {
    ty.fields
        .iter()
        .filter(|f| f.source == Source::Own && f.editable && f.name != "roles")
        .map(|f| f.name)
        .collect()
}

/// How many records of each (type, field) would move; only those that there are.
pub(crate) async fn weigh(ctx: &Ctx, loser: i64) -> Result<Vec<(&RecordType, &'static str, i64)>> {
    let mut out = vec![];
    for (ty, field) in references(ctx.registry()) {
        let sql = format!("SELECT count(*) FROM {} WHERE {field} = $1", ty.table);
        let count = ctx.db().number(&sql, binds![loser]).await?;
        if count > 0 {
            out.push((ty, field, count));
        }
    }
    Ok(out)
}

/// How many events stand on a party's timeline.
pub(crate) async fn events(ctx: &Ctx, party: i64) -> Result<i64> {
    ctx.db()
        .number("SELECT count(*) FROM event WHERE party_id = $1", binds![party])
        .await
}

/// Merges `loser` into `winner`, each named with the version that was read; the id of the merge.
pub(crate) async fn merge(ctx: &Ctx, tx: &Tx, winner: (i64, i64), loser: (i64, i64), take: &Take) -> Result<i64> {
    ctx.require("party.edit")?;
    ctx.require("party.archive")?;
    let ty = ctx.registry().get("party")?.clone();
    if winner.0 == loser.0 {
        return Err(Error::refused("error-party-merge-self"));
    }
    let kept = read::need(ctx, tx, &ty, winner.0).await?;
    let gone = read::need(ctx, tx, &ty, loser.0).await?;
    if kept.archived_at.is_some() || gone.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    if (winner.1, loser.1) != (kept.version, gone.version) {
        return Err(Error::stale());
    }
    for name in take.keys() {
        if !choices(&ty).contains(&name.as_str()) {
            return Err(Error::invalid("error-no-such-field").with("field", name.as_str()));
        }
    }
    let above = ancestors(tx, kept.id).await?;
    if above.values().any(|id| *id == gone.id) && kept.int("parent_id") != Some(gone.id) {
        return Err(Error::refused("error-party-merge-below"));
    }
    let changes = chosen(&ty, &kept, &gone, take);
    archive_into(tx, &ty, &gone, kept.id).await?;
    let moved = move_all(ctx, tx, kept.id, gone.id).await?;
    let mut taken = Map::new();
    for (field, to) in &changes {
        if kept.get(field) != to {
            taken.insert(field.clone(), json!([kept.get(field).json(), to.json()]));
        }
    }
    let (kept_id, gone_id) = (kept.id, gone.id);
    let (kept_name, gone_name) = (kept.text("name").to_owned(), gone.text("name").to_owned());
    let version = kept.version;
    write::update_from(ctx, tx, &ty, kept, version, changes).await?;
    let merge = tx
        .insert(
            "INSERT INTO party_merge (winner_id, loser_id, at, user_id, taken, moved) VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
            binds![kept_id, gone_id, tx.at.0, tx.user, Json::Object(taken).to_string(), Json::Array(moved).to_string()],
        )
        .await?;
    tell(ctx, tx, "party.merged.v1", kept_id, gone_name).await?;
    tell(ctx, tx, "party.merged_away.v1", gone_id, kept_name).await?;
    Ok(merge)
}

/// The log of one of the two; the note names the other.
async fn tell(ctx: &Ctx, tx: &Tx, kind: &str, party: i64, note: String) -> Result<()> {
    let event = Event {
        kind: kind.to_owned(),
        record_type: "party",
        record: party,
        party: Some(party),
        note: Some(note),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// The values the survivor gets: those chosen, those it lacks, and the roles of both.
fn chosen(ty: &RecordType, kept: &Record, gone: &Record, take: &Take) -> Values {
    let mut changes = Values::new();
    for field in choices(ty) {
        let wanted = take.get(field).copied().unwrap_or_else(|| kept.get(field).is_empty());
        let value = gone.get(field);
        let itself = field == "parent_id" && value.int() == Some(kept.id);
        if wanted && !value.is_empty() && !itself {
            changes.insert(field.to_owned(), value.clone());
        }
    }
    if kept.int("parent_id") == Some(gone.id) {
        let above = gone.int("parent_id").filter(|p| *p != kept.id);
        changes.insert("parent_id".into(), above.into());
    }
    let has = |r: &Record, role: &str| r.text("roles").split_whitespace().any(|w| w == role);
    let roles: Vec<&str> = ROLES.iter().copied().filter(|r| has(kept, r) || has(gone, r)).collect();
    if !roles.is_empty() {
        changes.insert("roles".into(), roles.join(" ").into());
    }
    changes
}

async fn archive_into(tx: &Tx, ty: &RecordType, gone: &Record, winner: i64) -> Result<()> {
    let done = tx
        .exec(
            "UPDATE party_party SET version = version + 1, updated_at = $1, archived_at = $2, merged_into = $3 WHERE id = $4 AND version = $5",
            binds![tx.at.0, tx.at.0, winner, gone.id, gone.version],
        )
        .await?;
    if done != 1 {
        return Err(Error::stale());
    }
    search::remove(tx, ty, gone.id).await
}

/// Points everything that points to `gone` to `kept`; what was moved, by type, field and id.
async fn move_all(ctx: &Ctx, tx: &Tx, kept: i64, gone: i64) -> Result<Vec<Json>> {
    let mut moved = vec![];
    for (ty, field) in references(ctx.registry()) {
        // The survivor itself, when it stands below the other, gets its new parent with its other values.
        let except = if ty.name == "party" { kept } else { 0 };
        let sql = format!(
            "UPDATE {} SET {field} = $1, version = version + 1, updated_at = $2 WHERE {field} = $3 AND id <> $4 RETURNING id",
            ty.table
        );
        let rows = tx.all(&sql, binds![kept, tx.at.0, gone, except]).await?;
        let ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
        if !ids.is_empty() {
            moved.push(json!({"type": ty.name, "field": field, "ids": ids}));
        }
    }
    Ok(moved)
}

/// What a merge moved: how many records, by type and field.
pub(crate) async fn moved(q: &dyn Query, merge: i64) -> Result<Json> {
    let row = q
        .one("SELECT moved FROM party_merge WHERE id = $1", binds![merge])
        .await?
        .ok_or_else(Error::missing)?;
    let moved: Vec<Json> = serde_json::from_str(&row.text(0)?).map_err(Error::broken)?;
    Ok(moved
        .iter()
        .map(|m| {
            let count = m.get("ids").and_then(Json::as_array).map_or(0, Vec::len);
            json!({"type": m.get("type"), "field": m.get("field"), "count": count})
        })
        .collect())
}

/// What came of an undo.
#[derive(Debug, PartialEq)]
pub(crate) enum Undone {
    /// Two parties again; the survivor's id.
    Done(i64),
    /// These fields of the survivor were changed since.
    Blocked(Vec<String>),
}

/// Undoes a merge: moves back what was moved, restores the survivor's values and the other party.
pub(crate) async fn undo(ctx: &Ctx, tx: &Tx, merge: i64) -> Result<Undone> {
    ctx.require("party.edit")?;
    ctx.require("party.archive")?;
    let ty = ctx.registry().get("party")?.clone();
    let row = tx
        .one(
            "SELECT winner_id, loser_id, taken, moved, undone_at FROM party_merge WHERE id = $1",
            binds![merge],
        )
        .await?
        .ok_or_else(Error::missing)?;
    let kept = read::need(ctx, tx, &ty, row.int(0)?).await?;
    let gone = row.int(1)?;
    if row.opt_int(4)?.is_some() {
        return Err(Error::refused("error-party-merge-undone"));
    }
    if kept.archived_at.is_some() {
        return Err(Error::refused("error-party-merge-later"));
    }
    let taken: Map<String, Json> = serde_json::from_str(&row.text(2)?).map_err(Error::broken)?;
    let mut back = Values::new();
    let mut blocked = vec![];
    for (field, pair) in &taken {
        let value = |i| pair.get(i).and_then(Value::from_json).unwrap_or_default();
        if kept.get(field) == &value(1) {
            back.insert(field.clone(), value(0));
        } else {
            blocked.push(field.clone());
        }
    }
    if !blocked.is_empty() {
        return Ok(Undone::Blocked(blocked));
    }
    let (id, version, name) = (kept.id, kept.version, kept.text("name").to_owned());
    // The other party is a possible parent only when it is back, but its unique values must be free before that.
    let parent = back.remove("parent_id");
    let version = write::update_from(ctx, tx, &ty, kept, version, back).await?;
    let restored = tx
        .exec(
            "UPDATE party_party SET version = version + 1, updated_at = $1, archived_at = NULL, merged_into = NULL \
             WHERE id = $2 AND merged_into = $3 AND archived_at IS NOT NULL",
            binds![tx.at.0, gone, id],
        )
        .await?;
    if restored != 1 {
        return Err(Error::refused("error-party-merge-later"));
    }
    move_back(ctx, tx, &row.text(3)?, id, gone).await?;
    if let Some(parent) = parent {
        let values = [("parent_id".to_owned(), parent)].into();
        write::update(ctx, tx, &ty, id, version, values).await?;
    }
    let other = read::need(ctx, tx, &ty, gone).await?;
    search::put(tx, &ty, gone, &other.values).await?;
    tx.exec(
        "UPDATE party_merge SET undone_at = $1 WHERE id = $2",
        binds![tx.at.0, merge],
    )
    .await?;
    tell(ctx, tx, "party.merge_undone.v1", id, other.text("name").to_owned()).await?;
    tell(ctx, tx, "party.merge_undone.v1", gone, name).await?;
    Ok(Undone::Done(id))
}

async fn move_back(ctx: &Ctx, tx: &Tx, moved: &str, kept: i64, gone: i64) -> Result<()> {
    let moved: Vec<Json> = serde_json::from_str(moved).map_err(Error::broken)?;
    for entry in &moved {
        let word = |k: &str| entry.get(k).and_then(Json::as_str).unwrap_or("");
        let ty = ctx.registry().get(word("type"))?;
        let field = ty.need(word("field"))?.name;
        let ids: Vec<String> = entry
            .get("ids")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_i64)
            .map(|id| id.to_string())
            .collect();
        for chunk in ids.chunks(500) {
            // What was moved on to somebody else meanwhile stays there.
            let sql = format!(
                "UPDATE {} SET {field} = $1, version = version + 1, updated_at = $2 WHERE {field} = $3 AND id IN ({})",
                ty.table,
                chunk.join(",")
            );
            tx.exec(&sql, binds![gone, tx.at.0, kept]).await?;
        }
    }
    Ok(())
}

/// The party that this one was merged into in the end, if it was.
pub(crate) async fn survivor(q: &dyn Query, party: i64) -> Result<Option<i64>> {
    let mut at = party;
    for _ in 0..20 {
        let row = q
            .one(
                "SELECT merged_into FROM party_party WHERE id = $1 AND archived_at IS NOT NULL",
                binds![at],
            )
            .await?;
        match row.map(|r| r.opt_int(0)).transpose()?.flatten() {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok((at != party).then_some(at))
}

/// The party and all that were merged into it.
pub(crate) async fn with_merged(q: &dyn Query, party: i64) -> Result<Vec<i64>> {
    let mut all = vec![party];
    let mut fresh = vec![party];
    while !fresh.is_empty() && all.len() < 200 {
        let sql = format!(
            "SELECT id FROM party_party WHERE {} AND archived_at IS NOT NULL",
            q.dialect().among("merged_into", "$1")
        );
        fresh = q
            .all(&sql, vec![ids(&fresh)])
            .await?
            .iter()
            .map(|r| r.int(0))
            .collect::<Result<Vec<i64>>>()?
            .into_iter()
            .filter(|id| !all.contains(id))
            .collect();
        all.extend(&fresh);
    }
    Ok(all)
}
