//! What the programme changed: the margin a month of enrolled customers before and after they were enrolled, against customers of
//! the same tier with about the same margin before who are not enrolled, over the same months.

use super::settings;
use crate::level::compute::days;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_lake::monthly::By;
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Query, binds};
use zhike_value::matched::{Effect, Few, USUAL, Unit, compare};
use zhike_value::whale::{Tier, tiers};

/// Months compared before and after, at most and at least.
const MOST: i64 = 12;
/// See [`MOST`].
pub const LEAST: i64 = 3;
/// 95 %.
const Z: f64 = 1.959_964;

/// What was found, or why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Amounts are minor units a month.
    Effect(Effect),
    /// Too few.
    Few(Few),
}

impl Found {
    /// The effect, where there is one.
    pub fn effect(&self) -> Option<&Effect> {
        match self {
            Found::Effect(e) => Some(e),
            Found::Few(_) => None,
        }
    }
}

/// The whole comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Last whole month in it, as `2026-10`.
    pub until: String,
    /// Customers enrolled so far.
    pub enrolled: usize,
    /// Of these, with fewer than three whole months before or after.
    pub early: usize,
    /// Of these, without purchases in the months before.
    pub new: usize,
    /// Months compared after the enrolment, of all customers compared together.
    pub months: i64,
    /// All tiers.
    pub all: Found,
    /// Gold, regular, low.
    pub tiers: Vec<Found>,
    /// Cost of a customer a year that it was made with, minor units.
    pub cost: i64,
}

/// Of the matched customers over the months compared, minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// What was gained.
    pub gained: i64,
    /// What it cost.
    pub cost: i64,
    /// What is left.
    pub profit: i64,
    /// Lower end of its interval.
    pub low: i64,
    /// Upper end.
    pub high: i64,
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "rounded amounts far below the limits of i64"
)]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[allow(clippy::cast_precision_loss, reason = "amounts below 2^52")]
fn float(value: i64) -> f64 {
    value as f64
}

impl Report {
    /// What the programme brought and cost; none where nothing can be said.
    pub fn sum(&self) -> Option<Sum> {
        let effect = self.all.effect()?;
        let count = |n: usize| float(i64::try_from(n).unwrap_or(0));
        // Months of those that were matched, as many as the others had on average.
        let part = count(effect.matched) / count(effect.matched + effect.alone);
        let months = float(self.months) * part;
        let cost = float(self.cost) / 12.0 * months;
        Some(Sum {
            gained: whole(effect.effect * months),
            cost: whole(cost),
            profit: whole(effect.effect * months - cost),
            low: whole(effect.low * months - cost),
            high: whole(effect.high * months - cost),
        })
    }
}

/// Months since the year 0.
fn month(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

/// A time in the programme: months of its beginning and, where it has ended, of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// The customer.
    pub party: i64,
    /// Month in which it began.
    pub from: i64,
    /// Month in which it ended.
    pub until: Option<i64>,
}

/// What is compared.
pub struct Books {
    /// Margin by customer and month, minor units.
    pub margins: HashMap<i64, BTreeMap<i64, f64>>,
    /// First month and last whole month of the facts.
    pub span: (i64, i64),
    /// First times in the programme.
    pub spells: Vec<Spell>,
}

/// Whole months before and after a spell's first month. Before, as many as there are: the longer they are, the less of what makes
/// customers alike is chance.
fn reach(spell: &Spell, span: (i64, i64)) -> (i64, i64) {
    let end = spell.until.map_or(span.1, |u| span.1.min(u - 1));
    (MOST.min(spell.from - span.0), MOST.min(end - spell.from))
}

