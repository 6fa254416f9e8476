//! Any provider of text messages that is spoken to over HTTP: what is sent is a template, what is answered and reported is
//! found by places in it.

use super::{
    Entry, Heard, Item, Kind, Post, Sent, Setup, Shape, Tools, failed,
    template::{Into, among, at, fill, is_place, items, number, spread},
    unproven,
};
use crate::account::Account;
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value as Json};
use zhike_contract::Channel;
use zhike_kernel::{Error, Result};
use zhike_outward::Reply;
use zhike_store::Ctx;
use zhike_web::{Fields, seal};

pub(crate) struct Http;

/// Seconds by which the provider's clock may differ from ours.
const APART: i64 = 300;

const ENTRIES: &[Entry] = &[
    Entry::new("send", "url", Shape::Line).required(),
    Entry::new("send", "method", Shape::Choice(&["post", "get"])).usual("post"),
    Entry::new("send", "format", Shape::Choice(&["json", "form"])).usual("json"),
    Entry::new("send", "headers", Shape::Long),
    Entry::new("send", "body", Shape::Long),
    Entry::new("send", "secret", Shape::Secret),
    Entry::new("send", "country", Shape::Line).usual("86"),
    Entry::new(
        "send",
        "number",
        Shape::Choice(&["e164", "digits", "national", "as-is"]),
    )
    .usual("e164"),
    Entry::new("answer", "good_at", Shape::Line),
    Entry::new("answer", "good_is", Shape::Line),
    Entry::new("answer", "busy_is", Shape::Line),
    Entry::new("answer", "id_at", Shape::Line),
    Entry::new("answer", "words_at", Shape::Line),
    Entry::new("report", "proof", Shape::Choice(&["none", "header", "hmac", "address"])).usual("none"),
    Entry::new("report", "proof_header", Shape::Line).usual("x-signature"),
    Entry::new("report", "time_header", Shape::Line),
    Entry::new("report", "proof_secret", Shape::Secret),
    Entry::new("report", "items_at", Shape::Line),
    Entry::new("report", "from_at", Shape::Line).usual("/from"),
    Entry::new("report", "text_at", Shape::Line).usual("/text"),
    Entry::new("report", "in_id_at", Shape::Line).usual("/id"),
    Entry::new("report", "report_id_at", Shape::Line).usual("/id"),
    Entry::new("report", "status_at", Shape::Line).usual("/status"),
    Entry::new("report", "arrived_is", Shape::Line).usual("delivered,DELIVRD"),
    Entry::new("report", "failed_is", Shape::Line).usual("failed,undelivered,rejected,expired,UNDELIV,REJECTD,EXPIRED"),
    Entry::new("report", "why_at", Shape::Line).usual("/reason"),
    Entry::new("report", "reply", Shape::Line),
];

fn values<'a>(account: &'a Account, to: &'a str, text: &'a str, id: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("to", to),
        ("text", text),
        ("id", id),
        ("sender", account.sender.as_str()),
        ("secret", account.setup.get("secret")),
    ]
}

/// The body: JSON as it stands, or lines `name=value` as a form.
fn body(setup: &Setup, values: &[(&str, &str)]) -> String {
    let template = setup.get("body");
    if setup.get("format") == "json" {
        return fill(template, values, Into::Json);
    }
    let lines = template.lines().map(str::trim).filter(|l| !l.is_empty());
    let pairs: Vec<String> = lines.map(|l| fill(l, values, Into::Form)).collect();
    pairs.join("&")
}

fn headers(setup: &Setup, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let lines = setup.get("headers").lines();
    let pairs = lines.filter_map(|l| l.split_once(':'));
    pairs
        .map(|(k, v)| (k.trim().to_owned(), fill(v.trim(), values, Into::Header)))
        .collect()
}

