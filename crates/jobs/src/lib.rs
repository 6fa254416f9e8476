//! Work that is not done while somebody waits: leased rows in the database, run by one worker or several, retried with
//! growing pauses, and visible when they fail for good.

mod shown;

use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};
use zhike_kernel::{Door, Error, Result, Stamp};
use zhike_store::{Ctx, House, Query, Tx, binds};

pub use shown::{Asked, Shown, counts, discard, find, list, retry};

/// How often a job is tried before it is given up.
const TRIES: i64 = 6;
/// How long a worker may keep a job without a word.
const LEASE_SECONDS: i64 = 120;

/// Seconds between two looks whether the nightly jobs are in the queue.
const PLAN_SECONDS: i64 = 3_600;
/// The hour of the nightly jobs, in the house's time zone.
const NIGHT: i64 = 3;

/// The coming night's hour of the nightly jobs.
fn coming_night(now: Stamp, house: &House) -> Result<Stamp> {
    let today = now.date(&house.zone);
    let night = |day| Stamp::start_of(day, &house.zone).plus_seconds(NIGHT * 3_600);
    Ok(Some(night(today))
        .filter(|at| *at > now)
        .unwrap_or(night(today.tomorrow().map_err(Error::broken)?)))
}

/// How a job's run ended.
#[derive(Debug)]
pub enum Outcome {
    /// Done.
    Done,
    /// Goes on later, from where its own tables say.
    Again {
        /// Seconds until then.
        after: i64,
    },
    /// Never to be tried again, with the reason (a translation key or plain text).
    GiveUp(String),
}

/// A kind of job.
#[async_trait]
pub trait Job: Send + Sync {
    /// Name in the table.
    fn name(&self) -> &'static str;
    /// Runs once every night besides, at three o'clock in the house's time zone.
    fn nightly(&self) -> bool {
        false
    }
    /// Runs once. It must be idempotent: a worker may die after the work and before the word. It may run long if it
    /// calls [`Run::beat`] now and then. An error is tried again later.
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome>;
}

/// Something that is there as long as the server is, beside the jobs: a connection that waits for news. It ends when it is
/// told to stop, and mends itself after trouble.
#[async_trait]
pub trait Service: Send + Sync {
    /// Its name, for the log.
    fn name(&self) -> &'static str;
    /// Runs until told to stop.
    async fn serve(&self, house: Arc<House>, stop: watch::Receiver<bool>);
}

/// A job being run.
pub struct Run {
    /// Id of the job's row.
    pub id: i64,
    /// What it was given.
    pub payload: serde_json::Value,
    /// How often it was tried before.
    pub tries: i64,
    house: Arc<House>,
}

impl Run {
    /// Tells how far it is and keeps the lease. An error means that the lease was lost: stop.
    pub async fn beat(&self, ctx: &Ctx, progress: i64, total: i64) -> Result<()> {
        let tx = ctx.begin().await?;
        let until = tx.at.plus_seconds(LEASE_SECONDS).0;
        tx.exec(
            "UPDATE job SET leased_until = $1, progress = $2, total = $3 WHERE id = $4",
            binds![until, progress, total, self.id],
        )
        .await?;
        tx.commit().await
    }
    /// The house.
    pub fn house(&self) -> &Arc<House> {
        &self.house
    }
}

/// Puts a job into the queue, in the transaction of what causes it. With a `unique` key, a job that waits under
/// the same key stays the only one. The id, or 0 when one was there.
pub async fn push(tx: &Tx, name: &str, unique: Option<&str>, payload: &serde_json::Value) -> Result<i64> {
    insert(tx, name, unique, payload, tx.at).await
}

/// The same, but not before a moment.
pub async fn push_at(tx: &Tx, name: &str, unique: &str, payload: &serde_json::Value, due: Stamp) -> Result<()> {
    insert(tx, name, Some(unique), payload, due.max(tx.at))
        .await
        .map(|_| ())
}

async fn insert(tx: &Tx, name: &str, unique: Option<&str>, payload: &serde_json::Value, due: Stamp) -> Result<i64> {
    let row = tx
        .one(
            "INSERT INTO job (name, unique_key, payload, due_at, created_at, state, user_id) VALUES ($1,$2,$3,$4,$5,'waiting',$6) \
             ON CONFLICT (unique_key) DO NOTHING RETURNING id",
            binds![name, unique.map(str::to_owned), payload.to_string(), due.0, tx.at.0, tx.user],
        )
        .await?;
    row.map_or(Ok(0), |r| r.int(0))
}

/// The jobs' workshop of one process.
pub struct Worker {
    house: Arc<House>,
    jobs: HashMap<&'static str, Arc<dyn Job>>,
    /// Wakes the worker before its next look.
    pub nudge: Arc<Notify>,
}

