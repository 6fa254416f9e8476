//! The rules of choosing against brute force over all choices of small products.

use super::*;
use proptest::prelude::*;

fn model() -> impl Strategy<Value = Model> {
    (2_usize..9).prop_flat_map(|n| {
        let cuts = proptest::collection::vec(0..4_usize, n);
        let bounds = proptest::collection::vec((0_usize..3, 0_usize..3), 4);
        let rules = proptest::collection::vec(
            (proptest::collection::vec(0..n, 1..4), proptest::option::of(0..n)),
            0..9,
        );
        (cuts, bounds, rules).prop_map(move |(cuts, bounds, rules)| Model {
            options: n,
            groups: bounds
                .into_iter()
                .enumerate()
                .map(|(g, (least, more))| Group {
                    members: (0..n).filter(|o| cuts[*o] == g).collect(),
                    least,
                    most: least + more,
                })
                .filter(|g| !g.members.is_empty())
                .collect(),
            rules: rules.into_iter().map(|(all, then)| Rule { all, then }).collect(),
        })
    })
}

fn every(model: &Model) -> Vec<Vec<usize>> {
    (0..1_usize << model.options)
        .map(|bits| (0..model.options).filter(|o| bits >> o & 1 == 1).collect())
        .collect()
}

/// Valid choices by definition, written without the code under test.
fn valid(model: &Model, parts: &[Part], choice: &[usize]) -> bool {
    parts.iter().all(|part| match part {
        Part::Group(i) => {
            let n = model.groups[*i].members.iter().filter(|o| choice.contains(o)).count();
            (model.groups[*i].least..=model.groups[*i].most).contains(&n)
        }
        Part::Rule(i) => {
            let r = &model.rules[*i];
            !r.all.iter().all(|o| choice.contains(o)) || r.then.is_some_and(|o| choice.contains(&o))
        }
    })
}

fn possible(model: &Model, parts: &[Part], yes: &[usize], no: &[usize]) -> bool {
    every(model)
        .iter()
        .any(|c| yes.iter().all(|o| c.contains(o)) && no.iter().all(|o| !c.contains(o)) && valid(model, parts, c))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_breaks_a_rule_is_called_valid(m in model()) {
        let parts: Vec<Part> = m.parts().collect();
        for choice in every(&m) {
            prop_assert_eq!(m.broken(&choice).is_empty(), valid(&m, &parts, &choice), "{:?}", choice);
            for part in m.broken(&choice) {
                prop_assert!(!valid(&m, &[part], &choice));
            }
        }
    }

    #[test]
    fn forced_and_forbidden_are_exactly_so(m in model(), seed in 0_usize..512) {
        let parts: Vec<Part> = m.parts().collect();
        let chosen: Vec<usize> = (0..m.options).filter(|o| seed >> o & 1 == 1).collect();
        let found = analyse(&m, &chosen);
        let alive = possible(&m, &parts, &chosen, &[]);
        prop_assert_eq!(found.dead.is_none(), alive);
        for option in (0..m.options).filter(|o| !chosen.contains(o)) {
            let rivals = m.group_of(option).map(|g| &m.groups[g]).filter(|g| g.most == 1);
            let mut rest: Vec<usize> = chosen.iter().copied().filter(|o| rivals.is_none_or(|g| !g.members.contains(o))).collect();
            let base = alive && possible(&m, &parts, &rest, &[]);
            rest.push(option);
            let forbidden = base && !possible(&m, &parts, &rest, &[]);
            prop_assert_eq!(found.forbidden.iter().any(|f| f.0 == option), forbidden, "option {}", option);
            let forced = alive && !possible(&m, &parts, &chosen, &[option]);
            prop_assert_eq!(found.forced.iter().any(|f| f.0 == option), forced, "option {}", option);
        }
        // Each reason is a set that cannot hold, and nothing in it is idle.
        let mut reasons: Vec<(&Why, Vec<usize>, Vec<usize>)> = found.dead.iter().map(|w| (w, w.choices.clone(), vec![])).collect();
        reasons.extend(found.forbidden.iter().map(|(_, w)| (w, w.choices.clone(), vec![])));
        reasons.extend(found.forced.iter().map(|(o, w)| (w, w.choices.clone(), vec![*o])));
        for (why, yes, no) in reasons {
            prop_assert!(!possible(&m, &why.parts, &yes, &no), "{:?}", why);
            for part in &why.parts {
                let less: Vec<Part> = why.parts.iter().copied().filter(|p| p != part).collect();
                prop_assert!(possible(&m, &less, &yes, &no), "{:?} is idle in {:?}", part, why);
            }
            for choice in &yes {
                let less: Vec<usize> = yes.iter().copied().filter(|o| o != choice).collect();
                prop_assert!(possible(&m, &why.parts, &less, &no), "{} is idle in {:?}", choice, why);
            }
        }
    }

    #[test]
    fn what_is_completed_is_valid_and_keeps_the_choice(m in model(), seed in 0_usize..512, wish in 0_usize..512) {
        let parts: Vec<Part> = m.parts().collect();
        let pick = |bits: usize| (0..m.options).filter(|o| bits >> o & 1 == 1).collect::<Vec<_>>();
        let (chosen, wished) = (pick(seed), pick(wish));
        match complete(&m, &chosen, &wished) {
            Some(all) => {
                prop_assert!(m.broken(&all).is_empty());
                prop_assert!(chosen.iter().all(|o| all.contains(o)));
            }
            None => prop_assert!(!possible(&m, &parts, &chosen, &[])),
        }
    }
}

#[test]
fn two_conditions_lead_to_a_third_and_say_so() {
    // 0 and 1 → 2; 2 and 3 never together.
    let m = Model {
        options: 4,
        groups: vec![],
        rules: vec![
            Rule {
                all: vec![0, 1],
                then: Some(2),
            },
            Rule {
                all: vec![2, 3],
                then: None,
            },
        ],
    };
    let a = analyse(&m, &[0, 1]);
    assert_eq!(a.broken, [Part::Rule(0)]);
    assert_eq!(a.forced[0].0, 2);
    assert_eq!(
        a.forced[0].1,
        Why {
            choices: vec![0, 1],
            parts: vec![Part::Rule(0)]
        }
    );
    assert_eq!(a.forbidden[0].0, 3);
    assert_eq!(a.forbidden[0].1.parts, [Part::Rule(0), Part::Rule(1)]);
    let dead = analyse(&m, &[0, 1, 3]);
    assert_eq!(dead.dead.unwrap().choices, [0, 1, 3]);
}
