//! Backup and restore. SQLite: a consistent copy of the running database, with the files beside it. PostgreSQL: what
//! `pg_dump` and `pg_restore` make.

use crate::house;
use anyhow::{Context, Result, anyhow, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use zhike_kernel::{Clock, SystemClock};
use zhike_store::{Db, Dialect, Migration, Query, binds, db::Durability, migrate};

/// Before a schema changes, an embedded database is copied to `backups/` in the data folder. On PostgreSQL the
/// administrator's own backups stand in; the migration itself is one transaction a step.
pub async fn before_migration(db: &Db, data: &Path, steps: &[Migration]) -> Result<Option<PathBuf>> {
    if db.dialect() != Dialect::Sqlite {
        return Ok(None);
    }
    let known = migrate::applied(db).await.unwrap_or_default();
    if known.is_empty() || steps.iter().all(|s| known.iter().any(|k| k == s.name)) {
        return Ok(None);
    }
    let folder = data.join("backups");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("before-migration-{}.db", SystemClock.now().0));
    copy_sqlite(db, &file).await?;
    Ok(Some(file))
}

async fn copy_sqlite(db: &Db, to: &Path) -> Result<()> {
    let path = to.to_str().ok_or_else(|| anyhow!("the path is not UTF-8"))?;
    if path.contains('\'') {
        bail!("choose a path without an apostrophe");
    }
    db.maintain(&format!("VACUUM INTO '{path}'"))
        .await
        .map_err(|e| anyhow!("the copy failed: {e}"))
}

/// What lies beside the database: files, and uploads that wait. Facts are left out: they are computed again.
const FOLDERS: [&str; 3] = ["files", "imports", "analyses"];

/// Writes a backup into a new folder; nothing is left of one that failed.
pub async fn backup(db: &Db, data: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        bail!("{} is there already; name a new folder", to.display());
    }
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let written = write(db, data, to).await;
    if written.is_err() {
        let _ = std::fs::remove_dir_all(to);
    }
    written
}

async fn write(db: &Db, data: &Path, to: &Path) -> Result<()> {
    match db.dialect() {
        Dialect::Sqlite => copy_sqlite(db, &to.join("zhike.db")).await?,
        Dialect::Postgres => run(
            "pg_dump",
            Command::new("pg_dump")
                .arg("--format=custom")
                .arg("--file")
                .arg(to.join("zhike.dump"))
                .arg(db.url()),
        )?,
    }
    for folder in FOLDERS {
        copy_folder(&data.join(folder), &to.join(folder))?;
    }
    Ok(())
}

/// Runs one of PostgreSQL's programs; what it has to say it says itself.
fn run(name: &str, command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{name} is not installed (Debian: apt-get install postgresql-client)"))?;
    if !status.success() {
        bail!("{name} failed; its own words stand above");
    }
    Ok(())
}

/// Puts a backup back, into a place where there is no house yet. Refuses, before anything is changed, what does not fit.
pub async fn restore(url: &str, data: &Path, from: &Path, steps: &[Migration]) -> Result<()> {
    let (file, dump) = (from.join("zhike.db"), from.join("zhike.dump"));
    let embedded = url.strip_prefix("sqlite:");
    match (embedded.is_some(), file.is_file(), dump.is_file()) {
        (true, true, _) | (false, _, true) => {}
        (true, false, true) => bail!(
            "{} is a backup of a PostgreSQL database; name the one to fill with --database postgres://USER@HOST/NAME",
            from.display()
        ),
        (false, true, false) => bail!(
            "{} is a backup of an embedded database; leave --database out, or name a file with --database sqlite:PATH",
            from.display()
        ),
        (_, false, false) => bail!(
            "{} is no folder that `zhike backup` wrote: it holds neither zhike.db nor zhike.dump",
            from.display()
        ),
    }
    match embedded {
        Some(path) => restore_file(&file, Path::new(path.trim_start_matches("//")), steps).await?,
        None => restore_dump(&dump, url, steps).await?,
    }
    // Facts of whatever was here before: the next analysis writes them from the database.
    let facts = data.join("facts");
    if facts.exists() {
        std::fs::remove_dir_all(&facts).with_context(|| format!("cannot remove {}", facts.display()))?;
    }
    for folder in FOLDERS {
        copy_folder(&from.join(folder), &data.join(folder))?;
    }
    Ok(())
}

