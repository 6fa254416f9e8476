//! One request: what was put forward (the frozen copy), the path, and the approver's buttons; and the panel on the record.

use crate::{
    act::{self, Said},
    inbox::{self, hue, me},
    kept::{self, Request, Shown},
    people,
    port::Subjects,
    rules::{State, Why},
};
use axum::{extract::Path, response::IntoResponse};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Field, Record, RecordType};
use zhike_web::{
    Fields, Form, Screen, Visit,
    answer::{Answer, go},
    records, ui,
};

fn number(id: &str) -> Result<i64> {
    id.parse().map_err(|_| Error::missing())
}

/// `GET /approvals/{id}`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, subjects: Subjects) -> Answer {
    let request = kept::need(visit.db(), number(&id)?).await?;
    show(&visit, &subjects, &request, &Fields::default(), None).await
}

async fn show(
    visit: &Visit,
    subjects: &Subjects,
    request: &Request,
    typed: &Fields,
    problem: Option<&Error>,
) -> Answer {
    if !inbox::visible(visit, subjects, request).await? {
        return Err(Error::missing().into());
    }
    let loc = &visit.loc;
    let tasks = kept::tasks(visit.db(), request.id).await?;
    let names = visit.app.identity.names(visit.latin).await?;
    let stands = people::stands_for(visit.db(), me(visit)?, visit.today()).await?;
    let mine = tasks
        .iter()
        .find(|t| t.task.state == State::Open && stands.contains(&t.task.user));
    let ty = visit.registry().get(&request.subject)?;
    let title = format!("{} {}", loc.t(&format!("{}-one", request.subject)), request.title);
    let main = html! {
        @if let Some(task) = mine.filter(|_| request.state == "open") { (buttons(visit, request, task, &names, typed, problem).await?) }
        (copy(visit, subjects, request, ty).await?)
    };
    let rail = html! {
        (ui::card(loc.t("approval-path")).body(path(visit, request, &tasks, &names)))
    };
    let head = ui::record_head(
        html! {},
        &title,
        ui::badge(
            hue(&request.state),
            &loc.t(&format!("approval-state-{}", request.state)),
        ),
        &[
            html! { (request.flows(visit.latin)) },
            html! { (request.asked_by.and_then(|u| names.get(&u)).map_or("—", String::as_str)) " · " (loc.stamp(request.asked_at)) },
        ],
        html! { (ui::btn(loc.t("approval-open-record")).icon("external-link").href(ty.url(request.record))) },
    );
    Screen::new(visit, title, "approval")
        .crumb(loc.t("nav-approval"), "/approvals")
        .show(ui::page_body(html! { (head) @if let Some(note) = &request.note { (ui::callout(ui::Tone::Info, note)) } (ui::two_columns(main, rail)) }))
}

async fn buttons(
    visit: &Visit,
    request: &Request,
    task: &Shown,
    names: &HashMap<i64, String>,
    typed: &Fields,
    problem: Option<&Error>,
) -> Result<Markup> {
    let loc = &visit.loc;
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let user = me(visit)?;
    let persons = inbox::persons(visit, user).await?;
    let act = |word: &'static str| {
        ui::btn(loc.t(&format!("approval-act-{word}")))
            .submit()
            .attr("name", "act")
            .attr("value", word)
    };
    let body = html! {
        form.stack method="post" action={ "/approvals/" (request.id) "/tasks/" (task.task.id) } {
            (ui::hidden("csrf", &visit.csrf))
            (ui::hidden("version", &task.version.to_string()))
            @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            @if task.task.user != user {
                (ui::callout(ui::Tone::Info, loc.tv("approval-for", &[("who", names.get(&task.task.user).cloned().unwrap_or_default().into())])))
            }
            @if task.task.why != Why::Level { (ui::callout(ui::Tone::Info, loc.t(&format!("approval-why-{}", task.task.why.name())))) }
            (ui::Field::new("note", loc.t("approval-note")).hint(loc.t("approval-note-hint")).error(error("note")).textarea(typed.get("note").unwrap_or(""), 2))
            div.btn-row.wrap {
                (act("approve").icon("check").primary())
                (act("return").icon("arrow-back-up"))
                (act("reject").icon("ban").danger())
            }
            details open[error("person").is_some()] {
                summary { (loc.t("approval-others")) }
                div.stack {
                    (ui::Field::new("person", loc.t("approval-person")).error(error("person")).select(&persons, typed.get("person").unwrap_or(""), Some("")))
                    div.btn-row.wrap { (act("before")) (act("after")) (act("delegate")) }
                }
            }
        }
    };
    Ok(maud::Render::render(&ui::card(loc.t("approval-mine")).body(body)))
}

