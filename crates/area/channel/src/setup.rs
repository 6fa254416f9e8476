//! Setting an account up, and sending a test to oneself: by page and by program. Secrets go in and never come out.

use crate::{
    Ports,
    account::{self, Account},
    kinds::{Out, Sent, Setup, Shape},
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, Record, binds, read};
use zhike_web::{
    Answer, Form, Json as Body, Visit,
    answer::{go_saying, json as answer},
};

pub(crate) const EDIT: &str = "channel_account.edit";
pub(crate) const ASKS: &str = r#"{"type":"object","required":["version","setup"],"properties":{"version":{"type":"integer"},
"setup":{"type":"object","additionalProperties":{"type":"string"}}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"version":{"type":"integer"},"ready":{"type":"boolean"},
"setup":{"type":"object"},"secrets":{"type":"array","items":{"type":"string"}},"hook":{"type":["string","null"]}}}"#;
pub(crate) const TRIES: &str = r#"{"type":"object","required":["to"],"properties":{"to":{"type":"string"}}}"#;
pub(crate) const TRIED: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"result":{"enum":["gone","never","later","sick","unsure"]},
"trouble":{"type":["string","null"]},"words":{"type":"string"}}}"#;

/// What is set, as programs send it: a secret that is absent or empty stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    version: Option<i64>,
    setup: BTreeMap<String, String>,
}

/// To whom a test goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Try {
    to: String,
}

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

async fn need(ctx: &Ctx, q: &dyn zhike_store::Query, id: i64) -> Result<(Record, Account)> {
    let ty = ctx.registry().get("channel_account")?.clone();
    let record = read::need(ctx, q, &ty, id).await?;
    let account = account::of(q, &record).await?;
    Ok((record, account))
}

/// Keeps what was set; the new version.
async fn keep(ctx: &Ctx, id: i64, version: Option<i64>, new: &BTreeMap<String, String>) -> Result<i64> {
    ctx.require(EDIT)?;
    let version = version.ok_or_else(|| Error::field("version", "error-required"))?;
    let tx = ctx.begin().await?;
    let (record, account) = need(ctx, &tx, id).await?;
    let known = |name: &str| account.kind.entries().iter().any(|e| e.name == name);
    if let Some(name) = new.keys().find(|n| !known(n)) {
        return Err(Error::field(name, "error-no-such-field").with("field", name.as_str()));
    }
    account::keep(&tx, id, account.kind, new).await?;
    let setup = account::setup(&tx, id, account.kind).await?;
    account.kind.check(&setup)?;
    let sql = "UPDATE channel_account SET version = version + 1, updated_at = $1 WHERE id = $2 AND version = $3";
    if tx.exec(sql, binds![tx.at.0, id, version]).await? != 1 {
        return Err(Error::stale());
    }
    // That it changed is told; what it is stands nowhere else.
    let event = Event {
        kind: "channel_account.set_up.v1".into(),
        record_type: "channel_account",
        record: id,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(record.version + 1)
}

/// `POST /channels/{id}/setup`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    let new =
        f.0.iter()
            .filter_map(|(k, v)| Some((k.strip_prefix("set-")?.to_owned(), v.replace("\r\n", "\n"))));
    keep(&visit.ctx, id, f.int("version"), &new.collect()).await?;
    go_saying(&visit, &format!("/channels/{id}"), &visit.loc.t("channel-kept"), None)
}

async fn told(ctx: &Ctx, id: i64) -> Result<Json> {
    let (record, account) = need(ctx, ctx.db(), id).await?;
    let (body, secrets, hook) = account::kept(ctx.db(), id).await?;
    let names: Vec<&String> = secrets.keys().collect();
    let hook = account.kind.hears().then(|| format!("/api/v1/channel-hooks/{hook}"));
    Ok(
        json!({"id": id, "version": record.version, "ready": account.kind.check(&account.setup).is_ok(), "setup": body,
        "secrets": names, "hook": hook}),
    )
}

/// `GET /api/v1/channels/{id}/setup`.
pub(crate) async fn api_get(visit: Visit, Path(id): Path<i64>) -> Answer {
    visit.ctx.require(EDIT)?;
    answer(StatusCode::OK, &told(&visit.ctx, id).await?)
}

