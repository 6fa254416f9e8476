//! The record types: incident, improvement, article.

use super::{article::ArticleHooks, improvement::ImprovementHooks, incident::IncidentHooks};
use std::sync::Arc;
use zhike_kernel::Filter;
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Search};

const AMOUNT: FieldKind = FieldKind::Money { currency: None };
/// By what right the affected are told.
pub(crate) const CLASSES: &[&str] = &["service", "contract", "safety", "law"];

fn named() -> Vec<Field> {
    vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("name", FieldKind::Text).required().search(Search::Name),
        Field::new("name_latin", FieldKind::Text)
            .unsorted()
            .search(Search::Name),
    ]
}
fn product() -> Field {
    Field::new("product_id", FieldKind::Ref("product")).unsorted().column()
}
fn long(name: &'static str) -> Field {
    Field::new(name, FieldKind::Long)
}

/// See the module's text.
pub(crate) fn types() -> Vec<RecordType> {
    let with = |more: Vec<Field>| [named(), more].concat();
    let computed = |name, kind| Field::new(name, kind).computed().unsorted();
    let incident = RecordType {
        icon: "alert-triangle",
        title: "name",
        subtitle: Some("number"),
        number: Some(("incident", "IN-")),
        views: vec![
            BuiltIn::new("open", Filter::None(Box::new(Filter::is("status", "closed")))),
            BuiltIn::new("closed", Filter::is("status", "closed")),
        ],
        hooks: Arc::new(IncidentHooks),
        ..RecordType::new(
            "incident",
            "service_incident",
            "/incidents",
            91,
            with(vec![
                Field::new("status", FieldKind::Choice(&["open", "told", "closed"]))
                    .computed()
                    .unsorted()
                    .column(),
                product(),
                Field::new("batch", FieldKind::Text)
                    .unsorted()
                    .column()
                    .search(Search::Code),
                Field::new("from_on", FieldKind::Date).unsorted(),
                Field::new("until_on", FieldKind::Date).unsorted(),
                Field::new("class", FieldKind::Choice(CLASSES))
                    .required()
                    .default("service")
                    .unsorted(),
                Field::new("owner_id", FieldKind::User).unsorted().column(),
                Field::new("remedy_id", FieldKind::Ref("remedy")).unsorted(),
                long("letter").group("letter"),
                long("letter_latin").group("letter"),
                computed("hit", FieldKind::Int).column(),
                computed("told", FieldKind::Int).column(),
                long("note"),
            ]),
        )
    };
    let improvement = RecordType {
        icon: "bulb",
        title: "name",
        subtitle: Some("number"),
        number: Some(("improvement", "IM-")),
        order: ("asked", true),
        hooks: Arc::new(ImprovementHooks),
        ..RecordType::new(
            "improvement",
            "service_improvement",
            "/improvements",
            92,
            with(vec![
                Field::new("status", FieldKind::Choice(&["open", "planned", "shipped", "rejected"]))
                    .required()
                    .default("open")
                    .unsorted()
                    .column(),
                product(),
                Field::new("owner_id", FieldKind::User).unsorted().column(),
                long("description"),
                Field::new("effort", AMOUNT).unsorted(),
                long("decision"),
                long("answer").group("answer"),
                long("answer_latin").group("answer"),
                Field::new("asked", FieldKind::Int).computed().column(),
                computed("worth", AMOUNT).column(),
                computed("cost", AMOUNT),
                computed("shipped_on", FieldKind::Date),
            ]),
        )
    };
    let article = RecordType {
        icon: "file-text",
        title: "name",
        subtitle: Some("number"),
        number: Some(("article", "KB-")),
        order: ("used", true),
        views: vec![
            BuiltIn::new("published", Filter::is("status", "published")),
            BuiltIn::new("draft", Filter::is("status", "draft")),
        ],
        hooks: Arc::new(ArticleHooks),
        ..RecordType::new(
            "article",
            "service_article",
            "/articles",
            93,
            with(vec![
                Field::new("status", FieldKind::Choice(&["draft", "published"]))
                    .required()
                    .default("draft")
                    .unsorted()
                    .column(),
                Field::new("open", FieldKind::Bool)
                    .required()
                    .default("no")
                    .unsorted()
                    .column(),
                product(),
                Field::new("cause_id", FieldKind::Ref("case_cause")).unsorted(),
                long("body").required(),
                long("body_latin"),
                computed("case_id", FieldKind::Ref("case")),
                Field::new("used", FieldKind::Int).computed().column(),
            ]),
        )
    };
    vec![incident, improvement, article]
}
