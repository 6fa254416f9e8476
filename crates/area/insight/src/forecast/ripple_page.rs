//! The page of the ripple check: a campaign, a price or a forecast against stock and capacity, before it is decided.

use super::ripple::{self, Ask, Cell, Line};
use super::{AHEAD, Asks, latest, month_name, read};
use crate::pages::ppm;
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::{Error, FieldError, Result};
use zhike_store::{Query as _, binds};
use zhike_web::ui::{self, Choice, Field, Hue, Kpi, Tone};
use zhike_web::{Answer, Fields, Query, Screen, Visit, answer};

/// Products shown.
const ROWS: usize = 60;

/// `GET /value/ripple`.
pub async fn show(visit: Visit, Query(q): Query, asks: Asks) -> Answer {
    let loc = &visit.loc;
    let screen =
        Screen::new(&visit, loc.t("ripple-title"), "forecast").crumb(loc.t("forecast-title"), "/value/forecast");
    let Some(run) = latest(visit.db()).await? else {
        return screen.show(html! { div.page { (ui::empty("trending-up", &loc.t("forecast-none"), &loc.t("forecast-none-text"), html! {})) } });
    };
    if !read::whole(&visit.ctx) {
        return screen.show(html! { div.page { (ui::empty("trending-up", &loc.t("ripple-house"), &loc.t("error-forecast-house"), html! {})) } });
    }
    let asked = Ask::read(&q, run.report.open);
    let (ask, wrong) = match asked {
        Ok(ask) => (Some(ask), vec![]),
        Err(e) => (None, e.fields),
    };
    let lines = match &ask {
        Some(ask) => ripple::compute(&visit.ctx, ripple::port(&asks), &run, ask).await?,
        None => vec![],
    };
    let months: Vec<String> = (run.report.open..).take(AHEAD).map(month_name).collect();
    let main = html! { div.page { div.stack.l {
        (form(&visit, &q, &months, &wrong).await?)
        @if let Some(ask) = &ask {
            @if lines.is_empty() { (ui::empty("packages", &loc.t("ripple-none"), &loc.t("ripple-none-text"), html! {})) }
            @else { (verdict(&visit, ask, &lines)) (figures(&visit, &lines)) (table(&visit, &months, &lines)) }
        }
        (ui::card(loc.t("lifetime-assumes")).body(html! { ul.sm style="margin:0;padding-left:18px" { @for i in 1..=5 { li { (loc.t(&format!("ripple-assumes-{i}"))) } } } }))
    } } };
    let code = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    answer::html_with(code, screen.markup(main))
}

async fn form(visit: &Visit, q: &Fields, months: &[String], wrong: &[FieldError]) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = format!(
        "SELECT c.id, {} FROM catalog_category c WHERE c.archived_at IS NULL ORDER BY c.code, c.id LIMIT 300",
        visit.ctx.name_of("c")
    );
    let mut categories = vec![];
    for row in visit.db().all(&sql, binds![]).await? {
        categories.push(Choice::new(row.int(0)?.to_string(), row.text(1)?));
    }
    let month_choice: Vec<Choice> = months.iter().map(|m| Choice::new(m, m)).collect();
    let complaint = |name: &str| wrong.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
    let shown = |name: &str, usual: &str| q.filled(name).unwrap_or(usual).to_owned();
    Ok(
        html! { (ui::card(loc.t("ripple-try")).note(loc.t("ripple-try-note")).body(html! {
            form.stack method="get" action="/value/ripple" {
                @if !wrong.is_empty() { (ui::form_errors(&[loc.t("error-fields")])) }
                @if let Some(product) = q.filled("product") { (ui::hidden("product", product)) }
                div.g3 {
                    (Field::new("demand", loc.t("ripple-demand")).hint(loc.t("ripple-demand-hint")).error(complaint("demand")).money(&shown("demand", "0"), "%"))
                    (Field::new("price", loc.t("ripple-price")).hint(loc.t("ripple-price-hint")).error(complaint("price")).money(&shown("price", "0"), "%"))
                    (Field::new("elasticity", loc.t("ripple-elasticity")).hint(loc.t("ripple-elasticity-hint")).error(complaint("elasticity")).number(&shown("elasticity", "-1")))
                    (Field::new("category", loc.t("category-one")).select(&categories, &shown("category", ""), Some(&loc.t("ripple-everything"))))
                    (Field::new("from", loc.t("ripple-from")).error(complaint("from")).select(&month_choice, &shown("from", months.first().map_or("", String::as_str)), None))
                    (Field::new("months", loc.t("ripple-months")).error(complaint("months")).number(&shown("months", &AHEAD.to_string())))
                }
                (ui::submit_row(loc, Some("/value/ripple"), &loc.t("ripple-run")))
            }
        })) },
    )
}

