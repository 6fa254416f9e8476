//! The rows of runs, and who may look at what came out.

use crate::chain::{Col, Step, step};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use zhike_kernel::{Error, Result, Stamp, error::Arg};
use zhike_store::{Ctx, Query, Row, Tx, binds};

/// Whose eyes a result was made for: rows of these owners, columns by these permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sight {
    /// None: all rows.
    pub owners: Option<Vec<i64>>,
    /// What the actor was asked for.
    pub may: Vec<String>,
}

impl Sight {
    /// May this actor look at it? Only who would see all of it anyway.
    pub fn open_to(&self, ctx: &Ctx) -> bool {
        let rows = match (&self.owners, ctx.actor.owners()) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(theirs), Some(mine)) => theirs.iter().all(|o| mine.contains(o)),
        };
        rows && self.may.iter().all(|p| ctx.actor.may(p))
    }
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run {
    pub id: i64,
    pub analysis: i64,
    pub user: i64,
    /// By its plan, not because somebody asked.
    pub planned: bool,
    pub state: String,
    pub steps: Vec<Step>,
    pub sight: Sight,
    pub columns: Vec<Col>,
    /// Rows after each step.
    pub counts: Vec<u64>,
    pub facts: String,
    pub rows: i64,
    /// More rows than are kept.
    pub cut: bool,
    /// What went wrong, and at which step.
    pub wrong: Option<(Error, Option<usize>)>,
    /// Steps that are done.
    pub done: i64,
    pub asked_at: Stamp,
    pub finished_at: Option<Stamp>,
}

const COLUMNS: &str = "id, analysis_id, user_id, planned, state, steps, sight, columns, counts, facts_version, row_count, cut, wrong, \
                       wrong_at, done, asked_at, finished_at";

fn read(row: &Row) -> Result<Run> {
    let json = |i: usize| -> Result<String> { Ok(row.opt_text(i)?.unwrap_or_default()) };
    let wrong = json(12)?;
    let at = row.opt_int(13)?.and_then(|n| usize::try_from(n).ok());
    Ok(Run {
        id: row.int(0)?,
        analysis: row.int(1)?,
        user: row.int(2)?,
        planned: row.bool(3)?,
        state: row.text(4)?,
        steps: step::read(&row.text(5)?),
        sight: serde_json::from_str(&json(6)?).unwrap_or_default(),
        columns: serde_json::from_str(&json(7)?).unwrap_or_default(),
        counts: serde_json::from_str(&json(8)?).unwrap_or_default(),
        facts: json(9)?,
        rows: row.opt_int(10)?.unwrap_or(0),
        cut: row.bool(11)?,
        wrong: (!wrong.is_empty()).then(|| (restored(&wrong), at)),
        done: row.int(14)?,
        asked_at: Stamp(row.int(15)?),
        finished_at: row.opt_int(16)?.map(Stamp),
    })
}

impl Run {
    /// Where its rows are kept.
    pub fn file(&self, ctx: &Ctx) -> PathBuf {
        file(ctx, self.analysis, self.id)
    }
    /// Does it still go on?
    pub fn goes_on(&self) -> bool {
        matches!(self.state.as_str(), "waiting" | "running")
    }
    /// May this actor look at what came out?
    pub fn open_to(&self, ctx: &Ctx) -> bool {
        self.sight.open_to(ctx)
    }
}

/// Where the rows of a run are kept.
pub(crate) fn file(ctx: &Ctx, analysis: i64, run: i64) -> PathBuf {
    ctx.house
        .data
        .join("analyses")
        .join(analysis.to_string())
        .join(format!("{run}.parquet"))
}

