//! Signing in to the portal: by a link that was sent, or by a password.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{Guest, Guests};
use zhike_kernel::{Door, Error, Result, Stamp, Values};
use zhike_store::{Ctx, Event, House, Query, Tx, binds, read, tries, write};
use zhike_web::{password, seal};

const PURPOSE: &str = "portal";
/// A session without use, and at most.
const IDLE_SECONDS: i64 = 14 * 86_400;
const SESSION_SECONDS: i64 = 60 * 86_400;
/// How long a link is good: one that was asked for, and an invitation.
const ASKED_SECONDS: i64 = 30 * 60;
const INVITED_SECONDS: i64 = 14 * 86_400;
/// Tries within the window: per address of mail, and per caller.
const TRIES: (i64, i64) = (8, 40);

/// An account as signing in needs it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub id: i64,
    pub party: i64,
    pub name: String,
    pub email: String,
    pub language: Option<String>,
}

const COLUMNS: &str = "a.id, a.party_id, a.name, a.email, a.language";
/// Only accounts that stand, of parties that stand.
const OPEN: &str =
    "a.archived_at IS NULL AND EXISTS (SELECT 1 FROM party_party p WHERE p.id = a.party_id AND p.archived_at IS NULL)";

fn kept(r: &zhike_store::Row) -> Result<Account> {
    Ok(Account {
        id: r.int(0)?,
        party: r.int(1)?,
        name: r.text(2)?,
        email: r.text(3)?,
        language: r.opt_text(4)?,
    })
}

/// The account with this id.
pub(crate) async fn find(q: &dyn Query, id: i64) -> Result<Option<Account>> {
    let sql = format!("SELECT {COLUMNS} FROM portal_account a WHERE a.id = $1 AND {OPEN}");
    q.one(&sql, binds![id]).await?.as_ref().map(kept).transpose()
}

/// The account with this address of mail.
pub(crate) async fn of_email(q: &dyn Query, email: &str) -> Result<Option<Account>> {
    let sql = format!("SELECT {COLUMNS} FROM portal_account a WHERE a.email = $1 AND {OPEN}");
    let email = email.trim().to_lowercase();
    q.one(&sql, binds![email]).await?.as_ref().map(kept).transpose()
}

/// Writes an event about an account.
pub(crate) async fn log(ctx: &Ctx, tx: &Tx, of: &Account, what: &str, note: Option<String>) -> Result<()> {
    let event = Event {
        kind: format!("portal_account.{what}.v1"),
        record_type: "portal_account",
        record: of.id,
        party: Some(of.party),
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Counts a try to get in, by address and by caller.
pub(crate) async fn patience(ctx: &Ctx, email: &str, peer: &str) -> Result<()> {
    tries::count(ctx, "portal.mail", &email.trim().to_lowercase(), TRIES.0).await?;
    tries::count(ctx, "portal.peer", peer, TRIES.1).await
}

/// A link to sign in with.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    id: i64,
    pub account: i64,
    nonce: String,
    /// Digest of what the asking browser keeps; an invitation has none.
    pub asked: Option<String>,
    pub made_at: Stamp,
    ends_at: Stamp,
    used: bool,
}

const TICKET: &str = "id, account_id, nonce, asked, made_at, ends_at, used_at";

fn ticket(r: &zhike_store::Row) -> Result<Ticket> {
    Ok(Ticket {
        id: r.int(0)?,
        account: r.int(1)?,
        nonce: r.text(2)?,
        asked: r.opt_text(3)?,
        made_at: Stamp(r.int(4)?),
        ends_at: Stamp(r.int(5)?),
        used: r.opt_int(6)?.is_some(),
    })
}

impl Ticket {
    /// May it still be used?
    pub(crate) fn good(&self, now: Stamp) -> bool {
        !self.used && self.ends_at > now
    }
    /// Its address without the host.
    pub(crate) fn path(&self, secret: &[u8; 32]) -> String {
        format!("/portal/enter/{}", seal::token(secret, PURPOSE, self.id, &self.nonce))
    }
}

/// Makes a link; one of the same kind that was made before is good no more.
pub(crate) async fn make(tx: &Tx, account: i64, asked: Option<&str>) -> Result<Ticket> {
    let same = if asked.is_some() { "IS NOT NULL" } else { "IS NULL" };
    let sql = format!("DELETE FROM portal_ticket WHERE account_id = $1 AND asked {same}");
    tx.exec(&sql, binds![account]).await?;
    let seconds = if asked.is_some() {
        ASKED_SECONDS
    } else {
        INVITED_SECONDS
    };
    let id = tx
        .insert(
            "INSERT INTO portal_ticket (account_id, nonce, asked, made_at, ends_at) VALUES ($1,$2,$3,$4,$5) RETURNING id",
            binds![account, seal::nonce(), asked.map(str::to_owned), tx.at.0, tx.at.plus_seconds(seconds).0],
        )
        .await?;
    let row = tx
        .one(&format!("SELECT {TICKET} FROM portal_ticket WHERE id = $1"), binds![id])
        .await?;
    ticket(&row.ok_or_else(Error::missing)?)
}

/// The invitation of an account that nobody has followed yet.
pub(crate) async fn invitation(q: &dyn Query, account: i64, now: Stamp) -> Result<Option<Ticket>> {
    let sql =
        format!("SELECT {TICKET} FROM portal_ticket WHERE account_id = $1 AND asked IS NULL ORDER BY id DESC LIMIT 1");
    let found = q.one(&sql, binds![account]).await?.as_ref().map(ticket).transpose()?;
    Ok(found.filter(|t| t.good(now)))
}

/// The link behind a token. One that is none counts against the caller.
pub(crate) async fn need(ctx: &Ctx, secret: &[u8; 32], token: &str, peer: &str) -> Result<Option<Ticket>> {
    let found = match seal::read(secret, PURPOSE, token) {
        Some((id, nonce)) => {
            let sql = format!("SELECT {TICKET} FROM portal_ticket WHERE id = $1 AND nonce = $2");
            let row = ctx.db().one(&sql, binds![id, nonce]).await?;
            row.as_ref().map(ticket).transpose()?
        }
        None => None,
    };
    if found.is_none() {
        tries::count(ctx, "portal.wrong", peer, TRIES.1).await?;
    }
    Ok(found)
}

/// Uses a link up; false when somebody else was faster.
async fn use_up(tx: &Tx, of: &Ticket) -> Result<bool> {
    let sql = "UPDATE portal_ticket SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND ends_at > $3";
    Ok(tx.exec(sql, binds![tx.at.0, of.id, tx.at.0]).await? == 1)
}

/// Who comes in, from where.
pub(crate) struct Comer<'a> {
    pub peer: &'a str,
    pub agent: &'a str,
}

