//! Tabs: what a product cost since when, and the products of a category.

use maud::{Markup, html};
use zhike_kernel::{Currency, Result};
use zhike_store::{Query, Record, binds};
use zhike_web::{Visit, ui};

/// Products shown on a category's page; the list has them all.
const MOST: i64 = 100;

/// The history of a product's cost, newest first.
pub(crate) async fn tab(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let currency = Currency::parse(product.text("currency")).unwrap_or(visit.house.currency);
    let rows = visit
        .db()
        .all(
            "SELECT from_on, cost FROM catalog_cost WHERE product_id = $1 ORDER BY from_on DESC LIMIT 200",
            binds![product.id],
        )
        .await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "coin",
            &loc.t("product-costs-none"),
            &loc.t("product-costs-none-text"),
            html! {},
        ));
    }
    let mut lines = vec![];
    for row in &rows {
        lines.push((row.text(0)?, row.opt_int(1)?));
    }
    let price = product.int("price").filter(|p| *p > 0);
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("product-costs-from")) }
                th.r scope="col" { (loc.t("product-cost")) }
                th.r scope="col" { (loc.t("product-costs-margin")) }
            } }
            tbody {
                @for (from, cost) in &lines {
                    tr {
                        td.num { (from) }
                        td.r { @match cost { Some(c) => (ui::money_full(loc, *c, currency)), None => span.dim { (loc.t("product-costs-unknown")) } } }
                        td.r.num {
                            @match (price, cost) {
                                (Some(p), Some(c)) => (zhike_kernel::money::mul_div(p - c, 1_000_000, p).map_or_else(String::new, |ppm| loc.percent_ppm(ppm))),
                                _ => "—",
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(html! {
        (ui::card(loc.t("product-tab-costs")).note(loc.t("product-costs-note")).flush(table))
    })
}

/// The products of a category, by name.
pub(crate) async fn products(visit: &Visit, category: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let rows = visit
        .db()
        .all(
            "SELECT id, sku, name, price, currency FROM catalog_product WHERE category_id = $1 AND archived_at IS NULL ORDER BY name, id LIMIT $2",
            binds![category.id, MOST],
        )
        .await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "package",
            &loc.t("category-products-none"),
            &loc.t("category-products-none-text"),
            html! {},
        ));
    }
    let mut lines = vec![];
    for row in &rows {
        let currency = row.opt_text(4)?.as_deref().and_then(Currency::parse);
        lines.push((
            row.int(0)?,
            row.text(1)?,
            row.text(2)?,
            row.opt_int(3)?,
            currency.unwrap_or(visit.house.currency),
        ));
    }
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("product-name")) }
                th scope="col" { (loc.t("product-sku")) }
                th.r scope="col" { (loc.t("product-price")) }
            } }
            tbody data-rows {
                @for (id, sku, name, price, currency) in &lines {
                    tr {
                        td { a.link href={ "/products/" (id) } { (name) } }
                        td.mono { (sku) }
                        td.r { @if let Some(p) = price { (ui::money_full(loc, *p, *currency)) } }
                    }
                }
            }
        }
    };
    Ok(html! { (ui::card(loc.t("category-tab-products")).flush(table)) })
}
