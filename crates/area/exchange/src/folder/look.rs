//! One look into one folder: what is new is noted, what is whole is taken, what was brought in is moved.

use super::{Folder, put};
use crate::{
    job,
    mapping::{Mapping, Step},
    page::upload::{broken, kept_name},
    plan::Plan,
    record, run,
};
use sha2::{Digest, Sha256};
use std::path::Path;
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Ctx, Event, Query, Tx, binds};

/// Files taken in one look.
const MOST: usize = 50;

/// A file that lies there.
pub(super) struct Lying {
    pub name: String,
    size: i64,
    changed: i64,
}

/// A row about a file.
struct Known {
    id: i64,
    size: i64,
    changed: i64,
    state: String,
    import: Option<i64>,
}

fn lying(folder: &Path) -> Result<Vec<Lying>> {
    let mut out = vec![];
    for entry in std::fs::read_dir(folder).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What is still being written often has such a name.
        let partial = name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp");
        let about = entry.metadata().map_err(broken)?;
        if partial || !about.is_file() || kept_name(&name).is_err() {
            continue;
        }
        let changed = about
            .modified()
            .ok()
            .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|d| i64::try_from(d.as_micros()).ok());
        out.push(Lying {
            name,
            size: i64::try_from(about.len()).unwrap_or(i64::MAX),
            changed: changed.unwrap_or(0),
        });
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out.truncate(MOST);
    Ok(out)
}

/// Looks into a folder.
pub(super) async fn folder(ctx: &Ctx, of: &Folder) -> Result<()> {
    for sub in ["done", "failed"] {
        tokio::fs::create_dir_all(of.folder.join(sub)).await.map_err(broken)?;
    }
    let path = of.folder.clone();
    let files = zhike_web::blocking(move || lying(&path)).await??;
    let key = of.folder.to_string_lossy().into_owned();
    for file in &files {
        match known(ctx, &key, &file.name).await? {
            None => note(ctx, &key, file).await?,
            Some(k) if k.state == "seen" && (k.size, k.changed) != (file.size, file.changed) => {
                again(ctx, k.id, file).await?;
            }
            Some(k) if k.state == "seen" => take(ctx, of, &key, file, k.id).await?,
            Some(k) => ended(ctx, of, Some(&file.name), &k).await?,
        }
    }
    // Moved, but the server died before it wrote so.
    let sql = "SELECT file, id, size, changed, state, import_id FROM exchange_drop WHERE folder = $1 AND state IN ('seen', 'running')";
    for r in ctx.db().all(sql, binds![key.as_str()]).await? {
        let name = r.text(0)?;
        if !files.iter().any(|f| f.name == name) && !of.folder.join(&name).exists() {
            let k = Known {
                id: r.int(1)?,
                size: r.int(2)?,
                changed: r.int(3)?,
                state: r.text(4)?,
                import: r.opt_int(5)?,
            };
            ended(ctx, of, None, &k).await?;
        }
    }
    Ok(())
}

async fn known(ctx: &Ctx, folder: &str, file: &str) -> Result<Option<Known>> {
    let sql = "SELECT id, size, changed, state, import_id FROM exchange_drop WHERE folder = $1 AND file = $2 \
               AND state IN ('seen', 'running') ORDER BY id DESC LIMIT 1";
    let row = ctx.db().one(sql, binds![folder, file]).await?;
    row.map(|r| {
        Ok(Known {
            id: r.int(0)?,
            size: r.int(1)?,
            changed: r.int(2)?,
            state: r.text(3)?,
            import: r.opt_int(4)?,
        })
    })
    .transpose()
}

async fn note(ctx: &Ctx, folder: &str, file: &Lying) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO exchange_drop (folder, file, size, changed, state, at) VALUES ($1,$2,$3,$4,'seen',$5)";
    let row = binds![folder, file.name.as_str(), file.size, file.changed, tx.at.0];
    tx.exec(sql, row).await?;
    tx.commit().await
}

/// It still grows.
async fn again(ctx: &Ctx, id: i64, file: &Lying) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "UPDATE exchange_drop SET size = $1, changed = $2 WHERE id = $3";
    tx.exec(sql, binds![file.size, file.changed, id]).await?;
    tx.commit().await
}

