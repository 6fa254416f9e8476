//! A month on one sheet: whole weeks from Monday to Sunday, a list of days on a phone.

use crate::locale::Locale;
use jiff::ToSpan;
use maud::{Markup, html};
use zhike_kernel::{Date, Error, Result};

/// Entries of a day before the rest is counted.
const DAY: usize = 4;

/// The days of a month's sheet: whole weeks from Monday to Sunday.
fn sheet(first: Date) -> Vec<Date> {
    let back = i64::from(first.weekday().to_monday_zero_offset());
    let start = first.checked_sub(back.days()).unwrap_or(first);
    let end = first.last_of_month();
    let weeks = (back + i64::from(end.day()) + 6) / 7;
    (0..weeks * 7)
        .filter_map(|n| start.checked_add(n.days()).ok())
        .collect()
}

/// Reads `2026-11` as its first day; this month when nothing is said.
pub fn month_of(text: Option<&str>, today: Date) -> Result<Date> {
    match text {
        Some(text) => format!("{text}-01")
            .parse::<Date>()
            .map_err(|_| Error::field("month", "error-not-a-date")),
        None => Ok(today.first_of_month()),
    }
}

/// The way to the month before and after, and back to this one; `base` is the address up to and including `?` or `&`.
pub fn month_steps(loc: &Locale, first: Date, base: &str) -> Markup {
    let name = |d: Date| format!("{:04}-{:02}", d.year(), d.month());
    let step = |months: i64, icon: &str, key: &str| {
        let to = first.saturating_add(months.months());
        super::icon_btn(icon, loc.t(key)).href(format!("{base}month={}", name(to)))
    };
    html! {
        div.row.wrap style="gap:10px;align-items:center" {
            (step(-1, "chevron-left", "calendar-before")) h2 style="margin:0" { (name(first)) } (step(1, "chevron-right", "calendar-after"))
            span.sp {}
            (super::btn(loc.t("calendar-now")).small().href(base.trim_end_matches(['?', '&'])))
        }
    }
}

/// The sheet. `of` gives the entries of a day, `rest` the address of all of them.
pub fn month(
    loc: &Locale,
    first: Date,
    today: Date,
    of: &dyn Fn(Date) -> Vec<Markup>,
    rest: &dyn Fn(Date) -> String,
) -> Markup {
    let days = sheet(first);
    html! {
        section.card.hide-s { div style="display:grid;grid-template-columns:repeat(7,minmax(0,1fr))" {
            @for n in 1..=7 { div.xs.mut style="padding:8px;border-bottom:1px solid var(--line)" { (loc.t(&format!("calendar-day-{n}"))) } }
            @for day in &days {
                @let entries = of(*day);
                div style={ "min-height:96px;padding:6px 8px;border-bottom:1px solid var(--line);border-right:1px solid var(--line);min-width:0" @if day.month() != first.month() { ";opacity:.45" } } {
                    div.xs.num { @if *day == today { b { (day.day()) " · " (loc.t("records-today")) } } @else { (day.day()) } }
                    @for entry in entries.iter().take(DAY) { (entry) }
                    @let more = entries.len().saturating_sub(DAY);
                    @if more > 0 { a.xs.link href=(rest(*day)) { (loc.tv("calendar-rest", &[("n", more.into())])) } }
                }
            }
        } }
        div.show-s.stack { @for day in days.iter().filter(|d| d.month() == first.month()) {
            @let entries = of(*day);
            @if !entries.is_empty() {
                div { b.sm { (loc.date_short(*day, today)) } @for entry in &entries { (entry) } }
            }
        } }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_whole_weeks_from_monday() {
        let days = |t: &str| sheet(t.parse().unwrap());
        let november = days("2026-11-01");
        assert_eq!((november.len(), november[0].to_string()), (42, "2026-10-26".to_owned()));
        let june = days("2026-06-01");
        assert_eq!((june.len(), june[0].to_string()), (35, "2026-06-01".to_owned()));
        assert_eq!(days("2027-02-01").len(), 28);
    }
}
