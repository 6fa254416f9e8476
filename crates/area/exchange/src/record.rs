//! The rows that remember imports: how far each is, what it refused, and who may see it.

use crate::kept::write_args;
pub use crate::kept::{Kept, errors, read_args};
use crate::{mapping::Mapping, plan::RowError, run::MOST_ERRORS};
use serde::{Deserialize, Serialize};
use std::{path::Path, sync::Arc};
use zhike_kernel::{Actor, Error, Reach, Result, Role};
use zhike_store::{Bind, Ctx, Migration, Query, Row, Tx, binds, write::group};

/// Tables.
pub const MIGRATIONS: &[Migration] = &[FIRST, crate::folder::TABLE, IGNORED];

const FIRST: Migration = Migration {
    name: "exchange_0001",
    up: &[
        "CREATE TABLE exchange_import (id {pk}, name TEXT NOT NULL, record_type TEXT NOT NULL, mapping TEXT NOT NULL, dir TEXT NOT NULL, \
         file_name TEXT NOT NULL, state TEXT NOT NULL, stage BIGINT NOT NULL DEFAULT 0, position BIGINT NOT NULL DEFAULT 0, \
         done BIGINT NOT NULL DEFAULT 0, rows_total BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL DEFAULT 0, \
         updated BIGINT NOT NULL DEFAULT 0, skipped BIGINT NOT NULL DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0, \
         stored BIGINT NOT NULL DEFAULT 0, batch_id BIGINT, dry_run BOOLEAN NOT NULL, actor TEXT NOT NULL, user_id BIGINT, \
         created_at BIGINT NOT NULL, started_at BIGINT, finished_at BIGINT, reason TEXT, undo_cursor BIGINT, \
         undone BIGINT NOT NULL DEFAULT 0, kept BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 1)",
        "CREATE INDEX exchange_import_user ON exchange_import (user_id, id)",
        "CREATE TABLE exchange_error (id {pk}, import_id BIGINT NOT NULL REFERENCES exchange_import (id) ON DELETE CASCADE, step BIGINT NOT NULL, \
         row_number BIGINT NOT NULL, field TEXT NOT NULL, column_title TEXT NOT NULL, code TEXT NOT NULL, value TEXT NOT NULL, args TEXT NOT NULL)",
        "CREATE INDEX exchange_error_import ON exchange_error (import_id, id)",
        "CREATE TABLE exchange_mapping (id {pk}, name TEXT NOT NULL, record_type TEXT NOT NULL, body TEXT NOT NULL, user_id BIGINT, \
         created_at BIGINT NOT NULL, UNIQUE (record_type, name))",
    ],
};

const IGNORED: Migration = Migration {
    name: "exchange_0003",
    up: &["ALTER TABLE exchange_import ADD COLUMN ignored TEXT"],
};

/// An import.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Id.
    pub id: i64,
    /// Name: of the mapping or the file.
    pub name: String,
    /// Record type of the first step.
    pub record_type: String,
    /// The mapping, as JSON; empty before it is chosen.
    pub mapping: String,
    /// Folder of the files, within the data folder or absolute.
    pub dir: String,
    /// The file as it was called.
    pub file_name: String,
    /// `ready`, `running`, `done`, `failed`, `undoing`, `undone`.
    pub state: String,
    /// Pass under way.
    pub stage: i64,
    /// Rows of it that are done.
    pub position: i64,
    /// Rows done in all.
    pub done: i64,
    /// Rows in all.
    pub rows_total: i64,
    /// Records made.
    pub created: i64,
    /// Records changed.
    pub updated: i64,
    /// Rows left out.
    pub skipped: i64,
    /// Rows refused.
    pub failed: i64,
    /// Errors kept.
    pub stored: i64,
    /// The group of its events.
    pub batch_id: Option<i64>,
    /// Only tried.
    pub dry_run: bool,
    /// Who, as JSON.
    pub actor: String,
    /// Who.
    pub user_id: Option<i64>,
    /// Uploaded.
    pub created_at: i64,
    /// Ended.
    pub finished_at: Option<i64>,
    /// Why it stopped: a translation key.
    pub reason: Option<String>,
    /// Where undo goes on.
    pub undo_cursor: Option<i64>,
    /// Changes taken back.
    pub undone: i64,
    /// Changes left.
    pub kept: i64,
    /// Version.
    pub version: i64,
    /// Titles of columns that no field was made of.
    pub ignored: Vec<String>,
}

