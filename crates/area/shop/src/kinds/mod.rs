//! The kinds of shop: how each proves that a message is its own, and how its words are read.

mod plain;
mod shopify;
mod woo;

use crate::doc::Heard;
use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use zhike_kernel::{Currency, Error, Result, Stamp};
use zhike_web::seal;

/// Their words.
pub(crate) const KINDS: &[&str] = &["woocommerce", "shopify", "generic"];

/// A call as it came.
pub(crate) struct Post<'a> {
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub now: Stamp,
}

impl Post<'_> {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map_or("", str::trim)
    }
    /// A header as it is kept.
    fn word(&self, name: &str) -> String {
        self.header(name)
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(120)
            .collect()
    }
}

/// What is known of a call before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The shop tries whether somebody is there; it says nothing.
    Ping,
    /// It is the shop's: its topic, and the key under which the same message comes again.
    Mine { topic: String, delivery: String },
}

/// A call that is not the shop's.
pub(crate) fn wrong(code: &'static str) -> Error {
    Error {
        code,
        ..Error::unknown()
    }
}

/// Is one of these the message's HMAC-SHA256 under the secret, in base64?
pub(crate) fn signed(secret: &str, body: &[u8], given: &str) -> bool {
    let given = BASE64.decode(given).unwrap_or_default();
    !secret.is_empty() && !given.is_empty() && seal::same(&given, &seal::mac(secret.as_bytes(), &[body]))
}

/// A name for a message that has none.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    let mut sum = Sha256::new();
    for part in parts {
        sum.update(part);
        sum.update([0]);
    }
    seal::hex(sum.finalize().as_slice())
}

/// Is it the shop's? Nothing of its body is read before.
pub(crate) fn prove(kind: &str, secret: &str, post: &Post<'_>) -> Result<Proof> {
    match kind {
        "woocommerce" => woo::prove(secret, post),
        "shopify" => shopify::prove(secret, post),
        _ => plain::prove(secret, post),
    }
}

/// Reads what it says. Amounts that name no currency are in the shop's.
pub(crate) fn read(kind: &str, topic: &str, body: &str, currency: Currency) -> Result<Heard> {
    let json: Json = serde_json::from_str(body).map_err(|_| Error::invalid("error-shop-json"))?;
    match kind {
        "woocommerce" => woo::read(topic, &json, currency),
        "shopify" => shopify::read(topic, &json, currency),
        _ => plain::read(topic, &json, currency),
    }
}
