//! The page of the forecast: baseline, weighted pipeline and commitments side by side, and how right they were.

use super::page_parts::{accuracy, commits, trust};
use super::read::{self, Series};
use super::{AHEAD, Asks, DIMS, NAME, Report, commit, latest, month_name};
use crate::kept::{self, Kept};
use crate::model::float;
use crate::pages::{money, ppm};
use maud::{Markup, html};
use zhike_kernel::{Error, FieldError, Result, number};
use zhike_web::ui::{self, Kpi, Tone};
use zhike_web::{Answer, Fields, Form, Query, Screen, Visit, answer};

/// Rows shown.
const ROWS: usize = 60;
/// Months of the past on the chart.
const BACK: usize = 24;

/// `GET /value/forecast?by=category`.
pub async fn show(visit: Visit, Query(q): Query, asks: Asks) -> Answer {
    answer::html(page(&visit, &q, &asks, &Fields::default(), &[]).await?)
}

pub(super) async fn page(
    visit: &Visit,
    q: &Fields,
    asks: &Asks,
    typed: &Fields,
    wrong: &[FieldError],
) -> Result<Markup> {
    let loc = &visit.loc;
    let screen = Screen::new(visit, loc.t("forecast-title"), "forecast").crumb(loc.t("nav-value"), "/value");
    let running = kept::running(visit.db(), NAME, visit.now().0).await?;
    let Some(run) = latest(visit.db()).await? else {
        return Ok(screen.markup(html! { div.page {
            @if running { (ui::callout(Tone::Info, loc.t("forecast-running"))) }
            (ui::empty("trending-up", &loc.t("forecast-none"), &loc.t("forecast-none-text"), html! {
                @if visit.may("value.refresh") && !running { (crate::pages::run_again(visit, true)) }
            }))
        } }));
    };
    let whole = read::whole(&visit.ctx);
    let by = q
        .filled("by")
        .filter(|b| whole && DIMS.contains(b))
        .unwrap_or(if whole { "total" } else { "salesperson" });
    let series = read::of(&visit.ctx, asks, &run, by, ROWS).await?;
    let people = read::of(&visit.ctx, asks, &run, "salesperson", 1_000).await?;
    let total = read::of(&visit.ctx, asks, &run, "total", 1).await?;
    let past = read::past(&visit.ctx, &run, &people, total.first()).await?;
    let tabs: Vec<ui::Tab> = DIMS
        .iter()
        .filter(|d| whole || **d == "salesperson")
        .map(|d| ui::Tab {
            href: format!("/value/forecast?by={d}"),
            label: loc.t(&format!("forecast-by-{d}")),
            active: *d == by,
            ..ui::Tab::default()
        })
        .collect();
    let shown = q
        .filled("key")
        .and_then(|k| series.iter().find(|s| s.key == k))
        .or(series.first());
    let main = html! {
        (ui::tabs(loc, &loc.t("forecast-title"), &tabs))
        div.page { div.stack.l {
            @if running { (ui::callout(Tone::Info, loc.t("forecast-running"))) }
            @if !whole { (ui::callout(Tone::Info, loc.t("forecast-own"))) }
            (head(visit, &run))
            @if series.is_empty() { (ui::empty("trending-up", &loc.t("forecast-empty"), &loc.t("forecast-empty-text"), html! {})) }
            @if let Some(s) = shown { (figures(visit, s)) (chart(visit, &run, s)) }
            (table(visit, &run, by, &series))
            div.g-value { (accuracy(visit, &past)) (commits(visit, &run, &people, typed, wrong).await?) }
            (trust(visit))
        } }
    };
    let actions = html! {
        @if whole {
            (ui::btn(loc.t("ripple-title")).icon("activity").href("/value/ripple"))
            (ui::btn(loc.t("forecast-plan-csv")).icon("download").href("/value/forecast/plan?format=csv").wide_only())
            (ui::btn(loc.t("forecast-plan-xlsx")).icon("download").href("/value/forecast/plan?format=xlsx"))
        }
    };
    Ok(screen.actions(actions).charts().markup(main))
}