/// How many get worse, and what that means.
fn verdict(visit: &Visit, ask: &Ask, lines: &[Line]) -> Markup {
    let loc = &visit.loc;
    let worse = lines.iter().filter(|l| l.short().1 > l.short().0).count();
    let short = lines.iter().filter(|l| l.short().1 > 0).count();
    if ask.still() {
        let tone = if short > 0 { Tone::Warn } else { Tone::Info };
        return ui::callout(
            tone,
            loc.tv("ripple-now", &[("n", short.into()), ("of", lines.len().into())]),
        );
    }
    if worse > 0 {
        return ui::callout(
            Tone::Bad,
            html! { b { (loc.tv("ripple-worse", &[("n", worse.into())])) } " " (loc.t("ripple-worse-text")) },
        );
    }
    ui::callout(Tone::Info, loc.tv("ripple-fine", &[("n", short.into())]))
}

fn figures(visit: &Visit, lines: &[Line]) -> Markup {
    let loc = &visit.loc;
    let int = |n: usize| loc.int(i64::try_from(n).unwrap_or(0));
    let over = lines.iter().filter(|l| l.used().is_some_and(|u| u >= 900_000)).count();
    let known = lines.iter().filter(|l| l.used().is_some()).count();
    ui::kpis(&[
        Kpi::new(loc.t("ripple-touched"), int(lines.iter().filter(|l| l.touched).count()))
            .note(loc.tv("offer-of", &[("n", lines.len().into())])),
        Kpi::new(
            loc.t("ripple-short-now"),
            int(lines.iter().filter(|l| l.short().0 > 0).count()),
        ),
        Kpi::new(
            loc.t("ripple-short-then"),
            int(lines.iter().filter(|l| l.short().1 > 0).count()),
        ),
        Kpi::new(loc.t("ripple-full"), int(over)).note(loc.tv("ripple-full-note", &[("n", known.into())])),
    ])
}

fn table(visit: &Visit, months: &[String], lines: &[Line]) -> Markup {
    let loc = &visit.loc;
    html! { (ui::card(loc.t("ripple-products")).note(loc.t("ripple-products-note")).flush(html! { div.tbl-wrap { table.tbl.plain.dense {
        thead { tr {
            th scope="col" { (loc.t("product-one")) } th.r scope="col" { (loc.t("ripple-short-now")) } th.r scope="col" { (loc.t("ripple-short-then")) }
            th scope="col" { (loc.t("ripple-first")) } th.r.hide-s scope="col" { (loc.t("ripple-capacity")) }
            @for m in months { th.r.hide-s scope="col" { (m) } }
        } }
        tbody data-rows { @for l in lines.iter().take(ROWS) { @let (now, then) = l.short(); tr {
            td { span.name { a href={ "/products/" (l.product) "/stock" } { (l.name) } span.sub { (l.sku) } } }
            td.r { @if now > 0 { (ui::qty(loc, now)) } @else { span.dim { "—" } } }
            td.r { @if then > now { (ui::badge(Hue::Red, &loc.qty(then))) } @else if then > 0 { (ui::qty(loc, then)) } @else { span.dim { "—" } } }
            td.num { @match l.first().and_then(|m| months.get(m)) { Some(m) => (m), None => span.dim { "—" } } }
            td.r.num.hide-s { (ppm(visit, l.used())) }
            @for c in &l.then { (cell(visit, c)) }
        } } }
    } } }).foot(html! { span.xs.dim { (loc.t("ripple-cells")) @if lines.len() > ROWS { " " (loc.tv("retention-first", &[("n", ROWS.into())])) } } })) }
}

fn cell(visit: &Visit, c: &Cell) -> Markup {
    let loc = &visit.loc;
    let style = if c.short > 0 { "color:var(--red)" } else { "" };
    html! { td.r.num.hide-s style=(style) title=(loc.tv("ripple-cell", &[
        ("stock", loc.qty(c.from_stock).into()), ("made", loc.qty(c.made).into()), ("short", loc.qty(c.short).into()),
    ])) { (loc.qty(c.demand)) } }
}

/// `GET /api/v1/value/ripple`.
pub async fn api(visit: Visit, Query(q): Query, asks: Asks) -> Answer {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let ask = Ask::read(&q, run.report.open)?;
    let lines = ripple::compute(&visit.ctx, ripple::port(&asks), &run, &ask).await?;
    let months: Vec<String> = (run.report.open..).take(AHEAD).map(month_name).collect();
    let body = json!({ "asked": ask, "months": months, "products": lines,
        "worse": lines.iter().filter(|l| l.short().1 > l.short().0).count() });
    answer::json(StatusCode::OK, &body)
}
