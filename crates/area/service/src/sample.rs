//! A past for demonstrations: cases that were played by the same rules, at moments that are over.

use crate::{
    Ports,
    case::{
        desk::Desk,
        promise::{self, Wish},
        solve::Solution,
        tell::Telling,
        verdict::Word,
    },
    process::Kind,
};
use std::sync::Arc;
use zhike_contract::Channel;
use zhike_kernel::{Actor, Error, Result, Role, Stamp, Values};
use zhike_store::{Ctx, Query, Tx, binds, write};

/// What happens to a case.
#[derive(Clone, Debug)]
pub enum Move {
    /// Plain work is done.
    Complete,
    /// A solution: name of the cause, words, kinds of remedies.
    Solve(String, String, Vec<String>),
    /// A manager agrees to what was beyond the authority.
    Approve,
    /// The customer is told by telephone.
    Tell(String),
    /// The customer judges: satisfied, stars, words.
    Judge(bool, i64, String),
    /// The customer names an hour: so many seconds from now, for half an hour.
    Wish(i64),
    /// Answered as wished.
    Met(String),
    /// The wished hour is over.
    Broken,
    /// So many minutes of work.
    Work(i64),
    /// The stated silence is over.
    Silence,
    /// Brought to the product's owner under this name.
    Improve(String),
}

/// Somebody at a moment.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Stamp,
    /// Who; nobody for the customer and the clock.
    pub user: Option<(i64, String, Role)>,
}

async fn begin(ctx: &Ctx, m: &Moment) -> Result<Tx> {
    let mut tx = ctx.begin().await?;
    tx.at = m.at;
    if let Some((id, name, _)) = &m.user {
        tx.user = Some(*id);
        tx.actor.clone_from(name);
    }
    Ok(tx)
}

/// Enters a case as it came then; its id.
pub async fn enter(ctx: &Ctx, m: &Moment, values: Values) -> Result<i64> {
    let tx = begin(ctx, m).await?;
    let ty = ctx.registry().get("case")?.clone();
    let ids = write::insert_many(ctx, &tx, &ty, vec![values], Some(&[Some(m.at)])).await?;
    tx.commit().await?;
    ids.first().copied().ok_or_else(Error::missing)
}

/// Plays a move.
pub async fn play(ctx: &Ctx, ports: &Ports, case: i64, m: &Moment, what: Move) -> Result<()> {
    let tx = begin(ctx, m).await?;
    // What one may grant is a matter of who one is.
    let mut actor = (*ctx.actor).clone();
    if let Some((id, name, role)) = &m.user {
        actor = Actor {
            user: Some(*id),
            name: name.clone(),
            role: *role,
            ..actor
        };
    }
    let ctx = &Ctx {
        actor: Arc::new(actor),
        ..ctx.clone()
    };
    let mut desk = Desk::inside(ctx, &tx, ports, case).await?;
    match what {
        Move::Complete => {
            let step = desk.running.as_ref().and_then(|r| desk.def.place(&r.step));
            let fields = step
                .and_then(|i| desk.def.steps.get(i))
                .map(|s| s.fields.clone())
                .unwrap_or_default();
            let day = m.at.date(&ctx.house.zone).to_string();
            let given = |key: &str| {
                let field = fields.iter().find(|f| f.key == key)?;
                Some(match field.kind {
                    Kind::Choice => field.choices.first()?.clone(),
                    Kind::Number => "2".to_owned(),
                    Kind::Date => day.clone(),
                    Kind::Yes => "1".to_owned(),
                    Kind::Text | Kind::Long => "已核实".to_owned(),
                })
            };
            desk.complete(&given, None).await?;
        }
        Move::Solve(cause, text, kinds) => {
            let sql = "SELECT id FROM service_cause WHERE name = $1 ORDER BY id LIMIT 1";
            let cause = tx.number(sql, binds![cause]).await?;
            let mut remedies = vec![];
            for kind in kinds {
                let sql = "SELECT id FROM service_remedy WHERE kind = $1 ORDER BY id LIMIT 1";
                remedies.push((tx.number(sql, binds![kind]).await?, None));
            }
            let solution = Solution {
                cause: Some(cause).filter(|c| *c > 0),
                text,
                remedies,
                done: true,
                ..Solution::default()
            };
            desk.solve(solution).await?;
        }
        Move::Approve => crate::case::grant::decide(&mut desk, true, None).await?,
        Move::Tell(note) => {
            let how = Telling {
                files: vec![],
                channel: Channel::Phone,
                by_hand: true,
                note: Some(note).filter(|n| !n.is_empty()),
            };
            desk.tell_customer(how).await?;
        }
        Move::Judge(satisfied, stars, words) => {
            let word = Word {
                satisfied,
                stars: Some(stars).filter(|s| *s > 0),
                words: Some(words).filter(|w| !w.is_empty()),
                round: desk.round(),
            };
            desk.judge(word).await?;
        }
        Move::Wish(seconds) => {
            let from = m.at.plus_seconds(seconds);
            let wish = Wish {
                from,
                until: from.plus_seconds(1_800),
                channel: Channel::Phone,
                contact: desk.case.text("contact_phone").to_owned(),
                note: None,
            };
            desk.promise(wish, true).await?;
        }
        Move::Met(note) => desk.promise_met(Some(note)).await?,
        Move::Broken => {
            if let Some(p) = promise::open_one(&tx, case).await? {
                desk.promise_broken(&p).await?;
            }
        }
        Move::Work(minutes) => desk.worked(minutes, None).await?,
        Move::Silence => desk.silent().await?,
        Move::Improve(name) => {
            let sql = "SELECT id FROM service_improvement WHERE name = $1 AND archived_at IS NULL ORDER BY id LIMIT 1";
            let there = tx.number(sql, binds![name.as_str()]).await?;
            desk.improve(Some(there).filter(|i| *i > 0), Some(&name)).await?;
        }
    }
    tx.commit().await
}

/// A moment in the house's working hours: so many working minutes after another.
pub async fn after(ctx: &Ctx, from: Stamp, minutes: i64) -> Result<Stamp> {
    Ok(crate::hours::calendar(ctx, ctx.db()).await?.add(from, minutes))
}

/// Finds the customers of an incident.
pub async fn find_hit(ctx: &Ctx, incident: i64) -> Result<i64> {
    let sql = "SELECT version FROM service_incident WHERE id = $1";
    let version = ctx.db().number(sql, binds![incident]).await?;
    crate::beyond::incident::find(ctx, incident, version).await
}
