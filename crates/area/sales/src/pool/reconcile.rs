//! The night's work: the last contact with each customer, ownerless ones into the pool that adopts them, warnings to
//! owners, and taking back what was warned about long enough. It takes no input and may run at any time.

use super::flow::{self, Pool};
use async_trait::async_trait;
use jiff::ToSpan;
use std::collections::HashSet;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Date, Filter, Op, Result, Stamp, Value};
use zhike_store::{Ctx, List, Query, Record, RecordType, binds, list, read};
use zhike_web::records::{ask::Reader, condition::Condition};

/// Name of the job.
pub(crate) const NAME: &str = "pool.reconcile";
/// Records of a rule that are warned about or taken back in one night.
const MOST: usize = 2_000;
/// Records a page.
const PAGE: usize = 200;

/// What counts as a contact: things that people do for or with a customer.
const CONTACTS: &str = "'order','service_use','deal','payment','lead'";

/// A rule ready to be asked.
pub(crate) struct Rule {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Days between warning and taking back.
    pub warn: i64,
    /// Its pool.
    pub pool: Pool,
    /// What it is about, with an owner.
    pub filter: Filter,
}

/// The job.
pub(crate) struct Reconcile;

#[async_trait]
impl Job for Reconcile {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        // A night that fails must not end all nights: it is logged, and the next one comes.
        if let Err(e) = night(ctx, Some(run)).await {
            tracing::error!(error = %e, "pools were not put in order");
        }
        Ok(Outcome::Again {
            after: until_night(ctx),
        })
    }
}

/// Seconds until half past two.
fn until_night(ctx: &Ctx) -> i64 {
    let tomorrow = ctx.today().checked_add(1.day()).unwrap_or(ctx.today());
    let at = Stamp::start_of(tomorrow, &ctx.house.zone).plus_seconds(2 * 3600 + 1800);
    ((at.0 - ctx.now().0) / 1_000_000).max(3600)
}

/// What a night did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// Owners warned.
    pub warned: usize,
    /// Warnings that no longer hold.
    pub eased: usize,
    /// Records taken back.
    pub recycled: usize,
    /// Ownerless records put into a pool.
    pub adopted: usize,
}

/// Puts everything in order.
pub(crate) async fn night(ctx: &Ctx, run: Option<&Run>) -> Result<Done> {
    contacts(ctx).await?;
    let mut done = Done {
        adopted: adopt(ctx).await?,
        ..Done::default()
    };
    let mut seen = HashSet::new();
    for rule in rules(ctx, ctx.db(), None).await? {
        if let Some(run) = run {
            run.beat(ctx, 0, 0).await?;
        }
        step(ctx, &rule, &mut seen, &mut done).await?;
    }
    done.eased = ease(ctx, &seen).await?;
    Ok(done)
}

/// The last contact with each customer, from the log.
async fn contacts(ctx: &Ctx) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = format!(
        "INSERT INTO sales_party (party_id, last_contact_at) SELECT party_id, max(at) FROM event \
         WHERE party_id IS NOT NULL AND record_type IN ({CONTACTS}) AND kind NOT LIKE '%.contact_viewed.v1' GROUP BY party_id \
         ON CONFLICT (party_id) DO UPDATE SET last_contact_at = excluded.last_contact_at"
    );
    tx.exec(&sql, vec![]).await?;
    tx.commit().await
}

/// Ownerless customers and leads go into the pool that adopts them.
async fn adopt(ctx: &Ctx) -> Result<usize> {
    let sql = "SELECT id, subject FROM sales_pool WHERE adopts AND active AND archived_at IS NULL ORDER BY id";
    let mut adopted = 0;
    for row in ctx.db().all(sql, vec![]).await? {
        let (pool, lead) = (row.int(0)?, row.text(1)? == "lead");
        let ty = ctx.registry().get(if lead { "lead" } else { "party" })?.clone();
        let empty = |field: &str| Filter::Field {
            field: field.to_owned(),
            op: Op::Empty,
            values: vec![],
        };
        let mut filter = Filter::All(vec![empty("owner_id"), empty("pool_id")]);
        filter = if lead {
            filter.and(Filter::Field {
                field: "status".into(),
                op: Op::In,
                values: ["new", "working", "qualified"].map(Value::from).to_vec(),
            })
        } else {
            filter.and(Filter::is("kind", "organisation"))
        };
        let ask = List {
            filter,
            sort: "id".into(),
            descending: false,
            columns: vec![],
            limit: MOST,
            ..List::of(&ty)
        };
        let lines = list::page(ctx, ctx.db(), &ty, &ask).await?.lines;
        let tx = ctx.begin().await?;
        for line in &lines {
            let sql = if lead {
                "UPDATE sales_lead SET pool_id = $2 WHERE id = $1 AND owner_id IS NULL"
            } else {
                "INSERT INTO sales_party (party_id, pool_id) VALUES ($1,$2) ON CONFLICT (party_id) DO UPDATE SET pool_id = excluded.pool_id"
            };
            tx.exec(sql, binds![line.id, pool]).await?;
        }
        tx.commit().await?;
        adopted += lines.len();
    }
    Ok(adopted)
}

