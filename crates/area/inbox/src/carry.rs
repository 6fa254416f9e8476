//! The carrier of letters: a message that the gate let pass goes out by SMTP, and stands in its conversation.

use crate::{
    mailbox::{self, Mailbox},
    mark,
    port::{self, More},
    talk,
};
use async_trait::async_trait;
use zhike_contract::{
    Carrier, Channel, NewInteraction, Permit,
    gate::Class,
    outbound::{Carried, Parcel, Taken},
};
use zhike_kernel::{Result, Stamp};
use zhike_mail::{Out, OutPart, Person, Post, Sent};
use zhike_store::{Ctx, Query, binds, read};
use zhike_web::files::{
    self,
    along::{self, Along},
};

#[derive(Default)]
pub(crate) struct Letters(Post);

/// What goes along, read from the disk.
async fn parts(ctx: &Ctx, files: &[Along]) -> Result<Vec<OutPart>> {
    let mut out = vec![];
    for f in files {
        out.push(OutPart {
            name: f.name.clone(),
            mime: f.media.clone(),
            bytes: files::contents(&ctx.house.data, &f.hash).await?,
        });
    }
    Ok(out)
}

/// The mailbox from which a letter goes: that of its conversation, else the first that can send.
async fn from(ctx: &Ctx, conversation: Option<i64>) -> Result<Option<Mailbox>> {
    let mut all = mailbox::all(ctx).await?;
    all.retain(|m| m.account.is_some());
    let own = match conversation {
        Some(id) => {
            let sql = "SELECT mailbox_id FROM inbox_conversation WHERE id = $1";
            ctx.db()
                .one(sql, binds![id])
                .await?
                .map(|r| r.opt_int(0))
                .transpose()?
                .flatten()
        }
        None => None,
    };
    let at = all.iter().position(|m| Some(m.id) == own).unwrap_or(0);
    Ok((at < all.len()).then(|| all.swap_remove(at)))
}

/// The letters of the other side that this one answers, the newest first.
async fn answers(ctx: &Ctx, conversation: Option<i64>) -> Result<Vec<String>> {
    let Some(id) = conversation else { return Ok(vec![]) };
    let sql = "SELECT mail_id FROM inbox_interaction WHERE conversation_id = $1 AND mail_id IS NOT NULL ORDER BY at DESC, id DESC LIMIT 20";
    let rows = ctx.db().all(sql, binds![id]).await?;
    rows.iter().map(|r| r.text(0)).collect()
}

async fn name_of(ctx: &Ctx, party: i64) -> Result<String> {
    let ty = ctx.registry().get("party")?.clone();
    let system = Ctx::system(&ctx.house, zhike_kernel::Door::Job);
    let found = read::find(&system, ctx.db(), &ty, party).await?;
    Ok(found.map(|p| p.text("name").to_owned()).unwrap_or_default())
}

#[async_trait]
impl Carrier for Letters {
    fn channel(&self) -> Channel {
        Channel::Email
    }

    async fn ready(&self, ctx: &Ctx) -> Result<bool> {
        Ok(mailbox::all(ctx).await?.iter().any(|m| m.account.is_some()))
    }

    async fn carry(&self, ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried> {
        let now = ctx.now();
        let later = |words: String| Carried::Again(now.plus_seconds(300), words);
        let talk = match &parcel.record {
            Some(record) => talk::of_record(ctx.db(), record).await?,
            None => None,
        };
        let Some(mailbox) = from(ctx, talk).await? else {
            return Ok(later("no mailbox can send".into()));
        };
        let Some(account) = &mailbox.account else {
            return Ok(later("no mailbox can send".into()));
        };
        let secret = mark::secret(ctx.db()).await?;
        let files = along::of(ctx.db(), "message", parcel.message).await?;
        let id = mark::write(&secret, parcel.message, &mailbox.address);
        let out = Out {
            from: mailbox.person(),
            to: Person {
                name: name_of(ctx, permit.party()).await?,
                address: permit.address().to_owned(),
            },
            subject: parcel.subject.clone(),
            text: parcel.body.clone(),
            id: id.clone(),
            answers: answers(ctx, talk).await?,
            unsubscribe: parcel.leave.clone(),
            // What a person wrote may be answered by a machine; what we send to many may not.
            auto: parcel.class == Class::Promotion,
            parts: parts(ctx, &files).await?,
        };
        let new = interaction(ctx, &permit, parcel, now).await?;
        match self.0.send(account, &out).await {
            Ok(Sent::Gone(_)) => {
                let more = More {
                    conversation: talk,
                    mailbox: Some(mailbox.id),
                    mail_id: id.clone(),
                    ..More::default()
                };
                // It has left: whatever fails now must not send it again.
                if let Err(e) = noted(ctx, &new, &more, &files).await {
                    tracing::error!(error = %e, message = parcel.message, "a letter that went is not noted");
                    return Ok(Carried::Unsure("it went, but could not be noted".into()));
                }
                Ok(Carried::Gone(id))
            }
            Ok(Sent::Never(words)) => Ok(Carried::Refused(words)),
            Ok(Sent::Unsure(words)) => Ok(Carried::Unsure(words)),
            Ok(Sent::Later(words)) => Ok(later(words)),
            // The settings are wrong or the server is away: it waits until that is mended.
            Err(trouble) => Ok(later(trouble.to_string())),
        }
    }

    async fn taken(&self, ctx: &Ctx, message: i64) -> Result<Taken> {
        let sql = "SELECT mail_id FROM inbox_interaction WHERE message_id = $1 AND direction = 'out' LIMIT 1";
        let row = ctx.db().one(sql, binds![message]).await?;
        // It was handed over and noted; without a note nobody knows.
        Ok(match row {
            Some(row) => Taken::Yes(row.opt_text(0)?.unwrap_or_default()),
            None => Taken::Unknown,
        })
    }
}

async fn interaction(ctx: &Ctx, permit: &Permit, parcel: &Parcel, at: Stamp) -> Result<NewInteraction> {
    let sql = "SELECT user_id FROM inbox_author WHERE message_id = $1";
    let row = ctx.db().one(sql, binds![parcel.message]).await?;
    Ok(NewInteraction {
        channel: Channel::Email,
        outgoing: true,
        at,
        party: Some(permit.party()),
        address: permit.address().to_owned(),
        subject: parcel.subject.clone(),
        body: parcel.body.clone(),
        record: parcel.record.clone(),
        message: Some(parcel.message),
        user: row.map(|r| r.int(0)).transpose()?,
        seconds: None,
        key: Some(format!("message:{}", parcel.message)),
    })
}

/// Writes it down, with what went along.
async fn noted(ctx: &Ctx, new: &NewInteraction, more: &More, files: &[Along]) -> Result<()> {
    let tx = ctx.begin().await?;
    let (id, fresh) = port::note(ctx, &tx, new, more).await?;
    if fresh {
        along::put(&tx, "interaction", id, files).await?;
    }
    tx.commit().await
}
