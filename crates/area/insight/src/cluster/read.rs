//! What pages and the API read of the groups: only the customers that the reader may see.

use crate::read::scope;
use serde::Serialize;
use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

/// A customer in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The customer.
    pub party_id: i64,
    /// Its name.
    pub name: String,
    /// Number of the group.
    pub cluster: i64,
    /// Distance to its middle, thousandths of a deviation.
    pub away: i64,
}

/// How many of each group the reader sees.
pub async fn seen(ctx: &Ctx) -> Result<HashMap<i64, i64>> {
    let sql = format!(
        "SELECT r.cluster, COUNT(*) FROM insight_cluster r JOIN party_party t ON t.id = r.party_id WHERE {} GROUP BY r.cluster",
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![]).await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

/// The group of a customer, if the reader may see it.
pub async fn of(ctx: &Ctx, party: i64) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT r.cluster FROM insight_cluster r JOIN party_party t ON t.id = r.party_id WHERE r.party_id = $1 AND {}",
        scope(ctx, "t")?
    );
    ctx.db().one(&sql, binds![party]).await?.map(|r| r.int(0)).transpose()
}

/// Customers of a group or (with 0) of all, by id.
pub async fn members(ctx: &Ctx, group: i64, after: i64, limit: usize) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT r.party_id, {}, r.cluster, r.away FROM insight_cluster r JOIN party_party t ON t.id = r.party_id \
         WHERE r.party_id > $1 AND (r.cluster = $2 OR $3 = 0) AND {} ORDER BY r.party_id LIMIT {limit}",
        ctx.name_of("t"),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![after, group, group]).await?;
    rows.iter()
        .map(|r| {
            Ok(Line {
                party_id: r.int(0)?,
                name: r.text(1)?,
                cluster: r.int(2)?,
                away: r.int(3)?,
            })
        })
        .collect()
}
