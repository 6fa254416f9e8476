//! Writing a contact down: the interaction, its conversation, its key. Everything that comes or goes passes here.

use crate::{schema::text, talk};
use async_trait::async_trait;
use zhike_contract::{
    Beside, Channel, Interactions, NewInteraction,
    interactions::{Said, Thread},
};
use zhike_kernel::{Door, Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Row, Tx, binds, write};

pub(crate) struct Port;

/// What letters know beyond a contact of any kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct More {
    /// The conversation, when it is known.
    pub conversation: Option<i64>,
    /// The mailbox it came to or goes from.
    pub mailbox: Option<i64>,
    /// The name that the writer gives.
    pub sender: String,
    /// Message-ID.
    pub mail_id: String,
    /// A machine wrote it: it awaits no answer.
    pub machine: bool,
    /// It belongs to whatever was said with the same side on the same channel.
    pub thread: bool,
}

/// Writes it down; its id and whether it is new.
pub(crate) async fn note(ctx: &Ctx, tx: &Tx, new: &NewInteraction, more: &More) -> Result<(i64, bool)> {
    if let Some(key) = &new.key {
        // Who comes second waits here until the first has ended.
        let sql = "INSERT INTO inbox_key (key, interaction_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
        if tx.exec(sql, binds![key.as_str(), None::<i64>]).await? == 0 {
            let sql = "SELECT COALESCE(interaction_id, 0) FROM inbox_key WHERE key = $1";
            return Ok((tx.number(sql, binds![key.as_str()]).await?, false));
        }
    }
    let subject = match new.subject.trim() {
        "" => new.body.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("—"),
        given => given,
    };
    let subject: String = subject.chars().take(300).collect();
    let talk = talk::join(ctx, tx, new, more, &subject).await?;
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| values.insert(name.to_owned(), value);
    put("subject", subject.as_str().into());
    put("channel", new.channel.word().into());
    put("direction", if new.outgoing { "out" } else { "in" }.into());
    put("at", new.at.into());
    put("happened_on", new.at.date(&ctx.house.zone).into());
    put("party_id", talk.party.into());
    put("conversation_id", talk.id.into());
    put("user_id", new.user.into());
    put("address", text(&new.address));
    put("sender", text(&more.sender));
    put("body", text(&new.body));
    put("minutes", new.seconds.map(|s| (s + 59) / 60).into());
    put("state", if new.outgoing { "sent" } else { "received" }.into());
    put("machine", more.machine.into());
    put("record_type", talk.record.as_ref().map(|r| r.0.as_str()).into());
    put("record_id", talk.record.as_ref().map(|r| r.1).into());
    put("message_id", new.message.into());
    put("mail_id", text(&more.mail_id));
    let ty = ctx.registry().get("interaction")?.clone();
    // What came has come, whoever the actor is.
    let system = Ctx::system(&ctx.house, Door::Job);
    let ids = write::insert_many(&system, tx, &ty, vec![values], None).await?;
    let id = ids.first().copied().ok_or_else(Error::missing)?;
    if let Some(key) = &new.key {
        let sql = "UPDATE inbox_key SET interaction_id = $1 WHERE key = $2";
        tx.exec(sql, binds![id, key.as_str()]).await?;
    }
    Ok((id, true))
}

const THREAD: &str = "SELECT c.id, c.subject, c.last_at, (SELECT max(i.at) FROM inbox_interaction i WHERE i.conversation_id = c.id \
                      AND i.direction = 'out' AND i.archived_at IS NULL) FROM inbox_conversation c";

fn thread(r: &Row) -> Result<Thread> {
    Ok(Thread {
        id: r.int(0)?,
        subject: r.text(1)?,
        last_at: Stamp(r.int(2)?),
        answered_at: r.opt_int(3)?.map(Stamp),
    })
}

#[async_trait]
impl Interactions for Port {
    async fn note(&self, ctx: &Ctx, tx: &Tx, new: &NewInteraction) -> Result<i64> {
        Ok(note(ctx, tx, new, &More::default()).await?.0)
    }

    async fn threads(&self, ctx: &Ctx, party: i64, channel: Channel, most: i64) -> Result<Vec<Thread>> {
        let sql = format!(
            "{THREAD} WHERE c.party_id = $1 AND c.channel = $2 AND c.archived_at IS NULL ORDER BY c.last_at DESC, c.id DESC LIMIT $3"
        );
        let rows = ctx.db().all(&sql, binds![party, channel.word(), most]).await?;
        rows.iter().map(thread).collect()
    }

    async fn said(&self, ctx: &Ctx, party: i64, id: i64) -> Result<Option<(Thread, Vec<Said>)>> {
        let sql = format!("{THREAD} WHERE c.id = $1 AND c.party_id = $2 AND c.archived_at IS NULL");
        let Some(row) = ctx.db().one(&sql, binds![id, party]).await? else {
            return Ok(None);
        };
        // What people note of calls and visits is for the house.
        let sql = "SELECT direction, at, body FROM inbox_interaction WHERE conversation_id = $1 AND archived_at IS NULL AND state <> 'noted' \
                   AND channel NOT IN ('phone', 'visit') ORDER BY at, id LIMIT 500";
        let rows = ctx.db().all(sql, binds![id]).await?;
        let said = rows.iter().map(|r| {
            Ok(Said {
                outgoing: r.text(0)? == "out",
                at: Stamp(r.int(1)?),
                body: r.opt_text(2)?.unwrap_or_default(),
            })
        });
        Ok(Some((thread(&row)?, said.collect::<Result<_>>()?)))
    }

    async fn join(&self, ctx: &Ctx, tx: &Tx, new: &NewInteraction, beside: &Beside) -> Result<(i64, bool)> {
        let more = More {
            sender: beside.sender.clone(),
            machine: beside.machine,
            thread: true,
            ..More::default()
        };
        let mut new = new.clone();
        if let (None, Some(message)) = (new.user, new.message) {
            let sql = "SELECT user_id FROM inbox_author WHERE message_id = $1";
            new.user = tx.one(sql, binds![message]).await?.map(|r| r.int(0)).transpose()?;
        }
        note(ctx, tx, &new, &more).await
    }
}
