//! The page of lifetime value: what the customers will still bring, how far that can be trusted, and whom it concerns.

use super::lifetime_model::{calibration, parameters, trust};
use super::{money, what_if, words};
use crate::lifetime::{
    self,
    read::{self, Line, Sums},
    store::{self, Run},
};
use crate::model::float;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_web::ui::{self, Hue, Kpi, Size, Tone};
use zhike_web::{Answer, Screen, Visit};

/// Customers shown of each list.
const SHOWN: usize = 10;
/// The list behind the figures.
const LIST: &str = "/parties?sort=-npv&cols=tier,npv,p_alive,expected,last_order_on,owner_id";

/// `GET /value/lifetime`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("lifetime-title"), "lifetime").crumb(loc.t("nav-value"), "/value");
    let running = lifetime::running(visit.db(), visit.now().0).await?;
    let Some(run) = store::latest(visit.db()).await? else {
        return screen.show(html! { div.page {
            @if running { (progress(&visit)) }
            (ui::empty("chart-dots", &loc.t("lifetime-none"), &loc.t("lifetime-none-text"), html! {
                @if visit.may("value.refresh") && !running { (super::run_again(&visit, true)) }
            }))
        } });
    };
    let seconds = run.took.max(0) / 100_000;
    let actions = html! {
        span.xs.dim.nw.hide-s { (loc.tv("value-made", &[("at", loc.stamp(run.finished).into()),
            ("seconds", format!("{}.{}", seconds / 10, seconds % 10).into())])) }
        (ui::btn(loc.t("retention-title")).icon("users").href("/value/retention"))
        (ui::btn(loc.t("lifetime-list")).icon("list").href(LIST))
    };
    let total = read::all(&visit.ctx, &run).await?;
    let main = html! { div.page { div.stack.l {
        @if running { (progress(&visit)) }
        (head(&visit, &run))
        @if let Some(why) = run.report.refusal {
            (ui::callout(Tone::Warn, html! { b { (loc.t("lifetime-refused")) } " " (refusal(&visit, &run, why)) }))
        } @else {
            (doubts(&visit, &run, &total))
            (figures(&visit, &run, &total))
            div.g-value { (calibration(&visit, &run)) (what_if::card(&visit, &run, &total)) }
            div.g-value { (parameters(&visit, &run)) (trust(&visit)) }
            div.g2 { (groups(&visit, "tier", &read::by_tier(&visit.ctx).await?)) (groups(&visit, "year", &read::by_year(&visit.ctx).await?)) }
            (lists(&visit).await?)
        }
    } } };
    screen.actions(actions).charts().show(main)
}

fn progress(visit: &Visit) -> Markup {
    html! { div #lifetime-progress hx-get="/value/lifetime/progress" hx-trigger="load delay:2s" hx-swap="outerHTML" {
        (ui::callout(Tone::Info, visit.loc.t("lifetime-running")))
    } }
}

/// `GET /value/lifetime/progress`: the same again, or back to the page when it is done.
pub async fn watch(visit: Visit) -> Answer {
    if lifetime::running(visit.db(), visit.now().0).await? {
        return zhike_web::answer::html(progress(&visit));
    }
    zhike_web::answer::go(&visit, "/value/lifetime")
}

fn head(visit: &Visit, run: &Run) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    let model = r
        .buying
        .as_ref()
        .map(|b| loc.t(&format!("lifetime-model-{}", b.model.name())));
    html! { div.row.wrap.xs style="gap:6px" {
        span.chip { (loc.tv("value-days", &[("from", r.from.to_string().into()), ("to", r.to.to_string().into())])) }
        span.chip { (loc.tv("lifetime-customers", &[("n", r.customers.into()), ("again", r.repeaters.into())])) }
        @if let Some(model) = model { span.chip { (model) } }
        a.chip href="/value/assumptions" { (loc.tv("lifetime-discount", &[("rate", loc.percent_ppm(r.discount).into())])) }
        span.dim { (loc.tv("lifetime-version", &[("facts", run.facts.as_str().into()), ("code", run.code.as_str().into())])) }
    } }
}

