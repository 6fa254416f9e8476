//! Sums over cases.

use zhike_kernel::Date;

/// A case as it is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub group: String,
    pub status: String,
    pub party: Option<i64>,
    pub rounds: i64,
    /// Business minutes until it ended.
    pub minutes: Option<i64>,
    pub closed: Option<Date>,
    pub cost: i64,
    /// What its orders brought.
    pub revenue: i64,
    pub worked: i64,
    pub month: String,
    pub late: bool,
    /// The customer bought again; not known while the days run.
    pub again: Option<bool>,
}

/// Some cases together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub n: i64,
    pub open: i64,
    /// Of those that ended.
    pub median: Option<i64>,
    pub late: i64,
    pub rounds: i64,
    pub satisfied: i64,
    pub no_answer: i64,
    /// Rounds that ended in "not satisfied".
    pub unsatisfied: i64,
    pub cost: i64,
    pub revenue: i64,
    pub worked: i64,
    /// Bought again, of how many: ended as satisfied; and otherwise.
    pub again: (i64, i64),
    pub again_not: (i64, i64),
    /// The same for those that ended within a working day of eight hours, and for slower ones.
    pub fast: (i64, i64),
    pub slow: (i64, i64),
}

pub(crate) fn median(mut all: Vec<i64>) -> Option<i64> {
    all.sort_unstable();
    let n = all.len();
    match (all.get(n / 2), n % 2 == 1) {
        (Some(m), true) => Some(*m),
        (Some(m), false) => all.get(n / 2 - 1).map(|l| (l + m) / 2),
        (None, _) => None,
    }
}

impl Sum {
    pub(crate) fn of(all: &[&Line]) -> Sum {
        let mut s = Sum {
            median: median(all.iter().filter_map(|l| l.minutes).collect()),
            ..Sum::default()
        };
        for l in all {
            s.n += 1;
            s.late += i64::from(l.late);
            s.rounds += l.rounds;
            s.unsatisfied += l.rounds - 1;
            s.cost = s.cost.saturating_add(l.cost);
            s.revenue = s.revenue.saturating_add(l.revenue);
            s.worked += l.worked;
            match l.status.as_str() {
                "satisfied" => s.satisfied += 1,
                "no_answer" => s.no_answer += 1,
                "done" => {}
                _ => s.open += 1,
            }
            if let Some(again) = l.again {
                let add = |pair: &mut (i64, i64)| {
                    pair.0 += i64::from(again);
                    pair.1 += 1;
                };
                add(if l.status == "satisfied" {
                    &mut s.again
                } else {
                    &mut s.again_not
                });
                add(if l.minutes.is_some_and(|m| m <= 480) {
                    &mut s.fast
                } else {
                    &mut s.slow
                });
            }
        }
        s
    }
}

/// The limit under which four of five of these amounts would have been within it; from three amounts on.
pub(crate) fn better_limit(mut agreed: Vec<i64>) -> Option<i64> {
    if agreed.len() < 3 {
        return None;
    }
    agreed.sort_unstable();
    agreed.get((agreed.len() * 4).div_ceil(5) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_summed_as_one_would_by_hand() {
        let line = |status: &str, minutes: Option<i64>, rounds, late, again| Line {
            status: status.into(),
            minutes,
            rounds,
            late,
            again,
            cost: 100,
            ..Line::default()
        };
        let all = [
            line("satisfied", Some(100), 1, false, Some(true)),
            line("satisfied", Some(900), 2, true, Some(false)),
            line("no_answer", Some(300), 1, false, Some(false)),
            line("working", None, 3, true, None),
        ];
        let s = Sum::of(&all.iter().collect::<Vec<_>>());
        assert_eq!(
            (s.n, s.open, s.satisfied, s.no_answer, s.late, s.rounds, s.unsatisfied),
            (4, 1, 2, 1, 2, 7, 3)
        );
        assert_eq!((s.median, s.cost), (Some(300), 400));
        assert_eq!((s.again, s.again_not, s.fast, s.slow), ((1, 2), (0, 1), (1, 2), (0, 1)));
        assert_eq!(median(vec![4, 1]), Some(2));
        assert_eq!(Sum::of(&[]).median, None);
    }

    #[test]
    fn a_better_limit_covers_four_of_five() {
        assert_eq!(better_limit(vec![5, 1, 4, 2, 3]), Some(4));
        assert_eq!(better_limit(vec![9, 9]), None);
    }
}
