//! What a half-made choice means for every option: what must come, what cannot, and why.

use super::{
    explain::{Why, why_with},
    model::{Model, Part},
    solve::{Answer, Ask, Solver},
};

/// The judgement of a choice as it stands.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// What the choice breaks as it stands; empty: it may be ordered.
    pub broken: Vec<Part>,
    /// Why no more choosing can mend it; nothing when it can be completed.
    pub dead: Option<Why>,
    /// Options not chosen that every completion has, with what asks for them.
    pub forced: Vec<(usize, Why)>,
    /// Options that no completion has (told, as what is forced, only of a choice that can be completed), with what stands against them. An option of a group of which one is chosen is
    /// judged as if it took the place of the present one.
    pub forbidden: Vec<(usize, Why)>,
}

fn asks(chosen: &[usize]) -> Vec<Ask> {
    chosen.iter().map(|o| (*o, true)).collect()
}

/// What stays of a choice when `option` is taken into it.
fn beside(model: &Model, chosen: &[usize], option: usize) -> Vec<usize> {
    let rivals = model
        .group_of(option)
        .and_then(|g| model.groups.get(g))
        .filter(|g| g.most == 1)
        .map_or(&[][..], |g| &g.members);
    chosen.iter().copied().filter(|o| !rivals.contains(o)).collect()
}

/// Judges a choice.
pub fn analyse(model: &Model, chosen: &[usize]) -> Analysis {
    let solver = Solver::new(model);
    let all = |_: Part| true;
    let mut out = Analysis {
        broken: model.broken(chosen),
        ..Analysis::default()
    };
    let base = asks(chosen);
    let first = match solver.ask(&base, &all) {
        Answer::Valid(first) => Some(first),
        // A dead choice makes everything impossible: that is said once, not beside each option.
        Answer::None(..) => {
            out.dead = why_with(&solver, &base);
            return out;
        }
        Answer::Unknown => None,
    };
    // Valid choices met on the way spare questions: what one of them has is possible.
    let mut known: Vec<Vec<bool>> = first.iter().cloned().collect();
    for option in 0..model.options {
        if chosen.contains(&option) {
            continue;
        }
        let rest = beside(model, chosen, option);
        let seen = rest.len() == chosen.len() && known.iter().any(|k| k.get(option) == Some(&true));
        if !seen {
            let mut with = asks(&rest);
            with.push((option, true));
            match solver.ask(&with, &all) {
                Answer::None(..) => {
                    if let Some(why) = why_with(&solver, &with) {
                        out.forbidden.push((option, why));
                    }
                }
                Answer::Valid(other) if rest.len() == chosen.len() => known.push(other),
                _ => {}
            }
        }
        let Some(first) = &first else { continue };
        if first.get(option) == Some(&true) && known.iter().all(|k| k.get(option) == Some(&true)) {
            let mut without = base.clone();
            without.push((option, false));
            match solver.ask(&without, &all) {
                Answer::None(..) => {
                    if let Some(mut why) = why_with(&solver, &without) {
                        why.choices.retain(|o| *o != option);
                        out.forced.push((option, why));
                    }
                }
                Answer::Valid(other) => known.push(other),
                Answer::Unknown => {}
            }
        }
    }
    out
}

/// A valid choice that keeps what is chosen and takes as many of `wished` (in their order) as go with it; nothing when
/// there is none.
pub fn complete(model: &Model, chosen: &[usize], wished: &[usize]) -> Option<Vec<usize>> {
    let solver = Solver::new(model);
    let all = |_: Part| true;
    let mut base = asks(chosen);
    let Answer::Valid(mut best) = solver.ask(&base, &all) else {
        return None;
    };
    for wish in wished.iter().filter(|w| !chosen.contains(w)) {
        base.push((*wish, true));
        match solver.ask(&base, &all) {
            Answer::Valid(with) => best = with,
            _ => {
                base.pop();
            }
        }
    }
    Some((0..model.options).filter(|o| best.get(*o) == Some(&true)).collect())
}