fn head(visit: &Visit, run: &Kept<Report>) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    html! { div.row.wrap.xs style="gap:6px" {
        span.chip { (loc.tv("forecast-known", &[("to", r.to.to_string().into()), ("months", r.months.into())])) }
        span.chip { (loc.tv("forecast-planned", &[("n", r.planned.into())])) }
        @if r.to_order > 0 { span.chip { (loc.tv("forecast-to-order", &[("n", r.to_order.into())])) } }
        @if r.unkept > 0 { span.chip { (loc.tv("forecast-unkept", &[("n", r.unkept.into())])) } }
        span.dim { (loc.tv("lifetime-version", &[("facts", run.facts.as_str().into()), ("code", run.code.as_str().into())])) }
        span.dim { (loc.stamp(run.finished)) }
    } }
}

/// A series by its name; what has none says so.
pub(super) fn named(visit: &Visit, s: &Series) -> String {
    let loc = &visit.loc;
    match (s.dim.as_str(), s.name.as_str()) {
        ("total", _) => loc.t("forecast-by-total"),
        (_, "") => loc.t("forecast-unnamed"),
        ("region", region) => {
            let key = format!("party-region-{region}");
            if loc.has(&key) { loc.t(&key) } else { region.to_owned() }
        }
        (_, name) => name.to_owned(),
    }
}

fn figures(visit: &Visit, s: &Series) -> Markup {
    let loc = &visit.loc;
    let next: i64 = s.base.iter().take(3).sum();
    let pipe: i64 = s.pipeline.iter().take(3).sum();
    let said: Vec<i64> = s.commits.iter().take(3).flatten().copied().collect();
    let beside = loc.tv("forecast-naive", &[("wape", ppm(visit, s.naive_wape).into())]);
    let mut items = vec![
        Kpi::new(loc.t("forecast-next"), money(visit, next)).note(named(visit, s)),
        Kpi::new(loc.t("forecast-pipeline"), money(visit, pipe)).note(loc.t("forecast-pipeline-note")),
    ];
    if matches!(s.dim.as_str(), "total" | "salesperson") {
        let value = html! { @if said.is_empty() { "—" } @else { (money(visit, said.iter().sum())) } };
        items.push(Kpi::new(loc.t("forecast-commit"), value).note(loc.t("forecast-commit-note")));
    }
    items.push(Kpi::new(loc.t("forecast-wape"), ppm(visit, s.wape)).note(beside));
    ui::kpis(&items)
}

fn chart(visit: &Visit, run: &Kept<Report>, s: &Series) -> Markup {
    let loc = &visit.loc;
    let open = run.report.open;
    let back = s.history.len().min(BACK);
    let first = open - i64::try_from(back).unwrap_or(0);
    let ahead = i64::try_from(AHEAD).unwrap_or(6);
    let x: Vec<String> = (first..open + ahead).map(month_name).collect();
    let unit = |v: i64| crate::pages::units(visit, v);
    let real: Vec<i64> = s
        .history
        .iter()
        .skip(s.history.len() - back)
        .map(|v| unit(*v))
        .collect();
    // Each line begins with what came, which is drawn over it: a chart's label has no place on a line that is not there.
    let ahead_of = |f: &dyn Fn(i64) -> i64| -> Vec<i64> {
        let forecast = s.base.iter().map(|v| unit(f(*v)));
        real.iter().copied().chain(forecast).collect()
    };
    let mut lines = vec![];
    if let Some(width) = s.width {
        lines.push(serde_json::json!({ "n": loc.t("forecast-high"), "v": ahead_of(&|v| v + width), "dash": true }));
        lines.push(
            serde_json::json!({ "n": loc.t("forecast-low"), "v": ahead_of(&|v| (v - width).max(0)), "dash": true }),
        );
    }
    lines.push(serde_json::json!({ "n": loc.t("forecast-base"), "v": ahead_of(&|v| v), "hot": true }));
    lines.push(serde_json::json!({ "n": loc.t("forecast-came"), "v": real }));
    let data = serde_json::json!({ "x": x, "unit": "money", "sign": visit.house.currency.sign(), "series": lines });
    let method = loc.t(&format!("forecast-method-{}", s.method));
    html! { (ui::card(named(visit, s)).note(loc.tv("forecast-method-note", &[("method", method.into())])).body(html! {
        (ui::chart("lines", &data, 260, &loc.t("forecast-chart-said")))
        p.xs.dim style="margin:6px 0 0" { (loc.t("forecast-chart-means")) }
    })) }
}

