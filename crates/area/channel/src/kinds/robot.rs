//! What the messengers have in common: a robot in a group, or an app that writes to people.

use super::{Sent, Setup};
use crate::account::Account;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value as Json;
use zhike_kernel::{Error, Result};
use zhike_web::seal;

/// A robot in one group, or an app.
pub(super) const MODES: &[&str] = &["group", "app"];

/// Does it write to one group only?
pub(super) fn grouped(setup: &Setup) -> bool {
    setup.get("mode") != "app"
}

/// `wecom:zhangsan` belongs to an app, `group:NAME` to the robot of that name.
pub(super) fn fits(kind: &str, account: &Account, address: &str) -> bool {
    let (before, rest) = address.trim().split_once(':').unwrap_or(("", ""));
    match grouped(&account.setup) {
        true => before.eq_ignore_ascii_case("group") && rest.trim() == account.name,
        false => before.eq_ignore_ascii_case(kind) && !rest.trim().is_empty(),
    }
}

/// The part of an address behind its kind.
pub(super) fn person(address: &str) -> &str {
    address.split_once(':').map_or(address, |p| p.1).trim()
}

/// These must be set.
pub(super) fn need(setup: &Setup, names: &[&str]) -> Result<()> {
    match names.iter().find(|n| setup.get(n).is_empty()) {
        Some(name) => Err(Error::field(name, "error-required")),
        None => Ok(()),
    }
}

/// The code that these servers answer with, and their words.
pub(super) fn code(json: &Json, name: &str, words: &str) -> (i64, String) {
    let code = json.get(name).and_then(Json::as_i64).unwrap_or(-1);
    let said = json.get(words).and_then(Json::as_str).unwrap_or("");
    (code, format!("{code} {said}").trim().to_owned())
}

/// A text out of an answer; numbers too.
pub(super) fn told(json: &Json, place: &str) -> Option<String> {
    match json.pointer(place)? {
        Json::String(s) if !s.is_empty() => Some(s.clone()),
        Json::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A sign as these servers want it: HMAC-SHA256 in base64.
pub(super) fn sign(key: &[u8], text: &[u8]) -> String {
    BASE64.encode(seal::mac(key, &[text]))
}

/// Under which name a token is kept: other words, another token.
pub(super) fn token_key(account: &Account, names: &[&str]) -> String {
    let all: Vec<&[u8]> = names.iter().map(|n| account.setup.get(n).as_bytes()).collect();
    format!("{}:{}", account.id, seal::hex(&seal::mac(b"token", &all)))
}

/// The address of a server with a path.
pub(super) fn url(setup: &Setup, path: &str, query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(k, v)| format!("{k}={}", zhike_web::input::percent_encode(v).replace('/', "%2F")))
        .collect();
    let base = setup.get("server").trim_end_matches('/');
    match pairs.is_empty() {
        true => format!("{base}{path}"),
        false => format!("{base}{path}?{}", pairs.join("&")),
    }
}

/// A token as it was answered: with its life in seconds.
pub(super) fn token(json: &Json, token: &str, life: &str, words: String) -> Result<(String, i64), Sent> {
    let given = told(json, token).ok_or(Sent::Sick("refused", words))?;
    Ok((given, json.pointer(life).and_then(Json::as_i64).unwrap_or(7_200)))
}
