//! The deals that entered in a period with their histories, read in two queries, and the funnel computed from them.

use crate::{
    ask::Ask,
    stages::{self, Kind, Stage},
};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Currency, Date, Result};
use zhike_store::{Ctx, Query};
use zhike_value::funnel::{Deal, Funnel, Place, Step, funnel};

/// A deal of the cohort.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id.
    pub id: i64,
    /// Owner.
    pub owner: Option<i64>,
    entered: i32,
    value: i64,
    foreign: bool,
    steps: Vec<Step>,
}

/// The cohort.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// Open stages in use, in order.
    pub open: Vec<Stage>,
    /// All stages of the pipeline.
    pub all: Vec<Stage>,
    /// The deals.
    pub members: Vec<Member>,
    as_of: i32,
}

/// Days since 1970-01-01.
pub fn day_number(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(day).map(|s| s.get_days()).unwrap_or(0)
}

/// Where each stage stands in the funnel. A stage that was put away counts as the nearest one behind it.
pub fn places(all: &[Stage]) -> HashMap<i64, Place> {
    let mut before = 0;
    all.iter()
        .map(|s| {
            let place = match s.kind {
                Kind::Won => Place::Won,
                Kind::Lost => Place::Lost,
                Kind::Open => {
                    let here = Place::Stage(before);
                    before += usize::from(!s.archived);
                    here
                }
            };
            (s.id, place)
        })
        .collect()
}

impl Cohort {
    /// Reads it.
    pub async fn read(ctx: &Ctx, ask: &Ask) -> Result<Cohort> {
        let all = stages::of_pipeline(ctx.db(), ask.pipeline).await?;
        let mut cohort = Cohort {
            open: all
                .iter()
                .filter(|s| s.kind == Kind::Open && !s.archived)
                .cloned()
                .collect(),
            members: vec![],
            as_of: day_number(ctx.today()),
            all,
        };
        let mut sql = Ask::sql(ctx);
        sql.text =
            "SELECT t.id, t.entered_on, COALESCE(t.amount, 0), t.currency, t.owner_id FROM sales_deal t WHERE ".into();
        ask.cohort(ctx, &mut sql)?;
        sql.text.push_str(" ORDER BY t.id");
        let house = ctx.house.currency.code();
        for row in ctx.db().all(&sql.text, sql.binds).await? {
            let foreign = row.opt_text(3)?.is_some_and(|c| c != house);
            cohort.members.push(Member {
                id: row.int(0)?,
                entered: row.text(1)?.parse().map(day_number).unwrap_or(0),
                value: if foreign { 0 } else { row.int(2)? },
                foreign,
                owner: row.opt_int(4)?,
                steps: vec![],
            });
        }
        let places = places(&cohort.all);
        let mut sql = Ask::sql(ctx);
        sql.text =
            "SELECT m.deal_id, m.to_id, m.moved_on FROM sales_stage_move m JOIN sales_deal t ON t.id = m.deal_id \
                    WHERE m.archived_at IS NULL AND "
                .into();
        ask.cohort(ctx, &mut sql)?;
        sql.text.push_str(" ORDER BY m.deal_id, m.moved_on, m.id");
        let mut at = 0;
        for row in ctx.db().all(&sql.text, sql.binds).await? {
            let deal = row.int(0)?;
            while cohort.members.get(at).is_some_and(|m| m.id < deal) {
                at += 1;
            }
            let (Some(member), Some(to)) = (cohort.members.get_mut(at), places.get(&row.int(1)?)) else {
                continue;
            };
            if member.id == deal {
                member.steps.push(Step {
                    day: row.text(2)?.parse().map(day_number).unwrap_or(member.entered),
                    to: *to,
                });
            }
        }
        Ok(cohort)
    }

