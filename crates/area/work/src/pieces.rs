//! Tasks on record pages: the steps and marks of a task itself, a customer's tasks, and a way to open one anywhere.

use crate::{
    mine::people,
    rules::{self, Step},
    schema::pending,
    step,
};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_kernel::{Filter, Result};
use zhike_store::{Record, RecordType, read};
use zhike_web::{Place, Tab, Visit, area::EVERY, input::percent_encode, records, ui};

/// The pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    let view = "task.view";
    vec![
        Tab::new("task", "steps", Place::Action, 10, view, |v, r| Box::pin(steps(v, r))),
        Tab::new("task", "late", Place::Mark, 10, view, |v, r| {
            Box::pin(async move { Ok(late(v, r)) })
        }),
        Tab::new("task", "about", Place::Head, 10, view, |v, r| Box::pin(about(v, r))),
        Tab::new("party", "task", Place::Tab, 30, view, |v, r| Box::pin(of_party(v, r))),
        Tab::new(EVERY, "give", Place::Action, 90, "task.create", |v, r| {
            Box::pin(async move { Ok(give(v, r)) })
        }),
        Tab::new(EVERY, "tasks", Place::Rail, 90, view, |v, r| Box::pin(of_record(v, r))),
    ]
}

/// The type on whose page a piece is drawn.
fn type_here(visit: &Visit) -> Option<Arc<RecordType>> {
    let first = visit.path().trim_start_matches('/').split('/').next()?;
    visit.registry().by_path(first).cloned()
}

fn late(visit: &Visit, task: &Record) -> Markup {
    let days = rules::late(task.text("status"), task.date("due_on"), visit.today());
    html! { @if let Some(days) = days { (ui::badge(ui::Hue::Red, &visit.loc.tv("task-late", &[("days", days.into())]))) } }
}

/// A step that is asked about in a dialog.
async fn dialog(visit: &Visit, task: &Record, step: Step) -> Result<Markup> {
    let loc = &visit.loc;
    let name = step.name();
    let words = loc.t(&format!("task-step-{name}"));
    let note = |key: &str, required| {
        ui::Field::new("note", loc.t(key))
            .id(format!("task-note-{name}"))
            .required(required)
            .textarea("", 3)
    };
    let fields = match step {
        Step::Return => note("task-remark", true),
        Step::Assign => ui::Field::new("assignee", loc.t("task-assignee_id"))
            .id("task-assign")
            .required(true)
            .select(&people(visit).await?, "", Some("")),
        _ => note("task-result", false),
    };
    let form = html! {
        form.stack data-stay method="post" action={ "/tasks/" (task.id) "/step" } {
            (ui::hidden("to", name)) (ui::hidden("version", &task.version.to_string()))
            (fields)
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(&words).primary().submit()) }
        }
    };
    Ok(ui::dialog(&format!("task-{name}"), &words, form))
}

async fn steps(visit: &Visit, task: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let open = step::open_to(&visit.ctx, task);
    let asked: Vec<Step> = open
        .iter()
        .copied()
        .filter(|s| !matches!(s, Step::Accept | Step::Reopen))
        .collect();
    let mut dialogs = vec![];
    for step in &asked {
        dialogs.push(dialog(visit, task, *step).await?);
    }
    let more: Vec<ui::Item> = asked
        .iter()
        .filter(|s| **s != Step::Done)
        .map(|s| {
            ui::Item::button(loc.t(&format!("task-step-{}", s.name()))).attr("data-open", format!("task-{}", s.name()))
        })
        .collect();
    let back = format!("/tasks/{}", task.id);
    Ok(html! {
        @for step in [Step::Accept, Step::Reopen] {
            @if open.contains(&step) { (crate::mine::quick(visit, task.id, task.version, step, &back)) }
        }
        @if open.contains(&Step::Done) { (ui::btn(loc.t("task-step-done")).icon("check").opens("task-done")) }
        @if !more.is_empty() { (ui::menu("dots", &loc.t("task-more"), false, "left", &more)) }
        @for one in &dialogs { (one) }
    })
}