const COLUMNS: &str = "id, name, record_type, mapping, dir, file_name, state, stage, position, done, rows_total, created, updated, skipped, \
     failed, stored, batch_id, dry_run, actor, user_id, created_at, finished_at, reason, undo_cursor, undone, kept, version, ignored";

fn read(r: &Row) -> Result<Import> {
    Ok(Import {
        id: r.int(0)?,
        name: r.text(1)?,
        record_type: r.text(2)?,
        mapping: r.text(3)?,
        dir: r.text(4)?,
        file_name: r.text(5)?,
        state: r.text(6)?,
        stage: r.int(7)?,
        position: r.int(8)?,
        done: r.int(9)?,
        rows_total: r.int(10)?,
        created: r.int(11)?,
        updated: r.int(12)?,
        skipped: r.int(13)?,
        failed: r.int(14)?,
        stored: r.int(15)?,
        batch_id: r.opt_int(16)?,
        dry_run: r.bool(17)?,
        actor: r.text(18)?,
        user_id: r.opt_int(19)?,
        created_at: r.int(20)?,
        finished_at: r.opt_int(21)?,
        reason: r.opt_text(22)?,
        undo_cursor: r.opt_int(23)?,
        undone: r.int(24)?,
        kept: r.int(25)?,
        version: r.int(26)?,
        ignored: r
            .opt_text(27)?
            .and_then(|t| serde_json::from_str(&t).ok())
            .unwrap_or_default(),
    })
}

