//! The page of the report, and the same for programs.

use super::{AGAIN, Asked, By, Report, count::Sum, make};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::read;
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit,
    answer::json as answer,
    input::percent_encode,
    ui::{self, Choice, Field, Kpi},
};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/service/report", "case.view", |visit: Visit, Query(q): Query| {
            Box::pin(show(visit, q))
        })
        .get(
            "/api/v1/service/report",
            "case.view",
            |visit: Visit, Query(q): Query| Box::pin(tell(visit, q)),
        )
}

/// A share in parts per million.
pub(crate) fn ppm(part: i64, whole: i64) -> Option<i64> {
    (whole > 0)
        .then(|| zhike_kernel::money::mul_div(part, 1_000_000, whole))
        .flatten()
}

async fn tell(visit: Visit, q: Fields) -> Answer {
    let ask = Asked::read(&visit.ctx, &q)?;
    let r = make(&visit.ctx, &ask).await?;
    let cost = visit.may("cost.view");
    let sum = |s: &Sum| {
        json!({"cases": s.n, "open": s.open, "median_minutes": s.median, "late": s.late, "rounds": s.rounds, "satisfied": s.satisfied,
            "unsatisfied_rounds": s.unsatisfied, "no_answer": s.no_answer, "cost": cost.then_some(s.cost), "revenue": cost.then_some(s.revenue), "minutes": s.worked,
            "again_satisfied": [s.again.0, s.again.1], "again_else": [s.again_not.0, s.again_not.1], "again_fast": [s.fast.0, s.fast.1], "again_slow": [s.slow.0, s.slow.1]})
    };
    let groups: Vec<Json> = r
        .groups
        .iter()
        .map(|(key, s)| {
            let mut line = sum(s);
            if let Some(map) = line.as_object_mut() {
                map.insert("key".into(), key.as_str().into());
            }
            line
        })
        .collect();
    let authority: Vec<Json> = r
        .withheld
        .iter()
        .map(|(role, n, beyond, limit)| json!({"role": role, "times": n, "beyond": beyond, "better_limit": limit}))
        .collect();
    let body = json!({"from": ask.from.to_string(), "to": ask.to.to_string(), "kind": ask.kind, "by": ask.by.word(), "all": sum(&r.all), "groups": groups,
        "promises": {"kept": r.promises.0, "broken": r.promises.1, "open": r.promises.2}, "authority": authority});
    answer(StatusCode::OK, &body)
}

/// Names of what cases are put together by.
async fn names(visit: &Visit, ask: &Asked, r: &Report) -> Result<HashMap<String, String>> {
    let loc = &visit.loc;
    let ids: Vec<i64> = r.groups.iter().filter_map(|g| g.0.parse().ok()).collect();
    let of = match ask.by {
        By::Cause => Some("case_cause"),
        By::Product => Some("product"),
        By::Process => Some("process"),
        _ => None,
    };
    let mut out = HashMap::new();
    if let Some(of) = of {
        for (id, name) in read::titles(visit.db(), visit.registry(), of, &ids, visit.latin).await? {
            out.insert(id.to_string(), name);
        }
    }
    if ask.by == By::Handler {
        for (id, name) in visit.app.identity.names(visit.latin).await? {
            out.insert(id.to_string(), name);
        }
    }
    for (key, _) in &r.groups {
        let word = matches!(ask.by, By::Factor | By::Responsible | By::Kind) && !key.is_empty();
        if word {
            out.insert(key.clone(), loc.t(&format!("case-{}-{key}", ask.by.word())));
        }
    }
    Ok(out)
}

/// The list behind a number.
fn behind(ask: &Asked, key: Option<&str>, more: &str) -> String {
    let mut conds = vec![format!("opened_on:ge:{}", ask.from), format!("opened_on:le:{}", ask.to)];
    if ask.kind != "all" && ask.by != By::Kind {
        conds.push(format!("kind:in:{}", ask.kind));
    }
    match (key, ask.by) {
        (None, _) => {}
        (Some(month), By::Month) => {
            conds = vec![format!("opened_on:ge:{month}-01"), format!("opened_on:le:{month}-31")]
        }
        (Some(""), by) => conds.push(format!("{}:empty:", by.field())),
        (Some(key), by) => conds.push(format!("{}:is:{key}", by.field())),
    }
    if !more.is_empty() {
        conds.push(more.to_owned());
    }
    let f: Vec<String> = conds.iter().map(|c| format!("f={}", percent_encode(c))).collect();
    format!("/cases?{}", f.join("&"))
}

