//! The record type of calls.

use crate::hooks::CallHooks;
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Scope, Search};

/// From them to us, from us to them.
pub(crate) const DIRECTIONS: &[&str] = &["in", "out"];
/// It rings, they talk, it is over.
pub(crate) const STATUSES: &[&str] = &["ringing", "talking", "ended"];
/// How the telephone saw it end.
pub(crate) const RESULTS: &[&str] = &["answered", "missed", "busy", "failed", "voicemail"];
/// What a person says came of it.
pub(crate) const OUTCOMES: &[&str] = &[
    "settled",
    "call_back",
    "interested",
    "ordered",
    "complaint",
    "not_reached",
    "refused",
    "wrong_number",
];
/// Whoever one of these columns names sees the call, besides those who see the customer.
const NAMED: &[&str] = &["user_id"];

fn any(field: &str, op: Op) -> Filter {
    Filter::Field {
        field: field.into(),
        op,
        values: vec![],
    }
}

/// Calls.
pub(crate) fn call() -> RecordType {
    let told = |name, kind| Field::new(name, kind).computed().unsorted();
    let inner = |name, kind| Field::new(name, kind).computed().unsorted().internal();
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        told("direction", FieldKind::Choice(DIRECTIONS)).column(),
        Field::new("party_id", FieldKind::Ref("party")).column().unsorted(),
        told("address", FieldKind::Phone).personal().column(),
        told("user_id", FieldKind::User).column(),
        told("status", FieldKind::Choice(STATUSES)),
        told("result", FieldKind::Choice(RESULTS)).column(),
        Field::new("started_at", FieldKind::Stamp).computed().column(),
        told("seconds", FieldKind::Int).column(),
        Field::new("outcome", FieldKind::Choice(OUTCOMES)).column().unsorted(),
        Field::new("note", FieldKind::Long),
        told("answered_at", FieldKind::Stamp),
        told("ended_at", FieldKind::Stamp),
        told("extension", FieldKind::Text),
        told("line", FieldKind::Text),
        told("cost", FieldKind::Money { currency: None }).needs("cost.view"),
        told("recorded", FieldKind::Bool),
        told("case_id", FieldKind::Ref("case")),
        inner("interaction_id", FieldKind::Ref("interaction")),
        inner("ringing", FieldKind::Text),
        inner("switch", FieldKind::Text),
        inner("call_key", FieldKind::Text),
    ];
    let missed = Filter::is("direction", "in").and(Filter::Field {
        field: "result".into(),
        op: Op::In,
        values: ["missed", "busy", "failed", "voicemail"].map(Value::from).to_vec(),
    });
    RecordType {
        icon: "phone-call",
        title: "number",
        subtitle: Some("started_at"),
        number: Some(("call", "CA-")),
        scope: Scope::Concerned(NAMED, "party_id"),
        // Its contact stands on the customer's timeline; once is enough.
        party: None,
        order: ("started_at", true),
        views: vec![
            BuiltIn::new("missed", missed),
            BuiltIn::new("mine", Filter::is("user_id", "me")),
            BuiltIn::new("unknown", any("party_id", Op::Empty)),
            BuiltIn::new("recorded", Filter::is("recorded", true)),
        ],
        hooks: Arc::new(CallHooks),
        ..RecordType::new("call", "voice_call", "/calls", 107, fields)
    }
}
