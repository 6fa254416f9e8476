//! What a program sends: the raw body with its headers; the version it stands on; and problems with more to say than a
//! refusal.

use crate::{
    answer::Failure,
    visit::{App, Visit},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use zhike_kernel::{Error, Result};

/// Largest body.
const MOST: usize = 2 * 1024 * 1024;

/// A request with its body, unread.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Method.
    pub method: Method,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub bytes: Bytes,
}

impl FromRequest<Arc<App>> for Sent {
    type Rejection = Failure;
    async fn from_request(request: Request, _: &Arc<App>) -> Result<Sent, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, MOST)
            .await
            .map_err(|_| Failure(Error::invalid("error-payload")))?;
        Ok(Sent {
            method: parts.method,
            headers: parts.headers,
            bytes,
        })
    }
}

impl Sent {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim)
    }
    /// The body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes).map_err(|e| crate::input::json_error(&e))
    }
    /// The body, which must be a JSON object.
    pub fn object(&self) -> Result<Map<String, Json>> {
        match self.json()? {
            Json::Object(map) => Ok(map),
            _ => Err(Error::invalid("error-json-object")),
        }
    }
}

/// The mark of a version: `"v3"`.
pub fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// The version named by `If-Match`; nothing if it is absent or not of our making.
pub fn if_match(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::IF_MATCH)?.to_str().ok()?.trim();
    let number = text.strip_prefix("\"v")?.strip_suffix('"')?;
    number.parse().ok().filter(|v| *v > 0)
}

/// Does `If-None-Match` name this version?
pub(super) fn none_match(headers: &HeaderMap, version: i64) -> bool {
    let mark = etag(version);
    headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.split(',')
                .map(|m| m.trim().trim_start_matches("W/"))
                .any(|m| m == mark || m == "*")
        })
}

/// A refusal with a status of its own and more members than a plain one.
pub fn problem(visit: &Visit, status: StatusCode, e: &Error, more: Map<String, Json>) -> Response {
    let mut body = serde_json::json!({
        "type": format!("/problems/{}", e.code), "title": visit.loc.error(e), "status": status.as_u16(), "code": e.code,
    });
    if let Some(map) = body.as_object_mut() {
        map.extend(more);
    }
    (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}

/// 428: a change must say which version it stands on.
pub(super) fn version_wanted(visit: &Visit) -> Response {
    let e = Error::refused("error-if-match-missing");
    problem(visit, StatusCode::PRECONDITION_REQUIRED, &e, Map::new())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(name, value.parse().unwrap());
        map
    }

    #[test]
    fn a_version_is_read_from_its_mark_only() {
        assert_eq!(if_match(&with(header::IF_MATCH, &etag(12))), Some(12));
        for wrong in ["v12", "\"12\"", "*", "W/\"v12\"", "\"v0\"", "\"v-1\"", "\"v1\", \"v2\""] {
            assert_eq!(if_match(&with(header::IF_MATCH, wrong)), None, "{wrong}");
        }
        assert_eq!(if_match(&HeaderMap::new()), None);
    }

    #[test]
    fn a_known_version_is_found_in_a_list() {
        assert!(none_match(&with(header::IF_NONE_MATCH, "\"v1\", W/\"v2\""), 2));
        assert!(none_match(&with(header::IF_NONE_MATCH, "*"), 9));
        assert!(!none_match(&with(header::IF_NONE_MATCH, "\"v1\""), 11));
    }
}
