//! When and how the customer wants to be answered: kept as an appointment, alarmed before it breaks, and counted.

use super::desk::Desk;
use zhike_contract::Channel;
use zhike_kernel::{Error, Result, Stamp, Values, error::FieldError};
use zhike_store::{Query, Row, Tx, binds};

/// The handler hears of it so many seconds before.
const BEFORE: i64 = 30 * 60;
/// As far ahead as an appointment may be, in seconds.
const AHEAD: i64 = 60 * 86_400;

/// A wish.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub from: Stamp,
    pub until: Stamp,
    pub channel: Channel,
    pub contact: String,
    pub note: Option<String>,
}

/// As it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub id: i64,
    pub round: i64,
    pub from: Stamp,
    pub until: Stamp,
    pub channel: String,
    pub contact: String,
    pub note: String,
    pub by_customer: bool,
    pub made_by: Option<i64>,
    pub made_at: Stamp,
    pub state: String,
    pub ended_at: Option<Stamp>,
}

pub(crate) const COLUMNS: &str =
    "id, case_id, round, from_at, until_at, channel, contact, note, by_customer, made_by, made_at, state, ended_at";

pub(crate) fn read(r: &Row) -> Result<Promise> {
    let text = |i| r.opt_text(i).map(Option::unwrap_or_default);
    Ok(Promise {
        id: r.int(0)?,

        round: r.int(2)?,
        from: Stamp(r.int(3)?),
        until: Stamp(r.int(4)?),
        channel: text(5)?,
        contact: text(6)?,
        note: text(7)?,
        by_customer: r.bool(8)?,
        made_by: r.opt_int(9)?,
        made_at: Stamp(r.int(10)?),
        state: text(11)?,
        ended_at: r.opt_int(12)?.map(Stamp),
    })
}

/// All of a case, newest first.
pub(crate) async fn of_case(q: &dyn Query, case: i64) -> Result<Vec<Promise>> {
    let sql = format!("SELECT {COLUMNS} FROM service_promise WHERE case_id = $1 ORDER BY id DESC");
    q.all(&sql, binds![case]).await?.iter().map(read).collect()
}

/// The one that stands.
pub(crate) async fn open_one(q: &dyn Query, case: i64) -> Result<Option<Promise>> {
    Ok(of_case(q, case).await?.into_iter().find(|p| p.state == "open"))
}

async fn end(tx: &Tx, id: i64, state: &str, outcome: &str) -> Result<bool> {
    let sql = "UPDATE service_promise SET state = $1, ended_at = $2, outcome = $3 WHERE id = $4 AND state = 'open'";
    Ok(tx.exec(sql, binds![state, tx.at.0, outcome, id]).await? == 1)
}

/// The customer is answered at an instant: was it in time?
pub(crate) async fn ended_by(desk: &mut Desk<'_>, p: &Promise, at: Stamp, how: &str) -> Result<()> {
    let state = if at <= p.until { "kept" } else { "broken" };
    if end(desk.tx, p.id, state, how).await? {
        desk.say(&format!("promise_{state}"), None).await?;
    }
    Ok(())
}

impl Desk<'_> {
    fn fits(&self, w: &Wish) -> Result<()> {
        let now = self.tx.at;
        let code = match () {
            () if w.until <= w.from || w.until.0 - w.from.0 > 86_400 * 1_000_000 => "error-promise-order",
            () if w.from < now => "error-promise-past",
            () if w.from > now.plus_seconds(AHEAD) => "error-promise-far",
            () if !self.calendar.is_open(w.from) || !self.calendar.is_open(Stamp(w.until.0 - 1)) => {
                "error-promise-closed"
            }
            () => return Ok(()),
        };
        let day = w.from.date(&self.ctx.house.zone);
        let hours = zhike_kernel::Hours::write_day(self.calendar.hours(day));
        let args = vec![("hours", if hours.is_empty() { "—".into() } else { hours.into() })];
        Err(Error::fields(vec![FieldError {
            field: "from".into(),
            code,
            args,
        }]))
    }

    /// Keeps the customer's wish. One that the customer made themselves is changed by nobody else.
    pub(crate) async fn promise(&mut self, w: Wish, by_customer: bool) -> Result<()> {
        if !["new", "working"].contains(&self.case.text("status")) {
            return Err(Error::refused("error-promise-over"));
        }
        self.fits(&w)?;
        if let Some(before) = open_one(self.tx, self.case.id).await? {
            if before.by_customer && !by_customer {
                return Err(Error::refused("error-promise-customer"));
            }
            end(self.tx, before.id, "replaced", "").await?;
        }
        let alarm = w.from.plus_seconds(-BEFORE);
        let sql = "INSERT INTO service_promise (case_id, round, from_at, until_at, channel, contact, note, by_customer, made_by, made_at, state, alarm_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,'open',$11)";
        let binds = binds![
            self.case.id,
            self.round(),
            w.from.0,
            w.until.0,
            w.channel.word(),
            w.contact.as_str(),
            w.note.clone(),
            by_customer,
            self.tx.user,
            self.tx.at.0,
            alarm.0
        ];
        self.tx.exec(sql, binds).await?;
        super::clock::wake(self.tx, alarm.max(self.tx.at)).await?;
        let changes = Values::from([("promise_at".to_owned(), w.from.into())]);
        self.set("promised", changes, w.note).await
    }

    /// The customer was answered as they wished, though the case goes on.
    pub(crate) async fn promise_met(&mut self, note: Option<String>) -> Result<()> {
        let p = open_one(self.tx, self.case.id)
            .await?
            .ok_or_else(|| Error::refused("error-promise-none"))?;
        ended_by(self, &p, self.tx.at, note.as_deref().unwrap_or("")).await?;
        let none = Values::from([("promise_at".to_owned(), zhike_kernel::Value::Null)]);
        self.set("answered", none, note).await
    }

    /// Its hour is over and nobody answered.
    pub(crate) async fn promise_broken(&mut self, p: &Promise) -> Result<bool> {
        if !end(self.tx, p.id, "broken", "").await? {
            return Ok(false);
        }
        let none = Values::from([("promise_at".to_owned(), zhike_kernel::Value::Null)]);
        self.set("promise_broken", none, None).await?;
        Ok(true)
    }
}
