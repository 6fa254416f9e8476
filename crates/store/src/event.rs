//! The event log: append-only, written in the transaction of the change. Timeline, audit, undo, listeners and the fact
//! tables read it.

use crate::{Bind, Query, Row, Tx, binds};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Result, Stamp, Value};

/// From what to what.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Before.
    pub from: Value,
    /// After.
    pub to: Value,
}

/// Something that happened, about to be written.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// `subject.done.v1`.
    pub kind: String,
    /// Record type.
    pub record_type: &'static str,
    /// Record.
    pub record: i64,
    /// The party on whose timeline it stands.
    pub party: Option<i64>,
    /// Fields that changed.
    pub changes: BTreeMap<String, Change>,
    /// Words (a reason, a note).
    pub note: Option<String>,
    /// When it happened in the world, if that is not now (an imported past).
    pub at: Option<Stamp>,
}

/// A row of the log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Id.
    pub id: i64,
    /// When.
    pub at: Stamp,
    /// Who (a user).
    pub user: Option<i64>,
    /// Who, as shown then.
    pub actor: String,
    /// Through which door.
    pub door: String,
    /// What.
    pub kind: String,
    /// On which type of record.
    pub record_type: String,
    /// On which record.
    pub record: i64,
    /// On which party.
    pub party: Option<i64>,
    /// From what to what.
    pub changes: BTreeMap<String, Change>,
    /// The group it was written in.
    pub batch: Option<i64>,
    /// Words.
    pub note: Option<String>,
}

/// How a listener's job is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// One job for each event.
    EachEvent,
    /// One waiting job is enough, however many events (a recount, a refresh), after so many seconds.
    OnceAfter(i64),
}

/// Who listens: event kind → (job name, how).
pub type Listeners = HashMap<String, Vec<(&'static str, Wake)>>;

const COLUMNS: &str = "id, at, user_id, actor, door, kind, record_type, record_id, party_id, changes, batch_id, note";

impl Tx {
    /// Writes an event and wakes its listeners.
    pub async fn emit(&self, listeners: &Listeners, event: Event) -> Result<i64> {
        let ids = self.emit_many(listeners, vec![event]).await?;
        Ok(ids.first().copied().unwrap_or(0))
    }

    /// Writes many events.
    pub async fn emit_many(&self, listeners: &Listeners, events: Vec<Event>) -> Result<Vec<i64>> {
        let mut ids = Vec::with_capacity(events.len());
        for chunk in events.chunks(1_000) {
            let mut sql = String::from(
                "INSERT INTO event (at, user_id, actor, door, kind, record_type, record_id, party_id, changes, batch_id, note) VALUES ",
            );
            let mut binds: Vec<Bind> = Vec::with_capacity(chunk.len() * 11);
            for (i, e) in chunk.iter().enumerate() {
                crate::write::group(&mut sql, i, 11);
                binds.extend(binds![
                    e.at.unwrap_or(self.at).0,
                    self.user,
                    self.actor.as_str(),
                    self.door.name(),
                    e.kind.as_str(),
                    e.record_type,
                    e.record,
                    e.party,
                    write_changes(&e.changes),
                    self.batch,
                    e.note.clone(),
                ]);
            }
            sql.push_str(" RETURNING id");
            let mut new: Vec<i64> = self
                .all(&sql, binds)
                .await?
                .iter()
                .map(|r| r.int(0))
                .collect::<Result<_>>()?;
            new.sort_unstable();
            self.wake(listeners, chunk, &new).await?;
            ids.extend(new);
        }
        Ok(ids)
    }

    async fn wake(&self, listeners: &Listeners, events: &[Event], ids: &[i64]) -> Result<()> {
        let mut once: Vec<&str> = vec![];
        for (event, id) in events.iter().zip(ids) {
            for (job, wake) in listeners.get(&event.kind).into_iter().flatten() {
                let (unique, due) = match wake {
                    Wake::EachEvent => (format!("{job}:{id}"), self.at),
                    Wake::OnceAfter(_) if once.contains(job) => continue,
                    Wake::OnceAfter(seconds) => {
                        once.push(job);
                        (format!("{job}:once"), self.at.plus_seconds(*seconds))
                    }
                };
                self.exec(
                    "INSERT INTO job (name, unique_key, payload, due_at, created_at, state) VALUES ($1,$2,$3,$4,$5,'waiting') \
                     ON CONFLICT (unique_key) DO NOTHING",
                    binds![*job, unique, format!("{{\"event\":{id}}}"), due.0, self.at.0],
                )
                .await?;
            }
        }
        Ok(())
    }

    /// Opens a group: several changes that are one act (an import, a bulk edit), undone together.
    pub async fn open_batch(&mut self, kind: &str, label: &str) -> Result<i64> {
        let id = self
            .insert(
                "INSERT INTO event_batch (kind, label, user_id, at) VALUES ($1,$2,$3,$4) RETURNING id",
                binds![kind, label, self.user, self.at.0],
            )
            .await?;
        self.batch = Some(id);
        Ok(id)
    }
}

fn write_changes(changes: &BTreeMap<String, Change>) -> String {
    let map: serde_json::Map<String, serde_json::Value> = changes
        .iter()
        .map(|(k, c)| (k.clone(), serde_json::json!([c.from.json(), c.to.json()])))
        .collect();
    serde_json::Value::Object(map).to_string()
}

fn read_changes(text: &str) -> BTreeMap<String, Change> {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) else {
        return BTreeMap::new();
    };
    map.into_iter()
        .filter_map(|(k, v)| {
            let pair = v.as_array()?;
            Some((
                k,
                Change {
                    from: Value::from_json(pair.first()?)?,
                    to: Value::from_json(pair.get(1)?)?,
                },
            ))
        })
        .collect()
}

