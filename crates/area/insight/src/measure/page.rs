//! The page of measures: what is planned, late and done, and what has come of it.

use super::read::{self, Group};
use crate::pages::{money, ppm};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::json;
use zhike_web::ui::{self, Kpi};
use zhike_web::{Answer, Screen, Visit, answer};

/// `GET /value/measures`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let groups = read::groups(&visit.ctx).await?;
    let actions = html! {
        (ui::btn(loc.t("measure-all")).icon("list").href("/measures"))
        @if visit.may("measure.create") { (ui::btn(loc.t("measure-new")).icon("plus").primary().href("/measures/new")) }
    };
    let main = html! { div.page { div.stack.l {
        @if groups.is_empty() {
            (ui::empty("target-arrow", &loc.t("measure-none"), &loc.t("measure-none-text"), html! {
                (ui::btn(loc.t("measure-to-loss")).primary().href("/value/customers?part=loss"))
                (ui::btn(loc.t("measure-to-top")).href("/value/customers?part=top"))
            }))
        } @else {
            (figures(&visit, &groups))
            (table(&visit, &groups))
            p.sm.mut { (loc.t("measure-note")) }
        }
    } } };
    Screen::new(&visit, loc.t("nav-measures"), "measures")
        .crumb(loc.t("nav-value"), "/value")
        .actions(actions)
        .show(main)
}

fn figures(visit: &Visit, groups: &[Group]) -> Markup {
    let loc = &visit.loc;
    let sum = |of: fn(&Group) -> i64| groups.iter().map(of).sum::<i64>();
    let late = sum(|g| g.late);
    let mut items = vec![
        Kpi::new(loc.t("measure-view-planned"), loc.int(sum(|g| g.planned)))
            .href("/measures?view=planned")
            .note(loc.tv("measure-late", &[("many", late.into())])),
        Kpi::new(loc.t("measure-view-done"), loc.int(sum(|g| g.done)))
            .href("/measures?view=done")
            .note(loc.tv("measure-measured", &[("many", sum(|g| g.measured).into())])),
    ];
    if visit.may("profit.view") {
        items.push(
            Kpi::new(loc.t("measure-change"), money(visit, sum(|g| g.change))).note(loc.t("measure-change-note")),
        );
    }
    ui::kpis(&items)
}

fn table(visit: &Visit, groups: &[Group]) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("profit.view");
    html! { section.card { div.tbl-wrap { table.tbl {
        thead { tr {
            th scope="col" { (loc.t("measure-decision")) }
            th scope="col" { (loc.t("measure-action")) }
            th.r scope="col" { (loc.t("measure-status-planned")) }
            th.r scope="col" { (loc.t("measure-status-done")) }
            @if open {
                th.r.hide-s scope="col" { (loc.t("measure-with-result")) }
                th.r.hide-s scope="col" { (loc.t("measure-profit_before")) }
                th.r scope="col" { (loc.t("measure-change")) }
                th.r.hide-s scope="col" { (loc.t("measure-others")) }
            }
        } }
        tbody { @for g in groups { tr {
            td { (loc.t(&format!("measure-decision-{}", g.decision))) }
            td { (loc.t(&format!("measure-action-{}", g.action))) }
            td.r.num { (loc.int(g.planned)) }
            td.r.num { (loc.int(g.done)) }
            @if open {
                td.r.num.hide-s { (loc.int(g.measured)) }
                @if g.measured > 0 {
                    td.r.hide-s { (money(visit, g.before)) }
                    td.r { b { (money(visit, g.change)) } }
                    td.r.num.hide-s { (ppm(visit, g.others)) }
                } @else {
                    td.r.hide-s { span.dim { "–" } } td.r { span.dim { "–" } } td.r.hide-s { span.dim { "–" } }
                }
            }
        } } }
    } } } }
}

/// `GET /api/v1/value/measures`.
pub async fn api(visit: Visit) -> Answer {
    let groups = read::groups(&visit.ctx).await?;
    let mut items = json!(groups);
    if !visit.may("profit.view") {
        for item in items.as_array_mut().into_iter().flatten() {
            if let Some(map) = item.as_object_mut() {
                map.retain(|name, _| !matches!(name.as_str(), "before" | "change" | "others"));
            }
        }
    }
    answer::json(
        StatusCode::OK,
        &json!({"items": items, "currency": visit.house.currency.code()}),
    )
}
