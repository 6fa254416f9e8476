//! What came out of an analysis: its chart and rows, what changed since the last time, how far a run is, who planned it.

use super::{cells, editor};
use crate::chain::Step;
use crate::run::{Run, compare, job, store, work};
use crate::{owned, schedule};
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value};
use zhike_lake::bench::{Bench, Sight};
use zhike_store::{Ctx, Record};
use zhike_web::{
    Answer, Fields, Visit, answer,
    ui::{self, Hue, Tone},
};

/// Memory for looking at a kept result.
const MEMORY: usize = 128 << 20;
/// Rows on a page.
const SHOWN: usize = 200;
/// Rows that a chart draws.
const DRAWN: usize = 20_000;

/// The kept rows of a run.
pub(crate) async fn rows(ctx: &Ctx, run: &Run, skip: usize, most: usize) -> Result<Vec<Vec<Value>>> {
    if !run.file(ctx).exists() {
        return Err(Error::refused("error-analysis-gone"));
    }
    let bench = Bench::open(&ctx.house.data, MEMORY, Sight::default()).await?;
    let kinds = crate::chain::make::kinds(&run.columns, ctx);
    bench.kept(&run.file(ctx), &kinds).await?.rows(skip, most).await
}

/// The difference to the result before, if there is one of the same columns that these eyes may see.
pub(crate) async fn difference(ctx: &Ctx, run: &Run) -> Result<Option<(Run, compare::Difference)>> {
    let Some(before) = store::latest(ctx, run.analysis, Some(run.id)).await? else {
        return Ok(None);
    };
    let comparable = before.columns == run.columns && before.sight == run.sight && before.file(ctx).exists();
    if !comparable {
        return Ok(None);
    }
    let old = rows(ctx, &before, 0, work::KEPT).await?;
    let new = rows(ctx, run, 0, work::KEPT).await?;
    let cols = run.columns.clone();
    let found = zhike_web::blocking(move || compare::compare(&cols, &old, &new)).await?;
    Ok(Some((before, found)))
}

/// The newest run that goes on, or that ended last for this user.
async fn current(visit: &Visit, id: i64) -> Result<Option<Run>> {
    let runs = store::newest(visit.db(), id, 20).await?;
    Ok(runs
        .into_iter()
        .find(|r| r.goes_on() || (r.state == "failed" && Some(r.user) == visit.actor.user)))
}

