//! What an order asks of the stock, and when it can leave: shown while it is written, asked by programs, settled when its
//! state or lines change.

use crate::{lines, shipment::progress};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use zhike_contract::{Claim, Demand, LinePromise, Need, Promise, Stock};
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, Record, Tx, ids, read};
use zhike_web::{
    Visit,
    answer::{Answer, html as answer_html, json as answer_json},
    ui,
};

/// The lines of an order that name a product, in their order. What a return brings back counts above zero too.
pub(crate) async fn needs(q: &dyn Query, order: i64) -> Result<Vec<Need>> {
    let lines = progress::of(q, order).await?;
    let one = |l: &progress::Line| {
        Some(Need {
            line: l.id,
            product: l.product?,
            quantity: l.base.saturating_abs(),
            left: l.base_left(),
        })
    };
    Ok(lines.iter().filter_map(one).collect())
}

/// What an order that comes into this state asks of the stock.
pub(crate) fn claim(kind: &str, status: &str, partial: bool) -> Claim {
    match (kind, status) {
        ("return", "delivered") => Claim::TakeBack,
        ("sale", "confirmed") => Claim::Reserve { partial },
        ("sale", "shipped") => Claim::Issue,
        _ => Claim::Nothing,
    }
}

/// Brings the stock in line with orders that people or programs changed. Files tell of the past: they move no goods.
pub(crate) async fn settle(stock: &Arc<dyn Stock>, tx: &Tx, ctx: &Ctx, orders: &[i64]) -> Result<()> {
    if !ctx.door.by_hand() {
        return Ok(());
    }
    for chunk in orders.chunks(500) {
        let sql = format!(
            "SELECT id, party_id, kind, status, partial, archived_at FROM order_order WHERE {} ORDER BY id",
            tx.dialect().among("id", "$1")
        );
        for row in tx.all(&sql, vec![ids(chunk)]).await? {
            let order = row.int(0)?;
            let claim = match row.opt_int(5)? {
                Some(_) => Claim::Nothing,
                None => claim(&row.text(2)?, &row.text(3)?, row.bool(4)?),
            };
            let demand = Demand {
                order,
                party: row.opt_int(1)?,
                claim,
                needs: needs(tx, order).await?,
            };
            stock.settle(ctx, tx, &demand).await?;
        }
    }
    Ok(())
}

async fn promised(stock: &Arc<dyn Stock>, visit: &Visit, order: &Record) -> Result<Promise> {
    let mut needs = needs(visit.db(), order.id).await?;
    needs.iter_mut().for_each(|n| n.quantity -= n.left);
    needs.retain(|n| n.quantity > 0);
    stock.promise(&visit.ctx, visit.db(), &needs).await
}

/// The days on which parts of an order could leave, with what is on each.
fn by_day(promise: &Promise) -> BTreeMap<Date, Vec<(&LinePromise, i64)>> {
    let mut out: BTreeMap<Date, Vec<(&LinePromise, i64)>> = BTreeMap::new();
    for line in &promise.lines {
        for part in &line.parts {
            out.entry(part.on).or_default().push((line, part.quantity));
        }
    }
    out
}

fn open(order: &Record) -> bool {
    order.text("kind") == "sale" && matches!(order.text("status"), "draft" | "confirmed") && order.archived_at.is_none()
}

/// `GET /orders/{id}/deliverability`: the part of the order's page that is asked anew with each change of a line.
pub(crate) async fn part(stock: Arc<dyn Stock>, visit: Visit, Path(id): Path<String>) -> Answer {
    let order = lines::need(&visit, &id).await?;
    if !open(&order) {
        return answer_html(html! {});
    }
    let promise = promised(&stock, &visit, &order).await?;
    answer_html(draw(&visit, &order, &promise).await?)
}

