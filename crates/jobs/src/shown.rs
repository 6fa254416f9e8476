//! Background work as the administrator sees it: what waits, runs, or failed for good, and what can be done about it.

use zhike_kernel::{Error, Result};
use zhike_store::{Query, Row, Tx, binds};

/// A job as the administrator sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Id.
    pub id: i64,
    /// Kind.
    pub name: String,
    /// `waiting`, `running`, `done`, `failed`, `dropped`.
    pub state: String,
    /// Tries so far.
    pub tries: i64,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was put into the queue, microseconds.
    pub created_at: i64,
    /// When it is tried (again), microseconds.
    pub due_at: i64,
    /// When it ended, microseconds.
    pub done_at: Option<i64>,
    /// Steps done.
    pub progress: i64,
    /// Steps in all.
    pub total: i64,
    /// Whose deed caused it.
    pub user_id: Option<i64>,
}

/// Which jobs are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only in this state; `open` is all that is neither done nor dropped.
    pub state: Option<String>,
    /// Only older than this one.
    pub before: Option<i64>,
}

const COLUMNS: &str = "id, name, state, tries, error, created_at, due_at, done_at, progress, total, user_id";

fn read(r: &Row) -> Result<Shown> {
    Ok(Shown {
        id: r.int(0)?,
        name: r.text(1)?,
        state: r.text(2)?,
        tries: r.int(3)?,
        error: r.opt_text(4)?,
        created_at: r.int(5)?,
        due_at: r.int(6)?,
        done_at: r.opt_int(7)?,
        progress: r.int(8)?,
        total: r.int(9)?,
        user_id: r.opt_int(10)?,
    })
}

/// Jobs, newest first.
pub async fn list(q: &dyn Query, asked: &Asked, limit: i64) -> Result<Vec<Shown>> {
    let state = asked.state.as_deref().unwrap_or("");
    let sql = format!(
        "SELECT {COLUMNS} FROM job WHERE id < $1 AND ($2 = '' OR state = $3 OR ($4 = 'open' AND state IN ('waiting','running','failed'))) \
         ORDER BY id DESC LIMIT $5"
    );
    q.all(
        &sql,
        binds![asked.before.unwrap_or(i64::MAX), state, state, state, limit],
    )
    .await?
    .iter()
    .map(read)
    .collect()
}

/// One job.
pub async fn find(q: &dyn Query, id: i64) -> Result<Shown> {
    let row = q
        .one(&format!("SELECT {COLUMNS} FROM job WHERE id = $1"), binds![id])
        .await?;
    row.as_ref().map(read).transpose()?.ok_or_else(Error::missing)
}

/// How many jobs are in each state.
pub async fn counts(q: &dyn Query) -> Result<Vec<(String, i64)>> {
    q.all("SELECT state, count(*) FROM job GROUP BY state ORDER BY state", vec![])
        .await?
        .iter()
        .map(|r| Ok((r.text(0)?, r.int(1)?)))
        .collect()
}

/// Lets a job that was given up be tried again at once. False when it is not (or no longer) given up.
pub async fn retry(tx: &Tx, id: i64) -> Result<bool> {
    let n = tx
        .exec(
            "UPDATE job SET state = 'waiting', tries = 0, due_at = $1, done_at = NULL, error = NULL WHERE id = $2 AND state = 'failed'",
            binds![tx.at.0, id],
        )
        .await?;
    Ok(n == 1)
}

/// Lets a job that was given up rest; it stays in the list. False when it is not (or no longer) given up.
pub async fn discard(tx: &Tx, id: i64) -> Result<bool> {
    let n = tx
        .exec(
            "UPDATE job SET state = 'dropped', done_at = $1 WHERE id = $2 AND state = 'failed'",
            binds![tx.at.0, id],
        )
        .await?;
    Ok(n == 1)
}
