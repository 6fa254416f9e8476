//! The clock of all cases: what is late is told to whoever has it, then to their manager; promises are told before they
//! break; silence is told once and then ends the case. Each word is said once, however often the job runs.

use super::{
    assign,
    desk::Desk,
    letters,
    promise::{self, Promise},
};
use crate::Ports;
use async_trait::async_trait;
use zhike_contract::NewTask;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Result, Stamp, Values};
use zhike_store::{Ctx, Query, Tx, binds};

const NAME: &str = "service.clock";
/// Cases looked at in one go.
const CHUNK: i64 = 200;

/// Sees to it that the clock is looked at by then.
pub(crate) async fn wake(tx: &Tx, at: Stamp) -> Result<()> {
    let sql = "INSERT INTO job (name, unique_key, payload, due_at, created_at, state) VALUES ($1,$2,'{}',$3,$4,'waiting') \
               ON CONFLICT (unique_key) DO UPDATE SET due_at = CASE WHEN excluded.due_at < job.due_at THEN excluded.due_at ELSE job.due_at END";
    tx.exec(sql, binds![NAME, "service.clock:next", at.0, tx.at.0])
        .await
        .map(|_| ())
}

pub(crate) struct Clock(pub Ports);

/// What strikes: the rows are asked for with the present instant and a limit, and give (row, case).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strike {
    Late,
    Later,
    Near,
    Broken,
    Warn,
    Silent,
}

const ALL: [Strike; 6] = [
    Strike::Late,
    Strike::Later,
    Strike::Near,
    Strike::Broken,
    Strike::Warn,
    Strike::Silent,
];

impl Strike {
    /// Table, column of the instant, what must hold besides.
    fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Strike::Late => (
                "service_step",
                "alarm_at",
                "ended_at IS NULL AND alarmed_at IS NULL AND alarm_at > 0",
            ),
            Strike::Later => (
                "service_step",
                "escalate_at",
                "ended_at IS NULL AND escalated_at IS NULL AND escalate_at > 0",
            ),
            Strike::Near => ("service_promise", "alarm_at", "state = 'open' AND alarmed_at IS NULL"),
            Strike::Broken => ("service_promise", "until_at", "state = 'open'"),
            Strike::Warn => (
                "service_round",
                "warn_at",
                "warn_at IS NOT NULL AND warned_at IS NULL AND verdict IS NULL AND ended_at IS NULL",
            ),
            Strike::Silent => (
                "service_round",
                "answer_by",
                "answer_by IS NOT NULL AND verdict IS NULL AND ended_at IS NULL",
            ),
        }
    }
    async fn due(self, q: &dyn Query, now: Stamp, after: i64) -> Result<Vec<(i64, i64)>> {
        let (table, column, holds) = self.parts();
        let sql = format!(
            "SELECT id, case_id FROM {table} WHERE {column} <= $1 AND {holds} AND id > $2 ORDER BY id LIMIT $3"
        );
        let rows = q.all(&sql, binds![now.0, after, CHUNK]).await?;
        rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
    }
    async fn next(self, q: &dyn Query, now: Stamp) -> Result<Option<Stamp>> {
        let (table, column, holds) = self.parts();
        let sql = format!("SELECT MIN({column}) FROM {table} WHERE {column} > $1 AND {holds}");
        Ok(q.one(&sql, binds![now.0])
            .await?
            .map(|r| r.opt_int(0))
            .transpose()?
            .flatten()
            .map(Stamp))
    }
}

impl Clock {
    async fn task(&self, desk: &Desk<'_>, key: String, to: Option<i64>, due: Stamp) -> Result<()> {
        let task = NewTask {
            title: format!("{} {}", desk.case.text("number"), desk.case.text("subject")),
            kind: "complaint",
            party: desk.case.int("party_id"),
            record: Some(("case", desk.case.id)),
            assignee: to,
            due: Some(due.date(&desk.ctx.house.zone)),
            note: None,
            key: Some(key),
        };
        self.0.tasks.open(desk.ctx, desk.tx, &task).await.map(|_| ())
    }

