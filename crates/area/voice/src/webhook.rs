//! Signed messages of a switchboard (Standard Webhooks): whoever calls is nobody, the signature is what counts; a message
//! that is old or was taken before is refused.

use crate::{
    Ports, api, recording,
    switchboard::{self, PREFIX},
    told,
};
use axum::{
    extract::{Path, Request},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query as _, Tx, binds};
use zhike_web::{Answer, Query, Visit, answer::json as answer, seal};

/// Largest message.
const MOST: usize = 2 * 1024 * 1024;
/// Clocks may differ by so much; older messages are refused.
const SECONDS: i64 = 300;

/// The value that a message must be signed with.
pub(crate) fn sign(secret: &str, id: &str, seconds: &str, body: &[u8]) -> Vec<u8> {
    let key = BASE64.decode(secret.trim_start_matches(PREFIX)).unwrap_or_default();
    if key.is_empty() {
        return vec![];
    }
    seal::mac(&key, &[id.as_bytes(), b".", seconds.as_bytes(), b".", body])
}

fn wrong(code: &'static str) -> Error {
    Error {
        code,
        ..Error::unknown()
    }
}

/// The heads of a message.
pub(crate) struct Head {
    pub id: String,
    pub seconds: String,
    pub signatures: String,
}

/// Reads the heads; a message that is too old (or from the future) is not even read.
pub(crate) fn head(headers: &HeaderMap, now: zhike_kernel::Stamp) -> Result<Head> {
    let get = |name: &str| {
        let value = headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").trim();
        Some(value.to_owned())
            .filter(|v| !v.is_empty() && v.len() <= 600)
            .ok_or_else(|| wrong("error-call-hook-head"))
    };
    let (id, seconds, signatures) = (get("webhook-id")?, get("webhook-timestamp")?, get("webhook-signature")?);
    let at: i64 = seconds.parse().map_err(|_| wrong("error-call-hook-head"))?;
    if id.len() > 200 {
        return Err(wrong("error-call-hook-head"));
    }
    if (now.0 / 1_000_000).checked_sub(at).is_none_or(|d| d.abs() > SECONDS) {
        return Err(wrong("error-call-hook-time"));
    }
    Ok(Head {
        id,
        seconds,
        signatures,
    })
}

/// Is one of the signatures right?
pub(crate) fn right(secret: &str, head: &Head, body: &[u8]) -> bool {
    let expected = sign(secret, &head.id, &head.seconds, body);
    let fits = |given: &str| BASE64.decode(given).is_ok_and(|g| seal::same(&g, &expected));
    !expected.is_empty()
        && head
            .signatures
            .split_whitespace()
            .filter_map(|s| s.strip_prefix("v1,"))
            .any(fits)
}

/// A message is taken once.
pub(crate) async fn once(tx: &Tx, switchboard: i64, head: &Head) -> Result<()> {
    tx.exec(
        "DELETE FROM voice_seen WHERE at < $1",
        binds![tx.at.plus_seconds(-4 * SECONDS).0],
    )
    .await?;
    let sql = "INSERT INTO voice_seen (switchboard_id, message, at) VALUES ($1, $2, $3) ON CONFLICT (switchboard_id, message) DO NOTHING";
    let key = format!("{}.{}", head.seconds, head.id);
    if tx.exec(sql, binds![switchboard, key, tx.at.0]).await? == 0 {
        return Err(Error::refused("error-call-hook-replayed"));
    }
    Ok(())
}

/// The switchboard of an address, if it is in use; with its secret.
pub(crate) async fn found(ctx: &Ctx, id: &str) -> Result<(i64, String)> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let sql = "SELECT count(*) FROM voice_switchboard WHERE id = $1 AND active AND archived_at IS NULL";
    if ctx.db().number(sql, binds![id]).await? == 0 {
        return Err(Error::missing());
    }
    let (hook, _) = switchboard::secrets(ctx.db(), id).await?;
    Ok((id, hook))
}

/// `POST /api/v1/switchboards/{id}/events`.
pub(crate) async fn take(ports: Ports, visit: Visit, Path(id): Path<String>, request: Request) -> Answer {
    let house = Ctx::system(&visit.house, visit.door);
    let (id, secret) = found(&house, &id).await?;
    let (parts, body) = request.into_parts();
    let head = head(&parts.headers, house.now())?;
    let body = axum::body::to_bytes(body, MOST)
        .await
        .map_err(|_| Error::invalid("error-payload"))?;
    if !right(&secret, &head, &body) {
        return Err(wrong("error-call-hook-signature").into());
    }
    let sent = serde_json::from_slice(&body).map_err(|_| Error::invalid("error-call-events"))?;
    let all = api::events(sent)?;
    let read = api::prepare(&house, Some(&format!("board:{id}")), &all).await?;
    let tx = house.begin().await?;
    once(&tx, id, &head).await?;
    let said = api::apply(&house, &tx, &ports, &read).await?;
    switchboard::told(&house, &tx, id, None, i64::try_from(all.len()).unwrap_or(0)).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer(StatusCode::OK, &said)
}

/// `PUT /api/v1/switchboards/{id}/recording?call=…`: a WAV file as it is, signed like a message.
pub(crate) async fn recording(visit: Visit, Path(id): Path<String>, Query(q): Query, request: Request) -> Answer {
    let house = Ctx::system(&visit.house, visit.door);
    let (id, secret) = found(&house, &id).await?;
    let head = head(request.headers(), house.now())?;
    let key = told::name(q.get("call").unwrap_or(""), "call")?;
    let bytes = recording::body(request).await?;
    if !right(&secret, &head, &bytes) {
        return Err(wrong("error-call-hook-signature").into());
    }
    let kept = recording::store(&house, bytes).await?;
    let tx = house.begin().await?;
    once(&tx, id, &head).await?;
    let (made, repeated) = recording::enter(&house, &tx, (&format!("board:{id}"), &key), &kept).await?;
    switchboard::told(&house, &tx, id, None, 1).await?;
    tx.commit().await?;
    answer(
        StatusCode::OK,
        &serde_json::json!({"recording": made, "repeated": repeated}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhike_kernel::Stamp;

    #[test]
    fn only_what_is_signed_and_fresh_is_read() {
        // The example of the Standard Webhooks reference libraries.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".parse().unwrap());
        headers.insert("webhook-timestamp", "1614265330".parse().unwrap());
        headers.insert(
            "webhook-signature",
            "v1,xx v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".parse().unwrap(),
        );
        let now = Stamp(1_614_265_400_000_000);
        let read = head(&headers, now).unwrap();
        assert!(right(secret, &read, b"{\"test\": 2432232314}"));
        assert!(!right(secret, &read, b"{\"test\": 2432232315}"));
        assert!(!right("", &read, b"{\"test\": 2432232314}"));
        assert_eq!(
            head(&headers, now.plus_seconds(3_000)).err().map(|e| e.code),
            Some("error-call-hook-time")
        );
        assert_eq!(
            head(&headers, now.plus_seconds(-3_000)).err().map(|e| e.code),
            Some("error-call-hook-time")
        );
        headers.remove("webhook-signature");
        assert_eq!(head(&headers, now).err().map(|e| e.code), Some("error-call-hook-head"));
    }
}
