//! The record type of alarms and its table.

use zhike_kernel::Filter;
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// Where an alarm stands: open, or what came of it.
pub const STATUSES: &[&str] = &["open", "true_alarm", "false_alarm", "won_back"];
/// What came of it.
pub const OUTCOMES: [&str; 3] = ["true_alarm", "false_alarm", "won_back"];
/// Why it rang: a silence beyond the own rhythm, or a high risk of leaving by the model.
pub const CAUSES: &[&str] = &["silence", "churn"];
/// Who said so.
const JUDGES: &[&str] = &["person", "order", "time"];

/// An alarm for one silence of a customer is written once: the last order is part of what makes it the same.
pub const STEP: Migration = Migration {
    name: "insight_0004",
    up: &[
        "CREATE TABLE insight_alarm (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, status TEXT NOT NULL, raised_on TEXT NOT NULL, \
         last_order_on TEXT NOT NULL, silence_days BIGINT NOT NULL, limit_days BIGINT NOT NULL, p_alive BIGINT, at_stake BIGINT, \
         assignee_id BIGINT, task_id BIGINT, judged_on TEXT, judged_by TEXT, ordered_on TEXT, note TEXT)",
        "CREATE UNIQUE INDEX insight_alarm_silence ON insight_alarm (party_id, last_order_on)",
        "CREATE INDEX insight_alarm_updated ON insight_alarm (updated_at, id)",
        "CREATE INDEX insight_alarm_created ON insight_alarm (created_at, id)",
        "CREATE INDEX insight_alarm_number ON insight_alarm (number, id)",
        "CREATE INDEX insight_alarm_raised ON insight_alarm (raised_on, id)",
        "CREATE INDEX insight_alarm_stake ON insight_alarm (at_stake, id)",
        "CREATE INDEX insight_alarm_judged ON insight_alarm (judged_on, id)",
        "CREATE INDEX insight_alarm_status ON insight_alarm (status, at_stake, id)",
    ],
};

/// Why an alarm rang, and for those of the model what it said on that day.
pub const CAUSE: Migration = Migration {
    name: "insight_alarm_cause",
    up: &[
        "ALTER TABLE insight_alarm ADD COLUMN cause TEXT NOT NULL DEFAULT 'silence'",
        "ALTER TABLE insight_alarm ADD COLUMN risk BIGINT",
        "ALTER TABLE insight_alarm ADD COLUMN reasons TEXT",
    ],
};

/// The record type.
pub fn alarm() -> RecordType {
    let money = FieldKind::Money { currency: None };
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .computed()
            .column()
            .unsorted(),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .default("open")
            .column()
            .unsorted(),
        Field::new("cause", FieldKind::Choice(CAUSES))
            .computed()
            .default("silence")
            .column()
            .unsorted(),
        Field::new("raised_on", FieldKind::Date).computed().column(),
        Field::new("at_stake", money).computed().column().needs("profit.view"),
        Field::new("p_alive", FieldKind::Rate).computed().column().unsorted(),
        Field::new("risk", FieldKind::Rate).computed().unsorted(),
        Field::new("silence_days", FieldKind::Int)
            .computed()
            .column()
            .unsorted(),
        Field::new("limit_days", FieldKind::Int).computed().column().unsorted(),
        Field::new("last_order_on", FieldKind::Date).computed().unsorted(),
        Field::new("assignee_id", FieldKind::User).computed().unsorted(),
        Field::new("task_id", FieldKind::Ref("task")).computed().unsorted(),
        Field::new("judged_on", FieldKind::Date).computed().group("outcome"),
        Field::new("judged_by", FieldKind::Choice(JUDGES))
            .computed()
            .unsorted()
            .group("outcome"),
        Field::new("ordered_on", FieldKind::Date)
            .computed()
            .unsorted()
            .group("outcome"),
        Field::new("note", FieldKind::Long).group("outcome"),
        Field::new("reasons", FieldKind::Long).computed().unsorted().internal(),
    ];
    RecordType {
        icon: "alarm",
        title: "number",
        subtitle: Some("raised_on"),
        number: Some(("alarm", "AL-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("raised_on", true),
        views: vec![
            BuiltIn::new("open", Filter::is("status", "open")).sort("at_stake", true),
            BuiltIn::new("true_alarm", Filter::is("status", "true_alarm")),
            BuiltIn::new("false_alarm", Filter::is("status", "false_alarm")),
            BuiltIn::new("won_back", Filter::is("status", "won_back")),
        ],
        ..RecordType::new("alarm", "insight_alarm", "/alarms", 118, fields)
    }
}
