//! Finds them every night: in contacts, in promises, in offers that went out.

use super::{
    judge::{self, Contact, Found},
    settings::{self, Settings},
};
use async_trait::async_trait;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Result, Stamp, Value, Values, WorkCalendar};
use zhike_store::{Ctx, Query, Row, Tx, binds, read, setting, write};

/// Contacts or offers read in one go.
const CHUNK: i64 = 20_000;
/// Days that the first search goes back; later ones go back from the last.
const FIRST: i64 = 365;
const BACK: i64 = 45;
/// Days after an offer within which a customer who ends such messages says what the offer was worth to them.
const REGRET: i64 = 7;
const LAST: &str = "experience_looked";

pub(crate) struct Finder;

#[async_trait]
impl Job for Finder {
    fn name(&self) -> &'static str {
        "service.experience"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let settings = settings::settings(ctx.db()).await?;
        let now = ctx.now();
        let last = setting::get(ctx.db(), LAST).await?.and_then(|t| t.parse::<i64>().ok());
        let since = last.map_or(now.plus_seconds(-FIRST * 86_400), |l| {
            Stamp(l).plus_seconds(-BACK * 86_400)
        });
        in_contacts(ctx, run, since, &settings).await?;
        in_promises(ctx, since).await?;
        in_offers(ctx, run, since).await?;
        let tx = ctx.begin().await?;
        setting::set(&tx, LAST, &now.0.to_string()).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Reads the contacts customer by customer, each whole.
async fn in_contacts(ctx: &Ctx, run: &Run, since: Stamp, settings: &Settings) -> Result<()> {
    let calendar = crate::hours::calendar(ctx, ctx.db()).await?;
    let mut after = 0;
    loop {
        // What a machine wrote asks nothing; who calls or comes by is answered there and then.
        let sql = format!(
            "SELECT i.party_id, i.id, i.conversation_id, i.at, i.direction, i.subject, substr(COALESCE(i.body, ''), 1, 400), \
             COALESCE(i.user_id, c.assignee_id), COALESCE(c.state, '') FROM inbox_interaction i LEFT JOIN inbox_conversation c ON c.id = i.conversation_id \
             WHERE i.party_id > $1 AND i.at >= $2 AND i.archived_at IS NULL AND NOT i.machine AND i.state <> 'bounced' \
             AND i.channel NOT IN ('phone','visit') ORDER BY i.party_id, i.at, i.id LIMIT {CHUNK}"
        );
        let rows = ctx.db().all(&sql, binds![after, since.0]).await?;
        let mut parties: BTreeMap<i64, Vec<Contact>> = BTreeMap::new();
        for r in &rows {
            parties.entry(r.int(0)?).or_default().push(contact(r)?);
        }
        let full = i64::try_from(rows.len()).map_err(Error::broken)? == CHUNK;
        // The last one may go on in the next chunk; unless there is only that one.
        if full && parties.len() > 1 {
            parties.pop_last();
        }
        let Some(last) = parties.keys().next_back().copied() else {
            return Ok(());
        };
        judge_all(ctx, parties, &calendar, settings).await?;
        run.beat(ctx, last, 0).await?;
        after = last;
        if !full {
            return Ok(());
        }
    }
}

fn contact(r: &Row) -> Result<Contact> {
    Ok(Contact {
        id: r.int(1)?,
        talk: r.opt_int(2)?,
        at: Stamp(r.int(3)?),
        incoming: r.text(4)? == "in",
        subject: r.text(5)?,
        text: r.text(6)?,
        user: r.opt_int(7)?,
        open: r.text(8)? == "open",
    })
}

async fn judge_all(
    ctx: &Ctx,
    parties: BTreeMap<i64, Vec<Contact>>,
    calendar: &WorkCalendar,
    settings: &Settings,
) -> Result<()> {
    let mut found = vec![];
    for (party, all) in parties {
        let bad = judge::contacts(&all, calendar, ctx.now(), settings.limits());
        found.extend(bad.into_iter().map(|f| (party, f)));
    }
    note_all(ctx, found).await
}

/// Promises that were broken: appointments at which a customer wished to be answered.
async fn in_promises(ctx: &Ctx, since: Stamp) -> Result<()> {
    let sql = "SELECT p.id, c.party_id, c.id, COALESCE(c.handler_id, p.made_by), p.until_at, c.subject FROM service_promise p \
               JOIN service_case c ON c.id = p.case_id WHERE p.state = 'broken' AND p.ended_at >= $1 AND c.party_id IS NOT NULL \
               AND c.archived_at IS NULL ORDER BY p.id";
    let mut found = vec![];
    for r in ctx.db().all(sql, binds![since.0]).await? {
        let bad = Found {
            kind: "broken_promise",
            key: format!("promise:{}", r.int(0)?),
            at: Stamp(r.int(4)?),
            minutes: None,
            subject: r.text(5)?,
            record: ("case", r.int(2)?),
            user: r.opt_int(3)?,
        };
        found.push((r.int(1)?, bad));
    }
    note_all(ctx, found).await
}

/// Offers that went out against what the customer had said, and offers after which the customer ended such messages.
async fn in_offers(ctx: &Ctx, run: &Run, since: Stamp) -> Result<()> {
    let mut after = 0;
    loop {
        // A campaign sends to millions: they are judged some thousand at a time.
        let sql = format!(
            "SELECT s.id, s.party_id, s.at, s.topic, s.message_id, w.body, COALESCE(m.subject, ''), \
             (SELECT MIN(o.created_at) FROM consent_opt_out o WHERE o.party_id = s.party_id AND o.channel = s.channel \
             AND o.archived_at IS NULL AND o.created_at >= s.at) FROM consent_sent s LEFT JOIN consent_wish w ON w.party_id = s.party_id \
             LEFT JOIN consent_message m ON m.id = s.message_id WHERE s.id > $1 AND s.class = 'promotion' AND s.at >= $2 ORDER BY s.id LIMIT {CHUNK}"
        );
        let rows = ctx.db().all(&sql, binds![after, since.0]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.int(0)?;
        let mut found = vec![];
        for r in &rows {
            found.extend(offer(r)?);
        }
        note_all(ctx, found).await?;
        run.beat(ctx, after, 0).await?;
    }
}

/// An offer that should not have gone, with its customer.
fn offer(r: &Row) -> Result<Option<(i64, Found)>> {
    let (party, at, topic) = (r.int(1)?, Stamp(r.int(2)?), r.text(3)?);
    let wish: Json = serde_json::from_str(&r.opt_text(5)?.unwrap_or_default()).unwrap_or_default();
    let left = r.opt_int(7)?.is_some_and(|o| o <= at.plus_seconds(REGRET * 86_400).0);
    if !left && !unwished(&wish, &topic, at) {
        return Ok(None);
    }
    let bad = Found {
        kind: "irrelevant_offer",
        key: format!("offer:{}", r.int(0)?),
        at,
        minutes: None,
        subject: Some(r.text(6)?).filter(|s| !s.is_empty()).unwrap_or(topic),
        record: r.opt_int(4)?.map_or(("party", party), |m| ("message", m)),
        user: None,
    };
    Ok(Some((party, bad)))
}

/// Had the customer said by then that this topic is not wanted, or that only others are? Or says so within days of it?
fn unwished(wish: &Json, topic: &str, at: Stamp) -> bool {
    let stated = |part: &str| {
        let said = wish.get(part)?;
        let when = said.get("at")?.as_i64()?;
        let list = said.get("value")?.as_array()?;
        Some((when, list.iter().any(|t| t.as_str() == Some(topic)), list.is_empty()))
    };
    let regret = at.plus_seconds(REGRET * 86_400).0;
    let against = stated("unwanted").is_some_and(|(when, named, _)| named && when <= regret);
    let beside = stated("wanted").is_some_and(|(when, named, none)| !named && !none && when <= at.0);
    !topic.is_empty() && (against || beside)
}

async fn note_all(ctx: &Ctx, found: Vec<(i64, Found)>) -> Result<()> {
    for some in found.chunks(200) {
        let tx = ctx.begin().await?;
        for (party, bad) in some {
            note(ctx, &tx, *party, bad).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Once; an answer that was missing and came after all was late.
async fn note(ctx: &Ctx, tx: &Tx, party: i64, f: &Found) -> Result<()> {
    let ty = ctx.registry().get("bad_experience")?.clone();
    let known = "SELECT id, kind FROM service_experience WHERE source_key = $1";
    if let Some(row) = tx.one(known, binds![f.key.as_str()]).await? {
        if row.text(1)? == f.kind || f.kind != "late_answer" {
            return Ok(());
        }
        let old = read::need(ctx, tx, &ty, row.int(0)?).await?;
        let version = old.version;
        let changes = Values::from([
            ("kind".to_owned(), f.kind.into()),
            ("minutes".to_owned(), f.minutes.into()),
            ("user_id".to_owned(), f.user.into()),
        ]);
        return write::update_from(ctx, tx, &ty, old, version, changes)
            .await
            .map(|_| ());
    }
    let subject: String = f.subject.trim().chars().take(200).collect();
    let values = Values::from([
        (
            "subject".to_owned(),
            Value::from(if subject.is_empty() { "—" } else { &subject }),
        ),
        ("kind".to_owned(), f.kind.into()),
        ("state".to_owned(), "open".into()),
        ("party_id".to_owned(), party.into()),
        ("user_id".to_owned(), f.user.into()),
        ("happened_on".to_owned(), f.at.date(&ctx.house.zone).into()),
        ("minutes".to_owned(), f.minutes.into()),
        ("found".to_owned(), true.into()),
        ("record_type".to_owned(), f.record.0.into()),
        ("record_id".to_owned(), f.record.1.into()),
        ("source_key".to_owned(), f.key.as_str().into()),
    ]);
    write::create(ctx, tx, &ty, values).await.map(|_| ())
}
