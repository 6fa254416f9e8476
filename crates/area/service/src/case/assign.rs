//! Who does a step: a person, the owner, the next of a round, whoever has the fewest; other people for some cases.

use super::desk::Desk;
use crate::process::{self, Step, Way, Who};
use zhike_kernel::Result;
use zhike_store::{Query, binds};

/// Who was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub user: Option<i64>,
    /// Anybody of this role may take it.
    pub role: Option<String>,
    /// Business minutes allowed in a first round.
    pub minutes: i64,
}

/// The next of a round: the one after the last, or the first.
fn next(members: &[i64], last: Option<i64>) -> Option<i64> {
    let after = last.and_then(|last| members.iter().find(|m| **m > last));
    after.or_else(|| members.first()).copied()
}

/// The one with the fewest; the first of several.
fn least(members: &[i64], loads: &[(i64, i64)]) -> Option<i64> {
    let load = |m: i64| loads.iter().find(|l| l.0 == m).map_or(0, |l| l.1);
    members.iter().copied().min_by_key(|m| (load(*m), *m))
}

/// Active users of a role and team.
pub(crate) async fn members(q: &dyn Query, role: Option<&str>, team: Option<i64>) -> Result<Vec<i64>> {
    let sql = "SELECT id, role, team_id FROM identity_user WHERE active AND archived_at IS NULL ORDER BY id";
    let mut out = vec![];
    for row in q.all(sql, vec![]).await? {
        let (has, of) = (row.opt_text(1)?.unwrap_or_default(), row.opt_int(2)?);
        if role.is_none_or(|r| r == has) && team.is_none_or(|t| Some(t) == of) {
            out.push(row.int(0)?);
        }
    }
    Ok(out)
}

async fn active(q: &dyn Query, user: Option<i64>) -> Result<Option<i64>> {
    let Some(user) = user else { return Ok(None) };
    let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
    Ok((q.number(sql, binds![user]).await? > 0).then_some(user))
}

async fn fewest(q: &dyn Query, members: &[i64]) -> Result<Option<i64>> {
    let sql = "SELECT handler_id, count(*) FROM service_case WHERE handler_id IS NOT NULL AND status IN ('new','working') AND archived_at IS NULL \
               GROUP BY handler_id";
    let mut loads = vec![];
    for row in q.all(sql, vec![]).await? {
        loads.push((row.int(0)?, row.int(1)?));
    }
    Ok(least(members, &loads))
}

async fn by(desk: &Desk<'_>, step: &Step, who: &Who) -> Result<Option<i64>> {
    let q: &dyn Query = desk.tx;
    let role = who.role.as_deref();
    Ok(match who.way {
        Way::Person => active(q, who.user).await?,
        Way::Role => None,
        Way::Handler => match active(q, desk.case.int("handler_id")).await? {
            Some(user) => Some(user),
            None => fewest(q, &members(q, Some(role.unwrap_or("service")), who.team).await?).await?,
        },
        Way::Owner => {
            let sql = "SELECT owner_id FROM party_party WHERE id = $1";
            let party = desk.case.int("party_id").unwrap_or(0);
            let owner = q
                .one(sql, binds![party])
                .await?
                .map(|r| r.opt_int(0))
                .transpose()?
                .flatten();
            active(q, owner).await?
        }
        Way::Round => {
            let sql = "SELECT user_id FROM service_step WHERE process_id = $1 AND step = $2 AND user_id IS NOT NULL ORDER BY id DESC LIMIT 1";
            let process = desk.case.int("process_id").unwrap_or(0);
            let last = q.one(sql, binds![process, step.key.as_str()]).await?;
            let last = last.map(|r| r.opt_int(0)).transpose()?.flatten();
            next(&members(q, role, who.team).await?, last)
        }
        Way::Least => fewest(q, &members(q, role, who.team).await?).await?,
    })
}

/// Who does this step of this case, and in which time.
pub(crate) async fn find(desk: &Desk<'_>, step: &Step) -> Result<Found> {
    let turn = step
        .turns
        .iter()
        .find(|t| process::holds(desk.ctx, &desk.ty, &t.when, &desk.case.values));
    let who = turn.and_then(|t| t.who.as_ref()).unwrap_or(&step.who);
    let minutes = turn.and_then(|t| t.minutes).unwrap_or(step.minutes);
    let user = by(desk, step, who).await?;
    Ok(Found {
        user,
        role: user
            .is_none()
            .then(|| who.role.clone().unwrap_or_else(|| "service".into())),
        minutes,
    })
}

/// Who answers for somebody: the managers of their team, else the managers, else the administrators.
pub(crate) async fn manager(q: &dyn Query, of: Option<i64>) -> Result<Option<i64>> {
    let team = match of {
        Some(user) => {
            q.number(
                "SELECT COALESCE(team_id, 0) FROM identity_user WHERE id = $1",
                binds![user],
            )
            .await?
        }
        None => 0,
    };
    for (role, team) in [("manager", Some(team)), ("manager", None), ("administrator", None)] {
        let mut found = members(q, Some(role), team).await?;
        found.retain(|m| Some(*m) != of);
        if let Some(first) = found.first() {
            return Ok(Some(*first));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_goes_round_and_the_idlest_is_taken() {
        assert_eq!(
            [None, Some(2), Some(9), Some(5)].map(|l| next(&[2, 9], l)),
            [Some(2), Some(9), Some(2), Some(9)]
        );
        assert_eq!(least(&[2, 5, 9], &[(2, 3), (5, 1), (9, 1)]), Some(5));
        assert_eq!((next(&[], None), least(&[], &[])), (None, None));
    }
}
