//! A dashboard: its tiles side by side, and the ways to arrange them by keyboard or mouse.

use super::{SHOWS, Tile, keep, tiles};
use crate::chain::Step;
use crate::owned;
use crate::page::{self, result};
use crate::run::{job, store};
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value};
use zhike_store::{List, Record, list, read};
use zhike_web::{
    Answer, Fields, Visit, answer,
    records::show::title,
    ui::{self, Choice, Field, Tone},
};

/// Rows of a tile's table.
const ROWS: usize = 8;
/// Rows that a tile's chart draws.
const DRAWN: usize = 20_000;

/// The tab.
pub(super) async fn tab(visit: &Visit, dashboard: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = tiles(dashboard);
    let mine =
        visit.may("dashboard.edit") && owned::may_change(&visit.ctx, dashboard) && dashboard.archived_at.is_none();
    let mut cards = vec![];
    for (at, tile) in all.iter().enumerate() {
        cards.push((
            tile.wide,
            Box::pin(draw(visit, dashboard, tile, at, all.len(), mine)).await?,
        ));
    }
    let add = if mine {
        Some(adding(visit, dashboard).await?)
    } else {
        None
    };
    Ok(html! {
        @if cards.is_empty() { (ui::card("").body(ui::empty("gauge", &loc.t("dashboard-empty"), &loc.t("dashboard-empty-text"), html! {}))) }
        div.g2 #tiles style="align-items:start" {
            @for (wide, card) in &cards { div style=[wide.then_some("grid-column:1/-1")] data-tile { (card) } }
        }
        @if let Some(add) = add { (add) }
    })
}

/// One tile.
async fn draw(visit: &Visit, dashboard: &Record, tile: &Tile, at: usize, many: usize, mine: bool) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("analysis")?.clone();
    let analysis = read::find(&visit.ctx, visit.db(), &ty, tile.analysis).await?;
    let name = analysis
        .as_ref()
        .map_or_else(|| loc.t("dashboard-unseen"), |a| title(visit, &ty, a.id, &a.values));
    let run = match &analysis {
        Some(a) => store::latest(&visit.ctx, a.id, None).await?,
        None => None,
    };
    let act = |word: &'static str, icon: &str| {
        let label = loc.tv(&format!("dashboard-act-{word}"), &[("what", name.as_str().into())]);
        html! {
            form data-stay method="post" action={ "/dashboards/" (dashboard.id) "/set-tiles" } style="margin:0" {
                (ui::hidden("act", word)) (ui::hidden("at", &at.to_string())) (ui::hidden("version", &dashboard.version.to_string()))
                (ui::icon_btn(icon, label).small().submit())
            }
        }
    };
    let tools = html! { @if mine { div.row style="gap:2px" {
        @if at > 0 { (act("earlier", "arrow-left")) }
        @if at + 1 < many { (act("later", "arrow-right")) }
        (act("widen", "arrows-left-right")) (act("remove", "x"))
    } } };
    let body = match (&analysis, &run) {
        (None, _) => html! { p.mut { (loc.t("dashboard-unseen-text")) } },
        (Some(a), None) => html! {
            p.mut { (loc.t("dashboard-no-result")) }
            form data-stay method="post" action={ "/analyses/" (a.id) "/run" } style="margin:0" { (ui::btn(loc.t("analysis-run")).small().icon("player-play").submit()) }
        },
        (Some(_), Some(run)) if !run.file(&visit.ctx).exists() => html! { p.mut { (loc.t("error-analysis-gone")) } },
        (Some(_), Some(run)) => {
            let draws =
                tile.show == "chart" && matches!(run.steps.last(), Some(Step::Chart { kind, .. }) if kind != "table");
            let rows = result::rows(&visit.ctx, run, 0, if draws { DRAWN } else { ROWS }).await?;
            let bars = matches!(run.steps.last(), Some(Step::Chart { kind, .. }) if kind == "bars" || kind == "lines");
            let named: &[Vec<Value>] = if bars {
                &rows
            } else {
                rows.get(..ROWS.min(rows.len())).unwrap_or(&[])
            };
            let names = page::named(visit, &run.columns, named).await?;
            let drawn = match tile.show.as_str() {
                "chart" => page::chart(visit, &run.steps, &run.columns, &rows, &names, 240),
                "number" => {
                    let numbers = run.columns.iter().filter(|c| c.kind.is_number() && !c.key).take(2);
                    let numbers: Vec<String> = numbers.map(|c| c.name.clone()).collect();
                    Some(page::total(visit, &run.columns, &rows, &numbers, &names))
                }
                _ => None,
            };
            match drawn {
                Some(drawn) => drawn,
                None if rows.is_empty() => html! { p.mut { (loc.t("analysis-no-rows")) } },
                None => page::table(visit, &run.columns, named, &names),
            }
        }
    };
    let foot = html! {
        @if let Some(a) = &analysis { a.link.sm href={ "/analyses/" (a.id) "/result" } { (loc.t("dashboard-open")) } }
        span.sp {}
        @if let Some(at) = run.as_ref().and_then(|r| r.finished_at) { span.xs.dim { (loc.stamp(at)) } }
    };
    Ok(html! { (ui::card(name).actions(tools).body(body).foot(foot)) })
}