/// One import, whoever asks.
pub async fn find(q: &dyn Query, id: i64) -> Result<Option<Import>> {
    q.one(
        &format!("SELECT {COLUMNS} FROM exchange_import WHERE id = $1"),
        binds![id],
    )
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// One import that the actor may see: the own ones, or all with full sight.
pub async fn need(ctx: &Ctx, id: i64) -> Result<Import> {
    find(ctx.db(), id)
        .await?
        .filter(|i| ctx.actor.reach == Reach::All || (i.user_id.is_some() && i.user_id == ctx.actor.user))
        .ok_or_else(Error::missing)
}

/// Imports that the actor may see, newest first, older than `before`.
pub async fn list(ctx: &Ctx, before: Option<i64>, limit: i64) -> Result<Vec<Import>> {
    let all = i64::from(ctx.actor.reach == Reach::All);
    let sql = format!(
        "SELECT {COLUMNS} FROM exchange_import WHERE id < $1 AND ($2 = 1 OR user_id = $3) ORDER BY id DESC LIMIT $4"
    );
    ctx.db()
        .all(
            &sql,
            binds![before.unwrap_or(i64::MAX), all, ctx.actor.user.unwrap_or(0), limit],
        )
        .await?
        .iter()
        .map(read)
        .collect()
}

#[derive(Serialize, Deserialize)]
struct Who {
    user: Option<i64>,
    name: String,
    role: Role,
    reach: Reach,
    team: Vec<i64>,
}

/// The actor, to be taken up again by a job.
pub fn write_actor(actor: &Actor) -> String {
    let who = Who {
        user: actor.user,
        name: actor.name.clone(),
        role: actor.role,
        reach: actor.reach,
        team: actor.team.clone(),
    };
    serde_json::to_string(&who).unwrap_or_default()
}

/// The actor of an import.
pub fn read_actor(text: &str) -> Result<Actor> {
    let who: Who = serde_json::from_str(text).map_err(Error::broken)?;
    Ok(Actor {
        user: who.user,
        name: who.name,
        role: who.role,
        reach: who.reach,
        team: who.team,
        read_only: false,
        only: vec![],
    })
}

/// `ctx` acting as the one who began the import.
pub fn acting(ctx: &Ctx, actor: &str) -> Result<Ctx> {
    let mut ctx = ctx.clone();
    ctx.actor = Arc::new(read_actor(actor)?);
    Ok(ctx)
}

/// Makes the row of an import whose files lie in `dir`.
pub async fn start(ctx: &Ctx, mapping: &Mapping, dir: &Path, dry_run: bool) -> Result<i64> {
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_path_buf());
    let tx = ctx.begin().await?;
    let into = mapping.steps.first().map_or("", |s| s.into.as_str());
    let id = insert(
        &tx,
        ctx,
        &mapping.name,
        into,
        &mapping.json(),
        &dir.to_string_lossy(),
        &mapping.name,
        dry_run,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes the row of an import.
#[allow(clippy::too_many_arguments, reason = "one per column")]
pub async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    name: &str,
    into: &str,
    mapping: &str,
    dir: &str,
    file_name: &str,
    dry_run: bool,
) -> Result<i64> {
    tx.insert(
        "INSERT INTO exchange_import (name, record_type, mapping, dir, file_name, state, dry_run, actor, user_id, created_at) \
         VALUES ($1,$2,$3,$4,$5,'ready',$6,$7,$8,$9) RETURNING id",
        binds![name, into, mapping, dir, file_name, dry_run, write_actor(&ctx.actor), ctx.actor.user, tx.at.0],
    )
    .await
}

/// Writes which columns go nowhere.
pub async fn ignore(tx: &Tx, id: i64, titles: &[String]) -> Result<()> {
    let text = serde_json::to_string(titles).map_err(Error::broken)?;
    tx.exec(
        "UPDATE exchange_import SET ignored = $1 WHERE id = $2",
        binds![text, id],
    )
    .await?;
    Ok(())
}

/// Writes that it runs, with its size.
pub async fn begin(tx: &Tx, import: &mut Import) -> Result<()> {
    let n = tx
        .exec(
            "UPDATE exchange_import SET state = 'running', rows_total = $1, batch_id = $2, reason = NULL, started_at = COALESCE(started_at, $3), \
             version = version + 1 WHERE id = $4 AND version = $5",
            binds![import.rows_total, import.batch_id, tx.at.0, import.id, import.version],
        )
        .await?;
    bump(n, import)
}

/// Writes how far it is and what was refused.
pub async fn advance(tx: &Tx, import: &mut Import, errors: &[(usize, RowError)]) -> Result<()> {
    let room = usize::try_from(MOST_ERRORS - import.stored).unwrap_or(0);
    let kept = errors.get(..errors.len().min(room)).unwrap_or(&[]);
    for chunk in kept.chunks(500) {
        let mut sql = String::from(
            "INSERT INTO exchange_error (import_id, step, row_number, field, column_title, code, value, args) VALUES ",
        );
        let mut binds: Vec<Bind> = Vec::with_capacity(chunk.len() * 8);
        for (i, (step, e)) in chunk.iter().enumerate() {
            group(&mut sql, i, 8);
            binds.extend(binds![
                import.id,
                i64::try_from(*step).unwrap_or(0),
                i64::try_from(e.row).unwrap_or(0),
                e.field.as_str(),
                e.column.as_str(),
                e.code,
                e.value.as_str(),
                write_args(&e.args)
            ]);
        }
        tx.exec(&sql, binds).await?;
    }
    import.stored += i64::try_from(kept.len()).unwrap_or(0);
    let n = tx
        .exec(
            "UPDATE exchange_import SET stage = $1, position = $2, done = $3, created = $4, updated = $5, skipped = $6, failed = $7, \
             stored = $8, version = version + 1 WHERE id = $9 AND version = $10 AND state = 'running'",
            binds![
                import.stage,
                import.position,
                import.done,
                import.created,
                import.updated,
                import.skipped,
                import.failed,
                import.stored,
                import.id,
                import.version
            ],
        )
        .await?;
    bump(n, import)
}

/// Writes that it is done.
pub async fn finish(tx: &Tx, import: &mut Import) -> Result<()> {
    let n = tx
        .exec(
            "UPDATE exchange_import SET state = 'done', finished_at = $1, version = version + 1 WHERE id = $2 AND version = $3",
            binds![tx.at.0, import.id, import.version],
        )
        .await?;
    import.state = "done".into();
    bump(n, import)
}

/// Another worker at the same import: this one stops, and its batch is taken back.
fn bump(n: u64, import: &mut Import) -> Result<()> {
    if n != 1 {
        return Err(Error::stale());
    }
    import.version += 1;
    Ok(())
}

/// Writes why it stopped; it can go on later.
pub async fn fail(ctx: &Ctx, id: i64, why: &Error) -> Result<()> {
    if why.code == "error-stale" {
        return Ok(());
    }
    tracing::warn!(import = id, error = %why, "import stopped");
    let reason = serde_json::json!([
        why.code,
        serde_json::from_str::<serde_json::Value>(&write_args(&why.args)).unwrap_or_default()
    ]);
    let tx = ctx.begin().await?;
    tx.exec(
        "UPDATE exchange_import SET state = 'failed', reason = $1, version = version + 1 WHERE id = $2 AND state IN ('ready','running')",
        binds![reason.to_string(), id],
    )
    .await?;
    tx.commit().await
}
