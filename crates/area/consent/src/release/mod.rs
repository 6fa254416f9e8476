//! Letting go: what may go now is asked about again, gets its permit and is handed to the carrier of its channel.
//!
//! Nothing is sent twice. A message is taken in one transaction (`going`, with a lease), carried outside of any, and noted in
//! another. If the process ends in between, the lease runs out and the carrier is asked whether the message arrived; one that
//! cannot tell leaves it `unsure` until a person has looked. It is never sent again by itself.

mod end;
mod take;

use crate::{Carriers, outbound::event};
use async_trait::async_trait;
pub(crate) use end::{by_people, uncount};
use end::{end, note};
use futures::StreamExt;
use serde_json::json;
use std::sync::Arc;
use take::{COLUMNS, Taking, Underway, take, taking};
use zhike_contract::{
    Carrier,
    outbound::{Carried, Parcel, Taken},
};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Query, Tx, binds};

/// Name of the job.
pub(crate) const JOB: &str = "consent.release";
/// So many messages are taken at once.
const CHUNK: i64 = 500;
/// So many are carried at the same time.
const ABREAST: usize = 16;
/// A message that is being carried belongs to its carrier for so long.
const LEASE_SECONDS: i64 = 90;
/// Messages without a carrier are looked at again after so long.
const AGAIN_SECONDS: i64 = 600;
/// After so many tries it is refused: with the growing pauses about a week.
const TRIES: i64 = 32;
/// The longest pause between two tries.
const LONGEST_SECONDS: i64 = 6 * 3_600;

/// Wakes the release at a moment: one job for each minute is enough.
pub(crate) async fn wake(tx: &Tx, moment: Stamp) -> Result<()> {
    // At the end of the minute, so that whatever falls into it is due by then; allowed moments begin a minute anyway.
    let minute = moment.0.saturating_add(59_999_999).div_euclid(60_000_000);
    let (key, due) = match moment <= tx.at {
        true => (0, tx.at),
        false => (minute, Stamp(minute * 60_000_000)),
    };
    zhike_jobs::push_at(tx, JOB, &format!("{JOB}:{key}"), &json!({}), due).await
}

/// The pause after a failed try.
pub(crate) fn pause(tries: i64) -> i64 {
    let doubled = 60_i64 << tries.clamp(0, 10);
    doubled.min(LONGEST_SECONDS)
}

/// The job.
pub(crate) struct Release(pub Carriers);

#[async_trait]
impl Job for Release {
    fn name(&self) -> &'static str {
        JOB
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        recover(ctx, &self.0).await?;
        let carriers = ready(ctx, &self.0).await?;
        let mut done = 0;
        loop {
            let n = chunk(ctx, &carriers, CHUNK).await?;
            if n == 0 {
                break;
            }
            done += n;
            run.beat(ctx, done, 0).await?;
        }
        left_over(ctx, &carriers).await?;
        // Somebody else is carrying, or was when the process ended.
        let sql = "SELECT count(*) FROM consent_message WHERE status = 'going' AND leased_until IS NOT NULL";
        if ctx.db().number(sql, binds![]).await? > 0 {
            return Ok(Outcome::Again { after: LEASE_SECONDS });
        }
        Ok(Outcome::Done)
    }
}

/// Lets go of what is due now; how many were looked at.
pub(crate) async fn once(ctx: &Ctx, all: &Carriers) -> Result<i64> {
    let carriers = ready(ctx, all).await?;
    let mut done = 0;
    loop {
        match chunk(ctx, &carriers, CHUNK).await? {
            0 => return Ok(done),
            n => done += n,
        }
    }
}

/// Lets go of at most so many with this carrier alone.
pub(crate) async fn some(ctx: &Ctx, carrier: Arc<dyn Carrier>, most: i64) -> Result<i64> {
    chunk(ctx, &[carrier], most.clamp(0, CHUNK)).await
}

/// The carriers that are set up.
async fn ready(ctx: &Ctx, all: &Carriers) -> Result<Vec<Arc<dyn Carrier>>> {
    let mut out: Vec<Arc<dyn Carrier>> = vec![];
    for carrier in all.iter() {
        let taken = out.iter().any(|c| c.channel() == carrier.channel());
        if !taken && carrier.ready(ctx).await? {
            out.push(carrier.clone());
        }
    }
    Ok(out)
}

