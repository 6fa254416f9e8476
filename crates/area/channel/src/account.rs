//! An account as it is set up, which one a message goes by, and how it stands.

use crate::kinds::{self, Kind, Setup, Shape};
use std::collections::BTreeMap;
use zhike_contract::Channel;
use zhike_kernel::{Door, Error, Result, text};
use zhike_store::{Ctx, Event, Query, Record, Tx, binds, read};

/// An account.
#[derive(Clone)]
pub(crate) struct Account {
    pub id: i64,
    pub name: String,
    pub kind: &'static dyn Kind,
    pub sender: String,
    pub setup: Setup,
}

type Words = BTreeMap<String, String>;

/// What was set, and the secrets apart.
pub(crate) async fn kept(q: &dyn Query, id: i64) -> Result<(Words, Words, String)> {
    let sql = "SELECT body, secrets, hook FROM channel_setup WHERE account_id = $1";
    let Some(row) = q.one(sql, binds![id]).await? else {
        return Ok(Default::default());
    };
    let words = |text: &str| serde_json::from_str(text).map_err(Error::broken);
    Ok((words(&row.text(0)?)?, words(&row.text(1)?)?, row.text(2)?))
}

/// All of it together, with what is usual where nothing was set.
pub(crate) async fn setup(q: &dyn Query, id: i64, kind: &'static dyn Kind) -> Result<Setup> {
    let (mut all, secrets, _) = kept(q, id).await?;
    all.extend(secrets);
    Ok(Setup::new(kind, all))
}

/// Keeps what was set; a secret that is left empty stays.
pub(crate) async fn keep(tx: &Tx, id: i64, kind: &'static dyn Kind, new: &Words) -> Result<()> {
    let (_, mut secrets, _) = kept(tx, id).await?;
    let mut body = Words::new();
    for entry in kind.entries() {
        let Some(value) = new.get(entry.name) else { continue };
        match (entry.shape, value.is_empty()) {
            (Shape::Secret, true) => {}
            (Shape::Secret, false) => {
                secrets.insert(entry.name.to_owned(), value.clone());
            }
            _ => {
                body.insert(entry.name.to_owned(), value.clone());
            }
        }
    }
    let text = |w: &Words| serde_json::to_string(w).map_err(Error::broken);
    let sql = "UPDATE channel_setup SET body = $1, secrets = $2 WHERE account_id = $3";
    tx.exec(sql, binds![text(&body)?, text(&secrets)?, id])
        .await
        .map(|_| ())
}

/// An account out of its record.
pub(crate) async fn of(q: &dyn Query, record: &Record) -> Result<Account> {
    let kind = kinds::of(record.text("kind")).ok_or_else(|| Error::broken("an account of an unknown kind"))?;
    Ok(Account {
        id: record.id,
        name: record.text("name").to_owned(),
        kind,
        sender: record.text("sender").to_owned(),
        setup: setup(q, record.id, kind).await?,
    })
}

async fn read_all(ctx: &Ctx, ids: &[i64]) -> Result<Vec<Account>> {
    let ty = ctx.registry().get("channel_account")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let mut out = vec![];
    for record in read::find_many(&system, ctx.db(), &ty, ids).await? {
        out.push(of(ctx.db(), &record).await?);
    }
    out.sort_by_key(|a| a.id);
    Ok(out)
}

/// Those in use that serve a channel and are set up.
pub(crate) async fn serving(ctx: &Ctx, channel: Channel) -> Result<Vec<Account>> {
    let sql = "SELECT id, kind FROM channel_account WHERE active AND archived_at IS NULL ORDER BY id";
    let mut ids = vec![];
    for row in ctx.db().all(sql, vec![]).await? {
        if kinds::of(&row.text(1)?).is_some_and(|k| k.channel() == channel) {
            ids.push(row.int(0)?);
        }
    }
    let mut all = read_all(ctx, &ids).await?;
    all.retain(|a| a.kind.check(&a.setup).is_ok());
    Ok(all)
}

