//! The first judgement of a process, by rules that everybody can check.

use crate::report::Sum;

/// Fewer ended cases say nothing.
pub(crate) const LEAST: i64 = 10;

/// What the rules say, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Keep, change, drop; `few` when there are too few cases.
    pub word: &'static str,
    /// What speaks for it, the gravest first.
    pub why: Vec<&'static str>,
}

/// `part` of `whole` in per cent, rounded down.
fn percent(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| part * 100 / whole)
}

/// Keep: at least 80 % of the customers who answered were satisfied, at most 25 % of the ended cases needed another round, at
/// most 20 % were late. Drop: not half were satisfied, and those who had a case bought again more seldom than the customers of
/// all processes, by ten points or more. Otherwise change, for what is wrong.
pub(crate) fn judge(s: &Sum, all: &Sum) -> Judgement {
    let ended = s.n - s.open;
    if ended < LEAST {
        return Judgement {
            word: "few",
            why: vec![],
        };
    }
    let answered = s.satisfied + s.unsatisfied;
    let satisfied = percent(s.satisfied, answered);
    let again = |s: &Sum| percent(s.again.0 + s.again_not.0, s.again.1 + s.again_not.1);
    let mut why = vec![];
    if satisfied.is_some_and(|p| p < 80) {
        why.push("unsatisfied");
    }
    if percent(s.unsatisfied, ended).is_some_and(|p| p > 25) {
        why.push("rework");
    }
    if percent(s.late, s.n).is_some_and(|p| p > 20) {
        why.push("late");
    }
    let lost = matches!((again(s), again(all)), (Some(own), Some(all)) if own + 10 <= all);
    if lost {
        why.push("lost");
    }
    let word = match (why.is_empty(), lost && satisfied.is_some_and(|p| p < 50)) {
        (true, _) => "keep",
        (false, true) => "drop",
        (false, false) => "change",
    };
    if why.is_empty() {
        why.push("well");
    }
    Judgement { word, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(satisfied: i64, unsatisfied: i64, late: i64, again: (i64, i64)) -> Sum {
        Sum {
            n: 20,
            satisfied,
            unsatisfied,
            late,
            again,
            ..Sum::default()
        }
    }

    #[test]
    fn a_process_is_judged_by_what_it_gives() {
        let all = sum(0, 0, 0, (60, 100));
        let word = |s: &Sum| judge(s, &all).word;
        assert_eq!(word(&sum(18, 2, 2, (12, 20))), "keep");
        let slow = judge(&sum(18, 2, 9, (12, 20)), &all);
        assert_eq!((slow.word, slow.why), ("change", vec!["late"]));
        let redone = judge(&sum(15, 8, 0, (12, 20)), &all);
        assert_eq!((redone.word, redone.why), ("change", vec!["unsatisfied", "rework"]));
        let bad = judge(&sum(6, 14, 3, (8, 20)), &all);
        assert_eq!((bad.word, bad.why), ("drop", vec!["unsatisfied", "rework", "lost"]));
        assert_eq!(
            word(&Sum {
                open: 11,
                ..sum(9, 0, 0, (0, 0))
            }),
            "few"
        );
    }
}
