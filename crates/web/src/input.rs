//! Our own extractors: what comes in as fields or as JSON, refused in our own words.

use crate::{answer::Failure, visit::App};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use zhike_kernel::Error;

/// Largest form or JSON body.
pub(crate) const MOST: usize = 2 * 1024 * 1024;

/// Pairs of a query string or a form, in order; a name may come several times.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
    /// The first value, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|v| !v.is_empty())
    }
    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| k == name).map(|(_, v)| v.as_str())
    }
    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }
    /// A whole number that must be there.
    pub fn need_int(&self, name: &str) -> Result<i64, Error> {
        self.int(name).ok_or_else(|| Error::field(name, "error-required"))
    }
    /// Reads `a=1&b=2`.
    pub fn parse(text: &str) -> Fields {
        Fields(
            text.split('&')
                .filter(|p| !p.is_empty())
                .map(|pair| {
                    let (k, v) = pair.split_once('=').unwrap_or((pair, ""));
                    (percent_decode(k), percent_decode(v))
                })
                .collect(),
        )
    }
    /// Writes them back, leaving out the names given and what is empty.
    pub fn without(&self, names: &[&str]) -> String {
        let kept: Vec<String> = self
            .0
            .iter()
            .filter(|(k, v)| !names.contains(&k.as_str()) && !v.is_empty())
            .map(|(k, v)| format!("{}={}", percent_encode(k), percent_encode(v)))
            .collect();
        kept.join("&")
    }
}

/// Writes a text so that it may stand in a query string.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => out.push(b' '),
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                match std::str::from_utf8(&hex)
                    .ok()
                    .and_then(|h| u8::from_str_radix(h, 16).ok())
                {
                    Some(v) => out.push(v),
                    None => {
                        out.push(b'%');
                        out.extend(hex);
                    }
                }
            }
            _ => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The query string.
pub struct Query(pub Fields);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query, Failure> {
        Ok(Query(Fields::parse(parts.uri.query().unwrap_or(""))))
    }
}

/// A posted form.
pub struct Form(pub Fields);

impl FromRequest<Arc<App>> for Form {
    type Rejection = Failure;
    async fn from_request(request: Request, _: &Arc<App>) -> Result<Form, Failure> {
        Ok(Form(whole(request).await?))
    }
}

/// The fields of a form that was posted without files.
pub(crate) async fn whole(request: Request) -> Result<Fields, Error> {
    let bytes = body(request).await.map_err(|f| f.0)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::invalid("error-request"))?;
    Ok(Fields::parse(text))
}

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, _: &Arc<App>) -> Result<Json<T>, Failure> {
        let bytes = body(request).await?;
        // A list of values would be taken for the fields in their order: nobody means that.
        if bytes.trim_ascii_start().first() == Some(&b'[') && crate::api::shape::of::<T>()["type"] == "object" {
            return Err(Failure(
                Error::invalid("error-json-shape")
                    .with("name", "")
                    .with("line", 1_usize)
                    .with("column", 1_usize),
            ));
        }
        serde_json::from_slice(&bytes)
            .map(Json)
            .map_err(|e| Failure(json_error(&e)))
    }
}

/// What is wrong with a JSON body, in our own words: the parser knows English only, but it knows the place.
pub(crate) fn json_error(e: &serde_json::Error) -> Error {
    let text = e.to_string();
    let code = match e.classify() {
        _ if text.starts_with("unknown field") => "error-json-unknown",
        _ if text.starts_with("missing field") => "error-json-missing",
        serde_json::error::Category::Data => "error-json-shape",
        serde_json::error::Category::Eof => "error-json-short",
        _ => "error-json",
    };
    // The parser puts names between backticks.
    let name = text.split('`').nth(1).unwrap_or_default();
    Error::invalid(code)
        .with("name", name)
        .with("line", e.line())
        .with("column", e.column())
}

async fn body(request: Request) -> Result<Bytes, Failure> {
    axum::body::to_bytes(request.into_body(), MOST)
        .await
        .map_err(|_| Failure(Error::invalid("error-payload")))
}

/// Only paths of this house, so that a link cannot send a person elsewhere after signing in.
pub fn own_path(next: Option<&str>) -> String {
    match next {
        Some(n) if n.starts_with('/') && !n.starts_with("//") && !n.contains('\\') && !n.contains(char::is_control) => {
            n.to_owned()
        }
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_own_paths_follow_a_sign_in() {
        assert_eq!(super::own_path(Some("/deals?x=1")), "/deals?x=1");
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:1",
        ] {
            assert_eq!(super::own_path(Some(bad)), "/");
        }
    }

    use super::*;

    #[test]
    fn reads_forms_as_browsers_send_them() {
        let f = Fields::parse("name=%E9%9D%92%E7%A6%BE+Co&id=1&id=2&x=%zz&empty=");
        assert_eq!(f.get("name"), Some("青禾 Co"));
        assert_eq!(f.all("id").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(f.get("x"), Some("%zz"));
        assert_eq!(f.filled("empty"), None);
        assert_eq!(f.without(&["id", "x"]), "name=%E9%9D%92%E7%A6%BE%20Co");
    }
}
