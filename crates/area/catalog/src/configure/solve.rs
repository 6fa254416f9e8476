//! Propagation to a fixed point, and a search over groups that still lack a choice.

use super::model::{Model, Part};
use std::collections::BTreeSet;

/// So many branches are tried before an answer is given up; products of this size need a handful.
const BRANCHES: usize = 5_000;

/// Why an option has its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Asked for from outside.
    Asked,
    /// Tried by the search.
    Tried,
    /// Follows from a part.
    By(Part),
}

/// What is asked of an option: chosen (`true`) or left out.
pub type Ask = (usize, bool);

/// The answer of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A valid choice.
    Valid(Vec<bool>),
    /// There is none: the parts and the asks that were used to show it (not always all of them needed).
    None(BTreeSet<Part>, BTreeSet<usize>),
    /// Given up.
    Unknown,
}

/// A model made ready for many questions.
pub struct Solver<'a> {
    model: &'a Model,
    touches: Vec<Vec<Part>>,
}

/// The states while a question is answered.
#[derive(Clone)]
struct State {
    value: Vec<Option<bool>>,
    source: Vec<Source>,
    /// Options set, in order; the fixed point has seen those before `seen`.
    trail: Vec<usize>,
    seen: usize,
}

/// What was used in showing that there is no choice.
#[derive(Default)]
struct Used {
    parts: BTreeSet<Part>,
    asks: BTreeSet<usize>,
}