/// The tab.
pub(super) async fn tab(visit: &Visit, analysis: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let query = Fields::parse(visit.uri.split_once('?').map_or("", |u| u.1));
    let run = match query.int("run") {
        Some(run) => Some(store::find(visit.db(), analysis.id, run).await?).filter(|r| r.state == "done"),
        None => store::latest(&visit.ctx, analysis.id, None).await?,
    };
    let now = current(visit, analysis.id).await?;
    let newer = now.filter(|n| run.as_ref().is_none_or(|r| n.id > r.id));
    let notice = newer.map(|n| going(visit, analysis, &n));
    let Some(run) = run else {
        let others = store::newest(visit.db(), analysis.id, 20).await?;
        let closed = others.iter().any(|r| r.state == "done");
        let text = if closed {
            "analysis-result-closed"
        } else {
            "analysis-result-none"
        };
        return Ok(html! {
            @if let Some(notice) = notice { (notice) } @else {
                (ui::card("").body(ui::empty("chart-bar", &loc.t("analysis-result-empty"), &loc.t(text), run_button(visit, analysis))))
            }
        });
    };
    if !run.open_to(&visit.ctx) {
        return Ok(html! { (ui::callout(Tone::Warn, loc.t("analysis-result-closed"))) });
    }
    if !run.file(&visit.ctx).exists() {
        return Ok(html! {
            @if let Some(notice) = notice { (notice) }
            (ui::callout(Tone::Warn, loc.t("error-analysis-gone")))
        });
    }
    let skip = usize::try_from(query.int("from").unwrap_or(0).max(0)).unwrap_or(0);
    let draws = matches!(run.steps.last(), Some(Step::Chart { kind, .. }) if kind != "table");
    let all = rows(
        &visit.ctx,
        &run,
        if draws { 0 } else { skip },
        if draws { DRAWN } else { SHOWN },
    )
    .await?;
    let shown: Vec<Vec<Value>> = if draws {
        all.iter().skip(skip).take(SHOWN).cloned().collect()
    } else {
        all.clone()
    };
    // A chart names what it draws; a table what it shows.
    let bars = matches!(run.steps.last(), Some(Step::Chart { kind, .. }) if kind == "bars" || kind == "lines");
    let names = cells::named(visit, &run.columns, if bars { &all } else { &shown }).await?;
    let ty = visit.registry().get("analysis")?.clone();
    let title = zhike_web::records::show::title(visit, &ty, analysis.id, &analysis.values);
    let chart = cells::chart(visit, &run.steps, &run.columns, &all, &names, 320);
    let different = difference(&visit.ctx, &run).await?;
    Ok(html! {
        @if let Some(notice) = notice { (notice) }
        @if run.steps != crate::chain::step::read(analysis.text("steps")) { (ui::callout(Tone::Info, loc.t("analysis-result-older"))) }
        @if run.cut { (ui::callout(Tone::Warn, loc.tv("analysis-result-cut", &[("most", work::KEPT.into())]))) }
        @if let Some(chart) = chart { (ui::card(title).body(chart)) }
        (ui::card(loc.t("analysis-rows-title")).note(seen(visit, &run).await?).actions(files(visit, &run)).flush(html! {
            @if run.rows == 0 { (ui::empty("table", &loc.t("analysis-no-rows"), &loc.t("analysis-no-rows-text"), html! {})) }
            @else { div #result-rows { (cells::table(visit, &run.columns, &shown, &names)) } (pager(visit, analysis, &run, skip)) }
        }))
        @if let Some((before, found)) = &different { (differs(visit, &run, before, found).await?) }
    })
}

/// When, on which facts, for whose eyes.
async fn seen(visit: &Visit, run: &Run) -> Result<String> {
    let users = visit.app.identity.names(visit.latin).await?;
    let who = users.get(&run.user).cloned().unwrap_or_default();
    let at = run.finished_at.map(|at| visit.loc.stamp(at)).unwrap_or_default();
    Ok(visit.loc.tv(
        "analysis-seen",
        &[
            ("rows", run.rows.into()),
            ("at", at.into()),
            ("facts", run.facts.as_str().into()),
            ("who", who.into()),
        ],
    ))
}

fn files(visit: &Visit, run: &Run) -> Markup {
    let link = |format: &str| format!("/analyses/{}/runs/{}/export?format={format}", run.analysis, run.id);
    html! { @if visit.may("analysis.export") {
        (ui::btn("XLSX").small().icon("file-spreadsheet").href(link("xlsx"))) (ui::btn("PDF").small().icon("file-text").href(link("pdf"))) (ui::btn("CSV").small().icon("download").href(link("csv")))
    } }
}

fn pager(visit: &Visit, analysis: &Record, run: &Run, skip: usize) -> Markup {
    let rows = usize::try_from(run.rows).unwrap_or(0);
    let link = |from: usize| format!("/analyses/{}/result?run={}&from={from}", analysis.id, run.id);
    html! { @if rows > SHOWN { div.btn-row style="padding:10px 14px" {
        @if skip > 0 { (ui::btn(visit.loc.t("web-previous")).small().href(link(skip.saturating_sub(SHOWN)))) }
        @if skip + SHOWN < rows { (ui::btn(visit.loc.t("web-next")).small().href(link(skip + SHOWN))) }
    } } }
}

async fn differs(visit: &Visit, run: &Run, before: &Run, found: &compare::Difference) -> Result<Markup> {
    let loc = &visit.loc;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let at = before.finished_at.map(|at| loc.stamp(at)).unwrap_or_default();
    let said = loc.tv(
        "analysis-differs",
        &[
            ("at", at.into()),
            ("came", count(found.came).into()),
            ("went", count(found.went).into()),
            ("changed", count(found.changed).into()),
            ("same", count(found.same).into()),
        ],
    );
    let rows: Vec<Vec<Value>> = found.lines.iter().map(|l| l.row.clone()).collect();
    let names = cells::named(visit, &run.columns, &rows).await?;
    let keys: Vec<usize> = (0..run.columns.len())
        .filter(|i| run.columns.get(*i).is_some_and(|c| c.key || !c.kind.is_number()))
        .collect();
    let hue = |what: &str| match what {
        "came" => Hue::Green,
        "went" => Hue::Red,
        _ => Hue::Blue,
    };
    let key = |row: &[Value]| -> String {
        let words: Vec<String> = keys
            .iter()
            .filter_map(|i| Some(cells::text(visit, run.columns.get(*i)?, row.get(*i)?, &names)))
            .filter(|w| !w.is_empty())
            .collect();
        if words.is_empty() {
            loc.t("analysis-all-rows")
        } else {
            words.join(" · ")
        }
    };
    Ok(html! { (ui::card(loc.t("analysis-differs-title")).body(html! {
        p.sm #difference data-changed=(found.changed) data-came=(found.came) data-went=(found.went) { (said) }
        @if !found.lines.is_empty() { div.tbl-wrap { table.tbl.plain.dense { tbody {
            @for line in &found.lines { tr {
                td { (ui::badge(hue(line.what), &loc.t(&format!("analysis-row-{}", line.what)))) }
                th scope="row" { (key(&line.row)) }
                td.wrap.sm { @for (i, old, new) in &line.cells { @if let Some(col) = run.columns.get(*i) {
                    span.nw { (col.label.words(visit)) ": " (cells::text(visit, col, old, &names)) " → " b { (cells::text(visit, col, new, &names)) } } " "
                } } }
            } }
        } } } }
    })) })
}

fn run_button(visit: &Visit, analysis: &Record) -> Markup {
    html! { @if analysis.archived_at.is_none() && visit.actor.user.is_some() {
        form data-stay method="post" action={ "/analyses/" (analysis.id) "/run" } style="margin:0" {
            (ui::btn(visit.loc.t("analysis-run")).icon("player-play").submit())
        }
    } }
}

/// Buttons at the top.
pub(super) fn buttons(visit: &Visit, analysis: &Record) -> Markup {
    html! {
        (run_button(visit, analysis))
        @if visit.may("analysis.create") {
            form data-stay method="post" action={ "/analyses/" (analysis.id) "/copy" } style="margin:0" {
                (ui::btn(visit.loc.t("segment-copy")).icon("copy").ghost().wide_only().submit())
            }
        }
    }
}

/// A run that goes on, with its bar; or what went wrong with it.
fn going(visit: &Visit, analysis: &Record, run: &Run) -> Markup {
    let loc = &visit.loc;
    if let Some((error, at)) = &run.wrong {
        let step = at.map_or(1, |n| n + 1);
        let said = loc.tv(
            "analysis-failed-at",
            &[("step", step.into()), ("why", editor::complaint(visit, error).into())],
        );
        return html! { (ui::callout(Tone::Bad, html! { (said) " " a.link href={ "/analyses/" (analysis.id) "/steps?open=" (step - 1) } { (loc.t("analysis-tab-steps")) } })) };
    }
    let total = run.steps.len().max(1);
    #[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "only for drawing")]
    let share = run.done as f64 / total as f64;
    let text = loc.tv(
        "analysis-running",
        &[("done", run.done.into()), ("total", total.into())],
    );
    let at = format!("/analyses/{}/runs/{}", run.analysis, run.id);
    html! {
        div.card #run hx-get={ (at) "/progress" } hx-trigger="load delay:1s" hx-swap="outerHTML" { div.card-b {
            (ui::progress(loc, share, &text))
            form data-stay method="post" action={ (at) "/call-off" } style="margin:8px 0 0" {
                (ui::btn(loc.t("analysis-call-off")).small().icon("x").submit())
            }
        } }
    }
}

