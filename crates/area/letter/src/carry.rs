//! How messages become letters: people ask for a batch, the gate is asked about each message that is due, and whatever it lets
//! go lies in the batch as it will be printed. Nothing goes by itself: paper needs hands.

use crate::{Ports, code};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::Mutex;
use zhike_contract::{
    Carrier, Channel, Permit,
    outbound::{Carried, Parcel, Taken},
};
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};
use zhike_web::seal;

/// The carrier that stands in the queue: never ready, so that letters wait for their batch.
pub(crate) struct Standing;

#[async_trait]
impl Carrier for Standing {
    fn channel(&self) -> Channel {
        Channel::Letter
    }
    async fn ready(&self, _ctx: &Ctx) -> Result<bool> {
        Ok(false)
    }
    async fn carry(&self, ctx: &Ctx, _permit: Permit, _parcel: &Parcel) -> Result<Carried> {
        Ok(Carried::Again(ctx.now(), "no-carrier".into()))
    }
    /// Whatever became a letter is no carrier's any more; the rest was never printed.
    async fn taken(&self, ctx: &Ctx, message: i64) -> Result<Taken> {
        let sql = "SELECT code FROM letter_letter WHERE message_id = $1 AND state <> 'back' LIMIT 1";
        let row = ctx.db().one(sql, binds![message]).await?;
        Ok(match row {
            Some(row) => Taken::Yes(row.text(0)?),
            None => Taken::No,
        })
    }
}

/// The carrier of one batch. The first letter makes the batch: there is none without letters.
pub(crate) struct Tray {
    pub ports: Ports,
    pub batch: Arc<Mutex<Option<i64>>>,
}

#[async_trait]
impl Carrier for Tray {
    fn channel(&self) -> Channel {
        Channel::Letter
    }
    async fn ready(&self, _ctx: &Ctx) -> Result<bool> {
        Ok(true)
    }
    async fn carry(&self, ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried> {
        let mut batch = self.batch.lock().await;
        let tx = ctx.begin().await?;
        let Some(to) = recipient(ctx, &tx, &permit, parcel).await? else {
            return Ok(Carried::Refused("no postal address".into()));
        };
        let id = match *batch {
            Some(id) => id,
            None => make(ctx, &tx).await?,
        };
        let code = free(&tx).await?;
        insert(ctx, &tx, id, &code, &to, (&permit, parcel)).await?;
        tx.exec(
            "UPDATE letter_batch SET letters = letters + 1 WHERE id = $1",
            binds![id],
        )
        .await?;
        let carried = Carried::Underway(code);
        // In the same transaction: either it lies in the batch and the queue knows, or neither.
        if !self
            .ports
            .outbound
            .ended(ctx, &tx, parcel.message, carried.clone())
            .await?
        {
            return Ok(Carried::Unsure("it was not on its way any more".into()));
        }
        tx.commit().await?;
        *batch = Some(id);
        Ok(carried)
    }
}

/// Who stands in the window: a name, and the lines of the address.
pub(crate) struct Recipient {
    pub name: String,
    pub lines: Vec<String>,
}

/// Is it written in Chinese?
pub(crate) fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn words(parcel: &Parcel) -> String {
    let body = parcel.body.trim();
    let mut text = if body.is_empty() { parcel.subject.trim() } else { body }.to_owned();
    // Where messages of this kind are ended.
    if let Some(leave) = parcel.leave.as_deref().filter(|l| !body.contains(*l)) {
        let zh = chinese(&text);
        text.push_str(if zh {
            "\n\n不想再收到此类信件："
        } else {
            "\n\nTo end letters of this kind: "
        });
        text.push_str(leave);
    }
    text
}

async fn recipient(ctx: &Ctx, tx: &Tx, permit: &Permit, parcel: &Parcel) -> Result<Option<Recipient>> {
    let ty = ctx.registry().get("party")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let Some(party) = read::find(&system, tx, &ty, permit.party()).await? else {
        return Ok(None);
    };
    let zh = chinese(&words(parcel));
    let (street, city) = (party.text("address").trim(), party.text("city").trim());
    // The gate joins street and city of the record; what a customer stated for letters stands as it was stated.
    let own = permit.address() == street || permit.address() == format!("{street}, {city}");
    let mut lines: Vec<String> = match own {
        true if zh && !street.contains(city) => vec![format!("{city}{street}")],
        true if street.contains(city) => vec![street.to_owned()],
        true => vec![street.to_owned(), city.to_owned()],
        false => permit.address().lines().map(|l| l.trim().to_owned()).collect(),
    };
    lines.retain(|l| !l.is_empty());
    if lines.is_empty() {
        return Ok(None);
    }
    let country = party.text("country").trim();
    let home = ["", "CN", "CHINA", "中国"].contains(&country.to_uppercase().as_str());
    if own && !home {
        lines.push(country.to_uppercase());
    }
    let latin = party.text("name_latin");
    let name = if zh || latin.is_empty() {
        party.text("name")
    } else {
        latin
    };
    Ok(Some(Recipient {
        name: name.to_owned(),
        lines,
    }))
}

async fn make(ctx: &Ctx, tx: &Tx) -> Result<i64> {
    let ty = ctx.registry().get("letter_batch")?.clone();
    let mut values = Values::new();
    values.insert("state".into(), "open".into());
    values.insert("letters".into(), 0_i64.into());
    values.insert("made_on".into(), tx.at.date(&ctx.house.zone).into());
    let ids = write::insert_many(ctx, tx, &ty, vec![values], None).await?;
    ids.first().copied().ok_or_else(Error::missing)
}

/// A code that no letter has.
async fn free(tx: &Tx) -> Result<String> {
    for _ in 0..20 {
        let lot: String = seal::nonce().chars().take(15).collect();
        let code = code::of(u64::from_str_radix(&lot, 16).map_err(Error::broken)?);
        let sql = "SELECT count(*) FROM letter_letter WHERE code = $1";
        if tx.number(sql, binds![code.as_str()]).await? == 0 {
            return Ok(code);
        }
    }
    Err(Error::broken("no free code for a letter"))
}

async fn insert(
    ctx: &Ctx,
    tx: &Tx,
    batch: i64,
    code: &str,
    to: &Recipient,
    (permit, parcel): (&Permit, &Parcel),
) -> Result<i64> {
    let ty = ctx.registry().get("letter")?.clone();
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| values.insert(name.to_owned(), value);
    put("code", code.into());
    put("batch_id", batch.into());
    put("party_id", permit.party().into());
    put("subject", parcel.subject.as_str().into());
    put("state", "printing".into());
    put("recipient", to.name.as_str().into());
    put("address", to.lines.join("\n").into());
    put("body", words(parcel).into());
    put("answers", 0_i64.into());
    put("message_id", parcel.message.into());
    put("record_type", parcel.record.as_ref().map(|r| r.0.as_str()).into());
    put("record_id", parcel.record.as_ref().map(|r| r.1).into());
    // Whoever made the batch may not see this customer; the letter is made all the same.
    let system = Ctx::system(&ctx.house, Door::Job);
    let ids = write::insert_many(&system, tx, &ty, vec![values], None).await?;
    ids.first().copied().ok_or_else(Error::missing)
}
