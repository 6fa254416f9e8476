//! Options, groups and rules; and whether a whole choice keeps them.

/// Some options of which so many are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Places of its options.
    pub members: Vec<usize>,
    /// At least so many.
    pub least: usize,
    /// At most so many.
    pub most: usize,
}

/// When all of `all` are chosen, `then` is chosen too; without `then` they are never chosen together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The condition.
    pub all: Vec<usize>,
    /// What follows.
    pub then: Option<usize>,
}

/// What an option must obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A group, by its place.
    Group(usize),
    /// A rule, by its place.
    Rule(usize),
}

/// A configurable product.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Number of options.
    pub options: usize,
    /// Groups; an option belongs to one at most.
    pub groups: Vec<Group>,
    /// Rules.
    pub rules: Vec<Rule>,
}

impl Model {
    /// The group of an option.
    pub fn group_of(&self, option: usize) -> Option<usize> {
        self.groups.iter().position(|g| g.members.contains(&option))
    }
    /// Everything that a whole choice breaks, groups first; empty means it is valid. This is the one judgement by which
    /// an order is taken or refused.
    pub fn broken(&self, chosen: &[usize]) -> Vec<Part> {
        let mut on = vec![false; self.options];
        for o in chosen {
            if let Some(slot) = on.get_mut(*o) {
                *slot = true;
            }
        }
        let is = |o: &usize| on.get(*o).copied().unwrap_or(false);
        let groups = self.groups.iter().enumerate().filter_map(|(i, g)| {
            let n = g.members.iter().filter(|o| is(o)).count();
            (n < g.least || n > g.most).then_some(Part::Group(i))
        });
        let rules = self.rules.iter().enumerate().filter_map(|(i, r)| {
            let kept = !r.all.iter().all(is) || r.then.as_ref().is_some_and(is);
            (!kept).then_some(Part::Rule(i))
        });
        groups.chain(rules).collect()
    }
    /// All groups and rules.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let groups = (0..self.groups.len()).map(Part::Group);
        groups.chain((0..self.rules.len()).map(Part::Rule))
    }
}
