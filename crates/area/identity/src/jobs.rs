//! Background work as the administrator sees it: what waits, what runs, what failed for good and why; trying it again or
//! letting it rest.

use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use zhike_jobs::{Asked, Shown};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Event, EventKind};
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, answer,
    ui::{self, Hue},
};

const PAGE: i64 = 50;
/// What can be asked for, in the order of the tabs.
const STATES: [&str; 6] = ["open", "failed", "running", "waiting", "done", "dropped"];

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/jobs", "system.view", page)
        .post("/jobs/{id}/retry", "system.edit", retry_page)
        .post("/jobs/{id}/drop", "system.edit", drop_page)
        .get("/api/v1/jobs", "system.view", api)
        .post("/api/v1/jobs/{id}/retry", "system.edit", retry_api)
        .post("/api/v1/jobs/{id}/drop", "system.edit", drop_api)
}

pub(crate) fn events() -> Vec<EventKind> {
    let kind = |name: &str| EventKind {
        name: name.to_owned(),
        reason: "read in the audit",
    };
    vec![kind("job.retried.v1"), kind("job.dropped.v1")]
}

fn asked(query: &Fields, usual: Option<&str>) -> Result<Asked> {
    let state = query.filled("state").or(usual);
    if state.is_some_and(|s| !STATES.contains(&s)) {
        return Err(Error::field("state", "error-not-a-choice"));
    }
    Ok(Asked {
        state: state.map(str::to_owned),
        before: query.int("before"),
    })
}

/// The last job of a full page: what comes next is older.
fn next(jobs: &[Shown]) -> Option<i64> {
    let full = usize::try_from(PAGE).is_ok_and(|most| jobs.len() == most);
    jobs.last().filter(|_| full).map(|j| j.id)
}

fn json_of(visit: &Visit, job: &Shown) -> serde_json::Value {
    let at = |t: i64| Stamp(t).rfc3339();
    serde_json::json!({
        "id": job.id, "name": job.name, "title": title(visit, job), "state": job.state, "tries": job.tries,
        "error": job.error, "created_at": at(job.created_at), "due_at": at(job.due_at), "ended_at": job.done_at.map(at),
        "progress": job.progress, "total": job.total, "user_id": job.user_id,
    })
}

async fn api(visit: Visit, Query(query): Query) -> Answer {
    let jobs = zhike_jobs::list(visit.db(), &asked(&query, None)?, PAGE).await?;
    let data: Vec<_> = jobs.iter().map(|j| json_of(&visit, j)).collect();
    answer::json(
        StatusCode::OK,
        &serde_json::json!({ "data": data, "next": next(&jobs) }),
    )
}