/// The path: level by level, who was asked, what they said.
pub(crate) fn path(visit: &Visit, request: &Request, tasks: &[Shown], names: &HashMap<i64, String>) -> Markup {
    let loc = &visit.loc;
    let levels: Vec<(String, Vec<ui::Entry>)> = request
        .levels
        .iter()
        .zip(0_i64..)
        .map(|(level, i)| {
            let mode = loc.t(if level.all {
                "approval_level-mode-all"
            } else {
                "approval_level-mode-any"
            });
            let of = tasks.iter().filter(|t| t.task.level == i);
            (
                format!("{} · {mode}", level.said(visit.latin)),
                of.map(|t| entry(visit, t, names)).collect(),
            )
        })
        .collect();
    html! {
        (ui::timeline(&levels))
        p.xs.dim.num title=(request.hash) { (loc.t("approval-hash")) " " (request.hash.chars().take(12).collect::<String>()) }
    }
}

fn entry(visit: &Visit, t: &Shown, names: &HashMap<i64, String>) -> ui::Entry {
    let loc = &visit.loc;
    let name = |id: i64| names.get(&id).cloned().unwrap_or_else(|| format!("#{id}"));
    let state = t.task.state.name();
    let icon = match t.task.state {
        State::Approved => "check",
        State::Rejected => "ban",
        State::Returned => "arrow-back-up",
        State::Delegated => "arrow-right",
        State::Open | State::Waiting => "clock",
        State::Skipped => "minus",
    };
    let body = html! {
        @if t.task.why != Why::Level { p.sm.mut { (loc.t(&format!("approval-why-{}", t.task.why.name()))) } }
        @if let Some(by) = t.done_by.filter(|by| *by != t.task.user) { p.sm.mut { (loc.tv("approval-by", &[("who", name(by).into())])) } }
        @if let Some(note) = &t.note { p { (note) } }
    };
    ui::Entry {
        icon: icon.into(),
        hue: hue(state),
        time: t.done_at.map(|at| loc.relative(at, visit.now())).unwrap_or_default(),
        exact: t.done_at.map(|at| loc.stamp(at)).unwrap_or_default(),
        title: html! { b { (name(t.task.user)) } " · " (loc.t(&format!("approval-task-{state}"))) },
        body: (!body.0.is_empty()).then_some(body),
    }
}

/// What was put forward, as it stood then.
async fn copy(visit: &Visit, subjects: &Subjects, request: &Request, ty: &RecordType) -> Result<Markup> {
    let loc = &visit.loc;
    let of = subjects.need(&request.subject)?;
    let json: serde_json::Value = serde_json::from_str(&request.frozen).map_err(Error::broken)?;
    let fields = values(json.get("fields"));
    let extra = of.extra();
    let shown: Vec<Field> = ty
        .fields
        .iter()
        .chain(extra.iter())
        .filter(|f| fields.get(f.name).is_some_and(|v| !v.is_empty()))
        .filter(|f| visit.sees(f))
        .cloned()
        .collect();
    let words = records::names(visit, ty, &[&fields]).await?;
    let facts: Vec<(String, Markup)> = shown
        .iter()
        .map(|f| {
            (
                loc.t(&ty.label(f.name)),
                html! { (records::plain(visit, ty, f, &fields, &words)) },
            )
        })
        .collect();
    let lines = match of.lines() {
        Some(name) => lines(visit, visit.registry().get(name)?, json.get("lines")).await?,
        None => html! {},
    };
    Ok(html! {
        (ui::card(loc.t("approval-copy")).note(loc.t("approval-copy-note")).body(ui::kv(&facts)))
        (lines)
    })
}