impl<'a> Solver<'a> {
    /// Makes a model ready.
    pub fn new(model: &'a Model) -> Solver<'a> {
        let mut touches = vec![vec![]; model.options];
        let mut put = |option: usize, part: Part| {
            if let Some(list) = touches.get_mut(option) {
                list.push(part);
            }
        };
        for (i, g) in model.groups.iter().enumerate() {
            g.members.iter().for_each(|o| put(*o, Part::Group(i)));
        }
        for (i, r) in model.rules.iter().enumerate() {
            r.all.iter().chain(&r.then).for_each(|o| put(*o, Part::Rule(i)));
        }
        Solver { model, touches }
    }

    /// Is there a valid choice that does as asked? Parts for which `on` says no are left out of account.
    pub fn ask(&self, asks: &[Ask], on: &dyn Fn(Part) -> bool) -> Answer {
        let mut state = State {
            value: vec![None; self.model.options],
            source: vec![Source::Asked; self.model.options],
            trail: vec![],
            seen: 0,
        };
        let mut used = Used::default();
        for (option, yes) in asks {
            match state.value.get(*option).copied().flatten() {
                Some(v) if v != *yes => {
                    used.asks.insert(*option);
                    return Answer::None(used.parts, used.asks);
                }
                Some(_) => {}
                None => state.set(*option, *yes, Source::Asked),
            }
        }
        // Parts that say something before anything is chosen: groups that need all they have, rules without a condition.
        for part in self.model.parts().filter(|p| on(*p)) {
            if let Err(conflict) = self.apply(&mut state, part) {
                self.trace(&state, conflict, &mut used);
                return Answer::None(used.parts, used.asks);
            }
        }
        let mut left = BRANCHES;
        match self.search(state, on, &mut used, &mut left) {
            Some(Some(state)) => Answer::Valid(state.value.iter().map(|v| *v == Some(true)).collect()),
            Some(None) => Answer::None(used.parts, used.asks),
            None => Answer::Unknown,
        }
    }

    /// `None`: given up; `Some(None)`: no choice below this state.
    fn search(
        &self,
        mut state: State,
        on: &dyn Fn(Part) -> bool,
        used: &mut Used,
        left: &mut usize,
    ) -> Option<Option<State>> {
        loop {
            if let Err(conflict) = self.settle(&mut state, on) {
                self.trace(&state, conflict, used);
                return Some(None);
            }
            let Some(option) = self.lacking(&state, on) else {
                // What is still open is left out: no condition of a rule becomes true by that.
                return Some(Some(state));
            };
            *left = left.checked_sub(1)?;
            let mut with = state.clone();
            with.set(option, true, Source::Tried);
            if let Some(found) = self.search(with, on, used, left)? {
                return Some(Some(found));
            }
            state.set(option, false, Source::Tried);
        }
    }

    /// An open option of the group that lacks a choice and has the fewest open ones.
    fn lacking(&self, state: &State, on: &dyn Fn(Part) -> bool) -> Option<usize> {
        let groups = self.model.groups.iter().enumerate();
        groups
            .filter(|(i, _)| on(Part::Group(*i)))
            .filter_map(|(_, g)| {
                let chosen = g.members.iter().filter(|o| state.get(**o) == Some(true)).count();
                let open: Vec<usize> = g.members.iter().copied().filter(|o| state.get(*o).is_none()).collect();
                (chosen < g.least).then_some((open.len(), *open.first()?))
            })
            .min()
            .map(|(_, option)| option)
    }

    fn settle(&self, state: &mut State, on: &dyn Fn(Part) -> bool) -> Result<(), Part> {
        while let Some(option) = state.trail.get(state.seen).copied() {
            state.seen += 1;
            for part in self.touches.get(option).into_iter().flatten().filter(|p| on(**p)) {
                self.apply(state, *part)?;
            }
        }
        Ok(())
    }

    /// Draws what follows from one part; the part itself when it cannot be kept any more.
    fn apply(&self, state: &mut State, part: Part) -> Result<(), Part> {
        match part {
            Part::Rule(i) => {
                let Some(rule) = self.model.rules.get(i) else {
                    return Ok(());
                };
                let then = rule.then.and_then(|o| state.get(o));
                if then == Some(true) {
                    return Ok(());
                }
                let mut open = None;
                for o in &rule.all {
                    match state.get(*o) {
                        Some(true) => {}
                        Some(false) => return Ok(()),
                        None if open.is_some_and(|other| other != *o) => return Ok(()),
                        None => open = Some(*o),
                    }
                }
                match (open, rule.then, then) {
                    (None, Some(o), None) => state.set(o, true, Source::By(part)),
                    (None, _, _) => return Err(part),
                    // One condition is open and the consequence cannot come true.
                    (Some(o), None, _) | (Some(o), Some(_), Some(false)) => state.set(o, false, Source::By(part)),
                    (Some(_), Some(_), _) => {}
                }
            }
            Part::Group(i) => {
                let Some(group) = self.model.groups.get(i) else {
                    return Ok(());
                };
                let (mut chosen, mut open) = (0, 0);
                for o in &group.members {
                    match state.get(*o) {
                        Some(true) => chosen += 1,
                        None => open += 1,
                        Some(false) => {}
                    }
                }
                if chosen > group.most || chosen + open < group.least {
                    return Err(part);
                }
                if open > 0 && (chosen == group.most || chosen + open == group.least) {
                    let yes = chosen != group.most;
                    for o in &group.members {
                        if state.get(*o).is_none() {
                            state.set(*o, yes, Source::By(part));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes the part that cannot be kept, the parts its options came from, and so on back to what was asked.
    fn trace(&self, state: &State, conflict: Part, used: &mut Used) {
        let mut open = vec![conflict];
        let mut met = vec![false; self.model.options];
        used.parts.insert(conflict);
        while let Some(part) = open.pop() {
            let options: Vec<usize> = match part {
                Part::Rule(i) => self
                    .model
                    .rules
                    .get(i)
                    .map(|r| r.all.iter().chain(&r.then).copied().collect()),
                Part::Group(i) => self.model.groups.get(i).map(|g| g.members.clone()),
            }
            .unwrap_or_default();
            for o in options.into_iter().filter(|o| state.get(*o).is_some()) {
                if met.get_mut(o).is_none_or(|m| std::mem::replace(m, true)) {
                    continue;
                }
                match state.source.get(o) {
                    Some(Source::Asked) => {
                        used.asks.insert(o);
                    }
                    Some(Source::By(part)) => {
                        used.parts.insert(*part);
                        open.push(*part);
                    }
                    Some(Source::Tried) | None => {}
                }
            }
        }
    }
}

impl State {
    fn get(&self, option: usize) -> Option<bool> {
        self.value.get(option).copied().flatten()
    }
    fn set(&mut self, option: usize, yes: bool, source: Source) {
        if let (Some(v), Some(s)) = (self.value.get_mut(option), self.source.get_mut(option)) {
            (*v, *s) = (Some(yes), source);
            self.trail.push(option);
        }
    }
}