/// Compares; pure.
pub fn report(books: &Books, cost: i64) -> Report {
    let (first, last) = books.span;
    let mut cohorts: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    let mut early = 0;
    for spell in &books.spells {
        let (before, after) = reach(spell, (first, last));
        if before.min(after) < LEAST {
            early += 1;
        } else {
            cohorts.entry((spell.from, after)).or_default().push(spell.party);
        }
    }
    let spells: HashMap<i64, &Spell> = books.spells.iter().map(|s| (s.party, s)).collect();
    let (mut treated, mut pool) = (vec![], vec![]);
    let (mut new, mut months) = (0, 0);
    for (at, ((from, k), members)) in (0_i64..).zip(&cohorts) {
        let early = MOST.min(from - first);
        let mean = |of: &BTreeMap<i64, f64>, begin: i64, months: i64| {
            of.range(begin..begin + months).map(|m| m.1).sum::<f64>() / float(months)
        };
        let unit = |party: i64, of: &BTreeMap<i64, f64>| Unit {
            id: party,
            group: 0,
            before: mean(of, from - early, early),
            after: mean(of, from + 1, *k),
        };
        let nothing = BTreeMap::new();
        let mut got: Vec<Unit> = members
            .iter()
            .map(|p| unit(*p, books.margins.get(p).unwrap_or(&nothing)))
            .collect();
        let all = got.len();
        got.retain(|u| u.before > 0.0);
        new += all - got.len();
        months += k * i64::try_from(got.len()).unwrap_or(0);
        // Nobody who was in the programme while these months lasted.
        let outside = |p: &i64| spells.get(p).is_none_or(|s| s.from > from + k);
        let mut others: Vec<Unit> = books
            .margins
            .iter()
            .filter(|(p, _)| outside(p))
            .map(|(p, of)| unit(*p, of))
            .collect();
        others.retain(|u| u.before > 0.0);
        others.sort_by_key(|u| u.id);
        // The tier as it was then: what the programme did must not choose who is compared.
        let ranked: Vec<(i64, i64)> = got.iter().chain(&others).map(|u| (u.id, whole(u.before))).collect();
        let stood = tiers(&ranked);
        let grouped = got.iter().chain(&others).zip(stood).map(|(u, tier)| Unit {
            group: at * 3 + i64::try_from(zhike_value::enrol::place(tier)).unwrap_or(0),
            ..*u
        });
        let mut grouped: Vec<Unit> = grouped.collect();
        pool.extend(grouped.split_off(got.len()));
        treated.extend(grouped);
    }
    let found = |treated: &[Unit]| match compare(treated, &pool, &USUAL, Z) {
        Ok(effect) => Found::Effect(effect),
        Err(few) => Found::Few(few),
    };
    let of = |tier: Tier| {
        let place = i64::try_from(zhike_value::enrol::place(tier)).unwrap_or(0);
        let own: Vec<Unit> = treated.iter().filter(|u| u.group % 3 == place).copied().collect();
        found(&own)
    };
    Report {
        until: format!("{:04}-{:02}", last.div_euclid(12), last.rem_euclid(12) + 1),
        enrolled: books.spells.len(),
        early,
        new,
        months,
        all: found(&treated),
        tiers: [Tier::Gold, Tier::Regular, Tier::Low].map(of).to_vec(),
        cost,
    }
}

/// First times in the programme.
async fn spells(q: &dyn Query) -> Result<Vec<Spell>> {
    let sql = "SELECT party_id, since_on, until_on FROM care_enrolment WHERE decision = 'enrolled' AND archived_at IS NULL \
               ORDER BY party_id, since_on, id";
    let day = |text: String| text.parse::<Date>().map_err(Error::broken);
    let mut all: Vec<Spell> = vec![];
    for row in q.all(sql, binds![]).await? {
        let party = row.int(0)?;
        if all.last().is_some_and(|s| s.party == party) {
            continue;
        }
        all.push(Spell {
            party,
            from: month(day(row.text(1)?)?),
            until: row.opt_text(2)?.map(day).transpose()?.map(month),
        });
    }
    Ok(all)
}

/// The part of the sales that stays after the goods, by customer of the last value analysis, and of the house.
async fn rates(q: &dyn Query) -> Result<(HashMap<i64, f64>, f64)> {
    let net = "revenue - discount - returns";
    let sql = format!(
        "SELECT party_id, {net}, {net} - product_cost FROM insight_customer WHERE run_id IS NOT NULL ORDER BY party_id"
    );
    let (mut all, mut sums) = (HashMap::new(), (0_i64, 0_i64));
    for row in q.all(&sql, binds![]).await? {
        let (net, margin) = (row.int(1)?, row.int(2)?);
        sums = (sums.0.saturating_add(net), sums.1.saturating_add(margin));
        if net > 0 {
            all.insert(row.int(0)?, float(margin) / float(net));
        }
    }
    let house = if sums.0 > 0 { float(sums.1) / float(sums.0) } else { 0.0 };
    Ok((all, house))
}

