//! Invoices of what contracts foresee: the list of what is due to be invoiced, and the one click that does it. Twice
//! clicked is once invoiced.

use crate::order_bill::{Due, due_orders};
use axum::http::StatusCode;
use jiff::ToSpan;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use std::sync::Arc;
use zhike_contract::{Instalment, Orders, Plans};
use zhike_kernel::{Currency, Date, Error, Result, Values, number};
use zhike_store::{read, write};
use zhike_web::{
    Form, Json, Query, Routes, Screen, Visit,
    answer::{Answer, go_saying, json as json_answer},
    input::Fields,
    ui,
};

/// Days ahead that the list looks unless it is told.
const AHEAD: i64 = 14;
/// Invoices made by one click.
const MOST: usize = 200;

pub(crate) fn routes(plans: &Arc<dyn Plans>, orders: &Arc<dyn Orders>) -> Routes {
    let (a, b, c, d) = (plans.clone(), plans.clone(), plans.clone(), plans.clone());
    let (o, p) = (orders.clone(), orders.clone());
    Routes::new()
        .get("/to-invoice", "invoice.view", move |v, q| page(a.clone(), v, q))
        .post("/to-invoice", "invoice.create", move |v, f| {
            click(b.clone(), o.clone(), v, f)
        })
        .get("/api/v1/to-invoice", "invoice.view", move |v, q| api(c.clone(), v, q))
        .post("/api/v1/to-invoice", "invoice.create", move |v, j| {
            api_click(d.clone(), p.clone(), v, j)
        })
}

fn until(visit: &Visit, q: &Fields) -> Result<Date> {
    match q.filled("until") {
        Some(text) => text.parse().map_err(|_| Error::field("until", "error-not-a-date")),
        None => Ok(visit.today().checked_add(AHEAD.days()).unwrap_or(Date::MAX)),
    }
}

/// What came of a click: plan line and its new invoice; and those that had one already or are not due to be invoiced.
struct Made {
    made: Vec<(i64, i64)>,
    skipped: Vec<i64>,
}

async fn make(visit: &Visit, plans: &dyn Plans, wanted: &[i64]) -> Result<Made> {
    let ctx = &visit.ctx;
    ctx.require("invoice.create")?;
    if wanted.is_empty() {
        return Err(Error::refused("error-to-invoice-none"));
    }
    if wanted.len() > MOST {
        return Err(Error::refused("error-to-invoice-many").with("most", i64::try_from(MOST).unwrap_or(0)));
    }
    let ty = visit.registry().get("invoice")?.clone();
    let tx = ctx.begin().await?;
    // One maker after the other, also on PostgreSQL: the second sees what the first made.
    crate::invoices::queue(&tx).await?;
    let due = plans.due(ctx, &tx, Date::MAX).await?;
    let mut out = Made {
        made: vec![],
        skipped: vec![],
    };
    for id in crate::balance::distinct(wanted.iter().copied()) {
        let Some(i) = due.iter().find(|i| i.id == id) else {
            out.skipped.push(id);
            continue;
        };
        let values = Values::from([
            ("party_id".to_owned(), i.party.into()),
            ("issued_on".to_owned(), ctx.today().into()),
            ("due_on".to_owned(), i.due_on.max(ctx.today()).into()),
            ("currency".to_owned(), i.currency.as_str().into()),
            ("total".to_owned(), i.amount.into()),
            (
                "note".to_owned(),
                [i.number.as_str(), i.condition.as_str()].join(" ").trim().into(),
            ),
        ]);
        let invoice = write::create(ctx, &tx, &ty, values).await?;
        if !plans.invoiced(ctx, &tx, id, invoice).await? {
            return Err(Error::stale());
        }
        out.made.push((id, invoice));
    }
    tx.commit().await?;
    Ok(out)
}

/// Instalments and orders; an order of which nothing can be invoiced by now is passed over.
async fn make_both(
    visit: &Visit,
    plans: &dyn Plans,
    from: &dyn Orders,
    ids: &[i64],
    orders: &[i64],
) -> Result<(Made, Made)> {
    if orders.len() > MOST {
        return Err(Error::refused("error-to-invoice-many").with("most", i64::try_from(MOST).unwrap_or(0)));
    }
    let mut made = Made {
        made: vec![],
        skipped: vec![],
    };
    for order in crate::balance::distinct(orders.iter().copied()) {
        match crate::order_bill::make(from, visit, order).await {
            Ok(invoice) => made.made.push((order, invoice)),
            Err(e) if e.kind == zhike_kernel::Kind::Refused => made.skipped.push(order),
            Err(e) => return Err(e),
        }
    }
    let planned = match ids.is_empty() && !orders.is_empty() {
        true => Made {
            made: vec![],
            skipped: vec![],
        },
        false => make(visit, plans, ids).await?,
    };
    Ok((planned, made))
}

