//! A case on somebody's desk: read and locked within one transaction, with its process, its calendar and its open step.

use super::{assign, clock, kept::Running};
use crate::{
    Ports, hours,
    process::{self, Act, Definition},
};
use std::{collections::BTreeMap, sync::Arc};
use zhike_kernel::{Error, Result, Stamp, Value, Values, WorkCalendar};
use zhike_store::{Ctx, Event, Record, RecordType, Tx, binds, event::Change, read, write};

/// See the module's text.
pub(crate) struct Desk<'a> {
    pub ctx: &'a Ctx,
    pub tx: &'a Tx,
    pub ports: &'a Ports,
    pub ty: Arc<RecordType>,
    pub case: Record,
    pub def: Definition,
    pub calendar: WorkCalendar,
    pub running: Option<Running>,
}

impl<'a> Desk<'a> {
    /// As somebody who read the case at a version, sees it and may work on it.
    pub(crate) async fn open(ctx: &'a Ctx, tx: &'a Tx, ports: &'a Ports, id: i64, version: i64) -> Result<Desk<'a>> {
        ctx.require("case.edit")?;
        lock(tx, id).await?;
        let ty = ctx.registry().get("case")?.clone();
        let case = read::need(ctx, tx, &ty, id).await?;
        if case.version != version {
            return Err(Error::stale());
        }
        Desk::with(ctx, tx, ports, ty, case).await
    }
    /// As the house: what follows from a write, the clock, the customer.
    pub(crate) async fn inside(ctx: &'a Ctx, tx: &'a Tx, ports: &'a Ports, id: i64) -> Result<Desk<'a>> {
        lock(tx, id).await?;
        let ty = ctx.registry().get("case")?.clone();
        let house = Ctx::system(&ctx.house, ctx.door);
        let case = read::need(&house, tx, &ty, id).await?;
        Desk::with(ctx, tx, ports, ty, case).await
    }
    async fn with(ctx: &'a Ctx, tx: &'a Tx, ports: &'a Ports, ty: Arc<RecordType>, case: Record) -> Result<Desk<'a>> {
        if case.archived_at.is_some() {
            return Err(Error::refused("error-archived"));
        }
        let (process, version) = (
            case.int("process_id").unwrap_or(0),
            case.int("process_version").unwrap_or(0),
        );
        Ok(Desk {
            def: process::version(tx, process, version).await?,
            calendar: hours::calendar(ctx, tx).await?,
            running: Running::of_case(tx, case.id).await?,
            ctx,
            tx,
            ports,
            ty,
            case,
        })
    }

    /// The number of the round.
    pub(crate) fn round(&self) -> i64 {
        self.case.int("round").unwrap_or(1)
    }
    /// The open step, if it is of this sort.
    pub(crate) fn at(&self, act: Act) -> Result<Running> {
        let running = self.running.clone().filter(|r| r.act == act);
        running.ok_or_else(|| Error::refused("error-case-step"))
    }

    /// Writes fields of the case and tells of it. Such an event is not undone: the customer may have heard of it.
    pub(crate) async fn set(&mut self, what: &str, changes: Values, note: Option<String>) -> Result<()> {
        let mut sql = String::from("UPDATE service_case SET version = version + 1, updated_at = $1");
        let mut binds = binds![self.tx.at.0];
        let mut log = BTreeMap::new();
        for (name, to) in changes {
            let field = self.ty.need(&name)?;
            let from = self.case.get(&name).clone();
            if from == to {
                continue;
            }
            binds.push(write::bind(field.storage(), &to));
            sql.push_str(&format!(", {name} = ${}", binds.len()));
            self.case.values.insert(name.clone(), to.clone());
            log.insert(name, Change { from, to });
        }
        binds.extend(binds![self.case.id, self.case.version]);
        sql.push_str(&format!(
            " WHERE id = ${} AND version = ${}",
            binds.len() - 1,
            binds.len()
        ));
        if self.tx.exec(&sql, binds).await? != 1 {
            return Err(Error::stale());
        }
        self.case.version += 1;
        self.tell(what, log, note).await
    }
    async fn tell(&self, what: &str, changes: BTreeMap<String, Change>, note: Option<String>) -> Result<()> {
        let event = Event {
            kind: format!("case.{what}.v1"),
            record_type: "case",
            record: self.case.id,
            party: self.case.int("party_id"),
            changes,
            note,
            at: Some(self.tx.at),
        };
        self.tx.emit(self.ctx.registry().listeners(), event).await.map(|_| ())
    }
    /// Tells of something that changes no field.
    pub(crate) async fn say(&self, what: &str, note: Option<String>) -> Result<()> {
        self.tell(what, BTreeMap::new(), note).await
    }

    /// The first round begins, and the customer hears that their word has arrived.
    pub(crate) async fn start(&mut self) -> Result<()> {
        self.new_round(1).await?;
        self.go(None).await?;
        super::letters::acknowledge(self).await
    }
    /// Another kind, another process: it begins anew in the same round.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        if let Some(running) = self.running.take() {
            running.end(self.tx, "dropped", None, None).await?;
        }
        self.go(None).await
    }
    pub(crate) async fn new_round(&self, number: i64) -> Result<()> {
        let sql = "INSERT INTO service_round (case_id, number, started_at) VALUES ($1,$2,$3)";
        self.tx
            .exec(sql, binds![self.case.id, number, self.tx.at.0])
            .await
            .map(|_| ())
    }

    /// Ends the open step.
    pub(crate) async fn done(&mut self, body: Option<String>, note: Option<String>) -> Result<usize> {
        let running = self.running.take().ok_or_else(|| Error::refused("error-case-step"))?;
        running.end(self.tx, "done", body, note).await?;
        Ok(self.def.place(&running.step).unwrap_or(self.def.steps.len()))
    }
    /// Goes on to the next step that is for this case; after the last one it is done.
    pub(crate) async fn go(&mut self, after: Option<usize>) -> Result<()> {
        let (ctx, ty, values) = (self.ctx, self.ty.clone(), self.case.values.clone());
        let next = self.def.next(after, &|when| process::holds(ctx, &ty, when, &values));
        match next {
            Some(i) => self.begin(i).await,
            None => self.close("done").await,
        }
    }
    /// Begins a step: finds who does it and starts its clock.
    pub(crate) async fn begin(&mut self, i: usize) -> Result<()> {
        let step = self
            .def
            .steps
            .get(i)
            .cloned()
            .ok_or_else(|| Error::refused("error-case-step"))?;
        let found = assign::find(self, &step).await?;
        let minutes = self.def.minutes(found.minutes, self.round());
        let verdict = step.act == Act::Verdict;
        let due = (!verdict).then(|| self.calendar.add(self.tx.at, minutes));
        let after = |m: i64| due.map(|d| self.calendar.add(d, m));
        let running = Running {
            id: 0,
            round: self.round(),
            step: step.key.clone(),
            act: step.act,
            user: found.user,
            role: found.role,
            started_at: self.tx.at,
            due_at: due,
            minutes: due.map(|_| minutes),
        };
        let alarms = (after(step.alarm.handler), after(step.alarm.manager));
        let id = running.keep(self.tx, &self.case, &step, alarms).await?;
        if let Some(at) = alarms.0 {
            clock::wake(self.tx, at).await?;
        }
        let status = match (verdict, found.user) {
            (true, _) => "told",
            (false, Some(_)) => "working",
            (false, None) => "new",
        };
        let handler = if verdict {
            self.case.int("handler_id")
        } else {
            found.user
        };
        self.running = Some(Running { id, ..running });
        let changes = Values::from([
            ("step".to_owned(), step.key.as_str().into()),
            ("status".to_owned(), status.into()),
            ("handler_id".to_owned(), handler.into()),
            ("due_at".to_owned(), due.into()),
            ("late".to_owned(), false.into()),
        ]);
        let names = [step.name.as_str(), step.name_en.as_str()].join(" / ");
        self.set("step", changes, Some(names.trim_end_matches(" / ").to_owned()))
            .await
    }
    /// Ends the case: `satisfied` (the customer's word), `no_answer` (their silence), `done` (kinds without a verdict).
    pub(crate) async fn close(&mut self, status: &str) -> Result<()> {
        let sql = "UPDATE service_round SET ended_at = $1 WHERE case_id = $2 AND number = $3 AND ended_at IS NULL";
        self.tx
            .exec(sql, binds![self.tx.at.0, self.case.id, self.round()])
            .await?;
        let changes = Values::from([
            ("status".to_owned(), status.into()),
            ("step".to_owned(), Value::Null),
            ("due_at".to_owned(), Value::Null),
            ("late".to_owned(), false.into()),
            ("closed_at".to_owned(), self.tx.at.into()),
        ]);
        self.set("closed", changes, None).await
    }

    /// When the customer's silence counts as none, told from an instant: (reminder, end).
    pub(crate) fn silence(&self, from: Stamp) -> (Stamp, Stamp) {
        let day = |n: i64| self.calendar.end_of_day(from, n);
        (day(self.def.warn_days), day(self.def.no_answer_days))
    }
}

/// Whoever comes second waits here until the first has ended.
async fn lock(tx: &Tx, id: i64) -> Result<()> {
    let sql = "UPDATE service_case SET version = version WHERE id = $1";
    tx.exec(sql, binds![id]).await.map(|_| ())
}
