//! Groups, options and rules of a configurable product.

use super::MONEY;
use crate::hooks::options::{GroupHooks, OptionHooks, RuleHooks};
use std::sync::Arc;
use zhike_store::{Field, FieldKind, RecordType};

/// Kinds of rule.
pub(crate) const KINDS: &[&str] = &["requires", "excludes"];

pub(crate) fn option_group() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text).required().unsorted(),
        Field::new("name_latin", FieldKind::Text).unsorted(),
        Field::new("product_id", FieldKind::Ref("product"))
            .required()
            .unsorted(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("least", FieldKind::Int).default("1").unsorted(),
        Field::new("most", FieldKind::Int).default("1").unsorted(),
    ];
    RecordType {
        icon: "adjustments",
        title: "name",
        parent: Some(("product", "product_id")),
        pages: false,
        hooks: Arc::new(GroupHooks),
        ..RecordType::new("option_group", "catalog_option_group", "/option-groups", 35, fields)
    }
}

pub(crate) fn product_option() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text).required().unsorted(),
        Field::new("name_latin", FieldKind::Text).unsorted(),
        Field::new("group_id", FieldKind::Ref("option_group"))
            .required()
            .unsorted(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("code", FieldKind::Text).required().unsorted(),
        Field::new("preset", FieldKind::Bool).default("no").unsorted(),
        Field::new("price", MONEY).default("0").unsorted(),
        Field::new("cost", MONEY).unsorted().needs("cost.view"),
        Field::new("product_id", FieldKind::Ref("product"))
            .computed()
            .unsorted(),
        Field::new("currency", FieldKind::Currency).computed().unsorted(),
    ];
    RecordType {
        icon: "adjustments",
        title: "name",
        subtitle: Some("code"),
        parent: Some(("option_group", "group_id")),
        pages: false,
        hooks: Arc::new(OptionHooks),
        ..RecordType::new("product_option", "catalog_option", "/product-options", 36, fields)
    }
}

pub(crate) fn option_rule() -> RecordType {
    let fields = vec![
        Field::new("product_id", FieldKind::Ref("product"))
            .required()
            .unsorted(),
        Field::new("kind", FieldKind::Choice(KINDS))
            .default("requires")
            .unsorted(),
        Field::new("given", FieldKind::Text).required().unsorted(),
        Field::new("others", FieldKind::Text).unsorted(),
        Field::new("message", FieldKind::Text).unsorted(),
        Field::new("message_latin", FieldKind::Text).unsorted(),
    ];
    RecordType {
        icon: "scale",
        title: "message",
        parent: Some(("product", "product_id")),
        pages: false,
        hooks: Arc::new(RuleHooks),
        ..RecordType::new("option_rule", "catalog_option_rule", "/option-rules", 37, fields)
    }
}
