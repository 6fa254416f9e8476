//! Which level an invoice has reached, and the words of a letter; pure.

use std::collections::BTreeSet;

/// A level of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub id: i64,
    pub days: i64,
}

/// Which level is due for an invoice: the one after the last it reached, when it is late enough for it, and when so many
/// days have passed since the last as lie between the two. `levels` are in order of their days; `used` are those reached
/// before; `since` are the days since the last.
pub(crate) fn due(levels: &[Level], used: &BTreeSet<i64>, since: Option<i64>, late: i64) -> Option<Level> {
    let last = levels.iter().rposition(|l| used.contains(&l.id));
    let next = levels.get(last.map_or(0, |i| i + 1)).copied()?;
    // A level that was taken out of the plan still counts as reached.
    if last.is_none() && !used.is_empty() && since.is_some_and(|s| s < next.days) {
        return None;
    }
    let gap = last.and_then(|i| levels.get(i)).map_or(0, |l| next.days - l.days);
    (late >= next.days && since.is_none_or(|s| s >= gap)).then_some(next)
}

/// Placeholders of a letter.
pub(crate) const PLACES: [&str; 9] = [
    "customer", "company", "date", "number", "amount", "fee", "total", "days", "invoices",
];

/// The first placeholder that nobody knows.
pub(crate) fn unknown(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, more)) = after.split_once('}') else {
            return Some("{".to_owned());
        };
        if !PLACES.contains(&name.trim()) {
            return Some(name.chars().take(40).collect());
        }
        rest = more;
    }
    None
}

/// Does the letter use a placeholder?
pub(crate) fn names(text: &str, place: &str) -> bool {
    text.split('{')
        .skip(1)
        .any(|after| after.split('}').next().map(str::trim) == Some(place))
}

/// The letter with its facts.
pub(crate) fn fill(text: &str, facts: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(text.len() + 200);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, more)) => {
                match facts.iter().find(|f| f.0 == name.trim()) {
                    Some((_, value)) => out.push_str(value),
                    None => {
                        out.push('{');
                        out.push_str(name);
                        out.push('}');
                    }
                }
                rest = more;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAN: [Level; 3] = [
        Level { id: 1, days: 7 },
        Level { id: 2, days: 21 },
        Level { id: 3, days: 45 },
    ];

    #[test]
    fn level_after_level_with_the_days_between() {
        let used = |ids: &[i64]| ids.iter().copied().collect::<BTreeSet<i64>>();
        let id = |u: &[i64], since, late| due(&PLAN, &used(u), since, late).map(|l| l.id);
        assert_eq!(id(&[], None, 6), None);
        assert_eq!(id(&[], None, 7), Some(1));
        assert_eq!(id(&[], None, 300), Some(1), "nobody starts with the last warning");
        assert_eq!(
            id(&[1], Some(0), 300),
            None,
            "fourteen days lie between the first and the second"
        );
        assert_eq!(id(&[1], Some(14), 300), Some(2));
        assert_eq!(id(&[1], Some(14), 20), None);
        assert_eq!(id(&[1, 2], Some(24), 45), Some(3));
        assert_eq!(id(&[1, 2, 3], Some(400), 400), None);
        assert_eq!(id(&[9], Some(3), 400), None, "a level that is no longer in the plan");
        assert_eq!(id(&[9], Some(7), 400), Some(1));
    }

    #[test]
    fn letters_are_filled_and_strange_places_are_told() {
        let facts = [("customer", "Acme".to_owned()), ("amount", "¥5".to_owned())];
        assert_eq!(fill("Dear {customer}: { amount } {", &facts), "Dear Acme: ¥5 {");
        assert_eq!(unknown("{customer} {date}"), None);
        assert_eq!(unknown("{customer} {iban}").as_deref(), Some("iban"));
        assert_eq!(unknown("{customer").as_deref(), Some("{"));
        assert!(names("a { invoices } b", "invoices") && !names("invoices {total}", "invoices"));
    }

    proptest! {
        /// Day by day, whatever the plan: no level comes twice, they come in order, none before its days.
        #[test]
        fn no_level_comes_twice(mut days in prop::collection::vec(1_i64..60, 1..6), looks in prop::collection::vec(any::<bool>(), 150)) {
            days.sort_unstable();
            days.dedup();
            let plan: Vec<Level> = days.iter().zip(1..).map(|(d, id)| Level { id, days: *d }).collect();
            let (mut used, mut last, mut got) = (BTreeSet::new(), None, vec![]);
            for (day, look) in looks.iter().enumerate() {
                let day = i64::try_from(day).unwrap();
                if !look {
                    continue;
                }
                if let Some(l) = due(&plan, &used, last.map(|l: i64| day - l), day) {
                    prop_assert!(used.insert(l.id) && day >= l.days);
                    last = Some(day);
                    got.push(l.id);
                }
            }
            prop_assert!(got.windows(2).all(|w| w[1] == w[0] + 1));
        }
    }
}
