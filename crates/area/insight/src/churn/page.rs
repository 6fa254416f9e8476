//! The page of the risk: how it did on a time that it did not know, whom it concerns, what counts, and when not to trust it.

use super::pieces::{badge, said};
use super::read::{self, Line};
use super::report::{Refusal, Report};
use super::{AHEAD, COLUMNS, LEAST, NAME, PLAY, SPAN, latest};
use crate::alarm;
use crate::kept::{self, Kept};
use crate::model::float;
use crate::pages::{money, share};
use maud::{Markup, Render, html};
use zhike_kernel::Result;
use zhike_value::judged::Judged;
use zhike_web::ui::{self, Hue, Kpi, Size, Tone};
use zhike_web::{Answer, Screen, Visit};

/// Customers shown of each list.
const SHOWN: usize = 12;
/// The list behind the figures.
const LIST: &str = "/parties?sort=-churn_risk&cols=churn_risk,tier,last_order_on,revenue,owner_id";

/// `GET /value/churn`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("churn-title"), "churn").crumb(loc.t("nav-value"), "/value");
    let running = kept::running(visit.db(), NAME, visit.now().0).await?;
    let Some(run) = latest(visit.db()).await? else {
        return screen.show(html! { div.page {
            @if running { (ui::callout(Tone::Info, loc.t("churn-running"))) }
            (ui::empty("user-off", &loc.t("churn-none"), &loc.t("churn-none-text"), html! {
                @if visit.may("value.refresh") && !running { (crate::pages::run_again(&visit, true)) }
            }))
        } });
    };
    let r = &run.report;
    // Who is silent for longer has stopped by definition, and needs no foresight.
    let since = jiff::Span::new()
        .try_days(AHEAD)
        .ok()
        .and_then(|s| r.to.checked_sub(s).ok());
    let since = since.map(|d| d.to_string()).unwrap_or_default();
    let main = html! { div.page { div.stack.l {
        @if running { (ui::callout(Tone::Info, loc.t("churn-running"))) }
        (head(&visit, &run))
        @if let Some(why) = r.refusal { (ui::callout(Tone::Warn, html! { b { (loc.t("churn-refused")) } " " (refused(&visit, r, why)) })) }
        @else { (verdict(&visit, r)) (figures(&visit, r)) }
        @if let Some(taken) = r.taken() {
            div.g-value { (accuracy(&visit, r)) (calibration(&visit, taken)) }
            div.g2 { (cuts(&visit, r, taken)) (alarms(&visit).await?) }
        }
        @if r.refusal.is_none() {
            div.g2 {
                (table(&visit, "churn-stake", &read::by_stake(&visit.ctx, &since, SHOWN).await?))
                (table(&visit, "churn-highest", &read::by_risk(&visit.ctx, None, &since, SHOWN).await?))
            }
            div.g2 { (weights(&visit, r)) (trust(&visit)) }
        } @else { (trust(&visit)) }
    } } };
    let list = html! { @if r.refusal.is_none() { (ui::btn(loc.t("churn-list")).icon("list").href(LIST)) } };
    screen.actions(list).charts().show(main)
}

fn int(visit: &Visit, n: usize) -> String {
    visit.loc.int(i64::try_from(n).unwrap_or(0))
}

fn many(n: usize) -> f64 {
    float(i64::try_from(n).unwrap_or(0))
}

fn head(visit: &Visit, run: &Kept<Report>) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    html! { div.row.wrap.xs style="gap:6px" {
        span.chip { (loc.tv("value-days", &[("from", r.from.to_string().into()), ("to", r.to.to_string().into())])) }
        span.chip { (loc.tv("churn-learnt", &[("n", r.learnt.into()), ("looks", r.looks.into())])) }
        span.chip { (loc.tv("churn-tested", &[("n", r.tested.into())])) }
        span.dim { (loc.tv("lifetime-version", &[("facts", run.facts.as_str().into()), ("code", run.code.as_str().into())])) }
        span.dim { (loc.stamp(run.finished)) }
    } }
}

/// Why there are no risks, with the figures that say so.
fn refused(visit: &Visit, r: &Report, why: Refusal) -> String {
    let loc = &visit.loc;
    let auc = r.taken().map(|t| t.auc_range).unwrap_or_default();
    let args = [
        ("days", i64::from((r.to - r.from).get_days()).into()),
        ("needed", SPAN.into()),
        ("least", i64::try_from(LEAST).unwrap_or(0).into()),
        ("learnt", r.learnt.into()),
        ("tested", r.tested.into()),
        ("low", loc.number(auc.0, 2).into()),
        ("high", loc.number(auc.1, 2).into()),
    ];
    loc.tv(&format!("churn-refused-{}", why.word()), &args)
}

