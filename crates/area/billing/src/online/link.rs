//! Links to an invoice for its customer: made, found, ended; and how often a stranger may come.

use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Query, Tx, binds, tries};
use zhike_web::seal;

/// A link is good for so many days.
pub(crate) const DAYS: i64 = 90;
/// What a caller may do within the window.
const LIMITS: [(&str, i64); 4] = [("look", 240), ("pay", 20), ("file", 60), ("wrong", 30)];

/// A link as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: i64,
    pub kind: String,
    pub invoice: i64,
    pub nonce: String,
    pub made_at: Stamp,
    pub ends_at: Stamp,
    pub revoked: bool,
    pub opened_at: Option<Stamp>,
    pub opens: i64,
}

impl Link {
    /// May it still be used?
    pub(crate) fn good(&self, now: Stamp) -> bool {
        !self.revoked && self.ends_at > now
    }
    /// Its address without the host.
    pub(crate) fn address(&self, secret: &[u8; 32]) -> String {
        format!(
            "/{}/{}",
            self.kind,
            seal::token(secret, &self.kind, self.id, &self.nonce)
        )
    }
}

const COLUMNS: &str = "id, kind, invoice_id, nonce, made_at, ends_at, revoked_at, opened_at, opens";

fn kept(r: &zhike_store::Row) -> Result<Link> {
    Ok(Link {
        id: r.int(0)?,
        kind: r.text(1)?,
        invoice: r.int(2)?,
        nonce: r.text(3)?,
        made_at: Stamp(r.int(4)?),
        ends_at: Stamp(r.int(5)?),
        revoked: r.opt_int(6)?.is_some(),
        opened_at: r.opt_int(7)?.map(Stamp),
        opens: r.int(8)?,
    })
}

/// Links of a kind of an invoice, newest first.
pub(crate) async fn of_invoice(q: &dyn Query, kind: &str, invoice: i64) -> Result<Vec<Link>> {
    let sql =
        format!("SELECT {COLUMNS} FROM billing_link WHERE invoice_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 20");
    q.all(&sql, binds![invoice, kind]).await?.iter().map(kept).collect()
}

/// Makes a link.
pub(crate) async fn make(tx: &Tx, kind: &str, invoice: i64) -> Result<Link> {
    let id = tx
        .insert(
            "INSERT INTO billing_link (kind, invoice_id, nonce, made_by, made_at, ends_at, opens) VALUES ($1,$2,$3,$4,$5,$6,0) RETURNING id",
            binds![kind, invoice, seal::nonce(), tx.user, tx.at.0, tx.at.plus_seconds(DAYS * 86_400).0],
        )
        .await?;
    let sql = format!("SELECT {COLUMNS} FROM billing_link WHERE id = $1");
    kept(&tx.one(&sql, binds![id]).await?.ok_or_else(Error::missing)?)
}

/// Ends all links of a kind; how many.
pub(crate) async fn revoke(tx: &Tx, kind: &str, invoice: i64) -> Result<u64> {
    let sql = "UPDATE billing_link SET revoked_at = $1 WHERE invoice_id = $2 AND kind = $3 AND revoked_at IS NULL";
    tx.exec(sql, binds![tx.at.0, invoice, kind]).await
}

/// The link behind a token. A token that is none counts against the caller.
pub(crate) async fn need(ctx: &Ctx, secret: &[u8; 32], kind: &str, token: &str, peer: &str) -> Result<Link> {
    let found = match seal::read(secret, kind, token) {
        Some((id, nonce)) => {
            let sql = format!("SELECT {COLUMNS} FROM billing_link WHERE id = $1 AND nonce = $2 AND kind = $3");
            let row = ctx.db().one(&sql, binds![id, nonce, kind]).await?;
            row.as_ref().map(kept).transpose()?
        }
        None => None,
    };
    match found {
        Some(link) => Ok(link),
        None => {
            limit(ctx, peer, "wrong").await?;
            Err(Error::missing())
        }
    }
}

/// Counts a look; true when it was the first.
pub(crate) async fn seen(tx: &Tx, link: &Link) -> Result<bool> {
    let sql = "UPDATE billing_link SET opened_at = $1 WHERE id = $2 AND opened_at IS NULL";
    let first = tx.exec(sql, binds![tx.at.0, link.id]).await? == 1;
    tx.exec(
        "UPDATE billing_link SET opens = opens + 1 WHERE id = $1",
        binds![link.id],
    )
    .await?;
    Ok(first)
}

/// Counts what a caller does and refuses too much of it.
pub(crate) async fn limit(ctx: &Ctx, peer: &str, kind: &'static str) -> Result<()> {
    let most = LIMITS.iter().find(|l| l.0 == kind).map_or(20, |l| l.1);
    tries::count(ctx, &format!("pay.{kind}"), peer, most).await
}
