//! Pages of this area.

pub mod assumptions;
pub mod disagree;
pub mod lifetime;
mod lifetime_model;
mod lifetime_party;
pub mod lists;
pub mod model;
pub mod party;
pub mod proof;
pub mod retention;
pub mod value;
pub mod what_if;

use crate::read::Seen;
use crate::result::{Run, Totals};
use maud::{Markup, html};
use zhike_web::Visit;
use zhike_web::ui::{self, Tone};

/// Parts per million as a percentage, or a dash.
pub(crate) fn ppm(visit: &Visit, ppm: Option<i64>) -> String {
    ppm.map_or_else(|| "—".to_owned(), |p| visit.loc.percent_ppm(p))
}

/// A share of one as a percentage, or a dash.
pub(crate) fn share(visit: &Visit, share: Option<f64>, decimals: usize) -> String {
    share.map_or_else(|| "—".to_owned(), |s| visit.loc.percent(s, decimals))
}

/// An amount of the house's currency.
pub(crate) fn money(visit: &Visit, minor: i64) -> Markup {
    ui::money(&visit.loc, minor, visit.house.currency)
}

/// The same as text.
pub(crate) fn words(visit: &Visit, minor: i64) -> String {
    visit.loc.money(minor, visit.house.currency)
}

/// Whole units of an amount, for charts.
pub(crate) fn units(visit: &Visit, minor: i64) -> i64 {
    minor / 10_i64.pow(visit.house.currency.decimals())
}

/// What every reader of a profit must know: what is assumed, what is left out, whom one does not see.
pub(crate) fn notes(visit: &Visit, run: &Run, seen: &Seen) -> Markup {
    let loc = &visit.loc;
    html! {
        (assumed(visit, &seen.totals))
        @if seen.hidden > 0 {
            (ui::callout(Tone::Info, loc.tv("value-hidden", &[("seen", seen.whale.customers.into()), ("hidden", seen.hidden.into())])))
        }
        @for (currency, lines) in &run.outcome.foreign {
            (ui::callout(Tone::Warn, loc.tv("value-foreign", &[("n", (*lines).into()), ("currency", currency.as_str().into())])))
        }
    }
}

/// How much rests on assumptions.
pub(crate) fn assumed(visit: &Visit, totals: &Totals) -> Markup {
    let loc = &visit.loc;
    let part = totals.assumed_ppm();
    let text = match part {
        Some(p) if p > 0 => loc.tv("value-assumed", &[("share", loc.percent_ppm(p).into())]),
        _ => loc.t("value-assumed-none"),
    };
    ui::callout(
        if part.is_some_and(|p| p > 20_000) {
            Tone::Warn
        } else {
            Tone::Quiet
        },
        html! { (text) @if !loc.is_zh() { " " } (loc.t("value-assumed-service")) @if visit.may("model.view") { " " a.link href="/value/assumptions" { (loc.t("value-assumptions")) } } },
    )
}

/// A page before the first analysis.
pub(crate) fn nothing(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    html! {
        div.page {
            (ui::empty("chart-dots", &loc.t("value-none"), &loc.t("value-none-text"), html! {
                @if visit.may("value.refresh") { (run_again(visit, true)) }
            }))
        }
    }
}

/// The button that starts the analysis.
pub(crate) fn run_again(visit: &Visit, first: bool) -> Markup {
    let words = visit.loc.t(if first { "value-run" } else { "value-run-again" });
    let button = ui::btn(words).icon("refresh").submit();
    html! {
        form method="post" action="/value/refresh" {
            (ui::hidden("csrf", &visit.csrf))
            @if first { (button.primary()) } @else { (button.ghost()) }
        }
    }
}
