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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{doc::Word, fit};
    use proptest::prelude::*;
    use serde_json::json;

    fn samples() -> [(&'static str, &'static str, Json); 4] {
        let line = json!({"id": 1, "product_id": 2, "variation_id": 0, "quantity": 2, "subtotal": "7.00", "total": "6.00",
            "total_tax": "0.45", "sku": "A", "name": "a", "price": "3.00", "unit_price": "3.00", "tax_lines": [{"price": "0.45"}],
            "discount_allocations": [{"amount": "1.00"}], "tax_rate": "7.5"});
        let whole = json!({"id": 1, "token": "t", "currency": "EUR", "total": "6.45", "total_price": "6.45", "status": "processing",
            "taxes_included": true, "financial_status": "paid", "line_items": [line], "lines": [line], "shipping_lines": [line],
            "fee_lines": [{"id": 3, "total": "-1.00", "total_tax": "0.00"}], "refunds": [{"id": 1, "total": "-1.00", "amount": "1.00"}],
            "billing": {"first_name": "A"}, "customer": {"id": 1, "email": "a@b.cn"}, "date_paid_gmt": "2026-01-01T00:00:00"});
        [
            ("woocommerce", "order.created", whole.clone()),
            ("shopify", "orders/create", whole.clone()),
            ("shopify", "checkouts/create", whole.clone()),
            (
                "generic",
                "",
                json!({"topic": "order", "at": "2026-01-01T00:00:00Z", "data": whole}),
            ),
        ]
    }

    /// Every place of a document, in order.
    fn places(json: &mut Json, at: &mut usize, wanted: usize, new: &Json) {
        if *at == wanted {
            *json = new.clone();
        }
        *at += 1;
        match json {
            Json::Array(all) => all.iter_mut().for_each(|j| places(j, at, wanted, new)),
            Json::Object(all) => all.iter_mut().for_each(|(_, j)| places(j, at, wanted, new)),
            _ => {}
        }
    }

    fn odd() -> impl Strategy<Value = Json> {
        prop_oneof![
            Just(Json::Null),
            Just(json!([])),
            Just(json!({})),
            Just(json!("-99999999999999999.99")),
            Just(json!("92233720368547758.07")),
            Just(json!(1e300)),
            any::<i64>().prop_map(Json::from),
            any::<bool>().prop_map(Json::from),
            "[ -~\u{4e00}-\u{4e10}\n]{0,20}".prop_map(Json::from),
        ]
    }

    proptest! {
        /// Whatever stands where, it is read or refused.
        #[test]
        fn no_message_breaks_the_reader(which in 0_usize..4, changes in prop::collection::vec((0_usize..60, odd()), 1..4)) {
            let (kind, topic, mut body) = samples()[which].clone();
            for (place, new) in &changes {
                places(&mut body, &mut 0, *place, new);
            }
            if let Ok(heard) = read(kind, topic, &body.to_string(), Currency::CNY)
                && let Word::Order(o) = heard.word
                && let Ok(rows) = fit::rows(&o.lines, o.total)
            {
                prop_assert_eq!(rows.iter().map(|(_, r)| r.net + r.tax).sum::<i64>(), o.total);
            }
        }

        #[test]
        fn no_bytes_break_the_reader(kind in 0_usize..3, text in "\\PC{0,200}") {
            let _ = read(KINDS[kind], "order.created", &text, Currency::CNY);
        }
    }
}
