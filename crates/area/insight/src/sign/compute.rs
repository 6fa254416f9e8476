//! The search for signs; pure, in the threads for long work.

use super::facts::{self, Beside, FACTS, OUTCOMES};
use super::report::{Asked, Report, Sign};
use crate::life::{Gathered, day_of};
use std::collections::HashMap;
use zhike_value::precede::{self, Lift, Row};

/// Days between the days on which customers are looked at.
const STEP: i64 = 91;
/// Days of history before the first look: a year, against which a quarter is held.
const BEFORE: i64 = 365;
/// Earlier and later days, at most each.
const LOOKS: usize = 6;
/// Later days are at most so many days apart.
const LATER: i64 = 182;
/// Customers looked at on a day, at most.
const MOST: usize = 60_000;

/// Everything that is read.
#[derive(Default)]
pub struct Read {
    /// Orders, service, invoices.
    pub found: Gathered,
    /// What happened beside them.
    pub beside: HashMap<i64, Beside>,
}

/// Days on which is searched and days on which is asked again, the latest first. What comes after the former is over before the
/// first of the latter.
pub fn days((first, last): (i64, i64), ahead: i64) -> (Vec<i64>, Vec<i64>) {
    let back = |from: i64, until: i64| -> Vec<i64> {
        let all = (0..LOOKS)
            .filter_map(|k| i64::try_from(k).ok())
            .map(|k| from - k * STEP);
        all.take_while(|d| *d >= until && *d - first >= BEFORE).collect()
    };
    let later = back(last - ahead, last - ahead - LATER);
    let Some(earliest) = later.last() else {
        return (vec![], vec![]);
    };
    (back(earliest - ahead, i64::MIN), later)
}

/// A customer on a day, with all facts.
struct Seen {
    party: i64,
    held: [bool; FACTS.len()],
    stratum: u8,
    came: bool,
}

fn look(read: &Read, outcome: usize, days: &[i64]) -> Vec<Seen> {
    let none = Beside::default();
    let step = read.found.lives.len().div_ceil(MOST).max(1);
    let mut all = vec![];
    for day in days {
        for (party, life) in read.found.lives.iter().step_by(step) {
            let beside = read.beside.get(party).unwrap_or(&none);
            if let Some((held, stratum)) = facts::facts(life, beside, *day) {
                all.push(Seen {
                    party: *party,
                    held,
                    stratum,
                    came: facts::came(life, outcome, *day),
                });
            }
        }
    }
    all
}

fn lift(seen: &[Seen], fact: usize) -> Option<Lift> {
    let rows: Vec<Row> = seen
        .iter()
        .map(|s| Row {
            subject: s.party,
            stratum: s.stratum,
            fact: s.held.get(fact).copied().unwrap_or(false),
            came: s.came,
        })
        .collect();
    precede::lift(&rows)
}

/// Searches.
pub fn compute(read: &Read) -> Report {
    let asked = OUTCOMES.iter().enumerate().filter_map(|(at, (name, ahead))| {
        let (earlier, later) = days(read.found.span, *ahead);
        if earlier.is_empty() {
            return None;
        }
        let (first, again) = (look(read, at, &earlier), look(read, at, &later));
        let count = |seen: &[Seen]| (seen.len(), seen.iter().filter(|s| s.came).count());
        let dates = |days: &[i64]| days.iter().rev().filter_map(|d| day_of(*d)).collect();
        Some(Asked {
            outcome: (*name).to_owned(),
            ahead: *ahead,
            found_on: dates(&earlier),
            later_on: dates(&later),
            rows: count(&first),
            later_rows: count(&again),
            signs: signs(&first, &again),
        })
    });
    Report {
        from: read.found.from,
        to: read.found.to,
        customers: read.found.lives.len(),
        asked: asked.collect(),
    }
}

