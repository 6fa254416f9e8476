//! Which files are the facts. The file is replaced in one step, so a reader sees the old facts or the new ones.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zhike_kernel::{Error, Result};

/// Changes when the columns do; facts of another schema are written anew.
pub(crate) const SCHEMA: u32 = 1;

/// The facts as they stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`SCHEMA`] of the files.
    pub schema: u32,
    /// Counts the refreshes that changed something.
    pub generation: u64,
    /// Instant at which the last refresh began, microseconds.
    pub seen_until: i64,
    /// The last event that it saw.
    pub last_event: i64,
    /// Fingerprint of which product is in which category.
    pub categories: u64,
    /// Table → month → its files.
    pub tables: BTreeMap<String, BTreeMap<String, Month>>,
    /// Files of the generation before: a reader may still be at them; they go at the next refresh.
    #[serde(default)]
    pub gone: Vec<String>,
}

/// The facts of one month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Month {
    /// Files, relative to the folder of the facts.
    pub files: Vec<String>,
    /// Rows in them.
    pub rows: u64,
}

impl Manifest {
    /// The folder of the facts.
    pub fn folder(data: &Path) -> PathBuf {
        data.join("facts")
    }

    /// Reads it; none, or one of another schema, is an empty one.
    pub fn read(data: &Path) -> Result<Manifest> {
        let text = match std::fs::read(Self::folder(data).join("manifest.json")) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Manifest::default()),
            Err(e) => return Err(Error::broken(e)),
        };
        let found: Manifest = serde_json::from_slice(&text).unwrap_or_default();
        Ok(if found.schema == SCHEMA {
            found
        } else {
            Manifest::default()
        })
    }

    /// Replaces it.
    pub fn write(&self, data: &Path) -> Result<()> {
        let folder = Self::folder(data);
        std::fs::create_dir_all(&folder).map_err(Error::broken)?;
        let text = serde_json::to_vec_pretty(self).map_err(Error::broken)?;
        let new = folder.join("manifest.json.new");
        std::fs::write(&new, text).map_err(Error::broken)?;
        std::fs::rename(&new, folder.join("manifest.json")).map_err(Error::broken)
    }

    /// Were there ever any facts?
    pub fn is_empty(&self) -> bool {
        self.generation == 0
    }

    /// Names these facts in results.
    pub fn version(&self) -> String {
        format!("{}.{}", self.schema, self.generation)
    }

    /// The files of a table.
    pub fn files(&self, table: &str) -> Vec<String> {
        self.tables
            .get(table)
            .map(|months| months.values().flat_map(|m| m.files.iter().cloned()).collect())
            .unwrap_or_default()
    }

    /// Rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        self.tables
            .get(table)
            .map_or(0, |months| months.values().map(|m| m.rows).sum())
    }
}
