//! Signed addresses for people who do not sign in: the id of a row and its random part, signed with the house's secret
//! for one purpose, so that nobody can make one by trying.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zhike_kernel::{Error, Result};
use zhike_store::{Query, setting};

/// Bytes: id, random part, signature.
const PARTS: (usize, usize, usize) = (8, 16, 16);

/// A random part for a new row, in hex.
pub fn nonce() -> String {
    hex(&crate::visit::new_secret()[..PARTS.1])
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .filter_map(|p| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok())
        .collect()
}

/// The HMAC-SHA256 of several pieces under a key.
pub fn mac(key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return vec![];
    };
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The same bytes? It takes the same time wherever the first difference is.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let differ = a.iter().zip(b).fold(0_u8, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}

fn sign(secret: &[u8; 32], purpose: &str, payload: &[u8]) -> Vec<u8> {
    let mut all = mac(secret, &[purpose.as_bytes(), b"\0", payload]);
    all.truncate(PARTS.2);
    all
}

/// The house's secret, for those who have no request at hand.
pub async fn house(q: &dyn Query) -> Result<[u8; 32]> {
    let hex = setting::get(q, "secret").await?.unwrap_or_default();
    unhex(&hex)
        .try_into()
        .map_err(|_| Error::broken("the setting `secret` is damaged"))
}

/// The token of a row.
pub fn token(secret: &[u8; 32], purpose: &str, id: i64, nonce: &str) -> String {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(unhex(nonce));
    let signature = sign(secret, purpose, &bytes);
    bytes.extend(signature);
    BASE64.encode(bytes)
}

/// The id and random part of a token whose signature is right for this purpose.
pub fn read(secret: &[u8; 32], purpose: &str, token: &str) -> Option<(i64, String)> {
    let bytes = BASE64
        .decode(token)
        .ok()
        .filter(|b| b.len() == PARTS.0 + PARTS.1 + PARTS.2)?;
    let (payload, signature) = bytes.split_at(PARTS.0 + PARTS.1);
    if !same(&sign(secret, purpose, payload), signature) {
        return None;
    }
    let (id, nonce) = payload.split_at(PARTS.0);
    Some((i64::from_be_bytes(id.try_into().ok()?), hex(nonce)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_for_its_purpose_only() {
        let (secret, nonce) = ([3; 32], nonce());
        let made = token(&secret, "pay", 7, &nonce);
        assert_eq!(read(&secret, "pay", &made), Some((7, nonce)));
        assert_eq!(read(&secret, "file", &made), None);
        assert_eq!(read(&[4; 32], "pay", &made), None);
        let other: String = made.chars().rev().collect();
        for wrong in ["", "xx", made.get(1..).unwrap_or(""), other.as_str()] {
            assert_eq!(read(&secret, "pay", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hmac_as_in_the_standard() {
        // RFC 4231, test case 2.
        let seen = hex(&mac(b"Jefe", &[b"what do ya want ", b"for nothing?"]));
        assert_eq!(seen, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(same(b"ab", b"ab") && !same(b"ab", b"ac") && !same(b"ab", b"abc"));
    }
}
