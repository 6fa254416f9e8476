//! Applying a message: each item in a transaction of its own together with its result, so that a good item counts
//! whatever becomes of its neighbour, and a server that dies goes on where it stood.

use super::{goods, message::Message, money, stock};
use crate::Ports;
use serde_json::Value as Any;
use zhike_kernel::{Arg, Error, Kind, Result};
use zhike_store::{Ctx, Query, Tx, binds};

/// What became of an item that was not refused.
pub(super) struct Done {
    outcome: &'static str,
    code: Option<&'static str>,
    ty: &'static str,
    id: i64,
}

impl Done {
    pub(super) fn applied(ty: &'static str, id: i64) -> Done {
        Done {
            outcome: "applied",
            code: None,
            ty,
            id,
        }
    }
    /// It was so already.
    pub(super) fn same(ty: &'static str, id: i64) -> Done {
        Done {
            outcome: "unchanged",
            ..Done::applied(ty, id)
        }
    }
    /// A newer word about it came before.
    pub(super) fn older(ty: &'static str, id: i64) -> Done {
        Done {
            code: Some("inbound-older"),
            ..Done::same(ty, id)
        }
    }
}

async fn one(ctx: &Ctx, tx: &Tx, ports: &Ports, message: &Message, item: &Any) -> Result<Done> {
    match message.kind.as_str() {
        "stock-levels" => {
            let note = format!("{} {}", message.sender, message.message);
            stock::apply(ctx, tx, ports.levels.as_ref(), item, message.sent_at, &note).await
        }
        "shipments" => goods::apply(ctx, tx, ports.orders.as_ref(), item, message.sent_at).await,
        "invoices" => money::invoice(ctx, tx, ports.books.as_ref(), item, message.sent_at).await,
        _ => money::payment(ctx, tx, ports.books.as_ref(), item, message.sent_at).await,
    }
}

/// The sender's key of an item, for the list of results.
fn key(kind: &str, item: &Any) -> String {
    let key = match kind {
        "stock-levels" => stock::key(item),
        "shipments" => goods::key(item),
        _ => money::key(item),
    };
    key.chars().take(200).collect()
}

/// How one ended.
struct Ended<'a> {
    outcome: &'a str,
    code: Option<String>,
    field: Option<String>,
    args: Option<String>,
    record: Option<(&'a str, i64)>,
}

async fn keep(tx: &Tx, message: i64, position: i64, key: &str, end: &Ended<'_>) -> Result<()> {
    let sql = "INSERT INTO connect_item (inbound_id, position, item_key, outcome, code, field, args, record_type, record_id, at) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (inbound_id, position) DO UPDATE SET outcome = excluded.outcome, \
               code = excluded.code, field = excluded.field, args = excluded.args, record_type = excluded.record_type, \
               record_id = excluded.record_id, at = excluded.at";
    let row = binds![
        message,
        position,
        key,
        end.outcome,
        end.code.clone(),
        end.field.clone(),
        end.args.clone(),
        end.record.map(|r| r.0.to_owned()),
        end.record.map(|r| r.1).filter(|id| *id > 0),
        tx.at.0
    ];
    tx.exec(sql, row).await?;
    Ok(())
}

fn args(all: &[(&'static str, Arg)]) -> Option<String> {
    let map: serde_json::Map<String, Any> = all
        .iter()
        .map(|(k, v)| {
            let v = match v {
                Arg::Text(t) => t.as_str().into(),
                Arg::Int(i) => (*i).into(),
            };
            ((*k).to_owned(), v)
        })
        .collect();
    (!map.is_empty()).then(|| Any::Object(map).to_string())
}

/// Applies what of a message is not done yet; refused items are tried again.
pub(super) async fn run(ctx: &Ctx, ports: &Ports, message: &Message, items: &[Any]) -> Result<()> {
    let sql = "SELECT position FROM connect_item WHERE inbound_id = $1 AND outcome <> 'refused'";
    let rows = ctx.db().all(sql, binds![message.id]).await?;
    let done: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    for (position, item) in (0_i64..).zip(items) {
        if done.contains(&position) {
            continue;
        }
        let name = key(&message.kind, item);
        let tx = ctx.begin().await?;
        // Of two who work on the same message, the second waits here and finds it done.
        let sql = "UPDATE connect_inbound SET replays = replays WHERE id = $1";
        tx.exec(sql, binds![message.id]).await?;
        let sql = "SELECT count(*) FROM connect_item WHERE inbound_id = $1 AND position = $2 AND outcome <> 'refused'";
        if tx.number(sql, binds![message.id, position]).await? > 0 {
            continue;
        }
        match Box::pin(one(ctx, &tx, ports, message, item)).await {
            Ok(ok) => {
                let end = Ended {
                    outcome: ok.outcome,
                    code: ok.code.map(str::to_owned),
                    field: None,
                    args: None,
                    record: Some((ok.ty, ok.id)),
                };
                keep(&tx, message.id, position, &name, &end).await?;
                tx.commit().await?;
            }
            Err(e) if e.kind == Kind::Broken || e.code == "error-disk-full" => return Err(e),
            Err(e) => {
                tx.rollback().await?;
                refuse(ctx, message.id, position, &name, &e).await?;
            }
        }
    }
    count(ctx, message.id).await
}

async fn refuse(ctx: &Ctx, message: i64, position: i64, name: &str, e: &Error) -> Result<()> {
    let first = e.fields.first();
    let end = Ended {
        outcome: "refused",
        code: Some(first.map_or(e.code, |f| f.code).to_owned()),
        field: first.map(|f| f.field.clone()),
        args: args(first.map_or(&e.args, |f| &f.args)),
        record: None,
    };
    let tx = ctx.begin().await?;
    keep(&tx, message, position, name, &end).await?;
    tx.commit().await
}

/// The sums of a message.
async fn count(ctx: &Ctx, message: i64) -> Result<()> {
    let of = |outcome: &str| {
        format!(
            "(SELECT count(*) FROM connect_item i WHERE i.inbound_id = connect_inbound.id AND i.outcome = '{outcome}')"
        )
    };
    let sql = format!(
        "UPDATE connect_inbound SET done_at = $1, applied = {}, unchanged = {}, refused = {} WHERE id = $2",
        of("applied"),
        of("unchanged"),
        of("refused")
    );
    let tx = ctx.begin().await?;
    tx.exec(&sql, binds![tx.at.0, message]).await?;
    tx.commit().await
}