/// `PUT /api/v1/channels/{id}/setup`.
pub(crate) async fn api_put(visit: Visit, Path(id): Path<i64>, Body(sent): Body<Given>) -> Answer {
    keep(&visit.ctx, id, sent.version, &sent.setup).await?;
    answer(StatusCode::OK, &told(&visit.ctx, id).await?)
}

/// Sends a test to an address that a person of ours typed in: no customer, so no gate.
async fn test(ports: &Ports, visit: &Visit, id: i64, to: &str) -> Result<Sent> {
    let ctx = &visit.ctx;
    ctx.require(EDIT)?;
    let (_, account) = need(ctx, ctx.db(), id).await?;
    account.kind.check(&account.setup)?;
    let to = to.trim();
    let wrong = to.is_empty() || to.chars().count() > 200 || to.chars().any(char::is_control);
    if wrong || account::key(account.kind.channel(), to).len() < 3 {
        return Err(Error::field("to", "error-channel-to"));
    }
    let at = visit.loc.stamp(visit.now());
    let out = Out {
        to: to.to_owned(),
        text: visit.loc.tv(
            "channel-test-words",
            &[("name", account.name.clone().into()), ("at", at.into())],
        ),
        subject: visit.loc.t("channel-test"),
        name: String::new(),
        message: None,
        id: format!("zktest{}", visit.now().0),
        now: visit.now(),
    };
    let sent = account.kind.send(ctx, &ports.tools, &account, &out).await;
    let tx = ctx.begin().await?;
    let trouble = match &sent {
        Sent::Sick(what, words) => Some((*what, account.setup.hide(account.kind, words))),
        _ => None,
    };
    account::stands(ctx, &tx, id, trouble.as_ref().map(|(t, w)| (*t, w.as_str()))).await?;
    let event = Event {
        kind: "channel_account.tested.v1".into(),
        record_type: "channel_account",
        record: id,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(hidden(&account.setup, &account, sent))
}

fn hidden(setup: &Setup, account: &Account, sent: Sent) -> Sent {
    let hide = |w: String| setup.hide(account.kind, &w);
    match sent {
        Sent::Gone(id) => Sent::Gone(id),
        Sent::Never(w) => Sent::Never(hide(w)),
        Sent::Later(w) => Sent::Later(hide(w)),
        Sent::Sick(t, w) => Sent::Sick(t, hide(w)),
        Sent::Unsure(w) => Sent::Unsure(hide(w)),
    }
}

/// The word of an end, what is wrong with the account, and the other side's words.
fn parts(sent: Sent) -> (&'static str, Option<&'static str>, String) {
    match sent {
        Sent::Gone(id) => ("gone", None, id),
        Sent::Never(words) => ("never", None, words),
        Sent::Later(words) => ("later", None, words),
        Sent::Sick(trouble, words) => ("sick", Some(trouble), words),
        Sent::Unsure(words) => ("unsure", None, words),
    }
}

/// `POST /channels/{id}/test`.
pub(crate) async fn test_page(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    let (word, trouble, words) = parts(test(&ports, &visit, id, f.get("to").unwrap_or("")).await?);
    let loc = &visit.loc;
    let mut said = loc.tv(&format!("channel-test-{word}"), &[("words", words.into())]);
    if let Some(trouble) = trouble {
        said = format!("{said} {}", loc.t(&format!("channel-mend-{trouble}")));
    }
    go_saying(&visit, &format!("/channels/{id}"), &said, None)
}

/// `POST /api/v1/channels/{id}/test`.
pub(crate) async fn test_api(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(sent): Body<Try>) -> Answer {
    let (word, trouble, words) = parts(test(&ports, &visit, id, &sent.to).await?);
    answer(
        StatusCode::OK,
        &json!({"id": id, "result": word, "trouble": trouble, "words": words}),
    )
}

/// Is a secret kept?
pub(crate) fn has(account: &Account, name: &str) -> bool {
    let secret = account
        .kind
        .entries()
        .iter()
        .any(|e| e.name == name && e.shape == Shape::Secret);
    secret && !account.setup.get(name).is_empty()
}
