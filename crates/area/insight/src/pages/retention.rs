//! The page of retention: the triangle by quarter of entry, the curve of staying, and the customers behind each cell.

use super::{nothing, share};
use crate::lifetime::{
    retention::{self, Cohort, Stays},
    store,
};
use crate::model::float;
use axum::http::StatusCode;
use maud::{Markup, html};
use zhike_kernel::Error;
use zhike_web::ui::{self, Kpi, Size, Tone};
use zhike_web::{Answer, Query, Screen, Visit, answer};

/// Customers of a cell shown.
const MEMBERS: usize = 200;

/// `GET /value/retention`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let screen =
        Screen::new(&visit, loc.t("retention-title"), "lifetime").crumb(loc.t("lifetime-title"), "/value/lifetime");
    let Some(run) = store::latest(visit.db()).await? else {
        return screen.show(nothing(&visit));
    };
    let cohorts = retention::triangle(&visit.ctx, run.report.to).await?;
    let stays = retention::stays(&visit.ctx).await?;
    let main = html! { div.page { div.stack.l {
        @if visit.actor.owners().is_some() { (ui::callout(Tone::Info, loc.t("proof-scope"))) }
        (figures(&visit, &stays))
        (curve(&visit, &stays))
        (triangle(&visit, &cohorts))
        (years(&visit, &stays))
    } } };
    screen.charts().show(main)
}

fn figures(visit: &Visit, s: &Stays) -> Markup {
    let loc = &visit.loc;
    let at = |months: f64| (!s.curve.steps.is_empty()).then(|| s.curve.at(months));
    let months = |m: Option<f64>| {
        m.map_or_else(
            || "—".to_owned(),
            |m| loc.tv("retention-months", &[("n", loc.number(m, 0).into())]),
        )
    };
    let ends = match s.curve.median_range {
        (Some(low), Some(high)) => loc.tv(
            "retention-range",
            &[("low", loc.number(low, 0).into()), ("high", loc.number(high, 0).into())],
        ),
        _ => loc.t("retention-not-reached"),
    };
    ui::kpis(&[
        Kpi::new(loc.t("retention-median"), months(s.curve.median)).note(ends),
        Kpi::new(loc.t("retention-after-12"), share(visit, at(12.0), 0)),
        Kpi::new(loc.t("retention-after-24"), share(visit, at(24.0), 0)),
        Kpi::new(loc.t("retention-left"), loc.int(i64::try_from(s.left).unwrap_or(0)))
            .note(loc.tv("retention-of", &[("n", s.customers.into())])),
    ])
}

fn curve(visit: &Visit, s: &Stays) -> Markup {
    let loc = &visit.loc;
    let points = retention::months(&s.curve);
    if points.len() < 2 {
        return ui::callout(Tone::Quiet, loc.t("retention-nobody-left"));
    }
    let x: Vec<String> = (0..points.len()).map(|m| m.to_string()).collect();
    let percent = |f: &dyn Fn(&(f64, f64, f64)) -> f64| -> Vec<f64> {
        points.iter().map(|p| (f(p) * 1_000.0).round() / 10.0).collect()
    };
    let data = serde_json::json!({ "x": x, "unit": "percent", "series": [
        { "n": loc.t("retention-staying"), "v": percent(&|p| p.0) },
        { "n": loc.t("retention-high"), "v": percent(&|p| p.2), "dash": true },
        { "n": loc.t("retention-low"), "v": percent(&|p| p.1), "dash": true },
    ] });
    html! { (ui::card(loc.t("retention-curve")).note(loc.t("retention-curve-note")).body(html! {
        (ui::chart("lines", &data, 260, &loc.t("retention-curve-said")))
        p.xs.dim style="margin:6px 0 0" { (loc.t("retention-means")) }
    })) }
}

fn triangle(visit: &Visit, cohorts: &[Cohort]) -> Markup {
    let loc = &visit.loc;
    let wide = cohorts.iter().map(|c| c.bought.len()).max().unwrap_or(0);
    html! { (ui::card(loc.t("retention-triangle")).note(loc.t("retention-triangle-note")).flush(html! { div.tbl-wrap { table.tbl.plain.dense {
        thead { tr {
            th scope="col" { (loc.t("lifetime-year-head")) } th.r scope="col" { (loc.t("lifetime-head-customers")) }
            @for k in 0..wide { th.r scope="col" { (k) } }
        } }
        tbody { @for c in cohorts { tr {
            th scope="row" { a.link href={ "/value/retention/customers?cohort=" (c.quarter) } { (c.quarter) } }
            td.r.num { (loc.int(c.customers)) }
            @for (k, n) in c.bought.iter().enumerate() { @let part = float(*n) / float(c.customers.max(1));
                td.r.num style={ "background:color-mix(in srgb,var(--c1) " (format!("{:.0}", part * 45.0)) "%,transparent)" } {
                    a href={ "/value/retention/customers?cohort=" (c.quarter) "&quarter=" (k) } title=(loc.int(*n)) { (loc.percent(part, 0)) }
                }
            }
            @for _ in c.bought.len()..wide { td {} }
        } }
        @if cohorts.is_empty() { tr { td { span.mut { (loc.t("lifetime-nobody")) } } } } }
    } } })) }
}

