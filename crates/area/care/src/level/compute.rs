//! Recommending a level for every customer of the last value analysis. Whatever people set stays.

use super::settings::{self, Settings};
use crate::batch::Batch;
use async_trait::async_trait;
use std::collections::HashMap;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Date, Error, Result, money::mul_div};
use zhike_store::{Ctx, Query, Tx, binds};
use zhike_value::kotler::{Advice, Customer, advise};

/// Name of the job.
pub const NAME: &str = "care.levels";
/// Customers read at once.
const CHUNK: usize = 50_000;
const COLUMNS: [&str; 8] = [
    "party_id",
    "care_level",
    "level_on",
    "care_advised",
    "margin",
    "margin_size",
    "peers",
    "number_size",
];

/// The job: after each value analysis, and when the settings changed.
pub struct Levels;

#[async_trait]
impl Job for Levels {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        run.beat(ctx, 0, 1).await?;
        refresh(ctx).await?;
        Ok(Outcome::Done)
    }
}

/// Days of the last value analysis; none before the first.
pub async fn days(q: &dyn Query) -> Result<Option<i64>> {
    let sql = "SELECT from_on, to_on FROM insight_run WHERE kind = 'value' AND state = 'done' ORDER BY id DESC LIMIT 1";
    let Some(row) = q.one(sql, binds![]).await? else {
        return Ok(None);
    };
    let day = |i| row.text(i)?.parse::<Date>().map_err(Error::broken);
    Ok(Some(i64::from((day(1)? - day(0)?).get_days()) + 1))
}

/// A margin of so many days as one of a year.
pub fn a_year(margin: i64, days: i64) -> i64 {
    // A year is a year, leap or not.
    if (365..=366).contains(&days) {
        return margin;
    }
    mul_div(margin, 365, days.max(1)).unwrap_or(margin)
}

/// The customers who ordered in the time of the last value analysis, in order of id.
async fn customers(ctx: &Ctx, set: &Settings, days: i64) -> Result<Vec<Customer>> {
    let group = match set.among.as_str() {
        "industry" => "COALESCE(t.industry, '')",
        "region" => "COALESCE(t.region, '')",
        _ => "''",
    };
    let sql = format!(
        "SELECT c.party_id, {group}, c.revenue - c.discount - c.returns - c.product_cost FROM insight_customer c \
         JOIN party_party t ON t.id = c.party_id WHERE c.run_id IS NOT NULL AND c.orders > 0 AND t.archived_at IS NULL \
         AND c.party_id > $1 ORDER BY c.party_id LIMIT {CHUNK}"
    );
    let (mut all, mut after) = (vec![], 0_i64);
    loop {
        let rows = ctx.db().all(&sql, binds![after]).await?;
        for row in &rows {
            after = row.int(0)?;
            all.push(Customer {
                id: after,
                group: row.text(1)?,
                margin: a_year(row.int(2)?, days),
            });
        }
        if rows.len() < CHUNK {
            return Ok(all);
        }
    }
}

/// Recommends anew.
pub async fn refresh(ctx: &Ctx) -> Result<()> {
    let Some(days) = days(ctx.db()).await? else {
        return Ok(());
    };
    let set = settings::load(ctx.db(), ctx.house.currency).await?;
    let found = customers(ctx, &set, days).await?;
    let advice = advise(&found, &set.cuts(), set.peers(), &set.levels());
    let tx = ctx.begin().await?;
    replace(&tx, &found, &advice).await?;
    tx.commit().await?;
    ctx.db().maintain("ANALYZE care_customer").await
}

async fn replace(tx: &Tx, found: &[Customer], advice: &[Advice]) -> Result<()> {
    let mut set: HashMap<i64, (String, String)> = HashMap::new();
    let sql = "SELECT party_id, level, set_on FROM care_level WHERE archived_at IS NULL ORDER BY set_on, id";
    for row in tx.all(sql, binds![]).await? {
        set.insert(row.int(0)?, (row.text(1)?, row.text(2)?));
    }
    tx.exec("DELETE FROM care_customer", binds![]).await?;
    let mut batch = Batch::new("care_customer", &COLUMNS);
    for (customer, a) in found.iter().zip(advice) {
        let (level, on) = set.remove(&customer.id).unzip();
        let row = binds![
            customer.id,
            level,
            on,
            a.level.word(),
            customer.margin,
            a.margin.word(),
            i64::try_from(a.peers).unwrap_or(i64::MAX),
            a.number.word(),
        ];
        batch.push(tx, row).await?;
    }
    // Who did not order lately keeps what was set.
    let mut rest: Vec<_> = set.into_iter().collect();
    rest.sort_unstable();
    for (party, (level, on)) in rest {
        let none = None::<String>;
        let row = binds![party, level, on, none.clone(), 0_i64, none.clone(), 0_i64, none];
        batch.push(tx, row).await?;
    }
    batch.write(tx).await
}

#[cfg(test)]
mod tests {
    use super::a_year;

    #[test]
    fn margins_are_those_of_a_year() {
        assert_eq!([a_year(1_000, 365), a_year(1_000, 366)], [1_000, 1_000]);
        assert_eq!([a_year(1_000, 730), a_year(-90, 90)], [500, -365]);
        assert_eq!(a_year(7, 0), 2_555);
    }
}
