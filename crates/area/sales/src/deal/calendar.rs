//! The calendar of closings: the open deals on the day they are expected, the closed ones on the day they were closed.

use crate::{
    ask::Ask,
    view::{self, Page},
};
use maud::{Markup, html};
use zhike_kernel::{Currency, Date, Filter, Op, Result, Value, Values};
use zhike_store::{List, list};
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, records,
    ui::{self, Hue},
};

/// Deals of a month that are shown.
const MOST: usize = 500;
/// Its route.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/deals/calendar", "deal.view", |visit: Visit, Query(q): Query| {
        Box::pin(show(visit, q))
    })
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
        let columns = ["name", "name_latin", "number", "amount", "currency", "stage_id", field];
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
    let first = ui::month_of(q.filled("month"), visit.today())?;
    let (all, more) = entries(&visit, &ask, first).await?;
    let of = |day: Date| all.iter().filter(|e| e.day == day).map(|e| entry(&visit, e)).collect();
    let rest = |day: Date| format!("/deals?f=expected_on%3Ais%3A{day}");
    let main = html! {
        (ui::month_steps(loc, first, &format!("/deals/calendar?{}&", ask.query())))
        @if more { (ui::callout(ui::Tone::Info, loc.t("calendar-more"))) }
        @if all.is_empty() { p.mut { (loc.t("calendar-empty")) } }
        (ui::month(loc, first, visit.today(), &of, &rest))
    };
    Screen::new(&visit, loc.t("calendar-title"), "deal")
        .crumb(loc.t("nav-deal"), "/deals/board")
        .actions(view::switch(&visit, Some(&ask), Page::Calendar))
        .show(html! { (view::filters(&visit, &ask, Page::Calendar).await?) (ui::page_body(main)) })
}
