//! What pages and the API read of the lifetime values: only the customers that the reader may see.

use super::store::Run;
use crate::read::scope;
use serde::Serialize;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Row, binds};

/// Below this probability a customer is more likely gone than not, parts per million.
pub const HALF: i64 = 500_000;

/// Sums over customers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Of what: a tier, a year of entry; nothing for all.
    pub key: String,
    /// Customers.
    pub customers: i64,
    /// Of these have a value.
    pub valued: i64,
    /// Sum of the values.
    pub npv: i64,
    /// Lower end.
    pub low: Option<i64>,
    /// Upper end.
    pub high: Option<i64>,
    /// What the next twelve months should leave.
    pub contribution: i64,
    /// Purchases expected in them, thousandths.
    pub expected: i64,
    /// Expected number of customers still there, millionths.
    pub alive: i64,
    /// Customers more likely gone than not.
    pub at_risk: i64,
}

fn sums(row: &Row) -> Result<Sums> {
    let whole = row.int(2)? == row.int(10)?;
    let end = |i: usize| Ok::<_, Error>(if whole { row.opt_int(i)? } else { None });
    Ok(Sums {
        key: row.opt_text(0)?.unwrap_or_default(),
        customers: row.int(1)?,
        valued: row.int(2)?,
        npv: row.int(3)?,
        low: end(4)?,
        high: end(5)?,
        contribution: row.int(6)?,
        expected: row.int(7)?,
        alive: row.int(8)?,
        at_risk: row.int(9)?,
    })
}

/// Sums of groups by an SQL expression over `l` (lifetime), `c` (analysis) and `t` (party).
async fn grouped(ctx: &Ctx, key: &str) -> Result<Vec<Sums>> {
    let sum = |what: &str| format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)");
    let sql = format!(
        "SELECT {key}, COUNT(*), COUNT(l.npv), {}, {}, {}, {}, {}, {}, {}, COUNT(l.npv_low) FROM insight_lifetime l \
         JOIN party_party t ON t.id = l.party_id LEFT JOIN insight_customer c ON c.party_id = l.party_id WHERE {} GROUP BY {key} ORDER BY {key}",
        sum("l.npv"),
        sum("l.npv_low"),
        sum("l.npv_high"),
        sum("l.contribution"),
        sum("l.expected"),
        sum("l.p_alive"),
        sum(&format!("CASE WHEN l.p_alive < {HALF} THEN 1 ELSE 0 END")),
        scope(ctx, "t")?
    );
    ctx.db().all(&sql, binds![]).await?.iter().map(sums).collect()
}

/// Sums by tier of the last analysis; customers without a tier come under no word.
pub async fn by_tier(ctx: &Ctx) -> Result<Vec<Sums>> {
    let mut all = grouped(ctx, "COALESCE(c.tier, '')").await?;
    let place = |key: &str| crate::types::TIERS.iter().position(|t| *t == key).unwrap_or(9);
    all.sort_by_key(|s| place(&s.key));
    Ok(all)
}

/// Sums by the year of the first purchase.
pub async fn by_year(ctx: &Ctx) -> Result<Vec<Sums>> {
    grouped(ctx, "SUBSTR(l.first_order_on, 1, 4)").await
}

/// Everything the reader sees. The ends of the sum are those of the house where the reader sees all of it; else the sums of the
/// single ends, which lie a little wider.
pub async fn all(ctx: &Ctx, run: &Run) -> Result<Sums> {
    let mut total = Sums::default();
    let (mut low, mut high) = (Some(0_i64), Some(0_i64));
    for s in by_year(ctx).await? {
        total.customers += s.customers;
        total.valued += s.valued;
        total.npv += s.npv;
        total.contribution += s.contribution;
        total.expected += s.expected;
        total.alive += s.alive;
        total.at_risk += s.at_risk;
        low = low.zip(s.low).map(|(a, b)| a + b);
        high = high.zip(s.high).map(|(a, b)| a + b);
    }
    (total.low, total.high) = match run.report.equity_range {
        Some((low, high)) if ctx.actor.owners().is_none() => (Some(low), Some(high)),
        Some(_) => (low, high),
        None => (None, None),
    };
    Ok(total)
}