/// The form that adds a tile.
async fn adding(visit: &Visit, dashboard: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("analysis")?.clone();
    let ask = List {
        sort: "name".into(),
        descending: false,
        columns: vec!["name".into(), "name_latin".into()],
        limit: 500,
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
    if page.lines.is_empty() {
        return Ok(
            html! { (ui::callout(Tone::Info, html! { (loc.t("dashboard-no-analyses")) " " a.link href="/analyses" { (loc.t("nav-analysis")) } })) },
        );
    }
    let name = |l: &list::Line| title(visit, &ty, l.id, &l.values);
    let choices: Vec<Choice> = page
        .lines
        .iter()
        .map(|l| Choice::new(l.id.to_string(), name(l)))
        .collect();
    let shows: Vec<Choice> = SHOWS
        .iter()
        .map(|s| Choice::new(*s, loc.t(&format!("dashboard-show-{s}"))))
        .collect();
    Ok(html! { (ui::card(loc.t("dashboard-add")).body(html! {
        form.row.wrap data-stay method="post" action={ "/dashboards/" (dashboard.id) "/set-tiles" } style="gap:8px 12px;align-items:flex-end" {
            (ui::hidden("act", "add")) (ui::hidden("version", &dashboard.version.to_string()))
            (Field::new("analysis", loc.t("analysis-one")).required(true).select(&choices, "", None))
            (Field::new("show", loc.t("dashboard-show")).select(&shows, "chart", None))
            (ui::btn(loc.t("analysis-add")).icon("plus").submit())
        }
    })) })
}

/// Buttons at the top.
pub(super) fn actions(visit: &Visit, dashboard: &Record) -> Markup {
    html! { @if visit.actor.user.is_some() && !tiles(dashboard).is_empty() {
        form data-stay method="post" action={ "/dashboards/" (dashboard.id) "/run" } style="margin:0" {
            (ui::btn(visit.loc.t("dashboard-run")).icon("refresh").submit())
        }
    } }
}

/// The tiles changed as a form asks.
fn changed(f: &Fields, mut all: Vec<Tile>) -> Result<Vec<Tile>> {
    let act = f.get("act").unwrap_or("");
    if act == "add" {
        let analysis = f.need_int("analysis")?;
        let show = f.filled("show").unwrap_or("chart").to_owned();
        all.push(Tile {
            analysis,
            show,
            wide: false,
        });
        return Ok(all);
    }
    let at = usize::try_from(f.need_int("at")?).unwrap_or(usize::MAX);
    if at >= all.len() {
        return Err(Error::stale());
    }
    match act {
        "earlier" if at > 0 => all.swap(at, at - 1),
        "later" if at + 1 < all.len() => all.swap(at, at + 1),
        "earlier" | "later" => {}
        "widen" => {
            if let Some(tile) = all.get_mut(at) {
                tile.wide = !tile.wide;
            }
        }
        "remove" => {
            all.remove(at);
        }
        _ => return Err(Error::field("act", "error-not-a-choice")),
    }
    Ok(all)
}

/// `POST /dashboards/{id}/set-tiles`.
pub(super) async fn post(visit: Visit, id: i64, f: Fields) -> Answer {
    let (_, event) = keep(&visit.ctx, id, f.need_int("version")?, |all| changed(&f, all)).await?;
    let undo = (event > 0).then(|| format!("/undo/event/{event}"));
    answer::go_saying(
        &visit,
        &format!("/dashboards/{id}"),
        &visit.loc.t("dashboard-said-changed"),
        undo.as_deref(),
    )
}

/// `POST /dashboards/{id}/run`: every analysis on it, with the rights of who asks.
pub(super) async fn run(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("dashboard")?.clone();
    let dashboard = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let analyses = visit.registry().get("analysis")?.clone();
    let mut asked: Vec<i64> = vec![];
    for tile in tiles(&dashboard) {
        let there = read::find(&visit.ctx, visit.db(), &analyses, tile.analysis).await?;
        let ready = there.is_some_and(|a| a.archived_at.is_none() && a.text("steps").len() > 2);
        if ready && !asked.contains(&tile.analysis) {
            job::ask(&visit.ctx, tile.analysis).await?;
            asked.push(tile.analysis);
        }
    }
    visit.app.nudge.notify_one();
    let said = visit.loc.tv("dashboard-said-run", &[("n", asked.len().into())]);
    answer::go_saying(&visit, &format!("/dashboards/{id}"), &said, None)
}
