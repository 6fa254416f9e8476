//! Reports on messages of ours: matched with what was sent; one that overtakes our own note waits for it.

use crate::{Ports, carry};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds};

/// Days for which a report that belongs to nothing is kept.
const KEPT: i64 = 7;

/// A message went, and the other side calls it so.
pub(crate) async fn sent(ctx: &Ctx, tx: &Tx, ports: &Ports, account: i64, remote: &str, message: i64) -> Result<()> {
    let sql = "INSERT INTO channel_sent (account_id, remote, message_id, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (account_id, remote) DO NOTHING";
    tx.exec(sql, binds![account, remote, message, tx.at.0]).await?;
    let sql = "DELETE FROM channel_early WHERE account_id = $1 AND remote IN ($2, $3) RETURNING arrived, why";
    let row = tx.one(sql, binds![account, remote, carry::name(message)]).await?;
    if let Some(row) = row {
        let (arrived, why) = (row.bool(0)?, row.text(1)?);
        ports.outbound.reported(ctx, tx, message, arrived, &why).await?;
    }
    Ok(())
}

/// The other side says what became of one.
pub(crate) async fn take(
    ctx: &Ctx,
    tx: &Tx,
    ports: &Ports,
    account: i64,
    remote: &str,
    arrived: bool,
    why: &str,
) -> Result<bool> {
    let sql = "SELECT message_id FROM channel_sent WHERE account_id = $1 AND remote = $2";
    if let Some(row) = tx.one(sql, binds![account, remote]).await? {
        return ports.outbound.reported(ctx, tx, row.int(0)?, arrived, why).await;
    }
    // By our own name, as some providers do.
    let own = remote.strip_prefix("zk").and_then(|n| n.parse::<i64>().ok());
    if let Some(message) = own {
        let sql = "SELECT count(*) FROM channel_sent WHERE account_id = $1 AND message_id = $2";
        if tx.number(sql, binds![account, message]).await? > 0 {
            return ports.outbound.reported(ctx, tx, message, arrived, why).await;
        }
    }
    let why: String = why.chars().take(300).collect();
    let sql = "INSERT INTO channel_early (account_id, remote, arrived, why, at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (account_id, remote) DO NOTHING";
    tx.exec(sql, binds![account, remote, arrived, why, tx.at.0]).await?;
    let old = tx.at.plus_seconds(-KEPT * 86_400).0;
    tx.exec("DELETE FROM channel_early WHERE at < $1", binds![old]).await?;
    Ok(false)
}
