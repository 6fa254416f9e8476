//! Products and their categories: what is sold, at which price and why, in which units, variants and configurations, and
//! what it costs.

mod config;
pub mod configure;
mod costs;
mod grid;
mod hooks;
mod pages;
mod price;
mod rules;
mod schema;
mod tables;
mod types;
mod variants;

use axum::extract::Path;
use pages::{api, configurator, editors, try_price};
use std::sync::Arc;
use zhike_contract::Pricing;
use zhike_kernel::Result;
use zhike_store::{Ctx, Record, Tx};
use zhike_web::{Area, Form, NavItem, Place, Routes, Tab, Visit};

/// What other areas ask about prices.
pub fn pricing() -> Arc<dyn Pricing> {
    Arc::new(price::port::Prices)
}

/// Makes the variants of a template that are missing; how many.
pub async fn make_variants(ctx: &Ctx, tx: &Tx, template: &Record) -> Result<usize> {
    variants::make(ctx, tx, template).await
}

/// The area's door.
pub fn area() -> Area {
    Area {
        name: "catalog",
        types: schema::types(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(),
        tabs: tabs(),
        nav: vec![
            NavItem {
                key: "product",
                icon: "package",
                path: "/products",
                section: "sales",
                permission: "product.view",
                order: 40,
            },
            NavItem {
                key: "price_book",
                icon: "tag",
                path: "/price-books",
                section: "sales",
                permission: "price_book.view",
                order: 41,
            },
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/catalog.ftl")),
            ("en", include_str!("../i18n/en/configure.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/catalog.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/configure.ftl")),
        ],
        ..Area::default()
    }
}

fn routes() -> Routes {
    Routes::new()
        .get("/prices", "price_book.view", try_price::page)
        .post("/prices/try", "price_book.view", try_price::answer)
        .post("/api/v1/prices", "price_book.view", api::prices)
        .get("/products/{id}/configurator", "product.view", configurator::page)
        .post("/products/{id}/configurator", "product.view", configurator::answer)
        .post("/products/{id}/configurator/save", "product.view", configurator::save)
        .post(
            "/api/v1/products/{id}/configuration",
            "product.view",
            api::configuration,
        )
        .post("/products/{id}/make-variants", "product.create", pages::variants::make)
        .post("/api/v1/products/{id}/variants", "product.create", api::variants)
        .post(
            "/grid/{type}/{parent}",
            "product.edit",
            |visit: Visit, Path((name, parent)): Path<(String, i64)>, Form(f): Form| {
                Box::pin(grid::save(visit, name, parent, None, f))
            },
        )
        .post(
            "/grid/{type}/{parent}/{row}",
            "product.edit",
            |visit: Visit, Path((name, parent, row)): Path<(String, i64, i64)>, Form(f): Form| {
                Box::pin(grid::save(visit, name, parent, Some(row), f))
            },
        )
}

fn tabs() -> Vec<Tab> {
    vec![
        Tab::new(
            "product",
            "options",
            Place::Tab,
            12,
            "product.view",
            |visit, product| Box::pin(editors::options(visit, product)),
        ),
        Tab::new(
            "product",
            "variants",
            Place::Tab,
            14,
            "product.view",
            |visit, product| Box::pin(pages::variants::tab(visit, product)),
        ),
        Tab::new("product", "units", Place::Tab, 16, "product.view", |visit, product| {
            Box::pin(editors::units(visit, product))
        }),
        Tab::new("product", "files", Place::Tab, 18, "product.view", |visit, product| {
            Box::pin(zhike_web::files::tab(visit, "product", product))
        }),
        Tab::new(
            "product",
            "gallery",
            Place::Head,
            10,
            "product.view",
            |visit, product| Box::pin(zhike_web::files::gallery(visit, "product", product)),
        ),
        Tab::new("product", "costs", Place::Tab, 40, "cost.view", |visit, product| {
            Box::pin(costs::tab(visit, product))
        }),
        Tab::new(
            "product",
            "configure",
            Place::Action,
            10,
            "product.view",
            |visit, product| Box::pin(async move { Ok(configurator::button(visit, product)) }),
        ),
        Tab::new(
            "category",
            "products",
            Place::Tab,
            10,
            "product.view",
            |visit, category| Box::pin(costs::products(visit, category)),
        ),
        Tab::new(
            "price_book",
            "entries",
            Place::Tab,
            10,
            "price_book.view",
            |visit, book| Box::pin(editors::entries(visit, book)),
        ),
        Tab::new(
            "tax_class",
            "rates",
            Place::Tab,
            10,
            "tax_class.view",
            |visit, class| Box::pin(editors::rates(visit, class)),
        ),
    ]
}
