//! What waits for a line: any server may lay a message down, the one that holds the line takes it, and what became of it is
//! read by who laid it down. Parts of a message that the centre reports on one by one.

use crate::{
    Ports,
    kinds::{Out, Sent},
    report,
};
use std::time::Duration;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds};

/// So long somebody waits for a line.
const PATIENCE: Duration = Duration::from_secs(30);
/// Days for which what went is kept, for its reports.
const KEPT: i64 = 14;

/// A message to be sent.
pub(crate) struct Lying {
    pub id: i64,
    pub name: String,
    pub address: String,
    pub text: String,
}

/// How one ended.
pub(crate) enum End {
    Gone,
    Never(String),
    Later(String),
    Unsure(String),
}

/// Lays a message down and waits until the line has dealt with it.
pub(crate) async fn lay(ctx: &Ctx, account: i64, bell: &tokio::sync::Notify, to: &str, out: &Out) -> Result<Sent> {
    // Handed over before, and nobody noted it: it does not go twice.
    let sql = "SELECT remote FROM channel_outbox WHERE account_id = $1 AND name = $2 AND state = 'gone'";
    if let Some(row) = ctx.db().one(sql, binds![account, out.id.as_str()]).await? {
        return Ok(Sent::Gone(row.opt_text(0)?.unwrap_or_default()));
    }
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO channel_outbox (account_id, name, message_id, address, text, state, at) \
               VALUES ($1, $2, $3, $4, $5, 'waiting', $6) RETURNING id";
    let row = binds![account, out.id.as_str(), out.message, to, out.text.as_str(), tx.at.0];
    let id = tx.number(sql, row).await?;
    let old = tx.at.plus_seconds(-KEPT * 86_400).0;
    tx.exec("DELETE FROM channel_outbox_part WHERE at < $1", binds![old])
        .await?;
    tx.exec(
        "DELETE FROM channel_outbox WHERE at < $1 AND state <> 'waiting'",
        binds![old],
    )
    .await?;
    tx.commit().await?;
    bell.notify_waiters();
    let began = tokio::time::Instant::now();
    let mut pause = Duration::from_millis(20);
    while began.elapsed() < PATIENCE {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(250));
        let sql = "SELECT state, COALESCE(remote, ''), COALESCE(words, '') FROM channel_outbox WHERE id = $1";
        let Some(row) = ctx.db().one(sql, binds![id]).await? else {
            break;
        };
        let (remote, words) = (row.text(1)?, row.text(2)?);
        match row.text(0)?.as_str() {
            "gone" => return Ok(Sent::Gone(remote)),
            "never" => return Ok(Sent::Never(words)),
            "later" => return Ok(Sent::Later(words)),
            "unsure" => return Ok(Sent::Unsure(words)),
            _ => {}
        }
    }
    // Nobody took it: it did not go, and will not.
    let tx = ctx.begin().await?;
    let sql = "UPDATE channel_outbox SET state = 'withdrawn' WHERE id = $1 AND state = 'waiting'";
    let withdrawn = tx.exec(sql, binds![id]).await? == 1;
    tx.commit().await?;
    Ok(match withdrawn {
        true => Sent::Sick("unreachable", "the line to the message centre is not open".into()),
        false => Sent::Unsure("no answer in time".into()),
    })
}

/// Takes what waits, at most so many.
pub(crate) async fn take(ctx: &Ctx, account: i64, most: i64) -> Result<Vec<Lying>> {
    // Looking costs no write lock.
    let sql = "SELECT count(*) FROM channel_outbox WHERE account_id = $1 AND state = 'waiting'";
    if most < 1 || ctx.db().number(sql, binds![account]).await? == 0 {
        return Ok(vec![]);
    }
    let tx = ctx.begin().await?;
    let sql = "UPDATE channel_outbox SET state = 'sent' WHERE id IN (SELECT id FROM channel_outbox WHERE account_id = $1 \
               AND state = 'waiting' ORDER BY id LIMIT $2) AND state = 'waiting' RETURNING id, name, address, text";
    let rows = tx.all(sql, binds![account, most]).await?;
    tx.commit().await?;
    let mut all = vec![];
    for r in &rows {
        all.push(Lying {
            id: r.int(0)?,
            name: r.text(1)?,
            address: r.text(2)?,
            text: r.text(3)?,
        });
    }
    all.sort_by_key(|l| l.id);
    Ok(all)
}