/// The account behind an address for reports. One that is switched off hears nothing.
pub(crate) async fn by_hook(ctx: &Ctx, hook: &str) -> Result<Option<Account>> {
    let sql = "SELECT a.id FROM channel_setup s JOIN channel_account a ON a.id = s.account_id \
               WHERE s.hook = $1 AND a.active AND a.archived_at IS NULL";
    let Some(row) = ctx.db().one(sql, binds![hook]).await? else {
        return Ok(None);
    };
    Ok(read_all(ctx, &[row.int(0)?]).await?.pop())
}

/// The form in which an address is compared.
pub(crate) fn key(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Sms | Channel::Fax => {
            let all = text::digits(&text::fold_width(address));
            let skip = all.chars().count().saturating_sub(10);
            all.chars().skip(skip).collect()
        }
        _ => address.trim().to_lowercase(),
    }
}

/// By which account something goes to an address: the one by which we last spoke, else the first that knows such addresses.
pub(crate) async fn for_address(ctx: &Ctx, channel: Channel, address: &str) -> Result<Option<Account>> {
    let mut all = serving(ctx, channel).await?;
    all.retain(|a| a.kind.fits(a, address));
    let sql = "SELECT account_id FROM channel_address WHERE channel = $1 AND address = $2";
    let row = ctx.db().one(sql, binds![channel.word(), key(channel, address)]).await?;
    let last = row.map(|r| r.int(0)).transpose()?;
    let at = all.iter().position(|a| Some(a.id) == last).unwrap_or(0);
    Ok((at < all.len()).then(|| all.swap_remove(at)))
}

/// We spoke with somebody at an address.
pub(crate) async fn spoke(tx: &Tx, account: &Account, address: &str, party: Option<i64>) -> Result<()> {
    let channel = account.kind.channel();
    let sql = "INSERT INTO channel_address (channel, address, account_id, party_id, at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (channel, address) DO UPDATE SET account_id = excluded.account_id, \
               party_id = COALESCE(excluded.party_id, channel_address.party_id), at = excluded.at";
    let row = binds![channel.word(), key(channel, address), account.id, party, tx.at.0];
    tx.exec(sql, row).await.map(|_| ())
}

/// How a try went: nothing, or (kind of trouble, the other side's words). One event when it breaks and one when it is well.
pub(crate) async fn stands(ctx: &Ctx, tx: &Tx, id: i64, trouble: Option<(&str, &str)>) -> Result<()> {
    let sql = "SELECT COALESCE(state, '') FROM channel_state WHERE account_id = $1";
    let before = tx.one(sql, binds![id]).await?.map(|r| r.text(0)).transpose()?;
    let state = if trouble.is_some() { "failed" } else { "good" };
    let words = trouble.map(|t| t.1.chars().take(300).collect::<String>());
    let good = trouble.is_none().then_some(tx.at.0);
    let sql = "INSERT INTO channel_state (account_id, state, trouble, words, tried_at, good_at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, trouble = excluded.trouble, words = excluded.words, \
               tried_at = excluded.tried_at, good_at = COALESCE(excluded.good_at, channel_state.good_at)";
    let row = binds![id, state, trouble.map(|t| t.0.to_owned()), words, tx.at.0, good];
    tx.exec(sql, row).await?;
    let kind = match (before.as_deref(), state) {
        (Some("failed"), "good") => "channel_account.recovered.v1",
        (Some("failed"), _) | (_, "good") => return Ok(()),
        _ => "channel_account.failed.v1",
    };
    let event = Event {
        kind: kind.into(),
        record_type: "channel_account",
        record: id,
        note: trouble.map(|t| t.0.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Something came in by it.
pub(crate) async fn heard(tx: &Tx, id: i64) -> Result<()> {
    let sql = "INSERT INTO channel_state (account_id, heard_at) VALUES ($1, $2) \
               ON CONFLICT (account_id) DO UPDATE SET heard_at = excluded.heard_at";
    tx.exec(sql, binds![id, tx.at.0]).await.map(|_| ())
}
