//! The kinds of accounts: each in a file of its own behind one trait, with what has to be set for it.

mod dingtalk;
pub(crate) mod fax;
mod feishu;
mod http;
#[cfg(test)]
mod property_tests;
mod robot;
mod smpp;
pub(crate) mod template;
mod tokens;
mod wecom;

use crate::account::Account;
use async_trait::async_trait;
use axum::http::HeaderMap;
use serde_json::Value as Json;
use std::{collections::BTreeMap, sync::Arc};
use zhike_contract::{Channel, Mailer};
use zhike_kernel::{Error, FieldError, Result, Stamp};
use zhike_outward::{Outward, Reply};
use zhike_store::Ctx;

/// Words of the kinds, as they are kept.
pub(crate) const KINDS: &[&str] = &["http", "smpp", "fax", "wecom", "dingtalk", "feishu"];

/// The kind of a word.
pub(crate) fn of(word: &str) -> Option<&'static dyn Kind> {
    let all: [&'static dyn Kind; 6] = [
        &http::Http,
        &smpp::Smpp,
        &fax::Fax,
        &wecom::WeCom,
        &dingtalk::DingTalk,
        &feishu::Feishu,
    ];
    all.into_iter().find(|k| k.word() == word)
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One line.
    Line,
    /// Several lines.
    Long,
    /// One line, never shown again.
    Secret,
    /// One of some words.
    Choice(&'static [&'static str]),
}

/// Something that is set for an account. Its label is `channel-{kind}-{name}`, its help the same with `-hint`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    pub usual: &'static str,
    /// The part of the form it stands in: `channel-part-{part}`.
    pub part: &'static str,
}

impl Entry {
    pub(crate) const fn new(part: &'static str, name: &'static str, shape: Shape) -> Entry {
        Entry {
            name,
            shape,
            required: false,
            usual: "",
            part,
        }
    }
    pub(crate) const fn required(mut self) -> Entry {
        self.required = true;
        self
    }
    pub(crate) const fn usual(mut self, value: &'static str) -> Entry {
        self.usual = value;
        self
    }
}

/// What was set for an account, secrets included: it never leaves this crate.
#[derive(Clone, Default)]
pub(crate) struct Setup(BTreeMap<String, String>);

impl Setup {
    pub(crate) fn new(kind: &dyn Kind, mut set: BTreeMap<String, String>) -> Setup {
        for entry in kind.entries().iter().filter(|e| !e.usual.is_empty()) {
            set.entry(entry.name.to_owned())
                .or_insert_with(|| entry.usual.to_owned());
        }
        Setup(set)
    }
    /// A value; empty when it is not set.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |v| v.trim())
    }
    /// Words of another server without our secrets in them.
    pub(crate) fn hide(&self, kind: &dyn Kind, words: &str) -> String {
        let secrets = kind.entries().iter().filter(|e| e.shape == Shape::Secret);
        let mut out = words.to_owned();
        for secret in secrets.map(|e| self.get(e.name)).filter(|s| s.len() > 3) {
            out = out.replace(secret, "***");
        }
        out.chars().take(300).collect()
    }
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    pub to: String,
    pub text: String,
    /// One line that says what it is about, where the channel has such a thing.
    pub subject: String,
    /// Who gets it, as far as we know.
    pub name: String,
    /// Our name of the message: the same for a second try.
    pub id: String,
    /// Its row in the queue; none for a test.
    pub message: Option<i64>,
    /// Now, by the house's clock.
    pub now: Stamp,
}

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The other side has it, and calls it so.
    Gone(String),
    /// It refuses this message.
    Never(String),
    /// Not now: too many at once, or it is busy.
    Later(String),
    /// The account does not work: what is wrong, and the other side's words. It is tried again when that is mended.
    Sick(&'static str, String),
    /// The line broke; it may have gone.
    Unsure(String),
}

/// What kinds work with.
#[derive(Clone)]
pub(crate) struct Tools {
    pub outward: Outward,
    pub tokens: tokens::Tokens,
    pub mailer: Arc<dyn Mailer>,
    /// Rung when something lies in the outbox of a line that is kept open.
    pub bell: Arc<tokio::sync::Notify>,
}

impl Tools {
    pub(crate) fn new(outward: Outward, mailer: Arc<dyn Mailer>) -> Tools {
        Tools {
            outward,
            tokens: tokens::Tokens::default(),
            mailer,
            bell: Arc::default(),
        }
    }
}

/// A call of the provider at our address.
pub(crate) struct Post<'a> {
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub now: Stamp,
}

impl Post<'_> {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }
}