/// What a process that ended in between left on the way: nobody knows whether it went.
pub(crate) async fn orphans(ctx: &Ctx, account: i64) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql =
        "UPDATE channel_outbox SET state = 'unsure', words = 'the line broke' WHERE account_id = $1 AND state = 'sent'";
    tx.exec(sql, binds![account]).await?;
    tx.commit().await
}

/// Writes down how one ended, with the centre's names of its parts.
pub(crate) async fn end(ctx: &Ctx, account: i64, id: i64, remotes: &[String], end: &End) -> Result<()> {
    let (state, words) = match end {
        End::Gone => ("gone", None),
        End::Never(w) => ("never", Some(w)),
        End::Later(w) => ("later", Some(w)),
        End::Unsure(w) => ("unsure", Some(w)),
    };
    let words: Option<String> = words.map(|w| w.chars().take(300).collect());
    let tx = ctx.begin().await?;
    let sql = "UPDATE channel_outbox SET state = $1, remote = $2, words = $3 WHERE id = $4 AND state = 'sent'";
    tx.exec(sql, binds![state, remotes.first().cloned(), words, id]).await?;
    for remote in remotes {
        let sql = "INSERT INTO channel_outbox_part (account_id, remote, outbox_id, state, at) VALUES ($1, $2, $3, 'gone', $4) \
                   ON CONFLICT (account_id, remote) DO UPDATE SET outbox_id = excluded.outbox_id, at = excluded.at";
        tx.exec(sql, binds![account, remote.as_str(), id, tx.at.0]).await?;
    }
    tx.commit().await
}

/// The same number as other centres write it: their answers may be in hexadecimal and their reports not.
fn spellings(remote: &str) -> [String; 3] {
    let hex = u64::from_str_radix(remote, 16).map_or_else(|_| remote.to_owned(), |n| n.to_string());
    let plain = remote.parse::<u64>();
    let upper = plain.as_ref().map_or_else(|_| remote.to_owned(), |n| format!("{n:X}"));
    let lower = plain.as_ref().map_or_else(|_| remote.to_owned(), |n| format!("{n:x}"));
    [hex, upper, lower]
}

async fn part(tx: &Tx, account: i64, remote: &str) -> Result<Option<(String, i64)>> {
    let sql = "SELECT remote, outbox_id FROM channel_outbox_part WHERE account_id = $1 AND remote = $2";
    for spelling in [remote.to_owned()].into_iter().chain(spellings(remote)) {
        if let Some(row) = tx.one(sql, binds![account, spelling.as_str()]).await? {
            return Ok(Some((row.text(0)?, row.int(1)?)));
        }
    }
    Ok(None)
}

/// The centre reports on a part: the message arrived when all of them have, and failed when one has. False: not known yet.
pub(crate) async fn reported(
    ctx: &Ctx,
    ports: &Ports,
    account: i64,
    remote: &str,
    arrived: bool,
    why: &str,
) -> Result<bool> {
    let tx = ctx.begin().await?;
    let Some((remote, outbox)) = part(&tx, account, remote).await? else {
        return Ok(false);
    };
    let sql = "UPDATE channel_outbox_part SET state = $1 WHERE account_id = $2 AND remote = $3";
    let state = if arrived { "arrived" } else { "failed" };
    tx.exec(sql, binds![state, account, remote.as_str()]).await?;
    let sql = "SELECT count(*) FROM channel_outbox_part WHERE outbox_id = $1 AND state = 'gone'";
    let open = tx.number(sql, binds![outbox]).await?;
    let row = tx
        .one("SELECT name FROM channel_outbox WHERE id = $1", binds![outbox])
        .await?;
    if let Some(row) = row
        && (!arrived || open == 0)
    {
        report::take(ctx, &tx, ports, account, &row.text(0)?, arrived, why).await?;
    }
    crate::account::heard(&tx, account).await?;
    tx.commit().await?;
    Ok(true)
}
