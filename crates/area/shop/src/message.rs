//! Messages of shops: kept, found, taken again, and forgotten after a while.

use crate::{apply::Ended, box_post, setup};
use async_trait::async_trait;
use serde_json::{Map, Value as Any, json};
use std::collections::HashMap;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Arg, Error, Result, Stamp};
use zhike_store::{Ctx, Event, Query, Row, Tx, binds};
use zhike_web::Locale;

/// The job that applies one.
pub(crate) const APPLY: &str = "shop.apply";
/// Days for which they are kept.
const KEPT: i64 = 60;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub id: i64,
    pub shop: i64,
    pub topic: String,
    pub remote: String,
    pub body: String,
    pub received_at: Stamp,
    /// `received`, `applied`, `unchanged`, `older`, `ignored` or `refused`.
    pub outcome: String,
    pub code: Option<String>,
    pub field: Option<String>,
    pub args: Option<String>,
    pub record: Option<(String, i64)>,
    pub replays: i64,
}

impl Message {
    /// Why it was refused.
    pub(crate) fn words(&self, loc: &Locale) -> Option<String> {
        let code = self.code.as_deref()?;
        let text = self.args.as_deref().unwrap_or("{}");
        let map: HashMap<String, Any> = serde_json::from_str(text).unwrap_or_default();
        let args: Vec<(&str, Arg)> = map
            .iter()
            .filter_map(|(k, v)| {
                let v = match v {
                    Any::String(s) => Arg::Text(s.clone()),
                    v => Arg::Int(v.as_i64()?),
                };
                Some((k.as_str(), v))
            })
            .collect();
        Some(loc.tv(code, &args))
    }
}

const COLUMNS: &str =
    "id, shop_id, topic, remote, body, received_at, outcome, code, field, args, record_type, record_id, replays";

fn read(r: &Row) -> Result<Message> {
    Ok(Message {
        id: r.int(0)?,
        shop: r.int(1)?,
        topic: r.text(2)?,
        remote: r.text(3)?,
        body: r.text(4)?,
        received_at: Stamp(r.int(5)?),
        outcome: r.text(6)?,
        code: r.opt_text(7)?,
        field: r.opt_text(8)?,
        args: r.opt_text(9)?,
        record: r.opt_text(10)?.zip(r.opt_int(11)?),
        replays: r.int(12)?,
    })
}

/// Keeps a message and wakes the job that applies it; false when it was there.
pub(crate) async fn take(ctx: &Ctx, shop: i64, topic: &str, delivery: &str, body: &str) -> Result<bool> {
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO shop_message (shop_id, delivery, topic, remote, body, received_at, outcome, replays) \
               VALUES ($1, $2, $3, '', $4, $5, 'received', 0) ON CONFLICT (shop_id, delivery) DO NOTHING RETURNING id";
    let new = tx.one(sql, binds![shop, delivery, topic, body, tx.at.0]).await?;
    match &new {
        Some(row) => wake(&tx, row.int(0)?).await?,
        None => {
            let sql = "UPDATE shop_message SET replays = replays + 1 WHERE shop_id = $1 AND delivery = $2";
            tx.exec(sql, binds![shop, delivery]).await?;
        }
    }
    setup::heard(&tx, shop).await?;
    tx.commit().await?;
    Ok(new.is_some())
}

async fn wake(tx: &Tx, id: i64) -> Result<()> {
    let key = format!("{APPLY}:{id}");
    zhike_jobs::push(tx, APPLY, Some(&key), &json!({"message": id}))
        .await
        .map(|_| ())
}

/// One of them.
pub(crate) async fn find(q: &dyn Query, id: i64) -> Result<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM shop_message WHERE id = $1");
    q.one(&sql, binds![id]).await?.as_ref().map(read).transpose()
}

/// Those of a shop, the newest first.
pub(crate) async fn list(
    q: &dyn Query,
    shop: i64,
    refused: bool,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Message>> {
    let only = if refused { " AND outcome = 'refused'" } else { "" };
    let sql =
        format!("SELECT {COLUMNS} FROM shop_message WHERE shop_id = $1 AND id < $2{only} ORDER BY id DESC LIMIT $3");
    let rows = q.all(&sql, binds![shop, before.unwrap_or(i64::MAX), limit]).await?;
    rows.iter().map(read).collect()
}

/// How many of a shop were refused.
pub(crate) async fn refused(q: &dyn Query, shop: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM shop_message WHERE shop_id = $1 AND outcome = 'refused'";
    q.number(sql, binds![shop]).await
}

/// Writes down what became of one.
pub(crate) async fn end(tx: &Tx, id: i64, remote: &str, ended: &Ended) -> Result<()> {
    let (kind, record) = ended.record.unzip();
    let sql = "UPDATE shop_message SET outcome = $1, remote = $2, record_type = $3, record_id = $4, done_at = $5, code = NULL, field = NULL, \
               args = NULL WHERE id = $6";
    let row = binds![ended.outcome, remote, kind.map(str::to_owned), record, tx.at.0, id];
    tx.exec(sql, row).await.map(|_| ())
}

/// Writes down why one was refused; what it had become before stays named.
pub(crate) async fn refuse(tx: &Tx, id: i64, remote: Option<&str>, e: &Error) -> Result<()> {
    let first = e.fields.first();
    let code = first.map_or(e.code, |f| f.code);
    let map: Map<String, Any> = first
        .map_or(&e.args, |f| &f.args)
        .iter()
        .map(|(k, v)| {
            let v = match v {
                Arg::Text(t) => Any::from(t.as_str()),
                Arg::Int(i) => Any::from(*i),
            };
            ((*k).to_owned(), v)
        })
        .collect();
    let sql = "UPDATE shop_message SET outcome = 'refused', remote = COALESCE($1, remote), code = $2, field = $3, args = $4, done_at = $5 \
               WHERE id = $6";
    let row = binds![
        remote.map(str::to_owned),
        code,
        first.map(|f| f.field.clone()),
        Any::Object(map).to_string(),
        tx.at.0,
        id
    ];
    tx.exec(sql, row).await.map(|_| ())
}

/// A refused message is taken again.
pub(crate) async fn again(ctx: &Ctx, shop: i64, id: i64) -> Result<()> {
    ctx.require(setup::EDIT)?;
    let tx = ctx.begin().await?;
    let sql = "UPDATE shop_message SET outcome = 'received' WHERE id = $1 AND shop_id = $2 AND outcome = 'refused'";
    if tx.exec(sql, binds![id, shop]).await? != 1 {
        let known = find(&tx, id).await?.filter(|m| m.shop == shop);
        return Err(known.map_or_else(Error::missing, |_| Error::refused("error-shop-again")));
    }
    wake(&tx, id).await?;
    let event = Event {
        kind: "shop.message_again.v1".into(),
        record_type: "shop",
        record: shop,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

/// Forgets old messages: they hold what customers told the shop.
pub(crate) struct Sweep;

#[async_trait]
impl Job for Sweep {
    fn name(&self) -> &'static str {
        "shop.sweep"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, _run: &Run) -> Result<Outcome> {
        let tx = ctx.begin().await?;
        let old = tx.at.plus_seconds(-KEPT * 86_400).0;
        tx.exec("DELETE FROM shop_message WHERE received_at < $1", binds![old])
            .await?;
        tx.commit().await?;
        box_post::forget(ctx).await?;
        crate::visits::old(ctx).await?;
        Ok(Outcome::Done)
    }
}
