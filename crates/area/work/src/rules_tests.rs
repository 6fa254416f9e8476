//! The rules of tasks: who may do what, and when a task comes again.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn who_does_it_answers_and_who_gave_it_decides() {
    let task = Stand {
        status: "open",
        assignee: Some(2),
        giver: Some(1),
    };
    let who = |user, leads| Who {
        user: Some(user),
        leads,
    };
    let can = |who| {
        Step::ALL
            .into_iter()
            .filter(|s| may(*s, &task, who))
            .collect::<Vec<_>>()
    };
    use Step::{Accept, Assign, Done, Drop, Reopen, Return};
    assert_eq!(can(who(2, false)), [Done, Accept, Return, Assign, Reopen]);
    assert_eq!(can(who(1, false)), [Done, Assign, Drop, Reopen]);
    assert_eq!(can(who(3, false)), []);
    assert_eq!(can(who(3, true)), [Done, Assign, Drop, Reopen]);
    let nobodys = Stand { assignee: None, ..task };
    assert!(may(Accept, &nobodys, who(3, false)) && !may(Return, &nobodys, who(3, false)));
}

#[test]
fn what_is_done_is_only_reopened() {
    for status in ["done", "dropped"] {
        for step in Step::ALL {
            assert_eq!(fits(step, status), step == Step::Reopen, "{step:?} {status}");
        }
    }
    assert!(!fits(Step::Accept, "accepted") && !fits(Step::Reopen, "open"));
}

#[test]
fn the_last_of_a_month_stays_the_last() {
    let first = day("2026-01-31");
    let next = |after: &str| Repeat::Monthly.next(first, day(after)).unwrap().to_string();
    assert_eq!(next("2026-01-31"), "2026-02-28");
    assert_eq!(next("2026-02-28"), "2026-03-31");
    assert_eq!(next("2026-03-30"), "2026-03-31");
    assert_eq!(next("2027-12-31"), "2028-01-31");
}

#[test]
fn done_late_it_comes_again_after_today() {
    let from = day("2026-11-02");
    let next = |r: Repeat, after: &str| r.next(from, day(after)).unwrap().to_string();
    assert_eq!(next(Repeat::Weekly, "2026-11-02"), "2026-11-09");
    assert_eq!(next(Repeat::Weekly, "2026-11-20"), "2026-11-23");
    assert_eq!(next(Repeat::Days(10), "2026-11-12"), "2026-11-22");
    assert_eq!(next(Repeat::Daily, "2026-10-01"), "2026-11-02");
}

#[test]
fn late_is_what_is_still_to_be_done_after_its_day() {
    let today = day("2026-11-22");
    assert_eq!(late("open", Some(day("2026-11-20")), today), Some(2));
    assert_eq!(late("open", Some(today), today), None);
    assert_eq!(late("done", Some(day("2026-11-20")), today), None);
    assert_eq!(late("returned", None, today), None);
}

proptest! {
    /// The next day lies after the day asked, on the rhythm, and none of the rhythm lies between.
    #[test]
    fn the_next_day_is_the_first_after(start in 0_i64..9_000, gone in -400_i64..4_000, n in 1_i64..400, kind in 0..4) {
        let from = day("2010-01-01").checked_add(start.days()).unwrap();
        let after = from.checked_add(gone.days()).unwrap();
        let repeat = [Repeat::Daily, Repeat::Weekly, Repeat::Monthly, Repeat::Days(n)][usize::try_from(kind).unwrap()];
        let next = repeat.next(from, after).unwrap();
        prop_assert!(next > after && next >= from);
        let step = match repeat { Repeat::Daily => 1, Repeat::Weekly => 7, Repeat::Days(n) => n, Repeat::Monthly => 31 };
        let between = i64::from(next.since(after).unwrap().get_days());
        prop_assert!(next == from || between <= step);
        if repeat != Repeat::Monthly {
            prop_assert_eq!(i64::from(next.since(from).unwrap().get_days()) % step, 0);
        }
    }
}
