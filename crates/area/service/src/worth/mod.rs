//! What each process is worth to customers: how long it takes, how often a solution had to be found again, what customers said,
//! whether they bought again and what it costs, mined from the cases and their steps; with a first judgement by plain rules,
//! and a decision by people: keep, change or drop.

mod judge;
mod page;

pub(crate) use judge::Judgement;
pub(crate) use page::{routes, tab};

use crate::report::{Asked, By, Sum, make, median};
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Event, Migration, Query, binds, filter_sql::Sql};

/// The table: every decision is kept, with the figures it was made on.
pub(crate) const STEP: Migration = Migration {
    name: "service_worth",
    up: &[
        "CREATE TABLE service_process_decision (id {pk}, process_id BIGINT NOT NULL, process_version BIGINT, decision TEXT NOT NULL, note TEXT NOT NULL, \
         evidence TEXT NOT NULL, user_id BIGINT, at BIGINT NOT NULL)",
        "CREATE INDEX service_process_decision_of ON service_process_decision (process_id, id)",
    ],
};

/// Somebody decided.
pub(crate) const DECIDED: &str = "process.decided.v1";
/// What can be decided.
pub(crate) const DECISIONS: [&str; 3] = ["keep", "change", "drop"];
/// Steps read for one process.
const MOST: usize = 200_000;
/// Ways shown.
const WAYS: usize = 6;

/// A process with its figures.
#[derive(Clone, Debug)]
pub(crate) struct Worth {
    pub id: i64,
    pub sum: Sum,
    pub judgement: Judgement,
    pub decided: Option<Decided>,
}

/// What people decided last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub decision: String,
    pub note: String,
    pub user: Option<i64>,
    pub at: Stamp,
}

/// A step of a process, over all its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub name: (String, String),
    /// How often it was begun.
    pub n: i64,
    /// How often it came again within one case.
    pub again: i64,
    /// Business minutes, the middle one of those that ended.
    pub median: Option<i64>,
    /// Ended, or still open, after its time.
    pub late: i64,
}

/// A way that cases took through the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub steps: Vec<(String, String)>,
    pub n: i64,
    /// Business minutes from the first step to the end of the last.
    pub median: Option<i64>,
    pub satisfied: i64,
    /// Of those that ended.
    pub ended: i64,
}

/// The processes with cases in these days that the actor sees, the most used first.
pub(crate) async fn all(ctx: &Ctx, asked: &Asked) -> Result<Vec<Worth>> {
    let asked = Asked {
        kind: "all".into(),
        by: By::Process,
        ..asked.clone()
    };
    let report = make(ctx, &asked).await?;
    let decided = decisions(ctx).await?;
    Ok(report
        .groups
        .into_iter()
        .filter_map(|(key, sum)| {
            let id = key.parse().ok()?;
            Some(Worth {
                id,
                judgement: judge::judge(&sum, &report.all),
                decided: decided.get(&id).cloned(),
                sum,
            })
        })
        .collect())
}

async fn decisions(ctx: &Ctx) -> Result<BTreeMap<i64, Decided>> {
    let sql = "SELECT process_id, decision, note, user_id, at FROM service_process_decision ORDER BY id";
    let mut out = BTreeMap::new();
    for r in ctx.db().all(sql, vec![]).await? {
        let one = Decided {
            decision: r.text(1)?,
            note: r.text(2)?,
            user: r.opt_int(3)?,
            at: Stamp(r.int(4)?),
        };
        out.insert(r.int(0)?, one);
    }
    Ok(out)
}

/// A step of one case as it was taken.
struct Taken {
    case: i64,
    step: String,
    name: (String, String),
    minutes: Option<i64>,
    late: bool,
    status: String,
}

/// The steps of a process in the order in which cases come to them, and the ways that cases took.
pub(crate) async fn steps(ctx: &Ctx, asked: &Asked, process: i64) -> Result<(Vec<Step>, Vec<Route>)> {
    let calendar = crate::hours::calendar(ctx, ctx.db()).await?;
    let mut sql = Sql::new(ctx.db().dialect());
    sql.text =
        "SELECT s.case_id, s.step, s.name, s.name_latin, s.started_at, s.ended_at, s.due_at, s.alarmed_at, t.status \
                FROM service_step s JOIN service_case t ON t.id = s.case_id WHERE s.process_id = "
            .into();
    let of = sql.bind(process);
    sql.text.push_str(&format!("{of} AND"));
    let asked = Asked {
        kind: "all".into(),
        ..asked.clone()
    };
    asked.cases(ctx, &mut sql)?;
    sql.text.push_str(&format!(" ORDER BY s.case_id, s.id LIMIT {MOST}"));
    let mut taken = vec![];
    for r in ctx.db().all(&sql.text, sql.binds).await? {
        let (started, ended, due) = (Stamp(r.int(4)?), r.opt_int(5)?.map(Stamp), r.opt_int(6)?.map(Stamp));
        let late = match (due, ended) {
            (Some(due), Some(ended)) => ended > due,
            (Some(_), None) => r.opt_int(7)?.is_some(),
            (None, _) => false,
        };
        taken.push(Taken {
            case: r.int(0)?,
            step: r.text(1)?,
            name: (r.text(2)?, r.text(3)?),
            minutes: ended.map(|e| calendar.between(started, e)),
            late,
            status: r.text(8)?,
        });
    }
    Ok((by_step(&taken), by_way(&taken)))
}

