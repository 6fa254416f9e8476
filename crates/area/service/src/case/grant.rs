//! What somebody may grant on the spot: a limit for each role per case and per month. Beyond it a manager agrees with one
//! tap; each time it was not within somebody's authority is kept with its amount.

use super::{assign, desk::Desk, kept};
use crate::process::Act;
use jiff::ToSpan;
use zhike_contract::NewTask;
use zhike_kernel::{Error, Result, Stamp, Values};
use zhike_store::{Ctx, Query, binds};

/// What may be granted; nothing said means without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authority {
    pub per_case: Option<i64>,
    pub per_month: Option<i64>,
    /// Granted in this month before.
    pub used: i64,
}

impl Authority {
    /// By how much a total for one case is beyond it; nothing when it is within.
    pub(crate) fn beyond(&self, total: i64, new: i64) -> i64 {
        let case = self.per_case.map_or(0, |limit| total - limit);
        let month = self.per_month.map_or(0, |limit| self.used.saturating_add(new) - limit);
        case.max(month).max(0)
    }
}

/// The authority of whoever acts.
pub(crate) async fn authority(ctx: &Ctx, q: &dyn Query, now: Stamp) -> Result<Authority> {
    let role = ctx.actor.role.name();
    let Some(user) = ctx.actor.user.filter(|_| role != "administrator") else {
        return Ok(Authority::default());
    };
    let sql = "SELECT per_case, per_month FROM service_limit WHERE role = $1 AND archived_at IS NULL";
    // Without a limit of its own a role grants nothing by itself.
    let (per_case, per_month) = match q.one(sql, binds![role]).await? {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, 0),
    };
    let first = now.date(&ctx.house.zone).first_of_month();
    let until = first.checked_add(1.month()).map_err(Error::broken)?;
    let (first, until) = (
        Stamp::start_of(first, &ctx.house.zone),
        Stamp::start_of(until, &ctx.house.zone),
    );
    let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM service_granted WHERE user_id = $1 AND at >= $2 AND at < $3 AND state = 'granted'";
    let cases = q.number(sql, binds![user, first.0, until.0]).await?;
    // What went to everybody whom an incident hit counts with it.
    let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM service_incident_grant WHERE user_id = $1 AND at >= $2 AND at < $3";
    let incidents = q.number(sql, binds![user, first.0, until.0]).await?;
    Ok(Authority {
        per_case: Some(per_case),
        per_month: Some(per_month),
        used: cases.saturating_add(incidents),
    })
}

/// Puts the remedies of the round down anew, as planned.
pub(crate) async fn plan(desk: &Desk<'_>, remedies: &[(i64, Option<i64>)]) -> Result<()> {
    let (tx, case, round) = (desk.tx, desk.case.id, desk.round());
    // Another solution is another request.
    let sql = "UPDATE service_request SET state = 'void', decided_at = $1 WHERE case_id = $2 AND state = 'open'";
    tx.exec(sql, binds![tx.at.0, case]).await?;
    let sql = "DELETE FROM service_granted WHERE case_id = $1 AND round = $2 AND state = 'planned'";
    tx.exec(sql, binds![case, round]).await?;
    for (n, (id, amount)) in remedies.iter().enumerate() {
        if remedies.iter().take(n).any(|r| r.0 == *id) {
            return Err(Error::field("remedies", "error-case-remedy-twice"));
        }
        let sql =
            "SELECT name, name_latin, amount FROM service_remedy WHERE id = $1 AND active AND archived_at IS NULL";
        let row = tx.one(sql, binds![*id]).await?;
        let row = row.ok_or_else(|| Error::field("remedies", "error-not-a-record"))?;
        let amount = amount.unwrap_or(row.int(2)?);
        if amount < 0 {
            return Err(Error::field("remedies", "error-below-zero"));
        }
        let latin = row.opt_text(1)?.unwrap_or_default();
        let sql = "INSERT INTO service_granted (case_id, round, remedy_id, name, name_latin, amount, state, user_id, at) \
                   VALUES ($1,$2,$3,$4,$5,$6,'planned',$7,$8)";
        tx.exec(
            sql,
            binds![case, round, *id, row.text(0)?, latin, amount, tx.user, tx.at.0],
        )
        .await?;
    }
    Ok(())
}