impl Worker {
    /// The kinds it knows.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.jobs.keys().copied()
    }
    /// A worker that knows these kinds.
    pub fn new(house: Arc<House>, jobs: Vec<Arc<dyn Job>>) -> Worker {
        Worker {
            house,
            jobs: jobs.into_iter().map(|j| (j.name(), j)).collect(),
            nudge: Arc::new(Notify::new()),
        }
    }

    /// Puts the nightly jobs that are not waiting yet into the queue, each for the coming night.
    pub async fn plan(&self) -> Result<()> {
        let ctx = Ctx::system(&self.house, Door::Job);
        let due = coming_night(ctx.now(), &self.house)?;
        for name in self.jobs.values().filter(|j| j.nightly()).map(|j| j.name()) {
            let key = format!("{name}:night");
            // Looking costs no write lock.
            if ctx
                .db()
                .one("SELECT 1 FROM job WHERE unique_key = $1", binds![key.as_str()])
                .await?
                .is_some()
            {
                continue;
            }
            let tx = ctx.begin().await?;
            tx.exec(
                "INSERT INTO job (name, unique_key, payload, due_at, created_at, state) VALUES ($1,$2,'{}',$3,$4,'waiting') \
                 ON CONFLICT (unique_key) DO NOTHING",
                binds![name, key, due.0, tx.at.0],
            )
            .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Runs until told to stop. A look each second is one indexed query.
    pub async fn serve(&self, mut stop: watch::Receiver<bool>) {
        let mut planned: Option<Stamp> = None;
        loop {
            let now = self.house.clock.now();
            if planned.is_none_or(|at| at.plus_seconds(PLAN_SECONDS) <= now) {
                planned = Some(now);
                if let Err(e) = self.plan().await {
                    tracing::error!(error = %e, "nightly jobs");
                }
            }
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(e) => tracing::error!(error = %e, "job worker"),
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = self.nudge.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            if *stop.borrow() {
                return;
            }
        }
    }

    /// Runs everything that is due now and returns how many were run.
    pub async fn drain(&self) -> Result<usize> {
        self.plan().await?;
        let mut n = 0;
        while self.step().await? {
            n += 1;
        }
        Ok(n)
    }

    /// Takes one due job and runs it. False when there is none.
    pub async fn step(&self) -> Result<bool> {
        let ctx = Ctx::system(&self.house, Door::Job);
        let now = ctx.now();
        let due = "SELECT id FROM job WHERE (state = 'waiting' AND due_at <= $1) OR (state = 'running' AND leased_until < $1) ORDER BY due_at, id LIMIT 1";
        // Looking costs no write lock.
        if ctx.db().one(due, binds![now.0]).await?.is_none() {
            return Ok(false);
        }
        let tx = ctx.begin().await?;
        // The key is given back at the start: what changes while the job runs makes the next one.
        let sql = format!(
            "UPDATE job SET state = 'running', unique_key = NULL, tries = tries + 1, leased_until = $2 WHERE id = ({due}{}) RETURNING id, name, payload, tries",
            tx.dialect().skip_locked()
        );
        let row = tx.one(&sql, binds![now.0, now.plus_seconds(LEASE_SECONDS).0]).await?;
        tx.commit().await?;
        let Some(row) = row else { return Ok(false) };
        let (id, name, tries) = (row.int(0)?, row.text(1)?, row.int(3)?);
        let payload = serde_json::from_str(&row.text(2)?).unwrap_or(serde_json::Value::Null);
        let run = Run {
            id,
            payload,
            tries: tries - 1,
            house: self.house.clone(),
        };
        let result = match self.jobs.get(name.as_str()) {
            Some(job) => job.run(&ctx, &run).await,
            None => Ok(Outcome::GiveUp(format!("no job is called {name}"))),
        };
        self.end(&ctx, id, tries, result).await?;
        Ok(true)
    }

    async fn end(&self, ctx: &Ctx, id: i64, tries: i64, result: Result<Outcome>) -> Result<()> {
        let tx = ctx.begin().await?;
        let (state, error, after) = match result {
            Ok(Outcome::Done) => ("done", None, None),
            Ok(Outcome::Again { after }) => ("waiting", None, Some((after, 0))),
            Ok(Outcome::GiveUp(why)) => ("failed", Some(why), None),
            Err(e) if tries >= TRIES => ("failed", Some(e.to_string()), None),
            Err(e) => {
                tracing::warn!(job = id, tries, error = %e, "job will be tried again");
                (
                    "waiting",
                    Some(e.to_string()),
                    Some((5 * 4_i64.pow(u32::try_from(tries.clamp(0, 8)).unwrap_or(8)), tries)),
                )
            }
        };
        match after {
            Some((seconds, tries)) => {
                tx.exec(
                    "UPDATE job SET state = $1, error = $2, due_at = $3, tries = $4, leased_until = NULL WHERE id = $5",
                    binds![state, error, tx.at.plus_seconds(seconds).0, tries, id],
                )
                .await?
            }
            None => {
                tx.exec(
                    "UPDATE job SET state = $1, error = $2, done_at = $3, leased_until = NULL WHERE id = $4",
                    binds![state, error, tx.at.0, id],
                )
                .await?
            }
        };
        tx.commit().await
    }
}