/// One thing that the provider tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Somebody wrote.
    Said {
        from: String,
        name: String,
        text: String,
        id: String,
    },
    /// What became of a message of ours; none while it is still on its way.
    Report {
        id: String,
        arrived: Option<bool>,
        why: String,
    },
}

/// What a call told, and what the provider wants to hear.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub items: Vec<Item>,
    /// None: our own words.
    pub answer: Option<String>,
}

/// A kind of account.
#[async_trait]
pub(crate) trait Kind: Send + Sync {
    /// Its word.
    fn word(&self) -> &'static str;
    /// The channel that it serves.
    fn channel(&self) -> Channel;
    /// What is set for it.
    fn entries(&self) -> &'static [Entry];
    /// Can it work like this? Beyond what is required.
    fn fit(&self, _setup: &Setup) -> Result<()> {
        Ok(())
    }
    /// Does an address belong to such an account?
    fn fits(&self, account: &Account, address: &str) -> bool;
    /// Sends. Never within a transaction.
    async fn send(&self, ctx: &Ctx, tools: &Tools, account: &Account, out: &Out) -> Sent;
    /// Reads a call of the provider: its proof first. Refuses what is not proven.
    fn hear(&self, _account: &Account, _post: &Post<'_>) -> Result<Heard> {
        Err(Error::missing())
    }
    /// Does it report to our address?
    fn hears(&self) -> bool {
        false
    }
    /// Is it set up? What is missing or wrong, by field.
    fn check(&self, setup: &Setup) -> Result<()> {
        let mut wrong = vec![];
        let mut tell = |field: &str, code| {
            wrong.push(FieldError {
                field: field.to_owned(),
                code,
                args: vec![],
            });
        };
        for entry in self.entries() {
            let value = setup.get(entry.name);
            if value.is_empty() {
                if entry.required {
                    tell(entry.name, "error-required");
                }
                continue;
            }
            match entry.shape {
                Shape::Choice(words) if !words.contains(&value) => tell(entry.name, "error-not-a-choice"),
                Shape::Line | Shape::Secret if value.chars().any(char::is_control) || value.len() > 2_000 => {
                    tell(entry.name, "error-channel-line");
                }
                Shape::Long if value.len() > 20_000 => tell(entry.name, "error-channel-line"),
                _ => {}
            }
        }
        if !wrong.is_empty() {
            return Err(Error::fields(wrong));
        }
        self.fit(setup)
    }
}

/// A refusal of a call: its proof does not hold.
pub(crate) fn unproven(code: &'static str) -> Error {
    Error {
        code,
        ..Error::forbidden("channel")
    }
}

/// What a call of ours that failed means for a message.
pub(crate) fn failed(e: &Error) -> Sent {
    let code = e.code;
    match code {
        // Nothing was sent: there was no line.
        "error-outward-connect" => Sent::Sick("unreachable", String::new()),
        "error-outward-private" | "error-outward-plain" | "error-outward-address" => {
            Sent::Sick("address", String::new())
        }
        // It may have been taken before the line broke.
        "error-outward-time" => Sent::Unsure("no answer in time".into()),
        _ => Sent::Unsure("the line broke".into()),
    }
}

/// What a call that failed before the message itself means: nothing was sent.
pub(crate) fn before(e: &Error) -> Sent {
    match failed(e) {
        Sent::Unsure(words) => Sent::Sick("late", words),
        other => other,
    }
}

/// `POST` of JSON that brings a message.
pub(crate) async fn post(tools: &Tools, url: &str, headers: &[(&str, &str)], body: &Json) -> Result<Json, Sent> {
    let mut all = vec![("content-type", "application/json; charset=utf-8")];
    all.extend(headers);
    let reply = tools.outward.post(url, &all, body.to_string().into_bytes()).await;
    spoken(&reply.map_err(|e| failed(&e))?)
}

/// `POST` of JSON that only asks.
pub(crate) async fn ask(tools: &Tools, url: &str, body: &Json) -> Result<Json, Sent> {
    match post(tools, url, &[], body).await {
        Err(Sent::Unsure(words)) => Err(Sent::Sick("late", words)),
        other => other,
    }
}

/// The answer of a server that speaks JSON, when it said yes.
pub(crate) fn spoken(reply: &Reply) -> Result<Json, Sent> {
    let words = || reply.body.chars().take(200).collect::<String>();
    match reply.status {
        200..=299 => serde_json::from_str(&reply.body).map_err(|_| Sent::Unsure(words())),
        401 | 403 => Err(Sent::Sick("refused", words())),
        429 | 503 => Err(Sent::Later(words())),
        500.. => Err(Sent::Unsure(words())),
        _ => Err(Sent::Never(words())),
    }
}
