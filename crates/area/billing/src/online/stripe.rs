//! The protocol of Stripe Checkout, which other providers speak too: a session by a form-encoded request, signed
//! notices of what became of it.

use super::provider::{Checkout, Notice, Opened, PaymentProvider, Session, Word};
use async_trait::async_trait;
use serde_json::Value as Any;
use zhike_kernel::{Error, Result, Stamp};
use zhike_outward::Outward;
use zhike_web::{input::percent_encode, seal};

/// A signature may be so old, or so far ahead.
const TOLERANCE: i64 = 300;

/// The provider with its keys. It has no `Debug`: keys do not get into logs.
pub(crate) struct Stripe {
    pub base: String,
    pub key: String,
    pub webhook: String,
}

impl Stripe {
    fn form(ask: &Checkout) -> String {
        let amount = ask.amount.to_string();
        let currency = ask.currency.code().to_ascii_lowercase();
        let pairs = [
            ("mode", "payment"),
            ("client_reference_id", ask.intent.as_str()),
            ("metadata[zhike]", ask.intent.as_str()),
            ("payment_intent_data[metadata][zhike]", ask.intent.as_str()),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", currency.as_str()),
            ("line_items[0][price_data][unit_amount]", amount.as_str()),
            ("line_items[0][price_data][product_data][name]", ask.title.as_str()),
            ("success_url", ask.success.as_str()),
            ("cancel_url", ask.cancel.as_str()),
            ("locale", if ask.zh { "zh" } else { "en" }),
        ];
        let all: Vec<String> = pairs
            .iter()
            .map(|(k, v)| format!("{}={}", percent_encode(k), percent_encode(v)))
            .collect();
        all.join("&")
    }
}

/// A text within JSON, empty when there is none.
fn text(v: &Any, name: &str) -> String {
    v.get(name).and_then(Any::as_str).unwrap_or("").to_owned()
}

/// Did the provider sign this, and lately? `t=…,v1=…[,v1=…]`; the signature is over `t.body`.
pub(crate) fn verify(secret: &str, header: &str, body: &[u8], now: Stamp) -> Result<()> {
    let parts: Vec<(&str, &str)> = header.split(',').filter_map(|p| p.trim().split_once('=')).collect();
    let at = parts.iter().find(|p| p.0 == "t").map_or("", |p| p.1);
    let right = seal::hex(&seal::mac(secret.as_bytes(), &[at.as_bytes(), b".", body]));
    let mut fits = false;
    for (_, given) in parts.iter().filter(|p| p.0 == "v1") {
        fits |= seal::same(right.as_bytes(), given.as_bytes());
    }
    let seconds: i64 = at.parse().map_err(|_| Error::invalid("error-pay-signature"))?;
    if secret.is_empty() || !fits {
        return Err(Error::invalid("error-pay-signature"));
    }
    let age = (now.0 / 1_000_000).saturating_sub(seconds);
    if !(-TOLERANCE..=TOLERANCE).contains(&age) {
        return Err(Error::invalid("error-pay-signature-old"));
    }
    Ok(())
}

