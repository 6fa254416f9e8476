//! What pages and the API tell of the programme, never more than the reader may see.

use crate::words::scope;
use serde::Serialize;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Row, binds};

/// The tiers, best first.
pub const TIERS: [&str; 3] = ["gold", "regular", "low"];
/// The parts of the list.
pub const PARTS: [&str; 4] = ["proposed", "enrolled", "differs", "all"];

/// One tier in figures; amounts are minor units a year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The tier.
    pub tier: String,
    /// Its customers.
    pub customers: i64,
    /// Their margin.
    pub margin: i64,
    /// Enrolled.
    pub enrolled: i64,
    /// What these are expected to bring.
    pub benefit: i64,
    /// Proposed and not decided.
    pub proposed: i64,
    /// What these are expected to bring.
    pub would: i64,
    /// Worth it, but beyond the budget.
    pub beyond: i64,
}

/// The tiers as the reader sees them; who is enrolled without a tier counts with the last one.
pub async fn tiers(ctx: &Ctx) -> Result<Vec<Figures>> {
    let sum = |when: &str, what: &str| format!("CAST(SUM(CASE WHEN {when} THEN {what} ELSE 0 END) AS BIGINT)");
    let (now, new) = ("p.cmr = 'enrolled'", "p.cmr IS NULL AND p.cmr_advised = 'enrolled'");
    let sql = format!(
        "SELECT COALESCE(p.tier, 'low'), COUNT(*), CAST(SUM(p.margin) AS BIGINT), {}, {}, {}, {}, {} FROM care_programme p \
         JOIN party_party t ON t.id = p.party_id WHERE t.archived_at IS NULL AND {} GROUP BY COALESCE(p.tier, 'low')",
        sum(now, "1"),
        sum(now, "p.benefit"),
        sum(new, "1"),
        sum(new, "p.benefit"),
        sum("p.why = 'budget'", "1"),
        scope(ctx, "t")?
    );
    let mut out: Vec<Figures> = TIERS
        .iter()
        .map(|t| Figures {
            tier: (*t).to_owned(),
            ..Figures::default()
        })
        .collect();
    for row in ctx.db().all(&sql, binds![]).await? {
        let tier = row.text(0)?;
        for f in out.iter_mut().filter(|f| f.tier == tier) {
            f.customers = row.int(1)?;
            f.margin = row.int(2)?;
            f.enrolled = row.int(3)?;
            f.benefit = row.int(4)?;
            f.proposed = row.int(5)?;
            f.would = row.int(6)?;
            f.beyond = row.int(7)?;
        }
    }
    Ok(out)
}

/// A customer with what holds and what is proposed; amounts are minor units a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The customer.
    pub party_id: i64,
    /// Its name.
    pub name: String,
    /// What holds now.
    pub decision: Option<String>,
    /// Since when.
    pub since_on: Option<String>,
    /// What is proposed.
    pub advised: Option<String>,
    /// Why, or why not.
    pub why: Option<String>,
    /// Its tier.
    pub tier: Option<String>,
    /// Margin.
    pub margin: i64,
    /// How much it may still grow.
    pub growth: i64,
    /// What enrolling brings.
    pub benefit: i64,
    /// The benefit less the cost.
    pub net: i64,
}

fn select(name: &str) -> String {
    format!(
        "SELECT p.party_id, {name}, p.cmr, p.cmr_on, p.cmr_advised, p.why, p.tier, p.margin, p.growth, p.benefit, p.net \
         FROM care_programme p JOIN party_party t ON t.id = p.party_id"
    )
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        party_id: row.int(0)?,
        name: row.text(1)?,
        decision: row.opt_text(2)?,
        since_on: row.opt_text(3)?,
        advised: row.opt_text(4)?,
        why: row.opt_text(5)?,
        tier: row.opt_text(6)?,
        margin: row.int(7)?,
        growth: row.int(8)?,
        benefit: row.int(9)?,
        net: row.int(10)?,
    })
}

/// A part by its word; anything else is everybody.
pub fn part(word: Option<&str>) -> &'static str {
    PARTS.into_iter().find(|p| Some(*p) == word).unwrap_or("all")
}

/// Customers by what enrolling leaves, the most first, after a (net, party).
pub async fn customers(ctx: &Ctx, part: &str, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<Line>> {
    let (net, party) = after.unwrap_or((i64::MAX, i64::MAX));
    let part = match part {
        "proposed" => "p.cmr IS NULL AND p.cmr_advised = 'enrolled'",
        "enrolled" => "p.cmr = 'enrolled'",
        "differs" => "p.cmr <> p.cmr_advised",
        _ => "(p.cmr IS NOT NULL OR p.cmr_advised IS NOT NULL)",
    };
    let sql = format!(
        "{} WHERE {part} AND (p.net, p.party_id) < ($1, $2) AND t.archived_at IS NULL AND {} ORDER BY p.net DESC, p.party_id DESC LIMIT {limit}",
        select(&ctx.name_of("t")),
        scope(ctx, "t")?
    );
    ctx.db().all(&sql, binds![net, party]).await?.iter().map(line).collect()
}

/// One customer's row. The caller has checked that the party may be seen.
pub async fn one(q: &dyn Query, party: i64) -> Result<Option<Line>> {
    let sql = format!("{} WHERE p.party_id = $1", select("t.name"));
    q.one(&sql, binds![party]).await?.as_ref().map(line).transpose()
}
