//! The model on the page of lifetime value: how it foresaw the held-out time, its parameters, what it assumes.

use crate::lifetime::store::Run;
use maud::{Markup, Render, html};
use zhike_value::calibration::Calibration;
use zhike_web::Visit;
use zhike_web::ui;

/// Expected against real purchases of the held-out time.
pub(super) fn calibration(visit: &Visit, run: &Run) -> Markup {
    let loc = &visit.loc;
    let Some(contest) = &run.report.contest else {
        return html! {};
    };
    let Some(c) = contest.winner().and_then(|w| w.calibration.as_ref()) else {
        return html! {};
    };
    let last = c.bins.last().map_or(0, |b| b.x);
    let x: Vec<String> = c
        .bins
        .iter()
        .map(|b| {
            if b.x == last && b.x >= 7 {
                format!("{}+", b.x)
            } else {
                b.x.to_string()
            }
        })
        .collect();
    let round = |v: f64| (v * 100.0).round() / 100.0;
    let real: Vec<f64> = c.bins.iter().map(|b| round(b.actual)).collect();
    let expected: Vec<f64> = c.bins.iter().map(|b| round(b.expected)).collect();
    let data = serde_json::json!({
        "x": x, "unit": "number",
        "series": [{ "n": loc.t("lifetime-came"), "v": real }, { "n": loc.t("lifetime-foreseen"), "v": expected }],
    });
    let said = loc.tv(
        "lifetime-held-out",
        &[
            ("weeks", loc.number(run.report.horizon, 0).into()),
            ("from", run.report.split.to_string().into()),
            ("expected", loc.number(c.expected, 0).into()),
            ("came", loc.number(c.actual, 0).into()),
            ("bias", signed(visit, c.bias).into()),
        ],
    );
    ui::card(loc.t("lifetime-calibration"))
        .note(loc.t("lifetime-calibration-note"))
        .body(html! {
            (ui::chart("bars", &data, 220, &said))
            p.xs.dim style="margin:2px 0 8px" { (loc.t("lifetime-calibration-axes")) }
            p.sm style="margin:0 0 8px" { (said) }
            div.tbl-wrap { table.tbl.plain.dense {
                thead { tr { th scope="col" { (loc.t("lifetime-model")) } @for key in ["rms", "bias", "correlation", "likelihood"] { th.r scope="col" { (loc.t(&format!("lifetime-head-{key}"))) } } } }
                tbody {
                    @for (at, m) in contest.candidates.iter().enumerate() {
                        (line(visit, &loc.t(&format!("lifetime-model-{}", m.model.name())), m.calibration.as_ref(), m.fitted.as_ref().map(|f| f.log_likelihood), contest.best == Some(at)))
                    }
                    (line(visit, &loc.t("lifetime-plain"), contest.plain.as_ref(), None, false))
                }
            } }
        })
        .foot(html! { span.xs.dim { (loc.t("lifetime-choice")) } })
        .render()
}

fn signed(visit: &Visit, share: Option<f64>) -> String {
    share.map_or_else(
        || "—".to_owned(),
        |s| format!("{}{}", if s > 0.0 { "+" } else { "" }, visit.loc.percent(s, 1)),
    )
}

fn line(visit: &Visit, name: &str, c: Option<&Calibration>, likelihood: Option<f64>, best: bool) -> Markup {
    let loc = &visit.loc;
    let or = |v: Option<f64>, decimals| v.map_or_else(|| "—".to_owned(), |v| loc.number(v, decimals));
    html! { tr {
        th scope="row" { (name) @if best { " " (ui::badge(ui::Hue::Green, &loc.t("lifetime-taken"))) } }
        td.r.num { (or(c.map(|c| c.root_mean_square), 3)) }
        td.r.num { (signed(visit, c.and_then(|c| c.bias))) }
        td.r.num { (or(c.and_then(|c| c.correlation), 2)) }
        td.r.num { (or(likelihood, 1)) }
    } }
}

/// The estimates with their standard errors.
pub(super) fn parameters(visit: &Visit, run: &Run) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    let mut rows: Vec<(String, &str, f64, Option<f64>)> = vec![];
    let error = |errors: &Option<Vec<f64>>, i: usize| errors.as_ref().and_then(|e| e.get(i)).copied();
    if let Some(b) = &r.buying {
        for (i, (symbol, value)) in b.model.symbols().into_iter().zip(&b.params).enumerate() {
            let what = loc.t(&format!("lifetime-parameter-{}-{symbol}", b.model.name()));
            rows.push((what, symbol, *value, error(&b.standard_errors, i)));
        }
    }
    if let Some(m) = &r.money {
        for (i, (symbol, value)) in ["p", "q", "gamma"].into_iter().zip(&m.params).enumerate() {
            let what = loc.t(&format!("lifetime-parameter-{symbol}"));
            rows.push((what, symbol, *value, error(&m.standard_errors, i)));
        }
    }
    ui::card(loc.t("lifetime-parameters"))
        .note(loc.t("lifetime-parameters-note"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("lifetime-parameter")) } th scope="col" {} th.r scope="col" { (loc.t("lifetime-estimate")) } th.r scope="col" { (loc.t("lifetime-error")) } } }
            tbody { @for (what, symbol, value, error) in &rows { tr {
                td.wrap { (what) } td.mut { (letter(symbol)) }
                td.r.num { (loc.number(*value, 4)) }
                td.r.num { @match error { Some(e) => { "± " (loc.number(*e, 4)) } None => span.dim { "—" } } }
            } } }
        } } })
        .foot(html! { div.xs.dim {
            @if let Some(r) = r.correlation { (loc.tv("lifetime-correlation", &[("r", loc.number(r, 2).into())])) " " }
            (loc.t("lifetime-interval-note"))
            " " a.link href="/value/lifetime/purchases" { (loc.t("lifetime-purchases")) }
        } })
        .render()
}

fn letter(symbol: &str) -> &str {
    match symbol {
        "alpha" => "α",
        "beta" => "β",
        "gamma" => "γ",
        other => other,
    }
}

/// Assumptions, and when not to trust it.
pub(super) fn trust(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let list = |of: &str, n: usize| {
        html! { ul.sm style="margin:4px 0 10px;padding-left:18px" { @for i in 1..=n { li { (loc.t(&format!("lifetime-{of}-{i}"))) } } } }
    };
    ui::card(loc.t("lifetime-assumes"))
        .body(html! {
            (list("assumes", 5))
            b.sm { (loc.t("lifetime-distrust")) }
            (list("distrust", 4))
        })
        .render()
}
