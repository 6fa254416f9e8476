//! The tab `lines` of an order: its lines, totals and margin.

use crate::{line_form, totals};
use maud::{Markup, html};
use zhike_contract::Reason;
use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{Visit, records, ui};

pub(crate) fn currency(visit: &Visit, order: &Record) -> Currency {
    Currency::parse(order.text("currency")).unwrap_or(visit.house.currency)
}

/// The order, for these eyes.
pub(crate) async fn need(visit: &Visit, id: &str) -> Result<Record> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    read::need(&visit.ctx, visit.db(), visit.registry().get("order")?, id).await
}

/// Ids of an order's lines, in their order.
pub(crate) async fn ids(visit: &Visit, order: i64) -> Result<Vec<i64>> {
    let sql =
        "SELECT id FROM order_line WHERE order_id = $1 AND archived_at IS NULL ORDER BY position IS NULL, position, id";
    visit
        .db()
        .all(sql, binds![order])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect()
}

/// An order's lines, in their order.
pub(crate) async fn read_lines(visit: &Visit, order: i64) -> Result<Vec<Record>> {
    let ids = ids(visit, order).await?;
    let ty = visit.registry().get("order_line")?;
    let mut found = vec![];
    for chunk in ids.chunks(500) {
        found.extend(read::find_many(&visit.ctx, visit.db(), ty, chunk).await?);
    }
    found.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    Ok(found)
}

/// May the reader write lines of this order?
fn writable(visit: &Visit, order: &Record) -> bool {
    order.archived_at.is_none() && visit.may("order.edit") && totals::is_open(order.text("status"))
}

/// The tab.
pub(crate) async fn tab(visit: &Visit, order: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let lines = read_lines(visit, order.id).await?;
    let products: Vec<i64> = lines.iter().filter_map(|l| l.int("product_id")).collect();
    let names = read::titles(visit.db(), visit.registry(), "product", &products, visit.latin).await?;
    let write = writable(visit, order);
    let body = html! {
        @if lines.is_empty() {
            (ui::empty("list-details", &loc.t("order-lines-none"), &loc.t("order-lines-none-text"), html! {}))
        } @else {
            (table(visit, order, &lines, &names, write))
        }
    };
    Ok(html! {
        div #order-lines .stack.l {
            @if !totals::is_open(order.text("status")) { (ui::callout(ui::Tone::Quiet, loc.t("order-lines-locked"))) }
            (ui::card(loc.t("order-tab-lines")).flush(body))
            @if write {
                div #line-form { (line_form::empty(visit, order).await?) }
                @if order.text("kind") == "sale" && !lines.is_empty() {
                    div hx-get={ "/orders/" (order.id) "/deliverability" } hx-trigger="load" {}
                    @if order.text("status") == "draft" && visit.may("credit.view") {
                        div hx-get={ "/orders/" (order.id) "/credit-check" } hx-trigger="load" {}
                    }
                }
            }
            (sums(visit, order, &lines))
        }
    })
}

