//! What a search for signs leaves behind.

use serde::{Deserialize, Serialize};
use zhike_kernel::Date;
use zhike_value::precede::Lift;

/// Found facts must not be more than one in twenty by chance.
pub const FALSE_PART: f64 = 0.05;

/// A fact before an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// Place of the fact.
    pub fact: usize,
    /// On the earlier days; none: too few to say anything.
    pub found: Option<Lift>,
    /// The p-value of that corrected for the number of facts asked.
    pub q: Option<f64>,
    /// On the later days, which were not used to find it.
    pub later: Option<Lift>,
}

/// What is to be thought of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Found, and there again later.
    Holds,
    /// Found, but not there again later.
    Lost,
    /// Found; later there were too few to say.
    Unproved,
    /// No more than chance.
    Chance,
    /// Too few to say anything.
    Few,
}

impl Verdict {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Lost => "lost",
            Verdict::Unproved => "unproved",
            Verdict::Chance => "chance",
            Verdict::Few => "few",
        }
    }
}

impl Sign {
    /// See [`Verdict`].
    pub fn verdict(&self) -> Verdict {
        let (Some(found), Some(q)) = (&self.found, self.q) else {
            return Verdict::Few;
        };
        if q > FALSE_PART {
            return Verdict::Chance;
        }
        match &self.later {
            None => Verdict::Unproved,
            Some(later) if found.lift > 1.0 && later.range.0 > 1.0 => Verdict::Holds,
            Some(later) if found.lift < 1.0 && later.range.1 < 1.0 => Verdict::Holds,
            Some(_) => Verdict::Lost,
        }
    }
}

/// An outcome with everything that was asked of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Its word.
    pub outcome: String,
    /// Days within which it comes.
    pub ahead: i64,
    /// Earlier days, on which is searched.
    pub found_on: Vec<Date>,
    /// Later days, on which is asked again.
    pub later_on: Vec<Date>,
    /// Customers looked at on the earlier days (once for each day), and for how many it came.
    pub rows: (usize, usize),
    /// The same of the later days.
    pub later_rows: (usize, usize),
    /// The facts, the strongest first.
    pub signs: Vec<Sign>,
}

/// The stored result of the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Customers.
    pub customers: usize,
    /// The outcomes for which there is history enough.
    pub asked: Vec<Asked>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lift(lift: f64, low: f64, high: f64) -> Lift {
        Lift {
            with: 100,
            with_came: 30,
            without: 100,
            without_came: 10,
            lift,
            range: (low, high),
            alike: None,
            p: 0.001,
        }
    }

    #[test]
    fn what_is_not_there_again_does_not_hold() {
        let sign = |found, q, later| Sign {
            fact: 0,
            found,
            q,
            later,
        };
        let three = Some(lift(3.0, 2.0, 4.0));
        let verdict = |s: Sign| s.verdict().word();
        assert_eq!(verdict(sign(three, Some(0.01), Some(lift(2.0, 1.1, 3.0)))), "holds");
        assert_eq!(verdict(sign(three, Some(0.01), Some(lift(2.0, 0.9, 3.0)))), "lost");
        assert_eq!(
            verdict(sign(three, Some(0.01), Some(lift(0.4, 0.2, 0.8)))),
            "lost",
            "the other way round"
        );
        assert_eq!(verdict(sign(three, Some(0.01), None)), "unproved");
        assert_eq!(verdict(sign(three, Some(0.06), Some(lift(2.0, 1.1, 3.0)))), "chance");
        assert_eq!(verdict(sign(None, None, None)), "few");
        assert_eq!(
            verdict(sign(Some(lift(0.5, 0.4, 0.7)), Some(0.01), Some(lift(0.6, 0.4, 0.9)))),
            "holds"
        );
    }
}
