//! Noting how a carrier ended.

use super::{TRIES, pause, wake};
use crate::outbound::event;
use zhike_contract::outbound::Carried;
use zhike_kernel::Result;
use zhike_store::{Ctx, Event, Query, Tx, binds};

/// Notes what became of what was carried.
pub(super) async fn note(ctx: &Ctx, carried: Vec<(i64, i64, i64, Result<Carried>)>) -> Result<()> {
    let tx = ctx.begin().await?;
    let mut events = vec![];
    for (id, party, tries, result) in carried {
        let result = result.unwrap_or_else(|e| Carried::Again(tx.at, e.to_string()));
        events.extend(end(&tx, id, party, tries, result).await?);
    }
    tx.emit_many(ctx.registry().listeners(), events).await?;
    tx.commit().await
}

/// One message as its carrier left it; only while it is still the carrier's.
pub(super) async fn end(tx: &Tx, id: i64, party: i64, tries: i64, result: Carried) -> Result<Option<Event>> {
    let result = match result {
        Carried::Again(_, why) if tries + 1 >= TRIES => Carried::Refused(why),
        other => other,
    };
    Ok(match result {
        Carried::Gone(remote) => {
            let sql = "UPDATE consent_message SET status = 'gone', gone_at = $1, remote = $2, error = NULL, leased_until = NULL, \
                       tries = tries + 1, version = version + 1, updated_at = $1 WHERE id = $3 AND status IN ('going', 'unsure')";
            let done = tx.exec(sql, binds![tx.at.0, cut(&remote), id]).await?;
            (done == 1).then(|| event("message.gone.v1", id, party, None))
        }
        Carried::Refused(why) => {
            let sql = "UPDATE consent_message SET status = 'refused', error = $1, leased_until = NULL, tries = tries + 1, \
                       version = version + 1, updated_at = $2 WHERE id = $3 AND status = 'going'";
            let done = tx.exec(sql, binds![cut(&why), tx.at.0, id]).await?;
            uncount(tx, id).await?;
            (done == 1).then(|| event("message.refused.v1", id, party, Some(cut(&why))))
        }
        // It was told beside what the carrier wrote down.
        Carried::Underway(_) => None,
        Carried::Unsure(why) => {
            let sql = "UPDATE consent_message SET status = 'unsure', error = $1, leased_until = NULL, tries = tries + 1, \
                       version = version + 1, updated_at = $2 WHERE id = $3 AND status = 'going'";
            let done = tx.exec(sql, binds![cut(&why), tx.at.0, id]).await?;
            (done == 1).then(|| event("message.unsure.v1", id, party, Some(cut(&why))))
        }
        Carried::Again(after, why) => {
            let next = after.max(tx.at.plus_seconds(pause(tries)));
            let sql = "UPDATE consent_message SET status = 'waiting', error = $1, not_before = $2, leased_until = NULL, tries = tries + 1, \
                       version = version + 1, updated_at = $3 WHERE id = $4 AND status = 'going'";
            tx.exec(sql, binds![cut(&why), next.0, tx.at.0, id]).await?;
            uncount(tx, id).await?;
            wake(tx, next).await?;
            None
        }
    })
}

/// What people carry: with them for as long as it takes, then ended by them. Given back, it counts as no try.
pub(crate) async fn by_people(ctx: &Ctx, tx: &Tx, id: i64, carried: Carried) -> Result<bool> {
    let sql = "SELECT party_id, COALESCE(tries, 0) FROM consent_message WHERE id = $1 AND status = 'going'";
    let Some(row) = tx.one(sql, binds![id]).await? else {
        return Ok(false);
    };
    let (party, tries) = (row.int(0)?, row.int(1)?);
    match carried {
        Carried::Underway(remote) => {
            let sql = "UPDATE consent_message SET remote = $1, error = NULL, leased_until = NULL, version = version + 1, updated_at = $2 \
                       WHERE id = $3 AND status = 'going'";
            tx.exec(sql, binds![cut(&remote), tx.at.0, id]).await?;
        }
        Carried::Again(after, why) => {
            let sql = "UPDATE consent_message SET status = 'waiting', error = $1, remote = NULL, not_before = $2, leased_until = NULL, \
                       version = version + 1, updated_at = $3 WHERE id = $4 AND status = 'going'";
            tx.exec(
                sql,
                binds![Some(cut(&why)).filter(|w| !w.is_empty()), after.0, tx.at.0, id],
            )
            .await?;
            uncount(tx, id).await?;
            wake(tx, after).await?;
        }
        other => {
            let event = end(tx, id, party, tries, other).await?;
            tx.emit_many(ctx.registry().listeners(), event.into_iter().collect())
                .await?;
        }
    }
    Ok(true)
}

fn cut(text: &str) -> String {
    text.chars().take(300).collect()
}

/// What did not go is not counted.
pub(crate) async fn uncount(tx: &Tx, message: i64) -> Result<()> {
    tx.exec("DELETE FROM consent_sent WHERE message_id = $1", binds![message])
        .await
        .map(|_| ())
}