fn signs(first: &[Seen], again: &[Seen]) -> Vec<Sign> {
    let found: Vec<Option<Lift>> = (0..FACTS.len()).map(|f| lift(first, f)).collect();
    let p: Vec<f64> = found.iter().flatten().map(|l| l.p).collect();
    let mut q = precede::corrected(&p).into_iter();
    let mut all: Vec<Sign> = found
        .into_iter()
        .enumerate()
        .map(|(fact, found)| Sign {
            fact,
            q: found.as_ref().and_then(|_| q.next()),
            later: found.as_ref().and_then(|_| lift(again, fact)),
            found,
        })
        .collect();
    let strength = |s: &Sign| s.found.as_ref().map_or(-1.0, |l| l.lift.ln().abs());
    all.sort_by(|a, b| {
        let by_verdict = (a.verdict() as u8).cmp(&(b.verdict() as u8));
        by_verdict.then_with(|| strength(b).total_cmp(&strength(a)))
    });
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::life::Life;
    use zhike_lake::behaviour::{Cared, Traded};

    #[test]
    fn what_is_searched_is_over_before_it_is_asked_again() {
        for ahead in [30, 91, 182] {
            let (earlier, later) = days((0, 1_095), ahead);
            assert_eq!(later[0], 1_095 - ahead);
            assert!(
                earlier[0] + ahead <= *later.last().unwrap(),
                "{ahead}: {earlier:?} {later:?}"
            );
            assert!(earlier.iter().all(|d| *d >= BEFORE));
        }
        assert_eq!(days((0, 400), 182), (vec![], vec![]), "too short");
    }

    /// Customers who order every thirty days; after a complaint half of them stop, without one a tenth.
    fn house(honest: bool) -> Read {
        let mut read = Read::default();
        read.found.span = (0, 1_095);
        for party in 1..=900_i64 {
            let mut life = Life::default();
            // A third complains, each on a day of its own; without honesty the stopping has nothing to do with it.
            let complains = party % 3 == 0;
            let day = 380 + (party * 37) % 600;
            if complains {
                life.cared.push(Cared {
                    party,
                    day,
                    complaints: 1,
                    calls: 0,
                    visits: 0,
                });
            }
            // Half of those who complain leave a few days later, and a tenth of the others; or a quarter of all, whenever.
            let (leaves, then) = match (honest, complains) {
                (true, true) => (party % 2 == 0, day + 5),
                (true, false) => (party % 10 == 0, day + 5),
                (false, _) => ((party / 3) % 4 == 0, 380 + (party * 53 + 211) % 600),
            };
            let gone = if leaves { then } else { 2_000 };
            let mut at = party % 30;
            while at <= 1_095 && at < gone {
                life.traded.push(Traded {
                    party,
                    day: at,
                    lines: 1,
                    sold: 10_000,
                    discount: 0,
                    returned: 0,
                });
                at += 30;
            }
            read.found.lives.insert(party, life);
        }
        read
    }

    fn of<'a>(report: &'a Report, outcome: &str, fact: &str) -> &'a Sign {
        let asked = report.asked.iter().find(|a| a.outcome == outcome).unwrap();
        let at = FACTS.iter().position(|f| f.name == fact).unwrap();
        asked.signs.iter().find(|s| s.fact == at).unwrap()
    }

    #[test]
    fn a_sign_that_is_there_is_found_and_holds() {
        let report = compute(&house(true));
        let sign = of(&report, "defection", "complained");
        let found = sign.found.unwrap();
        assert!(found.lift > 1.5 && found.range.0 > 1.0, "{found:?}");
        assert_eq!(sign.verdict().word(), "holds", "{sign:?}");
        // Fewer of those buy again within a month.
        assert!(of(&report, "purchase", "complained").found.unwrap().lift < 1.0);
        assert!(
            report
                .asked
                .iter()
                .all(|a| a.rows.0 > 0 && a.signs.len() == FACTS.len())
        );
    }

    #[test]
    fn what_has_nothing_to_do_with_it_does_not_hold() {
        let report = compute(&house(false));
        let word = of(&report, "defection", "complained").verdict().word();
        assert!(matches!(word, "chance" | "lost" | "few"), "{word}");
        assert_eq!(
            of(&report, "defection", "deal_lost").verdict().word(),
            "few",
            "nobody lost a deal"
        );
    }
}