/// `GET /to-invoice?until=`.
async fn page(plans: Arc<dyn Plans>, visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let until = until(&visit, &q)?;
    let due = plans.due(&visit.ctx, visit.db(), until).await?;
    let orders = due_orders(&visit).await?;
    let period = html! {
        form.form-grid method="get" action="/to-invoice" {
            (ui::Field::new("until", loc.t("to-invoice-until")).date(&until.to_string()))
            div.btn-row.end { (ui::btn(loc.t("account-show")).submit()) }
        }
    };
    let body = html! {
        (ui::card("").body(period))
        @if !orders.is_empty() { (Due::draw(&visit, &orders).await?) }
        @if due.is_empty() && !orders.is_empty() {} @else if due.is_empty() {
            (ui::empty("checks", &loc.t("to-invoice-none"), &loc.t("to-invoice-none-text"), html! { (ui::btn(loc.t("nav-contract")).href("/contracts")) }))
        } @else {
            (list(&visit, &due).await?)
        }
    };
    Screen::new(&visit, loc.t("nav-to_invoice"), "to_invoice").show(ui::page_body(body))
}

async fn list(visit: &Visit, due: &[Instalment]) -> Result<Markup> {
    let loc = &visit.loc;
    let parties: Vec<i64> = due.iter().map(|i| i.party).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &parties, visit.latin).await?;
    let may = visit.may("invoice.create");
    let today = visit.today();
    let table = html! {
        table.tbl.plain {
            thead { tr {
                @if may { th scope="col" { span.vh { (loc.t("to-invoice-choose")) } } }
                th scope="col" { (loc.t("invoice-due_on")) }
                th scope="col" { (loc.t("to-invoice-contract")) }
                th scope="col" { (loc.t("invoice-party_id")) }
                th scope="col" { (loc.t("to-invoice-condition")) }
                th.r scope="col" { (loc.t("credit_note-amount")) }
            } }
            tbody data-rows {
                @for i in due {
                    @let c = Currency::parse(&i.currency).unwrap_or(visit.house.currency);
                    tr {
                        @if may { td { input.check type="checkbox" name="id" value=(i.id) checked[i.due_on <= today] aria-label={ (i.number) " " (i.due_on) }; } }
                        td.num { (i.due_on) }
                        td { a.link.num href={ "/contracts/" (i.contract) } { (i.number) } }
                        td { a.link href={ "/parties/" (i.party) "/money" } { (names.get(&i.party).map_or("—", String::as_str)) } }
                        td { (i.condition) }
                        td.r { (ui::money_full(loc, i.amount, c)) }
                    }
                }
            }
        }
    };
    Ok(html! {
        form method="post" action="/to-invoice" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::card(loc.t("to-invoice-title")).note(loc.t("to-invoice-note"))
                .actions(html! { @if may { (ui::btn(loc.t("to-invoice-make")).icon("receipt").primary().small().submit()) } }).flush(table))
        }
    })
}

/// `POST /to-invoice` with the plan lines as `id`.
async fn click(plans: Arc<dyn Plans>, orders: Arc<dyn Orders>, visit: Visit, Form(f): Form) -> Answer {
    let all = |name: &str| -> Vec<i64> { f.all(name).filter_map(|t| t.parse().ok()).collect() };
    let done = make_both(&visit, plans.as_ref(), orders.as_ref(), &all("id"), &all("order")).await?;
    let count = |n: usize| i64::try_from(n).unwrap_or(0);
    let words = visit.loc.tv(
        "to-invoice-made",
        &[
            ("n", count(done.0.made.len() + done.1.made.len()).into()),
            ("skipped", count(done.0.skipped.len() + done.1.skipped.len()).into()),
        ],
    );
    go_saying(&visit, "/to-invoice", &words, None)
}

/// `GET /api/v1/to-invoice?until=`.
async fn api(plans: Arc<dyn Plans>, visit: Visit, Query(q): Query) -> Answer {
    let until = until(&visit, &q)?;
    let due = plans.due(&visit.ctx, visit.db(), until).await?;
    let rows: Vec<Any> = due
        .iter()
        .map(|i| {
            let c = Currency::parse(&i.currency).unwrap_or(visit.house.currency);
            json!({"id": i.id, "contract_id": i.contract, "contract": i.number, "party_id": i.party,
                "due_on": i.due_on.to_string(), "amount": number::write_scaled(i.amount, c.decimals()),
                "currency": i.currency, "condition": i.condition})
        })
        .collect();
    let orders: Vec<Any> = due_orders(&visit)
        .await?
        .iter()
        .map(|d| {
            let c = Currency::parse(&d.currency).unwrap_or(visit.house.currency);
            json!({"order_id": d.order, "order": d.number, "party_id": d.party,
                "amount": number::write_scaled(d.amount, c.decimals()), "currency": d.currency})
        })
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({"until": until.to_string(), "due": rows, "orders": orders}),
    )
}

/// What programs send: lines of payment plans, orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    #[serde(default)]
    ids: Vec<i64>,
    #[serde(default)]
    orders: Vec<i64>,
}

/// `POST /api/v1/to-invoice`.
async fn api_click(plans: Arc<dyn Plans>, from: Arc<dyn Orders>, visit: Visit, Json(ask): Json<Ask>) -> Answer {
    let (done, orders) = make_both(&visit, plans.as_ref(), from.as_ref(), &ask.ids, &ask.orders).await?;
    let by_order: Vec<Any> = orders
        .made
        .iter()
        .map(|(id, invoice)| json!({"order_id": id, "invoice_id": invoice}))
        .collect();
    let made: Vec<Any> = done
        .made
        .iter()
        .map(|(id, invoice)| json!({"id": id, "invoice_id": invoice}))
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({"made": made, "skipped": done.skipped, "orders": by_order, "orders_skipped": orders.skipped}),
    )
}