    fn of<'a>(&self, members: impl Iterator<Item = &'a Member>) -> Funnel {
        let deals: Vec<Deal<'a>> = members
            .map(|m| Deal {
                entered: m.entered,
                value: m.value,
                steps: &m.steps,
            })
            .collect();
        funnel(self.open.len(), &deals, self.as_of)
    }

    /// The funnel of all.
    pub fn funnel(&self) -> Funnel {
        self.of(self.members.iter())
    }

    /// The funnel of each owner (0: nobody), the one with most deals first.
    pub fn by_owner(&self) -> Vec<(i64, Funnel)> {
        let mut groups: BTreeMap<i64, Vec<&Member>> = BTreeMap::new();
        for m in &self.members {
            groups.entry(m.owner.unwrap_or(0)).or_default().push(m);
        }
        let mut out: Vec<(i64, Funnel)> = groups
            .into_iter()
            .map(|(owner, members)| (owner, self.of(members.into_iter())))
            .collect();
        out.sort_by_key(|(owner, f)| (std::cmp::Reverse(f.deals), *owner));
        out
    }

    /// Deals in another currency than the house's: counted, but left out of the sums.
    pub fn foreign(&self) -> usize {
        self.members.iter().filter(|m| m.foreign).count()
    }

    /// The deals behind one number, by the same computation that made the number.
    pub fn behind(&self, stage: Option<i64>, what: What) -> Vec<i64> {
        let at = stage.and_then(|id| self.open.iter().position(|s| s.id == id));
        self.members
            .iter()
            .filter(|m| {
                let f = self.of(std::iter::once(*m));
                let counted = match (what, at.and_then(|i| f.stages.get(i))) {
                    (What::Entered, Some(s)) => s.entered,
                    (What::Still, Some(s)) => s.still_in,
                    (What::Moved, Some(s)) => s.moved_on,
                    (What::Lost, Some(s)) => s.lost,
                    (What::Back, Some(s)) => s.went_back,
                    (What::Entered, None) => f.deals,
                    (What::Still | What::Open, None) => f.open,
                    (What::Moved | What::Won, None) => f.won,
                    (What::Lost, None) => f.lost,
                    (What::Back, None) => f.reopened,
                    (What::Open | What::Won, Some(_)) => 0,
                };
                counted > 0
            })
            .map(|m| m.id)
            .collect()
    }
}

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Entered the stage (the cohort, without a stage).
    Entered,
    /// Stand in it.
    Still,
    /// Moved on from it.
    Moved,
    /// Were lost in it.
    Lost,
    /// Went back from it (opened again, without a stage).
    Back,
    /// Open, of all.
    Open,
    /// Won, of all.
    Won,
}

impl What {
    /// All words.
    pub const ALL: [What; 7] = [
        What::Entered,
        What::Still,
        What::Moved,
        What::Lost,
        What::Back,
        What::Open,
        What::Won,
    ];
    /// The word in the address.
    pub fn name(self) -> &'static str {
        match self {
            What::Entered => "entered",
            What::Still => "still",
            What::Moved => "moved",
            What::Lost => "lost",
            What::Back => "back",
            What::Open => "open",
            What::Won => "won",
        }
    }
    /// Reads it.
    pub fn parse(word: &str) -> Option<What> {
        What::ALL.into_iter().find(|w| w.name() == word)
    }
}

/// Amounts of several currencies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(pub BTreeMap<String, i64>);

impl Sums {
    /// Adds an amount; one that has no currency is the house's.
    pub fn add(&mut self, currency: Option<&str>, minor: i64, house: Currency) {
        let sum = self.0.entry(currency.unwrap_or(house.code()).to_owned()).or_default();
        *sum = sum.saturating_add(minor);
    }
    /// Adds other sums.
    pub fn merge(&mut self, other: &Sums) {
        for (currency, minor) in &other.0 {
            let sum = self.0.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(*minor);
        }
    }
    /// As JSON: minor units by currency.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!(self.0)
    }
}

/// Open deals expected in one month.
#[derive(Clone, Debug, Default)]
pub struct Month {
    /// `2026-12`; empty when no day is expected.
    pub month: String,
    /// Deals.
    pub deals: i64,
    /// Their amounts.
    pub amount: Sums,
    /// Amounts times the chance of their stage.
    pub weighted: Sums,
}

