//! Finding alarms and what came of them. Idempotent: a silence rings once, whatever happens meanwhile.

use super::settings::{self, Settings};
use crate::churn::{self, AHEAD};
use crate::lifetime::{self, FRESH, read::STAKE};
use jiff::ToSpan;
use std::sync::Arc;
use zhike_contract::{Close, NewTask, Tasks};
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};

/// Alarms judged in one transaction.
const CHUNK: i64 = 200;
/// Days that the owner has.
const DUE: i64 = 7;

/// Judges the open alarms, then rings new ones.
pub async fn run(ctx: &Ctx, tasks: &Arc<dyn Tasks>) -> Result<()> {
    let Some(run) = lifetime::store::latest(ctx.db()).await? else {
        return Ok(());
    };
    let settings = settings::load(ctx.db(), ctx.house.currency).await?;
    judge(ctx, tasks, &settings).await?;
    // A house whose orders end in the past has nobody to call.
    if run.report.to == ctx.today() {
        let valued = run.report.refusal.is_none() && run.report.equity.is_some();
        ring(ctx, tasks, &settings, valued).await?;
    }
    Ok(())
}

/// Rings those whose learnt risk is high, after a computation of the risks.
pub async fn run_risks(ctx: &Ctx, tasks: &Arc<dyn Tasks>) -> Result<()> {
    let Some(run) = churn::latest(ctx.db()).await? else {
        return Ok(());
    };
    if run.report.refusal.is_some() || run.report.to != ctx.today() {
        return Ok(());
    }
    let settings = settings::load(ctx.db(), ctx.house.currency).await?;
    let lifetime = lifetime::store::latest(ctx.db()).await?;
    let valued = lifetime.is_some_and(|r| r.report.refusal.is_none() && r.report.equity.is_some());
    let worth = worth(RISKED, valued);
    // Whose silence is longer than the days that the model looks ahead has stopped already; whose order it does not know is not at
    // risk by it.
    let sql = format!(
        "SELECT l.party_id, l.bought_on, l.t - l.t_x, COALESCE(l.limit_days, 0), l.p_alive, {RISKED}, u.id, r.churn_risk, r.reasons \
         FROM insight_churn r JOIN insight_lifetime l ON l.party_id = r.party_id AND l.bought_on = r.bought_on \
         JOIN party_party t ON t.id = l.party_id LEFT JOIN identity_user u ON u.id = t.owner_id AND u.active \
         WHERE t.archived_at IS NULL AND t.status NOT IN ('lost', 'rejected') AND r.churn_risk >= $1 AND l.t - l.t_x <= {AHEAD} AND {worth} \
         AND NOT EXISTS (SELECT 1 FROM insight_alarm a WHERE a.party_id = l.party_id AND a.last_order_on = l.bought_on) \
         ORDER BY COALESCE({RISKED}, 0) DESC, r.churn_risk DESC, l.party_id LIMIT {}",
        settings.most
    );
    raise_all(ctx, tasks, &settings, &sql, settings.risk).await
}

/// What a risk puts at stake: what the next twelve months should leave if the customer is there still, times the risk.
const RISKED: &str = "CASE WHEN l.p_alive > 0 AND l.contribution > 0 THEN CAST(ROUND(l.contribution * (r.churn_risk * 1.0) / l.p_alive) AS BIGINT) END";

/// The condition that an amount at stake is worth it.
fn worth(stake: &str, valued: bool) -> String {
    if valued {
        format!("COALESCE({stake}, -1) >= $2")
    } else {
        // Without a model nobody knows what is at stake.
        "CAST($2 AS BIGINT) >= 0".to_owned()
    }
}

/// What came of an alarm, if that is known: the outcome, who says so, and the following order.
pub fn verdict(
    alarm: (Date, Date),
    ordered: Option<Date>,
    task_done: Option<Date>,
    today: Date,
    days: i64,
) -> Option<(&'static str, &'static str, Option<Date>)> {
    let (raised, last) = alarm;
    if let Some(order) = ordered.filter(|o| *o > last) {
        // Who ordered after somebody had cared was won back; who came alone was never leaving.
        let won = task_done.is_some_and(|done| done <= order);
        return Some((if won { "won_back" } else { "false_alarm" }, "order", Some(order)));
    }
    let until = raised.checked_add(days.days()).ok()?;
    (today > until).then_some(("true_alarm", "time", None))
}

