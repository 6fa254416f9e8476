//! The shipments of an order, and the page of one shipment.

use super::{flow, progress, rules};
use crate::lines;
use axum::extract::Path;
use maud::{Markup, html};
use std::{collections::HashMap, sync::Arc};
use zhike_contract::Stock;
use zhike_kernel::{Error, Filter, Result};
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{
    Form, Visit,
    answer::{Answer, go, go_saying},
    records, ui,
};

/// Shipments shown on an order.
const SHOWN: usize = 50;

async fn need(visit: &Visit, id: &str) -> Result<Record> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    read::need(&visit.ctx, visit.db(), visit.registry().get("shipment")?, id).await
}

/// The mark beside an order's number, unless its state says it all.
pub(crate) fn mark(visit: &Visit, order: &Record) -> Markup {
    let word = order.text("delivery");
    let hue = match word {
        "partly_shipped" | "partly_delivered" => ui::Hue::Amber,
        "failed" => ui::Hue::Red,
        _ => return html! {},
    };
    html! { (ui::badge(hue, &visit.loc.t(&format!("order-delivery-{word}")))) }
}

async fn product_names(visit: &Visit, lines: &[progress::Line]) -> Result<HashMap<i64, String>> {
    let products: Vec<i64> = lines.iter().filter_map(|l| l.product).collect();
    read::titles(visit.db(), visit.registry(), "product", &products, visit.latin).await
}

fn name(names: &HashMap<i64, String>, l: &progress::Line) -> Markup {
    html! {
        @if let Some((id, words)) = l.product.and_then(|p| names.get(&p).map(|n| (p, n))) {
            a.link href={ "/products/" (id) "/stock" } { (words) } " "
        }
        span.mut { (l.description) }
    }
}

/// The tab `shipments` of an order.
pub(crate) async fn of_order(visit: &Visit, order: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if order.text("kind") != "sale" {
        return Ok(ui::empty(
            "truck-delivery",
            &loc.t("shipment-of-return"),
            &loc.t("shipment-of-return-text"),
            html! {},
        ));
    }
    let lines = progress::of(visit.db(), order.id).await?;
    let names = product_names(visit, &lines).await?;
    let open = order.text("status") == "confirmed" && lines.iter().any(|l| l.open() > 0);
    let button = html! {
        @if open && order.archived_at.is_none() && visit.may("shipment.create") {
            form method="post" action={ "/orders/" (order.id) "/ship" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::btn(loc.t("shipment-propose")).icon("truck-delivery").primary().small().submit())
            }
        }
    };
    let number = |quantity: i64| {
        html! { @if quantity == 0 { span.dim { "—" } } @else { (ui::qty(loc, quantity)) } }
    };
    let table = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("order_line-product_id")) }
                @for key in ["ordered", "planned", "left", "delivered", "returned", "open"] {
                    th.r scope="col" { (loc.t(&format!("shipment-col-{key}"))) }
                }
            } }
            tbody data-rows { @for l in &lines { tr {
                td { (name(&names, l)) }
                td.r { (ui::qty(loc, l.quantity)) @if !l.unit.is_empty() { " " span.mut { (loc.unit(&l.unit)) } } }
                @for figure in [l.planned, l.left, l.delivered, l.returned, (l.quantity - l.left).max(0)] { td.r { (number(figure)) } }
            } } }
        } }
    };
    let filter = Filter::is("order_id", order.id);
    let columns = [
        "number",
        "status",
        "carrier",
        "tracking",
        "shipped_on",
        "delivered_on",
        "promised_on",
    ];
    let some = visit
        .db()
        .number(
            "SELECT count(*) FROM order_shipment WHERE order_id = $1 AND archived_at IS NULL",
            binds![order.id],
        )
        .await?;
    let list = records::related(visit, "shipment", filter, &columns, SHOWN).await?;
    Ok(html! {
        @if lines.is_empty() {
            (ui::empty("truck-delivery", &loc.t("order-lines-none"), &loc.t("shipment-none-text"), html! {}))
        } @else {
            (ui::card(loc.t("shipment-progress")).actions(button).flush(table))
            @if some == 0 { (ui::callout(ui::Tone::Quiet, loc.t("shipment-none"))) } @else { (ui::card(loc.t("shipment-many")).flush(list)) }
        }
    })
}

