//! Things to be done by people. Answered by the area `work`.

use async_trait::async_trait;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Tx};

/// A task that another area asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// What it is about: a number, or words somebody typed. Words of ours would stand in one language; the kind says what is to
    /// be done, in the reader's.
    pub title: String,
    /// Why it was opened, one of the kinds of the area `work` (`late_delivery`, `win_back`, `dunning` …).
    pub kind: &'static str,
    /// The customer concerned.
    pub party: Option<i64>,
    /// The record concerned: its type and id.
    pub record: Option<(&'static str, i64)>,
    /// Who does it; nobody yet if that is unknown.
    pub assignee: Option<i64>,
    /// By when.
    pub due: Option<Date>,
    /// What one should know.
    pub note: Option<String>,
    /// What makes it the same task: asked for again with the same key, nothing happens.
    pub key: Option<String>,
}

/// How a task ends that nobody needs to do any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// What it asked for was done.
    Done,
    /// It came to nothing.
    Dropped,
}

/// The port.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Opens a task in the transaction of what causes it; its id, or that of the task with the same key.
    async fn open(&self, ctx: &Ctx, tx: &Tx, task: &NewTask) -> Result<i64>;
    /// Ends the task that was opened with this key, in the transaction of what ends it; nothing happens when there is none or
    /// it has ended.
    async fn close(&self, ctx: &Ctx, tx: &Tx, key: &str, how: Close) -> Result<()>;
}