/// Tries a job again that was given up, or lets it rest.
async fn settle(visit: &Visit, id: i64, again: bool) -> Result<Shown> {
    let tx = visit.begin().await?;
    let job = zhike_jobs::find(&tx, id).await?;
    let done = if again {
        zhike_jobs::retry(&tx, id).await?
    } else {
        zhike_jobs::discard(&tx, id).await?
    };
    if !done {
        return Err(Error::refused("error-job-not-failed"));
    }
    let event = Event {
        kind: if again { "job.retried.v1" } else { "job.dropped.v1" }.into(),
        record_type: "job",
        record: id,
        note: Some(match &job.error {
            Some(error) => format!("{}: {error}", job.name),
            None => job.name.clone(),
        }),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    zhike_jobs::find(visit.db(), id).await
}

async fn retry_api(visit: Visit, Path(id): Path<i64>) -> Answer {
    let job = settle(&visit, id, true).await?;
    answer::json(StatusCode::OK, &json_of(&visit, &job))
}

async fn drop_api(visit: Visit, Path(id): Path<i64>) -> Answer {
    let job = settle(&visit, id, false).await?;
    answer::json(StatusCode::OK, &json_of(&visit, &job))
}

async fn retry_page(visit: Visit, Path(id): Path<i64>) -> Answer {
    let job = settle(&visit, id, true).await?;
    let words = visit
        .loc
        .tv("jobs-said-retried", &[("what", title(&visit, &job).into())]);
    answer::go_saying(&visit, "/jobs", &words, None)
}

async fn drop_page(visit: Visit, Path(id): Path<i64>) -> Answer {
    let job = settle(&visit, id, false).await?;
    let words = visit
        .loc
        .tv("jobs-said-dropped", &[("what", title(&visit, &job).into())]);
    answer::go_saying(&visit, "/jobs", &words, None)
}

/// What the job does, in words where there are any.
fn title(visit: &Visit, job: &Shown) -> String {
    let key = format!("job-{}", job.name.replace('.', "-"));
    if visit.loc.has(&key) {
        visit.loc.t(&key)
    } else {
        job.name.clone()
    }
}

fn state(visit: &Visit, word: &str) -> Markup {
    let hue = match word {
        "failed" => Hue::Red,
        "running" => Hue::Blue,
        "done" => Hue::Green,
        "waiting" => Hue::Amber,
        _ => Hue::Grey,
    };
    ui::badge(hue, &visit.loc.t(&format!("jobs-state-{word}")))
}

async fn page(visit: Visit, Query(query): Query) -> Answer {
    let loc = &visit.loc;
    let asked = asked(&query, Some("open"))?;
    let chosen = asked.state.clone().unwrap_or_default();
    let jobs = zhike_jobs::list(visit.db(), &asked, PAGE).await?;
    let counts = zhike_jobs::counts(visit.db()).await?;
    let count = |word: &str| -> i64 {
        let counted = |state: &str| match word {
            "open" => matches!(state, "waiting" | "running" | "failed"),
            one => state == one,
        };
        counts.iter().filter(|(s, _)| counted(s)).map(|(_, n)| n).sum()
    };
    let tabs: Vec<ui::Tab> = STATES
        .iter()
        .map(|word| ui::Tab {
            href: format!("/jobs?state={word}"),
            label: loc.t(&format!("jobs-state-{word}")),
            count: Some(count(word)),
            active: *word == chosen,
        })
        .collect();
    let older = next(&jobs).map(|id| format!("/jobs?state={chosen}&before={id}"));
    let main = html! {
        (ui::tabs(loc, &loc.t("jobs-title"), &tabs))
        (ui::page_body(html! {
            @if jobs.is_empty() {
                (ui::empty("checks", &loc.t("jobs-none"), &loc.t("jobs-none-text"), html! {}))
            } @else {
                (ui::card("").flush(html! { table.tbl.plain {
                    thead { tr {
                        th { (loc.t("jobs-what")) } th { (loc.t("jobs-state")) } th.r { (loc.t("jobs-tries")) }
                        th { (loc.t("jobs-when")) } th {}
                    } }
                    tbody { @for job in &jobs { (line(&visit, job)) } }
                } }))
                @if let Some(href) = older { p.pad { (ui::btn(loc.t("jobs-older")).href(href)) } }
            }
        }))
    };
    Screen::new(&visit, loc.t("jobs-title"), "job").show(main)
}

fn line(visit: &Visit, job: &Shown) -> Markup {
    let loc = &visit.loc;
    let at = Stamp(job.done_at.unwrap_or(job.due_at));
    let may = job.state == "failed" && visit.may("system.edit");
    let dialog = format!("drop-{}", job.id);
    html! {
        tr {
            td {
                (title(visit, job)) " " span.xs.dim { "#" (job.id) }
                @if let Some(error) = &job.error { div.sm.red style="white-space:normal;overflow-wrap:anywhere;max-width:60ch" { (reason(visit, error)) } }
                @if job.state == "running" && job.total > 0 { div.xs.dim.num { (loc.int(job.progress)) " / " (loc.int(job.total)) } }
            }
            td { (state(visit, &job.state)) }
            td.r.num { (loc.int(job.tries)) }
            td.num title=(loc.stamp(at)) { (loc.relative(at, visit.now())) }
            td.r { @if may {
                div.btn-row {
                    form method="post" action=(format!("/jobs/{}/retry", job.id)) {
                        (ui::hidden("csrf", &visit.csrf))
                        (ui::btn(loc.t("jobs-retry")).small().submit())
                    }
                    (ui::btn(loc.t("jobs-drop")).small().danger().opens(&dialog))
                }
                (ui::confirm(loc, &dialog, &loc.t("jobs-drop-title"), &loc.tv("jobs-drop-text", &[("what", title(visit, job).into())]),
                    &format!("/jobs/{}/drop", job.id), &visit.csrf, ui::btn(loc.t("jobs-drop")).danger_solid()))
            } }
        }
    }
}

/// Why it failed: a sentence where the reason is one of ours, and what stands in the log for whoever mends it.
fn reason(visit: &Visit, error: &str) -> Markup {
    let code = error.split([' ', ':']).next().unwrap_or("");
    if !code.starts_with("error-") || !visit.loc.has(code) {
        return html! { (error) };
    }
    html! { (visit.loc.t(code)) @if error != code { " " span.xs.dim { (error) } } }
}