async fn lines(visit: &Visit, ty: &RecordType, json: Option<&serde_json::Value>) -> Result<Markup> {
    let rows: Vec<Values> = json
        .and_then(|j| j.as_array())
        .into_iter()
        .flatten()
        .map(|l| values(Some(l)))
        .collect();
    if rows.is_empty() {
        return Ok(html! {});
    }
    let parent = ty.parent.map_or("", |p| p.1);
    let fields: Vec<&Field> = ty
        .fields
        .iter()
        .filter(|f| f.name != parent && f.name != "currency" && f.name != "position")
        .filter(|f| rows.iter().any(|r| r.get(f.name).is_some_and(|v| !v.is_empty())))
        .collect();
    let refs: Vec<&Values> = rows.iter().collect();
    let names = records::names(visit, ty, &refs).await?;
    let table = html! {
        table.tbl.plain {
            thead { tr { @for f in &fields { th.r[records::show::is_number(f)] scope="col" { (visit.loc.t(&ty.label(f.name))) } } } }
            tbody { @for row in &rows { tr { @for f in &fields { td.r[records::show::is_number(f)] { (records::plain(visit, ty, f, row, &names)) } } } } }
        }
    };
    Ok(maud::Render::render(
        &ui::card(visit.loc.t(&format!("{}-many", ty.name))).flush(table),
    ))
}

fn values(json: Option<&serde_json::Value>) -> Values {
    let object = json.and_then(|j| j.as_object());
    object
        .into_iter()
        .flatten()
        .filter_map(|(k, v)| Some((k.clone(), Value::from_json(v)?)))
        .collect()
}

/// `POST /approvals/{id}/tasks/{task}`.
pub(crate) async fn sign(
    visit: Visit,
    Path((id, task)): Path<(String, String)>,
    subjects: Subjects,
    Form(f): Form,
) -> Answer {
    let said = Said {
        act: f.get("act").unwrap_or("").to_owned(),
        person: f.int("person"),
        note: f.filled("note").map(str::to_owned),
        version: f.int("version").unwrap_or(0),
    };
    let (id, task) = (number(&id)?, number(&task)?);
    match act::act(&visit.ctx, &subjects, id, task, &said).await {
        Ok(()) => go(&visit, &format!("/approvals/{id}")),
        // What was typed stays in the form.
        Err(e)
            if !matches!(
                e.kind,
                zhike_kernel::Kind::Missing | zhike_kernel::Kind::Broken | zhike_kernel::Kind::Forbidden
            ) =>
        {
            let code = zhike_web::answer::status(e.kind);
            let request = kept::need(visit.db(), id).await?;
            let answer = show(&visit, &subjects, &request, &f, Some(&e)).await?;
            let mut answer = answer.into_response();
            *answer.status_mut() = code;
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}

/// The panel on a record: its last requests with their path.
pub(crate) async fn panel(visit: &Visit, record: &Record, subject: &'static str) -> Result<Markup> {
    let loc = &visit.loc;
    let found = kept::of_record(visit.db(), subject, record.id, 3).await?;
    let Some(last) = found.first() else { return Ok(html! {}) };
    let names = visit.app.identity.names(visit.latin).await?;
    let tasks = kept::tasks(visit.db(), last.id).await?;
    let state = |r: &Request| ui::badge(hue(&r.state), &loc.t(&format!("approval-state-{}", r.state)));
    let body = html! {
        p { a.link href={ "/approvals/" (last.id) } { (last.flows) } " " (state(last)) }
        @if last.state == "void" { (ui::callout(ui::Tone::Warn, loc.t("approval-void-text"))) }
        (path(visit, last, &tasks, &names))
        @for older in found.iter().skip(1) {
            p.sm { a.link href={ "/approvals/" (older.id) } { (loc.stamp(older.asked_at)) } " " (state(older)) }
        }
    };
    Ok(maud::Render::render(&ui::card(loc.t("approval-panel")).body(body)))
}
