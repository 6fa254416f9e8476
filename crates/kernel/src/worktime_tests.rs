//! Business time: adding and counting fit together in every zone, over holidays and changes of clocks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn office(zone: &str) -> WorkCalendar {
    let day = Hours::parse_day("09:00-12:00, 13:00-18:00").unwrap();
    let week = std::array::from_fn(|i| if i < 5 { day.clone() } else { vec![] });
    WorkCalendar::new(TimeZone::get(zone).unwrap(), week)
}

fn at(text: &str, zone: &str) -> Stamp {
    let local: jiff::civil::DateTime = text.parse().unwrap();
    Stamp(local.in_tz(zone).unwrap().timestamp().as_microsecond())
}

#[test]
fn hours_are_read_as_people_write_them() {
    assert_eq!(
        Hours::write_day(&Hours::parse_day("13：30－18：00 9:00-12:00").unwrap()),
        "09:00-12:00, 13:30-18:00"
    );
    assert_eq!(Hours::parse_day("").unwrap(), vec![]);
    assert_eq!(Hours::parse("00:00-24:00"), Hours::new(0, 1_440));
    for wrong in ["9-12", "12:00-09:00", "09:00-24:30", "09:00-12:00, 11:00-13:00", "x"] {
        assert_eq!(Hours::parse_day(wrong), None, "{wrong}");
    }
}

#[test]
fn a_weekend_and_a_holiday_do_not_count() {
    let zone = "Asia/Shanghai";
    let mut c = office(zone);
    // Friday evening: two hours are Monday's first two.
    assert_eq!(c.add(at("2026-06-26T19:00", zone), 120), at("2026-06-29T11:00", zone));
    c.set("2026-06-29".parse().unwrap(), vec![]);
    assert_eq!(c.add(at("2026-06-26T19:00", zone), 120), at("2026-06-30T11:00", zone));
    // A Saturday that is worked.
    c.set("2026-06-27".parse().unwrap(), c.usual(0).to_vec());
    assert_eq!(c.add(at("2026-06-26T19:00", zone), 240), at("2026-06-27T14:00", zone));
    assert_eq!(
        c.between(at("2026-06-26T17:00", zone), at("2026-06-30T10:00", zone)),
        60 + 480 + 60
    );
    assert_eq!(c.add(at("2026-06-30T10:00", zone), -120), at("2026-06-27T17:00", zone));
    assert_eq!(
        c.end_of_day(at("2026-06-26T08:00", zone), 2),
        at("2026-06-30T18:00", zone)
    );
    assert!(c.is_open(at("2026-06-27T10:00", zone)) && !c.is_open(at("2026-06-27T12:30", zone)));
}

#[test]
fn who_never_works_counts_every_minute() {
    let c = WorkCalendar::new(TimeZone::UTC, std::array::from_fn(|_| vec![]));
    assert_eq!(c.add(Stamp(0), 90), Stamp(90 * MINUTE));
    assert_eq!(c.between(Stamp(0), Stamp(90 * MINUTE)), 0);
}

#[test]
fn clocks_that_change_at_night_are_counted_as_they_run() {
    let zone = "Europe/Berlin";
    let all = WorkCalendar::new(
        TimeZone::get(zone).unwrap(),
        std::array::from_fn(|_| Hours::parse_day("00:00-24:00").unwrap()),
    );
    // The day of spring has 23 hours, that of autumn 25.
    assert_eq!(
        all.between(at("2026-03-29T00:00", zone), at("2026-03-30T00:00", zone)),
        23 * 60
    );
    assert_eq!(
        all.between(at("2026-10-25T00:00", zone), at("2026-10-26T00:00", zone)),
        25 * 60
    );
}

fn calendar() -> impl Strategy<Value = WorkCalendar> {
    let zone = prop::sample::select(vec![
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "UTC",
    ]);
    let day = prop::sample::select(vec![
        "",
        "09:00-18:00",
        "00:00-24:00",
        "01:30-03:30",
        "08:00-12:00, 13:30-17:45",
        "22:00-24:00",
    ]);
    let off = prop::collection::vec((0_i64..800, prop::sample::select(vec!["", "10:00-14:00"])), 0..12);
    (zone, prop::collection::vec(day, 7), off).prop_map(|(zone, days, off)| {
        let week = std::array::from_fn(|i| Hours::parse_day(if i == 2 { "09:00-17:00" } else { days[i] }).unwrap());
        let mut c = WorkCalendar::new(TimeZone::get(zone).unwrap(), week);
        let first: Date = "2025-06-01".parse().unwrap();
        for (n, hours) in off {
            c.set(first.checked_add(n.days()).unwrap(), Hours::parse_day(hours).unwrap());
        }
        c
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn adding_and_counting_are_inverse(c in calendar(), start in 1_750_000_000_i64..1_800_000_000, minutes in 1_i64..6_000) {
        let from = Stamp(start * 1_000_000);
        let due = c.add(from, minutes);
        prop_assert!(due > from);
        prop_assert_eq!(c.between(from, due), minutes);
        prop_assert_eq!(c.between(due, from), -minutes);
        // Back again one stands in the same business minute.
        let back = c.add(due, -minutes);
        prop_assert_eq!(c.between(back, due), minutes);
        prop_assert_eq!(c.between(from, back), 0);
        if c.is_open(from) {
            prop_assert_eq!(back, from);
        }
    }

    #[test]
    fn more_time_ends_later_and_parts_add_up(c in calendar(), start in 1_750_000_000_i64..1_800_000_000, a in 0_i64..3_000, b in 1_i64..3_000) {
        let from = Stamp(start * 1_000_000);
        prop_assert!(c.add(from, a) < c.add(from, a + b));
        prop_assert_eq!(c.add(c.add(from, a), b), c.add(from, a + b));
        let (x, y) = (Stamp(from.0 + a * MINUTE), Stamp(from.0 + (a + b) * MINUTE));
        prop_assert!(c.between(from, x) <= c.between(from, y));
        prop_assert!(c.between(from, y) <= a + b);
    }
}
