//! Undo from the event log: a change goes back when nothing newer stands on it.

use crate::{Ctx, Query, Tx, binds, event, event::Logged, read, registry::RecordType, search, write};
use zhike_kernel::{Error, Result, Values};

/// What an undo did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Records put back as they were, or taken out.
    pub done: usize,
    /// Records left, because they were changed again afterwards.
    pub kept: usize,
}

/// Undoes one event (a created record is archived, a change goes back, an archived record returns).
pub async fn event(ctx: &Ctx, tx: &Tx, id: i64) -> Result<Undone> {
    let logged = event::find(tx, id).await?.ok_or_else(Error::missing)?;
    let ty = ctx.registry().get(&logged.record_type)?.clone();
    ctx.require(&ty.permission("edit"))?;
    if one(ctx, tx, &ty, &logged, false).await? {
        Ok(Undone { done: 1, kept: 0 })
    } else {
        Err(Error::refused("error-undo-later-change"))
    }
}

/// Undoes up to `limit` events of a group, newest first, older than `before`. Created records are removed for good when
/// `remove`, else archived. Returns what was done and where to go on.
pub async fn batch(
    ctx: &Ctx,
    tx: &Tx,
    batch: i64,
    before: Option<i64>,
    limit: i64,
    remove: bool,
) -> Result<(Undone, Option<i64>)> {
    let events = event::of_batch(tx, batch, before, limit).await?;
    let mut undone = Undone::default();
    for logged in &events {
        let ty = ctx.registry().get(&logged.record_type)?.clone();
        if one(ctx, tx, &ty, logged, remove).await? {
            undone.done += 1;
        } else {
            undone.kept += 1;
        }
    }
    let more = events.len() == usize::try_from(limit).unwrap_or(0);
    Ok((undone, events.last().filter(|_| more).map(|e| e.id)))
}

async fn one(ctx: &Ctx, tx: &Tx, ty: &RecordType, logged: &Logged, remove: bool) -> Result<bool> {
    let Some(record) = read::find(ctx, tx, ty, logged.record).await? else {
        return Ok(false);
    };
    let what = logged.kind.trim_end_matches(".v1").rsplit('.').next().unwrap_or("");
    match what {
        "created" if remove => {
            // Somebody who looked at its telephone number has changed nothing.
            let sql = "SELECT count(*) FROM event WHERE record_type = $1 AND record_id = $2 AND id > $3 AND (batch_id IS NULL OR batch_id <> $4) \
                       AND kind NOT LIKE '%.contact_viewed.v1'";
            let later = tx
                .number(sql, binds![ty.name, record.id, logged.id, logged.batch.unwrap_or(0)])
                .await?;
            if later > 0 {
                return Ok(false);
            }
            if !erase(tx, ctx, ty, record.id).await? {
                return Ok(false);
            }
            ty.hooks.archived(tx, ctx, &record, true).await.map(|()| true)
        }
        "created" => {
            if record.version != 1 || record.archived_at.is_some() {
                return Ok(false);
            }
            write::archive(ctx, tx, ty, record.id, record.version, true)
                .await
                .map(|_| true)
        }
        "archived" if record.archived_at.is_some() => write::archive(ctx, tx, ty, record.id, record.version, false)
            .await
            .map(|_| true),
        "restored" if record.archived_at.is_none() => write::archive(ctx, tx, ty, record.id, record.version, true)
            .await
            .map(|_| true),
        "changed" if record.archived_at.is_none() => {
            let mut back = Values::new();
            for (field, change) in &logged.changes {
                if ty.field(field).is_none() || record.get(field) != &change.to {
                    return Ok(false);
                }
                back.insert(field.clone(), change.from.clone());
            }
            let version = record.version;
            write::update_from(ctx, tx, ty, record, version, back)
                .await
                .map(|_| true)
        }
        _ => Ok(false),
    }
}

/// Takes a record that nothing else points to out of its table. Its events stay.
async fn erase(tx: &Tx, ctx: &Ctx, ty: &RecordType, id: i64) -> Result<bool> {
    if let Some(lines) = ty.lines {
        let lines = ctx.registry().get(lines)?;
        if let Some((_, column)) = lines.parent {
            tx.exec(&format!("DELETE FROM {} WHERE {column} = $1", lines.table), binds![id])
                .await?;
        }
    }
    for relation in &ty.relations {
        tx.exec(
            &format!("DELETE FROM {} WHERE {} = $1", relation.table, relation.key),
            binds![id],
        )
        .await?;
    }
    for (table, key) in &ty.extensions {
        tx.exec(&format!("DELETE FROM {table} WHERE {key} = $1"), binds![id])
            .await?;
    }
    for other in ctx.registry().types() {
        for field in other
            .fields
            .iter()
            .filter(|f| f.kind == crate::FieldKind::Ref(ty.name) && f.source == crate::Source::Own)
        {
            let sql = format!("SELECT 1 FROM {} WHERE {} = $1 LIMIT 1", other.table, field.name);
            if tx.one(&sql, binds![id]).await?.is_some() {
                return Ok(false);
            }
        }
    }
    let event = crate::Event {
        kind: format!("{}.archived.v1", ty.name),
        record_type: ty.name,
        record: id,
        note: Some("import undone".into()),
        ..crate::Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    search::remove(tx, ty, id).await?;
    Ok(tx
        .exec(&format!("DELETE FROM {} WHERE id = $1", ty.table), binds![id])
        .await?
        == 1)
}