async fn judge(ctx: &Ctx, tasks: &Arc<dyn Tasks>, settings: &Settings) -> Result<()> {
    let ty = ctx.registry().get("alarm")?.clone();
    let mut after = 0_i64;
    loop {
        let tx = ctx.begin().await?;
        // The task may be the owner's or have been given on; done is done.
        let sql = "SELECT a.id, l.bought_on, k.status, k.done_on FROM insight_alarm a \
                   LEFT JOIN insight_lifetime l ON l.party_id = a.party_id LEFT JOIN work_task k ON k.id = a.task_id \
                   WHERE a.status = 'open' AND a.archived_at IS NULL AND a.id > $1 ORDER BY a.id LIMIT $2";
        let rows = tx.all(sql, binds![after, CHUNK]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            after = row.int(0)?;
            let day = |i: usize| Ok::<_, Error>(row.opt_text(i)?.and_then(|d| d.parse::<Date>().ok()));
            let done = if row.opt_text(2)?.as_deref() == Some("done") {
                day(3)?
            } else {
                None
            };
            let Some(alarm) = read::find(ctx, &tx, &ty, after).await? else {
                continue;
            };
            let Some(of) = alarm.date("raised_on").zip(alarm.date("last_order_on")) else {
                continue;
            };
            // A risk is about a given number of days, a silence about those that the house waits.
            let days = if alarm.text("cause") == "churn" {
                AHEAD
            } else {
                settings.days
            };
            let Some((status, by, ordered)) = verdict(of, day(1)?, done, ctx.today(), days) else {
                continue;
            };
            let changes = Values::from([
                ("status".to_owned(), status.into()),
                ("judged_by".to_owned(), by.into()),
                ("judged_on".to_owned(), ctx.today().into()),
                ("ordered_on".to_owned(), ordered.map_or(Value::Null, Value::from)),
            ]);
            if ordered.is_some() {
                // Who has ordered again needs no call.
                let key = key(alarm.int("party_id").unwrap_or(0), alarm.text("last_order_on"));
                tasks.close(ctx, &tx, &key, Close::Dropped).await?;
            }
            let version = alarm.version;
            write::update_from(ctx, &tx, &ty, alarm, version, changes).await?;
        }
        tx.commit().await?;
    }
}

/// New alarms: silent beyond the own limit, not for long, worth it, and not rung for this silence.
async fn ring(ctx: &Ctx, tasks: &Arc<dyn Tasks>, settings: &Settings, valued: bool) -> Result<()> {
    let worth = worth(STAKE, valued);
    let sql = format!(
        "SELECT l.party_id, l.bought_on, l.t - l.t_x, l.limit_days, l.p_alive, {STAKE}, u.id, CAST(NULL AS BIGINT), CAST(NULL AS TEXT) FROM insight_lifetime l \
         JOIN party_party t ON t.id = l.party_id LEFT JOIN identity_user u ON u.id = t.owner_id AND u.active \
         WHERE t.archived_at IS NULL AND t.status NOT IN ('lost', 'rejected') AND l.x > 0 AND l.t - l.t_x > l.limit_days \
         AND l.t - l.t_x <= l.limit_days + $1 AND {worth} \
         AND NOT EXISTS (SELECT 1 FROM insight_alarm a WHERE a.party_id = l.party_id AND a.last_order_on = l.bought_on) \
         ORDER BY COALESCE({STAKE}, 0) DESC, l.spent DESC, l.party_id LIMIT {}",
        settings.most
    );
    raise_all(ctx, tasks, settings, &sql, FRESH).await
}