async fn sums(desk: &Desk<'_>) -> Result<(i64, i64)> {
    let all = kept::granted(desk.tx, desk.case.id).await?;
    let of = |state: &str| all.iter().filter(|g| g.state == state).map(|g| g.amount).sum::<i64>();
    let new = of("planned");
    Ok((of("granted").saturating_add(new), new))
}

/// Is what is planned within the authority of whoever acts?
pub(crate) async fn within(desk: &Desk<'_>) -> Result<bool> {
    let (total, new) = sums(desk).await?;
    Ok(new == 0 || authority(desk.ctx, desk.tx, desk.tx.at).await?.beyond(total, new) == 0)
}

/// Asks the manager for what is beyond it.
pub(crate) async fn ask(desk: &mut Desk<'_>) -> Result<()> {
    let (total, new) = sums(desk).await?;
    let may = authority(desk.ctx, desk.tx, desk.tx.at).await?;
    let beyond = may.beyond(total, new);
    let sql = "INSERT INTO service_request (case_id, round, total, per_case, per_month, beyond, asked_by, role, asked_at, state) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'open') RETURNING id";
    let role = desk.ctx.actor.role.name();
    let binds = binds![
        desk.case.id,
        desk.round(),
        total,
        may.per_case,
        may.per_month,
        beyond,
        desk.tx.user,
        role,
        desk.tx.at.0
    ];
    let id = desk.tx.insert(sql, binds).await?;
    let boss = assign::manager(desk.tx, desk.tx.user).await?;
    let task = NewTask {
        title: desk.case.text("number").to_owned(),
        kind: "remedy",
        party: desk.case.int("party_id"),
        record: Some(("case", desk.case.id)),
        assignee: boss,
        due: Some(desk.tx.at.date(&desk.ctx.house.zone)),
        note: Some(desk.case.text("subject").to_owned()),
        key: Some(format!("remedy:{id}")),
    };
    desk.ports.tasks.open(desk.ctx, desk.tx, &task).await?;
    desk.set("grant_asked", Values::new(), None).await
}

/// A manager agrees or not.
pub(crate) async fn decide(desk: &mut Desk<'_>, yes: bool, note: Option<String>) -> Result<()> {
    desk.ctx.require("case.approve")?;
    desk.at(Act::Solve)?;
    let open = kept::requests(desk.tx, desk.case.id)
        .await?
        .into_iter()
        .find(|r| r.state == "open");
    let open = open.ok_or_else(|| Error::refused("error-case-no-request"))?;
    if open.asked_by.is_some() && open.asked_by == desk.tx.user {
        return Err(Error::refused("error-case-own-request"));
    }
    let (total, new) = sums(desk).await?;
    if yes && authority(desk.ctx, desk.tx, desk.tx.at).await?.beyond(total, new) > 0 {
        return Err(Error::refused("error-case-beyond-you"));
    }
    let sql = "UPDATE service_request SET state = $1, decided_by = $2, decided_at = $3, note = $4 WHERE id = $5 AND state = 'open'";
    let word = if yes { "approved" } else { "refused" };
    let binds = binds![word, desk.tx.user, desk.tx.at.0, note.clone(), open.id];
    if desk.tx.exec(sql, binds).await? != 1 {
        return Err(Error::stale());
    }
    if yes {
        // What was granted counts for whoever agreed to it.
        let sql = "UPDATE service_granted SET user_id = $1 WHERE case_id = $2 AND round = $3 AND state = 'planned'";
        desk.tx
            .exec(sql, binds![desk.tx.user, desk.case.id, desk.round()])
            .await?;
        desk.set("grant_approved", Values::new(), note).await?;
        desk.solved().await
    } else {
        desk.set("grant_refused", Values::new(), note).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_is_told_by_the_narrower_limit() {
        let may = Authority {
            per_case: Some(500),
            per_month: Some(2_000),
            used: 1_800,
        };
        assert_eq!(
            (may.beyond(100, 100), may.beyond(660, 100), may.beyond(300, 300)),
            (0, 160, 100)
        );
        assert_eq!(Authority::default().beyond(i64::MAX, i64::MAX), 0);
        let none = Authority {
            per_case: Some(0),
            per_month: Some(0),
            used: 0,
        };
        assert_eq!((none.beyond(0, 0), none.beyond(1, 1)), (0, 1));
    }
}
