//! The pages of what processes are worth, and the same for programs.

use super::{DECISIONS, Route, Step, Worth, all, decide, steps};
use crate::report::{Asked, Sum, ppm};
use axum::extract::Path;
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Record, read};
use zhike_web::{
    Answer, Fields, Form, Json as Body, Query, Routes, Screen, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Choice, Field, Hue, Kpi},
};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(
            "/service/process-value",
            "case.view",
            |visit: Visit, Query(q): Query| Box::pin(show(visit, q)),
        )
        .post(
            "/service/process-value/{id}/decision",
            "service.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(save(visit, id, f)),
        )
        .get(
            "/api/v1/service/process-value",
            "case.view",
            |visit: Visit, Query(q): Query| Box::pin(tell(visit, q)),
        )
        .get(
            "/api/v1/service/process-value/{id}",
            "case.view",
            |visit: Visit, Path(id): Path<i64>, Query(q): Query| Box::pin(tell_one(visit, id, q)),
        )
        .post(
            "/api/v1/service/process-value/{id}/decision",
            "service.edit",
            |visit: Visit, Path(id): Path<i64>, Body(said): Body<Said>| Box::pin(put(visit, id, said)),
        )
}

/// The figures of a process, as programs and decisions keep them; what it costs only for who may see it.
pub(super) fn figures(ctx: &Ctx, w: &Worth) -> Json {
    let s = &w.sum;
    json!({
        "process_id": w.id, "cases": s.n, "open": s.open, "median_minutes": s.median, "late": s.late, "satisfied": s.satisfied,
        "rework": s.unsatisfied, "no_answer": s.no_answer, "bought_again": s.again.0 + s.again_not.0, "of": s.again.1 + s.again_not.1,
        "cost": ctx.actor.may("cost.view").then_some(s.cost), "judgement": w.judgement.word, "why": w.judgement.why,
        "decision": w.decided.as_ref().map(|d| json!({"decision": d.decision, "note": d.note, "user_id": d.user, "at": d.at.rfc3339()})),
    })
}

async fn tell(visit: Visit, q: Fields) -> Answer {
    let asked = Asked::read(&visit.ctx, &q)?;
    let found = all(&visit.ctx, &asked).await?;
    let items: Vec<Json> = found.iter().map(|w| figures(&visit.ctx, w)).collect();
    let body = json!({"from": asked.from.to_string(), "to": asked.to.to_string(), "currency": visit.house.currency.code(), "items": items});
    answer(StatusCode::OK, &body)
}

async fn tell_one(visit: Visit, id: i64, q: Fields) -> Answer {
    let asked = Asked::read(&visit.ctx, &q)?;
    let found = all(&visit.ctx, &asked).await?.into_iter().find(|w| w.id == id);
    let found = found.ok_or_else(Error::missing)?;
    let (steps, ways) = steps(&visit.ctx, &asked, id).await?;
    let name = |n: &(String, String)| named(&visit, n);
    let mut body = figures(&visit.ctx, &found);
    if let Some(map) = body.as_object_mut() {
        let steps = steps.iter().map(|s| {
            json!({"name": name(&s.name), "times": s.n, "again": s.again, "median_minutes": s.median, "late": s.late})
        });
        map.insert("steps".into(), steps.collect());
        let ways = ways.iter().map(|w| {
            json!({"steps": w.steps.iter().map(name).collect::<Vec<_>>(), "cases": w.n, "median_minutes": w.median,
                "satisfied": w.satisfied, "ended": w.ended})
        });
        map.insert("ways".into(), ways.collect());
    }
    answer(StatusCode::OK, &body)
}

/// A decision, as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    decision: String,
    note: String,
}

async fn put(visit: Visit, id: i64, said: Said) -> Answer {
    let asked = Asked::read(&visit.ctx, &Fields::default())?;
    decide(&visit.ctx, &asked, id, &said.decision, &said.note).await?;
    tell_one(visit, id, Fields::default()).await
}

async fn save(visit: Visit, id: i64, f: Fields) -> Answer {
    let asked = Asked::read(&visit.ctx, &f)?;
    decide(
        &visit.ctx,
        &asked,
        id,
        f.get("decision").unwrap_or(""),
        f.get("note").unwrap_or(""),
    )
    .await?;
    let said = visit.loc.t("worth-decided");
    go_saying(&visit, &format!("/processes/{id}/worth"), &said, None)
}

fn share(visit: &Visit, part: i64, whole: i64) -> String {
    ppm(part, whole).map_or_else(|| "–".to_owned(), |p| visit.loc.percent_ppm(p))
}