fn by_step(taken: &[Taken]) -> Vec<Step> {
    // Where a step usually comes: the mean place among the steps of its cases.
    let mut found: BTreeMap<&str, (Step, Vec<i64>, i64)> = BTreeMap::new();
    for case in taken.chunk_by(|a, b| a.case == b.case) {
        let mut seen: Vec<&str> = vec![];
        for (place, t) in (0_i64..).zip(case) {
            let of = found.entry(&t.step).or_insert_with(|| {
                let step = Step {
                    name: t.name.clone(),
                    n: 0,
                    again: 0,
                    median: None,
                    late: 0,
                };
                (step, vec![], 0)
            });
            of.0.n += 1;
            of.0.again += i64::from(seen.contains(&t.step.as_str()));
            of.0.late += i64::from(t.late);
            of.1.extend(t.minutes);
            of.2 += place;
            seen.push(&t.step);
        }
    }
    let mut all: Vec<(i64, Step)> = found
        .into_values()
        .map(|(mut step, minutes, places)| {
            step.median = median(minutes);
            (places * 1_000 / step.n.max(1), step)
        })
        .collect();
    all.sort_by_key(|a| a.0);
    all.into_iter().map(|a| a.1).collect()
}

fn by_way(taken: &[Taken]) -> Vec<Route> {
    let mut found: BTreeMap<Vec<&str>, (Route, Vec<i64>)> = BTreeMap::new();
    for case in taken.chunk_by(|a, b| a.case == b.case) {
        let way: Vec<&str> = case.iter().map(|t| t.step.as_str()).collect();
        let of = found.entry(way).or_insert_with(|| {
            let route = Route {
                steps: case.iter().map(|t| t.name.clone()).collect(),
                n: 0,
                median: None,
                satisfied: 0,
                ended: 0,
            };
            (route, vec![])
        });
        of.0.n += 1;
        let status = case.first().map_or("", |t| t.status.as_str());
        of.0.satisfied += i64::from(status == "satisfied");
        if matches!(status, "satisfied" | "no_answer" | "done") {
            of.0.ended += 1;
            of.1.push(case.iter().filter_map(|t| t.minutes).sum());
        }
    }
    let mut all: Vec<Route> = found
        .into_values()
        .map(|(mut route, minutes)| {
            route.median = median(minutes);
            route
        })
        .collect();
    all.sort_by_key(|r| -r.n);
    all.truncate(WAYS);
    all
}

/// Writes down what was decided, with the figures it was decided on.
pub(crate) async fn decide(ctx: &Ctx, asked: &Asked, process: i64, decision: &str, note: &str) -> Result<()> {
    ctx.require("service.edit")?;
    if !DECISIONS.contains(&decision) {
        return Err(Error::field("decision", "error-not-a-choice"));
    }
    let note = note.trim();
    if note.is_empty() {
        return Err(Error::field("note", "error-worth-note"));
    }
    if note.chars().count() > 2_000 {
        return Err(Error::field("note", "error-too-long").with("most", 2_000_i64));
    }
    let found = all(ctx, asked).await?.into_iter().find(|w| w.id == process);
    let evidence = found.map_or(serde_json::Value::Null, |w| page::figures(ctx, &w));
    let tx = ctx.begin().await?;
    let ty = ctx.registry().get("process")?.clone();
    let record = zhike_store::read::need(ctx, &tx, &ty, process).await?;
    let sql = "INSERT INTO service_process_decision (process_id, process_version, decision, note, evidence, user_id, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let args = binds![
        process,
        record.int("published"),
        decision,
        note,
        evidence.to_string(),
        tx.user,
        tx.at.0
    ];
    tx.insert(sql, args).await?;
    let event = Event {
        kind: DECIDED.to_owned(),
        record_type: "process",
        record: process,
        note: Some(note.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_ways_are_counted_as_they_were_taken() {
        let t = |case, step: &str, minutes, late, status: &str| Taken {
            case,
            step: step.into(),
            name: (step.into(), step.into()),
            minutes,
            late,
            status: status.into(),
        };
        let taken = [
            t(1, "find", Some(10), false, "satisfied"),
            t(1, "tell", Some(4), false, "satisfied"),
            t(2, "find", Some(30), true, "satisfied"),
            t(2, "tell", Some(6), false, "satisfied"),
            t(2, "find", Some(20), false, "satisfied"),
            t(2, "tell", Some(8), false, "satisfied"),
            t(3, "find", Some(50), true, "no_answer"),
            t(3, "tell", Some(2), false, "no_answer"),
            t(4, "find", None, true, "working"),
        ];
        let steps = by_step(&taken);
        let seen: Vec<_> = steps
            .iter()
            .map(|s| (s.name.0.as_str(), s.n, s.again, s.median, s.late))
            .collect();
        assert_eq!(seen, [("find", 5, 1, Some(25), 3), ("tell", 4, 1, Some(5), 0)]);
        let ways = by_way(&taken);
        let seen: Vec<_> = ways
            .iter()
            .map(|w| (w.steps.len(), w.n, w.median, w.satisfied, w.ended))
            .collect();
        assert_eq!(seen[0], (2, 2, Some(33), 1, 2));
        assert!(seen.contains(&(4, 1, Some(64), 1, 1)) && seen.contains(&(1, 1, None, 0, 0)));
    }
}
