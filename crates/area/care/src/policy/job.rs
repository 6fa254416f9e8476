//! Every night: follow-ups that are due become tasks, and those that nobody needs any more are ended.

use super::find::{self, Due};
use super::types::{self, Rule};
use async_trait::async_trait;
use jiff::ToSpan;
use std::sync::Arc;
use zhike_contract::{Close, NewTask, Tasks};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds};

/// Name of the job.
pub const NAME: &str = "care.follow_ups";

/// The job.
pub struct FollowUps(pub Arc<dyn Tasks>);

#[async_trait]
impl Job for FollowUps {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, beat: &Run) -> Result<Outcome> {
        needless(ctx, &self.0).await?;
        for rule in in_use(ctx).await? {
            beat.beat(ctx, 0, 1).await?;
            follow(ctx, &self.0, &rule).await?;
        }
        Ok(Outcome::Done)
    }
}

async fn in_use(ctx: &Ctx) -> Result<Vec<Rule>> {
    let mut rules = types::all(ctx.db()).await?;
    rules.retain(|r| r.active);
    Ok(rules)
}

/// Opens what is due; done again, nothing happens.
pub async fn run(ctx: &Ctx, tasks: &Arc<dyn Tasks>) -> Result<()> {
    for rule in in_use(ctx).await? {
        follow(ctx, tasks, &rule).await?;
    }
    Ok(())
}

/// Asks for a look now.
pub async fn ask(ctx: &Ctx) -> Result<i64> {
    ctx.require("care.edit")?;
    let tx = ctx.begin().await?;
    let job = zhike_jobs::push(&tx, NAME, Some("care.follow_ups:asked"), &serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(job)
}

/// The task of a follow-up, under this key.
fn key(rule: i64, due: &Due) -> String {
    format!("care:{rule}:{}:{}:{}", due.record.0, due.record.1, due.on)
}

/// Opens what is due by a rule, some at a time, each time in a transaction of its own.
async fn follow(ctx: &Ctx, tasks: &Arc<dyn Tasks>, rule: &Rule) -> Result<()> {
    if rule.after == "contact" {
        return rhythm(ctx, tasks, rule).await;
    }
    loop {
        let tx = ctx.begin().await?;
        let due = find::events(ctx, &tx, rule).await?;
        for d in &due {
            open(ctx, &tx, tasks, rule, d).await?;
        }
        tx.commit().await?;
        if due.len() < find::CHUNK {
            return Ok(());
        }
    }
}

/// Contacts after so many days without one. A contact that came by itself ends the follow-up that asked for it.
async fn rhythm(ctx: &Ctx, tasks: &Arc<dyn Tasks>, rule: &Rule) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let tx = ctx.begin().await?;
        let customers = find::contacts(ctx, &tx, rule, after).await?;
        for c in &customers {
            after = c.party;
            if let Some(asked) = c.asked.filter(|asked| *asked < c.last) {
                let old = Due {
                    party: c.party,
                    record: ("party", c.party),
                    title: String::new(),
                    on: asked,
                    owner: None,
                };
                tasks.close(ctx, &tx, &key(rule.id, &old), Close::Done).await?;
            }
            if find::is_due(c.last, rule.days, ctx.today()) && c.asked.is_none_or(|asked| asked < c.last) {
                let due = Due {
                    party: c.party,
                    record: ("party", c.party),
                    title: c.name.clone(),
                    on: c.last,
                    owner: c.owner,
                };
                open(ctx, &tx, tasks, rule, &due).await?;
            }
        }
        tx.commit().await?;
        if customers.len() < find::CHUNK {
            return Ok(());
        }
    }
}

/// Opens one; asked for again, nothing happens.
async fn open(ctx: &Ctx, tx: &Tx, tasks: &Arc<dyn Tasks>, rule: &Rule, due: &Due) -> Result<()> {
    let sql = "SELECT count(*) FROM care_follow_up WHERE rule_id = $1 AND record_type = $2 AND record_id = $3 AND event_on = $4";
    let (of, id) = due.record;
    if tx.number(sql, binds![rule.id, of, id, due.on.to_string()]).await? > 0 {
        return Ok(());
    }
    let task = NewTask {
        title: due.title.clone(),
        kind: types::TASKS
            .iter()
            .copied()
            .find(|k| *k == rule.task)
            .unwrap_or("follow_up"),
        party: Some(due.party),
        record: Some(due.record),
        assignee: due.owner,
        due: ctx.today().checked_add(rule.due_days.days()).ok(),
        note: rule.note.clone(),
        key: Some(key(rule.id, due)),
    };
    let task = tasks.open(ctx, tx, &task).await?;
    tx.exec(
        "INSERT INTO care_follow_up (rule_id, party_id, level, record_type, record_id, event_on, opened_on, task_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        binds![
            rule.id,
            due.party,
            rule.level.as_str(),
            of,
            id,
            due.on.to_string(),
            ctx.today().to_string(),
            task
        ],
    )
    .await
    .map(|_| ())
}

/// Ends what was asked for by a level that the customer no longer has, or by a rule that is no longer in use.
async fn needless(ctx: &Ctx, tasks: &Arc<dyn Tasks>) -> Result<()> {
    let sql = format!(
        "SELECT f.rule_id, f.party_id, f.record_type, f.record_id, f.event_on FROM care_follow_up f JOIN work_task k ON k.id = f.task_id \
         JOIN care_rule r ON r.id = f.rule_id LEFT JOIN care_customer c ON c.party_id = f.party_id \
         WHERE k.status IN ('open', 'accepted', 'returned') AND k.archived_at IS NULL \
         AND (r.archived_at IS NOT NULL OR NOT r.active OR COALESCE(c.care_level, '') <> r.level) ORDER BY f.id LIMIT {}",
        find::CHUNK
    );
    loop {
        let tx = ctx.begin().await?;
        let rows = tx.all(&sql, binds![]).await?;
        for row in &rows {
            let of = row.text(2)?;
            let key = format!("care:{}:{of}:{}:{}", row.int(0)?, row.int(3)?, row.text(4)?);
            tasks.close(ctx, &tx, &key, Close::Dropped).await?;
        }
        tx.commit().await?;
        if rows.len() < find::CHUNK {
            return Ok(());
        }
    }
}
