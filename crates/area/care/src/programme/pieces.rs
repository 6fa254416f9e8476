//! The card beside a customer: in the programme or not, since when, what is proposed and why.

use super::list::{badge, dialog, why};
use super::read;
use crate::words::money;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::Record;
use zhike_web::Visit;
use zhike_web::ui;

/// Draws it; nothing before the first proposal.
pub async fn beside(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let Some(line) = read::one(visit.db(), party.id).await? else {
        return Ok(html! {});
    };
    let day = line.since_on.as_deref().and_then(|d| d.parse().ok());
    let mut rows = vec![(
        loc.t("programme-now"),
        html! { (badge(visit, line.decision.as_deref())) @if let Some(day) = day { " " span.xs.mut { (loc.date(day, visit.today())) } } },
    )];
    if line.advised.is_some() {
        rows.push((
            loc.t("programme-proposal"),
            html! { (badge(visit, line.advised.as_deref())) div.xs.mut { (why(visit, &line)) } },
        ));
        if visit.may("cost.view") {
            rows.push((loc.t("programme-left"), money(visit, line.net)));
        }
    }
    let decides = visit.may("enrolment.create") && party.archived_at.is_none();
    Ok(html! { (ui::card(loc.t("nav-programme")).body(html! {
        (ui::kv(&rows))
        @if decides {
            div.btn-row style="margin-top:10px;justify-content:flex-start" { (ui::btn(loc.t("programme-decide")).small().opens("programme-decide")) }
            (dialog(visit, party.id, line.advised.as_deref()))
        }
    })) })
}
