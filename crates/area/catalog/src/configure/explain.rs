//! The shortest honest reason: a set of choices and parts that cannot all hold, from which nothing can be left out.

use super::{
    model::{Model, Part},
    solve::{Answer, Ask, Solver},
};
use std::collections::BTreeSet;

/// Why something is impossible.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Why {
    /// The choices that take part, by option.
    pub choices: Vec<usize>,
    /// The groups and rules that take part.
    pub parts: Vec<Part>,
}

/// Why these cannot hold together; nothing when they can (or when it was not found out).
pub fn why(model: &Model, asks: &[Ask]) -> Option<Why> {
    why_with(&Solver::new(model), asks)
}

pub(super) fn why_with(solver: &Solver<'_>, asks: &[Ask]) -> Option<Why> {
    let Answer::None(mut parts, mut used) = solver.ask(asks, &|_| true) else {
        return None;
    };
    let fails = |parts: &BTreeSet<Part>, used: &BTreeSet<usize>| {
        let asks: Vec<Ask> = asks.iter().copied().filter(|a| used.contains(&a.0)).collect();
        match solver.ask(&asks, &|p| parts.contains(&p)) {
            Answer::None(p, u) => Some((p, u)),
            _ => None,
        }
    };
    for part in parts.clone() {
        let mut less = parts.clone();
        if less.remove(&part) && fails(&less, &used).is_some() {
            parts = less;
        }
    }
    for ask in used.clone() {
        let mut less = used.clone();
        if less.remove(&ask) && fails(&parts, &less).is_some() {
            used = less;
        }
    }
    Some(Why {
        choices: used.into_iter().collect(),
        parts: parts.into_iter().collect(),
    })
}