fn table(
    visit: &Visit,
    order: &Record,
    lines: &[Record],
    names: &std::collections::HashMap<i64, String>,
    write: bool,
) -> Markup {
    let loc = &visit.loc;
    let c = currency(visit, order);
    let money =
        |v: Option<i64>| html! { @match v { Some(v) => (ui::money_full(loc, v, c)), None => span.dim { "—" } } };
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("order_line-product_id")) }
                th.r scope="col" { (loc.t("order_line-quantity")) }
                th.r scope="col" { (loc.t("order_line-unit_price")) }
                th.r scope="col" { (loc.t("order_line-discount")) }
                th.r scope="col" { (loc.t("order_line-tax_rate")) }
                th.r scope="col" { (loc.t("order_line-net")) }
                @if write { th scope="col" { span.vh { (loc.t("order-line-actions")) } } }
            } }
            tbody data-rows {
                @for l in lines {
                    @let product = l.int("product_id").and_then(|id| names.get(&id).map(|n| (id, n)));
                    tr {
                        td {
                            @if let Some((id, name)) = product { a.link href={ "/products/" (id) } { (name) } " " }
                            span.mut { (l.text("description")) }
                            @if !l.text("options").is_empty() { div.xs.mut { (ui::icon("adjustments")) " " span.mono { (l.text("options")) } } }
                        }
                        td.r { (ui::qty(loc, l.int("quantity").unwrap_or(0))) @if !l.text("unit").is_empty() { " " span.mut { (loc.unit(l.text("unit"))) } } }
                        td.r {
                            span.row.end {
                                @if l.get("manual_price").truth() == Some(true) { (ui::badge(ui::Hue::Amber, &loc.t("order-line-manual"))) }
                                (money(l.int("unit_price")))
                                (ui::why(loc, &format!("why-{}", l.id), currency(visit, order), &reasons(l)))
                            }
                        }
                        td.r { (money(l.int("discount").filter(|d| *d != 0))) }
                        td.r.num { @if let Some(rate) = l.int("tax_rate").filter(|r| *r != 0) { (loc.percent_ppm(rate)) } @else { "—" } }
                        td.r { (money(l.int("net"))) }
                        @if write { td.r { (buttons(visit, order, l)) } }
                    }
                }
            }
        }
    }
}

/// The reasons kept with a line.
fn reasons(line: &Record) -> Vec<Reason> {
    serde_json::from_str(line.text("price_reasons")).unwrap_or_default()
}

fn buttons(visit: &Visit, order: &Record, line: &Record) -> Markup {
    let loc = &visit.loc;
    html! {
        span.row {
            (ui::icon_btn("pencil", loc.t("order-line-edit")).small()
                .attr("hx-get", format!("/orders/{}/line-form?line={}", order.id, line.id))
                .attr("hx-target", "#line-form").attr("hx-swap", "innerHTML"))
            (ui::icon_btn("trash", loc.t("order-line-remove")).small()
                .attr("hx-post", format!("/orders/{}/line/{}/remove?version={}", order.id, line.id, line.version))
                .attr("hx-target", "#order-lines").attr("hx-swap", "outerHTML"))
        }
    }
}

/// The totals of an order and what it earns. Lines whose cost is unknown are counted, not guessed.
fn sums(visit: &Visit, order: &Record, lines: &[Record]) -> Markup {
    let loc = &visit.loc;
    let c = currency(visit, order);
    let of = |name: &str| order.int(name).unwrap_or(0);
    let money = |v: i64| ui::money_full(loc, v, c);
    let unknown = lines.iter().filter(|l| l.int("cost").is_none()).count();
    let margin = of("net") - of("cost") - of("freight");
    let share = zhike_kernel::money::mul_div(margin, 1_000_000, of("net"));
    let mut facts = vec![
        (loc.t("order-net"), money(of("net"))),
        (loc.t("order-tax"), money(of("tax"))),
        (loc.t("order-total"), html! { b { (money(of("total"))) } }),
    ];
    let seen = visit.may("cost.view");
    let cost = if seen {
        money(of("cost"))
    } else {
        records::show::hidden(visit)
    };
    let mut inside = vec![
        (loc.t("order-cost"), cost),
        (loc.t("order-freight"), money(of("freight"))),
    ];
    if seen && unknown == 0 && !lines.is_empty() {
        let words = share.map(|s| loc.percent_ppm(s)).unwrap_or_default();
        inside.push((
            loc.t("order-margin"),
            html! { (money(margin)) " " span.mut.num { (words) } },
        ));
    }
    facts.append(&mut inside);
    let body = html! {
        (ui::kv(&facts))
        @if seen && unknown > 0 { (ui::callout(ui::Tone::Warn, loc.tv("order-cost-unknown", &[("n", unknown.into())]))) }
    };
    html! { (ui::card(loc.t("order-sums")).body(body)) }
}
