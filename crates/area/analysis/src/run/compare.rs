//! What is different between two results: rows that came, rows that went, numbers that changed.

use crate::chain::Col;
use std::collections::HashMap;
use zhike_kernel::Value;

/// So many differences are told.
pub(crate) const MOST: usize = 100;

/// A row that is different.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// `came`, `went` or `changed`.
    pub what: &'static str,
    /// The row now, or as it was.
    pub row: Vec<Value>,
    /// Column, before, now.
    pub cells: Vec<(usize, Value, Value)>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Difference {
    pub came: usize,
    pub went: usize,
    pub changed: usize,
    pub same: usize,
    /// The greatest changes first.
    pub lines: Vec<Line>,
}

type Rows = [Vec<Value>];

/// Compares two results of the same columns. Rows are told apart by the columns marked as keys, else by all that are no numbers.
pub(crate) fn compare(cols: &[Col], before: &Rows, now: &Rows) -> Difference {
    let marked: Vec<usize> = places(cols, |c| c.key);
    let keys = if marked.is_empty() {
        places(cols, |c| !c.kind.is_number())
    } else {
        marked
    };
    let key = |row: &Vec<Value>| -> Vec<String> {
        keys.iter()
            .map(|i| row.get(*i).map_or_else(String::new, |v| v.json().to_string()))
            .collect()
    };
    let mut old: HashMap<Vec<String>, Vec<&Vec<Value>>> = HashMap::new();
    for row in before.iter().rev() {
        old.entry(key(row)).or_default().push(row);
    }
    let mut out = Difference::default();
    let mut lines: Vec<(i128, Line)> = vec![];
    for row in now {
        let was = old.get_mut(&key(row)).and_then(Vec::pop);
        let Some(was) = was else {
            out.came += 1;
            lines.push((weight(cols, row, None), line("came", row, vec![])));
            continue;
        };
        let cells: Vec<(usize, Value, Value)> = was
            .iter()
            .zip(row)
            .enumerate()
            .filter(|(_, (a, b))| a != b)
            .map(|(i, (a, b))| (i, a.clone(), b.clone()))
            .collect();
        if cells.is_empty() {
            out.same += 1;
        } else {
            out.changed += 1;
            lines.push((weight(cols, row, Some(was)), line("changed", row, cells)));
        }
    }
    for row in before {
        // What was not met again went.
        if let Some(left) = old.get_mut(&key(row))
            && let Some(place) = left.iter().position(|r| std::ptr::eq(*r, row))
        {
            left.remove(place);
            out.went += 1;
            lines.push((weight(cols, row, None), line("went", row, vec![])));
        }
    }
    lines.sort_by_key(|l| std::cmp::Reverse(l.0));
    out.lines = lines.into_iter().take(MOST).map(|l| l.1).collect();
    out
}

fn line(what: &'static str, row: &[Value], cells: Vec<(usize, Value, Value)>) -> Line {
    Line {
        what,
        row: row.to_vec(),
        cells,
    }
}

fn places(cols: &[Col], is: impl Fn(&Col) -> bool) -> Vec<usize> {
    (0..cols.len()).filter(|i| cols.get(*i).is_some_and(&is)).collect()
}

/// How much the first amount (else the first number) changed.
fn weight(cols: &[Col], now: &[Value], was: Option<&Vec<Value>>) -> i128 {
    let money = cols.iter().position(|c| c.kind == crate::chain::Kind::Money);
    let place = money
        .or_else(|| cols.iter().position(|c| c.kind.is_number() && !c.key))
        .unwrap_or(0);
    let int = |row: &[Value]| row.get(place).and_then(Value::int).map_or(0, i128::from);
    (int(now) - was.map_or(0, |w| int(w))).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{Kind, Label};

    fn cols() -> Vec<Col> {
        let col = |name: &str, kind| Col::new(name, kind, Label::Named(name.into()));
        vec![col("month", Kind::Text).key(), col("net", Kind::Money)]
    }
    fn rows(pairs: &[(&str, i64)]) -> Vec<Vec<Value>> {
        pairs.iter().map(|(k, n)| vec![(*k).into(), (*n).into()]).collect()
    }

    #[test]
    fn what_came_went_and_changed_is_told_the_greatest_first() {
        let d = compare(
            &cols(),
            &rows(&[("a", 5), ("b", 7), ("c", 1)]),
            &rows(&[("a", 5), ("b", 900), ("d", 30)]),
        );
        assert_eq!((d.came, d.went, d.changed, d.same), (1, 1, 1, 1));
        let told: Vec<&str> = d.lines.iter().map(|l| l.what).collect();
        assert_eq!(told, ["changed", "came", "went"]);
        let changed: Vec<_> = d.lines.iter().flat_map(|l| l.cells.clone()).collect();
        assert_eq!(changed, [(1, 7.into(), 900.into())]);
    }

    #[test]
    fn rows_that_are_alike_are_matched_one_by_one() {
        let d = compare(
            &cols(),
            &rows(&[("a", 5), ("a", 5)]),
            &rows(&[("a", 5), ("a", 5), ("a", 6)]),
        );
        assert_eq!((d.came, d.went, d.changed, d.same), (1, 0, 0, 2));
        assert_eq!(compare(&cols(), &[], &[]), Difference::default());
    }
}
