//! The one click that invoices what of an order can be invoiced, and the lines of an invoice.

use super::{due::Part, figures, returned};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::json;
use std::{collections::HashMap, sync::Arc};
use zhike_contract::{Billable, Orders};
use zhike_kernel::{Currency, Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Record, Tx, binds, read, write};
use zhike_web::{
    Place, Tab, Visit,
    answer::{Answer, go, json as json_answer},
    ui,
};

fn may_be_invoiced(order: &Record) -> bool {
    let cancelled = order.text("status") == "cancelled" && order.text("kind") == "sale";
    order.archived_at.is_none() && (cancelled || matches!(order.text("status"), "confirmed" | "shipped" | "delivered"))
}

/// The tab of an invoice's lines, and the button of an order.
pub(crate) fn own_tabs(orders: &Arc<dyn Orders>) -> Vec<Tab> {
    let orders = orders.clone();
    vec![
        Tab::new("invoice", "lines", Place::Tab, 5, "invoice.view", |visit, invoice| {
            Box::pin(lines_tab(visit, invoice))
        }),
        Tab::new(
            "order",
            "invoice",
            Place::Action,
            20,
            "invoice.create",
            move |visit, order| {
                let orders = orders.clone();
                Box::pin(async move { action(orders.as_ref(), visit, order).await })
            },
        ),
    ]
}

/// The button on an order.
async fn action(orders: &dyn Orders, visit: &Visit, order: &Record) -> Result<Markup> {
    if !may_be_invoiced(order) {
        return Ok(html! {});
    }
    let (path, key) = if order.text("kind") == "return" {
        if returned::open(visit.db(), order).await? <= 0 {
            return Ok(html! {});
        }
        ("credit", "order-credit")
    } else {
        let by_shipment = figures::by_shipment(visit.db()).await?;
        let of = (order.id, order.text("status"));
        match figures::rest(orders, visit.db(), of, by_shipment).await?.1 {
            0 => return Ok(html! {}),
            below if below < 0 => ("invoice", "invoice-make-back"),
            _ => ("invoice", "invoice-make"),
        }
    };
    Ok(html! {
        form.row data-stay method="post" action={ "/orders/" (order.id) "/" (path) } style="margin:0" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::btn(visit.loc.t(key)).icon("receipt").submit())
        }
    })
}

/// Makes an invoice over what of the order is to be invoiced and is not yet; below zero over what was invoiced and is not
/// ordered any more, and of a return.
pub(crate) async fn make(orders: &dyn Orders, visit: &Visit, order: i64) -> Result<i64> {
    let tx = visit.ctx.begin().await?;
    let id = within(orders, &visit.ctx, &tx, order).await?;
    tx.commit().await?;
    Ok(id)
}

/// Refusals that mean that there is nothing to invoice.
pub(crate) const NOTHING: [&str; 3] = ["error-invoice-nothing", "error-invoice-not-left", "error-invoice-done"];

/// The same, in a transaction of others.
pub(crate) async fn within(orders: &dyn Orders, ctx: &Ctx, tx: &Tx, order: i64) -> Result<i64> {
    crate::invoices::queue(tx).await?;
    let order = read::need(ctx, tx, ctx.registry().get("order")?, order).await?;
    if !may_be_invoiced(&order) {
        return Err(Error::refused("error-invoice-order"));
    }
    let done = figures::invoiced(tx, order.id).await?.total;
    let total = order.int("total").unwrap_or(0);
    let back = order.text("kind") == "return";
    let by_shipment = !back && figures::by_shipment(tx).await?;
    let (parts, rest) = if back {
        (None, -returned::open(tx, &order).await?)
    } else {
        figures::rest(orders, tx, (order.id, order.text("status")), by_shipment).await?
    };
    if order.text("status") == "cancelled" && rest == 0 {
        return Err(Error::refused("error-invoice-order"));
    }
    if total == 0 && done == 0 {
        return Err(Error::refused("error-invoice-nothing"));
    }
    if rest == 0 {
        let open = by_shipment && done != total;
        return Err(Error::refused(if open {
            "error-invoice-not-left"
        } else {
            "error-invoice-done"
        }));
    }
    let values = Values::from([
        ("party_id".to_owned(), order.get("party_id").clone()),
        ("order_id".to_owned(), order.id.into()),
        ("issued_on".to_owned(), ctx.today().into()),
        ("currency".to_owned(), order.get("currency").clone()),
        ("total".to_owned(), rest.into()),
    ]);
    let id = write::create(ctx, tx, ctx.registry().get("invoice")?, values).await?;
    if let Some(parts) = parts {
        let lines = orders.billable(tx, order.id).await?;
        put_lines(ctx, tx, id, order.text("currency"), &lines, &parts).await?;
    }
    figures::settle(orders, ctx, tx, order.id).await?;
    Ok(id)
}

