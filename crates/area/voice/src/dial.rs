//! Click to call: the gate is asked, then the switchboard rings the own telephone and, once that is taken, the customer's.

use crate::{Ports, whose};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Tx, binds, read};
use zhike_web::{
    Answer, Form, Json as Body, Visit,
    answer::{go_saying, json as answer},
};

/// A wish to call is forgotten after so many seconds: whoever pressed the button has gone.
const FRESH_SECONDS: i64 = 20;

pub(crate) const ASKS: &str = r#"{"type":"object","required":["party"],"properties":{"party":{"type":"integer"},"class":{"enum":["service","contract","promotion"]},"topic":{"type":"string"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"dials":{"type":"boolean"},"address":{"type":["string","null"]},"reasons":{"type":"array"}}}"#;

/// Hands the call to the switchboard, if the user has a telephone and there is one that dials. In the transaction of the permit.
pub(crate) async fn queue(ctx: &Ctx, tx: &Tx, number: &str) -> Result<bool> {
    let Some(user) = ctx.actor.user else { return Ok(false) };
    let Some(extension) = whose::extension(tx, user).await? else {
        return Ok(false);
    };
    let sql = "SELECT s.id FROM voice_switchboard s JOIN voice_state t ON t.switchboard_id = s.id WHERE s.kind = 'ami' AND s.active \
               AND s.archived_at IS NULL AND t.state = 'good' ORDER BY s.id LIMIT 1";
    let Some(board) = tx.one(sql, vec![]).await? else {
        return Ok(false);
    };
    let dialled: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if dialled.is_empty() {
        return Ok(false);
    }
    let sql = "INSERT INTO voice_dial (switchboard_id, user_id, extension, number, at, state) VALUES ($1, $2, $3, $4, $5, 'waiting')";
    tx.exec(sql, binds![board.int(0)?, user, extension, dialled, tx.at.0])
        .await?;
    Ok(true)
}

/// Is there a switchboard that dials?
pub(crate) async fn ready(q: &dyn Query) -> Result<bool> {
    let sql = "SELECT count(*) FROM voice_switchboard s JOIN voice_state t ON t.switchboard_id = s.id WHERE s.kind = 'ami' AND s.active \
               AND s.archived_at IS NULL AND t.state = 'good'";
    Ok(q.number(sql, vec![]).await? > 0)
}

/// The fields of an action.
type Fields = Vec<(&'static str, String)>;

/// What is to be dialled now, taken from the queue.
pub(crate) async fn due(ctx: &Ctx, board: i64) -> Result<Vec<(i64, Fields)>> {
    // Looking costs no write lock.
    let sql = "SELECT count(*) FROM voice_dial WHERE switchboard_id = $1 AND state = 'waiting'";
    if ctx.db().number(sql, binds![board]).await? == 0 {
        return Ok(vec![]);
    }
    let tx = ctx.begin().await?;
    let row = tx
        .one(
            "SELECT COALESCE(channel, ''), COALESCE(context, ''), COALESCE(trunk, ''), COALESCE(caller, '') FROM voice_switchboard WHERE id = $1",
            binds![board],
        )
        .await?
        .ok_or_else(Error::missing)?;
    let or = |given: String, usual: &str| if given.is_empty() { usual.to_owned() } else { given };
    let (channel, context) = (or(row.text(0)?, "PJSIP/{extension}"), or(row.text(1)?, "from-internal"));
    let (trunk, caller) = (or(row.text(2)?, "{number}"), row.text(3)?);
    let stale = "UPDATE voice_dial SET state = 'late' WHERE switchboard_id = $1 AND state = 'waiting' AND at < $2";
    tx.exec(stale, binds![board, tx.at.plus_seconds(-FRESH_SECONDS).0])
        .await?;
    let sql = "UPDATE voice_dial SET state = 'sent' WHERE switchboard_id = $1 AND state = 'waiting' RETURNING id, extension, number";
    let rows = tx.all(sql, binds![board]).await?;
    let mut out = vec![];
    for r in rows {
        let (extension, number) = (r.text(1)?, r.text(2)?);
        let fields = vec![
            ("Channel", channel.replace("{extension}", &extension)),
            ("Context", context.clone()),
            ("Exten", trunk.replace("{number}", &number)),
            ("Priority", "1".to_owned()),
            ("CallerID", or(caller.clone(), &extension)),
            ("Timeout", "30000".to_owned()),
            ("Async", "true".to_owned()),
        ];
        out.push((r.int(0)?, fields));
    }
    tx.commit().await?;
    Ok(out)
}

/// What the switchboard said to it.
pub(crate) async fn answered(ctx: &Ctx, id: i64, good: bool, words: &str) -> Result<()> {
    let words: String = words.chars().take(200).collect();
    let tx = ctx.begin().await?;
    let sql = "UPDATE voice_dial SET state = $1, words = $2 WHERE id = $3";
    tx.exec(sql, binds![if good { "dialled" } else { "refused" }, words, id])
        .await?;
    tx.commit().await
}

/// Who is to be called, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    party: i64,
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    topic: String,
}

async fn call(ports: &Ports, visit: &Visit, sent: &Sent) -> Result<(Option<(String, bool)>, Vec<String>)> {
    let ctx = &visit.ctx;
    ctx.require("call.edit")?;
    let ty = ctx.registry().get("party")?.clone();
    read::need(ctx, ctx.db(), &ty, sent.party).await?;
    let tx = ctx.begin().await?;
    let ask = Ask {
        party: sent.party,
        class: Class::of(sent.class.as_deref().unwrap_or("service"))
            .ok_or_else(|| Error::field("class", "error-not-a-choice"))?,
        topic: sent.topic.clone(),
        channel: Channel::Phone,
        address: None,
        at: tx.at,
        may_change: false,
        may_wait: true,
        agreed: false,
    };
    let (said, permit) = ports.gate.pass(ctx, &tx, &ask, None).await?;
    let why = said
        .reasons
        .iter()
        .map(|r| zhike_web::gate::sentence(&visit.loc, r))
        .collect();
    let done = match permit {
        Some(permit) => {
            let dials = queue(ctx, &tx, permit.address()).await?;
            Some((permit.address().to_owned(), dials))
        }
        None => None,
    };
    tx.commit().await?;
    Ok((done, why))
}

/// `POST /api/v1/calls/dial`: 200, or 409 with the reasons of the gate.
pub(crate) async fn api(ports: Ports, visit: Visit, Body(sent): Body<Sent>) -> Answer {
    let (done, why) = call(&ports, &visit, &sent).await?;
    let code = if done.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    let shown = done.as_ref().map(|(n, _)| crate::ring::shown_number(&visit, n));
    answer(
        code,
        &json!({"dials": done.as_ref().is_some_and(|d| d.1), "address": shown, "reasons": why}),
    )
}

/// `POST /calls/dial`.
pub(crate) async fn page(ports: Ports, visit: Visit, Form(f): Form) -> Answer {
    let sent = Sent {
        party: f.need_int("party")?,
        class: None,
        topic: String::new(),
    };
    let (done, why) = call(&ports, &visit, &sent).await?;
    let loc = &visit.loc;
    let words = match done {
        Some((_, true)) => loc.t("dial-rings"),
        Some((number, false)) => loc.tv(
            "dial-by-hand",
            &[("number", crate::ring::shown_number(&visit, &number).into())],
        ),
        None => loc.tv(
            "dial-not-now",
            &[("why", why.first().cloned().unwrap_or_default().into())],
        ),
    };
    go_saying(&visit, &format!("/parties/{}", sent.party), &words, None)
}
