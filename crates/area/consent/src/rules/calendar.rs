//! Wall time in a zone as stretches of constant offset, taken from jiff once: within a stretch, wall time is plain
//! arithmetic, so that daylight saving costs nothing per decision and nothing is rounded.

use jiff::tz::TimeZone;
use zhike_kernel::{Date, Stamp};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;

/// A stretch of one offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: i64,
    until: i64,
    offset: i64,
}

/// The clock on the wall of one zone, between two instants.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    stretches: Vec<Stretch>,
}

/// An instant on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wall {
    /// Microseconds since 1970 as the wall counts them.
    micros: i64,
    /// Where the stretch ends, as an instant.
    pub ends: Stamp,
    offset: i64,
}

impl Wall {
    /// Days since 1970-01-01.
    pub(crate) fn day(self) -> i64 {
        self.micros.div_euclid(DAY)
    }
    /// Monday is 0. The first of January 1970 was a Thursday.
    pub(crate) fn weekday(self) -> u8 {
        weekday(self.day())
    }
    /// Minute of the day.
    pub(crate) fn minute(self) -> i64 {
        self.micros.rem_euclid(DAY) / MINUTE
    }
    /// The instant at which a minute of a day stands on the wall, reckoned with this stretch's offset; never before this
    /// instant itself. None when the stretch ends before.
    pub(crate) fn at(self, day: i64, minute: i64) -> Option<Stamp> {
        let wall = (day * DAY + minute * MINUTE).max(self.micros);
        let instant = Stamp(wall - self.offset);
        (instant < self.ends).then_some(instant)
    }
}

/// Monday is 0.
pub(crate) fn weekday(day: i64) -> u8 {
    u8::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// Days since 1970-01-01 of a day.
pub(crate) fn number(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    day.since(epoch).map_or(0, |s| i64::from(s.get_days()))
}

/// The day of a number.
pub(crate) fn date(number: i64) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    let span = jiff::Span::new().try_days(number);
    span.and_then(|s| epoch.checked_add(s)).unwrap_or(Date::MAX)
}

impl Calendar {
    /// From `from` for so many days.
    pub(crate) fn new(zone: &TimeZone, from: Stamp, days: i64) -> Calendar {
        let until = from.plus_seconds(days * 86_400).0;
        let mut stretches = vec![];
        let mut at = from.0;
        while at < until {
            let here = Stamp(at).timestamp();
            let offset = i64::from(zone.to_offset(here).seconds()) * SECOND;
            let next = zone
                .following(here)
                .next()
                .map_or(i64::MAX, |t| t.timestamp().as_microsecond());
            let end = next.max(at + 1);
            stretches.push(Stretch {
                from: at,
                until: end,
                offset,
            });
            at = end;
        }
        Calendar {
            zone: zone.clone(),
            stretches,
        }
    }

    /// The wall at an instant.
    pub(crate) fn wall(&self, at: Stamp) -> Wall {
        let found = self.stretches.iter().find(|s| at.0 >= s.from && at.0 < s.until);
        let (offset, ends) = match found {
            Some(s) => (s.offset, s.until),
            // Outside of what was prepared (an old message): ask the zone itself.
            None => {
                let here = at.timestamp();
                let offset = i64::from(self.zone.to_offset(here).seconds()) * SECOND;
                let next = self.zone.following(here).next();
                (offset, next.map_or(i64::MAX, |t| t.timestamp().as_microsecond()))
            }
        };
        Wall {
            micros: at.0 + offset,
            ends: Stamp(ends),
            offset,
        }
    }

    /// Today on the wall.
    pub(crate) fn today(&self, at: Stamp) -> Date {
        date(self.wall(at).day())
    }

    /// The next instant after `at` at which another day, or another stretch, begins.
    pub(crate) fn next_day(&self, at: Stamp) -> Stamp {
        let wall = self.wall(at);
        wall.at(wall.day() + 1, 0).unwrap_or(wall.ends)
    }

    /// The first instant from `at` on, before `most`, whose day is wanted.
    pub(crate) fn first_day(&self, at: Stamp, most: Stamp, wanted: impl Fn(i64) -> bool) -> Option<Stamp> {
        let mut t = at;
        while t <= most {
            if wanted(self.wall(t).day()) {
                return Some(t);
            }
            t = self.next_day(t);
        }
        None
    }
}
