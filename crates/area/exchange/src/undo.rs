//! Takes a whole import back, chunk by chunk, newest change first.

use crate::record::{self, Import};
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Ctx, Query, Tx, binds, undo, undo::Undone};

/// Changes per transaction.
const CHUNK: i64 = 500;

/// May it be taken back, and by whom?
pub fn allowed(ctx: &Ctx, import: &Import) -> Result<()> {
    if import.dry_run || import.batch_id.is_none() || !matches!(import.state.as_str(), "done" | "failed" | "undoing") {
        return Err(Error::refused("error-import-no-undo"));
    }
    ctx.require(&format!("{}.import", import.record_type))
}

/// Marks it as being taken back.
pub async fn start(ctx: &Ctx, tx: &Tx, import: &Import) -> Result<()> {
    allowed(ctx, import)?;
    let n = tx
        .exec(
            "UPDATE exchange_import SET state = 'undoing', version = version + 1 WHERE id = $1 AND version = $2",
            binds![import.id, import.version],
        )
        .await?;
    if n == 1 { Ok(()) } else { Err(Error::stale()) }
}

/// Does one chunk. `None` when all is done.
pub async fn step(ctx: &Ctx, id: i64) -> Result<Option<Import>> {
    let import = record::find(ctx.db(), id).await?.ok_or_else(Error::missing)?;
    let Some(batch) = import.batch_id.filter(|_| import.state == "undoing") else {
        return Ok(None);
    };
    let tx = chunk_tx(ctx, batch).await?;
    let (undone, next) = match undo::batch(ctx, &tx, batch, import.undo_cursor, CHUNK, true).await {
        Ok(done) => {
            mark(&tx, &import, done.0, done.1).await?;
            tx.commit().await?;
            done
        }
        Err(e) if e.kind == Kind::Broken || e.code == "error-disk-full" => return Err(e),
        Err(_) => {
            tx.rollback().await?;
            singly(ctx, &import, batch).await?
        }
    };
    let mut now = import;
    now.undone += i64::try_from(undone.done).unwrap_or(0);
    now.kept += i64::try_from(undone.kept).unwrap_or(0);
    now.undo_cursor = next;
    Ok(next.map(|_| now))
}

/// A rule refused one of a chunk: one after the other, what is refused is kept.
async fn singly(ctx: &Ctx, import: &Import, batch: i64) -> Result<(Undone, Option<i64>)> {
    let mut all = Undone::default();
    let mut at = import.undo_cursor;
    let tx = chunk_tx(ctx, batch).await?;
    for _ in 0..CHUNK {
        tx.ddl("SAVEPOINT zhike_undo").await?;
        match undo::batch(ctx, &tx, batch, at, 1, true).await {
            Ok((one, next)) => {
                tx.ddl("RELEASE SAVEPOINT zhike_undo").await?;
                all.done += one.done;
                all.kept += one.kept;
                at = next;
            }
            Err(e) if e.kind == Kind::Broken || e.code == "error-disk-full" => return Err(e),
            Err(_) => {
                tx.ddl("ROLLBACK TO SAVEPOINT zhike_undo").await?;
                all.kept += 1;
                let row = tx
                    .one(
                        "SELECT id FROM event WHERE batch_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1",
                        binds![batch, at.unwrap_or(i64::MAX)],
                    )
                    .await?;
                at = row.map(|r| r.int(0)).transpose()?;
            }
        }
        if at.is_none() {
            break;
        }
    }
    mark(&tx, import, all, at).await?;
    tx.commit().await?;
    Ok((all, at))
}

/// The undo's own events belong to the import's group: else each would count as a later change of the record.
async fn chunk_tx(ctx: &Ctx, batch: i64) -> Result<Tx> {
    let mut tx = ctx.begin().await?;
    tx.batch = Some(batch);
    Ok(tx)
}

async fn mark(tx: &Tx, import: &Import, undone: Undone, next: Option<i64>) -> Result<()> {
    let n = tx
        .exec(
            "UPDATE exchange_import SET state = $1, undo_cursor = $2, undone = undone + $3, kept = kept + $4, version = version + 1 \
             WHERE id = $5 AND version = $6",
            binds![
                if next.is_some() { "undoing" } else { "undone" },
                next,
                i64::try_from(undone.done).unwrap_or(0),
                i64::try_from(undone.kept).unwrap_or(0),
                import.id,
                import.version
            ],
        )
        .await?;
    if n != 1 {
        return Err(Error::stale());
    }
    if next.is_none() {
        tx.exec(
            "UPDATE event_batch SET undone_at = $1 WHERE id = $2",
            binds![tx.at.0, import.batch_id],
        )
        .await?;
    }
    Ok(())
}

/// Takes it back from beginning to end; `progress` hears (done, of).
pub async fn run(ctx: &Ctx, id: i64, progress: &mut (dyn FnMut(i64, i64) + Send)) -> Result<Undone> {
    let import = record::find(ctx.db(), id).await?.ok_or_else(Error::missing)?;
    let tx = ctx.begin().await?;
    start(ctx, &tx, &import).await?;
    tx.commit().await?;
    let total = total(ctx, &import).await?;
    while let Some(now) = step(ctx, id).await? {
        progress(now.undone + now.kept, total);
    }
    let import = record::find(ctx.db(), id).await?.ok_or_else(Error::missing)?;
    Ok(Undone {
        done: usize::try_from(import.undone).unwrap_or(0),
        kept: usize::try_from(import.kept).unwrap_or(0),
    })
}

/// How many changes there are to take back.
pub async fn total(ctx: &Ctx, import: &Import) -> Result<i64> {
    ctx.db()
        .number(
            "SELECT count(*) FROM event WHERE batch_id = $1",
            binds![import.batch_id.unwrap_or(0)],
        )
        .await
}

/// Records of the import that are still there: (type, id, name).
pub async fn kept(ctx: &Ctx, id: i64, limit: i64) -> Result<Vec<(&'static str, i64, String)>> {
    let import = record::find(ctx.db(), id).await?.ok_or_else(Error::missing)?;
    let mut out = vec![];
    for ty in ctx.registry().types() {
        let sql = format!(
            "SELECT t.id, CAST(t.{} AS TEXT) FROM event e JOIN {} t ON t.id = e.record_id WHERE e.batch_id = $1 AND e.kind = $2 ORDER BY t.id LIMIT $3",
            ty.title, ty.table
        );
        let rows = ctx
            .db()
            .all(
                &sql,
                binds![import.batch_id.unwrap_or(0), format!("{}.created.v1", ty.name), limit],
            )
            .await?;
        for row in rows {
            out.push((ty.name, row.int(0)?, row.opt_text(1)?.unwrap_or_default()));
        }
    }
    Ok(out)
}
