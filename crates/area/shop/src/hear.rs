//! The address that a shop calls: `POST /api/v1/shop-hooks/{key}`. The proof is checked before anything is read, a message is
//! kept before anything is done with it, and one that comes again changes nothing.

use crate::{
    kinds::{self, Post, Proof},
    message, setup,
};
use axum::{
    body::to_bytes,
    extract::{Path, Request},
    http::StatusCode,
};
use serde_json::json;
use zhike_kernel::Error;
use zhike_store::{Ctx, tries};
use zhike_web::{Answer, Visit, answer::json as answer};

/// Bytes of a message.
const MOST: usize = 1024 * 1024;
/// Calls of one address without a right signature within a quarter of an hour.
const WRONG: i64 = 60;

pub(crate) async fn post(visit: Visit, Path(key): Path<String>, request: Request) -> Answer {
    let house = Ctx::system(&visit.house, visit.door);
    let (shop, secret) = setup::by_hook(&house, &key).await?.ok_or_else(Error::missing)?;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MOST)
        .await
        .map_err(|_| Error::invalid("error-payload"))?;
    let post = Post {
        headers: &head.headers,
        body: &body,
        now: house.now(),
    };
    let (topic, delivery) = match kinds::prove(&shop.kind, &secret, &post) {
        Ok(Proof::Mine { topic, delivery }) => (topic, delivery),
        Ok(Proof::Ping) => return answer(StatusCode::OK, &json!({"taken": 0, "known": 0})),
        Err(e) => {
            tries::count(&house, "shop.hook", &visit.peer, WRONG).await?;
            setup::trouble(&house, shop.id, e.code).await?;
            return Err(e.into());
        }
    };
    let text = std::str::from_utf8(&body).map_err(|_| Error::invalid("error-shop-json"))?;
    let new = message::take(&house, shop.id, &topic, &delivery, text).await?;
    visit.app.nudge.notify_one();
    answer(
        StatusCode::OK,
        &json!({"taken": i64::from(new), "known": i64::from(!new)}),
    )
}
