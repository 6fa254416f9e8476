//! What somebody may do only so often: strangers with links, guessed passwords, forms.

use crate::{Ctx, Query, Tx, binds};
use zhike_kernel::{Error, Result};

/// The window in which tries are counted.
pub const WINDOW_SECONDS: i64 = 900;

/// Counts a try of this kind (`pay.look`) by this caller, and refuses it when there were `most` within the window. What is
/// refused is not counted, so whoever waits gets in again. It has a transaction of its own: a try counts even if what it
/// was for fails.
pub async fn count(ctx: &Ctx, kind: &str, who: &str, most: i64) -> Result<()> {
    let house = Ctx::system(&ctx.house, ctx.door);
    let tx = house.begin().await?;
    let since = tx.at.plus_seconds(-WINDOW_SECONDS).0;
    let sql = "SELECT count(*) FROM tried WHERE who = $1 AND kind = $2 AND at > $3";
    if tx.number(sql, binds![who, kind, since]).await? >= most {
        return Err(Error::too_many(WINDOW_SECONDS));
    }
    let sql = "INSERT INTO tried (who, kind, at) VALUES ($1,$2,$3)";
    tx.exec(sql, binds![who, kind, tx.at.0]).await?;
    tx.exec("DELETE FROM tried WHERE at < $1", binds![since]).await?;
    tx.commit().await
}

/// Somebody has shown who they are: their tries of this kind count no more.
pub async fn forget(tx: &Tx, kind: &str, who: &str) -> Result<()> {
    let sql = "DELETE FROM tried WHERE kind = $1 AND who = $2";
    tx.exec(sql, binds![kind, who]).await.map(|_| ())
}
