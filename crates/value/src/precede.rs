//! Which facts come before an outcome: how much more often it came where a fact was there than where it was not.
//!
//! The same subject may be looked at on several days; its rows are not independent, so variances are taken over subjects (for
//! one row each they are those of Katz et al. 1978). Many facts are asked at once, so their p-values are corrected (Benjamini and
//! Hochberg 1995). What was found on earlier days is asked again on later ones by the caller.

use crate::survival::beyond;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Standard deviations of a 95 % interval.
const Z: f64 = 1.959_964;

/// A subject on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub subject: i64,
    /// Subjects that are alike otherwise.
    pub stratum: u8,
    /// The fact was there.
    pub fact: bool,
    /// The outcome came.
    pub came: bool,
}

/// A fact against an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// Rows with the fact.
    pub with: usize,
    /// Of these it came for so many.
    pub with_came: usize,
    /// Rows without.
    pub without: usize,
    /// Of these.
    pub without_came: usize,
    /// Share with the fact / share without it.
    pub lift: f64,
    /// Ends of its 95 % interval.
    pub range: (f64, f64),
    /// The same within strata (Mantel and Haenszel 1959), so that alike is held against alike.
    pub alike: Option<f64>,
    /// How likely so much, if the fact meant nothing (two-sided).
    pub p: f64,
}

/// Rows of a cell below which nothing is said.
pub const LEAST_CAME: usize = 5;
/// Rows with and without the fact below which nothing is said.
pub const LEAST_ROWS: usize = 30;

/// The lift of a fact; `None` where there are too few rows or outcomes to say anything.
#[must_use]
pub fn lift(rows: &[Row]) -> Option<Lift> {
    let count = |fact: bool| {
        let of = rows.iter().filter(move |r| r.fact == fact);
        (of.clone().count(), of.filter(|r| r.came).count())
    };
    let ((with, with_came), (without, without_came)) = (count(true), count(false));
    if with.min(without) < LEAST_ROWS || with_came.min(without_came) < LEAST_CAME {
        return None;
    }
    let (n1, n0) = (with as f64, without as f64);
    let (p1, p0) = (with_came as f64 / n1, without_came as f64 / n0);
    // What each subject adds to the logarithm of the lift, linearised.
    let mut parts: BTreeMap<i64, f64> = BTreeMap::new();
    for row in rows {
        let came = f64::from(u8::from(row.came));
        *parts.entry(row.subject).or_insert(0.0) += if row.fact {
            (came - p1) / (n1 * p1)
        } else {
            -(came - p0) / (n0 * p0)
        };
    }
    let error = parts.values().map(|u| u * u).sum::<f64>().sqrt();
    let ln = (p1 / p0).ln();
    let p = if error > 0.0 {
        beyond((ln / error).powi(2), 1)
    } else {
        1.0
    };
    Some(Lift {
        with,
        with_came,
        without,
        without_came,
        lift: p1 / p0,
        range: ((ln - Z * error).exp(), (ln + Z * error).exp()),
        alike: alike(rows),
        p: p.min(1.0),
    })
}

/// Mantel and Haenszel's ratio of shares over the strata.
fn alike(rows: &[Row]) -> Option<f64> {
    let mut strata: BTreeMap<u8, [f64; 4]> = BTreeMap::new();
    for row in rows {
        let cells = strata.entry(row.stratum).or_default();
        cells[usize::from(!row.fact) * 2 + usize::from(!row.came)] += 1.0;
    }
    let (mut above, mut below) = (0.0, 0.0);
    for [a, b, c, d] in strata.values() {
        let all = a + b + c + d;
        above += a * (c + d) / all;
        below += c * (a + b) / all;
    }
    (above > 0.0 && below > 0.0).then(|| above / below)
}