/// `POST /orders/{id}/ship`.
pub(crate) async fn propose(stock: Arc<dyn Stock>, visit: Visit, Path(id): Path<String>) -> Answer {
    let order = lines::need(&visit, &id).await?;
    let new = flow::propose(&visit, stock.as_ref(), &order, None).await?;
    go(&visit, &format!("/shipments/{new}/goods"))
}

/// The tab `goods` of a shipment: what is in it, and the next step.
pub(crate) async fn goods(stock: &Arc<dyn Stock>, visit: &Visit, shipment: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let order = shipment.int("order_id").unwrap_or(0);
    let lines = progress::of(visit.db(), order).await?;
    let names = product_names(visit, &lines).await?;
    let sql =
        "SELECT line_id, version, quantity FROM order_shipment_line WHERE shipment_id = $1 AND archived_at IS NULL";
    let mut mine = HashMap::new();
    for row in visit.db().all(sql, binds![shipment.id]).await? {
        mine.insert(row.int(0)?, (row.int(1)?, row.int(2)?));
    }
    let open = rules::is_open(shipment.text("status")) && shipment.archived_at.is_none();
    let write = open && visit.may("shipment.edit");
    let held: HashMap<i64, i64> = match write {
        true => stock
            .held(visit.db(), order)
            .await?
            .into_iter()
            .filter(|h| h.stocked)
            .map(|h| (h.line, h.reserved))
            .collect(),
        false => HashMap::new(),
    };
    let shown = lines
        .iter()
        .filter(|l| mine.contains_key(&l.id) || (write && l.open() > 0));
    let table = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("order_line-product_id")) }
                th.r scope="col" { (loc.t("shipment-col-ordered")) }
                @if write { th.r scope="col" { (loc.t("shipment-col-kept")) } }
                th.r scope="col" { (loc.t("shipment-col-here")) }
            } }
            tbody data-rows { @for l in shown {
                @let here = mine.get(&l.id);
                tr {
                    td { (name(&names, l)) }
                    td.r { (ui::qty(loc, l.quantity)) @if !l.unit.is_empty() { " " span.mut { (loc.unit(&l.unit)) } } }
                    @if write { td.r { @match held.get(&l.id) { Some(q) => (ui::qty(loc, rules::ready(l.quantity, l.quantity, l.base, *q))), None => span.dim { "—" } } } }
                    td.r {
                        @if write {
                            @if let Some((version, _)) = here { (ui::hidden(&format!("v{}", l.id), &version.to_string())) }
                            input.input.r.num name={ "q" (l.id) } type="text" inputmode="decimal" autocomplete="off" style="width:96px"
                                value=(crate::deliver::words(here.map_or(0, |h| h.1))) aria-label={ (loc.t("shipment-col-here")) " " (l.description) };
                        } @else { (ui::qty(loc, here.map_or(0, |h| h.1))) }
                    }
                }
            } }
        } }
    };
    let save = html! { @if write { (ui::btn(loc.t("shipment-save-quantities")).small().submit()) } };
    let card = ui::card(loc.t("shipment-goods")).actions(save).flush(table);
    Ok(html! {
        @if write {
            form method="post" action={ "/shipments/" (shipment.id) "/quantities" } { (ui::hidden("csrf", &visit.csrf)) (card) }
        } @else { (card) }
        (step_card(visit, shipment))
        (super::report::list(visit, shipment.id).await?)
    })
}

