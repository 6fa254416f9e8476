//! What a customer owes and is about to owe.

use super::settings;
use zhike_contract::{Credit, Parties};
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, binds};

/// The figures of a customer in the customer's currency, without one order.
pub(crate) async fn figures(
    parties: &dyn Parties,
    ctx: &Ctx,
    q: &dyn Query,
    party: i64,
    without: i64,
) -> Result<Credit> {
    let terms = parties.terms(q, party).await?;
    let house = ctx.house.currency.code().to_owned();
    let currency = terms
        .as_ref()
        .map(|t| t.currency.clone())
        .filter(|c| !c.is_empty())
        .unwrap_or(house);
    let sql = "SELECT receivable, overdue_since_on FROM billing_balance WHERE party_id = $1";
    let (mut receivable, mut since) = (0, None);
    if let Some(row) = q.one(sql, binds![party]).await? {
        receivable = row.int(0)?;
        since = row.opt_text(1)?.and_then(|t| t.parse::<Date>().ok());
    }
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN o.total > COALESCE(i.total, 0) THEN o.total - COALESCE(i.total, 0) ELSE 0 END), 0) AS BIGINT) \
               FROM order_order o LEFT JOIN (SELECT order_id, SUM(total) AS total FROM billing_invoice WHERE party_id = $1 AND status <> 'void' \
               AND archived_at IS NULL AND order_id IS NOT NULL GROUP BY order_id) i ON i.order_id = o.id WHERE o.party_id = $2 AND o.kind = 'sale' \
               AND o.currency = $3 AND o.id <> $4 AND o.archived_at IS NULL AND (o.status IN ('confirmed','shipped') OR (o.status = 'delivered' \
               AND EXISTS (SELECT 1 FROM billing_order_due d WHERE d.order_id = o.id)))";
    let unbilled = q.number(sql, binds![party, party, currency.as_str(), without]).await?;
    Ok(Credit {
        limit: terms.and_then(|t| t.credit_limit),
        currency,
        receivable,
        unbilled,
        overdue_days: crate::rules::days_late(since, ctx.today()),
        most_days: settings::overdue_days(q).await?,
    })
}
