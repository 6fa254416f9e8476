//! The days of the history, the seasons in them, and small helpers for dates.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::rng::whole;

/// How busy each month is against the average: a trough around the spring festival, a peak at year end.
const SEASON: [f64; 12] = [0.90, 0.50, 1.00, 1.00, 1.00, 1.02, 0.90, 0.92, 1.02, 1.10, 1.25, 1.40];

/// The date `n` days later; stays inside the calendar.
pub(crate) fn plus(date: Date, n: i64) -> Date {
    let n = n.clamp(-3_000_000, 3_000_000);
    date.saturating_add(Span::new().days(n))
}

/// Whole days from `a` to `b`.
pub(crate) fn days_between(a: Date, b: Date) -> i64 {
    a.until(b).map_or(0, |s| i64::from(s.get_days()))
}

/// Year and month as `2611`, for numbers of documents.
pub(crate) fn month_mark(date: Date) -> String {
    format!("{:02}{:02}", date.year().rem_euclid(100), date.month())
}

/// The history with its seasons.
pub(crate) struct Calendar {
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// Busy days passed at the end of each day; the sum is the number of days.
    busy: Vec<f64>,
}

impl Calendar {
    /// Three years that end at `end`.
    pub(crate) fn new(end: Date) -> Self {
        let start = plus(end.saturating_sub(3.years()), 1);
        let mut busy = Vec::new();
        let mut sum = 0.0;
        let mut day = start;
        while day <= end {
            let month = usize::try_from(day.month() - 1).unwrap_or(0);
            let week = match day.weekday().to_monday_zero_offset() {
                5 => 0.12,
                6 => 0.04,
                _ => 1.0,
            };
            sum += SEASON[month] * week;
            busy.push(sum);
            day = plus(day, 1);
        }
        let scale = busy.len() as f64 / sum;
        for b in &mut busy {
            *b *= scale;
        }
        Self { start, end, busy }
    }

    /// Number of days.
    pub(crate) fn len(&self) -> i64 {
        i64::try_from(self.busy.len()).unwrap_or(0)
    }

    /// The day on which so much busy time has passed; none after the end.
    pub(crate) fn day_at(&self, busy: f64) -> Option<Date> {
        let i = self.busy.partition_point(|b| *b < busy);
        (i < self.busy.len()).then(|| plus(self.start, i64::try_from(i).unwrap_or(0)))
    }

    /// Busy time passed before a day.
    pub(crate) fn busy_before(&self, day: Date) -> f64 {
        usize::try_from(days_between(self.start, day) - 1)
            .ok()
            .and_then(|i| self.busy.get(i))
            .copied()
            .unwrap_or(0.0)
    }

    /// Years from a day to the end.
    pub(crate) fn years_back(&self, day: Date) -> f64 {
        days_between(day, self.end) as f64 / 365.25
    }

    /// A day within `years` before `latest`, by a uniform draw `u`.
    pub(crate) fn before(latest: Date, years: f64, u: f64) -> Date {
        plus(latest, -whole(years * 365.25 * u))
    }
}
