//! The calendar of closings: the open deals on the day they are expected, the closed ones on the day they were closed.

use crate::{
    ask::Ask,
    view::{self, Page},
};
use jiff::ToSpan;
use maud::{Markup, html};
use zhike_kernel::{Currency, Date, Error, Filter, Op, Result, Value, Values};
use zhike_store::{List, list};
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, records,
    ui::{self, Hue},
};

/// Deals of a month that are shown.
const MOST: usize = 500;
/// Deals of a day before the rest is counted.
const DAY: usize = 4;

/// Its route.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/deals/calendar", "deal.view", |visit: Visit, Query(q): Query| {
        Box::pin(show(visit, q))
    })
}

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

/// A deal on its day.
struct Entry {
    id: i64,
    day: Date,
    name: String,
    amount: Option<i64>,
    currency: Currency,
    closed: bool,
    lost: bool,
}

async fn entries(visit: &Visit, ask: &Ask, first: Date) -> Result<(Vec<Entry>, bool)> {
    let ty = visit.registry().get("deal")?.clone();
    let (mut out, mut more) = (vec![], false);
    for (field, open) in [("expected_on", true), ("closed_on", false)] {
        let mut filter = Filter::is("pipeline_id", ask.pipeline)
            .and(Filter::field(field, Op::Ge, first))
            .and(Filter::field(field, Op::Le, first.last_of_month()))
            .and(ask.filter());
        if open {
            filter = filter.and(Filter::Field {
                field: "closed_on".into(),
                op: Op::Empty,
                values: vec![],
            });
        }
        let columns = [
            "name",
            "name_latin",
            "number",
            "amount",
            "currency",
            "lost_reason",
            "stage_id",
            field,
        ];
        let list = List {
            filter,
            sort: field.into(),
            descending: false,
            columns: columns.map(str::to_owned).to_vec(),
            limit: MOST,
            ..List::of(&ty)
        };
        let page = list::page(&visit.ctx, visit.db(), &ty, &list).await?;
        more |= page.next.is_some();
        let all = crate::stages::of_pipeline(visit.db(), ask.pipeline).await?;
        for line in page.lines {
            let text = |n: &str, v: &Values| v.get(n).and_then(Value::text).unwrap_or("").to_owned();
            let Ok(day) = text(field, &line.values).parse() else {
                continue;
            };
            let stage = line.values.get("stage_id").and_then(Value::int);
            out.push(Entry {
                id: line.id,
                day,
                name: records::show::title(visit, &ty, line.id, &line.values),
                amount: line.values.get("amount").and_then(Value::int),
                currency: Currency::parse(&text("currency", &line.values)).unwrap_or(visit.house.currency),
                closed: !open,
                lost: all
                    .iter()
                    .any(|s| Some(s.id) == stage && s.kind == crate::stages::Kind::Lost),
            });
        }
    }
    Ok((out, more))
}

fn entry(visit: &Visit, e: &Entry) -> Markup {
    let loc = &visit.loc;
    let late = !e.closed && e.day < visit.today();
    let hue = match (e.closed, e.lost, late) {
        (true, true, _) => Hue::Grey,
        (true, false, _) => Hue::Green,
        (false, _, true) => Hue::Red,
        _ => Hue::Blue,
    };
    let word = match (e.closed, e.lost, late) {
        (true, true, _) => "calendar-lost",
        (true, false, _) => "calendar-won",
        (false, _, true) => "calendar-late",
        _ => "calendar-open",
    };
    html! {
        a.row.xs href={ "/deals/" (e.id) } title={ (loc.t(word)) ": " (e.name) } style="gap:5px;min-width:0;padding:2px 0" {
            (ui::dot(hue)) span.vh { (loc.t(word)) } span.ell style="flex:1" { (e.name) }
            @if let Some(amount) = e.amount { (ui::money(loc, amount, e.currency)) }
        }
    }
}

async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let Some(ask) = Ask::read(&visit.ctx, &q).await? else {
        return Screen::new(&visit, loc.t("calendar-title"), "deal").show(view::no_pipeline(&visit));
    };
    let first = match q.filled("month") {
        Some(text) => format!("{text}-01")
            .parse::<Date>()
            .map_err(|_| Error::field("month", "error-not-a-date"))?,
        None => visit.today().first_of_month(),
    };
    let (all, more) = entries(&visit, &ask, first).await?;
    let month = |d: Date| format!("{:04}-{:02}", d.year(), d.month());
    let step = |months: i64, icon: &str, key: &str| {
        let to = first.saturating_add(months.months());
        ui::icon_btn(icon, loc.t(key)).href(format!("/deals/calendar?{}&month={}", ask.query(), month(to)))
    };
    let of = |day: Date| all.iter().filter(move |e| e.day == day);
    let days = sheet(first);
    let main = html! {
        div.row.wrap style="gap:10px;align-items:center" {
            (step(-1, "chevron-left", "calendar-before")) h2 style="margin:0" { (month(first)) } (step(1, "chevron-right", "calendar-after"))
            span.sp {}
            (ui::btn(loc.t("calendar-now")).small().href(format!("/deals/calendar?{}", ask.query())))
        }
        @if more { (ui::callout(ui::Tone::Info, loc.t("calendar-more"))) }
        @if all.is_empty() { p.mut { (loc.t("calendar-empty")) } }
        section.card.hide-s { div style="display:grid;grid-template-columns:repeat(7,minmax(0,1fr))" {
            @for n in 1..=7 { div.xs.mut style="padding:8px;border-bottom:1px solid var(--line)" { (loc.t(&format!("calendar-day-{n}"))) } }
            @for day in &days {
                @let here = day.month() == first.month();
                @let today = *day == visit.today();
                div style={ "min-height:96px;padding:6px 8px;border-bottom:1px solid var(--line);border-right:1px solid var(--line);min-width:0" @if !here { ";opacity:.45" } } {
                    div.xs.num { @if today { b { (day.day()) " · " (loc.t("records-today")) } } @else { (day.day()) } }
                    @for e in of(*day).take(DAY) { (entry(&visit, e)) }
                    @let rest = of(*day).count().saturating_sub(DAY);
                    @if rest > 0 {
                        a.xs.link href={ "/deals?f=expected_on%3Ais%3A" (day) } { (loc.tv("calendar-rest", &[("n", rest.into())])) }
                    }
                }
            }
        } }
        div.show-s.stack { @for day in days.iter().filter(|d| d.month() == first.month()) {
            @if of(*day).next().is_some() {
                div { b.sm { (loc.date_short(*day, visit.today())) } @for e in of(*day) { (entry(&visit, e)) } }
            }
        } }
    };
    Screen::new(&visit, loc.t("calendar-title"), "deal")
        .crumb(loc.t("nav-deal"), "/deals/board")
        .actions(view::switch(&visit, Some(&ask), Page::Calendar))
        .show(html! { (view::filters(&visit, &ask, Page::Calendar).await?) (ui::page_body(main)) })
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