/// What it is about, what came back with it, and its neighbours in the rhythm.
async fn about(visit: &Visit, task: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let mut parts = vec![];
    if let (Some(id), Ok(ty)) = (task.int("record_id"), visit.registry().get(task.text("record_type"))) {
        let ty = ty.clone();
        let seen = if visit.may(&ty.permission("view")) {
            read::find(&visit.ctx, visit.db(), &ty, id).await?
        } else {
            None
        };
        let one = loc.t(&format!("{}-one", ty.name));
        parts.push(match seen {
            Some(record) => {
                let title = records::show::title(visit, &ty, id, &record.values);
                html! { (loc.t("task-about")) " " @if ty.pages { a.link href=(ty.url(id)) { (one) " " (title) } } @else { (one) " " (title) } }
            }
            None => html! { (loc.t("task-about")) " " (one) " " span.dim { (loc.t("task-about-unseen")) } },
        });
    }
    if let Some(before) = task.int("before_id") {
        parts.push(html! { a.link href={ "/tasks/" (before) } { (loc.t("task-before")) } });
    }
    let returned = task.text("status") == "returned" && !task.text("remark").is_empty();
    Ok(html! {
        @if returned { (ui::callout(ui::Tone::Warn, html! { (loc.t("task-came-back")) " " (task.text("remark")) })) }
        @if !parts.is_empty() { p.sm.row.wrap style="gap:4px 16px;margin:6px 0 0" { @for part in &parts { span { (part) } } } }
    })
}

const SHOWN: [&str; 5] = ["title", "kind", "assignee_id", "due_on", "status"];

async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let of = || Filter::is("party_id", party.id);
    let ended = of().and(Filter::is("status", "done"));
    Ok(html! {
        (ui::card(loc.t("task-view-pending")).actions(give_button(visit, "party", party.id, Some(party.id)))
            .flush(records::related(visit, "task", of().and(pending()), &SHOWN, 50).await?))
        (ui::card(loc.t("task-view-done")).flush(records::related(visit, "task", ended, &["title", "kind", "done_by_id", "done_on", "result"], 20).await?))
    })
}

fn give_button(visit: &Visit, of: &str, id: i64, party: Option<i64>) -> Markup {
    html! { @if visit.may("task.create") {
        (ui::btn(visit.loc.t("task-new")).icon("plus").small().href(address(of, id, party, "")))
    } }
}

fn address(of: &str, id: i64, party: Option<i64>, title: &str) -> String {
    let mut out = format!("/tasks/new?record_type={of}&record_id={id}");
    if let Some(party) = party {
        out.push_str(&format!("&party_id={party}"));
    }
    if !title.is_empty() {
        out.push_str(&format!("&title={}", percent_encode(title)));
    }
    out
}

/// The button on every record's page; the form that comes knows what it is about.
fn give(visit: &Visit, record: &Record) -> Markup {
    let Some(ty) = type_here(visit).filter(|t| t.name != "task" && record.archived_at.is_none()) else {
        return html! {};
    };
    let party = match ty.party {
        Some("id") => Some(record.id),
        Some(field) => record.int(field),
        None => None,
    };
    let title = if ty.party == Some("id") {
        String::new()
    } else {
        let one = visit.loc.t(&format!("{}-one", ty.name));
        let name = records::show::title(visit, &ty, record.id, &record.values);
        visit
            .loc
            .tv("task-about-title", &[("one", one.into()), ("name", name.into())])
    };
    html! { (ui::icon_btn("checkbox", visit.loc.t("task-new")).href(address(ty.name, record.id, party, &title))) }
}

/// What is still to be done about a record, beside it.
async fn of_record(visit: &Visit, record: &Record) -> Result<Markup> {
    let Some(ty) = type_here(visit).filter(|t| !matches!(t.name, "task" | "party")) else {
        return Ok(html! {});
    };
    let task = visit.registry().get("task")?.clone();
    let ask = zhike_store::List {
        filter: pending()
            .and(Filter::is("record_type", ty.name))
            .and(Filter::is("record_id", record.id)),
        columns: SHOWN.iter().map(|c| (*c).to_owned()).collect(),
        limit: 5,
        ..zhike_store::List::of(&task)
    };
    let found = zhike_store::list::page(&visit.ctx, visit.db(), &task, &ask).await?;
    if found.lines.is_empty() {
        return Ok(html! {});
    }
    let card = ui::card(visit.loc.t("task-view-pending")).body(html! { div.stack.t {
        @for line in &found.lines {
            div.row.wrap {
                a.link href={ "/tasks/" (line.id) } { (records::show::title(visit, &task, line.id, &line.values)) }
                (crate::mine::when(visit, &line.values))
            }
        }
    } });
    Ok(html! { (card) })
}
