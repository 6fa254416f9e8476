//! Pieces of record pages: the stages of a deal, its next step, its history; the deals of a party; the stages of a
//! pipeline.

use crate::{
    card::lost_dialog,
    editor,
    stages::{self, Kind},
    view,
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Date, Filter, Result, Values};
use zhike_store::{Query as _, Record, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Place, Routes, Tab, Visit, answer, records,
    ui::{self, Field, Size},
};

/// All pieces.
pub fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("deal", "steps", Place::Head, 10, "deal.view", |v, r| {
            Box::pin(steps(v, r))
        }),
        Tab::new("deal", "next", Place::Rail, 10, "deal.view", |v, r| {
            Box::pin(next(v, r))
        }),
        Tab::new("deal", "party", Place::Rail, 20, "party.view", |v, r| {
            Box::pin(party(v, r))
        }),
        Tab::new("deal", "stages", Place::Tab, 20, "deal.view", |v, r| {
            Box::pin(history(v, r))
        }),
        Tab::new("party", "deals", Place::Tab, 20, "deal.view", |v, r| {
            Box::pin(deals(v, r))
        }),
        Tab::new("pipeline", "stages", Place::Tab, 10, "pipeline.view", |v, r| {
            Box::pin(editor::stages(v, r))
        }),
    ]
}

/// What the pieces post to.
pub fn routes() -> Routes {
    Routes::new().post(
        "/deals/{id}/next",
        "deal.edit",
        |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(save_next(visit, id, f)),
    )
}

/// The stages as steps; a click moves the deal.
async fn steps(visit: &Visit, deal: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = stages::of_pipeline(visit.db(), deal.int("pipeline_id").unwrap_or(0)).await?;
    let here = deal.int("stage_id").unwrap_or(0);
    let lost = all.iter().find(|s| s.kind == Kind::Lost && !s.archived);
    let is_lost = all.iter().any(|s| s.id == here && s.kind == Kind::Lost);
    let mut shown: Vec<_> = all
        .iter()
        .filter(|s| s.kind != Kind::Lost && (!s.archived || s.id == here))
        .collect();
    shown.sort_by_key(|s| s.kind == Kind::Won);
    let at = shown.iter().position(|s| s.id == here);
    let may = visit.may("deal.edit") && deal.archived_at.is_none();
    let back = format!("/deals/{}", deal.id);
    let reason = match deal.int("reason_id") {
        Some(id) => read::titles(visit.db(), visit.registry(), "reason", &[id], visit.latin)
            .await?
            .remove(&id),
        None => None,
    }
    .unwrap_or_default();
    Ok(html! {
        form data-stay method="post" action={ "/deals/" (deal.id) "/move" } {
            (ui::hidden("version", &deal.version.to_string()))
            (ui::hidden("back", &back))
            ol.steps {
                @for (i, stage) in shown.iter().enumerate() {
                    @let done = at.is_some_and(|a| i < a || (i == a && stage.kind == Kind::Won));
                    @let now = at == Some(i) && !done;
                    li.done[done].now[now] aria-current=[(at == Some(i)).then_some("step")] {
                        @let inner = html! {
                            span.n { @if done { (ui::icon("check")) } @else { (i + 1) } }
                            b { (stage.title(loc)) }
                            @if at == Some(i) { small { (view::day(visit, deal.text("stage_since_on"))) } }
                        };
                        @if may && at != Some(i) {
                            button type="submit" name="stage" value=(stage.id) style="width:100%" title=(loc.tv("sales-move-to", &[("stage", stage.title(loc).into())])) { (inner) }
                        } @else { (inner) }
                    }
                }
            }
        }
        @if is_lost {
            (ui::callout(ui::Tone::Quiet, html! {
                (loc.t("sales-is-lost")) " " (view::day(visit, deal.text("closed_on")))
                @if !reason.is_empty() { " · " (reason) }
                @if !deal.text("competitor").is_empty() { " · " (deal.text("competitor")) }
            }))
        } @else if may {
            @if let Some(stage) = lost {
                div.btn-row.end { (ui::btn(loc.t("sales-lose")).small().danger().opens("sales-lost")) }
                (lost_dialog(visit, stage, &back, Some((deal.id, deal.version))).await?)
            }
        }
    })
}