/// Compares anew and keeps the report.
pub async fn refresh(ctx: &Ctx) -> Result<()> {
    if days(ctx.db()).await?.is_none() {
        return Ok(());
    }
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let Some((first, last)) = lake.span(ctx.today()).await? else {
        return Ok(());
    };
    let (rates, house) = rates(ctx.db()).await?;
    let period = Period {
        from: first,
        to: last.min(ctx.today()),
        currency: ctx.house.currency.code().to_owned(),
    };
    let mut margins: HashMap<i64, BTreeMap<i64, f64>> = HashMap::new();
    lake.sold(&period, By::Party, |s| {
        if let Some(party) = s.key {
            let rate = rates.get(&party).copied().unwrap_or(house);
            margins.entry(party).or_default().insert(s.month, float(s.net) * rate);
        }
    })
    .await?;
    let books = Books {
        margins,
        // The last month is not whole yet.
        span: (month(period.from), month(period.to) - 1),
        spells: spells(ctx.db()).await?,
    };
    let cost = settings::load(ctx.db(), ctx.house.currency).await?.cost;
    let facts = lake.version().to_owned();
    let made = tokio::task::spawn_blocking(move || report(&books, cost))
        .await
        .map_err(Error::broken)?;
    let tx = ctx.begin().await?;
    tx.exec(
        "INSERT INTO care_report (kind, made_at, facts, body) VALUES ('programme', $1, $2, $3) \
         ON CONFLICT (kind) DO UPDATE SET made_at = excluded.made_at, facts = excluded.facts, body = excluded.body",
        binds![tx.at.0, facts, serde_json::to_string(&made).map_err(Error::broken)?],
    )
    .await?;
    tx.commit().await
}

/// The latest report and when it was made.
pub async fn latest(q: &dyn Query) -> Result<Option<(Stamp, Report)>> {
    let sql = "SELECT made_at, body FROM care_report WHERE kind = 'programme'";
    let Some(row) = q.one(sql, binds![]).await? else {
        return Ok(None);
    };
    Ok(serde_json::from_str(&row.text(1)?)
        .ok()
        .map(|r| (Stamp(row.int(0).unwrap_or(0)), r)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Customers of steady purchases: the first `enrolled` ones buy more by a tenth from month 13 on.
    fn books(customers: i64, enrolled: i64) -> Books {
        let margins = (0..customers).map(|party| {
            let usual = 1_000.0 + float(party % 7) * 10.0;
            let gain = if party < enrolled { 1.1 } else { 1.0 };
            let months = (0..24).map(|m| (m, if m > 12 { usual * gain } else { usual }));
            (party, months.collect())
        });
        let spells = (0..enrolled).map(|party| Spell {
            party,
            from: 12,
            until: None,
        });
        Books {
            margins: margins.collect(),
            span: (0, 23),
            spells: spells.collect(),
        }
    }

    #[test]
    fn what_was_put_in_is_found() {
        let r = report(&books(140, 30), 2_400);
        let e = r.all.effect().unwrap();
        assert_eq!(
            (r.enrolled, r.early, r.new, r.months, e.matched),
            (30, 0, 0, 30 * 11, 30)
        );
        assert!((e.relative.unwrap() - 0.1).abs() < 1e-9, "{e:?}");
        let sum = r.sum().unwrap();
        // Eleven months of thirty customers at 200 a month.
        assert_eq!(sum.cost, 66_000);
        assert_eq!(sum.profit, sum.gained - sum.cost);
        assert!(sum.low <= sum.profit && sum.profit <= sum.high);
    }

    #[test]
    fn nothing_is_said_of_few_or_too_early() {
        let few = report(&books(140, 19), 2_400);
        assert_eq!((few.all, few.sum()), (Found::Few(Few::Customers(19)), None));
        let mut early = books(140, 30);
        for spell in &mut early.spells {
            spell.from = 21;
        }
        let r = report(&early, 2_400);
        assert_eq!((r.early, r.all), (30, Found::Few(Few::Customers(0))));
        // Who left the programme is followed until then.
        assert_eq!(
            reach(
                &Spell {
                    party: 1,
                    from: 12,
                    until: Some(17)
                },
                (0, 23)
            ),
            (12, 4)
        );
        assert_eq!(
            reach(
                &Spell {
                    party: 1,
                    from: 2,
                    until: None
                },
                (0, 23)
            ),
            (2, 12)
        );
    }
}