/// Rules in use, in order; or one, in use or not.
pub(crate) async fn rules(ctx: &Ctx, q: &dyn Query, only: Option<i64>) -> Result<Vec<Rule>> {
    let sql = format!(
        "SELECT t.id, {}, t.pool_id, t.warn_days, t.condition FROM sales_pool_rule t WHERE {} ORDER BY t.position, t.id",
        ctx.name_of("t"),
        match only {
            Some(id) => format!("t.id = {id}"),
            None => "t.active AND t.archived_at IS NULL".to_owned(),
        }
    );
    let reader = Reader::of(ctx);
    let mut out = vec![];
    for row in q.all(&sql, vec![]).await? {
        let Ok(pool) = flow::find(ctx, q, row.int(2)?).await else {
            continue;
        };
        let ty = ctx.registry().get(pool.subject)?;
        let condition = Condition::read(&row.opt_text(4)?.unwrap_or_default());
        // Without a condition a rule would take everything back: it does nothing.
        if condition.is_everything() {
            continue;
        }
        let owned = Filter::Field {
            field: "owner_id".into(),
            op: Op::Filled,
            values: vec![],
        };
        let mut filter = Filter::All(vec![owned, condition.filter(ty, &reader)?]);
        if pool.subject == "lead" {
            filter = filter.and(Filter::Field {
                field: "status".into(),
                op: Op::In,
                values: ["new", "working", "qualified"].map(Value::from).to_vec(),
            });
        }
        out.push(Rule {
            id: row.int(0)?,
            name: row.text(1)?,
            warn: row.opt_int(3)?.unwrap_or(0),
            pool,
            filter,
        });
    }
    Ok(out)
}

/// The records a rule is about.
pub(crate) fn about(ty: &RecordType, rule: &Rule, limit: usize) -> List {
    List {
        filter: rule.filter.clone(),
        sort: "id".into(),
        descending: false,
        columns: vec![],
        limit,
        ..List::of(ty)
    }
}

async fn step(ctx: &Ctx, rule: &Rule, seen: &mut HashSet<(&'static str, i64)>, done: &mut Done) -> Result<()> {
    let ty = ctx.registry().get(rule.pool.subject)?.clone();
    let mut ids = vec![];
    let mut ask = about(&ty, rule, PAGE);
    while ids.len() < MOST {
        let page = list::page(ctx, ctx.db(), &ty, &ask).await?;
        ids.extend(page.lines.iter().map(|l| l.id));
        match page.next {
            Some(next) => ask.cursor = Some(next),
            None => break,
        }
    }
    for chunk in ids.chunks(PAGE) {
        let tx = ctx.begin().await?;
        for record in read::find_many(ctx, &tx, &ty, chunk).await? {
            let key = (rule.pool.subject, record.id);
            if !seen.insert(key) {
                continue;
            }
            one(ctx, &tx, rule, record, done).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Warns, waits, or takes back.
async fn one(ctx: &Ctx, tx: &zhike_store::Tx, rule: &Rule, record: Record, done: &mut Done) -> Result<()> {
    let Some(owner) = record.int("owner_id") else {
        return Ok(());
    };
    let subject = rule.pool.subject;
    let known = tx
        .one(
            "SELECT owner_id, due_on FROM sales_recycle WHERE subject = $1 AND record_id = $2",
            binds![subject, record.id],
        )
        .await?;
    let today = ctx.today();
    let known = match known {
        Some(row) if row.int(0)? == owner => row.text(1)?.parse::<Date>().ok(),
        _ => None,
    };
    let due = known.unwrap_or_else(|| today.checked_add(rule.warn.days()).unwrap_or(today));
    if due <= today {
        flow::recycle(ctx, tx, &rule.pool, record, (rule.id, &rule.name)).await?;
        done.recycled += 1;
        return Ok(());
    }
    if known.is_some() {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO sales_recycle (subject, record_id, rule_id, pool_id, owner_id, warned_on, due_on) VALUES ($1,$2,$3,$4,$5,$6,$7) \
         ON CONFLICT (subject, record_id) DO UPDATE SET rule_id = excluded.rule_id, pool_id = excluded.pool_id, owner_id = excluded.owner_id, \
         warned_on = excluded.warned_on, due_on = excluded.due_on",
        binds![subject, record.id, rule.id, rule.pool.id, owner, today.to_string(), due.to_string()],
    )
    .await?;
    if subject == "party" {
        tx.exec(
            "INSERT INTO sales_party (party_id, recycle_on) VALUES ($1,$2) ON CONFLICT (party_id) DO UPDATE SET recycle_on = excluded.recycle_on",
            binds![record.id, due.to_string()],
        )
        .await?;
    }
    let note = format!("{} · {due}", rule.name);
    flow::warn(ctx, tx, subject, record.id, owner, "warned", note).await?;
    done.warned += 1;
    Ok(())
}

/// Warnings whose rule no longer holds are taken away.
async fn ease(ctx: &Ctx, seen: &HashSet<(&'static str, i64)>) -> Result<usize> {
    let tx = ctx.begin().await?;
    let rows = tx
        .all("SELECT subject, record_id, owner_id FROM sales_recycle", vec![])
        .await?;
    let mut eased = 0;
    for row in rows {
        let (subject, record, owner) = (row.text(0)?, row.int(1)?, row.int(2)?);
        if seen.iter().any(|s| s.0 == subject && s.1 == record) {
            continue;
        }
        tx.exec(
            "DELETE FROM sales_recycle WHERE subject = $1 AND record_id = $2",
            binds![subject.as_str(), record],
        )
        .await?;
        if subject == "party" {
            tx.exec(
                "UPDATE sales_party SET recycle_on = NULL WHERE party_id = $1",
                binds![record],
            )
            .await?;
        }
        flow::warn(ctx, &tx, &subject, record, owner, "unwarned", String::new()).await?;
        eased += 1;
    }
    tx.commit().await?;
    Ok(eased)
}
