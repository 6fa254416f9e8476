//! How much one person may have of a pool, how much in a day, and how soon again.

use super::flow::Pool;
use jiff::ToSpan;
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Ctx, Query, RecordType, Tx, binds};

async fn held(q: &dyn Query, ty: &RecordType, pool: i64, user: i64) -> Result<i64> {
    let sql = format!(
        "SELECT count(*) FROM sales_holding h JOIN {} t ON t.id = h.record_id AND t.owner_id = h.user_id AND t.archived_at IS NULL \
         WHERE h.user_id = $1 AND h.pool_id = $2 AND h.subject = $3{}",
        ty.table,
        if ty.name == "lead" {
            " AND t.status NOT IN ('converted', 'rejected')"
        } else {
            ""
        }
    );
    q.number(&sql, binds![user, pool, ty.name]).await
}

async fn claimed_since(q: &dyn Query, pool: i64, user: i64, since: Stamp) -> Result<i64> {
    let sql =
        "SELECT count(*) FROM sales_ownership WHERE user_id = $1 AND why = 'claimed' AND at >= $2 AND pool_id = $3";
    q.number(sql, binds![user, since.0, pool]).await
}

/// What a person may still do today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Holds now.
    pub held: i64,
    /// Claimed today.
    pub today: i64,
}

/// How much the actor has of a pool.
pub(crate) async fn room(ctx: &Ctx, q: &dyn Query, pool: &Pool) -> Result<Room> {
    let ty = ctx.registry().get(pool.subject)?.clone();
    let user = ctx.actor.user.unwrap_or(0);
    let midnight = Stamp::start_of(ctx.today(), &ctx.house.zone);
    Ok(Room {
        held: held(q, &ty, pool.id, user).await?,
        today: claimed_since(q, pool.id, user, midnight).await?,
    })
}

/// Refuses beyond the limits.
pub(super) fn within(pool: &Pool, room: Room) -> Result<()> {
    if let Some(most) = pool.held.filter(|most| room.held >= *most) {
        return Err(Error::refused("error-pool-held").with("most", most));
    }
    if let Some(most) = pool.day.filter(|most| room.today >= *most) {
        return Err(Error::refused("error-pool-day").with("most", most));
    }
    Ok(())
}

pub(super) async fn not_back_too_soon(ctx: &Ctx, tx: &Tx, pool: &Pool, record: i64, user: i64) -> Result<()> {
    let sql = "SELECT from_id, at FROM sales_ownership WHERE subject = $1 AND record_id = $2 AND to_id IS NULL ORDER BY id DESC LIMIT 1";
    let Some(row) = tx.one(sql, binds![pool.subject, record]).await? else {
        return Ok(());
    };
    if row.opt_int(0)? != Some(user) || pool.back <= 0 {
        return Ok(());
    }
    let left = Stamp(row.int(1)?).date(&ctx.house.zone);
    let free: Date = left.checked_add(pool.back.days()).unwrap_or(left);
    if free > ctx.today() {
        return Err(Error::refused("error-pool-back").with("day", free.to_string()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_refuse_at_their_number() {
        let pool = Pool {
            id: 1,
            name: String::new(),
            subject: "party",
            held: Some(2),
            day: Some(1),
            back: 0,
        };
        assert!(within(&pool, Room { held: 1, today: 0 }).is_ok());
        let code = |held, today| within(&pool, Room { held, today }).map_err(|e| e.code).err();
        assert_eq!(code(2, 0), Some("error-pool-held"));
        assert_eq!(code(0, 1), Some("error-pool-day"));
    }
}
