//! Flows with their levels are records; requests, tasks and deputies are tables of their own.

use crate::{
    hooks::{FlowHooks, LevelHooks},
    port::Subjects,
};
use std::sync::Arc;
use zhike_store::{EventKind, Field, FieldKind, Migration, RecordType, Scope};

/// What may be approved.
pub(crate) const SUBJECTS: &[&str] = &["quote", "contract", "order"];
/// Who is asked in a level.
pub(crate) const WHO: &[&str] = &["role", "persons", "manager"];
/// Roles that may be asked.
pub(crate) const ROLES: &[&str] = &["administrator", "manager", "salesperson", "service", "analyst"];
/// One agreement is enough, or all are needed.
pub(crate) const MODES: &[&str] = &["any", "all"];

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, LATIN];

const LATIN: Migration = Migration {
    name: "approval_0002",
    up: &["ALTER TABLE approval_request ADD COLUMN flows_latin TEXT"],
};

const FIRST: Migration = Migration {
    name: "approval_0001",
    up: &[
        "CREATE TABLE approval_flow (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, subject TEXT NOT NULL, position BIGINT, active BOOLEAN, condition TEXT)",
        "CREATE INDEX approval_flow_position ON approval_flow (position, id)",
        "CREATE INDEX approval_flow_name ON approval_flow (name, id)",
        "CREATE INDEX approval_flow_updated ON approval_flow (updated_at, id)",
        "CREATE TABLE approval_level (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, flow_id BIGINT NOT NULL REFERENCES approval_flow (id), position BIGINT, name TEXT, who TEXT NOT NULL, \
         role TEXT, persons TEXT, mode TEXT NOT NULL)",
        "CREATE INDEX approval_level_flow ON approval_level (flow_id, position, id)",
        "CREATE INDEX approval_level_updated ON approval_level (updated_at, id)",
        "CREATE TABLE approval_request (id {pk}, version BIGINT NOT NULL, subject TEXT NOT NULL, record_id BIGINT NOT NULL, party_id BIGINT, \
         owner_id BIGINT, title TEXT NOT NULL, flows TEXT NOT NULL, levels TEXT NOT NULL, level BIGINT NOT NULL, state TEXT NOT NULL, \
         frozen TEXT NOT NULL, hash TEXT NOT NULL, note TEXT, asked_by BIGINT, asked_at BIGINT NOT NULL, ended_at BIGINT)",
        "CREATE INDEX approval_request_record ON approval_request (subject, record_id, id)",
        "CREATE INDEX approval_request_asked ON approval_request (asked_by, id)",
        // A record is before its approvers at most once.
        "CREATE UNIQUE INDEX approval_request_open ON approval_request (subject, record_id) WHERE state = 'open'",
        "CREATE TABLE approval_task (id {pk}, version BIGINT NOT NULL, request_id BIGINT NOT NULL REFERENCES approval_request (id), \
         level BIGINT NOT NULL, user_id BIGINT NOT NULL, why TEXT NOT NULL, parent_id BIGINT, state TEXT NOT NULL, note TEXT, \
         opened_at BIGINT NOT NULL, done_by BIGINT, done_at BIGINT, reminded_at BIGINT)",
        "CREATE INDEX approval_task_request ON approval_task (request_id, id)",
        "CREATE INDEX approval_task_user ON approval_task (user_id, state, id)",
        "CREATE INDEX approval_task_done ON approval_task (done_by, done_at)",
        "CREATE INDEX approval_task_open ON approval_task (opened_at) WHERE state = 'open'",
        "CREATE TABLE approval_deputy (id {pk}, user_id BIGINT NOT NULL, deputy_id BIGINT NOT NULL, from_on TEXT NOT NULL, until_on TEXT NOT NULL)",
        "CREATE INDEX approval_deputy_user ON approval_deputy (user_id, until_on)",
        "CREATE INDEX approval_deputy_deputy ON approval_deputy (deputy_id, until_on)",
    ],
};

pub(crate) fn types(subjects: &Subjects) -> Vec<RecordType> {
    vec![flow(subjects), level()]
}

fn flow(subjects: &Subjects) -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text).required().column(),
        Field::new("name_latin", FieldKind::Text).unsorted(),
        Field::new("subject", FieldKind::Choice(SUBJECTS))
            .required()
            .column()
            .unsorted(),
        Field::new("position", FieldKind::Int).column(),
        Field::new("active", FieldKind::Bool).default("yes").column().unsorted(),
        // In the filter language, as JSON; the page writes it from rows.
        Field::new("condition", FieldKind::Long),
    ];
    RecordType {
        icon: "checks",
        order: ("position", false),
        lines: Some("approval_level"),
        pages: false,
        hooks: Arc::new(FlowHooks(subjects.clone())),
        ..RecordType::new("approval_flow", "approval_flow", "/approval-flows", 40, fields)
    }
}

fn level() -> RecordType {
    let fields = vec![
        Field::new("flow_id", FieldKind::Ref("approval_flow"))
            .required()
            .unsorted(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("name", FieldKind::Text).unsorted(),
        Field::new("who", FieldKind::Choice(WHO))
            .required()
            .default("role")
            .unsorted(),
        Field::new("role", FieldKind::Choice(ROLES)).unsorted(),
        // Ids of users, separated by spaces.
        Field::new("persons", FieldKind::Text).unsorted(),
        Field::new("mode", FieldKind::Choice(MODES))
            .required()
            .default("any")
            .unsorted(),
    ];
    RecordType {
        icon: "users",
        title: "name",
        scope: Scope::Parent("approval_flow", "flow_id"),
        parent: Some(("approval_flow", "flow_id")),
        pages: false,
        hooks: Arc::new(LevelHooks),
        ..RecordType::new("approval_level", "approval_level", "/approval-levels", 41, fields)
    }
}

/// Events beyond those of the types. They stand on the record that is approved.
pub(crate) fn events() -> Vec<EventKind> {
    [
        "asked",
        "signed",
        "added",
        "delegated",
        "approved",
        "returned",
        "rejected",
        "void",
        "withdrawn",
        "reminded",
    ]
    .iter()
    .map(|what| EventKind {
        name: format!("approval.{what}.v1"),
        reason: "read on the record, the timeline and in the audit; the gate will carry it to people once it is there",
    })
    .chain(["set", "removed"].iter().map(|what| EventKind {
        name: format!("approval.deputy_{what}.v1"),
        reason: "read in the audit",
    }))
    .collect()
}
