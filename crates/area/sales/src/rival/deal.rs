//! The competitors met in a deal: where they stand, what speaks for them, at which price, and who won.

use super::{choices, names, schema::STANCES, words};
use crate::{
    deal::Parts,
    stages::{self, Kind},
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Currency, Result, Values};
use zhike_store::{Query as _, Record, binds, write};
use zhike_web::{
    Answer, Fields, Form, Routes, Visit,
    ui::{self, Field, Hue},
};

const RIVALS: Parts = Parts {
    name: "deal_rival",
    fields: &["rival_id", "stance", "strengths", "weaknesses", "price"],
    tab: "rivals",
};

/// What the tab posts to.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post(
            "/deals/{id}/rival",
            "deal.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(RIVALS.add(visit, id, f)),
        )
        .post(
            "/deals/{id}/rival/{rival}/remove",
            "deal.edit",
            |visit: Visit, Path((id, rival)): Path<(i64, i64)>, Form(f): Form| {
                Box::pin(RIVALS.remove(visit, id, rival, f))
            },
        )
        .post(
            "/deals/{id}/rival/{rival}/won",
            "deal.edit",
            |visit: Visit, Path((id, rival)): Path<(i64, i64)>, Form(f): Form| Box::pin(won(visit, id, rival, f)),
        )
}

fn hue(stance: &str) -> Hue {
    match stance {
        "ahead" => Hue::Red,
        "level" => Hue::Amber,
        "behind" => Hue::Green,
        _ => Hue::Grey,
    }
}

struct Line {
    id: i64,
    version: i64,
    rival: i64,
    stance: String,
    strengths: String,
    weaknesses: String,
    price: Option<i64>,
    currency: Currency,
    won: bool,
}

async fn lines(visit: &Visit, deal: i64) -> Result<Vec<Line>> {
    let sql = "SELECT id, version, rival_id, stance, strengths, weaknesses, price, currency, CAST(CASE WHEN won THEN 1 ELSE 0 END AS BIGINT) \
               FROM sales_deal_rival WHERE deal_id = $1 AND archived_at IS NULL ORDER BY id";
    let mut out = vec![];
    for row in visit.db().all(sql, binds![deal]).await? {
        let text = |i| row.opt_text(i).map(Option::unwrap_or_default);
        out.push(Line {
            id: row.int(0)?,
            version: row.int(1)?,
            rival: row.int(2)?,
            stance: text(3)?,
            strengths: text(4)?,
            weaknesses: text(5)?,
            price: row.opt_int(6)?,
            currency: Currency::parse(&text(7)?).unwrap_or(visit.house.currency),
            won: row.int(8)? == 1,
        });
    }
    Ok(out)
}

/// The tab.
pub(crate) async fn tab(visit: &Visit, deal: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let lines = lines(visit, deal.id).await?;
    let names = names(visit).await?;
    let may = visit.may("deal.edit") && deal.archived_at.is_none();
    let stage = stages::need(visit.db(), deal.int("stage_id").unwrap_or(0)).await?;
    let lost = stage.kind == Kind::Lost && !lines.iter().any(|l| l.won);
    let post = |line: &Line, what: &str| format!("/deals/{}/rival/{}/{what}", deal.id, line.id);
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                @for key in ["rival_id", "stance", "strengths", "weaknesses"] { th scope="col" { (loc.t(&format!("deal_rival-{key}"))) } }
                th.r scope="col" { (loc.t("deal_rival-price")) } th {}
            } }
            tbody {
                @for line in &lines { tr {
                    td { a.link href={ "/rivals/" (line.rival) } { (names.get(&line.rival).map_or("—", String::as_str)) } @if line.won { " " (ui::badge(Hue::Red, &loc.t("rival-won-it"))) } }
                    td { (ui::badge(hue(&line.stance), &loc.t(&format!("deal_rival-stance-{}", line.stance)))) }
                    td { (line.strengths) } td { (line.weaknesses) }
                    td.r { @if let Some(price) = line.price { (ui::money(loc, price, line.currency)) } @else { span.dim { "—" } } }
                    td.r { @if may { div.row style="justify-content:flex-end" {
                        @if lost { form data-stay method="post" action=(post(line, "won")) style="margin:0" {
                            (ui::hidden("version", &line.version.to_string())) (ui::btn(loc.t("rival-say-won")).small().submit())
                        } }
                        form data-stay method="post" action=(post(line, "remove")) style="margin:0" {
                            (ui::hidden("version", &line.version.to_string())) (ui::icon_btn("trash", loc.t("rival-remove")).small().submit())
                        }
                    } } }
                } }
                @if lines.is_empty() { tr { td.dim colspan="6" {
                    (loc.t("deal-rivals-none"))
                    @if !deal.text("competitor").is_empty() { " " (loc.tv("deal-rivals-words", &[("name", deal.text("competitor").into())])) }
                } } }
            }
        } }
        @if may { (form(visit, deal.id).await?) }
    })
}

async fn form(visit: &Visit, deal: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let choices = choices(visit).await?;
    let label = |f: &str| loc.t(&format!("deal_rival-{f}"));
    Ok(html! {
        @if choices.is_empty() { p.mut style="padding:14px" { (loc.t("rival-none-yet")) } } @else {
            form data-stay method="post" action={ "/deals/" (deal) "/rival" } style="padding:14px" {
                div.form-grid {
                    (Field::new("rival_id", label("rival_id")).required(true).select(&choices, "", Some("")))
                    (Field::new("stance", label("stance")).select(&words(visit, "deal_rival-stance", STANCES), "unknown", None))
                    (Field::new("strengths", label("strengths")).text(""))
                    (Field::new("weaknesses", label("weaknesses")).text(""))
                    (Field::new("price", label("price")).text(""))
                }
                div.btn-row.end { (ui::btn(loc.t("rival-add")).small().icon("plus").submit()) }
            }
        }
    })
}

async fn won(visit: Visit, id: i64, rival: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("deal_rival")?.clone();
    let changes = Values::from([("won".to_owned(), true.into())]);
    let tx = visit.ctx.begin().await?;
    write::update(&visit.ctx, &tx, &ty, rival, f.need_int("version")?, changes).await?;
    tx.commit().await?;
    RIVALS.back(&visit, id)
}
