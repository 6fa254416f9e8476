//! A day in a calendar ([`Date`]) and an instant ([`Stamp`]) are different things, and the clock is asked, never read.

pub use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

/// An instant, UTC, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub i64);

impl Stamp {
    /// The instant as a jiff timestamp (clamped to the years jiff knows).
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The day in a time zone.
    pub fn date(self, zone: &TimeZone) -> Date {
        self.timestamp().to_zoned(zone.clone()).date()
    }

    /// Midnight at the beginning of `day` in a zone.
    pub fn start_of(day: Date, zone: &TimeZone) -> Stamp {
        let at = day
            .to_zoned(zone.clone())
            .map(|z| z.timestamp())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        Stamp(at.as_microsecond())
    }

    /// RFC 3339 in UTC, as the API shows it.
    pub fn rfc3339(self) -> String {
        self.timestamp().to_string()
    }

    /// Later by so many seconds.
    pub fn plus_seconds(self, seconds: i64) -> Stamp {
        Stamp(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// Tells the time. Tests bring their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Stamp;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Stamp {
        Stamp(Timestamp::now().as_microsecond())
    }
}

/// A clock that stands still until it is moved.
pub struct FixedClock(Mutex<Stamp>);

impl FixedClock {
    /// Stands at `at`.
    pub fn at(at: Stamp) -> FixedClock {
        FixedClock(Mutex::new(at))
    }

    /// Moves forward.
    pub fn advance_seconds(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *now = now.plus_seconds(seconds);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Stamp {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
