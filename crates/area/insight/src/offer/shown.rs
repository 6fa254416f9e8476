//! What was put before somebody, and whether the customer ordered it afterwards.

use super::read::Ready;
use serde::Serialize;
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, binds, read, write};
use zhike_value::uplift::wilson;

/// Days within which an order counts as taken up.
pub const WITHIN: i64 = 60;
/// So many are put before somebody at once.
pub const SHOWN: usize = 3;
/// Days for which a refused product is not offered again.
pub const REST: i64 = 180;
/// Judged in one transaction.
const CHUNK: i64 = 200;

/// Notes that these were put before the actor, once while it is open.
pub async fn note(ctx: &Ctx, party: i64, ready: &Ready, place: &'static str) -> Result<()> {
    let due: Vec<(usize, i64)> = ready
        .offers
        .iter()
        .take(SHOWN)
        .enumerate()
        .filter(|(_, o)| o.open.is_none())
        .map(|(i, o)| (i + 1, o.product))
        .collect();
    if due.is_empty() || !ctx.actor.may("suggestion.edit") {
        return Ok(());
    }
    if let Err(e) = write_down(ctx, party, &due, place).await {
        // Two people may look at the same moment: one of them wrote it down.
        tracing::debug!(error = %e, "a suggestion was not noted");
    }
    Ok(())
}

async fn write_down(ctx: &Ctx, party: i64, due: &[(usize, i64)], place: &'static str) -> Result<()> {
    let ty = ctx.registry().get("suggestion")?.clone();
    let tx = ctx.begin().await?;
    let mut rows = vec![];
    let sql = "SELECT count(*) FROM insight_suggestion WHERE party_id = $1 AND product_id = $2 AND status = 'open' AND archived_at IS NULL";
    for (rank, product) in due {
        if tx.number(sql, binds![party, *product]).await? > 0 {
            continue;
        }
        rows.push(Values::from([
            ("party_id".to_owned(), party.into()),
            ("product_id".to_owned(), (*product).into()),
            ("place".to_owned(), place.into()),
            ("rank".to_owned(), i64::try_from(*rank).unwrap_or(0).into()),
            ("shown_on".to_owned(), ctx.today().into()),
            ("shown_by_id".to_owned(), ctx.actor.user.map_or(Value::Null, Value::Int)),
        ]));
    }
    if !rows.is_empty() {
        write::insert_many(ctx, &tx, &ty, rows, None).await?;
    }
    tx.commit().await
}

