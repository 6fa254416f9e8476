//! Settings of the house: a name and a JSON text.

use crate::{Query, Tx, binds};
use serde::{Serialize, de::DeserializeOwned};
use zhike_kernel::{Error, Result};

/// Reads a setting.
pub async fn get(q: &dyn Query, name: &str) -> Result<Option<String>> {
    q.one("SELECT value FROM setting WHERE name = $1", binds![name])
        .await?
        .map(|r| r.text(0))
        .transpose()
}

/// Reads a setting of several parts; its usual values when nothing is kept, or nothing that can be read.
pub async fn read<T: DeserializeOwned + Default>(q: &dyn Query, name: &str) -> Result<T> {
    let kept = get(q, name).await?;
    Ok(kept.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default())
}

/// Writes a setting of several parts.
pub async fn keep(tx: &Tx, name: &str, value: &impl Serialize) -> Result<()> {
    set(tx, name, &serde_json::to_string(value).map_err(Error::broken)?).await
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