/// The p-values corrected for their number: the part of false finds among all up to each one (Benjamini and Hochberg 1995), in the
/// order given.
#[must_use]
pub fn corrected(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (at, i) in order.iter().enumerate() {
        let rank = (p.len() - at) as f64;
        least = least.min(p[*i] * p.len() as f64 / rank);
        q[*i] = least;
    }
    q
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn rows(cells: [(bool, bool, usize); 4], stratum: u8, from: i64) -> Vec<Row> {
        let mut all = vec![];
        for (fact, came, many) in cells {
            for _ in 0..many {
                all.push(Row {
                    subject: from + all.len() as i64,
                    stratum,
                    fact,
                    came,
                });
            }
        }
        all
    }

    #[test]
    fn the_interval_is_that_of_katz() {
        // 30 of 100 with, 10 of 100 without: 3, error of the logarithm √(70/3000 + 90/1000).
        let all = rows(
            [
                (true, true, 30),
                (true, false, 70),
                (false, true, 10),
                (false, false, 90),
            ],
            0,
            0,
        );
        let found = lift(&all).unwrap();
        assert!((found.lift - 3.0).abs() < 1e-12);
        let error = (1.0_f64 / 30.0 - 0.01 + 0.1 - 0.01).sqrt();
        assert!((found.range.0 - 3.0 * (-Z * error).exp()).abs() < 1e-9);
        assert!((found.range.1 - 3.0 * (Z * error).exp()).abs() < 1e-9);
        assert!((found.alike.unwrap() - 3.0).abs() < 1e-12, "one stratum");
        // z = 1.0986 / 0.3366 = 3.263: 0.0011.
        assert!((found.p - 0.0011).abs() < 5e-5, "{found:?}");
        assert_eq!(
            (found.with, found.with_came, found.without, found.without_came),
            (100, 30, 100, 10)
        );
    }

    #[test]
    fn the_same_subject_four_times_says_no_more_than_once() {
        let once = rows(
            [
                (true, true, 30),
                (true, false, 70),
                (false, true, 10),
                (false, false, 90),
            ],
            0,
            0,
        );
        let four: Vec<Row> = (0..4).flat_map(|_| once.clone()).collect();
        let (a, b) = (lift(&once).unwrap(), lift(&four).unwrap());
        assert!((a.lift - b.lift).abs() < 1e-12 && (a.range.0 - b.range.0).abs() < 1e-9 && (a.p - b.p).abs() < 1e-12);
        assert_eq!(b.with, 400);
    }

    #[test]
    fn a_fact_that_only_goes_with_the_kind_of_customer_vanishes_among_the_alike() {
        // Within each stratum the fact means nothing; the first has more of both.
        let mut all = rows(
            [
                (true, true, 60),
                (true, false, 60),
                (false, true, 20),
                (false, false, 20),
            ],
            1,
            0,
        );
        all.extend(rows(
            [
                (true, true, 4),
                (true, false, 36),
                (false, true, 12),
                (false, false, 108),
            ],
            2,
            10_000,
        ));
        let found = lift(&all).unwrap();
        assert!(found.lift > 1.9, "{found:?}");
        assert!((found.alike.unwrap() - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn few_rows_say_nothing() {
        let few = rows(
            [
                (true, true, 4),
                (true, false, 60),
                (false, true, 40),
                (false, false, 60),
            ],
            0,
            0,
        );
        assert_eq!(lift(&few), None);
        let short = rows(
            [(true, true, 9), (true, false, 9), (false, true, 40), (false, false, 60)],
            0,
            0,
        );
        assert_eq!(lift(&short), None);
    }

    #[test]
    fn the_correction_is_that_of_benjamini_and_hochberg() {
        // As R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "BH"): all 0.05.
        for q in corrected(&[0.01, 0.02, 0.03, 0.04, 0.05]) {
            assert!((q - 0.05).abs() < 1e-12);
        }
        let q = corrected(&[0.5, 0.001, 0.04]);
        assert!((q[0] - 0.5).abs() < 1e-12 && (q[1] - 0.003).abs() < 1e-12 && (q[2] - 0.06).abs() < 1e-12);
        assert!(corrected(&[]).is_empty());
    }
}
