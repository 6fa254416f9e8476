//! Customers whose automatic and manual grades differ, why, and one click to settle it; and rating by hand.

use super::lists::{pager, pair_of};
use super::nothing;
use super::value::{kappa, matrix, why};
use crate::model;
use crate::{read, result};
use axum::extract::Path;
use maud::html;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{read as store_read, write};
use zhike_web::ui::{self, Size};
use zhike_web::{Answer, Form, Query, Screen, Visit, answer};

const ROWS: usize = 50;

/// `GET /value/disagreements`.
pub async fn show(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("value-disagreements"), "value").crumb(loc.t("nav-value"), "/value");
    if result::latest(visit.db()).await?.is_none() {
        return screen.show(nothing(&visit));
    }
    let agreement = read::agreement(&visit.ctx).await?;
    let mut rows = read::disagreements(&visit.ctx, pair_of(q.get("after")), ROWS + 1).await?;
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|(d, l)| format!("/value/disagreements?after={d}~{}", l.party));
    let rates = visit.may("rating.create");
    screen.show(html! {
        div.page {
            div.g-value {
                section.card { div.tbl-wrap { table.tbl.plain {
                    thead { tr {
                        th scope="col" { (loc.t("party-one")) }
                        th scope="col" { (loc.t("value-automatic")) }
                        th scope="col" { (loc.t("value-manual")) }
                        th.r scope="col" { (loc.t("value-score")) }
                        th scope="col" { (loc.t("value-why")) }
                        @if rates { th scope="col" {} }
                    } }
                    tbody data-rows { @for (_, line) in &rows { tr {
                        td { span.name { (ui::co(line.party, &line.name, Size::Small)) a href={ "/parties/" (line.party) "/value" } { (line.name) } } }
                        td { (ui::grade(&line.grade)) }
                        td { (ui::grade(line.manual.as_deref().unwrap_or("–"))) }
                        td.r.num { (loc.number(model::float(line.score) / 100.0, 1)) }
                        td.wrap.sm { (why(&visit, line)) }
                        @if rates { td.r {
                            form method="post" action={ "/value/customers/" (line.party) "/rating" } {
                                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("grade", &line.grade)) (ui::hidden("next", "/value/disagreements"))
                                (ui::btn(loc.tv("value-take", &[("grade", line.grade.as_str().into())])).small().submit())
                            }
                        } }
                    } }
                    @if rows.is_empty() { tr { td colspan="6" { span.mut { (loc.t("value-disagreements-none")) } } } }
                    }
                } } }
                div.stack.l {
                    (ui::card(loc.t("value-agreement")).body(html! {
                        @if agreement.table.total() > 0 { (matrix(&visit, &agreement)) } @else { p.mut { (kappa(&visit, &agreement)) } }
                    }))
                }
            }
            (pager(&visit, q.get("after").is_some().then(|| "/value/disagreements".to_owned()), next))
        }
    })
}

/// Rates a customer by hand. The customer must be seen by the actor.
pub async fn rate(visit: &Visit, party: i64, grade: &str, note: Option<&str>) -> Result<i64> {
    let ctx = &visit.ctx;
    if model::grade(grade).is_none() {
        return Err(Error::field("grade", "error-not-a-choice"));
    }
    let tx = ctx.begin().await?;
    store_read::need(ctx, &tx, ctx.registry().get("party")?, party).await?;
    let values: Values = [
        ("party_id".to_owned(), Value::Int(party)),
        ("grade".to_owned(), grade.into()),
        ("note".to_owned(), note.map(str::to_owned).into()),
    ]
    .into();
    let ty = ctx.registry().get("rating")?.clone();
    let id = write::create(ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    Ok(id)
}

/// `POST /value/customers/{id}/rating`.
pub async fn post(visit: Visit, Path(party): Path<i64>, Form(form): Form) -> Answer {
    let grade = form
        .filled("grade")
        .ok_or_else(|| Error::field("grade", "error-required"))?;
    rate(&visit, party, grade, form.filled("note")).await?;
    let back = format!("/parties/{party}/value");
    let next = form.filled("next").filter(|n| *n == "/value/disagreements");
    answer::go(&visit, next.unwrap_or(&back))
}