/// Takes some of what is due, carries it, notes what became of it; how many were looked at.
async fn chunk(ctx: &Ctx, carriers: &[Arc<dyn Carrier>], most: i64) -> Result<i64> {
    if carriers.is_empty() {
        return Ok(0);
    }
    let words: Vec<String> = carriers.iter().map(|c| format!("'{}'", c.channel().word())).collect();
    let due = format!(
        "SELECT {COLUMNS} FROM consent_message WHERE status IN ('held', 'waiting') AND not_before <= $1 AND via IN ({}) \
         ORDER BY not_before, id LIMIT {most}",
        words.join(",")
    );
    // Looking costs no write lock.
    if ctx.db().one(&due, binds![ctx.now().0]).await?.is_none() {
        return Ok(0);
    }
    let tx = ctx.begin().await?;
    let sql = format!("{due}{}", tx.dialect().skip_locked());
    let rows = tx.all(&sql, binds![tx.at.0]).await?;
    let all: Vec<Taking> = rows.iter().map(taking).collect::<Result<_>>()?;
    let looked = i64::try_from(all.len()).unwrap_or(0);
    let underway = take(ctx, &tx, all).await?;
    tx.commit().await?;
    let carried: Vec<(i64, i64, i64, Result<Carried>)> = futures::stream::iter(underway.into_iter().map(|u| {
        let carrier = carriers.iter().find(|c| c.channel() == u.channel).cloned();
        carry(ctx, carrier, u)
    }))
    .buffer_unordered(ABREAST)
    .collect()
    .await;
    if !carried.is_empty() {
        note(ctx, carried).await?;
    }
    Ok(looked)
}

async fn carry(ctx: &Ctx, carrier: Option<Arc<dyn Carrier>>, u: Underway) -> (i64, i64, i64, Result<Carried>) {
    let (id, party, tries) = (u.taking.id, u.taking.party, u.taking.tries);
    // The gate exchanged the channel for one that none of these serves.
    let Some(carrier) = carrier else {
        return (id, party, tries, Ok(Carried::Again(ctx.now(), "no-carrier".into())));
    };
    let parcel = Parcel {
        message: u.taking.id,
        class: u.taking.class,
        leave: u.leave,
        subject: u.taking.subject,
        body: u.taking.body,
        record: u.taking.record,
    };
    (id, party, tries, carrier.carry(ctx, u.permit, &parcel).await)
}

/// Messages whose carrier never reported: the other side is asked; what nobody knows waits for a person.
async fn recover(ctx: &Ctx, carriers: &Carriers) -> Result<()> {
    let sql = "SELECT id, party_id, tries, via FROM consent_message WHERE status = 'going' AND leased_until < $1 ORDER BY id LIMIT 1000";
    for r in ctx.db().all(sql, binds![ctx.now().0]).await? {
        let (id, party, tries, via) = (r.int(0)?, r.int(1)?, r.opt_int(2)?.unwrap_or(0), r.opt_text(3)?);
        let carrier = carriers.iter().find(|c| Some(c.channel().word()) == via.as_deref());
        let known = match carrier {
            Some(carrier) => carrier.taken(ctx, id).await.unwrap_or(Taken::Unknown),
            None => Taken::Unknown,
        };
        let tx = ctx.begin().await?;
        let found = match known {
            Taken::Yes(remote) => end(&tx, id, party, tries, Carried::Gone(remote)).await?,
            Taken::No => end(&tx, id, party, tries, Carried::Again(tx.at, String::new())).await?,
            Taken::Unknown => {
                let sql = "UPDATE consent_message SET status = 'unsure', leased_until = NULL, version = version + 1, updated_at = $1 \
                           WHERE id = $2 AND status = 'going' AND leased_until < $3";
                let done = tx.exec(sql, binds![tx.at.0, id, tx.at.0]).await?;
                (done == 1).then(|| event("message.unsure.v1", id, party, None))
            }
        };
        tx.emit_many(ctx.registry().listeners(), found.into_iter().collect())
            .await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What could go, but for a carrier: it is shown as waiting, and looked at again.
async fn left_over(ctx: &Ctx, carriers: &[Arc<dyn Carrier>]) -> Result<()> {
    let mut words: Vec<String> = carriers.iter().map(|c| format!("'{}'", c.channel().word())).collect();
    words.push("''".into());
    let which = format!(
        "status IN ('held', 'waiting') AND not_before <= $1 AND via NOT IN ({})",
        words.join(",")
    );
    let sql = format!("SELECT 1 FROM consent_message WHERE {which} LIMIT 1");
    if ctx.db().one(&sql, binds![ctx.now().0]).await?.is_none() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    let sql = format!(
        "UPDATE consent_message SET status = 'waiting', error = 'no-carrier', version = version + 1, updated_at = $2 WHERE {which} \
         AND (status <> 'waiting' OR error IS NULL)"
    );
    tx.exec(&sql, binds![tx.at.0, tx.at.0]).await?;
    let due = tx.at.plus_seconds(AGAIN_SECONDS);
    zhike_jobs::push_at(&tx, JOB, "consent.release:carrier", &json!({}), due).await?;
    tx.commit().await
}
