//! Lines and people of a deal as record types, and their tables.

use super::hooks::{LineHooks, PersonHooks};
use std::sync::Arc;
use zhike_store::{Field, FieldKind, Migration, RecordType, Scope};

/// What a person has to do with the deal.
pub(crate) const ROLES: &[&str] = &["decides", "influences", "buys", "uses", "checks"];
/// Where a person stands.
pub(crate) const STANCES: &[&str] = &["for", "neutral", "against", "unknown"];

/// The step.
pub(crate) const STEP: Migration = Migration {
    name: "sales_0003_deal",
    up: &[
        "ALTER TABLE sales_stage ADD COLUMN needs TEXT",
        "ALTER TABLE sales_stage ADD COLUMN limit_days BIGINT",
        "CREATE TABLE sales_deal_line (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         deal_id BIGINT NOT NULL REFERENCES sales_deal (id) ON DELETE CASCADE, position BIGINT, product_id BIGINT, description TEXT, \
         quantity BIGINT NOT NULL, unit_price BIGINT NOT NULL, amount BIGINT NOT NULL, currency TEXT)",
        "CREATE INDEX sales_deal_line_deal ON sales_deal_line (deal_id, position, id)",
        "CREATE INDEX sales_deal_line_product ON sales_deal_line (product_id)",
        "CREATE INDEX sales_deal_line_updated ON sales_deal_line (updated_at, id)",
        "CREATE TABLE sales_deal_person (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         deal_id BIGINT NOT NULL REFERENCES sales_deal (id) ON DELETE CASCADE, party_id BIGINT NOT NULL, role TEXT, stance TEXT, note TEXT)",
        "CREATE INDEX sales_deal_person_deal ON sales_deal_person (deal_id, id)",
        "CREATE INDEX sales_deal_person_party ON sales_deal_person (party_id)",
        "CREATE INDEX sales_deal_person_updated ON sales_deal_person (updated_at, id)",
    ],
};

/// Both types.
pub(crate) fn types() -> Vec<RecordType> {
    let money = FieldKind::Money {
        currency: Some("currency"),
    };
    let line = vec![
        Field::new("deal_id", FieldKind::Ref("deal")).required().unsorted(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("product_id", FieldKind::Ref("product")).unsorted(),
        Field::new("description", FieldKind::Text).unsorted(),
        Field::new("quantity", FieldKind::Quantity)
            .required()
            .default("1")
            .unsorted(),
        Field::new("unit_price", money).unsorted(),
        Field::new("amount", money).computed().unsorted(),
        Field::new("currency", FieldKind::Currency).computed().unsorted(),
    ];
    let person = vec![
        Field::new("deal_id", FieldKind::Ref("deal")).required().unsorted(),
        Field::new("party_id", FieldKind::Ref("party")).required().unsorted(),
        Field::new("role", FieldKind::Choice(ROLES)).unsorted(),
        Field::new("stance", FieldKind::Choice(STANCES))
            .default("unknown")
            .unsorted(),
        Field::new("note", FieldKind::Text).unsorted(),
    ];
    let below = |ty: RecordType| RecordType {
        scope: Scope::Parent("deal", "deal_id"),
        parent: Some(("deal", "deal_id")),
        pages: false,
        ..ty
    };
    vec![
        below(RecordType {
            icon: "list-details",
            title: "description",
            hooks: Arc::new(LineHooks),
            ..RecordType::new("deal_line", "sales_deal_line", "/deal-lines", 28, line)
        }),
        below(RecordType {
            icon: "users",
            title: "note",
            hooks: Arc::new(PersonHooks),
            ..RecordType::new("deal_person", "sales_deal_person", "/deal-people", 29, person)
        }),
    ]
}
