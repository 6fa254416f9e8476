//! Document numbers: `C-000123`. A series gives each number once, without gaps within a committed transaction.

use crate::{Query, Tx, binds};
use zhike_kernel::Result;

/// The next `count` numbers of a series; the series begins with `prefix` when it is new.
pub async fn take(tx: &Tx, series: &str, prefix: &str, count: usize) -> Result<Vec<String>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(vec![]);
    }
    const TAKE: &str = "UPDATE numbering SET next = next + $2 WHERE series = $1 RETURNING prefix, width, next";
    let mut row = tx.one(TAKE, binds![series, count]).await?;
    if row.is_none() {
        tx.exec(
            "INSERT INTO numbering (series, prefix, width, next) VALUES ($1,$2,6,1) ON CONFLICT (series) DO NOTHING",
            binds![series, prefix],
        )
        .await?;
        row = tx.one(TAKE, binds![series, count]).await?;
    }
    let Some(row) = row else { return Ok(vec![]) };
    let (prefix, width, next) = (row.text(0)?, usize::try_from(row.int(1)?).unwrap_or(6), row.int(2)?);
    Ok((next - count..next).map(|n| format!("{prefix}{n:0width$}")).collect())
}
