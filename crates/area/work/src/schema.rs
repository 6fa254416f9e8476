//! Tasks: the record type and its table.

use crate::hooks::TaskHooks;
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// Why there is a task. The later ones are opened by other areas.
pub(crate) const KINDS: &[&str] = &[
    "todo",
    "call",
    "visit",
    "follow_up",
    "quote",
    "delivery",
    "late_delivery",
    "complaint",
    "win_back",
    "dunning",
    "credit",
    "renewal",
    "data",
    "message",
    "remedy",
    "incident",
    "mail_silent",
    "silence",
    "measure",
    "churn",
];
/// Most urgent first.
pub(crate) const PRIORITIES: &[&str] = &["high", "normal", "low"];
/// Where a task stands.
pub(crate) const STATUSES: &[&str] = &["open", "accepted", "returned", "done", "dropped"];
/// Still to be done.
pub(crate) const PENDING: &[&str] = &["open", "accepted", "returned"];
/// How a task comes again.
pub(crate) const REPEATS: &[&str] = &["daily", "weekly", "monthly", "days"];
/// Whoever one of these columns names sees the task.
const NAMED: &[&str] = &["assignee_id", "given_by_id"];

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "work_0001",
    up: &[
        "CREATE TABLE work_task (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL, party_id BIGINT, record_type TEXT, \
         record_id BIGINT, assignee_id BIGINT, given_by_id BIGINT, due_on TEXT, priority TEXT NOT NULL, status TEXT NOT NULL, \
         repeat TEXT, repeat_days BIGINT, repeat_from TEXT, note TEXT, remark TEXT, result TEXT, done_on TEXT, done_by_id BIGINT, \
         before_id BIGINT)",
        "CREATE INDEX work_task_updated ON work_task (updated_at, id)",
        "CREATE INDEX work_task_created ON work_task (created_at, id)",
        "CREATE INDEX work_task_number ON work_task (number, id)",
        "CREATE INDEX work_task_title ON work_task (title, id)",
        "CREATE INDEX work_task_due ON work_task (due_on, id)",
        "CREATE INDEX work_task_done ON work_task (done_on, id)",
        "CREATE INDEX work_task_assignee ON work_task (assignee_id, due_on, id)",
        "CREATE INDEX work_task_given ON work_task (given_by_id, due_on, id)",
        "CREATE INDEX work_task_party ON work_task (party_id, due_on, id)",
        "CREATE INDEX work_task_record ON work_task (record_type, record_id)",
        "CREATE INDEX work_task_before ON work_task (before_id) WHERE before_id IS NOT NULL",
        // What another area asked for, so that it is opened once.
        "CREATE TABLE work_task_key (key TEXT PRIMARY KEY, task_id BIGINT)",
    ],
}];

/// Still to be done.
pub(crate) fn pending() -> Filter {
    Filter::Field {
        field: "status".into(),
        op: Op::In,
        values: PENDING.iter().map(|w| Value::from(*w)).collect(),
    }
}

/// The record type.
pub(crate) fn task() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("title", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["task", "subject", "任务", "主题"]),
        Field::new("kind", FieldKind::Choice(KINDS))
            .required()
            .default("todo")
            .column()
            .unsorted(),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .column()
            .unsorted(),
        Field::new("due_on", FieldKind::Date)
            .column()
            .aliases(&["due", "deadline", "截止日期", "到期"]),
        Field::new("priority", FieldKind::Choice(PRIORITIES))
            .required()
            .default("normal")
            .column()
            .unsorted(),
        Field::new("assignee_id", FieldKind::User).column().unsorted(),
        Field::new("given_by_id", FieldKind::User).computed().unsorted(),
        Field::new("party_id", FieldKind::Ref("party"))
            .column()
            .unsorted()
            .aliases(&["customer", "customer number", "客户", "客户编号"]),
        Field::new("note", FieldKind::Long),
        Field::new("repeat", FieldKind::Choice(REPEATS))
            .unsorted()
            .group("repeat"),
        Field::new("repeat_days", FieldKind::Int).unsorted().group("repeat"),
        Field::new("remark", FieldKind::Long).computed().group("result"),
        Field::new("result", FieldKind::Long).computed().group("result"),
        Field::new("done_on", FieldKind::Date).computed().group("result"),
        Field::new("done_by_id", FieldKind::User)
            .computed()
            .unsorted()
            .group("result"),
        Field::new("before_id", FieldKind::Ref("task"))
            .computed()
            .unsorted()
            .group("result"),
        // The record it is about: a name of a type and an id.
        Field::new("record_type", FieldKind::Text).unsorted().internal(),
        Field::new("record_id", FieldKind::Int).unsorted().internal(),
        // The day from which the rhythm is counted: the last of a month stays the last of a month.
        Field::new("repeat_from", FieldKind::Date)
            .computed()
            .unsorted()
            .internal(),
    ];
    let day = |op, value: &str| Filter::field("due_on", op, value);
    let mine = || pending().and(Filter::is("assignee_id", "me"));
    RecordType {
        icon: "checkbox",
        title: "title",
        subtitle: Some("due_on"),
        number: Some(("task", "T-")),
        scope: Scope::Concerned(NAMED, "party_id"),
        party: Some("party_id"),
        order: ("due_on", false),
        views: vec![
            BuiltIn::new("pending", pending()),
            BuiltIn::new("overdue", pending().and(day(Op::Lt, "today"))),
            BuiltIn::new("mine", mine()),
            BuiltIn::new(
                "given",
                pending()
                    .and(Filter::is("given_by_id", "me"))
                    .and(Filter::field("assignee_id", Op::Not, "me")),
            ),
            BuiltIn::new(
                "unassigned",
                pending().and(Filter::Field {
                    field: "assignee_id".into(),
                    op: Op::Empty,
                    values: vec![],
                }),
            ),
            BuiltIn::new("done", Filter::is("status", "done")).sort("done_on", true),
        ],
        hooks: Arc::new(TaskHooks),
        ..RecordType::new("task", "work_task", "/tasks", 67, fields)
    }
}
