//! What pages and the API tell of the levels, never more than the reader may see.

use super::types::LEVELS;
use crate::words::scope;
use jiff::ToSpan;
use serde::Serialize;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Row, binds};
use zhike_value::kotler::Size;

/// Days of follow-ups that are counted.
pub const LATELY: i32 = 90;

/// One level in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The level.
    pub level: String,
    /// Customers for whom it is set.
    pub set: i64,
    /// Customers for whom it is recommended.
    pub advised: i64,
    /// Margin a year of those for whom it is set, minor units.
    pub margin: i64,
    /// What their service cost in the time of the last value analysis, minor units.
    pub service: i64,
    /// Follow-ups opened in the last ninety days.
    pub opened: i64,
    /// Of these, done.
    pub done: i64,
    /// Of these, to be done, and late.
    pub late: i64,
    /// Of these, to be done, and not late.
    pub pending: i64,
}

/// Everything about the levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Each level.
    pub levels: Vec<Figures>,
    /// Customers with a recommendation and no level yet.
    pub unset: i64,
    /// Customers whose level is another than the one recommended.
    pub differs: i64,
    /// Customers by margin (low first) and number of such customers (few first).
    pub fields: [[i64; 3]; 3],
}

/// The figures as the reader sees them.
pub async fn summary(ctx: &Ctx) -> Result<Summary> {
    let seen = format!("t.archived_at IS NULL AND {}", scope(ctx, "t")?);
    let mut out = Summary {
        levels: LEVELS
            .iter()
            .map(|l| Figures {
                level: (*l).to_owned(),
                ..Figures::default()
            })
            .collect(),
        unset: 0,
        differs: 0,
        fields: [[0; 3]; 3],
    };
    let sql = format!(
        "SELECT COALESCE(c.care_level, ''), COALESCE(c.care_advised, ''), COALESCE(c.margin_size, ''), COALESCE(c.number_size, ''), COUNT(*), \
         CAST(COALESCE(SUM(c.margin), 0) AS BIGINT), CAST(COALESCE(SUM(v.service), 0) AS BIGINT) FROM care_customer c \
         JOIN party_party t ON t.id = c.party_id LEFT JOIN insight_customer v ON v.party_id = c.party_id WHERE {seen} \
         GROUP BY c.care_level, c.care_advised, c.margin_size, c.number_size"
    );
    for row in ctx.db().all(&sql, binds![]).await? {
        let (set, advised, many) = (row.text(0)?, row.text(1)?, row.int(4)?);
        for level in &mut out.levels {
            if level.level == set {
                level.set += many;
                level.margin += row.int(5)?;
                level.service += row.int(6)?;
            }
            if level.level == advised {
                level.advised += many;
            }
        }
        out.unset += if set.is_empty() { many } else { 0 };
        out.differs += if set.is_empty() || advised.is_empty() || set == advised {
            0
        } else {
            many
        };
        let at = |word: &str| Size::ALL.iter().position(|s| s.word() == word);
        if let (Some(margin), Some(number)) = (at(&row.text(2)?), at(&row.text(3)?)) {
            out.fields[margin][number] += many;
        }
    }
    let since = ctx.today().checked_sub(LATELY.days()).map_err(Error::broken)?;
    let open = "k.status IN ('open', 'accepted', 'returned')";
    let sum = |when: &str| format!("CAST(SUM(CASE WHEN {when} THEN 1 ELSE 0 END) AS BIGINT)");
    let sql = format!(
        "SELECT f.level, COUNT(*), {}, {}, {} FROM care_follow_up f JOIN work_task k ON k.id = f.task_id \
         JOIN party_party t ON t.id = f.party_id WHERE f.opened_on > $2 AND {seen} GROUP BY f.level",
        sum("k.status = 'done'"),
        sum(&format!("{open} AND k.due_on < $1")),
        sum(open)
    );
    let args = binds![ctx.today().to_string(), since.to_string()];
    for row in ctx.db().all(&sql, args).await? {
        let of = row.text(0)?;
        for level in out.levels.iter_mut().filter(|l| l.level == of) {
            level.opened = row.int(1)?;
            level.done = row.int(2)?;
            level.late = row.int(3)?;
            level.pending = row.int(4)? - level.late;
        }
    }
    Ok(out)
}

