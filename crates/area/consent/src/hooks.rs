//! What holds for consents, closed addresses, topics and messages, at every door.

use crate::address;
use async_trait::async_trait;
use zhike_contract::Channel;
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Record, Tx};

pub(crate) struct ConsentHooks;
pub(crate) struct OptOutHooks;
pub(crate) struct TopicHooks;
pub(crate) struct MessageHooks;

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

/// A day that was stated stays; what changes it is a new record.
fn firm(old: Option<&Record>, new: &Values, field: &'static str, code: &'static str) -> Result<()> {
    match old {
        Some(old) if !old.text(field).is_empty() && old.text(field) != text(new, field) => {
            Err(Error::field(field, code))
        }
        _ => Ok(()),
    }
}

#[async_trait]
impl Hooks for ConsentHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let today = ctx.today().to_string();
        let (given, until, withdrawn) = (text(new, "given_on"), text(new, "until_on"), text(new, "withdrawn_on"));
        if given > today.as_str() && withdrawn.is_empty() && old.is_none() && matches!(ctx.door, Door::Page) {
            return Err(Error::field("given_on", "error-consent-future"));
        }
        if !until.is_empty() && until < given {
            return Err(Error::field("until_on", "error-consent-until"));
        }
        if !withdrawn.is_empty() && withdrawn < given {
            return Err(Error::field("withdrawn_on", "error-consent-before"));
        }
        // Whoever took a consent back gives a new one, with its own proof.
        firm(old, new, "withdrawn_on", "error-consent-withdrawn")?;
        if old.is_some_and(|o| !o.text("withdrawn_on").is_empty()) {
            firm(old, new, "given_on", "error-consent-withdrawn")?;
        }
        Ok(())
    }
    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        if !record.text("withdrawn_on").is_empty() {
            return Err(Error::refused("error-consent-keep"));
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for OptOutHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let channel = Channel::of(text(new, "channel")).ok_or_else(|| Error::field("channel", "error-required"))?;
        let key = address::key(channel, text(new, "address"));
        let key = key.filter(|_| address::looks_right(channel, text(new, "address")));
        let key = key.ok_or_else(|| Error::field("address", "error-gate-address"))?;
        new.insert("address_key".into(), key.into());
        if text(new, "since_on").is_empty() {
            new.insert("since_on".into(), ctx.today().into());
        }
        if old.is_some() {
            firm(old, new, "address_key", "error-opt-out-address")?;
            firm(old, new, "channel", "error-opt-out-address")?;
        }
        firm(old, new, "lifted_on", "error-opt-out-lifted")?;
        // Opening it again is the holder's word, not ours.
        if !text(new, "lifted_on").is_empty() && text(new, "lifted_how").trim().is_empty() {
            return Err(Error::field("lifted_how", "error-required"));
        }
        Ok(())
    }
    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        if record.text("lifted_on").is_empty() {
            return Err(Error::refused("error-opt-out-keep"));
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for TopicHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let code = text(new, "code");
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if code.is_empty() || code.len() > 40 || !code.chars().all(fits) {
            return Err(Error::field("code", "error-topic-code"));
        }
        firm(old, new, "code", "error-topic-firm")
    }
}

#[async_trait]
impl Hooks for MessageHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, _old: Option<&Record>, _new: &mut Values) -> Result<()> {
        // Messages come from what has something to say, never from a form or a file.
        if matches!(ctx.door, Door::Job) {
            Ok(())
        } else {
            Err(Error::refused("error-message-made"))
        }
    }
    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, _record: &Record) -> Result<()> {
        Err(Error::refused("error-message-keep"))
    }
}
