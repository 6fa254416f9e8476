//! Terms, notice and renewal of contracts, and their plan of payments; pure.

use jiff::ToSpan;
use zhike_kernel::{Date, money::mul_div};

/// Head and plan are written until it is in force.
pub(crate) fn open(status: &str) -> bool {
    matches!(status, "draft" | "approval" | "approved")
}

/// A change now takes an approval back.
pub(crate) fn bound(status: &str) -> bool {
    matches!(status, "approval" | "approved")
}

/// The last day on which notice may be given.
pub(crate) fn notice_on(ends: Option<Date>, days: Option<i64>) -> Option<Date> {
    ends?.checked_sub(days.unwrap_or(0).clamp(0, 3_650).days()).ok()
}

/// What the calendar does to a contract in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// Somebody should decide now.
    Remind,
    /// It goes on by itself until this day.
    Renew(Date),
    /// It is over.
    End,
}

/// A term that ended renews by itself as often as it takes to reach today. Before, the day of notice is told once
/// (`reminded`: for which end it was told).
pub(crate) fn due(
    ends: Option<Date>,
    notice: Option<Date>,
    auto: bool,
    months: i64,
    reminded: Option<Date>,
    today: Date,
) -> Due {
    let Some(end) = ends else { return Due::Nothing };
    if end < today {
        if !auto {
            return Due::End;
        }
        let step = months.clamp(1, 600).months();
        let mut next = end;
        while next < today {
            match next.checked_add(step) {
                Ok(later) => next = later,
                Err(_) => return Due::End,
            }
        }
        return Due::Renew(next);
    }
    if notice.is_some_and(|n| n <= today) && reminded != Some(end) {
        return Due::Remind;
    }
    Due::Nothing
}

/// A value in equal parts that add up to it exactly: the day and amount of each.
pub(crate) fn split(value: i64, parts: i64, first: Date, months: i64) -> Option<Vec<(Date, i64)>> {
    if !(1..=120).contains(&parts) || !(0..=120).contains(&months) {
        return None;
    }
    let mut out = vec![];
    for i in 0..parts {
        // What is due after the part less what was due before it: no rounding gets lost.
        let amount = mul_div(value, i + 1, parts)?.checked_sub(mul_div(value, i, parts)?)?;
        out.push((first.checked_add((i * months).months()).ok()?, amount));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn the_calendar_reminds_renews_and_ends() {
        let end = Some(day("2026-12-31"));
        let notice = notice_on(end, Some(90));
        assert_eq!(notice, Some(day("2026-10-02")));
        let at = |auto, reminded, today: &str| due(end, notice, auto, 12, reminded, day(today));
        assert_eq!(at(true, None, "2026-10-01"), Due::Nothing);
        assert_eq!(at(true, None, "2026-10-02"), Due::Remind);
        assert_eq!(at(true, end, "2026-11-02"), Due::Nothing);
        assert_eq!(at(true, end, "2026-12-31"), Due::Nothing);
        assert_eq!(at(true, end, "2027-01-01"), Due::Renew(day("2027-12-31")));
        assert_eq!(at(true, end, "2029-03-01"), Due::Renew(day("2029-12-31")));
        assert_eq!(at(false, end, "2027-01-01"), Due::End);
        assert_eq!(due(None, None, true, 12, None, day("2027-01-01")), Due::Nothing);
    }

    proptest! {
        /// A plan adds up to the value to the last minor unit, its parts differ by two at most (half to even), its days never go back.
        #[test]
        fn parts_add_up(value in -1_000_000_000_000_i64..1_000_000_000_000, parts in 1_i64..=120, months in 0_i64..=12) {
            let plan = split(value, parts, day("2026-01-31"), months).unwrap_or_default();
            prop_assert_eq!(i64::try_from(plan.len()), Ok(parts));
            prop_assert_eq!(plan.iter().map(|p| p.1).sum::<i64>(), value);
            let least = plan.iter().map(|p| p.1).min().unwrap_or(0);
            let most = plan.iter().map(|p| p.1).max().unwrap_or(0);
            prop_assert!(most - least <= 2, "{} {}", least, most);
            prop_assert!(plan.windows(2).all(|w| w[0].0 <= w[1].0));
        }
    }
}
