//! The tab `lines` of a quote: its lines, totals, and what discount and margin come to, for those who may see it.

use super::{
    line_form,
    read::{currency, inside, lines as read_lines},
    rules,
};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Currency, Result};
use zhike_store::{Record, read};
use zhike_web::{Visit, ui};

/// The tab.
pub(crate) async fn tab(visit: &Visit, quote: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let lines = read_lines(&visit.ctx, visit.db(), quote.id).await?;
    let names = products(visit, &lines).await?;
    let open = rules::open(quote.text("status"));
    let write = quote.archived_at.is_none() && visit.may("quote.edit") && open;
    let body = html! {
        @if lines.is_empty() {
            (ui::empty("list-details", &loc.t("quote-lines-none"), &loc.t("quote-lines-none-text"), html! {}))
        } @else {
            (table(visit, quote, &lines, &names, write))
        }
    };
    Ok(html! {
        div #quote-lines .stack.l {
            @if !open { (ui::callout(ui::Tone::Quiet, loc.t("quote-lines-locked"))) }
            @if write && rules::bound(quote.text("status")) { (ui::callout(ui::Tone::Warn, loc.t("quote-lines-void"))) }
            (ui::card(loc.t("quote-tab-lines")).flush(body))
            @if write { div #line-form { (line_form::empty(visit, quote).await?) } }
            (sums(visit, quote).await?)
        }
    })
}

/// Names of the products on lines.
pub(crate) async fn products(visit: &Visit, lines: &[Record]) -> Result<HashMap<i64, String>> {
    let ids: Vec<i64> = lines.iter().filter_map(|l| l.int("product_id")).collect();
    read::titles(visit.db(), visit.registry(), "product", &ids, visit.latin).await
}

fn table(visit: &Visit, quote: &Record, lines: &[Record], names: &HashMap<i64, String>, write: bool) -> Markup {
    let loc = &visit.loc;
    let c = currency(&visit.ctx, quote);
    let money =
        |v: Option<i64>| html! { @match v { Some(v) => (ui::money_full(loc, v, c)), None => span.dim { "—" } } };
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("quote_line-product_id")) }
                th.r scope="col" { (loc.t("quote_line-quantity")) }
                th.r scope="col" { (loc.t("quote_line-unit_price")) }
                th.r scope="col" { (loc.t("quote_line-discount")) }
                th.r scope="col" { (loc.t("quote_line-tax_rate")) }
                th.r scope="col" { (loc.t("quote_line-net")) }
                @if write { th scope="col" { span.vh { (loc.t("quote-line-actions")) } } }
            } }
            tbody data-rows {
                @for l in lines {
                    @let product = l.int("product_id").and_then(|id| names.get(&id).map(|n| (id, n)));
                    tr {
                        td {
                            @if let Some((id, name)) = product { a.link href={ "/products/" (id) } { (name) } " " }
                            span.mut { (l.text("description")) }
                            @if !l.text("options").is_empty() { p.xs.dim { (l.text("options")) } }
                        }
                        td.r { (ui::qty(loc, l.int("quantity").unwrap_or(0))) " " (loc.unit(l.text("unit"))) }
                        td.r { (money(l.int("unit_price"))) }
                        td.r { (money(l.int("discount").filter(|d| *d != 0))) }
                        td.r.num { @if let Some(rate) = l.int("tax_rate").filter(|r| *r != 0) { (loc.percent_ppm(rate)) } @else { "—" } }
                        td.r { (money(l.int("net"))) }
                        @if write { td.r { (buttons(visit, quote, l)) } }
                    }
                }
            }
        }
    }
}

fn buttons(visit: &Visit, quote: &Record, line: &Record) -> Markup {
    let loc = &visit.loc;
    html! {
        span.row {
            (ui::icon_btn("pencil", loc.t("quote-line-edit")).small()
                .attr("hx-get", format!("/quotes/{}/line-form?line={}", quote.id, line.id))
                .attr("hx-target", "#line-form").attr("hx-swap", "innerHTML"))
            (ui::icon_btn("trash", loc.t("quote-line-remove")).small()
                .attr("hx-post", format!("/quotes/{}/line/{}/remove?version={}", quote.id, line.id, line.version))
                .attr("hx-target", "#quote-lines").attr("hx-swap", "outerHTML"))
        }
    }
}

fn money(visit: &Visit, minor: i64, c: Currency) -> Markup {
    ui::money_full(&visit.loc, minor, c)
}

async fn sums(visit: &Visit, quote: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = currency(&visit.ctx, quote);
    let of = |name: &str| quote.int(name).unwrap_or(0);
    let inside = inside(visit.db(), quote.id).await?;
    let mut facts = vec![
        (loc.t("quote-net"), money(visit, of("net"), c)),
        (loc.t("quote-tax"), money(visit, of("tax"), c)),
        (loc.t("quote-total"), html! { b { (money(visit, of("total"), c)) } }),
    ];
    let share = |ppm: Option<i64>| html! { @match ppm { Some(p) => span.num { (loc.percent_ppm(p)) }, None => span.dim { "—" } } };
    facts.push((loc.t("quote-discount_rate"), share(inside.discount_rate)));
    if visit.may("cost.view") {
        facts.push((loc.t("quote-margin_rate"), share(inside.margin_rate)));
        facts.push((
            loc.t("quote-cost"),
            html! { @match inside.cost { Some(cost) => (money(visit, cost, c)), None => span.dim { "—" } } },
        ));
    }
    Ok(html! { (ui::card(loc.t("quote-sums")).body(ui::kv(&facts))) })
}
