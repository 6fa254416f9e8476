//! "Why this price": the reasons of a quote in words, and the button that shows them.

use super::mark::icon;
use crate::locale::Locale;
use maud::{Markup, html};
use zhike_contract::{Reason, ReasonArg};
use zhike_kernel::{Arg, Currency};

/// One reason in the reader's language.
pub fn reason(loc: &Locale, currency: Currency, reason: &Reason) -> String {
    let mut args: Vec<(&str, Arg)> = vec![];
    for name in ["price", "rate", "from", "since", "until"] {
        args.push((name, String::new().into()));
    }
    for (name, arg) in &reason.args {
        let value: Arg = match arg {
            ReasonArg::Text(t) => t.as_str().into(),
            ReasonArg::Int(n) => (*n).into(),
            ReasonArg::Money(m) => loc.money_full(*m, currency).into(),
            ReasonArg::Quantity(q) => loc.qty(*q).into(),
            ReasonArg::Rate(r) => loc.percent_ppm(*r).into(),
        };
        args.retain(|a| a.0 != name);
        args.push((name, value));
    }
    loc.tv(&reason.code, &args)
}

/// The reasons as a list: what made the price, then what was weaker or did not fit.
pub fn reasons(loc: &Locale, currency: Currency, all: &[Reason]) -> Markup {
    let line = |r: &Reason| {
        html! { li.row.top.sm { (icon(if r.won { "check" } else { "minus" })) span .mut[!r.won] { (reason(loc, currency, r)) } } }
    };
    html! {
        ul.plain-list.stack.s {
            @for r in all.iter().filter(|r| r.won) { (line(r)) }
            @for r in all.iter().filter(|r| !r.won) { (line(r)) }
        }
    }
}

/// A small button that opens the reasons; `id` is unique on the page.
pub fn why(loc: &Locale, id: &str, currency: Currency, all: &[Reason]) -> Markup {
    if all.is_empty() {
        return html! {};
    }
    html! {
        button.btn.ghost.icon.sm type="button" popovertarget=(id) aria-label=(loc.t("price-why")) title=(loc.t("price-why")) { (icon("info-circle")) }
        div.card.why popover id=(id) { div.card-h { h2 { (loc.t("price-why")) } } div.card-b { (reasons(loc, currency, all)) } }
    }
}
