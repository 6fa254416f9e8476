//! Which days an analysis looks at.

use jiff::ToSpan;
use zhike_kernel::{Date, Result};
use zhike_lake::query::Period;
use zhike_store::{Query, Tx, setting};

/// The choices: twelve months, the calendar year, everything.
pub const CHOICES: [&str; 3] = ["12m", "year", "all"];
const SETTING: &str = "insight.period";

/// What the house chose.
pub async fn chosen(q: &dyn Query) -> Result<&'static str> {
    let found = setting::get(q, SETTING).await?;
    Ok(CHOICES
        .into_iter()
        .find(|c| found.as_deref() == Some(*c))
        .unwrap_or("12m"))
}

/// Chooses; other words change nothing.
pub async fn choose(tx: &Tx, word: &str) -> Result<()> {
    match CHOICES.into_iter().find(|c| *c == word) {
        Some(choice) => setting::set(tx, SETTING, choice).await,
        None => Ok(()),
    }
}

/// First and last day. The end is the day of the last order (a house whose orders end in the past is looked at as of
/// then), never the future.
pub fn days(choice: &str, span: Option<(Date, Date)>, today: Date) -> (Date, Date) {
    let (first, last) = span.unwrap_or((today, today));
    let end = if last < today && (today - last).get_days() <= 31 {
        today
    } else {
        last.min(today)
    };
    let from = match choice {
        "all" => first,
        "year" => Date::new(end.year(), 1, 1).unwrap_or(first),
        _ => end
            .checked_sub(1.year())
            .and_then(|d| d.checked_add(1.day()))
            .unwrap_or(first),
    };
    (from.min(end), end)
}

/// The last six months and the six before them.
pub fn halves(period: &Period) -> (Period, Period) {
    let back = |months: i32| period.to.checked_sub(months.months()).unwrap_or(period.from);
    let next = |day: Date| day.checked_add(1.day()).unwrap_or(day);
    let of = |from, to| Period {
        from,
        to,
        currency: period.currency.clone(),
    };
    (of(next(back(6)), period.to), of(next(back(12)), back(6)))
}

/// Months since the year 0.
pub fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

/// The month of the period's last day up to that day, and the whole months before it; so many together.
pub fn last_months(period: &Period, months: usize) -> Period {
    let before = i32::try_from(months).unwrap_or(1) - 1;
    let from = period.to.first_of_month();
    Period {
        from: from.checked_sub(before.months()).unwrap_or(from),
        to: period.to,
        currency: period.currency.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn twelve_months_end_today_or_with_the_last_order_of_an_old_book() {
        let today = day("2026-06-30");
        let span = Some((day("2024-02-01"), day("2026-06-20")));
        assert_eq!(days("12m", span, today), (day("2025-07-01"), today));
        assert_eq!(days("year", span, today), (day("2026-01-01"), today));
        assert_eq!(days("all", span, today), (day("2024-02-01"), today));
        let old = Some((day("2003-01-06"), day("2005-05-31")));
        assert_eq!(days("12m", old, today), (day("2004-06-01"), day("2005-05-31")));
        assert_eq!(days("12m", None, today), (day("2025-07-01"), today));
    }

    #[test]
    fn twelve_months_begin_with_the_first_of_a_month() {
        let period = Period {
            from: day("2025-07-01"),
            to: day("2026-06-30"),
            currency: "CNY".into(),
        };
        let last = last_months(&period, 12);
        assert_eq!((last.from, last.to), (day("2025-07-01"), day("2026-06-30")));
        assert_eq!(month_number(last.to) - month_number(last.from), 11);
    }

    #[test]
    fn the_halves_meet_and_do_not_overlap() {
        let period = Period {
            from: day("2025-07-01"),
            to: day("2026-06-30"),
            currency: "CNY".into(),
        };
        let (later, earlier) = halves(&period);
        assert_eq!((later.from, later.to), (day("2025-12-31"), day("2026-06-30")));
        assert_eq!((earlier.from, earlier.to), (day("2025-07-01"), day("2025-12-30")));
    }
}
