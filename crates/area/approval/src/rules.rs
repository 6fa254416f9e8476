//! The way of a request through its levels; pure. Tasks stand side by side in a level; one agreement is enough or all
//! are needed. An approver may ask somebody else before or after, or hand the task on.

/// State of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Waits for somebody asked before.
    Waiting,
    /// To be done.
    Open,
    /// Agreed.
    Approved,
    /// No.
    Rejected,
    /// Sent back with a remark.
    Returned,
    /// No longer needed.
    Skipped,
    /// Handed on.
    Delegated,
}

impl State {
    pub(crate) const ALL: [State; 7] = [
        State::Waiting,
        State::Open,
        State::Approved,
        State::Rejected,
        State::Returned,
        State::Skipped,
        State::Delegated,
    ];
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Open => "open",
            State::Approved => "approved",
            State::Rejected => "rejected",
            State::Returned => "returned",
            State::Skipped => "skipped",
            State::Delegated => "delegated",
        }
    }
    pub(crate) fn parse(word: &str) -> State {
        State::ALL
            .into_iter()
            .find(|s| s.name() == word)
            .unwrap_or(State::Skipped)
    }
    fn undone(self) -> bool {
        matches!(self, State::Waiting | State::Open)
    }
}

/// Why somebody is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    /// The flow says so.
    Level,
    /// An approver wants to hear them first.
    Before,
    /// An approver agreed and wants them to agree too.
    After,
}

impl Why {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Why::Level => "level",
            Why::Before => "before",
            Why::After => "after",
        }
    }
    pub(crate) fn parse(word: &str) -> Why {
        match word {
            "before" => Why::Before,
            "after" => Why::After,
            _ => Why::Level,
        }
    }
}

/// A task, as far as the way is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub id: i64,
    pub level: i64,
    pub user: i64,
    pub why: Why,
    pub parent: Option<i64>,
    pub state: State,
}

/// What an approver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Approve,
    Return,
    Reject,
    /// Ask this person first.
    Before(i64),
    /// Agree, and this person must agree too.
    After(i64),
    /// Hand it to this person.
    Delegate(i64),
}

/// A task to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct New {
    pub user: i64,
    pub why: Why,
    pub parent: i64,
}

/// Where the request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Stay,
    /// The next level is opened.
    Level(i64),
    Approved,
    Returned,
    Rejected,
}

/// What follows from an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub changes: Vec<(i64, State)>,
    pub new: Option<New>,
    pub next: Next,
}

/// `all[i]`: everybody asked in level `i` must agree. `current`: the level that is open. The error is a translation key.
pub(crate) fn act(tasks: &[Task], all: &[bool], current: i64, id: i64, act: Act) -> Result<Plan, &'static str> {
    let mine = tasks.iter().find(|t| t.id == id).ok_or("error-approval-done")?;
    if mine.state != State::Open || mine.level != current {
        return Err("error-approval-done");
    }
    let person = match act {
        Act::Before(user) | Act::After(user) | Act::Delegate(user) => Some(user),
        _ => None,
    };
    if let Some(user) = person
        && tasks
            .iter()
            .any(|t| t.user == user && t.level == current && t.state.undone())
    {
        return Err("error-approval-asked-already");
    }
    let end = |state: State, next: Next| {
        let rest = tasks.iter().filter(|t| t.id != id && t.state.undone());
        let mut changes: Vec<_> = rest.map(|t| (t.id, State::Skipped)).collect();
        changes.push((id, state));
        Plan {
            changes,
            new: None,
            next,
        }
    };
    match act {
        Act::Reject => return Ok(end(State::Rejected, Next::Rejected)),
        Act::Return => return Ok(end(State::Returned, Next::Returned)),
        _ => {}
    }
    let mut now: Vec<Task> = tasks.iter().filter(|t| t.level == current).cloned().collect();
    let set = |now: &mut Vec<Task>, id: i64, state: State| {
        if let Some(task) = now.iter_mut().find(|t| t.id == id) {
            task.state = state;
        }
    };
    let mut new = None;
    match act {
        Act::Before(user) => {
            set(&mut now, id, State::Waiting);
            new = Some((user, Why::Before));
        }
        Act::Delegate(user) => {
            set(&mut now, id, State::Delegated);
            new = Some((user, mine.why));
        }
        Act::After(user) => {
            set(&mut now, id, State::Approved);
            new = Some((user, Why::After));
        }
        _ => set(&mut now, id, State::Approved),
    }
    // A handed-on task keeps its place: whoever waited for it waits for the new one.
    let parent = match act {
        Act::Delegate(_) => mine.parent.unwrap_or(id),
        _ => id,
    };
    let new = new.map(|(user, why)| New { user, why, parent });
    release(&mut now, new.as_ref().map(|n| n.parent));
    let every = usize::try_from(current)
        .ok()
        .and_then(|i| all.get(i))
        .copied()
        .unwrap_or(true);
    let agreed = now.iter().any(|t| t.why == Why::Level && t.state == State::Approved);
    if !every && agreed {
        skip_the_rest(&mut now);
    }
    let open = new.is_some() || now.iter().any(|t| t.state.undone());
    let next = if open {
        Next::Stay
    } else if usize::try_from(current + 1).is_ok_and(|n| n < all.len()) {
        Next::Level(current + 1)
    } else {
        Next::Approved
    };
    let was = |id: i64| tasks.iter().find(|t| t.id == id).map(|t| t.state);
    Ok(Plan {
        changes: now
            .iter()
            .filter(|t| was(t.id) != Some(t.state))
            .map(|t| (t.id, t.state))
            .collect(),
        new,
        next,
    })
}

/// Opens every task that waits for nobody any more: whoever was asked before it has agreed, and so has whoever they
/// wanted to agree too. `asked`: above whom a new task is about to stand.
fn release(now: &mut [Task], asked: Option<i64>) {
    let parent_of = |id: i64| now.iter().find(|t| t.id == id).and_then(|t| t.parent);
    let below = |mut at: Option<i64>, of: i64| {
        while let Some(parent) = at {
            if parent == of {
                return true;
            }
            at = parent_of(parent);
        }
        false
    };
    let free: Vec<i64> = now
        .iter()
        .filter(|w| w.state == State::Waiting && !below(asked, w.id))
        .filter(|w| !now.iter().any(|t| t.state.undone() && below(t.parent, w.id)))
        .map(|w| w.id)
        .collect();
    for task in now.iter_mut().filter(|t| free.contains(&t.id)) {
        task.state = State::Open;
    }
}

/// One agreement is enough: the other approvers of the level, and whoever they asked first, need not look any more.
fn skip_the_rest(now: &mut [Task]) {
    let mut gone: Vec<i64> = now
        .iter()
        .filter(|t| t.why == Why::Level && t.state.undone())
        .map(|t| t.id)
        .collect();
    loop {
        let asked = |t: &&Task| t.why == Why::Before && t.state.undone() && t.parent.is_some_and(|p| gone.contains(&p));
        let more: Vec<i64> = now
            .iter()
            .filter(asked)
            .map(|t| t.id)
            .filter(|id| !gone.contains(id))
            .collect();
        if more.is_empty() {
            break;
        }
        gone.extend(more);
    }
    for task in now.iter_mut().filter(|t| gone.contains(&t.id)) {
        task.state = State::Skipped;
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
