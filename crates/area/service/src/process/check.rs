//! What a process must be before it is published.

use super::{Act, Definition, Kind, Way};
use serde_json::Value as Json;

/// Something that stands against publishing: the step (none: the whole), and the sentence's key.
pub(crate) type Problem = (Option<usize>, &'static str);

const MOST_STEPS: usize = 30;

fn form_problem(def: &Definition, i: usize) -> Option<&'static str> {
    let fields = &def.steps.get(i)?.fields;
    for (n, f) in fields.iter().enumerate() {
        let twice = fields.iter().take(n).any(|o| o.key == f.key);
        if f.key.is_empty() || f.label.is_empty() || twice {
            return Some("error-process-field");
        }
        if f.kind == Kind::Choice && f.choices.is_empty() {
            return Some("error-process-choices");
        }
    }
    None
}

/// Everything that is wrong; `known` tells whether a condition can be asked of a case.
pub(crate) fn problems(def: &Definition, kind: &str, known: &dyn Fn(&Json) -> bool) -> Vec<Problem> {
    let mut out: Vec<Problem> = vec![];
    if def.steps.is_empty() || def.steps.len() > MOST_STEPS {
        out.push((None, "error-process-steps"));
    }
    if !(1..=120).contains(&def.no_answer_days) || !(0..def.no_answer_days).contains(&def.warn_days) {
        out.push((None, "error-process-days"));
    }
    let first = |act: Act| def.steps.iter().position(|s| s.act == act);
    for (i, s) in def.steps.iter().enumerate() {
        let mut wrong = |code| out.push((Some(i), code));
        if s.name.trim().is_empty() || s.key.is_empty() || def.steps.iter().take(i).any(|o| o.key == s.key) {
            wrong("error-process-name");
        }
        if s.act != Act::Verdict && !(1..=100_000).contains(&s.minutes) {
            wrong("error-process-minutes");
        }
        if s.alarm.handler < 0 || s.alarm.manager < s.alarm.handler || s.alarm.manager > 100_000 {
            wrong("error-process-alarm");
        }
        let whos = std::iter::once(&s.who).chain(s.turns.iter().filter_map(|t| t.who.as_ref()));
        for who in whos {
            let group = who.role.is_some() || who.team.is_some();
            let needs = matches!(who.way, Way::Role | Way::Round | Way::Least);
            if who.way == Way::Person && who.user.is_none() || needs && !group {
                wrong("error-process-who");
            }
        }
        if s.turns
            .iter()
            .any(|t| t.minutes.is_some_and(|m| !(1..=100_000).contains(&m)))
        {
            wrong("error-process-minutes");
        }
        if !s.when.is_null() && !known(&s.when) || s.turns.iter().any(|t| !known(&t.when)) {
            wrong("error-process-condition");
        }
        if let Some(code) = form_problem(def, i) {
            out.push((Some(i), code));
        }
    }
    let (solve, tell, verdict) = (first(Act::Solve), first(Act::Tell), first(Act::Verdict));
    for act in [Act::Solve, Act::Tell, Act::Verdict] {
        if def.steps.iter().filter(|s| s.act == act).count() > 1 {
            out.push((None, "error-process-twice"));
        }
    }
    // The customer is told a solution, and judges what they were told.
    if tell.is_some() && (solve.is_none() || solve > tell) || verdict.is_some() && (tell.is_none() || tell > verdict) {
        out.push((None, "error-process-order"));
    }
    if kind == "complaint" && (solve.is_none() || tell.is_none() || verdict.is_none()) {
        out.push((None, "error-process-complaint"));
    }
    if verdict.is_some_and(|v| v + 1 != def.steps.len()) {
        out.push((None, "error-process-last"));
    }
    // What the loop stands on is left out for nobody.
    let loops = [solve, tell, verdict].into_iter().flatten();
    if verdict.is_some()
        && loops
            .into_iter()
            .any(|i| def.steps.get(i).is_some_and(|s| !s.when.is_null()))
    {
        out.push((None, "error-process-always"));
    }
    if verdict.is_some() && def.place(&def.again).is_none_or(|a| solve.is_none_or(|s| a > s)) {
        out.push((None, "error-process-again"));
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    const READY: [(&str, &str); 6] = [
        ("complaint", include_str!("../../processes/complaint.json")),
        ("enquiry", include_str!("../../processes/enquiry.json")),
        ("return", include_str!("../../processes/return.json")),
        ("repair", include_str!("../../processes/repair.json")),
        ("contract", include_str!("../../processes/contract.json")),
        ("improvement", include_str!("../../processes/improvement.json")),
    ];

    #[test]
    fn what_is_delivered_can_be_published() {
        for (kind, text) in READY {
            let def = Definition::read(text).unwrap();
            assert_eq!(problems(&def, kind, &|_| true), [], "{kind}");
            assert_eq!(problems(&Definition::begin(kind), kind, &|_| true), [], "{kind}");
        }
    }

    #[test]
    fn a_complaint_cannot_do_without_the_customer() {
        let full = Definition::read(READY[0].1).unwrap();
        let without = |act: Act| {
            let mut d = full.clone();
            d.steps.retain(|s| s.act != act);
            problems(&d, "complaint", &|_| true)
        };
        assert!(without(Act::Verdict).contains(&(None, "error-process-complaint")));
        assert!(without(Act::Tell).contains(&(None, "error-process-order")));
        let mut d = full.clone();
        d.steps[3].when = serde_json::json!({"conditions": ["urgency:is:high"]});
        assert!(problems(&d, "complaint", &|_| true).contains(&(None, "error-process-always")));
        let mut d = full.clone();
        d.steps.swap(1, 2);
        assert!(problems(&d, "complaint", &|_| true).contains(&(None, "error-process-order")));
        let mut d = full;
        d.again = "tell".into();
        assert!(problems(&d, "complaint", &|_| true).contains(&(None, "error-process-again")));
    }

    #[test]
    fn time_is_halved_but_never_below_a_quarter_of_an_hour() {
        let d = Definition::default();
        assert_eq!([1, 2, 3, 9].map(|r| d.minutes(480, r)), [480, 240, 120, 15]);
        assert_eq!(d.minutes(10, 3), 10);
    }
}