fn years(visit: &Visit, s: &Stays) -> Markup {
    let loc = &visit.loc;
    html! { (ui::card(loc.t("lifetime-by-year")).flush(html! { div.tbl-wrap { table.tbl.plain.dense {
        thead { tr { th scope="col" { (loc.t("lifetime-year-head")) } @for key in ["lifetime-head-customers", "retention-median", "retention-after-12", "retention-after-24"] { th.r scope="col" { (loc.t(key)) } } } }
        tbody { @for (year, n, curve) in &s.years { tr {
            th scope="row" { (year) }
            td.r.num { (loc.int(i64::try_from(*n).unwrap_or(0))) }
            td.r.num { @match curve.median { Some(m) => { (loc.tv("retention-months", &[("n", loc.number(m, 0).into())])) } None => span.dim { "—" } } }
            @for months in [12.0, 24.0] { td.r.num { @if curve.steps.last().is_some_and(|l| l.time >= months) { (loc.percent(curve.at(months), 0)) } @else { span.dim { "—" } } } }
        } } }
    } } }).foot(html! { span.xs.dim { @if let Some(t) = &s.test { (loc.tv("retention-test", &[("chi", loc.number(t.chi_square, 1).into()), ("df", t.degrees.into()), ("p", loc.number(t.p, 3).into())])) } } })) }
}

/// `GET /value/retention/customers?cohort=2025-Q1&quarter=2&bought=no`.
pub async fn members(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let name = q.filled("cohort").unwrap_or("");
    let screen = Screen::new(&visit, name, "lifetime").crumb(loc.t("retention-title"), "/value/retention");
    let Some(cohort) = retention::number(name) else {
        return screen.show(html! { div.page { (ui::empty("users", &loc.t("retention-no-cohort"), &loc.t("retention-no-cohort-text"), html! {})) } });
    };
    let quarter = q.int("quarter");
    let bought = q.get("bought") != Some("no");
    let rows = retention::members(&visit.ctx, cohort, quarter.map(|k| (k, bought)), MEMBERS).await?;
    let tabs: Vec<ui::Tab> = quarter.map_or_else(Vec::new, |k| {
        [("yes", true), ("no", false)]
            .iter()
            .map(|(word, is)| ui::Tab {
                href: format!("/value/retention/customers?cohort={name}&quarter={k}&bought={word}"),
                label: loc.tv(
                    if *is {
                        "retention-bought"
                    } else {
                        "retention-bought-not"
                    },
                    &[("quarter", retention::name(cohort + k).into())],
                ),
                active: *is == bought,
                ..ui::Tab::default()
            })
            .collect()
    });
    screen.show(html! {
        @if !tabs.is_empty() { (ui::tabs(loc, name, &tabs)) }
        div.page { section.card { div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("party-one")) } th scope="col" { (loc.t("party-last_order_on")) } } }
            tbody data-rows { @for (id, name, last, _) in &rows { tr {
                td { span.name { (ui::co(*id, name, Size::Small)) a href={ "/parties/" (id) "/value" } { (name) } } }
                td.num { (last) }
            } }
            @if rows.is_empty() { tr { td colspan="2" { span.mut { (loc.t("lifetime-nobody")) } } } } }
        } } }
        @if rows.len() == MEMBERS { p.xs.dim { (loc.tv("retention-first", &[("n", MEMBERS.into())])) } } }
    })
}

/// `GET /api/v1/value/retention`.
pub async fn api(visit: Visit) -> Answer {
    let run = store::latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let cohorts = retention::triangle(&visit.ctx, run.report.to).await?;
    let s = retention::stays(&visit.ctx).await?;
    let months: Vec<_> = retention::months(&s.curve)
        .iter()
        .enumerate()
        .map(|(m, p)| serde_json::json!({ "month": m, "staying": p.0, "low": p.1, "high": p.2 }))
        .collect();
    let body = serde_json::json!({
        "to_on": run.report.to.to_string(), "cohorts": cohorts, "customers": s.customers, "left": s.left,
        "median_months": s.curve.median, "median_range": s.curve.median_range, "curve": months, "years_differ": s.test,
    });
    answer::json(StatusCode::OK, &body)
}
