//! What insight keeps: ratings by hand, the service a customer used, and the columns it adds to every party.

use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_store::{Extension, Field, FieldKind, RecordType, Scope};

/// The grades, best first.
pub const GRADES: &[&str] = &["A", "B", "C", "D"];
/// The tiers of value, best first.
pub const TIERS: &[&str] = &["gold", "regular", "low"];
/// What service costs are counted for.
pub const SERVICES: &[&str] = &["visit", "call", "complaint"];

/// An amount in the house's currency.
const AMOUNT: FieldKind = FieldKind::Money { currency: None };

/// The record types of this area.
pub fn types(tasks: &Arc<dyn Tasks>) -> Vec<RecordType> {
    vec![
        rating(),
        service_use(),
        crate::alarm::alarm(),
        crate::measure::measure(tasks),
        crate::offer::suggestion(),
    ]
}

fn rating() -> RecordType {
    let fields = vec![
        Field::new("party_id", FieldKind::Ref("party")).required().column(),
        Field::new("grade", FieldKind::Choice(GRADES)).required().column(),
        Field::new("rated_on", FieldKind::Date).required().column(),
        Field::new("user_id", FieldKind::User).column(),
        Field::new("note", FieldKind::Text).column(),
    ];
    RecordType {
        icon: "star",
        title: "grade",
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("rated_on", true),
        pages: false,
        hooks: Arc::new(crate::manual::RatingHooks),
        ..RecordType::new("rating", "insight_rating", "/ratings", 16, fields)
    }
}

fn service_use() -> RecordType {
    let fields = vec![
        Field::new("party_id", FieldKind::Ref("party")).required().column(),
        Field::new("used_on", FieldKind::Date).required().column(),
        Field::new("kind", FieldKind::Choice(SERVICES)).required().column(),
        Field::new("minutes", FieldKind::Int).column(),
        Field::new("note", FieldKind::Text).column(),
    ];
    RecordType {
        icon: "phone-call",
        title: "kind",
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("used_on", true),
        ..RecordType::new("service_use", "insight_service_use", "/service-uses", 17, fields)
    }
}

/// The columns of the last analysis on every party.
pub fn extension() -> Extension {
    Extension {
        of: "party",
        table: "insight_customer",
        key: "party_id",
        fields: vec![
            Field::new("tier", FieldKind::Choice(TIERS)).computed().column(),
            Field::new("grade", FieldKind::Choice(GRADES)).computed(),
            Field::new("manual_grade", FieldKind::Choice(GRADES)).computed(),
            Field::new("months", FieldKind::Text).series(),
            Field::new("revenue", AMOUNT).computed(),
            Field::new("profit", AMOUNT).computed().needs("profit.view"),
            Field::new("orders", FieldKind::Int).computed().unsorted(),
            Field::new("last_order_on", FieldKind::Date)
                .computed()
                .or_never()
                .pace("rhythm_days"),
            Field::new("rhythm_days", FieldKind::Int).computed().unsorted(),
            Field::new("silent_on", FieldKind::Date).computed(),
        ],
    }
}
