//! The carriers of text messages and messengers: a message that the gate let pass goes out by the account that fits, and
//! stands in its conversation.

use crate::{
    Ports,
    account::{self, Account},
    kinds::{Out, Sent},
    report,
};
use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use zhike_contract::{
    Beside, Carrier, Channel, NewInteraction, Permit,
    outbound::{Carried, Parcel, Taken},
};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds, read};

/// Seconds until an account that does not work is tried again.
const MENDED: i64 = 300;
/// Seconds until a busy one is.
const BUSY: i64 = 60;

/// Accounts that said “too many” take nothing for a moment: until when, by the process's own clock.
pub(crate) type Rest = Arc<Mutex<HashMap<i64, std::time::Instant>>>;

pub(crate) struct ByChannel {
    pub channel: Channel,
    pub ports: Ports,
    pub rest: Rest,
}

/// Our name of a message for the other side.
pub(crate) fn name(message: i64) -> String {
    format!("zk{message}")
}

#[async_trait]
impl Carrier for ByChannel {
    fn channel(&self) -> Channel {
        self.channel
    }

    async fn ready(&self, ctx: &Ctx) -> Result<bool> {
        Ok(!account::serving(ctx, self.channel).await?.is_empty())
    }

    async fn carry(&self, ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried> {
        let now = ctx.now();
        let Some(account) = account::for_address(ctx, self.channel, permit.address()).await? else {
            return Ok(Carried::Refused("no account for this address".into()));
        };
        if self.rests(account.id) {
            return Ok(Carried::Again(now.plus_seconds(BUSY), "busy".into()));
        }
        let out = Out {
            to: permit.address().to_owned(),
            text: words(parcel),
            subject: parcel.subject.clone(),
            name: name_of(ctx, permit.party()).await?,
            id: name(parcel.message),
            message: Some(parcel.message),
            now,
        };
        let sent = account.kind.send(ctx, &self.ports.tools, &account, &out).await;
        self.ended(ctx, &permit, parcel, &account, out, sent).await
    }

    async fn taken(&self, ctx: &Ctx, message: i64) -> Result<Taken> {
        let sql = "SELECT remote FROM channel_sent WHERE message_id = $1 LIMIT 1";
        let row = ctx.db().one(sql, binds![message]).await?;
        // It was handed over and noted; without a note nobody knows.
        Ok(match row {
            Some(row) => Taken::Yes(row.text(0)?),
            None => Taken::Unknown,
        })
    }
}

async fn name_of(ctx: &Ctx, party: i64) -> Result<String> {
    let names = read::titles(ctx.db(), ctx.registry(), "party", &[party], false).await?;
    Ok(names.get(&party).cloned().unwrap_or_default())
}

/// A text message has no subject; where there is no text, the subject is all there is.
fn words(parcel: &Parcel) -> String {
    let body = parcel.body.trim();
    let mut text = if body.is_empty() { &parcel.subject } else { body }.to_owned();
    // Where messages of this kind are ended.
    if let Some(leave) = parcel.leave.as_deref().filter(|l| !body.contains(*l)) {
        let zh = crate::words::chinese(&text);
        text.push_str(if zh {
            "\n退订回复TD或点 "
        } else {
            "\nAnswer STOP or open "
        });
        text.push_str(leave);
    }
    text
}

impl ByChannel {
    fn rests(&self, account: i64) -> bool {
        let until = self.rest.lock().ok().and_then(|r| r.get(&account).copied());
        until.is_some_and(|u| u > std::time::Instant::now())
    }

    fn pause(&self, account: i64) {
        if let Ok(mut rest) = self.rest.lock() {
            rest.insert(account, std::time::Instant::now() + Duration::from_secs(5));
        }
    }

    async fn ended(
        &self,
        ctx: &Ctx,
        permit: &Permit,
        parcel: &Parcel,
        account: &Account,
        out: Out,
        sent: Sent,
    ) -> Result<Carried> {
        let hide = |words: &str| account.setup.hide(account.kind, words);
        let tx = ctx.begin().await?;
        let carried = match sent {
            Sent::Gone(remote) => {
                account::stands(ctx, &tx, account.id, None).await?;
                account::spoke(&tx, account, permit.address(), Some(permit.party())).await?;
                let new = NewInteraction {
                    channel: self.channel,
                    outgoing: true,
                    at: out.now,
                    party: Some(permit.party()),
                    address: permit.address().to_owned(),
                    subject: String::new(),
                    body: out.text,
                    record: parcel.record.clone(),
                    message: Some(parcel.message),
                    user: None,
                    seconds: None,
                    key: Some(format!("message:{}", parcel.message)),
                };
                let beside = Beside::default();
                self.ports.interactions.join(ctx, &tx, &new, &beside).await?;
                let remote: String = remote.chars().take(200).collect();
                report::sent(ctx, &tx, &self.ports, account.id, &remote, parcel.message).await?;
                Carried::Gone(remote)
            }
            Sent::Never(words) => Carried::Refused(hide(&words)),
            Sent::Later(words) => {
                self.pause(account.id);
                Carried::Again(out.now.plus_seconds(BUSY), hide(&words))
            }
            Sent::Sick(trouble, words) => {
                let words = hide(&words);
                account::stands(ctx, &tx, account.id, Some((trouble, &words))).await?;
                Carried::Again(
                    out.now.plus_seconds(MENDED),
                    format!("{trouble} {words}").trim().to_owned(),
                )
            }
            Sent::Unsure(words) => Carried::Unsure(hide(&words)),
        };
        tx.commit().await?;
        Ok(carried)
    }
}