/// The weighted forecast: all open deals of the pipeline that fit owner, product and source, by expected month.
pub async fn forecast(ctx: &Ctx, ask: &Ask) -> Result<Vec<Month>> {
    let mut sql = Ask::sql(ctx);
    let pipeline = sql.bind(ask.pipeline);
    sql.text = format!(
        "SELECT COALESCE(substr(t.expected_on, 1, 7), ''), s.probability, t.currency, count(*), \
         CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM sales_deal t JOIN sales_stage s ON s.id = t.stage_id \
         WHERE s.pipeline_id = {pipeline} AND s.kind = 'open' AND "
    );
    ask.present(ctx, &mut sql)?;
    sql.text
        .push_str(" GROUP BY COALESCE(substr(t.expected_on, 1, 7), ''), s.probability, t.currency");
    let house = ctx.house.currency;
    let mut months: BTreeMap<String, Month> = BTreeMap::new();
    for row in ctx.db().all(&sql.text, sql.binds).await? {
        let name = row.text(0)?;
        let month = months.entry(name.clone()).or_default();
        month.month = name;
        let (chance, currency, amount) = (row.opt_int(1)?.unwrap_or(0), row.opt_text(2)?, row.int(4)?);
        month.deals += row.int(3)?;
        month.amount.add(currency.as_deref(), amount, house);
        month
            .weighted
            .add(currency.as_deref(), crate::rules::weighted(amount, chance), house);
    }
    // Without a month last.
    let mut list: Vec<Month> = months.into_values().collect();
    list.sort_by_key(|m| (m.month.is_empty(), m.month.clone()));
    Ok(list)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn stage(id: i64, kind: Kind, archived: bool) -> Stage {
        Stage {
            id,
            version: 1,
            pipeline: 1,
            name: id.to_string(),
            latin: None,
            position: id,
            probability: 0,
            kind,
            archived,
            needs: String::new(),
            limit: None,
        }
    }

    fn member(id: i64, owner: i64, value: i64, steps: &[(i32, Place)]) -> Member {
        Member {
            id,
            owner: Some(owner),
            entered: 0,
            value,
            foreign: false,
            steps: steps.iter().map(|(day, to)| Step { day: *day, to: *to }).collect(),
        }
    }

    #[test]
    fn days_are_counted_over_years() {
        assert_eq!(day_number("1970-01-02".parse().unwrap()), 1);
        assert_eq!(day_number("2026-11-24".parse().unwrap()), 20_781);
    }

    #[test]
    fn a_stage_put_away_counts_as_the_one_behind_it() {
        let all = [
            stage(1, Kind::Open, false),
            stage(2, Kind::Open, true),
            stage(3, Kind::Open, false),
            stage(4, Kind::Won, false),
        ];
        let p = places(&all);
        assert_eq!(
            (p[&1], p[&2], p[&3], p[&4]),
            (Place::Stage(0), Place::Stage(1), Place::Stage(1), Place::Won)
        );
    }

    #[test]
    fn the_deals_behind_a_number_are_as_many_as_the_number_says() {
        let all = vec![
            stage(1, Kind::Open, false),
            stage(2, Kind::Open, false),
            stage(3, Kind::Won, false),
            stage(4, Kind::Lost, false),
        ];
        let cohort = Cohort {
            open: all.iter().take(2).cloned().collect(),
            all,
            members: vec![
                member(
                    10,
                    1,
                    100,
                    &[(0, Place::Stage(0)), (5, Place::Stage(1)), (9, Place::Won)],
                ),
                member(11, 1, 50, &[(0, Place::Stage(0)), (3, Place::Lost)]),
                member(12, 2, 70, &[(0, Place::Stage(0)), (4, Place::Stage(1))]),
                member(13, 2, 20, &[(0, Place::Stage(0))]),
            ],
            as_of: 20,
        };
        let f = cohort.funnel();
        for (i, id) in [1, 2].into_iter().enumerate() {
            let s = &f.stages[i];
            let behind = |what| cohort.behind(Some(id), what).len();
            assert_eq!(
                (s.entered, s.still_in, s.moved_on, s.lost, s.went_back),
                (
                    behind(What::Entered),
                    behind(What::Still),
                    behind(What::Moved),
                    behind(What::Lost),
                    behind(What::Back)
                )
            );
        }
        assert_eq!(cohort.behind(None, What::Won), [10]);
        assert_eq!(cohort.behind(Some(1), What::Lost), [11]);
        let owners: Vec<_> = cohort
            .by_owner()
            .into_iter()
            .map(|(o, f)| (o, f.deals, f.won))
            .collect();
        assert_eq!(owners, [(1, 2, 1), (2, 2, 0)]);
    }
}
