//! Models of customer value as steps: the arithmetic is that of the crate `value`, here it gets rows and gives rows.

use super::plan::find;
use super::{Col, Kind, Label};
use std::cmp::Reverse;
use zhike_kernel::{Date, Error, Result, Value, money::mul_div};
use zhike_value::rfm;
use zhike_value::whale::{Ranking, Tier};

/// The columns that a whale curve is drawn from.
pub(crate) const WHALE_DRAWN: [&str; 3] = ["share_rows", "share_total", "cumulative"];
/// A whole in parts per million.
const ONE: i64 = 1_000_000;
/// So many customers a model takes.
pub(crate) const MOST: usize = 2_000_000;

fn ours(name: &str, kind: Kind) -> Col {
    Col::new(name, kind, Label::Key(format!("analysis-model-{name}")))
}

/// The columns that a model gives.
pub(crate) fn columns(model: &str, cols: &[Col], key: &str, amount: &str, date: &str) -> Result<Vec<Col>> {
    let of = find(cols, key)?.1.clone().key();
    let money = find(cols, amount)?.1;
    if !money.kind.is_number() || money.kind == Kind::Rate {
        return Err(Error::invalid("error-analysis-no-number").with("name", amount));
    }
    if key == amount {
        return Err(Error::invalid("error-analysis-name-twice").with("name", key));
    }
    if matches!(model, "rfm" | "histories") {
        if date.is_empty() {
            return Err(Error::field("date", "error-required"));
        }
        let day = find(cols, date)?.1;
        if day.kind != Kind::Date {
            return Err(Error::invalid("error-analysis-no-day").with("name", date));
        }
    }
    let sum = Col {
        key: false,
        ..money.clone()
    };
    let int = |name: &str| ours(name, Kind::Int);
    let rate = |name: &str| ours(name, Kind::Rate);
    Ok(match model {
        "whale" => vec![
            int("rank"),
            of,
            sum,
            ours("cumulative", money.kind.clone()),
            rate("share_rows"),
            rate("share_total"),
            Col {
                like: Some(("party".into(), "tier".into())),
                ..ours("tier", Kind::Text)
            },
        ],
        "pareto" => vec![
            int("rank"),
            of,
            sum,
            rate("share"),
            rate("share_total"),
            ours("class", Kind::Text),
        ],
        "rfm" => vec![
            of,
            int("recency"),
            int("frequency"),
            sum,
            int("r"),
            int("f"),
            int("m"),
            int("cell"),
        ],
        _ => vec![
            of,
            int("x"),
            int("t_x"),
            int("age"),
            ours("repeat_mean", money.kind.clone()),
            ours("first_on", Kind::Date),
            ours("last_on", Kind::Date),
        ],
    })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn share(part: i64, whole: i64) -> Value {
    if whole > 0 {
        mul_div(part, ONE, whole).into()
    } else {
        Value::Null
    }
}

/// Ranks rows of (key, amount) and tells how far each carries the total.
pub(crate) fn whale(rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let amount = |row: &Vec<Value>| row.get(1).and_then(Value::int).unwrap_or(0);
    let profits: Vec<(i64, i64)> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| (count(i), amount(row)))
        .collect();
    let ranking = Ranking::new(&profits);
    let tiers = ranking.tiers();
    let total = profits.iter().fold(0_i64, |sum, p| sum.saturating_add(p.1));
    let mut cumulative = 0_i64;
    let mut out = vec![];
    for (rank, (place, profit)) in (1_i64..).zip(ranking.iter()) {
        cumulative = cumulative.saturating_add(profit);
        let place = usize::try_from(place).unwrap_or(0);
        let key = rows.get(place).and_then(|r| r.first()).cloned().unwrap_or_default();
        let tier = match tiers.get(place) {
            Some(Tier::Gold) => "gold",
            Some(Tier::Low) => "low",
            _ => "regular",
        };
        out.push(vec![
            rank.into(),
            key,
            profit.into(),
            cumulative.into(),
            share(rank, count(profits.len())),
            share(cumulative, total),
            tier.into(),
        ]);
    }
    out
}

/// ABC by Pareto: A until 80 % of what is positive, B until 95 %, C the rest and whatever brings nothing.
pub(crate) fn pareto(rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let mut sorted: Vec<(i64, &Value)> = rows
        .iter()
        .filter_map(|row| Some((row.get(1).and_then(Value::int).unwrap_or(0), row.first()?)))
        .collect();
    sorted.sort_by_key(|(amount, _)| Reverse(*amount));
    let total = sorted
        .iter()
        .filter(|s| s.0 > 0)
        .fold(0_i64, |sum, s| sum.saturating_add(s.0));
    let mut before = 0_i64;
    let mut out = vec![];
    for (rank, (amount, key)) in (1_i64..).zip(sorted) {
        let had = mul_div(before, ONE, total.max(1)).unwrap_or(ONE);
        let class = match () {
            () if amount <= 0 => "C",
            () if had < 800_000 => "A",
            () if had < 950_000 => "B",
            () => "C",
        };
        before = before.saturating_add(amount.max(0));
        let part = if amount > 0 {
            share(amount, total)
        } else {
            Value::Int(0)
        };
        out.push(vec![
            rank.into(),
            key.clone(),
            amount.into(),
            part,
            share(before, total),
            class.into(),
        ]);
    }
    out
}

