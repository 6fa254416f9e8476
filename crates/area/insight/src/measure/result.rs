//! What came of measures: the customer's profit over as many days after as before the day it was done, at most a year, both by
//! today's assumptions; and how the profit of all other customers moved over the same days, which is what would have happened
//! anyway.

use crate::{
    assume::{self, Margins},
    refresh, result,
};
use async_trait::async_trait;
use jiff::ToSpan;
use std::collections::{BTreeMap, HashMap};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Date, Error, Result, Values, money::mul_div};
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Query, binds, read, write};

/// Name of the job.
pub const NAME: &str = "insight.measure";
/// Days that must have passed before anything is said.
pub const SOONEST: i32 = 30;
/// Days after which the result stands.
pub const LONGEST: i32 = 365;
/// Days of doing looked at in one run: each is two questions over all facts.
const MOST: usize = 12;

/// The job: every night, and after each analysis.
pub struct Measured;

#[async_trait]
impl Job for Measured {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        run.beat(ctx, 0, 1).await?;
        measure(ctx).await?;
        Ok(Outcome::Done)
    }
}

/// Profit by customer.
type Profits = HashMap<i64, i64>;

/// Days between.
fn between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// What is computed of one measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// Profit over the days before.
    pub before: i64,
    /// Over as many after.
    pub after: i64,
    /// Change of all others over the same days, parts per million; unknown where they earned nothing before.
    pub others: Option<i64>,
}

/// Compares a customer with all others.
pub fn came(party: i64, before: &Profits, after: &Profits) -> Came {
    let of = |all: &Profits| all.get(&party).copied().unwrap_or(0);
    let others = |all: &Profits| all.values().sum::<i64>() - of(all);
    let (was, is) = (others(before), others(after));
    Came {
        before: of(before),
        after: of(after),
        others: (was > 0).then(|| mul_div(is - was, 1_000_000, was)).flatten(),
    }
}

async fn measure(ctx: &Ctx) -> Result<()> {
    let Some(run) = result::latest(ctx.db()).await? else {
        return Ok(());
    };
    let today = run.to;
    let day = |days: i32| today.checked_sub(days.days()).map_err(Error::broken);
    // Until the result stands, it is looked at once a month.
    let sql = "SELECT id, party_id, done_on FROM insight_measure WHERE status = 'done' AND archived_at IS NULL AND done_on <= $1 \
               AND (measured_days IS NULL OR measured_days < $2) AND (measured_on IS NULL OR measured_on <= $3) ORDER BY done_on, id";
    let args = binds![day(SOONEST)?.to_string(), i64::from(LONGEST), day(30)?.to_string()];
    let mut due: BTreeMap<Date, Vec<(i64, i64)>> = BTreeMap::new();
    for row in ctx.db().all(sql, args).await? {
        let on: Date = row.text(2)?.parse().map_err(Error::broken)?;
        due.entry(on).or_default().push((row.int(0)?, row.int(1)?));
    }
    if due.is_empty() {
        return Ok(());
    }
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let assumed = assume::load(ctx.db(), ctx.house.currency).await?;
    let margins = Margins::load(ctx.db(), assumed.margin).await?;
    let ty = ctx.registry().get("measure")?.clone();
    for (on, measures) in due.into_iter().take(MOST) {
        let days = between(on, today).min(LONGEST);
        let profits = async |from: Date| -> Result<Profits> {
            let to = from.checked_add((days - 1).days()).map_err(Error::broken)?;
            let currency = ctx.house.currency.code().to_owned();
            let customers = refresh::customers(&lake, &Period { from, to, currency }, &assumed, &margins).await?;
            Ok(customers.iter().map(|c| (c.party, c.parts.profit())).collect())
        };
        let before = profits(on.checked_sub(days.days()).map_err(Error::broken)?).await?;
        let after = profits(on).await?;
        let tx = ctx.begin().await?;
        for (id, party) in measures {
            let Some(record) = read::find(ctx, &tx, &ty, id).await? else {
                continue;
            };
            let c = came(party, &before, &after);
            let changes = Values::from([
                ("profit_before".to_owned(), c.before.into()),
                ("profit_after".to_owned(), c.after.into()),
                ("change".to_owned(), (c.after - c.before).into()),
                ("others".to_owned(), c.others.into()),
                ("measured_days".to_owned(), i64::from(days).into()),
                ("measured_on".to_owned(), today.into()),
            ]);
            let version = record.version;
            write::update_from(ctx, &tx, &ty, record, version, changes).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_held_against_all_others() {
        let before = Profits::from([(1, -500), (2, 1_000), (3, 3_000)]);
        let after = Profits::from([(1, 200), (2, 1_500), (4, 2_900)]);
        let c = came(1, &before, &after);
        assert_eq!((c.before, c.after, c.others), (-500, 200, Some(100_000)));
        // Who is not there earned nothing; without anything before there is no change to speak of.
        assert_eq!(
            came(9, &Profits::new(), &after),
            Came {
                before: 0,
                after: 0,
                others: None
            }
        );
    }
}
