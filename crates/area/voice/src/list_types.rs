//! Call lists: whom to ring one after the other, and what came of each.

use std::sync::Arc;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Field, FieldKind, NoHooks, RecordType, Scope, Search};

/// By what right the list calls.
pub(crate) const CLASSES: &[&str] = &["promotion", "service", "contract"];
/// Where an entry stands: to be called, called again later, ended, not to be called at all.
pub(crate) const STATES: &[&str] = &["open", "later", "done", "held"];
/// What came of a call, in the order of the keys.
pub(crate) const OUTCOMES: &[&str] = &["reached", "not_reached", "call_back", "refused", "wrong_number"];

/// The record types.
pub(crate) fn types() -> Vec<RecordType> {
    vec![list(), item()]
}

fn list() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("class", FieldKind::Choice(CLASSES))
            .required()
            .default("promotion")
            .column()
            .unsorted(),
        Field::new("topic", FieldKind::Text).unsorted(),
        Field::new("owner_id", FieldKind::User).column().unsorted(),
        Field::new("script", FieldKind::Long),
        Field::new("total", FieldKind::Int).computed().column().unsorted(),
        Field::new("left_count", FieldKind::Int).computed().column().unsorted(),
    ];
    RecordType {
        icon: "clipboard-list",
        title: "name",
        subtitle: Some("number"),
        number: Some(("call_list", "CL-")),
        scope: Scope::Owner("owner_id"),
        views: vec![
            BuiltIn::new("open", Filter::field("left_count", Op::Gt, 0)),
            BuiltIn::new("mine", Filter::is("owner_id", "me")),
        ],
        hooks: Arc::new(crate::hooks::ListHooks),
        ..RecordType::new("call_list", "voice_list", "/call-lists", 108, fields)
    }
}

fn item() -> RecordType {
    let told = |name, kind| Field::new(name, kind).computed().unsorted();
    let fields = vec![
        told("list_id", FieldKind::Ref("call_list")).required(),
        told("party_id", FieldKind::Ref("party")).required(),
        Field::new("position", FieldKind::Int).computed(),
        told("state", FieldKind::Choice(STATES)),
        told("not_before", FieldKind::Stamp),
        told("reason", FieldKind::Long).internal(),
        told("outcome", FieldKind::Choice(OUTCOMES)),
        told("note", FieldKind::Long),
        told("tries", FieldKind::Int),
        told("called_at", FieldKind::Stamp),
        told("user_id", FieldKind::User),
    ];
    RecordType {
        icon: "phone",
        title: "position",
        scope: Scope::Parent("call_list", "list_id"),
        parent: Some(("call_list", "list_id")),
        order: ("position", false),
        pages: false,
        hooks: Arc::new(NoHooks),
        ..RecordType::new("call_item", "voice_item", "/call-items", 109, fields)
    }
}
