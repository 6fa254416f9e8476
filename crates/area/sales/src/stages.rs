//! Pipelines and their stages, as the rules, the board and the funnel read them.

use zhike_kernel::{Error, Result};
use zhike_store::{Query, binds};
use zhike_web::Locale;

/// What a stage means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The deal is under way.
    Open,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

impl Kind {
    /// Reads the word of the database; unknown ones are open.
    pub fn parse(word: &str) -> Kind {
        match word {
            "won" => Kind::Won,
            "lost" => Kind::Lost,
            _ => Kind::Open,
        }
    }
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Open => "open",
            Kind::Won => "won",
            Kind::Lost => "lost",
        }
    }
}

/// A stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Id.
    pub id: i64,
    /// Version.
    pub version: i64,
    /// Its pipeline.
    pub pipeline: i64,
    /// Name.
    pub name: String,
    /// Latin name.
    pub latin: Option<String>,
    /// Place in the pipeline.
    pub position: i64,
    /// Chance to win, parts per million.
    pub probability: i64,
    /// Meaning.
    pub kind: Kind,
    /// No longer in use.
    pub archived: bool,
    /// What must be there before a deal leaves it, separated by spaces.
    pub needs: String,
    /// Days after which a deal in it counts as stalled; without, twice the usual time.
    pub limit: Option<i64>,
}

impl Stage {
    /// The name for the reader.
    pub fn title(&self, loc: &Locale) -> String {
        named(loc, &self.name, self.latin.as_deref())
    }
}

/// A pipeline.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Latin name.
    pub latin: Option<String>,
}

impl Pipeline {
    /// The name for the reader.
    pub fn title(&self, loc: &Locale) -> String {
        named(loc, &self.name, self.latin.as_deref())
    }
}

fn named(loc: &Locale, name: &str, latin: Option<&str>) -> String {
    latin
        .filter(|l| !loc.is_zh() && !l.is_empty())
        .unwrap_or(name)
        .to_owned()
}

const COLUMNS: &str = "id, version, pipeline_id, name, name_latin, position, COALESCE(probability, 0), kind, archived_at, needs, limit_days";

fn read(row: &zhike_store::Row) -> Result<Stage> {
    Ok(Stage {
        id: row.int(0)?,
        version: row.int(1)?,
        pipeline: row.int(2)?,
        name: row.text(3)?,
        latin: row.opt_text(4)?,
        position: row.int(5)?,
        probability: row.int(6)?,
        kind: Kind::parse(&row.text(7)?),
        archived: row.opt_int(8)?.is_some(),
        needs: row.opt_text(9)?.unwrap_or_default(),
        limit: row.opt_int(10)?,
    })
}

/// Pipelines in use, oldest first.
pub async fn pipelines(q: &dyn Query) -> Result<Vec<Pipeline>> {
    let sql = "SELECT id, name, name_latin FROM sales_pipeline WHERE archived_at IS NULL AND active ORDER BY id";
    q.all(sql, vec![])
        .await?
        .iter()
        .map(|row| {
            Ok(Pipeline {
                id: row.int(0)?,
                name: row.text(1)?,
                latin: row.opt_text(2)?,
            })
        })
        .collect()
}

/// Stages of a pipeline in their order, those put away too.
pub async fn of_pipeline(q: &dyn Query, pipeline: i64) -> Result<Vec<Stage>> {
    let sql = format!("SELECT {COLUMNS} FROM sales_stage WHERE pipeline_id = $1 ORDER BY position, id");
    q.all(&sql, binds![pipeline]).await?.iter().map(read).collect()
}

/// One stage, if it is there.
pub async fn find(q: &dyn Query, id: i64) -> Result<Option<Stage>> {
    let sql = format!("SELECT {COLUMNS} FROM sales_stage WHERE id = $1");
    q.one(&sql, binds![id]).await?.as_ref().map(read).transpose()
}

/// One stage, or the refusal that names the field.
pub async fn need(q: &dyn Query, id: i64) -> Result<Stage> {
    find(q, id)
        .await?
        .ok_or_else(|| Error::field("stage_id", "error-not-a-record"))
}

/// The stage in which deals of a pipeline begin.
pub async fn first(q: &dyn Query, pipeline: i64) -> Result<Option<Stage>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sales_stage WHERE pipeline_id = $1 AND archived_at IS NULL AND kind = 'open' \
         ORDER BY position, id LIMIT 1"
    );
    q.one(&sql, binds![pipeline]).await?.as_ref().map(read).transpose()
}
