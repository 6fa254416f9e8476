//! The page “My tasks”: what is late, today's, what comes; what others were given; what is done.

use crate::{
    month,
    rules::{self, Step},
    schema::pending,
};
use maud::{Markup, html};
use zhike_kernel::{Date, Error, Filter, Op, Result, Value, Values};
use zhike_store::{List, field::parse_date, list, list::Line};
use zhike_web::{
    Answer, Query, Screen, Visit,
    records::{self, Names, show::title},
    ui::{self, Choice},
};

/// Tasks that are shown at once.
const MOST: usize = 200;

/// A drawer of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawer {
    /// I am to do it.
    Todo,
    /// I gave it to somebody, or it came back.
    Given,
    /// I did it.
    Done,
}

impl Drawer {
    const ALL: [Drawer; 3] = [Drawer::Todo, Drawer::Given, Drawer::Done];
    fn name(self) -> &'static str {
        match self {
            Drawer::Todo => "todo",
            Drawer::Given => "given",
            Drawer::Done => "done",
        }
    }
    pub(crate) fn parse(word: &str) -> Drawer {
        Drawer::ALL
            .into_iter()
            .find(|b| b.name() == word)
            .unwrap_or(Drawer::Todo)
    }
    fn filter(self, me: i64) -> Filter {
        match self {
            Drawer::Todo => pending().and(Filter::is("assignee_id", me)),
            Drawer::Given => {
                pending()
                    .and(Filter::is("given_by_id", me))
                    .and(Filter::field("assignee_id", Op::Not, me))
            }
            Drawer::Done => Filter::is("done_by_id", me),
        }
    }
}

/// Columns that rows need.
pub(crate) const COLUMNS: [&str; 9] = [
    "number",
    "title",
    "kind",
    "status",
    "due_on",
    "priority",
    "assignee_id",
    "given_by_id",
    "party_id",
];

/// One page of a drawer.
pub(crate) async fn read(visit: &Visit, drawer: Drawer, cursor: Option<String>, limit: usize) -> Result<list::Page> {
    let me = visit.actor.user.ok_or_else(Error::unknown)?;
    let ty = visit.registry().get("task")?.clone();
    let done = drawer == Drawer::Done;
    let ask = List {
        filter: drawer.filter(me),
        sort: if done { "done_on" } else { "due_on" }.into(),
        descending: done,
        columns: COLUMNS.iter().map(|c| (*c).to_owned()).collect(),
        limit,
        cursor,
        ..List::of(&ty)
    };
    list::page(&visit.ctx, visit.db(), &ty, &ask).await
}

/// A field's text.
pub(crate) fn text<'a>(row: &'a Values, name: &str) -> &'a str {
    row.get(name).and_then(Value::text).unwrap_or("")
}
/// The day of a row.
pub(crate) fn due(row: &Values) -> Option<Date> {
    parse_date(text(row, "due_on"))
}

/// How late, or when due.
pub(crate) fn when(visit: &Visit, row: &Values) -> Markup {
    let loc = &visit.loc;
    let Some(day) = due(row) else {
        return html! { span.dim { (loc.t("task-no-day")) } };
    };
    match rules::late(text(row, "status"), Some(day), visit.today()) {
        Some(days) => html! {
            span title=(day.to_string()) { (ui::badge(ui::Hue::Red, &loc.tv("task-late", &[("days", days.into())]))) }
        },
        None if day == visit.today() => html! { span.num title=(day.to_string()) { (loc.t("records-today")) } },
        None => html! { span.num title=(day.to_string()) { (loc.date_short(day, visit.today())) } },
    }
}

/// The form of one step that needs no words.
pub(crate) fn quick(visit: &Visit, id: i64, version: i64, step: Step, back: &str) -> Markup {
    let words = visit.loc.t(&format!("task-step-{}", step.name()));
    let icon = if step == Step::Done { "check" } else { "user-check" };
    html! {
        form data-stay method="post" action={ "/tasks/" (id) "/step" } style="margin:0" {
            (ui::hidden("to", step.name())) (ui::hidden("version", &version.to_string())) (ui::hidden("back", back))
            (ui::btn(words).icon(icon).small().submit())
        }
    }
}

