//! Where the provider tells what became of a session.

use super::{keep, link, post};
use axum::{
    extract::{Path, Request},
    http::StatusCode,
};
use serde_json::json;
use zhike_kernel::{Error, Kind};
use zhike_store::Ctx;
use zhike_web::{
    Visit,
    answer::{Answer, json as json_answer},
};

/// Largest notice.
const MOST: usize = 256 * 1024;

/// `POST /api/v1/pay/{provider}/webhook`. Whoever calls is nobody; the signature is what counts.
pub(crate) async fn take(visit: Visit, Path(name): Path<String>, request: Request) -> Answer {
    let house = Ctx::system(&visit.house, visit.door);
    let provider = keep::provider(house.db(), false).await?.filter(|p| p.name() == name);
    let Some(provider) = provider else {
        return Err(Error::missing().into());
    };
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MOST)
        .await
        .map_err(|_| Error::invalid("error-payload"))?;
    let signature = head.headers.get("stripe-signature").and_then(|v| v.to_str().ok());
    let notice = match provider.read(signature.unwrap_or(""), &body, house.now()) {
        Ok(notice) => notice,
        Err(e) => {
            if e.kind == Kind::Invalid {
                link::limit(&house, &visit.peer, "wrong").await?;
            }
            return Err(e.into());
        }
    };
    let tx = house.begin().await?;
    let outcome = post::take(&house, &tx, provider.name(), &notice).await?;
    tx.commit().await?;
    json_answer(StatusCode::OK, &json!({"received": true, "outcome": outcome}))
}