fn table(visit: &Visit, run: &Kept<Report>, by: &str, all: &[Series]) -> Markup {
    let loc = &visit.loc;
    let open = run.report.open;
    let both = matches!(by, "total" | "salesperson");
    html! { (ui::card(loc.t("forecast-months")).note(loc.tv("forecast-so-far", &[("to", run.report.to.to_string().into())])).flush(html! { div.tbl-wrap { table.tbl.plain.dense {
        thead { tr {
            th scope="col" { (loc.t(&format!("forecast-by-{by}"))) } th scope="col" {}
            @for m in (open..).take(AHEAD) { th.r scope="col" { (month_name(m)) } }
            th.r.hide-s scope="col" { "WAPE" } th.r.hide-s scope="col" { "MASE" } th.hide-s scope="col" { (loc.t("forecast-method")) }
        } }
        tbody data-rows { @for s in all {
            tr {
                th scope="row" rowspan=(if both { 3 } else { 2 }) { a.link href={ "/value/forecast?" (key_of(by, s)) } { (named(visit, s)) }
                    @if s.so_far != 0 { div.xs.dim { (loc.tv("forecast-sold-so-far", &[("amount", crate::pages::words(visit, s.so_far).into())])) } } }
                td.xs.mut { (loc.t("forecast-base")) }
                @for v in &s.base { td.r { (money(visit, *v)) } }
                td.r.num.hide-s { (ppm(visit, s.wape)) }
                td.r.num.hide-s { @match s.mase { Some(m) => (loc.number(float(m) / 1e6, 2)), None => "—" } }
                td.xs.hide-s { (loc.t(&format!("forecast-method-{}", s.method))) }
            }
            tr { td.xs.mut { (loc.t("forecast-pipeline-short")) } @for v in &s.pipeline { td.r { @if *v == 0 { span.dim { "—" } } @else { (money(visit, *v)) } } } td.hide-s colspan="3" {} }
            @if both { tr { td.xs.mut { (loc.t("forecast-commit-short")) } @for v in &s.commits { td.r { @match v { Some(v) => b { (money(visit, *v)) }, None => span.dim { "—" } } } } td.hide-s colspan="3" {} } }
        } }
    } } })) }
}

/// `POST /value/forecast/commits`.
pub async fn save(visit: Visit, Form(form): Form, asks: Asks) -> Answer {
    let decimals = visit.house.currency.decimals();
    let read = || -> Result<commit::New> {
        let amount = form
            .filled("amount")
            .ok_or_else(|| Error::field("amount", "error-required"))?;
        Ok(commit::New {
            owner_id: form.need_int("owner_id")?,
            month: form.get("month").unwrap_or("").to_owned(),
            amount: number::parse_scaled(amount, decimals, false)
                .map_err(|_| Error::field("amount", "error-not-a-number"))?,
            version: form.need_int("version")?,
            note: form.get("note").map(str::to_owned),
        })
    };
    let done = match read() {
        Ok(new) => commit::add(&visit.ctx, &new).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(_) => answer::go_saying(
            &visit,
            "/value/forecast?by=salesperson",
            &visit.loc.t("forecast-committed"),
            None,
        ),
        Err(e) if !e.fields.is_empty() => {
            let by = Fields(vec![("by".into(), "salesperson".into())]);
            let again = page(&visit, &by, &asks, &form, &e.fields).await?;
            answer::html_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, again)
        }
        Err(e) => Err(e.into()),
    }
}

/// The address of a series.
fn key_of(by: &str, s: &Series) -> String {
    Fields(vec![("by".into(), by.to_owned()), ("key".into(), s.key.clone())]).without(&[])
}
