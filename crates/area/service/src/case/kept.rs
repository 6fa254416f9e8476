//! What is kept of a case beside its fields: rounds, steps with their clocks, remedies, requests, working time.

use crate::process::{Act, Step};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Query, Record, Row, Tx, binds};

fn stamp(row: &Row, i: usize) -> Result<Option<Stamp>> {
    Ok(row.opt_int(i)?.map(Stamp))
}

/// The open step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub id: i64,
    pub round: i64,
    pub step: String,
    pub act: Act,
    pub user: Option<i64>,
    pub role: Option<String>,
    pub started_at: Stamp,
    pub due_at: Option<Stamp>,
    pub minutes: Option<i64>,
}

impl Running {
    pub(crate) async fn of_case(q: &dyn Query, case: i64) -> Result<Option<Running>> {
        let sql = "SELECT id, round, step, act, user_id, role, started_at, due_at, minutes FROM service_step WHERE case_id = $1 AND ended_at IS NULL";
        let row = q.one(sql, binds![case]).await?;
        row.map(|r| {
            Ok(Running {
                id: r.int(0)?,
                round: r.int(1)?,
                step: r.text(2)?,
                act: Act::of(&r.text(3)?).unwrap_or_default(),
                user: r.opt_int(4)?,
                role: r.opt_text(5)?,
                started_at: Stamp(r.int(6)?),
                due_at: stamp(&r, 7)?,
                minutes: r.opt_int(8)?,
            })
        })
        .transpose()
    }
    pub(crate) async fn keep(
        &self,
        tx: &Tx,
        case: &Record,
        step: &Step,
        alarms: (Option<Stamp>, Option<Stamp>),
    ) -> Result<i64> {
        tx.insert(
            "INSERT INTO service_step (case_id, round, process_id, step, act, name, name_latin, user_id, role, started_at, due_at, minutes, alarm_at, escalate_at) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) RETURNING id",
            binds![
                case.id,
                self.round,
                case.int("process_id").unwrap_or(0),
                self.step.as_str(),
                self.act.word(),
                step.name.as_str(),
                step.name_en.as_str(),
                self.user,
                self.role.clone(),
                self.started_at.0,
                self.due_at.map(|s| s.0),
                self.minutes,
                alarms.0.map(|s| s.0),
                alarms.1.map(|s| s.0)
            ],
        )
        .await
    }
    pub(crate) async fn end(&self, tx: &Tx, outcome: &str, body: Option<String>, note: Option<String>) -> Result<()> {
        let sql = "UPDATE service_step SET ended_at = $1, ended_by = $2, outcome = $3, body = $4, note = $5 WHERE id = $6 AND ended_at IS NULL";
        let n = tx
            .exec(sql, binds![tx.at.0, tx.user, outcome, body, note, self.id])
            .await?;
        if n == 1 { Ok(()) } else { Err(Error::stale()) }
    }
}

/// A step that was begun, for the page.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub round: i64,
    pub step: String,
    pub act: Act,
    pub name: String,
    pub name_latin: String,
    pub user: Option<i64>,
    pub started_at: Stamp,
    pub due_at: Option<Stamp>,
    pub ended_at: Option<Stamp>,
    pub ended_by: Option<i64>,
    pub outcome: String,
    pub body: String,
    pub note: String,
    pub alarmed_at: Option<Stamp>,
}

impl Begun {
    pub(crate) fn title(&self, latin: bool) -> &str {
        if latin && !self.name_latin.is_empty() {
            &self.name_latin
        } else {
            &self.name
        }
    }
}

/// All steps of a case, in order.
pub(crate) async fn steps(q: &dyn Query, case: i64) -> Result<Vec<Begun>> {
    let sql = "SELECT round, step, act, name, name_latin, user_id, started_at, due_at, ended_at, ended_by, outcome, body, note, alarmed_at \
               FROM service_step WHERE case_id = $1 ORDER BY id";
    q.all(sql, binds![case])
        .await?
        .iter()
        .map(|r| {
            let text = |i| r.opt_text(i).map(Option::unwrap_or_default);
            Ok(Begun {
                round: r.int(0)?,
                step: r.text(1)?,
                act: Act::of(&r.text(2)?).unwrap_or_default(),
                name: r.text(3)?,
                name_latin: r.text(4)?,
                user: r.opt_int(5)?,
                started_at: Stamp(r.int(6)?),
                due_at: stamp(r, 7)?,
                ended_at: stamp(r, 8)?,
                ended_by: r.opt_int(9)?,
                outcome: text(10)?,
                body: text(11)?,
                note: text(12)?,
                alarmed_at: stamp(r, 13)?,
            })
        })
        .collect()
}

