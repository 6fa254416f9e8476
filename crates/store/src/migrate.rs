//! Migrations run forward only, each in its own transaction, and the binary refuses a schema it does not know.

use crate::{Db, Dialect, Query, binds};
use zhike_kernel::{Actor, Clock, Door, Error, Result, SystemClock};

/// One step. Placeholders: see [`Dialect::ddl`].
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Unique, never changed: `party_0001`.
    pub name: &'static str,
    /// Statements, in order.
    pub up: &'static [&'static str],
}

/// The store's own tables.
pub const OWN: &[Migration] = &[
    Migration {
        name: "store_0001",
        up: &[
            "CREATE TABLE event (id {pk}, at BIGINT NOT NULL, user_id BIGINT, actor TEXT NOT NULL, door TEXT NOT NULL, kind TEXT NOT NULL, \
         record_type TEXT NOT NULL, record_id BIGINT NOT NULL, party_id BIGINT, changes TEXT NOT NULL, batch_id BIGINT, note TEXT)",
            "CREATE INDEX event_party ON event (party_id, at, id)",
            "CREATE INDEX event_record ON event (record_type, record_id, id)",
            "CREATE INDEX event_batch_id ON event (batch_id, id)",
            "CREATE TABLE event_batch (id {pk}, kind TEXT NOT NULL, label TEXT NOT NULL, user_id BIGINT, at BIGINT NOT NULL, undone_at BIGINT)",
            "CREATE TABLE job (id {pk}, name TEXT NOT NULL, unique_key TEXT UNIQUE, payload TEXT NOT NULL, state TEXT NOT NULL, \
         due_at BIGINT NOT NULL, leased_until BIGINT, tries BIGINT NOT NULL DEFAULT 0, error TEXT, created_at BIGINT NOT NULL, \
         done_at BIGINT, progress BIGINT NOT NULL DEFAULT 0, total BIGINT NOT NULL DEFAULT 0, user_id BIGINT)",
            "CREATE INDEX job_due ON job (state, due_at)",
            "CREATE TABLE numbering (series TEXT PRIMARY KEY, prefix TEXT NOT NULL, width BIGINT NOT NULL, next BIGINT NOT NULL)",
            "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL, version BIGINT NOT NULL)",
            "CREATE TABLE idempotency (actor_id BIGINT NOT NULL, idem_key TEXT NOT NULL, fingerprint TEXT NOT NULL, status BIGINT, \
         body TEXT, etag TEXT, at BIGINT NOT NULL, PRIMARY KEY (actor_id, idem_key))",
            "CREATE TABLE saved_view (id {pk}, record_type TEXT NOT NULL, name TEXT NOT NULL, user_id BIGINT, shared BOOLEAN NOT NULL, \
         body TEXT NOT NULL, position BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 1)",
            "CREATE INDEX saved_view_type ON saved_view (record_type, user_id)",
        ],
    },
    Migration {
        name: "store_attachment",
        up: &[
            "CREATE TABLE attachment (id {pk}, record_type TEXT NOT NULL, record_id BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, \
         media TEXT NOT NULL, size BIGINT NOT NULL, hash TEXT NOT NULL, url TEXT NOT NULL, position BIGINT NOT NULL, \
         created_at BIGINT NOT NULL, user_id BIGINT, removed_at BIGINT)",
            "CREATE INDEX attachment_record ON attachment (record_type, record_id, position, id)",
        ],
    },
    Migration {
        name: "store_tries",
        up: &[
            "CREATE TABLE tried (who TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL)",
            "CREATE INDEX tried_who ON tried (who, kind, at)",
            "CREATE INDEX tried_at ON tried (at)",
        ],
    },
];

/// Brings the schema up to `steps`. Refuses a newer or half-migrated schema. Returns the names of the steps run.
pub async fn run(db: &Db, steps: &[Migration]) -> Result<Vec<&'static str>> {
    let actor = Actor::system();
    let now = || SystemClock.now();
    let tx = db.begin(now(), &actor, Door::Cli).await?;
    tx.ddl(
        &db.dialect()
            .ddl("CREATE TABLE IF NOT EXISTS schema_step (name TEXT PRIMARY KEY, at BIGINT NOT NULL)"),
    )
    .await?;
    tx.commit().await?;
    let known = applied(db).await?;
    if let Some(stranger) = stranger(&known, steps) {
        return Err(Error::refused("error-schema-newer").with("step", stranger));
    }
    let mut done = vec![];
    let dialect = db.dialect();
    if !known.iter().any(|k| k == "store_search") {
        let tx = db.begin(now(), &actor, Door::Cli).await?;
        for sql in dialect.search_ddl() {
            tx.ddl(sql).await?;
        }
        mark(&tx, "store_search").await?;
        tx.commit().await?;
    }
    for step in steps.iter().filter(|s| !known.iter().any(|k| k == s.name)) {
        let tx = db.begin(now(), &actor, Door::Cli).await?;
        for sql in step.up {
            tx.ddl(&Dialect::ddl(dialect, sql)).await?;
        }
        mark(&tx, step.name).await?;
        tx.commit().await?;
        done.push(step.name);
    }
    Ok(done)
}

/// A step that this program does not know: a newer one wrote it.
pub fn stranger<'a>(known: &'a [String], steps: &[Migration]) -> Option<&'a str> {
    known
        .iter()
        .map(String::as_str)
        .find(|k| *k != "store_search" && !steps.iter().any(|s| s.name == *k))
}

async fn mark(tx: &crate::Tx, name: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO schema_step (name, at) VALUES ($1,$2)",
        binds![name, tx.at.0],
    )
    .await
    .map(|_| ())
}

/// The steps a database has been through.
pub async fn applied(db: &Db) -> Result<Vec<String>> {
    db.all("SELECT name FROM schema_step ORDER BY at, name", vec![])
        .await?
        .iter()
        .map(|r| r.text(0))
        .collect()
}
