//! A letter to the address for complaints is a complaint by itself: its writer the customer (a new person, if nobody knows
//! them), its conversation the case's. What is written in that conversation later belongs to the same case.

use super::desk::Desk;
use crate::Ports;
use async_trait::async_trait;
use zhike_contract::Sought;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, event, read, write};

pub(crate) const EVENT: &str = "interaction.created.v1";
pub(crate) const NAME: &str = "service.incoming";

pub(crate) struct Incoming(pub Ports);

#[async_trait]
impl Job for Incoming {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = run
            .payload
            .get("event")
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0);
        let Some(told) = event::find(ctx.db(), id).await? else {
            return Ok(Outcome::Done);
        };
        let tx = ctx.begin().await?;
        let ty = ctx.registry().get("interaction")?.clone();
        let Some(letter) = read::find(ctx, &tx, &ty, told.record).await? else {
            return Ok(Outcome::Done);
        };
        // What machines send by themselves is nobody's complaint.
        if letter.text("direction") != "in" || letter.get("machine").truth() == Some(true) {
            return Ok(Outcome::Done);
        }
        let Some(talk) = letter.int("conversation_id") else {
            return Ok(Outcome::Done);
        };
        let talks = ctx.registry().get("conversation")?.clone();
        let talk = read::need(ctx, &tx, &talks, talk).await?;
        match (talk.text("record_type"), talk.int("record_id")) {
            ("case", Some(case)) => heard(ctx, &tx, &self.0, case, &letter).await?,
            ("", _) => match purpose(ctx, &tx, &talk).await? {
                Some(kind) => enter(ctx, &tx, &self.0, talk, &letter, kind).await?,
                None => return Ok(Outcome::Done),
            },
            _ => return Ok(Outcome::Done),
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// What letters to this mailbox are, if they are cases.
async fn purpose(ctx: &Ctx, tx: &Tx, talk: &Record) -> Result<Option<&'static str>> {
    let Some(mailbox) = talk.int("mailbox_id") else {
        return Ok(None);
    };
    let ty = ctx.registry().get("mailbox")?.clone();
    let found = read::find(ctx, tx, &ty, mailbox).await?;
    Ok(match found.as_ref().map(|m| m.text("purpose")) {
        Some("complaint") => Some("complaint"),
        Some("enquiry") => Some("enquiry"),
        _ => None,
    })
}

/// The customer wrote again about a case that is there.
async fn heard(ctx: &Ctx, tx: &Tx, ports: &Ports, case: i64, letter: &Record) -> Result<()> {
    let ty = ctx.registry().get("case")?.clone();
    let there = read::find(ctx, tx, &ty, case)
        .await?
        .filter(|c| c.archived_at.is_none());
    if there.is_some() {
        let desk = Desk::inside(ctx, tx, ports, case).await?;
        desk.say("received", Some(letter.text("subject").to_owned())).await?;
    }
    Ok(())
}

async fn enter(ctx: &Ctx, tx: &Tx, ports: &Ports, talk: Record, letter: &Record, kind: &str) -> Result<()> {
    let key = format!("conversation:{}", talk.id);
    let sql = "SELECT count(*) FROM service_case WHERE external_key = $1";
    if tx.number(sql, zhike_store::binds![key.as_str()]).await? > 0 {
        return Ok(());
    }
    let ty = ctx.registry().get("case")?.clone();
    let address = letter.text("address").to_owned();
    let email = ty.need("contact_email")?.parse(&address, ctx.house.currency).ok();
    let text = letter.text("body").to_owned();
    let party = match letter.int("party_id") {
        Some(party) => party,
        None => {
            // As they sign; else what stands before the @.
            let name = match letter.text("sender").trim() {
                "" => address.split('@').next().unwrap_or("").to_owned(),
                given => given.to_owned(),
            };
            let name = if name.is_empty() { address.clone() } else { name };
            let mail = if email.is_some() {
                address.clone()
            } else {
                String::new()
            };
            let who = Sought {
                name,
                email: mail,
                ..Sought::default()
            };
            ports.parties.known(ctx, tx, &who, "complaint").await?
        }
    };
    let cut = |t: &str, most: usize| {
        t.chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .take(most)
            .collect::<String>()
    };
    let subject = Some(cut(letter.text("subject"), 300)).filter(|s| !s.trim().is_empty());
    let han = text
        .chars()
        .chain(letter.text("subject").chars())
        .any(zhike_kernel::text::is_han);
    let values = Values::from([
        ("subject".to_owned(), subject.unwrap_or_else(|| cut(&text, 60)).into()),
        ("description".to_owned(), cut(&text, 20_000).into()),
        ("kind".to_owned(), kind.into()),
        ("channel".to_owned(), letter.text("channel").into()),
        ("party_id".to_owned(), party.into()),
        ("contact_email".to_owned(), email.unwrap_or_default()),
        ("language".to_owned(), if han { "zh" } else { "en" }.into()),
        ("external_key".to_owned(), key.into()),
    ]);
    let ids = write::insert_many(ctx, tx, &ty, vec![values], None).await?;
    let case = ids.first().copied().ok_or_else(Error::missing)?;
    let talks = ctx.registry().get("conversation")?.clone();
    let mut changes = Values::from([
        ("record_type".to_owned(), Value::from("case")),
        ("record_id".to_owned(), case.into()),
    ]);
    if talk.int("party_id").is_none() {
        changes.insert("party_id".into(), party.into());
    }
    let version = talk.version;
    write::update_from(ctx, tx, &talks, talk, version, changes)
        .await
        .map(|_| ())
}
