//! What pages and the API read of the risk: only the customers that the reader may see.

use super::COLUMNS;
use crate::read::scope;
use serde::Serialize;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Row, binds};

/// Why a risk is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What was looked at.
    pub what: &'static str,
    /// What it adds to the logarithm of the odds, thousandths; above zero: more risk.
    pub effect: i64,
    /// Its value, thousandths.
    pub value: i64,
}

/// A customer with its risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The customer.
    pub party_id: i64,
    /// Its name.
    pub name: String,
    /// Risk, parts per million.
    pub churn_risk: i64,
    /// Sales of the period of the analysis.
    pub revenue: Option<i64>,
    /// The strongest reasons.
    pub reasons: Vec<Reason>,
}

fn select(ctx: &Ctx) -> String {
    format!(
        "SELECT r.party_id, {}, r.churn_risk, c.revenue, r.reasons FROM insight_churn r JOIN party_party t ON t.id = r.party_id \
         LEFT JOIN insight_customer c ON c.party_id = r.party_id",
        ctx.name_of("t")
    )
}

/// Reasons as they are kept.
pub fn reasons(text: &str) -> Result<Vec<Reason>> {
    let kept: Vec<(usize, i64, i64)> = serde_json::from_str(text).map_err(Error::broken)?;
    let reasons = kept.into_iter().filter_map(|(column, effect, value)| {
        Some(Reason {
            what: COLUMNS.get(column)?,
            effect,
            value,
        })
    });
    Ok(reasons.collect())
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        party_id: row.int(0)?,
        name: row.text(1)?,
        churn_risk: row.int(2)?,
        revenue: row.opt_int(3)?,
        reasons: reasons(&row.text(4)?)?,
    })
}

/// One customer, if the reader may see it and it is in play.
pub async fn one(ctx: &Ctx, party: i64) -> Result<Option<Line>> {
    let sql = format!("{} WHERE r.party_id = $1 AND {}", select(ctx), scope(ctx, "t")?);
    ctx.db().one(&sql, binds![party]).await?.as_ref().map(line).transpose()
}

/// Those with the highest risk who ordered on a day or later, after a (risk, customer).
pub async fn by_risk(ctx: &Ctx, after: Option<(i64, i64)>, since: &str, limit: usize) -> Result<Vec<Line>> {
    let (risk, party) = after.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} WHERE (r.churn_risk, r.party_id) < ($1, $2) AND r.bought_on >= $3 AND {} ORDER BY r.churn_risk DESC, r.party_id DESC LIMIT {limit}",
        select(ctx),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![risk, party, since]).await?;
    rows.iter().map(line).collect()
}

/// Those who ordered on a day or later whose sales times risk are the most.
pub async fn by_stake(ctx: &Ctx, since: &str, limit: usize) -> Result<Vec<Line>> {
    let sql = format!(
        "{} WHERE c.revenue > 0 AND r.bought_on >= $1 AND {} ORDER BY CAST(c.revenue AS DOUBLE PRECISION) * r.churn_risk DESC, r.party_id LIMIT {limit}",
        select(ctx),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![since]).await?;
    rows.iter().map(line).collect()
}
