//! The stock: what lies where, what is reserved, what is expected, and when goods can leave. A ledger of movements is the
//! truth; levels and totals are its sums.

mod hooks;
mod ledger;
mod page;
mod port;
mod promise;
mod schema;
mod settle;
mod share;
mod veto;
mod waiting;

use std::sync::Arc;
use zhike_contract::{Levels, Stock, Supplies};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Place, Routes, Tab};

/// Goods of an order were reserved, released, issued or taken back.
pub(crate) const MOVED: &str = "order.stock_moved.v1";

/// The stock, for areas that sell from it.
pub fn port() -> Arc<dyn Stock> {
    Arc::new(port::Port)
}

/// What can be delivered, for the forecast.
pub fn supplies() -> Arc<dyn Supplies> {
    Arc::new(port::Port)
}

/// Counted stock, for areas that bring it in.
pub fn levels() -> Arc<dyn Levels> {
    Arc::new(port::Port)
}

/// The area's door.
pub fn area() -> Area {
    let nav = |key, icon, path, permission, order| NavItem {
        key,
        icon,
        path,
        section: "sales",
        permission,
        order,
    };
    Area {
        name: "stock",
        types: schema::types(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: Routes::new()
            .post("/products/{id}/stock/keep", "stock_item.create", page::keep)
            .post("/products/{id}/stock/move", "stock_move.create", page::book)
            .get("/api/v1/products/{id}/stock", "stock_item.view", page::tell),
        tabs: vec![
            Tab::new(
                "product",
                "stock",
                Place::Tab,
                11,
                "stock_item.view",
                |visit, product| Box::pin(page::tab(visit, product)),
            ),
            Tab::new(
                "stock_item",
                "stock",
                Place::Tab,
                10,
                "stock_item.view",
                |visit, item| Box::pin(page::of_item(visit, item)),
            ),
            Tab::new(
                "warehouse",
                "stock",
                Place::Tab,
                10,
                "stock_item.view",
                |visit, place| Box::pin(page::of_place(visit, place)),
            ),
        ],
        nav: vec![
            nav("stock_item", "packages", "/stock", "stock_item.view", 44),
            nav("incoming", "inbox", "/incoming", "incoming.view", 45),
            nav("warehouse", "building-store", "/warehouses", "warehouse.view", 46),
        ],
        events: vec![EventKind {
            name: MOVED.to_owned(),
            reason: "read on the timeline and in the audit; the ledger keeps the movements",
        }],
        vetoes: vec![("product", Arc::new(veto::OfProduct))],
        texts: vec![
            ("en", include_str!("../i18n/en/stock.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/stock.ftl")),
        ],
        ..Area::default()
    }
}
