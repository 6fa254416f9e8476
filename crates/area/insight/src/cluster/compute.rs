//! Grouping customers; pure, in the threads for long work.

use super::indicators::{INDICATORS, flattened, values};
use super::report::{Group, Report, Row};
use crate::life::Gathered;
use crate::model::{float, whole};
use std::collections::HashMap;
use zhike_value::cluster::{self, Clusters, Scale, Settings, Tried};

/// Numbers of groups that are tried.
pub const TRIED: std::ops::RangeInclusive<usize> = 2..=8;
/// Customers without which nothing is grouped.
pub const LEAST: usize = 60;
/// Customers from whom the groups are found, at most; all are assigned.
const MOST: usize = 20_000;
/// Deviations from the mean from which on a middle is told as a mark of its group.
pub const MARK: f64 = 0.5;
/// Marks told of a group.
const MARKS: usize = 3;

/// Everything that is read.
pub struct Asked {
    /// What customers did.
    pub found: Gathered,
    /// Different products of each in the last twelve months.
    pub breadth: HashMap<i64, i64>,
    /// The number of groups that the house chose.
    pub k: Option<usize>,
    /// The groups before: number and middle in natural (flattened) values.
    pub before: Vec<(i64, Vec<f64>)>,
}

/// Groups them.
pub fn compute(asked: &Asked) -> (Report, Vec<Row>) {
    let found = &asked.found;
    let (parties, natural): (Vec<i64>, Vec<Vec<f64>>) = found
        .lives
        .iter()
        .filter_map(|(party, life)| {
            let breadth = asked.breadth.get(party).copied().unwrap_or(0);
            Some((*party, values(life, breadth, found.span.1)?))
        })
        .unzip();
    let mut report = Report {
        from: found.from,
        to: found.to,
        customers: parties.len(),
        refused: true,
        tried: vec![],
        proposed: None,
        k: 0,
        chosen: false,
        scales: vec![],
        apart: vec![],
        medians: vec![],
        groups: vec![],
    };
    if parties.len() < LEAST {
        return (report, vec![]);
    }
    let flat: Vec<Vec<f64>> = natural.iter().map(|v| flattened(v)).collect();
    let scales = cluster::scales(&flat, INDICATORS.len());
    let points: Vec<Vec<f64>> = flat.iter().map(|v| cluster::scaled(v, &scales)).collect();
    let step = points.len().div_ceil(MOST).max(1);
    let sample: Vec<Vec<f64>> = points.iter().step_by(step).cloned().collect();
    let settings = Settings::default();
    let mut all: Vec<(Tried, Clusters)> = TRIED.filter_map(|k| cluster::attempt(&sample, k, &settings)).collect();
    report.tried = all.iter().map(|a| a.0).collect();
    report.proposed = cluster::proposed(&report.tried).map(|t| t.k);
    let wanted = asked.k.filter(|k| report.tried.iter().any(|t| t.k == *k));
    let Some(k) = wanted.or(report.proposed) else {
        return (report, vec![]);
    };
    let Some(at) = all.iter().position(|a| a.0.k == k) else {
        return (report, vec![]);
    };
    let centres = all.swap_remove(at).1.centres;
    report.refused = false;
    report.k = k;
    report.chosen = wanted.is_some();
    let numbers = numbered(&centres, &scales, &asked.before);
    let near: Vec<(usize, f64)> = points.iter().map(|p| cluster::nearest(p, &centres)).collect();
    report.apart = apart(&points, &near, centres.len());
    report.medians = medians(natural.iter());
    report.groups = groups(&natural, &points, &near, &numbers);
    report.scales = scales;
    let rows = parties
        .iter()
        .zip(&near)
        .map(|(party, (label, d))| Row {
            party: *party,
            group: numbers.get(*label).copied().unwrap_or(0),
            away: whole(d.sqrt() * 1e3),
        })
        .collect();
    (report, rows)
}

/// Numbers from 1 on; a group like one of before has its number.
fn numbered(centres: &[Vec<f64>], scales: &[Scale], before: &[(i64, Vec<f64>)]) -> Vec<i64> {
    let old: Vec<Vec<f64>> = before.iter().map(|b| cluster::scaled(&b.1, scales)).collect();
    let found = cluster::matched(centres, &old);
    let mut numbers: Vec<Option<i64>> = found
        .iter()
        .map(|o| o.and_then(|o| before.get(o)).map(|b| b.0))
        .collect();
    let mut next = 1;
    for at in 0..numbers.len() {
        if numbers.get(at).is_some_and(Option::is_none) {
            while numbers.contains(&Some(next)) {
                next += 1;
            }
            if let Some(slot) = numbers.get_mut(at) {
                *slot = Some(next);
            }
        }
    }
    numbers.into_iter().flatten().collect()
}

fn medians<'a>(rows: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let rows: Vec<&Vec<f64>> = rows.collect();
    (0..INDICATORS.len())
        .map(|c| {
            let mut all: Vec<f64> = rows.iter().filter_map(|r| r.get(c)).copied().collect();
            all.sort_unstable_by(f64::total_cmp);
            let half = all.len() / 2;
            match (all.get(half), all.len() % 2) {
                (Some(middle), 1) => *middle,
                (Some(upper), _) => f64::midpoint(*upper, all.get(half.wrapping_sub(1)).copied().unwrap_or(*upper)),
                (None, _) => 0.0,
            }
        })
        .collect()
}

