//! The gate's port: questions answered from what is known, deeds decided, stored and counted.

use crate::{
    load::{Known, Loaded},
    rules::{Case, Closed, Question, Said, Why, decide},
};
use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use zhike_contract::gate::{Answer, Ask, Channel, Class, Gate, Permit, Reason, Verdict};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Bind, Ctx, Query, Tx, binds};

pub(crate) struct Port;

/// The question as the rules want it.
pub(crate) fn question<'a>(ask: &'a Ask, at: Stamp) -> Question<'a> {
    Question {
        class: ask.class,
        topic: &ask.topic,
        channel: ask.channel,
        address: ask.address.as_deref(),
        at,
        may_change: ask.may_change,
        may_wait: ask.may_wait,
        agreed: ask.agreed,
    }
}

/// A party that was read, as the rules want it.
pub(crate) fn case<'a>(loaded: &'a Loaded, known: &'a Known, closed: &'a [Closed]) -> Case<'a> {
    Case {
        wish: &known.wish,
        consents: &known.consents,
        closed,
        sent: &known.sent,
        reach: &known.reach,
        manners: &loaded.manners,
        calendar: loaded.calendar(known),
    }
}

/// What the rules say of it.
pub(crate) fn said(loaded: &Loaded, known: &Known, q: &Question<'_>) -> Said {
    let closed = loaded.shut(known, q.address.map(|a| (q.channel, a)));
    decide(&case(loaded, known, &closed), q)
}

/// A reason as other areas get it.
pub(crate) fn reason(why: &Why) -> Reason {
    let args: Map<String, Json> = why.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    Reason {
        rule: why.rule.to_owned(),
        args: Json::Object(args),
    }
}

/// The answer as other areas get it.
pub(crate) fn answer(said: &Said) -> Answer {
    Answer {
        verdict: said.verdict,
        reasons: said.reasons.iter().map(reason).collect(),
        address: said.address.clone(),
    }
}

/// Reasons as they are kept.
pub(crate) fn kept(reasons: &[Why]) -> String {
    let all: Vec<Json> = reasons
        .iter()
        .map(|w| {
            let reason = reason(w);
            json!({"rule": reason.rule, "args": reason.args})
        })
        .collect();
    Json::Array(all).to_string()
}

/// Reasons read back.
pub(crate) fn unkept(text: &str) -> Vec<Reason> {
    let all: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
    all.into_iter()
        .filter_map(|r| {
            Some(Reason {
                rule: r.get("rule")?.as_str()?.to_owned(),
                args: r.get("args").cloned().unwrap_or_default(),
            })
        })
        .collect()
}

/// Where it would go, and when.
pub(crate) fn target(verdict: Verdict, asked: Channel, at: Stamp) -> (Option<Channel>, Option<Stamp>) {
    match verdict {
        Verdict::Allowed => (Some(asked), Some(at)),
        Verdict::Later(t) => (Some(asked), Some(t)),
        Verdict::Elsewhere(c, t) => (Some(c), Some(t)),
        Verdict::Withheld => (None, None),
    }
}

/// A decision to be stored.
pub(crate) struct Decided<'a> {
    pub party: i64,
    pub ask: &'a Question<'a>,
    pub said: &'a Said,
    pub message: Option<i64>,
    /// A person's reason for going against it.
    pub why: Option<&'a str>,
}

const WIDTH: usize = 14;

/// Stores decisions; their ids in order.
pub(crate) async fn store(tx: &Tx, all: &[Decided<'_>]) -> Result<Vec<i64>> {
    let mut out = Vec::with_capacity(all.len());
    for chunk in all.chunks(500) {
        let mut sql = String::from(
            "INSERT INTO consent_decision (at, party_id, class, topic, channel, address, verdict, via, moment, rule, reasons, message_id, \
             user_id, why) VALUES ",
        );
        let mut values: Vec<Bind> = Vec::with_capacity(chunk.len() * WIDTH);
        for (i, d) in chunk.iter().enumerate() {
            zhike_store::write::group(&mut sql, i, WIDTH);
            let (via, moment) = target(d.said.verdict, d.ask.channel, d.ask.at);
            values.extend(binds![
                tx.at.0,
                d.party,
                d.ask.class.word(),
                d.ask.topic,
                d.ask.channel.word(),
                d.said.address.clone(),
                d.said.verdict.word(),
                via.map(|c| c.word().to_owned()),
                moment.map(|m| m.0),
                d.said.rule(),
                kept(&d.said.reasons),
                d.message,
                tx.user,
                d.why.map(str::to_owned),
            ]);
        }
        sql.push_str(" RETURNING id");
        let rows = tx.all(&sql, values).await?;
        let mut ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
        ids.sort_unstable();
        out.extend(ids);
    }
    Ok(out)
}

/// What went is counted.
pub(crate) struct Went<'a> {
    pub party: i64,
    pub class: &'a str,
    pub topic: &'a str,
    pub channel: &'a str,
    pub decision: i64,
    pub message: Option<i64>,
}

