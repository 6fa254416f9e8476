//! A POST that is sent twice is done once. The key is kept in the transaction of the change, so that either both are
//! there or neither; a second sender waits for the first and is answered as it was.

use super::sent::Sent;
use crate::{answer::Answer, visit::Visit};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use zhike_kernel::{Error, Result};
use zhike_store::{Query, Tx, binds};

/// An answer is kept for so long.
const KEPT: i64 = 24 * 3600;
/// A POST that keeps its key in another transaction than its work, and was cut off, may be tried again after this time.
const CUT_OFF: i64 = 600;

/// What to answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Body.
    pub body: Json,
    /// Version of the record, if it is one.
    pub etag: Option<String>,
    /// Address of a new record.
    pub location: Option<String>,
}

impl Reply {
    /// An answer without a version.
    pub fn plain(status: StatusCode, body: Json) -> Reply {
        Reply {
            status,
            body,
            etag: None,
            location: None,
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (
            self.status,
            [(header::CONTENT_TYPE, "application/json")],
            self.body.to_string(),
        )
            .into_response();
        let pairs = [(header::ETAG, self.etag), (header::LOCATION, self.location)];
        for (name, value) in pairs {
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The key of a POST, if it has one.
#[derive(Clone, Debug)]
pub struct Once {
    actor: i64,
    key: Option<String>,
    fingerprint: String,
}

/// How a POST begins.
pub enum Begun {
    /// It was done before: this is what was answered.
    Again(Box<Response>),
    /// It is new: work in this transaction, then [`Once::finish`] it.
    New(Tx, Once),
}

/// Begins a POST: `match begin(&visit, &sent).await? { Begun::Again(r) => Ok(*r), Begun::New(tx, once) => … }`.
pub async fn begin(visit: &Visit, sent: &Sent) -> Result<Begun> {
    let once = Once::of(visit, sent)?;
    let tx = visit.ctx.begin().await?;
    Ok(match once.enter(visit, &tx).await? {
        Some(reply) => Begun::Again(Box::new(again(reply))),
        None => Begun::New(tx, once),
    })
}

impl Once {
    /// The key that was sent.
    pub fn of(visit: &Visit, sent: &Sent) -> Result<Once> {
        let key = match sent.headers.get("idempotency-key") {
            None => None,
            Some(value) => Some(read_key(value).ok_or_else(|| Error::invalid("error-idempotency-key"))?),
        };
        Ok(Once {
            actor: visit.actor.user.unwrap_or(0),
            key,
            fingerprint: fingerprint(sent.method.as_str(), &visit.uri, &sent.bytes),
        })
    }

    /// Takes the key in `tx`, or finds what was answered before.
    pub async fn enter(&self, visit: &Visit, tx: &Tx) -> Result<Option<Reply>> {
        let Some(key) = &self.key else { return Ok(None) };
        let old = tx.at.0.saturating_sub(KEPT * 1_000_000);
        let cut_off = tx.at.0.saturating_sub(CUT_OFF * 1_000_000);
        tx.exec(
            "DELETE FROM idempotency WHERE actor_id = $1 AND idem_key = $2 AND (at < $3 OR (status IS NULL AND at < $4))",
            binds![self.actor, key.as_str(), old, cut_off],
        )
        .await?;
        // Everything old goes once in a while, not with each request.
        if self.fingerprint.starts_with("00") {
            tx.exec("DELETE FROM idempotency WHERE at < $1", binds![old]).await?;
        }
        let taken = tx
            .exec(
                "INSERT INTO idempotency (actor_id, idem_key, fingerprint, at) VALUES ($1,$2,$3,$4) \
                 ON CONFLICT (actor_id, idem_key) DO NOTHING",
                binds![self.actor, key.as_str(), self.fingerprint.as_str(), tx.at.0],
            )
            .await?;
        if taken == 1 {
            return Ok(None);
        }
        let row = tx
            .one(
                "SELECT fingerprint, status, body, etag FROM idempotency WHERE actor_id = $1 AND idem_key = $2",
                binds![self.actor, key.as_str()],
            )
            .await?
            .ok_or_else(|| Error::refused("error-idempotency-running"))?;
        if row.text(0)? != self.fingerprint {
            return Err(Error::refused("error-idempotency-other"));
        }
        let status = row
            .opt_int(1)?
            .ok_or_else(|| Error::refused("error-idempotency-running"))?;
        let status = u16::try_from(status)
            .ok()
            .and_then(|s| StatusCode::from_u16(s).ok())
            .unwrap_or(StatusCode::OK);
        let body: Json = serde_json::from_str(&row.opt_text(2)?.unwrap_or_default()).unwrap_or(Json::Null);
        let new = (status == StatusCode::CREATED).then(|| body.get("id").and_then(Json::as_i64));
        Ok(Some(Reply {
            status,
            etag: row.opt_text(3)?,
            location: new.flatten().map(|id| format!("{}/{id}", visit.path())),
            body,
        }))
    }

    /// Keeps the answer with the key.
    pub async fn leave(&self, tx: &Tx, reply: &Reply) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        tx.exec(
            "UPDATE idempotency SET status = $1, body = $2, etag = $3 WHERE actor_id = $4 AND idem_key = $5",
            binds![
                i64::from(reply.status.as_u16()),
                reply.body.to_string(),
                reply.etag.clone(),
                self.actor,
                key.as_str()
            ],
        )
        .await
        .map(|_| ())
    }

    /// Forgets a key taken in an earlier transaction, for work that failed.
    pub async fn forget(&self, tx: &Tx) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        tx.exec(
            "DELETE FROM idempotency WHERE actor_id = $1 AND idem_key = $2 AND status IS NULL",
            binds![self.actor, key.as_str()],
        )
        .await
        .map(|_| ())
    }

    /// Keeps the answer, commits and answers.
    pub async fn finish(&self, tx: Tx, reply: Reply) -> Answer {
        self.leave(&tx, &reply).await?;
        tx.commit().await?;
        Ok(reply.into_response())
    }
}

/// An answer that was given before.
pub fn again(reply: Reply) -> Response {
    let mut response = reply.into_response();
    response.headers_mut().insert(
        HeaderName::from_static("idempotency-replayed"),
        HeaderValue::from_static("true"),
    );
    response
}

fn read_key(value: &HeaderValue) -> Option<String> {
    let key = value.to_str().ok()?.trim();
    let good = (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    good.then(|| key.to_owned())
}

fn fingerprint(method: &str, uri: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), uri.as_bytes(), body] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_requests_apart() {
        let one = fingerprint("POST", "/api/v1/parties", b"{}");
        assert_eq!(one, fingerprint("POST", "/api/v1/parties", b"{}"));
        for other in [
            fingerprint("PUT", "/api/v1/parties", b"{}"),
            fingerprint("POST", "/api/v1/parties{", b"}"),
            fingerprint("POST", "/api/v1/parties", b"{ }"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_key_is_short_and_plain() {
        assert_eq!(
            read_key(&HeaderValue::from_static(" 7f3a-b ")),
            Some("7f3a-b".to_owned())
        );
        assert_eq!(read_key(&HeaderValue::from_static("")), None);
        assert_eq!(read_key(&HeaderValue::from_static("two words")), None);
        assert_eq!(
            HeaderValue::from_str(&"k".repeat(201)).ok().and_then(|v| read_key(&v)),
            None
        );
    }
}