/// Mean of each group in each column.
fn means(points: &[Vec<f64>], near: &[(usize, f64)], k: usize) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut sums = vec![vec![0.0; INDICATORS.len()]; k];
    let mut counts = vec![0_usize; k];
    for (point, (label, _)) in points.iter().zip(near) {
        if let (Some(sum), Some(count)) = (sums.get_mut(*label), counts.get_mut(*label)) {
            *count += 1;
            sum.iter_mut().zip(point).for_each(|(s, v)| *s += v);
        }
    }
    for (sum, count) in sums.iter_mut().zip(&counts) {
        let n = float(i64::try_from(*count).unwrap_or(1).max(1));
        sum.iter_mut().for_each(|s| *s /= n);
    }
    (sums, counts)
}

/// Part of the variation of each column between the groups.
fn apart(points: &[Vec<f64>], near: &[(usize, f64)], k: usize) -> Vec<f64> {
    let (means, counts) = means(points, near, k);
    let n = float(i64::try_from(points.len()).unwrap_or(1).max(1));
    (0..INDICATORS.len())
        .map(|c| {
            let of = |row: &Vec<f64>| row.get(c).copied().unwrap_or(0.0);
            let mean = points.iter().map(of).sum::<f64>() / n;
            let total: f64 = points.iter().map(|p| (of(p) - mean).powi(2)).sum();
            let between: f64 = means
                .iter()
                .zip(&counts)
                .map(|(m, count)| float(i64::try_from(*count).unwrap_or(0)) * (of(m) - mean).powi(2))
                .sum();
            if total > 0.0 { between / total } else { 0.0 }
        })
        .collect()
}

fn groups(natural: &[Vec<f64>], points: &[Vec<f64>], near: &[(usize, f64)], numbers: &[i64]) -> Vec<Group> {
    let (means, counts) = means(points, near, numbers.len());
    let mut all: Vec<Group> = means
        .into_iter()
        .zip(counts)
        .zip(numbers)
        .enumerate()
        .map(|(label, ((centre, customers), number))| {
            let own = || natural.iter().zip(near).filter(|(_, n)| n.0 == label).map(|(v, _)| v);
            Group {
                number: *number,
                customers,
                marks: cluster::marks(&centre, MARK, MARKS),
                medians: medians(own()),
                sales: own().filter_map(|v| v.first()).map(|v| whole(*v)).sum(),
                centre,
            }
        })
        .collect();
    all.sort_by_key(|g| g.number);
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::life::Life;
    use zhike_lake::behaviour::Traded;

    /// Two kinds: some buy much every week, some little twice a year.
    fn asked(reversed: bool, before: Vec<(i64, Vec<f64>)>) -> Asked {
        let mut found = Gathered {
            span: (0, 1_000),
            ..Gathered::default()
        };
        for i in 0..90_i64 {
            let party = if reversed { 1_000 - i } else { i + 1 };
            let (every, amount) = if i % 3 == 0 { (7, 500_000) } else { (170, 20_000) };
            let mut life = Life::default();
            let mut day = 300 + i;
            while day <= 1_000 {
                life.traded.push(Traded {
                    party,
                    day,
                    lines: 1,
                    sold: amount + 1_000 * (i % 7),
                    discount: 0,
                    returned: 0,
                });
                day += every;
            }
            found.lives.insert(party, life);
        }
        Asked {
            found,
            breadth: HashMap::new(),
            k: Some(2),
            before,
        }
    }

    #[test]
    fn kinds_are_found_named_and_keep_their_numbers() {
        let (report, rows) = compute(&asked(false, vec![]));
        assert!(!report.refused && report.k == 2 && rows.len() == 90, "{report:?}");
        let sizes: Vec<usize> = report.groups.iter().map(|g| g.customers).collect();
        assert_eq!(sizes, [60, 30], "the largest is number 1");
        for row in &rows {
            assert_eq!(row.group, if (row.party - 1) % 3 == 0 { 2 } else { 1 });
        }
        let big = report.group(2).unwrap();
        let marks: Vec<(&str, bool)> = big.marks.iter().map(|m| (INDICATORS[m.0], m.1 > 0.0)).collect();
        assert!(
            marks.contains(&("orders", true)) && marks.contains(&("sales", true)),
            "{marks:?}"
        );
        assert!(report.apart[0] > 0.9, "{:?}", report.apart);
        // Whoever the customers are and in whatever order they come, the groups are the same.
        let (other, _) = compute(&asked(true, vec![]));
        assert_eq!(report.tried, other.tried);
        assert_eq!(sizes, other.groups.iter().map(|g| g.customers).collect::<Vec<_>>());
        // A group like the one that was number 7 is number 7.
        let middle = |number: i64| {
            let g = report.group(number).unwrap();
            let flat = g
                .centre
                .iter()
                .zip(&report.scales)
                .map(|(z, s)| s.mean + z * s.deviation);
            flat.collect::<Vec<f64>>()
        };
        let (again, _) = compute(&asked(false, vec![(7, middle(2)), (1, middle(1))]));
        assert_eq!(again.groups.iter().map(|g| g.number).collect::<Vec<_>>(), [1, 7]);
        assert_eq!(again.group(7).unwrap().customers, 30);
    }

    #[test]
    fn few_customers_are_not_grouped() {
        let mut few = asked(false, vec![]);
        few.found.lives.retain(|party, _| *party <= 50);
        let (report, rows) = compute(&few);
        assert!(report.refused && rows.is_empty() && report.groups.is_empty());
    }
}