/// Why there is no model, with the figures that say so.
pub(super) fn refusal(visit: &Visit, run: &Run, why: zhike_value::lifetime::Refusal) -> String {
    use zhike_value::lifetime::Refusal as R;
    let loc = &visit.loc;
    let r = &run.report;
    match why {
        R::Nothing => loc.t("lifetime-refused-nothing"),
        R::Short => loc.tv(
            "lifetime-refused-short",
            &[("from", r.from.to_string().into()), ("to", r.to.to_string().into())],
        ),
        R::FewRepeats => loc.tv("lifetime-refused-few", &[("n", r.repeaters.into())]),
        R::Contract => loc.tv(
            "lifetime-refused-contract",
            &[("ratio", loc.number(r.clock.map_or(0.0, |c| c.median), 2).into())],
        ),
        R::NoFit => loc.t("lifetime-refused-fit"),
    }
}

/// What makes the figures doubtful.
fn doubts(visit: &Visit, run: &Run, total: &Sums) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    let winner = r.contest.as_ref().and_then(|c| c.winner());
    let held = winner.and_then(|c| c.calibration.as_ref());
    let plain = r.contest.as_ref().and_then(|c| c.plain.as_ref());
    let bias = held.and_then(|c| c.bias).filter(|b| b.abs() > 0.15);
    let worse = held
        .zip(plain)
        .is_some_and(|(m, p)| m.root_mean_square >= p.root_mean_square);
    let odd = r.buying.iter().flat_map(|b| b.warnings.iter());
    let odd: Vec<_> = odd.chain(r.money.iter().flat_map(|m| m.warnings.iter())).collect();
    html! {
        @if let Some(bias) = bias {
            (ui::callout(Tone::Warn, loc.tv(if bias > 0.0 { "lifetime-doubt-high" } else { "lifetime-doubt-low" }, &[("share", loc.percent(bias.abs(), 0).into())])))
        }
        @if worse { (ui::callout(Tone::Warn, loc.t("lifetime-doubt-plain"))) }
        @for warning in &odd { (ui::callout(Tone::Warn, loc.t(&warned(**warning)))) }
        @if r.money.is_none() { (ui::callout(Tone::Warn, loc.t("lifetime-no-money"))) }
        @else if r.margin.is_none() { (ui::callout(Tone::Warn, loc.t("lifetime-no-margin"))) }
        @if r.unknown > 0 { (ui::callout(Tone::Warn, loc.tv("lifetime-unknown", &[("n", r.unknown.into())]))) }
        @if visit.actor.owners().is_some() {
            @let hidden = i64::try_from(r.customers).unwrap_or(0) - total.customers;
            (ui::callout(Tone::Info, loc.tv("value-hidden", &[("seen", total.customers.into()), ("hidden", hidden.into())])))
        }
    }
}

/// The key of a warning's sentence.
fn warned(warning: zhike_value::fit::Warning) -> String {
    let word = serde_json::to_value(warning).ok();
    format!(
        "lifetime-warning-{}",
        word.as_ref().and_then(|w| w.as_str()).unwrap_or("not_converged")
    )
}

/// Both ends of an interval in words.
pub(super) fn range(visit: &Visit, low: Option<i64>, high: Option<i64>) -> Option<String> {
    let (low, high) = low.zip(high)?;
    let args = [("low", words(visit, low).into()), ("high", words(visit, high).into())];
    Some(visit.loc.tv("lifetime-range", &args))
}

fn figures(visit: &Visit, run: &Run, total: &Sums) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("profit.view") && run.report.equity.is_some();
    let interval = range(visit, total.low, total.high).unwrap_or_else(|| loc.t("lifetime-no-range"));
    let mut items = vec![];
    if open {
        items.push(Kpi::new(loc.t("lifetime-equity"), money(visit, total.npv)).note(interval));
        items.push(
            Kpi::new(loc.t("lifetime-contribution"), money(visit, total.contribution)).note(loc.t("lifetime-year")),
        );
    }
    items.push(
        Kpi::new(loc.t("lifetime-expected"), loc.number(float(total.expected) / 1e3, 0)).note(loc.t("lifetime-year")),
    );
    items.push(
        Kpi::new(loc.t("lifetime-at-risk"), loc.int(total.at_risk))
            .note(loc.t("lifetime-at-risk-note"))
            .href(format!("{LIST}&f=p_alive:lt:50")),
    );
    ui::kpis(&items)
}

