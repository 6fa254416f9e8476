//! The risk that a customer stops buying: boosted trees and a plain logistic regression, each judged on a time after everything that
//! it learnt from; pure, in the threads for long work.

use super::features::{COLUMNS, known};
use super::learn::{Examples, Learnt, Way};
use super::report::{CUTS, Refusal, Report, Row};
use crate::life::{Gathered, day_of};
use crate::model::{float, whole};
use zhike_value::{judged, logistic};

/// Days ahead in which a customer who buys nothing counts as gone.
pub const AHEAD: i64 = 182;
/// Days between the days on which customers are looked at.
const STEP: i64 = 91;
/// Days of history before the first look.
const BEFORE: i64 = 182;
/// Looks at most.
const LOOKS: i64 = 8;
/// Days of history without which there are no three looks.
pub const SPAN: i64 = BEFORE + STEP + 2 * AHEAD;
/// Of each outcome, rows below which nothing is learnt or judged.
pub const LEAST: usize = 50;
/// Reasons kept of each customer.
const REASONS: usize = 3;
/// Reasons smaller than this, in the logarithm of the odds, are not told.
const SMALL: f64 = 0.05;
/// Customers learnt from at each look, at most.
const MOST: usize = 60_000;

/// Customers as they were known on a day, with what came.
fn look(found: &Gathered, day: i64) -> Examples {
    let step = found.lives.len().div_ceil(MOST).max(1);
    let mut look = Examples::default();
    for (party, life) in found.lives.iter().step_by(step) {
        if let Some(row) = known(life, day) {
            look.push(*party, row, !life.buys(day, day + AHEAD));
        }
    }
    look
}

/// Days on which customers are looked at, the latest first: the test, the one that chooses, and those learnt from. What came after
/// one of the last is known on the day of the test.
fn days((first, last): (i64, i64)) -> Vec<i64> {
    (0..LOOKS)
        .map(|k| last - AHEAD - if k == 0 { 0 } else { AHEAD + (k - 1) * STEP })
        .take_while(|day| day - first >= BEFORE)
        .collect()
}

/// Computes everything; rows only where the data carry it.
pub fn compute(found: &Gathered) -> (Report, Vec<Row>) {
    let mut report = Report::empty(found.from, found.to);
    let (trained, why) = attempt(found, &mut report);
    report.refusal = why;
    let rows = trained
        .map(|model| rows(found, &model, &mut report))
        .unwrap_or_default();
    (report, rows)
}

/// The model for today, or why there is none.
fn attempt(found: &Gathered, report: &mut Report) -> (Option<Learnt>, Option<Refusal>) {
    let days = days(found.span);
    let [test_day, held_day, train_days @ ..] = days.as_slice() else {
        return (None, Some(Refusal::Short));
    };
    if train_days.is_empty() {
        return (None, Some(Refusal::Short));
    }
    let (test, held) = (look(found, *test_day), look(found, *held_day));
    let train = Examples::join(train_days.iter().map(|d| look(found, *d)));
    report.looks = train_days.len();
    report.learnt = train.len();
    report.tested = test.len();
    report.tested_from = day_of(*test_day);
    let least = [&train, &held, &test].map(|e| e.least());
    if least.iter().any(|n| *n < LEAST) {
        return (None, Some(Refusal::Few));
    }
    let trees = Learnt::learn(Way::Trees, &train, &held);
    let line = Learnt::learn(Way::Line, &train, &held);
    // Chosen before the test, where the scores were turned into probabilities.
    let loss = |m: &Option<Learnt>| {
        let risks = m.as_ref().map(|m| held.risks(m));
        risks.and_then(|r| logistic::log_loss(&r, &held.gone))
    };
    report.boosted = match (loss(&trees), loss(&line)) {
        (Some(t), Some(l)) => t <= l,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => return (None, Some(Refusal::Unlearnt)),
    };
    let judge = |risks: &[f64]| judged::judge(risks, &test.gone, 10);
    report.trees = trees.as_ref().and_then(|m| judge(&test.risks(m)));
    report.line = line.as_ref().and_then(|m| judge(&test.risks(m)));
    // What one knew without any model: the share that stopped the last time.
    report.base = judge(&vec![held.share(); test.len()]);
    report.silence = logistic::auc(&test.column(0), &test.gone);
    if let Some(taken) = (if report.boosted { &trees } else { &line }).as_ref() {
        report.cuts = judged::cuts(&test.risks(taken), &test.gone, &CUTS);
    }
    if !report.beats_the_share() {
        return (None, Some(Refusal::NoBetter));
    }
    // For today everything whose outcome is known is learnt from; the latest look turns the scores into probabilities.
    let all = Examples::join(days.iter().skip(1).map(|d| look(found, *d)));
    let way = if report.boosted { Way::Trees } else { Way::Line };
    match Learnt::learn(way, &all, &test) {
        Some(model) => (Some(model), None),
        None => (None, Some(Refusal::Unlearnt)),
    }
}

/// Today's risk of each customer in play, with reasons.
fn rows(found: &Gathered, model: &Learnt, report: &mut Report) -> Vec<Row> {
    let (_, last) = found.span;
    let mut rows = vec![];
    let mut weight = vec![0.0; COLUMNS.len()];
    for (party, life) in &found.lives {
        let (Some(row), Some(bought)) = (known(life, last), life.last(last).and_then(day_of)) else {
            continue;
        };
        let effects = model.reasons(&row);
        for (w, r) in weight.iter_mut().zip(&effects) {
            *w += r.abs();
        }
        let mut order: Vec<(usize, f64)> = effects.into_iter().enumerate().collect();
        order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let reasons = order
            .into_iter()
            .take(REASONS)
            .filter(|r| r.1.abs() > SMALL)
            .map(|(column, effect)| {
                let value = row.get(column).copied().unwrap_or(0.0);
                (column, whole(effect * 1e3), whole(value * 1e3))
            });
        rows.push(Row {
            party: *party,
            risk: whole(model.risk(&row) * 1e6),
            bought,
            reasons: reasons.collect(),
        });
    }
    let many = float(i64::try_from(rows.len().max(1)).unwrap_or(1));
    report.weights = weight.into_iter().map(|w| w / many).collect();
    report.customers = rows.len();
    report.expected = rows.iter().map(|r| float(r.risk) / 1e6).sum();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_learnt_from_was_unknown_on_the_day_of_the_test() {
        let looks = days((0, 1_095));
        assert_eq!(looks[..3], [913, 731, 640], "test, choice, the latest learnt from");
        assert!(looks[1..].iter().all(|d| d + AHEAD <= looks[0]), "{looks:?}");
        assert!(looks.iter().all(|d| *d >= BEFORE) && looks.len() == 8);
        assert_eq!(days((0, SPAN)).len(), 3);
        assert_eq!(days((0, SPAN - 1)).len(), 2);
    }
}