/// The next step with what belongs to it: carrier and number, a day, a reason.
fn step_card(visit: &Visit, shipment: &Record) -> Markup {
    let loc = &visit.loc;
    let status = shipment.text("status");
    if !visit.may("shipment.edit") || shipment.archived_at.is_some() || rules::next(status).is_empty() {
        return html! {};
    }
    let form = |to: &str, inside: Markup, button: ui::Btn| {
        html! {
            form.stack method="post" action={ "/shipments/" (shipment.id) "/status" } {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("to", to))
                (ui::hidden("version", &shipment.version.to_string())) (ui::hidden("tab", "goods"))
                div.form-grid { (inside) }
                div.btn-row.end { (button.submit()) }
            }
        }
    };
    let today = visit.today().to_string();
    let label = |to: &str| loc.t(&format!("shipment-to-{to}"));
    if rules::is_open(status) {
        let inside = html! {
            (ui::Field::new("carrier", loc.t("shipment-carrier")).text(shipment.text("carrier")))
            (ui::Field::new("tracking", loc.t("shipment-tracking")).text(shipment.text("tracking")))
            (ui::Field::new("on", loc.t("shipment-shipped_on")).date(&today))
        };
        return ui_card(
            &loc.t("shipment-send"),
            form(
                "shipped",
                inside,
                ui::btn(label("shipped")).icon("truck-delivery").primary(),
            ),
        );
    }
    let delivered = html! { (ui::Field::new("on", loc.t("shipment-delivered_on")).date(&today)) };
    let failed = html! { (ui::Field::new("reason", loc.t("shipment-reason")).text("")) };
    html! {
        (ui_card(&loc.t("shipment-arrives"), form("delivered", delivered, ui::btn(label("delivered")).icon("checks").primary())))
        @if status != "failed" { (ui_card(&loc.t("shipment-fails"), form("failed", failed, ui::btn(label("failed")).icon("ban")))) }
    }
}

fn ui_card(title: &str, body: Markup) -> Markup {
    html! { (ui::card(title).body(body)) }
}

/// The buttons in the bar.
pub(crate) fn actions(visit: &Visit, shipment: &Record) -> Markup {
    if shipment.archived_at.is_some() {
        return html! {};
    }
    html! {
        @for to in rules::next(shipment.text("status")) {
            @let button = ui::btn(visit.loc.t(&format!("shipment-to-{to}"))).submit();
            form.row data-stay method="post" action={ "/shipments/" (shipment.id) "/status" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("to", to)) (ui::hidden("version", &shipment.version.to_string()))
                @match *to {
                    "picked" => (button.icon("packages")),
                    "shipped" => (button.icon("truck-delivery")),
                    "delivered" => (button.icon("checks")),
                    _ => (button.ghost().wide_only()),
                }
            }
        }
    }
}

/// `POST /shipments/{id}/status`.
pub(crate) async fn status(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let shipment = need(&visit, &id).await?;
    let how = flow::How {
        on: f.filled("on"),
        carrier: f.filled("carrier"),
        tracking: f.filled("tracking"),
        reason: f.filled("reason"),
    };
    flow::advance(
        &visit,
        shipment.id,
        f.get("to").unwrap_or(""),
        f.need_int("version")?,
        how,
    )
    .await?;
    go(&visit, &format!("/shipments/{}/goods", shipment.id))
}

/// `POST /shipments/{id}/quantities`: `q{line}` and, where the shipment has the line already, its version `v{line}`.
pub(crate) async fn quantities(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let shipment = need(&visit, &id).await?;
    let ty = visit.registry().get("shipment_line")?.clone();
    let field = ty.need("quantity")?;
    let mut wanted = vec![];
    for (key, text) in &f.0 {
        let Some(line) = key.strip_prefix('q').and_then(|n| n.parse::<i64>().ok()) else {
            continue;
        };
        let value = field
            .parse(text, visit.house.currency)
            .map_err(|e| Error::fields(vec![e]))?;
        let quantity = value.int().unwrap_or(0);
        if quantity < 0 {
            return Err(Error::field("quantity", "error-shipment-quantity").into());
        }
        wanted.push((line, f.int(&format!("v{line}")), quantity));
    }
    flow::amend(&visit, &shipment, &wanted).await?;
    let here = format!("/shipments/{}/goods", shipment.id);
    go_saying(&visit, &here, &visit.loc.t("records-said-saved"), None)
}