/// `GET /analyses/{id}/runs/{run}/progress`: the bar, or on to the result.
pub(super) async fn progress(visit: Visit, id: i64, run: i64) -> Answer {
    let analysis = job::need(&visit.ctx, visit.db(), id).await?;
    let run = store::find(visit.db(), id, run).await?;
    if run.goes_on() {
        return answer::html(going(&visit, &analysis, &run));
    }
    answer::go(&visit, &format!("/analyses/{id}/result"))
}

/// `POST /analyses/{id}/run`.
pub(super) async fn ask(visit: Visit, id: i64) -> Answer {
    job::ask(&visit.ctx, id).await?;
    visit.app.nudge.notify_one();
    answer::go(&visit, &format!("/analyses/{id}/result"))
}

/// `POST /analyses/{id}/runs/{run}/call-off`.
pub(super) async fn call_off(visit: Visit, id: i64, run: i64) -> Answer {
    job::call_off(&visit.ctx, id, run).await?;
    answer::go_saying(
        &visit,
        &format!("/analyses/{id}/result"),
        &visit.loc.t("analysis-said-called-off"),
        None,
    )
}

/// Beside the tabs: the plan and the last runs.
pub(super) async fn beside(visit: &Visit, analysis: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let runs = store::newest(visit.db(), analysis.id, 6).await?;
    let users = visit.app.identity.names(visit.latin).await?;
    let planned = schedule::of(analysis).map(|plan| {
        let next = plan
            .next(visit.now(), &visit.house.zone)
            .map(|at| loc.stamp(at))
            .unwrap_or_default();
        (loc.t(&format!("analysis-repeat-{}", plan.repeat)), next)
    });
    let mine = visit.may("analysis.edit") && owned::may_change(&visit.ctx, analysis);
    let plan = ui::card(loc.t("analysis-group-schedule")).body(html! {
        @match &planned {
            Some((repeat, next)) => p.sm #next-run { (loc.tv("analysis-planned", &[("repeat", repeat.as_str().into()), ("next", next.as_str().into())])) },
            None => p.sm.mut { (loc.t("analysis-unplanned")) },
        }
        @if mine { a.link.sm href={ "/analyses/" (analysis.id) "/edit" } { (loc.t("analysis-plan-change")) } }
    });
    Ok(html! {
        (plan)
        @if !runs.is_empty() { (ui::card(loc.t("analysis-runs")).body(html! { ul.list {
            @for run in &runs {
                @let at = run.finished_at.unwrap_or(run.asked_at);
                @let who = users.get(&run.user).cloned().unwrap_or_default();
                li.sm style="padding:5px 0" data-run-state=(run.state) {
                    @if run.state == "done" && run.open_to(&visit.ctx) {
                        a.link href={ "/analyses/" (analysis.id) "/result?run=" (run.id) } { (loc.stamp(at)) }
                    } @else { span { (loc.stamp(at)) } }
                    " " span.dim { (who) " · " (loc.t(&format!("analysis-run-{}", run.state))) @if run.planned { " · " (loc.t("analysis-by-plan")) } }
                }
            }
        } })) }
    })
}