/// What a notice says.
pub(crate) fn read(body: &[u8]) -> Result<Notice> {
    let bad = || Error::invalid("error-pay-notice");
    let all: Any = serde_json::from_slice(body).map_err(|_| bad())?;
    let (id, kind) = (text(&all, "id"), text(&all, "type"));
    let object = all.pointer("/data/object").ok_or_else(bad)?;
    if id.is_empty() || id.len() > 200 || kind.is_empty() || kind.len() > 200 {
        return Err(bad());
    }
    let session = || Session {
        session: text(object, "id"),
        intent: text(object, "client_reference_id"),
    };
    let amount = |name: &str| {
        object
            .get(name)
            .and_then(Any::as_i64)
            .filter(|v| *v >= 0)
            .ok_or_else(bad)
    };
    let word = match kind.as_str() {
        // Slow ways of paying complete the session first and bring the money later.
        "checkout.session.completed" | "checkout.session.async_payment_succeeded"
            if text(object, "payment_status") == "paid" =>
        {
            Word::Paid {
                session: session(),
                amount: amount("amount_total")?,
                currency: text(object, "currency").to_ascii_uppercase(),
                charge: text(object, "payment_intent"),
            }
        }
        "checkout.session.expired" => Word::Ended {
            session: session(),
            failed: false,
        },
        "checkout.session.async_payment_failed" => Word::Ended {
            session: session(),
            failed: true,
        },
        "charge.refunded" => Word::Refunded {
            charge: text(object, "payment_intent"),
            amount: amount("amount_refunded")?,
        },
        _ => Word::Other,
    };
    Ok(Notice { id, kind, word })
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    async fn open(&self, outward: &Outward, ask: &Checkout) -> Result<Opened> {
        let address = format!("{}/v1/checkout/sessions", self.base.trim_end_matches('/'));
        let bearer = format!("Bearer {}", self.key);
        let headers = [
            ("authorization", bearer.as_str()),
            ("idempotency-key", ask.intent.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let reply = outward.post(&address, &headers, Stripe::form(ask).into_bytes()).await?;
        let body: Any = serde_json::from_str(&reply.body).unwrap_or(Any::Null);
        if !reply.good() {
            let why = body.pointer("/error/message").and_then(Any::as_str).unwrap_or("");
            let code = match reply.status {
                401 | 403 => "error-pay-key",
                429 => "error-pay-busy",
                500.. => "error-pay-down",
                _ => "error-pay-refused",
            };
            return Err(Error::refused(code)
                .with("status", i64::from(reply.status))
                .with("why", why.chars().take(300).collect::<String>()));
        }
        let (session, url) = (text(&body, "id"), text(&body, "url"));
        if session.is_empty() || session.len() > 200 || outward.judge(&url).is_err() {
            return Err(Error::refused("error-pay-answer"));
        }
        let ends_at = body.get("expires_at").and_then(Any::as_i64);
        Ok(Opened {
            session,
            url,
            ends_at: ends_at.map(|s| Stamp(s.saturating_mul(1_000_000))),
        })
    }

    fn read(&self, signature: &str, body: &[u8], now: Stamp) -> Result<Notice> {
        verify(&self.webhook, signature, body, now)?;
        read(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhike_kernel::Currency;

    fn header(secret: &str, at: i64, body: &[u8]) -> String {
        let sum = seal::hex(&seal::mac(secret.as_bytes(), &[at.to_string().as_bytes(), b".", body]));
        format!("t={at},v0=00,v1={sum}")
    }

    #[test]
    fn only_the_providers_own_words_of_late_are_taken() {
        let (now, body) = (Stamp(1_800_000_000_000_000), b"{\"id\":\"evt_1\"}");
        let seconds = 1_800_000_000;
        let check = |h: &str, b: &[u8]| verify("whsec_x", h, b, now).map_err(|e| e.code);
        assert_eq!(check(&header("whsec_x", seconds, body), body), Ok(()));
        assert_eq!(check(&header("whsec_x", seconds - 300, body), body), Ok(()));
        assert_eq!(
            check(&header("whsec_x", seconds - 301, body), body),
            Err("error-pay-signature-old")
        );
        assert_eq!(
            check(&header("whsec_x", seconds + 301, body), body),
            Err("error-pay-signature-old")
        );
        let wrong = Err("error-pay-signature");
        assert_eq!(check(&header("whsec_y", seconds, body), body), wrong);
        assert_eq!(check(&header("whsec_x", seconds, body), b"{}"), wrong);
        for bad in [
            "",
            "t=x,v1=00",
            &format!("t={seconds}"),
            "v1=00",
            &format!("t={seconds},v1="),
        ] {
            assert_eq!(check(bad, body), wrong, "{bad}");
        }
        // A second signature is there while a secret is exchanged.
        let two = format!("{},v1=00ff", header("whsec_x", seconds, body));
        assert_eq!(check(&two, body), Ok(()));
        let none = header("", seconds, body);
        assert_eq!(verify("", &none, body, now).map_err(|e| e.code), wrong);
    }

    #[test]
    fn asks_for_minor_units_in_the_currency() {
        let ask = Checkout {
            intent: "abc".into(),
            title: "发票 I-1".into(),
            amount: 12_345,
            currency: Currency::parse("EUR").unwrap(),
            success: "https://a.example/pay/x?done=1".into(),
            cancel: "https://a.example/pay/x".into(),
            zh: true,
        };
        let form = zhike_web::Fields::parse(&Stripe::form(&ask));
        assert_eq!(form.get("line_items[0][price_data][unit_amount]"), Some("12345"));
        assert_eq!(form.get("line_items[0][price_data][currency]"), Some("eur"));
        assert_eq!(
            form.get("line_items[0][price_data][product_data][name]"),
            Some("发票 I-1")
        );
        assert_eq!(form.get("success_url"), Some("https://a.example/pay/x?done=1"));
        assert_eq!((form.get("mode"), form.get("locale")), (Some("payment"), Some("zh")));
    }

    #[test]
    fn a_completed_session_without_its_money_is_not_paid() {
        let body = |status: &str| {
            format!(
                "{{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"data\":{{\"object\":{{\"id\":\"cs_1\",\
                 \"client_reference_id\":\"k\",\"payment_status\":\"{status}\",\"amount_total\":5,\"currency\":\"cny\",\
                 \"payment_intent\":\"pi_1\"}}}}}}"
            )
        };
        assert!(matches!(
            read(body("paid").as_bytes()).unwrap().word,
            Word::Paid { amount: 5, .. }
        ));
        assert_eq!(read(body("unpaid").as_bytes()).unwrap().word, Word::Other);
        assert!(read(b"[]").is_err() && read(b"{").is_err());
    }
}
