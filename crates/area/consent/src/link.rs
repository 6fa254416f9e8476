//! Signed addresses for customers: the page with their wishes, and the way out of messages that want to sell.

use crate::rules::Manners;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Query, Tx, binds, tries};
use zhike_web::seal;

/// A link to the wishes is good for so many days.
const DAYS: i64 = 180;
/// What a caller may do within the window.
const LIMITS: [(&str, i64); 3] = [("look", 240), ("save", 60), ("wrong", 30)];
/// The way out needs no row of its own: the message is the row, the signature the proof.
const NO_NONCE: &str = "00000000000000000000000000000000";
const WISHES: &str = "wishes";
const LEAVE: &str = "leave";

/// Makes the addresses under which messages are left.
pub(crate) struct Leaver {
    base: String,
    secret: [u8; 32],
}

impl Leaver {
    /// None while the house has no address of its own.
    pub(crate) async fn new(q: &dyn Query, manners: &Manners) -> Result<Option<Leaver>> {
        let base = manners.address.trim_end_matches('/').to_owned();
        if base.is_empty() {
            return Ok(None);
        }
        let secret = seal::house(q).await?;
        Ok(Some(Leaver { base, secret }))
    }
    /// The address for a message.
    pub(crate) fn address(&self, message: i64) -> String {
        format!("{}{}", self.base, leave(&self.secret, message))
    }
}

/// Where a message is left, without the host.
pub(crate) fn leave(secret: &[u8; 32], message: i64) -> String {
    format!("/leave/{}", seal::token(secret, LEAVE, message, NO_NONCE))
}

/// The message behind a token.
pub(crate) async fn message(ctx: &Ctx, secret: &[u8; 32], token: &str, peer: &str) -> Result<i64> {
    match seal::read(secret, LEAVE, token) {
        Some((id, _)) => Ok(id),
        None => {
            limit(ctx, peer, "wrong").await?;
            Err(Error::missing())
        }
    }
}

/// A link to a party's wishes.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: i64,
    pub party: i64,
    nonce: String,
    pub ends_at: Stamp,
    pub revoked: bool,
}

impl Link {
    /// May it still be used?
    pub(crate) fn good(&self, now: Stamp) -> bool {
        !self.revoked && self.ends_at > now
    }
    /// Its address without the host.
    pub(crate) fn address(&self, secret: &[u8; 32]) -> String {
        format!("/wishes/{}", seal::token(secret, WISHES, self.id, &self.nonce))
    }
}

const COLUMNS: &str = "id, party_id, nonce, ends_at, revoked_at";

fn kept(r: &zhike_store::Row) -> Result<Link> {
    Ok(Link {
        id: r.int(0)?,
        party: r.int(1)?,
        nonce: r.text(2)?,
        ends_at: Stamp(r.int(3)?),
        revoked: r.opt_int(4)?.is_some(),
    })
}

/// The newest link of a party that is good.
pub(crate) async fn of_party(q: &dyn Query, party: i64, now: Stamp) -> Result<Option<Link>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_link WHERE party_id = $1 AND revoked_at IS NULL AND ends_at > $2 ORDER BY id DESC LIMIT 1"
    );
    q.one(&sql, binds![party, now.0]).await?.as_ref().map(kept).transpose()
}

/// Makes a link.
pub(crate) async fn make(tx: &Tx, party: i64) -> Result<Link> {
    let id = tx
        .insert(
            "INSERT INTO consent_link (party_id, nonce, made_at, made_by, ends_at, opens) VALUES ($1,$2,$3,$4,$5,0) RETURNING id",
            binds![party, seal::nonce(), tx.at.0, tx.user, tx.at.plus_seconds(DAYS * 86_400).0],
        )
        .await?;
    let sql = format!("SELECT {COLUMNS} FROM consent_link WHERE id = $1");
    kept(&tx.one(&sql, binds![id]).await?.ok_or_else(Error::missing)?)
}

/// Ends all links of a party; how many.
pub(crate) async fn revoke(tx: &Tx, party: i64) -> Result<u64> {
    let sql = "UPDATE consent_link SET revoked_at = $1 WHERE party_id = $2 AND revoked_at IS NULL";
    tx.exec(sql, binds![tx.at.0, party]).await
}

/// The link behind a token. A token that is none counts against the caller.
pub(crate) async fn need(ctx: &Ctx, secret: &[u8; 32], token: &str, peer: &str) -> Result<Link> {
    let found = match seal::read(secret, WISHES, token) {
        Some((id, nonce)) => {
            let sql = format!("SELECT {COLUMNS} FROM consent_link WHERE id = $1 AND nonce = $2");
            let row = ctx.db().one(&sql, binds![id, nonce]).await?;
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

/// Counts a look.
pub(crate) async fn seen(tx: &Tx, link: &Link) -> Result<()> {
    let sql = "UPDATE consent_link SET opens = opens + 1, opened_at = COALESCE(opened_at, $1) WHERE id = $2";
    tx.exec(sql, binds![tx.at.0, link.id]).await.map(|_| ())
}

/// Counts what a caller does and refuses too much of it.
pub(crate) async fn limit(ctx: &Ctx, peer: &str, kind: &'static str) -> Result<()> {
    let most = LIMITS.iter().find(|l| l.0 == kind).map_or(20, |l| l.1);
    tries::count(ctx, &format!("wishes.{kind}"), peer, most).await
}