/// Better than the plain regression, or not: said as it is.
fn verdict(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let auc = |j: Option<&Judged>| j.map_or_else(|| "—".to_owned(), |j| loc.number(j.auc, 3));
    let (trees, line) = (r.trees.as_ref(), r.line.as_ref());
    let silence = r.silence.map_or_else(|| "—".to_owned(), |s| loc.number(s, 3));
    let args = [
        ("trees", auc(trees).into()),
        ("line", auc(line).into()),
        ("silence", silence.into()),
    ];
    let better = trees
        .zip(line)
        .is_none_or(|(t, l)| t.auc > l.auc && t.log_loss < l.log_loss);
    let (tone, key) = match (r.boosted, better) {
        (true, true) => (Tone::Info, "churn-better"),
        (true, false) => (Tone::Warn, "churn-no-better"),
        (false, _) => (Tone::Warn, "churn-line-taken"),
    };
    let off = r.taken().map_or(0.0, |t| t.expected / many(t.came.max(1)) - 1.0);
    html! {
        (ui::callout(tone, loc.tv(key, &args)))
        @if off.abs() > 0.15 {
            (ui::callout(Tone::Warn, loc.tv(if off > 0.0 { "churn-off-high" } else { "churn-off-low" }, &[("share", loc.percent(off.abs(), 0).into())])))
        }
    }
}

fn figures(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let taken = r.taken();
    let figure = |of: fn(&Judged) -> f64, places| taken.map_or_else(|| "—".to_owned(), |t| loc.number(of(t), places));
    let range = taken.map(|t| t.auc_range).unwrap_or_default();
    let range = loc.tv(
        "churn-auc-note",
        &[
            ("low", loc.number(range.0, 2).into()),
            ("high", loc.number(range.1, 2).into()),
        ],
    );
    ui::kpis(&[
        Kpi::new(loc.t("churn-in-play"), int(visit, r.customers))
            .note(loc.tv("churn-in-play-note", &[("days", PLAY.into())])),
        Kpi::new(loc.t("churn-expected"), loc.number(r.expected, 0))
            .note(loc.tv("churn-expected-note", &[("days", AHEAD.into())]))
            .href(LIST),
        Kpi::new("AUC", figure(|t| t.auc, 3)).note(range),
        Kpi::new(loc.t("churn-lift"), figure(|t| t.lift, 1)).note(loc.t("churn-lift-note")),
    ])
}

fn accuracy(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let ways = [
        ("trees", r.trees.as_ref(), r.boosted),
        ("line", r.line.as_ref(), !r.boosted),
        ("base", r.base.as_ref(), false),
    ];
    let day = r.tested_from.map(|d| d.to_string()).unwrap_or_default();
    ui::card(loc.t("churn-test"))
        .note(loc.tv("churn-test-note", &[("day", day.into()), ("days", AHEAD.into())]))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("lifetime-model")) } @for key in ["auc", "loss", "brier", "came"] { th.r scope="col" { (loc.t(&format!("churn-head-{key}"))) } } } }
            tbody {
                @for (key, fit, taken) in ways { tr {
                    th scope="row" { (loc.t(&format!("churn-{key}"))) @if taken { " " (ui::badge(Hue::Green, &loc.t("lifetime-taken"))) } }
                    @match fit {
                        Some(f) => {
                            td.r.num { (loc.number(f.auc, 3)) } td.r.num { (loc.number(f.log_loss, 4)) } td.r.num { (loc.number(f.brier, 4)) }
                            td.r.num.nw { (loc.number(f.expected, 0)) " / " (int(visit, f.came)) }
                        }
                        None => { @for _ in 0..4 { td.r.dim { "—" } } }
                    }
                } }
                tr { th scope="row" { (loc.t("churn-silence")) } td.r.num { @match r.silence { Some(s) => (loc.number(s, 3)), None => "—" } } @for _ in 0..3 { td {} } }
            }
        } } })
        .foot(html! { span.xs.dim { (loc.t("churn-choice")) } })
        .render()
}

/// The reliability of the risks: expected against what came, by tenths.
fn calibration(visit: &Visit, fit: &Judged) -> Markup {
    let loc = &visit.loc;
    let percent = |v: f64| loc.percent(v, 0);
    ui::card(loc.t("churn-calibration"))
        .note(loc.t("churn-calibration-note"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { @for key in ["tenth", "customers", "foreseen", "stopped", "interval"] { th.r scope="col" { (loc.t(&format!("churn-head-{key}"))) } } } }
            tbody { @for (at, b) in fit.bins.iter().enumerate() {
                @let outside = b.expected < b.low || b.expected > b.high;
                tr {
                    td.r.num { (at + 1) }
                    td.r.num { (int(visit, b.rows)) }
                    td.r.num { (percent(b.expected)) }
                    td.r.num { @if outside { (ui::badge(Hue::Amber, &percent(b.came))) } @else { (percent(b.came)) } }
                    td.r.num.xs.mut.nw { (percent(b.low)) "–" (percent(b.high)) }
                }
            } }
        } } })
        .foot(html! { span.xs.dim { (loc.t("churn-calibration-means")) } })
        .render()
}