fn filters(visit: &Visit, ask: &Asked) -> Markup {
    let loc = &visit.loc;
    let mut kinds = vec![Choice::new("all", loc.t("report-all"))];
    kinds.extend(
        crate::types::KINDS
            .iter()
            .map(|k| Choice::new(*k, loc.t(&format!("case-kind-{k}")))),
    );
    let bys: Vec<Choice> = By::ALL
        .iter()
        .map(|b| Choice::new(b.word(), loc.t(&format!("report-by-{}", b.word()))))
        .collect();
    html! { form.row.wrap.filters method="get" action="/service/report" style="gap:10px;align-items:flex-end" {
        (Field::new("from", loc.t("report-from")).date(&ask.from.to_string()))
        (Field::new("to", loc.t("report-to")).date(&ask.to.to_string()))
        (Field::new("kind", loc.t("case-kind")).select(&kinds, &ask.kind, None))
        (Field::new("by", loc.t("report-by")).select(&bys, ask.by.word(), None))
        (ui::btn(loc.t("report-show")).submit())
    } }
}

fn hours(visit: &Visit, minutes: Option<i64>) -> String {
    minutes.map_or_else(|| "—".to_owned(), |m| crate::process::page::time(visit, m))
}

fn share(visit: &Visit, part: i64, whole: i64) -> String {
    ppm(part, whole).map_or_else(|| "—".to_owned(), |p| visit.loc.percent_ppm(p))
}

async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let ask = Asked::read(&visit.ctx, &q)?;
    let r = make(&visit.ctx, &ask).await?;
    let names = names(&visit, &ask, &r).await?;
    let guesses = crate::entry::right(&visit.ctx).await?;
    let c = visit.house.currency;
    let see_cost = visit.may("cost.view");
    let ended = r.all.satisfied + r.all.no_answer;
    let kept = r.promises.0 + r.promises.1;
    let mut figures = vec![
        Kpi::new(loc.t("report-cases"), loc.int(r.all.n))
            .href(behind(&ask, None, ""))
            .note(loc.tv("report-open", &[("n", r.all.open.into())])),
        Kpi::new(loc.t("report-median"), hours(&visit, r.all.median)).note(loc.t("report-median-note")),
        Kpi::new(loc.t("report-late"), share(&visit, r.all.late, r.all.n))
            .note(loc.tv("report-n", &[("n", r.all.late.into())])),
        Kpi::new(
            loc.t("report-rounds"),
            loc.number(float(r.all.rounds) / float(r.all.n.max(1)), 2),
        ),
        Kpi::new(loc.t("report-satisfied"), share(&visit, r.all.satisfied, ended))
            .note(loc.tv("report-no-answer", &[("n", r.all.no_answer.into())])),
        Kpi::new(loc.t("report-promises"), share(&visit, r.promises.0, kept)).note(loc.tv(
            "report-promises-of",
            &[("n", kept.into()), ("broken", r.promises.1.into())],
        )),
    ];
    if see_cost {
        figures.push(
            Kpi::new(loc.t("report-cost"), ui::money(loc, r.all.cost, c))
                .note(loc.tv("report-worked", &[("time", hours(&visit, Some(r.all.worked)).into())])),
        );
    }
    if see_cost {
        figures.push(
            Kpi::new(loc.t("report-revenue"), ui::money(loc, r.all.revenue, c)).note(loc.tv(
                "report-profit",
                &[("amount", loc.money_full(r.all.revenue - r.all.cost, c).into())],
            )),
        );
    }
    let chart = json!({"x": r.months.iter().map(|m| &m.0).collect::<Vec<_>>(), "unit": "number", "series": [
        {"n": loc.t("report-cases"), "v": r.months.iter().map(|m| m.1).collect::<Vec<_>>()},
        {"n": loc.t("report-late"), "v": r.months.iter().map(|m| m.2).collect::<Vec<_>>()}]});
    let body = html! {
        (filters(&visit, &ask))
        @if r.all.n == 0 { (ui::empty("chart-bar", &loc.t("report-none"), &loc.t("report-none-text"), html! {})) } @else {
            (ui::kpis(&figures))
            (ui::card(loc.t("report-months")).body(ui::chart("bars", &chart, 220, &loc.t("report-months"))))
            (ui::card(loc.t(&format!("report-by-{}", ask.by.word()))).flush(table(&visit, &ask, &r, &names, see_cost)))
            div.g2 { (again(&visit, &r)) (authority(&visit, &r)) }
            @if guesses[0].1 > 0 { (ui::card(loc.t("report-guesses")).body(ui::kv(&[
                (loc.t("case-kind"), html! { (share(&visit, guesses[0].0, guesses[0].1)) " " span.dim.xs { (loc.tv("report-of", &[("n", guesses[0].1.into())])) } }),
                (loc.t("case-urgency"), html! { (share(&visit, guesses[1].0, guesses[1].1)) " " span.dim.xs { (loc.tv("report-of", &[("n", guesses[1].1.into())])) } }),
            ]))) }
        }
    };
    Screen::new(&visit, loc.t("nav-service_report"), "service_report")
        .charts()
        .show(ui::page_body(body))
}

