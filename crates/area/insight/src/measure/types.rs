//! The record type of measures and its table.

use super::hooks::MeasureHooks;
use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// What is decided about a customer.
pub const DECISIONS: &[&str] = &["keep", "convert", "let_go"];
/// By which means.
pub const ACTIONS: &[&str] = &[
    "care",
    "price",
    "minimum_order",
    "self_service",
    "terms",
    "returns",
    "channel",
    "other",
];
/// Where it stands.
pub const STATUSES: &[&str] = &["planned", "done", "dropped"];

/// The table. Amounts are minor units of the house's currency, `others` parts per million.
pub const STEP: Migration = Migration {
    name: "insight_measure_0001",
    up: &[
        "CREATE TABLE insight_measure (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, decision TEXT NOT NULL, action TEXT NOT NULL, \
         description TEXT, owner_id BIGINT, due_on TEXT NOT NULL, status TEXT NOT NULL, done_on TEXT, task_id BIGINT, \
         profit_before BIGINT, profit_after BIGINT, change BIGINT, others BIGINT, measured_days BIGINT, measured_on TEXT)",
        "CREATE INDEX insight_measure_updated ON insight_measure (updated_at, id)",
        "CREATE INDEX insight_measure_created ON insight_measure (created_at, id)",
        "CREATE INDEX insight_measure_number ON insight_measure (number, id)",
        "CREATE INDEX insight_measure_party ON insight_measure (party_id, id)",
        "CREATE INDEX insight_measure_due ON insight_measure (due_on, id)",
        "CREATE INDEX insight_measure_done ON insight_measure (done_on, id)",
        "CREATE INDEX insight_measure_change ON insight_measure (change, id)",
        "CREATE INDEX insight_measure_status ON insight_measure (status, due_on, id)",
    ],
};

/// The record type.
pub fn measure(tasks: &Arc<dyn Tasks>) -> RecordType {
    let money = FieldKind::Money { currency: None };
    let result = |name, kind| Field::new(name, kind).computed().unsorted().group("result");
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted(),
        Field::new("decision", FieldKind::Choice(DECISIONS))
            .required()
            .column()
            .unsorted(),
        Field::new("action", FieldKind::Choice(ACTIONS))
            .required()
            .column()
            .unsorted(),
        Field::new("description", FieldKind::Long),
        Field::new("owner_id", FieldKind::User).column().unsorted(),
        Field::new("due_on", FieldKind::Date).required().column(),
        Field::new("status", FieldKind::Choice(STATUSES))
            .default("planned")
            .column()
            .unsorted(),
        Field::new("done_on", FieldKind::Date),
        Field::new("task_id", FieldKind::Ref("task")).computed().unsorted(),
        result("profit_before", money).needs("profit.view"),
        result("profit_after", money).needs("profit.view"),
        Field::new("change", money)
            .computed()
            .column()
            .group("result")
            .needs("profit.view"),
        result("others", FieldKind::Rate).needs("profit.view"),
        result("measured_days", FieldKind::Int),
        result("measured_on", FieldKind::Date),
    ];
    let planned = || Filter::is("status", "planned");
    RecordType {
        icon: "target-arrow",
        title: "number",
        subtitle: Some("action"),
        number: Some(("measure", "MS-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("due_on", false),
        views: vec![
            BuiltIn::new("planned", planned()).sort("due_on", false),
            BuiltIn::new("mine", planned().and(Filter::is("owner_id", "me"))).sort("due_on", false),
            BuiltIn::new("late", planned().and(Filter::field("due_on", Op::Lt, "today"))).sort("due_on", false),
            BuiltIn::new("done", Filter::is("status", "done")).sort("done_on", true),
        ],
        hooks: Arc::new(MeasureHooks(tasks.clone())),
        ..RecordType::new("measure", "insight_measure", "/measures", 160, fields)
    }
}
