//! The calendar of tasks: each on the day it is due.

use crate::{
    mine::{COLUMNS, due, text},
    rules,
    schema::PENDING,
};
use maud::{Markup, html};
use zhike_kernel::{Date, Filter, Op, Result};
use zhike_store::{List, list, list::Line};
use zhike_web::{
    Answer, Query, Screen, Visit,
    ui::{self, Hue},
};

/// Tasks of a month that are shown.
const MOST: usize = 500;

/// The buttons between list and calendar, and the new task.
pub(crate) fn switch(visit: &Visit, calendar: bool) -> Markup {
    let loc = &visit.loc;
    html! {
        @if calendar { (ui::btn(loc.t("task-as-list")).icon("list").href("/tasks/mine")) }
        @else { (ui::btn(loc.t("task-as-calendar")).icon("calendar").href("/tasks/calendar")) }
        (ui::btn(loc.t("task-all")).icon("list-details").href("/tasks").wide_only())
        @if visit.may("task.create") { (ui::btn(loc.t("task-new")).icon("plus").primary().key("C").href("/tasks/new")) }
    }
}

async fn of_month(visit: &Visit, all: bool, first: Date) -> Result<list::Page> {
    let ty = visit.registry().get("task")?.clone();
    let mut filter = Filter::field("due_on", Op::Ge, first).and(Filter::field("due_on", Op::Le, first.last_of_month()));
    if !all {
        filter = filter.and(Filter::is("assignee_id", visit.actor.user.unwrap_or(0)));
    }
    let ask = List {
        filter: filter.and(Filter::field("status", Op::Not, "dropped")),
        sort: "due_on".into(),
        descending: false,
        columns: COLUMNS.iter().map(|c| (*c).to_owned()).collect(),
        limit: MOST,
        ..List::of(&ty)
    };
    list::page(&visit.ctx, visit.db(), &ty, &ask).await
}

fn entry(visit: &Visit, line: &Line) -> Markup {
    let status = text(&line.values, "status");
    let late = rules::late(status, due(&line.values), visit.today()).is_some();
    let (hue, key) = match status {
        _ if late => (Hue::Red, "task-section-overdue"),
        "done" => (Hue::Green, "task-status-done"),
        "returned" => (Hue::Amber, "task-status-returned"),
        _ => (Hue::Blue, "task-status-open"),
    };
    let (word, title) = (visit.loc.t(key), text(&line.values, "title"));
    html! {
        a.row.xs href={ "/tasks/" (line.id) } title={ (word) ": " (title) } style="gap:5px;min-width:0;padding:2px 0" {
            (ui::dot(hue)) span.vh { (word) }
            @if PENDING.contains(&status) { span.ell style="flex:1" { (title) } } @else { s.ell style="flex:1" { (title) } }
        }
    }
}

/// `GET /tasks/calendar?month=&all=`.
pub(crate) async fn page(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let first = ui::month_of(q.filled("month"), visit.today())?;
    let all = q.get("all") == Some("1");
    let found = of_month(&visit, all, first).await?;
    let of = |day: Date| {
        let due = found.lines.iter().filter(|l| due(&l.values) == Some(day));
        due.map(|l| entry(&visit, l)).collect()
    };
    let rest = |day: Date| format!("/tasks?f=due_on%3Ais%3A{day}");
    let base = |all: bool| format!("/tasks/calendar?{}", if all { "all=1&" } else { "" });
    let month = format!("month={:04}-{:02}", first.year(), first.month());
    let tab = |want: bool, key: &str| ui::Tab {
        href: format!("{}{month}", base(want)),
        label: loc.t(key),
        count: None,
        active: want == all,
    };
    let main = html! {
        (ui::tabs(loc, &loc.t("task-calendar"), &[tab(false, "task-box-todo"), tab(true, "task-all")]))
        (ui::page_body(html! {
            (ui::month_steps(loc, first, &base(all)))
            @if found.next.is_some() { (ui::callout(ui::Tone::Info, loc.t("task-calendar-more"))) }
            @if found.lines.is_empty() { p.mut { (loc.t("task-calendar-empty")) } }
            (ui::month(loc, first, visit.today(), &of, &rest))
        }))
    };
    Screen::new(&visit, loc.t("task-calendar"), "task")
        .crumb(loc.t("nav-task"), "/tasks/mine")
        .actions(switch(&visit, true))
        .show(main)
}