#[allow(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "only for showing an average"
)]
fn float(n: i64) -> f64 {
    n as f64
}

fn table(visit: &Visit, ask: &Asked, r: &Report, names: &HashMap<String, String>, see_cost: bool) -> Markup {
    let loc = &visit.loc;
    html! { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t(&format!("report-by-{}", ask.by.word()))) }
            th.r scope="col" { (loc.t("report-cases")) } th.r scope="col" { (loc.t("case-view-open")) } th.r scope="col" { (loc.t("report-median")) }
            th.r scope="col" { (loc.t("report-late")) } th.r scope="col" { (loc.t("report-rounds")) } th.r scope="col" { (loc.t("report-satisfied")) }
            th.r scope="col" { (loc.t("case-status-no_answer")) }
            @if see_cost { th.r scope="col" { (loc.t("report-cost")) } th.r scope="col" { (loc.t("report-revenue")) } }
        } }
        tbody data-rows { @for (key, s) in &r.groups {
            @let name = match key.as_str() { "" => loc.t("report-unknown"), k => names.get(k).cloned().unwrap_or_else(|| k.to_owned()) };
            tr {
                td { a.link href=(behind(ask, Some(key), "")) { (name) } }
                td.r.num { (loc.int(s.n)) } td.r.num { (loc.int(s.open)) } td.r.num { (hours(visit, s.median)) }
                td.r.num { (share(visit, s.late, s.n)) } td.r.num { (loc.number(float(s.rounds) / float(s.n.max(1)), 2)) }
                td.r.num { (share(visit, s.satisfied, s.satisfied + s.no_answer)) } td.r.num { (loc.int(s.no_answer)) }
                @if see_cost { td.r { (ui::money(loc, s.cost, visit.house.currency)) } td.r { (ui::money(loc, s.revenue, visit.house.currency)) } }
            }
        } }
    } }
}

/// Who bought again.
fn again(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let rows = [
        ("satisfied", r.all.again),
        ("else", r.all.again_not),
        ("fast", r.all.fast),
        ("slow", r.all.slow),
    ];
    let list: Vec<(String, Markup)> = rows
        .iter()
        .map(|(key, (yes, n))| {
            (loc.t(&format!("report-again-{key}")), html! { span.num { (share(visit, *yes, *n)) } " " span.dim.xs { (loc.tv("report-of", &[("n", (*n).into())])) } })
        })
        .collect();
    html! { (ui::card(loc.tv("report-again", &[("days", AGAIN.into())])).body(html! { (ui::kv(&list)) p.xs.dim style="margin-top:8px" { (loc.t("report-again-note")) } })) }
}

/// What was not within people's authority.
fn authority(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let c = visit.house.currency;
    html! { (ui::card(loc.t("report-authority")).flush(html! {
        @if r.withheld.is_empty() { p.mut style="padding:14px" { (loc.t("report-authority-none")) } } @else { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("remedy_limit-role")) } th.r scope="col" { (loc.t("report-times")) } th.r scope="col" { (loc.t("report-beyond")) } th.r scope="col" { (loc.t("report-better")) } } }
            tbody data-rows { @for (role, n, beyond, limit) in &r.withheld { tr {
                td { (loc.t(&format!("role-{role}"))) } td.r.num { (loc.int(*n)) } td.r { (ui::money(loc, *beyond, c)) }
                td.r { @match limit { Some(l) => (ui::money(loc, *l, c)), None => span.dim { "—" } } }
            } } }
        } }
    })) }
}
