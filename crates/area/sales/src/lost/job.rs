//! After each value analysis and every night: customers that are silent for longer than is usual for them are proposed,
//! those that ordered again are back, and customers that somebody marked as lost get their record.

use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Filter, Op, Result, Value, Values};
use zhike_store::{Ctx, List, Query, binds, list, read, write};

/// Its name.
pub(crate) const NAME: &str = "sales.losses";
/// Customers looked at in one go.
const CHUNK: usize = 200;

pub(crate) struct Losses;

#[async_trait]
impl Job for Losses {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        back(ctx).await?;
        let mut done = 0;
        let today = ctx.today().to_string();
        let silent = Filter::is("status", "active").and(Filter::field("silent_on", Op::Le, today.as_str()));
        let marked = Filter::All(vec![Filter::is("status", "lost")]);
        for (filter, status, found) in [(silent, "proposed", "silence"), (marked, "lost", "hand")] {
            let ty = ctx.registry().get("party")?.clone();
            let sort = if found == "silence" { "silent_on" } else { "id" };
            // A house whose value was never computed has no rhythm to compare with.
            if ty.field("silent_on").is_none() {
                continue;
            }
            let mut cursor = None;
            loop {
                let ask = List {
                    filter: filter.clone(),
                    sort: sort.into(),
                    descending: false,
                    columns: ["last_order_on", "rhythm_days", "revenue", "silent_on"]
                        .map(str::to_owned)
                        .to_vec(),
                    limit: CHUNK,
                    cursor,
                    ..List::of(&ty)
                };
                let page = list::page(ctx, ctx.db(), &ty, &ask).await?;
                done += enter(ctx, &page.lines, status, found).await?;
                run.beat(ctx, done, done).await?;
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(Outcome::Done)
    }
}

/// Enters those that have no record of it yet; what was refused is not proposed again until they ordered since.
async fn enter(ctx: &Ctx, lines: &[list::Line], status: &str, found: &str) -> Result<i64> {
    if lines.is_empty() {
        return Ok(0);
    }
    let ty = ctx.registry().get("loss")?.clone();
    let tx = ctx.begin().await?;
    let mut rows = vec![];
    for line in lines {
        let text = |name: &str| line.values.get(name).and_then(Value::text).unwrap_or("").to_owned();
        let sql = "SELECT count(*) FROM sales_loss WHERE party_id = $1 AND archived_at IS NULL AND (status IN ('proposed', 'lost') \
                   OR (status = 'refused' AND COALESCE(last_order_on, '') = $2))";
        if tx.number(sql, binds![line.id, text("last_order_on")]).await? > 0 {
            continue;
        }
        let today = ctx.today().to_string();
        let since = Some(text("silent_on")).filter(|d| found == "silence" && !d.is_empty() && *d <= today);
        let mut values: Values = ["last_order_on", "rhythm_days", "revenue"]
            .iter()
            .filter_map(|n| Some(((*n).to_owned(), line.values.get(*n)?.clone())))
            .collect();
        values.insert("party_id".into(), line.id.into());
        values.insert("status".into(), status.into());
        values.insert("found".into(), found.into());
        values.insert("lost_on".into(), since.unwrap_or(today).into());
        rows.push(values);
    }
    let many = i64::try_from(rows.len()).unwrap_or(0);
    write::insert_many(ctx, &tx, &ty, rows, None).await?;
    tx.commit().await?;
    Ok(many)
}

/// Who ordered since: a proposal is withdrawn, a lost customer is back.
async fn back(ctx: &Ctx) -> Result<()> {
    let ty = ctx.registry().get("loss")?.clone();
    let party = ctx.registry().get("party")?.clone();
    let mut after = 0;
    loop {
        let sql = "SELECT id, party_id FROM sales_loss WHERE status IN ('proposed', 'lost') AND archived_at IS NULL AND id > $1 ORDER BY id LIMIT 200";
        let live = ctx.db().all(sql, binds![after]).await?;
        if live.is_empty() {
            return Ok(());
        }
        let tx = ctx.begin().await?;
        for row in live {
            after = row.int(0)?;
            let Some(loss) = read::find(ctx, &tx, &ty, after).await? else {
                continue;
            };
            let Some(customer) = read::find(ctx, &tx, &party, row.int(1)?).await? else {
                continue;
            };
            let ordered = customer.text("last_order_on").to_owned();
            if ordered.as_str() <= loss.text("last_order_on") || ordered.as_str() < loss.text("lost_on") {
                continue;
            }
            let (version, proposed) = (loss.version, loss.text("status") == "proposed");
            if proposed {
                write::archive(ctx, &tx, &ty, loss.id, version, true).await?;
            } else {
                let changes = Values::from([
                    ("status".to_owned(), "back".into()),
                    ("back_on".to_owned(), ordered.into()),
                ]);
                write::update_from(ctx, &tx, &ty, loss, version, changes).await?;
            }
        }
        tx.commit().await?;
    }
}
