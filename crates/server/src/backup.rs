//! Backup and restore. SQLite: a consistent copy of the running database, with the files beside it. PostgreSQL: what
//! `pg_dump` and `pg_restore` make.

use anyhow::{Context, Result, anyhow, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use zhike_kernel::{Clock, SystemClock};
use zhike_store::{Db, Dialect, Migration, Query, migrate};

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

/// Writes a backup into a new folder.
pub async fn backup(db: &Db, data: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        bail!("{} is there already; name a new folder", to.display());
    }
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    match db.dialect() {
        Dialect::Sqlite => copy_sqlite(db, &to.join("zhike.db")).await?,
        Dialect::Postgres => {
            let done = Command::new("pg_dump")
                .arg("--format=custom")
                .arg("--file")
                .arg(to.join("zhike.dump"))
                .arg(db.url())
                .status();
            if !done
                .context("pg_dump is not installed (Debian: postgresql-client)")?
                .success()
            {
                bail!("pg_dump failed; its own words stand above");
            }
        }
    }
    copy_folder(&data.join("files"), &to.join("files"))
}

/// Puts a backup back. An embedded database must not be there yet (move the old one away first).
pub fn restore(url: &str, data: &Path, from: &Path) -> Result<()> {
    if let Some(path) = url
        .strip_prefix("sqlite:")
        .map(|p| PathBuf::from(p.trim_start_matches("//")))
    {
        if path.exists() {
            bail!(
                "{} is there already; move it away first, so that nothing is lost",
                path.display()
            );
        }
        let copy = from.join("zhike.db");
        if !copy.exists() {
            bail!(
                "{} holds no zhike.db; is it a backup of an embedded database?",
                from.display()
            );
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(&copy, &path).with_context(|| format!("cannot copy to {}", path.display()))?;
    } else {
        let dump = from.join("zhike.dump");
        if !dump.exists() {
            bail!(
                "{} holds no zhike.dump; is it a backup of a PostgreSQL database?",
                from.display()
            );
        }
        let done = Command::new("pg_restore")
            .arg("--exit-on-error")
            .arg("--no-owner")
            .arg("--dbname")
            .arg(url)
            .arg(&dump)
            .status();
        if !done
            .context("pg_restore is not installed (Debian: postgresql-client)")?
            .success()
        {
            bail!("pg_restore failed; its own words stand above. Restore into an empty database.");
        }
    }
    copy_folder(&from.join("files"), &data.join("files"))
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
