//! The tab `plan` of a contract: when how much is to be paid, on which condition.

use super::{approve::plan, flow::need, rules};
use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Currency, Error, Result, Values};
use zhike_store::{Record, field::parse_date, write};
use zhike_web::{
    Fields, Form, Json as Body, Query, Visit,
    answer::{Answer, html as answer_html, json as answer_json, see_other},
    ui,
};

fn currency(visit: &Visit, c: &Record) -> Currency {
    Currency::parse(c.text("currency")).unwrap_or(visit.house.currency)
}

/// The tab.
pub(crate) async fn tab(visit: &Visit, c: &Record) -> Result<Markup> {
    show(visit, c, &Fields::default(), None).await
}

async fn show(visit: &Visit, c: &Record, typed: &Fields, problem: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let lines = plan(&visit.ctx, visit.db(), c.id).await?;
    let money = currency(visit, c);
    let write = c.archived_at.is_none() && visit.may("contract.edit") && rules::open(c.text("status"));
    let sum: i64 = lines.iter().filter_map(|l| l.int("amount")).sum();
    let value = c.int("value").unwrap_or(0);
    let today = visit.today();
    let body = html! {
        @if lines.is_empty() {
            (ui::empty("calendar-event", &loc.t("contract-plan-none"), &loc.t("contract-plan-none-text"), html! {}))
        } @else {
            table.tbl.plain {
                thead { tr {
                    th scope="col" { (loc.t("contract_plan-due_on")) }
                    th scope="col" { (loc.t("contract_plan-condition")) }
                    th.r scope="col" { (loc.t("contract_plan-amount")) }
                    th scope="col" { (loc.t("contract_plan-invoice_id")) }
                    @if write { th scope="col" { span.vh { (loc.t("contract-plan-actions")) } } }
                } }
                tbody data-rows { @for l in &lines { tr {
                    td.num { @if let Some(d) = l.date("due_on") { (loc.date(d, today)) } }
                    td { (l.text("condition")) }
                    td.r { (ui::money_full(loc, l.int("amount").unwrap_or(0), money)) }
                    td { @if let Some(id) = l.int("invoice_id") { a.link href={ "/invoices/" (id) } { (loc.t("contract-plan-invoiced")) } } @else { span.dim { "—" } } }
                    @if write { td.r {
                        (ui::icon_btn("trash", loc.t("contract-plan-remove")).small()
                            .attr("hx-post", format!("/contracts/{}/instalment/{}/remove?version={}", c.id, l.id, l.version))
                            .attr("hx-target", "#contract-plan").attr("hx-swap", "outerHTML"))
                    } }
                } } }
            }
        }
    };
    Ok(html! {
        div #contract-plan .stack.l {
            @if !lines.is_empty() && sum != value {
                (ui::callout(ui::Tone::Warn, loc.tv("contract-plan-differs", &[("sum", loc.money_full(sum, money).into()), ("value", loc.money_full(value, money).into())])))
            }
            (ui::card(loc.t("contract-tab-plan")).note(loc.money_full(sum, money)).flush(body))
            @if write { (forms(visit, c, typed, problem)) }
        }
    })
}

fn forms(visit: &Visit, c: &Record, typed: &Fields, problem: Option<&Error>) -> Markup {
    let loc = &visit.loc;
    let sign = currency(visit, c).sign();
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let whole: Vec<String> = problem
        .iter()
        .filter(|e| e.fields.is_empty())
        .map(|e| loc.error(e))
        .collect();
    let value = |name: &str| typed.get(name).unwrap_or("").to_owned();
    let add = html! {
        form.stack method="post" action={ "/contracts/" (c.id) "/instalment" } hx-post={ "/contracts/" (c.id) "/instalment" } hx-target="#contract-plan" hx-swap="outerHTML" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::form_errors(&whole))
            div.form-grid {
                (ui::Field::new("due_on", loc.t("contract_plan-due_on")).required(true).error(error("due_on")).date(&value("due_on")))
                (ui::Field::new("amount", loc.t("contract_plan-amount")).required(true).error(error("amount")).money(&value("amount"), sign))
                (ui::Field::new("condition", loc.t("contract_plan-condition")).error(error("condition")).text(&value("condition")))
            }
            div.btn-row.end { (ui::btn(loc.t("contract-plan-add")).icon("plus").submit()) }
        }
    };
    let parts = html! {
        form.stack method="post" action={ "/contracts/" (c.id) "/instalment/split" } hx-post={ "/contracts/" (c.id) "/instalment/split" } hx-target="#contract-plan" hx-swap="outerHTML" {
            (ui::hidden("csrf", &visit.csrf))
            p.hint { (loc.t("contract-split-hint")) }
            div.form-grid {
                (ui::Field::new("parts", loc.t("contract-split-parts")).required(true).error(error("parts")).number(&value("parts")))
                (ui::Field::new("first", loc.t("contract-split-first")).required(true).error(error("first")).date(&value("first")))
                (ui::Field::new("months", loc.t("contract-split-months")).required(true).error(error("months")).number(&value("months")))
            }
            div.btn-row.end { (ui::btn(loc.t("contract-split")).submit()) }
        }
    };
    html! {
        (ui::card(loc.t("contract-plan-add")).body(add))
        (ui::card(loc.t("contract-split")).body(parts))
    }
}