/// A customer with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The customer.
    pub party_id: i64,
    /// Its name.
    pub name: String,
    /// First purchase.
    pub first_order_on: String,
    /// Last purchase.
    pub bought_on: String,
    /// Repeat purchases.
    pub x: i64,
    /// Days from the first to the last.
    pub t_x_days: i64,
    /// Days from the first to the end.
    pub t_days: i64,
    /// Sales of the repeat purchases.
    pub spent: i64,
    /// Probability of being a customer still, parts per million.
    pub p_alive: Option<i64>,
    /// Purchases in the next twelve months, thousandths.
    pub expected: Option<i64>,
    /// All purchases to come, discounted, millionths.
    pub residual: Option<i64>,
    /// Amount expected each time.
    pub amount: Option<i64>,
    /// Part of it that stays, parts per million.
    pub margin: Option<i64>,
    /// Value today.
    pub npv: Option<i64>,
    /// Lower end of its 95 % interval.
    pub npv_low: Option<i64>,
    /// Upper end.
    pub npv_high: Option<i64>,
    /// What the next twelve months should leave.
    pub contribution: Option<i64>,
    /// What the doubt costs: the next twelve months if the customer is there still, less what is expected now.
    pub at_stake: Option<i64>,
    /// Days of silence beyond which an alarm rings.
    pub limit_days: Option<i64>,
}

/// `contribution × (1 − p) / p`, in SQL.
pub const STAKE: &str = "CASE WHEN l.p_alive > 0 AND l.contribution > 0 THEN CAST(ROUND(l.contribution * (1000000.0 - l.p_alive) / l.p_alive) AS BIGINT) END";

fn select(ctx: &Ctx) -> String {
    format!(
        "SELECT l.party_id, {}, l.first_order_on, l.bought_on, l.x, l.t_x, l.t, l.spent, l.p_alive, l.expected, l.residual, l.amount, \
         l.margin, l.npv, l.npv_low, l.npv_high, l.contribution, {STAKE}, l.limit_days \
         FROM insight_lifetime l JOIN party_party t ON t.id = l.party_id",
        ctx.name_of("t")
    )
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        party_id: row.int(0)?,
        name: row.text(1)?,
        first_order_on: row.text(2)?,
        bought_on: row.text(3)?,
        x: row.int(4)?,
        t_x_days: row.int(5)?,
        t_days: row.int(6)?,
        spent: row.int(7)?,
        p_alive: row.opt_int(8)?,
        expected: row.opt_int(9)?,
        residual: row.opt_int(10)?,
        amount: row.opt_int(11)?,
        margin: row.opt_int(12)?,
        npv: row.opt_int(13)?,
        npv_low: row.opt_int(14)?,
        npv_high: row.opt_int(15)?,
        contribution: row.opt_int(16)?,
        at_stake: row.opt_int(17)?,
        limit_days: row.opt_int(18)?,
    })
}

/// Customers by value, highest first, after a (value, customer).
pub async fn by_value(ctx: &Ctx, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<Line>> {
    let (value, party) = after.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} WHERE l.npv IS NOT NULL AND (l.npv, l.party_id) < ($1, $2) AND {} ORDER BY l.npv DESC, l.party_id DESC LIMIT {limit}",
        select(ctx),
        scope(ctx, "t")?
    );
    ctx.db()
        .all(&sql, binds![value, party])
        .await?
        .iter()
        .map(line)
        .collect()
}

/// Customers in doubt with the most at stake, among those not silent for much longer than is usual for them.
pub async fn by_stake(ctx: &Ctx, limit: usize) -> Result<Vec<Line>> {
    let sql = format!(
        "{} WHERE l.contribution > 0 AND l.p_alive < 950000 AND l.t - l.t_x <= l.limit_days + {} AND {} \
         ORDER BY {STAKE} DESC, l.party_id LIMIT {limit}",
        select(ctx),
        super::FRESH,
        scope(ctx, "t")?
    );
    ctx.db().all(&sql, binds![]).await?.iter().map(line).collect()
}

/// One customer. The caller has checked that the party may be seen, or reads with its own scope.
pub async fn one(ctx: &Ctx, party: i64) -> Result<Option<Line>> {
    let sql = format!("{} WHERE l.party_id = $1 AND {}", select(ctx), scope(ctx, "t")?);
    ctx.db().one(&sql, binds![party]).await?.as_ref().map(line).transpose()
}

/// The customers that the reader may see; `None`: all.
pub async fn visible(ctx: &Ctx) -> Result<Option<std::collections::HashSet<i64>>> {
    if ctx.actor.owners().is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT l.party_id FROM insight_lifetime l JOIN party_party t ON t.id = l.party_id WHERE {}",
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![]).await?;
    rows.iter().map(|r| r.int(0)).collect::<Result<_>>().map(Some)
}