/// Begins a session: the secret for the cookie.
async fn begin(ctx: &Ctx, tx: &Tx, of: &Account, comer: &Comer<'_>) -> Result<String> {
    let secret = password::generate();
    tx.exec("DELETE FROM portal_session WHERE ends_at < $1", binds![tx.at.0])
        .await?;
    let agent: String = comer.agent.chars().take(200).collect();
    let ends = tx.at.plus_seconds(SESSION_SECONDS).0;
    tx.exec(
        "INSERT INTO portal_session (hash, account_id, made_at, seen_at, ends_at, peer, agent) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        binds![password::digest(&secret), of.id, tx.at.0, tx.at.0, ends, comer.peer, agent],
    )
    .await?;
    let ty = ctx.registry().get("portal_account")?.clone();
    let record = read::need(ctx, tx, &ty, of.id).await?;
    let version = record.version;
    let now = Values::from([
        ("state".to_owned(), "active".into()),
        ("seen_at".to_owned(), tx.at.into()),
    ]);
    write::update_from(ctx, tx, &ty, record, version, now).await?;
    log(ctx, tx, of, "signed_in", Some(comer.peer.to_owned())).await?;
    Ok(secret)
}

/// Comes in by a link, and sets a password if one is given.
pub(crate) async fn by_link(ctx: &Ctx, link: &Ticket, new: Option<&str>, comer: &Comer<'_>) -> Result<String> {
    let of = find(ctx.db(), link.account).await?.ok_or_else(Error::missing)?;
    let hash = match new {
        Some(word) => {
            password::acceptable(&of.email, word)?;
            Some(password::hash(word.to_owned()).await?)
        }
        None => None,
    };
    let tx = ctx.begin().await?;
    if !use_up(&tx, link).await? {
        return Err(Error::refused("error-portal-link-over"));
    }
    if let Some(hash) = hash {
        keep(ctx, &tx, &of, &hash).await?;
    }
    let secret = begin(ctx, &tx, &of, comer).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Comes in by a password. Takes as long when there is no such account.
pub(crate) async fn by_password(ctx: &Ctx, email: &str, word: &str, comer: &Comer<'_>) -> Result<String> {
    patience(ctx, email, comer.peer).await?;
    let of = of_email(ctx.db(), email).await?;
    let hash = match &of {
        Some(of) => {
            let sql = "SELECT hash FROM portal_secret WHERE account_id = $1";
            ctx.db().one(sql, binds![of.id]).await?.map(|r| r.text(0)).transpose()?
        }
        None => None,
    };
    let fits = password::fits(word.to_owned(), hash).await?;
    let tx = ctx.begin().await?;
    let Some(of) = of else {
        return Err(Error::invalid("error-portal-sign-in"));
    };
    if !fits {
        log(ctx, &tx, &of, "sign_in_failed", Some(comer.peer.to_owned())).await?;
        tx.commit().await?;
        return Err(Error::invalid("error-portal-sign-in"));
    }
    tries::forget(&tx, "portal.mail", &of.email).await?;
    let secret = begin(ctx, &tx, &of, comer).await?;
    tx.commit().await?;
    Ok(secret)
}

async fn keep(ctx: &Ctx, tx: &Tx, of: &Account, hash: &str) -> Result<()> {
    let sql = "INSERT INTO portal_secret (account_id, hash, set_at) VALUES ($1,$2,$3) \
               ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at";
    tx.exec(sql, binds![of.id, hash, tx.at.0]).await?;
    log(ctx, tx, of, "password_set", None).await
}

/// Sets a new password and ends the other sessions. Whoever has one already names it.
pub(crate) async fn set_password(ctx: &Ctx, guest: &Guest, old: &str, new: &str) -> Result<()> {
    let of = find(ctx.db(), guest.account).await?.ok_or_else(Error::missing)?;
    tries::count(ctx, "portal.password", &of.id.to_string(), TRIES.0).await?;
    let sql = "SELECT hash FROM portal_secret WHERE account_id = $1";
    if let Some(row) = ctx.db().one(sql, binds![of.id]).await?
        && !password::fits(old.to_owned(), Some(row.text(0)?)).await?
    {
        return Err(Error::field("old", "error-portal-old-password"));
    }
    password::acceptable(&of.email, new)?;
    let hash = password::hash(new.to_owned()).await?;
    let tx = ctx.begin().await?;
    keep(ctx, &tx, &of, &hash).await?;
    let sql = "DELETE FROM portal_session WHERE account_id = $1 AND id <> $2";
    tx.exec(sql, binds![of.id, guest.session]).await?;
    tx.commit().await
}

/// Makes a password known from the command line or the demo.
pub async fn give_password(ctx: &Ctx, tx: &Tx, email: &str, word: &str) -> Result<()> {
    let of = of_email(tx, email).await?.ok_or_else(Error::missing)?;
    password::acceptable(&of.email, word)?;
    let hash = password::hash(word.to_owned()).await?;
    keep(ctx, tx, &of, &hash).await
}

/// Ends sessions and links of an account; with `all` its password too.
pub(crate) async fn forget(tx: &Tx, account: i64, all: bool) -> Result<()> {
    for table in ["portal_session", "portal_ticket"] {
        let sql = format!("DELETE FROM {table} WHERE account_id = $1");
        tx.exec(&sql, binds![account]).await?;
    }
    if all {
        tx.exec("DELETE FROM portal_secret WHERE account_id = $1", binds![account])
            .await?;
    }
    Ok(())
}

/// Ends one session, or all of the account's but this.
pub(crate) async fn leave(ctx: &Ctx, guest: &Guest, others: bool) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = if others {
        "DELETE FROM portal_session WHERE account_id = $1 AND id <> $2"
    } else {
        "DELETE FROM portal_session WHERE account_id = $1 AND id = $2"
    };
    tx.exec(sql, binds![guest.account, guest.session]).await?;
    tx.commit().await
}

