//! Units, tax classes, bundles and the axes of variants.

use super::latin;
use crate::hooks::parts::{AxisHooks, PartHooks, RateHooks, UnitHooks};
use std::sync::Arc;
use zhike_store::{Field, FieldKind, RecordType, Search};

fn of_product() -> Field {
    Field::new("product_id", FieldKind::Ref("product"))
        .required()
        .unsorted()
        .aliases(&["product", "sku", "product code", "产品", "产品编码", "货号"])
}

/// A type that hangs on a product and has no pages of its own.
fn child(name: &'static str, table: &'static str, path: &'static str, code: i64, fields: Vec<Field>) -> RecordType {
    RecordType {
        parent: Some(("product", "product_id")),
        pages: false,
        ..RecordType::new(name, table, path, code, fields)
    }
}

pub(crate) fn product_unit() -> RecordType {
    let fields = vec![
        Field::new("unit", FieldKind::Text)
            .required()
            .unsorted()
            .aliases(&["unit", "单位"]),
        of_product(),
        Field::new("factor", FieldKind::Quantity)
            .required()
            .unsorted()
            .aliases(&["factor", "contains", "换算", "含"]),
    ];
    RecordType {
        icon: "packages",
        hooks: Arc::new(UnitHooks),
        ..child("product_unit", "catalog_unit", "/product-units", 32, fields)
    }
}

pub(crate) fn tax_class() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["tax class", "税类"]),
        latin(),
        Field::new("code", FieldKind::Text)
            .unique()
            .column()
            .search(Search::Code),
    ];
    RecordType {
        icon: "percentage",
        subtitle: Some("code"),
        order: ("name", false),
        lines: Some("tax_class_rate"),
        ..RecordType::new("tax_class", "catalog_tax_class", "/tax-classes", 33, fields)
    }
}

pub(crate) fn tax_class_rate() -> RecordType {
    let fields = vec![
        Field::new("class_id", FieldKind::Ref("tax_class"))
            .required()
            .unsorted(),
        Field::new("from_on", FieldKind::Date).required().unsorted(),
        Field::new("rate", FieldKind::Rate).required().unsorted(),
    ];
    RecordType {
        icon: "percentage",
        title: "from_on",
        parent: Some(("tax_class", "class_id")),
        pages: false,
        hooks: Arc::new(RateHooks),
        ..RecordType::new("tax_class_rate", "catalog_tax_rate", "/tax-class-rates", 34, fields)
    }
}

pub(crate) fn bundle_part() -> RecordType {
    let fields = vec![
        of_product(),
        Field::new("part_id", FieldKind::Ref("product"))
            .required()
            .unsorted()
            .aliases(&["part", "部件", "组成产品"]),
        Field::new("quantity", FieldKind::Quantity)
            .required()
            .default("1")
            .unsorted()
            .aliases(&["quantity", "数量"]),
        Field::new("note", FieldKind::Text)
            .unsorted()
            .aliases(&["note", "备注"]),
    ];
    RecordType {
        icon: "packages",
        title: "note",
        hooks: Arc::new(PartHooks),
        ..child("bundle_part", "catalog_bundle_part", "/bundle-parts", 38, fields)
    }
}

pub(crate) fn product_axis() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text).required().unsorted(),
        Field::new("name_latin", FieldKind::Text).unsorted(),
        of_product(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("choices", FieldKind::Long).required(),
    ];
    RecordType {
        icon: "table",
        title: "name",
        hooks: Arc::new(AxisHooks),
        ..child("product_axis", "catalog_axis", "/product-axes", 39, fields)
    }
}
