//! Lost customers as records: since when, why, to whom, what was tried, and whether they came back.

use super::hooks::LossHooks;
use std::sync::Arc;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, EventKind, Field, FieldKind, Migration, RecordType, Scope, Search};

/// A proposal to be confirmed or refused; lost; not lost after all; back with us.
pub(crate) const STATUSES: &[&str] = &["proposed", "lost", "refused", "back"];
/// Marked by somebody, or silent for longer than is usual for this customer.
pub(crate) const FOUND: &[&str] = &["hand", "silence"];

/// The step.
pub(crate) const STEP: Migration = Migration {
    name: "sales_0005_lost",
    up: &[
        "CREATE TABLE sales_loss (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, party_id BIGINT NOT NULL, status TEXT NOT NULL, found TEXT NOT NULL, reason_id BIGINT, rival_id BIGINT, \
         lost_on TEXT NOT NULL, last_order_on TEXT, rhythm_days BIGINT, revenue BIGINT, note TEXT, tried_on TEXT, task_id BIGINT, back_on TEXT)",
        "CREATE UNIQUE INDEX sales_loss_live ON sales_loss (party_id) WHERE archived_at IS NULL AND status IN ('proposed', 'lost')",
        "CREATE INDEX sales_loss_party ON sales_loss (party_id, id)",
        "CREATE INDEX sales_loss_status ON sales_loss (status, lost_on, id)",
        "CREATE INDEX sales_loss_lost ON sales_loss (lost_on, id)",
        "CREATE INDEX sales_loss_revenue ON sales_loss (revenue, id)",
        "CREATE INDEX sales_loss_number ON sales_loss (number, id)",
        "CREATE INDEX sales_loss_updated ON sales_loss (updated_at, id)",
        "CREATE INDEX sales_loss_created ON sales_loss (created_at, id)",
        "INSERT INTO sales_reason (version, created_at, updated_at, name, name_latin, subject, position, active, code) VALUES \
         (1, 1767225600000000, 1767225600000000, '价格偏高', 'Too dear', 'customer_lost', 1, TRUE, 'too_dear'), \
         (1, 1767225600000000, 1767225600000000, '转向竞争对手', 'Went to a competitor', 'customer_lost', 2, TRUE, 'went_over'), \
         (1, 1767225600000000, 1767225600000000, '服务不满意', 'Not content with service', 'customer_lost', 3, TRUE, 'service'), \
         (1, 1767225600000000, 1767225600000000, '交期问题', 'Late deliveries', 'customer_lost', 4, TRUE, 'late'), \
         (1, 1767225600000000, 1767225600000000, '停产或关闭', 'Closed down', 'customer_lost', 5, TRUE, 'closed'), \
         (1, 1767225600000000, 1767225600000000, '需求消失', 'No more need', 'customer_lost', 6, TRUE, 'no_need')",
    ],
};

/// The type.
pub(crate) fn loss() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).search(Search::Code),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted()
            .aliases(&["customer", "客户"]),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .column()
            .unsorted(),
        Field::new("found", FieldKind::Choice(FOUND)).computed().unsorted(),
        Field::new("reason_id", FieldKind::Ref("reason"))
            .column()
            .unsorted()
            .aliases(&["cause", "reason", "原因", "流失原因"]),
        Field::new("rival_id", FieldKind::Ref("party"))
            .column()
            .unsorted()
            .beyond_sight()
            .aliases(&["competitor", "竞争对手"]),
        Field::new("lost_on", FieldKind::Date)
            .required()
            .column()
            .aliases(&["lost on", "date", "流失日期"]),
        Field::new("last_order_on", FieldKind::Date)
            .computed()
            .column()
            .unsorted(),
        Field::new("rhythm_days", FieldKind::Int).computed().unsorted(),
        Field::new("revenue", FieldKind::Money { currency: None })
            .computed()
            .column(),
        Field::new("note", FieldKind::Long),
        Field::new("tried_on", FieldKind::Date).computed().column().unsorted(),
        Field::new("task_id", FieldKind::Ref("task")).computed().unsorted(),
        Field::new("back_on", FieldKind::Date).computed().unsorted(),
    ];
    let stands = |word: &str| Filter::All(vec![Filter::is("status", word)]);
    let untried = stands("lost").and(Filter::Field {
        field: "tried_on".into(),
        op: Op::Empty,
        values: vec![],
    });
    RecordType {
        icon: "user-off",
        title: "number",
        subtitle: Some("lost_on"),
        number: Some(("loss", "X-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("lost_on", true),
        views: vec![
            BuiltIn::new("lost", stands("lost")).sort("revenue", true),
            BuiltIn::new("proposed", stands("proposed")).sort("revenue", true),
            BuiltIn::new("untried", untried).sort("revenue", true),
            BuiltIn::new("back", stands("back")),
        ],
        hooks: Arc::new(LossHooks),
        ..RecordType::new("loss", "sales_loss", "/losses", 72, fields)
    }
}

/// Events beyond those of the type.
pub(crate) fn events() -> Vec<EventKind> {
    vec![EventKind {
        name: "loss.tried.v1".to_owned(),
        reason: "read on the customer's timeline and in the audit; the task carries the work",
    }]
}
