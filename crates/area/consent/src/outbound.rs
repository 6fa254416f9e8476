//! Handing over: a message is decided at once and kept with its verdict until it may go.

use crate::{
    gate::{self, Decided},
    release,
};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{
    Carrier, Outbound,
    gate::Verdict,
    outbound::{Carried, Handed, Message},
};
use zhike_kernel::{Door, Error, Result, Stamp, Values};
use zhike_store::{Ctx, Event, Query, Tx, binds, write};

pub(crate) struct Port;

fn verdict_of(status: &str, via: Option<&str>, asked: &str, at: Option<i64>) -> Verdict {
    let channel = via.and_then(zhike_contract::Channel::of);
    match (status, channel, at) {
        ("withheld" | "refused" | "recalled", ..) => Verdict::Withheld,
        (_, Some(c), Some(at)) if c.word() != asked => Verdict::Elsewhere(c, Stamp(at)),
        ("held", _, Some(at)) => Verdict::Later(Stamp(at)),
        _ => Verdict::Allowed,
    }
}

/// The message that was handed over under this key before.
async fn known(tx: &Tx, key: &str) -> Result<Option<Handed>> {
    let sql = "SELECT id, status, via, channel, not_before FROM consent_message WHERE sent_key = $1";
    let row = tx.one(sql, binds![key]).await?;
    row.map(|r| {
        Ok(Handed {
            message: r.int(0)?,
            verdict: verdict_of(&r.text(1)?, r.opt_text(2)?.as_deref(), &r.text(3)?, r.opt_int(4)?),
        })
    })
    .transpose()
}

/// Longest subject and text of a message.
const MOST: (usize, usize) = (300, 100_000);

#[async_trait]
impl Outbound for Port {
    async fn send(&self, ctx: &Ctx, tx: &Tx, message: &Message) -> Result<Handed> {
        let ask = &message.ask;
        gate::queue_up(tx, ask.party).await?;
        // Looked up behind the lock of the party: of two that bring the same message, the second finds the first's.
        if let Some(key) = &message.key
            && let Some(handed) = known(tx, key).await?
        {
            return Ok(handed);
        }
        let at = ask.at.max(tx.at);
        let loaded = gate::read(ctx, tx, ask, at).await?;
        let party = loaded.of(ask.party).ok_or_else(Error::missing)?;
        let q = gate::question(ask, at);
        let said = gate::said(&loaded, party, &q);
        let (via, moment) = gate::target(said.verdict, ask.channel, at);
        let status = match moment {
            None => "withheld",
            Some(m) if m <= tx.at => "waiting",
            Some(_) => "held",
        };
        let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        let mut values = Values::new();
        let mut put = |name: &str, value: zhike_kernel::Value| values.insert(name.to_owned(), value);
        put("party_id", ask.party.into());
        put("class", ask.class.word().into());
        put("topic", ask.topic.as_str().into());
        put("channel", ask.channel.word().into());
        put("via", via.map(|c| c.word()).into());
        put("status", status.into());
        put(
            "subject",
            cut(message.subject.lines().next().unwrap_or(""), MOST.0).into(),
        );
        put("body", cut(&message.body, MOST.1).into());
        put("address", said.address.as_deref().into());
        put("asked_address", ask.address.as_deref().into());
        put("reason", said.rule().into());
        put("reasons", gate::kept(&said.reasons).into());
        put("asked_at", at.0.into());
        put("not_before", moment.map(|m| m.0).into());
        put("tries", 0_i64.into());
        put("record_type", message.record.map(|r| r.0).into());
        put("record_id", message.record.map(|r| r.1).into());
        put("may_change", ask.may_change.into());
        put("may_wait", ask.may_wait.into());
        put("agreed", ask.agreed.into());
        put("sent_key", message.key.as_deref().into());
        let ty = ctx.registry().get("message")?.clone();
        // The cause was allowed; what follows from it needs no right of its own.
        let system = Ctx::system(&ctx.house, Door::Job);
        let ids = write::insert_many(&system, tx, &ty, vec![values], None).await?;
        let id = ids.first().copied().ok_or_else(Error::missing)?;
        let decided = Decided {
            party: ask.party,
            ask: &q,
            said: &said,
            message: Some(id),
            why: None,
        };
        gate::store(tx, &[decided]).await?;
        if let Some(moment) = moment {
            release::wake(tx, moment).await?;
        }
        Ok(Handed {
            message: id,
            verdict: said.verdict,
        })
    }

