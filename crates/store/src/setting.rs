//! Settings of the house: a name and a JSON text.

use crate::{Query, Tx, binds};
use zhike_kernel::Result;

/// Reads a setting.
pub async fn get(q: &dyn Query, name: &str) -> Result<Option<String>> {
    q.one("SELECT value FROM setting WHERE name = $1", binds![name])
        .await?
        .map(|r| r.text(0))
        .transpose()
}

/// Writes a setting.
pub async fn set(tx: &Tx, name: &str, value: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO setting (name, value, version) VALUES ($1,$2,1) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, version = setting.version + 1",
        binds![name, value],
    )
    .await
    .map(|_| ())
}