/// What alarms from some risks on would have found in the test.
fn cuts(visit: &Visit, r: &Report, taken: &Judged) -> Markup {
    let loc = &visit.loc;
    ui::card(loc.t("churn-cuts"))
        .note(loc.t("churn-cuts-note"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { @for key in ["from", "rang", "right", "found"] { th.r scope="col" { (loc.t(&format!("churn-head-{key}"))) } } } }
            tbody { @for c in &r.cuts { tr {
                td.r.num { (loc.percent(c.from, 0)) }
                td.r.num { (int(visit, c.rang)) }
                td.r.num { (share(visit, (c.rang > 0).then(|| many(c.came) / many(c.rang)), 0)) }
                td.r.num { (share(visit, (taken.came > 0).then(|| many(c.came) / many(taken.came)), 0)) }
            } } }
        } } })
        .foot(html! { span.xs.dim { (loc.t("churn-cuts-means")) } })
        .render()
}

/// What came of the alarms that rang from this risk.
async fn alarms(visit: &Visit) -> Result<Markup> {
    if !visit.may("alarm.view") {
        return Ok(html! {});
    }
    let loc = &visit.loc;
    let settings = alarm::settings::load(visit.db(), visit.house.currency).await?;
    let found = alarm::read::precision(&visit.ctx).await?;
    let p = found.of("churn");
    let interval = p.interval.map(|(low, high)| {
        let args = [
            ("low", loc.percent(low, 0).into()),
            ("high", loc.percent(high, 0).into()),
        ];
        loc.tv("alarm-interval", &args)
    });
    let rows = [
        (
            loc.t("alarm-view-open"),
            html! { a.link href="/alarms?view=open&f=cause:is:churn" { (loc.int(p.open)) } },
        ),
        (loc.t("churn-alarm-judged"), html! { (loc.int(p.judged())) }),
        (
            loc.t("alarm-precision"),
            html! { (share(visit, p.precision, 0)) " " span.xs.mut { (interval.unwrap_or_else(|| loc.t("alarm-precision-none"))) } },
        ),
        (loc.t("alarm-foreseen"), html! { (share(visit, p.foreseen, 0)) }),
        (loc.t("alarm-won"), html! { (loc.int(p.won_back)) }),
    ];
    let link = html! { a.link.sm href="/value/alarms" { (loc.t("nav-alarms")) } };
    Ok(ui::card(loc.t("churn-alarms"))
        .note(loc.tv("churn-alarms-note", &[("risk", loc.percent_ppm(settings.risk).into())]))
        .actions(link)
        .body(ui::kv(&rows))
        .render())
}

fn table(visit: &Visit, title: &str, lines: &[Line]) -> Markup {
    let loc = &visit.loc;
    ui::card(loc.t(title))
        .note(loc.tv(&format!("{title}-note"), &[("days", AHEAD.into())]))
        .flush(html! { div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("party-one")) } th.r scope="col" { (loc.t("party-churn_risk")) } th.r.hide-s scope="col" { (loc.t("party-revenue")) } th scope="col" { (loc.t("churn-why")) } } }
            tbody data-rows { @for l in lines { tr {
                td { span.name { (ui::co(l.party_id, &l.name, Size::Small)) a href={ "/parties/" (l.party_id) "/value" } { (l.name) } } }
                td.r { (badge(visit, l.churn_risk)) }
                td.r.hide-s { @match l.revenue { Some(v) => (money(visit, v)), None => span.dim { "—" } } }
                td.xs.mut.wrap { @if let Some(r) = l.reasons.first() { (said(visit, r)) } }
            } }
            @if lines.is_empty() { tr { td colspan="4" { span.mut { (loc.t("lifetime-nobody")) } } } } }
        } } })
        .render()
}

fn weights(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let mut all: Vec<(&str, f64)> = COLUMNS.iter().copied().zip(r.weights.iter().copied()).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let top = all.first().map_or(1.0, |a| a.1.max(1e-9));
    ui::card(loc.t("churn-weights"))
        .note(loc.t("churn-weights-note"))
        .flush(
            html! { div.tbl-wrap { table.tbl.plain.dense { tbody { @for (what, weight) in all { tr {
                th scope="row" { (loc.t(&format!("churn-what-{what}"))) }
                td style="width:40%" { (ui::meter(loc, weight / top, Hue::Blue, None)) }
                td.r.num { (loc.number(weight, 3)) }
            } } } } } },
        )
        .foot(html! { span.xs.dim { (loc.t("churn-weights-means")) } })
        .render()
}

fn trust(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let list = |of: &str, n: usize| {
        html! { ul.sm style="margin:4px 0 10px;padding-left:18px" { @for i in 1..=n { li { (loc.tv(&format!("churn-{of}-{i}"), &[("ahead", AHEAD.into()), ("play", PLAY.into())])) } } } }
    };
    ui::card(loc.t("lifetime-assumes"))
        .body(html! { (list("assumes", 6)) b.sm { (loc.t("lifetime-distrust")) } (list("distrust", 5)) })
        .render()
}