async fn again(visit: &Visit, id: i64, f: &Fields, done: Result<()>) -> Answer {
    let c = need(visit, &id.to_string()).await?;
    match done {
        Ok(()) if visit.fragment => answer_html(tab(visit, &c).await?),
        Ok(()) => see_other(&format!("/contracts/{id}/plan")),
        Err(e) if visit.fragment && e.kind == zhike_kernel::Kind::Invalid => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(visit, &c, f, Some(&e)).await?).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /contracts/{id}/instalment`.
pub(crate) async fn add(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let c = need(&visit, &id).await?;
    let done = save(&visit, &c, &f).await;
    again(&visit, c.id, &f, done).await
}

async fn save(visit: &Visit, c: &Record, f: &Fields) -> Result<()> {
    let ty = visit.registry().get("contract_plan")?.clone();
    let mut values = Values::new();
    let mut wrong = vec![];
    for name in ["due_on", "amount", "condition"] {
        let field = ty.need(name)?;
        match field.parse(f.get(name).unwrap_or(""), currency(visit, c)) {
            Ok(value) => {
                values.insert(name.to_owned(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    values.insert("contract_id".into(), c.id.into());
    let tx = visit.ctx.begin().await?;
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await
}

/// `POST /contracts/{id}/instalment/{line}/remove?version=`.
pub(crate) async fn remove(visit: Visit, Path((id, line)): Path<(String, i64)>, Query(q): Query) -> Answer {
    let c = need(&visit, &id).await?;
    let ty = visit.registry().get("contract_plan")?.clone();
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, line, q.need_int("version")?, true).await?;
    tx.commit().await?;
    again(&visit, c.id, &q, Ok(())).await
}

/// How the value is split.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Split {
    parts: i64,
    first: String,
    months: i64,
}

/// Adds parts that come to the value less what the plan has already.
async fn split_into(visit: &Visit, c: &Record, s: &Split) -> Result<Vec<i64>> {
    let first = parse_date(&s.first).ok_or_else(|| Error::field("first", "error-not-a-date"))?;
    let lines = plan(&visit.ctx, visit.db(), c.id).await?;
    let rest = c.int("value").unwrap_or(0) - lines.iter().filter_map(|l| l.int("amount")).sum::<i64>();
    if rest <= 0 {
        return Err(Error::invalid("error-contract-split-rest"));
    }
    let parts = rules::split(rest, s.parts, first, s.months)
        .filter(|p| p.iter().all(|x| x.1 > 0))
        .ok_or_else(|| Error::field("parts", "error-contract-split"))?;
    let rows: Vec<Values> = parts
        .iter()
        .map(|(day, amount)| {
            Values::from([
                ("contract_id".to_owned(), c.id.into()),
                ("due_on".to_owned(), (*day).into()),
                ("amount".to_owned(), (*amount).into()),
            ])
        })
        .collect();
    visit.require("contract_plan.create")?;
    let tx = visit.ctx.begin().await?;
    let ids = write::insert_many(&visit.ctx, &tx, visit.registry().get("contract_plan")?, rows, None).await?;
    tx.commit().await?;
    Ok(ids)
}

/// `POST /contracts/{id}/instalment/split`.
pub(crate) async fn split(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let c = need(&visit, &id).await?;
    let ask = Split {
        parts: f.int("parts").unwrap_or(0),
        first: f.get("first").unwrap_or("").to_owned(),
        months: f.int("months").unwrap_or(-1),
    };
    let done = split_into(&visit, &c, &ask).await.map(|_| ());
    again(&visit, c.id, &f, done).await
}

/// `POST /api/v1/contracts/{id}/split`.
pub(crate) async fn split_api(visit: Visit, Path(id): Path<String>, Body(s): Body<Split>) -> Answer {
    let c = need(&visit, &id).await?;
    let ids = split_into(&visit, &c, &s).await?;
    answer_json(StatusCode::CREATED, &json!({"ids": ids}))
}
