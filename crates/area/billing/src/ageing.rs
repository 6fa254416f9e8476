//! How old what is owed is: the sums behind the receivables page, the customer's tab and the API.

use crate::rules;
use maud::{Markup, html};
use zhike_kernel::{Currency, Date, Result};
use zhike_store::{Query as _, binds, filter_sql::Sql};
use zhike_web::{Visit, ui};

/// What one customer (or everybody) owes in one currency: not due, up to 30, 60, 90 days late, more.
#[derive(Clone, Debug)]
pub(crate) struct Age {
    pub party: i64,
    pub currency: Currency,
    pub classes: [i64; 5],
}

impl Age {
    /// All of it.
    pub(crate) fn total(&self) -> i64 {
        self.classes.iter().sum()
    }
    /// What should have been paid.
    pub(crate) fn overdue(&self) -> i64 {
        self.classes.iter().skip(1).sum()
    }
}

/// Keys of the classes' names.
pub(crate) const CLASSES: [&str; 5] = ["ageing-not-due", "ageing-30", "ageing-60", "ageing-90", "ageing-more"];

/// The day and the amount that count: an instalment's of which something is open, else the invoice's.
pub(crate) const DAY: &str = "COALESCE(n.due_on, i.due_on)";
/// See [`DAY`].
pub(crate) const OPEN: &str = "COALESCE(n.open, i.open)";
/// Invoices with what is open of their instalments.
pub(crate) const OWED: &str = "billing_invoice i LEFT JOIN billing_instalment n ON n.invoice_id = i.id AND n.open <> 0";

/// What is selected before the conditions; `$1`…`$4` are the bounds.
fn sums() -> String {
    format!(
        "i.currency, \
    CAST(COALESCE(SUM(CASE WHEN {DAY} IS NULL OR {DAY} >= $1 THEN {OPEN} ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN {DAY} < $1 AND {DAY} >= $2 THEN {OPEN} ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN {DAY} < $2 AND {DAY} >= $3 THEN {OPEN} ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN {DAY} < $3 AND {DAY} >= $4 THEN {OPEN} ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN {DAY} < $4 THEN {OPEN} ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM({OPEN}), 0) AS BIGINT) AS owed"
    )
}

fn begin(visit: &Visit, first: &str) -> Result<Sql> {
    let mut sql = Sql::new(visit.db().dialect());
    let [a, b, c, d] = rules::bounds(visit.today());
    sql.binds = binds![a, b, c, d];
    sql.text = format!(
        "SELECT {first}, {} FROM {OWED} WHERE i.status = 'open' AND i.archived_at IS NULL AND ",
        sums()
    );
    sql.scope(visit.registry(), visit.registry().get("invoice")?, "i", &visit.actor)?;
    Ok(sql)
}

async fn run(visit: &Visit, sql: Sql) -> Result<Vec<Age>> {
    visit
        .db()
        .all(&sql.text, sql.binds)
        .await?
        .iter()
        .map(|r| {
            let mut classes = [0; 5];
            for (i, class) in classes.iter_mut().enumerate() {
                *class = r.int(i + 2)?;
            }
            Ok(Age {
                party: r.int(0)?,
                currency: Currency::parse(&r.text(1)?).unwrap_or(visit.house.currency),
                classes,
            })
        })
        .collect()
}

/// By customer, who owes most first.
pub(crate) async fn by_party(visit: &Visit, most: i64) -> Result<Vec<Age>> {
    let mut sql = begin(visit, "i.party_id")?;
    let most = sql.bind(most);
    sql.text.push_str(&format!(
        " GROUP BY i.party_id, i.currency ORDER BY owed DESC, i.party_id LIMIT {most}"
    ));
    run(visit, sql).await
}

/// All customers together, by currency.
pub(crate) async fn totals(visit: &Visit) -> Result<Vec<Age>> {
    let mut sql = begin(visit, "CAST(0 AS BIGINT)")?;
    sql.text.push_str(" GROUP BY i.currency ORDER BY owed DESC, i.currency");
    run(visit, sql).await
}

/// One customer, by currency.
pub(crate) async fn of_party(visit: &Visit, party: i64) -> Result<Vec<Age>> {
    let mut sql = begin(visit, "i.party_id")?;
    let party = sql.bind(party);
    sql.text.push_str(&format!(
        " AND i.party_id = {party} GROUP BY i.party_id, i.currency ORDER BY owed DESC, i.currency"
    ));
    run(visit, sql).await
}

/// Days sales outstanding in tenths of a day, in the house's currency, and the two sums behind it: open, invoiced in 90 days.
pub(crate) async fn dso(visit: &Visit) -> Result<(Option<i64>, i64, i64)> {
    let since = visit
        .today()
        .checked_sub(jiff::Span::new().days(89))
        .unwrap_or(Date::MIN);
    let mut sql = Sql::new(visit.db().dialect());
    sql.binds = binds![since.to_string(), visit.house.currency.code()];
    sql.text = "SELECT CAST(COALESCE(SUM(i.open), 0) AS BIGINT), \
                CAST(COALESCE(SUM(CASE WHEN i.issued_on >= $1 THEN i.total ELSE 0 END), 0) AS BIGINT) FROM billing_invoice i \
                WHERE i.status <> 'void' AND i.archived_at IS NULL AND i.currency = $2 AND (i.status = 'open' OR i.issued_on >= $1) AND "
        .to_owned();
    sql.scope(visit.registry(), visit.registry().get("invoice")?, "i", &visit.actor)?;
    let (open, invoiced) = match visit.db().one(&sql.text, sql.binds).await? {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, 0),
    };
    Ok((rules::dso_tenths(open, invoiced), open, invoiced))
}

#[allow(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "only for the width of a bar"
)]
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        0.0
    } else {
        (part as f64 / whole as f64).clamp(0.0, 1.0)
    }
}

/// Sums with a bar below each: how much of what is owed is how late.
pub(crate) fn bar(visit: &Visit, age: &Age) -> Markup {
    let loc = &visit.loc;
    let hue = |i: usize| match i {
        0 => ui::Hue::Blue,
        1 | 2 => ui::Hue::Amber,
        _ => ui::Hue::Red,
    };
    let whole = age.classes.iter().filter(|c| **c > 0).sum();
    let mut items = vec![
        ui::Kpi::new(loc.t("party-receivable"), ui::money(loc, age.total(), age.currency))
            .note(html! { (loc.t("ageing-overdue")) " " (ui::money(loc, age.overdue(), age.currency)) }),
    ];
    for (i, (key, sum)) in CLASSES.iter().zip(age.classes).enumerate() {
        items.push(
            ui::Kpi::new(loc.t(key), ui::money(loc, sum, age.currency)).note(ui::meter(
                loc,
                share(sum, whole),
                hue(i),
                None,
            )),
        );
    }
    ui::kpis(&items)
}
