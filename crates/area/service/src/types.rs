//! The case: every complaint, enquiry, return, repair, service under contract and wish for improvement.

use crate::{Ports, case::hooks::CaseHooks};
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Scope, Search};

/// What it is.
pub(crate) const KINDS: &[&str] = &["complaint", "enquiry", "return", "repair", "contract", "improvement"];
/// Where it stands. A complaint ends by the customer's word or by their silence; nobody inside can end it otherwise.
pub(crate) const STATUSES: &[&str] = &["new", "working", "told", "satisfied", "no_answer", "done"];
/// Not ended.
pub(crate) const OPEN: &[&str] = &["new", "working", "told"];
/// By which way it came.
pub(crate) const CHANNELS: &[&str] = &[
    "email", "phone", "sms", "chat", "fax", "letter", "visit", "portal", "web", "shop", "house",
];
/// The factor that was hurt.
pub(crate) const FACTORS: &[&str] = &["basic", "value", "dissatisfier", "minor"];
/// Who or what caused it.
pub(crate) const RESPONSIBLE: &[&str] = &[
    "product", "batch", "carrier", "supplier", "person", "process", "customer",
];
const URGENCIES: &[&str] = &["high", "normal", "low"];
const SEVERITIES: &[&str] = &["severe", "normal", "slight"];
/// As the area `insight` calls them.
const TIERS: &[&str] = &["gold", "regular", "low"];
/// Whoever one of these columns names sees the case.
const NAMED: &[&str] = &["handler_id", "responsible_user_id"];

/// Not ended.
pub(crate) fn open() -> Filter {
    Filter::Field {
        field: "status".into(),
        op: Op::In,
        values: OPEN.iter().map(|w| Value::from(*w)).collect(),
    }
}

fn nobody(field: &str) -> Filter {
    Filter::Field {
        field: field.into(),
        op: Op::Empty,
        values: vec![],
    }
}

/// The record type.
pub(crate) fn case(ports: &Ports) -> RecordType {
    let choice = |name, words| Field::new(name, FieldKind::Choice(words)).unsorted();
    let told = |name, kind| Field::new(name, kind).computed().unsorted();
    let party = |name| Field::new(name, FieldKind::Ref("party")).unsorted();
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("subject", FieldKind::Text)
            .required()
            .search(Search::Name)
            .aliases(&["complaint", "title", "主题", "投诉"]),
        choice("kind", KINDS).required().default("complaint").column(),
        choice("status", STATUSES).computed().column(),
        party("party_id")
            .column()
            .aliases(&["customer", "customer number", "客户", "客户编号"]),
        party("contact_id"),
        Field::new("description", FieldKind::Long).aliases(&["text", "content", "内容"]),
        choice("urgency", URGENCIES).required().default("normal").column(),
        choice("severity", SEVERITIES).required().default("normal"),
        choice("channel", CHANNELS).required().default("phone"),
        Field::new("product_id", FieldKind::Ref("product"))
            .unsorted()
            .group("about"),
        Field::new("batch", FieldKind::Text)
            .unsorted()
            .group("about")
            .search(Search::Code),
        Field::new("order_id", FieldKind::Ref("order"))
            .unsorted()
            .group("about"),
        Field::new("shipment_id", FieldKind::Ref("shipment"))
            .unsorted()
            .group("about"),
        Field::new("contact_name", FieldKind::Text)
            .unsorted()
            .personal()
            .group("contact"),
        Field::new("contact_email", FieldKind::Email)
            .unsorted()
            .personal()
            .group("contact"),
        Field::new("contact_phone", FieldKind::Phone)
            .unsorted()
            .personal()
            .group("contact"),
        choice("language", &["zh", "en"]).group("contact"),
        Field::new("external_key", FieldKind::Text)
            .unsorted()
            .unique()
            .group("contact"),
        Field::new("handler_id", FieldKind::User).computed().unsorted().column(),
        told("step", FieldKind::Text).column(),
        Field::new("due_at", FieldKind::Stamp).computed().column(),
        told("late", FieldKind::Bool),
        told("round", FieldKind::Int),
        Field::new("promise_at", FieldKind::Stamp).computed().unsorted(),
        Field::new("opened_on", FieldKind::Date).computed(),
        told("process_id", FieldKind::Ref("process")).group("process"),
        told("process_version", FieldKind::Int).group("process"),
        told("region", FieldKind::Text).group("process"),
        told("tier", FieldKind::Choice(TIERS)).group("process"),
        told("cause_id", FieldKind::Ref("case_cause")).group("outcome"),
        told("factor", FieldKind::Choice(FACTORS)).group("outcome"),
        told("responsible", FieldKind::Choice(RESPONSIBLE)).group("outcome"),
        told("responsible_party_id", FieldKind::Ref("party")).group("outcome"),
        told("responsible_user_id", FieldKind::User).group("outcome"),
        told("solution", FieldKind::Long).group("outcome"),
        told("told_at", FieldKind::Stamp).group("outcome"),
        told("verdict", FieldKind::Choice(&["satisfied", "unsatisfied"])).group("outcome"),
        told("stars", FieldKind::Int).group("outcome"),
        Field::new("closed_at", FieldKind::Stamp).computed().group("outcome"),
        told("minutes", FieldKind::Int).group("outcome"),
        told("cost", FieldKind::Money { currency: None }).group("outcome"),
        told("incident_id", FieldKind::Ref("incident")).group("outcome"),
        told("improvement_id", FieldKind::Ref("improvement")).group("outcome"),
    ];
    let with = |f: Filter| open().and(f);
    RecordType {
        icon: "message-report",
        title: "subject",
        subtitle: Some("number"),
        number: Some(("case", "TS-")),
        scope: Scope::Concerned(NAMED, "party_id"),
        party: Some("party_id"),
        order: ("due_at", false),
        views: vec![
            BuiltIn::new("open", open()),
            BuiltIn::new("mine", with(Filter::is("handler_id", "me"))),
            BuiltIn::new("unassigned", with(nobody("handler_id"))),
            BuiltIn::new("overdue", with(Filter::is("late", true))),
            BuiltIn::new("waiting", Filter::is("status", "told")),
            BuiltIn::new(
                "closed",
                Filter::Field {
                    field: "status".into(),
                    op: Op::In,
                    values: ["satisfied", "no_answer", "done"].map(Value::from).to_vec(),
                },
            )
            .sort("closed_at", true)
            .columns(&["number", "kind", "status", "party_id", "verdict", "closed_at"]),
        ],
        alike: Some(("/cases/alike", &["subject", "description", "kind", "urgency"])),
        hooks: Arc::new(CaseHooks(ports.clone())),
        ..RecordType::new("case", "service_case", "/cases", 85, fields)
    }
}
