//! Pieces of pages about one customer: the risk with its reasons.

use super::AHEAD;
use super::read::{self, Reason};
use crate::model::{float, whole};
use maud::{Markup, Render, html};
use zhike_kernel::Result;
use zhike_web::Visit;
use zhike_web::ui::{self, Hue};

/// A risk with its colour.
pub fn badge(visit: &Visit, risk: i64) -> Markup {
    let hue = match risk {
        500_000.. => Hue::Red,
        250_000.. => Hue::Amber,
        _ => Hue::Green,
    };
    ui::badge(hue, &visit.loc.percent(float(risk) / 1e6, 0))
}

/// A reason in words, with the way it pulls.
pub fn said(visit: &Visit, r: &Reason) -> String {
    let loc = &visit.loc;
    let value = float(r.value) / 1e3;
    let shown = match r.what {
        "returns" | "discount" | "trend" => loc.percent(value, 0),
        "beyond" => loc.number(value, 1),
        "sales" => crate::pages::words(visit, whole(value.exp())),
        _ => loc.number(value, 0),
    };
    let key = if r.value < 0 && matches!(r.what, "rhythm" | "beyond") {
        "churn-once".to_owned()
    } else {
        format!("churn-why-{}", r.what)
    };
    let way = if r.effect > 0 { "↑" } else { "↓" };
    format!("{way} {}", loc.tv(&key, &[("value", shown.into())]))
}

/// Reasons below one another.
pub fn reasons(visit: &Visit, all: &[Reason]) -> Markup {
    html! { ul.sm style="margin:0;padding-left:18px" { @for r in all { li { (said(visit, r)) } } } }
}

/// The card on a customer's page; nothing for who is not in play.
pub async fn card(visit: &Visit, party: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let Some(line) = read::one(&visit.ctx, party).await? else {
        return Ok(html! {});
    };
    let link = html! { a.link.sm href="/value/churn" { (loc.t("offer-how")) } };
    Ok(ui::card(loc.t("party-churn_risk"))
        .note(loc.tv("churn-expected-note", &[("days", AHEAD.into())]))
        .actions(link)
        .body(html! {
            p style="margin:0 0 6px" { (badge(visit, line.churn_risk)) }
            (reasons(visit, &line.reasons))
            p.xs.dim style="margin:6px 0 0" { (loc.t("churn-card-note")) }
        })
        .render())
}