async fn draw(visit: &Visit, order: &Record, promise: &Promise) -> Result<Markup> {
    let loc = &visit.loc;
    if promise.lines.is_empty() {
        return Ok(html! {});
    }
    let today = visit.today();
    let products: Vec<i64> = promise.lines.iter().map(|l| l.need.product).collect();
    let names = read::titles(visit.db(), visit.registry(), "product", &products, visit.latin).await?;
    let name = |l: &LinePromise| names.get(&l.need.product).cloned().unwrap_or_default();
    let c = lines::currency(visit, order);
    let late = matches!((promise.on, order.date("required_on")), (Some(on), Some(by)) if on > by);
    let day = |on: Option<Date>| match on {
        Some(on) if on == today => html! { (loc.t("order-deliver-today")) },
        Some(on) => html! { span.num { (loc.date(on, today)) } },
        None => html! { span.dim { (loc.t("order-deliver-unknown")) } },
    };
    let days = by_day(promise);
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("order_line-product_id")) }
                th.r scope="col" { (loc.t("order_line-quantity")) }
                th scope="col" { (loc.t("order-deliver-on")) }
                th scope="col" { (loc.t("order-deliver-why")) }
            } }
            tbody data-rows {
                @for l in &promise.lines { tr {
                    td { a.link href={ "/products/" (l.need.product) "/stock" } { (name(l)) } }
                    td.r { (ui::qty(loc, l.need.quantity)) }
                    td { (day(l.on)) }
                    td { @for r in &l.reasons { div.sm { (ui::reason(loc, c, r)) } } }
                } }
            }
        }
    };
    let (tone, words) = match promise.on {
        None => (ui::Tone::Warn, loc.t("order-deliver-none")),
        Some(on) if on == today => (ui::Tone::Good, loc.t("order-deliver-all-today")),
        Some(on) => {
            let tone = if late { ui::Tone::Warn } else { ui::Tone::Info };
            (
                tone,
                loc.tv("order-deliver-all", &[("day", loc.date(on, today).into())]),
            )
        }
    };
    let in_parts = order.text("status") == "draft" && promise.short() && visit.may("order.edit");
    Ok(html! {
        (ui::card(loc.t("order-deliver")).flush(html! {
            div.card-b.stack {
                (ui::callout(tone, words))
                @if late { (ui::callout(ui::Tone::Warn, loc.t("order-deliver-late"))) }
                @if days.len() > 1 {
                    p.sm.mut { (loc.t("order-deliver-parts")) }
                    ul.plain-list.stack.s {
                        @for (on, parts) in &days { li.sm {
                            b { (day(Some(*on))) } " "
                            @for (i, (l, quantity)) in parts.iter().enumerate() {
                                @if i > 0 { " · " }
                                (name(l)) " × " (ui::qty(loc, *quantity))
                            }
                        } }
                    }
                }
                @if in_parts {
                    form method="post" action={ "/orders/" (order.id) "/status" } {
                        (ui::hidden("csrf", &visit.csrf))
                        (ui::hidden("to", "confirmed"))
                        (ui::hidden("partial", "1"))
                        (ui::hidden("version", &order.version.to_string()))
                        (ui::btn(loc.t("order-confirm-parts")).icon("truck-delivery").submit())
                    }
                }
            }
            (table)
        }))
    })
}

pub(crate) fn words(quantity: i64) -> String {
    let text = zhike_kernel::number::write_scaled(quantity, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `POST /api/v1/orders/{id}/deliverability`.
pub(crate) async fn tell(stock: Arc<dyn Stock>, visit: Visit, Path(id): Path<String>) -> Answer {
    let order = lines::need(&visit, &id).await?;
    answer_json(StatusCode::OK, &proposal(&stock, &visit, &order).await?)
}

/// When an order's goods can leave, all at once and in parts, as the API tells it.
pub(crate) async fn proposal(stock: &Arc<dyn Stock>, visit: &Visit, order: &Record) -> Result<Json> {
    let promise = promised(stock, visit, order).await?;
    let c = lines::currency(visit, order);
    let line = |l: &LinePromise| {
        json!({
            "line_id": l.need.line,
            "product_id": l.need.product,
            "quantity": words(l.need.quantity),
            "ready": words(l.ready),
            "short": l.short,
            "promised_on": l.on.map(|d| d.to_string()),
            "parts": l.parts.iter().map(|p| json!({"on": p.on.to_string(), "quantity": words(p.quantity)})).collect::<Vec<Json>>(),
            "reasons": l.reasons.iter().map(|r| ui::reason(&visit.loc, c, r)).collect::<Vec<String>>(),
        })
    };
    let parts = by_day(&promise);
    Ok(json!({
        "order_id": order.id,
        "promised_on": promise.on.map(|d| d.to_string()),
        "in_time": promise.on.map(|on| order.date("required_on").is_none_or(|by| on <= by)),
        "short": promise.short(),
        "lines": promise.lines.iter().map(line).collect::<Vec<Json>>(),
        "deliveries": parts.iter().map(|(on, rows)| json!({
            "on": on.to_string(),
            "lines": rows.iter().map(|(l, q)| json!({"line_id": l.need.line, "quantity": words(*q)})).collect::<Vec<Json>>(),
        })).collect::<Vec<Json>>(),
    }))
}
