//! What a changed evaluation model would do, tried on the customers of the last analysis.

use crate::model::{self, Body, Inputs};
use crate::read::{Agreement, GRADES, scope};
use crate::result::Run;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, binds};
use zhike_value::agreement::Confusion;

/// Customers that are looked at, at most.
const PREVIEW: i64 = 100_000;

/// What a changed model would do.
pub struct Preview {
    /// The agreement it would have.
    pub agreement: Agreement,
    /// Customers by grade.
    pub grades: [i64; 4],
    /// Customers whose grade would change.
    pub moved: i64,
    /// One of so many customers was looked at.
    pub of: i64,
}

/// Tries a model on the customers of the last analysis (those that may be seen; in a large house one of several).
pub async fn preview(ctx: &Ctx, run: &Run, body: &Body) -> Result<Preview> {
    let all = i64::try_from(run.outcome.whale.customers).unwrap_or(i64::MAX);
    let of = all / PREVIEW + 1;
    let sql = format!(
        "SELECT c.profit, c.revenue - c.discount - c.returns, c.growth, c.orders, c.last_order_on, c.rhythm_days, c.delay, c.service, \
         c.grade, c.manual_grade FROM insight_customer c JOIN party_party t ON t.id = c.party_id \
         WHERE c.run_id IS NOT NULL AND c.party_id % $1 = 0 AND {}",
        scope(ctx, "t")?
    );
    let mut inputs = Inputs::default();
    let mut now = vec![];
    for row in ctx.db().all(&sql, binds![of]).await? {
        inputs.profit.push(row.int(0)?);
        inputs.net.push(row.int(1)?);
        inputs.growth.push(row.opt_int(2)?);
        inputs.orders.push(row.int(3)?);
        let last: Option<Date> = row.opt_text(4)?.and_then(|d| d.parse().ok());
        let days = last.map(|d| i64::from((run.to - d).get_days()));
        inputs.silence.push(days.zip(row.opt_int(5)?));
        inputs.delay.push(row.opt_int(6)?);
        inputs.service.push(row.int(7)?);
        let read = |i| Ok::<_, zhike_kernel::Error>(row.opt_text(i)?.as_deref().and_then(model::grade));
        now.push((read(8)?, read(9)?));
    }
    let previous: Vec<_> = now.iter().map(|n| n.0).collect();
    let rating = inputs.rate(body, &previous, ctx.house.currency.decimals())?;
    let mut grades = [0_i64; 4];
    let (mut table, mut moved) = (Confusion::new(GRADES), 0);
    for (new, (before, by_hand)) in rating.grades.iter().zip(&now) {
        if let Some(slot) = grades.get_mut(new.index()) {
            *slot += 1;
        }
        moved += i64::from(before.is_some_and(|b| b != *new));
        if let Some(by_hand) = by_hand {
            table.add(new.index(), by_hand.index(), 1);
        }
    }
    Ok(Preview {
        agreement: Agreement::of(table),
        grades,
        moved,
        of,
    })
}
