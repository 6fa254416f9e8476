//! What may be done with a task, by whom, and when it comes again. No database here.

use jiff::ToSpan;
use zhike_kernel::Date;

/// A step that a person takes with a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Taken on by who is to do it; by anybody while nobody is named.
    Accept,
    /// Given back with a remark.
    Return,
    /// Given to somebody (else).
    Assign,
    /// Done, with its result.
    Done,
    /// No longer needed.
    Drop,
    /// To be done after all.
    Reopen,
}

impl Step {
    /// All, in the order of the buttons.
    pub(crate) const ALL: [Step; 6] = [
        Step::Done,
        Step::Accept,
        Step::Return,
        Step::Assign,
        Step::Drop,
        Step::Reopen,
    ];
    /// The word in forms and in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::Accept => "accept",
            Step::Return => "return",
            Step::Assign => "assign",
            Step::Done => "done",
            Step::Drop => "drop",
            Step::Reopen => "reopen",
        }
    }
    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|s| s.name() == word)
    }
}

/// What the rules ask about a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand<'a> {
    /// Its status.
    pub status: &'a str,
    /// Who is to do it.
    pub assignee: Option<i64>,
    /// Who gave it.
    pub giver: Option<i64>,
}

/// Who asks: the user, and whether the user leads (sees more than what is the user's own).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    /// The user; none for the system.
    pub user: Option<i64>,
    /// Sees others' records too.
    pub leads: bool,
}

/// Does the task's status allow the step at all?
pub(crate) fn fits(step: Step, status: &str) -> bool {
    let pending = matches!(status, "open" | "accepted" | "returned");
    match step {
        Step::Accept => status == "open",
        Step::Return => matches!(status, "open" | "accepted"),
        Step::Assign | Step::Done | Step::Drop => pending,
        Step::Reopen => !pending,
    }
}

/// May this person take the step? Who is to do a task accepts, returns and ends it; who gave it, and who leads, may do
/// anything else with it.
pub(crate) fn may(step: Step, task: &Stand<'_>, who: Who) -> bool {
    let doer = task.assignee.is_some() && task.assignee == who.user;
    let giver = task.giver.is_some() && task.giver == who.user;
    let free = task.assignee.is_none() && who.user.is_some();
    match step {
        Step::Accept => doer || free,
        Step::Return => doer,
        Step::Assign | Step::Done | Step::Reopen => doer || giver || free || who.leads,
        Step::Drop => giver || who.leads || (free && task.giver.is_none()),
    }
}

/// A rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Each day.
    Daily,
    /// Each week.
    Weekly,
    /// Each month, on the day of the first; on the month's last day where it is shorter.
    Monthly,
    /// Each so many days.
    Days(i64),
}

impl Repeat {
    /// Reads the word and the number beside it.
    pub(crate) fn read(word: &str, days: Option<i64>) -> Option<Repeat> {
        match word {
            "daily" => Some(Repeat::Daily),
            "weekly" => Some(Repeat::Weekly),
            "monthly" => Some(Repeat::Monthly),
            "days" => days.filter(|d| (1..=3_650).contains(d)).map(Repeat::Days),
            _ => None,
        }
    }

    /// The first day of the rhythm that begins at `from` which lies after `day`.
    pub(crate) fn next(self, from: Date, day: Date) -> Option<Date> {
        let step = match self {
            Repeat::Daily => 1,
            Repeat::Weekly => 7,
            Repeat::Days(n) => n,
            Repeat::Monthly => return monthly(from, day),
        };
        let gone = i64::from(day.since(from).ok()?.get_days());
        let steps = if gone < 0 { 0 } else { gone / step + 1 };
        from.checked_add((steps * step).days()).ok()
    }
}

fn monthly(from: Date, day: Date) -> Option<Date> {
    let months =
        (i64::from(day.year()) - i64::from(from.year())) * 12 + i64::from(day.month()) - i64::from(from.month());
    (months.max(0)..)
        .take(3)
        .filter_map(|n| from.checked_add(n.months()).ok())
        .find(|d| *d > day)
}

/// Days by which a task is late; none if it is not.
pub(crate) fn late(status: &str, due: Option<Date>, today: Date) -> Option<i64> {
    let due = due.filter(|_| matches!(status, "open" | "accepted" | "returned"))?;
    let days = i64::from(today.since(due).ok()?.get_days());
    (days > 0).then_some(days)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
