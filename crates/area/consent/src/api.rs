//! The gate over the API: a question, and the answer with its reasons in words.

use crate::gate;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_contract::{
    Channel, Gate,
    gate::{Answer, Ask, Class, Verdict},
};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{read, sight::CONTACT};
use zhike_web::{
    Json, Visit,
    answer::{Answer as Reply, json as reply},
};

/// The question's schema.
pub(crate) const ASK: &str = r#"{"type":"object","required":["party","class","channel"],"additionalProperties":false,"properties":{
"party":{"type":"integer"},"class":{"enum":["law","safety","contract","service","promotion"]},
"topic":{"type":"string"},"channel":{"enum":["email","phone","sms","chat","fax","letter","visit","portal"]},
"address":{"type":["string","null"]},"at":{"type":["string","null"],"format":"date-time"},
"may_change":{"type":"boolean"},"may_wait":{"type":"boolean"},"agreed":{"type":"boolean"}}}"#;
/// The answer's schema.
pub(crate) const ANSWER: &str = r#"{"type":"object","required":["verdict","reasons"],"properties":{
"verdict":{"enum":["allowed","later","elsewhere","withheld"]},"at":{"type":["string","null"],"format":"date-time"},
"channel":{"type":["string","null"]},"address":{"type":["string","null"]},
"reasons":{"type":"array","items":{"type":"object","properties":{"rule":{"type":"string"},"args":{"type":"object"},"text":{"type":"string"}}}}}}"#;

fn yes() -> bool {
    true
}

/// The question as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    party: i64,
    class: String,
    #[serde(default)]
    topic: String,
    channel: String,
    address: Option<String>,
    at: Option<String>,
    #[serde(default = "yes")]
    may_change: bool,
    #[serde(default = "yes")]
    may_wait: bool,
    #[serde(default)]
    agreed: bool,
}

/// An instant as programs write it.
pub(crate) fn instant(field: &str, text: &str) -> Result<Stamp> {
    let at: jiff::Timestamp = text.parse().map_err(|_| Error::field(field, "error-gate-moment"))?;
    Ok(Stamp(at.as_microsecond()))
}

/// `POST /api/v1/gate/ask`.
pub(crate) async fn ask(visit: Visit, Json(s): Json<Sent>) -> Reply {
    let party = visit.registry().get("party")?.clone();
    read::need(&visit.ctx, visit.db(), &party, s.party).await?;
    let ask = Ask {
        party: s.party,
        class: Class::of(&s.class).ok_or_else(|| Error::field("class", "error-not-a-choice"))?,
        topic: s.topic,
        channel: Channel::of(&s.channel).ok_or_else(|| Error::field("channel", "error-not-a-choice"))?,
        address: s.address,
        at: match &s.at {
            Some(at) => instant("at", at)?,
            None => visit.now(),
        },
        may_change: s.may_change,
        may_wait: s.may_wait,
        agreed: s.agreed,
    };
    let answer = gate::Port.ask(&visit.ctx, &ask).await?;
    reply(StatusCode::OK, &told(&visit, &answer, ask.channel, ask.at))
}

/// The answer as JSON, with sentences in the reader's language.
pub(crate) fn told(visit: &Visit, answer: &Answer, asked: Channel, at: Stamp) -> Any {
    let (via, moment) = gate::target(answer.verdict, asked, at);
    let reasons: Vec<Any> = answer
        .reasons
        .iter()
        .map(|r| json!({"rule": r.rule, "args": r.args, "text": zhike_web::gate::sentence(&visit.loc, r)}))
        .collect();
    let shown = answer
        .address
        .as_deref()
        .filter(|_| answer.verdict != Verdict::Withheld);
    let shown = shown.map(|a| match visit.may(CONTACT) {
        true => a.to_owned(),
        false => crate::address::masked(via.unwrap_or(asked), a),
    });
    json!({"verdict": answer.verdict.word(), "at": moment.map(Stamp::rfc3339), "channel": via.map(|c| c.word()),
        "address": shown, "reasons": reasons})
}