/// The customer does not want it.
pub async fn decline(ctx: &Ctx, id: i64, version: i64, note: Option<&str>) -> Result<i64> {
    ctx.require("suggestion.edit")?;
    let ty = ctx.registry().get("suggestion")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    if record.text("status") != "open" {
        return Err(Error::refused("error-suggestion-ended"));
    }
    let mut changes = Values::from([
        ("status".to_owned(), "declined".into()),
        ("ended_on".to_owned(), ctx.today().into()),
    ]);
    if let Some(text) = note.map(str::trim).filter(|n| !n.is_empty()) {
        changes.insert("note".to_owned(), text.into());
    }
    let version = write::update_from(ctx, &tx, &ty, record, version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

/// What came of one that is open: ordered, lapsed, or not yet known.
pub fn verdict(shown: Date, ordered: Option<Date>, today: Date) -> Option<(&'static str, Date)> {
    let days = |to: Date| i64::from((to - shown).get_days());
    match ordered {
        Some(day) if days(day) <= WITHIN => Some(("ordered", day)),
        _ if days(today) > WITHIN => Some(("lapsed", today)),
        _ => None,
    }
}

/// Looks which ones were ordered. Idempotent.
pub async fn judge(ctx: &Ctx) -> Result<()> {
    let ty = ctx.registry().get("suggestion")?.clone();
    let mut after = 0_i64;
    loop {
        let tx = ctx.begin().await?;
        let sql = "SELECT s.id, s.shown_on, s.version FROM insight_suggestion s \
                   WHERE s.status = 'open' AND s.archived_at IS NULL AND s.id > $1 ORDER BY s.id LIMIT $2";
        let rows = tx.all(sql, binds![after, CHUNK]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let first = "SELECT o.id, o.ordered_on FROM insight_suggestion s JOIN order_order o ON o.party_id = s.party_id \
                     JOIN order_line l ON l.order_id = o.id AND l.product_id = s.product_id AND l.archived_at IS NULL \
                     WHERE s.id = $1 AND o.ordered_on >= s.shown_on AND o.kind <> 'return' AND o.archived_at IS NULL \
                     AND o.status NOT IN ('draft', 'cancelled') ORDER BY o.ordered_on, o.id LIMIT 1";
        for row in rows {
            after = row.int(0)?;
            let Ok(shown) = row.text(1)?.parse::<Date>() else {
                continue;
            };
            let order = tx.one(first, binds![after]).await?;
            let ordered = order.as_ref().map(|o| o.text(1)).transpose()?;
            let day = ordered.and_then(|d| d.parse::<Date>().ok());
            let Some((status, ended)) = verdict(shown, day, ctx.today()) else {
                continue;
            };
            let mut changes = Values::from([
                ("status".to_owned(), status.into()),
                ("ended_on".to_owned(), ended.into()),
            ]);
            if let (Some(o), "ordered") = (&order, status) {
                changes.insert("order_id".to_owned(), o.int(0)?.into());
            }
            let Some(record) = read::find(ctx, &tx, &ty, after).await? else {
                continue;
            };
            write::update_from(ctx, &tx, &ty, record, row.int(2)?, changes).await?;
        }
        tx.commit().await?;
    }
}

/// How suggestions ended so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TakenUp {
    /// Not known yet.
    pub open: i64,
    /// Ordered in time.
    pub ordered: i64,
    /// Refused by the customer.
    pub declined: i64,
    /// Not ordered in time.
    pub lapsed: i64,
    /// Ordered / (ordered + declined + lapsed).
    pub rate: Option<f64>,
    /// Its 95 % interval.
    pub range: Option<(f64, f64)>,
}

/// Of those that the reader sees, by place of the list; the last entry is all together (place 0).
pub async fn taken_up(ctx: &Ctx) -> Result<Vec<(i64, TakenUp)>> {
    let sql = format!(
        "SELECT s.rank, s.status, count(*) FROM insight_suggestion s JOIN party_party t ON t.id = s.party_id \
         WHERE s.archived_at IS NULL AND {} GROUP BY s.rank, s.status ORDER BY s.rank",
        crate::read::scope(ctx, "t")?
    );
    let mut all: std::collections::BTreeMap<i64, TakenUp> = std::collections::BTreeMap::new();
    let mut total = TakenUp::default();
    for row in ctx.db().all(&sql, binds![]).await? {
        let (status, n) = (row.text(1)?, row.int(2)?);
        for t in [all.entry(row.int(0)?).or_default(), &mut total] {
            match status.as_str() {
                "ordered" => t.ordered += n,
                "declined" => t.declined += n,
                "lapsed" => t.lapsed += n,
                _ => t.open += n,
            }
        }
    }
    let mut list: Vec<(i64, TakenUp)> = all.into_iter().collect();
    list.push((0, total));
    for (_, t) in &mut list {
        let ended = t.ordered + t.declined + t.lapsed;
        if let (Ok(yes), Ok(of)) = (u64::try_from(t.ordered), u64::try_from(ended))
            && of > 0
        {
            t.rate = Some(crate::model::float(t.ordered) / crate::model::float(ended));
            t.range = Some(wilson((yes, of), 1.959_964));
        }
    }
    Ok(list)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::verdict;
    use zhike_kernel::Date;

    #[test]
    fn an_order_counts_within_sixty_days() {
        let day = |t: &str| -> Date { t.parse().unwrap() };
        let at =
            |ordered: Option<&str>, today: &str| verdict(day("2026-01-01"), ordered.map(day), day(today)).map(|v| v.0);
        assert_eq!(at(None, "2026-03-02"), None, "day 60");
        assert_eq!(at(None, "2026-03-03"), Some("lapsed"));
        assert_eq!(at(Some("2026-03-02"), "2026-08-01"), Some("ordered"));
        assert_eq!(at(Some("2026-03-03"), "2026-08-01"), Some("lapsed"));
    }
}
