//! What follow-ups follow: deliveries, first orders, settled complaints, and time without a contact.

use super::types::Rule;
use jiff::ToSpan;
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Ctx, Query, Tx, binds};

/// Follow-ups opened, or customers looked at, in one transaction.
pub const CHUNK: usize = 200;
/// What was due longer ago than this is not caught up with: a new rule does not ask for last year.
const FRESH: i64 = 14;

/// A follow-up that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The customer.
    pub party: i64,
    /// What it follows.
    pub record: (&'static str, i64),
    /// Its number or name.
    pub title: String,
    /// When that was.
    pub on: Date,
    /// Who looks after the customer.
    pub owner: Option<i64>,
}

/// A customer of a level with a rhythm of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The customer.
    pub party: i64,
    /// Its name.
    pub name: String,
    /// The last contact, or the day since which the level is set.
    pub last: Date,
    /// What an open follow-up of this rule followed.
    pub asked: Option<Date>,
    /// Who looks after the customer.
    pub owner: Option<i64>,
}

/// Have so many days passed?
pub fn is_due(on: Date, days: i64, today: Date) -> bool {
    on.checked_add(days.days()).is_ok_and(|due| due <= today)
}

/// The customers of a level who are still ours, with who looks after them.
const WHO: &str =
    "JOIN care_customer c ON c.party_id = t.id LEFT JOIN identity_user u ON u.id = t.owner_id AND u.active";
const OURS: &str = "t.archived_at IS NULL AND t.status NOT IN ('lost', 'rejected')";

/// Events of a rule that are due and have no follow-up yet, some at a time.
pub async fn events(ctx: &Ctx, tx: &Tx, rule: &Rule) -> Result<Vec<Due>> {
    let back = |days: i64| ctx.today().checked_sub(days.days()).map_err(Error::broken);
    let (until, since) = (back(rule.days)?, back(rule.days + FRESH)?);
    let once = |of: &str, day: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM care_follow_up f WHERE f.rule_id = $1 AND f.record_type = '{of}' AND f.record_id = x.id AND f.event_on = {day})"
        )
    };
    let (of, sql) = match rule.after.as_str() {
        "delivery" => (
            "order",
            format!(
                "SELECT x.id, x.party_id, x.number, x.delivered_on, u.id FROM order_order x JOIN party_party t ON t.id = x.party_id {WHO} \
                 WHERE c.care_level = $2 AND x.kind = 'sale' AND x.status = 'delivered' AND x.archived_at IS NULL \
                 AND x.delivered_on <= $3 AND x.delivered_on > $4 AND {OURS} AND {} ORDER BY x.delivered_on, x.id LIMIT {CHUNK}",
                once("order", "x.delivered_on")
            ),
        ),
        "first_order" => (
            "order",
            format!(
                "SELECT x.id, x.party_id, x.number, x.ordered_on, u.id FROM order_order x JOIN party_party t ON t.id = x.party_id {WHO} \
                 WHERE c.care_level = $2 AND x.kind = 'sale' AND x.status NOT IN ('draft', 'cancelled') AND x.archived_at IS NULL \
                 AND x.ordered_on <= $3 AND x.ordered_on > $4 AND {OURS} AND {} \
                 AND NOT EXISTS (SELECT 1 FROM order_order e WHERE e.party_id = x.party_id AND e.kind = 'sale' \
                 AND e.status NOT IN ('draft', 'cancelled') AND e.archived_at IS NULL \
                 AND (e.ordered_on < x.ordered_on OR (e.ordered_on = x.ordered_on AND e.id < x.id))) \
                 ORDER BY x.ordered_on, x.id LIMIT {CHUNK}",
                once("order", "x.ordered_on")
            ),
        ),
        // The day of a settled complaint is told by its moment; the follow-up is known by the case alone.
        "complaint" => return complaints(ctx, tx, rule, since, until).await,
        _ => return Ok(vec![]),
    };
    let args = binds![rule.id, rule.level.as_str(), until.to_string(), since.to_string()];
    let mut out = vec![];
    for row in tx.all(&sql, args).await? {
        out.push(Due {
            party: row.int(1)?,
            record: (of, row.int(0)?),
            title: row.text(2)?,
            on: row.text(3)?.parse().map_err(Error::broken)?,
            owner: row.opt_int(4)?,
        });
    }
    Ok(out)
}

