//! Tasks that lie too long are said to be so, once a day. Nothing is sent: the gate is not built, so the reminder is an
//! event on the record and a mark in the inbox.

use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query as _, Tx, binds};

use crate::{
    kept,
    port::{self, Subjects},
};

/// The job's name.
pub(crate) const NAME: &str = "approval.remind";
/// A task lies too long after a day.
pub(crate) const DAY: i64 = 24 * 3_600;

pub(crate) struct Remind(pub Subjects);

/// Sees to it that somebody looks tomorrow; one look a day is enough, however many requests there are.
pub(crate) async fn tomorrow(tx: &Tx) -> Result<()> {
    tx.exec(
        "INSERT INTO job (name, unique_key, payload, due_at, created_at, state) VALUES ($1,$2,'{}',$3,$4,'waiting') \
         ON CONFLICT (unique_key) DO NOTHING",
        binds![NAME, "approval.remind:daily", tx.at.plus_seconds(DAY).0, tx.at.0],
    )
    .await
    .map(|_| ())
}

#[async_trait]
impl Job for Remind {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, _run: &Run) -> Result<Outcome> {
        let tx = ctx.begin().await?;
        let since = tx.at.plus_seconds(-DAY).0;
        let sql = "SELECT id, request_id, user_id FROM approval_task WHERE state = 'open' AND opened_at <= $1 \
                   AND (reminded_at IS NULL OR reminded_at <= $2) ORDER BY id LIMIT 500";
        let late = tx.all(sql, binds![since, since]).await?;
        for row in &late {
            let request = kept::need(&tx, row.int(1)?).await?;
            let name = port::name_of(ctx, &tx, row.int(2)?).await?;
            if let Some(of) = self.0.find(&request.subject) {
                port::tell(ctx, &tx, of.as_ref(), &request, "reminded", Some(name)).await?;
            }
            tx.exec(
                "UPDATE approval_task SET reminded_at = $1 WHERE id = $2",
                binds![tx.at.0, row.int(0)?],
            )
            .await?;
        }
        if tx
            .number("SELECT count(*) FROM approval_request WHERE state = 'open'", binds![])
            .await?
            > 0
        {
            tomorrow(&tx).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}
