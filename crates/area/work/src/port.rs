//! Opening tasks for other areas, and ending those that nobody needs any more.

use crate::schema::{KINDS, PENDING};
use async_trait::async_trait;
use zhike_contract::{Close, NewTask, Tasks};
use zhike_kernel::{Door, Error, Result, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};

pub(crate) struct Port;

#[async_trait]
impl Tasks for Port {
    async fn open(&self, ctx: &Ctx, tx: &Tx, task: &NewTask) -> Result<i64> {
        if !KINDS.contains(&task.kind) {
            return Err(Error::broken(format!("no kind of task is called {}", task.kind)));
        }
        if let Some(key) = &task.key {
            // Who comes second waits here until the first has ended.
            let sql = "INSERT INTO work_task_key (key, task_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
            if tx.exec(sql, binds![key.as_str(), None::<i64>]).await? == 0 {
                let sql = "SELECT COALESCE(task_id, 0) FROM work_task_key WHERE key = $1";
                return tx.number(sql, binds![key.as_str()]).await;
            }
        }
        let mut values = Values::new();
        let mut put = |name: &str, value: zhike_kernel::Value| values.insert(name.to_owned(), value);
        put("title", task.title.as_str().into());
        put("kind", task.kind.into());
        put("party_id", task.party.into());
        put("record_type", task.record.map(|r| r.0).into());
        put("record_id", task.record.map(|r| r.1).into());
        put("assignee_id", task.assignee.into());
        put("given_by_id", tx.user.into());
        put("due_on", task.due.into());
        put("note", task.note.as_deref().into());
        let ty = ctx.registry().get("task")?.clone();
        // The cause was allowed; what follows from it needs no right of its own.
        let system = Ctx::system(&ctx.house, Door::Job);
        let ids = write::insert_many(&system, tx, &ty, vec![values], None).await?;
        let id = ids.first().copied().ok_or_else(Error::missing)?;
        if let Some(key) = &task.key {
            let sql = "UPDATE work_task_key SET task_id = $1 WHERE key = $2";
            tx.exec(sql, binds![id, key.as_str()]).await?;
        }
        Ok(id)
    }

    async fn close(&self, ctx: &Ctx, tx: &Tx, key: &str, how: Close) -> Result<()> {
        let sql = "SELECT COALESCE(task_id, 0) FROM work_task_key WHERE key = $1";
        let Some(row) = tx.one(sql, binds![key]).await? else {
            return Ok(());
        };
        let ty = ctx.registry().get("task")?.clone();
        let system = Ctx::system(&ctx.house, Door::Job);
        let Some(task) = read::find(&system, tx, &ty, row.int(0)?).await? else {
            return Ok(());
        };
        if task.archived_at.is_some() || !PENDING.contains(&task.text("status")) {
            return Ok(());
        }
        let word = match how {
            Close::Done => "done",
            Close::Dropped => "dropped",
        };
        let changes = Values::from([
            ("status".to_owned(), word.into()),
            ("done_on".to_owned(), ctx.today().into()),
            ("done_by_id".to_owned(), tx.user.into()),
        ]);
        let version = task.version;
        write::update_from(&system, tx, &ty, task, version, changes)
            .await
            .map(|_| ())
    }
}