fn time(visit: &Visit, minutes: Option<i64>) -> String {
    minutes.map_or_else(|| "–".to_owned(), |m| crate::process::page::time(visit, m))
}

fn chip(visit: &Visit, word: &str) -> Markup {
    let hue = match word {
        "keep" => Hue::Green,
        "change" => Hue::Amber,
        "drop" => Hue::Red,
        _ => Hue::Grey,
    };
    ui::badge(hue, &visit.loc.t(&format!("worth-word-{word}")))
}

fn reasons(visit: &Visit, w: &Worth) -> String {
    let words: Vec<String> = w
        .judgement
        .why
        .iter()
        .map(|r| visit.loc.t(&format!("worth-why-{r}")))
        .collect();
    words.join(&visit.loc.t("worth-and"))
}

async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let asked = Asked::read(&visit.ctx, &q)?;
    let found = all(&visit.ctx, &asked).await?;
    let ids: Vec<i64> = found.iter().map(|w| w.id).collect();
    let names = read::titles(visit.db(), visit.registry(), "process", &ids, visit.ctx.latin).await?;
    let cost = visit.may("cost.view");
    let body = html! {
        form.row.wrap.filters method="get" action="/service/process-value" style="gap:10px;align-items:flex-end" {
            (Field::new("from", loc.t("report-from")).date(&asked.from.to_string()))
            (Field::new("to", loc.t("report-to")).date(&asked.to.to_string()))
            (ui::btn(loc.t("report-show")).submit())
        }
        @if found.is_empty() { (ui::empty("route", &loc.t("worth-none"), &loc.t("worth-none-text"), html! {})) } @else {
            section.card { div.tbl-wrap { table.tbl {
                thead { tr {
                    th scope="col" { (loc.t("process-one")) }
                    th scope="col" { (loc.t("worth-judgement")) }
                    th.r scope="col" { (loc.t("report-cases")) }
                    th.r.hide-s scope="col" { (loc.t("report-median")) }
                    th.r.hide-s scope="col" { (loc.t("report-late")) }
                    th.r.hide-s scope="col" { (loc.t("worth-rework")) }
                    th.r.hide-s scope="col" { (loc.t("report-satisfied")) }
                    th.r.hide-s scope="col" { (loc.t("worth-again")) }
                    @if cost { th.r.hide-s scope="col" { (loc.t("worth-cost")) } }
                    th scope="col" { (loc.t("worth-decision")) }
                } }
                tbody data-rows { @for w in &found { (row(&visit, w, names.get(&w.id).map_or("", |n| n.as_str()), cost)) } }
            } } }
            p.sm.mut { (loc.t("worth-rules")) }
        }
    };
    Screen::new(&visit, loc.t("nav-process_value"), "process_value").show(ui::page_body(body))
}

fn row(visit: &Visit, w: &Worth, name: &str, cost: bool) -> Markup {
    let loc = &visit.loc;
    let s = &w.sum;
    html! { tr {
        td { a.link href={ "/processes/" (w.id) "/worth" } { (name) } }
        td title=(reasons(visit, w)) { (chip(visit, w.judgement.word)) }
        td.r.num { (loc.int(s.n)) }
        td.r.hide-s { (time(visit, s.median)) }
        td.r.num.hide-s { (share(visit, s.late, s.n)) }
        td.r.num.hide-s { (share(visit, s.unsatisfied, s.n - s.open)) }
        td.r.num.hide-s { (share(visit, s.satisfied, s.satisfied + s.unsatisfied)) }
        td.r.num.hide-s { (share(visit, s.again.0 + s.again_not.0, s.again.1 + s.again_not.1)) }
        @if cost { td.r.hide-s { (each(visit, s)) } }
        td { @match &w.decided { Some(d) => { (chip(visit, &d.decision)) }, None => { span.dim { "–" } } } }
    } }
}

/// Cost of a case.
fn each(visit: &Visit, s: &Sum) -> Markup {
    ui::money(&visit.loc, s.cost.checked_div(s.n).unwrap_or(0), visit.house.currency)
}

