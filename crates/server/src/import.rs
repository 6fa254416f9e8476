//! Importing files by a mapping, for the command line and the demonstration.

use anyhow::{Context, Result};
use std::path::Path;
use zhike_exchange::{mapping::Mapping, record, run};
use zhike_store::Ctx;

/// Imports the files of a mapping (its text) that lie in `dir`.
pub async fn start(
    ctx: &Ctx,
    mapping: &str,
    dir: &Path,
    dry_run: bool,
    progress: &mut (dyn FnMut(run::Progress) + Send),
) -> Result<run::Report> {
    let mapping = Mapping::parse(mapping).context("the mapping cannot be read")?;
    Ok(run::import_file(ctx, &mapping, dir, dry_run, progress).await?)
}

/// Goes on with an import that was broken off.
pub async fn resume(ctx: &Ctx, id: i64, progress: &mut (dyn FnMut(run::Progress) + Send)) -> Result<run::Report> {
    Ok(run::resume(ctx, id, progress).await?)
}

/// The first refused rows of an import.
pub async fn errors(ctx: &Ctx, id: i64, most: i64) -> Result<Vec<record::Kept>> {
    Ok(record::errors(ctx.db(), id, 0, most).await?)
}