fn line(visit: &Visit, line: &Line, names: &Names, drawer: Drawer) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("task")?;
    let row = &line.values;
    let word = |name: &str| {
        ty.field(name)
            .map_or_else(String::new, |f| records::plain(visit, ty, f, row, names))
    };
    let party = ty
        .field("party_id")
        .filter(|f| !row.get(f.name).is_none_or(Value::is_empty))
        .map(|f| records::cell(visit, ty, f, row, names));
    let back = format!("/tasks/mine?box={}", drawer.name());
    let status = text(row, "status");
    let other = match drawer {
        Drawer::Todo => "given_by_id",
        Drawer::Given | Drawer::Done => "assignee_id",
    };
    let mine = row.get(other).and_then(Value::int) == visit.actor.user;
    Ok(html! {
        li.row.wrap style="gap:8px 12px;padding:10px 14px;border-bottom:1px solid var(--line);align-items:center" {
            div style="flex:1 1 220px;min-width:0" {
                div.row.wrap style="gap:6px" {
                    a.link href={ "/tasks/" (line.id) } { b { (title(visit, ty, line.id, row)) } }
                    @if text(row, "priority") == "high" { (ui::badge(ui::Hue::Amber, &word("priority"))) }
                    @if status == "returned" || (status == "open" && drawer != Drawer::Done) { (ui::badge(records::show::hue(status), &word("status"))) }
                    @if status == "dropped" { (ui::badge(ui::Hue::Grey, &word("status"))) }
                }
                div.xs.mut.row.wrap style="gap:4px 10px" {
                    span { (word("kind")) }
                    @if let Some(party) = party { (party) }
                    @if !mine && !word(other).is_empty() { span { (loc.t(&format!("task-{other}"))) " " (word(other)) } }
                }
            }
            (when(visit, row))
            @if drawer != Drawer::Done {
                @if drawer == Drawer::Todo && status == "open" { (quick(visit, line.id, line.version, Step::Accept, &back)) }
                (quick(visit, line.id, line.version, Step::Done, &back))
            }
        }
    })
}

/// The sections of what is to be done: late, today, later, on no day.
fn sections<'a>(visit: &Visit, lines: &'a [Line], drawer: Drawer) -> Vec<(&'static str, Vec<&'a Line>)> {
    if drawer == Drawer::Done {
        return vec![("done", lines.iter().collect())];
    }
    let today = visit.today();
    let part = |want: &dyn Fn(Option<Date>) -> bool| lines.iter().filter(|l| want(due(&l.values))).collect();
    vec![
        ("overdue", part(&|d| d.is_some_and(|d| d < today))),
        ("today", part(&|d| d == Some(today))),
        ("later", part(&|d| d.is_some_and(|d| d > today))),
        ("some-day", part(&|d| d.is_none())),
    ]
}

/// A line in which a task is noted down quickly.
async fn quick_add(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let me = visit.actor.user.map(|u| u.to_string()).unwrap_or_default();
    Ok(html! {
        form method="post" action="/tasks" autocomplete="off" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("kind", "todo")) (ui::hidden("priority", "normal"))
            div.form-grid {
                div.wide { (ui::Field::new("title", loc.t("task-title")).required(true).text("")) }
                (ui::Field::new("due_on", loc.t("task-due_on")).date(&visit.today().to_string()))
                (ui::Field::new("assignee_id", loc.t("task-assignee_id")).select(&people(visit).await?, &me, Some("—")))
            }
            div.btn-row.end { (ui::btn(loc.t("task-note-down")).icon("plus").submit()) }
        }
    })
}

/// Choices of people who can sign in.
pub(crate) async fn people(visit: &Visit) -> Result<Vec<Choice>> {
    let all = visit.app.identity.users().await?;
    Ok(all
        .iter()
        .filter(|u| u.active)
        .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect())
}

/// `GET /tasks/mine?box=`.
pub(crate) async fn page(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let drawer = Drawer::parse(q.get("box").unwrap_or(""));
    let found = read(&visit, drawer, q.filled("cursor").map(str::to_owned), MOST).await?;
    let ty = visit.registry().get("task")?.clone();
    let rows: Vec<&Values> = found.lines.iter().map(|l| &l.values).collect();
    let names = records::names(&visit, &ty, &rows).await?;
    let tabs: Vec<ui::Tab> = Drawer::ALL
        .iter()
        .map(|b| ui::Tab {
            href: format!("/tasks/mine?box={}", b.name()),
            label: loc.t(&format!("task-box-{}", b.name())),
            count: None,
            active: *b == drawer,
        })
        .collect();
    let mut cards = vec![];
    for (key, lines) in sections(&visit, &found.lines, drawer) {
        if lines.is_empty() {
            continue;
        }
        let mut drawn = vec![];
        for one in &lines {
            drawn.push(line(&visit, one, &names, drawer)?);
        }
        let head = loc.tv(
            "task-section",
            &[
                ("name", loc.t(&format!("task-section-{key}")).into()),
                ("n", lines.len().into()),
            ],
        );
        let list = html! { ul data-rows style="list-style:none;margin:0;padding:0" { @for row in &drawn { (row) } } };
        cards.push(ui::card(head).flush(list));
    }
    let main = html! {
        (ui::tabs(loc, &loc.t("nav-task"), &tabs))
        (ui::page_body(html! {
            @if cards.is_empty() {
                (ui::empty("checkbox", &loc.t(&format!("task-none-{}", drawer.name())), &loc.t("task-none-text"), html! {}))
            }
            @for card in &cards { (card) }
            @if let Some(next) = &found.next {
                div.row { (ui::btn(loc.t("web-next")).small().href(format!("/tasks/mine?box={}&cursor={next}", drawer.name()))) }
            }
            @if drawer == Drawer::Todo && visit.may("task.create") { (ui::card(loc.t("task-quick")).body(quick_add(&visit).await?)) }
        }))
    };
    Screen::new(&visit, loc.t("nav-task"), "task")
        .actions(month::switch(&visit, false))
        .show(main)
}
