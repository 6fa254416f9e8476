//! The table of holdings with the next products, and the record type of what was put before somebody.

use zhike_kernel::Filter;
use zhike_store::{BuiltIn, Extension, Field, FieldKind, Migration, RecordType, Scope, Search};

/// Where something was put before somebody: on the customer's page, on an order, on a deal, by a program.
pub const PLACES: &[&str] = &["party", "order", "deal", "program"];
/// What came of it.
pub const STATUSES: &[&str] = &["open", "ordered", "declined", "lapsed"];

/// One row a customer: what it holds and what comes next. One row for each product put before a customer, while it is open.
pub const STEP: Migration = Migration {
    name: "insight_0005",
    up: &[
        "CREATE TABLE insight_holding (party_id BIGINT PRIMARY KEY, products_held BIGINT NOT NULL, categories_held BIGINT NOT NULL, \
         next_product_id BIGINT, offers TEXT NOT NULL, run_id BIGINT NOT NULL)",
        "CREATE INDEX insight_holding_products ON insight_holding (products_held, party_id)",
        "CREATE INDEX insight_holding_categories ON insight_holding (categories_held, party_id)",
        "CREATE INDEX insight_holding_next ON insight_holding (next_product_id, party_id)",
        "CREATE TABLE insight_suggestion (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, product_id BIGINT NOT NULL, status TEXT NOT NULL, \
         place TEXT NOT NULL, rank BIGINT NOT NULL, shown_on TEXT NOT NULL, shown_by_id BIGINT, ended_on TEXT, order_id BIGINT, note TEXT)",
        "CREATE UNIQUE INDEX insight_suggestion_open ON insight_suggestion (party_id, product_id) WHERE status = 'open' AND archived_at IS NULL",
        "CREATE INDEX insight_suggestion_party ON insight_suggestion (party_id, id)",
        "CREATE INDEX insight_suggestion_status ON insight_suggestion (status, id)",
        "CREATE INDEX insight_suggestion_updated ON insight_suggestion (updated_at, id)",
        "CREATE INDEX insight_suggestion_created ON insight_suggestion (created_at, id)",
        "CREATE INDEX insight_suggestion_number ON insight_suggestion (number, id)",
        "CREATE INDEX insight_suggestion_shown ON insight_suggestion (shown_on, id)",
        "CREATE INDEX insight_suggestion_ended ON insight_suggestion (ended_on, id)",
    ],
};

/// The columns on every party.
pub fn extension() -> Extension {
    Extension {
        of: "party",
        table: "insight_holding",
        key: "party_id",
        fields: vec![
            Field::new("products_held", FieldKind::Int).computed(),
            Field::new("categories_held", FieldKind::Int).computed(),
            Field::new("next_product_id", FieldKind::Ref("product"))
                .computed()
                .unsorted(),
        ],
    }
}

/// The record type. It is on nobody's timeline: looking at a customer is no event of the customer's.
pub fn suggestion() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .computed()
            .column()
            .unsorted(),
        Field::new("product_id", FieldKind::Ref("product"))
            .required()
            .computed()
            .column()
            .unsorted(),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .default("open")
            .column()
            .unsorted(),
        Field::new("shown_on", FieldKind::Date).computed().column(),
        Field::new("shown_by_id", FieldKind::User)
            .computed()
            .column()
            .unsorted(),
        Field::new("place", FieldKind::Choice(PLACES))
            .computed()
            .column()
            .unsorted(),
        Field::new("rank", FieldKind::Int).computed().column().unsorted(),
        Field::new("ended_on", FieldKind::Date).computed(),
        Field::new("order_id", FieldKind::Ref("order")).computed().unsorted(),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "bulb",
        title: "number",
        subtitle: Some("shown_on"),
        number: Some(("suggestion", "TJ-")),
        scope: Scope::Party("party_id"),
        order: ("shown_on", true),
        views: vec![
            BuiltIn::new("open", Filter::is("status", "open")),
            BuiltIn::new("ordered", Filter::is("status", "ordered")),
            BuiltIn::new("declined", Filter::is("status", "declined")),
        ],
        ..RecordType::new("suggestion", "insight_suggestion", "/suggestions", 140, fields)
    }
}