/// Raises what a query finds, as far as the day has room.
async fn raise_all(ctx: &Ctx, tasks: &Arc<dyn Tasks>, settings: &Settings, sql: &str, first: i64) -> Result<()> {
    let tx = ctx.begin().await?;
    let since = format!("{}", ctx.today());
    let sql_today = "SELECT count(*) FROM insight_alarm WHERE raised_on = $1";
    let already = tx.number(sql_today, binds![since]).await?;
    let room = usize::try_from(settings.most - already).unwrap_or(0);
    let rows = tx.all(sql, binds![first, settings.least]).await?;
    for row in rows.iter().take(room) {
        let new = Found {
            party: row.int(0)?,
            last: row.text(1)?,
            silence: row.int(2)?,
            limit: row.int(3)?,
            alive: row.opt_int(4)?,
            stake: row.opt_int(5)?,
            owner: row.opt_int(6)?,
            risk: row.opt_int(7)?,
            reasons: row.opt_text(8)?,
        };
        raise(ctx, &tx, tasks, &new).await?;
    }
    tx.commit().await
}

struct Found {
    party: i64,
    last: String,
    silence: i64,
    limit: i64,
    alive: Option<i64>,
    stake: Option<i64>,
    owner: Option<i64>,
    /// What the model says, if it rang by that.
    risk: Option<i64>,
    reasons: Option<String>,
}

/// The task of a silence, under this key.
fn key(party: i64, last: &str) -> String {
    format!("alarm:{party}:{last}")
}

/// Writes one, with its task.
async fn raise(ctx: &Ctx, tx: &Tx, tasks: &Arc<dyn Tasks>, new: &Found) -> Result<()> {
    let ty = ctx.registry().get("alarm")?.clone();
    let opt = |v: Option<i64>| v.map_or(Value::Null, Value::Int);
    let cause = if new.risk.is_some() { "churn" } else { "silence" };
    let values = Values::from([
        ("party_id".to_owned(), new.party.into()),
        ("raised_on".to_owned(), ctx.today().into()),
        ("last_order_on".to_owned(), new.last.as_str().into()),
        ("silence_days".to_owned(), new.silence.into()),
        ("limit_days".to_owned(), new.limit.into()),
        ("p_alive".to_owned(), opt(new.alive)),
        ("at_stake".to_owned(), opt(new.stake)),
        ("assignee_id".to_owned(), opt(new.owner)),
        ("cause".to_owned(), cause.into()),
        ("risk".to_owned(), opt(new.risk)),
        (
            "reasons".to_owned(),
            new.reasons.clone().map_or(Value::Null, Value::Text),
        ),
    ]);
    let ids = write::insert_many(ctx, tx, &ty, vec![values], None).await?;
    let id = ids.first().copied().ok_or_else(Error::missing)?;
    let number = read::need(ctx, tx, &ty, id).await?.text("number").to_owned();
    let due = ctx.today().checked_add(DUE.days()).ok();
    let task = NewTask {
        title: number,
        kind: cause,
        party: Some(new.party),
        record: Some(("alarm", id)),
        assignee: new.owner,
        due,
        note: None,
        key: Some(key(new.party, &new.last)),
    };
    let task = tasks.open(ctx, tx, &task).await?;
    // Part of its making, in the same transaction: no change of its own.
    tx.exec("UPDATE insight_alarm SET task_id = $1 WHERE id = $2", binds![task, id])
        .await
        .map(|_| ())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn an_order_or_the_time_tells_what_came_of_an_alarm() {
        let alarm = (day("2026-03-01"), day("2025-10-01"));
        let at = |ordered: Option<&str>, done: Option<&str>, today: &str| {
            verdict(alarm, ordered.map(day), done.map(day), day(today), 90)
        };
        assert_eq!(
            at(Some("2025-10-01"), None, "2026-05-30"),
            None,
            "still silent, still time"
        );
        assert_eq!(at(None, Some("2026-03-05"), "2026-05-30"), None);
        assert_eq!(at(None, None, "2026-05-31"), Some(("true_alarm", "time", None)));
        let order = Some(day("2026-04-10"));
        assert_eq!(
            at(Some("2026-04-10"), None, "2026-04-11"),
            Some(("false_alarm", "order", order))
        );
        assert_eq!(
            at(Some("2026-04-10"), Some("2026-04-02"), "2026-04-11"),
            Some(("won_back", "order", order))
        );
        assert_eq!(
            at(Some("2026-04-10"), Some("2026-04-12"), "2026-09-01"),
            Some(("false_alarm", "order", order)),
            "the task came after the order"
        );
    }
}
