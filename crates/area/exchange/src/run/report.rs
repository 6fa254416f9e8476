//! What an import says of itself.

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Record type of the step under way.
    pub into: String,
    /// Rows done, over all steps.
    pub done: i64,
    /// Rows in all.
    pub total: i64,
    /// Records made so far.
    pub created: i64,
    /// Records changed so far.
    pub updated: i64,
    /// Rows refused so far.
    pub failed: i64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub import: i64,
    /// Rows read.
    pub rows: i64,
    /// Records made.
    pub created: i64,
    /// Records changed.
    pub updated: i64,
    /// Rows left out: by condition, because the key came before, or because nothing changed.
    pub skipped: i64,
    /// Rows refused; see [`crate::record::errors`].
    pub failed: i64,
    /// Titles of columns that no field was made of.
    pub ignored: Vec<String>,
}
