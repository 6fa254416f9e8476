//! Price books and their entries.

use super::{MONEY, latin};
use crate::hooks::price::{BookHooks, EntryHooks};
use std::sync::Arc;
use zhike_store::{Field, FieldKind, RecordType, Search};

/// Tiers of customers, as the value analysis gives them.
pub(crate) const TIERS: &[&str] = &["gold", "regular", "low"];

pub(crate) fn price_book() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["price book", "价目表"]),
        latin(),
        Field::new("code", FieldKind::Text)
            .unique()
            .column()
            .search(Search::Code)
            .aliases(&["price book code", "价目表编码"]),
        Field::new("currency", FieldKind::Currency).column().unsorted(),
        Field::new("priority", FieldKind::Int).default("0").column().unsorted(),
        Field::new("active", FieldKind::Bool).default("yes").unsorted(),
        Field::new("party_id", FieldKind::Ref("party"))
            .column()
            .unsorted()
            .group("whom"),
        Field::new("tier", FieldKind::Choice(TIERS))
            .column()
            .unsorted()
            .group("whom"),
        Field::new("channel", FieldKind::Text).column().unsorted().group("whom"),
        Field::new("from_on", FieldKind::Date).column().unsorted().group("days"),
        Field::new("until_on", FieldKind::Date)
            .column()
            .unsorted()
            .group("days"),
    ];
    RecordType {
        icon: "tag",
        title: "name",
        subtitle: Some("code"),
        order: ("name", false),
        lines: Some("price_entry"),
        hooks: Arc::new(BookHooks),
        ..RecordType::new("price_book", "catalog_price_book", "/price-books", 30, fields)
    }
}

pub(crate) fn price_entry() -> RecordType {
    let fields = vec![
        Field::new("book_id", FieldKind::Ref("price_book"))
            .required()
            .unsorted()
            .aliases(&["price book", "价目表"]),
        Field::new("product_id", FieldKind::Ref("product"))
            .required()
            .unsorted()
            .aliases(&["product", "sku", "product code", "产品", "产品编码", "货号"]),
        Field::new("from_quantity", FieldKind::Quantity)
            .default("0")
            .unsorted()
            .aliases(&["from quantity", "minimum quantity", "起订量", "数量起"]),
        Field::new("price", MONEY)
            .unsorted()
            .aliases(&["price", "unit price", "价格", "单价"]),
        Field::new("discount_rate", FieldKind::Rate).unsorted().aliases(&[
            "discount",
            "discount rate",
            "折扣",
            "折扣率",
        ]),
        Field::new("from_on", FieldKind::Date)
            .unsorted()
            .aliases(&["from", "valid from", "起始日"]),
        Field::new("until_on", FieldKind::Date)
            .unsorted()
            .aliases(&["until", "valid until", "截止日"]),
        Field::new("note", FieldKind::Text)
            .unsorted()
            .aliases(&["note", "备注"]),
        Field::new("currency", FieldKind::Currency).computed().unsorted(),
    ];
    RecordType {
        icon: "tag",
        title: "note",
        parent: Some(("price_book", "book_id")),
        pages: false,
        hooks: Arc::new(EntryHooks),
        ..RecordType::new("price_entry", "catalog_price_entry", "/price-entries", 31, fields)
    }
}