/// Counts what goes now.
pub(crate) async fn count(tx: &Tx, all: &[Went<'_>]) -> Result<()> {
    for chunk in all.chunks(500) {
        let mut sql = String::from(
            "INSERT INTO consent_sent (party_id, at, class, topic, channel, decision_id, message_id) VALUES ",
        );
        let mut values: Vec<Bind> = Vec::with_capacity(chunk.len() * 7);
        for (i, w) in chunk.iter().enumerate() {
            zhike_store::write::group(&mut sql, i, 7);
            values.extend(binds![
                w.party, tx.at.0, w.class, w.topic, w.channel, w.decision, w.message
            ]);
        }
        tx.exec(&sql, values).await?;
    }
    Ok(())
}

/// Two deeds for the same party follow one another, so that each sees the other's.
pub(crate) async fn queue_up(tx: &Tx, party: i64) -> Result<()> {
    let sql = format!("SELECT id FROM party_party WHERE id = $1{}", tx.dialect().for_update());
    tx.one(&sql, binds![party]).await?.ok_or_else(Error::missing)?;
    Ok(())
}

/// Reads one party for a question.
pub(crate) async fn read(ctx: &Ctx, q: &dyn Query, ask: &Ask, at: Stamp) -> Result<Loaded> {
    let extra: Vec<(Channel, &str)> = ask.address.iter().map(|a| (ask.channel, a.as_str())).collect();
    Loaded::read(ctx, q, &[ask.party], at, &extra).await
}

#[async_trait]
impl Gate for Port {
    async fn ask(&self, ctx: &Ctx, ask: &Ask) -> Result<Answer> {
        let loaded = read(ctx, ctx.db(), ask, ask.at).await?;
        let known = loaded.of(ask.party).ok_or_else(Error::missing)?;
        Ok(answer(&said(&loaded, known, &question(ask, ask.at))))
    }

    async fn language(&self, ctx: &Ctx, q: &dyn Query, party: i64) -> Result<Option<String>> {
        let loaded = Loaded::read(ctx, q, &[party], ctx.now(), &[]).await?;
        let wish = loaded.of(party).and_then(|k| k.wish.language.as_ref());
        Ok(wish.map(|l| l.value.clone()))
    }

    async fn ranked(&self, ctx: &Ctx, q: &dyn Query, party: i64, class: Class) -> Result<Vec<Channel>> {
        let loaded = Loaded::read(ctx, q, &[party], ctx.now(), &[]).await?;
        let named = loaded.of(party).and_then(|k| k.wish.channels.as_ref());
        let ways = named.iter().flat_map(|n| &n.value);
        Ok(ways.filter(|w| w.allow.covers(class)).map(|w| w.channel.0).collect())
    }

    async fn pass(&self, ctx: &Ctx, tx: &Tx, ask: &Ask, why: Option<&str>) -> Result<(Answer, Option<Permit>)> {
        queue_up(tx, ask.party).await?;
        let loaded = read(ctx, tx, ask, ask.at).await?;
        let known = loaded.of(ask.party).ok_or_else(Error::missing)?;
        let q = question(ask, ask.at);
        let said = said(&loaded, known, &q);
        let why = why.map(str::trim).filter(|w| !w.is_empty());
        // A person may have a reason to come early; nobody has one to sell early.
        let early = matches!(said.verdict, Verdict::Later(_)) && ask.class != Class::Promotion;
        let goes = said.verdict == Verdict::Allowed || (early && why.is_some());
        let decided = Decided {
            party: ask.party,
            ask: &q,
            said: &said,
            message: None,
            why: why.filter(|_| early),
        };
        let decision = store(tx, &[decided]).await?.first().copied().unwrap_or(0);
        let out = answer(&said);
        if !goes {
            return Ok((out, None));
        }
        let went = Went {
            party: ask.party,
            class: ask.class.word(),
            topic: &ask.topic,
            channel: ask.channel.word(),
            decision,
            message: None,
        };
        count(tx, &[went]).await?;
        let address = said.address.clone().unwrap_or_default();
        Ok((out, Some(Permit::grant(ask.party, ask.channel, address, decision))))
    }
}
