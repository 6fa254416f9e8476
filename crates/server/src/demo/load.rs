//! Many records of one type, in the engine's own way, a few hundred in a transaction.

use super::Progress;
use anyhow::{Context, Result};
use zhike_kernel::{Stamp, Value, Values};
use zhike_store::{Ctx, write};

/// Records a transaction.
const CHUNK: usize = 1_000;

/// A row: its values, and the instant it came to be in the world.
pub(super) type Row = (Values, Option<Stamp>);

/// `[("name", value), …]` as values.
pub(super) fn values(pairs: Vec<(&str, Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Inserts rows and gives their ids in the same order.
pub(super) async fn rows(ctx: &Ctx, ty: &str, rows: Vec<Row>, progress: Progress<'_>) -> Result<Vec<i64>> {
    let ty = ctx.registry().get(ty)?.clone();
    let total = rows.len();
    let mut ids = Vec::with_capacity(total);
    let mut rest = rows.into_iter();
    loop {
        let (chunk, born): (Vec<Values>, Vec<Option<Stamp>>) = rest.by_ref().take(CHUNK).unzip();
        if chunk.is_empty() {
            return Ok(ids);
        }
        let tx = ctx.begin().await?;
        let new = write::insert_many(ctx, &tx, &ty, chunk, Some(&born))
            .await
            .with_context(|| format!("{} after {}", ty.name, ids.len()))?;
        tx.commit().await?;
        ids.extend(new);
        progress(ty.name, ids.len(), total);
    }
}