async fn put_lines(ctx: &Ctx, tx: &Tx, invoice: i64, currency: &str, lines: &[Billable], parts: &[Part]) -> Result<()> {
    let known: HashMap<i64, &Billable> = lines.iter().map(|l| (l.line, l)).collect();
    let rows = (1_i64..)
        .zip(parts)
        .map(|(position, p)| {
            let of = known.get(&p.line);
            let text = |t: Option<&str>| Value::from(t.filter(|t| !t.is_empty()).map(str::to_owned));
            Values::from([
                ("invoice_id".to_owned(), invoice.into()),
                ("line_id".to_owned(), p.line.into()),
                ("position".to_owned(), position.into()),
                ("product_id".to_owned(), of.and_then(|l| l.product).into()),
                ("description".to_owned(), text(of.map(|l| l.description.as_str()))),
                ("quantity".to_owned(), p.quantity.into()),
                ("unit".to_owned(), text(of.map(|l| l.unit.as_str()))),
                ("net".to_owned(), p.net.into()),
                ("tax".to_owned(), p.tax.into()),
                ("currency".to_owned(), currency.into()),
            ])
        })
        .collect();
    // They are written by the invoice, never by hand.
    let system = Ctx::system(&ctx.house, Door::Job);
    write::insert_many(&system, tx, ctx.registry().get("invoice_line")?, rows, None)
        .await
        .map(|_| ())
}

/// `POST /orders/{id}/invoice`.
pub(crate) async fn from_order(orders: Arc<dyn Orders>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = make(orders.as_ref(), &visit, id.parse().map_err(|_| Error::missing())?).await?;
    go(&visit, &format!("/invoices/{id}"))
}

/// `POST /api/v1/orders/{id}/invoice`.
pub(crate) async fn api_from_order(orders: Arc<dyn Orders>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = make(orders.as_ref(), &visit, id.parse().map_err(|_| Error::missing())?).await?;
    json_answer(StatusCode::CREATED, &json!({"id": id}))
}

/// The tab `lines` of an invoice.
async fn lines_tab(visit: &Visit, invoice: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = Currency::parse(invoice.text("currency")).unwrap_or(visit.house.currency);
    let sql = "SELECT product_id, description, quantity, unit, net, tax FROM billing_invoice_line WHERE invoice_id = $1 AND archived_at IS NULL \
               ORDER BY position, id";
    let rows = visit.db().all(sql, binds![invoice.id]).await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "list-details",
            &loc.t("invoice-lines-none"),
            &loc.t("invoice-lines-none-text"),
            html! {},
        ));
    }
    let mut products = vec![];
    for r in &rows {
        products.extend(r.opt_int(0)?);
    }
    let names = read::titles(visit.db(), visit.registry(), "product", &products, visit.latin).await?;
    let table = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice_line-product_id")) }
                th.r scope="col" { (loc.t("invoice_line-quantity")) }
                th.r scope="col" { (loc.t("invoice_line-net")) }
                th.r scope="col" { (loc.t("invoice_line-tax")) }
            } }
            tbody data-rows { @for r in &rows { tr {
                td {
                    @if let Some(id) = r.opt_int(0)? { a.link href={ "/products/" (id) } { (names.get(&id).map_or("—", String::as_str)) } " " }
                    span.mut { (r.opt_text(1)?.unwrap_or_default()) }
                }
                td.r { (ui::qty(loc, r.int(2)?)) " " span.mut { (r.opt_text(3)?.unwrap_or_default()) } }
                td.r { (ui::money_full(loc, r.int(4)?, c)) }
                td.r { (ui::money_full(loc, r.int(5)?, c)) }
            } } }
        } }
    };
    Ok(html! { (ui::card(loc.t("invoice-tab-lines")).flush(table)) })
}
