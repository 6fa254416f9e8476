//! Requests and tasks as they are kept; the frozen copy and its hash.

use crate::rules::{State, Task, Why};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Query, Row, Tx, binds};

/// A level as it was when approval was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Level {
    pub name: String,
    /// The name for who reads no Chinese, empty when there is none.
    #[serde(default)]
    pub latin: String,
    pub who: String,
    pub role: String,
    pub persons: String,
    pub all: bool,
}

impl Level {
    /// Its name in the reader's script.
    pub(crate) fn said(&self, latin: bool) -> &str {
        if latin && !self.latin.is_empty() {
            &self.latin
        } else {
            &self.name
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub id: i64,
    pub version: i64,
    pub subject: String,
    pub record: i64,
    pub party: Option<i64>,
    pub owner: Option<i64>,
    pub title: String,
    pub flows: String,
    pub flows_latin: Option<String>,
    pub levels: Vec<Level>,
    pub level: i64,
    pub state: String,
    pub frozen: String,
    pub hash: String,
    pub note: Option<String>,
    pub asked_by: Option<i64>,
    pub asked_at: Stamp,
    pub ended_at: Option<Stamp>,
}

const REQUEST: &str = "r.id, r.version, r.subject, r.record_id, r.party_id, r.owner_id, r.title, r.flows, r.levels, r.level, r.state, \
                       r.frozen, r.hash, r.note, r.asked_by, r.asked_at, r.ended_at, r.flows_latin";

impl Request {
    /// The names of its flows in the reader's script.
    pub(crate) fn flows(&self, latin: bool) -> &str {
        self.flows_latin.as_deref().filter(|_| latin).unwrap_or(&self.flows)
    }
}

fn request(row: &Row) -> Result<Request> {
    Ok(Request {
        id: row.int(0)?,
        version: row.int(1)?,
        subject: row.text(2)?,
        record: row.int(3)?,
        party: row.opt_int(4)?,
        owner: row.opt_int(5)?,
        title: row.text(6)?,
        flows: row.text(7)?,
        levels: serde_json::from_str(&row.text(8)?).map_err(Error::broken)?,
        level: row.int(9)?,
        state: row.text(10)?,
        frozen: row.text(11)?,
        hash: row.text(12)?,
        note: row.opt_text(13)?,
        asked_by: row.opt_int(14)?,
        asked_at: Stamp(row.int(15)?),
        ended_at: row.opt_int(16)?.map(Stamp),
        flows_latin: row.opt_text(17)?,
    })
}

/// One request.
pub(crate) async fn need(q: &dyn Query, id: i64) -> Result<Request> {
    let sql = format!("SELECT {REQUEST} FROM approval_request r WHERE r.id = $1");
    q.one(&sql, binds![id])
        .await?
        .as_ref()
        .map(request)
        .transpose()?
        .ok_or_else(Error::missing)
}

/// The requests of a record, newest first.
pub(crate) async fn of_record(q: &dyn Query, subject: &str, record: i64, limit: i64) -> Result<Vec<Request>> {
    let sql = format!(
        "SELECT {REQUEST} FROM approval_request r WHERE r.subject = $1 AND r.record_id = $2 ORDER BY r.id DESC LIMIT $3"
    );
    q.all(&sql, binds![subject, record, limit])
        .await?
        .iter()
        .map(request)
        .collect()
}

/// A box of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbox {
    /// Mine to do, and what I do for others.
    Todo,
    /// What I asked for.
    Asked,
    /// What I did.
    Done,
}

impl Inbox {
    pub(crate) const ALL: [Inbox; 3] = [Inbox::Todo, Inbox::Asked, Inbox::Done];
    pub(crate) fn name(self) -> &'static str {
        match self {
            Inbox::Todo => "todo",
            Inbox::Asked => "asked",
            Inbox::Done => "done",
        }
    }
    pub(crate) fn parse(word: &str) -> Inbox {
        Inbox::ALL.into_iter().find(|b| b.name() == word).unwrap_or(Inbox::Todo)
    }
    fn condition(self, me: i64, stands_for: &[i64]) -> String {
        let ids: Vec<String> = stands_for.iter().map(i64::to_string).collect();
        match self {
            Inbox::Todo => format!(
                "r.state = 'open' AND r.id IN (SELECT t.request_id FROM approval_task t WHERE t.state = 'open' AND t.user_id IN ({}))",
                ids.join(",")
            ),
            Inbox::Asked => format!("r.asked_by = {me}"),
            Inbox::Done => format!("r.id IN (SELECT t.request_id FROM approval_task t WHERE t.done_by = {me})"),
        }
    }
}

