//! Who stays: quarters with a purchase by quarter of entry, and how long customers stay (Kaplan–Meier).

use super::gather::QUARTERS;
use crate::read::scope;
use serde::Serialize;
use std::collections::BTreeMap;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, binds};
use zhike_value::survival::{Curve, LogRank, Spell, kaplan_meier, log_rank};

/// Quarters shown after the one of entry.
const SHOWN: i64 = 16;
/// 95 %.
const Z: f64 = 1.959_964;
/// Days of a month.
pub const MONTH: f64 = 30.4375;

/// Customers that entered in one quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cohort {
    /// Year × 4 + quarter − 1.
    #[serde(skip)]
    pub number: i64,
    /// As `2025-Q3`.
    pub quarter: String,
    /// How many.
    pub customers: i64,
    /// How many of them bought in each quarter since, the one of entry first; as far as time has come.
    pub bought: Vec<i64>,
}

/// `2025-Q3` of its number.
pub fn name(number: i64) -> String {
    format!("{}-Q{}", number.div_euclid(4), number.rem_euclid(4) + 1)
}

/// The number of `2025-Q3`.
pub fn number(name: &str) -> Option<i64> {
    let (year, quarter) = name.split_once("-Q")?;
    let (year, quarter): (i64, i64) = (year.parse().ok()?, quarter.parse().ok()?);
    ((1..=4).contains(&quarter) && (1..=9_999).contains(&year)).then_some(year * 4 + quarter - 1)
}

/// The quarter of a day.
pub fn of(day: Date) -> i64 {
    i64::from(day.year()) * 4 + (i64::from(day.month()) - 1) / 3
}

/// The quarter of entry, in SQL.
const ENTERED: &str =
    "CAST(SUBSTR(l.first_order_on, 1, 4) AS BIGINT) * 4 + (CAST(SUBSTR(l.first_order_on, 6, 2) AS BIGINT) - 1) / 3";

/// The triangle until the quarter of `to`, of the customers that may be seen; the latest quarters of entry first.
pub async fn triangle(ctx: &Ctx, to: Date) -> Result<Vec<Cohort>> {
    let last = SHOWN.min(QUARTERS - 1);
    let sums: Vec<String> = (0..=last)
        .map(|k| format!("CAST(COALESCE(SUM((l.quarters >> {k}) & 1), 0) AS BIGINT)"))
        .collect();
    let sql = format!(
        "SELECT {ENTERED}, COUNT(*), {} FROM insight_lifetime l JOIN party_party t ON t.id = l.party_id WHERE {} GROUP BY {ENTERED} \
         ORDER BY {ENTERED} DESC",
        sums.join(", "),
        scope(ctx, "t")?
    );
    let mut all = vec![];
    for row in ctx.db().all(&sql, binds![]).await? {
        let number = row.int(0)?;
        let until = (of(to) - number).clamp(0, last);
        let bought: Result<Vec<i64>> = (0..=until)
            .map(|k| row.int(2 + usize::try_from(k).unwrap_or(0)))
            .collect();
        all.push(Cohort {
            number,
            quarter: name(number),
            customers: row.int(1)?,
            bought: bought?,
        });
    }
    Ok(all)
}

/// How long customers stay.
pub struct Stays {
    /// Of all.
    pub curve: Curve,
    /// Customers in it.
    pub customers: usize,
    /// Of these have left.
    pub left: usize,
    /// By year of entry.
    pub years: Vec<(String, usize, Curve)>,
    /// Whether the years differ.
    pub test: Option<LogRank>,
}