/// The next step, to be read and to be written.
async fn next(visit: &Visit, deal: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let on = deal.text("next_step_on");
    let late = deal.text("closed_on").is_empty() && !on.is_empty() && deal.date("next_step_on") < Some(visit.today());
    if !visit.may("deal.edit") || deal.archived_at.is_some() {
        return Ok(html! { (ui::card(loc.t("sales-next")).body(html! {
            p { (deal.text("next_step")) } p.sm.mut { (view::day(visit, on)) }
        })) });
    }
    let form = html! {
        form.stack data-stay method="post" action={ "/deals/" (deal.id) "/next" } {
            (ui::hidden("version", &deal.version.to_string()))
            (Field::new("next_step", loc.t("deal-next_step")).text(deal.text("next_step")))
            (Field::new("next_step_on", loc.t("deal-next_step_on")).date(on))
            div.btn-row.end { (ui::btn(loc.t("web-save")).small().submit()) }
        }
    };
    let mut card = ui::card(loc.t("sales-next")).body(form);
    if late {
        card = card.actions(ui::badge_icon(ui::Hue::Red, "clock-exclamation", &loc.t("sales-late")));
    }
    Ok(html! { (card) })
}

async fn save_next(visit: Visit, id: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("deal")?.clone();
    let input: Vec<(String, String)> = ["next_step", "next_step_on"]
        .iter()
        .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
        .collect();
    let changes: Values = write::read_input(&visit.ctx, &ty, None, &input)?;
    let tx = visit.ctx.begin().await?;
    write::update(&visit.ctx, &tx, &ty, id, f.need_int("version")?, changes).await?;
    tx.commit().await?;
    answer::go(&visit, &format!("/deals/{id}"))
}

async fn party(visit: &Visit, deal: &Record) -> Result<Markup> {
    let Some(id) = deal.int("party_id") else {
        return Ok(html! {});
    };
    let name = read::titles(visit.db(), visit.registry(), "party", &[id], visit.latin)
        .await?
        .remove(&id)
        .unwrap_or_default();
    Ok(html! { (ui::card(visit.loc.t("deal-party_id")).body(html! {
        div.row style="gap:9px" { (ui::co(id, &name, Size::Normal)) a.link href={ "/parties/" (id) } { (name) } }
    })) })
}

/// Where the deal stood, from when to when.
async fn history(visit: &Visit, deal: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = stages::of_pipeline(visit.db(), deal.int("pipeline_id").unwrap_or(0)).await?;
    let sql =
        "SELECT to_id, moved_on FROM sales_stage_move WHERE deal_id = $1 AND archived_at IS NULL ORDER BY moved_on, id";
    let mut moves: Vec<(i64, String)> = vec![];
    for row in visit.db().all(sql, binds![deal.id]).await? {
        moves.push((row.int(0)?, row.text(1)?));
    }
    let title = |id: i64| {
        all.iter()
            .find(|s| s.id == id)
            .map_or_else(|| "—".to_owned(), |s| s.title(loc))
    };
    let open = |id: i64| all.iter().any(|s| s.id == id && s.kind == Kind::Open);
    let days = |from: &str, to: Option<&str>| -> Option<i64> {
        let from: Date = from.parse().ok()?;
        let to: Date = match to {
            Some(text) => text.parse().ok()?,
            None => visit.today(),
        };
        Some(i64::from(
            crate::cohort::day_number(to) - crate::cohort::day_number(from),
        ))
    };
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("stage-one")) }
                @for key in ["sales-since", "sales-until"] { th scope="col" { (loc.t(key)) } }
                th.r scope="col" { (loc.t("sales-days-in")) }
            } }
            tbody {
                @for (i, (stage, on)) in moves.iter().enumerate() { tr {
                    @let until = moves.get(i + 1).map(|m| m.1.as_str());
                    td { (title(*stage)) }
                    td { (view::day(visit, on)) }
                    td { @if let Some(until) = until { (view::day(visit, until)) } @else { span.dim { (loc.t("sales-now")) } } }
                    td.r.num { @match days(on, until).filter(|_| open(*stage)) { Some(d) => { (loc.int(d)) } None => { span.dim { "—" } } } }
                } }
                @if moves.is_empty() { tr { td.dim colspan="4" { (loc.t("sales-none")) } } }
            }
        } }
    })
}

async fn deals(visit: &Visit, party: &Record) -> Result<Markup> {
    let table = records::related(
        visit,
        "deal",
        Filter::is("party_id", party.id),
        &[
            "name",
            "number",
            "stage_id",
            "amount",
            "expected_on",
            "next_step",
            "owner_id",
        ],
        20,
    )
    .await?;
    Ok(html! {
        @if visit.may("deal.create") {
            div.btn-row.end style="padding:10px 14px" {
                (ui::btn(visit.loc.t("sales-new-deal")).small().icon("plus").href(format!("/deals/new?party_id={}", party.id)))
            }
        }
        (table)
    })
}
