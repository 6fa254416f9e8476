//! When an analysis runs by itself: daily, weekly or monthly at a time of the house's zone.

use jiff::ToSpan;
use jiff::tz::TimeZone;
use zhike_kernel::{Date, Error, Result, Stamp, Value, Values};
use zhike_store::Record;

/// Words of the rhythm; none: only when somebody asks.
pub(crate) const REPEATS: &[&str] = &["daily", "weekly", "monthly"];
/// The fields that say it.
pub(crate) const FIELDS: [&str; 3] = ["repeat", "repeat_day", "repeat_at"];

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub repeat: String,
    /// Day of the week (Monday is 1) or of the month.
    pub day: i8,
    /// Minutes after midnight.
    pub minute: i16,
}

/// `6:30`, `06:30`, `18：30`.
fn minute(text: &str) -> Option<i16> {
    let text = text.trim().replace('：', ":");
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i16, i16) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

/// Fills in what a plan leaves open and refuses what is none.
pub(crate) fn tidy(new: &mut Values) -> Result<()> {
    let text = |new: &Values, name: &str| new.get(name).and_then(Value::text).unwrap_or("").to_owned();
    let repeat = text(new, "repeat");
    if repeat.is_empty() {
        new.insert("repeat_day".into(), Value::Null);
        new.insert("repeat_at".into(), Value::Null);
        return Ok(());
    }
    let at = text(new, "repeat_at");
    let at = if at.is_empty() { Some(7 * 60) } else { minute(&at) };
    let at = at.ok_or_else(|| Error::field("repeat_at", "error-analysis-time"))?;
    new.insert("repeat_at".into(), format!("{:02}:{:02}", at / 60, at % 60).into());
    let day = new.get("repeat_day").and_then(Value::int);
    let most = match repeat.as_str() {
        "weekly" => 7,
        "monthly" => 31,
        _ => {
            new.insert("repeat_day".into(), Value::Null);
            return Ok(());
        }
    };
    match day.unwrap_or(1) {
        day if (1..=most).contains(&day) => {
            new.insert("repeat_day".into(), day.into());
            Ok(())
        }
        _ => Err(Error {
            fields: vec![zhike_kernel::FieldError {
                field: "repeat_day".into(),
                code: "error-analysis-day",
                args: vec![("most", most.into())],
            }],
            ..Error::field("repeat_day", "error-analysis-day")
        }),
    }
}

/// The plan of an analysis, if it has one.
pub(crate) fn of(analysis: &Record) -> Option<Plan> {
    let repeat = analysis.text("repeat");
    (!repeat.is_empty() && analysis.archived_at.is_none()).then(|| Plan {
        repeat: repeat.to_owned(),
        day: analysis.int("repeat_day").and_then(|d| d.try_into().ok()).unwrap_or(1),
        minute: minute(analysis.text("repeat_at")).unwrap_or(420),
    })
}

impl Plan {
    /// As it stands in the queue: a plan that was changed meanwhile is another one.
    pub fn word(&self) -> String {
        format!("{}|{}|{}", self.repeat, self.day, self.minute)
    }

    fn fits(&self, day: Date) -> bool {
        match self.repeat.as_str() {
            "weekly" => day.weekday().to_monday_one_offset() == self.day,
            // The last day stands for those that a month does not have.
            "monthly" => day.day() == self.day.min(day.days_in_month()),
            _ => true,
        }
    }

    /// The first moment after another one.
    pub fn next(&self, after: Stamp, zone: &TimeZone) -> Option<Stamp> {
        let first = after.date(zone);
        for ahead in 0..40_i64 {
            let day = first.checked_add(ahead.days()).ok()?;
            if !self.fits(day) {
                continue;
            }
            let (hour, minute) = (
                i8::try_from(self.minute / 60).ok()?,
                i8::try_from(self.minute % 60).ok()?,
            );
            let at = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
            let at = Stamp(at.timestamp().as_microsecond());
            if at > after {
                return Some(at);
            }
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn next(repeat: &str, day: i8, minute: i16, after: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let after: jiff::Timestamp = after.parse().unwrap();
        let plan = Plan {
            repeat: repeat.into(),
            day,
            minute,
        };
        let at = plan.next(Stamp(after.as_microsecond()), &zone).unwrap();
        at.timestamp().to_zoned(zone).strftime("%F %H:%M").to_string()
    }

    #[test]
    fn the_next_moment_is_told_in_the_zone_of_the_house() {
        let at = |repeat, day, after| next(repeat, day, 420, after, "Asia/Shanghai");
        assert_eq!(at("daily", 1, "2026-06-29T22:59:59Z"), "2026-06-30 07:00");
        assert_eq!(at("daily", 1, "2026-06-29T23:00:00Z"), "2026-07-01 07:00");
        // 30 June 2026 is a Tuesday.
        assert_eq!(at("weekly", 1, "2026-06-30T02:00:00Z"), "2026-07-06 07:00");
        assert_eq!(at("weekly", 2, "2026-06-30T02:00:00Z"), "2026-07-07 07:00");
        assert_eq!(at("monthly", 31, "2026-01-31T02:00:00Z"), "2026-02-28 07:00");
        assert_eq!(at("monthly", 31, "2026-02-28T02:00:00Z"), "2026-03-31 07:00");
        // An hour that a night in spring leaves out is the one after it.
        assert_eq!(
            next("daily", 1, 150, "2026-03-08T05:00:00Z", "America/New_York"),
            "2026-03-08 03:30"
        );
    }

    #[test]
    fn a_plan_is_filled_in_or_refused() {
        let with =
            |pairs: &[(&str, Value)]| -> Values { pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect() };
        let mut weekly = with(&[("repeat", "weekly".into()), ("repeat_at", "6：05".into())]);
        tidy(&mut weekly).unwrap();
        assert_eq!(
            (weekly["repeat_day"].int(), weekly["repeat_at"].text()),
            (Some(1), Some("06:05"))
        );
        let mut never = with(&[("repeat", Value::Null), ("repeat_at", "06:05".into())]);
        tidy(&mut never).unwrap();
        assert_eq!(never["repeat_at"], Value::Null);
        for wrong in [
            with(&[("repeat", "daily".into()), ("repeat_at", "25:00".into())]),
            with(&[("repeat", "weekly".into()), ("repeat_day", 8.into())]),
        ] {
            assert!(tidy(&mut wrong.clone()).is_err());
        }
    }
}
