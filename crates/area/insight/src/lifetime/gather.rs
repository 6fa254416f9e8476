//! What the lifetime models need of the facts and of the last analysis.

use crate::period;
use std::collections::HashMap;
use zhike_kernel::{Date, Result};
use zhike_lake::histories::{Bought, Gaps};
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Query, binds};

/// What a customer earned in the period of the analysis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    /// Profit.
    pub profit: i64,
    /// Sales less discount and returns.
    pub net: i64,
    /// Orders.
    pub orders: i64,
}

/// Everything that is read.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Version of the facts.
    pub facts: String,
    /// First day of the history.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The last day before the held-out time.
    pub split: Date,
    /// Customers in order of id.
    pub customers: Vec<Bought>,
    /// The same until the split.
    pub early: Vec<Bought>,
    /// Gaps between purchases.
    pub gaps: Vec<Gaps>,
    /// Quarters with a purchase, as bits counted from the one of entry.
    pub quarters: HashMap<i64, i64>,
    /// What each earned in the period of the analysis.
    pub earned: HashMap<i64, Earned>,
}

/// Quarters that fit into the bits of a number.
pub const QUARTERS: i64 = 62;

/// Days of the held-out time: a year where there are two and a half, half a year where there is one and a half, else a third.
pub fn held_out(days: i64) -> i64 {
    match days {
        910.. => 364,
        546.. => 182,
        _ => days / 3,
    }
}

/// Reads it; `None` before the first facts.
pub async fn gather(ctx: &Ctx) -> Result<Option<Gathered>> {
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let Some(span) = lake.span(ctx.today()).await? else {
        return Ok(None);
    };
    let (from, to) = period::days("all", Some(span), ctx.today());
    let back = held_out(i64::from((to - from).get_days()));
    let split = jiff::Span::new()
        .try_days(back)
        .ok()
        .and_then(|s| to.checked_sub(s).ok());
    let of = |to| Period {
        from,
        to,
        currency: ctx.house.currency.code().to_owned(),
    };
    let (whole, first) = (of(to), of(split.unwrap_or(from)));
    let mut found = Gathered {
        facts: lake.version().to_owned(),
        from,
        to,
        split: first.to,
        customers: vec![],
        early: vec![],
        gaps: vec![],
        quarters: HashMap::new(),
        earned: earned(ctx).await?,
    };
    lake.histories(&whole, |b| found.customers.push(b)).await?;
    lake.histories(&first, |b| found.early.push(b)).await?;
    lake.gaps(&whole, |g| found.gaps.push(g)).await?;
    lake.quarters(&whole, |party, later| {
        if (0..QUARTERS).contains(&later) {
            *found.quarters.entry(party).or_insert(0) |= 1_i64 << later;
        }
    })
    .await?;
    found.customers.sort_unstable_by_key(|b| b.party);
    found.early.sort_unstable_by_key(|b| b.party);
    Ok(Some(found))
}

async fn earned(ctx: &Ctx) -> Result<HashMap<i64, Earned>> {
    let mut all = HashMap::new();
    let mut after = 0_i64;
    loop {
        let sql = "SELECT party_id, profit, revenue - discount - returns, orders FROM insight_customer \
                   WHERE run_id IS NOT NULL AND party_id > $1 ORDER BY party_id LIMIT 50000";
        let rows = ctx.db().all(sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.int(0)?;
        for row in &rows {
            let earned = Earned {
                profit: row.int(1)?,
                net: row.int(2)?,
                orders: row.int(3)?,
            };
            all.insert(row.int(0)?, earned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::held_out;

    #[test]
    fn the_held_out_time_is_a_year_where_there_is_enough() {
        assert_eq!([held_out(1_095), held_out(600), held_out(300)], [364, 182, 100]);
    }
}