async fn restore_file(copy: &Path, path: &Path, steps: &[Migration]) -> Result<()> {
    // A write-ahead file left behind would be played into the database that takes its place.
    for place in ["", "-wal", "-shm"].map(|end| beside(path, end)) {
        if place.exists() {
            bail!(
                "{} is there already; move it away first, so that nothing is lost",
                place.display()
            );
        }
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    let new = beside(path, ".restoring");
    let done = match std::fs::copy(copy, &new) {
        Ok(_) => match sound(&new, steps).await {
            Ok(()) => std::fs::rename(&new, path).with_context(|| format!("cannot write {}", path.display())),
            Err(e) => Err(e.context(format!("{} cannot be restored", copy.display()))),
        },
        Err(e) => Err(anyhow!("cannot copy to {}: {e}", new.display())),
    };
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&new, end));
    }
    done
}

/// The file's name with something behind it.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Is the file a whole database of this program?
async fn sound(file: &Path, steps: &[Migration]) -> Result<()> {
    let damaged = |e: zhike_kernel::Error| anyhow!("the file is damaged or no database ({e}); take another backup");
    let db = Db::open(&format!("sqlite:{}", file.display()), Durability::Full)
        .await
        .map_err(damaged)?;
    let checked = db.one("PRAGMA quick_check", vec![]).await;
    let known = migrate::applied(&db).await;
    db.close().await;
    match checked.and_then(|r| r.map_or(Ok(String::new()), |r| r.text(0))) {
        Ok(word) if word == "ok" => known_to(&known.map_err(damaged)?, steps),
        Ok(word) => bail!("the file is damaged ({word}); take another backup"),
        Err(e) => Err(damaged(e)),
    }
}

fn known_to(known: &[String], steps: &[Migration]) -> Result<()> {
    match migrate::stranger(known, steps) {
        Some(step) => bail!(
            "it was made by a newer version of Zhike (it knows the step {step}); restore it with that version, or take an older backup"
        ),
        None => Ok(()),
    }
}

async fn restore_dump(dump: &Path, url: &str, steps: &[Migration]) -> Result<()> {
    let listed = Command::new("pg_restore")
        .args(["--data-only", "--table=schema_step", "--file=-"])
        .arg(dump)
        .output()
        .context("pg_restore is not installed (Debian: apt-get install postgresql-client)")?;
    if !listed.status.success() {
        bail!(
            "{} cannot be read: {}",
            dump.display(),
            String::from_utf8_lossy(&listed.stderr).trim()
        );
    }
    // Rows of COPY: the step's name, a tab, the instant.
    let known: Vec<String> = String::from_utf8_lossy(&listed.stdout)
        .lines()
        .skip_while(|line| !line.starts_with("COPY "))
        .skip(1)
        .take_while(|line| *line != "\\.")
        .filter_map(|line| Some(line.split_once('\t')?.0.to_owned()))
        .collect();
    known_to(&known, steps).with_context(|| format!("{} cannot be restored", dump.display()))?;
    let db = Db::open(url, Durability::Full)
        .await
        .map_err(|e| anyhow!("cannot open the database {}: {e}", house::redact(url)))?;
    let tables = db
        .number(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = $1",
            binds!["public"],
        )
        .await;
    db.close().await;
    if tables.map_err(|e| anyhow!("the database does not answer: {e}"))? > 0 {
        bail!(
            "{} is not empty; make a new database (createdb NAME) and name it with --database, so that nothing is lost",
            house::redact(url)
        );
    }
    // All of it or nothing.
    run(
        "pg_restore",
        Command::new("pg_restore")
            .args([
                "--single-transaction",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
                "--dbname",
            ])
            .arg(url)
            .arg(dump),
    )
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