pub(crate) struct Port(pub Arc<House>);

#[async_trait]
impl Guests for Port {
    async fn by_session(&self, secret: &str) -> Result<Option<Guest>> {
        let sql = format!(
            "SELECT {COLUMNS}, s.id, s.seen_at FROM portal_session s JOIN portal_account a ON a.id = s.account_id \
             WHERE s.hash = $1 AND s.ends_at > $2 AND s.seen_at > $3 AND {OPEN}"
        );
        let now = self.0.clock.now();
        let values = binds![password::digest(secret), now.0, now.plus_seconds(-IDLE_SECONDS).0];
        let Some(row) = self.0.db.one(&sql, values).await? else {
            return Ok(None);
        };
        let (of, session) = (kept(&row)?, row.int(5)?);
        // The time of the last use, noted at most once in five minutes.
        if Stamp(row.int(6)?).plus_seconds(300) < now {
            let tx = Ctx::system(&self.0, Door::Job).begin().await?;
            tx.exec(
                "UPDATE portal_session SET seen_at = $1 WHERE id = $2",
                binds![tx.at.0, session],
            )
            .await?;
            tx.commit().await?;
        }
        Ok(Some(Guest {
            account: of.id,
            session,
            party: of.party,
            name: of.name,
            email: of.email,
            language: of.language,
        }))
    }
}
