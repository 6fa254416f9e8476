//! Customers that the made-up manufacturer lost, why, and which of them somebody tried to win back. Who merely fell silent
//! is found by the analysis.

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use zhike_kernel::{Date, Value};
use zhike_store::{Ctx, Query, binds};

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let today = ctx.today();
    let reasons = "SELECT id FROM sales_reason WHERE subject = 'customer_lost' ORDER BY position, id";
    let mut causes = vec![];
    for row in ctx.db().all(reasons, vec![]).await? {
        causes.push(row.int(0)?);
    }
    let rivals = "SELECT p.id FROM party_party p JOIN party_role r ON r.party_id = p.id AND r.role = 'competitor' ORDER BY p.id LIMIT $1";
    let mut away = vec![];
    for row in ctx.db().all(rivals, binds![6_i64]).await? {
        away.push(row.int(0)?);
    }
    // The longest silent: their last order is the day from which they are lost.
    let sql = "SELECT o.party_id, MAX(o.ordered_on), CAST(SUM(o.net) AS BIGINT) FROM order_order o JOIN party_party p ON p.id = o.party_id \
               WHERE p.status IN ('active', 'dormant', 'lost') AND p.archived_at IS NULL AND o.status <> 'cancelled' GROUP BY o.party_id \
               ORDER BY 2, 1 LIMIT $1";
    let mut rows = vec![];
    for (i, row) in (0_i64..).zip(ctx.db().all(sql, binds![24_i64]).await?) {
        let last: Date = row.text(1)?.parse()?;
        let at = usize::try_from(i).unwrap_or(0);
        let lost = last.checked_add(90.days())?.min(today);
        let cause = at * 7 % 11 % causes.len().max(1);
        let mut values = vec![
            ("party_id", row.int(0)?.into()),
            ("reason_id", causes.get(cause).copied().into()),
            ("lost_on", lost.into()),
            ("last_order_on", last.into()),
            ("revenue", row.int(2)?.into()),
        ];
        if cause == 1 {
            values.push(("rival_id", away.get(at % away.len().max(1)).copied().into()));
        }
        // A third was tried; some of these ordered again.
        if i % 3 == 0 {
            let tried = lost.checked_add(20.days())?.min(today);
            values.push(("tried_on", tried.into()));
            if i % 2 == 0 {
                values.push(("status", "back".into()));
                values.push(("back_on", tried.checked_add(12.days())?.min(today).into()));
            }
        } else if i % 7 == 1 {
            values.push(("note", Value::from("对方采购换人，建议由区域经理带队拜访。")));
        }
        rows.push((load::values(values), super::sample::born(ctx, lost)));
    }
    load::rows(ctx, "loss", rows, progress).await?;
    Ok(())
}