/// Copies a file and tells the hash of what was copied.
fn copy(from: &Path, to: &Path) -> Result<String> {
    std::fs::copy(from, to).map_err(broken)?;
    let mut file = std::fs::File::open(to).map_err(broken)?;
    let mut sum = Sha256::new();
    std::io::copy(&mut file, &mut sum).map_err(broken)?;
    Ok(sum.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// The import in which the same contents were brought in, if they still are.
async fn twin(ctx: &Ctx, folder: &str, hash: &str) -> Result<Option<i64>> {
    let sql = "SELECT d.import_id FROM exchange_drop d JOIN exchange_import i ON i.id = d.import_id \
               WHERE d.folder = $1 AND d.hash = $2 AND d.state = 'done' AND i.state = 'done' ORDER BY d.id LIMIT 1";
    let row = ctx.db().one(sql, binds![folder, hash]).await?;
    row.map(|r| r.int(0)).transpose()
}

/// The mapping with the file in it; it must fit.
async fn mapping(ctx: &Ctx, of: &Folder, kept: &str, dir: &Path) -> Result<Mapping> {
    let sql = "SELECT body FROM exchange_mapping WHERE record_type = $1 AND name = $2";
    let row = ctx.db().one(sql, binds![of.into.as_str(), of.mapping.as_str()]).await?;
    let row = row.ok_or_else(|| Error::refused("error-drop-mapping").with("name", of.mapping.as_str()))?;
    let mut mapping = Mapping::parse(&row.text(0)?)?;
    let first = mapping.steps.drain(..).next();
    let step = Step {
        file: Some(kept.to_owned()),
        ..first.ok_or_else(|| Error::refused("error-drop-mapping").with("name", of.mapping.as_str()))?
    };
    mapping.name.clone_from(&of.mapping);
    mapping.steps = vec![step.clone()];
    let house = &ctx.house;
    let source = run::open(&step, dir)?;
    Plan::fit(&house.registry, &step, &source.headers, house.currency, &house.zone)?;
    Ok(mapping)
}

/// Takes a whole file in: a copy goes to where imports lie, and an import is begun with it.
async fn take(ctx: &Ctx, of: &Folder, folder: &str, file: &Lying, id: i64) -> Result<()> {
    let kept = kept_name(&file.name)?;
    let name = format!("imports/{}-drop{id}", ctx.now().0);
    let dir = ctx.house.data.join(&name);
    tokio::fs::create_dir_all(&dir).await.map_err(broken)?;
    let (from, to) = (of.folder.join(&file.name), dir.join(&kept));
    let hash = zhike_web::blocking(move || copy(&from, &to)).await??;
    if let Some(import) = twin(ctx, folder, &hash).await? {
        let _ = tokio::fs::remove_dir_all(&dir).await;
        put::away(of, &file.name, "done", import).await?;
        return end(ctx, id, "again", Some(&hash), Some(import)).await;
    }
    let found = mapping(ctx, of, &kept, &dir).await;
    if let Err(e) = &found
        && e.kind == Kind::Broken
    {
        return found.map(|_| ());
    }
    let text = found.as_ref().map(Mapping::json).unwrap_or_default();
    let tx = ctx.begin().await?;
    let import = record::insert(&tx, ctx, &file.name, &of.into, &text, &name, &file.name, false).await?;
    let sql = "UPDATE exchange_drop SET state = 'running', hash = $1, import_id = $2 WHERE id = $3";
    tx.exec(sql, binds![hash, import, id]).await?;
    tell(ctx, &tx, import, &file.name).await?;
    if found.is_ok() {
        job::push_import(&tx, import).await?;
    }
    tx.commit().await?;
    if let Err(e) = found {
        record::fail(ctx, import, &e).await?;
    }
    Ok(())
}

async fn tell(ctx: &Ctx, tx: &Tx, import: i64, file: &str) -> Result<()> {
    let event = Event {
        kind: "import.dropped.v1".into(),
        record_type: "import",
        record: import,
        note: Some(file.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Moves a file whose import came to an end. Without a name it was moved already, or taken away by somebody.
async fn ended(ctx: &Ctx, of: &Folder, name: Option<&str>, k: &Known) -> Result<()> {
    let import = match k.import {
        Some(id) => record::find(ctx.db(), id).await?,
        None => None,
    };
    let Some(import) = import else {
        return end(ctx, k.id, "gone", None, None).await;
    };
    let failed = match import.state.as_str() {
        "done" => import.failed > 0,
        "failed" => true,
        // It is under way, or being taken back.
        _ => return Ok(()),
    };
    let to = if failed { "failed" } else { "done" };
    if let Some(name) = name {
        if failed {
            put::report(ctx, of, name, &import).await?;
        }
        put::away(of, name, to, import.id).await?;
    }
    end(ctx, k.id, to, None, Some(import.id)).await
}

async fn end(ctx: &Ctx, id: i64, state: &str, hash: Option<&str>, import: Option<i64>) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "UPDATE exchange_drop SET state = $1, hash = COALESCE($2, hash), import_id = COALESCE($3, import_id), done_at = $4 WHERE id = $5";
    tx.exec(sql, binds![state, hash.map(str::to_owned), import, tx.at.0, id])
        .await?;
    tx.commit().await
}