    /// Says one thing about one case, in a transaction of its own.
    async fn strike(&self, ctx: &Ctx, what: Strike, row: i64, case: i64) -> Result<()> {
        let tx = ctx.begin().await?;
        let gone = "SELECT count(*) FROM service_case WHERE id = $1 AND archived_at IS NULL";
        if tx.number(gone, binds![case]).await? == 0 {
            return Ok(());
        }
        let mut desk = Desk::inside(ctx, &tx, &self.0, case).await?;
        let (table, mark) = match what {
            Strike::Late => ("service_step", "alarmed_at"),
            Strike::Later => ("service_step", "escalated_at"),
            Strike::Near => ("service_promise", "alarmed_at"),
            Strike::Warn => ("service_round", "warned_at"),
            Strike::Broken | Strike::Silent => ("", ""),
        };
        if !mark.is_empty() {
            let sql = format!("UPDATE {table} SET {mark} = $1 WHERE id = $2 AND {mark} IS NULL");
            if tx.exec(&sql, binds![tx.at.0, row]).await? == 0 {
                return Ok(());
            }
        }
        let handler = desk.case.int("handler_id");
        match what {
            Strike::Late => {
                let to = match handler {
                    Some(user) => Some(user),
                    None => assign::manager(&tx, None).await?,
                };
                self.task(&desk, format!("case:late:{row}"), to, tx.at).await?;
                desk.set("overdue", Values::from([("late".to_owned(), true.into())]), None)
                    .await?;
            }
            Strike::Later => {
                let boss = assign::manager(&tx, handler).await?;
                self.task(&desk, format!("case:later:{row}"), boss, tx.at).await?;
                desk.set("escalated", Values::from([("late".to_owned(), true.into())]), None)
                    .await?;
            }
            Strike::Near => {
                let p = promised(&tx, row).await?;
                self.task(&desk, format!("case:promise:{row}"), handler, p.from).await?;
                desk.say("promise_near", None).await?;
            }
            Strike::Broken => {
                let p = promised(&tx, row).await?;
                if desk.promise_broken(&p).await? {
                    let boss = assign::manager(&tx, handler).await?;
                    self.task(&desk, format!("case:broken:{row}"), handler, tx.at).await?;
                    self.task(&desk, format!("case:broken:{row}:manager"), boss, tx.at)
                        .await?;
                }
            }
            Strike::Warn => self.warn(&mut desk, row).await?,
            Strike::Silent => desk.silent().await?,
        }
        tx.commit().await
    }

    /// Reminds the customer once, where a message can be sent; the rule itself was stated with the solution.
    async fn warn(&self, desk: &mut Desk<'_>, row: i64) -> Result<()> {
        if desk.case.text("status") != "told" || !letters::can(desk).await? {
            return Ok(());
        }
        let sql = "SELECT answer_by, channel FROM service_round WHERE id = $1";
        let Some(r) = desk.tx.one(sql, binds![row]).await? else {
            return Ok(());
        };
        let end = Stamp(r.opt_int(0)?.unwrap_or(0));
        let letter = letters::Letter {
            files: &[],
            key: "reminder",
            channel: letters::channel(&r.opt_text(1)?.unwrap_or_default()),
            address: None,
            at: desk.tx.at,
            agreed: false,
            once: format!("reminder:{}", desk.round()),
            args: vec![("day", end.date(&desk.ctx.house.zone).to_string().into())],
        };
        let handed = letters::send(desk, letter).await?;
        desk.say("reminded", Some(handed.verdict.word().to_owned())).await
    }
}

async fn promised(tx: &Tx, id: i64) -> Result<Promise> {
    let sql = format!("SELECT {} FROM service_promise WHERE id = $1", promise::COLUMNS);
    let row = tx.one(&sql, binds![id]).await?;
    promise::read(&row.ok_or_else(zhike_kernel::Error::missing)?)
}

#[async_trait]
impl Job for Clock {
    fn name(&self) -> &'static str {
        NAME
    }
    /// Besides its alarms, so that none is ever lost.
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let mut told = 0;
        for what in ALL {
            let mut after = 0;
            loop {
                let due = what.due(ctx.db(), ctx.now(), after).await?;
                let Some(last) = due.last() else { break };
                after = last.0;
                for (row, case) in &due {
                    self.strike(ctx, what, *row, *case).await?;
                    told += 1;
                }
                run.beat(ctx, told, told).await?;
            }
        }
        let mut next: Option<Stamp> = None;
        for what in ALL {
            let at = what.next(ctx.db(), ctx.now()).await?;
            next = [next, at].into_iter().flatten().min();
        }
        if let Some(at) = next {
            let tx = ctx.begin().await?;
            wake(&tx, at).await?;
            tx.commit().await?;
        }
        Ok(Outcome::Done)
    }
}