/// A round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    pub number: i64,
    pub started_at: Stamp0,
    pub ended_at: Option<Stamp>,
    pub solution: String,
    pub cause: Option<i64>,
    pub factor: String,
    pub responsible: String,
    pub solved_at: Option<Stamp>,
    pub solved_by: Option<i64>,
    pub told_at: Option<Stamp>,
    pub told_by: Option<i64>,
    pub channel: String,
    pub message: Option<i64>,
    pub answer_by: Option<Stamp>,
    pub warned_at: Option<Stamp>,
    pub verdict: String,
    pub stars: Option<i64>,
    pub words: String,
    pub verdict_at: Option<Stamp>,
}

/// An instant that has a default.
pub(crate) type Stamp0 = Option<Stamp>;

/// All rounds of a case, newest first.
pub(crate) async fn rounds(q: &dyn Query, case: i64) -> Result<Vec<Round>> {
    let sql = "SELECT number, started_at, ended_at, solution, cause_id, factor, responsible, solved_at, solved_by, told_at, told_by, channel, \
               message_id, answer_by, warned_at, verdict, stars, words, verdict_at FROM service_round WHERE case_id = $1 ORDER BY number DESC";
    q.all(sql, binds![case])
        .await?
        .iter()
        .map(|r| {
            let text = |i| r.opt_text(i).map(Option::unwrap_or_default);
            Ok(Round {
                number: r.int(0)?,
                started_at: stamp(r, 1)?,
                ended_at: stamp(r, 2)?,
                solution: text(3)?,
                cause: r.opt_int(4)?,
                factor: text(5)?,
                responsible: text(6)?,
                solved_at: stamp(r, 7)?,
                solved_by: r.opt_int(8)?,
                told_at: stamp(r, 9)?,
                told_by: r.opt_int(10)?,
                channel: text(11)?,
                message: r.opt_int(12)?,
                answer_by: stamp(r, 13)?,
                warned_at: stamp(r, 14)?,
                verdict: text(15)?,
                stars: r.opt_int(16)?,
                words: text(17)?,
                verdict_at: stamp(r, 18)?,
            })
        })
        .collect()
}

/// A remedy of a case.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub round: i64,
    pub remedy: i64,
    pub name: String,
    pub name_latin: String,
    pub amount: i64,
    pub state: String,
}

/// All remedies of a case, in order.
pub(crate) async fn granted(q: &dyn Query, case: i64) -> Result<Vec<Granted>> {
    let sql = "SELECT round, remedy_id, name, name_latin, amount, state FROM service_granted WHERE case_id = $1 ORDER BY round, id";
    q.all(sql, binds![case])
        .await?
        .iter()
        .map(|r| {
            Ok(Granted {
                round: r.int(0)?,
                remedy: r.int(1)?,
                name: r.text(2)?,
                name_latin: r.text(3)?,
                amount: r.int(4)?,
                state: r.text(5)?,
            })
        })
        .collect()
}

/// A request for more than somebody may grant.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub id: i64,
    pub round: i64,
    pub total: i64,
    pub per_case: Option<i64>,
    pub per_month: Option<i64>,
    pub beyond: i64,
    pub asked_by: Option<i64>,
    pub asked_at: Stamp,
    pub state: String,
    pub decided_by: Option<i64>,
    pub note: String,
}

/// All requests of a case, newest first.
pub(crate) async fn requests(q: &dyn Query, case: i64) -> Result<Vec<Request>> {
    let sql = "SELECT id, round, total, per_case, per_month, beyond, asked_by, asked_at, state, decided_by, note FROM service_request \
               WHERE case_id = $1 ORDER BY id DESC";
    q.all(sql, binds![case])
        .await?
        .iter()
        .map(|r| {
            Ok(Request {
                id: r.int(0)?,
                round: r.int(1)?,
                total: r.int(2)?,
                per_case: r.opt_int(3)?,
                per_month: r.opt_int(4)?,
                beyond: r.int(5)?,
                asked_by: r.opt_int(6)?,
                asked_at: Stamp(r.int(7)?),
                state: r.text(8)?,
                decided_by: r.opt_int(9)?,
                note: r.opt_text(10)?.unwrap_or_default(),
            })
        })
        .collect()
}
