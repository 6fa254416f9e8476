//! Folders in which other systems put files: a file that no longer grows is brought in by a saved mapping and moved to
//! `done/` or, with a list of what was refused beside it, to `failed/`. The same contents twice are brought in once.

mod look;
mod page;
mod put;

use async_trait::async_trait;
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, EventKind, Migration, Query, Tx, binds};
use zhike_web::Routes;

/// Name of the job.
pub const DROP: &str = "exchange.drop";
/// Seconds between two looks; a file that stayed as it was from one to the next is whole.
const PAUSE: i64 = 10;

/// A folder of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Where files are put.
    pub folder: PathBuf,
    /// Record type that they go into.
    pub into: String,
    /// Name of the mapping that was saved for it.
    pub mapping: String,
}

/// What lay in the folders, and what became of it.
pub(crate) const TABLE: Migration = Migration {
    name: "exchange_0002",
    up: &[
        "CREATE TABLE exchange_drop (id {pk}, folder TEXT NOT NULL, file TEXT NOT NULL, size BIGINT NOT NULL, changed BIGINT NOT NULL, \
         hash TEXT, import_id BIGINT, state TEXT NOT NULL, at BIGINT NOT NULL, done_at BIGINT)",
        "CREATE INDEX exchange_drop_folder ON exchange_drop (folder, state, file)",
        "CREATE INDEX exchange_drop_hash ON exchange_drop (hash)",
    ],
};

pub(crate) fn events() -> Vec<EventKind> {
    vec![EventKind {
        name: "import.dropped.v1".into(),
        reason: "read in the audit",
    }]
}

pub(crate) fn routes(folders: &Arc<Vec<Folder>>) -> Routes {
    let (a, b) = (folders.clone(), folders.clone());
    Routes::new()
        .get("/imports/folders", "import.view", move |v| page::page(a.clone(), v))
        .get("/api/v1/imports/folders", "import.view", move |v| {
            page::api(b.clone(), v)
        })
}

/// Puts the job into the queue; a server with folders does it when it starts.
pub async fn wake(tx: &Tx) -> Result<()> {
    zhike_jobs::push(tx, DROP, Some(&format!("{DROP}:next")), &serde_json::json!({})).await?;
    Ok(())
}

/// Looks into the folders.
pub struct DropJob {
    /// Which.
    pub folders: Arc<Vec<Folder>>,
}

#[async_trait]
impl Job for DropJob {
    fn name(&self) -> &'static str {
        DROP
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        // One row goes on for ever; what a second server or a restart adds ends here.
        let sql = "SELECT count(*) FROM job WHERE name = $1 AND id < $2 AND state IN ('waiting', 'running') AND unique_key IS NULL";
        if self.folders.is_empty() || ctx.db().number(sql, binds![DROP, run.id]).await? > 0 {
            return Ok(Outcome::Done);
        }
        for folder in self.folders.iter() {
            run.beat(ctx, 0, 0).await?;
            // A folder that cannot be read says so in the log and does not stop its neighbours.
            if let Err(e) = look::folder(ctx, folder).await {
                tracing::warn!(folder = %folder.folder.display(), error = %e, "drop folder");
            }
        }
        Ok(Outcome::Again { after: PAUSE })
    }
}
