//! Tabs with grids: entries of a price book, rates of a tax class, units, bundles and options of a product.

use crate::{config::Config, grid, pages::try_price};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds};
use zhike_web::{Visit, ui};

/// Tab `entries` of a price book.
pub(crate) async fn entries(visit: &Visit, book: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let file = format!("/api/v1/price-entries/export?format=csv&book_id={}", book.id);
    let actions = html! {
        @if visit.may("price_entry.export") { (ui::btn(loc.t("price-entries-export")).icon("download").small().ghost().href(file)) }
        @if visit.may("price_entry.import") { (ui::btn(loc.t("price-entries-import")).icon("upload").small().ghost().href("/imports/new?type=price_entry")) }
    };
    let rows = grid::draw(visit, "price_entry", book.id).await?;
    Ok(html! {
        (ui::card(loc.t("price_book-tab-entries")).note(loc.t("price-entries-note")).actions(actions).flush(rows))
        (ui::callout(ui::Tone::Quiet, loc.t("price-order-text")))
        (try_price::card(visit))
    })
}

/// Tab `rates` of a tax class.
pub(crate) async fn rates(visit: &Visit, class: &Record) -> Result<Markup> {
    let rows = grid::draw(visit, "tax_class_rate", class.id).await?;
    let loc = &visit.loc;
    Ok(html! { (ui::card(loc.t("tax_class-tab-rates")).note(loc.t("tax-rates-note")).flush(rows)) })
}

/// Tab `units` of a product: its units, and what it is made of when it is a bundle.
pub(crate) async fn units(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let units = grid::draw(visit, "product_unit", product.id).await?;
    let parts = grid::draw(visit, "bundle_part", product.id).await?;
    let base = product.text("unit");
    let note = if base.is_empty() {
        loc.t("product-units-no-base")
    } else {
        loc.tv("product-units-note", &[("unit", loc.unit(base).into())])
    };
    let period = product.text("recurring");
    Ok(html! {
        (ui::card(loc.t("product_unit-many")).note(note).flush(units))
        (ui::card(loc.t("bundle_part-many")).note(loc.t("product-bundle-note")).flush(parts))
        @if !period.is_empty() {
            (ui::callout(ui::Tone::Info, loc.tv("product-plan-note", &[
                ("period", loc.t(&format!("product-recurring-{period}")).into()),
                ("months", product.int("term_months").unwrap_or(0).into()),
            ])))
        }
    })
}

/// Tab `options` of a product.
pub(crate) async fn options(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if product.get("configurable").truth() != Some(true) {
        return Ok(ui::empty(
            "adjustments",
            &loc.t("product-options-none"),
            &loc.t("product-options-none-text"),
            html! {},
        ));
    }
    let groups = grid::draw(visit, "option_group", product.id).await?;
    let rules = grid::draw(visit, "option_rule", product.id).await?;
    let sql = "SELECT id FROM catalog_option_group WHERE product_id = $1 AND archived_at IS NULL ORDER BY position IS NULL, position, id";
    let mut sheets = vec![];
    let config = Config::load(visit.db(), product.id).await?;
    for row in visit.db().all(sql, binds![product.id]).await? {
        let id = row.int(0)?;
        let name = config
            .groups
            .iter()
            .find(|g| g.id == id)
            .map_or("", |g| crate::config::title(&g.name, g.latin.as_deref(), visit.latin));
        sheets.push((name.to_owned(), grid::draw(visit, "product_option", id).await?));
    }
    let presets = config.presets();
    let wrong = config.complaints(&presets);
    let open = ui::btn(loc.t("product-configure")).icon("adjustments").small();
    let open = open.href(format!("/products/{}/configurator", product.id));
    Ok(html! {
        @if !config.options.is_empty() && !wrong.is_empty() {
            (ui::callout(ui::Tone::Warn, html! {
                span.line { (loc.t("product-presets-wrong")) }
                @for e in &wrong { span.line { (loc.field_error(e)) } }
            }))
        }
        (ui::card(loc.t("option_group-many")).note(loc.t("option-groups-note")).actions(html! { (open) }).flush(groups))
        @for (name, sheet) in &sheets { (ui::card(name.clone()).flush(sheet.clone())) }
        (ui::card(loc.t("option_rule-many")).note(loc.t("option-rules-note")).flush(rules))
    })
}