/// What a process is worth, on its own page: of the last year.
pub(crate) async fn tab(visit: &Visit, process: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let asked = Asked::read(&visit.ctx, &Fields::default())?;
    let Some(w) = all(&visit.ctx, &asked).await?.into_iter().find(|w| w.id == process.id) else {
        return Ok(ui::empty(
            "route",
            &loc.t("worth-none"),
            &loc.t("worth-none-text"),
            html! {},
        ));
    };
    let (steps, ways) = steps(&visit.ctx, &asked, process.id).await?;
    let s = &w.sum;
    let answered = s.satisfied + s.unsatisfied;
    let mut kpis = vec![
        Kpi::new(loc.t("report-cases"), loc.int(s.n)).note(loc.tv("report-open", &[("n", s.open.into())])),
        Kpi::new(loc.t("report-median"), time(visit, s.median)).note(loc.t("report-median-note")),
        Kpi::new(loc.t("report-late"), share(visit, s.late, s.n)),
        Kpi::new(loc.t("worth-rework"), share(visit, s.unsatisfied, s.n - s.open)),
        Kpi::new(loc.t("report-satisfied"), share(visit, s.satisfied, answered)),
        Kpi::new(
            loc.t("worth-again"),
            share(visit, s.again.0 + s.again_not.0, s.again.1 + s.again_not.1),
        ),
    ];
    if visit.may("cost.view") {
        kpis.push(Kpi::new(loc.t("worth-cost"), each(visit, s)));
    }
    Ok(html! { div.stack.l {
        (ui::card(loc.t("worth-judgement")).body(html! {
            div.row.wrap style="gap:10px" { (chip(visit, w.judgement.word)) span { (reasons(visit, &w)) } }
            p.sm.mut style="margin:8px 0 0" { (loc.t("worth-rules")) }
        }))
        @for part in kpis.chunks(4) { (ui::kpis(part)) }
        (ui::card(loc.t("worth-steps")).flush(step_table(visit, &steps)))
        (ui::card(loc.t("worth-ways")).flush(way_table(visit, &ways)))
        (decision(visit, &w))
    } })
}

fn named(visit: &Visit, n: &(String, String)) -> String {
    if visit.ctx.latin && !n.1.is_empty() {
        n.1.clone()
    } else {
        n.0.clone()
    }
}

fn step_table(visit: &Visit, steps: &[Step]) -> Markup {
    let loc = &visit.loc;
    html! { div.tbl-wrap { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t("worth-step")) } th.r scope="col" { (loc.t("report-times")) } th.r scope="col" { (loc.t("worth-step-again")) }
            th.r scope="col" { (loc.t("report-median")) } th.r scope="col" { (loc.t("report-late")) }
        } }
        tbody { @for s in steps { tr {
            td { (named(visit, &s.name)) } td.r.num { (loc.int(s.n)) } td.r.num { (loc.int(s.again)) }
            td.r { (time(visit, s.median)) } td.r.num { (share(visit, s.late, s.n)) }
        } } }
    } } }
}

fn way_table(visit: &Visit, ways: &[Route]) -> Markup {
    let loc = &visit.loc;
    html! { div.tbl-wrap { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t("worth-way")) } th.r scope="col" { (loc.t("report-cases")) }
            th.r scope="col" { (loc.t("report-median")) } th.r scope="col" { (loc.t("report-satisfied")) }
        } }
        tbody { @for w in ways { tr {
            td.wrap { @for (i, s) in w.steps.iter().enumerate() { @if i > 0 { span.dim { " → " } } (named(visit, s)) } }
            td.r.num { (loc.int(w.n)) } td.r { (time(visit, w.median)) } td.r.num { (share(visit, w.satisfied, w.ended)) }
        } } }
    } } }
}

fn decision(visit: &Visit, w: &Worth) -> Markup {
    let loc = &visit.loc;
    let now = w.decided.as_ref().map_or(w.judgement.word, |d| d.decision.as_str());
    let choices: Vec<Choice> = DECISIONS
        .iter()
        .map(|d| Choice::new(*d, loc.t(&format!("worth-word-{d}"))))
        .collect();
    html! { (ui::card(loc.t("worth-decision")).body(html! {
        @if let Some(d) = &w.decided {
            div.row.wrap style="gap:10px;margin-bottom:10px" { (chip(visit, &d.decision)) span { (d.note) } span.xs.mut { (loc.date(d.at.date(&visit.house.zone), visit.today())) } }
        }
        @if visit.may("service.edit") {
            form.stack data-stay method="post" action={ "/service/process-value/" (w.id) "/decision" } {
                (ui::hidden("csrf", &visit.csrf))
                (Field::new("decision", loc.t("worth-decision")).select(&choices, now, None))
                (Field::new("note", loc.t("worth-note")).required(true).textarea("", 3))
                (ui::submit_row(loc, None, &loc.t("worth-decide")))
            }
        } @else if w.decided.is_none() { span.mut { (loc.t("worth-undecided")) } }
    })) }
}