/// A stay ends with the last purchase once the silence is beyond the customer's own limit; else it goes on. Times in months.
pub async fn stays(ctx: &Ctx) -> Result<Stays> {
    let left = "l.t - l.t_x > l.limit_days";
    let sql = format!(
        "SELECT SUBSTR(l.first_order_on, 1, 4), CAST(CASE WHEN {left} THEN 1 ELSE 0 END AS BIGINT), CASE WHEN {left} THEN l.t_x ELSE l.t END, COUNT(*) \
         FROM insight_lifetime l JOIN party_party t ON t.id = l.party_id WHERE {} GROUP BY 1, 2, 3",
        scope(ctx, "t")?
    );
    let mut years: BTreeMap<String, Vec<Spell>> = BTreeMap::new();
    for row in ctx.db().all(&sql, binds![]).await? {
        let spell = Spell {
            time: crate::model::float(row.int(2)?) / MONTH,
            ended: row.int(1)? == 1,
        };
        let many = usize::try_from(row.int(3)?).unwrap_or(0);
        years
            .entry(row.text(0)?)
            .or_default()
            .extend(std::iter::repeat_n(spell, many));
    }
    let all: Vec<Spell> = years.values().flatten().copied().collect();
    let groups: Vec<Vec<Spell>> = years.values().filter(|g| g.len() >= 20).cloned().collect();
    Ok(Stays {
        curve: kaplan_meier(&all, Z),
        customers: all.len(),
        left: all.iter().filter(|s| s.ended).count(),
        test: log_rank(&groups),
        years: years
            .into_iter()
            .map(|(year, spells)| (year, spells.len(), kaplan_meier(&spells, Z)))
            .collect(),
    })
}

/// The curve at whole months: (staying, low, high), as far as it is seen.
pub fn months(curve: &Curve) -> Vec<(f64, f64, f64)> {
    let last = curve.steps.last().map_or(0.0, |s| s.time);
    let mut points = vec![];
    let mut month = 0.0_f64;
    while month <= last + 1.0 && points.len() < 240 {
        let passed = curve.steps.partition_point(|s| s.time <= month);
        points.push(match passed.checked_sub(1).and_then(|i| curve.steps.get(i)) {
            Some(s) => (s.staying, s.low, s.high),
            None => (1.0, 1.0, 1.0),
        });
        month += 1.0;
    }
    points
}

/// A customer of a cell of the triangle: id, name, last purchase, whether it bought in that quarter.
pub type Member = (i64, String, String, bool);

/// The customers of a cohort; `later`: a quarter since entry, and whether they bought in it.
pub async fn members(ctx: &Ctx, cohort: i64, later: Option<(i64, bool)>, limit: usize) -> Result<Vec<Member>> {
    let (bit, want) = later.map_or((0, None), |(k, bought)| (k.clamp(0, QUARTERS - 1), Some(bought)));
    let bought = format!("(l.quarters >> {bit}) & 1");
    let only = match want {
        Some(true) => format!("AND {bought} = 1"),
        Some(false) => format!("AND {bought} = 0"),
        None => String::new(),
    };
    let sql = format!(
        "SELECT l.party_id, {}, l.bought_on, CAST({bought} AS BIGINT) FROM insight_lifetime l JOIN party_party t ON t.id = l.party_id \
         WHERE {ENTERED} = $1 {only} AND {} ORDER BY l.bought_on DESC, l.party_id LIMIT {limit}",
        ctx.name_of("t"),
        scope(ctx, "t")?
    );
    ctx.db()
        .all(&sql, binds![cohort])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.text(1)?, r.text(2)?, r.int(3)? == 1)))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn quarters_have_names_and_numbers() {
        let day: Date = "2025-08-31".parse().unwrap();
        assert_eq!(name(of(day)), "2025-Q3");
        assert_eq!(number("2025-Q3"), Some(of(day)));
        assert_eq!([number("2025-Q5"), number("2025"), number("x-Q1")], [None, None, None]);
    }

    #[test]
    fn the_curve_is_read_month_by_month() {
        let spell = |time, ended| Spell { time, ended };
        let curve = kaplan_meier(
            &[spell(0.5, true), spell(2.5, true), spell(5.0, false), spell(6.0, false)],
            Z,
        );
        let staying: Vec<f64> = months(&curve).iter().map(|m| m.0).collect();
        assert_eq!(staying, [1.0, 0.75, 0.75, 0.5]);
    }
}
