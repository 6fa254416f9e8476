//! Taking what is due: the gate is asked again about each, in the transaction that takes it.

use super::{LEASE_SECONDS, wake};
use crate::{
    gate::{self, Decided, Went},
    load::Loaded,
    outbound::event,
    rules::{Question, Said},
};
use zhike_contract::{
    Channel, Permit,
    gate::{Class, Verdict},
};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Event, Query, Row, Tx, binds, ids};

/// A message that was taken.
pub(super) struct Taking {
    pub id: i64,
    pub party: i64,
    pub class: Class,
    pub topic: String,
    pub channel: Channel,
    pub address: Option<String>,
    pub may_change: bool,
    pub agreed: bool,
    pub subject: String,
    pub body: String,
    pub record: Option<(String, i64)>,
    pub tries: i64,
}

pub(super) const COLUMNS: &str = "id, party_id, class, topic, channel, asked_address, may_change, agreed, subject, body, record_type, record_id, tries";

pub(super) fn taking(r: &Row) -> Result<Taking> {
    let wrong = || Error::broken("a message of an unknown kind");
    Ok(Taking {
        id: r.int(0)?,
        party: r.int(1)?,
        class: Class::of(&r.text(2)?).ok_or_else(wrong)?,
        topic: r.opt_text(3)?.unwrap_or_default(),
        channel: Channel::of(&r.text(4)?).ok_or_else(wrong)?,
        address: r.opt_text(5)?,
        may_change: r.bool(6)?,
        agreed: r.bool(7)?,
        subject: r.opt_text(8)?.unwrap_or_default(),
        body: r.opt_text(9)?.unwrap_or_default(),
        record: r.opt_text(10)?.zip(r.opt_int(11)?),
        tries: r.opt_int(12)?.unwrap_or(0),
    })
}

impl Taking {
    fn question(&self, at: Stamp) -> Question<'_> {
        Question {
            class: self.class,
            topic: &self.topic,
            channel: self.channel,
            address: self.address.as_deref(),
            at,
            may_change: self.may_change,
            // What lies here waits, whatever was asked at first.
            may_wait: true,
            agreed: self.agreed,
        }
    }
}

/// A message on its way.
pub(super) struct Underway {
    pub taking: Taking,
    pub channel: Channel,
    pub permit: Permit,
    pub leave: Option<String>,
}

/// Asks the gate again about each, in the transaction that takes them.
pub(super) async fn take(ctx: &Ctx, tx: &Tx, all: Vec<Taking>) -> Result<Vec<Underway>> {
    let mut parties: Vec<i64> = all.iter().map(|t| t.party).collect();
    parties.sort_unstable();
    parties.dedup();
    if !parties.is_empty() {
        let sql = format!(
            "SELECT id FROM party_party WHERE {} ORDER BY id{}",
            tx.dialect().among("id", "$1"),
            tx.dialect().for_update()
        );
        tx.all(&sql, vec![ids(&parties)]).await?;
    }
    let extra: Vec<(Channel, &str)> = all
        .iter()
        .filter_map(|t| Some((t.channel, t.address.as_deref()?)))
        .collect();
    let mut loaded = Loaded::read(ctx, tx, &parties, tx.at, &extra).await?;
    let mut verdicts: Vec<(usize, Said)> = vec![];
    for (i, t) in all.iter().enumerate() {
        let q = t.question(tx.at);
        let said = match loaded.of(t.party) {
            Some(known) => gate::said(&loaded, known, &q),
            None => Said {
                verdict: Verdict::Withheld,
                reasons: vec![crate::rules::Why::new("gate-no-party")],
                address: None,
            },
        };
        // Of several messages to one party in this round, the next one sees the one before.
        let goes = goes(said.verdict, t.channel, tx.at);
        if let Some(channel) = goes {
            loaded.count(t.party, tx.at, t.class, &t.topic, channel);
        }
        verdicts.push((i, said));
    }
    let questions: Vec<Question<'_>> = all.iter().map(|t| t.question(tx.at)).collect();
    let decided: Vec<Decided<'_>> = verdicts
        .iter()
        .filter_map(|(i, said)| {
            Some(Decided {
                party: all.get(*i)?.party,
                ask: questions.get(*i)?,
                said,
                message: Some(all.get(*i)?.id),
                why: None,
            })
        })
        .collect();
    let decisions = gate::store(tx, &decided).await?;
    drop(decided);
    settle(ctx, tx, &loaded, all, verdicts, &decisions).await
}

/// On which channel it goes now, if it does.
fn goes(verdict: Verdict, asked: Channel, now: Stamp) -> Option<Channel> {
    match verdict {
        Verdict::Allowed => Some(asked),
        Verdict::Elsewhere(c, at) if at <= now => Some(c),
        _ => None,
    }
}

/// Writes the verdicts: what goes is leased and counted, the rest waits on or is withheld.
async fn settle(
    ctx: &Ctx,
    tx: &Tx,
    loaded: &Loaded,
    all: Vec<Taking>,
    verdicts: Vec<(usize, Said)>,
    decisions: &[i64],
) -> Result<Vec<Underway>> {
    let lease = tx.at.plus_seconds(LEASE_SECONDS).0;
    let leaver = crate::link::Leaver::new(tx, &loaded.manners).await?;
    let mut events: Vec<Event> = vec![];
    let mut underway = vec![];
    for ((t, (_, said)), decision) in all.into_iter().zip(verdicts).zip(decisions) {
        let (via, moment) = gate::target(said.verdict, t.channel, tx.at);
        let status = match (goes(said.verdict, t.channel, tx.at), via) {
            (Some(_), _) => "going",
            (None, Some(_)) => "held",
            (None, None) => "withheld",
        };
        let sql = "UPDATE consent_message SET status = $1, via = $2, address = $3, not_before = $4, reason = $5, reasons = $6, \
                   leased_until = $7, decision_id = $8, version = version + 1, updated_at = $9 WHERE id = $10";
        let leased = (status == "going").then_some(lease);
        let kept = gate::kept(&said.reasons);
        let via_word = via.map(|c| c.word().to_owned());
        tx.exec(
            sql,
            binds![
                status,
                via_word,
                said.address.clone(),
                moment.map(|m| m.0),
                said.rule(),
                kept,
                leased,
                *decision,
                tx.at.0,
                t.id
            ],
        )
        .await?;
        match (status, via) {
            ("going", Some(channel)) => {
                let leave = match t.class {
                    Class::Promotion => leaver.as_ref().map(|l| l.address(t.id)),
                    _ => None,
                };
                let permit = Permit::grant(t.party, channel, said.address.unwrap_or_default(), *decision);
                underway.push(Underway {
                    taking: t,
                    channel,
                    permit,
                    leave,
                });
            }
            ("held", _) => wake(tx, moment.unwrap_or(tx.at)).await?,
            _ => events.push(event("message.withheld.v1", t.id, t.party, None)),
        }
    }
    let went: Vec<Went<'_>> = underway
        .iter()
        .map(|u| Went {
            party: u.taking.party,
            class: u.taking.class.word(),
            topic: &u.taking.topic,
            channel: u.channel.word(),
            decision: u.permit.decision(),
            message: Some(u.taking.id),
        })
        .collect();
    gate::count(tx, &went).await?;
    drop(went);
    tx.emit_many(ctx.registry().listeners(), events).await?;
    Ok(underway)
}
