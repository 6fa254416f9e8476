//! What the made-up manufacturer decided about its best customers and about those who cost more than they bring. It stands on
//! the value analysis, and comes after it.

use super::load;
use anyhow::Result;
use jiff::ToSpan;
use zhike_store::{Ctx, Query};

/// The best and the last of the analysis, with what was decided; the results are measured when the house opens.
pub async fn fill(ctx: &Ctx) -> Result<()> {
    let today = ctx.today();
    let of = |order: &str, most: usize| {
        format!(
            "SELECT c.party_id, t.owner_id, c.delivery, c.service, c.discount, c.credit FROM insight_customer c \
             JOIN party_party t ON t.id = c.party_id WHERE t.archived_at IS NULL AND c.rank IS NOT NULL ORDER BY c.rank {order} LIMIT {most}"
        )
    };
    let mut rows = vec![];
    for (sql, keep) in [(of("ASC", 4), true), (of("DESC", 10), false)] {
        for (i, row) in (0_i32..).zip(ctx.db().all(&sql, vec![]).await?) {
            let cost = |at: usize, word: &'static str| Ok::<_, anyhow::Error>((row.opt_int(at)?.unwrap_or(0), word));
            let costs = [
                cost(2, "minimum_order")?,
                cost(3, "self_service")?,
                cost(4, "price")?,
                cost(5, "terms")?,
            ];
            let greatest = costs.into_iter().max().map_or("other", |c| c.1);
            let (decision, action) = match (keep, i) {
                (true, _) => ("keep", "care"),
                (false, 0) => ("let_go", greatest),
                (false, _) => ("convert", greatest),
            };
            let mut values = vec![
                ("party_id", row.int(0)?.into()),
                ("owner_id", row.opt_int(1)?.into()),
                ("decision", decision.into()),
                ("action", action.into()),
            ];
            // Every second one is done, some months ago; of the others the first is late.
            let begun = today.checked_sub((40 + 25 * i).days())?;
            if i % 2 == 1 {
                let done = begun.checked_add(14.days())?.min(today);
                values.extend([
                    ("status", "done".into()),
                    ("due_on", begun.checked_add(21.days())?.into()),
                    ("done_on", done.into()),
                ]);
            } else {
                let due = if i == 0 {
                    today.checked_sub(3.days())?
                } else {
                    today.checked_add((7 * i).days())?
                };
                values.push(("due_on", due.into()));
            }
            rows.push((load::values(values), super::sample::born(ctx, begun)));
        }
    }
    load::rows(ctx, "measure", rows, &mut |_, _, _| {}).await?;
    Ok(())
}
