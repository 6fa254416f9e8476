//! Tab `variants` of a product: the axes, the matrix, and the button that makes what is missing.

use crate::{
    grid,
    variants::{self, Axis, Variant},
};
use axum::extract::Path;
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Record, read};
use zhike_web::{
    Visit,
    answer::{Answer, go_saying},
    ui,
};

/// The tab.
pub(crate) async fn tab(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if let Some(template) = product.int("template_id") {
        let names = read::titles(visit.db(), visit.registry(), "product", &[template], visit.latin).await?;
        let name = names.get(&template).cloned().unwrap_or_default();
        return Ok(ui::empty(
            "table",
            &loc.t("product-variant-is"),
            &name,
            html! { (ui::btn(loc.t("product-variant-all")).href(format!("/products/{template}/variants"))) },
        ));
    }
    let axes = variants::axes(visit.db(), product.id).await?;
    let all = variants::of(visit.db(), product.id, &axes).await?;
    let sheet = grid::draw(visit, "product_axis", product.id).await?;
    let ids: Vec<i64> = all.iter().map(|v| v.id).collect();
    let ty = visit.registry().get("product")?;
    let mut records = HashMap::new();
    for chunk in ids.chunks(500) {
        records.extend(
            read::find_many(&visit.ctx, visit.db(), ty, chunk)
                .await?
                .into_iter()
                .map(|r| (r.id, r)),
        );
    }
    let make = visit.may("product.create") && !axes.is_empty() && product.archived_at.is_none();
    let actions = html! {
        @if make {
            form method="post" action={ "/products/" (product.id) "/make-variants" } {
                (ui::hidden("csrf", &visit.csrf))
                (ui::btn(loc.t("product-variants-make")).icon("plus").small().submit())
            }
        }
    };
    let body = if all.is_empty() {
        ui::empty(
            "table",
            &loc.t("product-variants-none"),
            &loc.t("product-variants-none-text"),
            html! {},
        )
    } else if let [rows, columns] = axes.as_slice() {
        matrix(visit, rows, columns, &all, &records)
    } else {
        plain(visit, &axes, &all, &records)
    };
    Ok(html! {
        (ui::card(loc.t("product-tab-variants")).note(loc.t("product-variants-note")).actions(actions).flush(body))
        (ui::card(loc.t("product_axis-many")).note(loc.t("product-axes-note")).flush(sheet))
    })
}

fn one(visit: &Visit, variant: &Variant, records: &HashMap<i64, Record>) -> Markup {
    let Some(record) = records.get(&variant.id) else {
        return html! { "—" };
    };
    let currency = Currency::parse(record.text("currency")).unwrap_or(visit.house.currency);
    html! {
        a.link.mono.sm href={ "/products/" (variant.id) } { (record.text("sku")) }
        @if let Some(price) = record.int("price") { div.sm { (ui::money_full(&visit.loc, price, currency)) } }
    }
}

/// Two axes: one down, one across.
fn matrix(visit: &Visit, rows: &Axis, columns: &Axis, all: &[Variant], records: &HashMap<i64, Record>) -> Markup {
    let at = |r: &str, c: &str| {
        all.iter()
            .find(|v| matches!(v.values.as_slice(), [Some(a), Some(b)] if a == r && b == c))
    };
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (rows.title(visit.latin)) " / " (columns.title(visit.latin)) }
                @for c in &columns.choices { th scope="col" { (c) } }
            } }
            tbody {
                @for r in &rows.choices {
                    tr {
                        th scope="row" { (r) }
                        @for c in &columns.choices { td { @match at(r, c) { Some(v) => (one(visit, v, records)), None => span.dim { "—" } } } }
                    }
                }
            }
        }
    }
}

fn plain(visit: &Visit, axes: &[Axis], all: &[Variant], records: &HashMap<i64, Record>) -> Markup {
    html! {
        table.tbl.plain {
            thead { tr {
                @for a in axes { th scope="col" { (a.title(visit.latin)) } }
                th scope="col" { (visit.loc.t("product-sku")) }
            } }
            tbody data-rows {
                @for v in all {
                    tr {
                        @for value in &v.values { td { (value.as_deref().unwrap_or("—")) } }
                        td { (one(visit, v, records)) }
                    }
                }
            }
        }
    }
}

/// `POST /products/{id}/make-variants`: makes those that are missing.
pub(crate) async fn make(visit: Visit, Path(id): Path<i64>) -> Answer {
    let n = made(&visit, id).await?;
    let words = visit.loc.tv("product-variants-made", &[("n", n.into())]);
    go_saying(&visit, &format!("/products/{id}/variants"), &words, None)
}

/// Makes them; how many.
pub(crate) async fn made(visit: &Visit, id: i64) -> Result<usize> {
    let ty = visit.registry().get("product")?.clone();
    let tx = visit.ctx.begin().await?;
    let template = read::need(&visit.ctx, &tx, &ty, id).await?;
    if template.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let n = variants::make(&visit.ctx, &tx, &template).await?;
    tx.commit().await?;
    Ok(n)
}
