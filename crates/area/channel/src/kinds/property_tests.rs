//! Whatever is posted at our address: it is refused or read, it never breaks, and nothing is believed without its proof.

use super::{Item, Kind, Post, Setup, dingtalk::DingTalk, feishu::Feishu, http::Http};
use crate::account::Account;
use axum::http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use zhike_kernel::Stamp;

fn account(kind: &'static dyn Kind, set: &[(&str, &str)]) -> Account {
    let set: BTreeMap<String, String> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Account {
        id: 1,
        name: "a".into(),
        kind,
        sender: String::new(),
        setup: Setup::new(kind, set),
    }
}

fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
    let mut out = HeaderMap::new();
    for (name, value) in pairs {
        if let Ok(value) = value.parse() {
            out.insert(*name, value);
        }
    }
    out
}

fn open() -> Account {
    account(&Http, &[("proof", "address"), ("url", "https://x.example/{to}{text}")])
}

/// Any JSON, a few levels deep.
fn any_json() -> impl Strategy<Value = Json> {
    let word = prop_oneof![
        Just("from".to_owned()),
        Just("text".to_owned()),
        Just("id".to_owned()),
        Just("status".to_owned()),
        Just("event".to_owned()),
        Just("header".to_owned()),
        Just("token".to_owned()),
        ".{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        ".{0,30}".prop_map(Json::from),
        Just(json!("13800001234")),
        Just(json!("delivered")),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(word.clone(), inner, 0..6).prop_map(|m| Json::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn bytes_of_any_kind_are_refused_or_read(body in prop::collection::vec(any::<u8>(), 0..400), form in any::<bool>()) {
        let media = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        let headers = headers(&[("content-type", media.into())]);
        let post = Post { headers: &headers, body: &body, now: Stamp(0) };
        if let Ok(heard) = Http.hear(&open(), &post) {
            prop_assert!(heard.items.len() <= 500);
        }
        prop_assert!(DingTalk.hear(&account(&DingTalk, &[("app_secret", "s")]), &post).is_err());
        prop_assert!(Feishu.hear(&account(&Feishu, &[("verify_token", "never guessed")]), &post).is_err());
    }

    #[test]
    fn json_of_any_shape_is_read_within_bounds(body in any_json(), place in "(/[a-z0-9]{0,5}){0,3}") {
        let text = body.to_string();
        let headers = HeaderMap::new();
        let post = Post { headers: &headers, body: text.as_bytes(), now: Stamp(0) };
        let account = account(&Http, &[("proof", "address"), ("items_at", &place)]);
        let heard = Http.hear(&account, &post).map_err(|e| TestCaseError::fail(e.to_string()))?;
        for item in heard.items {
            if let Item::Said { from, text, id, .. } = item {
                prop_assert!(from.chars().all(|c| c.is_ascii_digit() || c == '+'));
                prop_assert!(text.chars().count() <= 10_000);
                prop_assert!(!id.is_empty() && id.len() <= 200);
            }
        }
    }

    #[test]
    fn nothing_is_believed_without_its_proof(sign in "[0-9a-f]{64}", at in -400_i64..400, secret in "[a-z]{8,20}") {
        let body = br#"{"from":"13800001234","text":"x","id":"1"}"#;
        let now = 1_700_000_000_i64;
        let time = (now + at).to_string();
        let account = account(&Http, &[("proof", "hmac"), ("proof_secret", &secret), ("time_header", "x-time"), ("proof_header", "x-sign")]);
        let right = zhike_web::seal::hex(&zhike_web::seal::mac(secret.as_bytes(), &[time.as_bytes(), b".", body]));
        let stamp = Stamp(now * 1_000_000);
        let heard = |sign: &str, time: &str| {
            let headers = headers(&[("x-sign", sign.to_owned()), ("x-time", time.to_owned())]);
            Http.hear(&account, &Post { headers: &headers, body, now: stamp }).is_ok()
        };
        prop_assert_eq!(heard(&right, &time), at.abs() <= 300);
        prop_assert!(!heard(&sign, &time));
        // The sign of one moment is none for another.
        prop_assert!(!heard(&right, &now.wrapping_add(1 + at).to_string()));
    }
}
