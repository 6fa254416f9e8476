//! The foot of a card on the board, and the dialog that asks why a deal was lost.

use crate::{
    stages::{Kind, Stage},
    view,
};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_web::{
    Visit,
    ui::{self, Field},
};

/// The next step of an open deal, or how it ended.
pub fn foot(visit: &Visit, stage: &Stage, step: &str, on: &str, closed: &str, reason: &str, late: bool) -> Markup {
    let loc = &visit.loc;
    let line = |class: &str, icon: &str, words: Markup| html! { div class={ "nx " (class) } { (ui::icon(icon)) span.ell { (words) } } };
    match stage.kind {
        Kind::Won => line("", "check", view::day(visit, closed)),
        Kind::Lost => line(
            "",
            "x",
            html! { (view::day(visit, closed)) @if !reason.is_empty() { " · " (reason) } },
        ),
        Kind::Open if step.is_empty() && on.is_empty() => html! {},
        Kind::Open => {
            let words = html! {
                @if late { (loc.t("sales-late")) " " }
                @if !on.is_empty() { (view::day(visit, on)) " " } (step)
            };
            if late {
                line("late", "clock-exclamation", words)
            } else {
                line("", "arrow-narrow-right", words)
            }
        }
    }
}

/// The dialog that asks why a deal was lost. On the board its form gets the deal from the card that was moved.
pub async fn lost_dialog(visit: &Visit, stage: &Stage, back: &str, deal: Option<(i64, i64)>) -> Result<Markup> {
    let loc = &visit.loc;
    let reasons = crate::lead::reasons(visit, "deal_lost").await?;
    let rivals = crate::rival::choices(visit).await?;
    let action = deal.map_or(String::new(), |(id, _)| format!("/deals/{id}/move"));
    Ok(ui::dialog(
        "sales-lost",
        &loc.t("sales-lost-title"),
        html! {
            p.sm.mut data-what {}
            form.stack.l data-stay method="post" action=(action) {
                (ui::hidden("stage", &stage.id.to_string()))
                (ui::hidden("version", &deal.map(|(_, v)| v.to_string()).unwrap_or_default()))
                (ui::hidden("back", back))
                (Field::new("reason_id", loc.t("deal-reason_id")).required(true).select(&reasons, "", Some("")))
                (Field::new("rival_id", loc.t("rival-lost-to")).select(&rivals, "", Some("—")))
                div.btn-row.end { (ui::btn(loc.t("web-cancel")).ghost().closes()) (ui::btn(loc.t("sales-lost-save")).danger_solid().submit()) }
            }
        },
    ))
}