/// Which customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Only those of this level.
    pub level: Option<String>,
    /// Only those for whom this level is recommended.
    pub advised: Option<String>,
    /// `unset`, `differs`, or all.
    pub part: String,
}

/// The parts of the list.
pub const PARTS: [&str; 3] = ["all", "unset", "differs"];

impl Asked {
    /// From an address.
    pub fn read(q: &zhike_web::Fields) -> Asked {
        let level = |name: &str| q.filled(name).filter(|w| LEVELS.contains(w)).map(str::to_owned);
        let part = PARTS.into_iter().find(|p| q.get("part") == Some(*p));
        Asked {
            level: level("level"),
            advised: level("advised"),
            part: part.unwrap_or("all").to_owned(),
        }
    }

    /// As an address.
    pub fn query(&self) -> String {
        let mut out = format!("part={}", self.part);
        for (name, value) in [("level", &self.level), ("advised", &self.advised)] {
            if let Some(value) = value {
                out.push_str(&format!("&{name}={value}"));
            }
        }
        out
    }
}

/// A customer with what is set and what is recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The customer.
    pub party_id: i64,
    /// Its name.
    pub name: String,
    /// What is set.
    pub level: Option<String>,
    /// Since when.
    pub level_on: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What is recommended.
    pub advised: Option<String>,
    /// Margin a year, minor units.
    pub margin: i64,
    /// Low, medium or high.
    pub margin_size: Option<String>,
    /// Such customers, itself among them.
    pub peers: i64,
    /// Few (low), some (medium), many (high).
    pub number_size: Option<String>,
    /// Tier of the value analysis.
    pub tier: Option<String>,
}

fn select(name: &str) -> String {
    format!(
        "SELECT c.party_id, {name}, c.care_level, c.level_on, (SELECT l.reason FROM care_level l WHERE l.party_id = c.party_id \
         AND l.archived_at IS NULL ORDER BY l.set_on DESC, l.id DESC LIMIT 1), c.care_advised, c.margin, c.margin_size, c.peers, \
         c.number_size, v.tier FROM care_customer c JOIN party_party t ON t.id = c.party_id \
         LEFT JOIN insight_customer v ON v.party_id = c.party_id"
    )
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        party_id: row.int(0)?,
        name: row.text(1)?,
        level: row.opt_text(2)?,
        level_on: row.opt_text(3)?,
        reason: row.opt_text(4)?,
        advised: row.opt_text(5)?,
        margin: row.int(6)?,
        margin_size: row.opt_text(7)?,
        peers: row.int(8)?,
        number_size: row.opt_text(9)?,
        tier: row.opt_text(10)?,
    })
}

/// The condition of a part, with the values that `$3` and `$4` stand for.
fn within(asked: &Asked) -> (&'static str, String, String) {
    let part = match asked.part.as_str() {
        "unset" => "c.care_level IS NULL AND c.care_advised IS NOT NULL",
        "differs" => "c.care_level <> c.care_advised",
        _ => "(c.care_level IS NOT NULL OR c.care_advised IS NOT NULL)",
    };
    let any = |word: &Option<String>| word.clone().unwrap_or_default();
    (part, any(&asked.level), any(&asked.advised))
}

/// Customers by margin, the greatest first, after a (margin, party).
pub async fn customers(ctx: &Ctx, asked: &Asked, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<Line>> {
    let (margin, party) = after.unwrap_or((i64::MAX, i64::MAX));
    let (part, level, advised) = within(asked);
    let sql = format!(
        "{} WHERE {part} AND ($3 = '' OR c.care_level = $4) AND ($5 = '' OR c.care_advised = $6) AND (c.margin, c.party_id) < ($1, $2) \
         AND t.archived_at IS NULL AND {} ORDER BY c.margin DESC, c.party_id DESC LIMIT {limit}",
        select(&ctx.name_of("t")),
        scope(ctx, "t")?
    );
    let args = binds![margin, party, level.clone(), level, advised.clone(), advised];
    ctx.db().all(&sql, args).await?.iter().map(line).collect()
}

/// One customer's row. The caller has checked that the party may be seen.
pub async fn one(q: &dyn Query, party: i64) -> Result<Option<Line>> {
    let sql = format!("{} WHERE c.party_id = $1", select("t.name"));
    q.one(&sql, binds![party]).await?.as_ref().map(line).transpose()
}