/// What an answer means.
fn judge(setup: &Setup, reply: &Reply, id: &str) -> Sent {
    let json: Option<Json> = serde_json::from_str(&reply.body).ok();
    let place = |name: &str| Some(setup.get(name)).filter(|p| !p.is_empty());
    let told = |name: &str| place(name).and_then(|p| at(p, &reply.body, json.as_ref()));
    let words = || {
        told("words_at")
            .unwrap_or_else(|| format!("{} {}", reply.status, reply.body.chars().take(200).collect::<String>()))
    };
    match reply.status {
        200..=299 => {}
        401 | 403 => return Sent::Sick("refused", words()),
        429 | 503 => return Sent::Later(words()),
        500.. => return Sent::Unsure(words()),
        _ => return Sent::Never(words()),
    }
    if let Some(good_at) = place("good_at") {
        let Some(word) = at(good_at, &reply.body, json.as_ref()) else {
            return match good_at.starts_with("re:") {
                true => Sent::Never(words()),
                // Some other server may have answered.
                false => Sent::Sick("answer", words()),
            };
        };
        let good = setup.get("good_is");
        if !good.is_empty() && !among(&word, good) {
            return match among(&word, setup.get("busy_is")) {
                true => Sent::Later(words()),
                false => Sent::Never(words()),
            };
        }
    }
    Sent::Gone(told("id_at").unwrap_or_else(|| id.to_owned()))
}

/// A body as JSON; a form becomes an object of texts.
fn read(post: &Post<'_>) -> Result<Json> {
    let text = std::str::from_utf8(post.body).map_err(|_| Error::invalid("error-channel-body"))?;
    let form = post
        .header("content-type")
        .starts_with("application/x-www-form-urlencoded");
    if !form {
        return serde_json::from_str(text).map_err(|_| Error::invalid("error-channel-body"));
    }
    let fields = Fields::parse(text);
    let map: Map<String, Json> = fields.0.into_iter().map(|(k, v)| (k, v.into())).collect();
    Ok(map.into())
}

/// Is it really the provider who calls?
fn proven(setup: &Setup, post: &Post<'_>) -> Result<()> {
    let secret = setup.get("proof_secret");
    let given = post.header(setup.get("proof_header"));
    match setup.get("proof") {
        "none" => return Err(unproven("error-channel-proof")),
        "address" => return Ok(()),
        "header" => {
            return match !secret.is_empty() && seal::same(secret.as_bytes(), given.trim().as_bytes()) {
                true => Ok(()),
                false => Err(unproven("error-channel-proof")),
            };
        }
        _ => {}
    }
    let time = setup.get("time_header");
    let mut pieces: Vec<&[u8]> = vec![];
    if !time.is_empty() {
        let stamp = post.header(time);
        let seconds: i64 = stamp.trim().parse().map_err(|_| unproven("error-channel-time"))?;
        // In milliseconds, as some write it.
        let seconds = if seconds > 100_000_000_000 {
            seconds / 1_000
        } else {
            seconds
        };
        if (post.now.0 / 1_000_000).abs_diff(seconds) > APART.unsigned_abs() {
            return Err(unproven("error-channel-time"));
        }
        pieces.extend([stamp.trim().as_bytes(), b"."]);
    }
    pieces.push(post.body);
    let sum = seal::mac(secret.as_bytes(), &pieces);
    let given = given.trim();
    let given = given.strip_prefix("sha256=").unwrap_or(given);
    let right = [seal::hex(&sum), BASE64.encode(&sum)].iter().any(|s| {
        seal::same(s.as_bytes(), given.as_bytes()) || seal::same(s.as_bytes(), given.to_lowercase().as_bytes())
    });
    match right && !secret.is_empty() {
        true => Ok(()),
        false => Err(unproven("error-channel-proof")),
    }
}

