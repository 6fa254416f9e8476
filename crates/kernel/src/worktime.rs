//! Business time: the hours in which a house works, its holidays, and minutes counted in those hours only.

use crate::clock::{Date, Stamp};
use jiff::{ToSpan, civil::Time, tz::TimeZone};
use std::collections::BTreeMap;

/// Days looked at before a calendar counts as one in which nobody ever works.
const MOST_DAYS: u32 = 3_660;
/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;
/// Minutes of a day.
const DAY: i16 = 1_440;

/// Hours of a day: from and until, in minutes after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    /// First minute.
    pub from: i16,
    /// The minute after the last; 1,440 is midnight.
    pub until: i16,
}

impl Hours {
    /// Hours between two minutes of a day, if they are in order.
    pub fn new(from: i16, until: i16) -> Option<Hours> {
        (0 <= from && from < until && until <= DAY).then_some(Hours { from, until })
    }
    /// Reads `09:00-12:30`; a full-width dash and colon are understood.
    pub fn parse(text: &str) -> Option<Hours> {
        let (from, until) = text.split_once(['-', '–', '—', '~', '～', '－'])?;
        Hours::new(minute(from)?, minute(until)?)
    }
    /// Reads several, separated by commas or spaces; nothing is a day off. They must not overlap.
    pub fn parse_day(text: &str) -> Option<Vec<Hours>> {
        let mut all = text
            .split([',', '，', '、', ';', '；', ' '])
            .filter(|p| !p.trim().is_empty())
            .map(|p| Hours::parse(p.trim()))
            .collect::<Option<Vec<_>>>()?;
        all.sort_unstable();
        let apart = all.windows(2).all(|w| match w {
            [a, b] => a.until <= b.from,
            _ => true,
        });
        apart.then_some(all)
    }
    /// Writes it as it is read.
    pub fn write(self) -> String {
        let word = |m: i16| format!("{:02}:{:02}", m / 60, m % 60);
        format!("{}-{}", word(self.from), word(self.until))
    }
    /// Writes several.
    pub fn write_day(all: &[Hours]) -> String {
        all.iter().map(|h| h.write()).collect::<Vec<_>>().join(", ")
    }
}

fn minute(text: &str) -> Option<i16> {
    let (h, m) = text.trim().split_once([':', '：'])?;
    let (h, m): (i16, i16) = (h.trim().parse().ok()?, m.trim().parse().ok()?);
    ((0..=24).contains(&h) && (0..60).contains(&m)).then_some(h * 60 + m)
}

/// When a house works.
#[derive(Clone, Debug)]
pub struct WorkCalendar {
    zone: TimeZone,
    week: [Vec<Hours>; 7],
    days: BTreeMap<Date, Vec<Hours>>,
}

impl WorkCalendar {
    /// Hours of each weekday from Monday on, in a zone.
    pub fn new(zone: TimeZone, week: [Vec<Hours>; 7]) -> WorkCalendar {
        WorkCalendar {
            zone,
            week,
            days: BTreeMap::new(),
        }
    }
    /// A day with hours of its own: none is a holiday.
    pub fn set(&mut self, day: Date, hours: Vec<Hours>) {
        self.days.insert(day, hours);
    }
    /// The zone in which the hours are told.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
    /// The usual hours of a weekday, Monday being 0.
    pub fn usual(&self, weekday: usize) -> &[Hours] {
        self.week.get(weekday).map_or(&[], Vec::as_slice)
    }
    /// The hours of a day.
    pub fn hours(&self, day: Date) -> &[Hours] {
        match self.days.get(&day) {
            Some(own) => own,
            None => self.usual(usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)),
        }
    }

    /// An instant of a day; an hour that a change of clocks leaves out counts as the next one there is.
    fn at(&self, day: Date, minute: i16) -> i64 {
        let (day, minute) = if minute >= DAY {
            (day.tomorrow().unwrap_or(day), 0)
        } else {
            (day, minute)
        };
        let time = i8::try_from(minute / 60)
            .ok()
            .zip(i8::try_from(minute % 60).ok())
            .and_then(|(h, m)| Time::new(h, m, 0, 0).ok())
            .unwrap_or(Time::midnight());
        day.to_datetime(time)
            .to_zoned(self.zone.clone())
            .map_or(0, |z| z.timestamp().as_microsecond())
    }
    /// Spans of a day in microseconds, in order and apart.
    fn spans(&self, day: Date) -> Vec<(i64, i64)> {
        let mut last = i64::MIN;
        let mut out = vec![];
        for h in self.hours(day) {
            let (from, until) = (self.at(day, h.from).max(last), self.at(day, h.until));
            if from < until {
                out.push((from, until));
                last = until;
            }
        }
        out
    }

    /// Does the house work at this instant?
    pub fn is_open(&self, at: Stamp) -> bool {
        self.spans(at.date(&self.zone))
            .iter()
            .any(|(from, until)| *from <= at.0 && at.0 < *until)
    }

    /// Later by so many business minutes; earlier by a negative number. A house that never works counts every minute.
    pub fn add(&self, from: Stamp, minutes: i64) -> Stamp {
        let Some(mut left) = minutes.checked_mul(MINUTE).filter(|m| *m != 0) else {
            return from;
        };
        let forward = left > 0;
        left = left.saturating_abs();
        let mut day = from.date(&self.zone);
        for _ in 0..MOST_DAYS {
            let mut spans = self.spans(day);
            if !forward {
                spans.reverse();
            }
            for (a, b) in spans {
                let (a, b) = if forward {
                    (a.max(from.0), b)
                } else {
                    (a, b.min(from.0))
                };
                let room = b - a;
                if room <= 0 {
                    continue;
                }
                if left <= room {
                    return Stamp(if forward { a + left } else { b - left });
                }
                left -= room;
            }
            let next = if forward {
                day.checked_add(1.day())
            } else {
                day.checked_sub(1.day())
            };
            let Ok(next) = next else { break };
            day = next;
        }
        Stamp(from.0.saturating_add(minutes.saturating_mul(MINUTE)))
    }

    /// Business microseconds from one instant to another; negative when the second is earlier.
    fn micros(&self, from: Stamp, until: Stamp) -> i64 {
        if until < from {
            return -self.micros(until, from);
        }
        let (mut day, last) = (from.date(&self.zone), until.date(&self.zone));
        let mut sum = 0_i64;
        while day <= last {
            for (a, b) in self.spans(day) {
                sum += (b.min(until.0) - a.max(from.0)).max(0);
            }
            match day.checked_add(1.day()) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        sum
    }
    /// Whole business minutes between two instants; negative when the second is earlier.
    pub fn between(&self, from: Stamp, until: Stamp) -> i64 {
        self.micros(from, until) / MINUTE
    }
    /// The end of the `n`-th working day after the day of an instant; days without hours do not count.
    pub fn end_of_day(&self, from: Stamp, n: i64) -> Stamp {
        let mut day = from.date(&self.zone);
        let mut left = n.max(0);
        for _ in 0..MOST_DAYS {
            let open = self.spans(day);
            if let (true, Some(last)) = (left == 0, open.last()) {
                return Stamp(last.1);
            }
            match day.checked_add(1.day()) {
                Ok(next) => day = next,
                Err(_) => break,
            }
            // A day counts when the house works on it.
            if left > 0 && !self.spans(day).is_empty() {
                left -= 1;
            }
        }
        from.plus_seconds(n.saturating_mul(86_400))
    }
}

#[cfg(test)]
#[path = "worktime_tests.rs"]
mod tests;
