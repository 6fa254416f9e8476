//! Taking back what was just done: one change, or a whole batch.

use crate::{
    answer::{Answer, see_other, with_toast},
    visit::Visit,
};
use axum::response::IntoResponse;
use zhike_kernel::{Arg, Error};
use zhike_store::{Query, binds, event as log, undo};

/// So many events are undone in one transaction.
const CHUNK: i64 = 500;

/// Undoes one event.
pub async fn event(visit: Visit, id: String) -> Answer {
    let id = super::id_of(&id)?;
    let tx = visit.ctx.begin().await?;
    undo::event(&visit.ctx, &tx, id).await?;
    let logged = log::find(&tx, id).await?.ok_or_else(Error::missing)?;
    tx.commit().await?;
    if visit.fragment {
        let response = axum::http::StatusCode::OK.into_response();
        return Ok(with_toast(response, &visit.loc.t("web-undone"), None));
    }
    let ty = visit.registry().get(&logged.record_type)?;
    see_other(&if ty.pages {
        ty.url(logged.record)
    } else {
        "/".to_owned()
    })
}

/// Undoes a batch: what was changed again afterwards stays.
pub async fn batch(visit: Visit, id: String) -> Answer {
    let id = super::id_of(&id)?;
    let types = visit
        .db()
        .all("SELECT DISTINCT record_type FROM event WHERE batch_id = $1", binds![id])
        .await?;
    if types.is_empty() || !visit.ctx.may_undo(visit.db(), id).await? {
        return Err(Error::missing().into());
    }
    let mut path = "/";
    for row in &types {
        let ty = visit.registry().get(&row.text(0)?)?;
        visit.require(&ty.permission("edit"))?;
        path = if ty.pages { ty.path } else { path };
    }
    let tx = visit.ctx.begin().await?;
    let claim = "UPDATE event_batch SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL";
    if tx.exec(claim, binds![tx.at.0, id]).await? != 1 {
        return Err(Error::refused("error-undo-twice").into());
    }
    tx.commit().await?;
    let (mut done, mut kept, mut before) = (0, 0, None);
    loop {
        let tx = visit.ctx.begin().await?;
        let (part, next) = undo::batch(&visit.ctx, &tx, id, before, CHUNK, false).await?;
        tx.commit().await?;
        done += part.done;
        kept += part.kept;
        before = next;
        if before.is_none() {
            break;
        }
    }
    let args: [(&str, Arg); 2] = [("done", done.into()), ("kept", kept.into())];
    let words = if kept == 0 {
        visit.loc.t("web-undone")
    } else {
        visit.loc.tv("records-undone-some", &args)
    };
    let response = if visit.fragment {
        axum::http::StatusCode::OK.into_response()
    } else {
        see_other(path)?
    };
    Ok(with_toast(response, &words, None))
}
