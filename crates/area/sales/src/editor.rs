//! The stages of a pipeline: add, rename, reorder, set the chance, take away.

use crate::{
    deal::criteria::NEEDS,
    stages::{self, Kind, Stage},
    types::KINDS,
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Query as _, Record, RecordType, Tx, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Routes, Visit, answer,
    ui::{self, Choice, Field},
};

/// What the editor posts to.
pub fn routes() -> Routes {
    Routes::new()
        .post(
            "/pipelines/{id}/stage",
            "pipeline.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(add(visit, id, f)),
        )
        .post(
            "/pipelines/{id}/usual",
            "pipeline.edit",
            |visit: Visit, Path(id): Path<i64>| Box::pin(usual(visit, id)),
        )
        .post(
            "/pipelines/{id}/stage/{stage}",
            "pipeline.edit",
            |visit: Visit, Path((id, stage)): Path<(i64, i64)>, Form(f): Form| Box::pin(save(visit, id, stage, f)),
        )
}

fn probability(ppm: i64) -> String {
    let text = zhike_kernel::number::write_scaled(ppm, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The tab.
pub async fn stages(visit: &Visit, pipeline: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = stages::of_pipeline(visit.db(), pipeline.id).await?;
    let live: Vec<&Stage> = all.iter().filter(|s| !s.archived).collect();
    let kinds: Vec<Choice> = KINDS
        .iter()
        .map(|k| Choice::new(*k, loc.t(&format!("stage-kind-{k}"))))
        .collect();
    let may = visit.may("pipeline.edit") && visit.may("stage.edit") && pipeline.archived_at.is_none();
    if !may {
        return Ok(html! {
            div.tbl-wrap { table.tbl.plain {
                thead { tr { th scope="col" { (loc.t("stage-name")) } th scope="col" { (loc.t("stage-kind")) } th.r scope="col" { (loc.t("stage-probability")) } } }
                tbody { @for s in &live { tr { td { (s.title(loc)) } td { (loc.t(&format!("stage-kind-{}", s.kind.name()))) } td.r.num { (loc.percent_ppm(s.probability)) } } } }
            } }
        });
    }
    let fields = |id: &str, stage: Option<&Stage>| {
        html! {
            (Field::new("name", loc.t("stage-name")).id(format!("{id}-name")).required(true).text(stage.map_or("", |s| &s.name)))
            (Field::new("name_latin", loc.t("stage-name_latin")).id(format!("{id}-latin")).text(stage.and_then(|s| s.latin.as_deref()).unwrap_or("")))
            (Field::new("probability", loc.t("stage-probability")).id(format!("{id}-chance")).number(&stage.map_or(String::new(), |s| probability(s.probability))))
            (Field::new("kind", loc.t("stage-kind")).id(format!("{id}-kind")).select(&kinds, stage.map_or("open", |s| s.kind.name()), None))
            (Field::new("limit_days", loc.t("stage-limit_days")).id(format!("{id}-limit")).number(&stage.and_then(|s| s.limit).map(|d| d.to_string()).unwrap_or_default()))
            (wants(visit, stage))
        }
    };
    let act = |word: &str, icon: &str, label: String| {
        ui::icon_btn(icon, label)
            .small()
            .submit()
            .attr("name", "act")
            .attr("value", word)
            .attr("formnovalidate", "")
    };
    Ok(html! {
        @if live.is_empty() {
            (ui::empty("layout-kanban", &loc.t("sales-no-stages"), &loc.t("sales-no-stages-text"), html! {
                form method="post" action={ "/pipelines/" (pipeline.id) "/usual" } { (ui::btn(loc.t("sales-usual-stages")).primary().submit()) }
            }))
        }
        @for (i, s) in live.iter().enumerate() {
            form.row method="post" action={ "/pipelines/" (pipeline.id) "/stage/" (s.id) } style="flex-wrap:wrap;gap:10px;align-items:flex-end;padding:10px 14px;border-bottom:1px solid var(--line)" {
                (ui::hidden("version", &s.version.to_string()))
                (fields(&format!("s{}", s.id), Some(s)))
                (ui::btn(loc.t("web-save")).small().submit())
                @if i > 0 { (act("up", "arrow-up", loc.t("sales-stage-up"))) }
                @if i + 1 < live.len() { (act("down", "arrow-down", loc.t("sales-stage-down"))) }
                (act("remove", "trash", loc.t("sales-stage-remove")))
            }
        }
        form.row method="post" action={ "/pipelines/" (pipeline.id) "/stage" } style="flex-wrap:wrap;gap:10px;align-items:flex-end;padding:14px" {
            (fields("new", None))
            (ui::btn(loc.t("sales-stage-add")).small().icon("plus").submit())
        }
    })
}

/// What a stage wants before a deal leaves it, as boxes to tick.
fn wants(visit: &Visit, stage: Option<&Stage>) -> Markup {
    let loc = &visit.loc;
    html! {
        fieldset.field { legend.lab { (loc.t("stage-needs")) } div.row.wrap style="gap:10px" {
            @for word in NEEDS {
                label.row.sm style="gap:4px" {
                    input.check type="checkbox" name="needs" value=(word) checked[stage.is_some_and(|s| s.needs.split(' ').any(|n| n == *word))];
                    span { (loc.t(&format!("stage-needs-{word}"))) }
                }
            }
        } }
    }
}

fn read_form(visit: &Visit, ty: &RecordType, f: &Fields) -> Result<Values> {
    let mut input: Vec<(String, String)> = ["name", "name_latin", "probability", "kind", "limit_days"]
        .iter()
        .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
        .collect();
    let needs: Vec<&str> = f.all("needs").collect();
    input.push(("needs".to_owned(), needs.join(" ")));
    write::read_input(&visit.ctx, ty, None, &input)
}

async fn pipeline(visit: &Visit, tx: &Tx, id: i64) -> Result<()> {
    let ty = visit.registry().get("pipeline")?.clone();
    let record = read::need(&visit.ctx, tx, &ty, id).await?;
    if record.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    Ok(())
}

fn back(visit: &Visit, id: i64) -> Answer {
    answer::go(visit, &format!("/pipelines/{id}/stages"))
}

async fn add(visit: Visit, id: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("stage")?.clone();
    let mut values = read_form(&visit, &ty, &f)?;
    let tx = visit.ctx.begin().await?;
    pipeline(&visit, &tx, id).await?;
    values.insert("pipeline_id".into(), id.into());
    // A new open stage comes behind the last open one, ahead of won and lost.
    let kind = values
        .get("kind")
        .and_then(|v| v.text())
        .map_or(Kind::Open, Kind::parse);
    let new = write::create(&visit.ctx, &tx, &ty, values).await?;
    if kind == Kind::Open {
        let mut order: Vec<(Kind, i64)> = live(&tx, id).await?.iter().map(|s| (s.kind, s.id)).collect();
        order.retain(|(_, s)| *s != new);
        let at = order.iter().rposition(|(k, _)| *k == Kind::Open).map_or(0, |i| i + 1);
        order.insert(at, (Kind::Open, new));
        let order: Vec<i64> = order.into_iter().map(|(_, s)| s).collect();
        number(&visit, &tx, &ty, &order).await?;
    }
    tx.commit().await?;
    back(&visit, id)
}

async fn live(tx: &Tx, pipeline: i64) -> Result<Vec<Stage>> {
    let mut all = stages::of_pipeline(tx, pipeline).await?;
    all.retain(|s| !s.archived);
    Ok(all)
}

/// Gives the stages their places, 1, 2, 3 …
async fn number(visit: &Visit, tx: &Tx, ty: &RecordType, order: &[i64]) -> Result<()> {
    for (place, id) in (1_i64..).zip(order) {
        let record = read::need(&visit.ctx, tx, ty, *id).await?;
        let version = record.version;
        let changes = [("position".to_owned(), place.into())].into_iter().collect();
        write::update_from(&visit.ctx, tx, ty, record, version, changes).await?;
    }
    Ok(())
}

async fn save(visit: Visit, id: i64, stage: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("stage")?.clone();
    visit.ctx.require(&ty.permission("edit"))?;
    let tx = visit.ctx.begin().await?;
    pipeline(&visit, &tx, id).await?;
    let version = f.need_int("version")?;
    let all = live(&tx, id).await?;
    let at = all.iter().position(|s| s.id == stage).ok_or_else(Error::missing)?;
    let mut order: Vec<i64> = all.iter().map(|s| s.id).collect();
    match f.filled("act") {
        Some("up") if at > 0 => {
            order.swap(at, at - 1);
            number(&visit, &tx, &ty, &order).await?;
        }
        Some("down") if at + 1 < order.len() => {
            order.swap(at, at + 1);
            number(&visit, &tx, &ty, &order).await?;
        }
        Some("up" | "down") => {}
        Some("remove") => {
            write::archive(&visit.ctx, &tx, &ty, stage, version, true).await?;
        }
        _ => {
            let changes = read_form(&visit, &ty, &f)?;
            write::update(&visit.ctx, &tx, &ty, stage, version, changes).await?;
        }
    }
    tx.commit().await?;
    back(&visit, id)
}

/// The stages most houses begin with, in the reader's language.
async fn usual(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("stage")?.clone();
    visit.ctx.require(&ty.permission("create"))?;
    let tx = visit.ctx.begin().await?;
    pipeline(&visit, &tx, id).await?;
    let any = tx
        .number(
            "SELECT count(*) FROM sales_stage WHERE pipeline_id = $1 AND archived_at IS NULL",
            binds![id],
        )
        .await?;
    if any > 0 {
        return Err(Error::refused("error-stages-there").into());
    }
    let rows: Vec<Values> = [
        ("contact", 100_000_i64, "open"),
        ("needs", 250_000, "open"),
        ("proposal", 450_000, "open"),
        ("negotiation", 700_000, "open"),
        ("won", 1_000_000, "won"),
        ("lost", 0, "lost"),
    ]
    .into_iter()
    .zip(1_i64..)
    .map(|((word, chance, kind), place)| {
        let name = visit.loc.t(&format!("sales-usual-{word}"));
        [
            ("name", name.into()),
            ("pipeline_id", id.into()),
            ("position", place.into()),
            ("probability", chance.into()),
            ("kind", kind.into()),
        ]
        .into_iter()
        .map(|(k, v): (&str, zhike_kernel::Value)| (k.to_owned(), v))
        .collect()
    })
    .collect();
    write::insert_many(&visit.ctx, &tx, &ty, rows, None).await?;
    tx.commit().await?;
    back(&visit, id)
}
