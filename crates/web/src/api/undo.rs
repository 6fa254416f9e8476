//! Taking back one change or a whole batch, over the API.

use super::{
    once::{Begun, Reply, begin},
    sent::Sent,
};
use crate::{answer::Answer, visit::Visit};
use axum::http::StatusCode;
use zhike_kernel::Error;
use zhike_store::{Query, binds, undo};

/// So many events are read at once.
const CHUNK: i64 = 500;

fn done(undone: undo::Undone) -> Reply {
    let body = serde_json::json!({"done": undone.done, "kept": undone.kept});
    Reply::plain(StatusCode::OK, body)
}

/// `POST /api/v1/undo/event/{id}`.
pub async fn event(visit: Visit, id: String, sent: Sent) -> Answer {
    let id = super::id_of(&id)?;
    let (tx, once) = match begin(&visit, &sent).await? {
        Begun::Again(response) => return Ok(*response),
        Begun::New(tx, once) => (tx, once),
    };
    let undone = undo::event(&visit.ctx, &tx, id).await?;
    once.finish(tx, done(undone)).await
}

/// `POST /api/v1/undo/batch/{id}`: what was changed again afterwards is kept.
pub async fn batch(visit: Visit, id: String, sent: Sent) -> Answer {
    let id = super::id_of(&id)?;
    let types = visit
        .db()
        .all("SELECT DISTINCT record_type FROM event WHERE batch_id = $1", binds![id])
        .await?;
    if types.is_empty() || !visit.ctx.may_undo(visit.db(), id).await? {
        return Err(Error::missing().into());
    }
    for row in &types {
        let ty = visit.registry().get(&row.text(0)?)?;
        visit.require(&ty.permission("edit"))?;
    }
    let (tx, once) = match begin(&visit, &sent).await? {
        Begun::Again(response) => return Ok(*response),
        Begun::New(tx, once) => (tx, once),
    };
    let claimed = tx
        .exec(
            "UPDATE event_batch SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL",
            binds![tx.at.0, id],
        )
        .await?;
    if claimed != 1 {
        return Err(Error::refused("error-undo-twice").into());
    }
    let mut all = undo::Undone::default();
    let mut before = None;
    loop {
        let (part, next) = undo::batch(&visit.ctx, &tx, id, before, CHUNK, false).await?;
        all.done += part.done;
        all.kept += part.kept;
        before = next;
        if before.is_none() {
            break;
        }
    }
    once.finish(tx, done(all)).await
}