fn read(row: &Row) -> Result<Logged> {
    Ok(Logged {
        id: row.int(0)?,
        at: Stamp(row.int(1)?),
        user: row.opt_int(2)?,
        actor: row.text(3)?,
        door: row.text(4)?,
        kind: row.text(5)?,
        record_type: row.text(6)?,
        record: row.int(7)?,
        party: row.opt_int(8)?,
        changes: read_changes(&row.text(9)?),
        batch: row.opt_int(10)?,
        note: row.opt_text(11)?,
    })
}

/// One event.
pub async fn find(q: &dyn Query, id: i64) -> Result<Option<Logged>> {
    q.one(&format!("SELECT {COLUMNS} FROM event WHERE id = $1"), binds![id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// What was written after an event, in order of the numbers.
pub async fn since(q: &dyn Query, after: i64, limit: i64) -> Result<Vec<Logged>> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE id > $1 ORDER BY id LIMIT $2");
    q.all(&sql, binds![after, limit]).await?.iter().map(read).collect()
}

/// A party's timeline, newest first by when it happened in the world, older than the event `before`.
pub async fn of_party(q: &dyn Query, party: i64, before: Option<i64>, limit: i64) -> Result<Vec<Logged>> {
    let (older, binds) = match before {
        None => ("", binds![party, limit]),
        Some(id) => (
            " AND (at, id) < (SELECT b.at, b.id FROM event b WHERE b.id = $3)",
            binds![party, limit, id],
        ),
    };
    let sql = format!("SELECT {COLUMNS} FROM event WHERE party_id = $1{older} ORDER BY at DESC, id DESC LIMIT $2");
    q.all(&sql, binds).await?.iter().map(read).collect()
}

/// A record's history, newest first.
pub async fn of_record(q: &dyn Query, record_type: &str, record: i64, limit: i64) -> Result<Vec<Logged>> {
    let sql =
        format!("SELECT {COLUMNS} FROM event WHERE record_type = $1 AND record_id = $2 ORDER BY id DESC LIMIT $3");
    q.all(&sql, binds![record_type, record, limit])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// A group's events, newest first, older than `before`.
pub async fn of_batch(q: &dyn Query, batch: i64, before: Option<i64>, limit: i64) -> Result<Vec<Logged>> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE batch_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    q.all(&sql, binds![batch, before.unwrap_or(i64::MAX), limit])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// What the audit page asks for.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Only this user.
    pub user: Option<i64>,
    /// Only this type of record.
    pub record_type: Option<String>,
    /// Only this door.
    pub door: Option<String>,
    /// Only from this instant on.
    pub since: Option<Stamp>,
    /// Only before this instant.
    pub until: Option<Stamp>,
    /// Only older than this event.
    pub before: Option<i64>,
}

/// The log itself, newest first.
pub async fn audit(q: &dyn Query, ask: &Audit, limit: i64) -> Result<Vec<Logged>> {
    let mut sql = format!("SELECT {COLUMNS} FROM event WHERE id < $1");
    let mut binds = binds![ask.before.unwrap_or(i64::MAX)];
    let mut and = |condition: &str, bind: Bind| {
        binds.push(bind);
        sql.push_str(&format!(" AND {condition} ${}", binds.len()));
    };
    if let Some(user) = ask.user {
        and("user_id =", user.into());
    }
    if let Some(t) = &ask.record_type {
        and("record_type =", t.as_str().into());
    }
    if let Some(d) = &ask.door {
        and("door =", d.as_str().into());
    }
    if let Some(s) = ask.since {
        and("at >=", s.0.into());
    }
    if let Some(s) = ask.until {
        and("at <", s.0.into());
    }
    binds.push(limit.into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", binds.len()));
    q.all(&sql, binds).await?.iter().map(read).collect()
}