/// Sums by tier or by year of entry, each with the list behind it.
fn groups(visit: &Visit, of: &str, groups: &[Sums]) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("profit.view");
    let heads: &[&str] = if open {
        &["customers", "alive", "expected", "equity", "average"]
    } else {
        &["customers", "alive", "expected"]
    };
    html! { (ui::card(loc.t(&format!("lifetime-by-{of}"))).flush(html! { div.tbl-wrap { table.tbl.plain.dense {
        thead { tr { th scope="col" { (loc.t(if of == "tier" { "lifetime-tier" } else { "lifetime-year-head" })) } @for key in heads { th.r scope="col" { (loc.t(&format!("lifetime-head-{key}"))) } } } }
        tbody { @for g in groups { tr {
            th scope="row" { @match (of, g.key.as_str()) {
                ("tier", "") => { span.mut { (loc.t("lifetime-tier-none")) } }
                ("tier", tier) => { a.link href={ (LIST) "&f=tier:is:" (tier) } { (loc.t(&format!("party-tier-{tier}"))) } }
                (_, year) => { a.link href={ (LIST) "&f=first_order_on:ge:" (year) "-01-01&f=first_order_on:le:" (year) "-12-31" } { (year) } }
            } }
            td.r.num { (loc.int(g.customers)) }
            td.r.num { (loc.number(float(g.alive) / 1e6, 0)) }
            td.r.num { (loc.number(float(g.expected) / 1e3, 0)) }
            @if open {
                td.r { (money(visit, g.npv)) }
                td.r { @if g.valued > 0 { (money(visit, g.npv / g.valued)) } @else { "–" } }
            }
        } } }
    } } })) }
}

async fn lists(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    if !visit.may("profit.view") {
        return Ok(html! {});
    }
    let best = read::by_value(&visit.ctx, None, SHOWN).await?;
    let stake = read::by_stake(&visit.ctx, SHOWN).await?;
    let all = html! { a.link href=(LIST) { (loc.t("lifetime-all")) } span.sp {} a.link href=(format!("/parties/export?{}", LIST.trim_start_matches("/parties?"))) { (loc.t("lifetime-export")) } };
    let risky = html! { a.link href={ (LIST) "&f=p_alive:lt:50" } { (loc.t("lifetime-all-risk")) } };
    Ok(html! { div.g2 {
        (ui::card(loc.t("lifetime-best")).flush(table(visit, &best, false)).foot(all))
        (ui::card(loc.t("lifetime-stake")).note(loc.t("lifetime-stake-note")).flush(table(visit, &stake, true)).foot(risky))
    } })
}

fn table(visit: &Visit, lines: &[Line], stake: bool) -> Markup {
    let loc = &visit.loc;
    let amount = |v: Option<i64>| html! { @match v { Some(v) => (money(visit, v)), None => span.dim { "—" } } };
    html! { div.tbl-wrap { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t("party-one")) }
            th.r scope="col" { (loc.t("party-p_alive")) }
            th.r scope="col" { (loc.t(if stake { "lifetime-at-stake" } else { "party-npv" })) }
            th.r.hide-s scope="col" { (loc.t(if stake { "lifetime-silent" } else { "lifetime-interval" })) }
        } }
        tbody data-rows { @for l in lines { tr {
            td { span.name { (ui::co(l.party_id, &l.name, Size::Small)) a href={ "/parties/" (l.party_id) "/value" } { (l.name) } } }
            td.r { (alive(visit, l.p_alive)) }
            @if stake {
                td.r { (amount(l.at_stake)) }
                td.r.num.hide-s { (loc.tv("lifetime-silent-days", &[("days", (l.t_days - l.t_x_days).into()), ("limit", l.limit_days.unwrap_or(0).into())])) }
            } @else {
                td.r { (amount(l.npv)) }
                td.r.xs.mut.hide-s { (range(visit, l.npv_low, l.npv_high).unwrap_or_else(|| "—".to_owned())) }
            }
        } }
        @if lines.is_empty() { tr { td colspan="4" { span.mut { (loc.t("lifetime-nobody")) } } } } }
    } } }
}

/// P(alive) with its colour.
pub(super) fn alive(visit: &Visit, p: Option<i64>) -> Markup {
    let Some(p) = p else {
        return html! { span.dim { "—" } };
    };
    let hue = match p {
        800_000.. => Hue::Green,
        read::HALF.. => Hue::Amber,
        _ => Hue::Red,
    };
    ui::badge(hue, &visit.loc.percent(float(p) / 1e6, 0))
}
