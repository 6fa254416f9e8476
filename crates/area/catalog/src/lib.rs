//! Products and their categories: what is sold, at which price, and what it costs.

mod costs;
mod hooks;
mod rules;
mod schema;

use zhike_web::{Area, NavItem, Place, Tab};

/// The area's door.
pub fn area() -> Area {
    Area {
        name: "catalog",
        types: schema::types(),
        migrations: schema::MIGRATIONS.to_vec(),
        tabs: vec![
            Tab::new("product", "costs", Place::Tab, 40, "product.view", |visit, product| {
                Box::pin(costs::tab(visit, product))
            }),
            Tab::new(
                "category",
                "products",
                Place::Tab,
                10,
                "product.view",
                |visit, category| Box::pin(costs::products(visit, category)),
            ),
        ],
        nav: vec![NavItem {
            key: "product",
            icon: "package",
            path: "/products",
            section: "sales",
            permission: "product.view",
            order: 40,
        }],
        texts: vec![
            ("en", include_str!("../i18n/en/catalog.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/catalog.ftl")),
        ],
        ..Area::default()
    }
}