async fn complaints(ctx: &Ctx, tx: &Tx, rule: &Rule, since: Date, until: Date) -> Result<Vec<Due>> {
    let zone = &ctx.house.zone;
    let start = |day: Date| Ok::<_, Error>(Stamp::start_of(day.tomorrow().map_err(Error::broken)?, zone).0);
    let sql = format!(
        "SELECT x.id, x.party_id, x.number, x.closed_at, u.id FROM service_case x JOIN party_party t ON t.id = x.party_id {WHO} \
         WHERE c.care_level = $2 AND x.kind = 'complaint' AND x.archived_at IS NULL AND x.closed_at < $3 AND x.closed_at >= $4 AND {OURS} \
         AND NOT EXISTS (SELECT 1 FROM care_follow_up f WHERE f.rule_id = $1 AND f.record_type = 'case' AND f.record_id = x.id) \
         ORDER BY x.closed_at, x.id LIMIT {CHUNK}"
    );
    let args = binds![rule.id, rule.level.as_str(), start(until)?, start(since)?];
    let mut out = vec![];
    for row in tx.all(&sql, args).await? {
        out.push(Due {
            party: row.int(1)?,
            record: ("case", row.int(0)?),
            title: row.text(2)?,
            on: Stamp(row.int(3)?).date(zone),
            owner: row.opt_int(4)?,
        });
    }
    Ok(out)
}

/// Customers of a level after an id, with their last contact.
pub async fn contacts(ctx: &Ctx, tx: &Tx, rule: &Rule, after: i64) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT t.id, t.name, c.level_on, u.id, \
         (SELECT MAX(i.at) FROM inbox_interaction i WHERE i.party_id = t.id AND i.archived_at IS NULL AND NOT i.machine), \
         (SELECT MAX(s.used_on) FROM insight_service_use s WHERE s.party_id = t.id AND s.archived_at IS NULL AND s.kind IN ('visit', 'call')), \
         (SELECT MAX(k.done_on) FROM work_task k WHERE k.party_id = t.id AND k.status = 'done' AND k.kind IN ('call', 'visit', 'follow_up')), \
         (SELECT MAX(f.event_on) FROM care_follow_up f JOIN work_task k ON k.id = f.task_id WHERE f.rule_id = $1 AND f.record_type = 'party' \
         AND f.record_id = t.id AND k.status IN ('open', 'accepted', 'returned')) \
         FROM party_party t {WHO} WHERE c.care_level = $2 AND t.id > $3 AND {OURS} ORDER BY t.id LIMIT {CHUNK}"
    );
    let mut out = vec![];
    for row in tx.all(&sql, binds![rule.id, rule.level.as_str(), after]).await? {
        let day = |i: usize| Ok::<_, Error>(row.opt_text(i)?.and_then(|d| d.parse::<Date>().ok()));
        let talked = row.opt_int(4)?.map(|at| Stamp(at).date(&ctx.house.zone));
        let last = [day(2)?, talked, day(5)?, day(6)?].into_iter().flatten().max();
        out.push(Contact {
            party: row.int(0)?,
            name: row.text(1)?,
            last: last.unwrap_or_else(|| ctx.today()),
            asked: day(7)?,
            owner: row.opt_int(3)?,
        });
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::is_due;

    #[test]
    fn days_are_counted_from_the_event() {
        let day = |d: &str| d.parse().unwrap();
        assert!(!is_due(day("2026-02-26"), 3, day("2026-02-28")));
        assert!(is_due(day("2026-02-26"), 3, day("2026-03-01")));
        assert!(is_due(day("2026-02-26"), 0, day("2026-02-26")));
    }
}