fn day(value: Option<&Value>) -> Option<Date> {
    value.and_then(Value::text).and_then(|t| t.parse().ok())
}

fn days(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

/// Recency, frequency, money from rows of (key, last day, days of purchase, amount).
pub(crate) fn recency(rows: &[Vec<Value>], today: Date) -> Result<Vec<Vec<Value>>> {
    let mut known: Vec<(&Value, i64, u64, i64)> = vec![];
    for row in rows {
        let Some(last) = day(row.get(1)) else { continue };
        let int = |i: usize| row.get(i).and_then(Value::int).unwrap_or(0);
        let key = row.first().unwrap_or(&Value::Null);
        known.push((key, days(last, today), u64::try_from(int(2)).unwrap_or(0), int(3)));
    }
    let recency: Vec<i64> = known.iter().map(|k| k.1).collect();
    let frequency: Vec<u64> = known.iter().map(|k| k.2).collect();
    let money: Vec<i64> = known.iter().map(|k| k.3).collect();
    let scores = rfm::score(&recency, &frequency, &money).map_err(Error::broken)?;
    Ok(known
        .into_iter()
        .zip(scores)
        .map(|((key, silent, often, spent), s)| {
            vec![
                key.clone(),
                silent.into(),
                i64::try_from(often).unwrap_or(i64::MAX).into(),
                spent.into(),
                i64::from(s.recency).into(),
                i64::from(s.frequency).into(),
                i64::from(s.money).into(),
                i64::from(s.cell()).into(),
            ]
        })
        .collect())
}

/// Histories for models of repeat buying from rows of (key, day, amount) in order of key and day: a purchase is a day with an amount of
/// zero or more.
pub(crate) fn histories(rows: &[Vec<Value>], today: Date) -> Vec<Vec<Value>> {
    let mut out = vec![];
    for group in rows.chunk_by(|a, b| a.first() == b.first()) {
        let bought: Vec<(Date, i64)> = group
            .iter()
            .filter_map(|row| Some((day(row.get(1))?, row.get(2).and_then(Value::int)?)))
            .filter(|(_, amount)| *amount >= 0)
            .collect();
        let (Some(first), Some(last), Some(key)) =
            (bought.first(), bought.last(), group.first().and_then(|r| r.first()))
        else {
            continue;
        };
        let repeats = count(bought.len()) - 1;
        let spent: i64 = bought.iter().skip(1).fold(0, |sum, b| sum.saturating_add(b.1));
        let mean = if repeats > 0 {
            mul_div(spent, 1, repeats).into()
        } else {
            Value::Null
        };
        out.push(vec![
            key.clone(),
            repeats.into(),
            days(first.0, last.0).into(),
            days(first.0, today).into(),
            mean,
            first.0.into(),
            last.0.into(),
        ]);
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn rows(pairs: &[(i64, i64)]) -> Vec<Vec<Value>> {
        pairs.iter().map(|(k, a)| vec![(*k).into(), (*a).into()]).collect()
    }

    #[test]
    fn the_curve_passes_the_whole_and_comes_back_to_it() {
        let out = whale(&rows(&[(7, 50), (8, -20), (9, 70)]));
        let column = |i: usize| -> Vec<i64> { out.iter().map(|r| r[i].int().unwrap()).collect() };
        assert_eq!(column(1), [9, 7, 8]);
        assert_eq!(column(3), [70, 120, 100]);
        assert_eq!(column(5), [700_000, 1_200_000, 1_000_000]);
        assert_eq!(column(4), [333_333, 666_667, 1_000_000]);
        // Nothing is a share of a loss.
        assert_eq!(whale(&rows(&[(1, -5)]))[0][5], Value::Null);
    }

    #[test]
    fn classes_end_with_whoever_crosses_the_border() {
        let out = pareto(&rows(&[(1, 70), (2, 20), (3, 8), (4, 2), (5, -9)]));
        let classes: Vec<&str> = out.iter().map(|r| r[5].text().unwrap()).collect();
        assert_eq!(classes, ["A", "A", "B", "C", "C"]);
        assert_eq!(out[4][4].int(), Some(1_000_000));
    }

    #[test]
    fn a_history_counts_days_of_purchase_after_the_first() {
        let row = |k: i64, d: &str, a: i64| vec![Value::Int(k), d.into(), a.into()];
        let today: Date = "2026-06-30".parse().unwrap();
        let all = [
            row(1, "2026-01-01", 10),
            row(1, "2026-01-31", 30),
            row(1, "2026-02-10", 50),
            row(2, "2026-06-01", -5),
        ];
        let out = histories(&all, today);
        assert_eq!(out.len(), 1);
        let ints: Vec<i64> = out[0][1..5].iter().map(|v| v.int().unwrap()).collect();
        assert_eq!(ints, [2, 40, 180, 40]);
    }
}