/// An error as it is kept: its code, arguments and field, without its cause.
pub(crate) fn kept(e: &Error) -> String {
    let args = |args: &[(&'static str, Arg)]| -> Json {
        args.iter()
            .map(|(name, arg)| {
                let value = match arg {
                    Arg::Text(text) => json!(text),
                    Arg::Int(n) => json!(n),
                };
                ((*name).to_owned(), value)
            })
            .collect::<serde_json::Map<String, Json>>()
            .into()
    };
    let one = e.fields.first();
    let (code, args) = one.map_or_else(|| (e.code, args(&e.args)), |f| (f.code, args(&f.args)));
    json!({ "code": code, "args": args, "field": one.map(|f| f.field.as_str()) }).to_string()
}

/// Names that sentences of kept errors use.
const NAMES: [&str; 9] = [
    "why",
    "name",
    "most",
    "a",
    "b",
    "number",
    "field",
    "decimals",
    "permission",
];

fn restored(text: &str) -> Error {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let code = json.get("code").and_then(Json::as_str).unwrap_or("");
    // Codes are texts of the program; one that it no longer has is told as such.
    let code = CODES
        .into_iter()
        .find(|c| *c == code)
        .unwrap_or("error-analysis-failed");
    let mut e = Error::invalid(code);
    for (name, value) in json.get("args").and_then(Json::as_object).into_iter().flatten() {
        let Some(name) = NAMES.into_iter().find(|n| n == name) else {
            continue;
        };
        e = match value {
            Json::String(text) => e.with(name, text.as_str()),
            other => e.with(name, other.as_i64().unwrap_or(0)),
        };
    }
    if code == "error-analysis-failed" {
        let field = json.get("field").and_then(Json::as_str).unwrap_or("");
        e = e.with("name", field);
    }
    e
}

/// Codes of what may go wrong in a run.
const CODES: [&str; 27] = [
    "error-analysis-memory",
    "error-analysis-query",
    "error-analysis-query-long",
    "error-analysis-only-select",
    "error-analysis-columns",
    "error-analysis-source",
    "error-analysis-column",
    "error-analysis-name",
    "error-analysis-name-twice",
    "error-analysis-limit",
    "error-analysis-join",
    "error-analysis-no-number",
    "error-analysis-no-day",
    "error-analysis-no-sum",
    "error-analysis-no-rate",
    "error-analysis-units",
    "error-analysis-whale-first",
    "error-analysis-series",
    "error-analysis-model-rows",
    "error-analysis-empty",
    "error-analysis-first",
    "error-analysis-begins",
    "error-analysis-chart-last",
    "error-analysis-slow",
    "error-required",
    "error-filter-value",
    "error-forbidden",
];

/// Writes down that a run is wanted; its id.
pub(crate) async fn begin(tx: &Tx, analysis: i64, user: i64, steps: &str, planned: bool) -> Result<i64> {
    let sql = "INSERT INTO analysis_run (analysis_id, user_id, planned, state, steps, cut, done, asked_at) \
               VALUES ($1, $2, $3, 'waiting', $4, $5, 0, $6) RETURNING id";
    tx.insert(sql, binds![analysis, user, planned, steps, false, tx.at.0])
        .await
}

/// One run of an analysis.
pub(crate) async fn find(q: &dyn Query, analysis: i64, id: i64) -> Result<Run> {
    let sql = format!("SELECT {COLUMNS} FROM analysis_run WHERE analysis_id = $1 AND id = $2");
    let row = q.one(&sql, binds![analysis, id]).await?.ok_or_else(Error::missing)?;
    read(&row)
}

/// The newest runs first.
pub(crate) async fn newest(q: &dyn Query, analysis: i64, most: i64) -> Result<Vec<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM analysis_run WHERE analysis_id = $1 ORDER BY id DESC LIMIT $2");
    q.all(&sql, binds![analysis, most]).await?.iter().map(read).collect()
}

/// The newest result that this actor may look at, before another one if told.
pub(crate) async fn latest(ctx: &Ctx, analysis: i64, before: Option<i64>) -> Result<Option<Run>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM analysis_run WHERE analysis_id = $1 AND state = 'done' AND id < $2 ORDER BY id DESC LIMIT 50"
    );
    for row in ctx.db().all(&sql, binds![analysis, before.unwrap_or(i64::MAX)]).await? {
        let run = read(&row)?;
        if run.open_to(ctx) {
            return Ok(Some(run));
        }
    }
    Ok(None)
}
