//! The page on which the house proves itself: the funnel, the rule of 20/80/30, the ratings and the data, each with how
//! far it can be trusted.

use super::value::matrix;
use super::{share, words};
use crate::{quality, read, result};
use maud::{Markup, html};
use zhike_contract::{Funnel, FunnelSummary};
use zhike_kernel::Result;
use zhike_value::quality::Trust;
use zhike_web::ui::{self, Hue, Tone};
use zhike_web::{Answer, Screen, Visit};

/// Days that the funnel looks at.
pub const DAYS: i64 = 365;

/// `GET /proof`.
pub async fn show(visit: Visit, funnel: &dyn Funnel) -> Answer {
    let loc = &visit.loc;
    let summary = funnel.summary(&visit.ctx, DAYS).await?;
    let report = quality::report(&visit.ctx).await?;
    let run = result::latest(visit.db()).await?;
    let agreement = read::agreement(&visit.ctx).await?;
    let main = html! {
        div.page {
            @if visit.actor.owners().is_some() { (ui::callout(Tone::Info, loc.t("proof-scope"))) }
            (ui::card(loc.t("proof-trust")).note(loc.t("proof-trust-note")).flush(trust(&visit, &report)))
            div.g2 style="margin-top:16px" {
                (ui::card(loc.t("proof-funnel")).note(loc.tv("value-days", &[("from", summary.from_on.to_string().into()), ("to", summary.to_on.to_string().into())]))
                    .body(stages(&visit, &summary)).foot(html! { a.link href="/deals/board" { (loc.t("proof-funnel-open")) } }))
                (ui::card(loc.t("proof-rule")).body(rule(&visit, run.as_ref()).await?).foot(html! { a.link href="/value" { (loc.t("nav-value")) } }))
                (ui::card(loc.t("value-agreement")).body(html! {
                    @if agreement.table.total() > 0 { (matrix(&visit, &agreement)) } @else { p.mut { (loc.t("value-agreement-none-text")) } }
                }).foot(html! { a.link href="/value/disagreements" { (loc.t("value-disagreements")) } }))
                (ui::card(loc.t("proof-data")).note(loc.t("proof-data-note")).flush(checks(&visit, &report)))
            }
        }
    };
    Screen::new(&visit, loc.t("nav-proof"), "proof").show(main)
}

fn mark(visit: &Visit, trust: Trust) -> Markup {
    let (hue, icon, key) = match trust {
        Trust::Good => (Hue::Green, "check", "good"),
        Trust::Fair => (Hue::Amber, "alert-triangle", "fair"),
        Trust::Poor => (Hue::Red, "x", "poor"),
        Trust::Unknown => (Hue::Grey, "minus", "unknown"),
    };
    ui::badge_icon(hue, icon, &visit.loc.t(&format!("proof-{key}")))
}

fn trust(visit: &Visit, report: &quality::Report) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain { tbody { @for v in &report.verdicts { tr {
            th scope="row" { (loc.t(&format!("proof-analysis-{}", v.analysis))) }
            td { (mark(visit, v.trust)) }
            td.wrap.sm.mut style="min-width:130px" {
                @for (i, (need, _)) in v.unmet.iter().enumerate() {
                    @if i > 0 { " · " }
                    @let found = report.checks.iter().find(|c| c.check.name == need.check);
                    (loc.t(&format!("proof-check-{}", need.check))) (if loc.is_zh() { "：" } else { ": " })
                    @match found {
                        Some(f) if f.check.total < need.min_total => (loc.tv("proof-too-few", &[("n", count(f.check.total).into()), ("least", count(need.min_total).into())])),
                        Some(f) => (loc.tv("proof-bad", &[("share", part(visit, &f.check).into()), ("most", loc.percent_ppm(count(need.max_bad_ppm)).into())])),
                        None => (loc.t("proof-unknown")),
                    }
                }
                @if v.unmet.is_empty() { (loc.t("proof-all-met")) }
            }
        } } } }
    }
}

fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn part(visit: &Visit, check: &zhike_value::quality::Check) -> String {
    super::ppm(visit, check.bad_ppm().map(count))
}

fn checks(visit: &Visit, report: &quality::Report) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("proof-check")) } th.r scope="col" { (loc.t("proof-bad-rows")) } th.r scope="col" { (loc.t("proof-of")) } th.r scope="col" { "%" } } }
            tbody { @for f in &report.checks { tr {
                td.wrap { @match &f.href { Some(href) if f.check.bad > 0 => a.link href=(href) { (loc.t(&format!("proof-check-{}", f.check.name))) }, _ => (loc.t(&format!("proof-check-{}", f.check.name))) } }
                td.r.num { (loc.int(count(f.check.bad))) }
                td.r.num { (loc.int(count(f.check.total))) }
                td.r.num { (part(visit, &f.check)) }
            } } }
        }
    }
}

fn stages(visit: &Visit, f: &FunnelSummary) -> Markup {
    let loc = &visit.loc;
    let most = f.stages.iter().map(|s| s.entered).max().unwrap_or(0).max(1);
    if f.deals == 0 {
        return html! { p.mut { (loc.t("proof-funnel-none")) } };
    }
    html! {
        (ui::kpis(&[
            ui::Kpi::new(loc.t("proof-deals"), loc.int(f.deals)),
            ui::Kpi::new(loc.t("proof-won"), loc.int(f.won)),
            ui::Kpi::new(loc.t("proof-win-rate"), share(visit, f.win_rate, 1)),
            ui::Kpi::new(loc.t("proof-days"), f.median_days.map_or_else(|| "—".to_owned(), |d| loc.number(d, 0))),
        ]))
        div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("proof-stage")) } th.hide-s scope="col" {} th.r scope="col" { (loc.t("proof-entered")) } th.r scope="col" { (loc.t("proof-passed")) } th.r scope="col" { (loc.t("proof-stage-days")) } } }
            tbody { @for s in &f.stages { tr {
                td { @if loc.is_zh() { (s.name) } @else { (s.name_latin.as_deref().unwrap_or(&s.name)) } }
                td.hide-s style="min-width:80px" { (ui::meter(loc, crate::model::float(s.entered) / crate::model::float(most), Hue::Blue, None)) }
                td.r.num { (loc.int(s.entered)) }
                td.r.num { (share(visit, (s.entered > 0).then(|| crate::model::float(s.passed) / crate::model::float(s.entered)), 0)) }
                td.r.num { (s.median_days.map_or_else(|| "—".to_owned(), |d| loc.number(d, 0))) }
            } } }
        } }
    }
}

/// The rule of thumb beside what is.
async fn rule(visit: &Visit, run: Option<&result::Run>) -> Result<Markup> {
    let loc = &visit.loc;
    let Some(run) = run else {
        return Ok(html! { p.mut { (loc.t("value-none-text")) } });
    };
    let seen = read::seen(&visit.ctx, run).await?;
    let w = &seen.whale;
    let of_top = w.offset.filter(|_| w.bottom.amount < 0);
    let rows = [
        ("proof-rule-top", "80%".to_owned(), share(visit, w.top.share, 0)),
        ("proof-rule-offset", "50%".to_owned(), share(visit, of_top, 0)),
        ("proof-rule-peak", "—".to_owned(), share(visit, w.peak.profit_share, 0)),
        ("proof-rule-erosion", "—".to_owned(), share(visit, w.erosion, 0)),
    ];
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr { th.wrap scope="col" { (loc.tv("proof-rule-of", &[("n", w.customers.into()), ("profit", words(visit, w.total).into())])) }
                th.r scope="col" { (loc.t("proof-rule-says")) } th.r scope="col" { (loc.t("proof-rule-here")) } } }
            tbody { @for (key, says, here) in &rows { tr { td.wrap { (loc.t(key)) } td.r.num { (says) } td.r.num { b { (here) } } } } }
        } }
        p.sm.mut style="margin-top:8px" { (loc.t("proof-rule-note")) }
    })
}