/// One thing of a body: a report if it has a state that is known, else a message if it has words.
fn item(setup: &Setup, one: &Json) -> Option<Item> {
    let told = |name: &str| {
        let place = Some(setup.get(name)).filter(|p| !p.is_empty());
        place.and_then(|p| at(p, "", Some(one)))
    };
    if let (Some(status), Some(id)) = (told("status_at"), told("report_id_at")) {
        let arrived = match &status {
            s if among(s, setup.get("arrived_is")) => Some(true),
            s if among(s, setup.get("failed_is")) => Some(false),
            _ => None,
        };
        let why = told("why_at").unwrap_or(status);
        return Some(Item::Report { id, arrived, why });
    }
    let (from, text) = (told("from_at")?, told("text_at")?);
    let id = told("in_id_at").filter(|i| !i.is_empty() && i.len() <= 200);
    Some(Item::Said {
        from: number(&from, setup.get("country")),
        name: String::new(),
        text: text.chars().take(10_000).collect(),
        // Without a name of its own the same words of the same sender are the same message.
        id: id.unwrap_or_else(|| seal::hex(&seal::mac(b"item", &[one.to_string().as_bytes()]))),
    })
}

#[async_trait]
impl Kind for Http {
    fn word(&self) -> &'static str {
        "http"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn entries(&self) -> &'static [Entry] {
        ENTRIES
    }
    fn fits(&self, _: &Account, _: &str) -> bool {
        true
    }
    fn hears(&self) -> bool {
        true
    }

    fn fit(&self, setup: &Setup) -> Result<()> {
        let values = ["to", "text", "id", "sender", "secret"].map(|n| (n, "1"));
        if setup.get("format") == "json"
            && setup.get("method") == "post"
            && serde_json::from_str::<Json>(&body(setup, &values)).is_err()
        {
            return Err(Error::field("body", "error-channel-json"));
        }
        let said = format!("{} {}", setup.get("url"), setup.get("body"));
        if !said.contains("{to}") || !said.contains("{text}") {
            return Err(Error::field("body", "error-channel-template"));
        }
        for line in setup.get("headers").lines().filter(|l| !l.trim().is_empty()) {
            let name = line.split_once(':').map_or("", |p| p.0.trim());
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
                return Err(Error::field("headers", "error-channel-header"));
            }
        }
        let places = ENTRIES.iter().filter(|e| e.name.ends_with("_at"));
        for entry in places {
            if !is_place(setup.get(entry.name)) {
                return Err(Error::field(entry.name, "error-channel-place"));
            }
        }
        if matches!(setup.get("proof"), "header" | "hmac") && setup.get("proof_secret").len() < 8 {
            return Err(Error::field("proof_secret", "error-channel-secret"));
        }
        Ok(())
    }

    async fn send(&self, _ctx: &Ctx, tools: &Tools, account: &Account, out: &super::Out) -> Sent {
        let setup = &account.setup;
        let to = spread(&out.to, setup.get("country"), setup.get("number"));
        let values = values(account, &to, &out.text, &out.id);
        let url = fill(setup.get("url"), &values, Into::Form);
        let own = headers(setup, &values);
        let mut all: Vec<(&str, &str)> = own.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let called = if setup.get("method") == "get" {
            tools.outward.get(&url, &all).await
        } else {
            let kind = match setup.get("format") {
                "json" => "application/json",
                _ => "application/x-www-form-urlencoded; charset=utf-8",
            };
            if !all.iter().any(|h| h.0.eq_ignore_ascii_case("content-type")) {
                all.push(("content-type", kind));
            }
            tools.outward.post(&url, &all, body(setup, &values).into_bytes()).await
        };
        match called {
            Ok(reply) => judge(setup, &reply, &out.id),
            Err(e) => failed(&e),
        }
    }

    fn hear(&self, account: &Account, post: &Post<'_>) -> Result<Heard> {
        let setup = &account.setup;
        proven(setup, post)?;
        let body = read(post)?;
        let items = items(&body, setup.get("items_at"))
            .into_iter()
            .filter_map(|one| item(setup, one))
            .collect();
        let answer = Some(setup.get("reply").to_owned()).filter(|a| !a.is_empty());
        Ok(Heard { items, answer })
    }
}
