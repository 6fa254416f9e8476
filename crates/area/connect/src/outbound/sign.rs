//! Signatures as the Standard Webhooks specification has them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhike_web::seal;

/// Before a secret.
const PREFIX: &str = "whsec_";

/// A new secret.
pub(super) fn secret() -> String {
    let bytes = zhike_web::visit::new_secret();
    format!("{PREFIX}{}", BASE64.encode(&bytes[..24]))
}

/// The value of `webhook-signature`.
pub(super) fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let key = BASE64.decode(secret.trim_start_matches(PREFIX)).unwrap_or_default();
    let sum = seal::mac(
        &key,
        &[
            id.as_bytes(),
            b".",
            seconds.to_string().as_bytes(),
            b".",
            body.as_bytes(),
        ],
    );
    format!("v1,{}", BASE64.encode(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_the_specification_shows() {
        // The example of the Standard Webhooks reference libraries.
        let seen = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(seen, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(BASE64.decode(secret().trim_start_matches(PREFIX)).unwrap().len(), 24);
    }
}
