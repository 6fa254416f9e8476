//! The address under which providers report: `POST /api/v1/channel-hooks/{key}`. The proof is checked before anything is
//! read, a call is small, and the same call twice changes nothing.

use crate::{
    Ports, account,
    kinds::Post,
    take::{self, Counts},
};
use axum::{
    body::to_bytes,
    extract::{Path, Request},
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde_json::json;
use zhike_kernel::Error;
use zhike_web::{Answer, Visit, answer::json as answer};

/// Bytes of a call.
const MOST: usize = 256 * 1024;

pub(crate) async fn post(ports: Ports, visit: Visit, Path(key): Path<String>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let account = account::by_hook(&visit.ctx, &key).await?;
    let account = account.filter(|a| a.kind.hears()).ok_or_else(Error::missing)?;
    let body = to_bytes(body, MOST)
        .await
        .map_err(|_| Error::invalid("error-payload"))?;
    let post = Post {
        headers: &head.headers,
        body: &body,
        now: visit.now(),
    };
    let heard = account.kind.hear(&account, &post)?;
    let Counts { taken, known } = take::all(&visit.ctx, &ports, &account, &heard.items).await?;
    visit.app.nudge.notify_one();
    match heard.answer {
        Some(text) => {
            let media = match text.starts_with('{') {
                true => "application/json",
                false => "text/plain; charset=utf-8",
            };
            Ok((StatusCode::OK, [(header::CONTENT_TYPE, media)], text).into_response())
        }
        None => answer(StatusCode::OK, &json!({"taken": taken, "known": known})),
    }
}
