//! Which record each thing of a shop is, what the shop said of it last, and how new that word was.

use serde_json::{Map, Value as Json};
use zhike_kernel::{Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};

/// A thing of a shop that is a record here.
pub(crate) struct Link {
    /// The record; 0 when it became none.
    pub record: i64,
    /// What the shop said of it last.
    pub said: Json,
}

pub(crate) async fn find(q: &dyn Query, shop: i64, kind: &str, remote: &str) -> Result<Option<Link>> {
    let sql = "SELECT record_id, said FROM shop_link WHERE shop_id = $1 AND kind = $2 AND remote = $3";
    let row = q.one(sql, binds![shop, kind, remote]).await?;
    row.map(|r| {
        Ok(Link {
            record: r.int(0)?,
            said: serde_json::from_str(&r.text(1)?).unwrap_or(Json::Null),
        })
    })
    .transpose()
}

pub(crate) async fn keep(tx: &Tx, shop: i64, kind: &str, remote: &str, record: i64, said: &Json) -> Result<()> {
    let sql = "INSERT INTO shop_link (shop_id, kind, remote, record_id, said) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (shop_id, kind, remote) DO UPDATE SET record_id = excluded.record_id, said = excluded.said";
    tx.exec(sql, binds![shop, kind, remote, record, said.to_string()])
        .await
        .map(|_| ())
}

/// Is this word newer than (or as new as) the last one about the same thing? The thing is kept from others until the end of
/// the transaction. A word without a time is taken as it comes.
pub(crate) async fn newer(tx: &Tx, shop: i64, kind: &str, remote: &str, as_of: Option<Stamp>) -> Result<bool> {
    let at = as_of.map_or(0, |s| s.0);
    let sql = "INSERT INTO shop_mark (shop_id, kind, remote, as_of) VALUES ($1, $2, $3, $4) ON CONFLICT (shop_id, kind, remote) \
               DO UPDATE SET as_of = CASE WHEN excluded.as_of > shop_mark.as_of THEN excluded.as_of ELSE shop_mark.as_of END \
               RETURNING as_of";
    let row = tx.one(sql, binds![shop, kind, remote, at]).await?;
    let last = row.map(|r| r.int(0)).transpose()?.unwrap_or(at);
    Ok(as_of.is_none() || last <= at)
}

/// What a shop says of a record, as it is remembered.
pub(crate) fn said(now: &Values) -> Json {
    let map: Map<String, Json> = now.iter().map(|(k, v)| (k.clone(), v.json())).collect();
    Json::Object(map)
}

/// Takes over what changed in the shop: a field is filled when it is empty here, and changed when it still is what the shop
/// said before. What people wrote here stays. True when something changed.
pub(crate) async fn take_over(
    ctx: &Ctx,
    tx: &Tx,
    ty: &str,
    record: &Record,
    now: &Values,
    before: &Json,
) -> Result<bool> {
    let mut changes = Values::new();
    for (name, value) in now.iter().filter(|(_, v)| !v.is_empty()) {
        let here = record.get(name);
        let last = before.get(name).and_then(Value::from_json);
        let ours = last.as_ref() == Some(here) && last.as_ref() != Some(value);
        if here != value && (here.is_empty() || ours) {
            changes.insert(name.clone(), value.clone());
        }
    }
    if changes.is_empty() {
        return Ok(false);
    }
    let ty = ctx.registry().get(ty)?.clone();
    let version = write::update(ctx, tx, &ty, record.id, record.version, changes).await?;
    Ok(version != record.version)
}

/// A record that is still there.
pub(crate) async fn alive(ctx: &Ctx, tx: &Tx, ty: &str, id: i64) -> Result<Option<Record>> {
    let found = read::find(ctx, tx, ctx.registry().get(ty)?, id).await?;
    Ok(found.filter(|r| r.archived_at.is_none()))
}