    async fn recall(&self, ctx: &Ctx, tx: &Tx, record: (&'static str, i64), why: &str) -> Result<u64> {
        let sql = format!(
            "SELECT id, party_id FROM consent_message WHERE record_type = $1 AND record_id = $2 AND status IN ('held', 'waiting') \
             ORDER BY id{}",
            tx.dialect().for_update()
        );
        let rows = tx.all(&sql, binds![record.0, record.1]).await?;
        for r in &rows {
            take_back(ctx, tx, r.int(0)?, r.int(1)?, why).await?;
        }
        Ok(u64::try_from(rows.len()).unwrap_or(0))
    }

    async fn reported(&self, ctx: &Ctx, tx: &Tx, message: i64, arrived: bool, why: &str) -> Result<bool> {
        let (status, kind) = match arrived {
            true => ("delivered", "message.delivered.v1"),
            false => ("failed", "message.failed.v1"),
        };
        let why: String = why.trim().chars().take(300).collect();
        let error = (!arrived).then(|| why.clone());
        // The report may overtake our own note that it went.
        let sql = "UPDATE consent_message SET status = $1, error = $2, gone_at = COALESCE(gone_at, $3), leased_until = NULL, \
                   version = version + 1, updated_at = $4 WHERE id = $5 AND status IN ('gone', 'going', 'unsure') RETURNING party_id";
        let row = tx.one(sql, binds![status, error, tx.at.0, tx.at.0, message]).await?;
        let Some(row) = row else { return Ok(false) };
        if !arrived {
            release::uncount(tx, message).await?;
        }
        let note = Some(why).filter(|w| !w.is_empty());
        tell(ctx, tx, kind, message, row.int(0)?, note).await?;
        Ok(true)
    }

    async fn draw(&self, ctx: &Ctx, carrier: Arc<dyn Carrier>, most: i64) -> Result<i64> {
        release::some(ctx, carrier, most).await
    }

    async fn ended(&self, ctx: &Ctx, tx: &Tx, message: i64, carried: Carried) -> Result<bool> {
        release::by_people(ctx, tx, message, carried).await
    }
}

/// Takes one message back that has not gone. False when it is on its way.
pub(crate) async fn take_back(ctx: &Ctx, tx: &Tx, id: i64, party: i64, why: &str) -> Result<bool> {
    let why: String = why.trim().chars().take(300).collect();
    let sql = "UPDATE consent_message SET status = 'recalled', error = $1, version = version + 1, updated_at = $2, leased_until = NULL \
               WHERE id = $3 AND status IN ('held', 'waiting')";
    let done = tx.exec(sql, binds![why.as_str(), tx.at.0, id]).await?;
    if done == 1 {
        tell(
            ctx,
            tx,
            "message.recalled.v1",
            id,
            party,
            Some(why).filter(|w| !w.is_empty()),
        )
        .await?;
    }
    Ok(done == 1)
}

/// Writes down what became of a message.
pub(crate) async fn tell(ctx: &Ctx, tx: &Tx, kind: &str, id: i64, party: i64, note: Option<String>) -> Result<()> {
    tx.emit(ctx.registry().listeners(), event(kind, id, party, note))
        .await?;
    Ok(())
}

/// The event of a message.
pub(crate) fn event(kind: &str, id: i64, party: i64, note: Option<String>) -> Event {
    Event {
        kind: kind.to_owned(),
        record_type: "message",
        record: id,
        party: Some(party),
        note,
        ..Event::default()
    }
}
