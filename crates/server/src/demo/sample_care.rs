//! The levels of the relationship that the made-up manufacturer set: most as recommended, some otherwise, with their reasons; and
//! the follow-ups that came of them. It stands on the value analysis, and comes after it.

use super::load;
use anyhow::Result;
use jiff::ToSpan;
use zhike_store::{Ctx, Query, binds, setting};

/// Customers with a level for each recommended one.
const EACH: i64 = 30;
/// Every so-manieth is set otherwise.
const OTHERWISE: i64 = 9;

/// Sets levels some months ago, and opens the follow-ups of today.
pub async fn fill(ctx: &Ctx) -> Result<()> {
    // Where the lines are for a house of this size.
    let tx = ctx.begin().await?;
    let lines = zhike_care::Settings {
        medium: 2_000_000,
        high: 6_000_000,
        several: 40,
        many: 200,
        ..zhike_care::Settings::fresh(ctx.house.currency)
    };
    setting::keep(&tx, zhike_care::SETTINGS, &lines).await?;
    tx.commit().await?;
    zhike_care::refresh(ctx).await?;
    let today = ctx.today();
    let mut rows = vec![];
    for (level, other, reason) in [
        ("partnership", "proactive", "客户希望保持距离 / Prefers some distance"),
        (
            "proactive",
            "partnership",
            "共同开发项目进行中 / A joint project is under way",
        ),
        (
            "accountable",
            "proactive",
            "新客户，值得多花时间 / New, and worth more time",
        ),
        ("reactive", "accountable", "正在考察我们 / Is trying us out"),
    ] {
        let sql = "SELECT c.party_id FROM care_customer c JOIN party_party t ON t.id = c.party_id \
                   WHERE c.care_advised = $1 AND t.archived_at IS NULL ORDER BY c.margin DESC, c.party_id LIMIT $2";
        for (i, row) in (1_i64..).zip(ctx.db().all(sql, binds![level, EACH]).await?) {
            let since = today.checked_sub((20 + 11 * (i % 12)).days())?;
            let otherwise = i % OTHERWISE == 0;
            let values = vec![
                ("party_id", row.int(0)?.into()),
                ("level", if otherwise { other } else { level }.into()),
                ("reason", otherwise.then_some(reason).into()),
                ("set_on", since.into()),
            ];
            rows.push((load::values(values), super::sample::born(ctx, since)));
        }
    }
    load::rows(ctx, "care_level", rows, &mut |_, _, _| {}).await?;
    zhike_care::follow_ups(ctx, &zhike_work::port()).await?;
    enrolments(ctx).await
}

/// Every second of the customers who had bought most when the programme began, eight months ago: whoever is chosen by what came
/// afterwards makes any programme look good.
async fn enrolments(ctx: &Ctx) -> Result<()> {
    zhike_care::propose(ctx).await?;
    let since = ctx.today().checked_sub(8.months())?;
    let sql = "SELECT o.party_id FROM order_order o JOIN party_party t ON t.id = o.party_id \
               WHERE o.kind = 'sale' AND o.status NOT IN ('draft', 'cancelled') AND o.ordered_on < $1 AND t.archived_at IS NULL \
               GROUP BY o.party_id ORDER BY SUM(o.net) DESC, o.party_id LIMIT 84";
    let mut rows = vec![];
    for row in ctx.db().all(sql, binds![since.to_string()]).await?.iter().step_by(2) {
        let values = vec![
            ("party_id", row.int(0)?.into()),
            ("decision", "enrolled".into()),
            ("since_on", since.into()),
            ("reason", "按当时销售额选出 / Chosen by sales at that time".into()),
        ];
        rows.push((load::values(values), super::sample::born(ctx, since)));
    }
    load::rows(ctx, "enrolment", rows, &mut |_, _, _| {}).await?;
    zhike_care::propose(ctx).await?;
    Box::pin(zhike_care::compare(ctx)).await?;
    Ok(())
}
