//! How many came back, by cause.

use crate::ask::Ask;
use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::{Query as _, read};
use zhike_web::Visit;

/// Customers lost for one cause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cause {
    /// The reason; none when nobody gave one.
    pub reason: Option<i64>,
    /// What it is called.
    pub name: Option<String>,
    /// Customers that were lost.
    pub lost: i64,
    /// Of these: tried to win back.
    pub tried: i64,
    /// Of the tried: ordered again afterwards.
    pub won: i64,
    /// Ordered again though nobody had tried.
    pub alone: i64,
    /// What they brought before.
    pub revenue: i64,
    /// What those won back had brought.
    pub revenue_won: i64,
}

impl Cause {
    /// Won back of tried.
    pub(crate) fn rate(&self) -> Option<f64> {
        let (won, tried) = (u32::try_from(self.won).ok()?, u32::try_from(self.tried).ok()?);
        (tried > 0).then(|| f64::from(won) / f64::from(tried))
    }
}

/// Lost customers in sight, by cause, the most first.
pub(crate) async fn causes(visit: &Visit) -> Result<Vec<Cause>> {
    let ty = visit.registry().get("loss")?.clone();
    let mut sql = Ask::sql(&visit.ctx);
    let won = "t.tried_on IS NOT NULL AND t.back_on IS NOT NULL AND t.back_on >= t.tried_on";
    let sum = |what: &str, of: &str| format!("CAST(COALESCE(SUM(CASE WHEN {what} THEN {of} ELSE 0 END), 0) AS BIGINT)");
    sql.text = format!(
        "SELECT t.reason_id, count(*), {}, {}, {}, CAST(COALESCE(SUM(t.revenue), 0) AS BIGINT), {} FROM sales_loss t \
         WHERE t.archived_at IS NULL AND t.status IN ('lost', 'back') AND ",
        sum("t.tried_on IS NOT NULL", "1"),
        sum(won, "1"),
        sum(
            "t.back_on IS NOT NULL AND (t.tried_on IS NULL OR t.back_on < t.tried_on)",
            "1"
        ),
        sum(won, "COALESCE(t.revenue, 0)"),
    );
    sql.scope(visit.registry(), &ty, "t", &visit.actor)?;
    sql.text.push_str(" GROUP BY t.reason_id");
    let mut all = vec![];
    for row in visit.db().all(&sql.text, sql.binds).await? {
        all.push(Cause {
            reason: row.opt_int(0)?,
            name: None,
            lost: row.int(1)?,
            tried: row.int(2)?,
            won: row.int(3)?,
            alone: row.int(4)?,
            revenue: row.int(5)?,
            revenue_won: row.int(6)?,
        });
    }
    let ids: Vec<i64> = all.iter().filter_map(|c| c.reason).collect();
    let names: HashMap<i64, String> = read::titles(visit.db(), visit.registry(), "reason", &ids, visit.latin).await?;
    for cause in &mut all {
        cause.name = cause.reason.and_then(|r| names.get(&r).cloned());
    }
    all.sort_by_key(|c| (c.reason.is_none(), std::cmp::Reverse(c.lost)));
    Ok(all)
}