/// Requests of a box, newest first, older than `before`.
pub(crate) async fn inbox(
    q: &dyn Query,
    which: Inbox,
    me: i64,
    stands_for: &[i64],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Request>> {
    let sql = format!(
        "SELECT {REQUEST} FROM approval_request r WHERE {} AND r.id < $1 ORDER BY r.id DESC LIMIT $2",
        which.condition(me, stands_for)
    );
    q.all(&sql, binds![before.unwrap_or(i64::MAX), limit])
        .await?
        .iter()
        .map(request)
        .collect()
}

/// How many are to be done.
pub(crate) async fn to_do(q: &dyn Query, me: i64, stands_for: &[i64]) -> Result<i64> {
    let sql = format!(
        "SELECT count(*) FROM approval_request r WHERE {}",
        Inbox::Todo.condition(me, stands_for)
    );
    q.number(&sql, binds![]).await
}

/// A task with what people said.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub task: Task,
    pub version: i64,
    pub note: Option<String>,
    pub done_by: Option<i64>,
    pub done_at: Option<Stamp>,
}

/// The tasks of a request, in the order in which they were made.
pub(crate) async fn tasks(q: &dyn Query, request: i64) -> Result<Vec<Shown>> {
    let sql = "SELECT id, level, user_id, why, parent_id, state, version, note, done_by, done_at FROM approval_task WHERE request_id = $1 ORDER BY id";
    q.all(sql, binds![request])
        .await?
        .iter()
        .map(|r| {
            Ok(Shown {
                task: Task {
                    id: r.int(0)?,
                    level: r.int(1)?,
                    user: r.int(2)?,
                    why: Why::parse(&r.text(3)?),
                    parent: r.opt_int(4)?,
                    state: State::parse(&r.text(5)?),
                },
                version: r.int(6)?,
                note: r.opt_text(7)?,
                done_by: r.opt_int(8)?,
                done_at: r.opt_int(9)?.map(Stamp),
            })
        })
        .collect()
}

/// Makes a task that is to be done.
pub(crate) async fn open_task(
    tx: &Tx,
    request: i64,
    level: i64,
    user: i64,
    why: Why,
    parent: Option<i64>,
) -> Result<()> {
    tx.exec(
        "INSERT INTO approval_task (version, request_id, level, user_id, why, parent_id, state, opened_at) VALUES (1,$1,$2,$3,$4,$5,'open',$6)",
        binds![request, level, user, why.name(), parent, tx.at.0],
    )
    .await
    .map(|_| ())
}

/// One text for one content, whatever the order of its names.
pub(crate) fn canonical(json: &Json) -> String {
    match json {
        Json::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            names.sort();
            let parts: Vec<String> = names
                .into_iter()
                .filter_map(|n| Some(format!("{}:{}", Json::from(n.as_str()), canonical(map.get(n)?))))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Json::Array(all) => format!("[{}]", all.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// SHA-256 of the canonical text.
pub(crate) fn hash(canonical: &str) -> String {
    Sha256::digest(canonical.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_names_does_not_matter_the_order_of_lines_does() {
        let a: Json = serde_json::from_str(r#"{"b":[1,{"y":2,"x":"\""}],"a":null}"#).unwrap_or_default();
        let b = json!({"a": null, "b": [1, {"x": "\"", "y": 2}]});
        assert_eq!(canonical(&a), r#"{"a":null,"b":[1,{"x":"\"","y":2}]}"#);
        assert_eq!(hash(&canonical(&a)), hash(&canonical(&b)));
        assert_ne!(hash(&canonical(&json!([1, 2]))), hash(&canonical(&json!([2, 1]))));
    }
}
